"""The generic 180 nm technology: a BSIM4 card of our own, with no foundry's data in it.

Its numbers are typical of a 1.8 V process, and chosen so that transistors behave like a textbook
far below threshold: `pdiblc1` and `pdiblc2` are zero, which BSIM4's own defaults are not, so that
the output conductance there is small. Corners and mismatch coefficients are ours as well: 180 nm
processes lie around them.

Holds for: widths and lengths from 0.18 um to 100 um, 0 to 1.8 V, 250 to 400 K.

Source: the parameters are those of BSIM4 4.8.2, University of California, Berkeley.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.semiconductors import Mosfet
from ohmloom.circuits.netlist import Definition
from ohmloom.circuits.technologies.technology import (
    CORNERS,
    Pelgrom,
    WeakInversion,
    check_corner,
    check_polarity,
    check_size,
)
from ohmloom.physical_constants import boltzmann, elementary_charge
from ohmloom.si import fA, mV, um, volt

_SHARED: Final[Mapping[str, float | str]] = MappingProxyType(
    {
        "level": 14,
        "version": "4.8.2",
        "toxe": 4.1e-9,
        "k1": 0.55,
        "nfactor": 1.4,
        "ua": 1e-10,
        "ub": 1.5e-18,
        "vsat": 9e4,
        "voff": -0.1,
        "cdsc": 2e-4,
        "eta0": 0.005,
        "dsub": 0.5,
        "pclm": 0.3,
        "pdiblc1": 0.0,
        "pdiblc2": 0.0,
        "xj": 1.5e-7,
        "ndep": 1.7e17,
        "cgso": 2.5e-10,
        "cgdo": 2.5e-10,
        "cjs": 1e-3,
        "cjd": 1e-3,
        "cjsws": 2e-10,
        "cjswd": 2e-10,
        "jss": 1e-7,
        "jsd": 1e-7,
        "jsws": 1e-14,
        "jswd": 1e-14,
        "igcmod": 0,
        "igbmod": 0,
    }
)
_OF_POLARITY: Final[Mapping[str, Mapping[str, float]]] = MappingProxyType(
    {
        "n": {"vth0": 0.45, "k2": -0.02, "u0": 0.035, "rdsw": 150},
        "p": {"vth0": -0.45, "k2": -0.01, "u0": 0.010, "rdsw": 300},
    }
)
_CORNER_SHIFT: Final = 40 * mV
"""Of the magnitude of the threshold at a slow corner; a fast one is as far on the other side."""
_CORNER_MOBILITY: Final = 0.08
"""Loss of mobility at a slow corner [1]."""
_LARGEST: Final = 100 * um
_SMALLEST: Final = 0.18 * um

# Read off the card with ngspice, W/L = 1/1 um, saturated, from 0 to 0.2 V, at 300.15 K.
_SLOPE_FACTOR: Final = MappingProxyType({"n": 1.219, "p": 1.219})
_LEAKAGE: Final = MappingProxyType({"n": 7.42 * fA, "p": 2.09 * fA})


@dataclass(frozen=True, kw_only=True)
class GenericTechnology:
    """The generic technology at one corner."""

    corner: str
    """One of `corners`: first n, then p; t typical, s slow, f fast."""

    def __post_init__(self) -> None:
        check_corner(self.name, self.corner, self.corners)

    @property
    def name(self) -> str:
        """Its name."""
        return "generic"

    @property
    def supply(self) -> float:
        """1.8 V."""
        return 1.8 * volt

    @property
    def corners(self) -> tuple[str, ...]:
        """All five."""
        return CORNERS

    def at_corner(self, corner: str) -> "GenericTechnology":
        """The same at another corner."""
        return replace(self, corner=corner)

    def transistor(
        self,
        *,
        name: str,
        polarity: str,
        drain: str,
        gate: str,
        source: str,
        bulk: str,
        width: float,
        length: float,
    ) -> Mosfet:
        """A transistor; sizes in metres."""
        check_polarity(polarity)
        check_size(self.name, name, width, length, smallest=_SMALLEST, largest=_LARGEST)
        return Mosfet(
            name=name,
            drain=drain,
            gate=gate,
            source=source,
            bulk=bulk,
            model=f"{polarity}ch",
            polarity=polarity,
            width=width,
            length=length,
        )

    def definitions(self) -> tuple[Definition, ...]:
        """Both model cards."""
        return tuple(self._card(polarity) for polarity in ("n", "p"))

    def pelgrom(self, polarity: str) -> Pelgrom:
        """3.5 mV um and 1 % um, of one device, n and p alike."""
        check_polarity(polarity)
        return Pelgrom(threshold=3.5 * mV * um, current_factor=0.01 * um)

    def weak_inversion(self, polarity: str, *, temperature: float) -> WeakInversion:
        """Of a square micrometre, at 27 degrees Celsius off the card, elsewhere by physics.

        The slope factor is that of the depletion layer and does not change; the leakage follows the
        threshold, which falls by kt1 = -0.11 V over the relative rise of the temperature (BSIM4's
        default), and the mobility, which falls with its power of -1.5. Within 10 % of the card from
        273 to 358 K.
        """
        check_polarity(polarity)
        slope = _SLOPE_FACTOR[polarity]
        reference = 300.15
        thermal = boltzmann * temperature / elementary_charge
        thermal_then = boltzmann * reference / elementary_charge
        magnitude = 0.45
        shift, factor = self._deviation(polarity)
        threshold = magnitude + shift - 0.11 * (temperature / reference - 1.0)
        # I0 is proportional to mobility x U_T^2 x exp(-V_T / (n U_T)).
        exponent = magnitude / (slope * thermal_then) - threshold / (slope * thermal)
        scale = factor * (temperature / reference) ** 0.5
        leakage = _LEAKAGE[polarity] * scale * math.exp(exponent)
        return WeakInversion(leakage=leakage, slope_factor=slope, scales_with_size=False)

    def _deviation(self, polarity: str) -> tuple[float, float]:
        """Shift of the threshold's magnitude and factor of the mobility at this corner."""
        letter = self.corner[0 if polarity == "n" else 1]
        slow = {"t": 0.0, "s": 1.0, "f": -1.0}[letter]
        return slow * _CORNER_SHIFT, 1.0 - slow * _CORNER_MOBILITY

    def _card(self, polarity: str) -> ModelCard:
        own = dict(_OF_POLARITY[polarity])
        shift, factor = self._deviation(polarity)
        own["vth0"] += shift if polarity == "n" else -shift
        own["u0"] *= factor
        return ModelCard(name=f"{polarity}ch", kind=f"{polarity}mos", parameters={**_SHARED, **own})


def generic(corner: str = "tt") -> GenericTechnology:
    """The generic technology.

    Args:
        corner: "tt", "ss", "ff", "sf" or "fs".

    Raises:
        InvalidInput: another corner.
    """
    return GenericTechnology(corner=corner)
