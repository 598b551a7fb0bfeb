from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.jart_vcm import cueppers_2019

DEVICE = cueppers_2019()
DENSITIES = np.array([0.008, 0.1, 1.0, 20.0]) * 1e26


def contact_excess(contact, voltage, concentration):
    """Emitted minus line current, with the line written the other way round: I from V by brentq."""
    drop = voltage - contact
    whole = DEVICE.disc_resistance(concentration) + DEVICE.plug_resistance()
    line = brentq(lambda i: i * (whole + DEVICE.series_resistance(i)) - drop, -1.0, 1.0, xtol=1e-18)
    temperature = DEVICE.temperature(np.array(voltage), np.array(line))
    contact, concentration = np.array(contact), np.array(concentration)
    return float(DEVICE.schottky_current(contact, temperature, concentration)) - line


def switching_time(voltage, start, end):
    """Integral of dN over its rate, by Gauss quadrature in ln N [s]."""
    points, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(np.log(start * 1e26), np.log(end * 1e26), 101)
    half = np.diff(edges)[:, None] / 2
    density = np.exp((edges[:-1, None] + half + half * points).ravel())
    rate = DEVICE.state_rate(np.full(density.shape, voltage), density[None])[0]
    return ((half * weights).ravel() * density / rate).sum()


@pytest.mark.parametrize(
    ("voltage", "currents"),
    [
        (0.2, [3.050748e-6, 3.046388e-5, 9.597982e-5, 1.235462e-4]),
        (0.5, [7.701341e-6, 7.670058e-5, 2.412551e-4, 3.091496e-4]),
        (-0.2, [-1.909712e-6, -2.862549e-5, -9.472757e-5, -1.258349e-4]),
        (-0.35, [-3.752771e-6, -4.933030e-5, -1.645125e-4, -2.200859e-4]),
        (-0.5, [-5.720641e-6, -6.797985e-5, -2.301751e-4, -3.130181e-4]),
    ],
)
def test_currents_are_those_of_an_independent_implementation_to_seven_digits(voltage, currents):
    found = DEVICE.current(np.full(4, voltage), DENSITIES[None])
    assert found == pytest.approx(currents, rel=5e-7, abs=0.0)


def test_reading_the_high_resistance_warms_the_filament_by_two_and_a_half_kelvin():
    voltage, state = np.array(0.2), np.array([0.008e26])
    temperature = DEVICE.temperature(voltage, DEVICE.current(voltage, state))
    assert temperature == pytest.approx(295.54, abs=0.005)


@pytest.mark.parametrize(
    ("voltage", "seconds", "digits"),
    [
        (-0.7, 3.6549e-4, 5),
        (-0.8, 1.01417e-5, 6),
        (-1.0, 2.20784e-8, 6),
        (-1.2, 2.57934e-10, 6),
        (0.7065, 25.7, 3),
        (1.0, 6.383e-3, 4),
        (1.3, 2.0035e-5, 5),
    ],
)
def test_set_and_reset_take_the_published_times(voltage, seconds, digits):
    time = switching_time(voltage, *((0.008, 10) if voltage < 0 else (19.9, 1)))
    assert f"{time:.{digits - 1}e}" == f"{seconds:.{digits - 1}e}"


def test_half_a_volt_makes_set_a_million_times_faster():
    assert switching_time(-0.7, 0.008, 10) / switching_time(-1.2, 0.008, 10) > 1e6


@pytest.mark.parametrize("voltage", [-1.3, -0.7, -0.05, 0.03, 0.8, 1.3])
@pytest.mark.parametrize("density", [0.008e26, 0.5e26, 20e26])
def test_the_contact_takes_the_voltage_that_a_bracketing_search_finds(voltage, density):
    # Beyond 0.07 V the forward contact has further solutions, see the next test.
    end = max(voltage, -1.3) if voltage < 0 else min(voltage, 0.07)
    wanted = brentq(contact_excess, 0.0, end, args=(voltage, density), xtol=1e-17)
    found = DEVICE.schottky_voltage(np.array(voltage), np.array(density))
    assert found == pytest.approx(wanted, rel=1e-11, abs=0.0)


def test_of_three_solutions_the_one_that_grows_out_of_zero_volt_is_taken():
    wrong = brentq(contact_excess, 0.09, 0.2, args=(0.2, 20e26))
    assert wrong == pytest.approx(0.123, abs=1e-3)
    voltage = np.linspace(1e-3, 2.0, 400)
    contact = DEVICE.schottky_voltage(voltage, np.full(400, 20e26))
    assert contact[40] < 0.01
    assert np.abs(np.diff(contact)).max() < 1e-3
    assert contact.max() < 0.02


def test_all_voltages_and_states_are_solved_to_rounding():
    voltage = np.geomspace(1e-9, 3.0, 40)[:, None] * np.array([-1.0, 1.0])
    voltage, density = np.meshgrid(voltage.ravel(), np.geomspace(0.002e26, 25e26, 40))
    contact = DEVICE.schottky_voltage(voltage, density)
    line = DEVICE.line_current(voltage - contact, density)
    temperature = DEVICE.temperature(voltage, line)
    emitted = DEVICE.schottky_current(contact, temperature, density)
    assert np.abs(emitted / line - 1).max() < 1e-10
    assert (contact * voltage > 0).all()
    assert (np.abs(contact) < np.abs(voltage)).all()


def test_the_line_takes_the_current_that_its_resistances_ask_for():
    current = np.array([-2e-3, -1e-5, 0.0, 1e-9, 3e-4, 2e-3])
    for device in (DEVICE, replace(DEVICE, line_temperature_coefficient=0.0)):
        resistance = device.disc_resistance(np.array(1e26)) + device.plug_resistance()
        drop = current * (resistance + device.series_resistance(current))
        assert device.line_current(drop, np.array(1e26)) == pytest.approx(
            current, rel=1e-13, abs=0.0
        )


def test_at_zero_volt_nothing_flows_and_nothing_moves():
    zero, state = np.zeros(4), DENSITIES[None]
    assert (DEVICE.current(zero, state) == 0).all()
    assert (DEVICE.state_rate(zero, state) == 0).all()


def test_it_is_a_passive_memristor_that_moves_inwards_at_its_bounds():
    assert isinstance(DEVICE, Memristor)
    assert not DEVICE.odd
    voltage = np.array([-1.3, -0.4, -1e-3, 1e-3, 0.4, 1.3])[:, None]
    assert (voltage * DEVICE.current(voltage, DENSITIES[None, None]) > 0).all()
    ends = np.broadcast_to([[[0.008e26, 20e26]]], (1, 6, 2))
    rate = DEVICE.state_rate(voltage + np.zeros(2), ends)[0]
    assert (rate[:3, 1] == 0).all()
    assert (rate[3:, 0] == 0).all()
    assert (rate[:3, 0] > 0).all()
    assert (rate[3:, 1] < 0).all()


def test_a_cell_does_not_depend_on_its_neighbours_and_may_have_its_own_parameters():
    rng = np.random.default_rng(1)
    many, states = rng.uniform(-1.5, 1.5, 300), np.exp(rng.uniform(54.9, 62.8, (1, 300)))
    parts = [DEVICE.current(many[k::60], states[:, k::60]) for k in range(60)]
    assert DEVICE.current(many, states).tolist() == np.stack(parts, axis=1).ravel().tolist()
    voltage = np.array([-1e-6, 0.2, 1.3, -0.5])
    together = DEVICE.current(voltage, DENSITIES[None])
    radii = np.array([40e-9, 45e-9, 50e-9, 45e-9])
    varied = replace(DEVICE, radius=radii).current(voltage, DENSITIES[None])
    assert varied[[1, 3]].tolist() == together[[1, 3]].tolist()
    assert (np.abs(varied / together - 1)[[0, 2]] > 0.01).all()


def test_torch_gives_the_numbers_of_numpy():
    voltage, state = np.array([-1.3, -0.2, 0.2, 0.9]), DENSITIES[None]
    tensors = torch.from_numpy(voltage), torch.from_numpy(state)
    for method in (DEVICE.current, DEVICE.state_rate):
        assert method(*tensors).numpy() == pytest.approx(method(voltage, state), rel=1e-11)


def test_derivatives_are_those_of_the_implicit_function():
    voltage = torch.tensor([-1.1, -0.3, 0.05, 0.2, 1.2], dtype=torch.float64, requires_grad=True)
    log_density = torch.log(torch.tensor([0.5e26, 0.1e26, 3e26, 0.01e26, 19e26]).double())
    barrier = torch.full((5,), 0.18, dtype=torch.float64, requires_grad=True)

    def microampere(voltage, log_density, barrier):
        device = replace(DEVICE, barrier_height=barrier)
        return 1e6 * device.current(voltage, torch.exp(log_density)[None])

    def decades(voltage, log_density, barrier):
        device = replace(DEVICE, barrier_height=barrier)
        return torch.log(abs(device.state_rate(voltage, torch.exp(log_density)[None])))

    arguments = (voltage, log_density.requires_grad_(), barrier)
    assert torch.autograd.gradcheck(microampere, arguments, rtol=1e-6, atol=1e-4)
    assert torch.autograd.gradcheck(decades, arguments, rtol=1e-5, atol=1e-4)


def test_derivatives_at_zero_volt_are_the_conductance_of_a_small_positive_voltage():
    voltage = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    state = torch.from_numpy(DENSITIES[None].copy()).requires_grad_()
    DEVICE.current(voltage, state).sum().backward()
    small = DEVICE.current(np.full(4, 1e-9), DENSITIES[None]) / 1e-9
    assert voltage.grad.numpy() == pytest.approx(small, rel=1e-6)
    assert (state.grad == 0).all()


def test_the_typical_drive_shows_a_pinched_loop():
    drive = DEVICE.typical_drive
    corners = np.array([0.0, 0.25, 0.75, 1.0]) * drive.period
    levels = np.array([0.0, drive.positive, -drive.negative, 0.0])
    ends = np.log([0.008e26, 20e26])

    def rate(time, log_density):
        density = np.exp(np.clip(log_density, *ends))
        voltage = np.interp(np.array([time]), corners, levels)
        return DEVICE.state_rate(voltage, density[None])[0] / density

    times, densities, start = [], [], np.log(drive.initial_state)
    for begin, end in pairwise(corners):
        moments = np.linspace(begin, end, 51)
        solved = solve_ivp(
            rate, (begin, end), start, method="LSODA", t_eval=moments, rtol=1e-5, atol=1e-6
        )
        start = solved.y[:, -1]
        times.append(moments)
        densities.append(np.exp(solved.y[0]))
    time, density = np.concatenate(times), np.concatenate(densities)
    current = DEVICE.current(np.interp(time, corners, levels), density[None])
    assert density.min() < 0.1e26
    assert density[-1] > 19e26
    there, back = np.searchsorted(time, [0.05 * drive.period, 0.45 * drive.period])
    assert current[there] > 5 * current[back] > 0
    assert abs(current[-1]) == 0
