"""The ngspice shared library, through PySpice's binding of it: the door to running PySpice.

The library keeps one state per process, and its return codes say 0 after a failure, so failure is
read from what it prints and from what it leaves behind. A process uses either this module or
PySpice's own shared simulator, not both. PySpice is imported on the first run; it is under the
GPL-3.
"""

import atexit
import ctypes
import locale
import logging
import os
import re
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ohmloom.errors import MissingDependency, SimulatorError

log = logging.getLogger(__name__)

LIBRARY_VARIABLE: Final = "NGSPICE_LIBRARY_PATH"
"""Names another library than the one that the system finds."""
_LIBRARIES: Final = {"darwin": "libngspice.dylib", "win32": "ngspice.dll"}


@dataclass(frozen=True, kw_only=True)
class Vector:
    """A result as the library holds it."""

    kind: int
    """The library's number of what it is: 1 time, 2 frequency, 3 voltage, 4 current ..."""
    values: NDArray[np.float64] | NDArray[np.complex128]
    """A copy, shape (points,)."""


class NgspiceLibrary(Protocol):
    """The loaded library."""

    @property
    def version(self) -> str:
        """As the library names it, such as "39"."""
        ...

    @property
    def dead(self) -> bool:
        """Whether it has asked to be unloaded, and must not be called again."""
        ...

    def command(self, text: str) -> None:
        """Run one command; what it printed since the last `printed` is kept."""
        ...

    def forget_commands(self) -> None:
        """Free the commands of the past, which the library keeps as if they were a loop."""
        ...

    def load(self, lines: list[str]) -> None:
        """Read a netlist, line by line."""
        ...

    def printed(self) -> tuple[list[str], list[str]]:
        """What came to stdout and stderr since the last call."""
        ...

    def newest_plot(self) -> str:
        """Name of the newest set of results."""
        ...

    def vectors(self, plot: str) -> dict[str, Vector]:
        """Every vector of a set of results, by its own name."""
        ...

    def quantity(self, name: str) -> float | None:
        """What a device says of itself, such as "@m1[delvto]"; None where it says nothing."""
        ...


def library_name() -> str:
    """Name or path under which the library is looked for."""
    # libngspice0 alone has no libngspice.so, which is what PySpice looks for by itself.
    default = _LIBRARIES.get(sys.platform, "libngspice.so.0")
    return os.environ.get(LIBRARY_VARIABLE, default)


def library_loads() -> bool:
    """Whether the library can be loaded."""
    try:
        ctypes.CDLL(library_name())
    except OSError:
        return False
    return True


_loaded: list[NgspiceLibrary] = []


def ngspice_library() -> NgspiceLibrary:
    """The one library of this process, loaded on first use, and anew when it has given up.

    On some errors, such as a parameter that is not defined, ngspice asks to be unloaded and must
    not be called again. Then a copy of its file takes its place: the loader tells libraries apart
    by their files, so that the copy begins afresh.

    Raises:
        MissingDependency: it is not installed.
        SimulatorError: PySpice's own simulator runs in this process already.
    """
    if _loaded and not _loaded[-1].dead:
        return _loaded[-1]
    if not library_loads():
        raise MissingDependency(
            f"the ngspice library {library_name()!r} cannot be loaded; install it with "
            f"'apt-get install libngspice0', or set {LIBRARY_VARIABLE} to its path"
        )
    with warnings.catch_warnings():
        # PySpice 1.5 holds invalid escape sequences, which Python reports when it compiles them.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        from PySpice.Spice.NgSpice import Shared  # noqa: PLC0415  heavy, and needed by few

    pyspice_log = log.getChild("pyspice")
    pyspice_log.addFilter(lambda record: "Unsupported Ngspice version" not in record.getMessage())
    ffi = Shared.ffi

    class SharedLibrary(Shared.NgSpiceShared):  # type: ignore[misc]
        """PySpice's binding, listening to the output itself.

        PySpice takes every note on the error stream for a failure, and misses real ones; it also
        wraps each vector in several objects. Commands and vectors go to the library directly.
        """

        _logger = pyspice_log
        dead = False
        banner = ""
        _stdout: list[str]
        _stderr: list[str]

        def _load_library(self, _verbose: bool) -> None:
            # PySpice declares the interface with every library, which works once.
            if not _loaded:
                locale.setlocale(locale.LC_NUMERIC, "C")
                ffi.cdef(Path(Shared.__file__).with_name("api.h").read_text())
            self._ngspice_shared = ffi.dlopen(_copy_of_file() if _loaded else library_name())

        @property
        def version(self) -> str:
            found = re.search(r"ngspice-(\S+)", self.banner)
            return found[1] if found else "unknown"

        def command(self, text: str) -> None:
            self._stay_out_of_a_dead_library()
            log.debug("command: %s", text)
            self._ngspice_shared.ngSpice_Command(text.encode())

        def forget_commands(self) -> None:
            self._stay_out_of_a_dead_library()
            self._ngspice_shared.ngSpice_Command(ffi.NULL)

        def load(self, lines: list[str]) -> None:
            self._stay_out_of_a_dead_library()
            kept = [ffi.new("char[]", line.encode()) for line in lines]
            # The library reads until a NULL pointer.
            self._ngspice_shared.ngSpice_Circ(ffi.new("char *[]", [*kept, ffi.NULL]))

        def printed(self) -> tuple[list[str], list[str]]:
            told = self._stdout, self._stderr
            self._stdout, self._stderr = [], []
            return told

        def newest_plot(self) -> str:
            return str(ffi.string(self._ngspice_shared.ngSpice_CurPlot()).decode())

        def vectors(self, plot: str) -> dict[str, Vector]:
            names = self._ngspice_shared.ngSpice_AllVecs(plot.encode())
            found = {}
            place = 0
            while names[place] != ffi.NULL:
                name = ffi.string(names[place])
                place += 1
                info = self._ngspice_shared.ngGet_Vec_Info(plot.encode() + b"." + name)
                if info == ffi.NULL:
                    continue
                length = int(info.v_length)
                if info.v_compdata != ffi.NULL and not info.v_flags & 1:
                    raw = ffi.buffer(info.v_compdata, 16 * length)
                    values: Any = np.frombuffer(raw, dtype=np.complex128).copy()
                else:
                    raw = ffi.buffer(info.v_realdata, 8 * length)
                    values = np.frombuffer(raw, dtype=np.float64).copy()
                found[name.decode()] = Vector(kind=int(info.v_type), values=values)
            return found

        def quantity(self, name: str) -> float | None:
            info = self._ngspice_shared.ngGet_Vec_Info(name.encode())
            if info == ffi.NULL or info.v_length < 1 or not info.v_realdata:
                return None
            return float(info.v_realdata[0])

        def _stay_out_of_a_dead_library(self) -> None:
            if self.dead:
                raise SimulatorError("ngspice has given up, and was called again")

        @staticmethod
        def _send_char(message_c: Any, _ngspice_id: int, user_data: Any) -> int:
            self = ffi.from_handle(user_data)
            message = ffi.string(message_c).decode("utf8", errors="replace")
            stream, _, content = message.partition(" ")
            (self._stderr if stream == "stderr" else self._stdout).append(content)
            log.debug("%s", message)
            return 0

        @staticmethod
        def _exit(
            exit_status: int, _immediate: bool, _quit: bool, _ngspice_id: int, user_data: Any
        ) -> int:
            ffi.from_handle(user_data).dead = True
            return exit_status

    if Shared.NgSpiceShared._instances:
        raise SimulatorError(
            "PySpice's own ngspice simulator already runs in this process, and the library has "
            "room for one; use another process for one of the two"
        )
    library = SharedLibrary()
    library.printed()
    library.command("version")
    library.banner = "\n".join(library.printed()[0])
    # With its default of several threads ngspice is ten times slower on small circuits.
    library.command("set num_threads=1")
    library.printed()
    _loaded.append(library)
    return _loaded[-1]


def _copy_of_file() -> str:
    """Path of a copy of the library's file; the loader keeps the file itself once it is open."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split(maxsplit=5)[-1]
        if "ngspice" in Path(path).name and ".so" in path and Path(path).is_file():
            with tempfile.NamedTemporaryFile(suffix="-libngspice.so", delete=False) as copy:
                copy.write(Path(path).read_bytes())
            atexit.register(Path(copy.name).unlink, missing_ok=True)
            return copy.name
    raise SimulatorError("ngspice has given up in this process; start a new process")
