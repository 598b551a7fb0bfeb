"""What mismatch does to currents, pairs, time constants: closed forms to hold simulations against.

Source: M. J. M. Pelgrom et al., IEEE Journal of Solid-State Circuits 24, 1433 (1989); P. R. Kinget,
IEEE Journal of Solid-State Circuits 40, 1212 (2005).
Holds for: small deviations, of which logarithms and relative deviations are alike.
"""

import math

from ohmloom.circuits.technologies.technology import Pelgrom
from ohmloom.physical_constants import boltzmann, elementary_charge


def thermal_voltage(temperature: float) -> float:
    """K T / e at a temperature in kelvin [V].

    >>> f"{thermal_voltage(300.0) * 1e3:.2f} mV"
    '25.85 mV'
    """
    return boltzmann * temperature / elementary_charge


def current_spread(
    law: Pelgrom, *, width: float, length: float, transconductance_over_current: float
) -> float:
    """Standard deviation of ln I of one transistor with a fixed gate voltage, at any inversion.

    Args:
        law: how single devices scatter.
        width: of the channel [m].
        length: of the channel [m].
        transconductance_over_current: g_m / I where it works [1/V].

    Returns:
        About the relative deviation of the current [1].
    """
    of_threshold = transconductance_over_current * law.threshold_deviation(width, length)
    return math.hypot(of_threshold, law.factor_deviation(width, length))


def weak_inversion_spread(
    law: Pelgrom, *, width: float, length: float, slope_factor: float, temperature: float
) -> float:
    """The same far below threshold, where g_m / I is 1 / (n U_T).

    Args:
        law: how single devices scatter.
        width: of the channel [m].
        length: of the channel [m].
        slope_factor: n [1].
        temperature: [K].

    >>> law = Pelgrom(threshold=3.5e-9, current_factor=0.0)
    >>> spread = weak_inversion_spread(
    ...     law, width=1e-6, length=1e-6, slope_factor=1.2, temperature=300.0
    ... )
    >>> f"{spread:.3f}"
    '0.113'
    """
    return current_spread(
        law,
        width=width,
        length=length,
        transconductance_over_current=1.0 / (slope_factor * thermal_voltage(temperature)),
    )


def pair_offset(
    law: Pelgrom, *, width: float, length: float, current_over_transconductance: float
) -> float:
    """Standard deviation of the input offset of a differential pair of equal transistors [V].

    Args:
        law: how single devices scatter; the difference of two scatters sqrt(2) times as much.
        width: of each channel [m].
        length: of each channel [m].
        current_over_transconductance: I / g_m of each [V].
    """
    of_factor = current_over_transconductance * law.factor_deviation(width, length)
    return math.sqrt(2.0) * math.hypot(law.threshold_deviation(width, length), of_factor)


def coefficient_of_variation(*spreads: float) -> float:
    """Relative deviation of a product or ratio of currents of independent ln-deviations [1].

    The time constant of a log-domain filter goes with one leak current, its gain with the ratio of
    three currents.
    """
    return math.sqrt(sum(each**2 for each in spreads))
