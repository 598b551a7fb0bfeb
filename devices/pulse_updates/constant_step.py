"""Constant step: a pulse moves a cell by the same amount wherever it is, until it meets a bound.

Source: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016); the ConstantStep device of IBM's
aihwkit.
Holds for: an ideal to aim at. Real cells move less as they approach a bound.
Use it for: specifications, and a bar to hold real devices against.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.pulse_updates.cell_population import CellPopulation
from ohmloom.devices.pulse_updates.cycle_noise import CycleNoise
from ohmloom.devices.pulse_updates.pulse_update import pulsed
from ohmloom.randomness import Draws


@dataclass(frozen=True, kw_only=True)
class ConstantStep:
    """Steps of one size in each direction."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""

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
        """The step size of the cell, with its sign [S]; see `PulseUpdate.step`."""
        xp = array_namespace(conductance)
        return xp.where(up, cells["step up"], -cells["step down"]) + 0.0 * conductance

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
