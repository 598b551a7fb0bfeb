"""Tests that need what is not here are skipped, and say what is missing."""

import functools
from types import SimpleNamespace

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a marked test whose simulator or device is missing; a chip is never assumed."""
    if item.get_closest_marker("spice") and _has_no_ngspice():
        pytest.skip("the ngspice shared library is not installed (libngspice0)")
    if item.get_closest_marker("gpu") and _has_no_gpu():
        pytest.skip("torch sees no CUDA device")
    if item.get_closest_marker("chip"):
        pytest.skip("no chip is connected")


@functools.cache
def _has_no_ngspice() -> bool:
    from ohmloom.circuits.ngspice import find_ngspice

    return find_ngspice() is None


@functools.cache
def _has_no_gpu() -> bool:
    import torch

    return not torch.cuda.is_available()


@pytest.fixture(scope="session")
def calibrated() -> SimpleNamespace:
    """A chip of two tiles, its record and its hidden truth. Not to be changed: tests share it."""
    from ohmloom.calibration.crossbar_calibration import calibrate_crossbar
    from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
    from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal

    chip = VirtualCrossbarChip(3, datasheet=crossbar_64(tiles=2))
    progress: list[float] = []
    record = calibrate_crossbar(chip, progress=progress.append)
    silicon, conductance = reveal(chip)
    return SimpleNamespace(
        chip=chip,
        datasheet=chip.datasheet,
        record=record,
        silicon=silicon,
        conductance=conductance,
        progress=progress,
    )
