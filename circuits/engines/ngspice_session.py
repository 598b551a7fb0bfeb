"""One circuit after another in the ngspice library of this process.

The netlist that was read last stays. When the next one differs from it only in numbers that an
element calls adjustable, those numbers are altered in place; otherwise it is read. Runs of one
process exclude each other.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ohmloom.circuits.dc_paths import nodes_without_dc_path
from ohmloom.circuits.elements.element import Adjustable, Element, spice_name
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.engines.ngspice_library import NgspiceLibrary, Vector, ngspice_library
from ohmloom.circuits.engines.ngspice_messages import explained, failed
from ohmloom.circuits.netlist import Library, Netlist, Subcircuit
from ohmloom.errors import InvalidInput, SimulatorError

# The number itself, in the line of an element, is replaced by this before two lines are compared.
_MASK: Final = "?"
_KELVIN_AT_ZERO_CELSIUS: Final = 273.15


@dataclass(frozen=True, kw_only=True)
class _Deck:
    """A netlist as the library takes it."""

    lines: tuple[str, ...]
    """The text."""
    structure: tuple[str, ...]
    """The text without the numbers that can be altered."""
    numbers: Mapping[tuple[str, str], float]
    """Those numbers, by device and parameter."""
    neutral: Mapping[tuple[str, str], float]
    """Of the numbers that the text does not hold, the value that changes nothing."""
    compatibility: str | None
    """Dialect of its libraries."""


class NgspiceSession:
    """The library of this process with the netlist that it holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library: NgspiceLibrary | None = None
        self._held: _Deck | None = None
        self._numbers: dict[tuple[str, str], float] = {}
        self._bases: dict[tuple[str, str], Callable[[float], float]] = {}
        self._temperature: float | None = None
        self._dialect: str | None = None
        # Whether the netlist that is held was found to have a path from every node.
        self._dc_paths = False

    def run(
        self,
        netlist: Netlist | str,
        commands: Sequence[str],
        plots: Sequence[str],
        *,
        temperature: float,
        settings: Sequence[str],
        from_operating_point: bool,
    ) -> list[dict[str, Vector]]:
        """Run commands on a netlist and take the results.

        Args:
            netlist: to run, or its text.
            commands: analyses, in ngspice's words.
            plots: beginnings of the names of the results that they leave, the last one newest.
            temperature: of the circuit [K].
            settings: lines of options and saved traces that belong to the deck.
            from_operating_point: whether ngspice begins with one.

        Returns:
            The vectors of each of `plots`.

        Raises:
            InvalidInput: a node that no direct current reaches has no operating point.
            MissingDependency: the library is not installed.
            SimulatorError: it failed, or left nothing.
        """
        deck = _deck(netlist, settings)
        with self._lock:
            library = ngspice_library()
            if library is not self._library:
                self._library = library
                self._held, self._numbers = None, {}
                self._temperature, self._dialect = None, None
            library.printed()
            if from_operating_point and not self._has_dc_paths(deck):
                _check_dc_paths(netlist)
            try:
                self._prepare(library, deck, netlist)
                self._dc_paths |= from_operating_point
                self._set_temperature(library, temperature)
                for command in commands:
                    library.command(command)
                out, err = library.printed()
                if library.dead or failed(out, err):
                    raise SimulatorError(
                        explained("; ".join(commands), out, err, _origins(netlist))
                    )
                return self._taken(library, plots, out, err, netlist)
            except SimulatorError:
                # What the library holds after a failure is anybody's guess.
                self._forget(library)
                raise
            finally:
                if not library.dead:
                    library.command("destroy all")
                    library.forget_commands()
                    library.printed()

    def _holds(self, deck: _Deck) -> bool:
        """Whether what the library holds differs in numbers only."""
        held = self._held
        return (
            held is not None
            and held.structure == deck.structure
            and held.compatibility == deck.compatibility
        )

    def _has_dc_paths(self, deck: _Deck) -> bool:
        return self._dc_paths and self._holds(deck)

    def _prepare(self, library: NgspiceLibrary, deck: _Deck, netlist: Netlist | str) -> None:
        if self._holds(deck):
            self._alter(library, deck)
            return
        self._forget(library)
        if self._dialect != deck.compatibility:
            dialect = deck.compatibility
            library.command(f"set ngbehavior={dialect}" if dialect else "unset ngbehavior")
            library.command("set ng_nomodcheck" if dialect else "unset ng_nomodcheck")
            # The scale of a foundry's lengths would stay for the next circuit.
            library.command("unset scale")
            self._dialect = dialect
        library.load(list(deck.lines))
        out, err = library.printed()
        if library.dead or failed(out, err):
            lines = _line_origins(netlist, deck)
            raise SimulatorError(
                explained("reading the netlist", out, err, _origins(netlist), lines)
            )
        self._held = deck
        # Every number is altered at once, to the value that it has: one that is altered and one
        # that is read differ in the last digit, and results must not depend on what ran before.
        self._numbers = {}
        self._bases = {
            key: _base(library.quantity(f"@{key[0]}[{key[1]}]"), neutral)
            for key, neutral in deck.neutral.items()
        }
        library.printed()
        self._alter(library, deck)

    def _alter(self, library: NgspiceLibrary, deck: _Deck) -> None:
        altered = False
        for key, value in deck.numbers.items():
            if self._numbers.get(key) != value:
                device, parameter = key
                absolute = self._bases[key](value) if key in self._bases else value
                library.command(f"alter @{device}[{parameter}] = {absolute!r}")
                self._numbers[key] = value
                altered = True
        if altered:
            out, err = library.printed()
            if library.dead or failed(out, err):
                raise SimulatorError(explained("altering the netlist", out, err, {}))

    def _set_temperature(self, library: NgspiceLibrary, temperature: float) -> None:
        if self._temperature != temperature:
            # More digits than these are not taken for a number.
            library.command(f"option temp = {temperature - _KELVIN_AT_ZERO_CELSIUS:.9g}")
            self._temperature = temperature

    def _taken(
        self,
        library: NgspiceLibrary,
        plots: Sequence[str],
        out: list[str],
        err: list[str],
        netlist: Netlist | str,
    ) -> list[dict[str, Vector]]:
        newest = library.newest_plot()
        found = re.fullmatch(r"([a-z]+)(\d+)", newest)
        taken = []
        for place, beginning in enumerate(plots):
            back = len(plots) - 1 - place
            if found is None or found[1] != beginning or int(found[2]) - back < 1:
                raise SimulatorError(
                    explained(f"no result of {beginning}", out, err, _origins(netlist))
                )
            taken.append(library.vectors(f"{beginning}{int(found[2]) - back}"))
        return taken

    def _forget(self, library: NgspiceLibrary) -> None:
        if self._held is not None and not library.dead:
            library.command("remcirc")
            library.printed()
        self._held = None
        self._numbers = {}
        self._temperature = None
        self._dc_paths = False


def _check_dc_paths(netlist: Netlist | str) -> None:
    if isinstance(netlist, str):
        return
    floating = nodes_without_dc_path(netlist)
    if floating:
        node, element = next(iter(floating.items()))
        others = f" (and {len(floating) - 1} more)" if len(floating) > 1 else ""
        raise InvalidInput(
            f"no direct current reaches node {node!r}{others} of netlist {netlist.title!r}, which "
            f"{spice_name(element)} touches ({element.origin}), so that it has no operating point; "
            f"connect it with a large resistor, or run a transient from initial voltages"
        )


def _deck(netlist: Netlist | str, settings: Sequence[str]) -> _Deck:
    if isinstance(netlist, str):
        title, *rest = netlist.rstrip("\n").split("\n")
        text = (title, *settings, *rest)
        return _Deck(lines=text, structure=text, numbers={}, neutral={}, compatibility=None)
    numbers: dict[tuple[str, str], float] = {}
    neutral: dict[tuple[str, str], float] = {}
    subcircuits = netlist.subcircuits
    for prefix, element in _everything(netlist.elements, subcircuits, ()):
        for each in element.adjustable():
            key = (_device(prefix, each.device), each.parameter)
            numbers[key] = each.value
            if each.neutral is not None:
                neutral[key] = each.neutral
    lines: list[str] = []
    structure: list[str] = []
    for line, described in netlist.lines_with_elements():
        lines.append(line)
        structure.append(line if described is None else _masked(line, described.adjustable()))
    lines[1:1] = settings
    structure[0:1] = settings  # the title does not matter
    dialects = [
        each.compatibility
        for each in netlist.definitions
        if isinstance(each, Library) and each.compatibility is not None
    ]
    return _Deck(
        lines=tuple(lines),
        structure=tuple(structure),
        numbers=numbers,
        neutral=neutral,
        compatibility=dialects[0] if dialects else None,
    )


def _base(value: float | None, neutral: float) -> Callable[[float], float]:
    """How a deviation is put on top of what a library gives a device by itself.

    A corner may be a shift of every threshold, which an altered one must not wipe out.
    """
    if neutral == 0.0:
        start = value or 0.0
        return lambda deviation: start + deviation
    # ngspice says 0 for a factor that nobody gave.
    factor = value or 1.0
    return lambda deviation: factor * deviation


def _everything(
    elements: Sequence[Element], subcircuits: Mapping[str, Subcircuit], prefix: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Element]]:
    """Every element with the instances that it lies in."""
    for element in elements:
        yield prefix, element
        if isinstance(element, Instance):
            inner = subcircuits.get(element.subcircuit.lower())
            if inner is not None:
                name = spice_name(element).lower()
                yield from _everything(inner.elements, subcircuits, (*prefix, name))


def _device(prefix: tuple[str, ...], device: tuple[str, ...]) -> str:
    """As ngspice names it: r.xneuron.rload inside an instance, rload outside."""
    path = (*prefix, *device)
    return path[0] if len(path) == 1 else f"{path[-1][0]}.{'.'.join(path)}"


def _masked(line: str, adjustable: Sequence[Adjustable]) -> str:
    tokens = line.split(" ")
    for each in adjustable:
        if each.neutral is not None:
            continue
        text = repr(each.value)
        named = f"{each.parameter}={text}"
        for place in range(len(tokens) - 1, 0, -1):
            if tokens[place] == named or tokens[place] == text:
                tokens[place] = _MASK
                break
        else:
            return line
    return " ".join(tokens)


def _line_origins(netlist: Netlist | str, deck: _Deck) -> Mapping[int, str]:
    """Where the element of each line was made, by the number that ngspice gives the line."""
    if isinstance(netlist, str):
        return {}
    described = [element for _, element in netlist.lines_with_elements()]
    # Settings stand behind the title.
    before = len(deck.lines) - len(described)
    return {
        place + before + 1: f"{spice_name(element)} was made at {element.origin}"
        for place, element in enumerate(described)
        if element is not None
    }


def _origins(netlist: Netlist | str) -> Mapping[str, str]:
    """Where each element was made, by the name that ngspice uses in messages."""
    found: dict[str, str] = {}
    if isinstance(netlist, str):
        return found
    for prefix, element in _everything(netlist.elements, netlist.subcircuits, ()):
        found[_device(prefix, (spice_name(element).lower(),))] = element.origin
    return found


SESSION: Final = NgspiceSession()
"""The one session of this process."""
