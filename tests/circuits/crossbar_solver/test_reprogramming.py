"""Some cells programmed anew, and single precision: both against the full computation."""

import dataclasses

import numpy as np
import pytest

from ohmloom.arrays import FloatArray
from ohmloom.circuits import crossbar as module
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_solver.reprogramming import MOST_CELLS
from ohmloom.errors import InvalidInput


def array(rng: np.random.Generator) -> Crossbar:
    conductance = rng.uniform(1e-6, 1e-4, (23, 31))
    conductance[rng.random((23, 31)) < 0.1] = 0.0
    return Crossbar(
        conductance=conductance,
        r_word_line=rng.uniform(1.0, 50.0, (23, 32)),
        r_bit_line=20.0,
        driven_at=WordLineEnds.BOTH,
        grounded_at=BitLineEnds.BOTH,
        connected=rng.random(31) < 0.9,
        driven=rng.random(23) < 0.9,
    )


def anew(crossbar: Crossbar) -> FloatArray:
    transfer: FloatArray = dataclasses.replace(crossbar).transfer()
    return transfer


@pytest.mark.parametrize("cells", [1, 3, MOST_CELLS, MOST_CELLS + 1])
def test_the_updated_matrix_is_the_one_computed_anew(
    cells: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(cells)
    crossbar = array(rng)
    crossbar.transfer()
    at = rng.choice(23 * 31, cells, replace=False)
    values = rng.uniform(0.0, 1e-4, cells)
    values[0] = 0.0  # a cell that is open from now on
    updated = crossbar.reprogrammed(at // 31, at % 31, values)
    expected = anew(updated)
    assert np.abs(expected - crossbar.transfer()).max() > 1e-7
    if cells <= MOST_CELLS:
        monkeypatch.setattr(module, "transfer_by_merging", None)  # would not be called
    assert updated.transfer() == pytest.approx(expected, rel=1e-9, abs=1e-12 * expected.max())


def test_many_updates_one_after_the_other_keep_the_digits() -> None:
    rng = np.random.default_rng(1)
    crossbar = array(rng)
    crossbar.transfer()
    for _ in range(50):
        crossbar = crossbar.reprogrammed(
            [rng.integers(23)], [rng.integers(31)], [rng.uniform(0.0, 1e-4)]
        )
    expected = anew(crossbar)
    assert np.abs(crossbar.transfer() - expected).max() < 1e-11 * expected.max()


def test_nothing_changed_is_nothing_changed() -> None:
    crossbar = array(np.random.default_rng(2))
    transfer = crossbar.transfer()
    same = crossbar.reprogrammed([4], [5], [crossbar.conductance[4, 5]])
    assert (same.transfer() == transfer).all()


@pytest.mark.parametrize(
    "wrong",
    [
        ([23], [0], [1e-6]),
        ([0], [-1], [1e-6]),
        ([0.5], [0], [1e-6]),
        ([0, 0], [1, 1], [1e-6, 1e-6]),
        ([0], [0], [-1e-6]),
        ([0, 1], [0, 1], [1e-6]),
    ],
)
def test_cells_that_are_not_there_are_refused(wrong: tuple[list, list, list]) -> None:
    with pytest.raises(InvalidInput):
        array(np.random.default_rng(3)).reprogrammed(*wrong)


def test_single_precision_keeps_five_digits() -> None:
    rng = np.random.default_rng(4)
    crossbar = Crossbar(
        conductance=10.0 ** rng.uniform(-6, -4, (150, 130)), r_word_line=1.0, r_bit_line=1.0
    )
    single = crossbar.transfer(single_precision=True)
    exact = crossbar.transfer()
    error = np.abs(single - exact).max() / exact.max()
    assert 1e-10 < error < 1e-5  # below: it would not have been single precision
