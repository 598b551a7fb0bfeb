"""From a network to the configuration of DYNAP-SE chips, and back.

`route(network, board)` places neurons, finds weights, tags and words; `RoutedNetwork.decode` reads
the configuration as the chips would.
"""

from ohmloom.mapping.dynapse.board import Board
from ohmloom.mapping.dynapse.routed_network import RoutedNetwork
from ohmloom.mapping.dynapse.router import route
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork

__all__ = ["Board", "RoutedNetwork", "SpikingNetwork", "route"]
