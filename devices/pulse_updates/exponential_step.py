"""Exponential step: nearly constant far from a bound, and falling off exponentially close to it.

    z = 2 a (G - centre) / (highest - lowest) + b,
    up:    step up   max(0, 1 - A_up exp(g_up z)),
    down:  step down max(0, 1 - A_down exp(-g_down z)).

Source: M. J. Rasch et al., IEEE AICAS (2021), the ExpStep device of IBM's aihwkit.
Holds for: devices whose pulse response somebody fitted with it; the six numbers of the shape have
no meaning one by one.
Use it for: devices whose steps stay alike over most of the window and vanish at its end.
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
class ExponentialStep:
    """Steps of an exponential shape."""

    population: CellPopulation
    """Bounds and step sizes, and how cells differ in them."""
    noise: CycleNoise
    """How a step scatters from pulse to pulse."""
    slope: float
    """Number a: the place of the conductance in its window counts as much as this [1]."""
    offset: float
    """Number b: where the centre lies in the exponential [1]."""
    amplitude_up: float
    """Number A_up; below zero steps are larger than the nominal one [1]."""
    amplitude_down: float
    """Number A_down [1]."""
    rate_up: float
    """Number g_up [1]."""
    rate_down: float
    """Number g_down [1]."""

    def __post_init__(self) -> None:
        if not (self.rate_up >= 0 and self.rate_down >= 0):
            raise InvalidInput(
                f"the rates must not be negative, but they are {self.rate_up:.6g} and "
                f"{self.rate_down:.6g}"
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
        xp = array_namespace(conductance)
        span = cells["highest"] - cells["lowest"]
        z = 2.0 * self.slope * (conductance - self.population.centre) / span + self.offset
        shape_up = (1.0 - self.amplitude_up * xp.exp(self.rate_up * z)).clip(min=0.0)
        shape_down = (1.0 - self.amplitude_down * xp.exp(-self.rate_down * z)).clip(min=0.0)
        return xp.where(up, cells["step up"] * shape_up, -cells["step down"] * shape_down)

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
