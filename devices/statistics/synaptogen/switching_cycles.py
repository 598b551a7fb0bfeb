"""`SwitchingCycles`: what is measured, or drawn, in each cycle of each device.

One cycle is a RESET, the high state that it leaves, a SET, and the low state that it leaves, in the
order in which Hennen et al. list them: resistance of the high state, SET voltage, resistance of the
low state, and the voltage at which the next RESET begins.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

FEATURES: Final = ("log10 R_HRS", "U_SET", "R_LRS", "U_RESET")
"""What a cycle is described by, in the order of all arrays: [log10 ohm], [V], [ohm], [V]."""
_COLUMNS: Final = ("R_HRS", "U_SET", "R_LRS", "U_RESET")


@dataclass(frozen=True, kw_only=True, eq=False)
class SwitchingCycles:
    """Four numbers for each cycle and device; NaN where a cycle was not measured."""

    hrs_resistance: FloatArray
    """Resistance of the high state, shape (cycles, devices) [ohm]."""
    set_voltage: FloatArray
    """Voltage of the SET, as a rule below zero, shape (cycles, devices) [V]."""
    lrs_resistance: FloatArray
    """Resistance of the low state, shape (cycles, devices) [ohm]."""
    reset_voltage: FloatArray
    """Voltage at which the next RESET begins, shape (cycles, devices) [V]."""

    def __post_init__(self) -> None:
        shapes = {array.shape for array in self._arrays}
        if len(shapes) != 1 or self.hrs_resistance.ndim != 2:
            raise InvalidInput(
                f"the four arrays must have one shape (cycles, devices), but have {sorted(shapes)}"
            )
        for name, array in zip(_COLUMNS, self._arrays, strict=True):
            if np.isinf(array).any():
                raise InvalidInput(f"{name} must be finite, or NaN for a cycle without measurement")
        _above_zero(self.hrs_resistance, "R_HRS")

    def __repr__(self) -> str:
        return f"SwitchingCycles({self.cycles} cycles of {self.devices} devices)"

    @property
    def cycles(self) -> int:
        """How many cycles."""
        return int(self.hrs_resistance.shape[0])

    @property
    def devices(self) -> int:
        """How many devices."""
        return int(self.hrs_resistance.shape[1])

    @property
    def features(self) -> FloatArray:
        """The numbers of the model, as `FEATURES` names them, shape (cycles, features, devices)."""
        return np.stack([np.log10(self.hrs_resistance), *self._arrays[1:]], axis=1)

    @property
    def _arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        return self.hrs_resistance, self.set_voltage, self.lrs_resistance, self.reset_voltage


def cycles_of_features(features: FloatArray) -> SwitchingCycles:
    """The same four quantities in SI.

    Args:
        features: as `FEATURES` names them, shape (cycles, features, devices).
    """
    return SwitchingCycles(
        hrs_resistance=10.0 ** features[:, 0],
        set_voltage=features[:, 1],
        lrs_resistance=features[:, 2],
        reset_voltage=features[:, 3],
    )


def cycles_of_frame(frame: "pd.DataFrame") -> SwitchingCycles:
    """Arrays from a table with one row for each cycle of each device.

    Args:
        frame: with the columns device, cycle (whole numbers, counting upwards in time), R_HRS
            [ohm], U_SET [V], R_LRS [ohm] and U_RESET [V]. A cycle that has no row was not measured;
            the same cycle number means the same place in the sequence of every device.

    Returns:
        Devices in ascending order of their name, all cycles from the lowest number to the highest.

    Raises:
        InvalidInput: a column is missing, a device has a cycle twice, a resistance is not above
            zero, or there is no row.
    """
    missing = [name for name in ("device", "cycle", *_COLUMNS) if name not in frame.columns]
    if missing or not len(frame):
        raise InvalidInput(
            f"the table needs at least one row and the columns device, cycle, "
            f"{', '.join(_COLUMNS)}; it has {len(frame)} row(s) and "
            f"{'no ' + ', '.join(missing) if missing else 'all columns'}"
        )
    number = np.asarray(frame["cycle"])
    if not np.issubdtype(number.dtype, np.integer):
        raise InvalidInput(f"cycle must hold whole numbers, but holds {number.dtype}")
    names, device = np.unique(np.asarray(frame["device"]), return_inverse=True)
    cycle = number - number.min()
    place = cycle * names.size + device
    if np.unique(place).size != place.size:
        raise InvalidInput(
            f"{place.size - np.unique(place).size} row(s) repeat a device and cycle of another row"
        )

    def spread_out(column: str) -> FloatArray:
        array = np.full((int(cycle.max()) + 1, names.size), np.nan)
        array.reshape(-1)[place] = np.asarray(frame[column], dtype=np.float64)
        return array

    cycles = SwitchingCycles(
        hrs_resistance=spread_out("R_HRS"),
        set_voltage=spread_out("U_SET"),
        lrs_resistance=spread_out("R_LRS"),
        reset_voltage=spread_out("U_RESET"),
    )
    # Drawn from a normal distribution, R_LRS may be anything; measured, it is above zero.
    _above_zero(cycles.lrs_resistance, "R_LRS")
    return cycles


def _above_zero(resistance: FloatArray, name: str) -> None:
    below = int((resistance <= 0.0).sum())
    if below:
        raise InvalidInput(
            f"{name} must be above zero, but {below} value(s) are not; write NaN for a cycle that "
            f"could not be measured"
        )
