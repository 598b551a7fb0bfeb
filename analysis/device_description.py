"""What the device catalogue holds, in words and numbers, for command line and documentation.

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
from itertools import pairwise
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
from ohmloom.si import eV, minute

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
            # A unit that takes no prefix is said once, after the last of them.
            each = self.unit if self.unit in _TAKES_PREFIX else None
            after = f" {self.unit}" if self.unit not in (each, None, "1") else ""
            some = ", ".join(spoken(number, each) for number in flat[:_SHOWN_VALUES])
            more = f", ... ({len(flat)})" if len(flat) > _SHOWN_VALUES else ""
            return some + more + after
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
    family: str
    """What it is a model of, in a few words."""
    summary: str
    """One line about whose numbers these are."""
    text: str
    """Docstring of the preset: whose numbers these are."""
    modules: tuple[ModuleText, ...]
    """What the model is, and where the preset comes from if that is another module."""
    model: str
    """Name of the class of the model, in the first of `modules`."""
    preset: str
    """Name of the function that returns it, in the last of `modules`."""
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

    @property
    def drive_text(self) -> str:
        """The typical drive in words; empty where there is none."""
        drive = self.typical_drive
        if drive is None:
            return ""
        resistance = drive.series_resistance
        behind = f" over {spoken(resistance, 'ohm')}" if resistance else ""
        begin = ", ".join(
            f"{each.name} {spoken(value, each.unit)}"
            for each, value in zip(self.state_variables, drive.initial_state, strict=True)
        )
        return (
            f"Typical drive: to {spoken(drive.positive, 'V')} and {spoken(-drive.negative, 'V')} "
            f"in {spoken(drive.period, 's')}{behind}, beginning at {begin}"
        )


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
    # Many published responses to pulses share one module; the law of the step tells them apart.
    telling = list(modules)[0 if kind is DeviceKind.PULSE_UPDATE else -1]
    first_line = (inspect.getdoc(sys.modules[telling]) or "").partition("\n")[0]
    return DeviceDescription(
        name=name,
        kind=kind,
        family=re.split(r"[:,] |\.$", first_line)[0],
        summary=text.partition("\n")[0],
        text=text,
        modules=tuple(
            ModuleText(module=module, text=inspect.getdoc(sys.modules[module]) or "")
            for module in modules
        ),
        model=type(model).__name__,
        preset=preset.__name__,
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

    >>> spoken(3e-9, "m"), spoken(0.25, "1"), spoken(86400, "s"), spoken(5e-4, "m/s")
    ('3 nm', '0.25', '1 d', '0.0005 m/s')
    """
    value += 0.0  # a zero never gets a sign
    if unit is None or unit == "1":
        return f"{value:.6g}"
    if unit == "J" and 0.0 < abs(value) < 1e-15:
        return f"{value / eV:.6g} eV"
    if unit == "s" and minute <= value < np.inf:
        return age_label(value)
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
        for statement, following in pairwise(body):
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
    texts = field_texts(model.__class__)
    for field in fields(model):
        if field.name == "typical_drive":
            continue
        value, name = getattr(model, field.name), prefix + field.name
        meaning, unit = _unit_of(texts.get(field.name, ""))
        nested = value if isinstance(value, tuple) else (value,)
        if nested and all(is_dataclass(each) for each in nested):
            names = " + ".join(dict.fromkeys(type(each).__name__ for each in nested))
            if len(nested) > 1:
                names += f" ({len(nested)})"
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
        return _from_to(low, 10.0**high, "ohm")
    if isinstance(model, Memristor):
        return _from_to(-model.typical_drive.negative, model.typical_drive.positive, "V")
    window = _from_to(model.lowest, model.highest, "S")
    if not isinstance(model, ConductanceStatistics):
        return window
    first, last = spoken(model.first_age, "s"), spoken(model.last_age, "s")
    return f"{window}, {first}" + ("" if first == last else f" to {last}")


def _from_to(low: float, high: float, unit: str) -> str:
    """Both ends to three digits, with the prefix that suits the larger one."""
    largest = max(abs(low), abs(high))
    factor, prefix = next((each for each in _PREFIXES if largest >= each[0]), (1.0, ""))
    return f"{low / factor + 0.0:.3g} to {high / factor + 0.0:.3g} {prefix}{unit}"


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
