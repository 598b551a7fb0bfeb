from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.fitting.cycle_statistics import (
    bootstrap_intervals,
    fit_cycles,
    marginal_p_values,
)
from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022, hennen_2022_order_1
from ohmloom.devices.statistics.synaptogen.switching_cycles import (
    SwitchingCycles,
    cycles_of_features,
)
from ohmloom.errors import InvalidInput

PLANTED = hennen_2022_order_1().cycles
HRS, SET, LRS, RESET = range(4)


def rng(seed):
    return np.random.default_rng(seed)


def drawn(statistics, devices, cycles, seed):
    draws = rng(seed)
    return statistics.draw_cycles(statistics.draw_devices(devices, rng=draws), cycles, rng=draws)


def covers(intervals, truth):
    return (intervals.lower <= truth) & (truth <= intervals.upper)


@pytest.fixture(scope="module")
def many():
    """Fits of 200 synthetic sets, 32 devices of 100 cycles, with a planted recursion of order 1."""
    return [fit_cycles(drawn(PLANTED, 32, 100, seed), order=1, rng=rng(0)) for seed in range(200)]


@pytest.fixture(scope="module")
def large():
    """A fit of order 10 to the device of the paper."""
    return fit_cycles(drawn(hennen_2022().cycles, 512, 200, 11), order=10, rng=rng(0))


def test_a_planted_recursion_is_found_again():
    fit = fit_cycles(drawn(PLANTED, 256, 400, 1), order=1, rng=rng(0))
    assert fit.rows == 256 * 399
    np.testing.assert_allclose(fit.statistics.memory, PLANTED.memory, atol=0.012)
    np.testing.assert_allclose(fit.statistics.innovation, PLANTED.innovation, atol=0.012)
    assert fit.statistics.spectral_radius == pytest.approx(0.52, abs=0.02)
    variances = np.diag(fit.statistics.stationary_covariance)
    assert variances == pytest.approx(np.ones(4), abs=0.02)


def test_ninety_percent_intervals_hold_the_truth_in_ninety_percent_of_the_sets(many):
    held = np.array([covers(fit.intervals(0.9), PLANTED.memory) for fit in many])
    assert 0.87 < held.mean() < 0.93
    assert (held.mean(axis=0) > 0.83).all()
    assert (held.mean(axis=0) < 0.97).all()


def test_without_the_correction_for_standardising_the_intervals_would_miss(many):
    missed = np.array(
        [covers(fit.intervals(0.9), PLANTED.memory + fit.pull)[LRS, LRS] for fit in many]
    )
    assert missed.mean() < 0.7
    # The pull of one coefficient: (1 + a) / cycles of the mean, 2 a / cycles of the deviation.
    own = np.mean([fit.pull[LRS, LRS] for fit in many])
    assert own == pytest.approx((1 + 3 * PLANTED.memory[LRS, LRS]) / 100, rel=0.1)


def test_the_estimates_are_centred_on_the_truth_within_a_fifth_of_their_spread(many):
    error = np.array(
        [(fit.statistics.memory - PLANTED.memory) / fit.standard_errors for fit in many]
    )
    assert abs(error.mean(axis=0)).max() < 0.35
    assert np.sqrt((error.mean(axis=0) ** 2).mean()) < 0.2
    assert error.std(axis=0) == pytest.approx(np.ones((4, 4)), abs=0.16)


def test_bootstrap_intervals_hold_the_truth_too(many):
    for resample in ("devices", "blocks"):
        held = np.array(
            [
                covers(
                    bootstrap_intervals(
                        fit,
                        resample=resample,
                        block=20,
                        replicates=150,
                        level=0.9,
                        rng=rng(number),
                    ),
                    PLANTED.memory,
                )
                for number, fit in enumerate(many)
            ]
        )
        assert 0.85 < held.mean() < 0.95


def test_intervals_that_are_too_narrow_would_be_noticed(many):
    held = np.array([covers(fit.intervals(0.75), PLANTED.memory) for fit in many])
    assert held.mean() < 0.85


def test_the_test_of_the_residuals_is_uniform_when_the_order_suffices(many):
    p_values = [fit.residual_test.p_value for fit in many]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert 0.01 < np.mean(np.array(p_values) < 0.05) < 0.11


def test_the_test_of_the_residuals_sees_an_order_that_is_too_low(large):
    cycles = drawn(hennen_2022().cycles, 32, 200, 2)
    assert fit_cycles(cycles, order=1, rng=rng(0)).residual_test.p_value < 1e-6
    assert large.residual_test.p_value > 0.01
    assert large.residual_test.degrees == 16 * 10


def test_the_device_of_the_paper_is_found_again(large):
    planted = hennen_2022().cycles
    error = (large.statistics.memory - planted.memory) / large.standard_errors
    assert abs(error.mean()) < 0.25
    assert error.std() == pytest.approx(1.0, abs=0.15)
    assert large.statistics.spectral_radius == pytest.approx(0.9677, abs=0.02)
    # A factor may stand in the deviations or in the polynomial: their product is what counts.
    x = np.linspace(-2, 2, 41)
    truth = planted.draw_devices(100_000, rng=rng(1)).deviation.mean(axis=1)
    found = large.devices.deviation.mean(axis=1)
    for feature in range(4):
        ours = found[feature] * np.polyval(large.statistics.quantiles[feature], x)
        theirs = truth[feature] * np.polyval(planted.quantiles[feature], x)
        assert abs(ours - theirs).max() < 0.11 * truth[feature]
    assert large.statements == ()


def test_the_population_that_was_fitted_is_the_one_that_was_drawn(large):
    devices = hennen_2022().cycles.draw_devices(100_000, rng=rng(1))
    again = large.statistics.draw_devices(100_000, rng=rng(2))
    assert large.mixture.weights.size == 2  # of three: two of them nearly coincide
    assert large.mixture.criterion.argmin() == 1
    assert again.mean.mean(axis=1) == pytest.approx(devices.mean.mean(axis=1), rel=0.01)
    assert again.mean.std(axis=1) == pytest.approx(devices.mean.std(axis=1), rel=0.15)
    normal = rng(3).standard_normal(200_000)

    def deviation(statistics, drawn):
        shapes = [np.polyval(row, normal).std() for row in statistics.quantiles]
        return drawn.deviation.mean(axis=1) * shapes

    assert deviation(large.statistics, again) == pytest.approx(
        deviation(hennen_2022().cycles, devices), rel=0.03
    )


def test_the_marginals_fit_data_of_the_model_and_not_data_with_two_peaks():
    cycles = drawn(PLANTED, 20, 100, 3)
    fit = fit_cycles(cycles, order=1, rng=rng(0))
    assert marginal_p_values(fit, replicates=60, rng=rng(4)).min() > 0.02
    features = cycles.features
    features[:, SET] = np.where(rng(5).random((100, 20)) < 0.5, -0.8, -0.5)
    features[:, SET] += 0.01 * rng(6).standard_normal((100, 20))
    two_peaks = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    p_values = marginal_p_values(two_peaks, replicates=60, rng=rng(4))
    assert p_values[SET] < 0.02
    assert p_values[LRS] > 0.02


def test_missing_cycles_are_left_out_and_do_not_shift_the_recursion():
    cycles = drawn(PLANTED, 128, 300, 7)
    holes = rng(8).random((300, 128)) < 0.1
    gaps = SwitchingCycles(
        hrs_resistance=cycles.hrs_resistance,
        set_voltage=np.where(holes, np.nan, cycles.set_voltage),
        lrs_resistance=cycles.lrs_resistance,
        reset_voltage=cycles.reset_voltage,
    )
    fit = fit_cycles(gaps, order=1, rng=rng(0))
    assert fit.rows == int((~holes[1:] & ~holes[:-1]).sum())
    np.testing.assert_allclose(fit.statistics.memory, PLANTED.memory, atol=0.025)
    # Cycles moved together over the holes would lose memory: .81 of the pairs are true neighbours.
    assert fit.statistics.memory[LRS, LRS] > 0.48


def test_too_few_cycles_for_the_order_are_refused_or_stated():
    cycles = drawn(PLANTED, 1, 30, 9)
    with pytest.raises(InvalidInput, match="order 10 has 40 coefficients"):
        fit_cycles(cycles, order=10, rng=rng(0))
    with pytest.raises(InvalidInput, match="42 complete cycles"):
        fit_cycles(cycles, order=40, rng=rng(0))
    fit = fit_cycles(cycles, order=1, rng=rng(0))
    assert any("29 rows for 4 coefficients" in line for line in fit.statements)
    assert any("one device" in line for line in fit.statements)
    assert not fit.mixture.factors.any()


def test_a_constant_column_gets_no_memory_and_is_stated():
    features = drawn(PLANTED, 20, 200, 10).features
    features[:, RESET] = 0.7
    fit = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    assert any("U_RESET is constant" in line for line in fit.statements)
    assert not fit.statistics.memory[RESET].any()
    assert not fit.statistics.memory[:, RESET].any()
    again = fit.statistics.draw_cycles(fit.devices, 5, rng=rng(1))
    assert again.reset_voltage == pytest.approx(np.full((5, 20), 0.7))
    assert again.set_voltage.std() > 0.01
    assert covers(fit.intervals(0.9), fit.statistics.memory).all()
    bootstrap_intervals(fit, resample="devices", block=1, replicates=20, level=0.9, rng=rng(1))


def test_devices_that_cannot_be_used_are_left_out_and_stated():
    features = drawn(PLANTED, 20, 100, 12).features
    features[2:, :, 3] = np.nan
    features[:, LRS, 5] = 4000.0
    fit = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    assert fit.used_devices.tolist() == [n for n in range(20) if n not in (3, 5)]
    assert any("1 of 20 devices have fewer than 3" in line for line in fit.statements)
    assert any("in 1 of 19 devices a feature is constant" in line for line in fit.statements)


def test_few_devices_have_no_correlations_and_few_more_no_components():
    features = drawn(PLANTED, 30, 60, 13).features
    four = fit_cycles(cycles_of_features(features[:, :, :4]), order=1, rng=rng(0))
    factor = four.statistics.device_factors[0]
    assert (factor == np.diag(np.diag(factor))).all()
    assert any("set to zero" in line for line in four.statements)
    thirty = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    assert thirty.statistics.device_weights.tolist() == [1.0]
    found = np.concatenate([thirty.devices.mean, thirty.devices.deviation])
    factor = thirty.statistics.device_factors[0]
    np.testing.assert_allclose(factor @ factor.T, np.cov(found), rtol=1e-9, atol=1e-12)


def test_deviations_are_those_of_a_long_measurement_and_not_of_a_few_cycles():
    one = replace(
        hennen_2022().cycles,
        device_means=hennen_2022().cycles.device_means[:, :1],
        device_factors=np.zeros((1, 8, 8)),
        device_weights=np.ones(1),
    )
    normal = rng(20).standard_normal(1_000_000)
    long = [np.polyval(row, normal).var() for row in one.quantiles] * one.device_means[4:, 0] ** 2
    short = drawn(one, 500, 200, 21)
    fit = fit_cycles(short, order=10, rng=rng(0))
    found = (fit.devices.deviation**2).mean(axis=1)
    assert found == pytest.approx(long, rel=0.03)
    assert short.features.var(axis=0, ddof=1)[LRS].mean() < 0.92 * long[LRS]


def test_values_measured_in_steps_are_stated():
    features = drawn(PLANTED, 10, 100, 14).features
    features[:, SET] = np.round(features[:, SET], 2)
    fit = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    assert any("U_SET takes only" in line for line in fit.statements)
    assert not any("R_LRS takes only" in line for line in fit.statements)


def test_devices_that_do_not_differ_are_recognised_as_such():
    alike = replace(PLANTED, device_factors=np.zeros_like(PLANTED.device_factors))
    alike = replace(
        alike,
        device_means=PLANTED.device_means[:, :1],
        device_weights=np.ones(1),
        device_factors=np.zeros((1, 8, 8)),
    )
    fit = fit_cycles(drawn(alike, 64, 50, 15), order=1, rng=rng(0))
    assert fit.finite_cycles_share == pytest.approx(np.ones(4), abs=0.5)
    assert sum("few cycles give without any difference" in line for line in fit.statements) == 4
    differ = fit_cycles(drawn(PLANTED, 64, 50, 15), order=1, rng=rng(0))
    assert differ.finite_cycles_share.max() < 0.25


def test_drift_is_not_taken_for_memory_without_a_statement():
    features = drawn(PLANTED, 8, 200, 16).features
    fit_of_steady = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    features[:, HRS] = 5 + 0.2 * np.cumsum(rng(17).standard_normal((200, 8)), axis=0)
    fit = fit_cycles(cycles_of_features(features), order=1, rng=rng(0))
    assert fit.statistics.spectral_radius > 0.95
    assert any("cannot be told from drift" in line for line in fit.statements)
    assert not any("drift" in line for line in fit_of_steady.statements)


def test_questions_without_an_answer_are_refused():
    fit = fit_cycles(drawn(PLANTED, 1, 100, 18), order=1, rng=rng(0))
    with pytest.raises(InvalidInput, match="level"):
        fit.intervals(1.0)
    with pytest.raises(InvalidInput, match="two devices or more"):
        bootstrap_intervals(fit, resample="devices", block=1, replicates=9, level=0.9, rng=rng(1))
    with pytest.raises(InvalidInput, match="order"):
        fit_cycles(drawn(PLANTED, 1, 100, 18), order=0, rng=rng(0))
    still = np.ones((50, 4, 3))
    with pytest.raises(InvalidInput, match="no feature varies"):
        fit_cycles(cycles_of_features(still), order=1, rng=rng(0))
