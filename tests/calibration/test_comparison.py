"""What has changed between two records of one chip."""

import dataclasses

import numpy as np
import pytest

from ohmloom.calibration.comparison import compare_records
from ohmloom.calibration.crossbar_calibration import COLUMN_GAIN, STUCK, calibrate_crossbar
from ohmloom.circuits.chip import ChipIdentity
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.errors import WrongChip


def changed(table, quantity):
    return int(table.set_index("quantity").loc[quantity, "changed"])


def shifted(record, quantity, columns, by):
    measured = record.quantities[quantity]
    value = measured.value.copy()
    value[0, :columns] += by
    moved = dataclasses.replace(measured, value=value)
    return dataclasses.replace(record, quantities={**record.quantities, quantity: moved})


def test_the_same_chip_on_another_day_has_not_changed(calibrated):
    again = calibrate_crossbar(VirtualCrossbarChip(3, datasheet=calibrated.datasheet, seed=8))
    table = compare_records(calibrated.record, again).set_index("quantity")
    for quantity in ("column gain", "column offset", "row offset", "word line resistance"):
        assert table.loc[quantity, "changed"] <= 1, quantity
    assert table.loc[STUCK, "changed"] <= 5
    # A cell relaxes differently after every SET; of thousands a few do so beyond four sigma.
    reach = table.loc["cell highest"]
    assert reach["changed"] < 0.02 * reach["values"]


def test_planted_changes_are_counted(calibrated):
    later = shifted(calibrated.record, COLUMN_GAIN, columns=5, by=0.02)
    table = compare_records(calibrated.record, later)
    assert changed(table, COLUMN_GAIN) == 5
    assert changed(table, "column offset") == 0
    largest = table.set_index("quantity").loc[COLUMN_GAIN, "largest change"]
    assert largest == pytest.approx(0.02)


def test_a_change_within_the_uncertainty_does_not_count(calibrated):
    later = shifted(calibrated.record, COLUMN_GAIN, columns=5, by=0.001)
    assert changed(compare_records(calibrated.record, later), COLUMN_GAIN) == 0


def test_cells_that_got_stuck_since_are_counted(calibrated):
    mask = calibrated.record.masks[STUCK].copy()
    working = np.argwhere(~mask)[:7]
    mask[tuple(working.T)] = True
    later = dataclasses.replace(calibrated.record, masks={STUCK: mask})
    assert changed(compare_records(calibrated.record, later), STUCK) == 7


def test_a_record_of_another_chip_is_refused(calibrated):
    other = dataclasses.replace(calibrated.record, chip=ChipIdentity(model="crossbar-64", serial=4))
    with pytest.raises(WrongChip, match="crossbar-64 #3"):
        compare_records(calibrated.record, other)


def test_a_record_of_another_size_is_refused(calibrated):
    half = {STUCK: calibrated.record.masks[STUCK][:1]}
    with pytest.raises(WrongChip, match="different size"):
        compare_records(calibrated.record, dataclasses.replace(calibrated.record, masks=half))


def test_only_what_was_measured_both_times_is_compared(calibrated):
    measured = calibrated.record.quantities[COLUMN_GAIN]
    failed = dataclasses.replace(measured, valid=np.zeros_like(measured.valid))
    later = dataclasses.replace(
        calibrated.record, quantities={**calibrated.record.quantities, COLUMN_GAIN: failed}
    )
    table = compare_records(calibrated.record, later).set_index("quantity")
    assert table.loc[COLUMN_GAIN, "values"] == 0
    assert np.isnan(table.loc[COLUMN_GAIN, "median change"])
