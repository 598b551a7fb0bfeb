from dataclasses import replace

import numpy as np
import pytest
import torch

from ohmloom.devices.statistics.cell_current import milo_2021_current
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import uS

G = np.array([62.5, 80.0, 110.0]) * uS


def test_the_current_is_the_cubic_of_the_reference():
    for voltage in (0.1, 0.3, 0.5):
        y = np.log10(G)
        # numpy's polynomials, highest power first as in the reference.
        square = np.polyval([1.388e-4, 1.541e-3, 5.711e-3, 7.063e-3], y)
        cube = np.polyval([8.8710e-5, 6.7919e-4, 1.2968e-3], y)
        current = milo_2021_current().current(np.array(voltage), G)
        assert current == pytest.approx(G * voltage + square * voltage**2 + cube * voltage**3)


def test_a_cell_is_ohmic_at_small_voltage_and_rises_with_it_through_the_range():
    model, voltage = milo_2021_current(), np.linspace(0.0, 0.5, 51)[:, None]
    current = model.current(voltage, G)
    assert (current[0] == 0).all()
    assert (np.diff(current, axis=0) > 0).all()
    assert model.current(np.array(1e-4), G) / 1e-4 == pytest.approx(G, rel=1e-4)
    # Negative control: at the end of the range the cubic can be told from a straight line.
    assert (abs(current[-1] / (0.5 * G) - 1) > 0.01).all()


def test_torch_gives_the_currents_of_numpy_and_the_conductance_as_their_slope():
    voltage = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    current = milo_2021_current().current(voltage, torch.tensor(G))
    (slope,) = torch.autograd.grad(current.sum(), voltage)
    np.testing.assert_allclose(slope.numpy(), G, rtol=1e-12)


def test_what_was_not_measured_is_named_in_a_warning():
    model = milo_2021_current()
    with pytest.warns(
        ModelRangeWarning, match="-100 to -100 mV leave the measured range of 0 to 5"
    ):
        model.current(np.array(-0.1), G)
    with pytest.warns(ModelRangeWarning, match="0 to 500 mV"):
        model.current(np.array(0.6), G)
    with pytest.warns(ModelRangeWarning, match=r"200 to 200 uS leave the measured range of 62.5"):
        model.current(np.array(0.1), np.array(200 * uS))
    with pytest.raises(InvalidInput, match="range must rise"):
        replace(model, lowest=0.0)
