"""White read noise: every reading is off by a new, independent normal amount.

Two models. `WhiteNoise` has the spread that somebody measured, as a share of the conductance and a
floor. `ThermalAndShotNoise` has the one that physics asks of any reading: the noise current of a
conductor at a temperature and that of single charges, in the bandwidth of the reading,

    sd(I)^2 = (4 k T G + 2 e |I|) B,    I = G V,

divided by the voltage.

Source: H. Nyquist, Phys. Rev. 32, 110 (1928); W. Schottky, Ann. Phys. 362, 541 (1918); their sum
with a bandwidth of 100 MHz is the read model of Synaptogen, T. Hennen et al., Front. Neurosci.
(2022).
Holds for: readings further apart than the inverse of the bandwidth, and noise that has no memory:
traps and 1/f noise are other models. Shot noise in full is an upper limit for a device in which
charges scatter, where it is smaller; adding both counts the thermal part twice at low voltage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.noise.read_noise import Amplitude, check_passed, spread_of
from ohmloom.errors import InvalidInput
from ohmloom.physical_constants import boltzmann, elementary_charge
from ohmloom.randomness import Draws

_NOTHING: Mapping[str, FloatArray] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class WhiteNoise:
    """Normal noise of a given spread."""

    amplitude: Amplitude
    """Standard deviation of one reading."""
    bandwidth: float
    """Frequency up to which the noise extends; readings are at least 1 / (2 bandwidth) apart
    [Hz]."""

    def __post_init__(self) -> None:
        _check_above_zero(self.bandwidth, "bandwidth", "Hz")

    def draw_cells(
        self,
        shape: tuple[int, ...],  # noqa: ARG002  cells do not differ
        *,
        rng: Draws,  # noqa: ARG002
    ) -> Mapping[str, FloatArray]:
        """Nothing."""
        return _NOTHING

    def start(
        self,
        shape: tuple[int, ...],
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,  # noqa: ARG002  nothing is remembered
    ) -> FloatArray:
        """No state: shape (0, *shape)."""
        return np.empty((0, *shape))

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,  # noqa: ARG002
    ) -> FloatArray:
        """The same: nothing is remembered."""
        check_passed(seconds)
        return state

    def deviation(
        self,
        conductance: Array,
        state: Array,  # noqa: ARG002
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """Zero, shaped as `conductance` [S]."""
        return 0.0 * conductance

    def reading_spread(self, conductance: Array) -> Array:
        """Standard deviation of one reading [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
        """
        return self.amplitude.spread(conductance)

    def spectrum(
        self,
        frequency: Array,
        conductance: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """The variance over the bandwidth, up to the bandwidth, zero above [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance` [Hz].
            conductance: the truth [S].
            cells: nothing.
        """
        return _flat(self.amplitude.variance(conductance), frequency, self.bandwidth)


@dataclass(frozen=True, kw_only=True)
class ThermalAndShotNoise:
    """Johnson and full shot noise of a reading."""

    voltage: float
    """Voltage of the reading, not zero [V]."""
    temperature: float
    """Of the device [K]."""
    bandwidth: float
    """Of the reading [Hz]."""

    def __post_init__(self) -> None:
        _check_above_zero(abs(self.voltage), "the size of voltage", "V")
        _check_above_zero(self.temperature, "temperature", "K")
        _check_above_zero(self.bandwidth, "bandwidth", "Hz")

    def draw_cells(
        self,
        shape: tuple[int, ...],  # noqa: ARG002  cells do not differ
        *,
        rng: Draws,  # noqa: ARG002
    ) -> Mapping[str, FloatArray]:
        """Nothing."""
        return _NOTHING

    def start(
        self,
        shape: tuple[int, ...],
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,  # noqa: ARG002  nothing is remembered
    ) -> FloatArray:
        """No state: shape (0, *shape)."""
        return np.empty((0, *shape))

    def advance(
        self,
        state: FloatArray,
        seconds: FloatArray | float,
        *,
        cells: Mapping[str, FloatArray],  # noqa: ARG002
        rng: Draws,  # noqa: ARG002
    ) -> FloatArray:
        """The same: nothing is remembered."""
        check_passed(seconds)
        return state

    def deviation(
        self,
        conductance: Array,
        state: Array,  # noqa: ARG002
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """Zero, shaped as `conductance` [S]."""
        return 0.0 * conductance

    def reading_spread(self, conductance: Array) -> Array:
        """Standard deviation of one reading [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].

        >>> from ohmloom.si import hertz, kelvin, uS, volt
        >>> reading = ThermalAndShotNoise(
        ...     voltage=0.2 * volt, temperature=300 * kelvin, bandwidth=1e8 * hertz
        ... )
        >>> f"{reading.reading_spread(np.array(100 * uS)) / uS:.4f}"
        '0.1420'
        """
        return spread_of(self._density(conductance) * self.bandwidth)

    def spectrum(
        self,
        frequency: Array,
        conductance: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002
    ) -> Array:
        """(4 k T G + 2 e |I|) / V^2 up to the bandwidth, zero above [S^2/Hz].

        Args:
            frequency: broadcasts with `conductance` [Hz].
            conductance: the truth [S].
            cells: nothing.
        """
        return _flat(self._density(conductance) * self.bandwidth, frequency, self.bandwidth)

    def _density(self, conductance: Array) -> Array:
        thermal = 4 * boltzmann * self.temperature
        shot = 2 * elementary_charge * abs(self.voltage)
        return (thermal + shot) * abs(conductance) / self.voltage**2


def _flat(variance: Array, frequency: Array, bandwidth: float) -> Array:
    xp = array_namespace(frequency)
    return variance / bandwidth * xp.astype(frequency <= bandwidth, frequency.dtype)


def _check_above_zero(value: float, name: str, unit: str) -> None:
    if not value > 0:
        raise InvalidInput(f"{name} must be above zero, but is {value:.6g} {unit}")
