"""Measured data of one device, as fits take them: sweeps, pulse trains, retention series.

Each is checked when it is made, with the rows that are wrong in the message, so that a fit never
sees a file that was read with the wrong unit or in the wrong order.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput
from ohmloom.si import ampere, siemens, uS, volt

# Nobody sweeps a memristor at more than this, and a wrong prefix is three decades.
_HIGHEST_VOLTAGE = 100 * volt
_HIGHEST_CURRENT = 10 * ampere
_HIGHEST_CONDUCTANCE = 10 * siemens
_ROWS_SHOWN = 5
# Instruments do not hit the voltage of a pulse better.
_SAME_PULSE = 0.02
# So many equal currents in a row, at the largest one, are a limiter and not a coincidence.
_CLIPPED_ROWS = 4
_CLIPPED_WITHIN = 2e-3
# The voltage goes on by this share at least while a limiter holds the current. Converters of 6
# bits, held voltages and the crests of sines show equal currents as well, but not over that far.
_CLIPPED_OVER = 0.04
# Currents of one sign that are this small beside those of the other are offset, not limited.
_CLIPPED_ABOVE = 1e-4


def rows_of(mask: BoolArray) -> str:
    """The rows where a mask is True, counted from 1 and shortened, such as "3, 4, 5 and 12 more".

    Args:
        mask: shape (rows,).
    """
    rows = np.flatnonzero(mask) + 1
    shown = ", ".join(str(row) for row in rows[:_ROWS_SHOWN])
    more = rows.size - _ROWS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """Current of one device under a voltage that was swept."""

    time: FloatArray
    """Rising moments, shape (rows,) [s]."""
    voltage: FloatArray
    """Across the device and what is in series with it, shape (rows,) [V]."""
    current: FloatArray
    """Through the device, shape (rows,) [A]."""
    clipped: BoolArray
    """Rows where the current limiter of the instrument was at work, shape (rows,): their voltage
    is not that across the device, and fits leave their currents out."""

    def __repr__(self) -> str:
        return (
            f"Sweep({self.time.size} rows, {self.voltage.min():.3g} to {self.voltage.max():.3g} V, "
            f"{int(self.clipped.sum())} clipped)"
        )


def sweep(
    time: FloatArray,
    voltage: FloatArray,
    current: FloatArray,
    *,
    compliance: float | None = None,
    accept_clipping: bool = False,
) -> Sweep:
    """Check a sweep.

    Args:
        time: moments, shape (rows,) [s].
        voltage: shape (rows,) [V].
        current: shape (rows,) [A].
        compliance: limit of the instrument, of either sign; looked for in the data where None. A
            limiter is found in the data where the voltage goes on by 4 % or more while the current
            rests within 0.2 % of its largest value; a device that saturates looks alike, and a
            noisier limiter, or one that overshoots, is not found: say the limit then [A].
        accept_clipping: leave clipped rows out of fits, where they would otherwise be refused.

    Raises:
        InvalidInput: the message names the rows: a value is not a number, time does not rise, a
            unit looks wrong, or the current was clipped by the instrument.
    """
    moments = shaped(_numbers(time, "time"), (None,), "time")
    volts = shaped(_numbers(voltage, "voltage"), moments.shape, "voltage")
    if compliance is not None and not abs(compliance) > 0.0:
        raise InvalidInput(f"compliance must not be zero, but is {compliance} A")
    amperes = shaped(_numbers(current, "current"), moments.shape, "current")
    if moments.size < 4:
        raise InvalidInput(f"a sweep needs 4 rows at least, but has {moments.size}")
    _check_rising(moments, "time")
    _check_size(volts, _HIGHEST_VOLTAGE, "voltage", "V", "mV")
    _check_size(amperes, _HIGHEST_CURRENT, "current", "A", "uA")
    if np.ptp(volts) == 0.0:
        raise InvalidInput("the voltage never changes; is its column the right one?")
    against = (volts * amperes < 0.0) & (np.abs(amperes) > 1e-3 * np.abs(amperes).max())
    if against.mean() > 0.5:
        raise InvalidInput(
            f"the current flows against the voltage in {int(against.sum())} of {moments.size} rows "
            f"(rows {rows_of(against)}); was it measured with the other sign? Negate it"
        )
    clipped = _clipped(volts, amperes, compliance)
    if clipped.any() and not accept_clipping:
        level = float(np.abs(amperes[clipped]).max())
        raise InvalidInput(
            f"the current stays at {level:.4g} A in {int(clipped.sum())} rows (rows "
            f"{rows_of(clipped)}): the instrument limited it, and the voltage across the device is "
            f"not the one in the file there; leave these rows out by accepting the clipping, or "
            f"give the compliance of the instrument if it is the device that saturates"
        )
    return Sweep(time=moments, voltage=volts, current=amperes, clipped=clipped)


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseTrain:
    """Conductance of one device after each pulse of a train."""

    pulses: FloatArray
    """Signed number of unit pulses before each reading: +1 up, -1 down, shape (rows,) [1]. The
    first row is the start: what it says is ignored."""
    conductance: FloatArray
    """Read after the pulse, shape (rows,) [S]."""

    def __repr__(self) -> str:
        up, down = int((self.pulses[1:] > 0).sum()), int((self.pulses[1:] < 0).sum())
        return (
            f"PulseTrain({up} up, {down} down, {self.conductance.min() / uS:.4g} to "
            f"{self.conductance.max() / uS:.4g} uS)"
        )


def pulse_train(pulses: FloatArray, conductance: FloatArray) -> PulseTrain:
    """Check a train of pulses.

    Args:
        pulses: +1, -1 or 0 before each reading, or the voltage of that one pulse, of which the
            sign is used; all those up alike, and all those down, shape (rows,).
        conductance: read after each, shape (rows,) [S].

    Raises:
        InvalidInput: the message names the rows: a value is not a number, a conductance is not
            above zero, a unit looks wrong, pulses of one sign differ, or there is no pulse.
    """
    given = shaped(_numbers(pulses, "pulses"), (None,), "pulses")
    siemens_ = shaped(_numbers(conductance, "conductance"), given.shape, "conductance")
    if given.size < 4:
        raise InvalidInput(f"a train needs 4 rows at least, but has {given.size}")
    _check_above_zero(siemens_, "conductance", "S")
    _check_size(siemens_, _HIGHEST_CONDUCTANCE, "conductance", "S", "uS")
    if not given[1:].any():
        raise InvalidInput("no row has a pulse; is the column of the pulses the right one?")
    for sign in (1.0, -1.0):
        size = np.where(np.arange(given.size) > 0, sign * given, 0.0)
        size = np.where(size > 0.0, size, np.nan)
        # The most common size is the one that was meant.
        usual = np.nanmedian(size) if np.isfinite(size).any() else np.nan
        other = np.abs(size - usual) > _SAME_PULSE * usual
        if other.any():
            raise InvalidInput(
                f"pulses of one sign must be alike, because one size of step is fitted, but "
                f"{int(other.sum())} are not {sign * usual:.4g} (rows {rows_of(other)}); fit the "
                f"pulses of each size by themselves, and give one reading for each pulse"
            )
    return PulseTrain(pulses=np.sign(given), conductance=siemens_)


@dataclass(frozen=True, kw_only=True, eq=False)
class RetentionSeries:
    """Conductance of one cell or of many, read again and again after programming."""

    time: FloatArray
    """Since programming, rising and above zero, shape (readings,) [s]."""
    conductance: FloatArray
    """Shape (cells, readings) [S]."""

    def __repr__(self) -> str:
        return (
            f"RetentionSeries({len(self.conductance)} cells, {self.time.size} readings, "
            f"{self.time[0]:.3g} to {self.time[-1]:.3g} s)"
        )


def retention_series(
    time: FloatArray, conductance: FloatArray, cell: IntArray | None = None
) -> RetentionSeries:
    """Check a retention series.

    Args:
        time: since programming, shape (rows,) [s].
        conductance: shape (rows,) [S].
        cell: which cell each row is of, shape (rows,); one cell where None. All cells are read at
            the same times.

    Raises:
        InvalidInput: the message names the rows: a value is not a number, time is not above zero
            or does not rise, a conductance is not above zero, a unit looks wrong, or cells were
            read at different times.
    """
    moments = shaped(_numbers(time, "time"), (None,), "time")
    siemens_ = shaped(_numbers(conductance, "conductance"), moments.shape, "conductance")
    _check_above_zero(moments, "time", "s")
    _check_above_zero(siemens_, "conductance", "S")
    _check_size(siemens_, _HIGHEST_CONDUCTANCE, "conductance", "S", "uS")
    which = np.zeros(moments.size) if cell is None else np.asarray(cell)
    if which.shape != moments.shape:
        raise InvalidInput(f"cell must have shape {moments.shape}, but has {which.shape}")
    rows, common = [], None
    for name in dict.fromkeys(which.tolist()):
        of_cell = which == name
        clock = moments[of_cell]
        falls = np.zeros(moments.size, dtype=bool)
        falls[np.flatnonzero(of_cell)[1:]] = np.diff(clock) <= 0.0
        if falls.any():
            raise InvalidInput(
                f"time does not rise in rows {rows_of(falls)} of cell {name}; sort the rows, or "
                f"say which column tells the cells apart"
            )
        if common is None:
            common = clock
        elif clock.shape != common.shape or not np.allclose(clock, common, rtol=1e-6):
            raise InvalidInput(
                f"cell {name} was read at other times than the first cell ({clock.size} readings "
                f"against {common.size}); give both the same times"
            )
        rows.append(siemens_[of_cell])
    if common is None or common.size < 3:
        raise InvalidInput("a retention series needs three readings of each cell at least")
    return RetentionSeries(time=common, conductance=np.array(rows))


def _numbers(values: FloatArray, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    bad = ~np.isfinite(array)
    if bad.any() and array.ndim == 1:
        raise InvalidInput(
            f"{name} is not a number in {int(bad.sum())} rows (rows {rows_of(bad)}); remove or "
            f"repair them"
        )
    return finite(array, name)


def _check_rising(moments: FloatArray, name: str) -> None:
    falls = np.concatenate([[False], np.diff(moments) <= 0.0])
    if falls.any() and not (np.diff(moments) < 0.0).any():
        raise InvalidInput(
            f"{name} does not rise in {int(falls.sum())} rows (rows {rows_of(falls)}), which "
            f"repeat the row before: the clock of the instrument is too coarse; give the interval "
            f"between rows instead of its {name}"
        )
    if falls.any():
        raise InvalidInput(
            f"{name} does not rise in {int(falls.sum())} rows (rows {rows_of(falls)}): "
            f"row {int(np.argmax(falls)) + 1} has {moments[np.argmax(falls)]:.6g} s after "
            f"{moments[np.argmax(falls) - 1]:.6g} s; sort the rows or split the file"
        )


def _check_above_zero(values: FloatArray, name: str, unit: str) -> None:
    wrong = values <= 0.0
    if wrong.any():
        raise InvalidInput(
            f"{name} must be above zero, but is not in {int(wrong.sum())} rows (rows "
            f"{rows_of(wrong)}), the first {values[np.argmax(wrong)]:.4g} {unit}"
        )


def _check_size(values: FloatArray, highest: float, name: str, unit: str, perhaps: str) -> None:
    wrong = np.abs(values) > highest
    if wrong.any():
        raise InvalidInput(
            f"{name} reaches {np.abs(values).max():.4g} {unit} (rows {rows_of(wrong)}), which no "
            f"memristor takes; is the column perhaps in {perhaps}? Give its unit"
        )


def _clipped(voltage: FloatArray, current: FloatArray, compliance: float | None) -> BoolArray:
    """Rows where the current rests at its largest value while the voltage goes on."""
    clipped = np.zeros(current.size, dtype=bool)
    for sign in (1.0, -1.0):
        flowing = sign * current
        level = flowing.max() if compliance is None else abs(compliance)
        if level <= _CLIPPED_ABOVE * np.abs(current).max():
            continue
        at_level = flowing >= (1.0 - _CLIPPED_WITHIN) * level
        if compliance is not None:
            clipped |= at_level
            continue
        # Stretches of neighbours at the largest current.
        edges = np.flatnonzero(np.diff(np.concatenate([[0], at_level.astype(np.int8), [0]])))
        for start, stop in edges.reshape(-1, 2):
            # At the crest of a smooth sweep voltage and current both stand still.
            went_on = np.ptp(voltage[start:stop]) / np.abs(voltage).max()
            flat = np.ptp(flowing[start:stop]) <= 0.1 * went_on * level
            if stop - start >= _CLIPPED_ROWS and went_on >= _CLIPPED_OVER and flat:
                clipped[start:stop] = True
    return clipped
