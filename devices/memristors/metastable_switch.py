"""Metastable switches: a device made of many two-state switches that flip at random.

Each switch is on or off. Thermal flips over a barrier that the voltage tilts happen at the rates

    off to on:  1 / tau / (1 + exp(-(V - V_on) / V_T)),
    on to off:  1 / tau / (1 + exp((V + V_off) / V_T)),        V_T = k T / e.

The state is the share n of switches that are on; its mean obeys dn/dt = (1 - n) P_on - n P_off, and
`draw_step` draws what a device of finitely many switches does. The conductance is the sum of the
switches, n / R_on + (1 - n) / R_off, with the option of a Schottky junction in parallel.

Source: M. A. Nugent, T. W. Molter, PLoS ONE 9(2), e85175 (2014), the generalised metastable switch
of Knowm; parameters as in their public code.
Holds for: devices that switch gradually and a little at random, such as Ag-chalcogenide ones.
Leaves out: any field or temperature in the time constant; without voltage the rates do not vanish,
so that the state forgets over e^(V_on / V_T) time constants.
Use it for: learning rules on gradual devices, where randomness from step to step matters.
"""

from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.physical_constants import boltzmann, elementary_charge
from ohmloom.randomness import Draws
from ohmloom.si import kohm, ms, ohm, us, volt

# exp of this is finite in single precision too, and so is its slope.
_STEEPEST = 80.0


@dataclass(frozen=True, kw_only=True)
class SchottkyPath:
    """A junction beside the switches: I = forward (e^(b_f V) - 1) - reverse (e^(-b_r V) - 1)."""

    share: float | Array
    """Part 1 - phi of the current that is the junction's, 0 to 1 [1]."""
    forward: float | Array
    """Scale a_f of the forward current [A]."""
    forward_slope: float | Array
    """Exponent b_f of the forward current [1/V]."""
    reverse: float | Array
    """Scale a_r of the reverse current [A]."""
    reverse_slope: float | Array
    """Exponent b_r of the reverse current [1/V]."""

    def current(self, voltage: Array) -> Array:
        """Current of the junction alone [A].

        Args:
            voltage: across it, numpy or torch, any shape [V].
        """
        xp = array_namespace(voltage)
        ahead = xp.exp((self.forward_slope * voltage).clip(max=_STEEPEST))
        back = xp.exp((-self.reverse_slope * voltage).clip(max=_STEEPEST))
        return self.forward * (ahead - 1.0) - self.reverse * (back - 1.0)


@dataclass(frozen=True, kw_only=True)
class MetastableSwitch:
    """Parameters of one device, or of many: every number may be an array."""

    resistance_on: float | Array
    """Resistance with all switches on [ohm]."""
    resistance_off: float | Array
    """Resistance with all switches off [ohm]."""
    time_constant: float | Array
    """Time tau in which a switch tries to flip [s]."""
    threshold_on: float | Array
    """Voltage V_on at which half of the tries switch on [V]."""
    threshold_off: float | Array
    """Voltage V_off; half of the tries switch off at -V_off [V]."""
    temperature: float | Array
    """Of the switches [K]."""
    junction: SchottkyPath
    """What is in parallel; a share of zero for nothing."""
    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The share of switches that are on, 0 to 1."""
        return (
            StateVariable(
                name="share of switches on", unit="1", lowest=0.0, highest=1.0, logarithmic=False
            ),
        )

    @property
    def odd(self) -> bool:
        """True without a junction: its two directions may differ."""
        return bool(np.all(np.asarray(self.junction.share == 0)))

    @property
    def thermal_voltage(self) -> float | Array:
        """Thermal voltage k T / e [V]."""
        return boltzmann * self.temperature / elementary_charge

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: share of switches on, shape (1, ..., devices), 0 to 1.

        Returns:
            Shape (..., devices).

        >>> import numpy as np
        >>> device = nugent_2014()
        >>> device.current(np.array(0.1), np.array([[0.0, 1.0]])).tolist()
        [1e-05, 0.0001]
        """
        (on,) = state
        switches = voltage * (on / self.resistance_on + (1.0 - on) / self.resistance_off)
        return (1.0 - self.junction.share) * switches + self.junction.share * self.junction.current(
            voltage
        )

    def rates(self, voltage: Array) -> tuple[Array, Array]:
        """Rates at which an off switch turns on, and an on switch off [1/s].

        Args:
            voltage: across the device, numpy or torch, any shape [V].

        Returns:
            Two arrays, shaped as `voltage` and the parameters broadcast.
        """
        xp = array_namespace(voltage)
        thermal = self.thermal_voltage
        to_on = ((self.threshold_on - voltage) / thermal).clip(min=-_STEEPEST, max=_STEEPEST)
        to_off = ((self.threshold_off + voltage) / thermal).clip(min=-_STEEPEST, max=_STEEPEST)
        return (
            1.0 / (self.time_constant * (1.0 + xp.exp(to_on))),
            1.0 / (self.time_constant * (1.0 + xp.exp(to_off))),
        )

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the mean share of switches on changes [1/s].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: share of switches on, shape (1, ..., devices).

        Returns:
            Shape (1, ..., devices).
        """
        (on,) = state
        to_on, to_off = self.rates(voltage)
        (variable,) = self.state_variables
        return stopped_at_bounds((1.0 - on) * to_on - on * to_off, on, variable)[None]

    def advance(self, state: Array, voltage: Array, duration: float | Array) -> Array:
        """Mean share of switches on after a time at constant voltage, exactly.

        Args:
            state: share of switches on, shape (1, ..., devices).
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].

        Returns:
            Shape (1, ..., devices).

        Raises:
            InvalidInput: `duration` is negative.
        """
        check_duration(duration)
        to_on, to_off = self.rates(voltage)
        settled = to_on / (to_on + to_off)
        left = array_namespace(voltage).exp(-(to_on + to_off) * duration)
        return settled + (state - settled) * left

    def draw_step(
        self,
        state: FloatArray,
        voltage: FloatArray,
        duration: float,
        *,
        switches: int,
        rng: Draws,
    ) -> FloatArray:
        """Share of switches on after a time at constant voltage, of finitely many that flip.

        The number that turn on and the number that turn off are binomial; both are taken as normal,
        which is good for more than some ten switches of each kind.

        Args:
            state: share of switches on, shape (1, devices).
            voltage: across the device, constant, shape (devices,) [V].
            duration: not negative [s].
            switches: how many the device has.
            rng: the stream that the life of the devices draws from.

        Returns:
            Shape (1, devices), 0 to 1.
        """
        (on,) = state
        to_on, to_off = self.rates(voltage)
        settled = to_on / (to_on + to_off)
        gone = -array_namespace(voltage).expm1(-(to_on + to_off) * duration)
        # A switch that is off is on afterwards with this probability, and the other way round.
        rises, falls = settled * gone, (1.0 - settled) * gone
        mean = on + (1.0 - on) * rises - on * falls
        variance = ((1.0 - on) * rises * (1.0 - rises) + on * falls * (1.0 - falls)) / switches
        drawn: FloatArray = mean + variance**0.5 * rng.standard_normal(mean.shape)
        return drawn.clip(min=0.0, max=1.0)[None]


def nugent_2014() -> MetastableSwitch:
    """1 to 10 kohm, 10 us, thresholds of 0.27 V: the demonstration set of the public code.

    The temperature is that of V_T = 25.85 mV; there is no junction. The drive is ours.
    """
    return MetastableSwitch(
        resistance_on=1 * kohm,
        resistance_off=10 * kohm,
        time_constant=10 * us,
        threshold_on=0.27 * volt,
        threshold_off=0.27 * volt,
        temperature=0.02585 * elementary_charge / boltzmann,
        junction=SchottkyPath(
            share=0.0, forward=0.0, forward_slope=1.0, reverse=0.0, reverse_slope=1.0
        ),
        typical_drive=TypicalDrive(
            positive=0.5 * volt,
            negative=0.5 * volt,
            period=1 * ms,
            initial_state=(0.1,),
            series_resistance=0 * ohm,
        ),
    )
