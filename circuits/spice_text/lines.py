"""SPICE text as logical lines: comments gone, continuations joined, words apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Line:
    """One logical line."""

    file: str
    """Where it stands."""
    number: int
    """Of its first line there, from 1."""
    text: str
    """Without comments, continuation lines joined."""

    @property
    def origin(self) -> str:
        """File and line, for messages."""
        return f"{self.file}:{self.number}"

    def words(self) -> list[str]:
        """Its words: formulas in braces or quotes stay whole, `a = b` becomes `a=b`."""
        return split_words(self.text)

    def error(self, what: str) -> InvalidInput:
        """An error that names this line."""
        return InvalidInput(f"{self.origin}: {what}: {self.text}")


# A formula in braces or quotes, a bracketed wave, or anything up to a blank.
_SPACES_AROUND_EQUALS: Final = re.compile(r"\s*=\s*")
_TRAILING_COMMENT: Final = re.compile(r"(?:;|\s\$\s|\s//).*$")


def logical_lines(text: str, file: str) -> Iterator[Line]:
    """The logical lines of a text behind its title.

    Args:
        text: of a netlist, its first line the title.
        file: what to call it in messages.

    Raises:
        InvalidInput: a continuation line has nothing to continue.
    """
    held: Line | None = None
    for number, raw in enumerate(text.splitlines()[1:], start=2):
        stripped = _TRAILING_COMMENT.sub("", raw).strip()
        if not stripped or stripped.startswith("*"):
            continue
        if stripped.startswith("+"):
            if held is None:
                raise InvalidInput(f"{file}:{number}: '+' continues no line: {stripped}")
            rest = stripped[1:].strip()
            held = Line(file=file, number=held.number, text=f"{held.text} {rest}")
            continue
        if held is not None:
            yield held
        held = Line(file=file, number=number, text=stripped)
    if held is not None:
        yield held


def split_words(text: str) -> list[str]:
    """Words of a line; what is in braces, quotes or round brackets stays together."""
    text = _SPACES_AROUND_EQUALS.sub("=", text)
    words, word, depth, quote = [], "", 0, False
    for letter in text:
        if letter == "'":
            quote = not quote
        elif letter in "({":
            depth += 1
        elif letter in ")}":
            depth -= 1
        if letter.isspace() and depth <= 0 and not quote:
            if word:
                words.append(word)
            word = ""
        else:
            word += letter
    return [*words, word] if word else words
