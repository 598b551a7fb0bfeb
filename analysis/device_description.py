"""What the device catalogue holds, in words and numbers: for the command line and the documentation.

Nothing is written down here twice. What a model is stands in the docstring of its module, what a
number means in the docstring below its field, and the unit in the brackets at the end of that.
"""

import ast
import difflib
import functools
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ohmloom.analysis.figures.ages import age_label
from ohmloom.devices.catalogue import CYCLES, MEMRISTORS, PULSE_UPDATES, STATISTICS
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.fitting.pulse_response import NominalDraws
from ohmloom.devices.memristor import Memristor, StateVariable, TypicalDrive
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.statistics.synaptogen.model import Synaptogen
from ohmloom.devices.statistics.synaptogen.switching_cycles import FEATURES
from ohmloom.errors import InvalidInput
from ohmloom.si import eV

_PREFIXES: Final = (
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "u"),
    (1e-9, "n"),
    (1e-12, "p"),
    (1e-15, "f"),
)
_TAKES_PREFIX: Final = frozenset({"V", "A", "S", "ohm", "s", "F", "m", "Hz", "J", "W"})
_UNIT: Final = re.compile(r"\s*\[([^\[\]]+)\]")
_SHOWN_VALUES = 4


class DeviceKind(Enum):
    """What a model says about a device."""

    MEMRISTOR = "memristor"
    """States that a voltage moves, and a current that they let pass."""
    STATISTICS = "statistics"
    """How far cells are from what they were programmed to, now and later."""
    PULSE_UPDATE = "pulse-update"
    """How a programming pulse moves a conductance."""
    CYCLES = "cycles"
    """How switching cycles follow one another, and how devices differ in them."""


_CATALOGUE: Final[Mapping[DeviceKind, Mapping[str, Callable[[], Any]]]] = MappingProxyType(
    {
        DeviceKind.MEMRISTOR: MEMRISTORS,
        DeviceKind.STATISTICS: STATISTICS,
        DeviceKind.PULSE_UPDATE: PULSE_UPDATES,
        DeviceKind.CYCLES: CYCLES,
    }
)


@dataclass(frozen=True, kw_only=True)
class ModuleText:
    """The docstring of a module that a model comes from."""

    module: str
    """Dotted name."""
    text: str
    """Its docstring."""


@dataclass(frozen=True, kw_only=True)
class ParameterDescription:
    """One entry of a model."""

    name: str
    """As the model names it, with dots for what is nested."""
    value: Any
    """A number, a word, or lists of numbers, in plain SI."""
    unit: str | None
    """Its unit, "1" for a ratio; None where the source names none."""
    meaning: str
    """What it is, one or more sentences."""

    @property
    def shown(self) -> str:
        """The value as it is spoken, such as "10 nm"; long lists are cut off."""
        if isinstance(self.value, list):
            flat = list(_numbers(self.value))
            some = ", ".join(spoken(number, self.unit) for number in flat[:_SHOWN_VALUES])
            return f"{some}, ... ({len(flat)})" if len(flat) > _SHOWN_VALUES else some
        if isinstance(self.value, bool | str):
            return str(self.value)
        return spoken(self.value, self.unit)


@dataclass(frozen=True, kw_only=True)
class DeviceDescription:
    """One entry of the catalogue."""

    name: str
    """In the catalogue."""
    kind: DeviceKind
    """What it says about a device."""
    summary: str
    """One line."""
    text: str
    """Docstring of the preset: whose numbers these are."""
    modules: tuple[ModuleText, ...]
    """What the model is, and where the preset comes from if that is another module."""
    model: str
    """Name of the class of the model."""
    parameters: tuple[ParameterDescription, ...]
    """Everything that the preset fixes."""
    range: str
    """Voltages, or conductances and ages, that it is made for."""
    variables: tuple[str, ...]
    """What the state consists of, or what differs from cell to cell, or what a cycle has."""
    state_variables: tuple[StateVariable, ...] = ()
    """Of a memristor, with their bounds."""
    typical_drive: TypicalDrive | None = None
    """Of a memristor."""


def device_names(kind: DeviceKind | None = None) -> list[str]:
    """Names in the catalogue.

    Args:
        kind: of the models; all where None.
    """
    kinds = list(DeviceKind) if kind is None else [kind]
    return [name for each in kinds for name in _CATALOGUE[each]]


def device_kind(name: str) -> DeviceKind:
    """What kind of model a name of the catalogue stands for.

    Args:
        name: in the catalogue.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.

    >>> device_kind("wan_2022")
    <DeviceKind.STATISTICS: 'statistics'>
    """
    for kind, entries in _CATALOGUE.items():
        if name in entries:
            return kind
    everything = device_names()
    near = difflib.get_close_matches(name, everything, n=4, cutoff=0.5)
    near += [each for each in everything if name and name.lower() in each and each not in near]
    hint = f"did you mean {', '.join(near[:6])}?" if near else f"there are {', '.join(everything)}"
    raise InvalidInput(f"the catalogue has no device named {name!r}; {hint}")


def device_model(name: str) -> Any:
    """The model that a name of the catalogue stands for.

    Args:
        name: in the catalogue.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.
    """
    return _CATALOGUE[device_kind(name)][name]()


def describe_device(name: str) -> DeviceDescription:
    """Everything that the catalogue and the docstrings say about one model.

    Args:
        name: in the catalogue.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.
    """
    kind = device_kind(name)
    preset = _CATALOGUE[kind][name]
    model = preset()
    text = inspect.getdoc(preset) or ""
    modules = dict.fromkeys([type(model).__module__, preset.__module__])
    return DeviceDescription(
        name=name,
        kind=kind,
        summary=text.partition("\n")[0],
        text=text,
        modules=tuple(
            ModuleText(module=module, text=inspect.getdoc(sys.modules[module]) or "")
            for module in modules
        ),
        model=type(model).__name__,
        parameters=tuple(_parameters(model, "")),
        range=_range(model),
        variables=_variables(model),
        state_variables=model.state_variables if kind is DeviceKind.MEMRISTOR else (),
        typical_drive=model.typical_drive if kind is DeviceKind.MEMRISTOR else None,
    )


def spoken(value: float, unit: str | None) -> str:
    """A quantity as people write it, with a prefix where the unit takes one.

    Args:
        value: in `unit`, without prefix.
        unit: SI symbol, "1" for a ratio, or None.

    >>> spoken(3e-9, "m"), spoken(0.25, "1"), spoken(-1e-3, "V"), spoken(5e-4, "m/s")
    ('3 nm', '0.25', '-1 mV', '0.0005 m/s')
    """
    if unit is None or unit == "1":
        return f"{value:.6g}"
    if unit == "J" and 0.0 < abs(value) < 1e-15:
        return f"{value / eV:.6g} eV"
    if unit in _TAKES_PREFIX and value != 0.0 and np.isfinite(value):
        for factor, prefix in _PREFIXES:
            if abs(value) >= 0.9999995 * factor:
                return f"{value / factor:.6g} {prefix}{unit}"
    return f"{value:.6g} {unit}"


@functools.cache
def field_texts(owner: type) -> Mapping[str, str]:
    """Docstrings below the fields of a class and of those that it inherits from.

    Args:
        owner: a class whose source is at hand.
    """
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__[:-1]):
        try:
            source = textwrap.dedent(inspect.getsource(each))
        except (OSError, TypeError):
            continue
        (definition,) = ast.parse(source).body
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for statement, following in zip(body, body[1:], strict=False):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                found[statement.target.id] = " ".join(following.value.value.split())
    return MappingProxyType(found)


def _parameters(model: Any, prefix: str) -> Iterator[ParameterDescription]:
    texts = field_texts(type(model))
    for field in fields(model):
        if field.name == "typical_drive":
            continue
        value, name = getattr(model, field.name), prefix + field.name
        meaning, unit = _unit_of(texts.get(field.name, ""))
        nested = value if isinstance(value, tuple) else (value,)
        if nested and all(is_dataclass(each) for each in nested):
            names = " + ".join(type(each).__name__ for each in nested)
            yield ParameterDescription(name=name, value=names, unit=None, meaning=meaning)
            for place, each in enumerate(nested):
                inner = f"{name}[{place}]." if isinstance(value, tuple) else f"{name}."
                yield from _parameters(each, inner)
        else:
            yield ParameterDescription(name=name, value=_plain(value), unit=unit, meaning=meaning)


def _unit_of(text: str) -> tuple[str, str | None]:
    """Meaning without the brackets, and the unit in the last of them."""
    found = list(_UNIT.finditer(text))
    if not found:
        return text, None
    last = found[-1]
    return (text[: last.start()] + text[last.end() :]).strip(), last[1]


def _plain(value: Any) -> Any:
    """Numbers, words and lists of them."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return type(value).__name__ if value is not None else "none"


def _numbers(values: list[Any]) -> Iterator[float]:
    for each in values:
        if isinstance(each, list):
            yield from _numbers(each)
        else:
            yield each


def _range(model: Memristor | ConductanceStatistics | PulseUpdate | Synaptogen) -> str:
    if isinstance(model, Synaptogen):
        high, _, low, _ = model.typical_cycle
        return f"{_short(low, 'ohm')} to {_short(10.0**high, 'ohm')}"
    if isinstance(model, Memristor):
        drive = model.typical_drive
        return f"{_short(-drive.negative, 'V')} to {_short(drive.positive, 'V')}"
    window = f"{_short(model.lowest, 'S')} to {_short(model.highest, 'S')}"
    if isinstance(model, ConductanceStatistics):
        first, last = age_label(model.first_age), age_label(model.last_age)
        return f"{window}, {first}" + ("" if first == last else f" to {last}")
    return window


def _short(value: float, unit: str) -> str:
    """A quantity to three digits."""
    return spoken(float(f"{value:.3g}"), unit)


def _variables(
    model: Memristor | ConductanceStatistics | PulseUpdate | Synaptogen,
) -> tuple[str, ...]:
    if isinstance(model, Synaptogen):
        return FEATURES
    if isinstance(model, Memristor):
        return tuple(variable.name for variable in model.state_variables)
    if isinstance(model, ConductanceStatistics):
        return ("conductance", *model.traits)
    return tuple(model.draw_cells((1,), rng=NominalDraws()))
