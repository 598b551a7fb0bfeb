from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import brentq

from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.series_resistor import voltage_behind_resistor
from ohmloom.errors import SimulatorError
from ohmloom.si import kohm, mA, mV, nm, uA


@dataclass(frozen=True, kw_only=True)
class Diode:
    """A steep current, e-fold in 30 mV, scaled by the state."""

    sign: float = 1.0

    def current(self, voltage, state):
        return self.sign * state[0] * 1 * uA * np.sinh(voltage / (30 * mV))


def test_a_steep_device_takes_the_voltage_that_brentq_finds():
    drive = np.array([-1.2, -0.3, -1e-9, 1e-6, 0.05, 0.4, 1.5])
    state = np.array([[1.0, 3.0, 0.2, 1.0, 5.0, 0.01, 1.0]])
    found = voltage_behind_resistor(Diode(), drive, state, 2 * kohm)
    for d, s, v in zip(drive, state[0], found, strict=True):

        def missing(v, d=d, s=s):
            return v + 2 * kohm * Diode().current(v, [s]) - d

        exact = brentq(missing, min(d, 0.0), max(d, 0.0), xtol=1e-300, rtol=1e-15)
        assert v == pytest.approx(exact, abs=1e-12 * abs(d), rel=0)


def test_a_resistor_divides_the_drive_in_proportion_whatever_the_guess():
    drive, state = np.linspace(-2, 2, 9)[:, None], np.array([[[0.0, 1.5 * nm, 3 * nm]]])
    device = np.array([50.0, 525.0, 1000.0])
    exact = drive * device / (device + 100.0)
    for guess in (None, np.full((9, 3), 0.01), np.full((9, 3), -1.0)):
        found = voltage_behind_resistor(kvatinsky_2015(), drive, state, 100.0, guess=guess)
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=0)
    resistors = np.array([0.0, 10.0, 1e9])
    found = voltage_behind_resistor(kvatinsky_2015(), drive, state, resistors)
    np.testing.assert_allclose(found, drive * device / (device + resistors), rtol=1e-12, atol=0)


def test_a_current_that_saturates_does_not_throw_the_search_out_of_its_bracket():
    class Saturating:
        def current(self, voltage, state):
            return 1 * mA * state[0] * np.tanh(voltage / (10 * mV))

    found = voltage_behind_resistor(
        Saturating(), np.array([0.5, -0.9]), np.ones((1, 2)), 1 * kohm, guess=np.array([0.5, -0.01])
    )
    for drive, v in zip((0.5, -0.9), found, strict=True):
        exact = brentq(
            lambda v, drive=drive: v + np.tanh(v / 0.01) - drive, -1, 1, xtol=1e-300, rtol=1e-15
        )
        assert v == pytest.approx(exact, rel=1e-11)


def test_a_device_without_a_solution_is_named():
    state = np.ones((1, 3))
    state[0, 1] = np.nan
    with pytest.raises(SimulatorError, match=r"0\.5 V does not divide .* at \(1,\)"):
        voltage_behind_resistor(Diode(), np.full(3, 0.5), state, 1 * kohm)
