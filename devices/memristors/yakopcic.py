"""The generalised model of Yakopcic: thresholds, hyperbolic sines, and a motion that slows down.

The state x (0 to 1) moves while the voltage is beyond one of two thresholds, with an exponential
of the voltage, and slows down where it comes near the end that it moves towards:

    dx/dt = eta g(V) f(x)
    g(V)  = A_p (e^V - e^V_p)      V > V_p
            -A_n (e^-V - e^V_n)    V < -V_n,  and 0 between
    f(x)  = exp(-alpha_p (x - x_p)) (1 - x) / (1 - x_p)      eta V >= 0 and x >= x_p
            exp(alpha_n (x + x_n - 1)) x / (1 - x_n)         eta V < 0 and x <= 1 - x_n,  else 1

Voltages in exponentials are in volt. There are two laws for the current:

    2011    I = a x sinh(b V), a of its own for each sign of the voltage
    2020    I = g_max sinh(b_max V) x + g_min sinh(b_min V) (1 - x), all four for each sign

Source: C. Yakopcic et al., IEEE Electron Device Letters 32(10) (2011), and IEEE Transactions on
Computer-Aided Design 32 (2013). The presets hold the numbers that the public collection
Memristor-Models distributes, which were not compared with the papers.
Holds for: the device and the kind of sweep that a set of numbers was fitted to. The numbers have no
physical meaning, and what they say at another speed or amplitude is a guess.
Leaves out: temperature, noise, compliance, and any loss of the state below the thresholds. With the
law of 2011 a device at x = 0 passes no current at all.
Use it for: circuits with a measured device whose read does not disturb it, and comparison with the
many circuits in the literature that use this model.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.devices.memristor import StateVariable, TypicalDrive, stopped_at_bounds
from ohmloom.si import ms, ohm, second, volt

# exp of this is finite in single precision too; no device survives the voltage.
_LARGEST_EXPONENT = 80.0


class Conduction(Protocol):
    """How the current follows voltage and state."""

    @property
    def odd(self) -> bool:
        """Whether the current at -V is minus the current at V, in every state."""
        ...

    def current(self, voltage: Array, x: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            x: state, shape (..., devices), 0 to 1 [1].

        Returns:
            Shape (..., devices).
        """
        ...


@dataclass(frozen=True, kw_only=True)
class SinhConduction:
    """The law of 2011: one hyperbolic sine, proportional to the state."""

    scale_positive: float | Array
    """a_1, at positive voltage [A]."""
    scale_negative: float | Array
    """a_2, at negative voltage [A]."""
    steepness: float | Array
    """b [1/V]."""

    @property
    def odd(self) -> bool:
        """Whether both scales are the same."""
        return _same(self.scale_positive, self.scale_negative)

    def current(self, voltage: Array, x: Array) -> Array:
        """`a x sinh(b V)` [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            x: state, shape (..., devices), 0 to 1 [1].

        Returns:
            Shape (..., devices).
        """
        sine = x * _sinh(self.steepness * voltage)
        positive, negative = self.scale_positive * sine, self.scale_negative * sine
        return array_namespace(voltage, x).where(voltage >= 0.0, positive, negative)


@dataclass(frozen=True, kw_only=True)
class MixedConduction:
    """The law of 2020: the state weighs one hyperbolic sine against another."""

    largest_positive: float | Array
    """g_max at positive voltage [A]."""
    largest_negative: float | Array
    """g_max at negative voltage [A]."""
    largest_steepness_positive: float | Array
    """b_max at positive voltage [1/V]."""
    largest_steepness_negative: float | Array
    """b_max at negative voltage [1/V]."""
    smallest_positive: float | Array
    """g_min at positive voltage [A]."""
    smallest_negative: float | Array
    """g_min at negative voltage [A]."""
    smallest_steepness_positive: float | Array
    """b_min at positive voltage [1/V]."""
    smallest_steepness_negative: float | Array
    """b_min at negative voltage [1/V]."""

    @property
    def odd(self) -> bool:
        """Whether all four numbers are the same for both signs."""
        return (
            _same(self.largest_positive, self.largest_negative)
            and _same(self.largest_steepness_positive, self.largest_steepness_negative)
            and _same(self.smallest_positive, self.smallest_negative)
            and _same(self.smallest_steepness_positive, self.smallest_steepness_negative)
        )

    def current(self, voltage: Array, x: Array) -> Array:
        """g_max sinh(b_max V) x + g_min sinh(b_min V) (1 - x) [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            x: state, shape (..., devices), 0 to 1 [1].

        Returns:
            Shape (..., devices).
        """
        positive = self.largest_positive * _sinh(
            self.largest_steepness_positive * voltage
        ) * x + self.smallest_positive * _sinh(self.smallest_steepness_positive * voltage) * (
            1.0 - x
        )
        negative = self.largest_negative * _sinh(
            self.largest_steepness_negative * voltage
        ) * x + self.smallest_negative * _sinh(self.smallest_steepness_negative * voltage) * (
            1.0 - x
        )
        return array_namespace(voltage, x).where(voltage >= 0.0, positive, negative)


@dataclass(frozen=True, kw_only=True)
class Yakopcic:
    """Parameters of one device, or of many: every number may be an array."""

    conduction: Conduction
    """How the current follows voltage and state."""
    rate_positive: float | Array
    """A_p, speed scale at positive voltage [1/s]."""
    rate_negative: float | Array
    """A_n, speed scale at negative voltage [1/s]."""
    threshold_positive: float | Array
    """V_p, above zero; the state moves above it [V]."""
    threshold_negative: float | Array
    """V_n, above zero; the state moves below -V_n [V]."""
    slowing_positive: float | Array
    """alpha_p, how fast the motion upwards slows down [1]."""
    slowing_negative: float | Array
    """alpha_n, how fast the motion downwards slows down [1]."""
    slowing_start_positive: float | Array
    """x_p, below 1: the motion upwards slows down above it [1]."""
    slowing_start_negative: float | Array
    """x_n, below 1: the motion downwards slows down below 1 - x_n [1]."""
    polarity: float | Array
    """eta: 1 where a positive voltage raises the state, -1 where it lowers it [1]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The state x, 0 to 1 [1]."""
        return (StateVariable(name="state", unit="1", lowest=0.0, highest=1.0, logarithmic=False),)

    @property
    def odd(self) -> bool:
        """Whether the law of the current is the same for both signs."""
        return self.conduction.odd

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (1, ..., devices), 0 to 1 [1].

        Returns:
            Shape (..., devices).

        >>> device = oblea_2010_sine()
        >>> f"{device.current(np.array(0.25), np.array([0.5])):.4e}"
        '1.0625e-03'
        """
        (x,) = state
        return self.conduction.current(voltage, x)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the state moves [1/s]; zero between the thresholds, at a bound never outwards.

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: shape (1, ..., devices), 0 to 1 [1].

        Returns:
            Shape (1, ..., devices).
        """
        (x,) = state
        (variable,) = self.state_variables
        xp = array_namespace(voltage, x)
        # What is zero up to here makes the exponential 1, so that no branch has to be chosen.
        past = (x - self.slowing_start_positive).clip(min=0.0)
        upwards = xp.exp(-self.slowing_positive * past) * (
            1.0 - past / (1.0 - self.slowing_start_positive)
        )
        short = (1.0 - self.slowing_start_negative - x).clip(min=0.0)
        downwards = xp.exp(-self.slowing_negative * short) * (
            1.0 - short / (1.0 - self.slowing_start_negative)
        )
        slowed = xp.where(self.polarity * voltage >= 0.0, upwards, downwards)
        rate = self.polarity * self._drive(voltage) * slowed
        return stopped_at_bounds(rate, x, variable)[None]

    def _drive(self, voltage: Array) -> Array:
        """g(V) [1/s]; at most one of the two terms is not zero."""
        above = _beyond(voltage, self.threshold_positive)
        below = _beyond(-voltage, self.threshold_negative)
        return self.rate_positive * above - self.rate_negative * below


def _beyond(voltage: Array, threshold: float | Array) -> Array:
    """exp(voltage) - exp(threshold) where that is above zero [1]."""
    xp = array_namespace(voltage)
    excess = (voltage - threshold).clip(min=0.0, max=_LARGEST_EXPONENT)
    return math.e**threshold * (xp.exp(excess) - 1.0)


def _sinh(argument: Array) -> Array:
    """The hyperbolic sine, held where it would overflow."""
    held = argument.clip(min=-_LARGEST_EXPONENT, max=_LARGEST_EXPONENT)
    return array_namespace(held).sinh(held)


def _same(one: float | Array, other: float | Array) -> bool:
    """Whether all devices have the same number twice."""
    return bool(np.all(np.asarray(one == other)))


def oblea_2010_sine() -> Yakopcic:
    """Silver chalcogenide of Oblea et al. (IJCNN 2010) under a sine of 0.45 V and 100 Hz."""
    return _oblea_2010(0.17, amplitude=0.45 * volt, period=10 * ms, initial_state=0.11)


def oblea_2010_pulsed() -> Yakopcic:
    """The device of `oblea_2010_sine` as fitted to triangles of 0.25 V; their duration is ours."""
    return _oblea_2010(0.097, amplitude=0.25 * volt, period=20 * ms, initial_state=0.001)


def miao_2011() -> Yakopcic:
    """Tantalum oxide of Miao et al. (Advanced Materials 2011).

    The threshold of 0.9 V is not verified: Memristor-Models has 0.09, which is probably a typing
    error, since the other threshold is 0.75 V. The sweep is ours.
    """
    return Yakopcic(
        conduction=SinhConduction(scale_positive=0.11, scale_negative=0.11, steepness=0.5),
        rate_positive=7.5,
        rate_negative=2.0,
        threshold_positive=0.9 * volt,
        threshold_negative=0.75 * volt,
        slowing_positive=1.0,
        slowing_negative=5.0,
        slowing_start_positive=0.3,
        slowing_start_negative=0.5,
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=1.25 * volt,
            negative=1.25 * volt,
            period=2 * second,
            initial_state=(0.11,),
            series_resistance=0 * ohm,
        ),
    )


def jo_2010() -> Yakopcic:
    """Silver in amorphous silicon of Jo et al. (Nano Letters 2010); the sweep is ours."""
    return Yakopcic(
        conduction=SinhConduction(scale_positive=3.7e-7, scale_negative=4.35e-7, steepness=0.7),
        rate_positive=0.005,
        rate_negative=0.08,
        threshold_positive=1.5 * volt,
        threshold_negative=0.5 * volt,
        slowing_positive=1.2,
        slowing_negative=3.0,
        slowing_start_positive=0.2,
        slowing_start_negative=0.5,
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=3.5 * volt,
            negative=2 * volt,
            period=20 * second,
            initial_state=(0.1,),
            series_resistance=0 * ohm,
        ),
    )


def yakopcic_2020_strontium_titanate() -> Yakopcic:
    """Niobium-doped strontium titanate with the conduction of 2020.

    Beyond 0.92 V the numbers of the positive side give the larger current to the smaller state. The
    sweep, which stays below, and its start are ours.
    """
    return Yakopcic(
        conduction=MixedConduction(
            largest_positive=9e-5,
            largest_negative=1.7e-4,
            largest_steepness_positive=4.96,
            largest_steepness_negative=3.23,
            smallest_positive=1.5e-5,
            smallest_negative=4.4e-7,
            smallest_steepness_positive=6.91,
            smallest_steepness_negative=2.6,
        ),
        rate_positive=90.0,
        rate_negative=10.0,
        threshold_positive=0.5 * volt,
        threshold_negative=0.5 * volt,
        slowing_positive=1.0,
        slowing_negative=1.0,
        slowing_start_positive=0.1,
        slowing_start_negative=0.242,
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=0.9 * volt,
            negative=0.9 * volt,
            period=500 * ms,
            initial_state=(0.1,),
            series_resistance=0 * ohm,
        ),
    )


def _oblea_2010(scale: float, *, amplitude: float, period: float, initial_state: float) -> Yakopcic:
    return Yakopcic(
        conduction=SinhConduction(scale_positive=scale, scale_negative=scale, steepness=0.05),
        rate_positive=4000.0,
        rate_negative=4000.0,
        threshold_positive=0.16 * volt,
        threshold_negative=0.15 * volt,
        slowing_positive=1.0,
        slowing_negative=5.0,
        slowing_start_positive=0.3,
        slowing_start_negative=0.5,
        polarity=1.0,
        typical_drive=TypicalDrive(
            positive=amplitude,
            negative=amplitude,
            period=period,
            initial_state=(initial_state,),
            series_resistance=0 * ohm,
        ),
    )
