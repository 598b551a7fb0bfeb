"""Sweeps on a Dask cluster: the one door to Dask.

Each batch runs on a worker, in a process of its own below it, as on one machine: a circuit that
brings the simulator down costs one point and not the worker.
"""

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from ohmloom.arrays import IntArray
from ohmloom.circuits.engines.isolated import IsolatedSimulator
from ohmloom.circuits.sweep.points import PointResult, failed_point, measure_isolated
from ohmloom.circuits.sweep.spec import SweepSpec
from ohmloom.errors import InvalidInput, MissingDependency, OhmloomError

CONNECT_TIME: Final = 10.0
"""How long a scheduler may take to answer [s]."""
_BATCH: Final = 50
_AHEAD: Final = 2
"""Batches that each worker has in store."""

_simulators: list[IsolatedSimulator] = []


def measure_batch(spec: SweepSpec, numbers: tuple[int, ...]) -> list[PointResult]:
    """What a worker of the cluster does with a batch."""
    # Batches of one worker may run in several threads; each takes a process, or starts one.
    try:
        simulator = _simulators.pop()
    except IndexError:
        simulator = IsolatedSimulator()
    try:
        return list(measure_isolated(spec, numbers, simulator))
    finally:
        _simulators.append(simulator)


def on_cluster(
    spec: SweepSpec,
    waiting: IntArray,
    *,
    address: str,
    at_once: int,
) -> Generator[Sequence[PointResult], None, None]:
    """Results from a cluster, in whatever order they come.

    A batch whose worker is lost is tried again point by point; a point that costs its worker then
    too is a failed row.

    Args:
        spec: of the sweep.
        waiting: numbers of the points.
        address: of the scheduler.
        at_once: batches that are on the cluster at a time.

    Raises:
        InvalidInput: the scheduler does not answer.
        MissingDependency: Dask is not installed.
    """
    try:
        from distributed import Client, as_completed  # noqa: PLC0415  heavy, and needed by few
    except ImportError as error:
        raise MissingDependency(
            "a cluster needs Dask; install it with 'pip install \"ohmloom[cluster]\"'"
        ) from error
    try:
        client: Any = Client(address, timeout=CONNECT_TIME, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InvalidInput(
            f"no Dask scheduler answers at {address!r} within {CONNECT_TIME:g} s: {error}"
        ) from error
    with client:
        batches = _batches(waiting)
        running = as_completed(loop=client.loop)
        of: dict[Any, tuple[int, ...]] = {}

        def submit(numbers: tuple[int, ...]) -> None:
            future = client.submit(measure_batch, spec, numbers, pure=False, retries=0)
            of[future] = numbers
            running.add(future)

        for numbers, _ in zip(batches, range(max(1, at_once) * _AHEAD), strict=False):
            submit(numbers)
        for future in running:
            numbers = of.pop(future)
            failure = future.exception()
            if failure is None:
                yield future.result()
            elif isinstance(failure, OhmloomError):
                raise failure
            elif len(numbers) == 1:
                text = f"{type(failure).__name__}: {failure}"
                yield [failed_point(spec, numbers[0], text)]
            else:
                for number in numbers:
                    submit((number,))
            future.release()
            following = next(batches, None)
            if following is not None:
                submit(following)


def _batches(
    waiting: IntArray,
) -> Iterator[tuple[int, ...]]:
    for start in range(0, waiting.size, _BATCH):
        yield tuple(waiting[start : start + _BATCH].tolist())
