"""Reads SPICE text: the subset that ohmloom's elements cover, and a clear error for the rest.

Elements R C L V I E G F H B D M X; `.subckt`, `.model`, `.param`, `.include`, `.lib`, `.ic`,
`.options`, `.temp`, `.op`, `.dc`, `.ac`, `.tran`, `.noise`. E and G that follow a formula become
behavioural sources. What only prints or plots (`.print`, `.plot`, `.probe`, `.save`, `.width`) is
left out.

Source: the formats are those of the ngspice manual, chapters 2 to 5 and 11.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ohmloom.circuits.analyses import Analysis
from ohmloom.circuits.elements.element import Element, Formula, Value
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.netlist import Definition, Library, Netlist, Subcircuit
from ohmloom.circuits.spice_text.analysis_cards import analysis_of
from ohmloom.circuits.spice_text.element_lines import element_of
from ohmloom.circuits.spice_text.line_values import formula_or_value, pairs, split_pairs
from ohmloom.circuits.spice_text.lines import Line, logical_lines, split_words
from ohmloom.circuits.spice_text.numbers import read_value
from ohmloom.errors import InvalidInput

_ZERO_CELSIUS: Final = 273.15
_PRINTS: Final = frozenset({".print", ".plot", ".probe", ".save", ".width", ".title", ".end"})


@dataclass(frozen=True, kw_only=True)
class Deck:
    """What a SPICE file holds."""

    netlist: Netlist
    """The circuit."""
    analyses: tuple[Analysis, ...] = ()
    """What it asks, in its order."""
    options: Mapping[str, str | float] = field(default_factory=dict)
    """Of the simulator."""
    temperature: float | None = None
    """Of the circuit, where it says so [K]."""


def read_deck(path: str | Path) -> Deck:
    """Read a SPICE file.

    Args:
        path: of the file; files that it includes are looked for beside it.

    Raises:
        InvalidInput: it cannot be read, or holds what is outside the subset; the message has file,
            line number and line.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(f"cannot read the netlist {file}: {error.strerror}") from error
    return parse_deck(text, file=str(file), folder=file.parent)


def parse_deck(text: str, *, file: str = "text", folder: Path | None = None) -> Deck:
    """Read SPICE text.

    Args:
        text: its first line is the title.
        file: what to call it in messages.
        folder: where relative paths begin, the current one where None.

    Raises:
        InvalidInput: it holds what is outside the subset; the message has file, line number and
            line.
    """
    title = (text.splitlines() or [""])[0].lstrip("* ").strip() or "untitled"
    reader = _Reader(folder or Path())
    reader.read(logical_lines(text, file))
    return reader.deck(title)


def parse_netlist(text: str) -> Netlist:
    """The circuit of SPICE text; raises `InvalidInput` for what is outside the subset."""
    return parse_deck(text).netlist


class _Scope:
    """What is collected on one level: the netlist itself, or a subcircuit."""

    def __init__(self) -> None:
        self.elements: list[tuple[Line, list[str]]] = []


class _Reader:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._top = _Scope()
        self._definitions: list[Definition] = []
        self._polarity: dict[str, str] = {}
        self._subcircuits: list[tuple[Line, list[str], _Scope]] = []
        self._open: list[tuple[Line, list[str], _Scope]] = []
        self._parameters: dict[str, Value] = {}
        self._initial: dict[str, float] = {}
        self._options: dict[str, str | float] = {}
        self._analyses: list[Analysis] = []
        self._temperature: float | None = None

    def read(self, lines: Iterator[Line]) -> None:
        for line in lines:
            words = line.words()
            head = words[0].lower()
            if head == ".end":
                break
            if head.startswith("."):
                self._card(line, head, words[1:])
            else:
                scope = self._open[-1][2] if self._open else self._top
                scope.elements.append((line, words))
        if self._open:
            raise self._open[-1][0].error("this .subckt has no .ends")

    def deck(self, title: str) -> Deck:
        definitions = list(self._definitions)
        for line, words, scope in self._subcircuits:
            definitions.append(self._subcircuit(line, words, scope))
        return Deck(
            netlist=Netlist(
                title=title,
                elements=self._made(self._top),
                definitions=tuple(definitions),
                parameters=self._parameters,
                initial_voltages=self._initial,
            ),
            analyses=tuple(self._analyses),
            options=self._options,
            temperature=self._temperature,
        )

    def _card(self, line: Line, head: str, words: list[str]) -> None:
        cards: dict[str, Callable[[Line, list[str]], None]] = {
            ".model": self._model,
            ".param": self._param,
            ".params": self._param,
            ".ic": self._ic,
            ".include": self._include,
            ".inc": self._include,
            ".lib": self._lib,
            ".option": self._option,
            ".options": self._option,
            ".temp": self._temp,
            ".subckt": self._subckt,
            ".ends": self._ends,
        }
        if head in _PRINTS:
            return
        if head in cards:
            cards[head](line, words)
            return
        analysis = analysis_of(line, head, words)
        if analysis is None:
            raise line.error(
                f"{head} is outside the subset that is read here; known are "
                f"{', '.join([*cards, '.op', '.dc', '.ac', '.tran', '.noise'])}"
            )
        self._analyses.append(analysis)

    def _model(self, line: Line, words: list[str]) -> None:
        if len(words) < 2:
            raise line.error("a model needs a name and a type")
        name, kind = words[0], words[1]
        rest = " ".join(words[2:])
        if "(" in kind:
            kind, _, inside = kind.partition("(")
            rest = f"({inside} {rest}"
        rest = rest.strip()
        if rest.startswith("(") and rest.endswith(")"):
            rest = rest[1:-1]
        parameters: dict[str, Value | str] = {}
        for key, text in pairs(line, split_words(rest)).items():
            value = read_value(text)
            parameters[key] = text if value is None else value
        kind = kind.lower()
        self._definitions.append(
            ModelCard(name=name, kind=kind, parameters=parameters, origin=line.origin)
        )
        self._polarity[name.lower()] = "p" if kind.startswith("p") else "n"

    def _param(self, line: Line, words: list[str]) -> None:
        if self._open:
            raise line.error(
                "a .param inside a subcircuit is outside the subset; give it to .subckt"
            )
        for name, text in pairs(line, words).items():
            self._parameters[name] = formula_or_value(text)

    def _ic(self, line: Line, words: list[str]) -> None:
        for name, text in pairs(line, words).items():
            found = re.fullmatch(r"v\((.+)\)", name, re.IGNORECASE)
            value = read_value(text)
            if found is None or not isinstance(value, float):
                raise line.error(".ic takes v(node)=voltage")
            self._initial[found[1].strip()] = value

    def _include(self, line: Line, words: list[str]) -> None:
        self._library(line, words, None)

    def _lib(self, line: Line, words: list[str]) -> None:
        if len(words) != 2:
            raise line.error(".lib takes a file and a section")
        self._library(line, words[:1], words[1])

    def _library(self, line: Line, words: list[str], section: str | None) -> None:
        path = self._folder / Path(words[0].strip("\"'"))
        if not path.is_file():
            raise line.error(f"there is no file {path}")
        text = path.read_text(encoding="utf-8", errors="replace")
        found = re.findall(r"^\s*\.(subckt|model)\s+(\S+)(?:\s+(\S+))?", text, re.I | re.M)
        subcircuits = tuple(name for kind, name, _ in found if kind.lower() == "subckt")
        models = tuple(name for kind, name, _ in found if kind.lower() == "model")
        for kind, name, what in found:
            if kind.lower() == "model":
                self._polarity[name.lower()] = "p" if what.lower().startswith("p") else "n"
        self._definitions.append(
            Library(path=path.resolve(), section=section, subcircuits=subcircuits, models=models)
        )

    def _option(self, line: Line, words: list[str]) -> None:
        for word in words:
            name, equals, text = word.partition("=")
            value = read_value(text) if equals else 1.0
            if isinstance(value, Formula):
                raise line.error("an option takes a number or a word")
            self._options[name.lower()] = text if value is None else value
        if "temp" in self._options:
            self._temperature = float(self._options.pop("temp")) + _ZERO_CELSIUS

    def _temp(self, line: Line, words: list[str]) -> None:
        value = read_value(words[0]) if len(words) == 1 else None
        if not isinstance(value, float):
            raise line.error(".temp takes one temperature")
        self._temperature = value + _ZERO_CELSIUS

    def _subckt(self, line: Line, words: list[str]) -> None:
        if self._open:
            raise line.error("a .subckt inside another is outside the subset; define it before")
        if len(words) < 2:
            raise line.error("a .subckt needs a name and a port")
        self._open.append((line, words, _Scope()))

    def _ends(self, line: Line, _words: list[str]) -> None:
        if not self._open:
            raise line.error("this .ends closes nothing")
        self._subcircuits.append(self._open.pop())

    def _subcircuit(self, line: Line, words: list[str], scope: _Scope) -> Subcircuit:
        plain, settings = split_pairs(line, words[1:])
        return Subcircuit(
            name=words[0],
            ports=tuple(word for word in plain if word.lower() != "params:"),
            elements=self._made(scope),
            parameters={name: formula_or_value(text) for name, text in settings.items()},
        )

    def _made(self, scope: _Scope) -> tuple[Element, ...]:
        return tuple(element_of(line, words, self._polarity) for line, words in scope.elements)
