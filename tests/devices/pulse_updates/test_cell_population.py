from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.variability.spread import MedianLognormalSpread, NormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

POPULATION = CellPopulation(
    lowest=20 * uS,
    centre=30 * uS,
    highest=50 * uS,
    step=0.5 * uS,
    asymmetry=0.25,
    step_law=NormalSpread(relative=0.1),
    asymmetry_spread=0.05,
    lowest_spread=0.2,
    highest_spread=0.1,
    write_noise=0.0,
)


def drawn(population=POPULATION):
    return population.draw((20_000,), rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    ("name", "mean", "spread"),
    [
        ("lowest", 20, 2.0),
        ("highest", 50, 2.0),
        # .5 (1 + .25) and .5 (1 - .25); gain .1 and asymmetry .05 together make .1118.
        ("step up", 0.625, 0.5 * 0.0125**0.5),
        ("step down", 0.375, 0.5 * 0.0125**0.5),
    ],
)
def test_bounds_and_steps_are_normal_with_the_spreads_worked_out_by_hand(name, mean, spread):
    error = (drawn()[name] / uS - mean) / spread
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01  # 5 % too little would be noticed


def test_a_large_gain_enlarges_both_steps_and_asymmetry_only_one():
    cells = drawn()
    gain = (cells["step up"] + cells["step down"]) / uS
    asymmetry = (cells["step up"] - cells["step down"]) / uS
    assert stats.kstest((gain - 1) / 0.1, "norm").pvalue > 0.01
    assert stats.kstest((asymmetry - 0.25) / 0.05, "norm").pvalue > 0.01
    assert stats.spearmanr(gain, asymmetry).pvalue > 0.01


def test_the_gain_may_be_lognormal():
    law = MedianLognormalSpread(log_spread=0.8)
    cells = drawn(replace(POPULATION, step_law=law, asymmetry=0.0, asymmetry_spread=0.0))
    assert (cells["step up"] == cells["step down"]).all()
    assert stats.kstest(np.log(cells["step up"] / (0.5 * uS)) / 0.8, "norm").pvalue > 0.01


def test_lower_bounds_do_not_fall_below_zero_and_bounds_keep_their_sides():
    cells = drawn(replace(POPULATION, lowest_spread=3.0, highest_spread=3.0))
    assert cells["lowest"].min() == 0
    assert cells["lowest"].max() <= 30 * uS
    assert cells["highest"].min() >= 30 * uS


@pytest.mark.parametrize(
    "change", [{"lowest": -1e-6}, {"centre": 60 * uS}, {"step": 0.0}, {"lowest_spread": -0.1}]
)
def test_populations_that_cannot_be_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(POPULATION, **change)
