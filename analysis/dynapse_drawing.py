"""A configuration of a DYNAP-SE board as a picture: cores, routes, words."""

from typing import TYPE_CHECKING

import numpy as np

from ohmloom.analysis import figures
from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.dynapse.configuration.configuration_file import Configuration
from ohmloom.errors import InvalidInput
from ohmloom.mapping.dynapse.board import CORES, NEURONS, WORDS
from ohmloom.mapping.dynapse.decoding import DecodedNetwork, decode

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def decode_whole_board(configuration: Configuration) -> DecodedNetwork:
    """Every connection between neurons of a board, numbered by chip, core and slot.

    Args:
        configuration: of a board.
    """
    places = [
        (chip, core, slot)
        for chip in range(len(configuration.chips))
        for core in range(CORES)
        for slot in range(NEURONS)
    ]
    return decode(configuration, places, [])


def core_routes(network: DecodedNetwork, cores: int) -> FloatArray:
    """Connections from core to core, and from outside in the last row, (cores + 1, cores).

    What listens and hears no neuron of the board is taken to listen to an input.
    """
    count = np.zeros((cores + 1, cores))
    np.add.at(count, (network.source // NEURONS, network.target // NEURONS), 1.0)
    words = network.words[: cores * NEURONS].reshape(cores, NEURONS).sum(axis=1)
    count[-1] = np.maximum(words - count[:-1].sum(axis=0), 0.0)
    return count


def draw_configuration(
    configuration: Configuration, usable_words: BoolArray | None = None
) -> "Figure":
    """Words in use of each neuron, connections between cores, and words against what works.

    Args:
        configuration: of a board.
        usable_words: which CAM words work, shape (chips, 4, 256, 64, 2).

    Raises:
        InvalidInput: `usable_words` is of another board.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    chips = len(configuration.chips)
    cores = chips * CORES
    usable: IntArray = np.full(cores * NEURONS, WORDS)
    if usable_words is not None:
        if usable_words.shape != (chips, CORES, NEURONS, WORDS, 2):
            raise InvalidInput(
                f"the profile is of {usable_words.shape[0]} chip(s), the configuration of {chips}"
            )
        usable = usable_words.any(axis=-1).sum(axis=-1).ravel()
    network = decode_whole_board(configuration)
    words = network.words[: cores * NEURONS]
    sheet = Figure(figsize=(16.0, 2.4 + 2.2 * chips), layout="constrained")
    squares, routes, fan_in = sheet.subplots(1, 3, width_ratios=(2.0, 1.2, 1.2))
    short = (usable < WORDS // 2).reshape(cores, NEURONS)
    figures.plot_cores(words.reshape(cores, NEURONS), short if short.any() else None, squares)
    figures.plot_routes(core_routes(network, cores), routes)
    figures.plot_fan_in(words, usable, fan_in)
    return sheet
