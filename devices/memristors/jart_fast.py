"""JART VCM with an explicit current: fits that replace the implicit solution in large arrays.

Two published fits to the solution of the implicit equations, both for the nominal geometry: one for
reading, one for both signs of the voltage. Drift, heating and bounds stay those of `JartVcm`, which
need nothing but the current:

    T = T_0 + I (V - I R_ser) R_th,    V_disc = I R_disc,    V_s + V_disc + V_plug = V - I R_ser

Source: the fit of the branch `JART_v1b_device` of Z. Yu's fork of aihwkit; V. Ntinas et al., "A
Simplified Variability-Aware VCM Memristor Model for Efficient Circuit Simulation", and their
library JART-TUD VCM, version 0.1 (2024).
Holds for: cells with the radius and the disc length of `cueppers_2019`; other radii and lengths
change the drift and the heating here, but not the current. How far the fits are from the implicit
solution, measured here:

* Ntinas et al., 0.2 to 1.5 V of either sign: within 3.4 % from N = 0.1e26 on, 10.5 % at 0.008e26
  and 9.9 % at 0.004e26. At -10 mV the current at 0.004e26 is 81 % too large.
* Yu, at 0.2 V: -7.4, -5.1, +2.1 and +3.2 % for N = 0.008, 0.1, 1 and 20 x 1e26.

Use it for: JART cells where the implicit current of `JartVcm` cannot be solved or costs too much,
such as tensors and netlists, and where a few per cent of current do not matter.
"""

import warnings
from dataclasses import dataclass, replace
from typing import Protocol

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.devices.memristor import StateVariable, TypicalDrive, stopped_at_bounds
from ohmloom.devices.memristors.jart_vcm import JartVcm, cueppers_2019
from ohmloom.errors import ModelRangeWarning
from ohmloom.si import mV, volt

# The fits count concentrations in these units.
_YU_CONCENTRATION = 0.008e26
_NTINAS_CONCENTRATION = 0.004e26
_YU_HIGHEST_VOLTAGE = 0.5 * volt


class CurrentFit(Protocol):
    """An explicit formula for the current of a JART cell."""

    def current(self, voltage: Array, concentration: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast; of the sign of `voltage`, zero at zero volt.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class YuReadFit:
    """The fit of Z. Yu for reading, 0 to 0.5 V; its coefficients are what it is."""

    def current(self, voltage: Array, concentration: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices), 0 to 0.5 [V].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast.

        Warns:
            ModelRangeWarning: a voltage is negative or above 0.5 V; the formula is used as it is.

        >>> import numpy as np
        >>> f"{YuReadFit().current(np.array(0.2), np.array(2e27)):.3e}"
        '1.275e-04'
        """
        xp = array_namespace(voltage, concentration)
        outside = (voltage < 0.0) | (voltage > _YU_HIGHEST_VOLTAGE)
        if bool(xp.any(outside)):
            warnings.warn(
                f"{int(outside.sum())} voltage(s) lie outside 0 to "
                f"{_YU_HIGHEST_VOLTAGE / mV:.3g} mV, for which the current was fitted; the formula "
                f"is used beyond its range, choose NtinasFit or JartVcm there",
                ModelRangeWarning,
                stacklevel=2,
            )
        scale = 4.84e-3 * -xp.expm1(-0.1353 * voltage)
        bend = 5.548 + 6.8648 * voltage + 51.586 * xp.exp(-0.36 * voltage)
        filled = concentration / _YU_CONCENTRATION
        return scale / (1.0 + bend * filled**-1.054) ** (1.0 / 1.0526)


@dataclass(frozen=True, kw_only=True)
class NtinasFit:
    """The fit of Ntinas et al. for both signs of the voltage; its coefficients are what it is."""

    def current(self, voltage: Array, concentration: Array) -> Array:
        """Current through the device [A].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            concentration: of vacancies in the disc, broadcasts [1/m3].

        Returns:
            Shaped as the arguments broadcast.

        >>> import numpy as np
        >>> f"{NtinasFit().current(np.array(-0.2), np.array(2e27)):.3e}"
        '-1.268e-04'
        """
        xp = array_namespace(voltage, concentration)
        setting = voltage < 0.0
        zero = 0.0 * voltage
        # Each formula is asked for its own sign only: the other may be a power of less than zero.
        return xp.where(
            setting,
            _ntinas_set(xp.where(setting, voltage, zero), concentration),
            _ntinas_reset(xp.where(setting, zero, voltage), concentration),
        )


def _ntinas_reset(voltage: Array, concentration: Array) -> Array:
    """Current at V >= 0 [A]; the names are those of the source."""
    xp = array_namespace(voltage, concentration)
    ratio = concentration / _NTINAS_CONCENTRATION
    p5 = 1.3769e-3 * -xp.expm1(-0.081819 * voltage)
    p6 = 0.19687 - 0.021833 * voltage
    p7 = -97.606 + 7.825 * voltage + 99.296 * xp.exp(-0.071092 * voltage)
    p8 = 0.11713 + 0.08137 * voltage
    p10 = 0.97733 + 0.035214 * voltage + 0.012856 * voltage**2
    p11 = 0.94207 + 0.038953 * voltage + 0.023436 * voltage**2
    return p5 / (p6 + p7 * (p8 * ratio) ** -p10) ** (1.0 / p11)


def _ntinas_set(voltage: Array, concentration: Array) -> Array:
    """Current at V <= 0 [A]; the names are those of the source."""
    xp = array_namespace(voltage, concentration)
    log_ratio = xp.log(concentration / _NTINAS_CONCENTRATION)
    p1 = (
        1.183
        * (-2.7034e-3 * voltage - 4.5379e-6 * voltage**2)
        / (1.0 + 0.99115 * voltage + 0.44093 * voltage**2)
    )
    p2 = -2595.5
    p3 = 6.8845 - 0.58995 * voltage
    p4 = 2589.0 + 2.9537 * xp.exp(0.54031 * voltage)
    p5 = 6.4705e-4 * voltage + 5.1529e-5 * voltage**2
    p7 = 0.11708
    p9 = 3.9052 + 5.7078 / (1.0 + xp.exp((voltage + 0.45637) / 1.431))
    p10 = 0.46925 + 3.00385 / (1.0 + xp.exp((voltage + 1.1871) / 0.56947))
    p11 = 1.0 / (10.667 - 10.53888 / (1.0 + xp.exp((voltage - 0.74414) / 0.42381)))
    linear = log_ratio - p3
    bulk = p5 / (1.0 + p7 * xp.exp(-p10 * (log_ratio - p9))) ** (1.0 / p11)
    return p1 * (p2 * xp.expm1(linear / p4) + linear) + bulk


@dataclass(frozen=True, kw_only=True)
class JartFast:
    """A JART cell whose current is a fit, and whose drift is that of the physical model."""

    current_fit: CurrentFit
    """The explicit current."""
    physics: JartVcm
    """Drift, heating, resistances and bounds; its own current is not used."""

    @property
    def typical_drive(self) -> TypicalDrive:
        """That of the physical model."""
        return self.physics.typical_drive

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """The concentration of vacancies in the disc [1/m3]."""
        return self.physics.state_variables

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
            Shape (..., devices).
        """
        (concentration,) = state
        return self.current_fit.current(voltage, concentration)

    def state_rate(self, voltage: Array, state: Array) -> Array:
        """How fast the concentration changes [1/(m3 s)].

        Args:
            voltage: across the device, numpy or torch, shape (..., devices) [V].
            state: concentration in the disc, shape (1, ..., devices) [1/m3].

        Returns:
            Shape (1, ..., devices); zero at zero volt, and at a bound never outwards.
        """
        (concentration,) = state
        (variable,) = self.state_variables
        current = self.current(voltage, state)
        temperature = self.physics.temperature(voltage, current)
        rate = self.physics.concentration_rate(voltage, current, temperature, concentration)
        return stopped_at_bounds(rate, concentration, variable)[None]


def ntinas_2024() -> JartFast:
    """The cell of JART-TUD VCM 0.1: the fit, and the range of concentrations that goes with it."""
    return JartFast(
        current_fit=NtinasFit(),
        physics=replace(
            cueppers_2019(), concentration_highest=22e26, concentration_lowest=0.004e26
        ),
    )
