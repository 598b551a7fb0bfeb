"""HfO2 cells programmed by ramping the gate: the error of a 4 kbit array.

Source: V. Milo et al., IRPS (2021), figure 4, algorithm IGVVA-100; the linear fit is the one that
Sandia's CrossSim distributes.
Holds for: 50 to 225 uS, right after programming. Ageing and read noise were not published with it,
so that the cells hold still; the source gives no age either, and the first second is assumed. The
curve of current over voltage is in `cell_current.py`.
Use it for: the error that programming alone leaves, such as how many levels a cell can hold. Not
for anything that depends on time.
"""

from ohmloom.devices.statistics.state_law import Polynomial
from ohmloom.devices.statistics.still_cells import StillCells
from ohmloom.si import second, uS, us


def milo_2021() -> StillCells:
    """The array, 50 to 225 uS.

    >>> import numpy as np
    >>> f"{milo_2021().spread(np.array(100 * uS), 1.0) / uS:.3f}"
    '3.872'
    """
    return StillCells(
        lowest=50 * uS,
        highest=225 * uS,
        programming=Polynomial(coefficients=(4.782321 * uS, -0.009107 * 225 * uS)),
        smallest_written=0.0,
        first_age=1 * us,
        last_age=1 * second,
    )
