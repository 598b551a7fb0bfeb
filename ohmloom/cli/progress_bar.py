"""The progress bar of long verbs, on stderr; silent lines where stderr is not a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ohmloom.progress import Progress

SECONDS_BETWEEN_LINES = 5.0
"""Where nobody watches a terminal, a line this often says how far the work is [s]."""


@contextmanager
def progress_bar(first_stage: str) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    """Show progress while the block runs.

    Yields a progress to report to, and a function that names the stage.
    """
    if sys.stderr.isatty():
        yield from _bar(first_stage)
    else:
        yield from _lines(first_stage)


def _bar(first_stage: str) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    from rich.console import Console  # noqa: PLC0415  loads only when a bar is shown
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    with RichProgress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        task = bars.add_task(first_stage, total=1.0)
        yield (
            lambda done: bars.update(task, completed=done),
            lambda name: bars.update(task, description=name),
        )


def _lines(first_stage: str) -> Iterator[tuple[Progress, Callable[[str], None]]]:
    last = time.monotonic()

    def progress(done: float) -> None:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{done:.0%}", file=sys.stderr, flush=True)  # noqa: T201

    def stage(name: str) -> None:
        print(name, file=sys.stderr, flush=True)  # noqa: T201

    stage(first_stage)
    yield progress, stage
