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
from ohmloom.circuits.crossbar_solver.wire_segments import segment_current, wire_segments


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
        arrays = [each.detach().cpu().numpy() for each in (conductance, word, bit, voltage)]
        cells, word_wires, bit_wires, drive = (np.array(each, dtype=np.float64) for each in arrays)
        wires = wire_segments(word_wires, bit_wires, largest=float(cells.max(initial=0.0)))
        found = linear_voltages(cells, wires, drive, None)
        current = cells * (found[0] - found[1])
        ctx.circuit = (cells, wires, word_wires, bit_wires)
        ctx.solution = (found[0] - found[1], current)
        leads = np.isfinite(bit_wires[0]) | np.isfinite(bit_wires[-1])
        ctx.leads = leads
        return torch.as_tensor(np.where(leads, current.sum(axis=1), 0.0), dtype=voltage.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        cells, wires, word_wires, bit_wires = ctx.circuit
        across, current = ctx.solution
        behind = np.where(ctx.leads, gradient.detach().cpu().numpy().astype(np.float64), 0.0)
        held = np.zeros((len(behind), len(cells)))
        word, bit = linear_voltages(cells, wires, held, behind)
        adjoint_across = word - bit
        adjoint = cells * adjoint_across

        def sent(values: FloatArray) -> Tensor:
            return torch.as_tensor(values, dtype=gradient.dtype, device=gradient.device)

        by_word = segment_current(current, word_wires) * segment_current(adjoint, word_wires)
        by_bit = _along_bits(current, bit_wires) * _along_bits(adjoint, bit_wires)
        driven = np.isfinite(word_wires[:, 0]) | np.isfinite(word_wires[:, -1])
        return (
            sent(-(across * adjoint_across).sum(axis=0)),
            sent(by_word.sum(axis=0)),
            sent(by_bit.sum(axis=0)),
            sent(np.where(driven, -adjoint.sum(axis=2), 0.0)),
        )


def _along_bits(current: FloatArray, resistance: FloatArray) -> FloatArray:
    along = segment_current(-np.moveaxis(current, -1, -2), resistance.T)
    return np.moveaxis(along, -1, -2)
