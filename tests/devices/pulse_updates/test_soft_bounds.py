from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.pulse_updates.presets import gong_2022_hfo2, gong_2022_optimized
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

DEVICE = replace(gong_2022_optimized(), noise=ProportionalNoise(relative=0.0))
CELLS = DEVICE.draw_cells((200,), rng=np.random.default_rng(1))


def test_many_pulses_follow_the_geometric_series_of_each_cell():
    centre = DEVICE.population.centre
    g = np.full(200, centre)
    fraction = np.minimum(CELLS["step up"] / (CELLS["highest"] - centre), 1.0)
    for pulses in range(1, 6):
        g = DEVICE.apply(g, np.ones(200), cells=CELLS, rng=np.random.default_rng(2))
        expected = CELLS["highest"] - (CELLS["highest"] - centre) * (1 - fraction) ** pulses
        np.testing.assert_allclose(g, expected, rtol=1e-12)


def test_alternating_pulses_take_every_cell_to_its_symmetry_point():
    # Small steps, so that the cycle of two pulses is narrow.
    population = replace(DEVICE.population, step=0.1 * uS, asymmetry_spread=0.1)
    fine = replace(DEVICE, population=population)
    cells = fine.draw_cells((200,), rng=np.random.default_rng(3))
    g = cells["lowest"]
    for pulse in range(2000):
        direction = np.full(200, 1.0 if pulse % 2 == 0 else -1.0)
        g = fine.apply(g, direction, cells=cells, rng=np.random.default_rng(4))
    symmetry = fine.symmetry_point(cells=cells)
    largest = np.maximum(cells["step up"], cells["step down"])
    shortest = np.minimum(cells["highest"] - 20 * uS, 20 * uS - cells["lowest"])
    # The slowest cells are still on their way, and the coarsest ones swing too widely.
    slowest = np.minimum(cells["step up"], cells["step down"])
    settled = (slowest > 0.05 * uS) & (largest < 0.1 * shortest)
    assert settled.sum() > 100
    assert (np.abs(g - symmetry) < largest)[settled].all()
    # The centre itself is not where they end.
    assert (np.abs(g - fine.population.centre) > 3 * largest)[settled].sum() > 20


def test_at_the_symmetry_point_steps_up_and_down_are_of_one_size():
    symmetry = DEVICE.symmetry_point(cells=CELLS)
    up = DEVICE.step(symmetry, np.full(200, True), cells=CELLS)
    down = DEVICE.step(symmetry, np.full(200, False), cells=CELLS)
    np.testing.assert_allclose(up, -down, rtol=1e-9)


def test_without_a_spread_the_reference_is_the_symmetry_point():
    exact = replace(gong_2022_hfo2(), reference_spread=0.0)
    cells = exact.draw_cells((50,), rng=np.random.default_rng(5))
    np.testing.assert_array_equal(cells["reference"], exact.symmetry_point(cells=cells))


def test_past_its_bound_a_cell_is_not_moved_further():
    beyond = CELLS["highest"] + 1 * uS
    assert (DEVICE.step(beyond, np.full(200, True), cells=CELLS) == 0).all()
    assert (DEVICE.step(beyond, np.full(200, False), cells=CELLS) < 0).all()


def test_a_centre_on_a_bound_and_a_negative_spread_are_refused():
    with pytest.raises(InvalidInput, match="centre"):
        replace(DEVICE, population=replace(DEVICE.population, centre=DEVICE.highest))
    with pytest.raises(InvalidInput, match="reference_spread"):
        replace(DEVICE, reference_spread=-1 * uS)
