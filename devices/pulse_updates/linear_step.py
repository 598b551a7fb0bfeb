"""Linear step: the step changes in proportion to the distance from the centre.

    up:    step up   (1 - d_up (G - centre) / (highest - centre)),
    down:  step down (1 - d_down (centre - G) / (centre - lowest)).

With a decrease d of one a step vanishes at its bound; with zero it is constant.

Source: M. J. Rasch et al., IEEE AICAS (2021), the LinearStep device of IBM's aihwkit.
Holds for: ECRAM and capacitor cells, which it was fitted to. The slope refers to the nominal
bounds, as in those fits, and the decrease of a cell is never negative.
Use it for: devices whose steps shrink gently towards the bounds, such as ECRAM and capacitor cells.
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
class LinearStep:
    """Steps that shrink linearly on the way to their bound."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""
    decrease_up: float
    """Share of the step up that is lost from the centre to the nominal upper bound [1]."""
    decrease_down: float
    """Share of the step down that is lost from the centre to the nominal lower bound [1]."""
    decrease_up_spread: float
    """Standard deviation of `decrease_up` from cell to cell [1]."""
    decrease_down_spread: float
    """Standard deviation of `decrease_down` from cell to cell [1]."""

    def __post_init__(self) -> None:
        if not self.population.lowest < self.population.centre < self.population.highest:
            raise InvalidInput(
                "the centre of a linear step must lie between its bounds, not on one"
            )
        if not (self.decrease_up_spread >= 0 and self.decrease_down_spread >= 0):
            raise InvalidInput(
                f"the spreads must not be negative, but they are {self.decrease_up_spread:.6g} and "
                f"{self.decrease_down_spread:.6g}"
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
        """Bounds and step sizes [S], "decrease up" and "decrease down" [1]; see `PulseUpdate`."""
        cells = self.population.draw(shape, rng=rng)
        for name, mean, spread in (
            ("decrease up", self.decrease_up, self.decrease_up_spread),
            ("decrease down", self.decrease_down, self.decrease_down_spread),
        ):
            cells[name] = abs(mean + spread * rng.standard_normal(shape))
        return cells

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """The step at a conductance, with its sign [S]; see `PulseUpdate.step`."""
        xp = array_namespace(conductance)
        population = self.population
        offset = conductance - population.centre
        above = offset / (population.highest - population.centre)
        below = -offset / (population.centre - population.lowest)
        return xp.where(
            up,
            cells["step up"] * (1.0 - cells["decrease up"] * above),
            -cells["step down"] * (1.0 - cells["decrease down"] * below),
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
