"""What the device catalogue holds, in words and numbers, for command line and documentation.

Nothing is written down here twice. What a model is stands in the docstring of its module, what a
number means in the docstring below its field, and the unit in the brackets at the end of that.
"""

import difflib
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from ohmloom.analysis.parameter_description import (
    PREFIXES,
    ModuleText,
    ParameterDescription,
    describe_parameters,
    spoken,
)
from ohmloom.devices.catalogue import CYCLES, MEMRISTORS, PULSE_UPDATES, STATISTICS
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.fitting.pulse_response import NominalDraws
from ohmloom.devices.memristor import Memristor, StateVariable, TypicalDrive
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.statistics.synaptogen.model import Synaptogen
from ohmloom.devices.statistics.synaptogen.switching_cycles import FEATURES
from ohmloom.errors import InvalidInput


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
        parameters=tuple(describe_parameters(model, without=("typical_drive",))),
        range=_range(model),
        variables=_variables(model),
        state_variables=model.state_variables if kind is DeviceKind.MEMRISTOR else (),
        typical_drive=model.typical_drive if kind is DeviceKind.MEMRISTOR else None,
    )


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
    factor, prefix = next((each for each in PREFIXES if largest >= each[0]), (1.0, ""))
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
