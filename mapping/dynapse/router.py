"""`route`: from a network to the configuration of a board."""

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.dynapse.parameters import Generation, bias_parameter
from ohmloom.errors import DoesNotFit
from ohmloom.mapping.dynapse.board import WORDS, Board
from ohmloom.mapping.dynapse.clusters import clusters
from ohmloom.mapping.dynapse.routed_network import RoutedNetwork
from ohmloom.mapping.dynapse.se1_router import route_se1
from ohmloom.mapping.dynapse.se2_router import route_se2
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork

_SHOWN = 5


def route(network: SpikingNetwork, board: Board, *, keep_small: bool = False) -> RoutedNetwork:
    """Place a network on a board and find everything that its configuration needs.

    Args:
        network: what to compute.
        board: on what.
        keep_small: whether the smallest weight currents stand for whatever is smaller; otherwise a
            weight that is nearer to nothing is left out, and listed among the differences. On the
            DYNAP-SE1 nothing is left out.

    Returns:
        The configuration with what is needed to use and to check it. Connections are as asked;
        weights and biases are the nearest that the chip makes, see `RoutedNetwork.differences`.

    Raises:
        DoesNotFit: more neurons, inputs of a neuron, targets, or addresses than there are; the
            message says what is required and what is available.
        InvalidInput: a wanted bias that the chip does not have, or cannot make.

    >>> from ohmloom.circuits.dynapse.receptors import Receptor
    >>> ring = SpikingNetwork(
    ...     neurons=3, source=[0, 1, 2], target=[1, 2, 0], weight=[1e-9, 2e-9, 3e-9],
    ...     receptor=[Receptor.AMPA] * 3,
    ... )
    >>> route(ring, Board(chip="se2")).wrong_connections()
    0
    """
    for name in network.parameters:
        bias_parameter(board.chip, name)
    capacities = board.slots.sum(axis=-1).ravel()
    _check_neurons(network, capacities)
    _check_fan_in(network, board)
    words = board.words.any(axis=-1).sum(axis=(2, 3)).ravel()
    failures: list[DoesNotFit] = []
    for limit in _limits(network, capacities):
        members = clusters(network, np.minimum(capacities, limit), words)
        try:
            if board.chip is Generation.SE1:
                return route_se1(network, board, members)
            return route_se2(network, board, members, keep_small=keep_small)
        except DoesNotFit as error:
            # Spread over more cores, each has fewer sources to tell apart.
            failures.append(error)
    raise failures[0]


def _limits(network: SpikingNetwork, capacities: IntArray) -> list[int]:
    """Neurons of a core: as many as there is room for; then so that all cores are used."""
    spread = -(-network.neurons // len(capacities))
    while np.minimum(capacities, spread).sum() < network.neurons:
        spread += 1
    largest = int(capacities.max())
    return sorted({largest, (largest + spread) // 2, spread}, reverse=True)


def _check_neurons(network: SpikingNetwork, capacities: IntArray) -> None:
    if network.neurons > capacities.sum():
        raise DoesNotFit(
            f"the network has {network.neurons} neurons, but the board has {capacities.sum()} that "
            f"are usable, in {len(capacities)} cores; use more chips (up to 4), or fewer neurons"
        )


def _check_fan_in(network: SpikingNetwork, board: Board) -> None:
    fan_in = network.fan_in
    usable = board.words.any(axis=-1).sum(axis=-1)[board.slots]
    most = int(usable.max(initial=0))
    over = np.flatnonzero(fan_in > most)
    if len(over):
        worst = over[np.argsort(fan_in[over])[::-1]][:_SHOWN]
        told = ", ".join(f"neuron {neuron} ({fan_in[neuron]})" for neuron in worst)
        raise DoesNotFit(
            f"{len(over)} neuron(s) have more inputs than any neuron of the board has usable words "
            f"({most} of {WORDS}): {told}{', ...' if len(over) > _SHOWN else ''}; take connections "
            f"away, or divide these neurons"
        )
    # The k-th largest demand needs a neuron with so many words.
    demand, supply = np.sort(fan_in)[::-1], np.sort(usable)[::-1][: len(fan_in)]
    short = np.flatnonzero(demand > supply)
    if len(short):
        least = int(demand[short[0]])
        raise DoesNotFit(
            f"{int((fan_in >= least).sum())} neurons need {least} words or more, but only "
            f"{int((usable >= least).sum())} of the board have so many that work"
        )
