"""`Synaptogen`: statistics of cycles, conduction, and the curve along which a RESET proceeds.

A RESET that starts from the low state follows, while the voltage rises, the current

    I(U) = a |U_end - U|^exponent + c

It starts from the low state at the RESET voltage of the cycle that ends, and arrives at `reset_end`
in the high state of the cycle that begins; this fixes a and c. A voltage in between leaves the cell
on the way: a partial RESET.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022).
Holds for: quasi-static voltages. How long a voltage is applied does not matter.
Use it for: cells of a technology whose switching cycles were measured:
`ohmloom.devices.fitting.cycle_statistics` makes the tables.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite
from ohmloom.devices.statistics.synaptogen.conduction import MixedConduction
from ohmloom.devices.statistics.synaptogen.cycle_statistics import CycleStatistics
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import uS


@dataclass(frozen=True, kw_only=True, eq=False)
class ResetCurve:
    """Current while a RESET proceeds, one curve for each cell."""

    scale: FloatArray
    """The factor a, any shape [A/V^exponent]."""
    offset: FloatArray
    """The current c at the end of the RESET, same shape [A]."""
    end: float
    """Voltage at which the RESET is complete [V]."""
    exponent: float
    """Power [1]."""

    def current(self, voltage: FloatArray | float) -> FloatArray:
        """Current [A].

        Args:
            voltage: not above `end`, broadcasts [V].
        """
        current: FloatArray = self.scale * (self.end - voltage) ** self.exponent + self.offset
        return current


@dataclass(frozen=True, kw_only=True, eq=False)
class Synaptogen:
    """Everything that cells of one kind of device have in common."""

    cycles: CycleStatistics
    """How cycles follow one another and devices differ."""
    conduction: MixedConduction
    """Current of a state."""
    reset_end: float
    """Voltage U_max from which on a RESET is complete [V]."""
    reset_exponent: float
    """Power eta of the current while a RESET proceeds, above zero [1]."""

    def __post_init__(self) -> None:
        if not (self.reset_end > 0.0 and self.reset_exponent > 0.0):
            raise InvalidInput(
                f"reset_end and reset_exponent must be above zero, but are {self.reset_end:.6g} V "
                f"and {self.reset_exponent:.6g}"
            )

    def reset_curve(
        self, *, from_share: FloatArray, from_voltage: FloatArray, to_share: FloatArray
    ) -> ResetCurve:
        """The current between the state where a RESET starts and the one where it ends.

        Args:
            from_share: of the low state that is left, any shape [1].
            from_voltage: where the RESET starts, same shape [V]. From `reset_end` on there is no
                way to go, and the curve is flat.
            to_share: of the high state where it ends, same shape [1].
        """
        offset = self.conduction.current(to_share, self.reset_end)
        room = self.reset_end - from_voltage
        height = self.conduction.current(from_share, from_voltage) - offset
        open_ = room > 0.0
        scale = np.where(open_, height / np.where(open_, room, 1.0) ** self.reset_exponent, 0.0)
        return ResetCurve(
            scale=scale, offset=offset, end=self.reset_end, exponent=self.reset_exponent
        )

    @property
    def typical_cycle(self) -> FloatArray:
        """Mean log10 R_HRS, U_SET, R_LRS, U_RESET of all devices, shape (4,)."""
        weights = self.cycles.device_weights / self.cycles.device_weights.sum()
        mean: FloatArray = self.cycles.device_means[:4] @ weights
        return mean

    def typical_reset_voltage(self, conductance: FloatArray) -> FloatArray:
        """Voltage that takes the typical device from its low state to a conductance [V].

        A single device, with its own thresholds and in its own cycle, ends elsewhere: write-verify
        is the business of the caller.

        Args:
            conductance: wanted, any shape [S].

        Returns:
            Shaped as `conductance`.

        Raises:
            OutOfModelRange: a conductance does not lie between the high and the low state of the
                typical device.
        """
        wanted = finite(conductance, "conductance")
        high, _, low, start = self.typical_cycle
        lowest, highest = 10.0**-high, 1.0 / low
        if ((wanted < lowest) | (wanted > highest)).any():
            raise OutOfModelRange(
                f"conductances from {wanted.min() / uS:.4g} to {wanted.max() / uS:.4g} uS are "
                f"asked for, but the typical device has {lowest / uS:.4g} uS in its high state and "
                f"{highest / uS:.4g} uS in its low one"
            )
        share = self.conduction.share_of
        curve = self.reset_curve(
            from_share=share(low), from_voltage=start, to_share=share(10.0**high)
        )

        def excess(voltage: float, target: float) -> float:
            reached = self.conduction.share_with(curve.current(voltage), voltage)
            return float(self.conduction.conductance(reached)) - target

        def search(target: float) -> float:
            if excess(start, target) <= 0.0:
                return float(start)
            if excess(self.reset_end, target) >= 0.0:
                return self.reset_end
            return float(brentq(excess, start, self.reset_end, args=(target,), xtol=1e-9))

        return np.array([search(target) for target in wanted.flat]).reshape(wanted.shape)
