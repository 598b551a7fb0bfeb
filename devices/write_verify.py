"""Write-verify on an array of cells: pulses and readings in turn until every cell is in its band.

Two published ways of raising the amplitude are described by one set of numbers:

* NeuRRAM (W. Wan et al., Nature 608, 504 (2022), public programming code): SET if too low, RESET if
  too high, 0.1 V more with each pulse that was not enough, and from the first amplitude again after
  the cell has jumped over its target.
* Incremental step pulse and verify, ISPVA (E. Perez, V. Milo et al., HfO2 1T1R arrays): a full
  RESET, then SET pulses of rising amplitude until the cell conducts at least its target; there is
  no way back. The published step is not known to us: the number used here is a choice.

This is the loop for cells alone. On a chip, with its wires and converters,
`ohmloom.mapping.write_verify` does the same through the chip's own readings.
"""

import math
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import Array, BoolArray, FloatArray, IntArray
from ohmloom.checks import not_negative, shaped
from ohmloom.devices.cell_draws import CellKey
from ohmloom.devices.cell_response import Cells
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.kernels.write_verify import IncrementalAmplitude, write_verify_cells
from ohmloom.devices.pulse_updates.incremental_pulse import IncrementalPulse
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import ns, us, volt


@dataclass(frozen=True, kw_only=True)
class IncrementalProgramming:
    """Amplitudes of the pulses, and when to give up."""

    first_set: float
    """Amplitude of the first SET pulse [V]."""
    last_set: float
    """Largest amplitude of a SET pulse [V]."""
    first_reset: float
    """Amplitude of the first RESET pulse [V]."""
    last_reset: float
    """Largest amplitude of a RESET pulse [V]."""
    step: float
    """How much the amplitude grows with each pulse that was not enough [V]."""
    width: float
    """Duration of a pulse [s]."""
    read_time: float
    """Duration of a reading [s]."""
    erase_pulses: int
    """RESET pulses of the largest amplitude on every cell before anything else."""
    both_ways: bool
    """Whether a cell that is beyond its band is pulsed back; otherwise SET pulses only, until the
    cell conducts at least its target."""
    most_pulses: int
    """Give up on a cell after this many pulses."""

    def __post_init__(self) -> None:
        rising = 0 < self.first_set <= self.last_set and 0 < self.first_reset <= self.last_reset
        positive = min(self.step, self.width, self.read_time) > 0
        if not (rising and positive and self.erase_pulses >= 0 and self.most_pulses > 0):
            raise InvalidInput(
                f"amplitudes must rise from above zero, and step, width, reading and most_pulses "
                f"be above zero, but they are {self}"
            )


def neurram_programming() -> IncrementalProgramming:
    """The amplitudes of the public NeuRRAM code: from 1.2 V (SET) and 1.5 V (RESET) to 3.3 V.

    The width of 1 us is that of the same code; the duration of a reading is a choice.
    """
    return IncrementalProgramming(
        first_set=1.2 * volt,
        last_set=3.3 * volt,
        first_reset=1.5 * volt,
        last_reset=3.3 * volt,
        step=0.1 * volt,
        width=1 * us,
        read_time=100 * ns,
        erase_pulses=0,
        both_ways=True,
        most_pulses=300,
    )


def ispva_programming() -> IncrementalProgramming:
    """A full RESET, then SET pulses that rise by 50 mV until the cell conducts its target.

    The steps of the published algorithm are not known to us; these amplitudes are a choice that
    suits cells with the thresholds of `gong_2022`.
    """
    return IncrementalProgramming(
        first_set=1.2 * volt,
        last_set=3.3 * volt,
        first_reset=3.3 * volt,
        last_reset=3.3 * volt,
        step=0.05 * volt,
        width=1 * us,
        read_time=100 * ns,
        erase_pulses=8,
        both_ways=False,
        most_pulses=300,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class WriteVerifyResult:
    """What write-verify did to each cell."""

    target: FloatArray
    """Wanted conductance, shape of the array [S]; NaN where cells were left alone."""
    arrived: BoolArray
    """Cells that were accepted."""
    pulses: IntArray
    """Pulses that each cell got, those of the erasure included."""
    readings: IntArray
    """Readings that verification took of each cell that was to be programmed."""
    energy: FloatArray
    """Energy that the pulses of each cell took: V^2 G width, with the conductance before each pulse
    [J]."""
    duration: float
    """Time on the clock of the array: all cells in parallel, a reading after each pulse [s]."""

    @property
    def asked(self) -> BoolArray:
        """Cells that were to be programmed."""
        return np.isfinite(self.target)

    @property
    def never_arrived(self) -> BoolArray:
        """Cells that were to be programmed and never were accepted."""
        return np.asarray(self.asked & ~self.arrived)

    def __repr__(self) -> str:
        asked = int(self.asked.sum())
        mean = float(self.pulses[self.asked].mean()) if asked else 0.0
        return (
            f"WriteVerifyResult({asked} cells, {mean:.1f} pulses each, "
            f"{int(self.never_arrived.sum())} never arrived)"
        )


def write_verify(
    array: DeviceArray,
    target: FloatArray,
    *,
    tolerance: FloatArray | float,
    rng: Draws,
    programming: IncrementalProgramming | None = None,
) -> WriteVerifyResult:
    """Program the cells of an array; see `DeviceArray.write_verify`.

    Args:
        array: answers pulses.
        target: wanted conductance, shape of the array; NaN leaves a cell alone [S].
        tolerance: half the width of the band, shape of the array or one number, above zero where
            there is a target [S].
        rng: the stream that read noise draws from.
        programming: amplitudes, and when to give up; those of NeuRRAM where None.

    Returns:
        A result for every cell.

    Raises:
        InvalidInput: a shape differs, or a value is negative or not finite.
    """
    how = programming or neurram_programming()
    wanted = shaped(np.asarray(target, dtype=np.float64), array.shape, "target")
    asked = ~np.isnan(wanted)
    not_negative(wanted[asked], "target")
    band = np.asarray(tolerance, dtype=np.float64)
    if band.ndim:
        # A band in proportion to the target is NaN where that is.
        band = np.where(asked, shaped(band, array.shape, "tolerance"), 1.0)
    band = not_negative(band, "tolerance")
    if not (band > 0).all():
        raise InvalidInput("tolerance must be above zero: no reading hits its target exactly")
    if _compiled_loop_knows(array, how):
        return _cell_by_cell(array, wanted, band, how)
    return _in_rounds(array, wanted, band, how, rng)


def _in_rounds(
    array: DeviceArray,
    wanted: FloatArray,
    band: FloatArray,
    how: IncrementalProgramming,
    rng: Draws,
) -> WriteVerifyResult:
    """All cells that are open get one pulse, then all are read: any response, any noise."""
    asked = ~np.isnan(wanted)
    started = array.time
    energy = np.zeros(array.shape)
    pulses = np.zeros(array.shape, dtype=np.int64)
    readings = np.zeros(array.shape, dtype=np.int64)

    def pulse(volts: FloatArray) -> None:
        given = volts != 0.0
        energy[given] += (volts**2 * array.conductance * how.width)[given]
        pulses[given] += 1
        array.pulse(volts, width=how.width)

    def read(cells: BoolArray) -> FloatArray:
        seen = array.read(rng=rng)
        array.wait(how.read_time)
        readings[cells] += 1
        return seen

    for _ in range(how.erase_pulses):
        pulse(np.where(asked, -how.last_reset, 0.0))
    reading = read(asked)
    arrived = asked & _accepted(reading, wanted, band, how)
    active = asked & ~arrived
    amplitude = np.zeros(array.shape)
    direction = np.zeros(array.shape, dtype=np.int8)
    # There is no way back for cells that the erasure has left above their band.
    given_up = active & (not how.both_ways) & (reading > wanted + band)
    for _ in range(how.most_pulses):
        active &= ~given_up
        if not active.any():
            break
        up = (reading < wanted) | (not how.both_ways)
        now = np.where(up, 1, -1).astype(np.int8)
        first = np.where(up, how.first_set, how.first_reset)
        last = np.where(up, how.last_set, how.last_reset)
        amplitude = np.where(now == direction, np.minimum(amplitude + how.step, last), first)
        direction = np.where(active, now, direction).astype(np.int8)
        pulse(np.where(active, now * amplitude, 0.0))
        reading = np.where(active, read(active), reading)
        done = active & _accepted(reading, wanted, band, how)
        arrived |= done
        active &= ~done
        if not how.both_ways:
            given_up = active & (reading > wanted + band)
    return WriteVerifyResult(
        target=wanted,
        arrived=arrived,
        pulses=pulses,
        readings=readings,
        energy=energy,
        duration=array.time - started,
    )


def _compiled_loop_knows(array: DeviceArray, how: IncrementalProgramming) -> bool:
    """Whether nothing but pulses happens: soft bounds, and readings that tell the truth."""
    return (
        isinstance(array.response, IncrementalPulse)
        and array.holds_still
        and how.both_ways
        and how.erase_pulses == 0
    )


def _cell_by_cell(
    array: DeviceArray, wanted: FloatArray, band: FloatArray, how: IncrementalProgramming
) -> WriteVerifyResult:
    """Each cell is pulsed until it is done, by a compiled loop: the same law, far faster."""
    response = array.response
    assert isinstance(response, IncrementalPulse)
    codes = 1 + math.ceil(
        max(how.last_set - how.first_set, how.last_reset - how.first_reset) / how.step - 1e-9
    )
    steps = how.step * np.arange(codes)
    up = np.minimum(how.first_set + steps, how.last_set)
    down = np.minimum(how.first_reset + steps, how.last_reset)
    rule = IncrementalAmplitude(
        up=response.amplitude(up),
        down=response.amplitude(down),
        voltage_up=up,
        voltage_down=down,
        width=how.width,
        full_step=response.full_step,
        cycle_noise=response.cycle_noise,
    )
    flat = wanted.ravel()
    arrived = np.zeros(flat.size, dtype=bool)
    pulses = np.zeros(flat.size, dtype=np.int64)
    energy = np.zeros(flat.size)

    def work(
        block: slice,
        conductance: Array,
        cells: Cells,
        stuck: BoolArray,
        key: CellKey,
        event: int,
    ) -> IntArray:
        # The loop has one band for all cells. Nothing in it knows how much a siemens is, so that
        # conductances over the band of each cell serve where bands differ.
        unit = band.ravel()[block].astype(conductance.dtype) if band.ndim else 1.0
        moved = np.ascontiguousarray(conductance / unit) if band.ndim else conductance
        done = write_verify_cells(
            moved,
            (flat[block] / unit).astype(conductance.dtype),
            rule,
            tolerance=1.0 if band.ndim else float(band),
            read_noise=0.0,
            most_pulses=how.most_pulses,
            # A cell of no strength is pulsed in vain.
            strength=np.where(stuck, 0.0, cells["strength"]).astype(conductance.dtype),
            lowest=cells["lowest"] / unit,
            highest=cells["highest"] / unit,
            key=key,
            event=event,
            first_cell=block.start,
        )
        if band.ndim:
            # Cells that did not move keep every digit.
            moving = (done.pulses > 0) & ~stuck
            conductance[moving] = (moved * unit)[moving]
        arrived[block] = done.arrived
        pulses[block] = done.pulses
        energy[block] = done.energy * unit
        return np.asarray(done.pulses, dtype=np.int64)

    array.pulsed_by(work)
    rounds = int(pulses.max(initial=0))
    duration = rounds * (how.width + how.read_time) + how.read_time
    array.wait(duration)
    asked = ~np.isnan(wanted)
    return WriteVerifyResult(
        target=wanted,
        arrived=arrived.reshape(wanted.shape),
        pulses=pulses.reshape(wanted.shape),
        readings=np.where(asked, 1 + pulses.reshape(wanted.shape), 0),
        energy=energy.reshape(wanted.shape),
        duration=duration,
    )


def _accepted(
    reading: FloatArray, wanted: FloatArray, band: FloatArray, how: IncrementalProgramming
) -> BoolArray:
    near = np.abs(reading - wanted) <= band
    # Pulses that only go up leave the lower half of the band, because the target is ahead.
    return np.asarray(near if how.both_ways else near & (reading >= wanted))
