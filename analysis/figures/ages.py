"""How an age is written for people: `1 h` instead of 3600 seconds."""

import math

from ohmloom.errors import InvalidInput
from ohmloom.si import day, hour, minute, ms, ns, second, us

_UNITS = ((day, "d"), (hour, "h"), (minute, "min"), (second, "s"))
# A quarter of a second is 0.25 s; a millisecond is not 0.001 s.
_SHORT_UNITS = ((ms, "ms"), (us, "µs"), (ns, "ns"))
_SHORT = 10 * ms


def age_label(seconds: float) -> str:
    """An age in the largest unit that leaves a number of at least one, to three digits.

    Args:
        seconds: age, not negative [s].

    Raises:
        InvalidInput: negative or not finite.

    >>> [age_label(age) for age in (1, 3600, 86400, 172800)]
    ['1 s', '1 h', '1 d', '2 d']
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InvalidInput(f"an age must be a finite number of seconds, not below 0, not {seconds}")
    for unit, symbol in _SHORT_UNITS if seconds < _SHORT else _UNITS:
        amount = float(f"{seconds / unit:.3g}")  # rounded first: 3599.99 s is 1 h, not 60 min
        if amount >= 1:
            return f"{amount:g} {symbol}"
    return f"{seconds:.3g} s"
