import numpy as np
import pytest

from ohmloom.devices.stimulus_response import respond
from ohmloom.devices.vteam import kvatinsky_2015
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import nm, ns


def test_a_constant_voltage_gives_the_closed_form():
    device, time = kvatinsky_2015(), np.linspace(0.0, 160 * ns, 33)
    # The film ends after 122.449 ns, inside a stretch.
    response = respond(device, time=time, voltage=np.ones(33), initial_state=0.0)
    exact = device.advance(np.array(0.0), np.array(1.0), time)
    assert response.state == pytest.approx(exact, abs=1e-6 * 3 * nm)
    assert response.current == pytest.approx(1.0 / (50 + 950 * exact / (3 * nm)), rel=1e-5)
    # Negative control: one percent more voltage would be noticed.
    other = respond(device, time=time, voltage=np.full(33, 1.01), initial_state=0.0)
    assert other.state != pytest.approx(exact, abs=1e-6 * 3 * nm)


def test_a_ramp_gives_the_integral_of_the_rate():
    # dx/dt = 5e-4 (v/.02 - 1) with v = t/T volt: x = 5e-4 T ((v^2 - .02^2)/.04 - (v - .02)).
    ramp = 100 * ns
    response = respond(
        kvatinsky_2015(),
        time=np.array([0.0, ramp]),
        voltage=np.array([0.0, 1.0]),
        initial_state=0.0,
    )
    exact = 5e-4 * ramp * ((1 - 0.02**2) / 0.04 - (1 - 0.02))
    assert response.state[-1] / exact == pytest.approx(1.0, rel=1e-6)


def test_a_sine_pinches_the_loop_at_zero_and_stays_in_the_film():
    # The drive of the manual: 1 V at 50 MHz.
    time = np.linspace(0.0, 40 * ns, 401)
    response = respond(
        kvatinsky_2015(),
        time=time,
        voltage=np.sin(2 * np.pi * 50e6 * time),
        initial_state=1.5 * nm,
    )
    assert (response.state >= 0).all()
    assert (response.state <= 3 * nm).all()
    assert (response.voltage * response.current >= 0).all()
    assert abs(response.current[200]) < 1e-12
    assert response.state[150:200] == pytest.approx(np.zeros(50), abs=1e-15)  # fully ON below -.2 V


@pytest.mark.parametrize(
    ("time", "voltage", "message"),
    [
        ([0.0], [1.0], "two or more"),
        ([0.0, 0.0], [1.0, 1.0], "rising"),
        ([0.0, 1.0], [1.0, 1.0, 1.0], "voltage must have shape"),
        ([0.0, 1.0], [1.0, np.nan], "not finite"),
    ],
)
def test_a_drive_that_makes_no_sense_is_refused(time, voltage, message):
    with pytest.raises(InvalidInput, match=message):
        respond(kvatinsky_2015(), time=np.array(time), voltage=np.array(voltage), initial_state=0.0)


def test_a_state_outside_the_film_is_refused():
    with pytest.raises(OutOfModelRange, match="initial_state"):
        respond(
            kvatinsky_2015(), time=np.array([0.0, 1.0]), voltage=np.ones(2), initial_state=4 * nm
        )


def test_a_film_that_closes_halfway_through_a_stretch_costs_no_more_than_any_other():
    # The rate jumps to zero at the bound; a solver once took a million steps across one such jump.
    class Counted:
        def __init__(self, memristor):
            self.memristor, self.calls = memristor, 0

        def __getattr__(self, name):
            return getattr(self.memristor, name)

        def state_rate(self, voltage, state):
            self.calls += 1
            return self.memristor.state_rate(voltage, state)

    counted = Counted(kvatinsky_2015())
    time = np.linspace(0.0, 40 * ns, 4001)
    response = respond(
        counted,
        time=time,
        voltage=np.sin(2 * np.pi * time / (20 * ns)),
        initial_state=1.5 * nm,
    )
    assert response.state.min() == 0.0
    assert counted.calls < 60 * time.size
