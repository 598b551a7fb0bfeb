"""Routing to DYNAP-SE2: tags, words and destinations of every connection.

An event reaches cores of one chip by one destination word, under one tag, and a core hears tags,
not sources. So every source needs a tag on every chip that it reaches, different from those of all
other sources that any of the same cores hears; cores that have no source in common use the same
tags again. Whether a tag lies below 1024 decides which CAM words can listen to it.
"""

import dataclasses
import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.bias import BiasCode
from ohmloom.circuits.dynapse.configuration.se2 import (
    DESTINATIONS,
    HIGHEST_TAG,
    MONITOR_HOP,
    SYNAPSES,
    UNUSED_DESTINATION,
    UNUSED_SYNAPSE,
    Dendrite,
    Dynapse2Chip,
    Dynapse2Configuration,
    Dynapse2Core,
    Dynapse2Destination,
    Dynapse2Neuron,
    Dynapse2Parameter,
    Dynapse2Synapse,
    empty_dynapse2,
)
from ohmloom.circuits.dynapse.input_event import InputEvent
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.errors import DoesNotFit, OutOfModelRange
from ohmloom.mapping.dynapse.board import CORES, Board
from ohmloom.mapping.dynapse.core_biases import core_codes, merged
from ohmloom.mapping.dynapse.routed_network import Placement, RoutedNetwork
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork
from ohmloom.mapping.dynapse.weight_levels import bits_of, fit_levels, nearest_sums
from ohmloom.mapping.dynapse.word_slots import assign_words, place_neurons

_RESERVED: Final = (1024, 2047)
"""Tags with which boards talk to the outside."""
_HALF: Final = 1024
_DENDRITES: Final = MappingProxyType(
    {
        Receptor.AMPA: Dendrite.AMPA,
        Receptor.NMDA: Dendrite.NMDA,
        Receptor.GABA_B: Dendrite.GABA,
        Receptor.GABA_A: Dendrite.SHUNT,
    }
)
_TRIES: Final = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sending:
    """One source on one chip, or on some of its cores: one tag."""

    source: int
    chip: int
    cores: tuple[int, ...]


def route_se2(
    network: SpikingNetwork, board: Board, members: Sequence[IntArray], *, keep_small: bool
) -> RoutedNetwork:
    """Route, given which neurons share a core.

    Args:
        network: what to compute.
        board: on what.
        members: neurons of each core.
        keep_small: whether no connection is left out.

    Raises:
        DoesNotFit: tags, words or destinations are too few.
    """
    core_of = np.zeros(network.neurons, dtype=np.int64)
    for core, neurons in enumerate(members):
        core_of[neurons] = core
    codes, chosen = _weights(network, board, members, core_of, keep_small=keep_small)
    whole, network = network, network.without(chosen == 0)
    chosen = chosen[chosen > 0]
    monitored = np.zeros(network.neurons, dtype=np.bool_)
    monitored[network.readouts] = True
    problem = ""
    for attempt in range(_TRIES):
        share = _high_share(board, attempt)
        sendings = _sendings(network, board, core_of, share)
        _check_destinations(network, sendings, monitored)
        tags = _tags(sendings, board, share)
        tag_of = {
            (sending.source, sending.chip * CORES + core): tag
            for sending, tag in zip(sendings, tags, strict=True)
            for core in sending.cores
        }
        tag = np.array(
            [tag_of[key] for key in zip(network.source.tolist(), core_of[network.target].tolist(),
                                        strict=True)],
            dtype=np.int64,
        )  # fmt: skip
        slots, problem = _slots(network, board, members, tag)
        if slots is not None:
            break
    else:
        raise DoesNotFit(
            f"{problem}; take connections away, or use another board or more chips, so that fewer "
            f"neurons compete for the words that work"
        )
    placement = Placement(chip=core_of // CORES, core=core_of % CORES, slot=slots)
    configuration = _configuration(
        network, board, placement, codes, tag, chosen, list(zip(sendings, tags, strict=True)),
        monitored,
    )  # fmt: skip
    events: list[list[InputEvent]] = [[] for _ in range(network.inputs)]
    for sending, its_tag in zip(sendings, tags, strict=True):
        if sending.source < network.inputs:
            one, two, three, four = (core in sending.cores for core in range(CORES))
            events[sending.source].append(
                InputEvent(chip=sending.chip, cores=(one, two, three, four), address=int(its_tag))
            )
    return RoutedNetwork(
        network=whole,
        board=board,
        configuration=configuration,
        placement=placement,
        input_events=tuple(map(tuple, events)),
        codes=codes,
    )


def _weights(
    network: SpikingNetwork,
    board: Board,
    members: Sequence[IntArray],
    core_of: IntArray,
    *,
    keep_small: bool,
) -> tuple[dict[tuple[int, int], dict[str, BiasCode]], IntArray]:
    """Codes of every core, and which of its weight currents each connection adds up."""
    codes = core_codes(network, board, members)
    chosen = np.zeros(network.connections, dtype=np.int64)
    weight_codes: dict[tuple[int, int], dict[str, BiasCode]] = {}
    for core, place in enumerate(board.core_places):
        into = np.flatnonzero(core_of[network.target] == core)
        if place not in codes:
            continue
        made = _weight_codes(network.weight[into], codes[place], keep_small=keep_small)
        weight_codes[place] = made
        levels = np.array(
            [bias.current("se2", name, code.coarse, code.fine) for name, code in made.items()]
        )
        if len(into):
            chosen[into] = nearest_sums(network.weight[into], levels, keep_small=keep_small)
    return merged(codes, weight_codes), chosen


def _weight_codes(
    weights: FloatArray, wanted: dict[str, BiasCode], *, keep_small: bool
) -> dict[str, BiasCode]:
    names = [f"SYAM_W{bit}_P" for bit in range(4)]
    given = [name for name in names if name in wanted]
    if len(given) == 4:
        return {name: wanted[name] for name in names}
    levels = fit_levels(weights, keep_small=keep_small)
    lowest = min(
        float(bias.currents("se2", name)[bias.currents("se2", name) > 0.0].min()) for name in names
    )
    codes = {}
    for name, level in zip(names, levels, strict=True):
        # A level that nobody needs is as small as can be.
        current = max(float(level), lowest)
        try:
            codes[name] = bias.nearest_code("se2", name, current)
        except OutOfModelRange as error:
            raise OutOfModelRange(f"weights need a current of {current:.3g} A: {error}") from error
    return {name: BiasCode(coarse=code.coarse, fine=code.fine) for name, code in codes.items()}


def _high_share(board: Board, attempt: int) -> FloatArray:
    """Which share of the tags of each core shall be 1024 or more, shape (cores,).

    The first attempt follows the words that work; the others ask for more of the one or the other.
    """
    usable = board.words.sum(axis=(2, 3)).reshape(-1, 2).astype(np.float64)
    low, high = usable[:, 0], usable[:, 1]
    share = high / np.maximum(low + high, 1.0)
    best = (high >= low).astype(np.float64)
    ways = (best, share, np.ones_like(share), np.zeros_like(share))
    if attempt < len(ways):
        return np.asarray(ways[attempt])
    return np.asarray(np.clip(share + (0.15 if attempt % 2 else -0.15) * (attempt - 2), 0.0, 1.0))


def _sendings(
    network: SpikingNetwork, board: Board, core_of: IntArray, share: FloatArray
) -> list[_Sending]:
    """Which source goes to which chip, under one tag for as many of its cores as possible."""
    pairs = np.unique(np.column_stack([network.source, core_of[network.target]]), axis=0)
    cores_of: dict[tuple[int, int], list[int]] = defaultdict(list)
    for source, core in pairs.tolist():
        cores_of[source, core // CORES].append(core % CORES)
    sendings = []
    for (source, chip), cores in cores_of.items():
        # Cores that can hear only low tags and cores that can hear only high ones need two.
        low = [core for core in cores if share[chip * CORES + core] <= 0.0]
        high = [core for core in cores if share[chip * CORES + core] >= 1.0]
        if low and high and not _one_will_do(board, chip, low, high):
            groups = [low + [core for core in cores if core not in low + high], high]
        else:
            groups = [cores]
        sendings += [
            _Sending(source=source, chip=chip, cores=tuple(sorted(group))) for group in groups
        ]
    return sendings


def _one_will_do(board: Board, chip: int, low: list[int], high: list[int]) -> bool:
    """Whether the cores that prefer one kind of tag have words for the other as well."""
    words = board.words[chip].mean(axis=(1, 2))
    return bool(
        min((words[core, 1] for core in low), default=1.0) > 0.5
        or min((words[core, 0] for core in high), default=1.0) > 0.5
    )


def _check_destinations(
    network: SpikingNetwork, sendings: Sequence[_Sending], monitored: BoolArray
) -> None:
    count = np.bincount([each.source for each in sendings], minlength=network.inputs + 1)
    count = np.pad(count, (0, network.inputs + network.neurons - len(count)))[network.inputs :]
    most = np.where(monitored, DESTINATIONS - 1, DESTINATIONS)
    over = np.flatnonzero(count > most)
    if len(over):
        neuron = int(over[np.argmax(count[over])])
        raise DoesNotFit(
            f"{len(over)} neuron(s) need more destinations than they have: neuron {neuron} needs "
            f"{count[neuron]}, but {most[neuron]} are available"
            f"{' beside the one of the monitor' if monitored[neuron] else ''}; let it reach fewer "
            f"chips, or leave it out of the read-outs"
        )


def _tags(sendings: Sequence[_Sending], board: Board, share: FloatArray) -> IntArray:
    """A tag for every sending; the smallest that no other uses on any of its cores."""
    taken = np.zeros((board.chips * CORES, HIGHEST_TAG + 1), dtype=np.bool_)
    taken[:, list(_RESERVED)] = True
    high_so_far = np.zeros(board.chips * CORES)
    so_far = np.zeros(board.chips * CORES)
    tags = np.full(len(sendings), -1)
    # Sendings to many cores are hard to please and choose first.
    order = sorted(range(len(sendings)), key=lambda at: -len(sendings[at].cores))
    for at in order:
        sending = sendings[at]
        cores = [sending.chip * CORES + core for core in sending.cores]
        blocked = np.asarray(taken[cores].any(axis=0))
        # Of the cores together, are there too few high tags yet?
        high = bool(
            (share[cores] * (so_far[cores] + 1.0) - high_so_far[cores]).sum() > 0.5 * len(cores)
        )
        halves = (
            (slice(_HALF, None), slice(0, _HALF)) if high else (slice(0, _HALF), slice(_HALF, None))
        )
        tag = -1
        for half in halves:
            free = np.flatnonzero(~blocked[half])
            if len(free):
                tag = int(free[0]) + half.start
                break
        if tag < 0:
            needed = sum(set(sending.cores) <= set(other.cores) and sending.chip == other.chip
                         for other in sendings)  # fmt: skip
            raise DoesNotFit(
                f"core {sending.cores[0]} of chip {sending.chip} has to tell apart at least "
                f"{needed} sources, but {HIGHEST_TAG + 1 - len(_RESERVED)} tags are available; "
                f"spread the network over more cores"
            )
        tags[at] = tag
        taken[cores, tag] = True
        so_far[cores] += 1.0
        high_so_far[cores] += tag >= _HALF
    return tags


def _slots(
    network: SpikingNetwork, board: Board, members: Sequence[IntArray], tag: IntArray
) -> tuple[IntArray | None, str]:
    """Place of every neuron in its core; or None, and what is short."""
    high = tag >= _HALF
    demand = np.stack(
        [
            np.bincount(network.target[~high], minlength=network.neurons),
            np.bincount(network.target[high], minlength=network.neurons),
        ],
        axis=1,
    )
    slots = np.zeros(network.neurons, dtype=np.int64)
    for (chip, core), neurons in zip(board.core_places, members, strict=True):
        if len(neurons) == 0:
            continue
        found = place_neurons(demand[neurons], board.words[chip, core], board.slots[chip, core])
        if found is None:
            worst = int(neurons[demand[neurons].sum(axis=1).argmax()])
            usable = board.words[chip, core][board.slots[chip, core]]
            return None, (
                f"{len(neurons)} neurons of chip {chip} core {core} need up to "
                f"{int(demand[neurons].sum(axis=1).max())} CAM words (neuron {worst}: "
                f"{demand[worst, 0]} for tags below 1024 and {demand[worst, 1]} above), but on "
                f"average {usable[..., 0].sum(axis=1).mean():.0f} and "
                f"{usable[..., 1].sum(axis=1).mean():.0f} of 64 are available"
            )
        slots[neurons] = found
    return slots, ""


@functools.lru_cache(maxsize=65536)
def _synapse(tag: int, bits: tuple[bool, ...], receptor: int) -> Dynapse2Synapse:
    return Dynapse2Synapse(tag=tag, weight=bits, dendrite=_DENDRITES[Receptor(receptor)])


def _configuration(
    network: SpikingNetwork,
    board: Board,
    placement: Placement,
    codes: dict[tuple[int, int], dict[str, BiasCode]],
    tag: IntArray,
    chosen: IntArray,
    sendings: Sequence[tuple[_Sending, int]],
    monitored: BoolArray,
) -> Dynapse2Configuration:
    bits = bits_of(chosen)
    destinations: dict[int, list[Dynapse2Destination]] = defaultdict(list)
    for sending, its_tag in sendings:
        neuron = sending.source - network.inputs
        if neuron >= 0:
            destinations[neuron].append(
                Dynapse2Destination(
                    core=tuple(core in sending.cores for core in range(CORES)),
                    x_hop=int(sending.chip - placement.chip[neuron]),
                    tag=int(its_tag),
                )
            )
    # Connections are sorted by target.
    borders = np.searchsorted(network.target, np.arange(network.neurons + 1))
    neurons: dict[tuple[int, int], dict[int, Dynapse2Neuron]] = defaultdict(dict)
    for neuron in range(network.neurons):
        chip, core, slot = (
            int(column[neuron]) for column in (placement.chip, placement.core, placement.slot)
        )
        mine = np.arange(borders[neuron], borders[neuron + 1])
        synapses = [UNUSED_SYNAPSE] * SYNAPSES
        words = assign_words(tag[mine] >= _HALF, board.words[chip, core, slot])
        for word, at in zip(words.tolist(), mine.tolist(), strict=True):
            synapses[word] = _synapse(
                int(tag[at]), tuple(bits[at].tolist()), int(network.receptor[at])
            )
        targets = destinations[neuron]
        if monitored[neuron]:
            targets = [_monitor(core, slot), *targets]
        elif len(targets) < DESTINATIONS:
            # The first word stays the monitor's where it can.
            targets = [UNUSED_DESTINATION, *targets]
        targets += [UNUSED_DESTINATION] * (DESTINATIONS - len(targets))
        neurons[chip, core][slot] = Dynapse2Neuron(
            synapses=tuple(synapses), destinations=tuple(targets)
        )
    return _with(board, neurons, codes, network)


def _monitor(core: int, slot: int) -> Dynapse2Destination:
    return Dynapse2Destination(core=(True,) * CORES, x_hop=MONITOR_HOP, tag=core * 256 + slot)


def _with(
    board: Board,
    neurons: dict[tuple[int, int], dict[int, Dynapse2Neuron]],
    codes: dict[tuple[int, int], dict[str, BiasCode]],
    network: SpikingNetwork,
) -> Dynapse2Configuration:
    empty = empty_dynapse2(board.chips)
    constant_current = "SOIF_DC_P" in network.parameters
    chips = []
    for number, chip in enumerate(empty.chips):
        cores = []
        for core_number, core in enumerate(chip.cores):
            place = (number, core_number)
            used = neurons.get(place, {})
            parameters = dict(core.parameters)
            for name, code in codes.get(place, {}).items():
                parameters[name] = dataclasses.replace(
                    parameters[name], coarse_value=code.coarse, fine_value=code.fine
                )
            cells = [
                dataclasses.replace(used[slot], latch_so_dc=True)
                if slot in used and constant_current
                else used.get(slot, core.neurons[slot])
                for slot in range(len(core.neurons))
            ]
            cores.append(_core(core, cells, parameters))
        chips.append(_chip(chip, cores))
    return Dynapse2Configuration(chips=tuple(chips))


def _core(
    core: Dynapse2Core, cells: list[Dynapse2Neuron], parameters: dict[str, Dynapse2Parameter]
) -> Dynapse2Core:
    return dataclasses.replace(core, neurons=tuple(cells), parameters=parameters)


def _chip(chip: Dynapse2Chip, cores: list[Dynapse2Core]) -> Dynapse2Chip:
    return dataclasses.replace(chip, cores=tuple(cores))
