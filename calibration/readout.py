"""`Readout`: turns the codes of a crossbar chip into currents and conductances.

Without a record it believes the data sheet; with one it knows the gain and offset of every column
and the offset of every row driver.
"""

from dataclasses import dataclass, replace

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet

COLUMN_GAIN = "column gain"
COLUMN_OFFSET = "column offset"
ROW_OFFSET = "row offset"


@dataclass(frozen=True, kw_only=True)
class Readout:
    """How the codes of one chip are to be read."""

    datasheet: CrossbarDatasheet
    """Nominal values of the chip."""
    column_gain: FloatArray
    """Gain of each column over nominal, shape (tiles, columns) [1]."""
    column_offset: FloatArray
    """Code of each column at zero current and zero trim, shape (tiles, columns) [ADC steps]."""
    row_offset: FloatArray
    """Drive of each row at code zero, shape (tiles, rows) [DAC steps]."""

    def of_tile(self, tile: int) -> "Readout":
        """The readout of one tile alone; its arrays keep their first dimension, of length one."""
        return replace(
            self,
            column_gain=self.column_gain[tile, None],
            column_offset=self.column_offset[tile, None],
            row_offset=self.row_offset[tile, None],
        )

    def current(
        self, codes: IntArray | FloatArray, *, range_code: IntArray, trim: IntArray
    ) -> FloatArray:
        """Column currents [A] from ADC codes.

        Args:
            codes: shape (tiles, ..., columns), or means of codes.
            range_code: range of each column, broadcast against `codes`.
            trim: offset trim of each column, broadcast against `codes`.
        """
        extra = codes.ndim - self.column_gain.ndim
        gain, offset = (
            array.reshape(array.shape[:1] + (1,) * extra + array.shape[1:])
            for array in (self.column_gain, self.column_offset)
        )
        offset = offset + self.datasheet.trim_step * trim
        return np.asarray((codes - offset) / gain * self.datasheet.current_step(range_code))


def nominal_readout(datasheet: CrossbarDatasheet) -> Readout:
    """The readout of a chip that keeps all promises of its data sheet."""
    tiles, rows, columns = datasheet.shape
    return Readout(
        datasheet=datasheet,
        column_gain=np.ones((tiles, columns)),
        column_offset=np.zeros((tiles, columns)),
        row_offset=np.zeros((tiles, rows)),
    )


def calibrated_readout(datasheet: CrossbarDatasheet, record: CalibrationRecord) -> Readout:
    """The readout of a record; where a measurement failed, the data sheet is believed."""
    nominal = nominal_readout(datasheet)

    def or_nominal(name: str, fallback: FloatArray) -> FloatArray:
        measured = record.quantities[name]
        return np.where(measured.valid, measured.value, fallback)

    return Readout(
        datasheet=datasheet,
        column_gain=or_nominal(COLUMN_GAIN, nominal.column_gain),
        column_offset=or_nominal(COLUMN_OFFSET, nominal.column_offset),
        row_offset=or_nominal(ROW_OFFSET, nominal.row_offset),
    )


def read_cells(
    chip: CrossbarChip, readout: Readout, *, row_code: int, range_code: int, repeats: int
) -> FloatArray:
    """Apparent conductance of every cell, its row selected alone.

    Apparent: as seen through the wires and the gain of the row driver, which no reading can tell
    from conductance.

    Args:
        chip: the chip; left with the row codes and ranges that were used.
        readout: how to read its codes.
        row_code: DAC code of the rows, not zero.
        range_code: range of all columns.
        repeats: how many readings to average.

    Returns:
        Mean apparent conductance, shape (tiles, rows, columns) [S].
    """
    chip.set_codes("row voltage", np.asarray(row_code))
    chip.set_codes("range", np.asarray(range_code))
    codes = np.mean([chip.read("cell codes") for _ in range(repeats)], axis=0)
    current = readout.current(
        codes, range_code=np.asarray(range_code), trim=chip.codes("offset trim")[:, None, :]
    )
    drive = readout.datasheet.dac_step * (row_code + readout.row_offset)
    return np.asarray(current / drive[:, :, None])
