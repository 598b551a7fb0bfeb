"""Offsets of the row drivers against the hidden truth."""

import numpy as np
import pytest

from ohmloom.calibration.row_drivers import calibrate_row_drivers
from ohmloom.circuits.crossbar_chip.virtual_chip import reveal


def set_all(chip):
    for _ in range(24):
        chip.program("cells", np.full(chip.datasheet.shape, 22))
    chip.wait(1.0)
    return chip


def truth(chip):
    silicon = reveal(chip)[0]
    return silicon.dac_offset / (chip.datasheet.dac_step * silicon.dac_gain)


def right(offset, chip):
    return np.abs(offset - truth(chip)) < 0.25


def test_offsets_are_found_within_a_quarter_of_a_step_and_the_uncertainty_is_honest(
    make_chip, true_readout
):
    chip = set_all(make_chip(tiles=3))
    rows = calibrate_row_drivers(chip, true_readout(chip))
    assert rows.valid.all()
    assert rows.unit == "DAC steps"
    assert right(rows.value, chip).all()
    z = (rows.value - truth(chip)) / rows.uncertainty
    assert 0.5 < z.std() < 1.5
    assert np.abs(z).max() < 6
    # Negative control: an untouched chip is off by 2.5 mV, 1.6 steps.
    assert right(np.zeros_like(rows.value), chip).mean() < 0.25
    assert (np.abs(truth(chip)) / rows.uncertainty).mean() > 10


def test_the_gain_of_a_driver_does_not_matter(make_chip, true_readout):
    chip = set_all(make_chip(silicon=lambda silicon: {"dac_gain": 1.2 * silicon.dac_gain}))
    assert right(calibrate_row_drivers(chip, true_readout(chip)).value, chip).all()


def test_rows_that_hardly_conduct_are_a_mask(make_chip, true_readout):
    def dead(silicon):
        gain = silicon.dac_gain.copy()
        gain[0, 5] = 0.0
        return {"dac_gain": gain}

    chip = set_all(make_chip(silicon=dead))
    silicon = reveal(chip)[0]
    readout = true_readout(make_chip())
    rows = calibrate_row_drivers(chip, readout)
    assert np.flatnonzero(~rows.valid[0]).tolist() == [5]
    assert np.isfinite(rows.value).all()
    others = rows.valid[0]
    step = chip.datasheet.dac_step
    expected = silicon.dac_offset[0, others] / (step * silicon.dac_gain[0, others])
    assert rows.value[0, others] == pytest.approx(expected, abs=0.25)


def test_a_chip_whose_cells_are_reset_says_nothing_about_its_drivers(make_chip, true_readout):
    chip = make_chip(stuck=0.0)
    assert not calibrate_row_drivers(chip, true_readout(chip)).valid.any()
