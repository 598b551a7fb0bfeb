"""Phase-change cells of the IBM HERMES project chip, 14 nm: one or two for each polarity.

Source: M. Le Gallo et al., Nat. Electron. 6, 680-693 (2023); programming with two cells after
A. Vasilopoulos et al., IEEE TED (2023). The fits are those that IBM's aihwkit distributes.
Holds for: 0 to 10.35 uS (one cell) or 20.7 uS (two cells in parallel, counted as one). The fits do
not say for how long the cells were watched; such fits are used from 1 s to 1 year.
With two cells the drift is that of two cells in the same state, a simplification of aihwkit; the
programming of the chip spreads a weight over them in another way and drifts less.
Use it for: inference on the cells of a chip that exists, and to weigh one cell for each polarity
against two.
"""

from ohmloom.devices.statistics.phase_change import PhaseChange
from ohmloom.devices.statistics.state_law import ClippedLogarithm, Joined, Polynomial
from ohmloom.si import day, ns, second, uS

_EXPONENT_MEAN = Joined(
    border=0.0945,
    below=ClippedLogarithm(slope=-0.0387, offset=-0.0182, lowest=0.0720, highest=0.13),
    above=Polynomial(coefficients=(0.0736, -0.0126, -0.0436)),
)


def le_gallo_2023_one_device() -> PhaseChange:
    """One cell for each polarity of a weight, up to 10.35 uS.

    >>> import numpy as np
    >>> f"{le_gallo_2023_one_device().spread(np.array(10.35 * uS), 0.0) / uS:.4f}"
    '1.0076'
    """
    return PhaseChange(
        highest=10.35 * uS,
        programming=Polynomial(
            coefficients=(
                0.15781817 * uS,
                2.32443916 * uS,
                -2.16310839 * uS,
                0.68841818 * uS,
            )
        ),
        exponent_mean=_EXPONENT_MEAN,
        exponent_spread=Joined(
            border=0.3039,
            below=ClippedLogarithm(slope=-0.0120, offset=-0.0023, lowest=0.0124, highest=0.04),
            above=Polynomial(coefficients=(0.0104, 0.0116, -0.0165)),
        ),
        noise=Joined(
            border=0.1591,
            below=ClippedLogarithm(slope=-0.0078, offset=0.0038, lowest=0.0179, highest=0.04),
            above=Polynomial(coefficients=(0.0088, 0.0768, -0.1352, 0.0664)),
        ),
        reference_time=200 * second,
        read_time=512 * ns,
        first_age=1 * second,
        last_age=365 * day,
    )


def le_gallo_2023_two_devices() -> PhaseChange:
    """Two cells in parallel for each polarity of a weight, up to 20.7 uS together.

    >>> import numpy as np
    >>> f"{le_gallo_2023_two_devices().spread(np.array(20.7 * uS), 0.0) / uS:.4f}"
    '1.0927'
    """
    return PhaseChange(
        highest=20.7 * uS,
        programming=Polynomial(
            coefficients=(
                0.16603222 * uS,
                4.71806468 * uS,
                -8.48101252 * uS,
                4.68961419 * uS,
            )
        ),
        exponent_mean=_EXPONENT_MEAN,
        exponent_spread=Joined(
            border=0.3055,
            below=ClippedLogarithm(slope=-0.0117, offset=-0.0057, lowest=0.0091, highest=0.04),
            above=Polynomial(coefficients=(0.0073, 0.0093, -0.0118)),
        ),
        noise=Joined(
            border=0.16,
            below=ClippedLogarithm(slope=-0.0117, offset=-0.0069, lowest=0.015, highest=0.04),
            above=Polynomial(coefficients=(0.0123, 0.0211, -0.0280, 0.0069)),
        ),
        reference_time=300 * second,
        read_time=512 * ns,
        first_age=1 * second,
        last_age=365 * day,
    )
