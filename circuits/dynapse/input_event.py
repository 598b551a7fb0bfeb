"""Events that are sent to a board from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.dynapse.parameters import Generation, generation
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class InputEvent:
    """An event that comes from outside, and who hears it."""

    chip: int
    """That it goes to."""
    cores: tuple[bool, bool, bool, bool]
    """Which cores of the chip hear it."""
    address: int
    """Tag on the DYNAP-SE2, 0 to 2047; on the DYNAP-SE1 core times 256 plus neuron that it seems to
    come from."""


def address_bits(chip: Generation | str) -> int:
    """Bits of an address: 11 of a tag, 10 of a core and a neuron."""
    return 10 if generation(chip) is Generation.SE1 else 11


def event_code(event: InputEvent, chip: Generation | str) -> int:
    """One number for an event, as `Events.address` of a board takes it.

    Raises:
        InvalidInput: the address is out of range.

    >>> event_code(InputEvent(chip=1, cores=(True, False, True, False), address=7), "se2")
    43015
    """
    bits = address_bits(chip)
    if not (0 <= event.chip <= 3 and 0 <= event.address < 1 << bits):
        raise InvalidInput(
            f"an event to chip {event.chip} with address {event.address} does not exist; chips are "
            f"0 to 3 and addresses 0 to {(1 << bits) - 1}"
        )
    mask = sum(1 << core for core, hears in enumerate(event.cores) if hears)
    return (event.chip << 4 | mask) << bits | event.address


def unpacked(codes: IntArray, chip: Generation | str) -> Sequence[IntArray]:
    """Chip, mask of cores, and address of numbers that `event_code` made.

    Raises:
        InvalidInput: a number is out of range.
    """
    bits = address_bits(chip)
    numbers = np.asarray(codes, dtype=np.int64)
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < 1 << (bits + 6):
        raise InvalidInput(
            f"events to a board lie in 0 to {(1 << (bits + 6)) - 1}, but reach from "
            f"{numbers.min()} to {numbers.max()}; make them with event_code"
        )
    head = numbers >> bits
    return head >> 4, head & 15, numbers & ((1 << bits) - 1)
