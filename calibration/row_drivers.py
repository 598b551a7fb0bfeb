"""Offset of every row driver.

A row drives its cells with a code and with the negative of it. A driver without offset gives
opposite currents; what is left of their sum is the offset, in DAC steps, whatever the cells conduct
and whatever gain the driver has.
"""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.calibration.readout import Readout, read_cells
from ohmloom.calibration.record import Measured
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip


def calibrate_row_drivers(chip: CrossbarChip, readout: Readout, *, repeats: int = 4) -> Measured:
    """Measure the offset of every row driver, shape (tiles, rows) [DAC steps].

    Args:
        chip: simulated or on the bench, its cells conducting well (best after SET).
        readout: how to read its codes; the row offsets in it are not used.
        repeats: readings to average.
    """
    sheet = chip.datasheet
    top = sheet.highest_dac_code
    roomy = int(sheet.range_for(2.0 * sheet.conductance_high * sheet.read_voltage))
    plain = Readout(
        datasheet=sheet,
        column_gain=readout.column_gain,
        column_offset=readout.column_offset,
        row_offset=np.zeros_like(readout.row_offset),
    )

    def currents(code: int) -> FloatArray:
        apparent = read_cells(chip, plain, row_code=code, range_code=roomy, repeats=repeats)
        return apparent * code

    forward, backward = currents(top), currents(-top)
    # Least squares over the columns of forward + backward = 2 q s and forward - backward = 2 top s.
    swing = forward - backward
    total = forward + backward
    weight = np.maximum((swing**2).sum(axis=2), 1e-300)
    offset = top * (total * swing).sum(axis=2) / weight
    residual = total - offset[:, :, None] / top * swing
    scatter = (residual**2).sum(axis=2) / max(sheet.columns - 1, 1)
    drive = np.sqrt((swing**2).mean(axis=2))
    return Measured(
        value=offset,
        uncertainty=top * np.sqrt(scatter / weight),
        # A row that hardly conducts says nothing about its driver.
        valid=drive > 2.0 * top * 0.05 * sheet.conductance_high,
        unit="DAC steps",
    )
