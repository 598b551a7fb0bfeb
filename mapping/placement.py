"""Where each weight lives: matrices cut into tiles, pairs chosen so that stuck cells harm least.

A matrix larger than a tile is cut into blocks of equal size; the parts of a sum that is cut are
added digitally. Inside a block the order of outputs is free: an output may live on any pair of
columns. A stuck cell harms an output only by what its partner cannot make up for, so the outputs
are assigned to pairs such that the sum of the squares of what is left, in units of weight, is
smallest. This is a linear assignment problem, solved exactly.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet
from ohmloom.errors import DoesNotFit
from ohmloom.mapping.dense_network import DenseNetwork
from ohmloom.mapping.differential_pairs import to_pairs


@dataclass(frozen=True, kw_only=True)
class CellLimits:
    """What each cell can be made to conduct, as far as it is known."""

    lowest: FloatArray
    """Lowest conductance, shape (tiles, rows, columns) [S]."""
    highest: FloatArray
    """Highest conductance, shape (tiles, rows, columns) [S]; equal to `lowest` where stuck."""

    @property
    def stuck(self) -> BoolArray:
        """Cells that have no choice, shape (tiles, rows, columns)."""
        return np.asarray(self.lowest >= self.highest)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of one layer's matrix on one tile; input k of the block drives row k of the tile."""

    layer: int
    """Which layer of the network."""
    tile: int
    """Which tile of the chip."""
    first_input: int
    """First input of the layer that drives this block."""
    inputs: int
    """Number of inputs; rows of the tile from the top."""
    outputs: IntArray
    """Outputs of the layer that are computed here, shape (block outputs,)."""
    pairs: IntArray
    """Pair of columns of each of them, shape (block outputs,); pair p is columns 2p and 2p + 1."""

    @property
    def input_slice(self) -> slice:
        """The inputs of the layer that drive this block."""
        return slice(self.first_input, self.first_input + self.inputs)


def unknown_limits(datasheet: CrossbarDatasheet) -> CellLimits:
    """The limits of a chip of which nothing is known: every cell reaches the whole window."""
    return CellLimits(
        lowest=np.full(datasheet.shape, datasheet.conductance_low),
        highest=np.full(datasheet.shape, datasheet.conductance_high),
    )


def tiles_needed(network: DenseNetwork, datasheet: CrossbarDatasheet) -> int:
    """How many tiles a network needs."""
    return sum(
        _parts(layer.inputs, datasheet.rows) * _parts(layer.outputs, datasheet.columns // 2)
        for layer in network.layers
    )


def place(
    network: DenseNetwork, datasheet: CrossbarDatasheet, limits: CellLimits
) -> tuple[Block, ...]:
    """Cut the layers into blocks, give each a tile, and assign outputs to pairs of columns.

    Args:
        network: what to place.
        datasheet: size and window of the chip.
        limits: what each cell can be made to conduct.

    Raises:
        DoesNotFit: the network needs more tiles than the chip has; nothing is placed then.
    """
    pairs_of_a_tile = datasheet.columns // 2
    needed = tiles_needed(network, datasheet)
    if needed > datasheet.tiles:
        sizes = ", ".join(f"{layer.outputs}x{layer.inputs}" for layer in network.layers)
        raise DoesNotFit(
            f"layers of {sizes} weights need {needed} tiles of {datasheet.rows} rows and "
            f"{pairs_of_a_tile} pairs, but the chip has {datasheet.tiles}; make the layers "
            f"smaller or use a chip of more tiles"
        )
    blocks: list[Block] = []
    for index, layer in enumerate(network.layers):
        input_parts = np.array_split(np.arange(layer.inputs), _parts(layer.inputs, datasheet.rows))
        output_parts = np.array_split(
            np.arange(layer.outputs), _parts(layer.outputs, pairs_of_a_tile)
        )
        for outputs in output_parts:
            for inputs in input_parts:
                tile = len(blocks)
                blocks.append(
                    Block(
                        layer=index,
                        tile=tile,
                        first_input=int(inputs[0]),
                        inputs=len(inputs),
                        outputs=outputs,
                        pairs=_assign(
                            layer.weight[np.ix_(outputs, inputs)], tile, datasheet, limits
                        ),
                    )
                )
    return tuple(blocks)


def _parts(length: int, limit: int) -> int:
    return -(-length // limit)


def _assign(
    weight: FloatArray, tile: int, datasheet: CrossbarDatasheet, limits: CellLimits
) -> IntArray:
    """The pair of columns of each output such that the harm of faulty cells is least."""
    inputs = weight.shape[1]
    used_columns = 2 * (datasheet.columns // 2)
    pairs = to_pairs(weight, low=datasheet.conductance_low, high=datasheet.conductance_high)
    wanted = np.asarray(pairs.positive - pairs.negative)
    low, high = (array[tile, :inputs, :used_columns] for array in (limits.lowest, limits.highest))
    # The differences that the pair at (row, pair) can make, and what is left of each wanted one.
    least = low[:, 0::2] - high[:, 1::2]
    most = high[:, 0::2] - low[:, 1::2]
    short = np.maximum(least[None] - wanted[:, :, None], 0.0)
    long = np.maximum(wanted[:, :, None] - most[None], 0.0)
    harm = ((short + long) ** 2 / np.asarray(pairs.scale)[:, :, None] ** 2).sum(axis=1)
    outputs, chosen = linear_sum_assignment(harm)
    return np.asarray(chosen[np.argsort(outputs)], dtype=np.int64)
