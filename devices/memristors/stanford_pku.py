"""The Stanford-PKU model: a tunnelling gap between the tip of a filament and the electrode.

The state is the gap. A positive voltage lets the filament grow, which is SET:

    I = I_0 exp(-gap / g_0) sinh(V / V_0)
    T = T_ini + V I R_th
    d gap/dt = -v_0 exp(-E_a / kT) sinh(gamma (a_0 / t_ox) (q V / kT))
    gamma = gamma_0 - beta (gap / 1 nm)^3,  and 0 where gamma |V| / t_ox < F_min

Source: Z. Jiang et al., SISPAD 2014; the authors' code `rram_v_1_0_0` on nanoHUB; X. Guan, S. Yu,
H.-S. P. Wong, IEEE Electron Device Letters 33(10), 1405 (2012).
Holds for: switching of a formed HfOx cell. Below the least field F_min nothing moves, so that no
reading disturbs the state, and nothing relaxes either. The published model has no current
compliance: in the state of low resistance 1.5 V drive some 90 mA, which no real cell passes, and
what a transistor in series would do is left to the circuit.

Noise of the gap. The published code adds, once per fixed step of 1 ns, a normal number of spread
`noise_speed` / (1 + exp((T_crit - T) / T_smth)) to the speed of the gap, so that what comes of it
depends on the step. Here the noise is a Brownian motion whose spread per square root of a second is
chosen such that one step of 1 ns adds the same; other steps add what belongs to their length. As in
the published code, noise also moves a device to which no voltage is applied. `state_rate` is
without noise.

Use it for: circuits with HfOx cells, and comparison with the many designs that use this model.
Limit the current with a resistor or a transistor in series, as a real cell needs it.
"""

from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace
from scipy.constants import Boltzmann, elementary_charge

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.memristor import (
    StateVariable,
    TypicalDrive,
    check_duration,
    stopped_at_bounds,
)
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import kelvin, mA, nm, ns, ohm, us, volt

# exp of this is finite in single precision too; nothing in the range of the model comes near.
_LARGEST_EXPONENT = 80.0
# gamma is a polynomial of the gap in nanometres.
_GAP_UNIT = 1 * nm


@dataclass(frozen=True, kw_only=True)
class StanfordPku:
    """Parameters of one device, or of many: every number may be an array."""

    current_scale: float | Array
    """I_0 [A]."""
    gap_scale: float | Array
    """Gap over which the current falls by e, g_0 [m]."""
    voltage_scale: float | Array
    """V_0 of the current [V]."""
    velocity: float | Array
    """v_0 of the gap [m/s]."""
    field_factor: float | Array
    """Enhancement of the local field without a gap, gamma_0 [1]."""
    field_factor_loss: float | Array
    """How much of it a gap of 1 nm takes, beta [1]."""
    least_field: float | Array
    """F_min: a weaker enhanced field moves nothing [V/m]."""
    activation_energy: float | Array
    """E_a of an ion that hops [J]."""
    hopping_distance: float | Array
    """a_0 [m]."""
    oxide_thickness: float | Array
    """t_ox [m]."""
    thermal_resistance: float | Array
    """R_th of the cell [K/W]."""
    ambient_temperature: float | Array
    """Temperature of the cell without a current, T_ini [K]."""
    noise_speed: float | Array
    """Spread of the speed that the published code adds in each step, when hot [m/s]."""
    noise_step: float | Array
    """Length of that step [s]."""
    noise_temperature: float | Array
    """T_crit, at which half of the noise is there [K]."""
    noise_smoothing: float | Array
    """T_smth, over which it sets in [K]."""
    gap_lowest: float | Array
    """Smallest gap [m]."""
    gap_highest: float | Array
    """Largest gap [m]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The gap [m]."""
        return (
            StateVariable(
                name="gap",
                unit="m",
                lowest=self.gap_lowest,
                highest=self.gap_highest,
                logarithmic=False,
            ),
        )

    @property
    def odd(self) -> bool:
        """True: the current is a hyperbolic sine of the voltage."""
        return True

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: gap, shape (1, ..., devices), within its bounds [m].

        Returns:
            Shape (..., devices).

        >>> device = jiang_2014()
        >>> f"{device.current(np.array(0.1), np.array([1.0 * nm])):.4e}"
        '7.5232e-06'
        """
        (gap,) = state
        xp = array_namespace(voltage, gap)
        drive = (voltage / self.voltage_scale).clip(min=-_LARGEST_EXPONENT, max=_LARGEST_EXPONENT)
        return self.current_scale * xp.exp(-gap / self.gap_scale) * xp.sinh(drive)

    def temperature(self, voltage: Array, state: Array) -> Array:
        """Temperature of the cell, which follows the power at once [K].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: gap, shape (1, ..., devices) [m].

        Returns:
            Shape (..., devices).
        """
        power = voltage * self.current(voltage, state)
        return self.ambient_temperature + power * self.thermal_resistance

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """Speed of the gap, without noise [m/s].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: gap, shape (1, ..., devices) [m].

        Returns:
            Shape (1, ..., devices); zero below the least field, and at a bound never outwards.
        """
        (gap,) = state
        (variable,) = self.state_variables
        xp = array_namespace(voltage, gap)
        thermal = Boltzmann * self.temperature(voltage, state)
        factor = self.field_factor - self.field_factor_loss * (gap / _GAP_UNIT) ** 3
        moves = factor * xp.abs(voltage) / self.oxide_thickness >= self.least_field
        factor = xp.where(moves, factor, 0.0)
        push = factor * self.hopping_distance / self.oxide_thickness * voltage
        push = (push * elementary_charge / thermal).clip(
            min=-_LARGEST_EXPONENT, max=_LARGEST_EXPONENT
        )
        rate = -self.velocity * xp.exp(-self.activation_energy / thermal) * xp.sinh(push)
        return stopped_at_bounds(rate, gap, variable)[None]

    def gap_noise_spread(self, voltage: Array, state: Array) -> Array:
        """Spread of the Brownian motion of the gap [m/s^0.5].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: gap, shape (1, ..., devices) [m].

        Returns:
            Shape (..., devices); times the square root of a duration it is the spread that noise
            adds in that duration.
        """
        xp = array_namespace(voltage, state)
        cold = (self.noise_temperature - self.temperature(voltage, state)) / self.noise_smoothing
        share = 1.0 / (1.0 + xp.exp(cold.clip(max=_LARGEST_EXPONENT)))
        # One step adds speed * step; its variance per time is the square of that over the step.
        return self.noise_speed * self.noise_step**0.5 * share

    def advance_with_noise(
        self,
        state: FloatArray,
        voltage: FloatArray,
        duration: float | FloatArray,
        *,
        steps: int,
        rng: Draws,
    ) -> FloatArray:
        """The gap after a time at constant voltage, with noise [m].

        The method of Euler and Maruyama, as the published code does it, clipped at the bounds. It
        is as good as its steps are short against the time in which the gap moves by `gap_scale`.

        Args:
            state: gap, shape (1, ..., devices) [m].
            voltage: across the device, constant, shape (..., devices) [V].
            duration: not negative, broadcasts [s].
            steps: how many steps to take, above zero.
            rng: the stream that the life of the devices draws from.

        Returns:
            Shape (1, ..., devices), within its bounds.

        Raises:
            InvalidInput: `duration` is negative, or there is no step.
        """
        if steps < 1:
            raise InvalidInput(f"steps must be at least 1, but is {steps}")
        check_duration(duration)
        step = np.asarray(duration, dtype=np.float64) / steps
        gap = state + 0.0 * (voltage + step)
        for _ in range(steps):
            noise = self.gap_noise_spread(voltage, gap) * rng.standard_normal(gap.shape)
            gap = gap + self.state_rate(voltage, gap) * step + noise * np.sqrt(step)
            gap = gap.clip(min=self.gap_lowest, max=self.gap_highest)
        return np.asarray(gap, dtype=np.float64)


def jiang_2014() -> StanfordPku:
    """The HfOx cell of the authors' code, version 1.0.0, at 25 degrees Celsius.

    The sweep is ours: 1.5 V to both sides; it begins with the largest gap, where the published code
    begins with the smallest, because the positive half comes first and is the SET.
    """
    return StanfordPku(
        current_scale=1 * mA,
        gap_scale=0.25 * nm,
        voltage_scale=0.25 * volt,
        velocity=10.0,
        field_factor=16.0,
        field_factor_loss=0.8,
        least_field=1.4e9,
        activation_energy=0.6 * elementary_charge,
        hopping_distance=0.25 * nm,
        oxide_thickness=12 * nm,
        thermal_resistance=2.1e3,
        ambient_temperature=298 * kelvin,
        noise_speed=0.02,
        noise_step=1 * ns,
        noise_temperature=450 * kelvin,
        noise_smoothing=500 * kelvin,
        gap_lowest=0.2 * nm,
        gap_highest=1.7 * nm,
        typical_drive=TypicalDrive(
            positive=1.5 * volt,
            negative=1.5 * volt,
            period=10 * us,
            initial_state=(1.7 * nm,),
            series_resistance=0 * ohm,
        ),
    )
