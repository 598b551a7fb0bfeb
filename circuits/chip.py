"""`Chip`: the one door through which every chip is used, simulated or on the bench.

A chip has knobs that take integer codes, memories that are written, observables that are read, a
way to run signals through it, and a clock. What the signals are depends on the chip: a crossbar
takes vectors of converter codes (`Frames`), a spiking chip takes time-stamped events (`Events`);
both go through `run`. Nothing else is public: calibration, mapping and programming see a simulated
chip exactly as they see silicon.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ohmloom.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class ChipIdentity:
    """Which chip this is."""

    model: str
    """Kind of chip, such as "crossbar-64"."""
    serial: int
    """Serial number; the same model and serial are the same piece of silicon."""

    def __str__(self) -> str:
        return f"{self.model} #{self.serial}"


@dataclass(frozen=True, kw_only=True)
class Port:
    """A knob, a memory or an observable: what shape it has and which codes it knows."""

    shape: tuple[int, ...]
    """Shape of its codes."""
    lowest: int
    """Smallest code."""
    highest: int
    """Largest code."""
    meaning: str
    """What a code does or says, with its unit."""


@dataclass(frozen=True, kw_only=True)
class ChipDescription:
    """What can be set, written and read on a chip."""

    knobs: Mapping[str, Port]
    """What `set_codes` takes."""
    memories: Mapping[str, Port]
    """What `program` writes."""
    observables: Mapping[str, Port]
    """What `read` gives."""


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Vectors of converter codes on one tile, one after another."""

    tile: int
    """Which tile the codes are for, or come from."""
    codes: IntArray
    """Codes, shape (trials, rows) on the way in, (trials, columns) on the way out."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Time-stamped events, sorted by time."""

    time: FloatArray
    """When, shape (events,) [s]."""
    address: IntArray
    """Where from or where to, shape (events,): a neuron, or a tag."""
    duration: float
    """Length of the recording [s]."""


SignalT = TypeVar("SignalT", Frames, Events)


class Chip(Protocol[SignalT]):
    """A chip, simulated or on the bench."""

    @property
    def identity(self) -> ChipIdentity:
        """Which chip this is."""
        ...

    @property
    def description(self) -> ChipDescription:
        """What can be set, written and read."""
        ...

    @property
    def time(self) -> float:
        """The chip's own clock: time since power-up [s]."""
        ...

    def codes(self, knob: str) -> IntArray:
        """The codes that a knob has now."""
        ...

    def set_codes(self, knob: str, codes: IntArray) -> None:
        """Turn a knob; `codes` broadcasts to the shape of the knob."""
        ...

    def program(self, memory: str, words: IntArray) -> None:
        """Write a memory: configuration words, or pulses onto memristive cells."""
        ...

    def read(self, observable: str) -> IntArray:
        """Read an observable once, with the noise of one reading."""
        ...

    def run(self, signals: SignalT) -> SignalT:
        """Send signals in and return what comes out."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        ...
