"""The whole calibration of a crossbar chip, in the order in which one step needs the other."""

import logging

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.calibration.cell_survey import CellSurvey, survey_cells
from ohmloom.calibration.column_readout import calibrate_column_readout
from ohmloom.calibration.readout import COLUMN_GAIN, COLUMN_OFFSET, ROW_OFFSET, Readout
from ohmloom.calibration.record import CalibrationRecord, Measured
from ohmloom.calibration.row_drivers import calibrate_row_drivers
from ohmloom.calibration.wire_resistance import (
    WireResistance,
    calibrate_wire_resistance,
    own_conductance,
)
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.errors import CalibrationFailed
from ohmloom.progress import Progress, part, silent
from ohmloom.provenance import provenance

log = logging.getLogger(__name__)

REMAINING_OFFSET = "column offset after trim"
WORD_LINE = "word line resistance"
BIT_LINE = "bit line resistance"
CELL_LOWEST = "cell lowest"
CELL_HIGHEST = "cell highest"
WINDOW_LOW = "conductance window, low end"
WINDOW_HIGH = "conductance window, high end"
STUCK = "stuck cells"
SHARE_IN_WINDOW = 0.99
"""The window is what this share of the working cells can reach, at each end."""


def calibrate_crossbar(chip: CrossbarChip, *, progress: Progress = silent) -> CalibrationRecord:
    """Find out how one crossbar chip differs from its data sheet, through the protocol alone.

    Measures gain and offset of every column, offset of every row driver, reach of every cell, the
    stuck cells, the resistance of the wires, and the conductance window. Whatever was programmed
    is lost; the chip is left with the found codes applied and its cells SET.

    Args:
        chip: simulated or on the bench.
        progress: told the share done.

    Returns:
        A record that holds every column and cell, also those that failed: `valid` and the masks
        tell them apart, and nothing is raised for them.

    Raises:
        CalibrationFailed: no column answers, or no cell moves.
    """
    sheet = chip.datasheet
    for knob, code in {"row select": 1, "column connect": 1, "test current": 0}.items():
        chip.set_codes(knob, np.asarray(code))
    columns = calibrate_column_readout(chip, progress=part(progress, 0.0, 0.35))
    if not columns.gain.valid.any():
        raise CalibrationFailed(
            f"no column of {chip.identity} follows the test current; is the chip powered?"
        )
    readout = Readout(
        datasheet=sheet,
        column_gain=np.where(columns.gain.valid, columns.gain.value, 1.0),
        column_offset=np.where(columns.offset.valid, columns.offset.value, 0.0),
        row_offset=np.zeros((sheet.tiles, sheet.rows)),
    )
    survey = survey_cells(chip, readout, progress=part(progress, 0.35, 0.6))
    if survey.stuck.all():
        raise CalibrationFailed(f"no cell of {chip.identity} answers to pulses")
    rows = calibrate_row_drivers(chip, readout)
    progress(0.65)
    readout = Readout(
        datasheet=sheet,
        column_gain=readout.column_gain,
        column_offset=readout.column_offset,
        row_offset=np.where(rows.valid, rows.value, 0.0),
    )
    wires = _wires(chip, readout, columns.gain.valid, progress=part(progress, 0.65, 0.95))
    chip.set_codes("row voltage", np.asarray(0))
    lowest, highest = _reach(survey, readout, wires)
    progress(1.0)
    return CalibrationRecord(
        chip=chip.identity,
        quantities={
            COLUMN_GAIN: columns.gain,
            COLUMN_OFFSET: columns.offset,
            REMAINING_OFFSET: columns.remaining_offset,
            ROW_OFFSET: rows,
            WORD_LINE: wires.r_word_line,
            BIT_LINE: wires.r_bit_line,
            CELL_LOWEST: lowest,
            CELL_HIGHEST: highest,
            WINDOW_LOW: _quantile(lowest, SHARE_IN_WINDOW),
            WINDOW_HIGH: _quantile(highest, 1.0 - SHARE_IN_WINDOW),
        },
        masks={STUCK: survey.stuck},
        codes={"offset trim": columns.trim},
        at_limit={"offset trim": columns.trim_at_limit},
        chip_time=chip.time,
        provenance=provenance(),
    )


def _wires(
    chip: CrossbarChip, readout: Readout, usable: BoolArray, *, progress: Progress
) -> WireResistance:
    """The wires; where they cannot be told, those of the data sheet, marked as not valid."""
    try:
        return calibrate_wire_resistance(chip, readout, usable=usable, progress=progress)
    except CalibrationFailed as error:
        log.warning("%s: %s; the data sheet is believed", chip.identity, error)

    def nominal(resistance: float) -> Measured:
        return Measured(
            value=np.asarray(resistance),
            uncertainty=np.asarray(np.inf),
            valid=np.asarray(False),
            unit="ohm",
        )

    sheet = chip.datasheet
    return WireResistance(
        r_word_line=nominal(sheet.r_word_line), r_bit_line=nominal(sheet.r_bit_line)
    )


def _reach(
    survey: CellSurvey, readout: Readout, wires: WireResistance
) -> tuple[Measured, Measured]:
    """Both ends of every cell's reach, the wires and the row offsets taken out."""
    sheet = readout.datasheet
    # The survey came before the row offsets were known.
    drive = sheet.highest_dac_code / (sheet.highest_dac_code + readout.row_offset)
    moving = ~survey.stuck

    def own(apparent: FloatArray, uncertainty: float) -> Measured:
        conductance = own_conductance(
            (apparent * drive[:, :, None]).clip(min=0.0),
            float(wires.r_word_line.value),
            float(wires.r_bit_line.value),
        )
        return Measured(
            value=conductance,
            uncertainty=np.full(conductance.shape, uncertainty),
            # Of a stuck cell this is not a reach, but where it is stuck.
            valid=moving,
            unit="S",
        )

    return own(survey.low, survey.low_uncertainty), own(survey.high, survey.high_uncertainty)


def _quantile(reach: Measured, share: float) -> Measured:
    """An end of the window: the quantile of one end of the reach of all working cells, shape ()."""
    values = np.sort(reach.value[reach.valid])
    # The ranks one standard deviation to either side bracket the quantile.
    width = np.sqrt(share * (1.0 - share) / values.size)
    low, middle, high = np.quantile(values, np.clip([share - width, share, share + width], 0, 1))
    return Measured(
        value=np.asarray(middle),
        uncertainty=np.asarray(np.hypot((high - low) / 2.0, reach.uncertainty.flat[0])),
        valid=np.asarray(True),
        unit="S",
    )
