"""Random numbers that belong to cells: what a cell draws does not depend on which others draw.

A `numpy.random.Generator` hands out its numbers in turn, so that a cell gets another number as soon
as the array is cut into other blocks. Here the n-th draw of cell c at event e is a function of
(key, e, n, c) alone. Arrays can be worked through in blocks, in any order, one cell at a time or on
another machine, and an event can be replayed.

What an event is, is up to the caller: a pulse, a reading, a step of time. A number of an event is
used for one purpose; two purposes take two keys.

Source: the numbers are those of `ohmloom.devices.kernels.philox` and `.normal`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ohmloom.arrays import FloatArray
from ohmloom.devices.kernels.normal import normals_of_cells, normals_of_range, normals_of_words
from ohmloom.devices.kernels.philox import counters, philox
from ohmloom.devices.kernels.uniform import uniforms_of_cells, uniforms_of_range
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws, seed_sequence

if TYPE_CHECKING:
    import torch

MOST_EVENTS = 2**32
"""Events of one key, and draws of one cell at one event."""


@dataclass(frozen=True, kw_only=True)
class CellKey:
    """What the numbers of the cells are for; made by `cell_key`."""

    value: int
    """64 bits."""

    def __post_init__(self) -> None:
        if not 0 <= self.value < 2**64:
            raise InvalidInput(f"a key has 64 bits, but {self.value} was given; use cell_key()")


def cell_key(seed: int, *names: str | int) -> CellKey:
    """A key that belongs to these names alone.

    Args:
        seed: the one seed of the run, not negative.
        names: what the numbers are for, such as chip name and "pulse noise".
    """
    return CellKey(value=int(seed_sequence(seed, *names).generate_state(1, np.uint64)[0]))


def drawn_cell_key(rng: Draws) -> CellKey:
    """A key drawn from a stream, so that one number of the stream stands for many of the cells.

    Args:
        rng: the stream.
    """
    high, low = (rng.random((2,)) * 2**32).astype(np.uint64)
    return CellKey(value=int(high) << 32 | int(low))


class CellDraws:
    """The numbers of some cells at one event, as `ohmloom.randomness.Draws`.

    Every call draws once more from every cell; only the number of calls is kept.

    >>> key = cell_key(1, "chip 3", "pulse noise")
    >>> all_cells, some = CellDraws(key, 7, range(1000)), CellDraws(key, 7, np.array([900, 3]))
    >>> bool((all_cells.standard_normal((1000,))[[900, 3]] == some.standard_normal((2,))).all())
    True
    """

    def __init__(self, key: CellKey, event: int, cells: "slice | range | NDArray[Any]") -> None:
        """Draw for some cells.

        Args:
            key: what the numbers are for.
            event: which one of the key, below 2^32.
            cells: their numbers, not negative: a range, a slice with both ends, or an index array
                of shape (cells,).

        Raises:
            InvalidInput: a negative number, a slice without ends, an array that is no index array.
        """
        self._key = np.uint64(key.value)
        self._event = np.uint64(_checked(event, "event"))
        self._call = 0
        self._first, self._indices, self._count = _parsed(cells)

    @property
    def key(self) -> CellKey:
        """What the numbers are for."""
        return CellKey(value=int(self._key))

    @property
    def event(self) -> int:
        """Which one of the key."""
        return int(self._event)

    @property
    def call(self) -> int:
        """How many draws there were so far."""
        return self._call

    @property
    def first_cell(self) -> int | None:
        """The first of the cells where they are neighbours in order; None otherwise."""
        return self._first if self._indices is None else None

    def standard_normal(
        self, size: tuple[int, ...], dtype: "type[np.floating[Any]]" = np.float64
    ) -> FloatArray:
        """Normal numbers of mean zero and variance one.

        Args:
            size: (cells,), or (rows, cells), which draws once for each row.
            dtype: float32 holds the same numbers, with errors below 1e-6.

        Returns:
            Shaped as `size`.

        Raises:
            InvalidInput: the size does not fit the cells.
        """
        out, rows = self._empty(size, dtype)
        for row in rows:
            call = self._next_call()
            if self._indices is None:
                normals_of_range(row, self._first, self._event, call, self._key)
            else:
                normals_of_cells(row, self._indices, self._event, call, self._key)
        return out

    def random(
        self, size: tuple[int, ...], dtype: "type[np.floating[Any]]" = np.float64
    ) -> FloatArray:
        """Uniform numbers, at least 0 and below 1, multiples of 2^-32.

        Args:
            size: (cells,), or (rows, cells), which draws once for each row.
            dtype: float32 holds the same numbers cut off to multiples of 2^-24.

        Returns:
            Shaped as `size`.

        Raises:
            InvalidInput: the size does not fit the cells.
        """
        out, rows = self._empty(size, dtype)
        for row in rows:
            call = self._next_call()
            if self._indices is None:
                uniforms_of_range(row, self._first, self._event, call, self._key)
            else:
                uniforms_of_cells(row, self._indices, self._event, call, self._key)
        return out

    def _empty(
        self, size: tuple[int, ...], dtype: "type[np.floating[Any]]"
    ) -> tuple[FloatArray, FloatArray]:
        """The array to fill, and the same as rows."""
        if len(size) not in (1, 2) or size[-1] != self._count:
            raise InvalidInput(
                f"numbers of {self._count} cells were asked for in shape {size}; ask for "
                f"({self._count},) or (rows, {self._count})"
            )
        if dtype not in (np.float32, np.float64):
            raise InvalidInput(f"numbers come as float32 or float64, not as {dtype}")
        out: NDArray[Any] = np.empty(size, dtype=dtype)
        return out, out.reshape(-1, self._count) if self._count else out.reshape(0, 0)

    def _next_call(self) -> np.uint64:
        call = np.uint64(_checked(self._call, "number of draws"))
        self._call += 1
        return call


def cell_normals_torch(
    key: CellKey, event: int, call: int, cells: "torch.Tensor", device: "torch.device | str"
) -> "torch.Tensor":
    """What `CellDraws(key, event, cells).standard_normal` gives at its call number `call`.

    Args:
        key: what the numbers are for.
        event: which one of the key, below 2^32.
        call: how many draws there were before at this event.
        cells: their numbers, an int64 tensor of any shape, not negative.
        device: where the numbers are made.

    Returns:
        Shaped as `cells`, float64; the same numbers up to rounding.
    """
    import torch  # noqa: PLC0415  torch loads slowly

    where = cells.to(device=device, dtype=torch.int64)
    low, high, row = counters(where)

    def filled(value: int) -> torch.Tensor:
        return torch.full((), value, dtype=torch.int64, device=where.device)

    words = philox(
        (low, high, filled(_checked(event, "event")), filled(_checked(call, "call"))),
        (filled(key.value & 0xFFFFFFFF), filled(key.value >> 32)),
    )
    early = row < 2
    first = torch.where(early, words[0], words[2]).to(torch.float64)
    second = torch.where(early, words[1], words[3]).to(torch.float64)
    across, up = normals_of_words(first, second)
    return torch.where(row % 2 == 0, across, up)


def _checked(value: int, name: str) -> int:
    if not 0 <= value < MOST_EVENTS:
        raise InvalidInput(f"the {name} must lie between 0 and 2^32 - 1, but is {value}")
    return int(value)


def _parsed(
    cells: "slice | range | NDArray[Any]",
) -> tuple[int, NDArray[np.uint64] | None, int]:
    """The first cell, the indices unless they are neighbours in order, and how many there are."""
    if isinstance(cells, slice):
        if cells.start is None or cells.stop is None:
            raise InvalidInput(f"{cells} has no end; give both ends, or a range")
        cells = range(cells.start, cells.stop, cells.step or 1)
    if isinstance(cells, range):
        if cells and min(cells[0], cells[-1]) < 0:
            raise InvalidInput(f"cells are numbered from 0, but {cells} was given")
        if cells.step == 1:
            return (cells.start if cells else 0), None, len(cells)
        cells = np.arange(cells.start, cells.stop, cells.step)
    indices = np.asarray(cells)
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise InvalidInput(
            f"cells must be an index array of shape (cells,), but have shape {indices.shape} and "
            f"type {indices.dtype}; turn a mask into indices with np.flatnonzero"
        )
    if indices.size and int(indices.min()) < 0:
        raise InvalidInput(f"cells are numbered from 0, but {int(indices.min())} is among them")
    return 0, indices.astype(np.uint64), indices.size
