import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.variability.stuck_cells import StuckCells, draw_stuck_cells
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

OFF, ON = 0.5 * uS, 45 * uS


def drawn(rate_off, rate_on, rate_between=0.0, seed=2):
    return draw_stuck_cells(
        (100, 200),
        rate_off=rate_off,
        rate_on=rate_on,
        rate_between=rate_between,
        conductance_off=OFF,
        conductance_on=ON,
        rng=np.random.default_rng(seed),
    )


def test_as_many_cells_are_stuck_as_a_binomial_law_allows():
    # Rates of cells that miss their target in the public NeuRRAM notebooks.
    cells = drawn(0.0018, 0.0077)
    off = int((cells.mask & (cells.conductance == OFF)).sum())
    on = int((cells.mask & (cells.conductance == ON)).sum())
    assert off + on == cells.mask.sum()
    assert stats.binomtest(off, 20_000, 0.0018).pvalue > 0.01
    assert stats.binomtest(on, 20_000, 0.0077).pvalue > 0.01
    assert stats.binomtest(on, 20_000, 0.0018).pvalue < 1e-6  # the other rate would be noticed


def test_cells_stuck_between_are_as_many_as_asked_beside_those_stuck_off_and_on():
    # 9.77 %: the HfO2 array of Gong and Rasch, IEDM 2022.
    cells = drawn(0.0018, 0.0077, 0.0977)
    off = int((cells.mask & (cells.conductance == OFF)).sum())
    on = int((cells.mask & (cells.conductance == ON)).sum())
    between = int(cells.mask.sum()) - off - on
    assert stats.binomtest(off, 20_000, 0.0018).pvalue > 0.01
    assert stats.binomtest(on, 20_000, 0.0077).pvalue > 0.01
    assert stats.binomtest(between, 20_000, 0.0977).pvalue > 0.01
    assert stats.binomtest(between, 20_000, 0.0977 + 0.0095).pvalue < 0.01


def test_cells_stuck_between_lie_uniformly_between_off_and_on():
    cells = drawn(0.0, 0.0, 0.3)
    where = (cells.conductance[cells.mask] - OFF) / (ON - OFF)
    assert stats.kstest(where, "uniform").pvalue > 0.01
    assert stats.kstest(0.95 * where, "uniform").pvalue < 0.01  # 5 % too low would be noticed


def test_cells_stuck_between_are_drawn_where_the_others_are_not():
    # The rates fill everything: each cell is stuck in exactly one way.
    cells = drawn(0.25, 0.25, 0.5)
    assert cells.mask.all()
    between = (cells.conductance > OFF) & (cells.conductance < ON)
    assert stats.binomtest(int(between.sum()), 20_000, 0.5).pvalue > 0.01


def test_stuck_cells_have_no_neighbourhood():
    # Neighbours in a row are stuck as independently as the law of independent faults says.
    mask = drawn(0.0, 0.0, 0.2).mask
    both = int((mask[:, 1:] & mask[:, :-1]).sum())
    assert stats.binomtest(both, mask[:, 1:].size, 0.04).pvalue > 0.01


def test_the_same_seed_sticks_the_same_cells_and_another_seed_others():
    first, again, other = drawn(0.1, 0.1, 0.1), drawn(0.1, 0.1, 0.1), drawn(0.1, 0.1, 0.1, seed=3)
    assert (first.mask == again.mask).all()
    assert (first.conductance == again.conductance).all()
    assert (first.mask != other.mask).any()


def test_rates_of_zero_and_one_leave_nothing_to_chance():
    assert not drawn(0.0, 0.0).mask.any()
    assert (drawn(1.0, 0.0).conductance == OFF).all()
    assert (drawn(0.0, 1.0).conductance == ON).all()
    between = drawn(0.0, 0.0, 1.0)
    assert between.mask.all()
    assert ((between.conductance > OFF) & (between.conductance < ON)).all()


def test_a_rate_has_to_be_given():
    # A default would be a claim without a source.
    with pytest.raises(TypeError, match="rate_between"):
        draw_stuck_cells(
            (2, 2),
            rate_off=0.0,
            rate_on=0.0,
            conductance_off=OFF,
            conductance_on=ON,
            rng=np.random.default_rng(1),
        )


@pytest.mark.parametrize(
    "rates",
    [
        (-0.1, 0.0),
        (0.0, 1.1),
        (0.6, 0.6),
        (np.nan, 0.0),
        (0.0, 0.0, -0.1),
        (0.0, 0.0, np.nan),
        (0.4, 0.4, 0.4),
    ],
)
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
