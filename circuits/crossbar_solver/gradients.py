"""Output currents in torch, with gradients by implicit differentiation.

The derivative of a solved circuit costs one more solution of the same circuit, whatever it is taken
with respect to: hold the drivers at 0 V, put the gradient of the output currents behind the bit
lines as voltages, and call what then flows the adjoint. With v and i the voltages across cells and
the currents along wires, and hats on the adjoint,

    dL/dG = -v v^,    dL/dr = i i^,    dL/dV = -(current that the adjoint takes from the driver).

Source: Tellegen's theorem; S. W. Director and R. A. Rohrer, "The generalized adjoint network and
network sensitivities", IEEE Transactions on Circuit Theory 16, 318 (1969).
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_solver.linear_read import linear_voltages
from ohmloom.circuits.crossbar_solver.wire_segments import (
    negligible_resistance,
    segment_current,
    wire_segments,
)


def read_in_torch(conductance: Tensor, word: Tensor, bit: Tensor, voltage: Tensor) -> Tensor:
    """Output currents of one array; on the processor, in float64.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        word: of the word-line segments, infinite at open ends, shape (rows, columns + 1) [ohm].
        bit: of the bit-line segments, infinite at open ends, shape (rows + 1, columns) [ohm].
        voltage: of the drivers, shape (vectors, rows) [V].

    Returns:
        Shape (vectors, columns), differentiable once with respect to all arguments [A].
    """
    current: Tensor = _Read.apply(conductance, word, bit, voltage)  # type: ignore[no-untyped-call]
    return current


class _Read(torch.autograd.Function):
    """One solution forwards, one backwards."""

    @staticmethod
    def forward(
        ctx: Any, conductance: Tensor, word: Tensor, bit: Tensor, voltage: Tensor
    ) -> Tensor:
        cells, word_wires, bit_wires, drive = (
            np.asarray(each.detach().numpy(), dtype=np.float64)
            for each in (conductance, word, bit, voltage)
        )
        negligible = negligible_resistance(cells.size, float(cells.max(initial=0.0)))
        wires = wire_segments(word_wires, bit_wires, negligible=negligible)
        found = linear_voltages(cells, wires, drive, None)
        across = found[0] - found[1]
        current = np.einsum("ij,vij->vj", cells, across)
        ctx.circuit = (cells, wires, word_wires, bit_wires)
        ctx.across = across
        ctx.leads = np.isfinite(bit_wires[0]) | np.isfinite(bit_wires[-1])
        return torch.as_tensor(np.where(ctx.leads, current, 0.0), dtype=voltage.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        cells, wires, word_wires, bit_wires = ctx.circuit
        behind = np.where(ctx.leads, gradient.detach().numpy().astype(np.float64), 0.0)
        held = np.zeros((len(behind), len(cells)))
        word, bit = linear_voltages(cells, wires, held, behind)
        across, adjoint_across = ctx.across, word - bit

        def sent(values: FloatArray) -> Tensor:
            return torch.as_tensor(values, dtype=gradient.dtype)

        by_cell = by_word = by_bit = by_voltage = None
        if ctx.needs_input_grad[0]:
            by_cell = sent(-np.einsum("vij,vij->ij", across, adjoint_across))
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            current, adjoint = cells * across, cells * adjoint_across
            along = segment_current(current, word_wires) * segment_current(adjoint, word_wires)
            by_word = sent(along.sum(axis=0))
            along = _along_bits(current, bit_wires) * _along_bits(adjoint, bit_wires)
            by_bit = sent(along.sum(axis=0))
        if ctx.needs_input_grad[3]:
            driven = np.isfinite(word_wires[:, 0]) | np.isfinite(word_wires[:, -1])
            taken = np.einsum("ij,vij->vi", cells, adjoint_across)
            by_voltage = sent(np.where(driven, -taken, 0.0))
        return by_cell, by_word, by_bit, by_voltage


def _along_bits(current: FloatArray, resistance: FloatArray) -> FloatArray:
    along = segment_current(-np.moveaxis(current, -1, -2), resistance.T)
    return np.moveaxis(along, -1, -2)
