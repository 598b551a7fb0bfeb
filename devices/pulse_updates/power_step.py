"""Power step: a step is a power of the way that is left to the bound of the cell.

    up:    step up   ((highest - G) / (highest - lowest))^p_up,
    down:  step down ((G - lowest) / (highest - lowest))^p_down.

With powers of one these are soft bounds, counted from the far end of the window.

Source: M. J. Rasch et al., IEEE AICAS (2021), the PowStep device of IBM's aihwkit.
Holds for: devices whose pulse response somebody fitted with it; no published fit is known here.
Use it for: fits in which the curvature of the response is free.
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
class PowerStep:
    """Steps that are a power of the way that is left."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""
    power_up: float
    """Power p_up [1]."""
    power_down: float
    """Power p_down [1]."""
    power_spread: float
    """Standard deviation of a common factor of both powers from cell to cell [1]."""
    power_asymmetry_spread: float
    """Standard deviation of what one power gains and the other loses, over each power [1]."""

    def __post_init__(self) -> None:
        if not (self.power_up > 0 and self.power_down > 0):
            raise InvalidInput(
                f"the powers must be above zero, but they are {self.power_up:.6g} and "
                f"{self.power_down:.6g}"
            )
        if not (self.power_spread >= 0 and self.power_asymmetry_spread >= 0):
            raise InvalidInput(
                f"the spreads must not be negative, but they are {self.power_spread:.6g} and "
                f"{self.power_asymmetry_spread:.6g}"
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
        """Bounds and step sizes [S], "power up" and "power down" [1]; see `PulseUpdate`."""
        cells = self.population.draw(shape, rng=rng)
        common = 1.0 + self.power_spread * rng.standard_normal(shape)
        apart = self.power_asymmetry_spread * rng.standard_normal(shape)
        cells["power up"] = self.power_up * abs(common + apart)
        cells["power down"] = self.power_down * abs(common - apart)
        return cells

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:
        """The step at a conductance, with its sign, zero past the bound [S]; see `PulseUpdate`."""
        span = cells["highest"] - cells["lowest"]
        left_up = ((cells["highest"] - conductance) / span).clip(min=0.0)
        left_down = ((conductance - cells["lowest"]) / span).clip(min=0.0)
        return array_namespace(conductance).where(
            up,
            cells["step up"] * left_up ** cells["power up"],
            -cells["step down"] * left_down ** cells["power down"],
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
