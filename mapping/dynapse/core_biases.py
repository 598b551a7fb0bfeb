"""The biases of each core: the middle of what its neurons want, in codes."""

from collections.abc import Mapping, Sequence

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.dynapse.bias import BiasCode, nearest_code
from ohmloom.mapping.dynapse.board import Board
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork


def core_codes(
    network: SpikingNetwork, board: Board, members: Sequence[IntArray]
) -> dict[tuple[int, int], dict[str, BiasCode]]:
    """Codes of the wanted biases for every core that has neurons, by chip and core.

    Args:
        network: what its neurons want.
        board: which chip.
        members: neurons of each core.

    Raises:
        OutOfModelRange: a current that the bias cannot make.
    """
    found: dict[tuple[int, int], dict[str, BiasCode]] = {}
    for place, neurons in zip(board.core_places, members, strict=True):
        if len(neurons) == 0:
            continue
        found[place] = {
            name: _plain(
                nearest_code(board.chip, name, float(np.exp(np.log(wanted[neurons]).mean())))
            )
            for name, wanted in network.parameters.items()
        }
    return found


def merged(
    codes: Mapping[tuple[int, int], Mapping[str, BiasCode]],
    more: Mapping[tuple[int, int], Mapping[str, BiasCode]],
) -> dict[tuple[int, int], dict[str, BiasCode]]:
    """Both, what was asked for coming first."""
    return {place: {**more.get(place, {}), **own} for place, own in codes.items()}


def _plain(code: BiasCode) -> BiasCode:
    return BiasCode(coarse=code.coarse, fine=code.fine)
