"""The pulse response of NeuroSim: exponential curves of a stated nonlinearity.

From its lowest conductance P pulses up take a cell to, and from its highest P pulses down,

    up:    G = G_min + B (1 - exp(-P / A)),
    down:  G = G_max - B (1 - exp(-P / A)),
    B = (G_max - G_min) / (1 - exp(-P_max / A)),    A = a(NL) P_max

with P_max, A and B of each direction. NL is the label of the curve: 0.07 sqrt(2) |NL| is the
largest distance of the normalised curve from the straight line, so that a(NL) is the root of

    b - a - a ln(b / a) = 0.07 sqrt(2) |NL|,    b = 1 / (1 - exp(-1 / a)),

which gives every entry of the table of 900 that NeuroSim distributes. A curve that is steep at the
start and saturates has NL > 0 up and NL < 0 down; the other signs bend it the other way.

A pulse takes a cell on along its curve from where it is. Every update adds normal noise of a share
of the whole window, in proportion to the root of the number of pulses.

Source: P.-Y. Chen, X. Peng, S. Yu, IEEE Transactions on Computer-Aided Design 37(12), 3067-3080
(2018), and the public code.
Holds for: |NL| from 0.01 to 9, the range of the table.
Use it for: comparison with the many studies that state a nonlinearity label, and devices of which
no more than such a label is known.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import ArrayLike

from ohmloom.arrays import Array, FloatArray
from ohmloom.checks import finite
from ohmloom.devices.pulse_updates.pulse_update import moved
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.randomness import Draws
from ohmloom.si import nS, siemens

_DISTANCE = 0.07 * math.sqrt(2.0)
_LEAST, _MOST = 0.01, 9.0


def curve_parameter(nonlinearity: ArrayLike) -> FloatArray:
    """The number a(NL): the pulses in which a curve bends, over all its pulses [1].

    Args:
        nonlinearity: label NL, not zero and smaller in size than 10.1, any shape [1].

    Returns:
        Shaped as `nonlinearity`, with its sign.

    Raises:
        InvalidInput: a label is zero, which is a straight line, or too large for any curve.

    Warns:
        ModelRangeWarning: a label lies outside the table, 0.01 to 9.

    >>> f"{curve_parameter(2.4):.6f} {curve_parameter(-4.88):.6f}"
    '0.499181 -0.200303'
    """
    label = finite(nonlinearity, "nonlinearity")
    size = np.abs(label)
    if not ((size > 0) & (size * _DISTANCE < 1.0)).all():
        raise InvalidInput(
            f"nonlinearity must not be zero and be smaller in size than {1 / _DISTANCE:.4g}, but "
            f"its sizes are {size.min():.6g} to {size.max():.6g}; for a straight line take "
            f"ConstantStep"
        )
    if size.min() < _LEAST or size.max() > _MOST:
        warnings.warn(
            f"nonlinearities of size {size.min():.3g} to {size.max():.3g} leave the table, "
            f"{_LEAST} to {_MOST}; the equation of its entries is used",
            ModelRangeWarning,
            stacklevel=2,
        )
    # The distance falls with a, from 1 to 0: halve the bracket in ln(a).
    low, high = np.full(size.shape, math.log(1e-6)), np.full(size.shape, math.log(1e6))
    for _ in range(60):
        middle = (low + high) / 2
        too_far = _distance(np.exp(middle)) > _DISTANCE * size
        low, high = np.where(too_far, middle, low), np.where(too_far, high, middle)
    found: FloatArray = np.sign(label) * np.exp((low + high) / 2)
    return found


def _distance(a: FloatArray) -> FloatArray:
    b = -1.0 / np.expm1(-1.0 / a)
    gap: FloatArray = b - a - a * np.log(b / a)
    return gap


@dataclass(frozen=True, kw_only=True)
class NeuroSimStep:
    """Steps along one exponential curve up and another down."""

    lowest: float
    """Conductance G_min at which the curves begin and end [S]."""
    highest: float
    """Conductance G_max [S]."""
    pulses_up: float
    """Pulses P_max from `lowest` to `highest` [1]."""
    pulses_down: float
    """Pulses from `highest` to `lowest` [1]."""
    nonlinearity_up: float
    """Label NL of the curve up, above zero if it saturates [1]."""
    nonlinearity_down: float
    """Label NL of the curve down, below zero if it saturates [1]."""
    nonlinearity_spread: float
    """Standard deviation of both labels from cell to cell [1]."""
    cycle_noise: float
    """Standard deviation of one step from pulse to pulse, over the whole window [1]."""

    def __post_init__(self) -> None:
        if not 0 <= self.lowest < self.highest:
            raise InvalidInput(
                f"lowest and highest must rise from zero or more, but are {self.lowest / nS:.6g} "
                f"and {self.highest / nS:.6g} nS"
            )
        if not (self.pulses_up > 0 and self.pulses_down > 0):
            raise InvalidInput(
                f"the numbers of pulses must be above zero, but are {self.pulses_up} and "
                f"{self.pulses_down}"
            )
        if not (self.nonlinearity_spread >= 0 and self.cycle_noise >= 0):
            raise InvalidInput(
                f"nonlinearity_spread and cycle_noise must not be negative, but are "
                f"{self.nonlinearity_spread:.6g} and {self.cycle_noise:.6g}"
            )
        curve_parameter([self.nonlinearity_up, self.nonlinearity_down])

    @property
    def write_noise(self) -> float:
        """Zero: what shows is the conductance [S]."""
        return 0.0 * siemens

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:
        """The window [S] and the curves "bend up" and "bend down", A of each cell in pulses [1].

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.

        Returns:
            By name, each of that shape. Labels that fall outside the table take its nearer end.
        """
        return {
            "lowest": np.full(shape, self.lowest),
            "highest": np.full(shape, self.highest),
            "bend up": self.pulses_up * self._drawn(self.nonlinearity_up, shape, rng=rng),
            "bend down": -self.pulses_down * self._drawn(self.nonlinearity_down, shape, rng=rng),
        }

    def conductance_after(self, pulses: Array, up: Array) -> Array:
        """Conductance after pulses of one direction from the end of the window, without noise [S].

        Args:
            pulses: number, from zero to `pulses_up` or `pulses_down`, numpy or torch, any shape.
            up: True for pulses up from `lowest`, False for pulses down from `highest`.

        Returns:
            Shaped as the arguments broadcast.
        """
        bend_up = self.pulses_up * float(curve_parameter(self.nonlinearity_up))
        bend_down = -self.pulses_down * float(curve_parameter(self.nonlinearity_down))
        xp = array_namespace(pulses)
        return xp.where(
            up,
            self.lowest + self._reach(bend_up, self.pulses_up) * -xp.expm1(-pulses / bend_up),
            self.highest
            - self._reach(bend_down, self.pulses_down) * -xp.expm1(-pulses / bend_down),
        )

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """What one pulse does on the way along the curve [S]; see `PulseUpdate.step`."""
        return self._way(conductance, up, 1.0 + 0.0 * conductance, cells)

    def step_spread(
        self,
        conductance: Array,
        up: Array,  # noqa: ARG002  the noise is the same in both directions
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """The share of the whole window [S]; see `PulseUpdate.step_spread`."""
        return self.cycle_noise * (self.highest - self.lowest) + 0.0 * conductance

    def apply(
        self, conductance: Array, pulses: Array, *, cells: Mapping[str, Array], rng: Draws
    ) -> Array:
        """Conductance after a number of unit pulses, with noise [S]; see `PulseUpdate.apply`.

        Any number of pulses follows the curve exactly.
        """
        up, number = pulses > 0, abs(pulses)
        mean = self._way(conductance, up, number, cells)
        spread = self.step_spread(conductance, up, cells=cells)
        return moved(conductance, mean, spread, number, cells=cells, rng=rng)

    def _way(
        self, conductance: Array, up: Array, number: Array, cells: Mapping[str, Array]
    ) -> Array:
        """Signed change under a number of pulses of one direction [S]."""
        xp = array_namespace(conductance)
        bend_up, bend_down = cells["bend up"], cells["bend down"]
        # More pulses than the whole curve has end at its end, and would overflow on the way.
        share_up = -xp.expm1(-number.clip(max=self.pulses_up) / bend_up)
        share_down = -xp.expm1(-number.clip(max=self.pulses_down) / bend_down)
        left_up = self.lowest + self._reach(bend_up, self.pulses_up) - conductance
        left_down = conductance - (self.highest - self._reach(bend_down, self.pulses_down))
        return xp.where(up, left_up * share_up, -left_down * share_down)

    def _reach(self, bend: Array | float, pulses: float) -> Array:
        """The number B: how far the curve would go with pulses without end [S]."""
        if isinstance(bend, float):
            return (self.highest - self.lowest) / -math.expm1(-pulses / bend)
        return (self.highest - self.lowest) / -array_namespace(bend).expm1(-pulses / bend)

    def _drawn(self, label: float, shape: tuple[int, ...], *, rng: Draws) -> FloatArray:
        drawn = label + self.nonlinearity_spread * rng.standard_normal(shape)
        inside = np.where(drawn < 0, -1.0, 1.0) * np.abs(drawn).clip(_LEAST, _MOST)
        return curve_parameter(inside)


def chen_2018_ag_asi() -> NeuroSimStep:
    """The Ag:a-Si device that NeuroSim distributes as its default.

    3.0769 to 38.462 nS in 97 pulses up (3.2 V, 300 us) and 100 down (-2.8 V, 300 us), with 3.5 % of
    the window as noise of every pulse. All cells are alike here: no spread between them is stated.
    """
    return NeuroSimStep(
        lowest=3.0769 * nS,
        highest=38.462 * nS,
        pulses_up=97,
        pulses_down=100,
        nonlinearity_up=2.4,
        nonlinearity_down=-4.88,
        nonlinearity_spread=0.0,
        cycle_noise=0.035,
    )
