"""Measures of any waveforms by name, for sweeps over circuits that bring none of their own.

To add a measure, write its function and one entry here.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.circuit import Measure
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.circuits.measures.gain import bandwidth, gain_at
from ohmloom.circuits.measures.power import charge, energy, energy_per_event, mean_power
from ohmloom.circuits.measures.settling import rise_time, settling_time
from ohmloom.circuits.measures.spikes import (
    adaptation_ratio,
    inter_spike_intervals,
    spike_times,
    steady_rate,
)
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput

TRACE: Final = "trace"
"""Unit of a parameter that names a trace."""
LEVEL: Final = "level"
"""Unit of a parameter that is in the unit of the trace."""


@dataclass(frozen=True, kw_only=True)
class MeasureKind:
    """One way to read a number off waveforms."""

    meaning: str
    """A line for people."""
    parameters: Mapping[str, str]
    """Unit of each parameter: a SI symbol, or `TRACE`, or `LEVEL`."""
    read: Callable[..., float]
    """Takes the waveforms and the parameters by name."""
    unit: str | None
    """Of the result; None for that of the trace."""
    optional: frozenset[str] = field(default_factory=frozenset)
    """Parameters that may be left out."""

    def make(self, **parameters: Any) -> Measure:
        """The measure with its parameters, in SI; names of traces as text.

        Raises:
            InvalidInput: a parameter is missing or unknown.
        """
        for name in parameters:
            if name not in self.parameters:
                near = difflib.get_close_matches(name, self.parameters, n=2)
                raise InvalidInput(
                    f"a measure of this kind has no parameter {name!r}; "
                    f"{'did you mean' if near else 'it has'} "
                    f"{', '.join(near or self.parameters)}"
                )
        missing = [
            name for name in self.parameters if name not in parameters and name not in self.optional
        ]
        if missing:
            raise InvalidInput(f"a measure of this kind needs {', '.join(missing)}")
        read = self.read
        shown = ", ".join(f"{name} {value}" for name, value in parameters.items())
        # By the names of SPICE, a trace is a current or else a voltage.
        of_trace = "A" if str(parameters.get("trace")).lower().startswith("i(") else "V"
        return Measure(
            unit=self.unit or of_trace,
            meaning=f"{self.meaning} ({shown})",
            of=lambda waveforms: float(read(waveforms, **parameters)),
        )


def measure_kind(name: str) -> MeasureKind:
    """The kind of measure of a name; raises `InvalidInput` with the nearest names."""
    if name not in MEASURES:
        near = difflib.get_close_matches(name, MEASURES, n=3)
        raise InvalidInput(
            f"there is no measure {name!r}; "
            f"{'did you mean' if near else 'there are'} {', '.join(near or MEASURES)}"
        )
    return MEASURES[name]


def _last(waveforms: Waveforms, trace: str) -> float:
    return float(waveforms.real(trace)[..., -1].ravel()[-1])


def _at(waveforms: Waveforms, trace: str, at: float) -> float:
    return float(np.interp(at, waveforms.time, waveforms.real(trace)))


def _spikes(waveforms: Waveforms, trace: str, threshold: float) -> FloatArray:
    return spike_times(waveforms.time, waveforms.real(trace), threshold=threshold)


def _first(moments: FloatArray) -> float:
    return float(moments[0]) if moments.size else math.nan


def _mean_interval(waveforms: Waveforms, trace: str, threshold: float) -> float:
    intervals = inter_spike_intervals(_spikes(waveforms, trace, threshold))
    return float(intervals.mean()) if intervals.size else math.nan


def _delay(
    waveforms: Waveforms, trace: str, level: float, to: str, to_level: float | None = None
) -> float:
    first = _first(crossings(waveforms.time, waveforms.real(trace), level, direction="both"))
    there = waveforms.real(to)
    other = level if to_level is None else to_level
    later = crossings(waveforms.time, there, other, direction="both")
    return _first(later[later >= first]) - first if not math.isnan(first) else math.nan


def _settling(waveforms: Waveforms, trace: str, tolerance: float, start: float = 0.0) -> float:
    return settling_time(waveforms.time, waveforms.real(trace), tolerance=tolerance, start=start)


def _energy_per_event(
    waveforms: Waveforms, voltage: str, current: str, events: str, threshold: float
) -> float:
    return energy_per_event(
        waveforms.time,
        waveforms.real(voltage),
        -waveforms.real(current),
        _spikes(waveforms, events, threshold),
    )


def _frequency_axis(waveforms: Waveforms) -> FloatArray:
    if waveforms.axis is None or waveforms.axis.name != "frequency":
        raise InvalidInput("a gain or bandwidth is read off a frequency response, an Ac analysis")
    return waveforms.axis.values


_ONE_TRACE: Final = MappingProxyType({"trace": TRACE})
_THRESHOLD: Final = MappingProxyType({"trace": TRACE, "threshold": LEVEL})
_SUPPLY: Final = MappingProxyType({"voltage": TRACE, "current": TRACE})

MEASURES: Final[Mapping[str, MeasureKind]] = MappingProxyType(
    {
        "value": MeasureKind(meaning="last value", parameters=_ONE_TRACE, unit=None, read=_last),
        "value_at": MeasureKind(
            meaning="value at a moment",
            parameters={"trace": TRACE, "at": "s"},
            unit=None,
            read=_at,
        ),
        "maximum": MeasureKind(
            meaning="largest value",
            parameters=_ONE_TRACE,
            unit=None,
            read=lambda waves, trace: waves.real(trace).max(),
        ),
        "minimum": MeasureKind(
            meaning="smallest value",
            parameters=_ONE_TRACE,
            unit=None,
            read=lambda waves, trace: waves.real(trace).min(),
        ),
        "mean": MeasureKind(
            meaning="mean over time",
            parameters=_ONE_TRACE,
            unit=None,
            read=lambda waves, trace: charge(waves.time, waves.real(trace)) / np.ptp(waves.time),
        ),
        "first_crossing": MeasureKind(
            meaning="first moment at a level",
            parameters={"trace": TRACE, "level": LEVEL},
            unit="s",
            read=lambda waves, trace, level: _first(
                crossings(waves.time, waves.real(trace), level, direction="both")
            ),
        ),
        "spike_count": MeasureKind(
            meaning="number of spikes",
            parameters=_THRESHOLD,
            unit="1",
            read=lambda waves, trace, threshold: _spikes(waves, trace, threshold).size,
        ),
        "rate": MeasureKind(
            meaning="one over the last interval, 0 when silent",
            parameters=_THRESHOLD,
            unit="Hz",
            read=lambda waves, trace, threshold: steady_rate(_spikes(waves, trace, threshold)),
        ),
        "first_spike": MeasureKind(
            meaning="first spike",
            parameters=_THRESHOLD,
            unit="s",
            read=lambda waves, trace, threshold: _first(_spikes(waves, trace, threshold)),
        ),
        "mean_interval": MeasureKind(
            meaning="mean inter-spike interval",
            parameters=_THRESHOLD,
            unit="s",
            read=_mean_interval,
        ),
        "adaptation": MeasureKind(
            meaning="last interval over the first",
            parameters=_THRESHOLD,
            unit="1",
            read=lambda waves, trace, threshold: adaptation_ratio(_spikes(waves, trace, threshold)),
        ),
        "settling_time": MeasureKind(
            meaning="until it stays near its end",
            parameters={"trace": TRACE, "tolerance": LEVEL, "start": "s"},
            optional=frozenset({"start"}),
            unit="s",
            read=_settling,
        ),
        "rise_time": MeasureKind(
            meaning="from 10 % to 90 % of the way",
            parameters=_ONE_TRACE,
            unit="s",
            read=lambda waves, trace: rise_time(waves.time, waves.real(trace)),
        ),
        "time_constant": MeasureKind(
            meaning="of the exponential that fits a stretch",
            parameters={"trace": TRACE, "start": "s", "stop": "s"},
            unit="s",
            read=lambda waves, trace, start, stop: time_constant(
                waves.time, waves.real(trace), start=start, stop=stop
            ),
        ),
        "delay": MeasureKind(
            meaning="from one trace at a level to another",
            parameters={"trace": TRACE, "level": LEVEL, "to": TRACE, "to_level": LEVEL},
            optional=frozenset({"to_level"}),
            unit="s",
            read=_delay,
        ),
        "charge": MeasureKind(
            meaning="integral of a current",
            parameters=_ONE_TRACE,
            unit="C",
            read=lambda waves, trace: charge(waves.time, waves.real(trace)),
        ),
        "mean_power": MeasureKind(
            meaning="what a source delivers",
            parameters=_SUPPLY,
            unit="W",
            read=lambda waves, voltage, current: mean_power(
                waves.time, waves.real(voltage), -waves.real(current)
            ),
        ),
        "energy": MeasureKind(
            meaning="what a source delivers in all",
            parameters=_SUPPLY,
            unit="J",
            read=lambda waves, voltage, current: energy(
                waves.time, waves.real(voltage), -waves.real(current)
            ),
        ),
        "energy_per_event": MeasureKind(
            meaning="what a source delivers from spike to spike",
            parameters={**_SUPPLY, "events": TRACE, "threshold": LEVEL},
            unit="J",
            read=_energy_per_event,
        ),
        "gain": MeasureKind(
            meaning="magnitude at a frequency",
            parameters={"trace": TRACE, "at": "Hz"},
            unit="1",
            read=lambda waves, trace, at: gain_at(
                _frequency_axis(waves), waves[trace].astype(complex), at
            ),
        ),
        "bandwidth": MeasureKind(
            meaning="where the magnitude has fallen by 3 dB",
            parameters=_ONE_TRACE,
            unit="Hz",
            read=lambda waves, trace: bandwidth(
                _frequency_axis(waves), waves[trace].astype(complex)
            ),
        ),
    }
)
"""By name."""
