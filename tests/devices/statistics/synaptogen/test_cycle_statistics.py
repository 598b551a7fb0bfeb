import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ohmloom.devices.statistics.synaptogen.cycle_statistics import DeviceParameters
from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022, hennen_2022_order_1
from ohmloom.devices.statistics.synaptogen.quantile_polynomial import polynomial, rising_interval
from ohmloom.devices.statistics.synaptogen.switching_cycles import (
    SwitchingCycles,
    cycles_of_frame,
)
from ohmloom.errors import InvalidInput, OutOfModelRange

# An independent evaluation of the published tables, by discrete Lyapunov equation.
VARIANCES = [0.99866, 1.00035, 0.99418, 0.99732]
LAG_ONE = [0.1347, 0.1760, 0.5049, 0.3227]
HRS, SET, LRS, RESET = range(4)


def latest(cycles):
    """Covariance of one cycle, and of a cycle with the one before."""
    covariance = cycles.stationary_covariance
    return covariance[-4:, -4:], (cycles.companion_matrix @ covariance)[-4:, -4:]


def backwards(cycles):
    """The same recursion with its blocks in the wrong order, latest first."""
    blocks = np.split(cycles.memory, cycles.order, axis=1)
    return replace(cycles, recursion=np.hstack([cycles.innovation, *blocks[::-1]]))


def unit(count):
    return DeviceParameters(mean=np.zeros((4, count)), deviation=np.ones((4, count)))


@pytest.fixture(scope="module")
def population():
    cycles, rng = hennen_2022().cycles, np.random.default_rng(7)
    return cycles.draw_cycles(cycles.draw_devices(4096, rng=rng), 200, rng=rng)


def test_the_published_recursion_has_the_spectral_radius_worked_out_elsewhere():
    assert hennen_2022().cycles.spectral_radius == pytest.approx(0.9677, abs=5e-5)


def test_the_stationary_distribution_has_the_moments_worked_out_elsewhere():
    now, with_before = latest(hennen_2022().cycles)
    deviation = np.sqrt(np.diag(now))
    correlation = now / deviation / deviation[:, None]
    assert np.diag(now) == pytest.approx(VARIANCES, abs=5e-6)
    assert np.diag(with_before) == pytest.approx(LAG_ONE, abs=5e-5)
    assert correlation[HRS, SET] == pytest.approx(-0.2312, abs=5e-5)
    assert correlation[LRS, RESET] == pytest.approx(0.1898, abs=5e-5)
    assert correlation[SET, LRS] == pytest.approx(-0.0727, abs=5e-5)


def test_blocks_in_the_wrong_order_break_the_unit_variance():
    now, _ = latest(backwards(hennen_2022().cycles))
    assert abs(np.diag(now) - 1).max() > 0.02  # the right order stays within 0.006


def test_both_orders_were_fitted_to_the_same_cycles():
    for one, ten in zip(
        latest(hennen_2022_order_1().cycles), latest(hennen_2022().cycles), strict=True
    ):
        np.testing.assert_allclose(one, ten, atol=2e-4)


def test_the_covariance_solves_its_own_recursion():
    cycles = hennen_2022().cycles
    covariance, companion = cycles.stationary_covariance, cycles.companion_matrix
    rest = covariance - companion @ covariance @ companion.T
    assert rest[-4:, -4:] == pytest.approx(cycles.innovation @ cycles.innovation.T, abs=1e-12)
    assert abs(rest[:-4]).max() < 1e-12


def test_the_first_cycles_that_are_drawn_are_already_stationary():
    cycles, count = hennen_2022().cycles, 40_000
    flat = replace(cycles, quantiles=np.tile([1.0, 0.0], (4, 1)))
    drawn = flat.draw_cycles(unit(count), 3, rng=np.random.default_rng(1)).features
    now, with_before = latest(cycles)
    for cycle in range(3):
        assert drawn[cycle].var(axis=1) == pytest.approx(np.diag(now), abs=0.03)
    pair = (drawn[1] * drawn[0]).mean(axis=1)
    assert pair == pytest.approx(np.diag(with_before), abs=0.025)
    # A start from rest would be noticed: its first cycle has the variance of the noise alone.
    from_rest = cycles.next_cycle(np.zeros((40, count)), np.ones((4, count)) * drawn[0])
    assert abs(from_rest.var(axis=1) - np.diag(now)).max() > 0.1


def test_ten_cycles_later_the_memory_is_what_the_recursion_says():
    cycles = hennen_2022().cycles
    flat = replace(cycles, quantiles=np.tile([1.0, 0.0], (4, 1)))
    drawn = flat.draw_cycles(unit(20_000), 16, rng=np.random.default_rng(2)).features
    power = np.linalg.matrix_power(cycles.companion_matrix, 10) @ cycles.stationary_covariance
    found = (drawn[15] * drawn[5]).mean(axis=1)
    assert found == pytest.approx(np.diag(power[-4:, -4:]), abs=0.03)
    assert found[LRS] > 0.2


def test_the_population_has_the_published_medians_and_spreads(population):
    # Simulated independently, 4096 devices x 200 cycles; its last digits depend on the seed. What
    # it calls the mean of U_SET, and of the other voltages and R_LRS, is the median.
    features = population.features
    resistance = population.hrs_resistance
    assert np.median(resistance) == pytest.approx(75.5e3, rel=0.02)
    assert np.quantile(resistance, [0.01, 0.99]) == pytest.approx([25.0e3, 256.9e3], rel=0.03)
    assert np.median(features, axis=(0, 2))[1:] == pytest.approx([-0.668, 4516, 0.731], rel=0.005)
    within = np.median(features.std(axis=0), axis=1)
    assert within == pytest.approx([0.186, 0.061, 157.5, 0.034], rel=0.02)
    between = np.median(features, axis=0).std(axis=1)
    assert between == pytest.approx([0.075, 0.040, 191, 0.032], rel=0.06)
    ratio = np.median(resistance) / np.median(population.lrs_resistance)
    assert ratio == pytest.approx(16.7, rel=0.02)


def test_the_population_has_the_published_correlations(population):
    features = population.features
    found = np.corrcoef(features.transpose(1, 0, 2).reshape(4, -1))
    published = {
        (HRS, SET): -0.206,
        (SET, RESET): -0.238,
        (LRS, RESET): 0.374,
        (SET, LRS): -0.173,
    }
    for (one, other), value in published.items():
        assert found[one, other] == pytest.approx(value, abs=0.025)
    # The published .084 is that of the resistance itself, not of its logarithm.
    features[:, HRS] = population.hrs_resistance
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    lag_one = (standard[1:] * standard[:-1]).mean(axis=(0, 2))
    assert lag_one == pytest.approx([0.084, 0.14, 0.39, 0.235], abs=0.012)


def test_a_large_population_takes_seconds_at_most():
    cycles, rng = hennen_2022().cycles, np.random.default_rng(3)
    start = time.perf_counter()
    cycles.draw_cycles(cycles.draw_devices(4096, rng=rng), 200, rng=rng)
    assert time.perf_counter() - start < 5.0


def test_devices_have_the_moments_of_the_mixture():
    cycles = hennen_2022().cycles
    drawn = cycles.draw_devices(200_000, rng=np.random.default_rng(4))
    found = np.concatenate([drawn.mean, drawn.deviation])
    weights = cycles.device_weights / cycles.device_weights.sum()
    mean = cycles.device_means @ weights
    inside = np.einsum("k,kij,klj->il", weights, cycles.device_factors, cycles.device_factors)
    apart = cycles.device_means - mean[:, None]
    covariance = inside + (weights * apart) @ apart.T
    scale = np.sqrt(np.diag(covariance))
    assert (found.mean(axis=1) - mean) / scale == pytest.approx(np.zeros(8), abs=0.01)
    error = (np.cov(found) - covariance) / np.outer(scale, scale)
    assert abs(error).max() < 0.02
    wrong = (inside - covariance) / np.outer(scale, scale)
    assert abs(wrong).max() > 0.1  # the distance between the components would be missed


def test_a_single_device_keeps_its_own_distribution():
    cycles, rng = hennen_2022().cycles, np.random.default_rng(5)
    own = DeviceParameters(
        mean=np.array([[4.9], [-0.7], [4500.0], [0.7]]),
        deviation=np.array([[0.2], [0.06], [200.0], [0.03]]),
    )
    many = DeviceParameters(
        mean=np.tile(own.mean, 20_000), deviation=np.tile(own.deviation, 20_000)
    )
    features = cycles.draw_cycles(many, 1, rng=rng).features[0]
    for number, row in enumerate(features):
        score = np.sort((row - own.mean[number]) / own.deviation[number])
        x = stats.norm.ppf((np.arange(score.size) + 0.5) / score.size)
        middle = abs(x) < 2
        expected = np.polyval(cycles.quantiles[number], x)
        assert abs(score - expected)[middle].max() < 0.06


def test_the_same_seed_gives_the_same_cycles_and_another_seed_others():
    cycles = hennen_2022().cycles

    def draw(seed):
        rng = np.random.default_rng(seed)
        return cycles.draw_cycles(cycles.draw_devices(5, rng=rng), 4, rng=rng).features

    assert (draw(1) == draw(1)).all()
    assert (draw(1) != draw(2)).all()


def test_a_recursion_that_never_forgets_has_no_stationary_distribution():
    cycles = hennen_2022_order_1().cycles
    recursion = cycles.recursion.copy()
    recursion[HRS, 4] = 1.1
    drifting = replace(cycles, recursion=recursion)
    assert cycles.is_stationary
    assert not drifting.is_stationary
    with pytest.raises(OutOfModelRange, match="spectral radius"):
        drifting.draw_history(3, rng=np.random.default_rng(1))


def test_tables_of_the_wrong_shape_are_refused():
    cycles = hennen_2022().cycles
    with pytest.raises(InvalidInput, match="4 columns for B"):
        replace(cycles, recursion=cycles.recursion[:, :-1])
    with pytest.raises(InvalidInput, match="device_weights"):
        replace(cycles, device_weights=np.array([0.5, 0.6, -0.1]))
    with pytest.raises(InvalidInput, match="device_factors"):
        replace(cycles, device_factors=cycles.device_factors[:2])


def test_polynomials_agree_with_numpy_and_rise_where_their_slope_is_positive():
    quantiles = hennen_2022().cycles.quantiles
    x = np.linspace(-4, 4, 31)
    np.testing.assert_allclose(
        polynomial(quantiles, np.tile(x, (4, 1))),
        [np.polyval(row, x) for row in quantiles],
        atol=1e-12,
    )
    for row in quantiles:
        low, high = rising_interval(row)
        edges = [end for end in (low, high) if np.isfinite(end)]
        assert np.polyval(np.polyder(row), edges) == pytest.approx(np.zeros(len(edges)), abs=1e-9)
        inside = np.linspace(max(low, -50) + 1e-6, min(high, 50) - 1e-6, 1001)
        assert (np.polyval(np.polyder(row), inside) > 0).all()


def test_the_published_polynomials_rise_over_all_but_a_few_cycles_in_a_million():
    lows, highs = np.array([rising_interval(row) for row in hennen_2022().cycles.quantiles]).T
    assert stats.norm.cdf(lows.max()) < 6e-6
    assert stats.norm.sf(highs.min()) < 1e-12


def test_a_table_of_cycles_becomes_arrays_and_a_missing_row_a_gap():
    frame = pd.DataFrame(
        {
            "device": ["b", "a", "a", "b"],
            "cycle": [3, 3, 5, 4],
            "R_HRS": [1e4, 2e4, 3e4, 4e4],
            "U_SET": [-0.1, -0.2, -0.3, -0.4],
            "R_LRS": [1e3, 2e3, 3e3, 4e3],
            "U_RESET": [0.1, 0.2, 0.3, 0.4],
        }
    )
    cycles = cycles_of_frame(frame)
    assert (cycles.cycles, cycles.devices) == (3, 2)
    np.testing.assert_array_equal(cycles.hrs_resistance, [[2e4, 1e4], [np.nan, 4e4], [3e4, np.nan]])
    np.testing.assert_array_equal(cycles.reset_voltage[:, 0], [0.2, np.nan, 0.3])
    assert cycles.features[0, HRS] == pytest.approx(np.log10([2e4, 1e4]))


def test_a_table_that_is_not_one_of_cycles_is_refused():
    row = {"device": 1, "cycle": 1, "R_HRS": 1e4, "U_SET": -0.5, "R_LRS": 1e3, "U_RESET": 0.5}
    with pytest.raises(InvalidInput, match="no U_SET"):
        cycles_of_frame(pd.DataFrame([row]).drop(columns="U_SET"))
    with pytest.raises(InvalidInput, match="repeat"):
        cycles_of_frame(pd.DataFrame([row, row]))
    with pytest.raises(InvalidInput, match="whole numbers"):
        cycles_of_frame(pd.DataFrame([row | {"cycle": 1.5}]))
    with pytest.raises(InvalidInput, match="R_HRS must be above zero"):
        cycles_of_frame(pd.DataFrame([row | {"R_HRS": 0.0}]))
    with pytest.raises(InvalidInput, match="R_LRS must be above zero"):
        cycles_of_frame(pd.DataFrame([row | {"R_LRS": -1.0}]))
    with pytest.raises(InvalidInput, match="one shape"):
        SwitchingCycles(
            hrs_resistance=np.ones((2, 1)),
            set_voltage=np.ones((1, 1)),
            lrs_resistance=np.ones((2, 1)),
            reset_voltage=np.ones((2, 1)),
        )
