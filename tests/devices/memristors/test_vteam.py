import numpy as np
import pytest

from ohmloom.devices.memristors.vteam import kvatinsky_2015, kvatinsky_2015_exponential
from ohmloom.errors import InvalidInput
from ohmloom.si import nm, ns, ps

MIDDLE = np.array([1.5 * nm])


@pytest.mark.parametrize(
    ("voltage", "rate"),
    [(0.1, 2e-3), (0.5, 1.2e-2), (1.0, 2.45e-2), (-0.3, -1.25), (-0.5, -33.75), (-1.0, -640.0)],
)
def test_the_border_moves_as_fast_as_the_equation_of_the_paper_says(voltage, rate):
    # By hand: 5e-4 (v/.02 - 1) above, -10 (v/-.2 - 1)^3 below.
    assert kvatinsky_2015().state_rate(np.array(voltage), MIDDLE) == pytest.approx(rate)


def test_between_the_thresholds_nothing_moves():
    voltage = np.linspace(-0.2, 0.02, 45)
    rate = kvatinsky_2015().state_rate(voltage, np.full((1, 45), 1.5 * nm))
    assert rate == pytest.approx(np.zeros((1, 45)), abs=1e-15)
    assert kvatinsky_2015().state_rate(np.array(0.021), MIDDLE) > 0
    assert kvatinsky_2015().state_rate(np.array(-0.21), MIDDLE) < 0


@pytest.mark.parametrize(
    ("duration", "state_in_nm", "linear", "exponential"),
    [
        (10 * ns, 0.245, 127.583, 63.8588),
        (50 * ns, 1.225, 437.917, 169.912),
        (100 * ns, 2.45, 825.833, 577.401),
    ],
)
def test_one_volt_from_on_gives_the_states_and_resistances_worked_out_by_hand(
    duration, state_in_nm, linear, exponential
):
    one = np.array(1.0)
    reached = kvatinsky_2015().advance(np.array([0.0]), one, duration)
    assert reached[0] / nm == pytest.approx(state_in_nm)
    assert 1 / kvatinsky_2015().current(one, reached) == pytest.approx(linear, rel=4e-6)
    assert 1 / kvatinsky_2015_exponential().current(one, reached) == pytest.approx(
        exponential, rel=4e-6
    )


def test_switching_fully_takes_the_time_that_the_film_is_long_and_ends_at_its_end():
    device = kvatinsky_2015()
    on, off, up, down = np.array([0.0]), np.array([3 * nm]), np.array(1.0), np.array(-1.0)
    assert device.advance(on, up, 122.448 * ns) < 3 * nm
    assert device.advance(on, up, 122.450 * ns) == 3 * nm
    assert device.advance(off, down, 4.687 * ps) > 0
    assert device.advance(off, down, 4.688 * ps) == 0


def test_the_ends_have_the_resistances_of_the_manual_under_both_laws():
    for device in (kvatinsky_2015(), kvatinsky_2015_exponential()):
        ends = 1.0 / device.current(np.array(1.0), np.array([[0.0, 3 * nm]]))
        assert ends == pytest.approx([50.0, 1000.0])


def test_at_an_end_the_border_moves_inwards_only():
    device, ends = kvatinsky_2015(), np.array([[0.0, 3 * nm]])
    assert device.state_rate(np.array(1.0), ends)[0].tolist() == [pytest.approx(2.45e-2), 0.0]
    assert device.state_rate(np.array(-1.0), ends)[0].tolist() == [0.0, pytest.approx(-640.0)]


def test_time_does_not_run_backwards():
    with pytest.raises(InvalidInput, match="duration"):
        kvatinsky_2015().advance(MIDDLE, np.array(1.0), -1 * ns)
    with pytest.raises(InvalidInput, match="duration"):
        kvatinsky_2015().advance(MIDDLE, np.array(1.0), np.array([1 * ns, -1 * ns]))
