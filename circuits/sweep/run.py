"""Runs a sweep, on this machine or on a Dask cluster, and never twice the same point."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.engines.isolated import IsolatedSimulator
from ohmloom.circuits.engines.ngspice_library import library_loads, library_name
from ohmloom.circuits.sweep.dataset import SweepFolder
from ohmloom.circuits.sweep.points import PointResult, measure_isolated
from ohmloom.circuits.sweep.spec import Engine, Points, SweepSpec
from ohmloom.circuits.sweep.subject import subject_of
from ohmloom.errors import InvalidInput, MissingDependency
from ohmloom.progress import Progress, silent

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS: Final = 100_000
"""A sweep of more points has to be asked for twice."""
FLUSH_TIME: Final = 1.0
"""What was measured is on disk at latest so long after [s]."""
_MOST_ROWS: Final = 20_000
_BATCH_TIME: Final = 0.5
_LARGEST_BATCH: Final = 500


def run_sweep(
    spec: SweepSpec,
    *,
    out: str | Path,
    workers: int,
    cluster: str | None = None,
    most_points: int = MOST_POINTS,
    retry_failed: bool = False,
    progress: Progress = silent,
) -> "pd.DataFrame":
    """Measure every point of a sweep that is not measured yet.

    Rows are written as they come, at latest after a second; a sweep that is killed goes on where it
    was when it is run again with the same folder. Results do not depend on the number of workers,
    nor on what was measured before.

    Args:
        spec: what to do.
        out: folder for the rows and the manifest; made, or gone on with.
        workers: processes on this machine; with a cluster, batches that it works on at once.
        cluster: address of a Dask scheduler, such as "tcp://10.0.0.1:8786"; None for this machine.
        most_points: a sweep of more points is refused.
        retry_failed: whether points that failed before are measured again.
        progress: told the share of all points that is done.

    Returns:
        One row for each point in the order of the spec: its number, corner, temperature,
        parameters and sample, its measures, and an error, empty where it went well. Units are in
        `.attrs["units"]`.

    Raises:
        InvalidInput: the spec names what is not there, has too many points, or none; the folder
            holds another sweep; no worker; the cluster cannot be reached.
        MissingDependency: ngspice, or Dask for a cluster, is not installed.
        CorruptFile: the folder is damaged.
        CannotWrite: the folder cannot be written; finished points are kept.
    """
    if workers < 1:
        raise InvalidInput(f"at least one worker is needed, but {workers} were asked for")
    points = Points(spec)
    if points.count > most_points:
        raise InvalidInput(
            f"the sweep has {points.count} points, more than {most_points}; ask for fewer, or "
            f"allow more (--yes)"
        )
    subject = subject_of(spec)
    if spec.engine is Engine.NGSPICE and cluster is None and not library_loads():
        raise MissingDependency(
            f"the ngspice library {library_name()!r} cannot be loaded; install it with "
            f"'apt-get install libngspice0', or ask theory (engine = 'theory')"
        )
    units = {"temperature": "K", **subject.parameter_units, **subject.measure_units}
    asked = {"temperature", *spec.parameters, *spec.measure_names}
    folder = SweepFolder(Path(out), spec, {name: units[name] for name in units if name in asked})
    finished = folder.open()
    if retry_failed:
        folder.forget(failed=True)
        finished = folder.open()
    waiting = np.setdiff1d(np.arange(points.count), finished, assume_unique=True)
    progress((points.count - waiting.size) / points.count)
    if waiting.size:
        if cluster is None:
            results = _locally(spec, waiting, workers)
        else:
            from ohmloom.circuits.sweep.cluster import on_cluster  # noqa: PLC0415  needs Dask

            results = on_cluster(spec, waiting, address=cluster, at_once=workers)
        with closing(results):
            _keep(results, folder, done=points.count - waiting.size, total=points.count,
                  progress=progress)  # fmt: skip
    folder.gather()
    return folder.table()


def _keep(
    results: Iterable[Sequence[PointResult]],
    folder: SweepFolder,
    *,
    done: int,
    total: int,
    progress: Progress,
) -> None:
    """Write results as they come."""
    held: list[PointResult] = []
    last = time.monotonic()
    try:
        for batch in results:
            held += batch
            done += len(batch)
            now = time.monotonic()
            if held and (now - last > FLUSH_TIME or len(held) >= _MOST_ROWS):
                rows, held = held, []
                folder.append(rows)
                last = now
            progress(done / total)
    finally:
        folder.append(held)


def _locally(
    spec: SweepSpec, waiting: IntArray, workers: int
) -> Generator[Sequence[PointResult], None, None]:
    """Results from processes of this machine, in whatever order they come.

    Each has a thread here that hands it batches. Yields at least every flush time, if only nothing.
    """
    batches = _Batches(waiting, workers)
    come: queue.SimpleQueue[Sequence[PointResult] | BaseException | None] = queue.SimpleQueue()
    stop = threading.Event()

    def serve() -> None:
        try:
            with IsolatedSimulator() as simulator:
                while not stop.is_set():
                    numbers, took = batches.next()
                    if not numbers:
                        break
                    results: list[PointResult] = []
                    began = last = time.monotonic()
                    with closing(measure_isolated(spec, numbers, simulator)) as stream:
                        for result in stream:
                            results.append(result)
                            now = time.monotonic()
                            if now - last > 0.1:
                                come.put(results)
                                results, last = [], now
                            if stop.is_set():
                                break
                    come.put(results)
                    took((time.monotonic() - began) / len(numbers))
            come.put(None)
        except BaseException as error:
            come.put(error)

    threads = [threading.Thread(target=serve, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            try:
                item = come.get(timeout=0.5 * FLUSH_TIME)
            except queue.Empty:
                yield ()
                continue
            if item is None:
                running -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=30.0)


class _Batches:
    """Hands out the waiting points, as many at a time as take about half a second."""

    def __init__(self, waiting: IntArray, workers: int) -> None:
        self._waiting = waiting
        self._workers = workers
        self._place = 0
        self._size = 1
        self._lock = threading.Lock()

    def next(self) -> tuple[tuple[int, ...], Callable[[float], None]]:
        """Numbers of the next points, none when all are out, and whom to tell how long one took."""
        with self._lock:
            left = self._waiting.size - self._place
            size = min(self._size, max(1, left // (2 * self._workers)))
            numbers = self._waiting[self._place : self._place + size]
            self._place += numbers.size
        return tuple(numbers.tolist()), self._took

    def _took(self, seconds: float) -> None:
        with self._lock:
            wanted = int(_BATCH_TIME / max(seconds, 1e-6))
            # Growing slowly, since the first point of a process pays for its start.
            self._size = max(1, min(wanted, 4 * self._size, _LARGEST_BATCH))
