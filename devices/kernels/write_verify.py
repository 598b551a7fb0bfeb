"""Write-verify of many cells: every cell is read and pulsed until it is read within its band.

Cell by cell, the loop is: read, with read noise; stop if the reading lies within the tolerance;
otherwise give one pulse towards the target. What the pulse does is one of two rules:

* `IncrementalAmplitude`: the amplitude grows by one code with each pulse that was not enough and
  starts again when the polarity turns round, as in the public code of the NeuRRAM chip (W. Wan et
  al., Nature 608, 504, 2022). The cell responds with the soft bounds of
  `ohmloom.devices.pulse_updates.incremental_pulse`.
* `ProportionalStep`: the pulse is chosen so that it should close a share of the measured distance.

The read before pulse p of cell c, and the pulse, draw from (key, event, c, p) alone: the result of
a cell does not depend on the other cells, on blocks, or on when its neighbours are done.

Cells are worked on in blocks that fit the nearest cache. Those of a block that are still open share
the number of their pulse, so that one pass of vector instructions serves them; those that are done
are dropped from the lists when a third is. There are no rounds over the whole array.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.devices.cell_draws import CellKey
from ohmloom.devices.kernels.chunks import CHUNK, checked_counter, one_row, part, spread_out
from ohmloom.devices.kernels.compiled import compiled, taken_in
from ohmloom.devices.kernels.normal import (
    normal_pair_float32,
    normal_pair_float64,
    normals_of_words,
)
from ohmloom.devices.kernels.philox import Floats, Words, own_words, philox
from ohmloom.errors import InvalidInput

Codes: TypeAlias = NDArray[np.int32]
"""Counts, and places in a table."""

# (2^r - 1) / r for r from -1/2 to 1/2, relative errors 2.4e-10 and 2e-17 (Remez exchange).
_E0, _E1 = np.float32(0.6931471805815692), np.float32(0.2402265092005167)
_E2, _E3 = np.float32(0.05550410727597394), np.float32(0.009618057037004570)
_E4, _E5 = np.float32(0.001333366945131309), np.float32(0.0001546132989734759)
_E6 = np.float32(1.525271985630268e-05)
_D0, _D1, _D2 = 0.693147180559945311, 0.240226506959100979, 0.0555041086648212365
_D3, _D4, _D5 = 0.0096181291076070653, 0.00133335581465316449, 0.000154035304414812884
_D6, _D7, _D8 = 0.00001525273370120053, 1.32154427238765326e-6, 1.01781213058814352e-7
_D9, _D10 = 7.07256176862628929e-9, 4.4455361219701035e-10
_HALF_WORD, _LOW_WORD, _NONE, _LEFT_ALONE = np.uint64(32), 0xFFFFFFFF, np.int32(0), np.int32(-1)
_HALF, _LOWEST, _LOWEST_D = np.float32(0.5), np.float32(-60.0), np.float64(-60.0)
_BIAS, _MANTISSA = np.int32(127), np.int32(23)


@dataclass(frozen=True, kw_only=True)
class IncrementalAmplitude:
    """Pulses that grow until the reading passes the target, then start again the other way."""

    up: FloatArray
    """Amplitude of the first, second, ... SET pulse in a row, as `IncrementalPulse.amplitude` gives
    it; the last is repeated. Shape (codes,), not negative [1]."""
    down: FloatArray
    """The same for RESET pulses, shaped alike."""
    voltage_up: FloatArray
    """Voltages of the SET pulses, shaped alike [V]."""
    voltage_down: FloatArray
    """Voltages of the RESET pulses, shaped alike, of either sign [V]."""
    width: float
    """Duration of a pulse [s]."""
    full_step: float
    """Share of the way to the bound that a pulse of amplitude one closes, 0 to 1 [1]."""
    cycle_noise: float
    """Relative standard deviation of the step from pulse to pulse [1]."""

    def __post_init__(self) -> None:
        shapes = {np.shape(a) for a in (self.up, self.down, self.voltage_up, self.voltage_down)}
        if len(shapes) != 1 or len(np.shape(self.up)) != 1 or np.size(self.up) == 0:
            raise InvalidInput(f"the four lists of pulses must be equally long, not {shapes}")
        if not 0.0 < self.full_step < 1.0:
            raise InvalidInput(f"full_step must lie between 0 and 1, but is {self.full_step}")


@dataclass(frozen=True, kw_only=True)
class ProportionalStep:
    """Pulses that should close a share of the distance that the reading shows."""

    share: float
    """Of the distance, for a cell of strength one [1]."""
    cycle_noise: float
    """Relative standard deviation of the step from pulse to pulse [1]."""
    voltage: float
    """Of the pulses [V]."""
    width: float
    """Duration of a pulse [s]."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What write-verify did, beside changing the conductances; all of shape (cells,)."""

    pulses: Codes
    """Pulses that each cell got."""
    energy: Floats
    """Sum of V^2 g width over the pulses, g as it was before each [J]."""
    arrived: BoolArray
    """Cells that were read within the band."""

    def __repr__(self) -> str:
        return (
            f"Verified({self.pulses.size} cells, {float(self.pulses.mean()):.1f} pulses each, "
            f"{int((~self.arrived).sum())} did not arrive)"
        )


def write_verify_cells(
    conductance: Floats,
    target: Floats,
    rule: IncrementalAmplitude | ProportionalStep,
    *,
    tolerance: float,
    read_noise: float,
    most_pulses: int,
    strength: float | Floats,
    lowest: float | Floats,
    highest: float | Floats,
    key: CellKey,
    event: int,
    first_cell: int,
) -> Verified:
    """Program neighbouring cells, in place.

    Args:
        conductance: shape (cells,), contiguous, float32 or float64; changed [S].
        target: wanted conductance, shape (cells,) [S]; NaN leaves a cell alone.
        rule: what a pulse does.
        tolerance: a cell is done when it is read within this distance of its target [S].
        read_noise: standard deviation of one reading [S].
        most_pulses: of one cell; then it is given up.
        strength: how far a cell moves under a pulse, one number or shape (cells,) [1].
        lowest: bound of the cells, one number or shape (cells,) [S].
        highest: bound of the cells, one number or shape (cells,) [S].
        key: of the noise of readings and pulses.
        event: which one of the key, below 2^32: a second programming takes another.
        first_cell: number of the first cell: a block of a larger array gets the numbers that it
            would get as a part of the whole.

    Returns:
        Pulses, energy and whether the cell arrived; a cell that was left alone did not.

    Raises:
        InvalidInput: an array of another kind or shape, or a number out of range.
    """
    one_row(conductance, "conductance")
    checked_counter(first_cell, event, 0, most_pulses // 2 + 1)
    if not (tolerance > 0.0 and read_noise >= 0.0 and most_pulses >= 0):
        raise InvalidInput(
            f"tolerance must be above zero, read_noise and most_pulses not below it, but they are "
            f"{tolerance:.6g} S, {read_noise:.6g} S and {most_pulses}"
        )
    dtype, count = conductance.dtype, conductance.size
    if np.shape(target) != (count,):
        raise InvalidInput(f"target must have shape ({count},), but has {np.shape(target)}")
    amplitude, heat = _tables(rule)
    verified = Verified(
        pulses=np.zeros(count, dtype=np.int32),
        energy=np.zeros(count, dtype=dtype),
        arrived=np.zeros(count, dtype=np.bool_),
    )
    _verify_all(
        _Results(conductance, verified.pulses, verified.energy, verified.arrived),
        spread_out(target, count, dtype),
        spread_out(strength, count, dtype),
        spread_out(lowest, count, dtype),
        spread_out(highest, count, dtype),
        isinstance(rule, ProportionalStep),
        amplitude.astype(dtype),
        heat.astype(dtype),
        dtype.type(rule.cycle_noise),
        dtype.type(tolerance),
        dtype.type(read_noise),
        most_pulses,
        first_cell,
        np.uint64(event),
        np.uint64(key.value),
    )
    return verified


def write_verify_twin(
    conductance: Floats,
    target: Floats,
    rule: IncrementalAmplitude | ProportionalStep,
    *,
    tolerance: float,
    read_noise: float,
    most_pulses: int,
    strength: float | Floats,
    lowest: float | Floats,
    highest: float | Floats,
    key: CellKey,
    event: int,
    first_cell: int,
) -> tuple[FloatArray, Verified]:
    """The same in plain numpy and float64, in rounds over all cells: the test of the kernel.

    Takes what `write_verify_cells` takes and leaves `conductance` alone.

    Returns:
        Conductance after the last pulse [S], and what the kernel returns.
    """
    moved = np.array(conductance, dtype=np.float64)
    cells = np.arange(first_cell, first_cell + moved.size, dtype=np.uint64)
    amplitude, heat = _tables(rule)
    top = amplitude.size // 2
    code = np.full(moved.size, top)
    pulses, energy = np.zeros(moved.size, dtype=np.int32), np.zeros(moved.size)
    done, arrived = np.isnan(target), np.zeros(moved.size, dtype=np.bool_)
    for p in range(most_pulses + 1):
        words = philox(
            (cells & 0xFFFFFFFF, (cells >> 32) | (1 << 31), np.uint64(event), np.uint64(p // 2)),
            (np.uint64(key.value & 0xFFFFFFFF), np.uint64(key.value >> 32)),
        )
        pair = words[2 * (p % 2) : 2 * (p % 2) + 2]
        of_read, of_pulse = normals_of_words(*(word.astype(np.float64) for word in pair))
        distance = target - (moved + read_noise * of_read)
        arrived |= ~done & (np.abs(distance) <= tolerance)
        done |= arrived
        if p == most_pulses or done.all():
            break
        up, noise = distance > 0.0, 1.0 + rule.cycle_noise * of_pulse
        code = np.where(
            up,
            np.where(code > top, np.minimum(code + 1, 2 * top), top + 1),
            np.where(code < top, np.maximum(code - 1, 0), top - 1),
        )
        if isinstance(rule, ProportionalStep):
            after = moved + rule.share * strength * distance * noise
            after = after.clip(lowest, highest)
        else:
            way = np.where(up, (highest - moved).clip(min=0.0), (lowest - moved).clip(max=0.0))
            # The table holds amplitude * log2(1 - full_step).
            fraction = -np.expm1(math.log(2.0) * amplitude[code] * strength)
            after = moved + (fraction * noise).clip(0.0, 1.0) * way
        energy += np.where(done, 0.0, heat[code] * moved)
        pulses += ~done
        moved = np.where(done, moved, after)
    return moved, Verified(pulses=pulses, energy=energy, arrived=arrived)


def _tables(rule: IncrementalAmplitude | ProportionalStep) -> tuple[FloatArray, FloatArray]:
    """What a pulse does and dissipates, by code: RESET downwards from the middle, SET upwards.

    Of the first, the meaning depends on the rule: the share, or amplitude * log2(1 - full_step),
    the share of the way that remains, as a power of two. The second is V^2 width [V2 s].
    """
    if isinstance(rule, ProportionalStep):
        return np.full(3, rule.share), np.full(3, rule.voltage**2 * rule.width)
    between = np.zeros(1)
    amplitude = np.concatenate([np.flip(rule.down), between, rule.up])
    voltage = np.concatenate([np.flip(rule.voltage_down), between, rule.voltage_up])
    return amplitude * (math.log1p(-rule.full_step) / math.log(2.0)), voltage**2 * rule.width


class _Cells(NamedTuple):
    """The cells of a block that are still in the lists, each array of shape (CHUNK,)."""

    number: Words
    """Lower 32 bits of the number of the cell."""
    given: Codes
    """Pulses so far; behind the others in a cell that is done, negative in one left alone."""
    code: Codes
    """Of the last pulse: its place in the tables."""
    g: Floats
    wanted: Floats
    strong: Floats
    floor: Floats
    ceiling: Floats
    heated: Floats
    """Energy so far [J]."""
    distance: Floats
    """From the last reading to the target [S], then the share of the way that a pulse closes."""


class _Results(NamedTuple):
    """What becomes of all cells, each array of shape (cells,)."""

    conductance: Floats
    pulses: Codes
    energy: Floats
    arrived: BoolArray


@compiled
def _verify_all(
    results: _Results,
    target: Floats,
    strength: Floats,
    lowest: Floats,
    highest: Floats,
    proportional: bool,
    amplitude: Floats,
    heat: Floats,
    cycle_noise: np.floating[Any],
    tolerance: np.floating[Any],
    read_noise: np.floating[Any],
    most_pulses: int,
    first_cell: int,
    event: np.uint64,
    key: np.uint64,
) -> None:
    total = target.size
    dtype = target.dtype
    cells = _Cells(
        np.zeros(CHUNK, dtype=np.uint32),
        np.zeros(CHUNK, dtype=np.int32),
        np.zeros(CHUNK, dtype=np.int32),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
        np.zeros(CHUNK, dtype=dtype),
    )
    of_read, of_pulse = np.zeros(CHUNK, dtype=dtype), np.zeros(CHUNK, dtype=dtype)
    words = np.zeros((4, CHUNK), dtype=np.uint32)
    # Handing all of them over costs more than a pass over a few cells: by name in the loop.
    number, given, code, g, wanted, strong, floor, ceiling, heated, distance = cells
    middle, one = amplitude.size // 2, dtype.type(1.0)
    for chunk in range(first_cell // CHUNK, (first_cell + total + CHUNK - 1) // CHUNK):
        start = max(0, chunk * CHUNK - first_cell)
        stop = min(total, (chunk + 1) * CHUNK - first_cell)
        # The same for all cells of a chunk.
        above = np.uint64(chunk * CHUNK) >> _HALF_WORD
        offset = (chunk * CHUNK & ~_LOW_WORD) - first_cell
        count = stop - start
        g[:count], wanted[:count] = results.conductance[start:stop], target[start:stop]
        strong[:count] = part(strength, start, stop, total)
        floor[:count] = part(lowest, start, stop, total)
        ceiling[:count] = part(highest, start, stop, total)
        _begin(cells, middle, start - offset, count)
        p = 0
        while True:
            if p % 2 == 0:
                own_words(words, number, above, count, event, np.uint64(p // 2), key)
            _normals(of_read, of_pulse, words[2 * (p % 2)], words[2 * (p % 2) + 1], count)
            _measure(distance, g, wanted, of_read, read_noise, count)
            if p == most_pulses:
                break
            still_open = _count_open(given, distance, tolerance, p, count)
            if still_open == 0:
                break
            p += 1
            if proportional:
                _add_where_pulsed(heated, heat[0], g, given, p, count)
                _step(g, given, distance, strong, of_pulse, amplitude[0], cycle_noise, p, count)
                _clip(g, floor, ceiling, given, p, count)
            else:
                _follow(code, given, distance, p, middle, count)
                # The readings are used up by now, and soon the distances are.
                _look_up(of_read, heat, code, g, count)
                _add_where_pulsed(heated, one, of_read, given, p, count)
                _look_up(distance, amplitude, code, strong, count)
                _close(distance, count)
                _disturb(distance, given, of_pulse, cycle_noise, p, count)
                _approach(g, distance, code, floor, ceiling, middle, count)
            # Two pulses share four words: the lists stay as they are between the two.
            if p % 2 == 0 and 3 * still_open < 2 * count:
                count = _drop_done(cells, results, offset, p, count)
        _finish(cells, results, tolerance, most_pulses, offset, count)


@taken_in
def _begin(cells: _Cells, middle: int, first: int, count: int) -> None:
    cells.heated[:count], cells.code[:count] = 0.0, middle
    wanted = cells.wanted
    for i in range(count):
        cells.number[i] = np.uint32(first + i)
        # NaN: a cell that is to be left alone is never open.
        cells.given[i] = _NONE if wanted[i] == wanted[i] else _LEFT_ALONE


@taken_in
def _drop_done(cells: _Cells, results: _Results, offset: int, p: int, count: int) -> int:
    """Hand over the cells that are done and close the ranks; returns how many are left."""
    stay, leave = np.empty(count + 1, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
    # Both lists are written without a branch, which no processor could foresee.
    kept, done = 0, 0
    for i in range(count):
        is_open = int(cells.given[i] == p)
        stay[kept], leave[done] = i, i
        kept += is_open
        done += 1 - is_open
    for k in range(done):
        i = leave[k]
        place = np.int64(cells.number[i]) + offset
        results.conductance[place], results.energy[place] = cells.g[i], cells.heated[i]
        results.pulses[place] = max(cells.given[i], _NONE)
        results.arrived[place] = cells.given[i] >= _NONE
    for k in range(kept):
        i = stay[k]
        cells.number[k], cells.given[k], cells.code[k] = (
            cells.number[i],
            cells.given[i],
            cells.code[i],
        )
        cells.g[k], cells.wanted[k], cells.strong[k] = cells.g[i], cells.wanted[i], cells.strong[i]
        cells.floor[k], cells.ceiling[k] = cells.floor[i], cells.ceiling[i]
        cells.heated[k] = cells.heated[i]
    return kept


@taken_in
def _finish(
    cells: _Cells,
    results: _Results,
    tolerance: np.floating[Any],
    most_pulses: int,
    offset: int,
    count: int,
) -> None:
    """Hand over all cells that are left: done, or given up."""
    for i in range(count):
        place = np.int64(cells.number[i]) + offset
        results.conductance[place], results.energy[place] = cells.g[i], cells.heated[i]
        results.pulses[place] = max(cells.given[i], _NONE)
        accepted = (cells.given[i] < most_pulses) | (abs(cells.distance[i]) <= tolerance)
        results.arrived[place] = accepted & (cells.given[i] >= _NONE)


@compiled
def _normals(of_read: Floats, of_pulse: Floats, first: Words, second: Words, count: int) -> None:
    if of_read.itemsize == 4:
        for i in range(count):
            a, b = normal_pair_float32(first[i], second[i])
            of_read[i] = a
            of_pulse[i] = b
    else:
        for i in range(count):
            c, d = normal_pair_float64(first[i], second[i])
            of_read[i] = c
            of_pulse[i] = d


@compiled
def _measure(
    distance: Floats,
    g: Floats,
    wanted: Floats,
    of_read: Floats,
    noise: np.floating[Any],
    count: int,
) -> None:
    for i in range(count):
        distance[i] = wanted[i] - (g[i] + noise * of_read[i])


@compiled
def _count_open(
    given: Codes, distance: Floats, tolerance: np.floating[Any], p: int, count: int
) -> int:
    """Count one more pulse for each cell that is open; those are open that have had p so far."""
    still_open = np.int32(0)
    now, one, zero = np.int32(p), np.int32(1), np.int32(0)
    for i in range(count):
        pulsed = one if (given[i] == now) & (abs(distance[i]) > tolerance) else zero
        given[i] += pulsed
        still_open += pulsed
    return int(still_open)


@compiled
def _follow(code: Codes, given: Codes, distance: Floats, p: int, middle: int, count: int) -> None:
    """The code of the pulse that is due: one further the same way, or the first of the other."""
    now, one, zero = np.int32(p), np.int32(1), np.int32(0)
    rest, last = np.int32(middle), np.int32(2 * middle)
    for i in range(count):
        c = code[i]
        further = c + one if c < last else last
        above = rest + one if c <= rest else further
        further = c - one if c > zero else zero
        below = rest - one if c >= rest else further
        following = above if distance[i] > 0.0 else below
        code[i] = following if given[i] == now else c


@compiled
def _look_up(found: Floats, table: Floats, code: Codes, factor: Floats, count: int) -> None:
    for i in range(count):
        # Unsigned, so that no index is taken from the end.
        found[i] = table[np.uint32(code[i])] * factor[i]


@compiled
def _add_where_pulsed(
    total: Floats, factor: np.floating[Any], values: Floats, given: Codes, p: int, count: int
) -> None:
    now = np.int32(p)
    zero = total.dtype.type(0.0)
    for i in range(count):
        added = factor * values[i]
        total[i] += added if given[i] == now else zero


@compiled
def _step(
    g: Floats,
    given: Codes,
    distance: Floats,
    strong: Floats,
    of_pulse: Floats,
    share: np.floating[Any],
    noise: np.floating[Any],
    p: int,
    count: int,
) -> None:
    now = np.int32(p)
    one, zero = g.dtype.type(1.0), g.dtype.type(0.0)
    for i in range(count):
        step = share * strong[i] * distance[i] * (one + noise * of_pulse[i])
        g[i] += step if given[i] == now else zero


@compiled
def _clip(g: Floats, floor: Floats, ceiling: Floats, given: Codes, p: int, count: int) -> None:
    now = np.int32(p)
    for i in range(count):
        after, least, most = g[i], floor[i], ceiling[i]
        inside = least if after < least else after
        inside = most if inside > most else inside
        g[i] = inside if given[i] == now else after


@taken_in
def _closed_float32(power: np.float32) -> np.float32:
    """1 - 2^power for a power of zero or less, exact also where it is small."""
    power = _LOWEST if power < _LOWEST else power
    whole = np.int32(power - _HALF)
    r = power - np.float32(whole)
    grown = _E6
    grown = grown * r + _E5
    grown = grown * r + _E4
    grown = grown * r + _E3
    grown = grown * r + _E2
    grown = grown * r + _E1
    grown = grown * r + _E0
    scale = np.int32((whole + _BIAS) << _MANTISSA).view(np.float32)
    return (np.float32(1.0) - scale) - scale * (r * grown)


@taken_in
def _closed_float64(power: np.float64) -> np.float64:
    """The same in float64."""
    power = _LOWEST_D if power < _LOWEST_D else power
    whole = np.int32(power - 0.5)
    r = power - np.float64(whole)
    grown = ((((_D10 * r + _D9) * r + _D8) * r + _D7) * r + _D6) * r
    grown = ((((grown + _D5) * r + _D4) * r + _D3) * r + _D2) * r
    grown = (grown + _D1) * r + _D0
    scale = np.float64(np.int32((whole + _BIAS) << _MANTISSA).view(np.float32))
    return (1.0 - scale) - scale * (r * grown)


@compiled
def _close(power: Floats, count: int) -> None:
    """1 - 2^power in place: the share of the way that a pulse closes on average."""
    if power.itemsize == 4:
        for i in range(count):
            power[i] = _closed_float32(power[i])
    else:
        for i in range(count):
            power[i] = _closed_float64(power[i])


@compiled
def _disturb(
    fraction: Floats,
    given: Codes,
    of_pulse: Floats,
    noise: np.floating[Any],
    p: int,
    count: int,
) -> None:
    """Noise from pulse to pulse, cut off at 0 and 1; zero in cells that get no pulse."""
    now = np.int32(p)
    one, zero = fraction.dtype.type(1.0), fraction.dtype.type(0.0)
    for i in range(count):
        closed = fraction[i] * (one + noise * of_pulse[i])
        closed = zero if closed < zero else closed
        closed = one if closed > one else closed
        fraction[i] = closed if given[i] == now else zero


@compiled
def _approach(
    g: Floats,
    fraction: Floats,
    code: Codes,
    floor: Floats,
    ceiling: Floats,
    middle: int,
    count: int,
) -> None:
    rest = np.int32(middle)
    zero = g.dtype.type(0.0)
    for i in range(count):
        here, least, most = g[i], floor[i], ceiling[i]
        up, down = most - here, least - here
        up = zero if up < zero else up
        down = zero if down > zero else down
        g[i] = here + fraction[i] * (up if code[i] > rest else down)
