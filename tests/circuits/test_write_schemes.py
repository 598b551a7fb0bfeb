"""Writes: published voltages of the selected and the half-selected cells, and their neighbours."""

import dataclasses

import numpy as np
import pytest

from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_cells.two_terminal import SinhLaw, TwoTerminalCells
from ohmloom.circuits.write_schemes import half_voltage, third_voltage, write_cell
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.errors import InvalidInput
from ohmloom.si import kohm, ns, ohm


def uniform(resistance: float, size: int = 8) -> Crossbar:
    return Crossbar(
        conductance=np.full((size, size), 1.0 / resistance),
        r_word_line=2 * ohm,
        r_bit_line=2 * ohm,
    )


@pytest.mark.parametrize(
    ("resistance", "cell", "selected"),
    [
        (10 * kohm, (0, 7), 0.9912739587566552),
        (1 * kohm, (0, 7), 0.9188383637348014),
        (10 * kohm, (7, 0), 0.9982090649567359),
        (1 * kohm, (7, 0), 0.9828599013230328),
    ],
)
def test_the_selected_cell_gets_what_the_reference_says(
    resistance: float, cell: tuple[int, int], selected: float
) -> None:
    # Oracle: an independent nodal solver, V/2 scheme, 8x8, segments of 2 ohm.
    write = write_cell(uniform(resistance), *cell, 1.0, half_voltage())
    assert write.selected_voltage == pytest.approx(selected, rel=1e-12)


@pytest.mark.parametrize(("resistance", "voltage"), [(10 * kohm, 0.4983), (1 * kohm, 0.4842)])
def test_half_selected_cells_get_what_the_reference_says(resistance: float, voltage: float) -> None:
    write = write_cell(uniform(resistance), 0, 7, 1.0, half_voltage())
    assert write.worst_disturbance == pytest.approx(voltage, abs=5e-5)


@pytest.mark.parametrize(
    ("scheme", "beside", "elsewhere"),
    [(half_voltage(), 0.5, 0.0), (third_voltage(), 1 / 3, -1 / 3)],
)
def test_without_wires_every_cell_gets_its_share(
    scheme: object, beside: float, elsewhere: float
) -> None:
    crossbar = dataclasses.replace(uniform(1 * kohm), r_word_line=0.0, r_bit_line=0.0)
    write = write_cell(crossbar, 2, 5, 0.9, scheme)  # type: ignore[arg-type]
    assert write.selected_voltage == pytest.approx(0.9)
    assert write.row_voltage == pytest.approx(0.9 * beside)
    assert write.column_voltage == pytest.approx(0.9 * beside)
    across = write.solution.device_voltage
    others = ~write.half_selected
    others[2, 5] = False
    assert across[others] == pytest.approx(0.9 * elsewhere, abs=1e-15)
    assert write.half_selected.sum() == 14


def test_steep_cells_let_less_through_when_half_selected() -> None:
    cells = np.full((8, 8), 1e-5)
    steep = TwoTerminalCells(law=SinhLaw(conductance=cells, steepness=8.0))
    wires = {"r_word_line": 20.0, "r_bit_line": 20.0}
    write = write_cell(Crossbar.of_cells(steep, **wires), 0, 7, 1.0, half_voltage())
    ohmic = write_cell(Crossbar(conductance=cells, **wires), 0, 7, 1.0, half_voltage())
    power, bare = write.solution.device_power, ohmic.solution.device_power
    assert power[write.half_selected].max() / power[0, 7] < 0.1
    assert bare[ohmic.half_selected].max() / bare[0, 7] > 0.2


def test_a_write_disturbs_by_the_rate_of_the_memristor() -> None:
    memristor = kvatinsky_2015()
    (width,) = memristor.state_variables
    state = np.full((1, 8, 8), 0.5 * (float(width.lowest) + float(width.highest)))
    write = write_cell(uniform(1 * kohm), 3, 3, 1.0, half_voltage())
    moved = write.state_change(memristor, state, duration=1 * ns)
    rate = memristor.state_rate(write.solution.device_voltage, state)
    assert moved == pytest.approx(1 * ns * rate)
    assert np.abs(moved[0, 3, 3]) > 0.0
    # Half of the voltage stays below the threshold of this device: nothing else moves.
    moved[0, 3, 3] = 0.0
    threshold_apart = np.abs(write.solution.device_voltage).max()
    assert threshold_apart > 0.9
    assert (np.abs(moved) <= np.abs(rate[0, 3, 3]) * 1 * ns).all()


@pytest.mark.parametrize("cell", [(-1, 0), (8, 0), (0, 8)])
def test_a_cell_outside_the_array_is_refused(cell: tuple[int, int]) -> None:
    with pytest.raises(InvalidInput, match="not in an array"):
        write_cell(uniform(1 * kohm), *cell, 1.0, half_voltage())
