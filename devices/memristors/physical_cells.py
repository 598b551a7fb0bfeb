"""Cells of an array that are physical memristors: a pulse is integrated, and so is rest.

The same model that runs in a circuit simulator answers the pulses of a write-verify loop here.
Cells differ in the parameters of the model. From cycle to cycle a pulse differs in how fast it
moves the state: all rates are multiplied by a lognormal number of median one, which is the same as
a pulse that lasts longer or shorter.

A resistor in series with every cell limits the current in SET, as an access transistor does;
filaments that run away need one. Readings are of the device alone.

Leaves out: the access transistor itself, and its saturation. The temperature around a cell is that
of pulses and of rest. Conductances are those at the temperature that the model was made with.

A law of differences that is not lognormal, such as the published one of JART, is drawn by whoever
has it and handed to the array as `cells`:

>>> from ohmloom.devices.cell_draws import cell_key
>>> from ohmloom.devices.device_array import DeviceArray
>>> from ohmloom.devices.memristors.jart_variability import draw_devices, jart_tud_spread
>>> from ohmloom.devices.memristors.jart_vcm import cueppers_2019
>>> from ohmloom.randomness import stream
>>> differing = ("concentration_highest", "concentration_lowest", "disc_length", "radius")
>>> drawn = draw_devices(
...     cueppers_2019(), 8, spread=jart_tud_spread(), rng=stream(0, "mismatch")
... )
>>> response = PhysicalCells(
...     memristor=cueppers_2019(),
...     varied=differing,
...     set_sign=-1,
...     read_voltage=0.2,
...     cycle_spread=0.1,
...     series_resistance=0.0,
...     ambient=None,
... )
>>> array = DeviceArray(
...     shape=(8,),
...     key=cell_key(0, "life"),
...     initial=100 * uS,
...     response=response,
...     cells={name: getattr(drawn, name) for name in differing},
... )
>>> array
DeviceArray(shape=(8,), time=0 s, 0 stuck)
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.devices.cell_response import Cells
from ohmloom.devices.memristor import Memristor, drawn_out
from ohmloom.devices.stimulus import Stimulus
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.randomness import Draws
from ohmloom.si import uS

_HALVINGS = 60


@dataclass(frozen=True, kw_only=True)
class PhysicalCells:
    """A response to pulses for `DeviceArray`, from the equations of a memristor."""

    memristor: Memristor
    """The nominal device: a frozen dataclass, its parameters numbers."""
    varied: tuple[str, ...]
    """Names of the parameters that differ from cell to cell."""
    set_sign: int
    """Sign of the voltage that raises the conductance: pulses above zero are applied with it."""
    read_voltage: float
    """At which the conductance is current over voltage, above zero [V]."""
    cycle_spread: float
    """Standard deviation of the logarithm of all rates from pulse to pulse [1]."""
    series_resistance: float
    """Between the source of the pulses and each cell, not negative [ohm]."""
    ambient: str | None
    """Parameter that is the temperature around the device; None where the model has none."""

    def __post_init__(self) -> None:
        positive = (
            self.read_voltage > 0
            and self.cycle_spread >= 0
            and 0 <= self.series_resistance < np.inf
        )
        if self.set_sign not in (-1, 1) or not positive:
            raise InvalidInput(
                f"set_sign must be 1 or -1, read_voltage above zero, cycle_spread and "
                f"series_resistance not below it, but they are {self.set_sign}, "
                f"{self.read_voltage} V, {self.cycle_spread} and {self.series_resistance} ohm"
            )
        arrays = [
            field.name
            for field in fields(self._dataclass)
            if np.ndim(getattr(self.memristor, field.name)) > 0
        ]
        if arrays:
            raise InvalidInput(
                f"{', '.join(arrays)} of {type(self.memristor).__name__} is an array, but the "
                f"nominal device is one device; name it in varied, and give the array to "
                f"DeviceArray as cells"
            )
        known = {field.name for field in fields(self._dataclass)}
        for name in (*self.varied, *(() if self.ambient is None else (self.ambient,))):
            if name not in known:
                raise InvalidInput(
                    f"{type(self.memristor).__name__} has no parameter {name!r}; it has "
                    f"{', '.join(sorted(known))}"
                )
            if not isinstance(getattr(self.memristor, name), int | float):
                raise InvalidInput(
                    f"{name} of {type(self.memristor).__name__} is not a number, and cannot differ "
                    f"from cell to cell"
                )
        if self.ambient in self.varied:
            raise InvalidInput(
                f"{self.ambient} is the temperature around all cells and cannot differ between them"
            )

    @property
    def _dataclass(self) -> Any:
        return self.memristor

    @property
    def variables(self) -> int:
        """As many as the model has."""
        return len(self.memristor.state_variables)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the model that differ from cell to cell."""
        return self.varied

    @property
    def state_is_conductance(self) -> bool:
        """False: the state is that of the model."""
        return False

    @property
    def keeps_still_cells(self) -> bool:
        """False. Cells at zero volt are integrated like any others."""
        return False

    def state_at(self, conductance: FloatArray, *, cells: Cells) -> FloatArray:
        """The state in which cells read as a conductance, shape (variables, cells).

        The first variable is searched; the others stand where the typical drive starts.

        Args:
            conductance: wanted at the read voltage, shape (cells,) [S].
            cells: parameters of these cells.

        Raises:
            OutOfModelRange: a cell cannot have that conductance.
        """
        device = self._device(cells)
        first, *_ = device.state_variables
        state = np.empty((self.variables, conductance.size))
        state[:] = np.array(device.typical_drive.initial_state)[:, None]

        def read(share: FloatArray) -> FloatArray:
            state[0] = drawn_out(first.lowest, first.highest, share, logarithmic=first.logarithmic)
            return self._read(device, state)

        low, high = np.zeros(conductance.size), np.ones(conductance.size)
        at_low, at_high = read(low), read(high)
        rising = at_high > at_low
        least, most = np.minimum(at_low, at_high), np.maximum(at_low, at_high)
        slack = 1e-9 * most
        outside = (conductance < least - slack) | (conductance > most + slack)
        if outside.any():
            cell = int(np.flatnonzero(outside)[0])
            raise OutOfModelRange(
                f"{int(outside.sum())} cell(s) cannot have the conductance that is asked for, the "
                f"first {conductance[cell] / uS:.4g} uS, where the model reaches "
                f"{least[cell] / uS:.4g} to {most[cell] / uS:.4g} uS; all cells reach "
                f"{least.max() / uS:.4g} to {most.min() / uS:.4g} uS"
            )
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            below = (read(middle) < conductance) == rising
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        read(0.5 * (low + high))
        return state

    def conductance(self, state: FloatArray, *, cells: Cells) -> FloatArray:
        """Current over voltage at the read voltage, shape (cells,) [S].

        Args:
            state: shape (variables, cells).
            cells: parameters of these cells.
        """
        return self._read(self._device(cells), state)

    def moves(self, voltage: FloatArray) -> BoolArray:
        """Every voltage that is not zero: thresholds are the business of the model.

        Args:
            voltage: of the pulse, any shape [V].
        """
        return np.asarray(voltage != 0.0)

    def pulse(
        self,
        state: FloatArray,
        voltage: FloatArray,
        width: float,
        *,
        cells: Cells,
        temperature: float,
        rng: Draws,
    ) -> FloatArray:
        """The state at the end of a rectangular pulse, shape (variables, cells).

        Args:
            state: before the pulse, shape (variables, cells).
            voltage: broadcasts to (cells,); above zero SET [V].
            width: duration of the pulse [s].
            cells: parameters of these cells.
            temperature: around the cells [K].
            rng: the stream that the life of the cells draws from.
        """
        count = state.shape[1]
        factor = np.ones(count)
        if self.cycle_spread > 0.0:
            factor = np.exp(self.cycle_spread * rng.standard_normal((count,)))
        volts = np.broadcast_to(self.set_sign * np.asarray(voltage), (count,))
        return self._hold(state, volts, width * factor, cells, temperature)

    def rest(
        self, state: FloatArray, seconds: FloatArray, *, cells: Cells, temperature: float
    ) -> FloatArray:
        """The state after a time at zero volt, shape (variables, cells).

        Args:
            state: before, shape (variables, cells).
            seconds: how long each cell rests, shape (cells,) [s].
            cells: parameters of these cells.
            temperature: around the cells [K].
        """
        device = self._device(cells, temperature)
        if not np.any(device.state_rate(np.zeros(state.shape[1]), state)):
            return state
        return self._hold(state, np.zeros(state.shape[1]), seconds, cells, temperature)

    def _hold(
        self,
        state: FloatArray,
        volts: FloatArray,
        seconds: FloatArray,
        cells: Cells,
        temperature: float,
    ) -> FloatArray:
        """The state after each cell has been held at its voltage for its time."""
        if not seconds.any():
            return state
        device = self._device(cells, temperature)
        # Each cell counts its own time from 0 to 1: the rates carry its length. A clock of the
        # longest would let the last digit of a cell depend on who its neighbours are.
        after = simulate_transient(
            _Paced(device, seconds),
            Stimulus(time=np.array([0.0, 1.0]), voltage=np.stack([volts, volts])),
            initial_state=_inside(device, state),
            times=np.array([1.0]),
            series_resistance=self.series_resistance,
        )
        return np.asarray(after.state[:, -1])

    def _device(self, cells: Cells, temperature: float | None = None) -> Memristor:
        changes: dict[str, Any] = {name: cells[name] for name in self.varied}
        if self.ambient is not None and temperature is not None:
            changes[self.ambient] = temperature
        device: Memristor = replace(self._dataclass, **changes) if changes else self.memristor
        return device

    def _read(self, device: Memristor, state: FloatArray) -> FloatArray:
        volts = np.full(state.shape[1], self.set_sign * self.read_voltage)
        return np.asarray(device.current(volts, state) / volts)


def _inside(device: Memristor, state: FloatArray) -> FloatArray:
    """The state in double precision; what single precision has rounded past a bound is on it."""
    if state.dtype == np.float64:
        return state
    return np.stack(
        [
            np.clip(value.astype(np.float64), variable.lowest, variable.highest)
            for value, variable in zip(state, device.state_variables, strict=True)
        ]
    )


@dataclass(frozen=True)
class _Paced:
    """A memristor on a clock of its own: all its rates times a factor."""

    device: Memristor
    pace: FloatArray

    @property
    def state_variables(self) -> Any:
        return self.device.state_variables

    @property
    def typical_drive(self) -> Any:
        return self.device.typical_drive

    @property
    def odd(self) -> bool:
        return self.device.odd

    def current(self, voltage: FloatArray, state: FloatArray) -> FloatArray:
        return np.asarray(self.device.current(voltage, state))

    def state_rate(self, voltage: FloatArray, state: FloatArray) -> FloatArray:
        return np.asarray(self.device.state_rate(voltage, state) * self.pace)


def physical_cells(
    memristor: Memristor,
    *,
    shape: tuple[int, ...],
    spreads: Mapping[str, float],
    set_sign: int,
    read_voltage: float,
    cycle_spread: float,
    rng: Draws,
    series_resistance: float = 0.0,
    ambient: str | None = None,
) -> tuple[PhysicalCells, Cells]:
    """A response for `DeviceArray` and the mismatch of its cells.

    Args:
        memristor: the nominal device.
        shape: of the array.
        spreads: for each parameter that differs from cell to cell, the standard deviation of its
            logarithm [1]; the nominal value is the median.
        set_sign: sign of the voltage that raises the conductance.
        read_voltage: at which the conductance is current over voltage [V].
        cycle_spread: standard deviation of the logarithm of all rates from pulse to pulse [1].
        rng: the stream that mismatch draws from.
        series_resistance: between the source of the pulses and each cell [ohm].
        ambient: parameter that is the temperature around the device.

    Returns:
        The response, and what differs from cell to cell.
    """
    response = PhysicalCells(
        memristor=memristor,
        varied=tuple(spreads),
        set_sign=set_sign,
        read_voltage=read_voltage,
        cycle_spread=cycle_spread,
        series_resistance=series_resistance,
        ambient=ambient,
    )
    for name, spread in spreads.items():
        if not 0.0 <= spread < np.inf:
            raise InvalidInput(
                f"the spread of {name} must be finite and not negative, but is {spread}"
            )
    cells = {
        name: getattr(memristor, name) * np.exp(spread * rng.standard_normal(shape))
        for name, spread in spreads.items()
    }
    return response, cells
