"""JART VCM v1b: the Schottky contact, disc and plug of a filamentary HfO2/TiOx cell.

The state is the concentration N of oxygen vacancies in a thin disc under one electrode. The current
crosses, in series, a Schottky contact, the disc, the plug behind it and a line:

    V = V_s + I (R_disc + R_plug + R_ser),    R_ser = R_TiOx + R_0 (1 + R_0 alpha I^2 R_th,line)
    T = T_0 + I (V - I R_ser) R_th,           I = I_s(V_s, T, N)

The contact emits over its barrier when V_s > 0 and tunnels through it, helped by heat, when
V_s < 0. Vacancies hop along the field: into the disc at V < 0, which is SET, and out of it at
V > 0, which is RESET. The mark of the model is how steeply the time to switch depends on the
voltage: about six decades per half a volt.

Source: A. Hardtdegen et al., IEEE Transactions on Electron Devices 65(8), 3229 (2018);
F. Cueppers et al., APL Materials 7, 091105 (2019); C. Bengel et al., IEEE Transactions on Circuits
and Systems I 67(12) (2020), doi 10.1109/TCSI.2020.3018502.
Holds for: deterministic switching of one filament between the two bounds of N, with voltages of up
to about 1.5 V; there is no forming, no read noise and no variability (see `jart_variability`). The
temperature follows the power at once, without a heat capacity. In single precision the rate of N
overflows where it passes 3e38 /(m3 s), in SET beyond some 1.5 V.

How the equations are solved. The unknown is V_s: given it, the line is a cubic equation with a
closed solution, so that the current I_line(V - V_s) is exact, and what is left is one equation

    I_line(V - V_s) = I_s(V_s, T)

in one unknown between 0 and V. At V > 0 this has up to three solutions, because the barrier is
lowered by the very drop across it and closes again as V_s comes near the height of the barrier; the
one of the smallest V_s is the one that grows out of V = 0, and it is taken. The logarithm of
I_s / I_line is concave up to there, so that Newton steps from V_s near 0 do not pass it.

Numpy arrays of double precision are solved by the compiled twin of these formulas, cell by cell, in
`ohmloom.devices.kernels.jart_vcm`; what changes here changes there.

Use it for: how fast a filamentary oxide cell switches at which voltage, with the heat that it
makes: write pulses, read disturb, circuits with a series resistance.
"""

import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from array_api_compat import array_namespace, is_torch_array
from scipy.constants import Boltzmann, Planck, electron_mass, elementary_charge, epsilon_0

from ohmloom.arrays import Array
from ohmloom.devices.memristor import StateVariable, TypicalDrive, stopped_at_bounds
from ohmloom.si import kelvin, nm, ohm, second, volt

if TYPE_CHECKING:
    from ohmloom.devices.kernels.jart_vcm import SolvedCells

_THERMAL_VOLTAGE_PER_KELVIN = Boltzmann / elementary_charge
# exp of this is finite in single precision too; nothing in the range of the model comes near.
_LARGEST_EXPONENT = 80.0
# Enough for 12 digits from 10 pV to 3 V, both signs, all concentrations; 12 are from 0.1 mV on.
_NEWTON_STEPS = 24
# Where the search starts, as a share of the voltage.
_FIRST_SHARE = 1e-6
# A step of less than this, relative to the unknown, is taken without asking the bracket.
_SMALL_SHIFT = 1e-4
# After a step of less than this, the next would be below rounding.
_SETTLED_SHIFT = 1e-8
# The zero of a field would otherwise be a zero under a logarithm [V].
_SMALLEST_VOLTAGE = 1e-12


@dataclass(frozen=True, kw_only=True)
class _Emission:
    """Current of the contact and how it answers."""

    current: Array
    """[A]."""
    per_volt: Array
    """Slope over the voltage of the contact [A/V]."""
    per_kelvin: Array
    """Slope over the temperature [A/K]."""


@dataclass(frozen=True, kw_only=True)
class JartVcm:
    """Parameters of one cell, or of many: every number may be an array."""

    richardson_constant: float | Array
    """A* of the contact [A/(m2 K2)]."""
    effective_mass: float | Array
    """Mass of the tunnelling electron [kg]."""
    charge_number: float | Array
    """Charge of a vacancy over the elementary charge [1]."""
    permittivity: float | Array
    """Static permittivity of the oxide [F/m]."""
    barrier_permittivity: float | Array
    """Permittivity that lowers the barrier by its image force [F/m]."""
    barrier_height: float | Array
    """Height of the barrier without a field, phi_0 [V]."""
    fermi_distance: float | Array
    """From the Fermi level to the conduction band, phi_n [V]."""
    mobility: float | Array
    """Mobility of the electrons [m2/(V s)]."""
    concentration_highest: float | Array
    """Largest concentration of vacancies in the disc, N_max [1/m3]."""
    concentration_lowest: float | Array
    """Smallest concentration of vacancies in the disc, N_min, above zero [1/m3]."""
    plug_concentration: float | Array
    """Concentration of vacancies in the plug [1/m3]."""
    hopping_distance: float | Array
    """Length of one hop [m]."""
    attempt_frequency: float | Array
    """Attempts of a vacancy to hop [1/s]."""
    hopping_barrier: float | Array
    """Barrier that a vacancy hops over, per elementary charge [V]."""
    thermal_resistance: float | Array
    """Of a filament of `nominal_radius`, in SET [K/W]."""
    reset_heating: float | Array
    """Thermal resistance in RESET over that in SET [1]."""
    nominal_radius: float | Array
    """Radius for which `thermal_resistance` is given [m]."""
    radius: float | Array
    """Radius of the filament [m]."""
    cell_length: float | Array
    """Length of disc and plug together [m]."""
    disc_length: float | Array
    """Length of the disc [m]."""
    oxide_resistance: float | Array
    """Resistance of the TiOx layer [ohm]."""
    line_resistance: float | Array
    """Resistance of the cold line, R_0 [ohm]."""
    line_thermal_resistance: float | Array
    """How much the line heats [K/W]."""
    line_temperature_coefficient: float | Array
    """How much its resistance grows, alpha [1/K]."""
    ambient_temperature: float | Array
    """Temperature of the cell without a current [K]."""

    typical_drive: TypicalDrive
    """A sweep that shows what the device does."""

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The concentration of vacancies in the disc [1/m3]."""
        return (
            StateVariable(
                name="vacancy concentration of the disc",
                unit="1/m3",
                lowest=self.concentration_lowest,
                highest=self.concentration_highest,
                logarithmic=True,
            ),
        )

    @property
    def odd(self) -> bool:
        """False: the contact rectifies."""
        return False

    def current(self, voltage: Array, state: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: concentration in the disc, shape (1, ..., devices), within its bounds [1/m3].

        Returns:
            Shape (..., devices); first derivatives in torch are exact, second ones are not.

        >>> import numpy as np
        >>> low, high = cueppers_2019().current(np.array(0.2), np.array([[8e23, 2e27]]))
        >>> f"{low:.4e} {high:.4e}"
        '3.0507e-06 1.2355e-04'
        """
        (concentration,) = state
        if (solved := self._solved(voltage, concentration)) is not None:
            return solved.current
        contact = self.schottky_voltage(voltage, concentration)
        return self.line_current(voltage - contact, concentration)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the concentration changes [1/(m3 s)].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: concentration in the disc, shape (1, ..., devices) [1/m3].

        Returns:
            Shape (1, ..., devices); zero at zero volt, and at a bound never outwards.
        """
        (concentration,) = state
        if (solved := self._solved(voltage, concentration)) is not None:
            return solved.rate[None]
        (variable,) = self.state_variables
        current = self.current(voltage, state)
        temperature = self.temperature(voltage, current)
        rate = self.concentration_rate(voltage, current, temperature, concentration)
        return stopped_at_bounds(rate, concentration, variable)[None]

    def disc_resistance(self, concentration: Array) -> Array:
        """Resistance of the disc [ohm].

        Args:
            concentration: of vacancies in the disc, any shape [1/m3].

        Returns:
            Shaped as `concentration`.
        """
        return self.disc_length / (self._conductivity_per_vacancy() * concentration * self._area())

    def plug_resistance(self) -> Array:
        """Resistance of the plug [ohm]."""
        length = self.cell_length - self.disc_length
        return length / (self._conductivity_per_vacancy() * self.plug_concentration * self._area())

    def series_resistance(self, current: Array) -> Array:
        """Resistance of the TiOx layer and of the line, which the current heats [ohm].

        Args:
            current: through the device, any shape [A].

        Returns:
            Shaped as `current`.
        """
        cold = self.oxide_resistance + self.line_resistance
        return cold + self._line_heating() * current * current

    def temperature(self, voltage: Array, current: Array) -> Array:
        """Temperature of the filament [K].

        Args:
            voltage: across the device, numpy or torch, any shape; its sign chooses SET or RESET
                [V].
            current: through the device, broadcasts with `voltage` [A].

        Returns:
            Shaped as the arguments broadcast.
        """
        power = current * (voltage - current * self.series_resistance(current))
        return self.ambient_temperature + self._heating(voltage, power)

    def schottky_current(
        self, schottky_voltage: Array, temperature: Array, concentration: Array
    ) -> Array:
        """Current of the contact [A].

        Args:
            schottky_voltage: across the contact, numpy or torch, any shape [V].
            temperature: of the filament, broadcasts [K].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast; of the sign of `schottky_voltage`.
        """
        return self._emission(schottky_voltage, temperature, concentration).current

    def line_current(self, drop: Array, concentration: Array) -> Array:
        """Current that drops a given voltage over disc, plug, oxide and line [A].

        The inverse of drop = I (R_disc + R_plug + R_ser(I)), which is a cubic equation.

        Args:
            drop: the voltage of the device without that of the contact, any shape [V].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast.
        """
        xp = array_namespace(drop, concentration)
        cold = self._cold_resistance(concentration)
        straight = drop / cold
        # x = 2 sqrt(R/3b) sinh(t) solves R x + b x^3 = U with sinh(3t) = 3U/2R sqrt(3b/R); written
        # with sinh(3t) = 3 sinh(t) + 4 sinh(t)^3 it stays finite where b, the heating, is zero.
        third = xp.asinh(1.5 * straight * (3.0 * self._line_heating() / cold) ** 0.5) / 3.0
        return straight / (1.0 + 4.0 / 3.0 * xp.sinh(third) ** 2)

    def concentration_rate(
        self, voltage: Array, current: Array, temperature: Array, concentration: Array
    ) -> Array:
        """Drift of vacancies into the disc, which slows down near the bounds [1/(m3 s)].

        Args:
            voltage: across the device, numpy or torch, any shape [V].
            current: through the device, broadcasts [A].
            temperature: of the filament, broadcasts [K].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast; positive at V < 0.
        """
        xp = array_namespace(voltage, concentration)
        setting = voltage < 0.0
        # SET: the field in the disc. RESET: all but the series resistance drops over the cell,
        # V_s + V_disc + V_plug = V - I R_ser.
        field = xp.where(
            setting,
            current * self.disc_resistance(concentration) / self.disc_length,
            (voltage - current * self.series_resistance(current)) / self.cell_length,
        )
        # At |g| = 1 the field has eaten the barrier.
        g = self._tilt(field).clip(min=-0.999999, max=0.999999)
        middle = xp.sqrt(1.0 - g * g) + g * xp.asin(g)
        tilt = 0.5 * math.pi * g
        attempts = self.hopping_barrier / (_THERMAL_VOLTAGE_PER_KELVIN * temperature)
        hops = xp.exp(-attempts * (middle - tilt)) - xp.exp(-attempts * (middle + tilt))
        filled = xp.where(
            setting,
            concentration / self.concentration_highest,
            self.concentration_lowest / concentration,
        )
        between = 0.5 * (self.plug_concentration + concentration)
        # Beyond a bound, where cycle-to-cycle variation may leave a cell, nothing moves either.
        return -between * self._hopping_speed() * hops * (1.0 - filled**10).clip(min=0.0)

    def schottky_voltage(self, voltage: Array, concentration: Array) -> Array:
        """Voltage across the contact [V].

        Args:
            voltage: across the device, numpy or torch, any shape [V].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast; between 0 and `voltage`; differentiable in torch.
        """
        if (solved := self._solved(voltage, concentration)) is not None:
            return solved.contact
        with _without_gradients(voltage, concentration):
            solution = self._solve(voltage, concentration)
            slope = self._imbalance_slope(solution, voltage, concentration)
        # One Newton step more, in which only the equation is differentiated and not the slope:
        # its derivative is that of the implicit function.
        current = self.line_current(voltage - solution, concentration)
        temperature = self.temperature(voltage, current)
        emitted = self.schottky_current(solution, temperature, concentration)
        return solution - (emitted - current) / slope

    def _solved(self, voltage: Array, concentration: Array) -> "SolvedCells | None":
        """What the compiled twin of the formulas finds; None where only the formulas will do."""
        if not (_is_float64(voltage) and _is_float64(concentration)):
            return None
        from ohmloom.devices.kernels.jart_vcm import (  # noqa: PLC0415  numba loads slowly
            JartQuantities,
            solved_cells,
        )

        in_set = self._thermal_resistance_in_set()
        quantities = JartQuantities(
            ambient_temperature=self.ambient_temperature,
            heating_in_set=in_set,
            heating_in_reset=in_set * self.reset_heating,
            vacancy_resistance=self.disc_resistance(1.0),
            plug_resistance=self.plug_resistance(),
            cold_resistance=self.oxide_resistance + self.line_resistance,
            line_heating=self._line_heating(),
            barrier_height=self.barrier_height,
            flat_band=self.barrier_height - self.fermi_distance,
            image_force=self._image_force(),
            tunnelling=self._tunnelling_voltage(1.0),
            emission=self._area() * self.richardson_constant,
            tilt=self._tilt(1.0),
            hopping_barrier=self.hopping_barrier,
            hopping_speed=self._hopping_speed(),
            disc_length=self.disc_length,
            cell_length=self.cell_length,
            plug_concentration=self.plug_concentration,
            lowest=self.concentration_lowest,
            highest=self.concentration_highest,
        )
        if not all(isinstance(value, float | int) or _is_float64(value) for value in quantities):
            return None
        return solved_cells(np.asarray(voltage), np.asarray(concentration), quantities)

    def _solve(self, voltage: Array, concentration: Array) -> Array:
        """The same to about 1e-14 of itself, by Newton steps on a logarithm, kept in a bracket."""
        xp = array_namespace(voltage, concentration)
        voltage = voltage + 0.0 * concentration
        # Near zero volt the share of the contact has a limit; the voltage itself may be zero.
        size = xp.abs(voltage).clip(min=_SMALLEST_VOLTAGE)
        applied = xp.where(voltage < 0.0, -size, size)
        share = _FIRST_SHARE + 0.0 * applied
        lowest, highest = 0.0 * share, 1.0 + 0.0 * share
        settled = share < 0.0
        for _ in range(_NEWTON_STEPS):
            contact = share * applied
            current = self.line_current(applied - contact, concentration)
            temperature = self.temperature(applied, current)
            emission = self._emission(contact, temperature, concentration)
            imbalance = xp.log(emission.current / current)
            line_slope = self._line_slope(current, concentration)
            emission_slope = self._emission_slope(emission, applied, current, line_slope)
            slope = applied * (emission_slope / emission.current + line_slope / current)
            lowest = xp.where(imbalance < 0.0, share, lowest)
            highest = xp.where(imbalance < 0.0, highest, share)
            shift = imbalance / slope
            # Near the end a step is as small as rounding, and the bracket may contradict it.
            small = xp.abs(shift) < _SMALL_SHIFT * share
            step = share - shift
            good = (step < 1.0) & (small | ((step > lowest) & (step < highest)))
            step = xp.where(good, step, 0.5 * (lowest + highest))
            share, settled = (
                xp.where(settled, share, step),
                settled | (good & (xp.abs(shift) < _SETTLED_SHIFT * share)),
            )
            # A settled cell stays put, so that its current does not depend on its neighbours.
            if bool(xp.all(settled)):
                break
        return share * voltage

    def _imbalance_slope(self, contact: Array, voltage: Array, concentration: Array) -> Array:
        """How emitted minus line current grows with the voltage of the contact [A/V]."""
        current = self.line_current(voltage - contact, concentration)
        temperature = self.temperature(voltage, current)
        emission = self._emission(contact, temperature, concentration)
        line_slope = self._line_slope(current, concentration)
        return self._emission_slope(emission, voltage, current, line_slope) + line_slope

    def _emission_slope(
        self, emission: _Emission, voltage: Array, current: Array, line_slope: Array
    ) -> Array:
        """Slope of the emitted current along the line, where the temperature moves too [A/V]."""
        heating = self._line_heating()
        cold = self.oxide_resistance + self.line_resistance
        power_slope = voltage - 2.0 * cold * current - 4.0 * heating * current**3
        cooling = self._heating(voltage, power_slope * line_slope)
        return emission.per_volt - emission.per_kelvin * cooling

    def _line_slope(self, current: Array, concentration: Array) -> Array:
        """Differential conductance of disc, plug, oxide and line [S]."""
        return 1.0 / (
            self._cold_resistance(concentration) + 3.0 * self._line_heating() * current * current
        )

    def _emission(
        self, schottky_voltage: Array, temperature: Array, concentration: Array
    ) -> _Emission:
        """Current of the contact and its slopes; each branch sees arguments that it can bear."""
        xp = array_namespace(schottky_voltage, temperature, concentration)
        forward = schottky_voltage >= 0.0
        thermal = _THERMAL_VOLTAGE_PER_KELVIN * temperature

        # The barrier, lowered by its image force; at and beyond flat band it has its full height.
        room = self.barrier_height - self.fermi_distance - schottky_voltage
        bent = room > 0.0
        room = xp.where(bent, room, 1.0)
        lowering = (self._image_force() * concentration * room) ** 0.25
        barrier = self.barrier_height - xp.where(bent, lowering, 0.0)
        open_barrier = barrier <= 0.0
        barrier = barrier.clip(min=0.0)
        barrier_slope = xp.where(bent & ~open_barrier, 0.25 * lowering / room, 0.0)

        # Over the barrier (V_s >= 0).
        drive = (xp.where(forward, schottky_voltage, 0.0) / thermal).clip(max=_LARGEST_EXPONENT)
        scale = (
            self._area() * self.richardson_constant * temperature**2 * xp.exp(-barrier / thermal)
        )
        over = scale * xp.expm1(drive)
        over_per_volt = (scale * xp.exp(drive) - over * barrier_slope) / thermal
        over_per_kelvin = (
            (2.0 + barrier / thermal) * over - scale * xp.exp(drive) * drive
        ) / temperature

        # Through the barrier (V_s < 0).
        reverse = xp.where(forward, 1.0, -schottky_voltage)
        tunnelling = self._tunnelling_voltage(concentration)
        u = tunnelling / thermal
        tanh = xp.tanh(u)
        sech2 = 1.0 - tanh**2
        under_root = reverse + barrier * sech2
        steepness = (u - tanh) / tunnelling
        push = (reverse * steepness).clip(max=_LARGEST_EXPONENT)
        scale = (
            self._area()
            * self.richardson_constant
            * temperature
            / _THERMAL_VOLTAGE_PER_KELVIN
            * xp.sqrt(math.pi * tunnelling * under_root)
            * xp.exp(-barrier * tanh / tunnelling)
        )
        through = scale * xp.expm1(push)
        grown = scale * xp.exp(push)
        # V_s and -reverse are the same; u falls as 1/T.
        through_per_volt = grown * steepness + through * (
            0.5 * (1.0 - barrier_slope * sech2) / under_root + barrier_slope * tanh / tunnelling
        )
        through_per_kelvin = (
            through
            * (1.0 + barrier * sech2 * u * tanh / under_root + barrier * sech2 * u / tunnelling)
            - grown * reverse * tanh**2 * u / tunnelling
        ) / temperature
        return _Emission(
            current=xp.where(forward, over, -through),
            per_volt=xp.where(forward, over_per_volt, through_per_volt),
            per_kelvin=xp.where(forward, over_per_kelvin, -through_per_kelvin),
        )

    def _area(self) -> Array:
        """Cross section of the filament [m2]."""
        return math.pi * self.radius**2

    def _conductivity_per_vacancy(self) -> Array:
        """Conductivity over concentration [S m2]."""
        return self.charge_number * elementary_charge * self.mobility

    def _cold_resistance(self, concentration: Array) -> Array:
        """All that is in series with the contact, while the line is cold [ohm]."""
        cold = self.plug_resistance() + self.oxide_resistance + self.line_resistance
        return self.disc_resistance(concentration) + cold

    def _line_heating(self) -> Array:
        """How the resistance of the line grows with the square of the current [ohm/A2]."""
        return self.line_resistance**2 * (
            self.line_temperature_coefficient * self.line_thermal_resistance
        )

    def _heating(self, voltage: Array, power: Array) -> Array:
        """How much a power heats this filament, in SET or in RESET [K]."""
        xp = array_namespace(voltage)
        # Both branches are arrays: of two numbers, `where` would choose the precision.
        felt = xp.where(voltage < 0.0, power, self.reset_heating * power)
        return self._thermal_resistance_in_set() * felt

    def _thermal_resistance_in_set(self) -> Array:
        """Of this filament [K/W]."""
        return self.thermal_resistance * (self.nominal_radius / self.radius) ** 2

    def _tilt(self, field: Array) -> Array:
        """How far a field tilts the barrier of hopping, g of the paper [1]."""
        return self.charge_number * self.hopping_distance / math.pi * field / self.hopping_barrier

    def _hopping_speed(self) -> Array:
        """How often a vacancy would cross the disc, if every attempt were a hop [1/s]."""
        return self.hopping_distance * self.attempt_frequency / self.disc_length

    def _image_force(self) -> Array:
        """Fourth power of the lowering of the barrier, per vacancy and volt [V3 m3]."""
        return (
            self.charge_number
            / (8.0 * math.pi**2)
            * (elementary_charge / self.barrier_permittivity) ** 3
        )

    def _tunnelling_voltage(self, concentration: Array) -> Array:
        """The energy W_00 of the paper per elementary charge [V]."""
        per_density = (
            Planck
            / (4.0 * math.pi)
            * (self.charge_number / (self.effective_mass * self.permittivity)) ** 0.5
        )
        return per_density * concentration**0.5


def _is_float64(value: Array) -> bool:
    """Whether it is an array or a number of numpy, in double precision."""
    return isinstance(value, np.ndarray | np.float64) and value.dtype == np.float64


def _without_gradients(*arrays: Array) -> AbstractContextManager[object]:
    """Keep torch from recording what follows, where there is torch."""
    if any(is_torch_array(array) for array in arrays):
        import torch  # noqa: PLC0415  torch loads slowly; whoever brings a tensor has loaded it

        return torch.no_grad()
    return nullcontext()


def cueppers_2019() -> JartVcm:
    """The Pt/HfO2/TiOx/Ti cell of the paper, with the parameters of the authors' code.

    The sweep is ours: 1.3 V to both sides in 1 ms switches the cell fully and back. It begins in
    the state of low resistance, because the positive half comes first and is the RESET.
    """
    return JartVcm(
        richardson_constant=6.01e5,
        effective_mass=electron_mass,
        charge_number=2.0,
        permittivity=17 * epsilon_0,
        barrier_permittivity=5.5 * epsilon_0,
        barrier_height=0.18 * volt,
        fermi_distance=0.10 * volt,
        mobility=4e-6,
        concentration_highest=20e26,
        concentration_lowest=0.008e26,
        plug_concentration=20e26,
        hopping_distance=0.25 * nm,
        attempt_frequency=2e13,
        hopping_barrier=1.35 * volt,
        thermal_resistance=15.72e6,
        reset_heating=0.27,
        nominal_radius=45 * nm,
        radius=45 * nm,
        cell_length=3 * nm,
        disc_length=0.4 * nm,
        oxide_resistance=650 * ohm,
        line_resistance=719.2437 * ohm,
        line_thermal_resistance=90471.47,
        line_temperature_coefficient=3.92e-3,
        ambient_temperature=293 * kelvin,
        typical_drive=TypicalDrive(
            positive=1.3 * volt,
            negative=1.3 * volt,
            period=1e-3 * second,
            initial_state=(19.9e26,),
            series_resistance=0 * ohm,
        ),
    )
