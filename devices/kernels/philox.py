"""Philox4x32-10: random words that are a function of a counter and a key, and of nothing else.

Four words of 32 bits count, two are the key; ten rounds of multiplications turn them into four
random words. There is no state: any word can be had at any time, in any order, on any machine.

Cells are numbered, and 256 neighbours make a group. The counters of a group are 64 numbers in a
row, and each counter serves four cells of the group that lie 64 apart, so that a loop over the
counters reads and writes neighbours. The counter of cell c is made of

    words 0, 1: 64 (c div 256) + c mod 64,    word 2: the event,    word 3: the call,

and of the four random words the cell takes number (c mod 256) div 64. Cells that draw for
themselves, one pulse after another, have counters of their own: words 0 and 1 hold the cell, the
top bit of word 1 is set, and word 3 counts.

Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1,
2, 3", Proc. SC11 (2011); the check values of its Random123 distribution are in the tests.
Holds for: fewer than 2^64 cells, 2^32 events and 2^32 calls per event and key.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import Array
from ohmloom.devices.kernels.compiled import compiled, taken_in

Words: TypeAlias = NDArray[np.uint32]
"""Random words of 32 bits."""
Floats: TypeAlias = NDArray[np.floating[Any]]
"""float32 or float64."""

COUNTERS = 64
"""Counters of one group."""
GROUP = 4 * COUNTERS
"""Cells of one group."""

_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
_LOW = 0xFFFFFFFF

# The same as typed numbers: numba would make a float of an unsigned and a signed integer.
_M0, _M1 = (np.uint64(value) for value in _MULTIPLIERS)
_W0, _W1 = (np.uint64(value) for value in _KEY_STEPS)
_MASK, _HALF = np.uint64(_LOW), np.uint64(32)
_OWN = np.uint64(1 << 31)
_COUNTERS, _WITHIN = np.uint64(COUNTERS), np.uint64(COUNTERS - 1)
_GROUP_BITS = np.uint64(8)


def philox(counter: tuple[Array, ...], key: tuple[Array, ...]) -> tuple[Array, ...]:
    """Four random words for every counter: the twin of the compiled loops, for any array.

    Args:
        counter: its four words, each a uint64 array of numpy or an int64 tensor of torch, 0 to
            2^32 - 1, shapes that broadcast.
        key: its two words, alike.

    Returns:
        Four words, 0 to 2^32 - 1, of the same kind.

    >>> zero = np.zeros(1, dtype=np.uint64)
    >>> [f"{int(word[0]):08x}" for word in philox((zero,) * 4, (zero,) * 2)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        # Products pass 2^63 and wrap in int64; the bits are the same, and the mask takes the sign
        # away that the shift brings in.
        product0, product1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((product1 >> 32) & _LOW) ^ c1 ^ k0,
            product1 & _LOW,
            ((product0 >> 32) & _LOW) ^ c3 ^ k1,
            product0 & _LOW,
        )
        k0, k1 = (k0 + _KEY_STEPS[0]) & _LOW, (k1 + _KEY_STEPS[1]) & _LOW
    return c0, c1, c2, c3


@taken_in
def _ten_rounds(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, key: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    # Words are kept in 64-bit lanes: one multiplication then gives both halves of the product.
    k0, k1 = key & _MASK, key >> _HALF
    for _ in range(10):
        product0, product1 = (c0 & _MASK) * _M0, (c2 & _MASK) * _M1
        c0, c1 = (product1 >> _HALF) ^ c1 ^ k0, product1 & _MASK
        c2, c3 = (product0 >> _HALF) ^ c3 ^ k1, product0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@compiled
def words_of_group(
    words: Words, group: np.uint64, event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """All words of a group of cells.

    Args:
        words: shape (4, COUNTERS), filled: row r holds the words of cells 64 r to 64 r + 63 of the
            group.
        group: number of the group.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    for i in range(COUNTERS):
        counter = group * _COUNTERS + np.uint64(i)
        w0, w1, w2, w3 = _ten_rounds(counter & _MASK, counter >> _HALF, event, call, key)
        words[0, i] = np.uint32(w0)
        words[1, i] = np.uint32(w1)
        words[2, i] = np.uint32(w2)
        words[3, i] = np.uint32(w3)


@compiled
def words_of_cells(
    words: Words, cells: NDArray[np.uint64], event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """The four words of the counter that each cell draws from in a draw over all cells.

    Args:
        words: shape (4, cells), filled.
        cells: numbers of the cells.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    for i in range(cells.size):
        cell = cells[i]
        counter = (cell >> _GROUP_BITS) * _COUNTERS + (cell & _WITHIN)
        w0, w1, w2, w3 = _ten_rounds(counter & _MASK, counter >> _HALF, event, call, key)
        words[0, i] = np.uint32(w0)
        words[1, i] = np.uint32(w1)
        words[2, i] = np.uint32(w2)
        words[3, i] = np.uint32(w3)


@compiled
def own_words(
    words: Words,
    cells: Words,
    above: np.uint64,
    count: int,
    event: np.uint64,
    call: np.uint64,
    key: np.uint64,
) -> None:
    """Four words of each cell's own, for cells that draw one by one.

    Args:
        words: shape (4, at least `count`), the first `count` columns filled.
        cells: lower 32 bits of the numbers of the cells, the first `count` of them are used.
        above: upper bits of all these numbers, below 2^31.
        count: how many.
        event: of the draw, below 2^32.
        call: how often the cell has drawn four words before, below 2^32.
        key: 64 bits.
    """
    for i in range(count):
        w0, w1, w2, w3 = _ten_rounds(np.uint64(cells[i]), above | _OWN, event, call, key)
        words[0, i] = np.uint32(w0)
        words[1, i] = np.uint32(w1)
        words[2, i] = np.uint32(w2)
        words[3, i] = np.uint32(w3)


def counters(cells: Array) -> tuple[Array, Array, Array]:
    """Where each cell finds its word: words 0 and 1 of the counter, and which of the four it takes.

    Args:
        cells: numbers of the cells, a uint64 array of numpy or an int64 tensor of torch.

    Returns:
        Three arrays of the same kind and shape.
    """
    counter = (cells >> 8) * COUNTERS + (cells & (COUNTERS - 1))
    return counter & _LOW, counter >> 32, (cells & (GROUP - 1)) >> 6
