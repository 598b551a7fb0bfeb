"""Piecewise step: a measured step size at a few places of the window, and straight lines between.

The places are evenly spaced from the lower to the upper bound of the cell; each direction has its
own sizes, as multiples of the step size of the cell.

Source: M. J. Rasch et al., IEEE AICAS (2021), the PiecewiseStep device of IBM's aihwkit.
Holds for: whatever was measured, as well as the nodes are close.
Use it for: a measured response that none of the formulas follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.cycle_noise import CycleNoise
from ohmloom.devices.pulse_updates.pulse_update import pulsed
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws


@dataclass(frozen=True, kw_only=True)
class PiecewiseStep:
    """Steps interpolated between nodes."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""
    nodes_up: tuple[float, ...]
    """Steps up over the step size, from the lower to the upper bound, two or more [1]."""
    nodes_down: tuple[float, ...]
    """Steps down over the step size, from the lower to the upper bound, two or more [1]."""

    def __post_init__(self) -> None:
        for name in ("nodes_up", "nodes_down"):
            nodes = getattr(self, name)
            if len(nodes) < 2 or not all(node >= 0 for node in nodes):
                raise InvalidInput(
                    f"{name} must be two or more numbers, none negative, but are {nodes}"
                )

    @property
    def lowest(self) -> float:
        """Nominal lower bound of the conductance [S]."""
        return self.population.lowest

    @property
    def highest(self) -> float:
        """Nominal upper bound of the conductance [S]."""
        return self.population.highest

    @property
    def write_noise(self) -> float:
        """Standard deviation of the conductance that shows around the hidden one [S]."""
        return self.population.write_noise

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:
        """Bounds and step sizes [S]; see `PulseUpdate.draw_cells`."""
        return self.population.draw(shape, rng=rng)

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """The step at a conductance, with its sign [S]; see `PulseUpdate.step`."""
        span = cells["highest"] - cells["lowest"]
        place = ((conductance - cells["lowest"]) / span).clip(min=0.0, max=1.0)
        return array_namespace(conductance).where(
            up,
            cells["step up"] * _between(place, self.nodes_up),
            -cells["step down"] * _between(place, self.nodes_down),
        )

    def step_spread(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """Standard deviation of that change from pulse to pulse [S]; see `PulseUpdate`."""
        step = self.step(conductance, up, cells=cells)
        unit = array_namespace(conductance).where(up, cells["step up"], cells["step down"])
        return self.noise.spread(step, unit, conductance - self.population.centre)

    def apply(
        self, conductance: Array, pulses: Array, *, cells: Mapping[str, Array], rng: Draws
    ) -> Array:
        """Conductance after a number of unit pulses, with noise [S]; see `PulseUpdate.apply`."""
        return pulsed(self, conductance, pulses, cells=cells, rng=rng)


def _between(place: Array, nodes: tuple[float, ...]) -> Array:
    """Linear interpolation of nodes that are evenly spaced from 0 to 1."""
    total = 0.0 * place
    for index, node in enumerate(nodes):
        # A hat over each node: no search, so that numpy and torch take the same way.
        total = total + node * (1.0 - abs(place * (len(nodes) - 1) - index)).clip(min=0.0)
    return total
