"""A weight as the difference of two conductances.

A positive weight raises the first cell of its pair above the low end of the window, a negative one
the second; the other cell stays at the low end, where cells are quietest. Every output has its own
scale, so that its largest weight uses the whole window: the noise of the cells, relative to the
weights, is then as small as it can be.
"""

from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array


@dataclass(frozen=True, kw_only=True)
class DifferentialPairs:
    """The pairs of one weight matrix."""

    positive: Array
    """First cell of each pair, shaped as the weights [S]."""
    negative: Array
    """Second cell of each pair, shaped as the weights [S]."""
    scale: Array
    """Conductance per unit of weight of each output, shape (outputs, 1) [S]."""


def to_pairs(weight: Array, *, low: float, high: float) -> DifferentialPairs:
    """Conductances that represent a weight matrix.

    Args:
        weight: shape (outputs, inputs); numpy or torch, differentiable in torch.
        low: low end of the conductance window [S].
        high: high end of the conductance window [S].

    >>> import numpy as np
    >>> pairs = to_pairs(np.array([[4.0, -2.0]]), low=2.0, high=10.0)
    >>> pairs.positive.tolist(), pairs.negative.tolist(), pairs.scale.tolist()
    ([[10.0, 2.0]], [[2.0, 6.0]], [[2.0]])
    """
    xp = array_namespace(weight)
    largest = xp.max(xp.abs(weight), axis=1, keepdims=True)
    # An output without any weight has no scale of its own; any will do.
    scale = (high - low) / xp.where(largest > 0.0, largest, xp.ones_like(largest))
    wanted = weight * scale
    return DifferentialPairs(
        positive=low + xp.clip(wanted, min=0.0),
        negative=low + xp.clip(-wanted, min=0.0),
        scale=scale,
    )
