"""One function over many tasks; several processes are tested in analysis, with its functions."""

import pytest

from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress
from ohmloom.workers import run_tasks


def square(task: float, progress: Progress) -> float:
    progress(0.5)
    progress(1.0)
    return task**2


def test_results_come_in_the_order_of_the_tasks_and_progress_rises_to_one() -> None:
    seen: list[float] = []
    assert run_tasks(square, [3, 1, 2], workers=1, progress=seen.append) == [9, 1, 4]
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)


def test_a_single_task_runs_in_this_process() -> None:
    here = []
    run_tasks(lambda task, _: here.append(task), [5], workers=4)
    assert here == [5]


def test_no_tasks_give_no_results() -> None:
    assert run_tasks(square, [], workers=2) == []


def test_an_error_of_a_task_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        run_tasks(lambda task, _: 1 / task, [1, 0], workers=1)


def test_less_than_one_worker_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one worker"):
        run_tasks(square, [1.0], workers=0)
