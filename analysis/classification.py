"""How well something was told apart: accuracy, confusions, error bars, detection."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.errors import InvalidInput


def _classes(value: ArrayLike, name: str) -> IntArray:
    array = np.asarray(value)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise InvalidInput(
            f"{name} must be whole numbers of shape (samples,), one at least, but has shape "
            f"{array.shape} and type {array.dtype}"
        )
    return array.astype(np.int64)


def _pair(predicted: ArrayLike, label: ArrayLike) -> tuple[IntArray, IntArray]:
    guesses, truth = _classes(predicted, "predicted"), _classes(label, "label")
    if guesses.shape != truth.shape:
        raise InvalidInput(f"{guesses.size} samples are predicted, but {truth.size} have a label")
    return guesses, truth


def accuracy(predicted: ArrayLike, label: ArrayLike) -> float:
    """Fraction of samples whose predicted class is the label [1].

    Args:
        predicted: class of each sample, shape (samples,), whole numbers.
        label: true class of each sample, shape (samples,), whole numbers.

    Raises:
        InvalidInput: no sample, another shape, or not whole numbers.

    >>> accuracy([3, 1, 4, 1], [3, 1, 4, 5])
    0.75
    """
    guesses, truth = _pair(predicted, label)
    return float((guesses == truth).mean())


def confusion(predicted: ArrayLike, label: ArrayLike, classes: int) -> IntArray:
    """Samples by true class (rows) and predicted class (columns), shape (classes, classes).

    Args:
        predicted: class of each sample, shape (samples,), from 0 to `classes` - 1.
        label: true class of each sample, shape (samples,), from 0 to `classes` - 1.
        classes: how many there are, one at least.

    Raises:
        InvalidInput: no sample, another shape, or a class that does not exist.

    >>> confusion([0, 1, 1], [0, 1, 0], 2)
    array([[1, 1],
           [0, 1]])
    """
    if classes < 1:
        raise InvalidInput(f"classes must be 1 at least, not {classes}")
    guesses, truth = _pair(predicted, label)
    for name, values in (("predicted", guesses), ("label", truth)):
        if values.min() < 0 or values.max() >= classes:
            raise InvalidInput(
                f"{name} holds classes from {values.min()} to {values.max()}, but there are "
                f"{classes}, from 0 to {classes - 1}"
            )
    counts = np.bincount(truth * classes + guesses, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval."""

    low: FloatArray
    """Lower end."""
    high: FloatArray
    """Upper end."""


def wilson_interval(correct: ArrayLike, total: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """Confidence interval of a proportion: where the true accuracy lies, given the test set.

    Unlike plus and minus one standard error it stays between 0 and 1 and does not shrink to
    nothing when all samples are right.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 209-212 (1927).

    Args:
        correct: samples that are right, any shape, from 0 to `total`.
        total: samples, 1 at least, broadcast against `correct`.
        confidence: probability that the interval holds the true value, between 0 and 1 [1].

    Returns:
        The ends of the interval [1], shaped as `correct` and `total` together.

    Raises:
        InvalidInput: counts or confidence out of these ranges.

    >>> interval = wilson_interval(95, 100)
    >>> f"{interval.low:.3f} to {interval.high:.3f}"
    '0.888 to 0.978'
    """
    right, samples = np.broadcast_arrays(
        np.asarray(correct, dtype=np.float64), np.asarray(total, dtype=np.float64)
    )
    if not ((samples >= 1) & (right >= 0) & (right <= samples)).all():
        raise InvalidInput(
            "correct must lie between 0 and total, and total must be 1 at least; found correct "
            f"{right.min(initial=np.inf):g} to {right.max(initial=-np.inf):g}, smallest total "
            f"{samples.min(initial=np.inf):g}"
        )
    if not 0 < confidence < 1:
        raise InvalidInput(f"confidence must lie between 0 and 1, not {confidence}")
    z = float(special.ndtri(0.5 + confidence / 2))
    p = right / samples
    middle = (p + z**2 / (2 * samples)) / (1 + z**2 / samples)
    half = z / (1 + z**2 / samples) * np.sqrt(p * (1 - p) / samples + (z / (2 * samples)) ** 2)
    # Rounding may leave 1e-17 outside; the ends are exact for none and all.
    return Interval(
        low=np.where(right == 0, 0.0, middle - half),
        high=np.where(right == samples, 1.0, middle + half),
    )


@dataclass(frozen=True, kw_only=True)
class Detection:
    """How well a search found what is there."""

    precision: float
    """Fraction of what was found that is there [1]; 1 when nothing was found: no false alarm."""
    recall: float
    """Fraction of what is there that was found [1]; 1 when nothing is there: nothing missed."""
    hits: int
    """There, and found."""
    misses: int
    """There, and not found."""
    false_alarms: int
    """Found, and not there."""


def detection(true_mask: ArrayLike, found_mask: ArrayLike) -> Detection:
    """Compare what a search found with what is there.

    Args:
        true_mask: what is there, any shape, bool.
        found_mask: what was found, shaped as `true_mask`, bool.

    Returns:
        Counts and rates; where a rate is 0 / 0 it is 1, for nothing went wrong.

    Raises:
        InvalidInput: not two masks of one shape.

    >>> found = detection([True, True, False], [True, False, False])
    >>> found.precision, found.recall
    (1.0, 0.5)
    """
    truth, found = np.asarray(true_mask), np.asarray(found_mask)
    if truth.dtype != np.bool_ or found.dtype != np.bool_ or truth.shape != found.shape:
        raise InvalidInput(
            f"true_mask and found_mask must be masks (bool) of one shape, but are "
            f"{truth.dtype} {truth.shape} and {found.dtype} {found.shape}"
        )
    hits = int((truth & found).sum())
    misses = int((truth & ~found).sum())
    false_alarms = int((~truth & found).sum())
    return Detection(
        precision=hits / (hits + false_alarms) if hits + false_alarms else 1.0,
        recall=hits / (hits + misses) if hits + misses else 1.0,
        hits=hits,
        misses=misses,
        false_alarms=false_alarms,
    )
