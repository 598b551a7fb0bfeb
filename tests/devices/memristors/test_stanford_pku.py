import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import solve_ivp

from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.stanford_pku import jiang_2014
from ohmloom.errors import InvalidInput
from ohmloom.si import nm, ns, us

DEVICE = jiang_2014()


def test_currents_are_those_of_an_independent_implementation_to_seven_digits():
    gaps = np.array([[0.2, 1.0, 1.7]]) * nm
    current = DEVICE.current(np.full(3, 0.1), gaps)
    assert current == pytest.approx([1.845629e-4, 7.523191e-6, 4.574857e-7], rel=3e-7, abs=0.0)
    assert 0.1 / current == pytest.approx([541.8, 1.329e4, 2.186e5], rel=2e-4)


@pytest.mark.parametrize(
    ("voltage", "gap_in_nm", "speed", "temperature"),
    [
        (1.5, 1.7, -8.699213e-4, 298.708),
        (1.3, 1.7, 0.0, None),  # below the least field
        (-1.5, 0.2, 0.6816013, 583.5),
        (-1.2, 0.2, 8.886251e-3, 366.8),
    ],
)
def test_speeds_and_temperatures_are_those_of_an_independent_implementation(
    voltage, gap_in_nm, speed, temperature
):
    voltage, state = np.array(voltage), np.array([gap_in_nm * nm])
    assert DEVICE.state_rate(voltage, state) == pytest.approx(speed, rel=2e-7)
    if temperature:
        found = float(DEVICE.temperature(voltage, state))
        assert found == pytest.approx(temperature, abs=0.0005 if temperature < 300 else 0.05)


def test_below_the_least_field_nothing_moves_and_just_above_it_does():
    # gamma |V| / t_ox = F_min with gamma = 16 - 0.8 * 1.7^3 at the largest gap.
    threshold = 1.4e9 * 12 * nm / (16 - 0.8 * 1.7**3)
    state = np.array([[1.7 * nm]])
    assert DEVICE.state_rate(np.array([0.999 * threshold]), state) == 0
    assert DEVICE.state_rate(np.array([1.001 * threshold]), state) < 0


def test_it_is_a_passive_memristor_that_moves_inwards_at_its_bounds():
    assert isinstance(DEVICE, Memristor)
    voltage = np.array([-2.0, -1.5, -0.1, 0.1, 1.5, 2.0])[:, None]
    ends = np.broadcast_to(np.array([0.2, 1.7]) * nm, (1, 6, 2))
    current = DEVICE.current(voltage, ends)
    assert (current * voltage > 0).all()
    assert (DEVICE.current(-voltage, ends) == -current).all()
    assert (DEVICE.current(np.zeros(2), ends[:, 0]) == 0).all()
    assert (DEVICE.state_rate(np.zeros(2), ends[:, 0]) == 0).all()
    rate = DEVICE.state_rate(voltage + np.zeros(2), ends)[0]
    assert (rate[:3, 1] == 0).all()
    assert (rate[3:, 0] == 0).all()
    assert (rate[:2, 0] > 0).all()
    assert (rate[4:, 1] < 0).all()


def test_torch_gives_the_numbers_of_numpy():
    voltage, state = np.array([-1.5, -1.2, 1.5, 0.3]), np.array([[0.2, 0.3, 1.6, 1.0]]) * nm
    tensors = torch.from_numpy(voltage), torch.from_numpy(state)
    for method in (DEVICE.current, DEVICE.state_rate, DEVICE.gap_noise_spread):
        assert method(*tensors).numpy() == pytest.approx(method(voltage, state), rel=1e-12)


def test_derivatives_are_right_and_finite_also_where_nothing_moves():
    voltage = torch.tensor([-1.4, -1.2, 1.5], dtype=torch.float64, requires_grad=True)
    gap = torch.tensor([[0.25, 0.3, 1.6]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda v, g: (1e3 * DEVICE.current(v, g * nm), DEVICE.state_rate(v, g * nm)),
        (voltage, gap),
        rtol=1e-5,
    )
    still = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    DEVICE.state_rate(still, gap * nm).sum().backward()
    assert (still.grad == 0).all()
    assert (gap.grad == 0).all()


def test_one_step_of_a_nanosecond_adds_the_noise_of_the_published_code():
    voltage, state = np.array([0.0, -1.5]), np.array([[1.0, 0.2]]) * nm
    temperature = DEVICE.temperature(voltage, state)
    published = 0.02 / (1 + np.exp((450 - temperature) / 500)) * 1 * ns
    spread = DEVICE.gap_noise_spread(voltage, state) * np.sqrt(1 * ns)
    assert spread == pytest.approx(published, rel=1e-12, abs=0.0)


def test_the_noise_of_a_wait_does_not_depend_on_its_steps():
    rest, start, wait = np.zeros(8000), np.full((1, 8000), 0.95 * nm), 100 * ns
    expected = DEVICE.gap_noise_spread(rest, start) * np.sqrt(wait)
    for steps in (1, 25):
        rng = np.random.default_rng(steps)
        gap = DEVICE.advance_with_noise(start, rest, wait, steps=steps, rng=rng)
        error = ((gap - start) / expected)[0]
        assert stats.kstest(error, "norm").pvalue > 0.01
        assert stats.kstest(1.15 * error, "norm").pvalue < 0.01


def test_without_noise_the_steps_follow_the_equation_and_with_it_they_stay_within_bounds():
    class Silence:
        def standard_normal(self, size):
            return np.zeros(size)

        def random(self, size):
            return np.zeros(size)

    voltage, start = np.array([1.5]), np.array([[1.7]]) * nm
    stepped = DEVICE.advance_with_noise(start, voltage, 100 * ns, steps=400, rng=Silence())
    solved = solve_ivp(
        lambda _, gap: DEVICE.state_rate(voltage, gap[None] * nm)[0] / nm,
        (0, 100 * ns),
        [1.7],
        rtol=1e-9,
    )
    assert stepped[0] / nm == pytest.approx(solved.y[:, -1], abs=1e-3)
    assert stepped[0] < 1.6 * nm
    rng = np.random.default_rng(3)
    wild = DEVICE.advance_with_noise(np.tile(start, 500), np.zeros(500), 10 * us, steps=20, rng=rng)
    assert wild.min() == pytest.approx(0.2 * nm, abs=0.0)
    assert wild.max() == pytest.approx(1.7 * nm, abs=0.0)


def test_time_does_not_run_backwards_and_takes_at_least_one_step():
    state, voltage, rng = np.array([[1 * nm]]), np.zeros(1), np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="duration"):
        DEVICE.advance_with_noise(state, voltage, -1 * ns, steps=1, rng=rng)
    with pytest.raises(InvalidInput, match="steps"):
        DEVICE.advance_with_noise(state, voltage, 1 * ns, steps=0, rng=rng)


def test_the_typical_drive_shows_a_pinched_loop():
    drive = DEVICE.typical_drive
    time = np.linspace(0, drive.period, 201)
    corners = np.array([0.0, 0.25, 0.75, 1.0]) * drive.period
    voltage = np.interp(time, corners, [0, drive.positive, -drive.negative, 0])
    gaps = [drive.initial_state[0] / nm]
    for k in range(200):
        solved = solve_ivp(
            lambda t, gap: DEVICE.state_rate(np.interp([t], time, voltage), gap[None] * nm)[0] / nm,
            (time[k], time[k + 1]),
            [gaps[-1]],
            method="LSODA",
            rtol=1e-5,
        )
        gaps.append(float(np.clip(solved.y[0, -1], 0.2, 1.7)))
    current = DEVICE.current(voltage, np.array(gaps)[None] * nm)
    assert min(gaps) == pytest.approx(0.2)
    assert gaps[-1] == pytest.approx(1.7)
    assert current[80] > 100 * current[20] > 0
    assert current[120] < 100 * current[180] < 0
    assert np.abs(current[np.abs(voltage) < 1e-9]).max() < 1e-9
