"""Circuit: a parameterised design, its benches, and what theory says of it.

A circuit is a frozen dataclass whose fields are its parameters, in SI, each annotated with its unit
(`Ampere`, `Volt`, ...). It stands in `ohmloom.circuits.catalogue.CIRCUITS`; sweeps, laws,
documentation and the command line need nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Protocol, TypeAlias, runtime_checkable

from ohmloom.circuits.analyses import Analysis
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms


@dataclass(frozen=True)
class Unit:
    """The unit of a field, in an annotation."""

    symbol: str
    """SI symbol, "1" for a ratio or a count."""


Ampere: TypeAlias = Annotated[float, Unit("A")]
Volt: TypeAlias = Annotated[float, Unit("V")]
Farad: TypeAlias = Annotated[float, Unit("F")]
Second: TypeAlias = Annotated[float, Unit("s")]
Metre: TypeAlias = Annotated[float, Unit("m")]
Ohm: TypeAlias = Annotated[float, Unit("ohm")]
Siemens: TypeAlias = Annotated[float, Unit("S")]
Hertz: TypeAlias = Annotated[float, Unit("Hz")]
Ratio: TypeAlias = Annotated[float, Unit("1")]
Count: TypeAlias = Annotated[int, Unit("1")]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number that is read off waveforms."""

    unit: str
    """SI symbol, "1" for a ratio or a count."""
    meaning: str
    """A line for people."""
    of: Callable[[Waveforms], float]
    """Reads it; nan where there is none, such as the first spike of a silent neuron."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One experiment: the circuit with sources around it, an analysis, and what is measured."""

    netlist: Netlist
    """The circuit as an instance of its subcircuit, and the ideal things around it."""
    analysis: Analysis
    """What is asked."""
    measures: Mapping[str, Measure]
    """By name; a name stands on one bench of a circuit only."""
    shown: tuple[str, ...]
    """Traces that a picture of the typical response shows."""
    options: Mapping[str, str | float] = field(default_factory=dict)
    """Of the simulator, beyond those of the technology."""


@runtime_checkable
class Circuit(Protocol):
    """A parameterised design in one technology."""

    @property
    def technology(self) -> Technology:
        """What its transistors are made in."""
        ...

    def netlist(self) -> Netlist:
        """That of the first bench: the circuit at its typical work."""
        ...

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Every experiment by name, the typical one first, each made when it is called."""
        ...


@dataclass(frozen=True, kw_only=True)
class Theory:
    """What a closed form, or a simpler model, says of one measure."""

    value: float
    """In the unit of the measure."""
    tolerance: float
    """How far the simulated value may be off, over `value` [1]."""


@runtime_checkable
class Behaves(Protocol):
    """A circuit of which theory says something."""

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Predicted measures by name, at a temperature [K]."""
        ...
