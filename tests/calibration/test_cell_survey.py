"""Reach of the cells and the stuck ones against the hidden truth."""

import dataclasses

import numpy as np
import pytest

from ohmloom.calibration.cell_survey import survey_cells
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import reveal
from ohmloom.si import uS


@pytest.fixture
def surveyed(make_chip, true_readout, watched):
    def survey(**changes):
        chip = make_chip(**changes)
        watch = watched(chip)
        told = []
        survey = survey_cells(watch, true_readout(chip), progress=told.append)
        return survey, reveal(chip)[0], watch.truth, told

    return survey


def apparent(conductance, silicon):
    """What a reading shows: through the wires, and with the gain of the row drivers."""
    seen = Crossbar(
        conductance=conductance,
        r_word_line=silicon.r_word_line,
        r_bit_line=silicon.r_bit_line,
    ).transfer_row_by_row()
    return seen * silicon.dac_gain[:, :, None] / silicon.reference_gain


def precision_and_recall(found, true):
    both = (found & true).sum()
    return both / found.sum(), both / true.sum()


def test_stuck_cells_are_found_and_no_others(surveyed):
    survey, silicon, _, _ = surveyed(tiles=2)
    precision, recall = precision_and_recall(survey.stuck, silicon.stuck.mask)
    assert precision >= 0.99
    assert recall >= 0.99
    # Negative control: as many cells, chosen blindly, would not pass.
    blind = np.random.default_rng(1).permutation(survey.stuck.ravel()).reshape(survey.stuck.shape)
    assert max(precision_and_recall(blind, silicon.stuck.mask)) < 0.3


def test_a_chip_without_stuck_cells_has_none(surveyed):
    survey, *_ = surveyed(stuck=0.0)
    assert survey.stuck.mean() < 0.001


def test_both_ends_are_the_reach_of_the_cells_within_the_uncertainty(surveyed):
    survey, silicon, _, _ = surveyed()
    moving = ~silicon.stuck.mask
    for found, uncertainty, reach in (
        (survey.low, survey.low_uncertainty, silicon.cell_lowest),
        (survey.high, survey.high_uncertainty, silicon.cell_highest),
    ):
        z = ((found - apparent(reach, silicon)) / uncertainty)[moving]
        # Quartiles: the few weakest cells do not arrive at all.
        lower, middle, upper = np.quantile(z, [0.25, 0.5, 0.75])
        assert abs(middle) < 1.0  # at the low end cells can only relax upwards
        assert 0.3 < (upper - lower) / 1.349 < 1.5
    # Negative control: what the wires take would be noticed.
    blind = (survey.high - silicon.cell_highest)[moving] / survey.high_uncertainty
    assert abs(np.median(blind)) > 2


def test_cells_stuck_on_are_measured_beyond_the_sensitive_range(surveyed):
    survey, silicon, truth, _ = surveyed(stuck=0.3)
    on = silicon.stuck.mask & (silicon.stuck.conductance > 45 * uS)
    assert on.sum() > 100
    error = (survey.low - apparent(truth[0], silicon))[on]
    assert np.abs(error).max() < 1.5 * uS


def test_the_chip_is_left_with_its_cells_set(make_chip, true_readout):
    chip = make_chip(stuck=0.0)
    survey_cells(chip, true_readout(chip))
    assert np.median(reveal(chip)[1]) > 50 * uS


def test_a_column_that_says_nothing_looks_stuck_and_crashes_nothing(make_chip, true_readout):
    def dead(silicon):
        gain = silicon.adc_gain.copy()
        gain[0, 7] = 0.0
        return {"adc_gain": gain}

    chip = make_chip(stuck=0.0, silicon=dead)
    readout = true_readout(chip)
    gain = np.where(readout.column_gain == 0, 1.0, readout.column_gain)
    survey = survey_cells(chip, dataclasses.replace(readout, column_gain=gain))
    assert survey.stuck[0, :, 7].all()
    assert survey.stuck.sum() - 64 < 5


def test_it_works_on_an_array_of_any_size(surveyed):
    for rows, columns in ((1, 2), (5, 3)):
        sheet = dataclasses.replace(crossbar_64(tiles=2), rows=rows, columns=columns)
        survey, silicon, _, _ = surveyed(sheet=sheet)
        assert survey.stuck.shape == (2, rows, columns)
        assert (survey.stuck == silicon.stuck.mask).all()


def test_progress_rises_to_one(surveyed):
    told = surveyed()[-1]
    assert told == sorted(told)
    assert told[-1] == 1.0
