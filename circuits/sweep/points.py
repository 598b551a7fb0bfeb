"""The work of a sweep: points measured one after another, each to a row, whatever happens to it."""

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ohmloom.circuits.engines.isolated import IsolatedSimulator
from ohmloom.circuits.sweep.spec import Points, SweepSpec
from ohmloom.circuits.sweep.subject import Subject, subject_of
from ohmloom.errors import MissingDependency, SimulatorError

_LONGEST_ERROR: Final = 400


@dataclass(frozen=True, kw_only=True)
class PointResult:
    """What came of one point."""

    number: int
    """Of the point."""
    values: tuple[float, ...]
    """One for each measure, in the order of the spec; nan where it failed."""
    error: str
    """What went wrong, empty for nothing."""


_subjects: dict[int, tuple[SweepSpec, Points, Subject]] = {}


def measure_points(spec: SweepSpec, numbers: tuple[int, ...]) -> Iterator[PointResult]:
    """Measure points in this process.

    Args:
        spec: of the sweep.
        numbers: of the points.

    Raises:
        MissingDependency: what every point needs is not installed.
    """
    points, subject = _prepared(spec)
    columns = points.columns(np.asarray(numbers, dtype=np.int64))
    names = tuple(spec.parameters)
    for place, number in enumerate(numbers):
        parameters = {name: float(columns[name][place]) for name in names}
        try:
            found = subject.measure(
                parameters,
                corner=str(columns["corner"][place]),
                temperature=float(columns["temperature"][place]),
                sample=int(columns["sample"][place]),
            )
            values = tuple(found[name] for name in spec.measure_names)
            yield PointResult(number=number, values=values, error="")
        except MissingDependency:
            raise
        except Exception as error:
            yield failed_point(spec, number, f"{type(error).__name__}: {error}")


def failed_point(spec: SweepSpec, number: int, error: str) -> PointResult:
    """The row of a point that failed."""
    text = " ".join(error.split())
    if len(text) > _LONGEST_ERROR:
        text = text[: _LONGEST_ERROR - 3] + "..."
    return PointResult(
        number=number, values=tuple(math.nan for _ in spec.measure_names), error=text
    )


def measure_isolated(
    spec: SweepSpec, numbers: tuple[int, ...], simulator: IsolatedSimulator
) -> Generator[PointResult, None, None]:
    """Measure points in another process; one that brings it down is a failed row.

    Args:
        spec: of the sweep.
        numbers: of the points.
        simulator: the process.

    Raises:
        MissingDependency: what every point needs is not installed.
    """
    waiting = list(numbers)
    while waiting:
        try:
            # What it takes to begin does not count as the time of the first point.
            simulator.call(prepare, (spec,))
            stream = simulator.stream(
                measure_points, (spec, tuple(waiting)), timeout=spec.time_limit
            )
            for result in stream:
                waiting.pop(0)
                yield result
        except SimulatorError as error:
            # Results come in order: the first that has not come is the one that did it.
            yield failed_point(spec, waiting.pop(0), str(error))


def prepare(spec: SweepSpec) -> None:
    """Load in this process what the points of a sweep need."""
    _prepared(spec)


def _prepared(spec: SweepSpec) -> tuple[Points, Subject]:
    """The subject of the last sweep, which batches of one sweep share."""
    for kept, points, subject in _subjects.values():
        if kept == spec:
            return points, subject
    _subjects.clear()
    points, subject = Points(spec), subject_of(spec)
    _subjects[0] = (spec, points, subject)
    return points, subject
