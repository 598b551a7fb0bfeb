"""Tests that need what is not here are skipped, and say what is missing."""

import functools
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test whose simulator or device is missing; a chip is never assumed."""
    if item.get_closest_marker("spice") and _has_no_ngspice():
        pytest.skip("the ngspice shared library is not installed (libngspice0)")
    if item.get_closest_marker("gpu") and _has_no_gpu():
        pytest.skip("torch sees no CUDA device")
    if item.get_closest_marker("chip"):
        pytest.skip("no chip is connected")


@pytest.fixture(scope="session", autouse=True)
def single_thread() -> Iterator[None]:
    """Small matrices on shared cores are many times slower on two threads."""
    from ohmloom.threads import one_thread

    with one_thread():
        yield


@pytest.fixture(scope="session")
def documentation_script() -> Callable[[str], ModuleType]:
    """Imports a script of the documentation, with the others of its folder at hand."""

    def load(name: str) -> ModuleType:
        folder = str(Path(__file__).resolve().parent.parent / "docs")
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            return importlib.import_module(name)

    return load


@functools.cache
def _has_no_ngspice() -> bool:
    from ohmloom.circuits.ngspice import find_ngspice

    return find_ngspice() is None


@functools.cache
def _has_no_gpu() -> bool:
    import torch

    return not torch.cuda.is_available()


class WatchedChip:
    """Passes the crossbar protocol on, and nothing else; keeps what went through.

    `truth` holds the hidden conductance at every reading of the cells, `words` what was programmed.
    """

    def __init__(self, chip: Any) -> None:
        self._chip = chip
        self.truth: list[Any] = []
        self.words: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        if name not in {
            "identity",
            "datasheet",
            "description",
            "time",
            "codes",
            "set_codes",
            "run",
            "wait",
        }:
            raise AssertionError(f"{name} is not in the protocol")
        return getattr(self._chip, name)

    def program(self, memory: str, words: Any) -> None:
        """Pass pulses on."""
        self.words.append(words)
        self._chip.program(memory, words)

    def read(self, observable: str) -> Any:
        """Pass a reading on, the truth of the moment kept."""
        from ohmloom.circuits.crossbar_chip.virtual_chip import reveal

        if observable == "cell codes":
            self.truth.append(reveal(self._chip)[1])
        return self._chip.read(observable)


@pytest.fixture(scope="session")
def watched() -> type[WatchedChip]:
    """Wraps a chip, so that a test sees what is asked of it."""
    return WatchedChip


@pytest.fixture(scope="session")
def calibrated() -> SimpleNamespace:
    """A chip of two tiles, its record and its hidden truth. Not to be changed: tests share it."""
    from ohmloom.calibration.crossbar_calibration import calibrate_crossbar
    from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
    from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal

    chip = WatchedChip(VirtualCrossbarChip(3, datasheet=crossbar_64(tiles=2)))
    progress: list[float] = []
    record = calibrate_crossbar(chip, progress=progress.append)
    return SimpleNamespace(
        chip=chip,
        datasheet=chip.datasheet,
        record=record,
        silicon=reveal(chip._chip)[0],
        # The survey reads the low end four times in each of two ranges, twice, then the high end.
        low=chip.truth[0],
        high=chip.truth[16],
        progress=progress,
    )
