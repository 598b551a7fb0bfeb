"""`SynaptogenCells`: an array of cells that voltages SET and RESET, each in its own cycle.

A voltage is applied as if slowly, one for each cell:

* SET. A cell that is not in its low state goes there when the voltage is at or below its SET
  voltage. Its next RESET will start at the RESET voltage of the same cycle.
* RESET. A cell that is not in its high state is moved when the voltage is above its threshold. To
  leave the low state begins a new cycle: four new features are drawn, and the curve of the RESET
  is fixed. From `reset_end` on the cell reaches the high state of the new cycle; below, it stops on
  the curve, and the voltage becomes its threshold, so that only a larger one moves it further.
* Any other voltage does nothing.

Every call of `apply` draws four numbers for every cell, whether or not a cell begins a cycle: what
happens to a cell does not depend on what happens to its neighbours when its numbers are its own.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022).
Holds for: cells without line resistance between them. There is no retention, drift, 1/f noise,
time or temperature of the state; temperature enters the noise of a reading only.
"""

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.checks import finite, shaped
from ohmloom.devices.statistics.synaptogen.cycle_statistics import DeviceParameters
from ohmloom.devices.statistics.synaptogen.model import ResetCurve, Synaptogen
from ohmloom.devices.statistics.synaptogen.read_noise import current_noise
from ohmloom.randomness import Draws
from ohmloom.si import hertz, kelvin

READ_BANDWIDTH = 1e8 * hertz
"""Bandwidth of a reading in the authors' code [Hz]."""
READ_TEMPERATURE = 300 * kelvin
"""Temperature of a reading in the authors' code [K]."""


class SynaptogenCells:
    """Cells of one array, all in the high state of their first cycle at the beginning."""

    def __init__(self, model: Synaptogen, shape: tuple[int, ...], *, rng: Draws) -> None:
        """Draw the devices, and the cycles that lie behind them.

        Args:
            model: what the cells have in common.
            shape: of the array, any number of axes.
            rng: the stream that mismatch and the first cycle draw from.
        """
        count = int(np.prod(shape))
        self._model = model
        self._shape = shape
        self._devices = model.cycles.draw_devices(count, rng=rng)
        self._history = model.cycles.draw_history(count, rng=rng)
        self._features = self._features_now()
        self._share: FloatArray = model.conduction.share_of(10.0 ** self._features[0])
        self._in_low = np.zeros(count, dtype=np.bool_)
        self._in_high = np.ones(count, dtype=np.bool_)
        self._threshold: FloatArray = self._features[3].copy()
        self._cycle = np.zeros(count, dtype=np.int64)
        self._scale, self._offset = np.zeros(count), np.zeros(count)

    def __repr__(self) -> str:
        return (
            f"SynaptogenCells(shape {self._shape}, {int(self._in_low.sum())} in the low state, "
            f"{int(self._in_high.sum())} in the high one, cycles {self._cycle.min(initial=0)} to "
            f"{self._cycle.max(initial=0)})"
        )

    @property
    def model(self) -> Synaptogen:
        """What the cells have in common."""
        return self._model

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self._shape

    @property
    def devices(self) -> DeviceParameters:
        """What makes each cell differ from the others, cells in one row."""
        return self._devices

    @property
    def features(self) -> FloatArray:
        """log10 R_HRS, U_SET, R_LRS and U_RESET of the present cycle, shape (4, *shape)."""
        return self._features.reshape(4, *self._shape).copy()

    @property
    def share(self) -> FloatArray:
        """Share of the extreme high state, the state of a cell, shaped as the array [1]."""
        return self._share.reshape(self._shape).copy()

    @property
    def conductance(self) -> FloatArray:
        """The truth at the read voltage, shaped as the array [S]."""
        conductance: FloatArray = self._model.conduction.conductance(self.share)
        return conductance

    @property
    def resistance(self) -> FloatArray:
        """The truth at the read voltage, shaped as the array [ohm]."""
        return 1.0 / self.conductance

    @property
    def threshold(self) -> FloatArray:
        """Above which a cell outside its high state is RESET, shaped as the array [V]."""
        return self._threshold.reshape(self._shape).copy()

    @property
    def in_low_state(self) -> BoolArray:
        """Which cells were SET last, shaped as the array."""
        return self._in_low.reshape(self._shape).copy()

    @property
    def in_high_state(self) -> BoolArray:
        """Which cells were RESET completely last, shaped as the array."""
        return self._in_high.reshape(self._shape).copy()

    @property
    def cycle(self) -> IntArray:
        """How many times each cell has left its low state, shaped as the array."""
        return self._cycle.reshape(self._shape).copy()

    def current(self, voltage: FloatArray | float) -> FloatArray:
        """Current that a voltage too small to switch drives, without noise [A].

        Args:
            voltage: broadcasts to the array [V].
        """
        current: FloatArray = self._model.conduction.current(self.share, voltage)
        return current

    def apply(self, voltage: FloatArray, *, rng: Draws) -> None:
        """Bring one voltage to every cell and take it away again.

        Args:
            voltage: shaped as the array; zero leaves a cell alone [V].
            rng: the stream that the life of the cells draws from.

        Raises:
            InvalidInput: `voltage` has another shape or is not finite.
        """
        applied = shaped(finite(voltage, "voltage"), self._shape, "voltage").reshape(-1)
        normal = rng.standard_normal((4, applied.size))
        set_ = ~self._in_low & (applied <= self._features[1])
        reset = ~self._in_high & ~set_ & (applied > self._threshold)
        self._begin_cycles(np.flatnonzero(reset & self._in_low), normal)
        share_of = self._model.conduction.share_of

        self._share[set_] = share_of(self._features[2, set_])
        self._threshold[set_] = self._features[3, set_]
        self._in_low[set_], self._in_high[set_] = True, False

        complete = reset & (applied >= self._model.reset_end)
        self._share[complete] = share_of(10.0 ** self._features[0, complete])
        self._in_low[complete], self._in_high[complete] = False, True

        partial = reset & ~complete
        curve = ResetCurve(
            scale=self._scale[partial],
            offset=self._offset[partial],
            end=self._model.reset_end,
            exponent=self._model.reset_exponent,
        )
        reached = applied[partial]
        self._share[partial] = self._model.conduction.share_with(curve.current(reached), reached)
        self._threshold[partial] = reached
        self._in_low[partial] = False

    def read_spread(
        self, *, bandwidth: float = READ_BANDWIDTH, temperature: float = READ_TEMPERATURE
    ) -> FloatArray:
        """Standard deviation of one reading around the truth, shaped as the array [S].

        Args:
            bandwidth: of the reading [Hz].
            temperature: of the cells [K].
        """
        voltage = self._model.conduction.read_voltage
        noise: FloatArray = current_noise(
            self.current(voltage), voltage, bandwidth=bandwidth, temperature=temperature
        )
        return noise / voltage

    def read(
        self,
        *,
        rng: Draws,
        bandwidth: float = READ_BANDWIDTH,
        temperature: float = READ_TEMPERATURE,
    ) -> FloatArray:
        """One reading of every cell at the read voltage, with thermal and shot noise [S].

        Args:
            rng: the stream that read noise draws from.
            bandwidth: of the reading [Hz].
            temperature: of the cells [K].

        Returns:
            Current over voltage, shaped as the array; noise may take it below zero.
        """
        noise = self.read_spread(bandwidth=bandwidth, temperature=temperature)
        return self.conductance + noise * rng.standard_normal(self._shape)

    def _features_now(self) -> FloatArray:
        return self._model.cycles.features_of(self._history[-4:], self._devices)

    def _begin_cycles(self, cells: IntArray, normal: FloatArray) -> None:
        """Draw the next cycle of the cells that leave their low state, and fix its RESET."""
        if not cells.size:
            return
        history = self._history[:, cells]
        following = self._model.cycles.next_cycle(history, normal[:, cells])
        history = np.concatenate([history[4:], following])
        self._history[:, cells] = history
        own = DeviceParameters(
            mean=self._devices.mean[:, cells], deviation=self._devices.deviation[:, cells]
        )
        self._features[:, cells] = self._model.cycles.features_of(following, own)
        # The cell still is in the low state that it leaves: the curve starts where it stands.
        curve = self._model.reset_curve(
            from_share=self._share[cells],
            from_voltage=self._threshold[cells],
            to_share=self._model.conduction.share_of(10.0 ** self._features[0, cells]),
        )
        self._scale[cells], self._offset[cells] = curve.scale, curve.offset
        self._cycle[cells] += 1


def program_levels(cells: SynaptogenCells, conductance: FloatArray, *, rng: Draws) -> None:
    """One SET of all cells and one RESET of each towards a conductance, without verification.

    The voltage is that of the typical device. What is left of the spread of devices and cycles is
    for the caller to verify: a cell with too much conductance takes a larger voltage, one with too
    little must be SET again.

    Args:
        cells: left programmed.
        conductance: wanted, shaped as the array [S].
        rng: the stream that the life of the cells draws from.

    Raises:
        InvalidInput: `conductance` has another shape or is not finite.
        OutOfModelRange: a conductance lies outside the two states of the typical device.
    """
    wanted = shaped(finite(conductance, "conductance"), cells.shape, "conductance")
    voltage = cells.model.typical_reset_voltage(wanted)
    # The lowest SET voltage of all cells: SET is complete at once, there is no over-SET.
    cells.apply(np.full(cells.shape, cells.features[1].min(initial=0.0)), rng=rng)
    cells.apply(voltage, rng=rng)
