"""The four weight currents of a core: all weights are sums of some of them.

Sixteen sums, nothing among them, stand for all weights of a core. Which four currents make the
smallest error is found by alternating: give every weight its nearest sum, then solve for the
currents that fit best. There are many local optima, so it begins from many starts, and the best are
shaken and settle again.
"""

from typing import Final

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.randomness import stream

LEVELS: Final = 4
_STARTS: Final = 192
_ROUNDS: Final = 25
_BEST: Final = 16
_SHAKEN: Final = 96
_REFINEMENTS: Final = 4
_MOST_VALUES: Final = 128
SUBSETS: Final[FloatArray] = ((np.arange(16)[:, None] >> np.arange(LEVELS)) & 1).astype(np.float64)
"""Which levels are in each of the sixteen sums, shape (16, 4) [1]."""


def fit_levels(weights: FloatArray, *, keep_small: bool = False) -> FloatArray:
    """Four levels whose sums come nearest to weights.

    Args:
        weights: above zero, shape (weights,), in any unit.
        keep_small: whether something is left of every weight, also of the smallest.

    Returns:
        Shape (4,), rising, in the same unit; all zero without weights.

    >>> fit_levels(np.array([1.0, 2.0, 3.0, 4.0, 8.0, 15.0])).round(6)
    array([1., 2., 4., 8.])
    """
    if len(weights) == 0:
        return np.zeros(LEVELS)
    values, counts = _condensed(np.asarray(weights, dtype=np.float64))
    largest = values.max()
    rng = stream(0, "weight levels")
    levels = rng.uniform(0.0, 1.0, (_STARTS, LEVELS)) * largest
    # Two starts that are no chance: binary, and equally spaced quantiles.
    levels[0] = largest * np.array([1.0, 2.0, 4.0, 8.0]) / 15.0
    levels[1] = np.quantile(values, [0.1, 0.35, 0.6, 0.85])
    levels[2:] *= 0.5 * rng.uniform(0.6, 2.0, (_STARTS - 2, 1))
    levels, errors = _settled(values, counts, levels, keep_small=keep_small)
    for _ in range(_REFINEMENTS):
        # What looks best is shaken, and settles again.
        best = levels[np.argsort(errors, kind="stable")[:_BEST]]
        shaken = np.repeat(best, _SHAKEN // _BEST, axis=0)
        shaken = shaken * np.exp(0.1 * rng.standard_normal(shaken.shape))
        shaken, shaken_errors = _settled(values, counts, shaken, keep_small=keep_small)
        levels = np.concatenate([best, shaken])
        errors = np.concatenate([np.sort(errors, kind="stable")[:_BEST], shaken_errors])
    return np.sort(levels[int(errors.argmin())])


def _settled(
    values: FloatArray, counts: FloatArray, levels: FloatArray, *, keep_small: bool
) -> tuple[FloatArray, FloatArray]:
    """Where every start ends, shape (starts, 4), and its sum of squared errors, shape (starts,)."""
    largest = values.max()
    for _ in range(_ROUNDS):
        chosen = nearest_sums(values, levels, keep_small=keep_small)
        before, levels = levels, _best_levels(values, counts, chosen, levels)
        if np.abs(levels - before).max() <= 1e-12 * largest:
            break
    chosen = nearest_sums(values, levels, keep_small=keep_small)
    return levels, (sums_of(levels, chosen) - values) ** 2 @ counts


def nearest_sums(weights: FloatArray, levels: FloatArray, *, keep_small: bool = False) -> IntArray:
    """For each weight the number of the nearest sum, its bits being the levels; 0 is nothing.

    Args:
        weights: shape (weights,).
        levels: shape (..., 4).
        keep_small: whether something is left of every weight.

    Returns:
        Shape (..., weights), 0 to 15, or 1 to 15.
    """
    sums = levels @ SUBSETS.T
    first = 1 if keep_small else 0
    order = np.argsort(sums[..., first:], axis=-1, kind="stable") + first
    ranked = np.take_along_axis(sums, order, axis=-1)
    middle = 0.5 * (ranked[..., 1:] + ranked[..., :-1])
    # Sixteen sums: counting borders that lie below is quicker than looking at every distance.
    place = (weights[..., None, :] > middle[..., :, None]).sum(axis=-2)
    return np.asarray(np.take_along_axis(order, place, axis=-1))


def sums_of(levels: FloatArray, chosen: IntArray) -> FloatArray:
    """What chosen sums come to, shape (..., weights)."""
    return np.asarray(np.take_along_axis(levels @ SUBSETS.T, chosen, axis=-1))


def bits_of(chosen: IntArray) -> BoolArray:
    """Which levels are in chosen sums, shape (weights, 4)."""
    return SUBSETS[chosen] > 0.0


def _best_levels(
    values: FloatArray, counts: FloatArray, chosen: IntArray, levels: FloatArray
) -> FloatArray:
    """Least squares for the levels of every start, none below zero."""
    # Sums over the sixteen subsets first: how often each was chosen, and by what.
    members = np.arange(16)[None, :, None] == chosen[:, None, :]
    often = members @ counts
    total = members @ (counts * values)
    matrix = np.einsum("sk,ka,kb->sab", often, SUBSETS, SUBSETS)
    right = total @ SUBSETS
    # What nobody chose stays where it is.
    scale = np.trace(matrix, axis1=1, axis2=2)[:, None] * 1e-9
    matrix = matrix + scale[..., None] * np.eye(LEVELS)
    solved = np.linalg.solve(matrix, (right + scale * levels)[..., None])[..., 0]
    return np.maximum(solved, 0.0)


def _condensed(weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Different weights and how often each occurs; of many, averages of neighbours."""
    values, counts = np.unique(weights, return_counts=True)
    if len(values) <= _MOST_VALUES:
        return values, counts.astype(np.float64)
    group = np.linspace(0, len(values), _MOST_VALUES + 1).astype(np.int64)[:-1]
    total = np.add.reduceat(counts * values, group)
    often = np.add.reduceat(counts, group)
    return total / often, often.astype(np.float64)
