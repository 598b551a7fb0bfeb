"""Work in another process, which may crash, hang, or fill its memory without taking this one along.

ngspice is a C library with one state per process. A circuit that brings it down costs one call: the
process is started anew for the next one. It is a plain child process, so that this works inside
workers that may have no children of their own kind, such as Dask's.
"""

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Final, Self

from ohmloom.errors import InvalidInput, SimulatorError

_ITEM: Final = "item"
_ERROR: Final = "error"
_END: Final = "end"
_START_TIME: Final = 120.0
"""How long a new process may take to report that it is there [s]."""


class IsolatedSimulator:
    """One process that works through calls, and is replaced when it dies.

    >>> with IsolatedSimulator() as simulator:
    ...     simulator.call(divmod, (17, 5))
    (3, 2)
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def call(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        timeout: float | None = None,
    ) -> Any:
        """Call a function there.

        Args:
            function: of a module, which the process imports by name.
            arguments: picklable.
            timeout: how long it may take, None for any time [s].

        Returns:
            What it returns, pickled.

        Raises:
            SimulatorError: the process died, or took too long; the next call has a new one.
            Exception: whatever the function raises.
        """
        (result,) = list(self._work(function, arguments, timeout=timeout, streams=False))
        return result

    def stream(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        timeout: float | None = None,
    ) -> Iterator[Any]:
        """Call a function there that yields, and yield what it yields as it comes.

        Args:
            function: of a module, which the process imports by name; returns an iterable.
            arguments: picklable.
            timeout: how long each item may take, None for any time [s].

        Raises:
            SimulatorError: the process died, or took too long; the next call has a new one.
            Exception: whatever the function raises.
        """
        yield from self._work(function, arguments, timeout=timeout, streams=True)

    def close(self) -> None:
        """End the process."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            try:
                self._process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _work(
        self,
        function: Callable[..., Any],
        arguments: tuple[Any, ...],
        *,
        timeout: float | None,
        streams: bool,
    ) -> Iterator[Any]:
        if "<" in function.__qualname__:
            raise InvalidInput(
                f"{function.__qualname__} has no name by which another process could find it; "
                f"define it in a module"
            )
        connection = self._started()
        try:
            connection.send((function.__module__, function.__qualname__, arguments, streams))
            while True:
                if timeout is not None and not connection.poll(timeout):
                    raise SimulatorError(f"no answer within {timeout:g} s; the process was ended")
                kind, content = connection.recv()
                if kind == _END:
                    return
                if kind == _ERROR:
                    raise content
                yield content
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            raise SimulatorError(f"the process {self._fate()}") from error
        except SimulatorError as error:
            if "the process was ended" in str(error):
                self._kill()
            raise
        except GeneratorExit:
            # Whatever it still sends would be taken for the answer to the next call.
            self._kill()
            raise

    def _started(self) -> Connection:
        if self._connection is not None and self._process is not None:
            if self._process.poll() is None:
                return self._connection
            self.close()
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(entry or str(os.getcwd()) for entry in sys.path)  # noqa: PTH109
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import _serve; _serve({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        theirs.close()
        self._connection = Connection(ours.detach())
        deadline = time.monotonic() + _START_TIME
        try:
            if not self._connection.poll(deadline - time.monotonic()):
                raise SimulatorError("the process did not start in time")
            self._connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise SimulatorError(f"the process did not start: it {self._fate()}") from error
        return self._connection

    def _fate(self) -> str:
        """What became of a process that hung up; forgets it."""
        status = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(timeout=5.0)
        self._kill()
        if status is None:
            return "hung up"
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"ended with exit status {status}"

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.close()


def _serve(descriptor: int) -> None:
    """What the process does."""
    # An interrupt from the keyboard reaches every process; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(descriptor)
    # What C code prints must not mix with results of the parent.
    os.dup2(2, 1)
    connection.send((_ITEM, "ready"))
    from ohmloom.threads import one_thread  # noqa: PLC0415

    with one_thread():
        while True:
            try:
                module, name, arguments, streams = connection.recv()
            except EOFError:
                return
            try:
                function: Any = importlib.import_module(module)
                for part in name.split("."):
                    function = getattr(function, part)
                result = function(*arguments)
                for item in result if streams else (result,):
                    connection.send((_ITEM, item))
                connection.send((_END, None))
            except BrokenPipeError:
                return
            except Exception as error:
                _send_error(connection, error)


def _send_error(connection: Connection, error: Exception) -> None:
    try:
        connection.send((_ERROR, error))
    except Exception:
        connection.send((_ERROR, SimulatorError(f"{type(error).__name__}: {error}")))
