import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from ohmloom.devices.memristors.messaris import messaris_2018, messaris_2021
from ohmloom.devices.stimulus import typical_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, ns, us

PRESETS = (messaris_2018, messaris_2021)


@pytest.mark.parametrize(
    ("voltage", "start", "duration", "end"),
    [
        (1.0, 3000.0, 1 * us, 2640.888217),
        (1.0, 3000.0, 1 * ms, 2027.966935),
        (-1.0, 1600.0, 1 * us, 1609.321575),
        (-1.0, 1600.0, 1 * ms, 2096.346215),
        (-1.2, 2000.0, 10 * us, 2052.956914),
    ],
)
def test_pulses_end_where_they_were_worked_out_by_hand(voltage, start, duration, end):
    reached = messaris_2021().advance(np.array([start]), np.array(voltage), duration)
    assert reached[0] == pytest.approx(end, abs=5e-7)


@pytest.mark.parametrize(
    ("voltage", "start", "duration", "end"),
    [
        (1.0, 2000.0, 1 * ms, 13803.310791),
        (1.0, 2000.0, 1 * us, 2754.5327253),
        (0.5, 9000.0, 1 * ms, 9763.52099337),
        (-1.0, 9000.0, 1 * us, 8998.69306636),
        (-1.0, 17000.0, 1 * ns, 16984.6535123),
        (-1.5, 17000.0, 1e-15, 16973.9724642),
        (-0.9, 12000.0, 1 * ms, 10853.4320885),
    ],
)
def test_pulses_of_2018_end_where_the_closed_form_has_them_to_sixty_digits(
    voltage, start, duration, end
):
    reached = messaris_2018().advance(np.array([start]), np.array(voltage), duration)
    assert reached[0] == pytest.approx(end, abs=5e-6)


def test_a_pulse_of_no_duration_changes_nothing_however_far_the_limit_is():
    # At -2 V the limit is 35081 ohm away: e^-41 beside 1 is lost, and its logarithm was infinite.
    for preset in PRESETS:
        start = np.array([preset().highest])
        for volts in (-10.0, -2.0, -1.5, 1.0):
            assert preset().advance(start, np.array(volts), 0.0) == start
    volts = torch.tensor([-2.0], dtype=torch.float64, requires_grad=True)
    start = torch.tensor([[17000.0]], dtype=torch.float64, requires_grad=True)
    messaris_2018().advance(start, volts, 0.0).sum().backward()
    assert torch.isfinite(volts.grad).all()
    assert start.grad.item() == pytest.approx(1.0)


def test_currents_are_those_worked_out_by_hand():
    # .32046175 sinh(1.35844914) / 2000 and .24 sinh(1.5) / 5000.
    half = np.array(0.5)
    assert messaris_2021().current(half, np.array([2000.0])) == pytest.approx(2.910671e-4, rel=2e-7)
    assert messaris_2018().current(half, np.array([5000.0])) == pytest.approx(1.022054e-4, rel=2e-7)


def test_time_does_not_run_backwards():
    with pytest.raises(InvalidInput, match="duration"):
        messaris_2021().advance(np.array([2000.0]), np.array(1.0), -1 * ns)


def test_a_closed_gate_keeps_the_resistance():
    # At 0.9 V the limit is 2093.6 ohm. MemTorch looks at the resistance after the pulse, and its
    # closed form jumps through its pole to 2095.29 ohm.
    device, below = messaris_2021(), np.array([2000.0])
    assert device.advance(below, np.array(0.9), 1 * ms) == 2000.0
    assert device.state_rate(np.array(0.9), below) == 0.0
    above = np.array([2200.0])
    assert 2093.6 < device.advance(above, np.array(0.9), 1 * ms)[0] < 2200.0


@pytest.mark.parametrize("preset", PRESETS)
def test_the_closed_forms_solve_the_equation(preset):
    device = preset()
    (variable,) = device.state_variables
    middle = 0.5 * (variable.lowest + variable.highest)
    moved = 0
    for volts in (-1.1, -0.9, 0.7, 1.0):
        for duration in (1 * us, 100 * us):
            solved = solve_ivp(
                lambda _, r, v=volts: device.state_rate(np.array(v), r[None])[0],
                (0.0, duration),
                [middle],
                method="LSODA",
                rtol=1e-11,
                atol=1e-9,
            )
            reached = device.advance(np.array([middle]), np.array(volts), duration)
            assert reached == pytest.approx(solved.y[:, -1], rel=1e-8)
            moved += bool(abs(reached[0] - middle) > 1.0)
    assert moved >= 3


def test_the_form_of_2018_rises_with_positive_and_that_of_2021_with_negative_voltage():
    for device, sign in ((messaris_2018(), 1), (messaris_2021(), -1)):
        (variable,) = device.state_variables
        middle = np.array([0.5 * (variable.lowest + variable.highest)])
        assert sign * device.state_rate(np.array(1.2), middle)[0] > 0
        assert sign * device.state_rate(np.array(-1.2), middle)[0] < 0
        assert device.state_rate(np.array(0.0), middle) == 0.0


def test_the_limit_of_2018_bounds_the_resistance_by_hand():
    # r(-1 V) = 29304.82557 - 23692.77225 = 5612.05332 ohm.
    reached = messaris_2018().advance(np.array([9000.0]), np.array(-1.0), 100.0)
    assert reached[0] == pytest.approx(5612.05332)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_loop_is_pinched_and_torch_agrees(preset):
    device = preset()
    loop = simulate_transient(
        device,
        typical_sweep(device.typical_drive, 1),
        initial_state=device.typical_drive.initial_state,
    )
    assert np.abs(loop.current[loop.drive == 0.0]).max() == 0.0
    (variable,) = device.state_variables
    assert np.ptp(loop.state) > 0.2 * (variable.highest - variable.lowest)
    volts = torch.tensor([-1.3, -0.9, 0.6, 1.1], dtype=torch.float64, requires_grad=True)
    share = torch.tensor([[0.3, 0.5, 0.6, 0.7]], dtype=torch.float64, requires_grad=True)

    for method in (device.current, device.state_rate):
        resistance = variable.lowest + share.detach() * (variable.highest - variable.lowest)
        from_numpy = method(volts.detach().numpy(), resistance.numpy())
        assert method(volts.detach(), resistance).numpy() == pytest.approx(from_numpy, rel=1e-12)

        def scaled(volts, share, method=method):
            resistance = variable.lowest + share * (variable.highest - variable.lowest)
            return method(volts, resistance)

        largest = float(abs(scaled(volts, share)).max().detach())
        assert torch.autograd.gradcheck(
            lambda v, s, scaled=scaled, largest=largest: scaled(v, s) / largest, (volts, share)
        )
