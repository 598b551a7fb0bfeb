import numpy as np
import pytest
import torch

from ohmloom.devices.catalogue import PULSE_UPDATES
from ohmloom.devices.cell_draws import CellDraws, cell_key
from ohmloom.devices.torch_cell_draws import TorchCellDraws
from ohmloom.errors import InvalidInput

KEY = cell_key(3, "torch")
CELLS = 3000
DEVICES = [
    "cpu",
    pytest.param(
        "cuda",
        marks=[
            pytest.mark.gpu,
            pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
        ],
    ),
]


def draws(device, cells=None, event=5):
    where = torch.arange(CELLS) if cells is None else torch.tensor(cells)
    return TorchCellDraws(KEY, event, where.to(device))


@pytest.mark.parametrize("device", DEVICES)
def test_the_numbers_are_those_of_numpy(device):
    ours, theirs = draws(device), CellDraws(KEY, 5, range(CELLS))
    for method in ("standard_normal", "random", "random", "standard_normal"):
        got = getattr(ours, method)((CELLS,)).cpu().numpy()
        np.testing.assert_allclose(got, getattr(theirs, method)((CELLS,)), atol=1e-6)
    rows = ours.standard_normal((2, CELLS)).cpu().numpy()
    np.testing.assert_allclose(rows, theirs.standard_normal((2, CELLS)), atol=1e-6)
    # Negative control: another event has other numbers.
    other = draws(device, event=6).standard_normal((CELLS,)).cpu().numpy()
    assert np.abs(other - rows[0]).max() > 1.0


@pytest.mark.parametrize("device", DEVICES)
def test_a_cell_draws_the_same_among_others_and_alone(device):
    some = draws(device, [700, 3, 2999]).random((3,))
    assert (some == draws(device).random((CELLS,))[[700, 3, 2999]]).all()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", sorted(PULSE_UPDATES))
def test_pulses_move_tensors_as_they_move_arrays(name, device):
    update = PULSE_UPDATES[name]()
    cells = update.draw_cells((CELLS,), rng=np.random.default_rng(1))
    rng = np.random.default_rng(2)
    start = rng.uniform(cells["lowest"], cells["highest"])
    pulses = rng.choice([-1.0, 0.0, 1.0], CELLS)
    expected = update.apply(start, pulses, cells=cells, rng=CellDraws(KEY, 9, range(CELLS)))
    tensors = {key: torch.tensor(value, device=device) for key, value in cells.items()}
    moved = update.apply(
        torch.tensor(start, device=device),
        torch.tensor(pulses, device=device),
        cells=tensors,
        rng=TorchCellDraws(KEY, 9, torch.arange(CELLS, device=device)),
    )
    assert moved.device.type == device
    np.testing.assert_allclose(
        moved.cpu().numpy(), expected, atol=1e-5 * (update.highest - update.lowest)
    )
    assert (moved.cpu().numpy()[pulses == 0] == start[pulses == 0]).all()


def test_sizes_that_do_not_fit_the_cells_are_refused():
    with pytest.raises(InvalidInput, match="3000 cells"):
        draws("cpu").random((7,))
    with pytest.raises(InvalidInput, match="int64"):
        TorchCellDraws(KEY, 1, torch.ones(3))
