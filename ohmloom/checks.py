"""Checks at the public border: what was asked, what was found, what to do."""

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput


def finite(value: ArrayLike, name: str) -> FloatArray:
    """`value` as a float64 array; raises `InvalidInput` unless every entry is a finite number."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} must be an array of numbers: {error}") from error
    if not np.isfinite(array).all():
        bad = ~np.isfinite(array)
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise InvalidInput(
            f"{name} holds {int(bad.sum())} value(s) that are not finite, the first at {where}; "
            f"mask or replace them before the call"
        )
    return array


def not_negative(value: ArrayLike, name: str) -> FloatArray:
    """The same, and no entry below zero."""
    # What is right is recognised quickly; NaN is neither above zero nor below infinity.
    if (
        isinstance(value, np.ndarray)
        and value.dtype == np.float64
        and value.size > 0
        and value.min() >= 0.0
        and value.max() < np.inf
    ):
        return value
    array = finite(value, name)
    if (array < 0).any():
        where = tuple(int(i) for i in np.argwhere(array < 0)[0])
        raise InvalidInput(
            f"{name} must not be negative, but {int((array < 0).sum())} value(s) are, the first "
            f"{array[where]:.6g} at {where}"
        )
    return array


def shaped(array: FloatArray, shape: tuple[int | None, ...], name: str) -> FloatArray:
    """`array` itself; raises `InvalidInput` unless it has `shape`, None standing for any length."""
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        sizes = ", ".join("any" if want is None else str(want) for want in shape)
        wanted = f"({sizes},)" if len(shape) == 1 else f"({sizes})"
        raise InvalidInput(f"{name} must have shape {wanted}, but has {array.shape}")
    return array
