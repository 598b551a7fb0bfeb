"""The same calls on torch tensors: the numbers of numpy, gradients, a GPU where there is one."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_solver import gradients
from ohmloom.errors import InvalidInput, SimulatorError


def tensors(rng: np.random.Generator, rows: int, columns: int) -> dict[str, Tensor]:
    drawn = {
        "conductance": rng.uniform(0.2, 2.0, (rows, columns)),
        "r_word_line": rng.uniform(0.05, 0.5, (rows, columns + 1)),
        "r_bit_line": rng.uniform(0.05, 0.5, columns),
        "r_source": rng.uniform(0.0, 0.2, rows),
        "r_sense": np.array(0.1),
    }
    return {name: torch.tensor(value, requires_grad=True) for name, value in drawn.items()}


ENDS = [
    {},
    {"driven_at": WordLineEnds.BOTH, "grounded_at": BitLineEnds.TOP},
    {"driven_at": WordLineEnds.RIGHT, "grounded_at": BitLineEnds.BOTH},
]


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("shape", [(1, 1), (5, 9), (21, 14)])
def test_tensors_give_the_numbers_of_arrays(ends: dict, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    fields = tensors(rng, *shape)
    arrays = {name: value.detach().numpy() for name, value in fields.items()}
    connected = rng.random(shape[1]) < 0.8
    in_torch = Crossbar(**fields, **ends, connected=connected)
    in_numpy = Crossbar(**arrays, **ends, connected=connected)
    transfer = in_torch.transfer().detach().numpy()
    assert transfer == pytest.approx(in_numpy.transfer(), rel=1e-12)
    drive = rng.uniform(-1.0, 1.0, (3, shape[0]))
    expected = in_numpy.solve(drive).output_current
    found = in_torch.output_current(torch.tensor(drive)).detach().numpy()
    assert found == pytest.approx(expected, abs=1e-10 * np.abs(expected).max())


@pytest.mark.parametrize("ends", ENDS)
def test_gradients_by_implicit_differentiation_are_the_numerical_ones(ends: dict) -> None:
    rng = np.random.default_rng(1)
    fields = tensors(rng, 4, 3)
    voltage = torch.tensor(rng.uniform(-1.0, 1.0, (2, 4)), requires_grad=True)
    names = list(fields)

    def read(voltage: Tensor, *values: Tensor) -> Tensor:
        fields = dict(zip(names, values, strict=True))
        crossbar = Crossbar(**fields, **ends, connected=np.array([True, False, True]))
        return crossbar.output_current(voltage)

    assert torch.autograd.gradcheck(read, (voltage, *fields.values()), atol=1e-7, rtol=1e-5)
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        torch.autograd.gradcheck(
            lambda v, *values: read(1.001 * v.detach() + 0.0 * v, *values),
            (voltage, *fields.values()),
            atol=1e-7,
            rtol=1e-5,
        )


def test_gradients_through_the_effective_matrix_are_the_numerical_ones() -> None:
    rng = np.random.default_rng(2)
    fields = tensors(rng, 5, 3)

    def transfer(*values: Tensor) -> Tensor:
        return Crossbar(**dict(zip(fields, values, strict=True))).transfer()

    assert torch.autograd.gradcheck(transfer, tuple(fields.values()), atol=1e-7, rtol=1e-5)


def test_both_ways_give_the_same_gradients() -> None:
    rng = np.random.default_rng(3)
    fields = tensors(rng, 12, 10)
    voltage = torch.tensor(rng.uniform(-1.0, 1.0, (6, 12)))
    weights = torch.tensor(rng.uniform(-1.0, 1.0, (6, 10)))
    crossbar = Crossbar(**fields)
    implicit = torch.autograd.grad(
        (weights * crossbar.output_current(voltage)).sum(), list(fields.values())
    )
    through = torch.autograd.grad(
        (weights * (voltage @ crossbar.transfer())).sum(), list(fields.values())
    )
    for one, other in zip(implicit, through, strict=True):
        assert one.numpy() == pytest.approx(other.numpy(), rel=1e-9, abs=1e-12)


def test_a_gradient_costs_one_more_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[int] = []
    plain = gradients.linear_voltages

    def counted(*arguments: object) -> object:
        solved.append(1)
        return plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(gradients, "linear_voltages", counted)
    fields = tensors(np.random.default_rng(4), 6, 5)
    Crossbar(**fields).output_current(torch.ones(6, dtype=torch.float64)).sum().backward()
    assert len(solved) == 2
    assert all(value.grad is not None for value in fields.values())


def test_wires_without_resistance_have_gradients_too() -> None:
    conductance = torch.tensor(np.full((6, 5), 1e-4), requires_grad=True)
    segment = torch.zeros((), dtype=torch.float64, requires_grad=True)
    drive = torch.ones(6, dtype=torch.float64)
    crossbar = Crossbar(conductance=conductance, r_word_line=segment, r_bit_line=0.0)
    crossbar.output_current(drive).sum().backward()

    def current(segment: float) -> float:
        there = Crossbar(conductance=np.full((6, 5), 1e-4), r_word_line=segment, r_bit_line=0.0)
        return float(there.output_current(np.ones(6)).sum())

    assert segment.grad is not None
    slope = (current(1e-3) - current(0.0)) / 1e-3
    assert float(segment.grad) == pytest.approx(slope, rel=1e-4)


def test_conductances_can_be_trained_through_the_wires() -> None:
    rng = np.random.default_rng(5)
    wanted = torch.tensor(rng.uniform(2e-5, 8e-5, (8, 6)))
    logarithm = wanted.log().clone().requires_grad_()
    drive = torch.eye(8, dtype=torch.float64)
    optimiser = torch.optim.Adam([logarithm], lr=0.02)
    losses = []
    for _ in range(60):
        crossbar = Crossbar(conductance=logarithm.exp(), r_word_line=50.0, r_bit_line=50.0)
        loss = ((crossbar.output_current(drive) / wanted - 1.0) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 1e-3
    assert losses[-1] < 0.02 * losses[0]


def test_single_precision_keeps_five_digits() -> None:
    rng = np.random.default_rng(6)
    conductance = rng.uniform(1e-6, 1e-4, (2, 40, 33))
    wires = {"r_word_line": 1.0, "r_bit_line": 1.0}
    exact = Crossbar(conductance=conductance, **wires).transfer()
    single = Crossbar(conductance=torch.tensor(conductance, dtype=torch.float32), **wires)
    transfer = single.transfer()
    assert transfer.dtype == torch.float32
    assert transfer.numpy() == pytest.approx(exact, rel=1e-5)


def test_methods_that_are_not_there_in_torch_say_so() -> None:
    crossbar = Crossbar(conductance=torch.ones(2, 3), r_word_line=1.0, r_bit_line=1.0)
    for call in (
        lambda: crossbar.solve([1.0, 1.0]),
        crossbar.transfer_row_by_row,
        lambda: crossbar.netlist([1.0, 1.0]),
        lambda: crossbar.reprogrammed([0], [0], [1.0]),
        lambda: crossbar.output_current(torch.ones(3)),
        lambda: Crossbar(conductance=torch.ones(3), r_word_line=1.0, r_bit_line=1.0),
        lambda: Crossbar(conductance=-torch.ones(2, 3), r_word_line=1.0, r_bit_line=1.0),
        lambda: Crossbar(conductance=torch.ones(2, 3), r_word_line=-1.0, r_bit_line=1.0),
        lambda: Crossbar(conductance=torch.ones(2, 3), r_word_line=1.0, r_bit_line=torch.ones(2)),
    ):
        with pytest.raises(InvalidInput):
            call()


def test_lines_that_hang_on_nothing_are_refused_in_torch_and_solved_in_numpy() -> None:
    # Half of the word lines and half of the bit lines float, and touch only each other.
    conductance = np.random.default_rng(8).uniform(0.0, 1.0, (20, 20))
    conductance[:10, :10] = conductance[10:, 10:] = 0.0
    lines = {"driven": np.arange(20) >= 10, "connected": np.arange(20) < 10}
    lines |= {"r_word_line": 1.0, "r_bit_line": 1.0}
    with pytest.raises(SimulatorError, match="convert to numpy"):
        Crossbar(conductance=torch.tensor(conductance), **lines).transfer()
    transfer = Crossbar(conductance=conductance, **lines).transfer()
    alone = Crossbar(conductance=conductance[10:, :10], r_word_line=1.0, r_bit_line=1.0).transfer()
    assert transfer[10:, :10] == pytest.approx(alone, rel=1e-12)
    assert (transfer[:10] == 0.0).all()


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_the_processor() -> None:
    rng = np.random.default_rng(7)
    conductance = rng.uniform(1e-6, 1e-4, (130, 70))
    wires = {"r_word_line": 1.0, "r_bit_line": 2.0}
    on_gpu = Crossbar(conductance=torch.tensor(conductance, device="cuda"), **wires)
    expected = Crossbar(conductance=conductance, **wires).transfer()
    assert on_gpu.transfer().cpu().numpy() == pytest.approx(expected, rel=1e-10)
    drive = rng.uniform(0.0, 1.0, (5, 130))
    current = on_gpu.output_current(torch.tensor(drive, device="cuda"))
    assert current.cpu().numpy() == pytest.approx(drive @ expected, rel=1e-10)
