"""Phase-change cells of IBM: the phase-change population that most inference studies use.

Source: S. R. Nandakumar et al., ICECS (2019); the fit is the one that IBM's aihwkit distributes, as
used by V. Joshi et al., Nat. Commun. 11, 2473 (2020) and M. J. Rasch et al., Nat. Commun. 14, 5282
(2023).
Holds for: 0 to 25 uS. The fit does not say for how long the cells were watched. The ages given
here, 1 s to 1 year, are those for which Rasch et al. use it; the end of that is an extrapolation.
Use it for: phase-change inference that is to be compared with published accuracies, over up to a
year of drift.
"""

from ohmloom.devices.statistics.phase_change import PhaseChange
from ohmloom.devices.statistics.state_law import ClippedLogarithm, ClippedPower, Polynomial
from ohmloom.si import day, ns, second, uS


def nandakumar_2019(*, highest: float = 25 * uS) -> PhaseChange:
    """The cells as measured, up to 25 uS.

    Args:
        highest: largest conductance to be used [S]. With another than 25 uS the whole population is
            scaled, its programming error in proportion, which is what aihwkit does and nobody
            measured.

    >>> import numpy as np
    >>> cells = nandakumar_2019()
    >>> f"{cells.spread(np.array(25 * uS), 0.0) / uS:.5f}"
    '1.05538'
    """
    scale = highest / (25 * uS)
    return PhaseChange(
        highest=highest,
        programming=Polynomial(
            coefficients=(0.26348 * uS * scale, 1.9650 * uS * scale, -1.1731 * uS * scale)
        ),
        exponent_mean=ClippedLogarithm(slope=-0.0155, offset=0.0244, lowest=0.049, highest=0.1),
        exponent_spread=ClippedLogarithm(
            slope=-0.0125, offset=-0.0059, lowest=0.008, highest=0.045
        ),
        noise=ClippedPower(factor=0.0088, exponent=-0.65, highest=0.2),
        reference_time=20 * second,
        read_time=250 * ns,
        first_age=1 * second,
        last_age=365 * day,
    )
