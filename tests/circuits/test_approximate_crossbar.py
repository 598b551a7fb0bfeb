"""The approximations against the exact solution, and the errors that they claim."""

import dataclasses

import numpy as np
import pytest
import torch

from ohmloom.circuits.approximate_crossbar import closed_form, read_by_fixed_point
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_cells.two_terminal import SinhLaw, TwoTerminalCells
from ohmloom.errors import InvalidInput

ENDS = [
    {},
    {"driven_at": WordLineEnds.RIGHT, "grounded_at": BitLineEnds.TOP},
    {"driven_at": WordLineEnds.BOTH, "grounded_at": BitLineEnds.BOTH, "r_source": 40.0},
]


def array(rng: np.random.Generator, segment: float, **more: object) -> Crossbar:
    return Crossbar(
        conductance=rng.uniform(1e-6, 1e-4, (40, 30)),
        r_word_line=segment * rng.uniform(0.5, 1.5, (40, 31)),
        r_bit_line=segment,
        r_sense=10.0,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("segment", [0.0, 0.3, 10.0, 300.0])
def test_the_fixed_point_converges_and_its_bound_holds(ends: dict, segment: float) -> None:
    rng = np.random.default_rng(0)
    crossbar = array(rng, segment, **ends)
    drive = rng.uniform(-1.0, 1.0, (3, 40))
    exact = crossbar.solve(drive).output_current
    rounding = 1e-12 * np.abs(exact).max()
    before = np.inf
    for iterations in (0, 5, 20, 80):
        read = read_by_fixed_point(crossbar, drive, iterations=iterations)
        wrong = np.abs(read.output_current - exact).max(axis=-1)
        assert (wrong <= read.error_bound + rounding).all()
        # The bound is of use: not thousands of times too large.
        assert (read.error_bound <= 1e3 * wrong + 1e3 * rounding).all()
        assert wrong.max() <= max(before, rounding)
        before = wrong.max()
    # Half of the voltage lost in wires is no trouble; nearly all of it takes longer.
    assert before < (1e-11 if segment < 100.0 else 1e-3) * np.abs(exact).max()


def test_the_closed_form_is_as_wrong_as_it_says() -> None:
    rng = np.random.default_rng(1)
    crossbar, probe = array(rng, 2.0), rng.uniform(0.0, 0.2, (5, 40))
    exact = probe @ crossbar.transfer()
    found = closed_form(crossbar, probe)
    wrong = probe @ found.transfer - exact
    assert found.error == pytest.approx(np.linalg.norm(wrong) / np.linalg.norm(exact), rel=1e-6)
    ideal = probe @ crossbar.conductance
    assert found.error < 0.05 * np.linalg.norm(ideal - exact) / np.linalg.norm(exact)
    # The probe chose the bend: any other is worse.
    for bend in (0.9 * found.bend, 1.1 * found.bend):
        assert closed_form(crossbar, probe, bend=bend).error > found.error


def test_the_closed_form_is_exact_to_first_order() -> None:
    rng = np.random.default_rng(2)
    probe = rng.uniform(0.0, 0.2, 40)
    errors = []
    for segment in (0.01, 0.1):
        crossbar = dataclasses.replace(array(rng, segment), r_sense=0.0)
        errors.append(closed_form(crossbar, probe, bend=1.0).error)
    assert errors[0] < 1e-6
    # Ten times the resistance, a hundred times the error.
    assert errors[1] / errors[0] == pytest.approx(100.0, rel=0.3)


def test_both_pass_tensors_and_gradients() -> None:
    rng = np.random.default_rng(3)
    plain = array(rng, 2.0)
    conductance = torch.tensor(plain.conductance, requires_grad=True)
    segment = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    in_torch = dataclasses.replace(plain, conductance=conductance, r_bit_line=segment)
    in_numpy = dataclasses.replace(plain, r_bit_line=2.0)
    drive = rng.uniform(0.0, 1.0, 40)
    read = read_by_fixed_point(in_torch, torch.tensor(drive), iterations=8)
    expected = read_by_fixed_point(in_numpy, drive, iterations=8)
    assert read.output_current.detach().numpy() == pytest.approx(expected.output_current, rel=1e-12)
    read.output_current.sum().backward()
    exact = dataclasses.replace(
        plain, conductance=conductance.detach().requires_grad_(), r_bit_line=2.0
    )
    exact.output_current(torch.tensor(drive)).sum().backward()
    assert conductance.grad is not None
    difference = conductance.grad - exact.conductance.grad
    assert float(difference.norm() / conductance.grad.norm()) < 1e-3
    form = closed_form(in_torch, torch.tensor(drive), bend=1.0)
    assert form.transfer.requires_grad
    assert form.error == pytest.approx(closed_form(in_numpy, drive, bend=1.0).error, rel=1e-9)


def test_what_cannot_be_approximated_is_refused() -> None:
    rng = np.random.default_rng(4)
    crossbar = array(rng, 1.0)
    law = SinhLaw(conductance=crossbar.conductance, steepness=1.0)
    wires = {"r_word_line": 1.0, "r_bit_line": 1.0}
    tiles = Crossbar(conductance=np.ones((2, 40, 30)), **wires)
    floating = dataclasses.replace(crossbar, driven=np.arange(40) > 3)
    steep = Crossbar.of_cells(TwoTerminalCells(law=law), **wires)
    for wrong in (tiles, floating, steep):
        with pytest.raises(InvalidInput):
            read_by_fixed_point(wrong, np.ones(40), iterations=3)
        with pytest.raises(InvalidInput):
            closed_form(wrong, np.ones(40))
    with pytest.raises(InvalidInput, match="one value per row"):
        read_by_fixed_point(crossbar, np.ones(30), iterations=3)
    with pytest.raises(InvalidInput, match="not be negative"):
        read_by_fixed_point(crossbar, np.ones(40), iterations=-1)
    with pytest.raises(InvalidInput, match="no current"):
        closed_form(crossbar, np.zeros(40))
