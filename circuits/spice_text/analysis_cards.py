"""Cards of analyses: `.op`, `.dc`, `.ac`, `.tran`, `.noise`."""

import re
from collections.abc import Callable
from typing import Final

from ohmloom.circuits.analyses import Ac, Analysis, Dc, Noise, OperatingPoint, Ramp, Transient
from ohmloom.circuits.spice_text.line_values import number_of
from ohmloom.circuits.spice_text.lines import Line

_ZERO_CELSIUS: Final = 273.15


def analysis_of(line: Line, head: str, words: list[str]) -> Analysis | None:
    """The analysis that a card asks for, None for a card that asks for none.

    Args:
        line: for messages.
        head: the card, such as ".tran", in lower case.
        words: behind it.

    Raises:
        InvalidInput: the card is incomplete.
    """
    if head == ".op":
        return OperatingPoint()
    readers: dict[str, Callable[[Line, list[str]], Analysis]] = {
        ".tran": _transient,
        ".dc": _dc,
        ".ac": _ac,
        ".noise": _noise,
    }
    return readers[head](line, words) if head in readers else None


def _transient(line: Line, words: list[str]) -> Transient:
    uic = bool(words) and words[-1].lower() == "uic"
    numbers = [number_of(line, word) for word in (words[:-1] if uic else words)]
    if not 2 <= len(numbers) <= 4:
        raise line.error(".tran takes step, stop, maybe start and longest step, maybe uic")
    # Where the text says nothing of the longest step, ngspice takes the smaller of these.
    longest = numbers[3] if len(numbers) == 4 else min(numbers[0], numbers[1] / 50)
    return Transient(
        step=numbers[0],
        stop=numbers[1],
        record_from=numbers[2] if len(numbers) > 2 else 0.0,
        longest_step=longest,
        from_operating_point=not uic,
    )


def _dc(line: Line, words: list[str]) -> Dc:
    if len(words) not in {4, 8}:
        raise line.error(".dc takes a source, start, stop and step, once or twice")
    ramps = []
    for start in range(0, len(words), 4):
        first, last, step = (number_of(line, word) for word in words[start + 1 : start + 4])
        shift = _ZERO_CELSIUS if words[start].lower() == "temp" else 0.0
        ramps.append(
            Ramp(target=words[start].lower(), start=first + shift, stop=last + shift, step=step)
        )
    return Dc(inner=ramps[0], outer=ramps[1] if len(ramps) == 2 else None)


def _ac(line: Line, words: list[str]) -> Ac:
    if len(words) != 4 or words[0].lower() != "dec":
        raise line.error(".ac takes dec, points, start and stop")
    count, first, last = (number_of(line, word) for word in words[1:])
    return Ac(start=first, stop=last, points_per_decade=int(count))


def _noise(line: Line, words: list[str]) -> Noise:
    found = re.fullmatch(r"v\(([^,)]+)(?:,([^)]+))?\)", words[0], re.I) if words else None
    if found is None or len(words) < 6 or words[2].lower() != "dec":
        raise line.error(".noise takes v(node), a source, dec, points, start and stop")
    count, first, last = (number_of(line, word) for word in words[3:6])
    return Noise(
        output=found[1].strip(),
        reference=(found[2] or "0").strip(),
        source=words[1],
        start=first,
        stop=last,
        points_per_decade=int(count),
    )
