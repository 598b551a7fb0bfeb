"""Linear controlled sources: E, G by a voltage, F, H by the current of a voltage source."""

from dataclasses import dataclass, field
from typing import ClassVar

from ohmloom.circuits.elements.element import (
    Adjustable,
    Value,
    adjusted,
    calling_line,
    check_finite,
    check_names,
    number,
)


@dataclass(frozen=True, kw_only=True)
class VoltageControlledVoltage:
    """A voltage in proportion to another voltage: E of SPICE."""

    letter: ClassVar[str] = "E"
    name: str
    """Without the leading E of SPICE."""
    plus: str
    """Positive node of the output."""
    minus: str
    """Negative node of the output."""
    control_plus: str
    """Positive node of what controls it."""
    control_minus: str
    """Negative node of what controls it."""
    gain: Value
    """Output over control [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_finite(self, "gain", self.gain, "")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Output, then control."""
        return (self.plus, self.minus, self.control_plus, self.control_minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"E{self.name} {' '.join(self.nodes)} {number(self.gain)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The gain."""
        return adjusted(self, gain=self.gain)


@dataclass(frozen=True, kw_only=True)
class VoltageControlledCurrent:
    """A current in proportion to a voltage: G of SPICE, a transconductor."""

    letter: ClassVar[str] = "G"
    name: str
    """Without the leading G of SPICE."""
    plus: str
    """Node that the current is drawn from."""
    minus: str
    """Node that the current is pushed into."""
    control_plus: str
    """Positive node of what controls it."""
    control_minus: str
    """Negative node of what controls it."""
    transconductance: Value
    """Current over control voltage [S]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_finite(self, "transconductance", self.transconductance, "S")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Output, then control."""
        return (self.plus, self.minus, self.control_plus, self.control_minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"G{self.name} {' '.join(self.nodes)} {number(self.transconductance)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The transconductance."""
        return adjusted(self, gain=self.transconductance)


@dataclass(frozen=True, kw_only=True)
class CurrentControlledCurrent:
    """A current in proportion to that of a voltage source: F of SPICE."""

    letter: ClassVar[str] = "F"
    name: str
    """Without the leading F of SPICE."""
    plus: str
    """Node that the current is drawn from."""
    minus: str
    """Node that the current is pushed into."""
    control: str
    """The voltage source whose current controls it, without its leading V."""
    gain: Value
    """Current over controlling current [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_finite(self, "gain", self.gain, "")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both ends of the output."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"F{self.name} {self.plus} {self.minus} V{self.control} {number(self.gain)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The gain."""
        return adjusted(self, gain=self.gain)


@dataclass(frozen=True, kw_only=True)
class CurrentControlledVoltage:
    """A voltage in proportion to the current of a voltage source: H of SPICE."""

    letter: ClassVar[str] = "H"
    name: str
    """Without the leading H of SPICE."""
    plus: str
    """Positive node of the output."""
    minus: str
    """Negative node of the output."""
    control: str
    """The voltage source whose current controls it, without its leading V."""
    transresistance: Value
    """Voltage over controlling current [ohm]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_finite(self, "transresistance", self.transresistance, "ohm")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both ends of the output."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        gain = number(self.transresistance)
        return f"H{self.name} {self.plus} {self.minus} V{self.control} {gain}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The transresistance."""
        return adjusted(self, gain=self.transresistance)
