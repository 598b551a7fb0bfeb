"""What every element of a netlist can say of itself, and what all of them share.

Source: the line formats are those of the ngspice manual, chapters 3 to 12.
"""

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias, runtime_checkable

from ohmloom.errors import InvalidInput

GROUND: Final = "0"
"""Name of the ground node."""

_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_HERE: Final = str(Path(__file__).parent)


@dataclass(frozen=True)
class Formula:
    """A value that the simulator works out from the parameters of the netlist.

    >>> str(Formula("2*width"))
    '{2*width}'
    """

    text: str
    """In the simulator's own language, without braces."""

    def __str__(self) -> str:
        return f"{{{self.text}}}"


Value: TypeAlias = float | Formula
"""A number in plain SI, or a formula of parameters."""


@dataclass(frozen=True, kw_only=True)
class Adjustable:
    """A number of an element that a simulator can change without reading the netlist again."""

    device: tuple[str, ...]
    """SPICE names from the instance that holds it down to the device, lower case; one name for a
    device of the level of the element itself."""
    parameter: str
    """As the simulator names it, such as "resistance" or "delvto"."""
    value: float
    """What it shall be, plain SI but for lengths of foundry devices."""
    neutral: float | None
    """The value that it has when nothing is said, where the line of the element says nothing of it;
    None where the line holds `value`."""


@runtime_checkable
class Element(Protocol):
    """A part of a circuit: it has a name, touches nodes, and knows its own line of SPICE."""

    @property
    def letter(self) -> str:
        """The letter that begins its line, such as "R"."""
        ...

    @property
    def name(self) -> str:
        """Without the letter; letters, digits and underscores. Unique among those of its letter."""
        ...

    @property
    def origin(self) -> str:
        """The line of a file, or of Python, that made it: for messages."""
        ...

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that it touches, in the order of its line."""
        ...

    def spice_line(self) -> str:
        """The line that describes it, without the line end."""
        ...

    def adjustable(self) -> tuple[Adjustable, ...]:
        """What of it can be changed in place; the rest needs the netlist to be read again."""
        ...


def spice_name(element: Element) -> str:
    """Letter and name, as SPICE writes it."""
    return f"{element.letter}{element.name}"


def calling_line() -> str:
    """File and line of the code outside this folder that is making an element."""
    frame = sys._getframe(1)
    while frame.f_back is not None and (
        frame.f_code.co_filename.startswith(_HERE) or frame.f_code.co_filename == "<string>"
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def number(value: Value) -> str:
    """A value as SPICE reads it: every digit of a number, or a formula in braces."""
    return str(value) if isinstance(value, Formula) else repr(float(value))


def check_names(element: Element) -> None:
    """Raise `InvalidInput` for a name or node that SPICE would misread."""
    for what, name in (("name", element.name), *(("node", node) for node in element.nodes)):
        if _NAME.fullmatch(name) is None:
            raise InvalidInput(
                f"{name!r} cannot be the {what} of an element ({element.origin}); use letters, "
                f"digits and underscores"
            )
        if what == "node" and name.lower() == "gnd":
            raise InvalidInput(
                f"SPICE takes node {name!r} for ground; write {GROUND!r} ({element.origin})"
            )


def check_finite(element: Element, what: str, value: Value, unit: str) -> None:
    """Raise `InvalidInput` unless a value is a finite number or a formula."""
    if not isinstance(value, Formula) and not math.isfinite(value):
        raise InvalidInput(
            f"{what} of {spice_name(element)} is {value} {unit}, not finite ({element.origin})"
        )


def check_positive(element: Element, what: str, value: Value, unit: str, advice: str = "") -> None:
    """Raise `InvalidInput` unless a value is finite and above zero, or a formula."""
    if not isinstance(value, Formula) and not (math.isfinite(value) and value > 0.0):
        raise InvalidInput(
            f"{what} of {spice_name(element)} is {value} {unit}; it must be finite and above zero"
            f"{advice and f' ({advice})'} ({element.origin})"
        )


def adjusted(element: Element, **values: Value) -> tuple[Adjustable, ...]:
    """The numbers among `values` as what can be changed in place, each standing in the line."""
    return tuple(
        Adjustable(
            device=(spice_name(element).lower(),), parameter=name, value=float(value), neutral=None
        )
        for name, value in values.items()
        if not isinstance(value, Formula)
    )


def settings(pairs: Sequence[tuple[str, Value | None]]) -> str:
    """The optional part of a line, ` name=value` for each that is not None."""
    return "".join(f" {name}={number(value)}" for name, value in pairs if value is not None)
