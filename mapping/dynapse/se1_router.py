"""Routing to DYNAP-SE1: multiplicities, addresses and destinations of every connection.

A weight is how many words listen; each kind of synapse of a core has one current. A core hears an
address, core and neuron of the source, without its chip: two sources of one address cannot be told
apart by cores that hear both. The core of the address can be chosen by the destination word, and
the neuron by where the source is placed.
"""

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.bias import BiasCode
from ohmloom.circuits.dynapse.configuration.se1 import (
    DESTINATIONS,
    SYNAPSES,
    UNUSED_DESTINATION,
    UNUSED_SYNAPSE,
    Dynapse1Configuration,
    Dynapse1Destination,
    Dynapse1Synapse,
    Dynapse1SynType,
    empty_dynapse1,
)
from ohmloom.circuits.dynapse.input_event import InputEvent
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.errors import DoesNotFit
from ohmloom.mapping.dynapse.board import CORES, NEURONS, Board
from ohmloom.mapping.dynapse.core_biases import core_codes, merged
from ohmloom.mapping.dynapse.routed_network import Placement, RoutedNetwork
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork

_TYPES: Final = MappingProxyType(
    {
        Receptor.AMPA: Dynapse1SynType.AMPA,
        Receptor.NMDA: Dynapse1SynType.NMDA,
        Receptor.GABA_B: Dynapse1SynType.GABA_B,
        Receptor.GABA_A: Dynapse1SynType.GABA_A,
    }
)
_WEIGHTS: Final = MappingProxyType(
    {
        Receptor.AMPA: "PS_WEIGHT_EXC_F_N",
        Receptor.NMDA: "PS_WEIGHT_EXC_S_N",
        Receptor.GABA_B: "PS_WEIGHT_INH_S_N",
        Receptor.GABA_A: "PS_WEIGHT_INH_F_N",
    }
)
_DIVISIONS: Final = np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48])
"""Tried as the multiplicity of the largest weight."""


def route_se1(network: SpikingNetwork, board: Board, members: Sequence[IntArray]) -> RoutedNetwork:
    """Route, given which neurons share a core.

    Args:
        network: what to compute.
        board: on what.
        members: neurons of each core.

    Raises:
        DoesNotFit: addresses, words or destinations are too few.
    """
    core_of = np.zeros(network.neurons, dtype=np.int64)
    for core, neurons in enumerate(members):
        core_of[neurons] = core
    words = board.words[..., 0] & board.slots[..., None]
    room = np.sort(words.sum(axis=-1), axis=-1)[..., ::-1].reshape(-1, NEURONS)
    codes, count = _multiplicities(network, board, members, core_of, room)
    targets = _targets(network, core_of)
    _check_destinations(network, targets)
    slots, virtual, inputs = _addresses(network, board, members, count, targets)
    placement = Placement(chip=core_of // CORES, core=core_of % CORES, slot=slots)
    configuration = _configuration(
        network, board, placement, codes, count, targets, virtual, inputs
    )
    events = tuple(
        tuple(
            InputEvent(
                chip=chip,
                cores=(mask & 1 > 0, mask & 2 > 0, mask & 4 > 0, mask & 8 > 0),
                address=inputs[source, chip],
            )
            for chip, mask in sorted(targets[source].items())
        )
        for source in range(network.inputs)
    )
    return RoutedNetwork(
        network=network,
        board=board,
        configuration=configuration,
        placement=placement,
        input_events=events,
        codes=codes,
    )


def _multiplicities(
    network: SpikingNetwork,
    board: Board,
    members: Sequence[IntArray],
    core_of: IntArray,
    room: IntArray,
) -> tuple[dict[tuple[int, int], dict[str, BiasCode]], IntArray]:
    """Codes of every core, and how many words each connection gets, one at least."""
    codes = core_codes(network, board, members)
    count = np.ones(network.connections, dtype=np.int64)
    weight_codes: dict[tuple[int, int], dict[str, BiasCode]] = {}
    for core, (place, neurons) in enumerate(zip(board.core_places, members, strict=True)):
        if len(neurons) == 0:
            continue
        into = np.flatnonzero(core_of[network.target] == core)
        weight_codes[place] = {}
        for receptor in Receptor:
            mine = into[network.receptor[into] == receptor]
            name = _WEIGHTS[receptor]
            if len(mine) == 0 or name in codes[place]:
                if name in codes[place]:
                    weight_codes[place][name] = codes[place][name]
                    unit = bias.current("se1", name, codes[place][name].coarse,
                                        codes[place][name].fine)  # fmt: skip
                    count[mine] = _rounded(network.weight[mine] / max(unit, 1e-300))
                continue
            weight_codes[place][name] = _fit(network, mine, into, count, neurons, room[core], name)
        _check_words(network, into, count, neurons, room[core], place)
    return merged(codes, weight_codes), count


def _fit(
    network: SpikingNetwork,
    mine: IntArray,
    into: IntArray,
    count: IntArray,
    neurons: IntArray,
    room: IntArray,
    name: str,
) -> BiasCode:
    """The current of one kind whose multiples come nearest, as far as there are words."""
    weights = network.weight[mine]
    found = bias.nearest_code("se1", name, float(weights.max()))
    trial = np.ones_like(count[mine])
    wrong = float(((trial * found.current - weights) ** 2).sum())
    best = wrong, found, trial
    for divisions in _DIVISIONS:
        found = bias.nearest_code("se1", name, float(weights.max() / divisions))
        changed = count.copy()
        changed[mine] = _rounded(weights / found.current)
        if not _has_room(network, into, changed, neurons, room):
            continue
        wrong = float(((changed[mine] * found.current - weights) ** 2).sum())
        # More words only where they take away one per cent of error, root mean square.
        if wrong < best[0] - 1e-4 * float((weights**2).sum()):
            best = wrong, found, changed[mine]
    count[mine] = best[2]
    return BiasCode(coarse=best[1].coarse, fine=best[1].fine)


def _rounded(multiples: FloatArray) -> IntArray:
    return np.maximum(np.round(multiples), 1.0).astype(np.int64)


def _needs(network: SpikingNetwork, into: IntArray, count: IntArray, neurons: IntArray) -> IntArray:
    whole = np.bincount(network.target[into], count[into], minlength=network.neurons)
    return np.sort(whole[neurons].astype(np.int64))[::-1]


def _has_room(
    network: SpikingNetwork, into: IntArray, count: IntArray, neurons: IntArray, room: IntArray
) -> bool:
    needs = _needs(network, into, count, neurons)
    return bool((needs <= room[: len(needs)]).all())


def _check_words(
    network: SpikingNetwork,
    into: IntArray,
    count: IntArray,
    neurons: IntArray,
    room: IntArray,
    place: tuple[int, int],
) -> None:
    if not _has_room(network, into, count, neurons, room):
        needs = _needs(network, into, count, neurons)
        raise DoesNotFit(
            f"neurons of chip {place[0]} core {place[1]} need up to {needs[0]} words, but at most "
            f"{room[0]} are available; take connections away, or leave the weight currents free"
        )


def _targets(network: SpikingNetwork, core_of: IntArray) -> list[dict[int, int]]:
    """For each source the chips that it reaches, and their cores as a mask."""
    found: list[dict[int, int]] = [
        defaultdict(int) for _ in range(network.inputs + network.neurons)
    ]
    pairs = np.unique(np.column_stack([network.source, core_of[network.target]]), axis=0)
    for source, core in pairs.tolist():
        found[source][core // CORES] |= 1 << core % CORES
    return found


def _check_destinations(network: SpikingNetwork, targets: Sequence[dict[int, int]]) -> None:
    over = [
        source - network.inputs
        for source, chips in enumerate(targets)
        if source >= network.inputs and len(chips) > DESTINATIONS - 1
    ]
    if over:
        raise DoesNotFit(
            f"{len(over)} neuron(s) need {DESTINATIONS} destination chips, such as neuron "
            f"{over[0]}, but {DESTINATIONS - 1} are available beside the word of the monitor; let "
            f"them reach fewer chips"
        )


def _addresses(
    network: SpikingNetwork,
    board: Board,
    members: Sequence[IntArray],
    count: IntArray,
    targets: Sequence[dict[int, int]],
) -> tuple[IntArray, dict[tuple[int, int], int], dict[tuple[int, int], int]]:
    """Place of each neuron, core that it calls itself on each chip, and addresses of inputs."""
    taken = np.zeros((board.chips, CORES, CORES, NEURONS), dtype=np.bool_)
    # An NMDA synapse that listens to this address counts as not used.
    taken[:, :, 0, 0] = True
    needs = np.bincount(network.target, count, minlength=network.neurons).astype(np.int64)
    slots = np.zeros(network.neurons, dtype=np.int64)
    virtual: dict[tuple[int, int], int] = {}
    words = board.words[..., 0].sum(axis=-1)
    for (chip, core), neurons in zip(board.core_places, members, strict=True):
        free = board.slots[chip, core].copy()
        # Neuron 0 is trouble; it is used where nothing else is left.
        order = np.concatenate([np.arange(1, NEURONS), [0]])
        for neuron in sorted(neurons.tolist(), key=lambda neuron: -needs[neuron]):
            source = network.inputs + neuron
            fitting = order[free[order] & (words[chip, core][order] >= needs[neuron])]
            fitting = fitting[np.argsort(words[chip, core][fitting], kind="stable")]
            for slot in fitting.tolist():
                own = _free_cores(taken, targets[source], slot, core)
                if own is not None:
                    break
            else:
                raise DoesNotFit(
                    f"neuron {neuron} needs {needs[neuron]} words and an address of its own on "
                    f"{len(targets[source])} chip(s), but no free place of chip {chip} core {core} "
                    f"has both; each core can tell 1024 sources apart"
                )
            slots[neuron] = slot
            free[slot] = False
            for target_chip, called in own.items():
                virtual[source, target_chip] = called
                taken[target_chip, _cores(targets[source][target_chip]), called, slot] = True
    inputs: dict[tuple[int, int], int] = {}
    for source in range(network.inputs):
        for chip, mask in targets[source].items():
            open_addresses = np.flatnonzero(~taken[chip, _cores(mask)].any(axis=0).ravel())
            if len(open_addresses) == 0:
                raise DoesNotFit(
                    f"input {source} finds no address on chip {chip}: its cores can tell 1024 "
                    f"sources apart, and need more"
                )
            address = int(open_addresses[-1])
            inputs[source, chip] = address
            taken[chip, _cores(mask), address // NEURONS, address % NEURONS] = True
    return slots, virtual, inputs


def _free_cores(
    taken: BoolArray, chips: dict[int, int], slot: int, core: int
) -> dict[int, int] | None:
    """What a neuron in a place may call its core on each chip; its own where it can."""
    found = {}
    for chip, mask in chips.items():
        blocked = np.asarray(taken[chip, _cores(mask), :, slot].any(axis=0))
        choice = [called for called in (core, *range(CORES)) if not blocked[called]]
        if not choice:
            return None
        found[chip] = choice[0]
    return found


def _cores(mask: int) -> list[int]:
    return [core for core in range(CORES) if mask >> core & 1]


@functools.lru_cache(maxsize=65536)
def _synapse(core: int, neuron: int, receptor: int) -> Dynapse1Synapse:
    return Dynapse1Synapse(
        listen_core_id=core, listen_neuron_id=neuron, syn_type=_TYPES[Receptor(receptor)]
    )


def _configuration(
    network: SpikingNetwork,
    board: Board,
    placement: Placement,
    codes: dict[tuple[int, int], dict[str, BiasCode]],
    count: IntArray,
    targets: Sequence[dict[int, int]],
    virtual: dict[tuple[int, int], int],
    inputs: dict[tuple[int, int], int],
) -> Dynapse1Configuration:
    borders = np.searchsorted(network.target, np.arange(network.neurons + 1))
    changed: dict[tuple[int, int, int], dict[str, object]] = {}
    for neuron in range(network.neurons):
        chip, core, slot = (
            int(column[neuron]) for column in (placement.chip, placement.core, placement.slot)
        )
        free = iter(np.flatnonzero(board.words[chip, core, slot, :, 0]).tolist())
        synapses = [UNUSED_SYNAPSE] * SYNAPSES
        for at in range(borders[neuron], borders[neuron + 1]):
            source = int(network.source[at])
            if source < network.inputs:
                from_core, from_neuron = divmod(inputs[source, chip], NEURONS)
            else:
                from_core = virtual[source, chip]
                from_neuron = int(placement.slot[source - network.inputs])
            word = _synapse(from_core, from_neuron, int(network.receptor[at]))
            for _ in range(int(count[at])):
                synapses[next(free)] = word
        sent = targets[network.inputs + neuron]
        destinations = [UNUSED_DESTINATION] + [
            _destination(chip, target, virtual[network.inputs + neuron, target], mask)
            for target, mask in sorted(sent.items())
        ]
        destinations += [UNUSED_DESTINATION] * (DESTINATIONS - len(destinations))
        changed[chip, core, slot] = {
            "synapses": tuple(synapses),
            "destinations": tuple(destinations),
        }
    return _with(changed, codes)


def _destination(chip: int, target: int, called: int, mask: int) -> Dynapse1Destination:
    ahead, down = target % 2 - chip % 2, target // 2 - chip // 2
    return Dynapse1Destination(
        target_chip_id=target,
        in_use=True,
        virtual_core_id=called,
        core_mask=mask,
        sx=ahead < 0,
        sy=down >= 0,
        dx=abs(ahead),
        dy=abs(down),
    )


def _with(
    changed: dict[tuple[int, int, int], dict[str, object]],
    codes: dict[tuple[int, int], dict[str, BiasCode]],
) -> Dynapse1Configuration:
    board = empty_dynapse1()
    chips = []
    for chip in board.chips:
        cores = []
        for core in chip.cores:
            neurons = tuple(
                dataclasses.replace(neuron, **changed[at])  # type: ignore[arg-type]
                if (at := (chip.chip_id, core.core_id, neuron.neuron_id)) in changed
                else neuron
                for neuron in core.neurons
            )
            biases = dict(core.parameter_group.param_map)
            for name, code in codes.get((chip.chip_id, core.core_id), {}).items():
                biases[name] = dataclasses.replace(
                    biases[name], coarse_value=code.coarse, fine_value=code.fine
                )
            group = dataclasses.replace(core.parameter_group, param_map=biases)
            cores.append(dataclasses.replace(core, neurons=neurons, parameter_group=group))
        chips.append(dataclasses.replace(chip, cores=tuple(cores)))
    return Dynapse1Configuration(chips=tuple(chips))
