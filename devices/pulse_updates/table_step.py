"""A pulse that moves a cell as a table says: mean and spread of the step over conductance.

Between the points of the table mean and spread are straight lines. n pulses move a cell n times as
far as one, with sqrt(n) times the spread; a cell does not pass its bounds.

Source: the table of the electrochemical memory ENODe, distributed with Sandia's CrossSim.
Holds for: the pulses of the table, one amplitude and width; small steps, so that the conductance
hardly changes under the pulses of one call.
Use it for: devices whose step was tabulated over the conductance, and laws that no formula here
has. The preset is ECRAM that crosses its window in some two hundred pulses.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.linear_interpolation import interpolate
from ohmloom.devices.pulse_updates.pulse_update import pulsed
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import uS


@dataclass(frozen=True, kw_only=True)
class TableStep:
    """Mean and spread of one pulse at a few conductances; all cells are alike."""

    conductances: tuple[float, ...]
    """Points of the table, rising; the first and the last are the bounds of every cell [S]."""
    up_mean: tuple[float, ...]
    """Mean change under one pulse up, one for each point, not negative [S]."""
    up_spread: tuple[float, ...]
    """Standard deviation of it [S]."""
    down_mean: tuple[float, ...]
    """Mean change under one pulse down, one for each point, not positive [S]."""
    down_spread: tuple[float, ...]
    """Standard deviation of it [S]."""

    def __post_init__(self) -> None:
        points = np.asarray(self.conductances)
        if points.size < 2 or not (np.diff(points) > 0).all() or points[0] < 0:
            raise InvalidInput(
                f"conductances must be two or more and rise from zero or more, but are "
                f"{self.conductances} S"
            )
        for name in ("up_mean", "up_spread", "down_mean", "down_spread"):
            values = np.asarray(getattr(self, name))
            if values.shape != points.shape:
                raise InvalidInput(
                    f"{name} must have one value for each of the {points.size} conductances, but "
                    f"has {values.size}"
                )
            sign = -1.0 if name == "down_mean" else 1.0
            if not (sign * values >= 0).all():
                raise InvalidInput(
                    f"{name} must not be {'positive' if sign < 0 else 'negative'}, but has "
                    f"{values.max() if sign < 0 else values.min():.6g} S"
                )

    @property
    def lowest(self) -> float:
        """Lower bound of every cell [S]."""
        return self.conductances[0]

    @property
    def highest(self) -> float:
        """Upper bound of every cell [S]."""
        return self.conductances[-1]

    @property
    def write_noise(self) -> float:
        """Zero: the table gives the conductance that shows [S]."""
        return 0.0

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:  # noqa: ARG002
        """The same bounds for every cell [S]; see `PulseUpdate.draw_cells`. Nothing is drawn."""
        return {"lowest": np.full(shape, self.lowest), "highest": np.full(shape, self.highest)}

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:  # noqa: ARG002
        """Mean of the table [S]; see `PulseUpdate.step`."""
        xp = array_namespace(conductance)
        rise, fall = (self._at(conductance, mean) for mean in (self.up_mean, self.down_mean))
        return xp.where(up, rise, fall)

    def step_spread(
        self,
        conductance: Array,
        up: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002  all cells are alike
    ) -> Array:
        """Standard deviation of the table [S]; see `PulseUpdate.step_spread`."""
        xp = array_namespace(conductance)
        rise, fall = (self._at(conductance, sd) for sd in (self.up_spread, self.down_spread))
        return xp.where(up, rise, fall)

    def apply(
        self, conductance: Array, pulses: Array, *, cells: Mapping[str, Array], rng: Draws
    ) -> Array:
        """Conductance after a number of unit pulses, with noise [S]; see `PulseUpdate.apply`."""
        return pulsed(self, conductance, pulses, cells=cells, rng=rng)

    def _at(self, conductance: Array, values: tuple[float, ...]) -> Array:
        return interpolate(conductance, np.asarray(self.conductances), np.asarray(values))


def enode_ecram() -> TableStep:
    """Electrochemical memory (ENODe), 298 to 978 uS: a summary of the table of CrossSim.

    The table of CrossSim gives whole distributions; here are their means and standard deviations at
    0, 10, 25, 50, 75, 90 and 100 % of the range, to four digits. In units of the range a straight
    line comes close: up 0.01204 - 0.01019 q with a spread of 0.00138, down -(0.002444 + 0.002498 q)
    with 0.00099, q from 0 to 1.

    >>> step = enode_ecram().step(np.array(297.72 * uS), np.array(True), cells={})
    >>> f"{step / uS:.3f}"
    '7.667'
    """
    lowest, highest = 297.72 * uS, 978.28 * uS
    return TableStep(
        conductances=tuple(
            lowest + q * (highest - lowest) for q in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
        ),
        up_mean=tuple(x * uS for x in (7.667, 6.965, 6.734, 5.416, 3.067, 1.433, 0.7576)),
        up_spread=tuple(x * uS for x in (1.13, 0.76, 0.74, 0.97, 1.10, 1.05, 0.87)),
        down_mean=tuple(x * uS for x in (-0.686, -1.162, -2.152, -3.015, -3.303, -2.821, -1.881)),
        down_spread=tuple(x * uS for x in (0.50, 0.52, 0.51, 0.60, 0.63, 0.99, 1.22)),
    )
