import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.jart_fast import JartFast, NtinasFit, YuReadFit, ntinas_2024
from ohmloom.devices.memristors.jart_vcm import cueppers_2019
from ohmloom.errors import ModelRangeWarning

DEVICE = ntinas_2024()
DENSITIES = np.array([0.004, 0.008, 0.1, 1.0, 20.0, 22.0]) * 1e26


def deviation(voltage, density):
    """Of the fit of Ntinas et al. from the implicit solution, over that."""
    voltage, density = np.meshgrid(voltage, density)
    return (
        DEVICE.current(voltage, density[None]) / DEVICE.physics.current(voltage, density[None]) - 1
    )


def test_the_read_fit_of_yu_deviates_from_the_implicit_solution_as_stated():
    density = np.array([0.008, 0.1, 1.0, 20.0]) * 1e26
    fit = YuReadFit().current(np.full(4, 0.2), density)
    exact = cueppers_2019().current(np.full(4, 0.2), density[None])
    assert 100 * (fit / exact - 1) == pytest.approx([-7.4, -5.1, 2.1, 3.2], abs=0.05)


def test_the_read_fit_warns_outside_its_range_and_is_silent_inside():
    fit, density = YuReadFit(), np.array([1e26])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit.current(np.array([0.0, 0.5]), density)
    for voltage in (-0.1, 0.6):
        with pytest.warns(ModelRangeWarning, match="outside 0 to 500 mV"):
            fit.current(np.array([voltage]), density)


def test_the_fit_of_ntinas_agrees_with_the_implicit_solution_as_stated():
    voltage = np.array([-1.5, -1.3, -1.0, -0.7, -0.5, -0.35, -0.2, 0.2, 0.35, 0.5, 0.8, 1.3, 1.5])
    assert np.abs(deviation(voltage, [0.1e26, 1e26, 10e26, 20e26, 22e26])).max() < 0.034
    at_low = deviation([-0.2, -0.35], [0.008e26])
    assert (np.abs(at_low) > 0.08).all()  # 8-10 % at N = 0.008
    assert np.abs(deviation(voltage, [0.004e26, 0.008e26])).max() < 0.105
    assert deviation([-0.01], [0.004e26]) == pytest.approx(0.81, abs=0.01)


def test_the_range_of_concentrations_is_that_of_the_library():
    (variable,) = DEVICE.state_variables
    assert (variable.lowest, variable.highest) == (0.004e26, 22e26)
    assert variable.logarithmic


def test_drift_is_that_of_the_physical_model_at_the_current_of_the_fit():
    # A fit that is the solution itself leaves the physical model unchanged.
    class Exact:
        def current(self, voltage, concentration):
            return cueppers_2019().current(voltage, concentration[None])

    same = JartFast(current_fit=Exact(), physics=cueppers_2019())
    voltage, state = np.array([-1.3, -0.2, 0.4, 1.3]), np.array([[0.01, 5.0, 3.0, 19.0]]) * 1e26
    wanted = cueppers_2019().state_rate(voltage, state)
    assert same.state_rate(voltage, state) == pytest.approx(wanted, rel=1e-12)
    fast = replace(DEVICE, physics=cueppers_2019()).state_rate(voltage, state)
    assert fast == pytest.approx(wanted, rel=0.3)
    assert (np.abs(fast / wanted - 1) > 1e-4).all()


def test_at_zero_volt_nothing_flows_and_nothing_moves():
    zero = np.zeros(6)
    assert (DEVICE.current(zero, DENSITIES[None]) == 0).all()
    assert (YuReadFit().current(zero, DENSITIES) == 0).all()
    assert (DEVICE.state_rate(zero, DENSITIES[None]) == 0).all()


def test_it_is_a_passive_memristor_that_moves_inwards_at_its_bounds():
    assert isinstance(DEVICE, Memristor)
    assert not DEVICE.odd
    voltage = np.array([-3.0, -1.3, -1e-6, 1e-6, 1.3, 3.0])[:, None]
    density = np.geomspace(0.004e26, 22e26, 50)
    current = DEVICE.current(voltage, density[None, None])
    assert (voltage * current > 0).all()
    # Nor does it cool itself: what the line leaves to the cell is not negative.
    assert (DEVICE.physics.temperature(voltage, current) >= 293).all()
    ends = np.broadcast_to([[[0.004e26, 22e26]]], (1, 6, 2))
    rate = DEVICE.state_rate(voltage + np.zeros(2), ends)[0]
    assert (rate[:3, 1] == 0).all()
    assert (rate[3:, 0] == 0).all()


def test_torch_gives_the_numbers_of_numpy():
    voltage = np.array([-1.3, -0.2, 0.0, 0.2, 0.9, 1.3])
    tensors = torch.from_numpy(voltage), torch.from_numpy(DENSITIES[None].copy())
    for method in (DEVICE.current, DEVICE.state_rate):
        assert method(*tensors).numpy() == pytest.approx(method(voltage, DENSITIES[None]), rel=1e-9)


def test_derivatives_are_right_and_finite_at_zero_volt():
    voltage = torch.tensor([-1.1, -0.3, 0.2, 1.2], dtype=torch.float64, requires_grad=True)
    density = torch.tensor([0.5, 0.1, 3.0, 19.0], dtype=torch.float64, requires_grad=True)

    def microampere(voltage, density):
        return tuple(1e6 * f.current(voltage, density * 1e26) for f in (NtinasFit(),))

    assert torch.autograd.gradcheck(microampere, (voltage, density), rtol=1e-6, atol=1e-4)
    assert torch.autograd.gradcheck(
        lambda v, n: 1e6 * YuReadFit().current(v, n * 1e26), (voltage[2:3] + 0.0, density[2:3])
    )
    still = torch.zeros(4, dtype=torch.float64, requires_grad=True)
    DEVICE.current(still, density[None] * 1e26).sum().backward()
    assert torch.isfinite(still.grad).all()
    assert (density.grad == 0).all()


def test_the_typical_drive_shows_a_pinched_loop():
    drive = DEVICE.typical_drive
    corners = np.array([0.0, 0.25, 0.75, 1.0]) * drive.period
    levels = np.array([0.0, drive.positive, -drive.negative, 0.0])
    ends = np.log([0.004e26, 22e26])

    def rate(time, log_density):
        density = np.exp(np.clip(log_density, *ends))
        voltage = np.interp(np.array([time]), corners, levels)
        return DEVICE.state_rate(voltage, density[None])[0] / density

    start, density = np.log(drive.initial_state), []
    for begin, end in pairwise(corners):
        moments = np.linspace(begin, end, 51)
        solved = solve_ivp(
            rate, (begin, end), start, method="LSODA", t_eval=moments, rtol=1e-5, atol=1e-6
        )
        start = solved.y[:, -1]
        density.append(np.exp(solved.y[0]))
    there, back, density = density[0][10], density[1][10], np.concatenate(density)
    small = np.full(2, 0.2 * drive.positive)
    current = DEVICE.current(small, np.array([[there, back]]))
    assert density.min() < 0.1e26
    assert density[-1] > 19e26
    assert current[0] > 5 * current[1] > 0
