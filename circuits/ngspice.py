"""ngspice: runs a netlist and returns waveforms.

It runs in this process, through the shared library that `libngspice0` brings; the library keeps one
state per process, and `ohmloom.circuits.engines.isolated` runs it in another process, which may
crash. The netlist that was read last is kept: one that differs from it in numbers only is altered
in place, which for large model libraries is thousands of times faster than reading it again.

ngspice by itself is made for circuits of microamperes and more. Below, its defaults give wrong
answers without a word: `PICOAMPERE_OPTIONS`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Ac, Analysis, Dc, Noise, OperatingPoint, Ramp, Transient
from ohmloom.circuits.engines.ngspice_library import (
    Vector,
    library_loads,
    library_name,
    ngspice_library,
)
from ohmloom.circuits.engines.ngspice_session import SESSION
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.waveforms import Axis, Trace, Waveforms
from ohmloom.errors import InvalidInput, SimulatorError

PICOAMPERE_OPTIONS: Final[Mapping[str, str | float]] = MappingProxyType(
    {
        "gmin": 1e-18,
        "abstol": 1e-17,
        "chgtol": 1e-19,
        "reltol": 1e-4,
        "method": "gear",
    }
)
"""For circuits of picoamperes. The default `gmin` of 1e-12 S alone adds 1 pA at 1 V."""

_ZERO_CELSIUS: Final = 273.15
_UNITS: Final = {
    1: "s",
    2: "Hz",
    3: "V",
    4: "A",
    5: "V/sqrt(Hz)",
    6: "A/sqrt(Hz)",
    9: "V2",
    14: "degC",
    15: "ohm",
    18: "W",
    21: "F",
    22: "C",
}
_BRANCH: Final = "#branch"


@dataclass(frozen=True, kw_only=True)
class NgspiceFeatures:
    """Which ngspice library there is, and what it was built with."""

    library: str
    """Name or path under which the library was loaded."""
    version: str
    """As the library names it, such as "39"."""
    xspice: bool
    """Mixed-signal code models (A elements); the models themselves are files of their own."""
    klu: bool
    """The fast sparse solver."""
    osdi: bool
    """Verilog-A models compiled by OpenVAF."""


def simulate(
    netlist: Netlist | str,
    analysis: Analysis,
    *,
    temperature: float = 27.0 + _ZERO_CELSIUS,
    options: Mapping[str, str | float] | None = None,
    keep: Sequence[str] | None = None,
) -> Waveforms:
    """Run one analysis of a circuit.

    Args:
        netlist: the circuit, or its text from the title line to `.end`.
        analysis: what is asked.
        temperature: of the circuit [K].
        options: of ngspice by name, such as `{"reltol": 1e-4, "method": "gear"}`; see
            `PICOAMPERE_OPTIONS`, and `ohmloom.devices.subcircuit.NGSPICE_OPTIONS` for memristors.
        keep: names of the traces to keep, which may be those of devices, such as
            "@m.xneuron.ml3[id]"; all node voltages and source currents where None.

    Returns:
        The traces, with every value finite.

    Raises:
        InvalidInput: the temperature is not above zero; or an operating point is needed, and no
            direct current reaches one of the nodes.
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice refused the netlist, found no solution or did not reach the end;
            the message is its own, with the line that made the element that it names.
    """
    if not 0.0 < temperature < np.inf:
        raise InvalidInput(f"the temperature is {temperature} K; it must be above zero")
    settings = [f".options {name}={value}" for name, value in (options or {}).items()]
    if keep is not None:
        settings.append(f".save {' '.join(_saved(name) for name in keep)}")
    commands, plots = _commands(analysis)
    try:
        results = SESSION.run(
            netlist,
            commands,
            plots,
            temperature=temperature,
            settings=settings,
            from_operating_point=getattr(analysis, "from_operating_point", True),
        )
    except SimulatorError as error:
        if keep is not None and "no data saved" in str(error):
            raise SimulatorError(
                f"ngspice knows none of the traces {', '.join(keep)}; nodes inside an instance are "
                f"written xname.node, currents i(vname)"
            ) from error
        raise
    found = _waveforms(analysis, results)
    for name in keep or ():
        if name.lower() not in found.traces:
            raise SimulatorError(
                f"ngspice returned no trace {name!r}; there are {', '.join(found.traces)}"
            )
    return found


def _saved(name: str) -> str:
    """A trace as `.save` wants it."""
    return name if name.startswith("@") or "(" in name else f"v({name})"


def _commands(analysis: Analysis) -> tuple[list[str], list[str]]:
    """What to tell ngspice, and how the names of the results begin."""
    match analysis:
        case OperatingPoint():
            return ["op"], ["op"]
        case Dc():
            ramps = [analysis.inner] + ([] if analysis.outer is None else [analysis.outer])
            return ["dc " + " ".join(map(_ramp, ramps))], ["dc"]
        case Ac():
            span = f"{float(analysis.start)!r} {float(analysis.stop)!r}"
            return [f"ac dec {analysis.points_per_decade} {span}"], ["ac"]
        case Transient():
            longest = analysis.step if analysis.longest_step is None else analysis.longest_step
            numbers = (analysis.step, analysis.stop, analysis.record_from, longest)
            text = " ".join(repr(float(each)) for each in numbers)
            return [f"tran {text}{'' if analysis.from_operating_point else ' uic'}"], ["tran"]
        case Noise():
            span = f"{float(analysis.start)!r} {float(analysis.stop)!r}"
            where = f"v({analysis.output},{analysis.reference})"
            if analysis.reference == "0":
                where = f"v({analysis.output})"
            command = f"noise {where} {analysis.source} dec {analysis.points_per_decade} {span}"
            return [command], ["noise", "noise"]


def _ramp(ramp: Ramp) -> str:
    shift = -_ZERO_CELSIUS if ramp.target.lower() == "temp" else 0.0
    return f"{ramp.target} {ramp.start + shift!r} {ramp.stop + shift!r} {float(ramp.step)!r}"


def _waveforms(analysis: Analysis, results: list[dict[str, Vector]]) -> Waveforms:
    vectors = dict(results[0])
    axis = outer = None
    totals = {}
    match analysis:
        case Dc():
            axis, outer = _dc_axes(analysis, vectors)
        case Ac():
            axis = Axis(name="frequency", unit="Hz", values=_real(vectors.pop("frequency")))
        case Transient():
            axis = Axis(name="time", unit="s", values=_real(vectors.pop("time")))
            end = float(axis.values[-1])
            if abs(end - analysis.stop) > 1e-9 * analysis.stop:
                raise SimulatorError(f"ngspice stopped at {end} s, before {analysis.stop} s")
        case Noise():
            axis = Axis(name="frequency", unit="Hz", values=_real(vectors.pop("frequency")))
            totals = {name: float(each.values[0].real) for name, each in results[1].items()}
    traces: dict[str, Trace] = {}
    units = {}
    for name, vector in vectors.items():
        # A node with a number for a name is returned as V(7).
        trace = name.lower()
        if trace.startswith("v(") and trace.endswith(")"):
            trace = trace[2:-1]
        if trace.endswith(_BRANCH):
            trace = f"i({_spice_name(trace.removesuffix(_BRANCH))})"
        values = vector.values
        if values.size == 0 or not np.isfinite(values).all():
            raise SimulatorError(f"ngspice found no finite value for {trace}")
        if outer is not None and axis is not None:
            values = values.reshape(outer.values.size, axis.values.size)
        traces[trace] = values
        units[trace] = _UNITS.get(vector.kind, "1")
    if not traces:
        raise SimulatorError("ngspice returned no traces")
    return Waveforms(axis=axis, outer=outer, traces=traces, units=units, totals=totals)


def _spice_name(device: str) -> str:
    """v.xneuron.vsense, as ngspice calls what is inside an instance, is xneuron.vsense."""
    letter, dot, rest = device.partition(".")
    return rest if dot and len(letter) == 1 else device


def _dc_axes(analysis: Dc, vectors: dict[str, Vector]) -> tuple[Axis, Axis | None]:
    name = next(each for each in vectors if each.endswith("-sweep"))
    swept = _real(vectors.pop(name))
    inner = analysis.inner
    is_temperature = inner.target.lower() == "temp"
    unit = {"v": "V", "i": "A", "r": "ohm", "t": "K"}.get(inner.target[0].lower(), "1")
    if analysis.outer is None:
        values = swept + _ZERO_CELSIUS if is_temperature else swept
        return Axis(name=inner.target.lower(), unit=unit, values=values), None
    slow = analysis.outer
    count = _points(slow)
    if swept.size % count:
        raise SimulatorError(
            f"ngspice returned {swept.size} points, which is no multiple of the {count} values "
            f"of {slow.target}"
        )
    values = swept[: swept.size // count]
    return (
        Axis(
            name=inner.target.lower(),
            unit=unit,
            values=values + _ZERO_CELSIUS if is_temperature else values,
        ),
        Axis(
            name=slow.target.lower(),
            unit={"v": "V", "i": "A", "r": "ohm", "t": "K"}.get(slow.target[0].lower(), "1"),
            values=np.asarray(slow.start + slow.step * np.arange(count), dtype=np.float64),
        ),
    )


def _points(ramp: Ramp) -> int:
    """How many values ngspice takes; a step that nearly ends at the stop does."""
    return int(np.floor((ramp.stop - ramp.start) / ramp.step + 1e-6)) + 1


def _real(vector: Vector) -> FloatArray:
    return np.asarray(vector.values.real, dtype=np.float64)


def find_ngspice() -> NgspiceFeatures | None:
    """Ask the installed library what it is; None when there is none.

    The questions are put in a process of their own, so that a library that crashes on one of them
    takes nothing with it.

    Raises:
        SimulatorError: a library is there but gave no answer.
    """
    if not library_loads():
        return None
    answer = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import _print_features; _print_features()"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry or "." for entry in sys.path)},
    )
    if answer.returncode != 0:
        raise SimulatorError(
            f"{library_name()} loads but does not answer (exit status {answer.returncode}): "
            f"{answer.stderr.strip()[-500:]}"
        )
    return NgspiceFeatures(**json.loads(answer.stdout.splitlines()[-1]))


def _print_features() -> None:
    library = ngspice_library()

    def told(command: str) -> str:
        library.command(command)
        out, err = library.printed()
        return "\n".join([*out, *err])

    about = told("version -f")
    library.load(["* probe", "V1 1 0 DC 1", "R1 1 0 1k", ".option klu", ".end"])
    solver = told("op")
    osdi = told("osdi")
    features = {
        "library": library_name(),
        "version": library.version,
        "xspice": "XSPICE" in about,
        "klu": "KLU" in solver or "KLU" in about,
        # It also refuses when it only misses the argument.
        "osdi": "no such command" not in osdi,
    }
    sys.stdout.write("\n" + json.dumps(features) + "\n")
