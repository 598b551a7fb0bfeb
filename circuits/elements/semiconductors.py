"""Diodes and transistors that a model card describes, and transistors of a foundry's library."""

from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self, TypeVar, runtime_checkable

from ohmloom.circuits.elements.element import (
    Adjustable,
    Element,
    Value,
    adjusted,
    calling_line,
    check_finite,
    check_names,
    check_positive,
    number,
)
from ohmloom.si import um

_ElementT = TypeVar("_ElementT")


@runtime_checkable
class Transistor(Element, Protocol):
    """A MOS transistor with a size of its own and a deviation of its own."""

    @property
    def model(self) -> str:
        """Name of its model card or of the foundry's subcircuit."""
        ...

    @property
    def polarity(self) -> str:
        """Either "n" or "p"."""
        ...

    @property
    def width(self) -> Value:
        """Of the channel [m]."""
        ...

    @property
    def length(self) -> Value:
        """Of the channel [m]."""
        ...

    def mismatched(self, *, threshold_shift: float, current_factor: float) -> Self:
        """The same transistor with a deviation: of its threshold [V], of its current factor [1].

        A positive shift makes the magnitude of the threshold larger for n and smaller for p, as
        `delvto` of BSIM4 does.
        """
        ...


def as_transistor(element: Element) -> Transistor | None:
    """The element itself where it is a transistor, None otherwise.

    `isinstance` with a protocol looks at every member, which takes longer than all the rest of what
    a sweep does with an element.
    """
    return element if hasattr(element, "mismatched") else None  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class Diode:
    """A junction diode."""

    letter: ClassVar[str] = "D"
    name: str
    """Without the leading D of SPICE."""
    anode: str
    """Node of the p side."""
    cathode: str
    """Node of the n side."""
    model: str
    """Name of its model card."""
    area: Value = 1.0
    """Over that of the model [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_positive(self, "area", self.area, "")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Anode and cathode."""
        return (self.anode, self.cathode)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"D{self.name} {self.anode} {self.cathode} {self.model} area={number(self.area)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The area."""
        return adjusted(self, area=self.area)


@dataclass(frozen=True, kw_only=True)
class Mosfet:
    """A transistor that a BSIM4 model card describes.

    >>> Mosfet(
    ...     name="leak", drain="vmem", gate="vlk", source="0", bulk="0", model="nch", polarity="n",
    ...     width=1e-6, length=4e-6,
    ... ).spice_line()
    'Mleak vmem vlk 0 0 nch w=1e-06 l=4e-06 delvto=0.0 mulu0=1.0'
    """

    letter: ClassVar[str] = "M"
    name: str
    """Without the leading M of SPICE."""
    drain: str
    """Node."""
    gate: str
    """Node."""
    source: str
    """Node."""
    bulk: str
    """Node."""
    model: str
    """Name of its model card."""
    polarity: str
    """Either "n" or "p"."""
    width: Value
    """Of the channel [m]."""
    length: Value
    """Of the channel [m]."""
    multiplier: Value = 1.0
    """How many stand side by side [1]."""
    threshold_shift: Value = 0.0
    """Added to the threshold voltage [V]."""
    current_factor: Value = 1.0
    """Times the mobility [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        _check_transistor(self)
        check_positive(self, "multiplier", self.multiplier, "")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Drain, gate, source, bulk."""
        return (self.drain, self.gate, self.source, self.bulk)

    def spice_line(self) -> str:
        """The line that describes it."""
        return (
            f"M{self.name} {' '.join(self.nodes)} {self.model} w={number(self.width)} "
            f"l={number(self.length)}{self._multiplier()} delvto={number(self.threshold_shift)} "
            f"mulu0={number(self.current_factor)}"
        )

    def _multiplier(self) -> str:
        return "" if self.multiplier == 1.0 else f" m={number(self.multiplier)}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The deviation; a size is read with the netlist."""
        return adjusted(self, delvto=self.threshold_shift, mulu0=self.current_factor)

    def mismatched(self, *, threshold_shift: float, current_factor: float) -> "Mosfet":
        """The same transistor with a deviation."""
        return _changed(
            self, threshold_shift=float(threshold_shift), current_factor=float(current_factor)
        )


def _changed(element: _ElementT, **values: float) -> _ElementT:
    """The same element with other numbers, without checking again what has not changed."""
    made = object.__new__(type(element))
    made.__dict__.update(element.__dict__)
    made.__dict__.update(values)
    return made


def _check_transistor(transistor: "Transistor") -> None:
    check_names(transistor)
    check_positive(transistor, "width", transistor.width, "m")
    check_positive(transistor, "length", transistor.length, "m")


@dataclass(frozen=True, kw_only=True)
class FoundryMosfet:
    """A transistor that a foundry describes by a subcircuit around a BSIM4 model.

    Sizes stand in the line in micrometres, as the SKY130 library wants them.
    """

    letter: ClassVar[str] = "X"
    name: str
    """Without the leading X of SPICE."""
    drain: str
    """Node."""
    gate: str
    """Node."""
    source: str
    """Node."""
    bulk: str
    """Node."""
    model: str
    """Name of the foundry's subcircuit; its inner transistor has the same name behind an m."""
    polarity: str
    """Either "n" or "p"."""
    width: float
    """Of the channel [m]."""
    length: float
    """Of the channel [m]."""
    threshold_shift: float = 0.0
    """Added to the threshold voltage [V]."""
    current_factor: float = 1.0
    """Times the mobility [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        _check_transistor(self)
        check_finite(self, "threshold shift", self.threshold_shift, "V")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Drain, gate, source, bulk."""
        return (self.drain, self.gate, self.source, self.bulk)

    def spice_line(self) -> str:
        """The line that describes it; it says nothing of the deviation."""
        return (
            f"X{self.name} {' '.join(self.nodes)} {self.model} w={number(self.width / um)} "
            f"l={number(self.length / um)}"
        )

    def adjustable(self) -> tuple[Adjustable, ...]:
        """The deviation, of the transistor inside."""
        device = (f"x{self.name}".lower(), f"m{self.model}".lower())
        return (
            Adjustable(device=device, parameter="delvto", value=self.threshold_shift, neutral=0.0),
            Adjustable(device=device, parameter="mulu0", value=self.current_factor, neutral=1.0),
        )

    def mismatched(self, *, threshold_shift: float, current_factor: float) -> "FoundryMosfet":
        """The same transistor with a deviation."""
        return _changed(
            self, threshold_shift=float(threshold_shift), current_factor=float(current_factor)
        )
