"""Gain and offset of every column, from a known test current.

All rows are switched off, so that a column carries nothing but the test current. The current is
stepped over the range; gain and offset are the straight line through the codes. The currents are
spaced so that they fall on all fractions of an ADC step: quantisation then averages out like noise.
The offset trim is set to cancel the offset, and the line is measured once more.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.calibration.record import Measured
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet
from ohmloom.progress import Progress, part, silent

CURRENTS = 161
"""Test currents per line; with 8 bits the gain is then known to 0.03 %."""
SHARE_OF_RANGE = 0.85
"""Sweep this share of the full scale, so that a column with offset does not run into the rails."""


@dataclass(frozen=True, kw_only=True)
class ColumnReadout:
    """What was found out about the read-out of every column."""

    gain: Measured
    """Gain over nominal, shape (tiles, columns) [1]."""
    offset: Measured
    """Code at zero current without trim, shape (tiles, columns) [ADC steps]."""
    remaining_offset: Measured
    """The same with the trim set, shape (tiles, columns) [ADC steps]."""
    trim: IntArray
    """Chosen offset trim, shape (tiles, columns)."""
    trim_at_limit: BoolArray
    """Where the wanted trim lies beyond the end of the knob, shape (tiles, columns)."""


def calibrate_column_readout(chip: CrossbarChip, *, progress: Progress = silent) -> ColumnReadout:
    """Measure gain and offset of every column and choose its offset trim.

    Args:
        chip: simulated or on the bench; left with the chosen trim, its other knobs as they were.
        progress: told the share done.
    """
    sheet = chip.datasheet
    before = {knob: chip.codes(knob) for knob in ("row select", "range", "test current")}
    chip.set_codes("row select", np.asarray(0))
    chip.set_codes("range", np.asarray(0))
    chip.set_codes("offset trim", np.asarray(0))
    gain, offset = _fit_line(chip, part(progress, 0.0, 0.5))

    port = chip.description.knobs["offset trim"]
    wanted = np.where(offset.valid, -offset.value / sheet.trim_step, 0.0)
    trim = np.rint(wanted).clip(port.lowest, port.highest).astype(np.int64)
    chip.set_codes("offset trim", trim)
    again, remaining = _fit_line(chip, part(progress, 0.5, 1.0))

    shift = np.asarray(sheet.trim_step * trim, dtype=np.float64)
    for knob, codes in before.items():
        chip.set_codes(knob, codes)
    return ColumnReadout(
        gain=_combine(gain, again, floor=sheet.reference_tolerance / np.sqrt(3.0)),
        offset=_combine(offset, _shifted(remaining, -shift), floor=0.0),
        remaining_offset=remaining,
        trim=trim,
        trim_at_limit=(wanted < port.lowest) | (wanted > port.highest),
    )


def _fit_line(chip: CrossbarChip, progress: Progress) -> tuple[Measured, Measured]:
    """Gain and offset of all columns from one sweep of the test current."""
    sheet = chip.datasheet
    test_codes = _test_codes(sheet)
    readings = np.empty((len(test_codes), sheet.tiles, sheet.columns))
    for i, code in enumerate(test_codes):
        chip.set_codes("test current", np.asarray(code))
        readings[i] = chip.read("column codes")
        progress((i + 1) / len(test_codes))
    nominal = test_codes * sheet.reference_step / sheet.current_step(0)
    return _weighted_line(nominal, readings, sheet)


def _test_codes(sheet: CrossbarDatasheet) -> IntArray:
    top = SHARE_OF_RANGE * sheet.full_scale(0) / sheet.reference_step
    limit = 2 ** (sheet.reference_bits - 1) - 1
    codes = np.rint(np.linspace(-1.0, 1.0, CURRENTS) * min(float(top), limit))
    return np.asarray(codes, dtype=np.int64)


def _weighted_line(
    x: FloatArray, readings: FloatArray, sheet: CrossbarDatasheet
) -> tuple[Measured, Measured]:
    """Least squares of reading against x for every column, readings on the rails left out."""
    inside = (readings > sheet.lowest_adc_code) & (readings < sheet.highest_adc_code)
    weight = inside.astype(np.float64)
    count = weight.sum(axis=0)
    usable = count >= CURRENTS // 4
    safe = np.maximum(count, 1.0)
    x = x[:, None, None]
    x_mean = (weight * x).sum(axis=0) / safe
    y_mean = (weight * readings).sum(axis=0) / safe
    scatter = np.maximum((weight * (x - x_mean) ** 2).sum(axis=0), 1e-30)
    slope = (weight * (x - x_mean) * (readings - y_mean)).sum(axis=0) / scatter
    intercept = y_mean - slope * x_mean
    residual = weight * (readings - slope * x - intercept)
    variance = (residual**2).sum(axis=0) / np.maximum(count - 2.0, 1.0)
    # A column that does not follow the current is dead, however well a line fits it.
    usable &= slope > 0.1
    return (
        Measured(value=slope, uncertainty=np.sqrt(variance / scatter), valid=usable, unit="1"),
        Measured(
            value=intercept,
            uncertainty=np.sqrt(variance * (1.0 / safe + x_mean**2 / scatter)),
            valid=usable,
            unit="ADC steps",
        ),
    )


def _combine(first: Measured, second: Measured, *, floor: float) -> Measured:
    """Mean of two measurements of one thing; `floor` is an uncertainty that both share."""
    both = first.valid & second.valid
    value = np.where(both, 0.5 * (first.value + second.value), first.value)
    independent = 0.5 * np.hypot(first.uncertainty, second.uncertainty)
    return Measured(
        value=value,
        uncertainty=np.hypot(np.where(both, independent, first.uncertainty), floor),
        valid=both,
        unit=first.unit,
    )


def _shifted(measured: Measured, shift: FloatArray) -> Measured:
    return Measured(
        value=measured.value + shift,
        uncertainty=measured.uncertainty,
        valid=measured.valid,
        unit=measured.unit,
    )
