"""Every circuit by name: what laws, documentation, sweeps and the command line run over.

To add a circuit, write its file, and its import and one line here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.cells.column import access_column
from ohmloom.circuits.cells.differential_pair import differential_pair_cell
from ohmloom.circuits.cells.one_resistor import sky130_cell
from ohmloom.circuits.cells.one_transistor import access_transistor_cell
from ohmloom.circuits.cells.selector_cell import selector_cell
from ohmloom.circuits.circuit import Circuit
from ohmloom.circuits.current_mode.bias_generator import delbruck_2010
from ohmloom.circuits.current_mode.tau_cell import van_schaik_2003
from ohmloom.circuits.current_mode.winner_take_all import lazzaro_1989
from ohmloom.circuits.neurons.axon_hillock import mead_1989
from ohmloom.circuits.neurons.dpi_neuron import livi_2009
from ohmloom.circuits.neurons.memristive_neuron import garg_2024
from ohmloom.circuits.readout.integrator import integrating_column
from ohmloom.circuits.readout.ramp_adc import ramp_adc
from ohmloom.circuits.readout.sar_adc import sar_adc
from ohmloom.circuits.readout.strongarm import strongarm_comparator
from ohmloom.circuits.readout.transimpedance import transimpedance_column
from ohmloom.circuits.readout.write_driver import write_driver
from ohmloom.circuits.synapses.calcium_trace import indiveri_2006_calcium
from ohmloom.circuits.synapses.dpi_synapse import bartolozzi_2007
from ohmloom.circuits.synapses.stdp_synapse import indiveri_2006

CIRCUITS: Final[Mapping[str, Callable[[], Circuit]]] = MappingProxyType(
    {
        "axon_hillock": mead_1989,
        "bias_generator": delbruck_2010,
        "calcium_trace": indiveri_2006_calcium,
        "cell_1r": sky130_cell,
        "cell_1s1r": selector_cell,
        "cell_1t1r": access_transistor_cell,
        "cell_2t2r": differential_pair_cell,
        "column_1t1r": access_column,
        "dpi_neuron": livi_2009,
        "dpi_synapse": bartolozzi_2007,
        "integrating_column": integrating_column,
        "memristive_neuron": garg_2024,
        "ramp_adc": ramp_adc,
        "sar_adc": sar_adc,
        "stdp_synapse": indiveri_2006,
        "strongarm_comparator": strongarm_comparator,
        "tau_cell": van_schaik_2003,
        "transimpedance_column": transimpedance_column,
        "winner_take_all": lazzaro_1989,
        "write_driver": write_driver,
    }
)
"""Makers of circuits with their published sizes and biases, in the generic technology."""
