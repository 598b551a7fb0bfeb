"""A calibration record held against the hidden truth of a virtual chip."""

from dataclasses import asdict, dataclass

import numpy as np

from ohmloom.analysis.classification import Detection, detection
from ohmloom.calibration.crossbar_calibration import BIT_LINE, STUCK, WORD_LINE
from ohmloom.calibration.readout import COLUMN_GAIN, COLUMN_OFFSET, ROW_OFFSET
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet
from ohmloom.circuits.crossbar_chip.silicon import Silicon
from ohmloom.si import ohm


@dataclass(frozen=True, kw_only=True)
class CalibrationCheck:
    """How far a record is from the truth."""

    column_gain: float
    """Largest relative error of a column's gain [1]."""
    column_offset: float
    """Largest error of a column's offset [ADC steps]."""
    row_offset: float
    """Largest error of a row driver's offset [DAC steps]."""
    word_line: float
    """Relative error of the word line resistance [1]; below 1 ohm, the error over 1 ohm."""
    bit_line: float
    """Error of the bit line resistance, likewise [1]."""
    stuck: Detection
    """How well the stuck cells were found."""
    covered: float
    """Share of gains and offsets within two of their standard uncertainties [1]; 0.95 if honest."""

    def row(self) -> dict[str, float | int]:
        """The check as a line of a table."""
        flat = asdict(self)
        return {**{k: v for k, v in flat.items() if k != "stuck"}, **flat["stuck"]}


def check_calibration(
    record: CalibrationRecord, silicon: Silicon, datasheet: CrossbarDatasheet
) -> CalibrationCheck:
    """Compare a record with what production made of the chip.

    Args:
        record: what calibration found.
        silicon: the truth.
        datasheet: nominal values of the chip.
    """
    gain, offset, row = (record.quantities[n] for n in (COLUMN_GAIN, COLUMN_OFFSET, ROW_OFFSET))
    row_truth = silicon.dac_offset / (datasheet.dac_step * silicon.dac_gain)
    errors = (
        (gain.value - silicon.adc_gain) / gain.uncertainty,
        (offset.value - silicon.adc_offset) / offset.uncertainty,
        (row.value - row_truth) / row.uncertainty,
    )
    inside = np.concatenate([np.abs(error).ravel() <= 2.0 for error in errors])
    return CalibrationCheck(
        column_gain=float(np.abs(gain.value / silicon.adc_gain - 1.0).max()),
        column_offset=float(np.abs(offset.value - silicon.adc_offset).max()),
        row_offset=float(np.abs(row.value - row_truth).max()),
        word_line=_relative(float(record.quantities[WORD_LINE].value), silicon.r_word_line),
        bit_line=_relative(float(record.quantities[BIT_LINE].value), silicon.r_bit_line),
        stuck=detection(silicon.stuck.mask, record.masks[STUCK]),
        covered=float(inside.mean()),
    )


def _relative(found: float, true: float) -> float:
    """Relative error of a resistance that may be zero."""
    return (found - true) / max(true, 1 * ohm)
