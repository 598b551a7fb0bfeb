"""ngspice, through PySpice's binding of its shared library: the one door to PySpice.

The library keeps one state per process, and its return codes say 0 after a failure, so failure is
read from what it prints and from what it leaves behind. Runs of one process exclude each other, and
a process uses either this module or PySpice's own shared simulator, not both. PySpice is imported
on the first run; it is under the GPL-3.
"""

import ctypes
import functools
import json
import logging
import math
import os
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.netlist import Netlist
from ohmloom.errors import InvalidInput, MissingDependency, SimulatorError

log = logging.getLogger(__name__)

_LIBRARY_VARIABLE: Final = "NGSPICE_LIBRARY_PATH"
_LIBRARIES: Final = {"darwin": "libngspice.dylib", "win32": "ngspice.dll"}

# What ngspice writes to its error stream when it has failed; a title or a node may hold the same
# words, so they count only where ngspice puts them.
_FAILURE: Final = re.compile(
    r"^\s*error\b|\baborted\s*$|circuit not parsed|no such command|timestep too small"
    r"|could not find a valid|^doAnalyses:|no convergence",
    re.IGNORECASE,
)
# Kept out of messages: progress, and a file that comes with the `ngspice` package and is needed
# only for XSPICE code models.
_NOISE: Final = re.compile(
    r"^Trying gmin|gmin increment|gmin step|^Supplies reduced|can't find (the )?init", re.IGNORECASE
)
_LONGEST_MESSAGE: Final = 12

_one_at_a_time: Final = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """The direct-current solution of a netlist."""

    node_voltage: Mapping[str, float]
    """Of every node of the netlist, ground included, by its name there [V]."""
    source_current: Mapping[str, float]
    """Through every voltage source, from its plus node through the source to its minus node, by its
    name in the netlist [A]. A source that delivers power has a negative current."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Waves:
    """What a circuit did in time."""

    time: FloatArray
    """Rising moments, as ngspice chose them, from its first step to the end, shape (time,) [s]."""
    node_voltage: Mapping[str, FloatArray]
    """Of every node by its lower-case name, that of a node inside a subcircuit behind the name of
    the instance and a dot, shape (time,) [V]."""
    source_current: Mapping[str, FloatArray]
    """Through every voltage source, from plus through the source to minus, by its lower-case name
    without the leading V, shape (time,) [A]."""


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


def operating_point(netlist: Netlist) -> OperatingPoint:
    """Solve a netlist for direct current.

    Args:
        netlist: what to solve.

    Raises:
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice refused the netlist or found no solution; the message is its own.
    """
    with _one_at_a_time:
        simulator = _simulator()
        try:
            simulator.load(netlist.to_spice())
            simulator.say("op")
            vectors = simulator.newest_vectors("op")
        finally:
            simulator.clean_up()
    return _operating_point(netlist, vectors)


def transient(
    text: str,
    *,
    step: float,
    stop: float,
    longest_step: float | None = None,
    options: Mapping[str, str | float] | None = None,
) -> Waves:
    """Run a circuit in time, from its initial conditions.

    The run starts from the initial conditions that the elements carry (`ic=`), without an operating
    point before it (`uic`); what carries none starts at zero. Memristors that run away need tighter
    options than ngspice's own, which give a wrong answer without a word:
    `ohmloom.devices.subcircuit.NGSPICE_OPTIONS`.

    Args:
        text: the circuit, from its title line to `.end`.
        step: proposed time step, above zero [s].
        stop: when the run ends, from 0 on [s].
        longest_step: no step is longer, None for `step` [s].
        options: simulator options by name, such as `{"reltol": 1e-4, "method": "gear"}`.

    Returns:
        The waves at the moments that ngspice chose.

    Raises:
        InvalidInput: `step`, `stop` or `longest_step` is not above zero.
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice refused the circuit or did not reach `stop`; the message is its own.
    """
    longest = step if longest_step is None else longest_step
    if not (0.0 < step <= stop < math.inf and longest > 0.0):
        raise InvalidInput(
            f"step {step} s, stop {stop} s and longest_step {longest} s must be above zero, and "
            f"step not above stop"
        )
    title, _, circuit = text.partition("\n")
    settings = "".join(f".options {name}={value}\n" for name, value in (options or {}).items())
    with _one_at_a_time:
        simulator = _simulator()
        try:
            simulator.load(f"{title}\n{settings}{circuit}")
            simulator.say(f"tran {float(step)!r} {float(stop)!r} 0 {float(longest)!r} uic")
            waves = simulator.newest_waves("tran")
        finally:
            simulator.clean_up()
    time = waves.pop("time")
    if abs(time[-1] - stop) > 1e-9 * stop:
        raise SimulatorError(f"ngspice stopped at {time[-1]} s, before {stop} s")
    branch = "#branch"
    return Waves(
        time=time,
        node_voltage={name: wave for name, wave in waves.items() if not name.endswith(branch)},
        source_current={
            name.removesuffix(branch).removeprefix("v"): wave
            for name, wave in waves.items()
            if name.startswith("v") and name.endswith(branch)
        },
    )


def find_ngspice() -> NgspiceFeatures | None:
    """Ask the installed library what it is; None when there is none.

    The questions are put in a process of their own, so that a library that crashes on one of them
    takes nothing with it.

    Raises:
        SimulatorError: a library is there but gave no answer.
    """
    if not _library_loads():
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
            f"{_library_name()} loads but does not answer (exit status {answer.returncode}): "
            f"{answer.stderr.strip()[-500:]}"
        )
    return NgspiceFeatures(**json.loads(answer.stdout.splitlines()[-1]))


def _print_features() -> None:
    simulator = _simulator()
    about = simulator.say("version -f")
    simulator.load("* probe\nV1 1 0 DC 1\nR1 1 0 1k\n.option klu\n.end\n")
    solver = simulator.say("op")
    simulator.clean_up()
    try:
        simulator.say("osdi")
        osdi = True
    except SimulatorError as refusal:  # it also refuses when it only misses the argument
        osdi = "no such command" not in str(refusal)
    features = {
        "library": _library_name(),
        "version": str(simulator.version),
        "xspice": "XSPICE" in about,
        "klu": "KLU" in solver or "KLU" in about,
        "osdi": osdi,
    }
    sys.stdout.write("\n" + json.dumps(features) + "\n")


def _operating_point(netlist: Netlist, vectors: Mapping[str, float]) -> OperatingPoint:
    nodes = {node for element in netlist.elements for node in element.nodes}
    node_voltage = {GROUND: 0.0}
    source_current = {}
    for node in nodes - {GROUND}:
        if node.lower() not in vectors:
            raise SimulatorError(f"ngspice returned no voltage for node {node!r}")
        node_voltage[node] = vectors[node.lower()]
    for element in netlist.elements:
        branch = element.spice_line().split(maxsplit=1)[0].lower() + "#branch"
        if branch.startswith("v"):
            if branch not in vectors:
                raise SimulatorError(f"ngspice returned no current for source {element.name!r}")
            source_current[element.name] = vectors[branch]
    return OperatingPoint(node_voltage=node_voltage, source_current=source_current)


class _Simulator(Protocol):
    """The loaded library."""

    @property
    def version(self) -> str:
        """As the library names it."""
        ...

    def say(self, command: str) -> str:
        """Run one command and return what was printed; raises `SimulatorError`."""
        ...

    def load(self, text: str) -> None:
        """Load a netlist; raises `SimulatorError`."""
        ...

    def newest_vectors(self, analysis: str) -> Mapping[str, float]:
        """The single values that an analysis left, by lower-case name; raises `SimulatorError`."""
        ...

    def newest_waves(self, analysis: str) -> dict[str, FloatArray]:
        """The waves that an analysis left, by lower-case name; raises `SimulatorError`."""
        ...

    def clean_up(self) -> None:
        """Forget all results and the netlist."""
        ...


@functools.cache
def _simulator() -> _Simulator:
    """The one simulator of this process, loaded on first use."""
    if not _library_loads():
        raise MissingDependency(
            f"the ngspice library {_library_name()!r} cannot be loaded; install it with "
            f"'apt-get install libngspice0', or set {_LIBRARY_VARIABLE} to its path"
        )
    with warnings.catch_warnings():
        # PySpice 1.5 holds invalid escape sequences, which Python reports when it compiles them.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        from PySpice.Spice.NgSpice import Shared  # noqa: PLC0415  heavy, and needed by few

    pyspice_log = log.getChild("pyspice")
    pyspice_log.addFilter(lambda record: "Unsupported Ngspice version" not in record.getMessage())

    class SharedLibrary(Shared.NgSpiceShared):  # type: ignore[misc]
        """PySpice's binding, listening to the output itself.

        PySpice takes every note on the error stream for a failure, and misses real ones.
        """

        LIBRARY_PATH = _library_name()
        _logger = pyspice_log
        unusable = False

        @property
        def version(self) -> str:
            found = re.search(r"ngspice-(\S+)", self.banner)
            return found[1] if found else "unknown"

        def say(self, command: str) -> str:
            self._stay_out_of_a_dead_library()
            try:
                self.exec_command(command)
            except NameError as error:  # PySpice's kind of error for a return code that is not 0
                raise SimulatorError(f"ngspice, {command}: {error}") from error
            self._raise_failure(command)
            return "\n".join([*self._stdout, *self._stderr])

        def load(self, text: str) -> None:
            self._stay_out_of_a_dead_library()
            try:
                self.load_circuit(text)
            except NameError as error:
                raise SimulatorError(f"ngspice, reading the netlist: {error}") from error
            self._raise_failure("reading the netlist")

        def newest_vectors(self, analysis: str) -> Mapping[str, float]:
            printed = self._relevant(self._stderr)
            vectors = {}
            for name, wave in self.newest_waves(analysis).items():
                if wave.size != 1:
                    raise SimulatorError(f"ngspice found no value for {name}: {printed}")
                vectors[name] = float(wave[0])
            return vectors

        def newest_waves(self, analysis: str) -> dict[str, FloatArray]:
            printed = self._relevant(self._stderr)
            name = self.last_plot
            if not name.startswith(analysis):
                raise SimulatorError(f"ngspice left no result of {analysis!r}: {printed}")
            waves = {}
            for vector in self.plot(None, name).values():
                wave = np.asarray(vector._data.real, dtype=np.float64)
                if wave.size == 0 or not np.isfinite(wave).all():
                    raise SimulatorError(f"ngspice found no value for {vector._name}: {printed}")
                # A node with a number for a name is returned as V(7).
                waves[re.sub(r"^v\((.*)\)$", r"\1", vector._name.lower())] = wave
            return waves

        def clean_up(self) -> None:
            if not self.unusable:
                self.exec_command("destroy all")
                self.exec_command("remcirc")

        def _stay_out_of_a_dead_library(self) -> None:
            if self.unusable:
                raise SimulatorError("ngspice has given up in this process; start a new process")

        def _raise_failure(self, doing: str) -> None:
            if self.unusable or any(_FAILURE.search(line) for line in self._stderr):
                raise SimulatorError(f"ngspice, {doing}: {self._relevant(self._stderr)}")

        @staticmethod
        def _relevant(lines: list[str]) -> str:
            told = [line.strip() for line in lines if line.strip() and not _NOISE.search(line)]
            return "; ".join(list(dict.fromkeys(told))[-_LONGEST_MESSAGE:]) or "it printed nothing"

        @staticmethod
        def _send_char(message_c: Any, _ngspice_id: int, user_data: Any) -> int:
            self = Shared.ffi.from_handle(user_data)
            message = Shared.ffi.string(message_c).decode("utf8", errors="replace")
            stream, _, content = message.partition(" ")
            (self._stderr if stream == "stderr" else self._stdout).append(content)
            log.debug("%s", message)
            return 0

        @staticmethod
        def _exit(
            exit_status: int, _immediate: bool, _quit: bool, _ngspice_id: int, user_data: Any
        ) -> int:
            Shared.ffi.from_handle(user_data).unusable = True
            return exit_status

    if Shared.NgSpiceShared._instances:
        raise SimulatorError(
            "PySpice's own ngspice simulator already runs in this process, and the library has "
            "room for one; use another process for one of the two"
        )
    library = SharedLibrary()
    library.banner = library.say("version")
    # With its default of several threads ngspice is ten times slower on small circuits.
    library.say("set num_threads=1")
    simulator: _Simulator = library
    return simulator


def _library_name() -> str:
    # libngspice0 alone has no libngspice.so, which is what PySpice looks for by itself.
    default = _LIBRARIES.get(sys.platform, "libngspice.so.0")
    return os.environ.get(_LIBRARY_VARIABLE, default)


def _library_loads() -> bool:
    try:
        ctypes.CDLL(_library_name())
    except OSError:
        return False
    return True
