"""The wires of a crossbar, segment by segment, with what their ends lead to."""

import functools
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import Array, BoolArray, FloatArray
from ohmloom.circuits.crossbar_solver.wire_segments import WireSegments, wire_segments


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossbarWires:
    """Resistances of one crossbar, segment by segment, and what the lines end in."""

    word: Array
    """Of the word-line segments with the drivers behind the ends, infinite where an end is open,
    from left to right, shape (rows, columns + 1) [ohm]."""
    bit: Array
    """Of the bit-line segments with what senses behind the ends, infinite where an end is open,
    from top to bottom, shape (rows + 1, columns) [ohm]."""
    source: Array
    """Share of the end segments of `word` that belongs to the drivers, shape (rows,) [ohm]."""
    sense: Array
    """Share of the end segments of `bit` that belongs to what senses, shape (columns,) [ohm]."""


@dataclass(frozen=True, kw_only=True)
class EvenWires:
    """Wires that are the same everywhere: four numbers, and which ends are open."""

    rows: int
    """Of the array."""
    columns: int
    """Of the array."""
    resistances: tuple[float, float, float, float]
    """Of a word-line segment, of a bit-line segment, of a driver and of what senses [ohm]."""
    open_sides: tuple[bool, bool, bool, bool]
    """Whether nothing is connected at the left, at the right, at the top, at the bottom."""


@functools.lru_cache(maxsize=4)
def even_wires(wires: EvenWires) -> CrossbarWires:
    """Written out segment by segment; kept, since array after array has the same wires."""
    left, right, top, bottom = wires.open_sides
    open_word = np.broadcast_to([left, right], (wires.rows, 2))
    open_bit = np.broadcast_to([[top], [bottom]], (2, wires.columns))
    return uneven_wires((wires.rows, wires.columns), wires.resistances, open_word, open_bit)


@functools.lru_cache(maxsize=4)
def even_segments(wires: EvenWires, negligible: float) -> WireSegments:
    """Their conductances, which nobody may write to.

    Args:
        wires: of the array.
        negligible: what a segment without resistance gets [ohm].
    """
    written = even_wires(wires)
    return wire_segments(written.word, written.bit, negligible=negligible)


def uneven_wires(
    shape: tuple[int, int],
    resistances: tuple[float | Array, float | Array, float | Array, float | Array],
    open_word: BoolArray,
    open_bit: BoolArray,
) -> CrossbarWires:
    """Wires written out segment by segment.

    Args:
        shape: of the array.
        resistances: of word-line segments, of bit-line segments, of drivers and of what senses, as
            `Crossbar` takes them [ohm].
        open_word: which ends of word lines lead nowhere, left and right, shape (rows, 2).
        open_bit: which ends of bit lines lead nowhere, top and bottom, shape (2, columns).
    """
    rows, columns = shape
    along_word, along_bit, source, sense = map(np.asarray, resistances)
    word, bit = np.empty((rows, columns + 1)), np.empty((rows + 1, columns))
    word[...] = along_word[:, None] if along_word.ndim == 1 else along_word
    bit[...] = along_bit
    at_source, at_sense = _each(source, rows), _each(sense, columns)
    word[:, [0, -1]] += at_source[:, None]
    bit[[0, -1]] += at_sense
    word[:, [0, -1]] = np.where(open_word, np.inf, word[:, [0, -1]])
    bit[[0, -1]] = np.where(open_bit, np.inf, bit[[0, -1]])
    for resistance in (word, bit, at_source, at_sense):
        resistance.flags.writeable = False
    return CrossbarWires(word=word, bit=bit, source=at_source, sense=at_sense)


def _each(value: Array, lines: int) -> FloatArray:
    return np.array(np.broadcast_to(value, lines))
