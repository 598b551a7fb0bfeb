"""Write-verify against the hidden truth, and what it does with cells that cannot arrive."""

import dataclasses

import numpy as np
import pytest

from ohmloom.calibration.crossbar_calibration import STUCK
from ohmloom.calibration.readout import calibrated_readout, nominal_readout
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal
from ohmloom.errors import InvalidInput
from ohmloom.mapping.write_verify import ProgrammingResult, neurram_settings, write_verify
from ohmloom.si import uS

# What a reading does not know: half an ADC step of verification, 0.2 uS, the gain of the row
# driver, 0.5 % of 35 uS, and its noise, 0.15 uS.
READING = 0.6 * uS


@pytest.fixture(scope="module")
def programmed(calibrated, watched):
    """A fresh chip of the same silicon, programmed with half its cells left alone."""
    chip = VirtualCrossbarChip(3, datasheet=calibrated.datasheet, seed=1)
    watch = watched(chip)
    record = calibrated.record
    record.apply(watch)
    rng = np.random.default_rng(1)
    target = rng.uniform(2 * uS, 35 * uS, chip.datasheet.shape)
    target[:, 32:] = np.nan
    before = reveal(chip)[1]
    told = []
    result = write_verify(
        watch,
        target,
        readout=calibrated_readout(chip.datasheet, record),
        r_word_line=calibrated.silicon.r_word_line,
        r_bit_line=calibrated.silicon.r_bit_line,
        context=np.where(np.isnan(target), before, 0.0),
        progress=told.append,
    )
    return chip, watch, target, before, result, told


def healthy(chip, target):
    silicon = reveal(chip)[0]
    reach = silicon.cell_highest - silicon.cell_lowest
    return (
        ~silicon.stuck.mask
        & (target < silicon.cell_lowest + 0.95 * reach)
        & (target > silicon.cell_lowest + 0.02 * reach)
    )


def test_all_healthy_cells_arrive(programmed):
    chip, _, target, _, result, _ = programmed
    able = healthy(chip, target)
    assert able.sum() > 3000
    assert (result.asked == np.isfinite(target)).all()
    assert result.arrived[able].mean() > 0.9995
    assert not (result.arrived & result.never_arrived).any()
    assert (result.arrived | result.never_arrived == result.asked).all()


def truth_at_acceptance(watch, settings):
    """Conductance of each cell at the reading that followed its last pulse."""
    last = np.zeros(watch.words[0].shape, dtype=int)
    for i, words in enumerate(watch.words[settings.erase_pulses :]):
        last[words != 0] = i + 1
    return np.take_along_axis(np.array(watch.truth), last[None], axis=0)[0]


def test_cells_are_within_the_band_when_they_are_accepted(programmed):
    _, watch, target, _, result, _ = programmed
    settings = neurram_settings()
    error = np.abs(truth_at_acceptance(watch, settings) - target)[result.arrived]
    assert (error < settings.tolerance + READING).mean() > 0.995
    assert error.max() < settings.tolerance + 3 * READING
    assert (error < settings.tolerance).mean() > 0.85
    # Negative control: the truth at the first reading, after the RESET, is not in the band.
    first = np.abs(watch.truth[0] - target)[result.arrived]
    assert (first < settings.tolerance + READING).mean() < 0.2


def test_every_pulse_is_counted_and_no_other_cell_gets_one(programmed):
    _, watch, target, _, result, _ = programmed
    received = sum((words != 0).astype(int) for words in watch.words)
    assert (result.pulses == received).all()
    alone = np.isnan(target)
    assert (result.pulses[alone] == 0).all()
    assert np.isnan(result.error[alone]).all()
    assert not result.arrived[alone].any()
    assert (result.pulses[~alone] >= neurram_settings().erase_pulses).all()
    assert 5 < result.pulses[~alone].mean() < 60


def test_cells_that_are_left_alone_stay_where_they_are(programmed):
    chip, _, target, before, _, _ = programmed
    alone = np.isnan(target)
    # They were formed a day ago and hardly wander in the second this takes.
    assert np.abs(reveal(chip)[1] - before)[alone].max() < 0.1 * uS


def test_stuck_cells_never_arrive_and_nothing_crashes(programmed):
    chip, _, target, _, result, _ = programmed
    stuck = reveal(chip)[0].stuck
    far = np.abs(stuck.conductance - target) > 3 * uS
    hopeless = stuck.mask & result.asked & far
    assert hopeless.sum() > 200
    assert result.never_arrived[hopeless].all()
    rounds = neurram_settings().erase_pulses + neurram_settings().most_rounds
    assert (result.pulses[hopeless] == rounds).all()


def test_the_final_reading_is_the_error_that_is_reported(programmed):
    chip, _, target, _, result, _ = programmed
    truth = (reveal(chip)[1] - target)[result.arrived]
    error = result.error[result.arrived]
    assert (error - truth).std() < 0.35 * uS
    assert np.corrcoef(error, truth)[0, 1] > 0.9
    assert (result.wandered == (result.arrived & (np.abs(result.error) > 2 * uS))).all()


def test_the_duration_is_what_passed_on_the_clock(programmed):
    chip, watch, _, _, result, _ = programmed
    # Before it, nothing took time. Each scan is 64 rows of 62.5 ns * 2^6 + 100 ns, and each round
    # of pulses 32 rows of 1 us at most.
    assert result.duration == chip.time
    scans = len(watch.truth) * 64 * 4.1e-6
    assert scans < result.duration <= scans + len(watch.words) * 32e-6 + 1e-9


def test_progress_rises_to_one(programmed):
    told = programmed[-1]
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 10


def test_the_repr_counts(programmed):
    result = programmed[-2]
    lost, pulses = int(result.never_arrived.sum()), result.pulses[result.asked].mean()
    assert repr(result) == (
        f"ProgrammingResult(4096 cells, {pulses:.1f} pulses each, {lost} never arrived)"
    )
    nothing = dataclasses.replace(result, target=np.full((1, 1), np.nan))
    assert "0 cells, 0.0 pulses" in repr(
        dataclasses.replace(nothing, arrived=np.zeros((1, 1), dtype=bool))
    )
    assert isinstance(nothing, ProgrammingResult)


def test_a_second_turn_brings_back_cells_that_wandered(calibrated):
    readout = calibrated_readout(calibrated.datasheet, calibrated.record)

    def spread(turns):
        chip = VirtualCrossbarChip(3, datasheet=calibrated.datasheet, seed=2)
        calibrated.record.apply(chip)
        target = np.where(calibrated.record.masks[STUCK], np.nan, 20 * uS)
        result = write_verify(
            chip,
            target,
            readout=readout,
            r_word_line=calibrated.silicon.r_word_line,
            r_bit_line=calibrated.silicon.r_bit_line,
            settings=dataclasses.replace(neurram_settings(), turns=turns),
        )
        return result.error[result.arrived].std(), result.arrived.sum() / result.asked.sum()

    (once, arrived), (twice, again) = spread(1), spread(2)
    assert twice < 0.9 * once
    assert min(arrived, again) > 0.99


def test_without_calibration_cells_end_elsewhere(calibrated):
    def error(readout):
        chip = VirtualCrossbarChip(3, datasheet=calibrated.datasheet, seed=3)
        target = np.where(calibrated.silicon.stuck.mask, np.nan, 30 * uS)
        result = write_verify(chip, target, readout=readout, r_word_line=2.5, r_bit_line=2.5)
        return (reveal(chip)[1] - target)[result.arrived].std()

    measured = error(calibrated_readout(calibrated.datasheet, calibrated.record))
    assert error(nominal_readout(calibrated.datasheet)) > 1.5 * measured


def small_chip(watched):
    sheet = dataclasses.replace(crossbar_64(tiles=1), rows=3, columns=4)
    return watched(VirtualCrossbarChip(1, datasheet=sheet))


def write(chip, target, **changes):
    settings = {
        "readout": nominal_readout(chip.datasheet),
        "r_word_line": 0.0,
        "r_bit_line": 0.0,
    }
    return write_verify(chip, target, **(settings | changes))


def test_nothing_to_do_is_done_without_a_pulse(watched):
    chip = small_chip(watched)
    result = write(chip, np.full((1, 3, 4), np.nan))
    assert not result.pulses.any()
    assert not any(words.any() for words in chip.words)
    assert not result.asked.any()


@pytest.mark.parametrize(
    ("target", "changes", "said"),
    [
        (np.zeros((3, 4)), {}, r"target must have shape \(1, 3, 4\)"),
        (np.full((1, 3, 4), -1 * uS), {}, "target must not be negative"),
        (np.full((1, 3, 4), np.inf), {}, "target holds 12 value"),
        (np.zeros((1, 3, 4)), {"context": np.zeros((1, 3, 5))}, "context must have shape"),
        (np.zeros((1, 3, 4)), {"context": np.full((1, 3, 4), np.nan)}, "context holds"),
    ],
)
def test_targets_that_make_no_sense_are_refused_before_any_pulse(watched, target, changes, said):
    chip = small_chip(watched)
    with pytest.raises(InvalidInput, match=said):
        write(chip, target, **changes)
    assert chip.words == []


@pytest.mark.parametrize("code", [0, 23])
def test_a_first_code_that_the_chip_does_not_know_is_refused(watched, code):
    settings = dataclasses.replace(neurram_settings(), first_code=code)
    with pytest.raises(InvalidInput, match="first_code must lie between 1 and 22"):
        write(small_chip(watched), np.zeros((1, 3, 4)), settings=settings)
