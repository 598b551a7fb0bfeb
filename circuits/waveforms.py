"""Waveforms: named traces over one axis."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput

Trace = NDArray[np.float64] | NDArray[np.complex128]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What the traces run over."""

    name: str
    """Such as "time" or "frequency", or the SPICE name of what a DC analysis ramps."""
    unit: str
    """SI symbol."""
    values: FloatArray
    """Shape (points,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Waveforms:
    """What a simulation returns, or an instrument.

    Traces have SPICE's names in lower case: a node by its own name, "xneuron.vmem" inside an
    instance; the current of a source as "i(vsupply)"; what a device tells of itself as
    "@m.xneuron.ml3[id]".
    """

    axis: Axis | None
    """None for an operating point, whose traces hold one value each."""
    traces: Mapping[str, Trace]
    """By name, each of shape (points,), or (outer points, points) where there is an outer axis;
    complex for frequency responses."""
    units: Mapping[str, str]
    """SI symbol of each trace."""
    outer: Axis | None = None
    """The slow axis of a nested DC analysis."""

    def __getitem__(self, name: str) -> Trace:
        found = self.traces.get(name.lower())
        if found is None:
            raise InvalidInput(f"there is no trace {name!r}; there are {', '.join(self.traces)}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.traces)
