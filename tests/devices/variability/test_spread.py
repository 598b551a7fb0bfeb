import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.variability.spread import (
    KernelDensity,
    LognormalSpread,
    MedianLognormalSpread,
    NormalSpread,
    ResistanceSpread,
    Spread,
    TruncatedNormalSpread,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import kohm, uS

MANY = np.full(20_000, 10 * kohm)
LAWS = [
    NormalSpread(relative=0.1),
    LognormalSpread(log_spread=0.25),
    MedianLognormalSpread(log_spread=0.25),
    ResistanceSpread(
        resistance_on=1 * kohm, resistance_off=100 * kohm, log_spread_on=0.05, log_spread_off=0.5
    ),
    TruncatedNormalSpread(relative=0.2, lowest=0.8, highest=1.4),
]


def drawn(law, seed=1):
    return law.draw(MANY, rng=np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("resistance", "log_spread", "log_mean", "deviation"),
    [(1e4, 0.25, 9.179090372, 2539.576), (1e5, 0.5, 11.387925465, 53294.035)],
)
def test_a_lognormal_resistance_has_the_moments_computed_independently(
    resistance, log_spread, log_mean, deviation
):
    law = LognormalSpread(log_spread=log_spread)
    assert law.log_mean(np.array(resistance)) == pytest.approx(log_mean, abs=5e-10)
    assert law.standard_deviation(np.array(resistance)) == pytest.approx(deviation, abs=5e-4)
    theirs = stats.lognorm(s=log_spread, scale=np.exp(log_mean))
    assert theirs.mean() == pytest.approx(resistance, rel=1e-8)
    assert theirs.std() == pytest.approx(deviation, rel=1e-6)


@pytest.mark.parametrize(
    ("law", "theirs"),
    [
        (LAWS[0], stats.norm(1.0, 0.1)),
        (LAWS[1], stats.lognorm(s=0.25, scale=np.exp(-(0.25**2) / 2))),
        (LAWS[2], stats.lognorm(s=0.25)),
        # At 10 of 1 to 100 kohm the spread is .05 + .45 * 9 / 99.
        (LAWS[3], stats.lognorm(s=1 / 11, scale=np.exp(-1 / 242))),
        (LAWS[4], stats.truncnorm(-1.0, 2.0, loc=1.0, scale=0.2)),
    ],
)
def test_devices_follow_the_law_that_scipy_has_too(law, theirs):
    share = drawn(law) / MANY
    assert stats.kstest(share, theirs.cdf).pvalue > 0.01
    # A spread 5 % too small would be noticed.
    narrower = theirs.median() + 0.95 * (share - theirs.median())
    assert stats.kstest(narrower, theirs.cdf).pvalue < 0.01


@pytest.mark.parametrize("law", LAWS)
def test_the_promised_standard_deviation_is_the_one_that_is_drawn(law):
    assert isinstance(law, Spread)
    promised = law.standard_deviation(MANY[:1])
    assert drawn(law).std() == pytest.approx(float(promised[0]), rel=0.03)


def test_the_mean_is_kept_by_one_lognormal_law_and_the_median_by_the_other():
    wide = 1.0
    kept = drawn(LognormalSpread(log_spread=wide))
    assert kept.mean() == pytest.approx(10 * kohm, rel=0.03)
    assert np.median(kept) == pytest.approx(10 * kohm * np.exp(-0.5), rel=0.03)
    median = drawn(MedianLognormalSpread(log_spread=wide))
    assert np.median(median) == pytest.approx(10 * kohm, rel=0.03)


def test_the_spread_of_a_resistance_is_linear_between_its_ends_and_constant_beyond():
    spread = LAWS[3].log_spread(np.array([0.5, 1.0, 50.5, 100.0, 1000.0]) * kohm)
    assert spread == pytest.approx([0.05, 0.05, 0.275, 0.5, 0.5])


def test_the_spread_works_on_torch_and_is_differentiable():
    nominal = torch.tensor([5e3, 5e4], dtype=torch.float64, requires_grad=True)
    ours = LAWS[3].log_spread(nominal)
    assert ours.tolist() == pytest.approx(LAWS[3].log_spread(np.array([5e3, 5e4])).tolist())
    assert torch.autograd.gradcheck(LAWS[3].log_spread, (nominal,))
    assert torch.autograd.gradcheck(NormalSpread(relative=0.1).standard_deviation, (nominal,))


def test_resampled_values_have_the_density_that_scipy_estimates():
    # Two groups of cells, as measured populations have.
    rng = np.random.default_rng(3)
    measured = np.concatenate([rng.normal(5, 0.5, 120), rng.normal(20, 2.0, 80)]) * uS
    population = KernelDensity(measured=measured, lowest=-np.inf)
    theirs = stats.gaussian_kde(measured, bw_method="scott")
    assert population.bandwidth == pytest.approx(float(np.sqrt(theirs.covariance[0, 0])))
    values = population.draw((4000,), rng=np.random.default_rng(4))
    grid = np.quantile(values, np.linspace(0.05, 0.95, 10))
    cdf = np.array([theirs.integrate_box_1d(-np.inf, x) for x in grid])
    assert np.abs(cdf - np.linspace(0.05, 0.95, 10)).max() < 0.025
    shifted = np.array([theirs.integrate_box_1d(-np.inf, x + 1 * uS) for x in grid])
    assert np.abs(shifted - np.linspace(0.05, 0.95, 10)).max() > 0.025
    assert values.min() < 0


def test_resampled_conductances_do_not_fall_below_zero_and_keep_their_density_above():
    measured = np.linspace(0.1, 4, 50) * uS
    free = KernelDensity(measured=measured, lowest=-np.inf)
    bounded = KernelDensity(measured=measured, lowest=0.0)
    assert free.draw((2000,), rng=np.random.default_rng(5)).min() < 0
    values = bounded.draw((2000,), rng=np.random.default_rng(5))
    assert values.min() >= 0
    assert values == pytest.approx(np.abs(free.draw((2000,), rng=np.random.default_rng(5))))


def test_every_measured_value_is_drawn_equally_often():
    apart = KernelDensity(measured=np.arange(5) * 1.0, lowest=-np.inf)

    class Numbers:
        def random(self, size):
            return np.linspace(0, 1, size[0], endpoint=False)

        def standard_normal(self, size):
            return np.zeros(size)

    seen = apart.draw((1000,), rng=Numbers())
    assert np.bincount(seen.astype(int)).tolist() == [200] * 5


@pytest.mark.parametrize("kind", [LognormalSpread, MedianLognormalSpread])
def test_a_negative_spread_is_refused(kind):
    with pytest.raises(InvalidInput, match="log_spread"):
        kind(log_spread=np.array([0.1, -0.1]))


def test_bounds_that_fall_and_populations_of_one_are_refused():
    with pytest.raises(InvalidInput, match="rise"):
        TruncatedNormalSpread(relative=0.1, lowest=1.1, highest=1.1)
    with pytest.raises(InvalidInput, match="two values"):
        KernelDensity(measured=np.array([1.0]), lowest=-np.inf)
    with pytest.raises(InvalidInput, match="lowest"):
        KernelDensity(measured=np.array([1.0, -1.0]), lowest=0.0)
    with pytest.raises(InvalidInput, match="rise"):
        ResistanceSpread(
            resistance_on=2.0, resistance_off=1.0, log_spread_on=0.1, log_spread_off=0.1
        )
