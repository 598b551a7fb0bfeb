from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.statistics.wan_2022 import wan_2022, wan_2022_one_second
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, hour, second, uS, us

# aihwkit's fit of figure data of Wan et al. (2022), evaluated independently at these x = G / 40 uS.
X = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])
PUBLISHED = [
    (1 * second, [0.348, 1.5562, 2.2583, 2.0229, 1.533, 1.103]),
    (1 * day, [0.701, 2.4473, 3.7208, 3.909, 3.3665, 2.651]),
    (2 * day, [0.782, 2.4102, 3.6638, 3.9291, 3.3744, 2.677]),
]

NO_TRAITS = np.empty((0, 1))


@pytest.mark.parametrize(("age", "spread_in_us"), PUBLISHED)
def test_the_spread_at_the_measured_ages_is_the_published_one(age, spread_in_us):
    assert wan_2022().spread(X * 40 * uS, age) / uS == pytest.approx(spread_in_us, abs=5.1e-5)


def test_it_is_a_model_of_conductance_statistics():
    assert isinstance(wan_2022(), ConductanceStatistics)


def test_between_measured_ages_the_variance_is_linear_in_the_logarithm_of_age():
    # Halfway in ln(age) between 1 s and 1 d lies sqrt(86400) s; sd at 20 uS 2.0229, 3.909.
    spread = wan_2022().spread(np.array(20 * uS), np.sqrt(86400.0))
    assert spread / uS == pytest.approx(np.sqrt((2.0229**2 + 3.909**2) / 2), abs=1e-4)


def test_before_the_onset_there_is_only_what_verification_accepted():
    # A uniform error within +-1 uS has the standard deviation 1/sqrt(3) uS.
    spread = wan_2022().spread(np.full(3, 20 * uS), np.array([0.0, 0.1 * us, 1 * us]))
    assert spread / uS == pytest.approx(np.full(3, 3**-0.5))


def test_what_was_accepted_and_what_wandered_make_up_the_published_spread():
    model = wan_2022()
    target = np.linspace(1 * uS, 40 * uS, 79)
    for age in (1 * second, 1 * hour, 1 * day):
        total = model.relaxation_variance(target, age) + (1 * uS) ** 2 / 3
        np.testing.assert_allclose(np.sqrt(total), model.spread(target, age), rtol=1e-12)


def test_holding_the_wandering_at_two_days_costs_less_than_two_percent():
    model, target = wan_2022(), np.linspace(1 * uS, 40 * uS, 781)
    held = np.sqrt(model.relaxation_variance(target, 2 * day) + (1 * uS) ** 2 / 3)
    departure = held - model.spread(target, 2 * day)
    assert departure.min() > -1e-12
    assert departure.max() == pytest.approx(0.064 * uS, abs=0.001 * uS)
    assert (departure / held).max() < 0.02


def test_cells_programmed_and_left_alone_spread_as_published():
    # Published sd at 1 s, 1 d at x = .5: 2.0229, 3.909 uS; n = 40 000 gives 0.35 % standard error.
    model, rng = wan_2022(), np.random.default_rng(5)
    target = np.full(40_000, 20 * uS)
    programmed = model.program(target, rng=rng)
    for age, published in ((1 * second, 2.0229), (1 * day, 3.909)):
        g = model.relax(
            programmed,
            programmed=programmed,
            traits=NO_TRAITS,
            age_before=0.0,
            age_after=age,
            rng=rng,
        )
        assert g.std() / uS == pytest.approx(published, rel=0.015)
        assert g.mean() / uS == pytest.approx(20.0, abs=0.1)
        # Negative control: the other age's spread would be noticed.
        other = 3.909 if age == 1 * second else 2.0229
        assert g.std() / uS != pytest.approx(other, rel=0.015)


def test_verification_accepts_any_error_within_one_microsiemens_alike():
    target = np.linspace(1 * uS, 40 * uS, 20_000)
    error = wan_2022().program(target, rng=np.random.default_rng(12)) - target
    assert abs(error).max() <= 1 * uS + 1e-18
    assert stats.kstest(error / uS, stats.uniform(-1, 2).cdf).pvalue > 0.01
    assert stats.kstest(0.97 * error / uS, stats.uniform(-1, 2).cdf).pvalue < 0.01


def walk(start, sd, floor, rng):
    """A random walk of one step per entry of `sd`, kept above zero by `floor` after each step."""
    g = start
    for step in sd:
        g = floor(g + step * rng.standard_normal(start.shape))
    return g


def test_reflection_at_zero_keeps_the_law_of_many_short_waits_where_truncation_would_not():
    model, rng = wan_2022(), np.random.default_rng(3)
    g = np.full(100_000, 1 * uS)
    once = model.relax(
        g, programmed=g, traits=NO_TRAITS, age_before=0.0, age_after=1 * day, rng=rng
    )
    many, clock = g, np.geomspace(1 * us, 1 * day, 21)
    for before, after in pairwise(clock):
        many = model.relax(
            many, programmed=g, traits=NO_TRAITS, age_before=before, age_after=after, rng=rng
        )
    assert min(once.min(), many.min()) >= 0
    assert stats.ks_2samp(once, many).pvalue > 0.01

    def truncated(g):
        return np.maximum(g, 0.0)

    variance = model.relaxation_variance(np.full(21, 1 * uS), clock)
    whole, steps = np.sqrt(variance[-1:]), np.sqrt(np.diff(variance))
    assert stats.ks_2samp(walk(g, whole, np.abs, rng), many).pvalue > 0.01
    cut_once, cut_often = walk(g, whole, truncated, rng), walk(g, steps, truncated, rng)
    assert stats.ks_2samp(cut_once, cut_often).pvalue < 1e-6


def test_ages_of_each_cell_and_one_age_for_all_agree():
    model, g = wan_2022(), np.linspace(2 * uS, 38 * uS, 50)
    relaxed = [
        model.relax(
            g,
            programmed=g,
            traits=NO_TRAITS,
            age_before=before,
            age_after=after,
            rng=np.random.default_rng(1),
        )
        for before, after in ((3.0, 1 * hour), (np.full(50, 3.0), np.full(50, 1 * hour)))
    ]
    np.testing.assert_allclose(relaxed[0], relaxed[1], rtol=1e-12)


def test_a_cell_that_has_wandered_out_of_the_range_relaxes_without_a_warning():
    model, g = wan_2022(), np.array([0.0, 60 * uS])
    later = model.relax(
        g,
        programmed=g,
        traits=NO_TRAITS,
        age_before=0.0,
        age_after=9 * day,
        rng=np.random.default_rng(1),
    )
    assert (later != g).all()


def test_targets_and_ages_beyond_the_measured_range_are_named_in_a_warning():
    model = wan_2022()
    with pytest.warns(ModelRangeWarning, match=r"60 uS leave the measured range of 1 to 40 uS"):
        model.program(np.array([60 * uS]), rng=np.random.default_rng(1))
    with pytest.warns(ModelRangeWarning, match="measured range"):
        spread = model.spread(np.array([60 * uS]), 1.0)
    assert spread == model.spread(np.array([40 * uS]), 1.0)
    with pytest.warns(ModelRangeWarning, match="age 7 days is beyond 2 days"):
        spread = model.spread(np.array([20 * uS]), np.array([7 * day]))
    assert spread == model.spread(np.array([20 * uS]), 2 * day)


def test_a_negative_target_is_refused():
    with pytest.raises(InvalidInput, match="target must not be negative"):
        wan_2022().program(np.array([-1 * uS]), rng=np.random.default_rng(1))


def test_time_that_runs_backwards_is_refused():
    g = np.full(3, 20 * uS)
    with pytest.raises(InvalidInput, match="age_after"):
        wan_2022().relax(
            g,
            programmed=g,
            traits=NO_TRAITS,
            age_before=2.0,
            age_after=1.0,
            rng=np.random.default_rng(1),
        )


def test_ages_that_do_not_fit_the_cells_are_refused():
    g, rng = np.full(3, 20 * uS), np.random.default_rng(1)
    with pytest.raises(InvalidInput, match=r"age has shape \(2,\)"):
        wan_2022().read(g, age=np.ones(2), rng=rng)
    with pytest.raises(InvalidInput, match=r"age_before has shape \(2, 3\)"):
        wan_2022().relax(
            g, programmed=g, traits=NO_TRAITS, age_before=np.ones((2, 3)), age_after=2.0, rng=rng
        )


@pytest.mark.parametrize(
    "change",
    [
        {"lowest": 50 * uS},
        {"acceptance_band": 0.0},
        {"onset": 2 * second},
        {"ages": (1.0, 1 * day, 1 * hour)},
        {"coefficients": ((1 * uS,),)},
    ],
)
def test_parameters_that_contradict_each_other_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(wan_2022(), **change)


def test_the_other_digitisation_has_the_spread_of_the_reference_and_differs_by_its_uncertainty():
    g = np.array([0.0, 4.0, 10.0, 20.0, 30.0, 39.26]) * uS
    values = [1.053, 1.8257, 2.4136, 2.3618, 1.8192, 1.6806]
    other = wan_2022_one_second().spread(g, 1 * second) / uS
    assert other == pytest.approx(values, abs=5.1e-5)
    assert 0.5 < abs(other - wan_2022().spread(g, 1 * second) / uS).max() < 0.75
