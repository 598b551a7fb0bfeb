"""Lines of elements, each letter in its own way."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from ohmloom.circuits.elements.controlled import (
    CurrentControlledCurrent,
    CurrentControlledVoltage,
    VoltageControlledCurrent,
    VoltageControlledVoltage,
)
from ohmloom.circuits.elements.element import Element, Value
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor, Inductor, Resistor
from ohmloom.circuits.elements.semiconductors import Diode, Mosfet
from ohmloom.circuits.elements.sources import (
    BehaviouralCurrent,
    BehaviouralVoltage,
    CurrentSource,
    VoltageSource,
)
from ohmloom.circuits.elements.stimuli import Exponential, PiecewiseLinear, Pulse, Sine, Stimulus
from ohmloom.circuits.spice_text.line_values import number_of, split_pairs, value_of
from ohmloom.circuits.spice_text.lines import Line
from ohmloom.circuits.spice_text.numbers import read_value
from ohmloom.errors import InvalidInput

_WAVE: Final = re.compile(r"(pulse|sin|exp|pwl)\s*\((.*)\)$|(pulse|sin|exp|pwl)$", re.IGNORECASE)


def element_of(line: Line, words: list[str], polarity: Mapping[str, str]) -> Element:
    """The element that a line describes.

    Args:
        line: for messages.
        words: of the line.
        polarity: of each model of transistors, by lower-case name.

    Raises:
        InvalidInput: the line is outside the subset; the message holds it.
    """
    letter, name = words[0][0].upper(), words[0][1:]
    readers: dict[str, Callable[[Line, str, list[str]], Element]] = {
        "R": _resistor,
        "C": _capacitor,
        "L": _inductor,
        "V": _voltage_source,
        "I": _current_source,
        "E": _e_source,
        "G": _g_source,
        "F": _f_source,
        "H": _h_source,
        "B": _b_source,
        "D": _diode,
        "M": partial(_mosfet, polarity),
        "X": _instance,
    }
    if letter not in readers:
        raise line.error(f"elements {letter} are outside the subset; known are {' '.join(readers)}")
    if not name:
        raise line.error("an element needs a name behind its letter")
    try:
        return readers[letter](line, name, words[1:])
    except InvalidInput as error:
        if line.origin in str(error):
            raise
        raise line.error(str(error)) from error


def _mosfet(polarity: Mapping[str, str], line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    if len(plain) != 5:
        raise line.error("a transistor takes drain, gate, source, bulk and a model")
    model = plain[4]
    known = {"w", "l", "m", "delvto", "mulu0"}
    extra = {key: text for key, text in pairs.items() if key not in known}
    if extra:
        raise line.error(f"parameters {', '.join(extra)} are outside the subset; known: w, l, m")
    values = {key: value_of(line, text) for key, text in pairs.items()}
    for key in ("w", "l"):
        if key not in values:
            raise line.error(f"a transistor needs {key}=")
    return Mosfet(
        name=name,
        drain=plain[0],
        gate=plain[1],
        source=plain[2],
        bulk=plain[3],
        model=model,
        polarity=polarity.get(model.lower(), "n"),
        width=values["w"],
        length=values["l"],
        multiplier=values.get("m", 1.0),
        threshold_shift=values.get("delvto", 0.0),
        current_factor=values.get("mulu0", 1.0),
        origin=line.origin,
    )


def _resistor(line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    text = pairs.pop("r", None) or (plain[2] if len(plain) == 3 else None)
    if pairs or text is None or len(plain) not in {2, 3}:
        raise line.error("a resistor takes two nodes and a resistance")
    return Resistor(
        name=name,
        plus=plain[0],
        minus=plain[1],
        resistance=value_of(line, text),
        origin=line.origin,
    )


def _capacitor(line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    start = pairs.pop("ic", None)
    text = pairs.pop("c", None) or (plain[2] if len(plain) == 3 else None)
    if pairs or text is None or len(plain) not in {2, 3}:
        raise line.error("a capacitor takes two nodes, a capacitance and ic=")
    return Capacitor(
        name=name,
        plus=plain[0],
        minus=plain[1],
        capacitance=value_of(line, text),
        initial_voltage=None if start is None else value_of(line, start),
        origin=line.origin,
    )


def _inductor(line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    start = pairs.pop("ic", None)
    text = pairs.pop("l", None) or (plain[2] if len(plain) == 3 else None)
    if pairs or text is None or len(plain) not in {2, 3}:
        raise line.error("an inductor takes two nodes, an inductance and ic=")
    return Inductor(
        name=name,
        plus=plain[0],
        minus=plain[1],
        inductance=value_of(line, text),
        initial_current=None if start is None else value_of(line, start),
        origin=line.origin,
    )


def _voltage_source(line: Line, name: str, words: list[str]) -> Element:
    nodes, value, small, phase = _source(line, words)
    return VoltageSource(
        name=name,
        plus=nodes[0],
        minus=nodes[1],
        voltage=value,
        small_signal=small,
        phase=phase,
        origin=line.origin,
    )


def _current_source(line: Line, name: str, words: list[str]) -> Element:
    nodes, value, small, phase = _source(line, words)
    return CurrentSource(
        name=name,
        plus=nodes[0],
        minus=nodes[1],
        current=value,
        small_signal=small,
        phase=phase,
        origin=line.origin,
    )


def _source(
    line: Line, words: list[str]
) -> tuple[list[str], Value | Stimulus, float | None, float]:
    if len(words) < 2:
        raise line.error("a source takes two nodes and a value")
    nodes, rest = words[:2], words[2:]
    constant: Value | None = None
    wave: Stimulus | None = None
    small: float | None = None
    phase = 0.0
    while rest:
        word = rest.pop(0)
        head = word.lower()
        if head == "dc":
            if not rest:
                raise line.error("DC takes a value")
            constant = value_of(line, rest.pop(0))
        elif head == "ac":
            small, phase = _small_signal(line, rest)
        elif (found := _WAVE.match(word)) is not None:
            # Without brackets the numbers follow.
            inside = re.split(r"[\s,]+", found[2].strip()) if found[1] else list(rest)
            rest = rest if found[1] else []
            wave = _wave(line, (found[1] or found[3]).lower(), inside)
        elif constant is None and read_value(word) is not None:
            constant = read_value(word)
        else:
            raise line.error(f"{word!r} is no value of a source that is read here")
    if wave is not None:
        return nodes, wave, small, phase
    return nodes, 0.0 if constant is None else constant, small, phase


def _small_signal(line: Line, rest: list[str]) -> tuple[float, float]:
    """Amplitude and phase behind AC, taken off the words; 1 and 0 where it says nothing."""
    numbers: list[float] = []
    while rest and len(numbers) < 2 and isinstance(read_value(rest[0]), float):
        numbers.append(number_of(line, rest.pop(0)))
    return (numbers or [1.0])[0], numbers[1] if len(numbers) == 2 else 0.0


def _wave(line: Line, kind: str, words: list[str]) -> Stimulus:
    values = [value_of(line, word) for word in words if word]
    if kind == "pwl":
        numbers = [value for value in values if isinstance(value, float)]
        if len(numbers) != len(values) or len(numbers) % 2:
            raise line.error("PWL takes pairs of a moment and a value")
        return PiecewiseLinear(points=tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    names: tuple[str, ...]
    if kind == "pulse":
        if not 6 <= len(values) <= 7:
            raise line.error("PULSE takes low, high, delay, rise, fall, width and maybe a period")
        names = ("low", "high", "delay", "rise", "fall", "width", "period")
        return Pulse(**dict(zip(names, values, strict=False)))
    if kind == "sin":
        if not 3 <= len(values) <= 5:
            raise line.error("SIN takes offset, amplitude, frequency, maybe delay and damping")
        names = ("offset", "amplitude", "frequency", "delay", "damping")
        return Sine(**dict(zip(names, values, strict=False)))
    if len(values) != 6:
        raise line.error("EXP takes low, high, rise delay, rise time, fall delay, fall time")
    names = (
        *("low", "high", "rise_delay", "rise_time_constant"),
        *("fall_delay", "fall_time_constant"),
    )
    return Exponential(**dict(zip(names, values, strict=True)))


def _e_source(line: Line, name: str, words: list[str]) -> Element:
    formula = _formula_of(words, "vol") or _formula_of(words, "value")
    if formula is not None:
        return BehaviouralVoltage(
            name=f"e_{name}", plus=words[0], minus=words[1], formula=formula, origin=line.origin
        )
    if len(words) != 5:
        raise line.error("a source E takes two nodes, two controlling nodes and a gain")
    return VoltageControlledVoltage(
        name=name,
        plus=words[0],
        minus=words[1],
        control_plus=words[2],
        control_minus=words[3],
        gain=value_of(line, words[4]),
        origin=line.origin,
    )


def _g_source(line: Line, name: str, words: list[str]) -> Element:
    formula = _formula_of(words, "cur") or _formula_of(words, "value")
    if formula is not None:
        return BehaviouralCurrent(
            name=f"g_{name}", plus=words[0], minus=words[1], formula=formula, origin=line.origin
        )
    if len(words) != 5:
        raise line.error("a source G takes two nodes, two controlling nodes and a transconductance")
    return VoltageControlledCurrent(
        name=name,
        plus=words[0],
        minus=words[1],
        control_plus=words[2],
        control_minus=words[3],
        transconductance=value_of(line, words[4]),
        origin=line.origin,
    )


def _f_source(line: Line, name: str, words: list[str]) -> Element:
    control, gain = _current_control(line, words)
    return CurrentControlledCurrent(
        name=name, plus=words[0], minus=words[1], control=control, gain=gain, origin=line.origin
    )


def _h_source(line: Line, name: str, words: list[str]) -> Element:
    control, gain = _current_control(line, words)
    return CurrentControlledVoltage(
        name=name,
        plus=words[0],
        minus=words[1],
        control=control,
        transresistance=gain,
        origin=line.origin,
    )


def _current_control(line: Line, words: list[str]) -> tuple[str, Value]:
    if len(words) != 4 or words[2][:1].lower() != "v":
        raise line.error("this source takes two nodes, a voltage source and a gain")
    return words[2][1:], value_of(line, words[3])


def _b_source(line: Line, name: str, words: list[str]) -> Element:
    text = line.text
    found = re.match(r"\S+\s+(\S+)\s+(\S+)\s+([vi])\s*=\s*(.+)$", text, re.IGNORECASE)
    if found is None or len(words) < 3:
        raise line.error("a source B takes two nodes and V= or I= a formula")
    kind = BehaviouralVoltage if found[3].lower() == "v" else BehaviouralCurrent
    return kind(
        name=name, plus=found[1], minus=found[2], formula=found[4].strip(), origin=line.origin
    )


def _diode(line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    area = pairs.pop("area", plain[3] if len(plain) == 4 else None)
    if pairs or len(plain) not in {3, 4}:
        raise line.error("a diode takes two nodes, a model and maybe an area")
    return Diode(
        name=name,
        anode=plain[0],
        cathode=plain[1],
        model=plain[2],
        area=1.0 if area is None else value_of(line, area),
        origin=line.origin,
    )


def _instance(line: Line, name: str, words: list[str]) -> Element:
    plain, pairs = split_pairs(line, words)
    plain = [word for word in plain if word.lower() != "params:"]
    if len(plain) < 2:
        raise line.error("an instance takes nodes and a subcircuit")
    return Instance(
        name=name,
        nodes=tuple(plain[:-1]),
        subcircuit=plain[-1],
        parameters={key: value_of(line, text) for key, text in pairs.items()},
        origin=line.origin,
    )


def _formula_of(words: Sequence[str], name: str) -> str | None:
    for word in words[2:]:
        key, equals, text = word.partition("=")
        if equals and key.lower() == name:
            return text.strip("'{}")
    return None
