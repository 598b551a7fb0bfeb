"""Reading a configuration as the chips do: which source reaches which synapse, and how strongly.

This shares no code with the router. Every destination word of every neuron is followed to the cores
that hear it, and every synapse there that listens is a connection.

Source: the routing rules of both chips, as their documentation and public scripts state them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration.configuration_file import Configuration
from ohmloom.circuits.dynapse.configuration.se1 import (
    Dynapse1Configuration,
    Dynapse1Synapse,
    Dynapse1SynType,
)
from ohmloom.circuits.dynapse.configuration.se2 import (
    MONITOR_HOP,
    Dendrite,
    Dynapse2Configuration,
    Dynapse2Core,
)
from ohmloom.circuits.dynapse.input_event import InputEvent
from ohmloom.circuits.dynapse.receptors import Receptor

_SE1_RECEPTOR: Final = MappingProxyType(
    {
        Dynapse1SynType.AMPA: Receptor.AMPA,
        Dynapse1SynType.NMDA: Receptor.NMDA,
        Dynapse1SynType.GABA_B: Receptor.GABA_B,
        Dynapse1SynType.GABA_A: Receptor.GABA_A,
    }
)
_SE1_WEIGHT: Final = MappingProxyType(
    {
        Dynapse1SynType.AMPA: "PS_WEIGHT_EXC_F_N",
        Dynapse1SynType.NMDA: "PS_WEIGHT_EXC_S_N",
        Dynapse1SynType.GABA_B: "PS_WEIGHT_INH_S_N",
        Dynapse1SynType.GABA_A: "PS_WEIGHT_INH_F_N",
    }
)
_SE2_RECEPTOR: Final = MappingProxyType(
    {
        Dendrite.AMPA: Receptor.AMPA,
        Dendrite.NMDA: Receptor.NMDA,
        Dendrite.GABA: Receptor.GABA_B,
        Dendrite.SHUNT: Receptor.GABA_A,
    }
)

Place = tuple[int, int, int]
"""Chip, core of the chip, neuron of the core."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedNetwork:
    """Connections that a configuration makes, sorted by target, source and receptor."""

    source: IntArray
    """As `SpikingNetwork` numbers them, shape (connections,)."""
    target: IntArray
    """Shape (connections,)."""
    receptor: IntArray
    """Shape (connections,)."""
    weight: FloatArray
    """Nominal current of all words together, shape (connections,) [A]."""
    words: IntArray
    """Words in use of each neuron, shape (neurons,)."""

    @property
    def receptor_names(self) -> tuple[str, ...]:
        """By number."""
        return tuple(receptor.name for receptor in Receptor)


def decode(
    configuration: Configuration,
    neurons: Sequence[Place],
    input_events: Sequence[Iterable[InputEvent]],
) -> DecodedNetwork:
    """Follow every event of a configuration.

    Args:
        configuration: of a board.
        neurons: place of each neuron of the network. What other neurons of the board send or hear
            is numbered after them.
        input_events: of each input.
    """
    heard = (
        _heard_se1(configuration)
        if isinstance(configuration, Dynapse1Configuration)
        else _heard_se2(configuration)
    )
    number = {place: at for at, place in enumerate(neurons)}
    inputs = len(input_events)
    found: dict[tuple[int, int, int], float] = defaultdict(float)

    def arrive(source: int, chip: int, cores: Iterable[int], address: int) -> None:
        for core in cores:
            for neuron, receptor, weight in heard.get((chip, core, address), ()):
                place = (chip, core, neuron)
                target = number.setdefault(place, len(number))
                found[target, source, receptor] += weight

    for at, events in enumerate(input_events):
        for event in events:
            arrive(at, event.chip, np.flatnonzero(event.cores).tolist(), event.address)
    for place, chip, cores, address in _sent(configuration):
        source = number.setdefault(place, len(number))
        arrive(inputs + source, chip, cores, address)
    words = np.zeros(len(number), dtype=np.int64)
    for (chip, core, _), listeners in heard.items():
        for neuron, _, _ in listeners:
            known = number.get((chip, core, neuron))
            if known is not None:
                words[known] += 1
    keys = sorted(found)
    columns = np.array(keys, dtype=np.int64).reshape(-1, 3).T
    return DecodedNetwork(
        source=columns[1],
        target=columns[0],
        receptor=columns[2],
        weight=np.array([found[key] for key in keys]),
        words=words,
    )


_Listeners = dict[tuple[int, int, int], list[tuple[int, int, float]]]
"""By chip, core and address: neuron, receptor and weight of each word that listens."""


def _heard_se2(board: Dynapse2Configuration) -> _Listeners:
    heard: _Listeners = defaultdict(list)
    for chip_number, chip in enumerate(board.chips):
        for core_number, core in enumerate(chip.cores):
            levels = [_se2_current(core, f"SYAM_W{bit}_P") for bit in range(4)]
            for neuron_number, neuron in enumerate(core.neurons):
                for word in neuron.synapses:
                    if word.dendrite is Dendrite.NONE:
                        continue
                    weight = sum(level for level, on in zip(levels, word.weight, strict=True) if on)
                    heard[chip_number, core_number, word.tag].append(
                        (neuron_number, _SE2_RECEPTOR[word.dendrite], weight)
                    )
    return heard


def _se2_current(core: Dynapse2Core, name: str) -> float:
    code = core.parameters[name]
    return bias.current("se2", name, code.coarse_value, code.fine_value)


def _heard_se1(board: Dynapse1Configuration) -> _Listeners:
    heard: _Listeners = defaultdict(list)
    unused = Dynapse1Synapse()
    for chip in board.chips:
        for core in chip.cores:
            codes = core.parameter_group.param_map
            weight = {
                kind: bias.current("se1", name, codes[name].coarse_value, codes[name].fine_value)
                for kind, name in _SE1_WEIGHT.items()
            }
            for neuron in core.neurons:
                for word in neuron.synapses:
                    if word == unused:
                        continue
                    address = word.listen_core_id * 256 + word.listen_neuron_id
                    heard[chip.chip_id, core.core_id, address].append(
                        (neuron.neuron_id, _SE1_RECEPTOR[word.syn_type], weight[word.syn_type])
                    )
    return heard


def _sent(configuration: Configuration) -> Iterator[tuple[Place, int, list[int], int]]:
    """From where, to which chip and cores, as which address; for every word in use."""
    if isinstance(configuration, Dynapse1Configuration):
        for chip in configuration.chips:
            for core in chip.cores:
                for neuron in core.neurons:
                    for word in neuron.destinations:
                        if not word.in_use:
                            continue
                        # Where the hops lead, and not where the word says that it goes.
                        x = (chip.chip_id & 1) + (-word.dx if word.sx else word.dx)
                        y = (chip.chip_id >> 1) + (word.dy if word.sy else -word.dy)
                        cores = [bit for bit in range(4) if word.core_mask >> bit & 1]
                        place = (chip.chip_id, core.core_id, neuron.neuron_id)
                        address = word.virtual_core_id * 256 + neuron.neuron_id
                        yield place, 2 * y + x, cores, address
        return
    for number, grid_chip in enumerate(configuration.chips):
        for core_number, grid_core in enumerate(grid_chip.cores):
            for neuron_number, cell in enumerate(grid_core.neurons):
                for target in cell.destinations:
                    if not any(target.core) or target.x_hop == MONITOR_HOP:
                        continue
                    cores = [bit for bit, on in enumerate(target.core) if on]
                    place = (number, core_number, neuron_number)
                    yield place, number + target.x_hop, cores, target.tag
