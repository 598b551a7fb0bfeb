"""Numbers as SPICE writes them: 2.2k, 10meg, 5pF."""

import re
from decimal import Decimal
from typing import Final

from ohmloom.circuits.elements.element import Formula, Value

# The longest first: "meg" and "mil" begin like "m", which is milli.
_SUFFIXES: Final = {
    "meg": Decimal("1e6"),
    "mil": Decimal("25.4e-6"),
    "t": Decimal("1e12"),
    "g": Decimal("1e9"),
    "k": Decimal("1e3"),
    "m": Decimal("1e-3"),
    "u": Decimal("1e-6"),
    "µ": Decimal("1e-6"),
    "n": Decimal("1e-9"),
    "p": Decimal("1e-12"),
    "f": Decimal("1e-15"),
    "a": Decimal("1e-18"),
}
_NUMBER: Final = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?)([a-zA-Zµ]*)")


def read_value(text: str) -> Value | None:
    """A number with SPICE's suffix and any unit behind it, or a formula in braces or quotes.

    Args:
        text: one word.

    Returns:
        None for what is neither.

    >>> read_value("2.2k"), read_value("10meg"), read_value("1.5pF"), read_value("{2*w}")
    (2200.0, 10000000.0, 1.5e-12, Formula(text='2*w'))
    """
    if len(text) > 2 and (text[0], text[-1]) in {("{", "}"), ("'", "'")}:
        return Formula(text[1:-1].strip())
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number = Decimal(found[1].lower().replace("d", "e"))
    letters = found[2].lower()
    factor = next((f for suffix, f in _SUFFIXES.items() if letters.startswith(suffix)), Decimal(1))
    # In decimal, so that 1.5p is the double next to 1.5e-12.
    return float(number * factor)
