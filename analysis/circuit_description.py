"""What the catalogue of circuits holds, in words and numbers, for command line and documentation.

Nothing is written down here twice: what a circuit is stands in the docstring of its module, what a
parameter means in the docstring below its field, what is measured in its benches.
"""

import difflib
import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ohmloom.analysis.parameter_description import (
    ModuleText,
    ParameterDescription,
    describe_parameters,
)
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.circuit import Behaves, Circuit, Theory
from ohmloom.circuits.experiment import ROOM_TEMPERATURE, circuit_measures, parameter_units
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class MeasureDescription:
    """One number that a bench reads off."""

    name: str
    """As sweeps name it."""
    bench: str
    """The experiment that gives it."""
    unit: str
    """SI symbol, "1" for a ratio or a count."""
    meaning: str
    """A line."""
    theory: Theory | None
    """What theory says of it at 27 degrees Celsius, None where it says nothing."""


@dataclass(frozen=True, kw_only=True)
class CircuitDescription:
    """One entry of the catalogue."""

    name: str
    """In the catalogue."""
    family: str
    """What it is, in a few words."""
    summary: str
    """One line about whose numbers these are."""
    text: str
    """Docstring of the preset."""
    module: ModuleText
    """What the circuit is."""
    circuit: str
    """Name of its class, in `module`."""
    preset: str
    """Name of the function that returns it."""
    preset_module: str
    """Where that function stands."""
    technology: str
    """What its transistors are made in."""
    parameters: tuple[ParameterDescription, ...]
    """All but the technology."""
    measures: tuple[MeasureDescription, ...]
    """Of all benches, in their order."""


def circuit_named(name: str) -> Circuit:
    """The circuit that a name of the catalogue stands for.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.
    """
    if name not in CIRCUITS:
        near = difflib.get_close_matches(name, CIRCUITS, n=4, cutoff=0.5)
        near += [each for each in CIRCUITS if name and name.lower() in each and each not in near]
        hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(CIRCUITS)}"
        raise InvalidInput(f"the catalogue has no circuit named {name!r}; {hint}")
    return CIRCUITS[name]()


def describe_circuit(name: str) -> CircuitDescription:
    """Everything that the catalogue and the docstrings say about one circuit.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.
    """
    circuit = circuit_named(name)
    preset = CIRCUITS[name]
    text = inspect.getdoc(preset) or ""
    module = type(circuit).__module__
    module_text = inspect.getdoc(sys.modules[module]) or ""
    theory: Mapping[str, Theory] = (
        circuit.behave(temperature=ROOM_TEMPERATURE) if isinstance(circuit, Behaves) else {}
    )
    return CircuitDescription(
        name=name,
        family=re.split(r"[:,] |\.$", module_text.partition("\n")[0])[0],
        summary=text.partition("\n")[0],
        text=text,
        module=ModuleText(module=module, text=module_text),
        circuit=type(circuit).__name__,
        preset=preset.__name__,
        preset_module=preset.__module__,
        technology=circuit.technology.name,
        parameters=_parameters(circuit),
        measures=tuple(
            MeasureDescription(
                name=measure_name,
                bench=bench,
                unit=measure.unit,
                meaning=measure.meaning,
                theory=theory.get(measure_name),
            )
            for measure_name, (bench, measure) in circuit_measures(circuit).items()
        ),
    )


def _parameters(circuit: Circuit) -> tuple[ParameterDescription, ...]:
    units = parameter_units(circuit)
    return tuple(
        replace(each, unit=units.get(each.name, each.unit))
        for each in describe_parameters(circuit, without=("technology",))
    )
