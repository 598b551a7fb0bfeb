from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.pulse_updates.cycle_noise import ConstantNoise, ProportionalNoise
from ohmloom.devices.pulse_updates.linear_step import LinearStep
from ohmloom.devices.pulse_updates.presets import tang_2018_ecram
from ohmloom.devices.variability.spread import NormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

DEVICE = replace(
    tang_2018_ecram(lowest=10 * uS, highest=30 * uS),
    decrease_up=0.5,
    decrease_down=0.8,
    decrease_up_spread=0.0,
    decrease_down_spread=0.0,
    noise=ProportionalNoise(relative=0.0),
)
POPULATION = replace(
    DEVICE.population,
    centre=18 * uS,
    step=0.1 * uS,
    step_law=NormalSpread(relative=0.0),
    asymmetry_spread=0.0,
    lowest_spread=0.0,
    highest_spread=0.0,
)
MODEL = replace(DEVICE, population=POPULATION)
CELLS = MODEL.draw_cells((1,), rng=np.random.default_rng(1))


def test_at_the_bounds_the_step_has_lost_the_share_that_was_asked():
    g, up = np.array([10.0, 18.0, 30.0]) * uS, np.array(True)
    # The line goes on below the centre: 8/12 of the way back up.
    assert MODEL.step(g, up, cells=CELLS) / uS == pytest.approx(
        [0.1 * (1 + 0.5 * 8 / 12), 0.1, 0.05]
    )
    down = MODEL.step(g, ~up, cells=CELLS) / uS
    assert down == pytest.approx([-0.02, -0.1, -0.1 * (1 + 0.8 * 12 / 8)])


def test_many_pulses_follow_the_geometric_series():
    g, ones = np.array([18 * uS]), np.ones(1)
    for _ in range(50):
        g = MODEL.apply(g, ones, cells=CELLS, rng=np.random.default_rng(2))
    # dw = .1 (1 - w/24): w_n = 24 (1 - (1 - .1/24)^n).
    assert g[0] / uS == pytest.approx(18 + 24 * (1 - (1 - 0.1 / 24) ** 50), rel=1e-12)


def test_noise_may_follow_the_step_or_stay_the_same():
    g, up = np.array([30.0 * uS]), np.array([True])
    following = replace(MODEL, noise=ProportionalNoise(relative=0.3))
    constant = replace(MODEL, noise=ConstantNoise(relative=0.3))
    assert following.step_spread(g, up, cells=CELLS) / uS == pytest.approx(0.3 * 0.05)
    assert constant.step_spread(g, up, cells=CELLS) / uS == pytest.approx(0.3 * 0.1)


def test_the_decrease_differs_from_cell_to_cell_and_is_never_negative():
    spread = replace(MODEL, decrease_up_spread=0.05, decrease_down=0.0, decrease_down_spread=0.05)
    cells = spread.draw_cells((20_000,), rng=np.random.default_rng(3))
    error = (cells["decrease up"] - 0.5) / 0.05
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01
    assert stats.kstest(cells["decrease down"] / 0.05, "halfnorm").pvalue > 0.01


def test_a_centre_on_a_bound_and_negative_spreads_are_refused():
    assert isinstance(MODEL, LinearStep)
    with pytest.raises(InvalidInput, match="centre"):
        replace(MODEL, population=replace(POPULATION, centre=10 * uS))
    with pytest.raises(InvalidInput, match="spreads"):
        replace(MODEL, decrease_up_spread=-0.1)
