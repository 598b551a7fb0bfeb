"""What a sweep is asked to do, and the points that follow from it.

A sweep is a product: corners x temperatures x parameters x samples. The last runs fastest, so that
neighbours differ in numbers that a simulator alters in place. Points have numbers, and everything
about a point follows from its number alone; nothing is kept in memory for each of them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.analyses import Analysis
from ohmloom.circuits.experiment import ROOM_TEMPERATURE
from ohmloom.errors import InvalidInput
from ohmloom.randomness import seed_sequence


class Engine(Enum):
    """What answers for a point."""

    NGSPICE = "ngspice"
    """Simulation."""
    THEORY = "theory"
    """What the circuit's own theory says, without a simulator."""


class Design(Enum):
    """How points are spread over ranges of several parameters."""

    LATIN_HYPERCUBE = "latin hypercube"
    """One point in each slice of every parameter."""
    SOBOL = "sobol"
    """A low-discrepancy sequence, scrambled; best with a power of two of points."""


@dataclass(frozen=True, kw_only=True)
class Values:
    """A parameter that goes through a list of values."""

    values: tuple[float, ...]
    """In plain SI, one or more."""
    logarithmic: bool = False
    """Whether they were spaced evenly in decades: for axes of figures."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(float(value) for value in self.values))
        if not self.values:
            raise InvalidInput("a parameter goes through no values at all; give at least one")
        if not all(math.isfinite(value) for value in self.values):
            raise InvalidInput(f"a parameter goes through {self.values}, which are not all finite")


@dataclass(frozen=True, kw_only=True)
class Range:
    """A parameter that is spread over a range, together with all others of its kind."""

    low: float
    """Plain SI."""
    high: float
    """Above `low`."""
    logarithmic: bool = False
    """Whether it is spread evenly in decades."""

    def __post_init__(self) -> None:
        good = math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high
        if not good or (self.logarithmic and self.low <= 0.0):
            raise InvalidInput(
                f"a parameter cannot be spread from {self.low} to {self.high}"
                f"{' in decades' if self.logarithmic else ''}"
            )


@dataclass(frozen=True, kw_only=True)
class NamedMeasure:
    """A measure of `ohmloom.circuits.measures.catalogue` under a name of its own."""

    name: str
    """Of the column."""
    kind: str
    """In the catalogue of measures."""
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    """Its parameters, in plain SI; names of traces as text."""


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    """A circuit, what changes, and what is measured.

    Raises:
        InvalidInput: something is asked for that is nothing, or contradicts itself.
    """

    circuit: str | None = None
    """In the catalogue of circuits, or `package.module:function` of a function that makes one."""
    netlist: Path | None = None
    """In place of a circuit: a SPICE file, whose `.param` are the parameters."""
    technology: str | None = None
    """"generic", "ekv" or "sky130"; that of the circuit where None."""
    engine: Engine = Engine.NGSPICE
    """What answers."""
    parameters: Mapping[str, Values | Range] = field(default_factory=dict)
    """By name, the first running slowest; a single value fixes a parameter."""
    design: Design = Design.LATIN_HYPERCUBE
    """How the ranges among the parameters are covered."""
    design_points: int = 0
    """How many points cover them; above zero where there are ranges."""
    corners: tuple[str, ...] = ()
    """Of the technology; that of the circuit where empty."""
    temperatures: tuple[float, ...] = (ROOM_TEMPERATURE,)
    """[K]."""
    samples: int = 0
    """Monte Carlo samples of mismatch; 0 for the nominal circuit alone."""
    measures: tuple[str, ...] = ()
    """Names of the circuit's own measures."""
    named_measures: tuple[NamedMeasure, ...] = ()
    """Measures of a netlist's traces."""
    analysis: Analysis | None = None
    """Of a netlist; circuits bring their own."""
    options: Mapping[str, str | float] = field(default_factory=dict)
    """Of the simulator, beyond those of the circuit."""
    seed: int = 0
    """Of samples and designs."""
    time_limit: float | None = None
    """How long a point may take before it counts as failed [s]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", dict(self.parameters))
        object.__setattr__(self, "corners", tuple(self.corners))
        object.__setattr__(self, "temperatures", tuple(map(float, self.temperatures)))
        if (self.circuit is None) == (self.netlist is None):
            raise InvalidInput("a sweep needs either a circuit or a netlist, and not both")
        if not self.temperatures or min(self.temperatures) <= 0.0:
            raise InvalidInput(f"temperatures {self.temperatures} K; one or more, all above zero")
        if self.samples < 0 or self.seed < 0:
            raise InvalidInput(f"samples {self.samples} and seed {self.seed} must not be negative")
        if not self.measures and not self.named_measures:
            raise InvalidInput("nothing is measured; name at least one measure")
        if len({*self.measure_names}) != len(self.measure_names):
            raise InvalidInput(f"a measure is named twice among {', '.join(self.measure_names)}")
        if bool(self.ranges) != (self.design_points > 0):
            raise InvalidInput(
                f"{len(self.ranges)} parameter(s) are spread over ranges by {self.design_points} "
                f"design point(s); give both or neither"
            )
        if self.time_limit is not None and not self.time_limit > 0.0:
            raise InvalidInput(f"the time limit is {self.time_limit} s; it must be above zero")

    @property
    def ranges(self) -> dict[str, Range]:
        """The parameters that are spread over ranges."""
        return {name: each for name, each in self.parameters.items() if isinstance(each, Range)}

    @property
    def grids(self) -> dict[str, Values]:
        """The parameters that go through lists."""
        return {name: each for name, each in self.parameters.items() if isinstance(each, Values)}

    @property
    def measure_names(self) -> tuple[str, ...]:
        """Of all columns of results, in their order."""
        return (*self.measures, *(each.name for each in self.named_measures))


_SAMPLE: Final = "sample"


class Points:
    """The points of a sweep, worked out from their numbers."""

    def __init__(self, spec: SweepSpec) -> None:
        self.spec = spec
        self._corners: tuple[str | None, ...] = spec.corners or (None,)
        self._grids = spec.grids
        sizes = {
            "corner": len(self._corners),
            "temperature": len(spec.temperatures),
            **{f"={name}": len(each.values) for name, each in self._grids.items()},
            "design": max(1, spec.design_points),
            _SAMPLE: max(1, spec.samples),
        }
        self._names = tuple(sizes)
        self._sizes = tuple(sizes.values())
        self._design = _design(spec)

    @property
    def count(self) -> int:
        """How many there are."""
        return math.prod(self._sizes)

    def columns(self, numbers: IntArray) -> dict[str, Any]:
        """What is asked at points, by column.

        Args:
            numbers: of the points, shape (points,).

        Returns:
            "corner" (text), "temperature" [K], each parameter [SI], and "sample", -1 for the
            nominal circuit, each of shape (points,).
        """
        places = dict(zip(self._names, np.unravel_index(numbers, self._sizes), strict=True))
        found: dict[str, Any] = {
            "corner": np.array([each or "" for each in self._corners])[places["corner"]],
            "temperature": np.array(self.spec.temperatures)[places["temperature"]],
        }
        for name in self.spec.parameters:
            if name in self._grids:
                found[name] = np.array(self._grids[name].values)[places[f"={name}"]]
            else:
                found[name] = self._design[name][places["design"]]
        found[_SAMPLE] = places[_SAMPLE] if self.spec.samples else np.full(numbers.shape, -1)
        return found


def _design(spec: SweepSpec) -> dict[str, FloatArray]:
    """The values of each spread parameter at each point of the design."""
    ranges = spec.ranges
    if not ranges:
        return {}
    from scipy.stats import qmc  # noqa: PLC0415  slow to load

    rng = np.random.default_rng(seed_sequence(spec.seed, "design"))
    kind = qmc.LatinHypercube if spec.design is Design.LATIN_HYPERCUBE else qmc.Sobol
    sampler = kind(d=len(ranges), rng=rng)
    if spec.design is Design.SOBOL:
        # Drawn up to a power of two, whose balance the sequence is known for, and cut.
        power = math.ceil(math.log2(max(1, spec.design_points)))
        unit = sampler.random_base2(power)[: spec.design_points]
    else:
        unit = sampler.random(spec.design_points)
    found = {}
    for column, (name, each) in zip(unit.T, ranges.items(), strict=True):
        if each.logarithmic:
            found[name] = each.low * (each.high / each.low) ** column
        else:
            found[name] = each.low + (each.high - each.low) * column
    return found
