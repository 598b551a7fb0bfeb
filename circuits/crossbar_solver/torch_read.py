"""A crossbar whose fields are torch tensors: wires, effective matrix, output currents."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmloom.circuits.crossbar_solver.gradients import read_in_torch
from ohmloom.circuits.crossbar_solver.torch_tree import transfer_in_torch
from ohmloom.circuits.crossbar_wires import CrossbarWires
from ohmloom.errors import InvalidInput

_FEW = 64
"""So many vectors are solved one by one, with gradients by implicit differentiation."""
_NOTHING = 1e-12
"""Resistance of a segment without resistance, as a share of the smallest that could matter."""


def tensor_wires(
    conductance: Tensor,
    resistances: tuple[Any, Any, Any, Any],
    open_ends: tuple[Any, Any],
) -> CrossbarWires:
    """The wires of a crossbar, differentiable.

    Args:
        conductance: of the cells, shape (..., rows, columns) [S].
        resistances: of word lines, of bit lines, of drivers and of what senses, numbers or tensors
            as `Crossbar` takes them [ohm].
        open_ends: which ends are open, bool arrays: of the word lines, shape (rows, 2), and of the
            bit lines, shape (2, columns).

    Raises:
        InvalidInput: a resistance is negative, or its shape does not fit.
    """
    rows, columns = conductance.shape[-2:]
    dtype, device = conductance.dtype, conductance.device
    word, bit, source, sense = checked_resistances(conductance, resistances)
    word = (word[:, None] if word.ndim == 1 else word).expand(rows, columns + 1)
    bit = bit.expand(rows + 1, columns)
    at_word = torch.zeros(columns + 1, dtype=dtype, device=device)
    at_bit = torch.zeros(rows + 1, 1, dtype=dtype, device=device)
    at_word[[0, -1]], at_bit[[0, -1]] = 1.0, 1.0
    word = word + source.expand(rows)[:, None] * at_word
    bit = bit + sense.expand(columns) * at_bit
    open_word = torch.zeros(rows, columns + 1, dtype=torch.bool)
    open_bit = torch.zeros(rows + 1, columns, dtype=torch.bool)
    open_word[:, [0, -1]] = torch.as_tensor(open_ends[0])
    open_bit[[0, -1]] = torch.as_tensor(open_ends[1])
    infinite = float("inf")
    return CrossbarWires(
        word=word.masked_fill(open_word.to(word.device), infinite),
        bit=bit.masked_fill(open_bit.to(bit.device), infinite),
        source=source.expand(rows),
        sense=sense.expand(columns),
    )


def checked_resistances(
    conductance: Tensor, resistances: tuple[Any, Any, Any, Any]
) -> tuple[Tensor, ...]:
    """The same resistances as tensors like `conductance`.

    Raises:
        InvalidInput: a resistance is negative, or its shape does not fit.
    """
    rows, columns = conductance.shape[-2:]
    dtype, device = conductance.dtype, conductance.device
    names = ("r_word_line", "r_bit_line", "r_source", "r_sense")
    values = tuple(
        torch.as_tensor(
            each if isinstance(each, Tensor) else np.array(each), dtype=dtype, device=device
        )
        for each in resistances
    )
    shapes = (
        {(), (rows,), (rows, columns + 1)},
        {(), (columns,), (rows + 1, columns)},
        {(), (rows,)},
        {(), (columns,)},
    )
    for name, value, allowed in zip(names, values, shapes, strict=True):
        if tuple(value.shape) not in allowed:
            raise InvalidInput(
                f"{name} must be one number or have shape "
                f"{' or '.join(map(str, sorted(allowed - {()})))}, but has {tuple(value.shape)}"
            )
        if bool((value.detach() < 0.0).any()):
            raise InvalidInput(f"{name} must not be negative, but is somewhere")
    return values


def tensor_transfer(conductance: Tensor, wires: CrossbarWires) -> Tensor:
    """The effective matrix, shape (..., rows, columns), by a tree of merges on the device [S]."""
    rows, columns = conductance.shape[-2:]
    largest = conductance.detach().max()
    nothing = _NOTHING / (rows * columns * torch.where(largest > 0.0, largest, 1.0))
    word, bit = (1.0 / torch.maximum(each, nothing) for each in (wires.word, wires.bit))
    tiles = conductance.reshape(-1, rows, columns)
    return transfer_in_torch(tiles, word, bit).reshape(conductance.shape)


def tensor_read(conductance: Tensor, wires: CrossbarWires, voltage: Tensor) -> Tensor:
    """Output currents, shape (..., columns), of what `Crossbar.output_current` takes [A]."""
    vectors = voltage.reshape(-1, conductance.shape[-2])
    if conductance.ndim == 2 and len(vectors) <= _FEW and conductance.device.type == "cpu":
        current = read_in_torch(conductance, wires.word, wires.bit, vectors)
        return current.reshape(*voltage.shape[:-1], conductance.shape[-1])
    return voltage @ tensor_transfer(conductance, wires)
