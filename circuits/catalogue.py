"""Every circuit by name: what laws, documentation, sweeps and the command line run over.

To add a circuit, write its file, and its import and one line here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.circuit import Circuit
from ohmloom.circuits.current_mode.bias_generator import delbruck_2010
from ohmloom.circuits.current_mode.tau_cell import van_schaik_2003
from ohmloom.circuits.current_mode.winner_take_all import lazzaro_1989
from ohmloom.circuits.neurons.axon_hillock import mead_1989
from ohmloom.circuits.neurons.dpi_neuron import livi_2009
from ohmloom.circuits.neurons.memristive_neuron import garg_2024
from ohmloom.circuits.synapses.calcium_trace import indiveri_2006_calcium
from ohmloom.circuits.synapses.dpi_synapse import bartolozzi_2007
from ohmloom.circuits.synapses.stdp_synapse import indiveri_2006

CIRCUITS: Final[Mapping[str, Callable[[], Circuit]]] = MappingProxyType(
    {
        "axon_hillock": mead_1989,
        "bias_generator": delbruck_2010,
        "calcium_trace": indiveri_2006_calcium,
        "dpi_neuron": livi_2009,
        "dpi_synapse": bartolozzi_2007,
        "memristive_neuron": garg_2024,
        "stdp_synapse": indiveri_2006,
        "tau_cell": van_schaik_2003,
        "winner_take_all": lazzaro_1989,
    }
)
"""Makers of circuits with their published sizes and biases, in the generic technology."""
