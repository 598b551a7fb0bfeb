from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from ohmloom.devices.memristors.linear_drift import (
    hp_27_nm,
    hp_85_nm,
    strukov_2008,
    strukov_2008_biolek,
    strukov_2008_joglekar,
    strukov_2008_prodromakis,
)
from ohmloom.devices.memristors.windows import JoglekarWindow
from ohmloom.devices.stimulus import typical_sweep, waveform
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import ms

PRESETS = [
    strukov_2008,
    strukov_2008_joglekar,
    strukov_2008_biolek,
    strukov_2008_prodromakis,
    hp_27_nm,
    hp_85_nm,
]
ONE_VOLT, START = np.array(1.0), np.array([0.1])
TIMES = np.array([0.1, 0.2, 0.5])


def test_the_border_crosses_the_film_in_ten_milliseconds_at_one_volt():
    # Strukov 2008: thickness^2 / (mobility * 1 V), the speed of a fully doped film.
    rate = strukov_2008().state_rate(ONE_VOLT, np.array([1.0 - 1e-12]))
    assert 1.0 / rate == pytest.approx(10 * ms)


def test_at_one_volt_the_state_follows_the_closed_form_worked_out_by_hand():
    reached = strukov_2008().advance(START, ONE_VOLT, TIMES)
    assert reached == pytest.approx([0.172278429, 0.251446289, 0.567621447], abs=5e-10)


def test_the_rate_with_a_window_of_joglekar_integrates_to_the_values_worked_out_elsewhere():
    device = replace(strukov_2008(), window=JoglekarWindow(exponent=1.0))
    solution = solve_ivp(
        lambda _, x: device.state_rate(ONE_VOLT, x),
        (0.0, 0.5),
        START,
        t_eval=TIMES,
        rtol=1e-11,
        atol=1e-13,
    )
    values = [0.128376834, 0.164795152, 0.348330704]
    assert solution.y[0] == pytest.approx(values, abs=5e-10)
    simulated = simulate_transient(
        device, waveform([0.0, 0.5], [1.0, 1.0]), initial_state=START, times=TIMES
    )
    assert simulated.state[0, :, 0] == pytest.approx(values, rel=1e-5)


@pytest.mark.parametrize(("voltage", "polarity"), [(1.0, 1.0), (-1.0, 1.0), (0.3, -1.0)])
def test_the_closed_form_is_what_the_rate_integrates_to_in_both_directions(voltage, polarity):
    device, start = replace(strukov_2008(), polarity=polarity), np.array([0.7])
    solution = solve_ivp(
        lambda _, x: device.state_rate(np.array(voltage), x),
        (0.0, 50 * ms),
        start,
        rtol=1e-11,
        atol=1e-13,
    )
    reached = device.advance(start, np.array(voltage), 50 * ms)
    assert reached == pytest.approx(solution.y[:, -1], rel=1e-9)
    assert (reached > start) == (voltage * polarity > 0)


def test_the_closed_form_stops_at_the_ends_and_keeps_a_state_without_voltage_to_the_last_bit():
    device, states = strukov_2008(), np.array([[0.0, 0.1, 1 / 3, 0.9, 1.0]])
    assert device.advance(states, ONE_VOLT, 100.0).tolist() == [[1.0] * 5]
    assert device.advance(states, -ONE_VOLT, 100.0).tolist() == [[0.0] * 5]
    assert device.advance(states, 0.0 * ONE_VOLT, 100.0).tolist() == states.tolist()


def test_the_closed_form_is_refused_with_a_window_and_backwards_in_time():
    with pytest.raises(InvalidInput, match="JoglekarWindow"):
        strukov_2008_joglekar().advance(START, ONE_VOLT, 1 * ms)
    with pytest.raises(InvalidInput, match="duration"):
        strukov_2008().advance(START, ONE_VOLT, -1 * ms)
    with pytest.raises(InvalidInput, match="duration"):
        strukov_2008().advance(START, ONE_VOLT, np.array([1 * ms, -1 * ms]))


def test_without_a_window_the_border_moves_inwards_only_at_an_end():
    device, ends = strukov_2008(), np.array([[0.0, 1.0]])
    # By hand: 1e4 ohm/s at 1 V, over 16 kohm and over 100 ohm.
    assert device.state_rate(ONE_VOLT, ends)[0].tolist() == [pytest.approx(0.625), 0.0]
    assert device.state_rate(-ONE_VOLT, ends)[0].tolist() == [0.0, pytest.approx(-100.0)]


def test_at_an_end_the_window_of_joglekar_holds_the_border_and_that_of_biolek_lets_it_go():
    end = np.array([1.0])
    assert strukov_2008_joglekar().state_rate(-ONE_VOLT, end) == 0.0
    assert strukov_2008_biolek().state_rate(-ONE_VOLT, end) == pytest.approx(-100.0)
    # The polarity turns the window along with the motion.
    turned = replace(strukov_2008_biolek(), polarity=-1.0)
    assert turned.state_rate(ONE_VOLT, end) == pytest.approx(-100.0)
    assert turned.state_rate(-ONE_VOLT, end) == 0.0


@pytest.mark.parametrize(
    ("preset", "ends", "rate"),
    [
        # By hand: mobility R_on / thickness^2 over the mean resistance; F(1/2) of each window.
        (strukov_2008, (16e3, 100.0), 1e4 / 8050),
        (strukov_2008_joglekar, (16e3, 100.0), 1e4 / 8050),
        (strukov_2008_biolek, (16e3, 100.0), 0.9375 * 1e4 / 8050),
        (strukov_2008_prodromakis, (16e3, 100.0), 0.4375 * 1e4 / 8050),
        (hp_27_nm, (100e3, 10e3), 1e-10 / 7.29e-16 / 55e3),
        (hp_85_nm, (10e3, 1e3), 2e-11 / 7.225e-15 / 5.5e3),
    ],
)
def test_presets_have_the_resistances_and_the_speed_of_their_tables(preset, ends, rate):
    device = preset()
    assert 1.0 / device.current(ONE_VOLT, np.array([[0.0, 1.0]])) == pytest.approx(ends)
    assert device.state_rate(ONE_VOLT, np.array([0.5])) == pytest.approx(rate)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_typical_drive_draws_a_pinched_loop(preset):
    device = preset()
    drive = device.typical_drive
    # Twice at half the amplitude in each half of the sweep, and at its zeros.
    times = drive.period * np.array([0.0, 1, 3, 4, 5, 7, 8]) / 8
    loop = simulate_transient(
        device, typical_sweep(drive, 1), initial_state=drive.initial_state, times=times
    )
    up, up_back, down, down_back = loop.current[[1, 2, 4, 5], 0]
    assert loop.current[[0, 3, 6], 0] == pytest.approx([0.0, 0.0, 0.0], abs=1e-18)
    assert up_back > 1.2 * up > 0
    assert down < 1.15 * down_back < 0


@pytest.mark.parametrize("preset", PRESETS)
def test_torch_sees_the_same_numbers_and_correct_slopes(preset):
    device = preset()
    voltage = torch.tensor([0.4, -0.3, 0.9, -1.2], dtype=torch.float64, requires_grad=True)
    state = torch.tensor([[0.05, 0.3, 0.45, 0.8]], dtype=torch.float64, requires_grad=True)
    for law in (device.current, device.state_rate):
        from_numpy = law(voltage.detach().numpy(), state.detach().numpy())
        assert law(voltage, state).detach().numpy() == pytest.approx(from_numpy, rel=1e-13)
        assert torch.autograd.gradcheck(law, (voltage, state))


def test_the_closed_form_has_correct_slopes_in_torch_also_where_it_stops_at_an_end():
    device = strukov_2008()
    voltage = torch.tensor([0.4, -0.3, 50.0, -50.0], dtype=torch.float64, requires_grad=True)
    state = torch.tensor([[0.05, 0.3, 0.45, 0.8]], dtype=torch.float64, requires_grad=True)
    from_numpy = device.advance(state.detach().numpy(), voltage.detach().numpy(), 50 * ms)
    assert from_numpy[0, 2:].tolist() == [1.0, 0.0]
    reached = device.advance(state, voltage, 50 * ms)
    assert reached.detach().numpy() == pytest.approx(from_numpy, rel=1e-13)
    assert torch.autograd.gradcheck(lambda v, x: device.advance(x, v, 50 * ms), (voltage, state))


def test_every_device_may_have_parameters_of_its_own():
    off = np.array([16e3, 10e3])
    device = replace(strukov_2008(), resistance_off=off, resistance_on=np.array([100.0, 200.0]))
    reached = device.advance(np.array([[0.1, 0.1]]), ONE_VOLT, 100 * ms)
    single = replace(strukov_2008(), resistance_off=10e3, resistance_on=200.0)
    assert reached[0, 0] == pytest.approx(0.172278429, abs=5e-10)
    assert reached[0, 1] == single.advance(START, ONE_VOLT, 100 * ms)[0]
