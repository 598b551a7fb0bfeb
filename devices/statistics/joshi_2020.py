"""Phase-change cells of Joshi et al. (2020), with the programming error that CrossSim read off.

Source: V. Joshi et al., Nat. Commun. 11, 2473 (2020), figure 3b; the quadratic fit is the one that
Sandia's CrossSim distributes, which has no drift. The cells are of the same kind as those of
`nandakumar_2019`, from which drift and read noise are taken.
Holds for: 0.25 to 25 uS, the range that CrossSim recommends. The error was measured 27 s after
programming and therefore contains a little drift. The two fits of the error differ by up to 9 %,
most at small conductance.
Use it for: phase-change inference with the smaller of the two published programming errors in view:
where results hinge on that error, compare with `nandakumar_2019`.
"""

from dataclasses import replace

from ohmloom.devices.statistics.nandakumar_2019 import nandakumar_2019
from ohmloom.devices.statistics.phase_change import PhaseChange
from ohmloom.devices.statistics.state_law import Polynomial
from ohmloom.si import uS


def joshi_2020() -> PhaseChange:
    """The cells up to 25 uS.

    >>> import numpy as np
    >>> f"{joshi_2020().spread(np.array(25 * uS), 0.0) / uS:.4f}"
    '1.0655'
    """
    full = 25.0  # the fit is in uS
    return replace(
        nandakumar_2019(),
        programming=Polynomial(
            coefficients=(
                0.28638599 * uS,
                0.07585724 * full * uS,
                -0.00178767 * full**2 * uS,
            )
        ),
    )
