"""The words that set up a DYNAP-SE1, bit by bit: made from fields, and taken apart again.

Making and taking apart share no code, so that each is a check of the other.

Source: fields of libcaer 3.3.9. libcaer counts coarse codes from the largest current; here, as in
samna, 0 is the smallest.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from ohmloom.circuits.dynapse.configuration.se1 import Dynapse1SynType
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class CamWord:
    """What one synapse of a neuron listens to."""

    listen_core: int
    """0 to 3."""
    listen_neuron: int
    """0 to 255."""
    syn_type: Dynapse1SynType
    """Where it ends."""
    core: int
    """Of the neuron itself, 0 to 3."""
    neuron: int
    """Itself, 0 to 255."""
    cam: int
    """Which of its words, 0 to 63."""


@dataclass(frozen=True, kw_only=True)
class SramWord:
    """Where the spikes of a neuron go."""

    virtual_core: int
    """That they seem to come from, 0 to 3."""
    sy: bool
    """Towards smaller y (south)."""
    dy: int
    """0 to 3."""
    sx: bool
    """Towards smaller x (west)."""
    dx: int
    """0 to 3."""
    core_mask: int
    """0 to 15."""
    core: int
    """Of the neuron itself, 0 to 3."""
    neuron: int
    """Itself, 0 to 255."""
    sram: int
    """Which of its words, 0 to 3."""


@dataclass(frozen=True, kw_only=True)
class BiasWord:
    """A bias of one core, or of the chip."""

    address: int
    """0 to 127."""
    coarse: int
    """0 to 7, 7 being the largest current."""
    fine: int
    """0 to 255."""
    high: bool
    """High-current branch."""
    normal: bool
    """Normal, not cascoded."""
    n_type: bool
    """Transistors."""
    enabled: bool
    """Whether it flows."""


@dataclass(frozen=True, kw_only=True)
class BufferWord:
    """The bias of the buffers of a chip; it has no switches."""

    address: int
    """50 or 114."""
    coarse: int
    """0 to 7, 7 being the largest current."""
    fine: int
    """0 to 255."""


@dataclass(frozen=True, kw_only=True)
class ShiftedSourceWord:
    """The bias of a shifted source of a chip; it has a fine code alone."""

    address: int
    """51, 52, 115 or 116."""
    fine: int
    """0 to 63."""


BUFFERS: Final = (50, 114)
"""Addresses of the biases of buffers."""
SHIFTED_SOURCES: Final = (51, 52, 115, 116)
"""Addresses of the biases of shifted sources."""
Word: TypeAlias = CamWord | SramWord | BiasWord | BufferWord | ShiftedSourceWord

_CAM_FLAG = 1 << 17
_SRAM_FLAG = (1 << 17) | (1 << 4)
_BIAS_FLAG = 1 << 16


def encode_cam(word: CamWord) -> int:
    """The number that sets one synapse.

    Raises:
        InvalidInput: a field is out of range.

    >>> word = CamWord(listen_core=1, listen_neuron=0x23, syn_type=Dynapse1SynType.AMPA,
    ...                core=2, neuron=0xB7, cam=5)
    >>> hex(encode_cam(word))
    '0x323758a7'
    """
    _check(word, listen_core=3, listen_neuron=255, core=3, neuron=255, cam=63)
    number = int(word.syn_type) << 28
    number |= word.listen_neuron << 20
    number |= word.listen_core << 18
    number |= _CAM_FLAG
    number |= word.core << 15
    number |= (word.neuron >> 4) << 11
    number |= word.cam << 5
    return number | (word.neuron & 15)


def encode_sram(word: SramWord) -> int:
    """The number that sets one destination.

    Raises:
        InvalidInput: a field is out of range.
    """
    _check(word, virtual_core=3, dy=3, dx=3, core_mask=15, core=3, neuron=255, sram=3)
    number = word.virtual_core << 28 | word.sy << 27 | word.dy << 25
    number |= word.sx << 24 | word.dx << 22 | word.core_mask << 18
    return number | _SRAM_FLAG | word.core << 15 | word.neuron << 7 | word.sram << 5


def encode_bias(word: BiasWord) -> int:
    """The number that sets one bias.

    Raises:
        InvalidInput: a field is out of range.
    """
    _check(word, address=127, coarse=7, fine=255)
    if word.address in BUFFERS + SHIFTED_SOURCES:
        raise InvalidInput(
            f"address {word.address} is a buffer or a shifted source; use encode_buffer or "
            f"encode_shifted_source"
        )
    flags = word.high << 3 | word.normal << 2 | word.n_type << 1 | int(word.enabled)
    return _coarse_and_fine(word.address, word.coarse, word.fine) | flags


def encode_buffer(word: BufferWord) -> int:
    """The number that sets the bias of buffers.

    Raises:
        InvalidInput: a field is out of range.
    """
    _check(word, coarse=7, fine=255)
    if word.address not in BUFFERS:
        raise InvalidInput(f"buffers have the addresses {BUFFERS}, not {word.address}")
    return _coarse_and_fine(word.address, word.coarse, word.fine)


def encode_shifted_source(word: ShiftedSourceWord) -> int:
    """The number that sets the bias of a shifted source.

    Raises:
        InvalidInput: a field is out of range.
    """
    _check(word, fine=63)
    if word.address not in SHIFTED_SOURCES:
        raise InvalidInput(f"shifted sources have the addresses {SHIFTED_SOURCES}")
    return word.address << 18 | _BIAS_FLAG | 0x3F << 10 | word.fine << 4


def _coarse_and_fine(address: int, coarse: int, fine: int) -> int:
    # libcaer counts from the other end, and the hardware reads the bits from the other side.
    counted = 7 - coarse
    reversed_bits = (counted & 1) << 2 | (counted & 2) | counted >> 2
    return address << 18 | _BIAS_FLAG | reversed_bits << 12 | fine << 4


def encode_monitor(core: int, neuron: int) -> tuple[int, int]:
    """The two numbers that put the membrane of one neuron of a core on its pin."""
    if not (0 <= core <= 3 and 0 <= neuron <= 255):
        raise InvalidInput(f"core {core} must lie in 0 to 3 and neuron {neuron} in 0 to 255")
    return 1 << 11 | core << 8, core << 8 | neuron


def encode_second_time_constant(core: int, neuron: int) -> int:
    """The number that gives a neuron the leak `IF_TAU2_N`."""
    if not (0 <= core <= 3 and 0 <= neuron <= 255):
        raise InvalidInput(f"core {core} must lie in 0 to 3 and neuron {neuron} in 0 to 255")
    return 1 << 10 | core << 8 | neuron


def encode_time_constant_reset(core: int, *, second: bool) -> int:
    """The number that gives all neurons of a core the first, or the second, leak."""
    if not 0 <= core <= 3:
        raise InvalidInput(f"core {core} must lie in 0 to 3")
    return 1 << 12 | (1 << 11 if second else 0) | core << 8


def decode_word(number: int) -> Word:
    """What a number sets, from its bits alone.

    Raises:
        InvalidInput: it is no word of a synapse, a destination or a bias.
    """
    if not 0 <= number < 1 << 32:
        raise InvalidInput(f"{number} is not a number of 32 bits")
    bits = f"{number:032b}"

    def field(high: int, low: int) -> int:
        """Bits `high` down to `low`, as the data sheet counts."""
        return int(bits[31 - high : 32 - low], 2)

    if field(17, 17) and field(4, 4) and not field(31, 30) and not field(3, 0):
        return SramWord(
            virtual_core=field(29, 28),
            sy=bool(field(27, 27)),
            dy=field(26, 25),
            sx=bool(field(24, 24)),
            dx=field(23, 22),
            core_mask=field(21, 18),
            core=field(16, 15),
            neuron=field(14, 7),
            sram=field(6, 5),
        )
    if field(17, 17) and not field(4, 4) and not field(31, 30):
        return CamWord(
            syn_type=Dynapse1SynType(field(29, 28)),
            listen_neuron=field(27, 20),
            listen_core=field(19, 18),
            core=field(16, 15),
            neuron=int(bits[31 - 14 : 32 - 11] + bits[31 - 3 :], 2),
            cam=field(10, 5),
        )
    if field(16, 16) and not field(17, 17) and not field(31, 25):
        if field(24, 18) in SHIFTED_SOURCES:
            return ShiftedSourceWord(address=field(24, 18), fine=field(9, 4))
        order = {"000": 7, "100": 6, "010": 5, "110": 4, "001": 3, "101": 2, "011": 1, "111": 0}
        if field(24, 18) in BUFFERS:
            coarse = order[bits[31 - 14 : 32 - 12]]
            return BufferWord(address=field(24, 18), coarse=coarse, fine=field(11, 4))
        return BiasWord(
            address=field(24, 18),
            coarse=order[bits[31 - 14 : 32 - 12]],
            fine=field(11, 4),
            high=bool(field(3, 3)),
            normal=bool(field(2, 2)),
            n_type=bool(field(1, 1)),
            enabled=bool(field(0, 0)),
        )
    raise InvalidInput(f"{number:#010x} is no word of a synapse, a destination or a bias")


def _check(word: Word, **highest: int) -> None:
    for name, limit in highest.items():
        value = getattr(word, name)
        if not 0 <= value <= limit:
            raise InvalidInput(
                f"{name} of a {type(word).__name__} is {value}, but must lie in 0 to {limit}"
            )
