from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.integrate import solve_ivp

from ohmloom.devices.memristors.metastable_switch import SchottkyPath, nugent_2014
from ohmloom.devices.stimulus import typical_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import us


@pytest.mark.parametrize(
    ("voltage", "on", "off"),
    [
        (0.1, 0.00139091, 6.078444e-7),
        (0.2, 0.06250702, 1.269804e-8),
        (0.27, 0.5, 8.466374e-10),
        (0.3, 0.76143111, 2.652654e-10),
        (0.5, 0.99986329, 1.156852e-13),
    ],
)
def test_switches_flip_as_often_as_the_equation_of_the_paper_says(voltage, on, off):
    to_on, to_off = nugent_2014().rates(np.array(voltage))
    assert to_on * 10 * us == pytest.approx(on, abs=5e-9)
    assert to_off * 10 * us == pytest.approx(off, rel=1e-6)


def test_the_mean_follows_its_equation():
    device = nugent_2014()
    for volts in (0.3, -0.25, 0.0):
        solved = solve_ivp(
            lambda _, n, volts=volts: device.state_rate(np.array(volts), n[None])[0],
            (0.0, 25 * us),
            [0.4],
            rtol=1e-10,
            atol=1e-12,
        )
        reached = device.advance(np.array([0.4]), np.array(volts), 25 * us)
        assert reached == pytest.approx(solved.y[:, -1], rel=1e-7)


# At 0.25 V switches only turn on, at -0.25 V only off; low thresholds make both happen at once.
@pytest.mark.parametrize(("volts", "threshold"), [(0.25, 0.27), (-0.25, 0.27), (0.0, 0.02)])
def test_a_step_has_the_mean_and_variance_of_the_two_binomials(volts, threshold):
    device = replace(nugent_2014(), threshold_on=threshold, threshold_off=threshold)
    switches, duration = 1000, 7 * us
    volts, on = np.full(200_000, volts), 0.3
    drawn = device.draw_step(
        np.full((1, volts.size), on),
        volts,
        duration,
        switches=switches,
        rng=np.random.default_rng(1),
    )[0]
    to_on, to_off = (rate[0] for rate in device.rates(volts))
    # Of one switch: a chain of two states, by its transition matrix.
    chain = np.array([[-to_on, to_on], [to_off, -to_off]]) * duration
    values, vectors = np.linalg.eig(chain)
    moved = (vectors @ np.diag(np.exp(values)) @ np.linalg.inv(vectors)).real
    turn_on = stats.binom(700, moved[0, 1])
    turn_off = stats.binom(300, moved[1, 0])
    mean = on + (turn_on.mean() - turn_off.mean()) / switches
    spread = np.sqrt(turn_on.var() + turn_off.var()) / switches
    assert drawn.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(volts.size))
    assert drawn.std() == pytest.approx(spread, rel=0.01)
    # Negative control: half as many switches are noisier.
    fewer = device.draw_step(
        np.full((1, volts.size), on),
        volts,
        duration,
        switches=500,
        rng=np.random.default_rng(1),
    )
    assert fewer.std() > 1.3 * spread


def test_ends_have_the_resistances_of_the_demonstration_set():
    ends = 1.0 / nugent_2014().current(np.array(1.0), np.array([[1.0, 0.0]]))
    assert ends == pytest.approx([1e3, 10e3])


def test_time_does_not_run_backwards():
    with pytest.raises(InvalidInput, match="duration"):
        nugent_2014().advance(np.array([0.5]), np.array(0.1), -1 * us)


def test_slopes_are_finite_in_single_precision_far_beyond_the_thresholds():
    volts = torch.tensor([-3.0, -2.2, 2.2, 3.0], requires_grad=True)
    nugent_2014().state_rate(volts, torch.full((1, 4), 0.4)).sum().backward()
    assert torch.isfinite(volts.grad).all()


def test_shares_stay_between_none_and_all():
    device, volts = nugent_2014(), np.full(5000, 0.5)
    drawn = device.draw_step(
        np.ones((1, 5000)), volts, 50 * us, switches=20, rng=np.random.default_rng(1)
    )
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0


def test_a_junction_adds_its_current_and_takes_the_oddness_away():
    junction = SchottkyPath(
        share=0.2, forward=1e-6, forward_slope=8.0, reverse=1e-7, reverse_slope=5.0
    )
    device = replace(nugent_2014(), junction=junction)
    one = np.array(0.4)
    assert not device.odd
    assert nugent_2014().odd
    by_hand = 0.8 * 0.4 / 1e3 + 0.2 * (1e-6 * np.expm1(3.2) - 1e-7 * np.expm1(-2.0))
    assert device.current(one, np.ones((1, 1))) == pytest.approx(by_hand)
    assert device.current(0 * one, np.ones((1, 1))) == 0.0


def test_the_loop_is_pinched_and_torch_agrees():
    device = nugent_2014()
    loop = simulate_transient(device, typical_sweep(device.typical_drive, 1), initial_state=(0.1,))
    assert np.abs(loop.current[loop.drive == 0.0]).max() == 0.0
    rising = np.interp(0.2, loop.drive[:90, 0], loop.current[:90, 0])
    assert loop.state.max() > 0.9
    assert rising < 0.5 * 0.2 * loop.state.max() / 1e3
    volts = torch.linspace(-0.5, 0.5, 7, dtype=torch.float64, requires_grad=True)
    on = torch.full((1, 7), 0.4, dtype=torch.float64, requires_grad=True)
    for method in (device.current, device.state_rate):
        from_numpy = method(volts.detach().numpy(), on.detach().numpy())
        assert method(volts, on).detach().numpy() == pytest.approx(from_numpy, rel=1e-12)
        assert torch.autograd.gradcheck(lambda v, n, m=method: m(v, n) * 1e-3, (volts, on))
