"""The ReRAM cell of the SkyWater 130 nm process: a filament that grows, heats and runs away.

The state is the length L of the filament and its temperature theta:

    I = I_k1 exp(-(t_ox - L) / (t_ox - L_ref)) sinh(V / V_ref)
    gamma = g_0 + g_1 ((t_ox - L) / 1 nm)^3
    grow   = v_1 exp(-(E_g - q gamma (a_0 / t_ox) V) / k theta)
    shrink = v_1 exp(-(E_r + q gamma (a_0 / t_ox) V) / k theta)
    dL/dt = grow s((L_max - L) / w) - shrink s((L - L_min) / w),    s(x) = 1 / (1 + exp(-x))
    dtheta/dt = V I / C_th - (theta - T_0) / tau_th

Source: the Verilog-A model of the SkyWater PDK, `skywater-pdk-libs-sky130_fd_pr_reram`. The
published code updates its state once per accepted step of the simulator and cuts it off at L_min
and L_max; the two factors s are ours. They make a differential equation of it, which gives the same
waveforms in ngspice and in a stiff integrator.
Holds for: one formed cell, with a resistance in series: without one the SET runs away within
picoseconds. The current does not depend on the area of the cell.

Where the state may be. The factor s slows the filament down over the width w instead of stopping it
at L_max, and a filament that is driven hard still creeps outwards with the logarithm of time: a SET
of 1.8 V over 1 kohm leaves it five widths beyond L_max. The bounds of the state are therefore ten
widths outside L_min and L_max. The upper bound of the temperature is not in the source either: it
keeps the state finite in cells that are driven without a series resistance, and nothing sensible
comes near it.

Use it for: circuits that are to be made in SKY130 with its ReRAM option, always with a resistance
in series.
"""

from dataclasses import dataclass

from array_api_compat import array_namespace
from scipy.constants import Boltzmann, elementary_charge

from ohmloom.arrays import Array
from ohmloom.devices.memristor import StateVariable, TypicalDrive, stopped_at_bounds
from ohmloom.si import kelvin, kohm, nm, ns, uA, us, volt

# exp of this is finite in single precision too; nothing in the range of the model comes near.
_LARGEST_EXPONENT = 80.0
# gamma is a polynomial of the gap in nanometres.
_GAP_UNIT = 1 * nm
# How far outside its stops a filament may creep, in widths of the stops.
_MARGIN = 10.0


@dataclass(frozen=True, kw_only=True)
class Sky130Reram:
    """Parameters of one cell, or of many: every number may be an array."""

    current_scale: float | Array
    """I_k1 [A]."""
    voltage_scale: float | Array
    """V_ref of the current [V]."""
    oxide_thickness: float | Array
    """t_ox [m]."""
    reference_length: float | Array
    """L_ref: the current falls by e over t_ox - L_ref [m]."""
    shortest: float | Array
    """L_min, at which the filament stops to shrink [m]."""
    longest: float | Array
    """L_max, at which it stops to grow [m]."""
    stop_width: float | Array
    """Length over which it stops, w [m]."""
    hopping_distance: float | Array
    """a_0 [m]."""
    velocity: float | Array
    """v_1 [m/s]."""
    growth_energy: float | Array
    """Barrier to growing, E_g [J]."""
    shrinking_energy: float | Array
    """Barrier to shrinking, E_r [J]."""
    field_factor: float | Array
    """Enhancement of the local field without a gap, g_0 [1]."""
    field_factor_slope: float | Array
    """What a gap of 1 nm adds to it, g_1 [1]."""
    ambient_temperature: float | Array
    """Temperature of the filament without a current, T_0 [K]."""
    highest_temperature: float | Array
    """Bound of the temperature, a guard and no property of the cell [K]."""
    heat_capacity: float | Array
    """C_th [J/K]."""
    thermal_time_constant: float | Array
    """tau_th [s]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The length of the filament [m] and its temperature [K]."""
        return (
            StateVariable(
                name="length of the filament",
                unit="m",
                lowest=self.shortest - _MARGIN * self.stop_width,
                highest=self.longest + _MARGIN * self.stop_width,
                logarithmic=False,
            ),
            StateVariable(
                name="temperature",
                unit="K",
                lowest=self.ambient_temperature,
                highest=self.highest_temperature,
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
            state: length [m] and temperature [K], shape (2, ..., devices), within their bounds.

        Returns:
            Shape (..., devices).

        >>> import numpy as np
        >>> device, read = sky130_reram(), 0.1 * volt
        >>> f"{1e6 * device.current(np.array(read), np.array([4.9 * nm, 300.0])) / read:.1f} uS"
        '100.2 uS'
        """
        length, _ = state
        xp = array_namespace(voltage, length)
        gap = (self.oxide_thickness - length) / (self.oxide_thickness - self.reference_length)
        drive = (voltage / self.voltage_scale).clip(min=-_LARGEST_EXPONENT, max=_LARGEST_EXPONENT)
        return self.current_scale * xp.exp(-gap) * xp.sinh(drive)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the filament grows [m/s] and warms [K/s].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: length [m] and temperature [K], shape (2, ..., devices).

        Returns:
            Shape (2, ..., devices). At zero volt the filament goes on to cool, and, since the two
            barriers differ, to shrink: by some 1e-16 m in ten years at 300 K.
        """
        length, temperature = state
        length_range, temperature_range = self.state_variables
        xp = array_namespace(voltage, length)
        growth = stopped_at_bounds(self._growth(voltage, length, temperature), length, length_range)
        cooling = (self.ambient_temperature - temperature) / self.thermal_time_constant
        heating = voltage * self.current(voltage, state) / self.heat_capacity
        warming = stopped_at_bounds(heating + cooling, temperature, temperature_range)
        return xp.stack([growth, warming + 0.0 * growth])

    def _growth(self, voltage: Array, length: Array, temperature: Array) -> Array:
        """Speed of the tip of the filament [m/s]."""
        xp = array_namespace(voltage, length)
        thermal = Boltzmann * temperature
        gap = (self.oxide_thickness - length) / _GAP_UNIT
        factor = self.field_factor + self.field_factor_slope * gap**3
        push = factor * (self.hopping_distance / self.oxide_thickness * elementary_charge) * voltage
        grow = xp.exp(((push - self.growth_energy) / thermal).clip(max=_LARGEST_EXPONENT))
        shrink = xp.exp((-(push + self.shrinking_energy) / thermal).clip(max=_LARGEST_EXPONENT))
        return self.velocity * (
            grow * self._open((self.longest - length) / self.stop_width)
            - shrink * self._open((length - self.shortest) / self.stop_width)
        )

    @staticmethod
    def _open(widths: Array) -> Array:
        """Share of its speed that a tip keeps, so many widths before its stop [1]."""
        xp = array_namespace(widths)
        return 1.0 / (1.0 + xp.exp((-widths).clip(min=-_LARGEST_EXPONENT, max=_LARGEST_EXPONENT)))


def sky130_reram() -> Sky130Reram:
    """The cell with the parameters of the PDK; the stops and the sweep over 1 kohm are ours.

    Read at 0.1 V it has 100 uS at the longest and 0.298 uS at the shortest filament.
    """
    return Sky130Reram(
        current_scale=61.4 * uA,
        voltage_scale=0.43 * volt,
        oxide_thickness=5.0 * nm,
        reference_length=4.7249 * nm,
        shortest=3.3 * nm,
        longest=4.9 * nm,
        stop_width=0.02 * nm,
        hopping_distance=0.25 * nm,
        velocity=150.0,
        growth_energy=1.501 * elementary_charge,
        shrinking_energy=1.500 * elementary_charge,
        field_factor=16.5,
        field_factor_slope=-1.25,
        ambient_temperature=300 * kelvin,
        highest_temperature=3000 * kelvin,
        heat_capacity=3.1825e-16,
        thermal_time_constant=0.23 * ns,
        typical_drive=TypicalDrive(
            positive=1.8 * volt,
            negative=1.8 * volt,
            period=1 * us,
            initial_state=(3.8 * nm, 300 * kelvin),
            series_resistance=1 * kohm,
        ),
    )
