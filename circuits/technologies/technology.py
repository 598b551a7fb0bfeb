"""Technology: makes transistors, knows their models, corners and mismatch."""

from dataclasses import dataclass
from typing import Protocol, Self

from ohmloom.circuits.elements.semiconductors import Transistor
from ohmloom.circuits.netlist import Definition


@dataclass(frozen=True, kw_only=True)
class Pelgrom:
    """How single transistors of one kind scatter: standard deviation = coefficient / sqrt(W L).

    Per device: the difference of a pair scatters sqrt(2) times as much. `per_pair` makes one from
    the coefficients of pairs that papers quote.
    """

    threshold: float
    """A_VT of one device [V m]."""
    current_factor: float
    """A_beta of one device [m]."""


@dataclass(frozen=True, kw_only=True)
class WeakInversion:
    """A transistor far below threshold, saturated: I = I0 (W/L) exp((V_G - n V_S) / (n U_T))."""

    leakage: float
    """I0, the current of a square transistor at V_G = V_S = V_B, magnitude [A]."""
    slope_factor: float
    """n, one over kappa [1]."""


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
