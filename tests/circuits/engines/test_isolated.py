"""A process that dies costs one call."""

import importlib
import sys
import time
from pathlib import Path

import pytest

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.engines.isolated import IsolatedSimulator
from ohmloom.circuits.ngspice import simulate
from ohmloom.errors import InvalidInput, SimulatorError


@pytest.fixture(scope="module")
def functions():
    folder = str(Path(__file__).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("crashing")
    sys.modules.pop("crashing", None)


@pytest.fixture(scope="module")
def simulator():
    with IsolatedSimulator() as one:
        yield one


def test_calls_are_answered_and_printing_does_no_harm(simulator, functions, capfd):
    assert simulator.call(functions.double, (21,)) == 42
    assert simulator.call(functions.talkative, ("x",)) == "x"
    assert "raw" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("name", "fate"),
    [("killed", "SIGKILL"), ("segfault", "SIGSEGV"), ("leaves", "exit status 3")],
)
def test_a_crash_is_an_error_and_the_next_call_works(simulator, functions, name, fate):
    with pytest.raises(SimulatorError, match=fate):
        simulator.call(getattr(functions, name), ())
    assert simulator.call(functions.double, (1,)) == 2


def test_a_call_that_hangs_is_ended(simulator, functions):
    simulator.call(functions.double, (1,))
    began = time.monotonic()
    with pytest.raises(SimulatorError, match=r"within 0\.3 s"):
        simulator.call(functions.hangs, (), timeout=0.3)
    assert time.monotonic() - began < 10.0
    assert simulator.call(functions.double, (3,), timeout=60.0) == 6


def test_errors_of_the_function_arrive_as_they_are_or_as_text(simulator, functions):
    with pytest.raises(ValueError, match="as asked"):
        simulator.call(functions.raises, ())
    with pytest.raises(SimulatorError, match="Local: stuck"):
        simulator.call(functions.raises_what_cannot_travel, ())
    assert simulator.call(functions.double, (2,)) == 4


def test_a_stream_gives_what_came_before_the_crash(simulator, functions):
    assert list(simulator.stream(functions.counts, (4,))) == [0, 1, 2, 3]
    came = []
    with pytest.raises(SimulatorError, match="SIGKILL"):
        came.extend(iter_all(simulator.stream(functions.counts, (4, 2)), came))
    assert came == [0, 1]


def iter_all(stream, into):
    for item in stream:
        into.append(item)
    return ()


def test_a_stream_that_is_left_does_not_answer_the_next_call(simulator, functions):
    stream = simulator.stream(functions.counts, (1000,))
    assert next(stream) == 0
    stream.close()
    assert simulator.call(functions.double, (5,)) == 10


def test_a_function_without_a_name_is_refused(simulator):
    with pytest.raises(InvalidInput, match="define it in a module"):
        simulator.call(lambda: None, ())


@pytest.mark.spice
def test_ngspice_runs_there(simulator):
    text = "* divider\nV1 a 0 1\nR1 a b 3k\nR2 b 0 1k\n.end\n"
    found = simulator.call(simulate, (text, OperatingPoint()))
    assert found.number("b") == pytest.approx(0.25)
