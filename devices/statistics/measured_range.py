"""What published populations check: shapes, the order of ages, and the measured range."""

import warnings

import numpy as np

from ohmloom.arrays import Array, FloatArray
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, uS

# Rounding, that of single precision too, and the minutes that programming took do not make a cell
# too old or too conductive.
_AGE_SLACK = 1.01
_CONDUCTANCE_SLACK = 1e-6


def warn_outside(conductance: Array, *, lowest: float, highest: float) -> None:
    """Warn `ModelRangeWarning` when a target leaves the measured range.

    Args:
        conductance: targets, numpy or torch, any shape [S].
        lowest: smallest measured conductance [S].
        highest: largest measured conductance [S].
    """
    lower, upper = conductance.min(), conductance.max()
    slack = _CONDUCTANCE_SLACK * highest
    if lower < lowest - slack or upper > highest + slack:
        warnings.warn(
            f"conductances from {float(lower) / uS:.3g} to {float(upper) / uS:.3g} uS leave the "
            f"measured range of {lowest / uS:.3g} to {highest / uS:.3g} uS; the statistics at its "
            f"end are used",
            ModelRangeWarning,
            stacklevel=3,
        )


def warn_beyond(age: Array | float, *, last_age: float, instead: str) -> None:
    """Warn `ModelRangeWarning` when cells are older than any that were measured.

    Args:
        age: time since the last pulse, a number or numpy or torch [s].
        last_age: latest measured age [s].
        instead: what the model does there, the end of a sentence.
    """
    oldest = float(age if isinstance(age, int | float) else age.max())
    if oldest > _AGE_SLACK * last_age:
        warnings.warn(
            f"age {oldest / day:.3g} days is beyond {last_age / day:.3g} days, the latest that the "
            f"source covers; {instead}",
            ModelRangeWarning,
            stacklevel=3,
        )


def check_wait(
    conductance: FloatArray,
    *,
    programmed: FloatArray,
    traits: FloatArray,
    names: tuple[str, ...],
    age_before: FloatArray | float,
    age_after: FloatArray | float,
) -> None:
    """Raise `InvalidInput` when a wait runs backwards, or its shapes do not fit the cells.

    Args:
        conductance: of the cells, any shape [S].
        programmed: has to broadcast to `conductance` [S].
        traits: has to be of shape (traits, *conductance.shape); not looked at without `names`.
        names: of the traits.
        age_before: has to broadcast to `conductance` [s].
        age_after: the same, not smaller [s].
    """
    if np.any(np.less(age_after, age_before)):
        raise InvalidInput("age_after must not be smaller than age_before, but it is somewhere")
    for name, value in (
        ("programmed", programmed),
        ("age_before", age_before),
        ("age_after", age_after),
    ):
        check_broadcast(np.shape(value), conductance.shape, name)
    if names and np.shape(traits) != (len(names), *conductance.shape):
        raise InvalidInput(
            f"traits must hold {', '.join(names)} in shape {(len(names), *conductance.shape)}, but "
            f"has {np.shape(traits)}; draw them once after programming, with draw_traits"
        )


def check_broadcast(shape: tuple[int, ...], wanted: tuple[int, ...], name: str) -> None:
    """Raise `InvalidInput` unless an array of `shape` broadcasts to `wanted`.

    Args:
        shape: of the array.
        wanted: of the cells.
        name: of the array, for the message.
    """
    fits = len(shape) <= len(wanted) and all(
        have in (1, want) for have, want in zip(reversed(shape), reversed(wanted), strict=False)
    )
    if not fits:
        raise InvalidInput(f"{name} has shape {shape}, which does not broadcast to {wanted}")
