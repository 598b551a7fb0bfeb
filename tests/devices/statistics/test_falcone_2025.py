from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.statistics.falcone_2025 import falcone_2025_narrow, falcone_2025_wide
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, uS

NO_TRAITS = np.empty((0, 1))


def relaxed(model, start, age, rng, before=0.0):
    return model.relax(
        start, programmed=start, traits=NO_TRAITS, age_before=before, age_after=age, rng=rng
    )


def test_programming_scatters_as_the_fit_of_each_acceptance_says():
    rng, target = np.random.default_rng(1), np.full(20_000, 50 * uS)
    # By hand: .00106879 * 50 + .00081107 and .01129027418 * 50 + .0112185391 uS.
    for model, sd in ((falcone_2025_narrow(), 0.05425057), (falcone_2025_wide(), 0.5757322481)):
        assert model.spread(np.array(50 * uS), 0.0) / uS == pytest.approx(sd, rel=1e-9)
        z = (model.program(target, rng=rng) - target) / (sd * uS)
        assert stats.kstest(z, "norm").pvalue > 0.01
        assert stats.kstest(0.96 * z, "norm").pvalue < 0.01


def test_the_mean_falls_with_the_logarithm_of_seconds():
    ages = np.exp([0.0, 1.0, 10.0])
    lost = (50 * uS - falcone_2025_narrow().mean(np.full(3, 50 * uS), ages)) / uS
    assert lost == pytest.approx([0.0, 0.08900206, 0.8900206], abs=1e-9)
    before = falcone_2025_narrow().mean(np.full(3, 50 * uS), np.array([0.0, 1e-6, 0.5]))
    assert before == pytest.approx(np.full(3, 50 * uS))


def test_cells_that_relax_spread_by_the_published_line():
    model, rng, start = falcone_2025_narrow(), np.random.default_rng(2), np.full(40_000, 50 * uS)
    for folds in (0.0, 5.0, 12.0):
        shift = relaxed(model, start, np.exp(folds), rng) - start
        sd, loss = 0.04201137 * folds + 0.41183342, 0.08900206 * folds
        z = (shift / uS + loss) / sd
        assert stats.kstest(z, "norm").pvalue > 0.01
        assert stats.kstest(0.96 * z, "norm").pvalue < 0.01


def test_the_line_begins_at_55_microseconds_and_nothing_moves_before():
    model, start = falcone_2025_narrow(), np.full(50, 50 * uS)
    assert model.onset == pytest.approx(55.3e-6, rel=2e-3)
    assert (relaxed(model, start, 55e-6, np.random.default_rng(3)) == start).all()
    assert (relaxed(model, start, 57e-6, np.random.default_rng(3)) != start).all()


def test_cells_at_the_lower_end_are_not_piled_up_there():
    model, rng, start = falcone_2025_narrow(), np.random.default_rng(4), np.full(40_000, 9 * uS)
    later = relaxed(model, start, 365 * day, rng)
    expected = float(model.mean(np.array(9 * uS), 365 * day))
    assert later.mean() == pytest.approx(expected, abs=4 * later.std() / 200)
    # Cut off at 9 uS, as public code does, the mean would be 1.6 uS higher.
    assert later.clip(min=9 * uS).mean() - expected > 1.4 * uS
    assert later.min() > 1 * uS


def test_they_are_models_with_the_read_noise_of_the_same_paper():
    for model in (falcone_2025_narrow(), falcone_2025_wide()):
        assert isinstance(model, ConductanceStatistics)
        # .0277316483 log10(40) sqrt(ln((1 + 1e-6) / 2e-6)) uS.
        assert model.read_spread(np.array(40 * uS), 1.0) / uS == pytest.approx(0.1609, abs=5e-5)


def test_targets_and_ages_beyond_the_source_are_named_in_a_warning():
    model = falcone_2025_wide()
    with pytest.warns(ModelRangeWarning, match=r"5 to 5 uS leave the measured range of 9 to 88.2"):
        model.program(np.array([5 * uS]), rng=np.random.default_rng(1))
    with pytest.warns(ModelRangeWarning, match="beyond 3.65e\\+03 days"):
        model.mean(np.array([50 * uS]), 4000 * day)


@pytest.mark.parametrize("change", [{"lowest": 90 * uS}, {"error_floor": -1.0}, {"widening": 0.0}])
def test_parameters_that_contradict_each_other_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(falcone_2025_wide(), **change)


def test_time_that_runs_backwards_is_refused():
    g, rng = np.full(2, 50 * uS), np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="age_after"):
        relaxed(falcone_2025_wide(), g, 1.0, rng, before=2.0)
