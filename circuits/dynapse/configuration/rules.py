"""What a configuration must obey, checked all at once.

Errors are what a chip cannot do; warnings are what has surprised people on real boards.

Source: constraints of both chips as public mappers and guides state them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from ohmloom.circuits.dynapse.configuration import se1, se2
from ohmloom.circuits.dynapse.configuration.se1 import Dynapse1Configuration
from ohmloom.circuits.dynapse.configuration.se2 import Dendrite, Dynapse2Configuration
from ohmloom.circuits.dynapse.parameters import (
    HIGHEST_FINE,
    SE1_HIGHEST_COARSE,
    SE1_PARAMETERS,
    SE2_HIGHEST_COARSE,
    SE2_PARAMETERS,
    SE2_SHARED_PARAMETERS,
)
from ohmloom.errors import InvalidInput

_SHOWN = 10
CONTROL_TAG = 2047
"""Tag of the event that marks the end of an experiment."""
ECHO_TAG = 1024
"""Tag of the event that asks a DYNAP-SE2 board for its time."""


class Severity(Enum):
    """How bad."""

    ERROR = "error"
    """The chip cannot do it."""
    WARNING = "warning"
    """The chip does it, and people were surprised."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that is broken somewhere."""

    severity: Severity
    """How bad."""
    place: str
    """Where, such as "chip 0 core 1 neuron 17"."""
    message: str
    """What was found, and what to do."""

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.place}: {self.message}"


def validate(configuration: Dynapse1Configuration | Dynapse2Configuration) -> list[Violation]:
    """Every rule that a configuration breaks, errors first.

    Args:
        configuration: of a board of either chip.

    >>> validate(se2.empty_dynapse2())
    []
    """
    found = (
        _validate_se1(configuration)
        if isinstance(configuration, Dynapse1Configuration)
        else _validate_se2(configuration)
    )
    return sorted(found, key=lambda each: each.severity is Severity.WARNING)


def check(configuration: Dynapse1Configuration | Dynapse2Configuration) -> list[Violation]:
    """The warnings of a configuration without errors.

    Raises:
        InvalidInput: it has errors; the message lists them.
    """
    found = validate(configuration)
    errors = [each for each in found if each.severity is Severity.ERROR]
    if errors:
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        told = "; ".join(f"{each.place}: {each.message}" for each in errors[:_SHOWN])
        raise InvalidInput(f"the configuration breaks {len(errors)} rule(s): {told}{more}")
    return found


def _error(place: str, message: str) -> Violation:
    return Violation(severity=Severity.ERROR, place=place, message=message)


def _warning(place: str, message: str) -> Violation:
    return Violation(severity=Severity.WARNING, place=place, message=message)


def _out_of_range(place: str, name: str, value: int, low: int, high: int) -> Iterator[Violation]:
    if not (isinstance(value, int) and low <= value <= high):
        yield _error(place, f"{name} is {value!r}, but must lie in {low} to {high}")


def _wrong_names(place: str, names: set[str], known: set[str]) -> Iterator[Violation]:
    for name in sorted(names - known):
        near = get_close_matches(name, known, n=2)
        hint = f"; did you mean {' or '.join(near)}" if near else ""
        yield _error(place, f"there is no bias {name}{hint}")
    for name in sorted(known - names):
        yield _error(place, f"bias {name} is missing")


def _validate_se2(board: Dynapse2Configuration) -> Iterator[Violation]:
    if not 1 <= len(board.chips) <= 4:
        yield _error("board", f"{len(board.chips)} chips, but a board has 1 to 4")
    for number, chip in enumerate(board.chips):
        place = f"chip {number}"
        if len(chip.cores) != se2.CORES:
            yield _error(place, f"{len(chip.cores)} cores, but a chip has {se2.CORES}")
        for pair, shared in (("01", chip.shared_parameters01), ("23", chip.shared_parameters23)):
            yield from _wrong_names(f"{place} cores {pair}", {*shared}, {*SE2_SHARED_PARAMETERS})
            yield from _se2_codes(f"{place} cores {pair}", shared)
        yield from _se2_codes(place, chip.global_parameters)
        for core_number, core in enumerate(chip.cores):
            yield from _se2_core(f"{place} core {core_number}", core)
    yield from _se2_tags(board)


def _se2_codes(place: str, parameters: Mapping[str, se2.Dynapse2Parameter]) -> Iterator[Violation]:
    for name, each in parameters.items():
        yield from _out_of_range(
            place, f"coarse code of {name}", each.coarse_value, 0, SE2_HIGHEST_COARSE
        )
        yield from _out_of_range(place, f"fine code of {name}", each.fine_value, 0, HIGHEST_FINE)
        if each.type not in {"N", "P"}:
            yield _error(place, f"type of {name} is {each.type!r}, but must be 'N' or 'P'")
        elif each.type != each.initial_type and not each.switchable_type:
            yield _error(
                place,
                f"type of {name} is {each.type!r}, but cannot be switched from "
                f"{each.initial_type!r}",
            )


def _se2_core(place: str, core: se2.Dynapse2Core) -> Iterator[Violation]:
    yield from _wrong_names(place, {*core.parameters}, {*SE2_PARAMETERS})
    yield from _se2_codes(place, core.parameters)
    yield from _out_of_range(place, "monitored_neuron", core.monitored_neuron, 0, se2.NEURONS - 1)
    if len(core.neurons) != se2.NEURONS:
        yield _error(place, f"{len(core.neurons)} neurons, but a core has {se2.NEURONS}")
    sound: set[int] = set()
    for number, neuron in enumerate(core.neurons):
        # Most neurons, synapses and destinations are one object: it is looked at once.
        if id(neuron) in sound:
            continue
        found = list(_se2_neuron(f"{place} neuron {number}", neuron))
        yield from found
        if not found:
            sound.add(id(neuron))


def _se2_neuron(place: str, neuron: se2.Dynapse2Neuron) -> Iterator[Violation]:
    if len(neuron.synapses) != se2.SYNAPSES:
        yield _error(
            place,
            f"{len(neuron.synapses)} synapses, but a neuron has exactly {se2.SYNAPSES}; "
            f"{_advice(len(neuron.synapses))}",
        )
    if len(neuron.destinations) != se2.DESTINATIONS:
        yield _error(
            place,
            f"{len(neuron.destinations)} destinations, but a neuron has exactly "
            f"{se2.DESTINATIONS}, the first for the monitor",
        )
    for number, synapse in enumerate(neuron.synapses):
        if synapse == se2.UNUSED_SYNAPSE:
            continue
        at = f"{place} synapse {number}"
        yield from _out_of_range(at, "tag", synapse.tag, 0, se2.HIGHEST_TAG)
        if len(synapse.weight) != 4:
            yield _error(at, f"{len(synapse.weight)} weight bits, but there are 4")
        if synapse.dendrite is Dendrite.NONE and any(synapse.weight):
            yield _error(at, "it has a weight but no dendrite; give one, or take the weight away")
        if synapse.dendrite is not Dendrite.NONE and not any(synapse.weight):
            yield _warning(at, "it has a dendrite but no weight, and does nothing")
    for number, target in enumerate(neuron.destinations):
        if target == se2.UNUSED_DESTINATION:
            continue
        at = f"{place} destination {number}"
        yield from _out_of_range(at, "tag", target.tag, 0, se2.HIGHEST_TAG)
        for axis, hop in (("x_hop", target.x_hop), ("y_hop", target.y_hop)):
            yield from _out_of_range(at, axis, hop, -se2.FARTHEST_HOP, se2.FARTHEST_HOP)
        if len(target.core) != se2.CORES:
            yield _error(at, f"{len(target.core)} core bits, but there are {se2.CORES}")
        if any(target.core) and target.x_hop != se2.MONITOR_HOP and target.tag == CONTROL_TAG:
            yield _warning(at, f"tag {CONTROL_TAG} marks the end of experiments; use another")


def _advice(synapses: int) -> str:
    return "give it fewer inputs" if synapses > se2.SYNAPSES else "fill up with unused ones"


def _se2_tags(board: Dynapse2Configuration) -> Iterator[Violation]:
    """Events that leave the board, and neurons that cannot be told apart."""
    heard: dict[tuple[int, int, int], list[str]] = defaultdict(list)
    for number, chip in enumerate(board.chips):
        for core_number, core in enumerate(chip.cores):
            for neuron_number, neuron in enumerate(core.neurons):
                if neuron is se2.UNUSED_NEURON:
                    continue
                place = f"chip {number} core {core_number} neuron {neuron_number}"
                for target in neuron.destinations:
                    if not any(target.core) or target.x_hop == se2.MONITOR_HOP:
                        continue
                    if target.y_hop != 0 or not 0 <= number + target.x_hop < len(board.chips):
                        yield _error(
                            place,
                            f"hops ({target.x_hop}, {target.y_hop}) lead from chip {number} off a "
                            f"board of {len(board.chips)} chip(s)",
                        )
                        continue
                    for bit, hears in enumerate(target.core):
                        if hears:
                            heard[number + target.x_hop, bit, target.tag].append(place)
    for (chip_number, core_number, tag), sources in heard.items():
        if len(sources) > 1:
            yield _warning(
                f"chip {chip_number} core {core_number}",
                f"tag {tag} comes from {len(sources)} neurons, which nobody there can tell apart: "
                f"{', '.join(sources[:3])}{', ...' if len(sources) > 3 else ''}",
            )


def _validate_se1(board: Dynapse1Configuration) -> Iterator[Violation]:
    if len(board.chips) != se1.CHIPS:
        yield _error("board", f"{len(board.chips)} chips, but a board has {se1.CHIPS}")
    for number, chip in enumerate(board.chips):
        place = f"chip {number}"
        yield from _other_number(place, "chip_id", chip.chip_id, number)
        if len(chip.cores) != se1.CORES:
            yield _error(place, f"{len(chip.cores)} cores, but a chip has {se1.CORES}")
        for core_number, core in enumerate(chip.cores):
            at = f"{place} core {core_number}"
            yield from _other_number(at, "chip_id", core.chip_id, number)
            yield from _other_number(at, "core_id", core.core_id, core_number)
            yield from _se1_biases(at, core.parameter_group)
            if len(core.neurons) != se1.NEURONS:
                yield _error(at, f"{len(core.neurons)} neurons, but a core has {se1.NEURONS}")
            for neuron_number, neuron in enumerate(core.neurons):
                yield from _se1_neuron(
                    f"{at} neuron {neuron_number}", neuron, number, neuron_number
                )
    yield from _se1_addresses(board)


def _other_number(place: str, name: str, said: int, expected: int) -> Iterator[Violation]:
    if said != expected:
        yield _error(place, f"{name} says {said}, but it stands at place {expected}")


def _se1_biases(place: str, group: se1.Dynapse1ParameterGroup) -> Iterator[Violation]:
    yield from _wrong_names(place, {*group.param_map}, {*SE1_PARAMETERS})
    for name, each in group.param_map.items():
        yield from _out_of_range(
            place, f"coarse code of {name}", each.coarse_value, 0, SE1_HIGHEST_COARSE
        )
        yield from _out_of_range(place, f"fine code of {name}", each.fine_value, 0, HIGHEST_FINE)
        if each.param_name != name or each.type != name[-1]:
            yield _error(place, f"bias {name} calls itself {each.param_name}, type {each.type}")


def _se1_neuron(
    place: str, neuron: se1.Dynapse1Neuron, chip: int, number: int
) -> Iterator[Violation]:
    yield from _other_number(place, "neuron_id", neuron.neuron_id, number)
    if len(neuron.synapses) != se1.SYNAPSES:
        yield _error(
            place,
            f"{len(neuron.synapses)} synapses, but a neuron has exactly {se1.SYNAPSES}; "
            f"{_advice(len(neuron.synapses))}",
        )
    if len(neuron.destinations) != se1.DESTINATIONS:
        yield _error(
            place,
            f"{len(neuron.destinations)} destinations, but a neuron has exactly "
            f"{se1.DESTINATIONS}, the first for the monitor",
        )
    used = [each for each in neuron.synapses if each != se1.UNUSED_SYNAPSE]
    for count, synapse in enumerate(used):
        at = f"{place} synapse {count}"
        yield from _out_of_range(at, "listen_core_id", synapse.listen_core_id, 0, 3)
        yield from _out_of_range(at, "listen_neuron_id", synapse.listen_neuron_id, 0, 255)
    targets = [each for each in neuron.destinations if each.in_use]
    for count, target in enumerate(targets):
        at = f"{place} destination {count}"
        for name in ("target_chip_id", "virtual_core_id", "dx", "dy"):
            yield from _out_of_range(at, name, getattr(target, name), 0, 3)
        yield from _out_of_range(at, "core_mask", target.core_mask, 0, 15)
        yield from _se1_hops(at, chip, target)
        if chip % 2 == 0 and target.target_chip_id % 2 == 1:
            yield _warning(
                at, "events from the left chips (0, 2) to the right ones (1, 3) stop chips"
            )
    if number == 0 and (targets or any(each != se1.UNUSED_SYNAPSE for each in used)):
        yield _warning(place, "neuron 0 of a core misbehaves; use another")


def _se1_hops(place: str, chip: int, target: se1.Dynapse1Destination) -> Iterator[Violation]:
    ahead = target.target_chip_id % 2 - chip % 2
    up = target.target_chip_id // 2 - chip // 2
    # y counts southwards; its sign is set for events that stay in their row as well.
    dx, sx, dy, sy = abs(ahead), ahead < 0, abs(up), up >= 0
    if (target.dx, target.dy) != (dx, dy) or (dx and target.sx != sx) or (dy and target.sy != sy):
        yield _error(
            place,
            f"hops dx {target.dx}, sx {target.sx}, dy {target.dy}, sy {target.sy} do not lead from "
            f"chip {chip} to chip {target.target_chip_id}; they should be dx {dx}, sx {sx}, dy "
            f"{dy}, sy {sy}",
        )


def _se1_addresses(board: Dynapse1Configuration) -> Iterator[Violation]:
    """Sources that one core cannot tell apart, although somebody there listens."""
    arriving: dict[tuple[int, int, int, int], set[str]] = defaultdict(set)
    for chip in board.chips:
        for core in chip.cores:
            for neuron in core.neurons:
                for target in neuron.destinations:
                    if not target.in_use:
                        continue
                    source = f"chip {chip.chip_id} core {core.core_id} neuron {neuron.neuron_id}"
                    for bit in range(se1.CORES):
                        if target.core_mask >> bit & 1:
                            key = (
                                target.target_chip_id,
                                bit,
                                target.virtual_core_id,
                                neuron.neuron_id,
                            )
                            arriving[key].add(source)
    mixed = {key: sources for key, sources in arriving.items() if len(sources) > 1}
    if not mixed:
        return
    for chip in board.chips:
        for core in chip.cores:
            listened = {
                (each.listen_core_id, each.listen_neuron_id)
                for neuron in core.neurons
                for each in neuron.synapses
                if each != se1.UNUSED_SYNAPSE
            }
            for (target_chip, target_core, from_core, from_neuron), sources in mixed.items():
                if (target_chip, target_core) == (chip.chip_id, core.core_id) and (
                    from_core,
                    from_neuron,
                ) in listened:
                    yield _warning(
                        f"chip {target_chip} core {target_core}",
                        f"address core {from_core} neuron {from_neuron} is that of "
                        f"{', '.join(sorted(sources))}, which nobody there can tell apart",
                    )
