from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

LOWEST, HIGHEST = np.array(1 * uS), np.array(41 * uS)


def step(g, voltage, strength=1.0):
    return gong_2022().step(
        np.array(g),
        np.array(voltage),
        lowest=LOWEST,
        highest=HIGHEST,
        strength=np.array(strength),
    )


def test_a_full_pulse_closes_the_published_fraction_of_the_way_to_the_bound():
    # ReRamArrayHfO2: dw_min .4622 of a soft bound at distance one. 40 uS and 20 uS of way.
    assert step(1 * uS, 3.3) / uS == pytest.approx(0.4622 * 40)
    assert step(21 * uS, -3.3) / uS == pytest.approx(-0.4622 * 20)


def test_many_pulses_follow_the_geometric_series_of_soft_bounds():
    quiet, g = replace(gong_2022(), cycle_noise=0.0), np.array([1 * uS])
    one, rng = np.ones(1), np.random.default_rng(1)
    for pulses in range(1, 8):
        g = quiet.apply(g, 3.3 * one, lowest=LOWEST, highest=HIGHEST, strength=one, rng=rng)
        assert g / uS == pytest.approx(41 - 40 * (1 - 0.4622) ** pulses)


def test_a_cell_of_twice_the_strength_moves_as_far_as_another_under_two_pulses():
    first = step(1 * uS, 2.6)
    second = step(1 * uS + first, 2.6)
    assert step(1 * uS, 2.6, strength=2.0) == pytest.approx(first + second)


def test_up_to_the_threshold_nothing_moves_and_above_it_the_cube_of_the_excess_counts():
    assert step(20 * uS, 1.1) == 0
    assert step(20 * uS, -1.1) == 0
    # Small amplitudes: half the excess voltage is an eighth of the step.
    assert step(1 * uS, 1.2) / step(1 * uS, 1.15) == pytest.approx(8.0, rel=1e-3)


def test_a_cell_beyond_its_bound_is_not_pulled_back_by_a_pulse_that_pushes_outwards():
    assert step(50 * uS, 3.3) == 0
    assert step(0.5 * uS, -3.3) == 0
    assert step(50 * uS, -3.3) < 0


def test_even_the_strongest_pulse_stays_within_the_bounds():
    rng, g = np.random.default_rng(4), np.full(10_000, 20 * uS)
    strength = gong_2022().draw_strength(g.shape, rng=rng) * 10
    for volts in (4.0, -4.0):
        after = gong_2022().apply(
            g, np.full(g.shape, volts), lowest=LOWEST, highest=HIGHEST, strength=strength, rng=rng
        )
        assert after.min() >= 1 * uS
        assert after.max() <= 41 * uS
        assert ((after - g) * volts > 0).all()


def test_steps_scatter_from_pulse_to_pulse_as_published():
    g = np.full(20_000, 1 * uS)
    after = gong_2022().apply(
        g,
        np.full(g.shape, 2.5),
        lowest=LOWEST,
        highest=HIGHEST,
        strength=np.ones(g.shape),
        rng=np.random.default_rng(6),
    )
    mean = step(1 * uS, 2.5)
    error = (after - g - mean) / (0.2174 * mean)  # cycle-to-cycle .2174 of ReRamArrayHfO2
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01  # 5 % too little would be noticed


def test_the_strength_of_cells_is_lognormal_as_published():
    strength = gong_2022().draw_strength((20_000,), rng=np.random.default_rng(8))
    assert stats.kstest(np.log(strength) / 0.7125, "norm").pvalue > 0.01
    assert stats.kstest(np.log(strength) / 0.75, "norm").pvalue < 0.01


def test_torch_gives_the_step_of_numpy_and_a_gradient_that_finite_differences_confirm():
    g, volts = np.array([5.0, 20.0, 35.0]), np.array([2.0, -2.5, 3.0])
    expected = step(g * uS, volts)

    def in_torch(g_in_us, volts):
        change = gong_2022().step(
            g_in_us * uS,
            volts,
            lowest=torch.tensor(1 * uS, dtype=torch.float64),
            highest=torch.tensor(41 * uS, dtype=torch.float64),
            strength=torch.tensor(1.0, dtype=torch.float64),
        )
        return change / uS

    inputs = (torch.tensor(g, requires_grad=True), torch.tensor(volts, requires_grad=True))
    np.testing.assert_allclose(in_torch(*inputs).detach().numpy() * uS, expected, rtol=1e-12)
    assert torch.autograd.gradcheck(in_torch, inputs)


@pytest.mark.parametrize(
    "change", [{"full_step": 1.0}, {"threshold": 3.3}, {"exponent": 0.0}, {"cycle_noise": -0.1}]
)
def test_parameters_without_a_meaning_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(gong_2022(), **change)
