"""Gain, offset and trim of the columns against the hidden truth."""

import numpy as np
import pytest

from ohmloom.calibration.column_readout import calibrate_column_readout
from ohmloom.circuits.crossbar_chip.virtual_chip import reveal


@pytest.fixture(scope="module")
def found():
    from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
    from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip

    chip = VirtualCrossbarChip(5, datasheet=crossbar_64(tiles=4))
    return chip, calibrate_column_readout(chip), reveal(chip)[0]


def right_gain(gain, silicon):
    return np.abs(gain - silicon.adc_gain) < 0.01 * silicon.adc_gain


def right_offset(offset, silicon):
    return np.abs(offset - silicon.adc_offset) < 1


def small_remainder(code):
    # Half a trim step is 0.25 ADC steps; the rest is what the measurement does not know.
    return np.abs(code) < 0.25 + 0.15


def test_gains_are_found_within_one_percent_and_offsets_within_one_step(found):
    _, columns, silicon = found
    assert columns.gain.valid.all()
    assert columns.offset.valid.all()
    assert right_gain(columns.gain.value, silicon).all()
    assert right_offset(columns.offset.value, silicon).all()


def test_the_trim_leaves_less_than_half_a_trim_step(found):
    chip, columns, silicon = found
    assert not columns.trim_at_limit.any()
    assert small_remainder(silicon.adc_offset + 0.5 * columns.trim).all()
    assert (chip.codes("offset trim") == columns.trim).all()
    left = silicon.adc_offset + 0.5 * columns.trim
    assert np.abs(columns.remaining_offset.value - left).max() < 0.15


def test_the_same_checks_see_an_untouched_chip(found):
    _, _, silicon = found
    assert right_gain(np.ones_like(silicon.adc_gain), silicon).mean() < 0.3
    assert right_offset(np.zeros_like(silicon.adc_offset), silicon).mean() < 0.5
    assert small_remainder(silicon.adc_offset).mean() < 0.3


def test_uncertainties_are_honest(found):
    _, columns, silicon = found
    # The test current itself is known to 0.1 %, an error that all columns share.
    shared = 1e-3 / np.sqrt(3)
    alone = np.sqrt(columns.gain.uncertainty**2 - shared**2)
    for z in (
        (columns.gain.value - silicon.adc_gain * silicon.reference_gain) / alone,
        (columns.offset.value - silicon.adc_offset) / columns.offset.uncertainty,
        (columns.remaining_offset.value - silicon.adc_offset - 0.5 * columns.trim)
        / columns.remaining_offset.uncertainty,
    ):
        assert 0.5 < z.std() < 1.5
        assert abs(z.mean()) < 0.5
        assert np.abs(z).max() < 6
    assert (np.abs(columns.gain.value - silicon.adc_gain) < 4 * columns.gain.uncertainty).all()
    # Negative control: half the gain error of an untouched chip would not be covered.
    half = 1 + 0.5 * (silicon.adc_gain - 1)
    assert (np.abs(half - silicon.adc_gain) < 4 * columns.gain.uncertainty).mean() < 0.5


def test_all_knobs_but_the_trim_are_left_as_they_were(make_chip):
    chip = make_chip()
    rng = np.random.default_rng(1)
    for knob, port in chip.description.knobs.items():
        chip.set_codes(knob, rng.integers(port.lowest, port.highest + 1, port.shape))
    before = {knob: chip.codes(knob) for knob in chip.description.knobs}
    columns = calibrate_column_readout(chip)
    for knob, codes in before.items():
        expected = columns.trim if knob == "offset trim" else codes
        assert (chip.codes(knob) == expected).all(), knob
    assert right_gain(columns.gain.value, reveal(chip)[0]).all()


def test_an_offset_beyond_the_trim_is_a_mask_and_the_trim_stays_at_its_end(make_chip):
    def far(silicon):
        offset = silicon.adc_offset.copy()
        offset[0, [3, 10]] = 20.0, -19.0
        return {"adc_offset": offset}

    columns = calibrate_column_readout(make_chip(silicon=far))
    assert np.flatnonzero(columns.trim_at_limit[0]).tolist() == [3, 10]
    assert columns.trim[0, [3, 10]].tolist() == [-32, 31]
    assert columns.remaining_offset.value[0, [3, 10]] == pytest.approx([4.0, -3.5], abs=0.2)
    assert columns.offset.value[0, [3, 10]] == pytest.approx([20.0, -19.0], abs=0.2)
    assert columns.gain.valid.all()


def test_dead_columns_are_a_mask_and_harm_no_other(make_chip):
    def dead(silicon):
        gain, offset = silicon.adc_gain.copy(), silicon.adc_offset.copy()
        gain[0, 7] = 0.0
        offset[0, 9] = 1000.0  # always at the rail
        return {"adc_gain": gain, "adc_offset": offset}

    chip = make_chip(silicon=dead)
    columns = calibrate_column_readout(chip)
    for measured in (columns.gain, columns.offset, columns.remaining_offset):
        assert np.flatnonzero(~measured.valid[0]).tolist() == [7, 9]
        assert np.isfinite(measured.value).all()
        assert np.isfinite(measured.uncertainty).all()
    assert columns.trim[0, [7, 9]].tolist() == [0, 0]
    alive = columns.gain.valid
    assert right_gain(columns.gain.value, reveal(chip)[0])[alive].all()


def test_progress_rises_to_one(make_chip):
    told = []
    calibrate_column_readout(make_chip(), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)
    assert len(told) > 100
