"""Technology: makes transistors, knows their models, corners and mismatch."""

import math
from dataclasses import dataclass
from typing import Final, Protocol, Self

from ohmloom.circuits.elements.semiconductors import Transistor
from ohmloom.circuits.netlist import Definition
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import um


@dataclass(frozen=True, kw_only=True)
class Pelgrom:
    """How single transistors of one kind scatter: standard deviation = coefficient / sqrt(W L).

    Of one device. Papers quote the difference of a pair, which scatters sqrt(2) times as much:
    `PelgromOfPairs`, another type, so that the two are never confused.
    """

    threshold: float
    """A_VT of one device [V m]."""
    current_factor: float
    """A_beta of one device [m]."""

    def threshold_deviation(self, width: float, length: float) -> float:
        """Standard deviation of the threshold of one device of that size in metres [V]."""
        return self.threshold / math.sqrt(width * length)

    def factor_deviation(self, width: float, length: float) -> float:
        """Standard deviation of the current factor of one device of that size in metres [1]."""
        return self.current_factor / math.sqrt(width * length)


@dataclass(frozen=True, kw_only=True)
class PelgromOfPairs:
    """How the two transistors of a pair differ, as papers quote it."""

    threshold: float
    """A_VT of the difference of a pair [V m]."""
    current_factor: float
    """A_beta of the difference of a pair [m]."""

    def of_one_device(self) -> Pelgrom:
        """How each of the two scatters by itself."""
        return Pelgrom(
            threshold=self.threshold / math.sqrt(2.0),
            current_factor=self.current_factor / math.sqrt(2.0),
        )


@dataclass(frozen=True, kw_only=True)
class WeakInversion:
    """A transistor far below threshold, saturated: I = I0 (W/L) exp((V_G - n V_S) / (n U_T))."""

    leakage: float
    """I0, the current of a square transistor at V_G = V_S = V_B, magnitude [A]."""
    slope_factor: float
    """n, one over kappa [1]."""
    scales_with_size: bool
    """Whether currents go with W/L at any size, and with V_S over U_T: only then do closed forms
    hold between transistors of different size or source voltage. Silicon does not, and BSIM4
    neither: short channels, narrow ones and the body effect change the threshold."""


class Technology(Protocol):
    """A process at one corner."""

    @property
    def name(self) -> str:
        """Such as "generic"."""
        ...

    @property
    def supply(self) -> float:
        """Nominal supply voltage [V]."""
        ...

    @property
    def corner(self) -> str:
        """The corner that it is at, such as "tt"."""
        ...

    @property
    def corners(self) -> tuple[str, ...]:
        """All corners, the typical one first."""
        ...

    def at_corner(self, corner: str) -> Self:
        """The same process at another corner; raises `InvalidInput` for one that it has not."""
        ...

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
    ) -> Transistor:
        """A transistor, `polarity` "n" or "p", sizes in metres, `name` without a letter."""
        ...

    def definitions(self) -> tuple[Definition, ...]:
        """What a netlist with its transistors has to define."""
        ...

    def pelgrom(self, polarity: str) -> Pelgrom:
        """How transistors of one polarity scatter."""
        ...

    def weak_inversion(self, polarity: str, *, temperature: float) -> WeakInversion:
        """Transistors of one polarity far below threshold, at a temperature [K]."""
        ...


CORNERS: Final = ("tt", "ss", "ff", "sf", "fs")
"""Corners of most technologies: first n, then p; t typical, s slow, f fast."""


def check_corner(technology: str, corner: str, corners: tuple[str, ...]) -> None:
    """Raise `InvalidInput` for a corner that a technology has not."""
    if corner not in corners:
        raise InvalidInput(
            f"technology {technology!r} has no corner {corner!r}; it has {', '.join(corners)}"
        )


def check_polarity(polarity: str) -> None:
    """Raise `InvalidInput` unless it is "n" or "p"."""
    if polarity not in {"n", "p"}:
        raise InvalidInput(f"a transistor has the polarity {polarity!r}; it must be 'n' or 'p'")


def check_size(
    technology: str, name: str, width: float, length: float, *, smallest: float, largest: float
) -> None:
    """Raise `OutOfModelRange` for a channel that the models do not cover [m]."""
    slack = 1e-9
    for what, size in (("width", width), ("length", length)):
        if not smallest * (1 - slack) <= size <= largest * (1 + slack):
            raise OutOfModelRange(
                f"transistor {name!r} has a {what} of {size / um:.4g} um; {technology!r} covers "
                f"{smallest / um:.4g} to {largest / um:.4g} um"
            )
