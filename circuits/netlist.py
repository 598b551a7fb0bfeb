"""Netlist: the elements of a circuit and the nodes that join them.

A netlist is data. It becomes text for a SPICE simulator, and `ohmloom.circuits.ngspice` runs it.
Names of elements and nodes are compared without regard to case, as SPICE does. Node "0" is ground.

Source: the line formats are those of the ngspice manual, chapters 3 and 4.
"""

import math
import re
from dataclasses import dataclass
from typing import Final, Protocol

from ohmloom.errors import InvalidInput

GROUND: Final = "0"
"""Name of the ground node."""

_NAME: Final = re.compile(r"[A-Za-z0-9_]+")


class Element(Protocol):
    """A part of a circuit: it has a name, touches nodes, and knows its own line of SPICE."""

    @property
    def name(self) -> str:
        """Unique within its netlist, letters, digits and underscores."""
        ...

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that it touches, in the order of its line."""
        ...

    def spice_line(self) -> str:
        """The line that describes it, without the line end."""
        ...


@dataclass(frozen=True, kw_only=True)
class Resistor:
    """An ohmic resistor.

    Raises:
        InvalidInput: the resistance is not a positive, finite number, or a name is not usable.

    >>> Resistor(name="load", plus="out", minus="0", resistance=50.0).spice_line()
    'Rload out 0 50.0'
    """

    name: str
    """Without the leading R of SPICE."""
    plus: str
    """Node at its first end."""
    minus: str
    """Node at its second end."""
    resistance: float
    """Above zero [ohm]."""

    def __post_init__(self) -> None:
        _check_two_terminals(self)
        if not (math.isfinite(self.resistance) and self.resistance > 0.0):
            raise InvalidInput(
                f"resistor {self.name!r} has {self.resistance} ohm; it must be finite and above "
                f"zero (join the two nodes for a short, leave the resistor out for an open)"
            )

    @property
    def nodes(self) -> tuple[str, ...]:
        """Both ends."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"R{self.name} {self.plus} {self.minus} {float(self.resistance)!r}"


@dataclass(frozen=True, kw_only=True)
class VoltageSource:
    """A source of constant voltage; with 0 V an ammeter.

    Raises:
        InvalidInput: the voltage is not finite, or a name is not usable.

    >>> VoltageSource(name="supply", plus="vdd", minus="0", voltage=1.8).spice_line()
    'Vsupply vdd 0 DC 1.8'
    """

    name: str
    """Without the leading V of SPICE."""
    plus: str
    """Positive node."""
    minus: str
    """Negative node."""
    voltage: float
    """Of plus against minus [V]."""

    def __post_init__(self) -> None:
        _check_two_terminals(self)
        if not math.isfinite(self.voltage):
            raise InvalidInput(f"voltage source {self.name!r} has {self.voltage} V; not finite")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"V{self.name} {self.plus} {self.minus} DC {float(self.voltage)!r}"


@dataclass(frozen=True, kw_only=True)
class CurrentSource:
    """A source of constant current, flowing through it from plus to minus.

    Raises:
        InvalidInput: the current is not finite, or a name is not usable.

    >>> CurrentSource(name="bias", plus="0", minus="gate", current=1e-9).spice_line()
    'Ibias 0 gate DC 1e-09'
    """

    name: str
    """Without the leading I of SPICE."""
    plus: str
    """Node that the current is drawn from."""
    minus: str
    """Node that the current is pushed into."""
    current: float
    """From plus through the source to minus [A]."""

    def __post_init__(self) -> None:
        _check_two_terminals(self)
        if not math.isfinite(self.current):
            raise InvalidInput(f"current source {self.name!r} has {self.current} A; not finite")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Plus and minus."""
        return (self.plus, self.minus)

    def spice_line(self) -> str:
        """The line that describes it."""
        return f"I{self.name} {self.plus} {self.minus} DC {float(self.current)!r}"


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A circuit.

    Raises:
        InvalidInput: no elements, two elements of one name, no element at ground, or a node that
            only one connection touches.

    >>> divider = Netlist(
    ...     title="divider",
    ...     elements=(
    ...         VoltageSource(name="supply", plus="top", minus=GROUND, voltage=1.0),
    ...         Resistor(name="upper", plus="top", minus="middle", resistance=1e3),
    ...         Resistor(name="lower", plus="middle", minus=GROUND, resistance=1e3),
    ...     ),
    ... )
    >>> print(divider.to_spice())
    * divider
    Vsupply top 0 DC 1.0
    Rupper top middle 1000.0
    Rlower middle 0 1000.0
    .end
    """

    title: str
    """One line for people."""
    elements: tuple[Element, ...]
    """In the order of the text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", tuple(self.elements))
        if "\n" in self.title or "\r" in self.title:
            raise InvalidInput(f"the title {self.title!r} must be one line")
        if not self.elements:
            raise InvalidInput(f"netlist {self.title!r} has no elements; add at least two")
        seen: set[str] = set()
        for element in self.elements:
            if element.name.lower() in seen:
                raise InvalidInput(
                    f"netlist {self.title!r} has two elements named {element.name!r} (SPICE does "
                    f"not tell capitals apart); rename one"
                )
            seen.add(element.name.lower())
        self._check_nodes()

    def _check_nodes(self) -> None:
        touched_by: dict[str, list[str]] = {}
        for element in self.elements:
            for node in element.nodes:
                touched_by.setdefault(node.lower(), []).append(element.name)
        if GROUND not in touched_by:
            raise InvalidInput(
                f"netlist {self.title!r} has no ground; name the node that voltages refer to "
                f"{GROUND!r}"
            )
        for node, names in touched_by.items():
            if len(names) == 1 and node != GROUND:
                raise InvalidInput(
                    f"node {node!r} is touched only by element {names[0]!r} and floats; connect it "
                    f"or leave the element out"
                )

    def to_spice(self) -> str:
        """The text that a SPICE simulator reads; the first line is the title."""
        lines = [f"* {self.title}", *(element.spice_line() for element in self.elements), ".end"]
        return "\n".join(lines) + "\n"


def _check_two_terminals(element: Resistor | VoltageSource | CurrentSource) -> None:
    for what, name in (("name", element.name), ("node", element.plus), ("node", element.minus)):
        if _NAME.fullmatch(name) is None:
            raise InvalidInput(
                f"{name!r} cannot be the {what} of an element; use letters, digits and underscores"
            )
        if what == "node" and name.lower() == "gnd":
            raise InvalidInput(f"SPICE takes node {name!r} for ground; write {GROUND!r}")
