"""One function over many tasks, in several processes: same results whatever their number.

Results come in the order of the tasks. Every task runs with one thread of linear algebra, so that
not even the last bit depends on the number of workers. An interrupt stops the workers at their next
report of progress.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import TypeVar

from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, part, silent
from ohmloom.threads import one_thread

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")

POLL = 0.2
"""How often progress is gathered from the workers [s]."""


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What all workers share."""

    done: "Synchronized[float]"
    """Work done by all of them together, in tasks."""
    stop: Event
    """Set when nobody waits for the results any more."""


class _Stopped(Exception):
    """Ends a worker's task early; nobody sees it."""


_shared: _Shared | None = None


def run_tasks(
    function: Callable[[TaskT, Progress], ResultT],
    tasks: Sequence[TaskT],
    *,
    workers: int,
    progress: Progress = silent,
) -> list[ResultT]:
    """Apply a function to every task.

    Args:
        function: of a module, so that a new process finds it; takes a task and a progress.
        tasks: what to work on; copied to the workers.
        workers: number of processes; with one, or one task, everything runs in this process.
        progress: told the share of all tasks that is done.

    Returns:
        One result per task, in the order of the tasks.

    Raises:
        InvalidInput: less than one worker.
    """
    if workers < 1:
        raise InvalidInput(f"at least one worker is needed, but {workers} were asked for")
    if workers == 1 or len(tasks) <= 1:
        with one_thread():
            return [
                function(task, part(progress, i / len(tasks), (i + 1) / len(tasks)))
                for i, task in enumerate(tasks)
            ]
    context = multiprocessing.get_context("spawn")
    shared = _Shared(done=context.Value("d", 0.0), stop=context.Event())
    with ProcessPoolExecutor(
        max_workers=min(workers, len(tasks)),
        mp_context=context,
        initializer=_enter_worker,
        initargs=(shared,),
    ) as pool:
        futures = [pool.submit(_work, function, task) for task in tasks]
        try:
            pending = set(futures)
            while pending:
                finished, pending = wait(pending, timeout=POLL)
                progress(min(1.0, shared.done.value / len(tasks)))
                for future in finished:
                    future.result()
        except BaseException:
            shared.stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def _enter_worker(shared: _Shared) -> None:
    global _shared  # noqa: PLW0603  how a process pool hands shared memory to its workers
    _shared = shared
    # An interrupt from the keyboard reaches every process; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(function: Callable[[TaskT, Progress], ResultT], task: TaskT) -> ResultT:
    last = 0.0

    def report(share: float) -> None:
        nonlocal last
        if _shared is None:
            return
        if _shared.stop.is_set():
            raise _Stopped
        with _shared.done.get_lock():
            _shared.done.value += share - last
        last = share

    with one_thread():
        return function(task, report)
