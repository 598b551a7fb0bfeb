"""Progress of long work: a callable that is told the share done, from 0 to 1."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float], None]
"""Called with the share of the work that is done, from 0 to 1."""


def silent(_: float) -> None:
    """Progress that nobody watches."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Progress of a part of the work, which runs from `start` to `stop` of the whole."""

    def report(done: float) -> None:
        progress(start + (stop - start) * done)

    return report
