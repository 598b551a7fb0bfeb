"""The effective matrix in torch: the tree of merges as batched dense algebra, on any device.

The same elimination as in `ohmloom.circuits.crossbar_solver.merge_tree`, written with operations
that torch differentiates, so that gradients with respect to conductances and resistances come with
it. All blocks of a level are one batch. Arrays are padded to equal blocks: with open cells, and
with an end segment cut into more pieces, which together conduct what it did. The diagonals of what
is factored are sums of what is positive, so that float32 keeps its digits.
"""

import torch
from torch import Tensor

from ohmloom.errors import SimulatorError

_LEAST = 4
"""Cells along the side of a leaf: at least so many, and less than twice as many."""

Sides = tuple[int, int]


def transfer_in_torch(conductance: Tensor, word: Tensor, bit: Tensor) -> Tensor:
    """Current into each column per volt on each row.

    Args:
        conductance: of the cells, shape (tiles, rows, columns) [S].
        word: of the word-line segments, zero at open ends, shape (rows, columns + 1) [S].
        bit: of the bit-line segments, zero at open ends, shape (rows + 1, columns) [S].

    Returns:
        Shape (tiles, rows, columns), differentiable [S].

    Raises:
        SimulatorError: some lines hang on nothing at all, which this method does not solve.
    """
    tiles, rows, columns = conductance.shape
    (p, row_parts), (q, column_parts) = _leaf(rows), _leaf(columns)
    above, beside = p * row_parts - rows, q * column_parts - columns
    cells = torch.nn.functional.pad(conductance, (0, beside, above, 0))
    word = torch.cat([word[:, :-1], _cut(word[:, -1:], beside)], dim=1)
    bit = torch.cat([_cut(bit[:1].mT, above).mT, bit[1:]], dim=0)
    word = torch.nn.functional.pad(word, (0, 0, above, 0))
    bit = torch.nn.functional.pad(bit, (0, beside, 0, 0))
    blocks = _cells(cells, _halves(word, 1), _halves(bit, 0))
    blocks = blocks.reshape(tiles, row_parts, p, column_parts, q, 4, 4)
    block = blocks[:, :, :, :, 0]
    for column in range(1, q):
        one, other = block, blocks[:, :, :, :, column]
        block = _merged(one, other, (1, column), (1, 1), vertical=False)
    strips, block = block, block[:, :, 0]
    for row in range(1, p):
        block = _merged(block, strips[:, :, row], (row, q), (1, q), vertical=True)
    while block.shape[1] * block.shape[2] > 1:
        wide = block.shape[2] > 1 and (q <= p or block.shape[1] == 1)
        if wide:
            block = _merged(block[:, :, 0::2], block[:, :, 1::2], (p, q), (p, q), vertical=False)
            q *= 2
        else:
            block = _merged(block[:, 0::2], block[:, 1::2], (p, q), (p, q), vertical=True)
            p *= 2
    # Both ends of a line are one driver, or one output.
    across = block[:, 0, 0, : 2 * p, 2 * p :].reshape(tiles, 2, p, 2, q).sum(dim=(1, 3))
    return across[:, above:, :columns]


def _leaf(cells: int) -> tuple[int, int]:
    """Cells along the side of a leaf, and how many leaves."""
    parts = 1
    while -(-cells // parts) >= 2 * _LEAST:
        parts *= 2
    return -(-cells // parts), parts


def _cut(segment: Tensor, more: int) -> Tensor:
    """Segments, shape (lines, 1), cut into more pieces, shape (lines, more + 1)."""
    return ((more + 1) * segment).expand(-1, more + 1)


def _halves(segments: Tensor, along: int) -> tuple[Tensor, Tensor]:
    """What each cell sees backwards and forwards, segments between cells cut at their middle."""
    count = segments.shape[along]
    twice = segments.new_full((count,), 2.0)
    twice[0] = twice[-1] = 1.0
    half = segments * (twice if along == 1 else twice[:, None])
    return half.narrow(along, 0, count - 1), half.narrow(along, 1, count - 1)


def _cells(through: Tensor, word: tuple[Tensor, Tensor], bit: tuple[Tensor, Tensor]) -> Tensor:
    """Conductances between the four ports of each cell, shape (tiles, rows, columns, 4, 4)."""
    left, right, top, bottom = torch.broadcast_tensors(*word, *bit)
    share = through * _inverse(left + right + through)
    to_left, to_right = left * share, right * share
    past = left * right * _inverse(left + right + through)
    below = _inverse(top + bottom + to_left + to_right)
    ports = torch.stack(torch.broadcast_tensors(to_left, to_right, top, bottom), dim=-1)
    mesh = ports[..., :, None] * (ports * below[..., None])[..., None, :]
    word_to_word = torch.zeros(4, 4, dtype=through.dtype, device=through.device)
    word_to_word[0, 1] = word_to_word[1, 0] = 1.0
    return _without_diagonal(mesh + past[..., None, None] * word_to_word)


def _inverse(total: Tensor) -> Tensor:
    """1 / total, and nothing where there is nothing."""
    alone = total == 0.0
    return torch.where(alone, 0.0, 1.0 / torch.where(alone, 1.0, total))


def _merged(one: Tensor, other: Tensor, first: Sides, second: Sides, *, vertical: bool) -> Tensor:
    """Blocks merged in pairs, conductances between ports, shape (..., ports, ports).

    Args:
        one: the upper or left blocks.
        other: the lower or right blocks.
        first: their rows and columns.
        second: those of the others.
        vertical: whether the blocks lie one above the other.
    """
    kept: tuple[list[int], list[int]] = ([], [])
    target: list[list[int]] = [[], []]
    shared: dict[int, slice] = {}
    to = 0
    starts = [0, 0]
    for side in range(4):
        for number, (rows, columns) in enumerate((first, second)):
            length = rows if side < 2 else columns
            start = starts[number]
            starts[number] += length
            if side == (3 - number if vertical else 1 - number):
                shared[number] = slice(start, start + length)
                continue
            kept[number].extend(range(start, start + length))
            target[number].extend(range(to, to + length))
            to += length
    order = torch.tensor(target[0] + target[1], device=one.device).argsort()
    inside = one[..., shared[0], shared[0]] + other[..., shared[1], shared[1]]
    outwards, own = [], []
    room = (0, len(kept[1])), (len(kept[0]), 0)
    for number, block in enumerate((one, other)):
        ports = torch.tensor(kept[number], device=block.device)
        outwards.append(block[..., shared[number], :].index_select(-1, ports))
        apart = block.index_select(-1, ports).index_select(-2, ports)
        own.append(torch.nn.functional.pad(apart, room[number]))
    reduced = _reduced(inside, torch.cat(outwards, dim=-1)) + torch.cat(own, dim=-2)
    return _without_diagonal(reduced.index_select(-1, order).index_select(-2, order))


def _reduced(inside: Tensor, outwards: Tensor) -> Tensor:
    """Z^T Z, as `ohmloom.circuits.crossbar_solver.merge_kernel` defines Z."""
    pivots = inside.sum(dim=-1) + outwards.sum(dim=-1)
    pivots = torch.where(pivots == 0.0, 1.0, pivots)
    if inside.shape[-1] == 1:
        solved = outwards * pivots.rsqrt()[..., None]
    else:
        system = torch.diag_embed(pivots) - inside
        lower, failed = torch.linalg.cholesky_ex(system)
        if bool(failed.any()):
            raise SimulatorError(
                "lines that hang on neither a driver nor an output cannot be solved in torch; "
                "open their cells, or convert to numpy, where they can"
            )
        solved = torch.linalg.solve_triangular(lower, outwards, upper=False)
    return solved.mT @ solved


def _without_diagonal(matrix: Tensor) -> Tensor:
    return matrix - torch.diag_embed(torch.diagonal(matrix, dim1=-2, dim2=-1))
