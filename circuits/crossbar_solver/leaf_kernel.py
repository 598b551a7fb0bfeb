"""Small blocks of a crossbar, reduced to what their borders see; many blocks side by side.

A wire segment between two cells is cut at its middle, so that a cell has four ports: left and right
on its word line, top and bottom on its bit line. The two nodes inside are eliminated (star to
mesh), then blocks are merged pairwise until they have the wanted size. A block is kept as the
conductances between its ports, all of them positive: eliminating a node only ever adds, so nothing
cancels, whatever the conductances are, and every one of them keeps its digits (Grassmann, Taksar
and Heyman, Operations Research 33, 1107 (1985)).

The order of merges depends on the shape of a block alone. It is written down once, as a list of
numbers that the compiled loop obeys for `lanes` blocks at the same time.

Conductances between n ports are stored as pairs (i, j), i > j, at position i (i - 1) / 2 + j.
Ports stand in the order left, right, top, bottom.
"""

import functools
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.compiled_loops import compiled

LANES = 64
"""Blocks reduced side by side: enough to hide the bookkeeping, few enough for the cache."""
_TOGETHER = 8
"""Blocks written side by side: as many as one line of the cache holds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LeafProgram:
    """How to reduce a block of one shape to its ports."""

    steps: IntArray
    """What the loop does, one number after the other."""
    pairs: int
    """Pairs of ports that are alive at the same time, at most."""
    widest: int
    """Ports that meet at a merge without being eliminated, at most."""
    deepest: int
    """Ports that are eliminated in one merge, at most."""


@functools.lru_cache(maxsize=256)
def leaf_program(rows: int, columns: int) -> LeafProgram:
    """The order of merges for blocks of `rows` x `columns` cells; the result lies at pair 0."""
    return _Writer().program(rows, columns)


class _Writer:
    """Writes one program."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.pairs = 0
        self.widest = 1
        self.deepest = 1

    def program(self, rows: int, columns: int) -> LeafProgram:
        self._reduce(0, 0, rows, columns, 0)
        return LeafProgram(
            steps=np.array([*self.steps, -1], dtype=np.int64),
            pairs=self.pairs,
            widest=self.widest,
            deepest=self.deepest,
        )

    def _reduce(self, row: int, column: int, rows: int, columns: int, slot: int) -> None:
        """Leave the block with its first cell at (row, column) at `slot`."""
        size = _pairs(2 * (rows + columns))
        self.pairs = max(self.pairs, slot + size)
        if rows == columns == 1:
            self.steps += [0, row, column, slot]
            return
        vertical = rows > columns
        half = (rows if vertical else columns) // 2
        shapes = (
            ((half, columns), (rows - half, columns))
            if vertical
            else ((rows, half), (rows, columns - half))
        )
        first = slot + size
        second = first + _pairs(2 * sum(shapes[0]))
        self._reduce(row, column, *shapes[0], first)
        if vertical:
            self._reduce(row + half, column, *shapes[1], second)
        else:
            self._reduce(row, column + half, *shapes[1], second)
        self._merge(vertical, shapes, (first, second), slot)

    def _merge(
        self,
        vertical: bool,
        shapes: tuple[tuple[int, int], tuple[int, int]],
        slots: tuple[int, int],
        out: int,
    ) -> None:
        # Port numbers of both blocks by side: left, right, top, bottom.
        sides = [_sides(*shape) for shape in shapes]
        shared = (sides[0][3], sides[1][2]) if vertical else (sides[0][1], sides[1][0])
        kept: list[tuple[int, int]] = []
        for side in range(4):
            for block in range(2):
                gone = side == (3 - block if vertical else 1 - block)
                kept += [(block, port) for port in sides[block][side] if not gone]
        self.widest = max(self.widest, len(kept))
        self.deepest = max(self.deepest, len(shared[0]))

        def at(block: int, one: int, other: int) -> int:
            high, low = max(one, other), min(one, other)
            return slots[block] + _pairs(high) + low

        copied: list[int] = []
        cleared: list[int] = []
        for i, (block, port) in enumerate(kept):
            for j, (other_block, other_port) in enumerate(kept[:i]):
                here = out + _pairs(i) + j
                if block == other_block:
                    copied += [at(block, port, other_port), here]
                else:
                    cleared.append(here)
        outwards = [at(block, port, shared[block][k]) for k in range(len(shared[0]))
                    for block, port in kept]  # fmt: skip
        inside: list[int] = []
        for i in range(len(shared[0])):
            for j in range(i):
                inside += [at(block, shared[block][i], shared[block][j]) for block in range(2)]
        self.steps += [1, out, len(shared[0]), len(kept), len(copied) // 2, len(cleared)]
        self.steps += copied + cleared + outwards + inside


def _pairs(ports: int) -> int:
    return ports * (ports - 1) // 2


def _sides(rows: int, columns: int) -> tuple[range, range, range, range]:
    """Port numbers of a block: left, right, top, bottom."""
    bounds = np.cumsum([0, rows, rows, columns, columns]).tolist()
    left, right, top, bottom = (range(bounds[k], bounds[k + 1]) for k in range(4))
    return left, right, top, bottom


@compiled
def reduce_leaves(
    conductance: FloatArray,
    word: FloatArray,
    bit: FloatArray,
    steps: IntArray,
    places: IntArray,
    port_numbers: IntArray,
    scratch: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    out: FloatArray,
) -> None:
    """Reduce blocks of one shape and write them into a level of the tree.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        word: from each cell to its left and its right port, shape (rows, columns, 2) [S].
        bit: from each cell to its upper and its lower port, shape (rows, columns, 2) [S].
        steps: the program of this shape.
        places: for each block its tile, first row, first column, where it starts in `out`, and
            which line of `port_numbers` holds, shape (blocks, 5).
        port_numbers: for each kind of border the new number of each port, -1 for a port that leads
            nowhere; behind them the number of ports that stay, shape (kinds, ports + 1).
        scratch: room for pairs (pairs, lanes), shared against kept ports (deepest, widest, lanes),
            shared against shared (pairs, lanes), and sums (deepest + 1, lanes).
        out: symmetric matrices of the conductances between ports, one behind the other [S].
    """
    pairs, outwards, inside, sums = scratch
    lanes = pairs.shape[1]
    for first in range(0, places.shape[0], lanes):
        here = min(lanes, places.shape[0] - first)
        at = 0
        while steps[at] >= 0:
            if steps[at] == 0:
                cell = pairs[steps[at + 3] : steps[at + 3] + 6]
                # Fetched one by one, then worked on side by side.
                for lane in range(lanes):
                    place = places[first + min(lane, here - 1)]
                    row, column = place[1] + steps[at + 1], place[2] + steps[at + 2]
                    cell[0, lane], cell[1, lane] = word[row, column, 0], word[row, column, 1]
                    cell[2, lane], cell[3, lane] = bit[row, column, 0], bit[row, column, 1]
                    cell[4, lane] = conductance[place[0], row, column]
                for lane in range(lanes):
                    left, right, through = cell[0, lane], cell[1, lane], cell[4, lane]
                    top, bottom = cell[2, lane], cell[3, lane]
                    total = left + right + through
                    share = 1.0 / total if total > 0.0 else 0.0
                    to_left, to_right = left * (through * share), right * (through * share)
                    total = top + bottom + to_left + to_right
                    below = 1.0 / total if total > 0.0 else 0.0
                    cell[0, lane] = left * (right * share) + to_left * (to_right * below)
                    cell[1, lane] = to_left * (top * below)
                    cell[2, lane] = to_right * (top * below)
                    cell[3, lane] = to_left * (bottom * below)
                    cell[4, lane] = to_right * (bottom * below)
                    cell[5, lane] = top * (bottom * below)
                at += 4
                continue
            at = _merge_lanes(steps, at, pairs, outwards, inside, sums)
        for low in range(0, here, _TOGETHER):
            write_matrices(
                pairs[:, low : low + _TOGETHER],
                places[first + low : first + min(low + _TOGETHER, here)],
                port_numbers,
                out,
            )


@compiled
def write_matrices(
    pairs: FloatArray, places: IntArray, port_numbers: IntArray, out: FloatArray
) -> None:
    """Write neighbouring blocks into the level: one reading of the pairs, several to write."""
    ports = port_numbers.shape[1] - 1
    blocks = places.shape[0]
    alike = True
    for block in range(1, blocks):
        alike = alike and places[block, 4] == places[0, 4]
    # Blocks of different kinds are written one by one.
    width = blocks if alike else 1
    for low in range(0, blocks, width):
        numbers = port_numbers[places[low, 4]]
        kept = numbers[ports]
        pair = 0
        for i in range(ports):
            to = numbers[i]
            if to < 0:
                pair += i
                continue
            for block in range(low, low + width):
                out[places[block, 3] + to * kept + to] = 0.0
            for j in range(i):
                beside = numbers[j]
                if beside >= 0:
                    for block in range(low, low + width):
                        value = pairs[pair, block]
                        out[places[block, 3] + to * kept + beside] = value
                        out[places[block, 3] + beside * kept + to] = value
                pair += 1


@compiled
def _merge_lanes(  # noqa: PLR0912  loops, which compiled code is made of
    steps: IntArray,
    at: int,
    pairs: FloatArray,
    outwards: FloatArray,
    inside: FloatArray,
    sums: FloatArray,
) -> int:
    """Obey one merge of the program; returns where the next step stands."""
    out, shared, kept = steps[at + 1], steps[at + 2], steps[at + 3]
    copies, cleared = steps[at + 4], steps[at + 5]
    at += 6
    lanes = pairs.shape[1]
    for _ in range(copies):
        source, target = pairs[steps[at]], pairs[steps[at + 1]]
        for lane in range(lanes):
            target[lane] = source[lane]
        at += 2
    for _ in range(cleared):
        target = pairs[steps[at]]
        for lane in range(lanes):
            target[lane] = 0.0
        at += 1
    for k in range(shared):
        total = sums[k]
        for lane in range(lanes):
            total[lane] = 0.0
        for i in range(kept):
            source, target = pairs[steps[at]], outwards[k, i]
            for lane in range(lanes):
                target[lane] = source[lane]
                total[lane] += source[lane]
            at += 1
    for pair in range(shared * (shared - 1) // 2):
        one, other, target = pairs[steps[at]], pairs[steps[at + 1]], inside[pair]
        for lane in range(lanes):
            target[lane] = one[lane] + other[lane]
        at += 2

    root = sums[sums.shape[0] - 1]
    for k in range(shared):
        own = sums[k]
        for lane in range(lanes):
            root[lane] = own[lane]
        for j in range(k + 1, shared):
            link = inside[j * (j - 1) // 2 + k]
            for lane in range(lanes):
                root[lane] += link[lane]
        # A node that touches nothing stays out of it.
        for lane in range(lanes):
            root[lane] = 1.0 / np.sqrt(root[lane]) if root[lane] > 0.0 else 0.0
            own[lane] *= root[lane]
        for i in range(kept):
            target = outwards[k, i]
            for lane in range(lanes):
                target[lane] *= root[lane]
        for j in range(k + 1, shared):
            link, total = inside[j * (j - 1) // 2 + k], sums[j]
            for lane in range(lanes):
                link[lane] *= root[lane]
                total[lane] += link[lane] * own[lane]
            for i in range(kept):
                source, target = outwards[k, i], outwards[j, i]
                for lane in range(lanes):
                    target[lane] += link[lane] * source[lane]
            for i in range(k + 1, j):
                source, target = inside[i * (i - 1) // 2 + k], inside[j * (j - 1) // 2 + i]
                for lane in range(lanes):
                    target[lane] += link[lane] * source[lane]

    for i in range(1, kept):
        base = out + i * (i - 1) // 2
        for j in range(i):
            target = pairs[base + j]
            k = 0
            while k + 4 <= shared:
                a0, a1, a2, a3 = (outwards[k, i], outwards[k + 1, i], outwards[k + 2, i],
                                  outwards[k + 3, i])  # fmt: skip
                b0, b1, b2, b3 = (outwards[k, j], outwards[k + 1, j], outwards[k + 2, j],
                                  outwards[k + 3, j])  # fmt: skip
                for lane in range(lanes):
                    target[lane] += (a0[lane] * b0[lane] + a1[lane] * b1[lane]
                                     + a2[lane] * b2[lane] + a3[lane] * b3[lane])  # fmt: skip
                k += 4
            while k < shared:
                a0, b0 = outwards[k, i], outwards[k, j]
                for lane in range(lanes):
                    target[lane] += a0[lane] * b0[lane]
                k += 1
    return at
