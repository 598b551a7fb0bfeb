from dataclasses import replace

import numpy as np
import pytest
import torch

from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.pulse_updates.piecewise_step import PiecewiseStep
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.variability.spread import NormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

MODEL = PiecewiseStep(
    population=CellPopulation(
        lowest=10 * uS,
        centre=20 * uS,
        highest=30 * uS,
        step=0.1 * uS,
        asymmetry=0.0,
        step_law=NormalSpread(relative=0.0),
        asymmetry_spread=0.0,
        lowest_spread=0.0,
        highest_spread=0.0,
        write_noise=0.0,
    ),
    noise=ProportionalNoise(relative=0.0),
    nodes_up=(1.0, 3.0, 2.0, 0.5),
    nodes_down=(0.2, 1.0),
)
CELLS = MODEL.draw_cells((41,), rng=np.random.default_rng(1))
G = np.linspace(10, 30, 41)


def test_steps_are_interpolated_as_numpy_does():
    up = MODEL.step(G * uS, np.full(41, True), cells=CELLS) / (0.1 * uS)
    np.testing.assert_allclose(
        up, np.interp(G, np.linspace(10, 30, 4), [1.0, 3.0, 2.0, 0.5]), rtol=1e-12
    )
    down = MODEL.step(G * uS, np.full(41, False), cells=CELLS) / (0.1 * uS)
    np.testing.assert_allclose(down, -np.interp(G, [10, 30], [0.2, 1.0]), rtol=1e-12)


def test_nodes_belong_to_the_window_of_the_cell():
    wider = {**CELLS, "highest": np.full(41, 50 * uS)}
    up = MODEL.step(np.full(41, 30 * uS), np.full(41, True), cells=wider) / (0.1 * uS)
    assert up == pytest.approx(np.full(41, 2.5))


def test_torch_gives_the_step_of_numpy_and_its_gradient():
    assert isinstance(MODEL, PulseUpdate)
    tensors = {name: torch.tensor(value[:5]) for name, value in CELLS.items()}
    g, up = np.array([11.0, 15.0, 19.0, 24.0, 29.0]), np.array([True, False, True, False, True])

    def in_torch(microsiemens):
        return MODEL.step(microsiemens * uS, torch.tensor(up), cells=tensors) / uS

    cells = {name: value[:5] for name, value in CELLS.items()}
    tensor = torch.tensor(g, requires_grad=True)
    np.testing.assert_allclose(
        in_torch(tensor).detach().numpy(), MODEL.step(g * uS, up, cells=cells) / uS, rtol=1e-10
    )
    assert torch.autograd.gradcheck(in_torch, (tensor,))


@pytest.mark.parametrize("nodes", [(1.0,), (1.0, -0.1)])
def test_too_few_and_negative_nodes_are_refused(nodes):
    with pytest.raises(InvalidInput, match="nodes_up"):
        replace(MODEL, nodes_up=nodes)
