"""The whole calibration against the hidden truth, and what it does with chips that are broken."""

import dataclasses

import numpy as np
import pytest

from ohmloom.calibration.crossbar_calibration import (
    BIT_LINE,
    CELL_HIGHEST,
    CELL_LOWEST,
    REMAINING_OFFSET,
    STUCK,
    WINDOW_HIGH,
    WINDOW_LOW,
    WORD_LINE,
    calibrate_crossbar,
)
from ohmloom.calibration.readout import (
    COLUMN_GAIN,
    COLUMN_OFFSET,
    ROW_OFFSET,
    calibrated_readout,
    nominal_readout,
    read_cells,
)
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import reveal
from ohmloom.errors import CalibrationFailed
from ohmloom.si import uS


def small(rows=12, columns=10, tiles=1):
    return dataclasses.replace(crossbar_64(tiles=tiles), rows=rows, columns=columns)


def true_row_offset(silicon, sheet):
    return silicon.dac_offset / (sheet.dac_step * silicon.dac_gain)


def failed_checks(readout, wires, silicon):
    """Which of the promises of a calibration are broken."""
    wanted = {
        "gain": np.abs(readout.column_gain / silicon.adc_gain - 1) < 0.01,
        "offset": np.abs(readout.column_offset - silicon.adc_offset) < 1,
        "row": np.abs(readout.row_offset - true_row_offset(silicon, readout.datasheet)) < 0.25,
        "wires": np.abs(np.divide(wires, [silicon.r_word_line, silicon.r_bit_line]) - 1) < 0.02,
    }
    return [name for name, kept in wanted.items() if not kept.all()]


def test_the_record_says_what_is_true(calibrated):
    record, silicon = calibrated.record, calibrated.silicon
    readout = calibrated_readout(calibrated.datasheet, record)
    wires = [float(record.quantities[name].value) for name in (WORD_LINE, BIT_LINE)]
    assert failed_checks(readout, wires, silicon) == []
    assert (record.masks[STUCK] == silicon.stuck.mask).mean() > 0.998
    left = silicon.adc_offset + 0.5 * record.codes["offset trim"]
    assert np.abs(left).max() < 0.4
    assert np.abs(record.quantities[REMAINING_OFFSET].value - left).max() < 0.15


def test_the_same_checks_see_an_untouched_chip(calibrated):
    readout = nominal_readout(calibrated.datasheet)
    assert failed_checks(readout, [2.5, 2.5], calibrated.silicon) == [
        "gain",
        "offset",
        "row",
        "wires",
    ]


def test_errors_of_the_record_are_as_large_as_it_says(calibrated):
    silicon, quantities = calibrated.silicon, calibrated.record.quantities
    # What no reading can tell from conductance belongs to the truth that is found.
    seen = silicon.dac_gain[:, :, None] / silicon.reference_gain
    truth = {
        COLUMN_OFFSET: silicon.adc_offset,
        ROW_OFFSET: true_row_offset(silicon, calibrated.datasheet),
        CELL_LOWEST: calibrated.low * seen,
        CELL_HIGHEST: calibrated.high * seen,
    }
    for name, true in truth.items():
        measured = quantities[name]
        z = ((measured.value - true) / measured.uncertainty)[measured.valid]
        assert 0.3 < z.std() < 1.5, name
        assert np.percentile(np.abs(z), 99) < 4, name
    # The gain alone shares an error with all columns, the tolerance of the test current.
    gain = quantities[COLUMN_GAIN]
    assert (np.abs(gain.value - silicon.adc_gain) < 3 * gain.uncertainty).all()
    assert (np.abs(1.0 - silicon.adc_gain) < 3 * gain.uncertainty).mean() < 0.2
    for name, true in ((WORD_LINE, silicon.r_word_line), (BIT_LINE, silicon.r_bit_line)):
        assert abs(quantities[name].value - true) < 5 * quantities[name].uncertainty


def test_nearly_all_working_cells_reach_the_whole_window(calibrated):
    low, high = (calibrated.record.quantities[name] for name in (WINDOW_LOW, WINDOW_HIGH))
    working = ~calibrated.silicon.stuck.mask
    showed_low, showed_high = calibrated.low[working], calibrated.high[working]
    assert (showed_low <= low.value).mean() == pytest.approx(0.99, abs=0.004)
    assert (showed_high >= high.value).mean() == pytest.approx(0.99, abs=0.004)
    assert abs(low.value - np.quantile(showed_low, 0.99)) < 4 * low.uncertainty
    assert abs(high.value - np.quantile(showed_high, 0.01)) < 4 * high.uncertainty
    assert low.uncertainty < 0.3 * uS
    assert high.uncertainty < 1.5 * uS


def test_the_chip_is_left_with_the_record_applied_and_at_rest(calibrated):
    chip, record = calibrated.chip, calibrated.record
    assert record.chip == chip.identity
    assert record.chip_time == chip.time > 2.0  # it waited for the cells to settle, twice
    assert (chip.codes("offset trim") == record.codes["offset trim"]).all()
    assert (chip.codes("row voltage") == 0).all()
    assert (chip.codes("test current") == 0).all()


def test_progress_rises_to_one(calibrated):
    told = calibrated.progress
    assert told == sorted(told)
    assert told[0] > 0.0
    assert told[-1] == 1.0
    assert len(told) > 100


def test_a_calibrated_reading_agrees_with_the_truth_and_an_uncalibrated_one_does_not(make_chip):
    chip = make_chip(9)
    record = calibrate_crossbar(chip)
    silicon, conductance = reveal(chip)
    seen = Crossbar(
        conductance=conductance, r_word_line=silicon.r_word_line, r_bit_line=silicon.r_bit_line
    ).transfer_row_by_row()

    def error(readout):
        found = read_cells(chip, readout, row_code=127, range_code=5, repeats=4)
        return (found / seen - 1)[conductance > 20 * uS]

    # What remains is the gain of the drivers, 0.5 %, and a quarter of a step.
    assert error(calibrated_readout(chip.datasheet, record)).std() < 0.01
    assert error(nominal_readout(chip.datasheet)).std() > 0.03


def test_the_record_does_not_depend_on_how_the_knobs_were_left(make_chip):
    chip = make_chip()
    chip.set_codes("column connect", np.arange(64) % 2)
    chip.set_codes("test current", np.asarray(-300))
    chip.set_codes("row select", np.asarray(0))
    chip.set_codes("offset trim", np.asarray(20))
    chip.set_codes("range", np.asarray(3))
    chip.set_codes("row voltage", np.asarray(55))
    record = calibrate_crossbar(chip)
    silicon = reveal(chip)[0]
    assert (record.masks[STUCK] == silicon.stuck.mask).mean() > 0.998
    wires = [float(record.quantities[name].value) for name in (WORD_LINE, BIT_LINE)]
    assert failed_checks(calibrated_readout(chip.datasheet, record), wires, silicon) == []


def test_dead_columns_are_a_mask_and_harm_no_other_result(make_chip):
    def dead(silicon):
        gain, offset = silicon.adc_gain.copy(), silicon.adc_offset.copy()
        gain[0, 7] = 0.0
        offset[0, 20] = 1000.0  # always at the rail
        return {"adc_gain": gain, "adc_offset": offset}

    chip = make_chip(silicon=dead)
    record = calibrate_crossbar(chip)
    silicon = reveal(chip)[0]
    assert np.flatnonzero(~record.quantities[COLUMN_GAIN].valid[0]).tolist() == [7, 20]
    assert record.masks[STUCK][0][:, [7, 20]].all()
    alive = ~np.isin(np.arange(64), [7, 20])
    assert (record.masks[STUCK] == silicon.stuck.mask)[0][:, alive].mean() > 0.998
    wires = [float(record.quantities[name].value) for name in (WORD_LINE, BIT_LINE)]
    assert wires == pytest.approx([silicon.r_word_line, silicon.r_bit_line], rel=0.02)
    rows = record.quantities[ROW_OFFSET].value
    assert rows == pytest.approx(true_row_offset(silicon, chip.datasheet), abs=0.25)
    assert "failed" in repr(record)


def test_a_chip_whose_cells_never_move_is_refused(make_chip):
    with pytest.raises(CalibrationFailed, match="no cell of crossbar-64 #3 answers to pulses"):
        calibrate_crossbar(make_chip(sheet=small(), stuck=1.0))


def test_a_chip_whose_columns_are_all_dead_is_refused(make_chip):
    chip = make_chip(
        sheet=small(), silicon=lambda silicon: {"adc_gain": np.zeros_like(silicon.adc_gain)}
    )
    with pytest.raises(CalibrationFailed, match="is the chip powered"):
        calibrate_crossbar(chip)


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (2, 1), (3, 9), (20, 5)])
def test_arrays_of_any_size_are_calibrated(make_chip, rows, columns):
    chip = make_chip(sheet=small(rows=rows, columns=columns, tiles=2), stuck=0.0)
    record = calibrate_crossbar(chip)
    silicon = reveal(chip)[0]
    assert np.abs(record.quantities[COLUMN_GAIN].value / silicon.adc_gain - 1).max() < 0.01
    assert not record.masks[STUCK].any()
    for name, true in ((WORD_LINE, silicon.r_word_line), (BIT_LINE, silicon.r_bit_line)):
        wire = record.quantities[name]
        assert abs(wire.value - true) < 6 * wire.uncertainty


def test_wires_that_cannot_be_told_are_marked_and_the_data_sheet_is_believed(make_chip, caplog):
    # One row: the bit line is but one segment, in series with each cell.
    chip = make_chip(sheet=small(rows=1, columns=2), stuck=0.0)
    record = calibrate_crossbar(chip)
    for name in (WORD_LINE, BIT_LINE):
        assert record.quantities[name].value == 2.5
        assert not record.quantities[name].valid
    assert "the data sheet is believed" in caplog.text
    assert "2 values failed" in repr(record)
