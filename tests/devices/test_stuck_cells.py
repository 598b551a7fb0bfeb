import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.stuck_cells import StuckCells, draw_stuck_cells
from ohmloom.errors import InvalidInput
from ohmloom.si import uS


def drawn(rate_off, rate_on):
    return draw_stuck_cells(
        (100, 200),
        rate_off=rate_off,
        rate_on=rate_on,
        conductance_off=0.5 * uS,
        conductance_on=45 * uS,
        rng=np.random.default_rng(2),
    )


def test_as_many_cells_are_stuck_as_a_binomial_law_allows():
    # Rates of cells that miss their target in the public NeuRRAM notebooks.
    cells = drawn(0.0018, 0.0077)
    off = int((cells.mask & (cells.conductance == 0.5 * uS)).sum())
    on = int((cells.mask & (cells.conductance == 45 * uS)).sum())
    assert off + on == cells.mask.sum()
    assert stats.binomtest(off, 20_000, 0.0018).pvalue > 0.01
    assert stats.binomtest(on, 20_000, 0.0077).pvalue > 0.01
    assert stats.binomtest(on, 20_000, 0.0018).pvalue < 1e-6  # the other rate would be noticed


def test_rates_of_zero_and_one_leave_nothing_to_chance():
    assert not drawn(0.0, 0.0).mask.any()
    assert (drawn(1.0, 0.0).conductance == 0.5 * uS).all()
    assert (drawn(0.0, 1.0).conductance == 45 * uS).all()


@pytest.mark.parametrize("rates", [(-0.1, 0.0), (0.0, 1.1), (0.6, 0.6), (np.nan, 0.0)])
def test_rates_that_are_no_probabilities_are_refused(rates):
    with pytest.raises(InvalidInput, match="rate"):
        drawn(*rates)


def test_a_mask_of_numbers_or_of_another_shape_is_refused():
    with pytest.raises(InvalidInput, match="booleans"):
        StuckCells(mask=np.zeros(3), conductance=np.zeros(3))
    with pytest.raises(InvalidInput, match="one shape"):
        StuckCells(mask=np.zeros(3, dtype=bool), conductance=np.zeros(4))
    with pytest.raises(InvalidInput, match="negative"):
        StuckCells(mask=np.ones(3, dtype=bool), conductance=np.full(3, -1 * uS))
