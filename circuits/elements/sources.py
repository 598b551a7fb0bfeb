"""Independent sources of voltage and current, and behavioural ones that follow a formula."""

from dataclasses import dataclass, field
from typing import ClassVar

from ohmloom.circuits.elements.element import (
    Adjustable,
    Formula,
    Value,
    adjusted,
    calling_line,
    check_finite,
    check_names,
    number,
)
from ohmloom.circuits.elements.stimuli import Stimulus
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class VoltageSource:
    """A source of voltage, constant or changing in time; with 0 V an ammeter.

    Raises:
        InvalidInput: the voltage is not finite, or a name is not usable.

    >>> VoltageSource(name="supply", plus="vdd", minus="0", voltage=1.8).spice_line()
    'Vsupply vdd 0 DC 1.8'
    """

    letter: ClassVar[str] = "V"
    name: str
    """Without the leading V of SPICE."""
    plus: str
    """Positive node."""
    minus: str
    """Negative node."""
    voltage: Value | Stimulus
    """Of plus against minus [V]."""
    small_signal: float | None = None
    """Amplitude in small-signal analyses, None for no part in them [V]."""
    phase: float = 0.0
    """Of the small signal [degree]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        if isinstance(self.voltage, int | float | Formula):
            check_finite(self, "voltage", self.voltage, "V")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        what = _source_text(self.voltage, self.small_signal, self.phase)
        return f"V{self.name} {self.plus} {self.minus} {what}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The voltage, where it is constant."""
        if isinstance(self.voltage, int | float | Formula):
            return adjusted(self, dc=self.voltage)
        return ()


@dataclass(frozen=True, kw_only=True)
class CurrentSource:
    """A source of current, constant or changing in time, flowing through it from plus to minus.

    Raises:
        InvalidInput: the current is not finite, or a name is not usable.

    >>> CurrentSource(name="bias", plus="0", minus="gate", current=1e-9).spice_line()
    'Ibias 0 gate DC 1e-09'
    """

    letter: ClassVar[str] = "I"
    name: str
    """Without the leading I of SPICE."""
    plus: str
    """Node that the current is drawn from."""
    minus: str
    """Node that the current is pushed into."""
    current: Value | Stimulus
    """From plus through the source to minus [A]."""
    small_signal: float | None = None
    """Amplitude in small-signal analyses, None for no part in them [A]."""
    phase: float = 0.0
    """Of the small signal [degree]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        if isinstance(self.current, int | float | Formula):
            check_finite(self, "current", self.current, "A")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        what = _source_text(self.current, self.small_signal, self.phase)
        return f"I{self.name} {self.plus} {self.minus} {what}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The current, where it is constant."""
        if isinstance(self.current, int | float | Formula):
            return adjusted(self, dc=self.current)
        return ()


@dataclass(frozen=True, kw_only=True)
class BehaviouralVoltage:
    """A source whose voltage is a formula of the voltages and currents of the circuit.

    >>> BehaviouralVoltage(name="sq", plus="y", minus="0", formula="v(x)^2").spice_line()
    'Bsq y 0 V = v(x)^2'
    """

    letter: ClassVar[str] = "B"
    name: str
    """Without the leading B of SPICE."""
    plus: str
    """Positive node."""
    minus: str
    """Negative node."""
    formula: str
    """In ngspice's language [V]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        _check_formula(self)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"B{self.name} {self.plus} {self.minus} V = {self.formula}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """Nothing."""
        return ()


@dataclass(frozen=True, kw_only=True)
class BehaviouralCurrent:
    """A source whose current is a formula of the voltages and currents of the circuit.

    >>> BehaviouralCurrent(name="d", plus="a", minus="0", formula="1n*sinh(v(a)*9)").spice_line()
    'Bd a 0 I = 1n*sinh(v(a)*9)'
    """

    letter: ClassVar[str] = "B"
    name: str
    """Without the leading B of SPICE."""
    plus: str
    """Node that the current is drawn from."""
    minus: str
    """Node that the current is pushed into."""
    formula: str
    """From plus through the source to minus, in ngspice's language [A]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        _check_formula(self)

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"B{self.name} {self.plus} {self.minus} I = {self.formula}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """Nothing."""
        return ()


def _source_text(value: Value | Stimulus, small_signal: float | None, phase: float) -> str:
    # By their own types: a look at every member of the protocol would take longer than the rest.
    if isinstance(value, int | float | Formula):
        text = f"DC {number(value)}"
    else:
        text = f"DC {number(value.initial)} {value.spice_text()}"
    if small_signal is not None:
        text += f" AC {float(small_signal)!r} {float(phase)!r}"
    return text


def _check_formula(source: BehaviouralVoltage | BehaviouralCurrent) -> None:
    if not source.formula.strip() or "\n" in source.formula:
        raise InvalidInput(
            f"the formula of B{source.name} must be one line and not empty ({source.origin})"
        )
