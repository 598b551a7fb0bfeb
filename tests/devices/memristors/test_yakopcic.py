from dataclasses import replace

import numpy as np
import pytest
import torch

from ohmloom.devices.memristors.yakopcic import (
    SinhConduction,
    jo_2010,
    miao_2011,
    oblea_2010_pulsed,
    oblea_2010_sine,
    yakopcic_2020_strontium_titanate,
)
from ohmloom.devices.stimulus import typical_sweep
from ohmloom.devices.transient import simulate_transient

PRESETS = [
    oblea_2010_sine,
    oblea_2010_pulsed,
    miao_2011,
    jo_2010,
    yakopcic_2020_strontium_titanate,
]
STATES = np.array([[0.11, 0.5, 0.9]])


@pytest.mark.parametrize(
    ("preset", "voltage", "currents"),
    [
        (oblea_2010_sine, 0.25, [2.33756087e-4, 1.06252767e-3, 1.91254981e-3]),
        (oblea_2010_sine, -0.25, [-2.33756087e-4, -1.06252767e-3, -1.91254981e-3]),
        (miao_2011, 1.0, [6.30525320e-3, 2.86602418e-2, 5.15884352e-2]),
        (miao_2011, -1.0, [-6.30525320e-3, -2.86602418e-2, -5.15884352e-2]),
        (jo_2010, 2.0, [7.75050711e-8, 3.52295778e-7, 6.34132400e-7]),
        (jo_2010, -2.0, [-9.11208268e-8, -4.14185577e-7, -7.45534038e-7]),
    ],
)
def test_currents_are_those_worked_out_from_the_equation(preset, voltage, currents):
    current = preset().current(np.array(voltage), STATES)
    assert current == pytest.approx(currents, rel=5e-9, abs=0.0)


@pytest.mark.parametrize(
    ("preset", "voltage", "rates"),
    [
        (oblea_2010_sine, 0.25, [442.058183, 258.519021, 34.6580964]),
        (oblea_2010_sine, -0.25, [-15.2984795, -488.764696, -488.764696]),
        (oblea_2010_pulsed, 0.25, [442.058183, 258.519021, 34.6580964]),
        (miao_2011, 1.0, [1.94009038, 1.13457976, 0.152106311]),
        (miao_2011, -1.0, [-0.0376405971, -1.20256362, -1.20256362]),
        (jo_2010, 2.0, [1.45368351e-2, 6.33875358e-3, 7.84463089e-4]),
        (jo_2010, -2.0, [-3.13563389e-2, -0.459226786, -0.459226786]),
    ],
)
def test_rates_are_those_worked_out_from_the_equation(preset, voltage, rates):
    rate = preset().state_rate(np.array(voltage), STATES)[0]
    assert rate == pytest.approx(rates, rel=5e-9, abs=0.0)


def test_the_newer_conduction_weighs_two_hyperbolic_sines_of_each_sign():
    # The equation written out again, with the numbers of the table.
    device, x = yakopcic_2020_strontium_titanate(), STATES[0]
    above = 9e-5 * np.sinh(4.96 * 0.7) * x + 1.5e-5 * np.sinh(6.91 * 0.7) * (1 - x)
    below = -1.7e-4 * np.sinh(3.23 * 0.7) * x - 4.4e-7 * np.sinh(2.6 * 0.7) * (1 - x)
    assert device.current(np.array(0.7), STATES) == pytest.approx(above, rel=1e-12)
    assert device.current(np.array(-0.7), STATES) == pytest.approx(below, rel=1e-12)
    # In the middle the motion upwards has slowed down, the one downwards not yet for x > 0.758.
    up = 90 * (np.exp(0.7) - np.exp(0.5)) * np.exp(-(x - 0.1)) * (1 - x) / 0.9
    down = -10 * (np.exp(0.7) - np.exp(0.5)) * np.exp(x + 0.242 - 1) * x / 0.758
    down[2] = -10 * (np.exp(0.7) - np.exp(0.5))
    assert device.state_rate(np.array(0.7), STATES)[0] == pytest.approx(up, rel=1e-12)
    assert device.state_rate(np.array(-0.7), STATES)[0] == pytest.approx(down, rel=1e-12)


def test_the_newer_device_passes_more_current_when_on_up_to_where_its_numbers_cross():
    device, ends = yakopcic_2020_strontium_titanate(), np.array([[0.0, 1.0]])
    below, beyond = (device.current(np.array(v), ends) for v in (0.91, 0.93))
    assert below[1] > below[0]
    assert beyond[1] < beyond[0]
    assert device.typical_drive.positive < 0.92


def test_the_pulsed_fit_differs_from_the_other_by_the_scale_of_its_current():
    quiet, loud = (f().current(np.array(0.1), STATES) for f in (oblea_2010_pulsed, oblea_2010_sine))
    assert quiet / loud == pytest.approx(np.full(3, 0.097 / 0.17))


@pytest.mark.parametrize("preset", PRESETS)
def test_between_the_thresholds_nothing_moves(preset):
    device = preset()
    upper, lower = device.threshold_positive, device.threshold_negative
    voltage = np.linspace(-lower, upper, 41)
    assert device.state_rate(voltage, np.full((1, 41), 0.4)).tolist() == [[0.0] * 41]
    assert device.state_rate(np.array(1.01 * upper), np.array([0.4])) > 0
    assert device.state_rate(np.array(-1.01 * lower), np.array([0.4])) < 0


@pytest.mark.parametrize("preset", PRESETS)
def test_no_state_is_stuck_and_none_moves_outwards(preset):
    device, ends = preset(), np.array([[0.0, 1.0]])
    beyond = 2.0 * np.maximum(device.threshold_positive, device.threshold_negative)
    up, down = device.state_rate(beyond, ends)[0], device.state_rate(-beyond, ends)[0]
    assert up[0] > 0.0
    assert up[1] == 0.0
    assert down[0] == 0.0
    assert down[1] < 0.0


def test_a_turned_polarity_turns_the_motion_and_its_slowing_but_not_the_current():
    device, voltage = jo_2010(), np.array(2.0)
    turned = replace(device, polarity=-1.0)
    assert turned.current(voltage, STATES).tolist() == device.current(voltage, STATES).tolist()
    # By hand: the speed is A_p (e^2 - e^1.5), the slowing the one downwards: full from x = 0.5.
    speed = 0.005 * (np.exp(2.0) - np.exp(1.5))
    slowed = np.exp(3 * (0.11 + 0.5 - 1)) * 0.11 / 0.5
    assert turned.state_rate(voltage, STATES)[0] == pytest.approx(
        [-speed * slowed, -speed, -speed], rel=1e-12
    )


def test_a_device_says_whether_its_current_is_odd():
    assert oblea_2010_sine().odd
    assert not jo_2010().odd
    assert not yakopcic_2020_strontium_titanate().odd
    scale = np.array([0.1, 0.2])
    many = SinhConduction(scale_positive=scale, scale_negative=scale, steepness=0.5)
    assert many.odd
    assert not replace(many, scale_negative=np.array([0.1, 0.3])).odd


@pytest.mark.parametrize("preset", PRESETS)
def test_no_current_flows_at_zero_volt_and_a_thousand_volts_do_not_overflow(preset):
    device, voltage = preset(), np.array([[-1e3], [0.0], [1e3]])
    current, rate = device.current(voltage, STATES), device.state_rate(voltage, STATES)
    assert current[1].tolist() == [0.0, 0.0, 0.0]
    assert rate[0, 1].tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(current).all()
    assert np.isfinite(rate).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_the_typical_drive_draws_a_pinched_loop(preset):
    device = preset()
    drive = device.typical_drive
    # Twice at half the amplitude in each half of the sweep, and at its zeros.
    high, whole = drive.positive, 2 * (drive.positive + drive.negative)
    down = 2 * high + drive.negative * np.array([0.5, 1.5, 2.0])
    times = drive.period * np.array([0.0, 0.5 * high, 1.5 * high, 2.0 * high, *down]) / whole
    loop = simulate_transient(
        device, typical_sweep(drive, 1), initial_state=drive.initial_state, times=times
    )
    assert loop.current[[0, 3, 6], 0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-15)
    assert loop.current[2, 0] > 1.5 * loop.current[1, 0] > 0
    assert loop.current[4, 0] < 1.5 * loop.current[5, 0] < 0


@pytest.mark.parametrize("preset", PRESETS)
def test_torch_sees_the_same_numbers_and_correct_slopes(preset):
    device = preset()
    beyond = 1.3 * np.maximum(device.threshold_positive, device.threshold_negative)
    voltage = torch.tensor([beyond, -beyond, 0.05, -0.03], dtype=torch.float64)
    state = torch.tensor([[0.05, 0.3, 0.45, 0.85]], dtype=torch.float64)
    voltage.requires_grad_()
    state.requires_grad_()
    for law in (device.current, device.state_rate):
        from_numpy = law(voltage.detach().numpy(), state.detach().numpy())
        assert law(voltage, state).detach().numpy() == pytest.approx(from_numpy, rel=1e-12)
        assert torch.autograd.gradcheck(law, (voltage, state))


@pytest.mark.parametrize("preset", PRESETS)
def test_slopes_in_torch_are_finite_far_beyond_the_thresholds_and_at_the_bounds(preset):
    voltage = torch.tensor([200.0, -200.0, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    state = torch.tensor([[0.0, 1.0, 0.0, 1.0]], dtype=torch.float64, requires_grad=True)
    (preset().current(voltage, state).sum() + preset().state_rate(voltage, state).sum()).backward()
    assert torch.isfinite(voltage.grad).all()
    assert torch.isfinite(state.grad).all()
