"""What every memristor of the catalogue obeys."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from ohmloom.devices.catalogue import MEMRISTORS
from ohmloom.devices.memristor import Memristor, StateBounds
from ohmloom.devices.stimulus_response import respond
from ohmloom.si import ns

VOLTAGES = np.array([-1.5, -0.7, -0.31, -0.05, 0.011, 0.3, 0.9, 1.4])


@pytest.fixture(params=sorted(MEMRISTORS))
def device(request):
    return MEMRISTORS[request.param]()


def states(device, shares):
    bounds = device.state_bounds
    return bounds.lowest + (bounds.highest - bounds.lowest) * shares


def is_passive(device):
    voltage = VOLTAGES[:, None]
    return bool((voltage * device.current(voltage, states(device, np.linspace(0, 1, 9))) > 0).all())


def moves_outwards(device):
    bounds = device.state_bounds
    down = device.state_rate(VOLTAGES, np.full(VOLTAGES.shape, bounds.lowest)) < 0
    up = device.state_rate(VOLTAGES, np.full(VOLTAGES.shape, bounds.highest)) > 0
    return bool(down.any() or up.any())


@dataclass(frozen=True)
class Unlawful:
    """A battery that drives its state out of bounds: the negative control of these laws."""

    state_bounds: StateBounds

    def current(self, voltage, state):
        return voltage * state + 0.1

    def state_rate(self, voltage, state):
        return voltage + 0.0 * state


UNLAWFUL = Unlawful(state_bounds=StateBounds(lowest=0.0, highest=1.0))


def test_every_entry_is_a_memristor(device):
    assert isinstance(device, Memristor)


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        MEMRISTORS["other"] = MEMRISTORS["kvatinsky_2015"]


def test_zero_volt_drives_no_current(device):
    g = states(device, np.linspace(0, 1, 9))
    assert (device.current(np.zeros(9), g) == 0).all()
    assert (UNLAWFUL.current(np.zeros(9), g) != 0).all()


def test_current_flows_with_the_voltage(device):
    assert is_passive(device)
    assert not is_passive(UNLAWFUL)


def test_at_its_bounds_the_state_moves_inwards_only(device):
    assert not moves_outwards(device)
    assert moves_outwards(UNLAWFUL)


def test_a_wild_drive_leaves_the_state_within_its_bounds(device):
    drive = np.random.default_rng(1).uniform(-1.5, 1.5, 60)
    response = respond(
        device,
        time=np.linspace(0, 600 * ns, 60),
        voltage=drive,
        initial_state=float(states(device, 0.5)),
    )
    bounds = device.state_bounds
    assert (response.state >= bounds.lowest).all()
    assert (response.state <= bounds.highest).all()
    assert np.ptp(response.state) > 0.5 * (bounds.highest - bounds.lowest)


def test_torch_gives_the_numbers_of_numpy(device):
    voltage, state = VOLTAGES[:, None], states(device, np.linspace(0, 1, 9))
    for method in (device.current, device.state_rate):
        in_torch = method(torch.tensor(voltage), torch.tensor(state))
        assert isinstance(in_torch, torch.Tensor)
        np.testing.assert_allclose(in_torch.numpy(), method(voltage, state), rtol=1e-12)


def test_gradients_agree_with_finite_differences(device):
    voltage = torch.tensor(VOLTAGES, requires_grad=True)
    share = torch.linspace(0.1, 0.9, len(VOLTAGES), dtype=torch.float64, requires_grad=True)
    for method in (device.current, device.state_rate):
        scale = float(np.abs(method(VOLTAGES, states(device, np.full(8, 0.5)))).max())

        def scaled(voltage, share, method=method, scale=scale):
            return method(voltage, states(device, share)) / scale

        assert torch.autograd.gradcheck(scaled, (voltage, share))
