"""Straight lines between the points of a table, for numpy arrays and torch tensors alike."""

from array_api_compat import array_namespace

from ohmloom.arrays import Array


def interpolate(x: Array, points: Array, values: Array) -> Array:
    """Value of the table at `x`, shaped as `x`; beyond the ends, the value at the end.

    Args:
        x: where, numpy or torch, any shape.
        points: of the table, rising, at least two, shape (points,).
        values: of the table, shape (points,).

    Returns:
        Differentiable in `x`.
    """
    xp = array_namespace(x)
    at = xp.asarray(points, dtype=x.dtype, device=x.device)
    value = xp.asarray(values, dtype=x.dtype, device=x.device)
    inside = x.clip(min=float(points[0]), max=float(points[-1]))
    right = xp.searchsorted(at, inside).clip(min=1, max=len(points) - 1)
    left = right - 1
    slope = (value[right] - value[left]) / (at[right] - at[left])
    return value[left] + slope * (inside - at[left])
