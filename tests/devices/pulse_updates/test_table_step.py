from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import interpolate, stats

from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.pulse_updates.table_step import enode_ecram
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import uS

RANGE = 978.28 * uS - 297.72 * uS
Q = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
# The summary of the table of CrossSim: mean and spread of the step in S.
UP = np.array([7.667e-6, 6.965e-6, 6.734e-6, 5.416e-6, 3.067e-6, 1.433e-6, 7.576e-7])
DOWN = np.array([-6.86e-7, -1.162e-6, -2.152e-6, -3.015e-6, -3.303e-6, -2.821e-6, -1.881e-6])
UP_SPREAD = np.array([1.13e-6, 7.6e-7, 7.4e-7, 9.7e-7, 1.10e-6, 1.05e-6, 8.7e-7])
DOWN_SPREAD = np.array([5.0e-7, 5.2e-7, 5.1e-7, 6.0e-7, 6.3e-7, 9.9e-7, 1.22e-6])


BOUNDS = {"lowest": np.array(297.72 * uS), "highest": np.array(978.28 * uS)}


def at(q):
    return 297.72 * uS + np.asarray(q) * RANGE


def step(q, up, method="step"):
    g = at(q)
    ups = np.full(g.shape, up)
    if method == "step":
        return enode_ecram().step(g, ups, cells={})
    return enode_ecram().step_spread(g, ups, cells={})


def test_it_is_a_pulse_update():
    assert isinstance(enode_ecram(), PulseUpdate)
    assert enode_ecram().write_noise == 0


def test_the_steps_at_the_points_of_the_table_are_those_of_the_table():
    assert step(Q, True) == pytest.approx(UP, rel=1e-9)
    assert step(Q, False) == pytest.approx(DOWN, rel=1e-9)
    assert step(Q, True, "spread") == pytest.approx(UP_SPREAD, rel=1e-9)
    assert step(Q, False, "spread") == pytest.approx(DOWN_SPREAD, rel=1e-9)


def test_between_the_points_scipy_draws_the_same_lines():
    q = np.random.default_rng(1).random(200)
    assert step(q, True) == pytest.approx(interpolate.interp1d(Q, UP)(q), rel=1e-9)
    assert step(q, False) == pytest.approx(interpolate.interp1d(Q, DOWN)(q), rel=1e-9)


def test_the_linear_surrogate_of_the_docstring_is_close_to_the_table():
    q = np.linspace(0, 1, 101)
    assert abs(step(q, True) / RANGE - (0.01204 - 0.01019 * q)).max() < 0.0012
    assert abs(step(q, False) / RANGE + (0.002444 + 0.002498 * q)).max() < 0.0025


def test_pulses_scatter_as_the_table_says_and_several_by_the_root_of_their_number():
    g, rng = np.full(80_000, at(0.5)), np.random.default_rng(2)
    for pulses in (1.0, 4.0, -1.0, -9.0):
        moved = enode_ecram().apply(g, np.full(g.shape, pulses), cells=BOUNDS, rng=rng) - g
        mean, spread = (UP[3], UP_SPREAD[3]) if pulses > 0 else (DOWN[3], DOWN_SPREAD[3])
        z = (moved - abs(pulses) * mean) / (np.sqrt(abs(pulses)) * spread)
        assert stats.kstest(z, "norm").pvalue > 0.01
        assert stats.kstest(0.96 * z, "norm").pvalue < 0.01


def test_no_pulse_moves_nothing_and_no_pulse_takes_a_cell_past_its_bounds():
    device, rng = enode_ecram(), np.random.default_rng(3)
    g = np.array([at(0.0), at(1.0), at(0.4), 0.5 * at(0.0)])
    assert (device.apply(g, np.zeros(4), cells=BOUNDS, rng=rng) == g).all()
    for pulses in (-300.0, 300.0):
        with pytest.warns(ModelRangeWarning, match="outside"):
            moved = device.apply(g, np.full(4, pulses), cells=BOUNDS, rng=rng)
        assert (moved >= device.lowest).all()
        assert (moved <= device.highest).all()
    drawn = device.draw_cells((3,), rng=rng)
    assert {name: bound.tolist() for name, bound in drawn.items()} == {
        "lowest": [297.72 * uS] * 3,
        "highest": [978.28 * uS] * 3,
    }


def test_torch_gives_the_steps_of_numpy_and_their_slope():
    q = np.array([0.05, 0.3, 0.6, 0.95])
    g = torch.tensor(at(q), requires_grad=True)
    up = torch.tensor([True, False, True, False])
    steps = enode_ecram().step(g, up, cells={})
    expected = enode_ecram().step(at(q), up.numpy(), cells={})
    np.testing.assert_allclose(steps.detach().numpy(), expected, rtol=1e-12)
    (slope,) = torch.autograd.grad(steps.sum(), g)
    by_hand = [
        (UP[1] - UP[0]) / (0.1 * RANGE),
        (DOWN[3] - DOWN[2]) / (0.25 * RANGE),
        (UP[4] - UP[3]) / (0.25 * RANGE),
        (DOWN[6] - DOWN[5]) / (0.1 * RANGE),
    ]
    np.testing.assert_allclose(slope.numpy(), by_hand, rtol=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        {"conductances": tuple(at(Q)[::-1])},
        {"up_mean": (1e-6,) * 6},
        {"down_mean": (1e-6,) * 7},
        {"up_spread": (-1e-6,) * 7},
    ],
)
def test_tables_that_contradict_themselves_are_refused(change):
    with pytest.raises(InvalidInput, match=next(iter(change))):
        replace(enode_ecram(), **change)
