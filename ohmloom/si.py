"""SI units: write quantities as they are spoken, `10 * ms`, `40 * uS`.

Inside ohmloom every number is in plain SI. These constants are factors: multiply to bring a
quantity in, divide to show it.

>>> from ohmloom.si import ms, parse
>>> 10 * ms
0.01
>>> parse("2.5 kohm", "ohm")
2500.0
"""

import re
from typing import Final

from ohmloom.errors import InvalidInput

volt: Final = 1.0
mV: Final = 1e-3
uV: Final = 1e-6

ampere: Final = 1.0
mA: Final = 1e-3
uA: Final = 1e-6
nA: Final = 1e-9
pA: Final = 1e-12
fA: Final = 1e-15

siemens: Final = 1.0
mS: Final = 1e-3
uS: Final = 1e-6
nS: Final = 1e-9

ohm: Final = 1.0
kohm: Final = 1e3
Mohm: Final = 1e6

second: Final = 1.0
ms: Final = 1e-3
us: Final = 1e-6
ns: Final = 1e-9
ps: Final = 1e-12
minute: Final = 60.0
hour: Final = 3600.0
day: Final = 86400.0

farad: Final = 1.0
pF: Final = 1e-12
fF: Final = 1e-15

metre: Final = 1.0
um: Final = 1e-6
nm: Final = 1e-9

kelvin: Final = 1.0
hertz: Final = 1.0

watt: Final = 1.0
uW: Final = 1e-6

coulomb: Final = 1.0

joule: Final = 1.0
eV: Final = 1.602176634e-19

_SYMBOLS: Final = {
    "V": "V",
    "A": "A",
    "S": "S",
    "ohm": "ohm",
    "Ohm": "ohm",
    "Ω": "ohm",
    "s": "s",
    "F": "F",
    "m": "m",
    "K": "K",
    "Hz": "Hz",
    "J": "J",
    "W": "W",
    "C": "C",
}
_PREFIXES: Final = {
    "": 1.0,
    "f": 1e-15,
    "p": 1e-12,
    "n": 1e-9,
    "u": 1e-6,
    "µ": 1e-6,
    "μ": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
}
_LONG_TIMES: Final = {"min": minute, "h": hour, "d": day}
_QUANTITY: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\s\d]*)\s*")


def parse(text: str, unit: str) -> float:
    """Read a quantity that a person wrote, such as `"10ms"` or `"2.5 kohm"`.

    Args:
        text: number and unit, with or without a space; a prefix is allowed.
        unit: the SI unit that is expected: V, A, S, ohm, s, F, m, K, Hz, J, W or C.

    Returns:
        The quantity in plain SI.

    Raises:
        InvalidInput: no number, no unit, an unknown unit, or another unit than the expected one.
    """
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise InvalidInput(
            f"{text!r} is not a quantity; write a number and a unit, such as '1 {unit}'"
        )
    number, written = float(found[1]), found[2]
    if unit == "s" and written in _LONG_TIMES:
        return number * _LONG_TIMES[written]
    if not written:
        raise InvalidInput(f"{text!r} has no unit; write it with one, such as '{found[1]} {unit}'")
    for symbol, base in _SYMBOLS.items():
        prefix = written.removesuffix(symbol)
        if prefix != written and prefix in _PREFIXES:
            if base != unit:
                raise InvalidInput(f"{text!r} is in {base}, but {unit} is expected here")
            return number * _PREFIXES[prefix]
    raise InvalidInput(f"{text!r} has the unknown unit {written!r}; {unit} is expected here")


_ZERO_CELSIUS: Final = 273.15
_CELSIUS: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*(?:degC|°C)\s*")


def parse_temperature(text: str) -> float:
    """Read a temperature that a person wrote, in kelvin or in degrees Celsius.

    Args:
        text: number and unit: K, degC or °C.

    Returns:
        The temperature in kelvin.

    Raises:
        InvalidInput: no number, no unit, another unit, or nothing above absolute zero.

    >>> parse_temperature("27 degC"), parse_temperature("300 K")
    (300.15, 300.0)
    """
    found = _CELSIUS.fullmatch(text)
    kelvins = float(found[1]) + _ZERO_CELSIUS if found else parse(text, "K")
    if not kelvins > 0.0:
        raise InvalidInput(f"{text!r} is not above absolute zero")
    return kelvins
