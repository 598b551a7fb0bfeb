"""Resistors, capacitors, inductors."""

from dataclasses import dataclass, field
from typing import ClassVar

from ohmloom.circuits.elements.element import (
    Adjustable,
    Value,
    adjusted,
    calling_line,
    check_finite,
    check_names,
    check_positive,
    number,
    settings,
)


@dataclass(frozen=True, kw_only=True)
class Resistor:
    """An ohmic resistor.

    Raises:
        InvalidInput: the resistance is not a positive, finite number, or a name is not usable.

    >>> Resistor(name="load", plus="out", minus="0", resistance=50.0).spice_line()
    'Rload out 0 50.0'
    """

    letter: ClassVar[str] = "R"
    name: str
    """Without the leading R of SPICE."""
    plus: str
    """Node at its first end."""
    minus: str
    """Node at its second end."""
    resistance: Value
    """Above zero [ohm]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        advice = "join the two nodes for a short, leave the resistor out for an open"
        check_positive(self, "resistance", self.resistance, "ohm", advice)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both ends."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"R{self.name} {self.plus} {self.minus} {number(self.resistance)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The resistance."""
        return adjusted(self, resistance=self.resistance)


@dataclass(frozen=True, kw_only=True)
class Capacitor:
    """A capacitor.

    Raises:
        InvalidInput: the capacitance is not a positive, finite number, or a name is not usable.

    >>> Capacitor(name="mem", plus="vmem", minus="0", capacitance=2e-12).spice_line()
    'Cmem vmem 0 2e-12'
    """

    letter: ClassVar[str] = "C"
    name: str
    """Without the leading C of SPICE."""
    plus: str
    """Node at its first plate."""
    minus: str
    """Node at its second plate."""
    capacitance: Value
    """Above zero [F]."""
    initial_voltage: Value | None = None
    """Of plus against minus when a transient starts without an operating point [V]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_positive(self, "capacitance", self.capacitance, "F", "leave it out for none")
        if self.initial_voltage is not None:
            check_finite(self, "initial voltage", self.initial_voltage, "V")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both plates."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        start = settings((("ic", self.initial_voltage),))
        return f"C{self.name} {self.plus} {self.minus} {number(self.capacitance)}{start}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The capacitance."""
        return adjusted(self, capacitance=self.capacitance)


@dataclass(frozen=True, kw_only=True)
class Inductor:
    """An inductor.

    Raises:
        InvalidInput: the inductance is not a positive, finite number, or a name is not usable.

    >>> Inductor(name="bond", plus="pad", minus="die", inductance=1e-9).spice_line()
    'Lbond pad die 1e-09'
    """

    letter: ClassVar[str] = "L"
    name: str
    """Without the leading L of SPICE."""
    plus: str
    """Node at its first end."""
    minus: str
    """Node at its second end."""
    inductance: Value
    """Above zero [H]."""
    initial_current: Value | None = None
    """From plus to minus when a transient starts without an operating point [A]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_positive(self, "inductance", self.inductance, "H", "join the nodes for none")
        if self.initial_current is not None:
            check_finite(self, "initial current", self.initial_current, "A")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both ends."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        start = settings((("ic", self.initial_current),))
        return f"L{self.name} {self.plus} {self.minus} {number(self.inductance)}{start}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The inductance."""
        return adjusted(self, inductance=self.inductance)
