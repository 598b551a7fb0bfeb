"""What a circuit of the catalogue does: the typical response, simulated, measured and drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ohmloom.analysis.circuit_description import circuit_named
from ohmloom.analysis.figures.canvas import Scale, quiet, readable_scale
from ohmloom.analysis.figures.palette import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILLION,
)
from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Ac
from ohmloom.circuits.experiment import run_bench
from ohmloom.circuits.waveforms import Axis, Trace, Waveforms
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_SIZE = (7.5, 2.0)
"""Width and height of one panel [inch]."""
_MOST_MOMENTS = 2000
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY_BLUE, BLACK)


@dataclass(frozen=True, kw_only=True, eq=False)
class CircuitPortrait:
    """A circuit on its typical bench."""

    name: str
    """In the catalogue."""
    bench: str
    """Name of the bench."""
    waveforms: Waveforms
    """What was simulated."""
    shown: tuple[str, ...]
    """The traces that are drawn."""
    measures: Mapping[str, tuple[float, str]]
    """Value and unit of everything that is measured on this bench."""
    logarithmic: bool
    """Whether the axis runs over decades."""

    def draw(self) -> "Figure":
        """One panel for each unit among the shown traces."""
        from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

        units: dict[str, list[str]] = {}
        for name in self.shown:
            units.setdefault(self.waveforms.units[name], []).append(name)
        width, height = PANEL_SIZE
        figure = Figure(figsize=(width, 0.6 + height * len(units)), layout="constrained")
        panels = figure.subplots(len(units), 1, sharex=True, squeeze=False)[:, 0]
        for panel, (unit, names) in zip(panels, units.items(), strict=True):
            self._draw_panel(panel, unit, names)
        axis = self.waveforms.axis
        if axis is not None:
            panels[-1].set_xlabel(f"{axis.name} [{self._axis_scale(axis).unit}]")
        return figure

    def numbers(self) -> dict[str, Any]:
        """The shown traces and the measures, in plain SI."""
        axis = self.waveforms.axis
        keep = slice(None)
        if axis is not None:
            keep = slice(None, None, max(1, -(-axis.values.size // _MOST_MOMENTS)))
        return {
            "bench": self.bench,
            "axis": None
            if axis is None
            else {"name": axis.name, "unit": axis.unit, "values": axis.values[keep].tolist()},
            "traces": {
                name: {
                    "unit": self.waveforms.units[name],
                    "values": _magnitude(self.waveforms[name])[..., keep].tolist(),
                }
                for name in self.shown
            },
            "measures": {
                name: {"value": value, "unit": unit}
                for name, (value, unit) in self.measures.items()
            },
        }

    def _draw_panel(self, panel: "Axes", unit: str, names: list[str]) -> None:
        traces = {name: _magnitude(self.waveforms[name]) for name in names}
        scale = readable_scale(np.concatenate([trace.ravel() for trace in traces.values()]), unit)
        axis = self.waveforms.axis
        for place, (name, trace) in enumerate(traces.items()):
            colour = _COLOURS[place % len(_COLOURS)]
            if axis is None:
                panel.bar(name, float(trace.ravel()[0]) / scale.factor, color=colour)
            else:
                x = axis.values / self._axis_scale(axis).factor
                waves = np.atleast_2d(trace) / scale.factor
                panel.plot(x, waves[0], color=colour, label=name, linewidth=1.2)
                panel.plot(x, waves[1:].T, color=colour, linewidth=1.2)
        if self.logarithmic:
            panel.set_xscale("log")
        quiet(panel)
        kind = {"V": "voltage", "A": "current"}.get(unit, "value")
        panel.set_ylabel(f"{kind} [{scale.unit}]")
        if axis is not None:
            panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)

    def _axis_scale(self, axis: Axis) -> Scale:
        """Decades stay in the plain unit."""
        if self.logarithmic:
            return Scale(factor=1.0, unit=axis.unit)
        return readable_scale(axis.values, axis.unit)


def _magnitude(trace: Trace) -> FloatArray:
    """A trace itself, or the magnitude of a small signal."""
    return np.abs(trace) if np.iscomplexobj(trace) else np.asarray(trace, dtype=np.float64)


def portray_circuit(name: str, *, bench: str | None = None) -> CircuitPortrait:
    """Simulate a circuit of the catalogue on one of its benches.

    Args:
        name: in the catalogue.
        bench: name of the bench, the typical one where None.

    Raises:
        InvalidInput: there is no such circuit or bench.
        MissingDependency: the ngspice library is not installed.
    """
    benches = circuit_named(name).benches()
    chosen = next(iter(benches)) if bench is None else bench
    if chosen not in benches:
        raise InvalidInput(f"{name} has no bench {bench!r}; it has {', '.join(benches)}")
    made = benches[chosen]()
    waveforms = run_bench(made)
    return CircuitPortrait(
        name=name,
        bench=chosen,
        waveforms=waveforms,
        shown=tuple(trace.lower() for trace in made.shown),
        measures={
            each: (float(measure.of(waveforms)), measure.unit)
            for each, measure in made.measures.items()
        },
        logarithmic=isinstance(made.analysis, Ac),
    )
