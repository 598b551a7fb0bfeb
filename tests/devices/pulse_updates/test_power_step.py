from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.pulse_updates.power_step import PowerStep
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.variability.spread import NormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

MODEL = PowerStep(
    population=CellPopulation(
        lowest=10 * uS,
        centre=20 * uS,
        highest=30 * uS,
        step=0.01 * uS,
        asymmetry=0.0,
        step_law=NormalSpread(relative=0.0),
        asymmetry_spread=0.0,
        lowest_spread=0.0,
        highest_spread=0.0,
        write_noise=0.0,
    ),
    noise=ProportionalNoise(relative=0.0),
    power_up=2.0,
    power_down=3.0,
    power_spread=0.0,
    power_asymmetry_spread=0.0,
)


def after(model, g, pulses, direction):
    cells, g = model.draw_cells((1,), rng=np.random.default_rng(1)), np.array([g * uS])
    for _ in range(pulses):
        g = model.apply(g, np.array([direction]), cells=cells, rng=np.random.default_rng(2))
    return g[0] / uS


def test_small_steps_follow_the_solution_of_the_differential_equation():
    # With v the share that is left, dv/dn = -.0005 v^p: v^(1-p) grows by .0005 (p - 1) a pulse.
    share = (1 + 0.0005 * 2000) ** -1.0
    assert after(MODEL, 10, 2000, 1.0) == pytest.approx(30 - 20 * share, abs=0.01)
    share = (1 + 0.0005 * 2 * 2000) ** -0.5
    assert after(MODEL, 30, 2000, -1.0) == pytest.approx(10 + 20 * share, abs=0.01)


def test_powers_of_one_are_soft_bounds():
    linear = replace(MODEL, power_up=1.0, power_down=1.0)
    assert after(linear, 10, 300, 1.0) == pytest.approx(30 - 20 * (1 - 0.0005) ** 300, rel=1e-12)


def test_the_powers_of_a_cell_share_a_factor_and_split_another():
    spread = replace(MODEL, power_spread=0.1, power_asymmetry_spread=0.05)
    cells = spread.draw_cells((20_000,), rng=np.random.default_rng(3))
    up, down = cells["power up"] / 2, cells["power down"] / 3
    common, apart = ((up + down) / 2 - 1) / 0.1, (up - down) / 2 / 0.05
    for error in (common, apart):
        assert stats.kstest(error, "norm").pvalue > 0.01
        assert stats.kstest(0.95 * error, "norm").pvalue < 0.01


def test_torch_gives_the_step_of_numpy_and_a_gradient_up_to_the_bounds():
    assert isinstance(MODEL, PulseUpdate)
    cells = MODEL.draw_cells((4,), rng=np.random.default_rng(4))
    tensors = {name: torch.tensor(value) for name, value in cells.items()}
    g, up = np.array([12.0, 20.0, 28.0, 30.0]), np.array([True, False, True, True])

    def in_torch(microsiemens):
        return MODEL.step(microsiemens * uS, torch.tensor(up), cells=tensors) / uS

    tensor = torch.tensor(g, requires_grad=True)
    stepped = in_torch(tensor)
    np.testing.assert_allclose(
        stepped.detach().numpy(), MODEL.step(g * uS, up, cells=cells) / uS, rtol=1e-10
    )
    stepped.sum().backward()
    assert torch.isfinite(tensor.grad).all()
    inside = torch.tensor(g[:3], requires_grad=True)
    shorter = {name: value[:3] for name, value in tensors.items()}
    assert torch.autograd.gradcheck(
        lambda x: MODEL.step(x * uS, torch.tensor(up[:3]), cells=shorter) / uS, (inside,)
    )


def test_powers_and_spreads_that_cannot_be_are_refused():
    with pytest.raises(InvalidInput, match="powers"):
        replace(MODEL, power_up=0.0)
    with pytest.raises(InvalidInput, match="spreads"):
        replace(MODEL, power_spread=-0.1)
