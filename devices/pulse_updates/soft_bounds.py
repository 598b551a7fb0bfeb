"""Soft bounds: a step is in proportion to the way that is left to the bound of the cell.

    up:    step up   (highest - G) / (highest - centre),
    down:  step down (G - lowest) / (centre - lowest).

Somewhere a step up and a step down are of one size: the symmetry point, where many alternating
pulses take a cell. Training subtracts a reference that is programmed there, cell by cell, so that
the weight is zero where nothing pulls.

Source: M. J. Rasch et al., IEEE AICAS (2021), the SoftBounds and SoftBoundsReference devices of
IBM's aihwkit; the symmetry point after T. Gokmen, W. Haensch, Front. Neurosci. 14, 103 (2020).
Holds for: filamentary RRAM that moves gradually. The bounds are those of each cell, so that no mean
step takes a cell past them.
Use it for: filamentary RRAM, and training that makes use of the symmetry point.
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
class SoftBounds:
    """Steps that vanish at the bound of the cell, and a reference at the symmetry point."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""
    reference_spread: float
    """Standard deviation of the reference around the symmetry point of its cell [S]."""

    def __post_init__(self) -> None:
        if not self.population.lowest < self.population.centre < self.population.highest:
            raise InvalidInput("the centre of soft bounds must lie between them, not on one")
        if not self.reference_spread >= 0:
            raise InvalidInput(
                f"reference_spread must not be negative, but is {self.reference_spread:.6g} S"
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
        """Bounds and step sizes, and the "reference" that was programmed for each cell, all [S].

        Args:
            shape: of the array of cells.
            rng: the stream that mismatch draws from.
        """
        cells = self.population.draw(shape, rng=rng)
        error = self.reference_spread * rng.standard_normal(shape)
        cells["reference"] = self.symmetry_point(cells=cells) + error
        return cells

    def symmetry_point(self, *, cells: Mapping[str, Array]) -> Array:
        """Conductance at which a step up and a step down have one size [S].

        Args:
            cells: from `draw_cells`.

        Returns:
            Shaped as the arrays in `cells`.
        """
        up, down = cells["step up"], cells["step down"]
        centre = self.population.centre
        return centre + (up - down) / (
            up / (cells["highest"] - centre) + down / (centre - cells["lowest"])
        )

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """The step at a conductance, with its sign, zero past the bound [S]; see `PulseUpdate`."""
        centre, lowest, highest = self.population.centre, cells["lowest"], cells["highest"]
        left_up = (highest - conductance).clip(min=0.0) / (highest - centre)
        left_down = (conductance - lowest).clip(min=0.0) / (centre - lowest)
        return array_namespace(conductance).where(
            up, cells["step up"] * left_up, -cells["step down"] * left_down
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
