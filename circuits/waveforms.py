"""Waveforms: named traces over one axis."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import FloatArray
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.storage import write_bytes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Trace: TypeAlias = NDArray[np.float64] | NDArray[np.complex128]
"""Values of one trace."""

_SCHEMA: Final = 1
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


@dataclass(frozen=True, kw_only=True, eq=False)
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
    instance; the current of a source as "i(vsupply)", from its plus node through the source to its
    minus node, so that a source that delivers power has a negative current; what a device tells of
    itself as "@m.xneuron.ml3[id]".

    Raises:
        InvalidInput: a trace has another shape than the axes, or no unit.
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
    totals: Mapping[str, float] = field(default_factory=dict)
    """Single numbers beside the traces: integrated noise [V] or [A]."""

    def __post_init__(self) -> None:
        shape: tuple[int, ...] = (1,) if self.axis is None else self.axis.values.shape
        if self.outer is not None:
            shape = (*self.outer.values.shape, *shape)
        for name, trace in self.traces.items():
            if trace.shape != shape:
                raise InvalidInput(
                    f"trace {name!r} has shape {trace.shape}, but the axes ask for {shape}"
                )
            if name not in self.units:
                raise InvalidInput(f"trace {name!r} has no unit")

    def __getitem__(self, name: str) -> Trace:
        found = self.traces.get(name.lower())
        if found is None:
            near = get_close_matches(name.lower(), self.traces, n=3)
            raise InvalidInput(
                f"there is no trace {name!r}; "
                f"{'did you mean' if near else 'there are'} {', '.join(near or self.traces)}"
            )
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.traces)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.traces

    def __repr__(self) -> str:
        axis = "no axis" if self.axis is None else f"{self.axis.values.size} x {self.axis.name}"
        outer = "" if self.outer is None else f", {self.outer.values.size} x {self.outer.name}"
        return f"<Waveforms: {len(self.traces)} traces over {axis}{outer}>"

    def real(self, name: str) -> FloatArray:
        """A trace of real numbers; raises `InvalidInput` for one of a frequency response."""
        trace = self[name]
        if np.iscomplexobj(trace):
            raise InvalidInput(f"trace {name!r} is complex; take its magnitude or its phase")
        return np.asarray(trace, dtype=np.float64)

    def number(self, name: str) -> float:
        """The one value of a trace of an operating point; raises `InvalidInput` for others."""
        trace = self.real(name)
        if trace.size != 1:
            raise InvalidInput(f"trace {name!r} has {trace.size} values, not one")
        return float(trace.ravel()[0])

    @property
    def time(self) -> FloatArray:
        """The moments of a transient, shape (points,) [s]; raises `InvalidInput` for others."""
        if self.axis is None or self.axis.name != "time":
            raise InvalidInput("these waveforms do not run over time")
        return self.axis.values

    def to_frame(self) -> "pd.DataFrame":
        """One row for each point, columns named with their units, such as "vmem [V]"."""
        import pandas as pd  # noqa: PLC0415  slow to load

        shape = next(iter(self.traces.values())).shape if self.traces else (0,)
        columns: dict[str, Trace] = {}
        if self.outer is not None:
            outer = np.broadcast_to(self.outer.values[:, None], shape)
            columns[f"{self.outer.name} [{self.outer.unit}]"] = outer.ravel()
        if self.axis is not None:
            inner = np.broadcast_to(self.axis.values, shape)
            columns[f"{self.axis.name} [{self.axis.unit}]"] = inner.ravel()
        for name, trace in self.traces.items():
            columns[f"{name} [{self.units[name]}]"] = trace.ravel()
        return pd.DataFrame(columns)

    def save(self, path: str | Path) -> None:
        """Write one file, whole or not at all; `load` reads it.

        Args:
            path: of the file, by custom ending in ".npz"; replaced if it exists.

        Raises:
            CannotWrite: the folder is missing or may not be written, or the disk is full.
        """
        header = {
            "schema": _SCHEMA,
            "kind": "ohmloom waveforms",
            "axis": None if self.axis is None else [self.axis.name, self.axis.unit],
            "outer": None if self.outer is None else [self.outer.name, self.outer.unit],
            "traces": {name: self.units[name] for name in self.traces},
            "totals": dict(self.totals),
        }
        arrays: dict[str, Trace] = {
            f"trace_{place}": trace for place, trace in enumerate(self.traces.values())
        }
        if self.axis is not None:
            arrays["axis"] = self.axis.values
        if self.outer is not None:
            arrays["outer"] = self.outer.values
        buffer = io.BytesIO()
        np.savez_compressed(buffer, header=np.array(json.dumps(header)), **arrays)  # type: ignore[arg-type]
        write_bytes(path, buffer.getvalue())

    @staticmethod
    def load(path: str | Path) -> "Waveforms":
        """Read what `save` wrote.

        Args:
            path: of the file.

        Raises:
            CorruptFile: it is cut off, was changed, or is of another kind or version.
            FileNotFoundError: it is not there.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                header = json.loads(str(file["header"]))
                if header.get("kind") != "ohmloom waveforms" or header["schema"] != _SCHEMA:
                    raise CorruptFile(
                        f"{path} holds {header.get('kind', 'something else')}, schema "
                        f"{header.get('schema')}; waveforms of schema {_SCHEMA} are read here"
                    )
                axes = {
                    which: None
                    if header[which] is None
                    else Axis(name=header[which][0], unit=header[which][1], values=file[which])
                    for which in ("axis", "outer")
                }
                return Waveforms(
                    axis=axes["axis"],
                    outer=axes["outer"],
                    traces={
                        name: file[f"trace_{place}"] for place, name in enumerate(header["traces"])
                    },
                    units=header["traces"],
                    totals=header["totals"],
                )
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, TypeError) as error:
            if isinstance(error, CorruptFile):
                raise
            raise CorruptFile(
                f"{path} is no file of waveforms, or is damaged: {error}; write it anew"
            ) from error

    def plot(self, names: Sequence[str] | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw traces over the axis; of complex ones the magnitude.

        Args:
            names: traces of one unit; all that share the unit of the first where None.
            ax: where to draw, new axes where None.

        Returns:
            The axes.

        Raises:
            InvalidInput: the traces have different units, or there is no axis to draw over.
        """
        if self.axis is None:
            raise InvalidInput("an operating point has no axis to draw over; print it instead")
        if names is None:
            first = self.units[next(iter(self.traces))]
            names = [name for name in self.traces if self.units[name] == first]
        waves = {
            name: np.abs(self[name]) if np.iscomplexobj(self[name]) else self[name]
            for name in names
        }
        units = {self.units[name.lower()] for name in names}
        if len(units) != 1:
            raise InvalidInput(
                f"traces of different units, {', '.join(sorted(units))}, need axes of their own"
            )
        if ax is None:
            from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

            ax = Figure(figsize=(6.0, 4.0), layout="constrained").add_subplot()
        (unit,) = units
        factor, shown = _prefixed(
            np.concatenate([np.abs(wave).ravel() for wave in waves.values()]), unit
        )
        if self.axis.name == "frequency":
            x_factor, x_shown = 1.0, self.axis.unit
            ax.set_xscale("log")
        else:
            x_factor, x_shown = _prefixed(self.axis.values, self.axis.unit)
        for name, wave in waves.items():
            lines = ax.plot(self.axis.values / x_factor, np.atleast_2d(wave).T / factor)
            lines[0].set_label(name)
            for line in lines[1:]:
                line.set_color(lines[0].get_color())
        ax.set_xlabel(f"{self.axis.name} [{x_shown}]")
        ax.set_ylabel(f"[{shown}]")
        if len(waves) > 1:
            ax.legend(frameon=False)
        else:
            ax.set_ylabel(f"{next(iter(waves))} [{shown}]")
        return ax


def _magnitude(trace: Trace) -> FloatArray:
    """A trace itself, or the magnitude of a small signal."""
    return np.abs(trace) if np.iscomplexobj(trace) else np.asarray(trace, dtype=np.float64)


def _prefixed(values: FloatArray, unit: str) -> tuple[float, str]:
    """What to divide by, and the unit then, so that the largest value is above one."""
    largest = float(np.abs(values).max(initial=0.0))
    for factor, prefix in _PREFIXES:
        if largest >= factor and "/" not in unit and unit != "1":
            return factor, prefix + unit
    return 1.0, unit
