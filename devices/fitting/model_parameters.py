"""The numbers of a model by name: frozen dataclasses, and dataclasses within them.

A number of a nested dataclass is named with dots, such as "conduction.resistance_on".
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.devices.fitting.estimates import Parameter
from ohmloom.errors import InvalidInput

# Numbers that say how a model is drawn are not fitted.
_NEVER_FITTED = ("typical_drive",)
_REACH = 100.0


def parameter_values(model: Any) -> dict[str, float]:
    """Every number of a model by name; whole numbers, flags and arrays are left out.

    Args:
        model: a frozen dataclass.

    >>> from ohmloom.devices.memristors.vteam import kvatinsky_2015
    >>> list(parameter_values(kvatinsky_2015()))[:3]
    ['conduction.resistance_on', 'conduction.resistance_off', 'rate_off']
    """
    return _values(model, "")


def with_parameter(model: Any, name: str, value: float | FloatArray) -> Any:
    """The same model with another number.

    Args:
        model: a frozen dataclass.
        name: of the number, with dots for what is nested.
        value: in its place.
    """
    first, _, rest = name.partition(".")
    inner = with_parameter(getattr(model, first), rest, value) if rest else value
    return replace(model, **{first: inner})


def single(model: Any) -> Any:
    """The same model with numbers for arrays of length one.

    Args:
        model: a frozen dataclass.
    """
    changes: dict[str, Any] = {}
    for field in fields(model):
        value = getattr(model, field.name)
        if is_dataclass(value):
            changes[field.name] = single(value)
        elif isinstance(value, np.ndarray) and value.size == 1:
            changes[field.name] = float(value.flat[0])
    return replace(model, **changes) if changes else model


def parameters_to_fit(
    model: Any, names: Sequence[str], limits: Mapping[str, tuple[float, float]]
) -> tuple[Parameter, ...]:
    """What a fit looks for: the numbers of a model where the search begins, and how far it goes.

    Args:
        model: a frozen dataclass.
        names: of the numbers to fit.
        limits: smallest and largest value of some; a factor of 100 to both sides where not given,
            -1 to 1 for a number that is zero.

    Raises:
        InvalidInput: the model has no such number, or limits of what is not fitted.
    """
    known = parameter_values(model)
    check_names(names, limits)
    found = []
    for name in names:
        if name not in known:
            raise InvalidInput(
                f"{type(model).__name__} has no parameter {name!r}; it has {', '.join(known)}"
            )
        value = known[name]
        usual = sorted((value / _REACH, value * _REACH)) if value else [-1.0, 1.0]
        low, high = limits.get(name, (usual[0], usual[1]))
        found.append(
            Parameter(
                name=name,
                unit="SI",
                start=value,
                lowest=low,
                highest=high,
                logarithmic=low > 0.0,
            )
        )
    return tuple(found)


def check_names(names: Sequence[str], limits: Mapping[str, tuple[float, float]]) -> None:
    """Raises `InvalidInput` for one name instead of several, a name twice, or stray limits.

    Args:
        names: of what is fitted.
        limits: by name.
    """
    if isinstance(names, str):
        raise InvalidInput(f"names must be a list, such as [{names!r}], not one name")
    if len(set(names)) < len(names):
        raise InvalidInput(f"a parameter is fitted once, but names holds {', '.join(names)}")
    stray = [name for name in limits if name not in names]
    if stray:
        raise InvalidInput(
            f"limits are given for {', '.join(stray)}, which is not fitted; fitted are "
            f"{', '.join(names)}"
        )


def _values(model: Any, prefix: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for field in fields(model):
        value = getattr(model, field.name)
        if field.name in _NEVER_FITTED:
            continue
        if is_dataclass(value):
            found |= _values(value, f"{prefix}{field.name}.")
        elif isinstance(value, float) or (
            isinstance(value, int) and "float" in str(field.type) and not isinstance(value, bool)
        ):
            # A resistance that was written as 100 is no whole number.
            found[prefix + field.name] = float(value)
    return found
