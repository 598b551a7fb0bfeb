from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.constant_step import ConstantStep
from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.variability.spread import NormalSpread
from ohmloom.si import uS

MODEL = ConstantStep(
    population=CellPopulation(
        lowest=10 * uS,
        centre=20 * uS,
        highest=30 * uS,
        step=0.1 * uS,
        asymmetry=0.2,
        step_law=NormalSpread(relative=0.0),
        asymmetry_spread=0.0,
        lowest_spread=0.0,
        highest_spread=0.0,
        write_noise=0.0,
    ),
    noise=ProportionalNoise(relative=0.0),
)


def after(g, pulses, model=MODEL):
    cells = model.draw_cells((1,), rng=np.random.default_rng(1))
    return (
        model.apply(
            np.array([g * uS]), np.array([1.0 * pulses]), cells=cells, rng=np.random.default_rng(2)
        )[0]
        / uS
    )


def test_pulses_walk_straight_to_a_bound_and_stop_there():
    assert after(20, 10) == pytest.approx(21.2)
    assert after(20, -10) == pytest.approx(19.2)
    assert after(20, 0.5) == pytest.approx(20.06)
    assert after(29.99, 1) == 30
    assert after(20, -1000) == 10


def test_a_step_is_the_same_everywhere_and_has_its_asymmetry():
    cells = MODEL.draw_cells((5,), rng=np.random.default_rng(1))
    g = np.linspace(10, 30, 5) * uS
    up = MODEL.step(g, np.full(5, True), cells=cells)
    down = MODEL.step(g, np.full(5, False), cells=cells)
    assert up / uS == pytest.approx(np.full(5, 0.12))
    assert down / uS == pytest.approx(np.full(5, -0.08))


def test_noise_is_a_share_of_the_step_of_its_direction():
    noisy = replace(MODEL, noise=ProportionalNoise(relative=0.5))
    cells = noisy.draw_cells((2,), rng=np.random.default_rng(1))
    spread = noisy.step_spread(np.full(2, 20 * uS), np.array([True, False]), cells=cells)
    assert spread / uS == pytest.approx([0.06, 0.04])
