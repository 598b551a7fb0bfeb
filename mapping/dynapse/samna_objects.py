"""Configurations as samna's own objects: built field by field, with lists assigned anew.

Objects of samna are mutable, take no arguments and copy what is assigned to them: entries of a map
are changed in place, lists of synapses and destinations are replaced.

Source: how rockpool 3.1 and the scripts of the Institute of Neuroinformatics use samna.
"""

from typing import Any

from ohmloom.circuits.dynapse.configuration.se1 import (
    UNUSED_SYNAPSE,
    Dynapse1Configuration,
    Dynapse1Neuron,
)
from ohmloom.circuits.dynapse.configuration.se2 import (
    Dynapse2Configuration,
    Dynapse2Core,
    Dynapse2Neuron,
    Dynapse2Parameter,
)


def dynapse2_object(samna: Any, configuration: Dynapse2Configuration) -> Any:
    """A `samna.dynapse2.Dynapse2Configuration` like ours.

    Args:
        samna: the module.
        configuration: of a board.
    """
    made = samna.dynapse2.Dynapse2Configuration()
    chips = list(made.chips)
    while len(chips) < len(configuration.chips):
        chips.append(samna.dynapse2.Dynapse2Chip())
    for target, chip in zip(chips, configuration.chips, strict=True):
        _copy_codes(target.global_parameters, chip.global_parameters)
        _copy_codes(target.shared_parameters01, chip.shared_parameters01)
        _copy_codes(target.shared_parameters23, chip.shared_parameters23)
        for target_core, core in zip(target.cores, chip.cores, strict=True):
            _fill_core(samna, target_core, core)
    made.chips = chips
    return made


def _copy_codes(target: Any, parameters: Any) -> None:
    wanted: dict[str, Dynapse2Parameter] = parameters
    for name, code in wanted.items():
        target[name].coarse_value = code.coarse_value
        target[name].fine_value = code.fine_value
        if code.switchable_type:
            target[name].type = code.type


def _fill_core(samna: Any, target: Any, core: Dynapse2Core) -> None:
    _copy_codes(target.parameters, core.parameters)
    target.neuron_monitoring_on = core.neuron_monitoring_on
    target.monitored_neuron = core.monitored_neuron
    for target_neuron, neuron in zip(target.neurons, core.neurons, strict=True):
        _fill_neuron(samna, target_neuron, neuron)


def _fill_neuron(samna: Any, target: Any, neuron: Dynapse2Neuron) -> None:
    synapses = []
    for word in neuron.synapses:
        made = samna.dynapse2.Dynapse2Synapse()
        made.tag = word.tag
        made.weight = list(word.weight)
        made.dendrite = samna.dynapse2.Dendrite(int(word.dendrite))
        made.stp = word.stp
        made.precise_delay = word.precise_delay
        made.mismatched_delay = word.mismatched_delay
        synapses.append(made)
    destinations = []
    for target_word in neuron.destinations:
        made = samna.dynapse2.Dynapse2Destination()
        made.core = list(target_word.core)
        made.x_hop = target_word.x_hop
        made.y_hop = target_word.y_hop
        made.tag = target_word.tag
        destinations.append(made)
    # Changes of entries would not stick; the lists as a whole do.
    target.synapses = synapses
    target.destinations = destinations
    target.latch_so_dc = neuron.latch_so_dc
    target.latch_so_adaptation = neuron.latch_so_adaptation
    target.latch_soif_kill = neuron.latch_soif_kill
    target.latch_soif_type = neuron.latch_soif_type
    target.latch_denm_nmda = neuron.latch_denm_nmda
    target.latch_deam_ampa = neuron.latch_deam_ampa
    target.latch_deam_alpha = neuron.latch_deam_alpha
    target.latch_denm_alpha = neuron.latch_denm_alpha
    target.latch_de_conductance = neuron.latch_de_conductance
    target.latch_de_mux = neuron.latch_de_mux
    target.latch_coho_ca_mem = neuron.latch_coho_ca_mem
    target.latch_ho_enable = neuron.latch_ho_enable
    target.latch_ho_active = neuron.latch_ho_active
    target.latch_ho_so_de = neuron.latch_ho_so_de


def dynapse1_object(samna: Any, configuration: Dynapse1Configuration) -> Any:
    """A `samna.dynapse1.Dynapse1Configuration` like ours.

    Args:
        samna: the module.
        configuration: of a board.
    """
    made = samna.dynapse1.Dynapse1Configuration()
    for target, chip in zip(made.chips, configuration.chips, strict=True):
        for target_core, core in zip(target.cores, chip.cores, strict=True):
            for name, code in core.parameter_group.param_map.items():
                entry = target_core.parameter_group.param_map[name]
                entry.coarse_value = code.coarse_value
                entry.fine_value = code.fine_value
            for target_neuron, neuron in zip(target_core.neurons, core.neurons, strict=True):
                _fill_neuron1(samna, target_neuron, neuron)
    return made


def _fill_neuron1(samna: Any, target: Any, neuron: Dynapse1Neuron) -> None:
    for entry, word in zip(target.synapses, neuron.synapses, strict=True):
        if word != UNUSED_SYNAPSE:
            entry.listen_core_id = word.listen_core_id
            entry.listen_neuron_id = word.listen_neuron_id
            entry.syn_type = samna.dynapse1.Dynapse1SynType(int(word.syn_type))
    for entry, word_out in zip(target.destinations, neuron.destinations, strict=True):
        if word_out.in_use:
            entry.target_chip_id = word_out.target_chip_id
            entry.in_use = word_out.in_use
            entry.virtual_core_id = word_out.virtual_core_id
            entry.core_mask = word_out.core_mask
            entry.sx = word_out.sx
            entry.sy = word_out.sy
            entry.dx = word_out.dx
            entry.dy = word_out.dy
