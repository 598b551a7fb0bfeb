"""Resistance of the wires against the hidden truth."""

import dataclasses

import numpy as np
import pytest

from ohmloom.calibration.cell_survey import survey_cells
from ohmloom.calibration.column_readout import calibrate_column_readout
from ohmloom.calibration.wire_resistance import calibrate_wire_resistance, own_conductance
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import reveal
from ohmloom.errors import CalibrationFailed
from ohmloom.si import ohm, uS


def set_all(chip):
    for _ in range(24):
        chip.program("cells", np.full(chip.datasheet.shape, 22))
    chip.wait(1.0)
    return chip


def both(wires):
    return np.array([float(wires.r_word_line.value), float(wires.r_bit_line.value)])


def truth(chip):
    silicon = reveal(chip)[0]
    return np.array([silicon.r_word_line, silicon.r_bit_line])


def test_both_resistances_are_found_and_the_uncertainty_is_honest(make_chip, true_readout):
    found, true, z = [], [], []
    for serial in range(6):
        chip = set_all(make_chip(serial))
        wires = calibrate_wire_resistance(chip, true_readout(chip))
        found.append(both(wires))
        true.append(truth(chip))
        uncertainty = [wires.r_word_line.uncertainty, wires.r_bit_line.uncertainty]
        z.append((found[-1] - true[-1]) / uncertainty)
        assert wires.r_word_line.valid
        assert wires.r_bit_line.valid
    found, true, z = np.array(found), np.array(true), np.array(z)
    assert found == pytest.approx(true, rel=0.05)
    assert found == pytest.approx(true, rel=0.01)  # it is much better than it has to be
    assert np.sqrt((z**2).mean()) < 1.7
    assert np.abs(z).max() < 5
    # Negative control: the data sheet would not pass.
    assert np.abs(2.5 / true - 1).max() > 0.05


def test_the_two_kinds_of_wire_are_told_apart(make_chip, true_readout):
    for word, bit in ((1.0, 5.0), (5.0, 1.0)):
        chip = set_all(
            make_chip(silicon=lambda _, w=word, b=bit: {"r_word_line": w, "r_bit_line": b})
        )
        wires = calibrate_wire_resistance(chip, true_readout(chip))
        assert both(wires) == pytest.approx([word, bit], rel=0.02)


def test_wires_without_resistance_are_found_to_have_none(make_chip, true_readout):
    chip = set_all(make_chip(silicon=lambda _: {"r_word_line": 0.0, "r_bit_line": 0.0}))
    assert both(calibrate_wire_resistance(chip, true_readout(chip))) == pytest.approx(0, abs=0.02)


def test_tiles_share_their_wires_and_any_of_them_will_do(make_chip, true_readout):
    chip = set_all(make_chip(tiles=3))
    for tiles in (None, [1], [0, 2]):
        wires = calibrate_wire_resistance(chip, true_readout(chip), tiles=tiles)
        assert both(wires) == pytest.approx(truth(chip), rel=0.01)


def test_dead_columns_do_not_spoil_the_wires(make_chip, true_readout):
    def dead(silicon):
        gain, offset = silicon.adc_gain.copy(), silicon.adc_offset.copy()
        gain[0, 7] = 0.0
        offset[0, 20] = 1000.0
        return {"adc_gain": gain, "adc_offset": offset}

    chip = set_all(make_chip(silicon=dead))
    columns = calibrate_column_readout(chip)
    usable = columns.gain.valid
    readout = true_readout(chip)
    readout = dataclasses.replace(
        readout,
        column_gain=np.where(usable, readout.column_gain, 1.0),
        column_offset=np.where(usable, readout.column_offset, 0.0),
    )
    wires = calibrate_wire_resistance(chip, readout, usable=usable)
    assert both(wires) == pytest.approx(truth(chip), rel=0.01)
    # Negative control: with the dead columns in, the fit is led astray.
    assert both(calibrate_wire_resistance(chip, readout)) != pytest.approx(truth(chip), rel=0.05)


def test_a_chip_that_does_not_conduct_says_nothing_about_its_wires(make_chip, true_readout):
    chip = make_chip(
        sheet=dataclasses.replace(crossbar_64(tiles=1), rows=4, columns=4),
        stuck=1.0,
        silicon=lambda truth: {"adc_gain": 0.0 * truth.adc_gain},
    )
    readout = true_readout(make_chip(sheet=chip.datasheet))
    readout = dataclasses.replace(readout, column_offset=reveal(chip)[0].adc_offset.round())
    with pytest.raises(CalibrationFailed, match="SET the cells first"):
        calibrate_wire_resistance(chip, readout)


@pytest.mark.parametrize(("r_word_line", "r_bit_line"), [(2.5, 2.5), (0.0, 4.0), (4.0, 0.0)])
def test_own_conductance_undoes_the_wires(r_word_line, r_bit_line):
    conductance = np.random.default_rng(1).uniform(0.5 * uS, 60 * uS, (2, 64, 64))
    conductance[0, 3, 5] = 0.0
    wires = {"r_word_line": r_word_line * ohm, "r_bit_line": r_bit_line * ohm}
    apparent = Crossbar(conductance=conductance, **wires).transfer_row_by_row()
    found = own_conductance(apparent, **wires)
    assert np.abs(found - conductance).max() < 1e-3 * 60 * uS
    assert np.abs(apparent - conductance).max() > 0.5 * uS  # negative control: the wires matter
    assert found[0, 3, 5] == 0.0


def test_own_conductance_leaves_what_it_is_given_alone():
    apparent = np.full((3, 3), 10 * uS)
    assert own_conductance(apparent, 0.0, 0.0) == pytest.approx(apparent)
    own_conductance(apparent, 5.0, 5.0)
    assert (apparent == 10 * uS).all()


def test_progress_rises_to_one_and_the_lines_are_left_connected(make_chip, true_readout):
    chip, told = make_chip(), []
    readout = true_readout(chip)
    survey_cells(chip, readout)
    calibrate_wire_resistance(chip, readout, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    for knob in ("row select", "column connect"):
        assert (chip.codes(knob) == 1).all()
