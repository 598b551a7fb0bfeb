"""What every model of conductance statistics in the catalogue obeys."""

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.catalogue import STATISTICS
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.si import hour, uS

CELLS = 200_000


@pytest.fixture(params=sorted(STATISTICS))
def model(request):
    return STATISTICS[request.param]()


def window(model, cells):
    return np.linspace(model.lowest, model.highest, cells)


def ages(model):
    return np.geomspace(model.first_age, model.last_age, 7)


def test_every_entry_is_a_model_of_conductance_statistics(model):
    assert isinstance(model, ConductanceStatistics)
    assert 0 <= model.lowest < model.highest
    assert 0 < model.first_age < model.last_age


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        STATISTICS["other"] = STATISTICS["wan_2022"]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(model):
    def life(seed):
        rng = np.random.default_rng(seed)
        g = model.program(window(model, 100), rng=rng)
        later = model.relax(g, programmed=g, age_before=0.0, age_after=model.first_age, rng=rng)
        return model.read(later, age=model.first_age, rng=rng)

    assert (life(1) == life(1)).all()
    assert (life(1) != life(2)).all()


def test_no_spread_is_negative(model):
    g = window(model, 50)[:, None]
    assert (model.spread(g, ages(model)) >= 0).all()
    assert (model.read_spread(g, ages(model)) >= 0).all()
    assert (model.read_spread(g, model.first_age) > 0).all()


def test_programmed_cells_are_close_to_their_target_and_never_negative(model):
    target = np.append(window(model, 5000), 0.0 if model.lowest < 1 * uS else model.lowest)
    g = model.program(target, rng=np.random.default_rng(1))
    # Nothing has relaxed yet: the error is at most what was accepted, which is less wide than the
    # spread at the first measured age in the middle of the window.
    middle = model.spread(np.array((model.lowest + model.highest) / 2), model.first_age)
    assert (g >= 0).all()
    assert (g - target).std() <= middle
    assert abs(g - target).max() <= 2 * middle


def test_waiting_an_hour_twice_equals_waiting_two_hours_in_law(model):
    rng = np.random.default_rng(11)
    for target in ((model.lowest + model.highest) / 2, model.lowest):
        start = np.full(CELLS, target)

        def wait(g, before, after, start=start):
            return model.relax(g, programmed=start, age_before=before, age_after=after, rng=rng)

        twice = wait(wait(start, 1.0, 1 * hour), 1 * hour, 2 * hour)
        once = wait(start, 1.0, 2 * hour)
        assert stats.ks_2samp(once, twice).pvalue > 0.01
        # Negative control: a second wait that starts its age anew would be noticed.
        forgetful = wait(wait(start, 1.0, 1 * hour), 1.0, 1 * hour)
        assert stats.ks_2samp(once, forgetful).pvalue < 1e-6


def test_not_waiting_changes_nothing(model):
    g = window(model, 30)
    same = model.relax(g, programmed=g, age_before=7.0, age_after=7.0, rng=np.random.default_rng(1))
    assert (same == g).all()


def test_torch_gives_the_numbers_of_numpy(model):
    g = window(model, 30)
    for age in (model.first_age, np.geomspace(model.first_age, model.last_age, 30)):
        age_in_torch = age if isinstance(age, float) else torch.tensor(age)
        for method in (model.spread, model.read_spread):
            in_torch = method(torch.tensor(g), age_in_torch)
            assert isinstance(in_torch, torch.Tensor)
            np.testing.assert_allclose(in_torch.numpy(), method(g, age), rtol=1e-12)


def test_gradients_of_the_spread_agree_with_finite_differences(model):
    g_in_us = torch.tensor(window(model, 9)[1:-1] / uS, requires_grad=True)
    middle_age = (model.first_age * model.last_age) ** 0.5
    for method in (model.spread, model.read_spread):

        def in_us(g_in_us, method=method):
            return method(g_in_us * uS, middle_age) / uS

        assert torch.autograd.gradcheck(in_us, (g_in_us,))


def test_readings_scatter_round_one_truth_as_wide_as_promised(model):
    truth = window(model, 40_000)
    rng = np.random.default_rng(7)
    first, second = (model.read(truth, age=1 * hour, rng=rng) for _ in range(2))
    spread = model.read_spread(truth, 1 * hour)
    assert stats.kstest((first - truth) / spread, "norm").pvalue > 0.01
    # Two readings share the truth and nothing else: their difference is wider by sqrt(2).
    difference = (first - second) / (np.sqrt(2) * spread)
    assert stats.kstest(difference, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * difference, "norm").pvalue < 0.01
