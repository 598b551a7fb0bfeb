"""Programming error of phase-change weights, as used to train analog foundation models.

Source: J. Büchel et al., arXiv 2505.09663 (2025), and its public code: the error of weights that
are scaled, column by column, to a largest absolute value of 180 units. Up to 52.5 units one device
holds a weight, above it two; weights below 0.6 units are set to zero.
Holds for: 0 to 180 units, right after programming. Ageing and read noise are not part of it.

What the source does not say: how many microsiemens a unit is. The caller says it, by the
conductance of 180 units; what is published are the ratios of error to full scale. The source also
lets the error of a small weight turn its sign; one cell cannot, it stops at zero, so that below
about 10 units the mean of the cells lies above, and their spread below, what was published.

Use it for: training that expects the programming error of phase-change weights, where only ratios
to full scale matter.
"""

from ohmloom.devices.statistics.state_law import Joined, Polynomial
from ohmloom.devices.statistics.still_cells import StillCells
from ohmloom.si import second, us

_FULL = 180.0
_ONE_DEVICE = (
    2.5797410660159494,
    0.22419685954327148,
    -0.00371581208142707,
    2.939751381126213e-05,
)
_TWO_DEVICES = (
    2.110295720240385,
    0.2453487119885723,
    -0.003054993405157235,
    1.2329755395573392e-05,
)


def _in_siemens(units: tuple[float, ...], highest: float) -> Polynomial:
    scaled = (c * _FULL**power / _FULL * highest for power, c in enumerate(units))
    return Polynomial(coefficients=tuple(scaled))


def buechel_2025(*, highest: float) -> StillCells:
    """Cells whose full scale of 180 units is `highest`.

    Args:
        highest: conductance of 180 units; not published [S].

    >>> import numpy as np
    >>> from ohmloom.si import uS
    >>> cells = buechel_2025(highest=18 * uS)
    >>> f"{cells.spread(np.array(10 * uS), 1.0) / uS:.4f}"
    '0.8425'
    """
    return StillCells(
        lowest=0.0,
        highest=highest,
        programming=Joined(
            border=52.5 / _FULL,
            below=_in_siemens(_ONE_DEVICE, highest),
            above=_in_siemens(_TWO_DEVICES, highest),
        ),
        smallest_written=0.6 / _FULL * highest,
        first_age=1 * us,
        last_age=1 * second,
    )
