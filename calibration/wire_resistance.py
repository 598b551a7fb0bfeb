"""Resistance of the word and bit lines, from how cells see each other.

One cell's current depends on what else conducts in its row and column, and only through the wires.
The same cells are therefore read three times without being touched in between:

1. a few columns connected, the others floating: the word lines carry little, the cells show
   (almost) their own conductance;
2. all columns connected: the word lines carry the whole row, far cells lose most;
3. all rows driven at once: the bit lines carry the whole column.

Gains of converters and drivers are the same in all three and drop out. The two resistances are
those with which the exact solver turns reading 1 into readings 2 and 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.calibration.readout import Readout, read_cells
from ohmloom.calibration.record import Measured
from ohmloom.circuits.chip import Frames
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.errors import CalibrationFailed
from ohmloom.progress import Progress, silent
from ohmloom.si import ohm

GROUPS = 8
"""Reading 1 connects every eighth column."""
REPEATS = 4
"""Readings to average."""
DRIVES = 16
"""Reading 3 uses this many drive levels, so that quantisation averages out."""
INVERSIONS = 4
"""Steps from apparent to own conductance; each gains more than a digit."""


@dataclass(frozen=True, kw_only=True)
class WireResistance:
    """Resistance from cell to cell of the two kinds of line."""

    r_word_line: Measured
    """Word line, shape () [ohm]."""
    r_bit_line: Measured
    """Bit line, shape () [ohm]."""


@dataclass(frozen=True, kw_only=True)
class _Readings:
    """The three readings of one tile."""

    alone: FloatArray
    """Apparent conductance with few columns connected, shape (rows, columns) [S]."""
    together: FloatArray
    """Apparent conductance with all columns connected, shape (rows, columns) [S]."""
    drive: FloatArray
    """Drive of the rows in reading 3, shape (DRIVES, rows) [V]."""
    column_current: FloatArray
    """Column currents in reading 3, shape (DRIVES, columns) [A]."""
    usable: BoolArray
    """Columns that were connected, shape (columns,); the others float in all three readings."""
    cell_noise: float
    """Uncertainty of a value of `together` [S]."""
    column_noise: float
    """Uncertainty of a value of `column_current` [A]."""


def calibrate_wire_resistance(
    chip: CrossbarChip,
    readout: Readout,
    *,
    tiles: Sequence[int] | None = None,
    usable: BoolArray | None = None,
    progress: Progress = silent,
) -> WireResistance:
    """Fit the resistance of word and bit lines.

    Args:
        chip: simulated or on the bench, all cells SET and settled; knobs left at all rows
            selected and all columns connected.
        readout: how to read its codes, with calibrated gains and offsets.
        tiles: which tiles to measure; up to three, spread over the chip, when None. All tiles
            of a chip share their wires; the scatter between tiles enters the uncertainty.
        usable: which columns can be read, shape (tiles, columns); the others are left floating
            while this measures, so that they load nothing. All of them when None.
        progress: told the share done.

    Raises:
        CalibrationFailed: on no tile do the cells conduct enough for the wires to be seen.
    """
    sheet = chip.datasheet
    chosen = (
        sorted(set(np.linspace(0, sheet.tiles - 1, min(3, sheet.tiles)).round().astype(int)))
        if tiles is None
        else list(tiles)
    )
    live = np.ones((sheet.tiles, sheet.columns), dtype=np.bool_) if usable is None else usable
    readings = _measure(chip, readout, [int(tile) for tile in chosen], live)
    progress(0.3)
    fits = []
    for i, reading in enumerate(readings):
        fit = _fit(reading, start=np.array([sheet.r_word_line, sheet.r_bit_line]))
        if fit is not None:
            fits.append(fit)
        progress(0.3 + 0.7 * (i + 1) / len(readings))
    if not fits:
        raise CalibrationFailed(
            "the wires could not be told from these readings: the cells conduct too little, or no "
            "row or column conducts at all; SET the cells first"
        )
    values = np.array([value for value, _ in fits])
    variances = np.array([covariance.diagonal() for _, covariance in fits])
    weights = 1.0 / variances
    mean = (weights * values).sum(axis=0) / weights.sum(axis=0)
    inner = np.sqrt(1.0 / weights.sum(axis=0))
    if len(fits) > 1:
        outer = values.std(axis=0, ddof=1) / np.sqrt(len(fits))
        inner = np.maximum(inner, outer)

    def measured(index: int) -> Measured:
        return Measured(
            value=np.asarray(mean[index]),
            uncertainty=np.asarray(inner[index]),
            valid=np.asarray(bool(np.isfinite(mean[index]) and mean[index] >= 0)),
            unit="ohm",
        )

    return WireResistance(r_word_line=measured(0), r_bit_line=measured(1))


def _measure(
    chip: CrossbarChip, readout: Readout, tiles: list[int], usable: BoolArray
) -> list[_Readings]:
    sheet = chip.datasheet
    top = sheet.highest_dac_code
    roomy = int(sheet.range_for(2.0 * sheet.conductance_high * sheet.read_voltage))
    columns = np.arange(sheet.columns)

    def cells() -> FloatArray:
        return read_cells(chip, readout, row_code=top, range_code=roomy, repeats=REPEATS)

    alone = np.zeros(sheet.shape)
    for group in range(min(GROUPS, sheet.columns)):
        members = columns % GROUPS == group
        chip.set_codes("column connect", (usable & members).astype(np.int64))
        alone[:, :, members] = cells()[:, :, members]
    chip.set_codes("column connect", usable.astype(np.int64))
    first, second = (np.where(usable[:, None, :], cells(), 0.0) for _ in range(2))

    chip.set_codes("row select", np.asarray(1))
    chip.set_codes("range", np.asarray(0))
    trim = chip.codes("offset trim")
    # All cells of a column together must stay inside the largest range.
    largest = float(np.max((first + second).sum(axis=1))) / 2.0 * sheet.read_voltage
    level = min(1.0, 0.8 * float(sheet.full_scale(0)) / max(largest, 1e-30))
    levels = np.rint(np.linspace(0.5 * level, level, DRIVES) * top).astype(np.int64)
    frames = np.repeat(levels[:, None], sheet.rows, axis=1)
    readings = []
    for tile in tiles:
        codes = chip.run(Frames(tile=tile, codes=frames)).codes
        current = readout.of_tile(tile).current(
            codes[None], range_code=np.asarray(0), trim=trim[tile]
        )[0]
        live = usable[tile]
        difference = (first[tile] - second[tile])[:, live]
        readings.append(
            _Readings(
                alone=np.where(live, alone[tile], 0.0).clip(min=0.0),
                together=0.5 * (first[tile] + second[tile]),
                drive=sheet.dac_step * (frames + readout.row_offset[tile]),
                column_current=current,
                usable=live,
                cell_noise=(float(np.std(difference)) / 2.0 if live.any() else 0.0)
                + 0.1 * float(sheet.current_step(roomy)) / sheet.read_voltage,
                column_noise=float(sheet.current_step(0)) / np.sqrt(12.0),
            )
        )
    chip.set_codes("column connect", np.asarray(1))
    return readings


def own_conductance(apparent: FloatArray, r_word_line: float, r_bit_line: float) -> FloatArray:
    """Conductance of cells from what they show when each row is read alone.

    Args:
        apparent: current over drive of each cell, shape (..., rows, columns) [S].
        r_word_line: resistance of a word line segment [ohm].
        r_bit_line: resistance of a bit line segment [ohm].

    Returns:
        The conductance that shows itself like that, shaped as `apparent` [S].
    """
    conductance = apparent.copy()
    for _ in range(INVERSIONS):
        seen = Crossbar(
            conductance=conductance, r_word_line=r_word_line, r_bit_line=r_bit_line
        ).transfer_row_by_row()
        ratio = np.divide(apparent, seen, out=np.ones_like(seen), where=seen > 0.0)
        conductance = conductance * ratio
    return conductance


def _fit(reading: _Readings, *, start: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    """Both resistances of one tile and their covariance; None where they cannot be told."""
    columns = reading.alone.shape[1]
    member = np.arange(columns) % GROUPS == np.arange(min(GROUPS, columns))[:, None]
    grouped = np.where(member[:, None, :], reading.alone, 0.0)

    # The fit runs over 1 + resistance / scale: its steps then stay finite where a wire has none.
    scale = np.maximum(start, 1 * ohm)

    def residual(shifted: FloatArray) -> FloatArray:
        r_word, r_bit = (float(value) for value in (shifted - 1.0) * scale)
        own = own_conductance(grouped, r_word, r_bit).sum(axis=0)
        array = Crossbar(conductance=own, r_word_line=r_word, r_bit_line=r_bit)
        row = (array.transfer_row_by_row() - reading.together) / reading.cell_noise
        column = (reading.drive @ array.transfer() - reading.column_current) / reading.column_noise
        return np.concatenate([row[:, reading.usable].ravel(), column[:, reading.usable].ravel()])

    if reading.usable.sum() == 0:
        return None
    fit = least_squares(residual, 1.0 + start / scale, bounds=(1.0, np.inf), diff_step=1e-3)
    information = fit.jac.T @ fit.jac
    if not fit.success or np.linalg.cond(information) > 1e12:
        return None
    # The scatter is what it is, not what was assumed of the noise.
    misfit = 2.0 * fit.cost / max(fit.fun.size - 2, 1)
    covariance = np.linalg.inv(information) * max(misfit, 1.0) * np.outer(scale, scale)
    return (fit.x - 1.0) * scale, covariance
