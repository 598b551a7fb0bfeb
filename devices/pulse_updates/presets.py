"""Published pulse responses, as IBM's aihwkit distributes them, in siemens.

The sources, or the fits to them, are in units of a weight: nobody says which conductance a weight
of one is. Every function here therefore takes the conductance window onto which the nominal range
of the weight is mapped, straight. The window of 10 to 30 uS that stands there otherwise is a choice
of this library, wide enough above zero that a bound seldom falls below it, and no measurement.

The ratios are published: step over range, spreads, shape. So is everything that follows from them.

Source: M. J. Rasch et al., IEEE AICAS (2021), the device presets of IBM's aihwkit; the measurements
are named at each function.
Holds for: unit pulses. Left out: the leakage of the capacitor, which is counted in training batches
and not in seconds; the RESET of phase-change cells; cells that are stuck, which
`devices.variability.stuck_cells` draws (13.48 % of the array `gong_2022_optimized`, 9.77 % of
`gong_2022_hfo2`).
Use it for: training on the chip with steps, asymmetry and scatter like those of a device that
exists, and write-verify of many cells, where a pulse must cost nothing to simulate. Compare devices
by ratios, not by microsiemens.
"""

from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.constant_step import ConstantStep
from ohmloom.devices.pulse_updates.cycle_noise import (
    ConstantNoise,
    CycleNoise,
    GrowingNoise,
    ProportionalNoise,
)
from ohmloom.devices.pulse_updates.exponential_step import ExponentialStep
from ohmloom.devices.pulse_updates.linear_step import LinearStep
from ohmloom.devices.pulse_updates.soft_bounds import SoftBounds
from ohmloom.devices.variability.spread import MedianLognormalSpread, NormalSpread, Spread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

_LOWEST, _HIGHEST = 10 * uS, 30 * uS


def gong_2018_exponential(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> ExponentialStep:
    """RRAM of N. Gong et al., Nature Communications 9, 2102 (2018); ReRamES of aihwkit.

    A pulse scatters by five times its step, and what shows by 75 steps.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return ExponentialStep(
        population=_population(
            lowest,
            highest,
            weights=(-1.0, 1.0),
            step=0.00135,
            asymmetry=0.259359,
            step_law=NormalSpread(relative=0.2),
            asymmetry_spread=0.05,
            spreads=(0.3, 0.3),
            write_noise=75.0,
        ),
        noise=ProportionalNoise(relative=5.0),
        slope=-0.5,
        offset=-0.5,
        amplitude_up=-1.18445,
        amplitude_down=-0.081404,
        rate_up=5.0,
        rate_down=5.0,
    )


def gong_2018_soft_bounds(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> SoftBounds:
    """The same RRAM, fitted loosely with soft bounds; ReRamSB of aihwkit.

    Args:
        lowest: conductance of the weight -0.75, a choice [S].
        highest: conductance of the weight 1.25, a choice [S].
    """
    return SoftBounds(
        population=_population(
            lowest,
            highest,
            weights=(-0.75, 1.25),
            step=0.002,
            asymmetry=0.0,
            step_law=NormalSpread(relative=0.3),
            asymmetry_spread=0.01,
            spreads=(0.4, 0.24),
            write_noise=56.0,
        ),
        noise=ConstantNoise(relative=3.75),
        reference_spread=0.0,
    )


def gong_2022_optimized(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> SoftBounds:
    """RRAM array of "optimised material", N. Gong, M. J. Rasch et al., IEDM (2022).

    ReRamArrayOM of aihwkit, adjusted by the compliance to weights from -1 to 1; measured were
    -0.6192 to 1.4839. The lower bound differs by 57 % of its distance to the centre from cell to
    cell; in the window that stands here otherwise, that of one cell in 25 would fall below zero
    siemens and is cut off there.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return _gong_2022(
        lowest,
        highest,
        step=0.0949,
        log_spread=0.7829,
        spreads=(0.5695, 0.3499),
        noise=ConstantNoise(relative=0.4158),
        write_noise=1.4113,
    )


def gong_2022_hfo2(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> SoftBounds:
    """RRAM array of plain HfO2, N. Gong, M. J. Rasch et al., IEDM (2022).

    ReRamArrayHfO2 of aihwkit, adjusted by the compliance to weights from -1 to 1; measured were
    -1.0284 to 1.149. In the window that stands here otherwise, the lower bound of one cell in 21
    would fall below zero siemens and is cut off there.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return _gong_2022(
        lowest,
        highest,
        step=0.4622,
        log_spread=0.7125,
        spreads=(0.5990, 0.4295),
        noise=ConstantNoise(relative=0.2174),
        write_noise=0.5841,
    )


def li_2018_capacitor(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> LinearStep:
    """Capacitor cell of Y. Li et al., VLSI Technology (2018), without leakage.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return LinearStep(
        population=_population(
            lowest,
            highest,
            weights=(-1.0, 1.0),
            step=0.005,
            asymmetry=0.0,
            step_law=NormalSpread(relative=0.1),
            asymmetry_spread=0.06,
            spreads=(0.07, 0.07),
            write_noise=0.0,
        ),
        noise=ConstantNoise(relative=0.3),
        decrease_up=0.05,
        decrease_down=0.05,
        decrease_up_spread=0.01,
        decrease_down_spread=0.01,
    )


def tang_2018_ecram(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> LinearStep:
    """Lithium ECRAM of J. Tang et al., IEDM (2018); EcRam of aihwkit.

    Args:
        lowest: conductance of the weight -0.8276, a choice [S].
        highest: conductance of the weight 1.1724, a choice [S].
    """
    return _ecram(
        lowest,
        highest,
        weights=(-0.8276, 1.1724),
        step=0.002,
        decreases=(0.1153, 0.5085),
        noise=ProportionalNoise(relative=0.3),
    )


def kim_2019_ecram(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> LinearStep:
    """Metal-oxide ECRAM of S. Kim et al., IEDM (2019); EcRamMO of aihwkit.

    Args:
        lowest: conductance of the weight -0.8286, a choice [S].
        highest: conductance of the weight 1.1714, a choice [S].
    """
    return _ecram(
        lowest,
        highest,
        weights=(-0.8286, 1.1714),
        step=2.8214e-4,
        decreases=(0.4152, 0.7342),
        noise=ProportionalNoise(relative=2.0),
    )


def rasch_2019_idealized(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> ConstantStep:
    """An ideal of M. J. Rasch, T. Gokmen, W. Haensch, IEEE Design & Test (2019): 10 000 states.

    Not a device: what `gokmen_vlasov_2016` would be with finer steps and no asymmetry.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return _constant(lowest, highest, step=2e-4, asymmetry_spread=0.0)


def gokmen_vlasov_2016(*, lowest: float = _LOWEST, highest: float = _HIGHEST) -> ConstantStep:
    """The specification of T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016): 1200 states.

    Not a device: what a resistive processing unit was asked to be.

    Args:
        lowest: conductance of the weight -1, a choice [S].
        highest: conductance of the weight 1, a choice [S].
    """
    return _constant(lowest, highest, step=0.0016, asymmetry_spread=0.01)


def nandakumar_2020_pcm(*, lowest: float = 0 * uS, highest: float = 20 * uS) -> ExponentialStep:
    """Phase-change cells of S. R. Nandakumar et al., Front. Neurosci. 14, 406 (2020).

    PCM of aihwkit. The cells crystallise step by step; a pulse down is what the fit says of it, but
    real cells are reset as a whole, so that two of them make one weight. The window of 0 to 20 uS
    that stands here otherwise is a choice as well.

    Args:
        lowest: conductance of the weight 0, a choice [S].
        highest: conductance of the weight 2, a choice [S].
    """
    return ExponentialStep(
        population=_population(
            lowest,
            highest,
            weights=(0.0, 2.0),
            step=0.01,
            asymmetry=0.0,
            step_law=NormalSpread(relative=0.2),
            asymmetry_spread=0.05,
            spreads=(0.0, 0.1),
            write_noise=0.0,
        ),
        noise=GrowingNoise(relative=0.6, floor=0.042 * (highest - lowest) / 2.0, slope=0.108),
        slope=-1.0,
        offset=0.0,
        amplitude_up=-27.235,
        amplitude_down=-2.235,
        rate_up=2.5,
        rate_down=2.5,
    )


def _gong_2022(
    lowest: float,
    highest: float,
    *,
    step: float,
    log_spread: float,
    spreads: tuple[float, float],
    noise: CycleNoise,
    write_noise: float,
) -> SoftBounds:
    return SoftBounds(
        population=_population(
            lowest,
            highest,
            weights=(-1.0, 1.0),
            step=step,
            asymmetry=0.0,
            step_law=MedianLognormalSpread(log_spread=log_spread),
            asymmetry_spread=0.01,
            spreads=spreads,
            write_noise=write_noise,
        ),
        noise=noise,
        # 5 % of the weight 1.
        reference_spread=0.05 * (highest - lowest) / 2.0,
    )


def _ecram(
    lowest: float,
    highest: float,
    *,
    weights: tuple[float, float],
    step: float,
    decreases: tuple[float, float],
    noise: CycleNoise,
) -> LinearStep:
    return LinearStep(
        population=_population(
            lowest,
            highest,
            weights=weights,
            step=step,
            asymmetry=0.0,
            step_law=NormalSpread(relative=0.1),
            asymmetry_spread=0.01,
            spreads=(0.05, 0.05),
            write_noise=0.0,
        ),
        noise=noise,
        decrease_up=decreases[0],
        decrease_down=decreases[1],
        decrease_up_spread=0.05,
        decrease_down_spread=0.05,
    )


def _constant(
    lowest: float, highest: float, *, step: float, asymmetry_spread: float
) -> ConstantStep:
    return ConstantStep(
        population=_population(
            lowest,
            highest,
            weights=(-1.0, 1.0),
            step=step,
            asymmetry=0.0,
            step_law=NormalSpread(relative=0.3),
            asymmetry_spread=asymmetry_spread,
            spreads=(0.3, 0.3),
            write_noise=0.0,
        ),
        noise=ProportionalNoise(relative=0.3),
    )


def _population(
    lowest: float,
    highest: float,
    *,
    weights: tuple[float, float],
    step: float,
    asymmetry: float,
    step_law: Spread,
    asymmetry_spread: float,
    spreads: tuple[float, float],
    write_noise: float,
) -> CellPopulation:
    """The population of a fit: `step` in weights, `write_noise` in steps, spreads low and high."""
    if not 0 <= lowest < highest:
        raise InvalidInput(
            f"the window must rise from zero or more, but it is {lowest / uS:.6g} to "
            f"{highest / uS:.6g} uS"
        )
    per_weight = (highest - lowest) / (weights[1] - weights[0])
    return CellPopulation(
        lowest=lowest,
        centre=lowest - weights[0] * per_weight,
        highest=highest,
        step=step * per_weight,
        asymmetry=asymmetry,
        step_law=step_law,
        asymmetry_spread=asymmetry_spread,
        lowest_spread=spreads[0],
        highest_spread=spreads[1],
        write_noise=write_noise * step * per_weight,
    )
