"""The effective matrix of a crossbar by a tree of merges.

The array is cut into small blocks, each block reduced to the conductances between its ports, and
neighbours are merged in pairs until drivers and outputs are all that is left. A level whose blocks
have P x P cells costs about 62 P multiplications and additions per cell, so that the last levels
decide: some 40 n^3 for an n x n array, nearly all of it in products of large matrices. Blocks are
merged depth first: what is used next has just been made and is still in the cache.

Everything is positive and is only added, so that every entry of the result is accurate to a few
roundings, for conductances over any number of decades.

Blocks up to a size are merged by compiled loops (`ohmloom.circuits.crossbar_solver.merge_kernel`),
the larger ones by `ohmloom.circuits.crossbar_solver.blocks`.
"""

import functools
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.compiled_loops import say_if_compiling
from ohmloom.circuits.crossbar_solver.blas_threads import one_blas_thread
from ohmloom.circuits.crossbar_solver.blocks import (
    Block,
    eliminated,
    joined,
    joined_for_transfer,
)
from ohmloom.circuits.crossbar_solver.leaf_kernel import (
    LANES,
    LeafProgram,
    leaf_program,
    reduce_leaves,
)
from ohmloom.circuits.crossbar_solver.merge_kernel import last_merge, merge_blocks
from ohmloom.circuits.crossbar_solver.wire_segments import OpenSides, WireSegments

_LEAF = 8
"""Rows and columns of a leaf, at most."""
_WHOLE = 128
"""An array of up to so many rows and columns is done by compiled loops from end to end."""
_PART = 64
"""Of a larger one, blocks of this size: their matrices fit the second-level cache."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Level:
    """The blocks of one level: how many ports each has, and where it is kept."""

    vertical: bool
    """Whether it was made by merging upper and lower blocks, or left and right ones."""
    sides: IntArray
    """Ports left, right, top and bottom, shape (block rows, block columns, 4)."""
    starts: IntArray
    """Where the matrix of each block begins, shape (block rows, block columns)."""
    size: int
    """Numbers in all of them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Leaves:
    """Blocks of one shape on the lowest level."""

    program: LeafProgram
    places: IntArray
    port_numbers: IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class _Plan:
    """How to reduce a part of an array by compiled loops."""

    leaves: tuple[_Leaves, ...]
    levels: tuple[_Level, ...]


def transfer_by_merging(
    conductance: FloatArray,
    wires: WireSegments,
    *,
    threads: int = 1,
    single_precision: bool = False,
) -> FloatArray:
    """Current into each column per volt on each row.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        wires: of each tile.
        threads: tiles that are worked on at the same time.
        single_precision: whether blocks of more than 64 rows or columns are merged in float32.

    Returns:
        Shape (tiles, rows, columns) [S].
    """
    say_if_compiling(reduce_leaves, "the crossbar solver")
    tiles, rows, columns = conductance.shape
    transfer = np.zeros((tiles, rows, columns))
    open_sides = wires.open_sides
    if (open_sides[0] and open_sides[1]) or (open_sides[2] and open_sides[3]):
        return transfer
    halves = wires.halves
    if max(rows, columns) <= _LEAF:
        _small_tiles(conductance, halves, open_sides, transfer)
        return transfer

    def one_tile(tile: int) -> None:
        cells = conductance[tile : tile + 1]
        array = _Array(conductance=cells, halves=halves, single_precision=single_precision)
        _one_tile(array, open_sides, transfer[tile])

    with one_blas_thread():
        if threads == 1 or tiles == 1:
            for tile in range(tiles):
                one_tile(tile)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(one_tile, range(tiles)))
    return transfer


@dataclass(frozen=True, kw_only=True, eq=False)
class _Array:
    """What the leaves are made from."""

    conductance: FloatArray
    """Shape (tiles, rows, columns) [S]."""
    halves: tuple[FloatArray, FloatArray]
    """As `WireSegments.halves` gives them."""
    single_precision: bool = False
    """Whether large blocks are merged in float32."""


def _small_tiles(
    conductance: FloatArray,
    halves: tuple[FloatArray, FloatArray],
    open_sides: OpenSides,
    transfer: FloatArray,
) -> None:
    """Tiles that are a single leaf, side by side."""
    tiles, rows, columns = conductance.shape
    plan = _plan(rows, columns, open_sides)
    (leaves,), (level,) = plan.leaves, plan.levels
    places = np.repeat(leaves.places, tiles, axis=0)
    places[:, 0] = np.arange(tiles)
    places[:, 3] = level.size * np.arange(tiles)
    blocks = np.empty(tiles * level.size)
    _reduce(_Array(conductance=conductance, halves=halves), leaves, places, blocks)
    ports = int(level.sides.sum())
    matrix = blocks.reshape(tiles, ports, ports)
    left, right, top, bottom = _side_slices(level.sides[0, 0])
    for drive in (left, right):
        for output in (top, bottom):
            if drive.stop > drive.start and output.stop > output.start:
                transfer += matrix[:, drive, output]


def _one_tile(array: _Array, open_sides: OpenSides, transfer: FloatArray) -> None:
    rows, columns = transfer.shape
    if max(rows, columns) <= (_PART if array.single_precision else _WHOLE):
        plan = _plan(rows, columns, open_sides)
        blocks = _merged_until(array, plan, (0, 0), len(plan.levels) - 1)
        before = plan.levels[-2]
        first, second = before.sides.reshape(2, 4)
        cut = int(before.starts.reshape(2)[1])
        last_merge(
            blocks[:cut].reshape(int(first.sum()), -1),
            blocks[cut:].reshape(int(second.sum()), -1),
            first,
            second,
            plan.levels[-1].vertical,
            transfer,
        )
        return
    vertical = rows > columns
    one, other = _two_halves(array, (0, 0), (rows, columns), open_sides, vertical)
    transfer[...] = joined_for_transfer(
        one, other, eliminated(one, other, vertical), transfer.shape
    )


def _two_halves(
    array: _Array,
    place: tuple[int, int],
    shape: tuple[int, int],
    open_sides: OpenSides,
    vertical: bool,
) -> tuple[Block, Block]:
    (row, column), (rows, columns) = place, shape
    left, right, top, bottom = open_sides
    if vertical:
        half = rows // 2
        return (
            _reduced(array, place, (half, columns), (left, right, top, False)),
            _reduced(array, (row + half, column), (rows - half, columns),
                     (left, right, False, bottom)),
        )  # fmt: skip
    half = columns // 2
    return (
        _reduced(array, place, (rows, half), (left, False, top, bottom)),
        _reduced(array, (row, column + half), (rows, columns - half),
                 (False, right, top, bottom)),
    )  # fmt: skip


def _reduced(
    array: _Array, place: tuple[int, int], shape: tuple[int, int], open_sides: OpenSides
) -> Block:
    """A part of the array, reduced to its ports."""
    rows, columns = shape
    if max(rows, columns) <= _PART:
        plan = _plan(rows, columns, open_sides)
        blocks = _merged_until(array, plan, place, len(plan.levels))
        sides = plan.levels[-1].sides[0, 0]
        matrix = blocks.reshape(int(sides.sum()), -1)
        if array.single_precision:
            matrix = matrix.astype(np.float32)
        return Block(matrix=matrix, sides=sides)
    vertical = rows > columns
    one, other = _two_halves(array, place, shape, open_sides, vertical)
    return joined(one, other, eliminated(one, other, vertical))


def _merged_until(array: _Array, plan: _Plan, place: tuple[int, int], levels: int) -> FloatArray:
    """Blocks of one level, one behind the other."""
    # Two rooms in turn; the last level gets one of its own, which outlives this call.
    blocks = _room(0, plan.levels[0].size) if levels > 1 else np.empty(plan.levels[0].size)
    for leaves in plan.leaves:
        places = leaves.places
        if place != (0, 0):
            places = places + np.array([0, *place, 0, 0])
        _reduce(array, leaves, places, blocks)
    for at in range(1, levels):
        below, level = plan.levels[at - 1], plan.levels[at]
        merged = np.empty(level.size) if at == levels - 1 else _room(at % 2, level.size)
        merge_blocks(blocks, below.sides, below.starts, level.vertical, merged, level.starts)
        blocks = merged
    return blocks


_kept = threading.local()


def _room(which: int, size: int) -> FloatArray:
    """Memory that this thread has used before, where it is large enough: fresh memory is dear."""
    rooms: dict[int, FloatArray] = _kept.__dict__.setdefault("rooms", {})
    if which not in rooms or rooms[which].size < size:
        rooms[which] = np.empty(size)
    return rooms[which][:size]


def _reduce(array: _Array, leaves: _Leaves, places: IntArray, blocks: FloatArray) -> None:
    program = leaves.program
    lanes = min(LANES, -(-len(places) // 8) * 8)
    deepest, widest = program.deepest, program.widest
    shapes = ((program.pairs,), (deepest, widest), (deepest * (deepest - 1) // 2,), (deepest + 1,))
    sizes = [math.prod(shape) * lanes for shape in shapes]
    room = _room(2, sum(sizes))
    ends = np.cumsum(sizes).tolist()
    pairs, outwards, inside, sums = (
        room[end - size : end].reshape(*shape, lanes)
        for size, end, shape in zip(sizes, ends, shapes, strict=True)
    )
    reduce_leaves(
        array.conductance,
        *array.halves,
        program.steps,
        places,
        leaves.port_numbers,
        (pairs, outwards, inside, sums),
        blocks,
    )


@functools.lru_cache(maxsize=256)
def _plan(rows: int, columns: int, open_sides: OpenSides) -> _Plan:
    row_sizes, column_sizes = _halved(rows), _halved(columns)
    levels = [_level(row_sizes, column_sizes, open_sides, vertical=False)]
    leaves = _leaves(row_sizes, column_sizes, levels[0])
    while len(row_sizes) * len(column_sizes) > 1:
        tall = row_sizes.max() >= column_sizes.max()
        vertical = len(column_sizes) == 1 or (len(row_sizes) > 1 and not tall)
        if vertical:
            row_sizes = row_sizes[0::2] + row_sizes[1::2]
        else:
            column_sizes = column_sizes[0::2] + column_sizes[1::2]
        levels.append(_level(row_sizes, column_sizes, open_sides, vertical=vertical))
    return _Plan(leaves=leaves, levels=tuple(levels))


def _halved(cells: int) -> IntArray:
    """Sizes of the leaves along a line: halved again and again."""
    sizes = np.array([cells])
    while sizes.max() > _LEAF:
        sizes = np.column_stack([sizes // 2, sizes - sizes // 2]).ravel()
    return sizes


def _level(rows: IntArray, columns: IntArray, open_sides: OpenSides, *, vertical: bool) -> _Level:
    sides = np.empty((len(rows), len(columns), 4), dtype=np.int64)
    sides[..., :2] = rows[:, None, None]
    sides[..., 2:] = columns[None, :, None]
    for side, border in enumerate((sides[:, 0], sides[:, -1], sides[0], sides[-1])):
        if open_sides[side]:
            border[:, side] = 0
    sizes = sides.sum(axis=-1) ** 2
    ends = sizes.ravel().cumsum()
    return _Level(
        vertical=vertical,
        sides=sides,
        starts=(ends - sizes.ravel()).reshape(sizes.shape),
        size=int(ends[-1]),
    )


def _leaves(rows: IntArray, columns: IntArray, level: _Level) -> tuple[_Leaves, ...]:
    """Leaves of the same shape together."""
    first_row, first_column = rows.cumsum() - rows, columns.cumsum() - columns
    groups = []
    for p in np.unique(rows):
        for q in np.unique(columns):
            chosen = np.argwhere((rows == p)[:, None] & (columns == q))
            row, column = chosen.T
            kinds, kind = np.unique(level.sides[row, column] > 0, axis=0, return_inverse=True)
            side_of_port = np.repeat(np.arange(4), [p, p, q, q])
            numbers = np.full((len(kinds), len(side_of_port) + 1), -1, dtype=np.int64)
            for line, present in zip(numbers, kinds, strict=True):
                stays = present[side_of_port]
                line[:-1][stays] = np.arange(stays.sum())
                line[-1] = stays.sum()
            tile = np.zeros(len(chosen), dtype=np.int64)
            places = [tile, first_row[row], first_column[column], level.starts[row, column],
                      kind.ravel()]  # fmt: skip
            groups.append(
                _Leaves(
                    program=leaf_program(int(p), int(q)),
                    places=np.column_stack(places),
                    port_numbers=numbers,
                )
            )
    return tuple(groups)


def _side_slices(sides: IntArray) -> tuple[slice, slice, slice, slice]:
    ends = sides.cumsum().tolist()
    left, right, top, bottom = (
        slice(end - length, end) for end, length in zip(ends, sides.tolist(), strict=True)
    )
    return left, right, top, bottom
