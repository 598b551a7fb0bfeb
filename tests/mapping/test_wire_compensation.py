"""Pre-distorted targets through the exact crossbar."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom.circuits.crossbar import Crossbar
from ohmloom.mapping.wire_compensation import compensate_wires
from ohmloom.si import uS

WINDOW = 39 * uS


def wanted(rows=64, pairs=32, *, seed=1, largest=WINDOW):
    return np.random.default_rng(seed).uniform(-largest, largest, (rows, pairs))


def bounds(rows=64, pairs=32, *, low=1 * uS, high=40 * uS):
    return {
        "lowest": np.full((rows, 2 * pairs), low),
        "highest": np.full((rows, 2 * pairs), high),
    }


def computed(tile, r_word_line, r_bit_line):
    """Difference that the pairs compute, by another method than the one that found it."""
    crossbar = Crossbar(
        conductance=tile.conductance, r_word_line=r_word_line, r_bit_line=r_bit_line
    )
    current = crossbar.solve(np.eye(crossbar.rows)).output_current
    return current[:, 0::2] - current[:, 1::2]


@pytest.mark.parametrize(("r_word_line", "r_bit_line"), [(2.5, 2.5), (3.0, 0.0), (0.0, 3.0)])
def test_where_there_is_room_the_array_computes_exactly_what_was_wanted(r_word_line, r_bit_line):
    wires = {"r_word_line": r_word_line, "r_bit_line": r_bit_line}
    goal = wanted(largest=30 * uS)
    tile = compensate_wires(goal, **bounds(high=80 * uS), **wires)
    assert (tile.gain == 1.0).all()
    assert np.abs(computed(tile, **wires) - goal).max() < 1e-6 * WINDOW
    assert np.abs(tile.residual).max() < 1e-6 * WINDOW
    # Negative control: without compensation the same check fails by far.
    plain = compensate_wires(goal, **bounds(high=80 * uS), r_word_line=0.0, r_bit_line=0.0)
    assert np.abs(computed(plain, **wires) - goal).max() > 1e-2 * WINDOW


def test_without_room_a_pair_gives_up_scale_and_still_computes_the_same():
    wires = {"r_word_line": 2.5, "r_bit_line": 2.5}
    goal = wanted()
    tile = compensate_wires(goal, **bounds(), **wires)
    assert (tile.gain < 1.0).mean() > 0.5
    assert (tile.gain > 0.6).all()
    error = computed(tile, **wires) - tile.gain * goal
    assert error == pytest.approx(-tile.residual, abs=1e-9 * WINDOW)
    plain = compensate_wires(goal, **bounds(), r_word_line=0.0, r_bit_line=0.0)
    uncompensated = computed(plain, **wires)
    # The best that a gain alone could do for the plain pairs.
    gain = (uncompensated * goal).sum(axis=0) / (goal**2).sum(axis=0)
    assert error.std() < 0.05 * (uncompensated - gain * goal).std()


@given(
    rows=st.integers(1, 6),
    pairs=st.integers(1, 5),
    r_word_line=st.sampled_from([0.0, 1.0, 20.0]),
    r_bit_line=st.sampled_from([0.0, 1.0, 20.0]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_cells_stay_within_their_bounds_and_stuck_ones_where_they_are(
    rows, pairs, r_word_line, r_bit_line, seed
):
    rng = np.random.default_rng(seed)
    limits = bounds(rows, pairs)
    stuck = rng.random((rows, 2 * pairs)) < 0.3
    where = rng.uniform(0.0, 60 * uS, (rows, 2 * pairs))
    for limit in limits.values():
        limit[stuck] = where[stuck]
    before = {name: limit.copy() for name, limit in limits.items()}
    goal = wanted(rows, pairs, seed=seed)
    tile = compensate_wires(goal, **limits, r_word_line=r_word_line, r_bit_line=r_bit_line)
    slack = 1e-12 * WINDOW
    assert (tile.conductance >= limits["lowest"] - slack).all()
    assert (tile.conductance <= limits["highest"] + slack).all()
    assert tile.conductance[stuck] == pytest.approx(where[stuck], abs=slack)
    assert ((tile.gain >= 0.5) & (tile.gain <= 1.0)).all()
    for name, limit in limits.items():
        assert (limit == before[name]).all()  # what was given is left alone


def test_the_partner_makes_up_for_a_stuck_cell():
    limits = bounds(8, 4)
    for limit in limits.values():
        limit[2, 3] = 15 * uS  # second cell of pair 1
    goal = wanted(8, 4, largest=20 * uS)
    goal[2, 1] = 10 * uS
    wires = {"r_word_line": 2.5, "r_bit_line": 2.5}
    tile = compensate_wires(goal, **limits, **wires)
    assert computed(tile, **wires)[2, 1] == pytest.approx(10 * uS, rel=1e-6)
    assert tile.conductance[2, 2] == pytest.approx(25 * uS, rel=0.02)


def test_what_no_cell_can_do_is_left_and_reported():
    limits = bounds(4, 2)
    for limit in limits.values():
        limit[1, 0] = 1 * uS  # first cell of pair 0 can only rest
    goal = wanted(4, 2, largest=20 * uS)
    goal[1, 0] = 12 * uS
    for r in (0.0, 2.5):
        tile = compensate_wires(goal, **limits, r_word_line=r, r_bit_line=r)
        assert tile.residual[1, 0] == pytest.approx(12 * uS, rel=0.01)
        others = np.delete(tile.residual.ravel(), 2)
        assert np.abs(others).max() < 1e-6 * WINDOW


def test_without_wires_the_pairs_are_the_plain_ones():
    goal = wanted(5, 3)
    tile = compensate_wires(goal, **bounds(5, 3), r_word_line=0.0, r_bit_line=0.0)
    assert tile.conductance[:, 0::2] == pytest.approx(1 * uS + np.maximum(goal, 0.0))
    assert tile.conductance[:, 1::2] == pytest.approx(1 * uS + np.maximum(-goal, 0.0))
    assert tile.transfer == pytest.approx(tile.conductance)
    assert np.abs(tile.residual).max() < 1e-9 * WINDOW
    assert (tile.gain == 1.0).all()


def test_weights_of_zero_stay_zero_through_the_wires():
    wires = {"r_word_line": 5.0, "r_bit_line": 5.0}
    goal = wanted(16, 8)
    goal[:, 3] = 0.0
    goal[4] = 0.0
    tile = compensate_wires(goal, **bounds(16, 8), **wires)
    assert np.abs(computed(tile, **wires)[:, 3]).max() < 1e-6 * WINDOW
    assert np.abs(computed(tile, **wires)[4]).max() < 1e-6 * WINDOW
