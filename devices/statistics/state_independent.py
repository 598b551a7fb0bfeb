"""A drifting population whose errors do not depend on the state: a stand-in, not a measurement.

Source: the defaults of the state-independent noise model of IBM's aihwkit. No device was measured;
use it to see what matters, and a published population to see how much.
Holds for: 0 to 25 uS, the largest conductance that aihwkit assumes. Its read noise is 1 uS at that
conductance for each square root of the logarithm of time, that is 4 %.
Use it for: comparison: what a network owes to errors that grow or shrink with the conductance is
the difference from this population.
"""

from ohmloom.devices.statistics.phase_change import PhaseChange
from ohmloom.devices.statistics.state_law import Polynomial
from ohmloom.si import day, ns, second, uS


def state_independent() -> PhaseChange:
    """Programming within 0.2 uS, drift exponents of 0.1 +- 0.05, 4 % of 1/f noise.

    >>> import numpy as np
    >>> cells = state_independent()
    >>> (cells.spread(np.array([5 * uS, 25 * uS]), 0.0) / uS).round(6).tolist()
    [0.2, 0.2]
    """
    return PhaseChange(
        highest=25 * uS,
        programming=Polynomial(coefficients=(0.2 * uS,)),
        exponent_mean=Polynomial(coefficients=(0.1,)),
        exponent_spread=Polynomial(coefficients=(0.05,)),
        noise=Polynomial(coefficients=(1.0 / 25.0,)),
        reference_time=20 * second,
        read_time=250 * ns,
        first_age=1 * second,
        last_age=365 * day,
    )
