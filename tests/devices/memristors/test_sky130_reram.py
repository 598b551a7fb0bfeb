import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.sky130_reram import sky130_reram
from ohmloom.si import kelvin, nm, ns, uA, uS, us

CELL = sky130_reram()
SCALE = np.array([nm, kelvin])
CORNERS = np.array([0.0, 0.25, 0.5, 0.75, 1.0]) * us


def source(time):
    return np.interp(time, CORNERS, [0.0, 1.8, 0.0, -1.8, 0.0])


def across_the_cell(time, state):
    """Voltage of the cell behind 1 kohm, by bracketing [V]."""
    whole = source(time)
    if whole == 0.0:
        return np.array(0.0)
    return np.array(
        brentq(
            lambda v: v + 1e3 * float(CELL.current(np.array(v), state)) - whole,
            min(whole, 0.0),
            max(whole, 0.0),
            xtol=1e-13,
        )
    )


@pytest.fixture(scope="module")
def sweep():
    """The reference run: 3.8 nm, triangle of 1.8 V over 1 kohm in 1 us; LSODA, piece by piece."""
    start, time, states = np.array(CELL.typical_drive.initial_state) / SCALE, [], []
    for begin, end in pairwise(CORNERS):
        solved = solve_ivp(
            lambda t, y: CELL.state_rate(across_the_cell(t, y * SCALE), y * SCALE) / SCALE,
            (begin, end),
            start,
            method="LSODA",
            rtol=1e-7,
            atol=[1e-8, 1e-5],
            dense_output=True,
        )
        start = solved.y[:, -1]
        # The runaway is over in a nanosecond: the steps of the integrator show it best.
        moments = np.union1d(np.linspace(begin, end, 501), solved.t)
        time.append(moments)
        states.append(solved.sol(moments))
    time, states = np.concatenate(time), np.concatenate(states, axis=1)
    current = np.array(
        [
            float(CELL.current(across_the_cell(t, y * SCALE), y * SCALE))
            for t, y in zip(time, states.T, strict=True)
        ]
    )
    return {"time": time, "length": states[0], "temperature": states[1], "current": current}


def test_set_runs_away_at_the_moment_of_the_reference_run(sweep):
    crossing = np.interp(
        4.5, sweep["length"][: sweep["length"].argmax()], sweep["time"][: sweep["length"].argmax()]
    )
    assert crossing / ns == pytest.approx(243.38, rel=1e-4)


def test_currents_and_temperature_peak_where_the_reference_run_peaks(sweep):
    current = sweep["current"]
    assert current.max() / uA == pytest.approx(531.42, rel=2e-5)
    assert sweep["time"][current.argmax()] / ns == pytest.approx(250.0)
    assert current.min() / uA == pytest.approx(-386.75, rel=2e-5)
    assert sweep["time"][current.argmin()] / ns == pytest.approx(712.9, abs=0.5)
    assert sweep["temperature"].max() == pytest.approx(786.39, rel=2e-5)


def test_the_filament_ends_as_long_as_in_the_reference_run_and_within_its_bounds(sweep):
    after_set = sweep["length"][np.searchsorted(sweep["time"], 0.5 * us)]
    assert after_set == pytest.approx(4.99768, rel=2e-6)
    assert sweep["length"][-1] == pytest.approx(3.67714, rel=2e-6)
    bounds, _ = CELL.state_variables
    # The stops let it creep about five widths beyond 4.9 nm; the bounds leave room for ten.
    assert 4.9 < sweep["length"].max() < bounds.highest / nm
    assert bounds.highest / nm == pytest.approx(5.1)


def test_the_typical_drive_shows_a_pinched_loop(sweep):
    there, back = np.searchsorted(sweep["time"], [125 * ns, 375 * ns])
    assert sweep["current"][back] > 20 * sweep["current"][there] > 0
    assert np.abs(sweep["current"][np.isin(sweep["time"], CORNERS[::2])]).max() == 0
    drive = CELL.typical_drive
    assert (drive.positive, drive.negative, drive.period) == (1.8, 1.8, 1 * us)


def test_reading_gives_the_conductances_of_the_two_ends():
    read = np.full(2, 0.1)
    conductance = CELL.current(read, np.array([[4.9 * nm, 3.3 * nm], [300.0, 300.0]])) / read
    assert conductance / uS == pytest.approx([100.0, 0.298], rel=2e-3)
    assert conductance[0] / conductance[1] == pytest.approx(336, rel=2e-3)


def test_the_filament_warms_as_a_single_thermal_pole():
    voltage, power_rise = np.array(0.5), 0.23 * ns / 3.1825e-16
    state = np.array([4.5 * nm, 300.0])
    steady = 300.0 + 0.5 * float(CELL.current(voltage, state)) * power_rise
    warm = np.array([4.5 * nm, steady])
    assert CELL.state_rate(voltage, warm)[1] == pytest.approx(0.0, abs=1e-3 / ns)
    off = CELL.state_rate(np.array(0.0), np.array([4.5 * nm, 400.0]))[1]
    assert off == pytest.approx(-100.0 / (0.23 * ns))


def test_far_from_its_stops_the_filament_grows_with_the_two_rates_written_by_hand():
    thermal = 8.617333262e-5 * 700.0
    push = (16.5 - 1.25 * 0.9**3) * 0.25 / 5.0 * 0.8
    wanted = 150.0 * (math.exp((-1.501 + push) / thermal) - math.exp((-1.5 - push) / thermal))
    found = CELL.state_rate(np.array(0.8), np.array([4.1 * nm, 700.0]))[0]
    assert found == pytest.approx(wanted, rel=1e-8)


def test_at_zero_volt_no_current_flows_and_a_cold_filament_keeps_its_length_for_ten_years():
    state = np.array([4.1 * nm, 300.0])
    assert CELL.current(np.array(0.0), state) == 0
    length, temperature = CELL.state_rate(np.array(0.0), state)
    assert temperature == 0
    assert -1e-15 < length * 3.2e8 < 0


def test_it_is_a_passive_memristor_that_moves_inwards_at_its_bounds():
    assert isinstance(CELL, Memristor)
    assert CELL.odd
    length, temperature = CELL.state_variables
    voltage = np.array([-3.0, -1.0, 1.0, 3.0])
    for ends, wrong in (
        ((length.lowest, temperature.lowest), -1),
        ((length.highest, temperature.highest), 1),
    ):
        state = np.broadcast_to(np.array(ends)[:, None], (2, 4))
        assert (voltage * CELL.current(voltage, state) > 0).all()
        assert (wrong * CELL.state_rate(voltage, state) <= 0).all()
    inside = np.broadcast_to(np.array([[3.8 * nm], [600.0]]), (2, 4))
    assert (np.sign(CELL.state_rate(voltage, inside)[0]) == np.sign(voltage)).all()


def test_stops_are_parameters_and_every_cell_may_have_its_own():
    cells = replace(CELL, stop_width=np.array([0.02, 0.004]) * nm)
    wanted = pytest.approx((1 + math.e) / (1 + math.exp(5)), rel=1e-3)
    for voltage, length in ((1.0, 4.92 * nm), (-1.5, 3.28 * nm)):
        state = np.array([[length] * 2, [700.0] * 2])
        soft, sharp = cells.state_rate(np.full(2, voltage), state)[0]
        # One width beyond the end the first keeps 1 / (1 + e), the second is five widths beyond.
        assert sharp / soft == wanted


def test_torch_gives_the_numbers_of_numpy():
    voltage = np.array([-1.5, 0.4, 1.0])
    state = np.array([[3.5 * nm, 4.4 * nm, 4.93 * nm], [400.0, 300.0, 800.0]])
    tensors = torch.from_numpy(voltage), torch.from_numpy(state)
    for method in (CELL.current, CELL.state_rate):
        assert method(*tensors).numpy() == pytest.approx(method(voltage, state), rel=1e-11)


def test_derivatives_are_right():
    voltage = torch.tensor([-0.9, 0.4, 0.7], dtype=torch.float64, requires_grad=True)
    state = torch.tensor([[3.5, 4.4, 4.93], [4.0, 3.5, 6.0]], dtype=torch.float64)
    scale = torch.tensor([[nm], [100.0]], dtype=torch.float64)
    rates = torch.tensor([[1e3], [1e-10]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda v, y: (1e6 * CELL.current(v, y * scale), rates * CELL.state_rate(v, y * scale)),
        (voltage, state.requires_grad_()),
        rtol=1e-5,
    )
