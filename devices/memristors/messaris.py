"""Data-driven model of Messaris: rate laws and limits that are read off pulse measurements.

The state is the resistance R itself. A voltage drives it towards a limit r(V), fast when far away,
and not at all once it is beyond:

    2018:  dR/dt = s(V) (e^(k |r(V) - R|) - 1),
    2021:  dR/dt = s(V) (r(V) - R)^2,

with a switching rate s(V) that saturates or grows exponentially with |V|. The current is
I = a sinh(b V) / R. In the set of 2018 a positive voltage raises the resistance, in that of 2021 it
lowers it; the sign of s says which.

Source: I. Messaris et al., IEEE Transactions on Circuits and Systems I (2018), and the simplified
form of 2021, arXiv 2012.02267; parameters as in public code.
Holds for: the resistances and voltages of the measurement, 1600 to 3000 ohm (2021) and 1280 to
17000 ohm (2018). MemTorch decides whether the gate is open by the resistance after the pulse, which
lets a device jump over its limit; here the resistance before decides, as the equation does.
Leaves out: temperature, thresholds in the current, and what happens beyond the limits.
Use it for: devices of which pulse measurements exist and nothing of the physics is known.
"""

from dataclasses import dataclass
from typing import Protocol

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.si import ms, ohm, volt

# Exponents beyond this are those of branches that are not taken; single precision holds their exp.
_STEEPEST = 80.0


@dataclass(frozen=True, kw_only=True)
class SwitchingRate:
    """s(V) = amplitude (e^(steepness |V|) - 1); it saturates at -amplitude where steepness < 0."""

    amplitude: float | Array
    """Scale A, with the sign that the model gives it; units of the rate law."""
    steepness: float | Array
    """Exponent t [1/V]."""
    limit: float | Array
    """Resistance at which switching ends, at zero volt [ohm]."""
    limit_slope: float | Array
    """How the limit moves with the voltage, its sign included [ohm/V]."""

    def rate(self, magnitude: Array) -> Array:
        """Rate s, in units of the rate law.

        Args:
            magnitude: |V|, any shape [V].
        """
        xp = array_namespace(magnitude)
        exponent = (self.steepness * magnitude).clip(max=_STEEPEST)
        return self.amplitude * (xp.exp(exponent) - 1.0)

    def limit_at(self, voltage: Array) -> Array:
        """Resistance at which switching ends [ohm].

        Args:
            voltage: any shape [V].
        """
        return self.limit + self.limit_slope * voltage


class RateLaw(Protocol):
    """How the resistance moves towards its limit."""

    def rate(self, distance: Array, speed: Array) -> Array:
        """Magnitude of dR/dt [ohm/s].

        Args:
            distance: to the limit, not negative [ohm].
            speed: magnitude of s, in units of the law.
        """
        ...

    def left(self, distance: Array, speed: Array, duration: float | Array) -> Array:
        """Distance that is left after a time, exactly [ohm].

        Args:
            distance: to the limit before, not negative [ohm].
            speed: magnitude of s, in units of the law.
            duration: not negative [s].
        """
        ...


@dataclass(frozen=True, kw_only=True)
class SquareLaw:
    """dR/dt = s (r - R)^2, with s in 1/(ohm s): the simplified form of 2021."""

    def rate(self, distance: Array, speed: Array) -> Array:
        """The square times s [ohm/s]; see `RateLaw.rate`."""
        return speed * distance * distance

    def left(self, distance: Array, speed: Array, duration: float | Array) -> Array:
        """Left is d / (1 + s d t) [ohm]; see `RateLaw.left`."""
        return distance / (1.0 + speed * distance * duration)


@dataclass(frozen=True, kw_only=True)
class ExponentialLaw:
    """dR/dt = s (e^(k |r - R|) - 1), with s in ohm/s: the form of 2018, for one direction."""

    steepness: float | Array
    """Exponent k [1/ohm]."""

    def rate(self, distance: Array, speed: Array) -> Array:
        """The exponential s (e^(k d) - 1) [ohm/s]; see `RateLaw.rate`."""
        xp = array_namespace(distance)
        return speed * (xp.exp((self.steepness * distance).clip(max=_STEEPEST)) - 1.0)

    def left(self, distance: Array, speed: Array, duration: float | Array) -> Array:
        """Left is -ln(1 - (1 - e^(-k d)) e^(-k s t)) / k [ohm]; see `RateLaw.left`.

        Written as what was covered, ln(1 + (1 - e^(-k s t)) (e^(k d) - 1)) / k, because the other
        form takes the logarithm of a difference of equals where the limit is far away.
        """
        xp = array_namespace(distance)
        passed = -xp.expm1(-self.steepness * speed * duration)
        far = xp.expm1((self.steepness * distance).clip(max=_STEEPEST))
        return distance - xp.log1p(passed * far) / self.steepness


@dataclass(frozen=True, kw_only=True)
class Messaris:
    """Parameters of one device, or of many: every number may be an array."""

    lowest: float | Array
    """Smallest resistance that was measured [ohm]."""
    highest: float | Array
    """Largest resistance that was measured [ohm]."""
    positive: SwitchingRate
    """Switching at voltages above zero."""
    negative: SwitchingRate
    """Switching at voltages below zero."""
    positive_law: RateLaw
    """How the resistance nears its limit at voltages above zero."""
    negative_law: RateLaw
    """The same below zero."""
    raises_when_positive: bool
    """Whether a positive voltage raises the resistance."""
    current_scale: float | Array
    """Voltage a of the current law [V]."""
    current_steepness: float | Array
    """Exponent b of the current law [1/V]."""
    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The resistance [ohm]."""
        return (
            StateVariable(
                name="resistance",
                unit="ohm",
                lowest=self.lowest,
                highest=self.highest,
                logarithmic=False,
            ),
        )

    @property
    def odd(self) -> bool:
        """True: a hyperbolic sine in every state."""
        return True

    def current(self, voltage: Array, state: Array) -> Array:
        """Current a sinh(b V) / R [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: resistance, shape (1, ..., devices), within its bounds [ohm].

        Returns:
            Shape (..., devices).

        >>> import numpy as np
        >>> f"{messaris_2021().current(np.array(0.5), np.array([2000.0])):.4e}"
        '2.9107e-04'
        """
        (resistance,) = state
        xp = array_namespace(voltage)
        drive = (self.current_steepness * voltage).clip(min=-_STEEPEST, max=_STEEPEST)
        return self.current_scale * xp.sinh(drive) / resistance

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the resistance changes [ohm/s]; zero beyond the limit of the voltage.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: resistance, shape (1, ..., devices) [ohm].

        Returns:
            Shape (1, ..., devices).
        """
        (resistance,) = state
        xp = array_namespace(voltage, resistance)
        up, down = self._distances(voltage, resistance)
        magnitude = abs(voltage)
        ahead = self.positive_law.rate(up, abs(self.positive.rate(magnitude)))
        back = self.negative_law.rate(down, abs(self.negative.rate(magnitude)))
        sign = 1.0 if self.raises_when_positive else -1.0
        rate = xp.where(
            voltage > 0.0, sign * ahead, xp.where(voltage < 0.0, -sign * back, 0.0 * back)
        )
        (variable,) = self.state_variables
        return stopped_at_bounds(rate, resistance, variable)[None]

    def advance(self, state: Array, voltage: Array, duration: float | Array) -> Array:
        """Resistance after a time at constant voltage, by the closed form [ohm].

        Args:
            state: resistance, shape (1, ..., devices) [ohm].
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].

        Returns:
            Shape (1, ..., devices), within its bounds.

        Raises:
            InvalidInput: `duration` is negative.
        """
        check_duration(duration)
        (resistance,) = state
        xp = array_namespace(voltage, resistance)
        up, down = self._distances(voltage, resistance)
        magnitude = abs(voltage)
        ahead = up - self.positive_law.left(up, abs(self.positive.rate(magnitude)), duration)
        back = down - self.negative_law.left(down, abs(self.negative.rate(magnitude)), duration)
        sign = 1.0 if self.raises_when_positive else -1.0
        moved = resistance + xp.where(
            voltage > 0.0, sign * ahead, xp.where(voltage < 0.0, -sign * back, 0.0 * back)
        )
        return moved.clip(min=self.lowest, max=self.highest)[None]

    def _distances(self, voltage: Array, resistance: Array) -> tuple[Array, Array]:
        """How far the limits for positive and for negative voltages are, zero beyond [ohm]."""
        sign = 1.0 if self.raises_when_positive else -1.0
        up = sign * (self.positive.limit_at(voltage) - resistance)
        down = sign * (resistance - self.negative.limit_at(voltage))
        return up.clip(min=0.0), down.clip(min=0.0)


def messaris_2021() -> Messaris:
    """The simplified model of 2021, 1600 to 3000 ohm; positive voltages lower the resistance.

    The drive is ours.
    """
    return Messaris(
        lowest=1600 * ohm,
        highest=3000 * ohm,
        positive=SwitchingRate(
            amplitude=600.10075,
            steepness=1 / -0.0212028,
            limit=2699.2336 * ohm,
            limit_slope=-672.930205,
        ),
        negative=SwitchingRate(
            amplitude=-34.5988399,
            steepness=1 / -0.05343997,
            limit=649.413746 * ohm,
            limit_slope=-1474.32358,
        ),
        positive_law=SquareLaw(),
        negative_law=SquareLaw(),
        raises_when_positive=False,
        current_scale=0.32046175,
        current_steepness=2.71689828,
        typical_drive=TypicalDrive(
            positive=1.5 * volt,
            negative=1.5 * volt,
            period=1 * ms,
            initial_state=(2800 * ohm,),
            series_resistance=0 * ohm,
        ),
    )


def messaris_2018() -> Messaris:
    """The model of 2018, 1280 to 17000 ohm; positive voltages raise the resistance.

    The drive is ours.
    """
    return Messaris(
        lowest=1280 * ohm,
        highest=17000 * ohm,
        positive=SwitchingRate(
            amplitude=743.47, steepness=6.51, limit=16719 * ohm, limit_slope=0.0
        ),
        negative=SwitchingRate(
            amplitude=-68012.28374,
            steepness=0.31645,
            limit=29304.82557 * ohm,
            limit_slope=23692.77225,
        ),
        positive_law=ExponentialLaw(steepness=5.11e-4),
        negative_law=ExponentialLaw(steepness=1.17e-3),
        raises_when_positive=True,
        current_scale=0.24,
        current_steepness=3.0,
        typical_drive=TypicalDrive(
            positive=1.0 * volt,
            negative=1.1 * volt,
            period=100 * ms,
            initial_state=(6000 * ohm,),
            series_resistance=0 * ohm,
        ),
    )
