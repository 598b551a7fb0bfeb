"""How far every cell can be driven, and which cells do not move at all.

All cells are driven down with the strongest RESET pulses and read, then driven up with the
strongest SET pulses and read. A cell that ends where it began is stuck. Each end is driven to and
read twice: cells relax differently after every pulse, and what the two readings disagree by is how
well the reach of a cell is known.
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
FURTHER_PULSES = 4
"""More of the same before each end is read a second time."""
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
    """Standard uncertainty of one value of `low`, relaxation after the pulses included [S]."""
    high_uncertainty: float
    """Standard uncertainty of one value of `high`, relaxation after the pulses included [S]."""
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

    def read(range_code: int) -> FloatArray:
        return read_cells(chip, readout, row_code=top, range_code=range_code, repeats=REPEATS)

    def read_low() -> FloatArray:
        fine, coarse = read(sensitive), read(roomy)
        # A cell stuck on is beyond the sensitive range.
        beyond = coarse > 0.9 * float(sheet.full_scale(sensitive)) / sheet.read_voltage
        return np.where(beyond, coarse, fine)

    def drive(direction: int, pulses: int, start: float, stop: float) -> None:
        for pulse in range(pulses):
            chip.program("cells", np.full(sheet.shape, direction * sheet.highest_pulse_code))
            progress(start + (stop - start) * (pulse + 1) / pulses)
        chip.wait(SETTLING)

    drive(-1, PULSES, 0.0, 0.4)
    first_low = read_low()
    drive(-1, FURTHER_PULSES, 0.4, 0.5)
    second_low = read_low()
    drive(+1, PULSES, 0.5, 0.9)
    first_high = read(roomy)
    drive(+1, FURTHER_PULSES, 0.9, 1.0)
    second_high = read(roomy)

    low, high = 0.5 * (first_low + second_low), 0.5 * (first_high + second_high)
    stuck = high - low < SMALLEST_MOVE * (sheet.conductance_high - sheet.conductance_low)

    def uncertainty(difference: FloatArray, range_code: int) -> float:
        """Of the mean of two readings; the fraction of an ADC step is common to both."""
        step = float(sheet.current_step(range_code)) / sheet.read_voltage
        scatter = np.std(difference[~stuck]) / 2.0 if not stuck.all() else 0.0
        return float(np.hypot(scatter, step / np.sqrt(12.0)))

    return CellSurvey(
        low=low,
        high=high,
        low_uncertainty=uncertainty(first_low - second_low, sensitive),
        high_uncertainty=uncertainty(first_high - second_high, roomy),
        stuck=stuck,
    )
