"""Values, pairs and formulas of the words of a line."""

import re
from collections.abc import Sequence

from ohmloom.circuits.elements.element import Formula, Value
from ohmloom.circuits.spice_text.lines import Line
from ohmloom.circuits.spice_text.numbers import read_value


def split_pairs(line: Line, words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Plain words, and those of the form name=value by lower-case name."""
    plain = [word for word in words if "=" not in word]
    return plain, pairs(line, [word for word in words if "=" in word])


def pairs(line: Line, words: Sequence[str]) -> dict[str, str]:
    """Words of the form name=value, by lower-case name; raises `InvalidInput` for others."""
    found = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (equals and name and text):
            raise line.error(f"{word!r} is not of the form name=value")
        found[name.lower()] = text
    return found


def formula_or_value(text: str) -> Value:
    """A number, or what is none as a formula."""
    value = read_value(text)
    return Formula(text) if value is None else value


def value_of(line: Line, text: str) -> Value:
    """A number, a formula or the name of a parameter; raises `InvalidInput` for others."""
    value = read_value(text)
    if value is not None:
        return value
    if re.fullmatch(r"[A-Za-z_]\w*", text):
        # A parameter's name without braces.
        return Formula(text)
    raise line.error(f"{text!r} is no value")


def number_of(line: Line, text: str) -> float:
    """A number; raises `InvalidInput` for others."""
    value = read_value(text)
    if not isinstance(value, float):
        raise line.error(f"{text!r} is no number")
    return value
