"""Named streams of random numbers: the seed enters once, at the top.

A stream is found by its name, not by its place in a sequence, so that a new stream shifts no other.
Mismatch, noise and age draw from different streams and never share one.
"""

import hashlib
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ohmloom.arrays import FloatArray

if TYPE_CHECKING:
    import torch


class Draws(Protocol):
    """What a model draws from: a `numpy.random.Generator`, or numbers that belong to cells."""

    def standard_normal(self, size: tuple[int, ...]) -> FloatArray:
        """Normal numbers of mean zero and variance one, of that shape."""
        ...

    def random(self, size: tuple[int, ...]) -> FloatArray:
        """Uniform numbers, at least 0 and below 1, of that shape."""
        ...


def seed_sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """The seed sequence of one named stream.

    Names are hashed with their kind and length, so that ("a", "bc") and ("ab", "c") differ,
    and so do 1 and "1".
    """
    digest = hashlib.sha256()
    for name in names:
        text = f"{type(name).__name__}:{name}".encode()
        digest.update(len(text).to_bytes(8, "little") + text)
    words = np.frombuffer(digest.digest(), dtype=np.uint32)
    return np.random.SeedSequence([seed, *(int(word) for word in words)])


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that belongs to these names alone.

    Args:
        seed: the one seed of the run, not negative.
        names: what the numbers are for, such as chip name and "read noise".

    >>> first, again = stream(1, "chip 3", "mismatch"), stream(1, "chip 3", "mismatch")
    >>> bool(first.integers(1000) == again.integers(1000))
    True
    """
    return np.random.Generator(np.random.Philox(seed_sequence(seed, *names)))


def torch_stream(seed: int, *names: str | int) -> "torch.Generator":
    """The same for torch: a CPU generator that belongs to these names alone."""
    import torch  # noqa: PLC0415  torch loads slowly and few need it

    generator = torch.Generator()
    state = int(seed_sequence(seed, *names).generate_state(1, np.uint64)[0])
    generator.manual_seed(state >> 1)  # torch takes a signed 64-bit seed
    return generator
