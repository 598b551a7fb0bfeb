"""How far every cell can be driven, and which cells do not move at all.

All cells are driven down with the strongest RESET pulses, read, driven up with the strongest SET
pulses, and read again. A cell that ends where it began is stuck.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.calibration.readout import Readout, read_cells
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.progress import Progress, silent
from ohmloom.si import second

PULSES = 24
"""Strongest pulses in each direction: enough for a cell of a tenth of the usual response."""
SETTLING = 1.0 * second
"""Time between the last pulse and reading, so that relaxation does not move what is compared."""
REPEATS = 4
"""Readings to average."""
SMALLEST_MOVE = 0.1
"""A cell that moves by less than this share of the conductance window is stuck."""


@dataclass(frozen=True, kw_only=True)
class CellSurvey:
    """Where every cell ended, as seen through the wires; the chip is left with all cells SET."""

    low: FloatArray
    """Apparent conductance after RESET, shape (tiles, rows, columns) [S]."""
    high: FloatArray
    """Apparent conductance after SET, shape (tiles, rows, columns) [S]."""
    low_uncertainty: float
    """Standard uncertainty of one value of `low` [S]."""
    high_uncertainty: float
    """Standard uncertainty of one value of `high` [S]."""
    stuck: BoolArray
    """Cells that did not move, shape (tiles, rows, columns)."""


def survey_cells(
    chip: CrossbarChip, readout: Readout, *, progress: Progress = silent
) -> CellSurvey:
    """Drive every cell to both ends of its reach.

    Whatever was programmed is lost.

    Args:
        chip: simulated or on the bench; left with all cells SET.
        readout: how to read its codes.
        progress: told the share done.
    """
    sheet = chip.datasheet
    top = sheet.highest_dac_code
    sensitive = int(sheet.range_for(0.25 * sheet.conductance_high * sheet.read_voltage))
    roomy = int(sheet.range_for(2.0 * sheet.conductance_high * sheet.read_voltage))

    def drive(direction: int, start: float) -> None:
        for pulse in range(PULSES):
            chip.program("cells", np.full(sheet.shape, direction * sheet.highest_pulse_code))
            progress(start + 0.4 * (pulse + 1) / PULSES)
        chip.wait(SETTLING)

    drive(-1, 0.0)
    low = read_cells(chip, readout, row_code=top, range_code=sensitive, repeats=REPEATS)
    # A cell stuck on is beyond the sensitive range: what clipped is read again in the roomy one.
    coarse = read_cells(chip, readout, row_code=top, range_code=roomy, repeats=REPEATS)
    beyond = coarse > 0.9 * float(sheet.full_scale(sensitive)) / sheet.read_voltage
    low = np.where(beyond, coarse, low)
    drive(+1, 0.5)
    high = read_cells(chip, readout, row_code=top, range_code=roomy, repeats=REPEATS)
    again = read_cells(chip, readout, row_code=top, range_code=roomy, repeats=REPEATS)
    progress(1.0)

    window = sheet.conductance_high - sheet.conductance_low
    # Averages of four readings that differ by white noise and by the fraction of a step.
    step = float(sheet.current_step(roomy)) / sheet.read_voltage
    quantisation = step / np.sqrt(12.0)
    return CellSurvey(
        low=low,
        high=0.5 * (high + again),
        low_uncertainty=float(sheet.current_step(sensitive)) / sheet.read_voltage / np.sqrt(12.0),
        high_uncertainty=float(np.hypot(np.std(high - again) / 2.0, quantisation)),
        stuck=high - low < SMALLEST_MOVE * window,
    )
