from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.statistics.buechel_2025 import buechel_2025
from ohmloom.devices.statistics.milo_2021 import milo_2021
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import uS

FULL = 18 * uS
UNIT = FULL / 180


def test_the_cells_of_milo_scatter_as_the_reference_says():
    g = np.array([50, 100, 150, 225]) * uS
    assert milo_2021().spread(g, 1e-3) / uS == pytest.approx([4.327, 3.872, 3.416, 2.733], abs=5e-4)
    assert milo_2021().mean(g, 1e-3) == pytest.approx(g)


def test_the_weights_of_buechel_scatter_as_the_reference_says():
    w = np.array([1, 10, 30, 52.5 * (1 - 1e-12), 60, 100, 180])
    values = [2.8003, 4.4795, 6.7551, 8.3623, 8.4965, 8.425, 19.1984]
    model = buechel_2025(highest=FULL)
    sd = model.programming.at(w * UNIT, full=FULL) / UNIT
    assert sd == pytest.approx(values, abs=5.1e-5)
    other = buechel_2025(highest=9 * uS)
    assert other.spread(w * UNIT / 2, 1e-3) == pytest.approx(model.spread(w * UNIT, 1e-3) / 2)


def test_small_weights_of_buechel_are_left_empty():
    model = buechel_2025(highest=FULL)
    g = np.array([0.0, 0.3, 0.59]) * UNIT
    assert (model.program(g, rng=np.random.default_rng(1)) == 0).all()
    assert (model.mean(g, 1e-3) == 0).all()
    assert (model.spread(g, 1e-3) == 0).all()
    assert (model.program(np.full(9, 1.0) * UNIT, rng=np.random.default_rng(1)) > 0).any()


@pytest.mark.parametrize("units", [1.0, 3.0, 8.0])
def test_a_cell_that_stops_at_zero_has_the_moments_of_a_normal_that_was_cut_off(units):
    model, rng = buechel_2025(highest=FULL), np.random.default_rng(3)
    target = units * UNIT
    g = model.program(np.full(200_000, target), rng=rng)
    # scipy: a truncated normal above zero, and a heap of cells at zero.
    sd = float(model.programming.at(np.array(target), full=FULL))
    above = stats.truncnorm(-target / sd, np.inf, loc=target, scale=sd)
    share = stats.norm.cdf(target / sd)
    mean = share * above.mean()
    spread = np.sqrt(share * (above.var() + above.mean() ** 2) - mean**2)
    assert model.mean(np.array(target), 1e-3) == pytest.approx(mean, rel=1e-6)
    assert model.spread(np.array(target), 1e-3) == pytest.approx(spread, rel=1e-6)
    assert g.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(200_000))
    assert g.std() == pytest.approx(spread, rel=0.01)


def test_errors_of_milo_are_normal():
    target = np.full(40_000, 100 * uS)
    error = milo_2021().program(target, rng=np.random.default_rng(4)) - target
    assert stats.kstest(error / (3.871621 * uS), "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error / (3.871621 * uS), "norm").pvalue < 0.01


def test_nothing_moves_and_nothing_is_noisy():
    model, rng, g = milo_2021(), np.random.default_rng(1), np.full(5, 100 * uS)
    traits = model.draw_traits(g, rng=rng)
    ages = {"age_before": 0.0, "age_after": 1e9}
    assert (model.relax(g, programmed=g, traits=traits, **ages, rng=rng) == g).all()
    assert (model.read(g, age=1.0, rng=rng) == g).all()
    assert (model.read_spread(g, 1.0) == 0).all()


def test_they_are_models_that_warn_outside_their_range():
    model, rng = milo_2021(), np.random.default_rng(1)
    assert isinstance(model, ConductanceStatistics)
    with pytest.warns(
        ModelRangeWarning, match=r"10 to 10 uS leave the measured range of 50 to 225"
    ):
        model.program(np.array([10 * uS]), rng=rng)
    with pytest.warns(ModelRangeWarning, match="hold still"):
        model.spread(np.array([100 * uS]), 60.0)
    with pytest.raises(InvalidInput, match="target"):
        model.program(np.array([np.nan]), rng=rng)
    for change in ({"lowest": 300 * uS}, {"last_age": 1e-9}):
        with pytest.raises(InvalidInput):
            replace(model, **change)
