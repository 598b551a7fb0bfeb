import numpy as np
import pytest
import torch
from scipy import constants

from ohmloom.devices.ageing.arrhenius import Arrhenius
from ohmloom.errors import InvalidInput
from ohmloom.si import eV, hour, kelvin

PROCESS = Arrhenius(activation_energy=1.1 * eV, reference_temperature=300 * kelvin)


def test_the_acceleration_is_the_ratio_of_two_boltzmann_factors():
    in_ev = constants.k / constants.e
    for temperature in (250.0, 300.0, 358.15, 523.15):
        theirs = np.exp(-1.1 / (in_ev * temperature)) / np.exp(-1.1 / (in_ev * 300.0))
        assert PROCESS.acceleration(temperature) == pytest.approx(theirs, rel=1e-6)


def test_the_slope_of_the_arrhenius_plot_is_the_activation_energy():
    temperature = np.array([320.0, 420.0])
    rise = np.diff(np.log(PROCESS.acceleration(temperature))) / np.diff(1 / temperature)
    assert -constants.k * rise / constants.e == pytest.approx([1.1])


def test_at_the_reference_temperature_time_is_time_and_in_the_cold_it_stands_still():
    assert PROCESS.equivalent_time(2 * hour, 300 * kelvin) == 2 * hour
    assert PROCESS.equivalent_time(2 * hour, 280 * kelvin) < 0.1 * hour


def test_two_hot_times_add_and_every_device_may_have_its_own_energy():
    twice = 2 * PROCESS.equivalent_time(1 * hour, 400.0)
    assert PROCESS.equivalent_time(2 * hour, 400.0) == pytest.approx(twice)
    each = Arrhenius(
        activation_energy=np.array([1.0, 1.1]) * eV, reference_temperature=300 * kelvin
    )
    assert each.acceleration(400.0)[1] == pytest.approx(PROCESS.acceleration(400.0))


def test_torch_gives_the_acceleration_of_numpy_and_its_gradient():
    temperature = torch.tensor([280.0, 310.0], dtype=torch.float64, requires_grad=True)
    expected = PROCESS.acceleration(np.array([280.0, 310.0]))
    assert PROCESS.acceleration(temperature).tolist() == pytest.approx(expected.tolist())
    assert torch.autograd.gradcheck(PROCESS.acceleration, (temperature,))


def test_temperatures_and_energies_that_cannot_be_are_refused():
    with pytest.raises(InvalidInput, match="temperature"):
        PROCESS.acceleration(np.array([300.0, 0.0]))
    with pytest.raises(InvalidInput, match="temperature"):
        PROCESS.acceleration(-1.0)
    with pytest.raises(InvalidInput, match="activation_energy"):
        Arrhenius(activation_energy=-1 * eV, reference_temperature=300.0)
    with pytest.raises(InvalidInput, match="reference_temperature"):
        Arrhenius(activation_energy=1 * eV, reference_temperature=0.0)
