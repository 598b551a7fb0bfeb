import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from ohmloom.devices.memristors.volatile_switch import (
    volatile_microseconds,
    volatile_milliseconds,
    volatile_seconds,
    volatile_switch,
)
from ohmloom.devices.stimulus import pulse_train, typical_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, us

PRESETS = (volatile_microseconds, volatile_milliseconds, volatile_seconds)


def test_without_voltage_the_filament_dissolves_with_one_time_constant():
    for preset, constant in zip(PRESETS, (10e-6, 10e-3, 2.0), strict=True):
        device = preset()
        left = device.advance(np.array([0.8]), np.array(0.0), 2 * constant)
        assert left[0] == pytest.approx(0.8 * np.exp(-2.0))
        below_threshold = device.advance(np.array([0.8]), np.array(0.29), 2 * constant)
        assert below_threshold[0] == pytest.approx(left[0])


def test_the_closed_form_solves_the_equation():
    device = volatile_milliseconds()
    for volts in (-0.9, -0.2, 0.45, 0.7):
        solved = solve_ivp(
            lambda _, x, v=volts: device.state_rate(np.array(v), x[None])[0],
            (0.0, 1 * ms),
            [0.3],
            rtol=1e-11,
            atol=1e-13,
        )
        reached = device.advance(np.array([0.3]), np.array(volts), 1 * ms)
        assert reached == pytest.approx(solved.y[:, -1], rel=1e-8)


def test_a_whole_filament_has_10_kohm_and_none_has_10_megohm():
    shares = np.array([[1.0, 0.5, 0.0]])
    resistance = 1.0 / volatile_seconds().current(np.array(1.0), shares)
    assert resistance == pytest.approx([10e3, np.sqrt(10e3 * 10e6), 10e6])


def test_time_does_not_run_backwards():
    with pytest.raises(InvalidInput, match="duration"):
        volatile_milliseconds().advance(np.array([0.5]), np.array(0.4), -1 * us)


def test_at_twice_the_threshold_growth_has_its_time_constant():
    assert volatile_milliseconds().growth(np.array(0.6)) == pytest.approx(1 / (0.1 * ms))
    assert volatile_milliseconds().growth(np.array(-0.9)) == pytest.approx(4 / (0.1 * ms))


@pytest.mark.parametrize(("interval", "adds_up"), [(1 * ms, True), (80 * ms, False)])
def test_pulses_add_up_when_they_follow_each_other_faster_than_the_device_forgets(
    interval, adds_up
):
    device, width, volts = volatile_milliseconds(), 10 * us, 0.6
    train = pulse_train(np.full(5, volts), width=width, gap=interval - width)
    trace = simulate_transient(device, train, initial_state=(0.0,)).state[0, :, 0]
    # A pulse takes x to settled + (x - settled) a, a pause to x b: a geometric series.
    growth, decay = 1 / (0.1 * ms), 1 / (10 * ms)
    settled, a = growth / (growth + decay), np.exp(-(growth + decay) * width)
    b = np.exp(-decay * (interval - width))
    x = 0.0
    for _ in range(5):
        x = (settled + (x - settled) * a) * b
    assert trace[-1] == pytest.approx(x, rel=1e-5)
    one = settled * (1 - a) * b
    assert (x > 2.5 * one) == adds_up


def test_the_loop_is_pinched_and_torch_agrees():
    for preset in PRESETS:
        device = preset()
        loop = simulate_transient(
            device, typical_sweep(device.typical_drive, 1), initial_state=(0.0,)
        )
        assert np.abs(loop.current[loop.drive == 0.0]).max() == 0.0
        assert loop.state.max() > 0.8
    volts = torch.tensor([-0.7, -0.4, 0.1, 0.5], dtype=torch.float64, requires_grad=True)
    filament = torch.tensor([[0.2, 0.4, 0.6, 0.8]], dtype=torch.float64, requires_grad=True)
    device = volatile_milliseconds()
    for method in (device.current, device.state_rate):
        from_numpy = method(volts.detach().numpy(), filament.detach().numpy())
        assert method(volts, filament).detach().numpy() == pytest.approx(from_numpy, rel=1e-12)
    assert torch.autograd.gradcheck(lambda v, x: device.current(v, x) * 1e4, (volts, filament))
    assert torch.autograd.gradcheck(lambda v, x: device.state_rate(v, x) * 1e-4, (volts, filament))


def test_a_time_constant_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="relaxation_time"):
        volatile_switch(0.0)
