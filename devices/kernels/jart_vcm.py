"""JART VCM cell by cell: the compiled twin of the formulas of the model.

The physics is written in `ohmloom.devices.memristors.jart_vcm`; here it stands a second time for
one cell, without arrays, so that a cell stops as soon as it is solved. Names and signs are those of
the formulas.

How a cell is solved. The unknown is the share of the contact in the voltage. Newton steps on the
logarithm of emitted over line current are kept in a bracket, as in the formulas. The equations may
have several solutions, and the search has to stay below the smallest one: the logarithm is concave
up to there, so that steps from below never pass it. Only the first step is another than in the
formulas. Near zero a tangent leads no further than to some ten times as much; instead the current
of the contact is continued by the simplest law that grows at least as fast, which gives too small a
share. The line too is solved by Newton steps here, which cost less than hyperbolic functions. What
is left are three to five steps, about 0.7 us for a cell.
"""

import math
from typing import NamedTuple

import numpy as np

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.kernels.compiled import compiled, taken_in
from ohmloom.physical_constants import boltzmann, elementary_charge

_THERMAL_VOLTAGE_PER_KELVIN = boltzmann / elementary_charge
_LARGEST_EXPONENT = 80.0
_STEEPEST = 0.999999
_NEWTON_STEPS = 50
_FIRST_SHARE = 1e-6
# How much of the first step is taken: how heat grows on the way is not known yet.
_CAUTION = 0.9
_SMALL_SHIFT = 1e-4
_SETTLED_SHIFT = 1e-8
# Only for zero volt: the share of the contact is not the same at all small voltages [V].
_SMALLEST_VOLTAGE = 1e-100


class JartQuantities(NamedTuple):
    """What the formulas need to know of a cell; of each, one number or any array."""

    ambient_temperature: Array
    """Temperature without a current [K]."""
    heating_in_set: Array
    """Thermal resistance of this filament at V < 0 [K/W]."""
    heating_in_reset: Array
    """Thermal resistance of this filament at V >= 0 [K/W]."""
    vacancy_resistance: Array
    """Resistance of the disc times its concentration [ohm/m3]."""
    plug_resistance: Array
    """[ohm]."""
    cold_resistance: Array
    """Resistance of oxide and cold line [ohm]."""
    line_heating: Array
    """How the resistance of the line grows with the square of the current [ohm/A2]."""
    barrier_height: Array
    """Height of the barrier without a field [V]."""
    flat_band: Array
    """Voltage of the contact at which its barrier is not bent any more [V]."""
    image_force: Array
    """Fourth power of the lowering of the barrier, per vacancy and volt [V3 m3]."""
    tunnelling: Array
    """Tunnelling voltage over the square root of the concentration [V m^1.5]."""
    emission: Array
    """Richardson constant times area [A/K2]."""
    tilt: Array
    """g of the drift over the field [m/V]."""
    hopping_barrier: Array
    """[V]."""
    hopping_speed: Array
    """Distance of a hop times attempts over the length of the disc [1/s]."""
    disc_length: Array
    """[m]."""
    cell_length: Array
    """[m]."""
    plug_concentration: Array
    """[1/m3]."""
    lowest: Array
    """Smallest concentration of the disc [1/m3]."""
    highest: Array
    """Largest concentration of the disc [1/m3]."""


class SolvedCells(NamedTuple):
    """What flows through cells, and what it does; shaped as the arguments broadcast."""

    contact: FloatArray
    """Voltage across the contact [V]."""
    current: FloatArray
    """Current through the cell [A]."""
    rate: FloatArray
    """Of the concentration, at a bound never outwards [1/(m3 s)]."""


def solved_cells(
    voltage: FloatArray, concentration: FloatArray, quantities: JartQuantities
) -> SolvedCells:
    """Solve cells, each on its own.

    Args:
        voltage: across each cell, float64, any shape [V].
        concentration: of vacancies in each disc, float64, broadcasts [1/m3].
        quantities: numbers, or float64 arrays that broadcast.

    Returns:
        Arrays of the common shape, numpy numbers where this is ().
    """
    table = _table(quantities)
    shape = voltage.shape
    if voltage.shape != concentration.shape or table.ndim > 1:
        shape = np.broadcast_shapes(voltage.shape, concentration.shape, table.shape[:-1])
        voltage = np.broadcast_to(voltage, shape)
        concentration = np.broadcast_to(concentration, shape)
        # One row for each cell of the last axes, over and over.
        last = shape[len(shape) - table.ndim + 1 :]
        if table.shape[:-1] != last and table.size > table.shape[-1]:
            table = np.broadcast_to(table, (*shape, table.shape[-1]))
    voltage, concentration = np.ravel(voltage), np.ravel(concentration)
    contact, current, rate = np.empty((3, voltage.size))
    _solve(voltage, concentration, table.reshape(-1, table.shape[-1]), contact, current, rate)
    return SolvedCells(
        contact.reshape(shape)[()], current.reshape(shape)[()], rate.reshape(shape)[()]
    )


def _table(quantities: JartQuantities) -> FloatArray:
    """All quantities of a cell side by side, shape (..., quantities)."""
    if not any(isinstance(value, np.ndarray) for value in quantities):
        return np.array(quantities, dtype=np.float64)
    return np.stack(np.broadcast_arrays(*quantities), axis=-1, dtype=np.float64)


class _Emission(NamedTuple):
    """Current of the contact and how it answers."""

    current: float
    """[A]."""
    per_volt: float
    """[A/V]."""
    per_kelvin: float
    """[A/K]."""
    growth: float
    """The current is at most proportional to expm1(growth * voltage); at V < 0 also to
    sqrt(height - voltage) [1/V]."""
    height: float
    """Of the barrier, as far as the current depends on it by its square root [V]."""


@compiled
def _solve(
    voltage: FloatArray,
    concentration: FloatArray,
    table: FloatArray,
    contact: FloatArray,
    current: FloatArray,
    rate: FloatArray,
) -> None:
    rows = len(table)
    for i in range(len(voltage)):
        cell = _quantities(table[i % rows])
        v, n = voltage[i], concentration[i]
        cold = cell.vacancy_resistance / n + cell.plug_resistance + cell.cold_resistance
        # Near zero volt the share of the contact has a limit; the voltage itself may be zero.
        applied = min(v, -_SMALLEST_VOLTAGE) if v < 0.0 else max(v, _SMALLEST_VOLTAGE)
        contact[i] = v * _contact_share(cell, applied, n, cold)
        current[i] = _line_current(v - contact[i], cold, cell.line_heating)
        rate[i] = _rate(cell, v, current[i], n)


@taken_in
def _quantities(row: FloatArray) -> JartQuantities:
    return JartQuantities(
        *(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9]),
        *(row[10], row[11], row[12], row[13], row[14], row[15], row[16], row[17], row[18]),
        row[19],
    )


@taken_in
def _contact_share(
    cell: JartQuantities, applied: float, concentration: float, cold: float
) -> float:
    """Share of the contact in the voltage, the smallest that solves the equations."""
    tunnelling = cell.tunnelling * math.sqrt(concentration)
    share, lowest, highest = _FIRST_SHARE, 0.0, 1.0
    for count in range(_NEWTON_STEPS):
        contact = share * applied
        current = _line_current(applied - contact, cold, cell.line_heating)
        temperature = _temperature(cell, applied, current)
        emission = _emission(cell, contact, temperature, concentration, tunnelling)
        imbalance = math.log(emission.current / current)
        if math.isnan(imbalance):
            return imbalance
        if imbalance < 0.0:
            lowest = share
        else:
            highest = share
        line_slope = 1.0 / (cold + 3.0 * cell.line_heating * current * current)
        power_slope = (
            applied - 2.0 * cell.cold_resistance * current - 4.0 * cell.line_heating * current**3
        )
        cooling = _thermal_resistance(cell, applied) * power_slope * line_slope
        heated = -emission.per_kelvin * cooling
        if count == 0:
            drop = abs(contact)
            growth = emission.growth + max(0.0, heated / abs(emission.current))
            wanted = math.expm1(growth * drop) * (current / emission.current)
            if contact < 0.0:
                # The current grows with sqrt(height + drop) too; at most twice as much counts.
                wanted *= math.sqrt(0.5 * (emission.height + drop))
                wanted = min(
                    wanted / math.sqrt(emission.height + drop), (growth * wanted**2) ** (1.0 / 3.0)
                )
            alone = math.log1p(wanted) / (growth * abs(applied))
            share = _CAUTION * alone / (1.0 + alone)
            # Also where nothing at all is emitted.
            if not (share > lowest and share < highest):
                share = 0.5 * (lowest + highest)
            continue
        emission_slope = emission.per_volt + heated
        slope = applied * (emission_slope / emission.current + line_slope / current)
        shift = imbalance / slope
        # Near the end a step is as small as rounding, and the bracket may contradict it.
        small = abs(shift) < _SMALL_SHIFT * share
        step: float = share - shift
        if step < 1.0 and (small or (step > lowest and step < highest)):
            if abs(shift) < _SETTLED_SHIFT * share:
                return step
            share = step
        else:
            share = 0.5 * (lowest + highest)
    return share


@taken_in
def _line_current(drop: float, cold: float, heating: float) -> float:
    straight = drop / cold
    # What heat leaves of it, x + p x^3 = 1: two or three steps from above, which do not pass it.
    p = heating * straight * straight / cold
    left = 1.0
    for _ in range(_NEWTON_STEPS):
        shift = (left + p * left**3 - 1.0) / (1.0 + 3.0 * p * left * left)
        left -= shift
        if not shift > _SETTLED_SHIFT * left:
            break
    return straight * left


@taken_in
def _thermal_resistance(cell: JartQuantities, voltage: float) -> float:
    if voltage < 0.0:
        return float(cell.heating_in_set)
    return float(cell.heating_in_reset)


@taken_in
def _temperature(cell: JartQuantities, voltage: float, current: float) -> float:
    series = cell.cold_resistance + cell.line_heating * current * current
    power = current * (voltage - current * series)
    return float(cell.ambient_temperature + power * _thermal_resistance(cell, voltage))


@taken_in
def _emission(
    cell: JartQuantities,
    contact: float,
    temperature: float,
    concentration: float,
    tunnelling: float,
) -> _Emission:
    thermal = _THERMAL_VOLTAGE_PER_KELVIN * temperature
    room = cell.flat_band - contact
    barrier, barrier_slope = cell.barrier_height, 0.0
    if room > 0.0:
        lowering = math.sqrt(math.sqrt(cell.image_force * concentration * room))
        barrier -= lowering
        barrier_slope = 0.25 * lowering / room
    if barrier <= 0.0:
        barrier, barrier_slope = 0.0, 0.0

    if contact >= 0.0:
        # Over the barrier.
        drive = min(contact / thermal, _LARGEST_EXPONENT)
        scale = cell.emission * temperature**2 * math.exp(-barrier / thermal)
        over = scale * math.expm1(drive)
        grown = over + scale
        per_volt = (grown - over * barrier_slope) / thermal
        per_kelvin = ((2.0 + barrier / thermal) * over - grown * drive) / temperature
        return _Emission(over, per_volt, per_kelvin, 1.0 / thermal, barrier)

    # Through the barrier.
    u = tunnelling / thermal
    tanh = math.tanh(u)
    sech2 = 1.0 - tanh**2
    under_root = barrier * sech2 - contact
    steepness = (u - tanh) / tunnelling
    push = min(-contact * steepness, _LARGEST_EXPONENT)
    scale = (
        cell.emission
        * temperature
        / _THERMAL_VOLTAGE_PER_KELVIN
        * math.sqrt(math.pi * tunnelling * under_root)
        * math.exp(-barrier * tanh / tunnelling)
    )
    through = scale * math.expm1(push)
    grown = through + scale
    eased = barrier_slope * tanh / tunnelling
    per_volt = grown * steepness + through * (
        0.5 * (1.0 - barrier_slope * sech2) / under_root + eased
    )
    per_kelvin = (
        through * (1.0 + barrier * sech2 * u * tanh / under_root + barrier * sech2 * u / tunnelling)
        + grown * contact * tanh**2 * u / tunnelling
    ) / temperature
    return _Emission(-through, per_volt, -per_kelvin, steepness + eased, barrier * sech2)


@taken_in
def _rate(cell: JartQuantities, voltage: float, current: float, concentration: float) -> float:
    temperature = _temperature(cell, voltage, current)
    if voltage < 0.0:
        field = current * cell.vacancy_resistance / concentration / cell.disc_length
        filled = concentration / cell.highest
    else:
        series = cell.cold_resistance + cell.line_heating * current * current
        field = (voltage - current * series) / cell.cell_length
        filled = cell.lowest / concentration
    g = cell.tilt * field
    if g > _STEEPEST:
        g = _STEEPEST
    elif g < -_STEEPEST:
        g = -_STEEPEST
    middle = math.sqrt(1.0 - g * g) + g * math.asin(g)
    tilt = 0.5 * math.pi * g
    attempts = cell.hopping_barrier / (_THERMAL_VOLTAGE_PER_KELVIN * temperature)
    hops = math.exp(-attempts * (middle - tilt)) - math.exp(-attempts * (middle + tilt))
    between = 0.5 * (cell.plug_concentration + concentration)
    # Zero at a bound and beyond; written so that what is not a number stays none.
    free = 1.0 - filled**10
    return float(-between * cell.hopping_speed * hops * (0.0 if free < 0.0 else free))
