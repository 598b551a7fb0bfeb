"""Which neuron of a core goes where, so that its inputs find CAM words that work.

A word may work for tags below 1024, from there on, for both, or for none. Neurons with many inputs
choose first, and each takes the poorest place that will do.
"""

import numpy as np

from ohmloom.arrays import BoolArray, IntArray


def place_neurons(demand: IntArray, words: BoolArray, slots: BoolArray) -> IntArray | None:
    """A place for every neuron of a core.

    Args:
        demand: words for low and for high tags that each neuron needs, shape (neurons, 2).
        words: which work, shape (256, 64, 2).
        slots: which neurons of the core may be used, shape (256,).

    Returns:
        Shape (neurons,); None if some neuron finds no place.
    """
    low, high = words[..., 0], words[..., 1]
    only_low, only_high, both = (
        (low & ~high).sum(axis=1), (high & ~low).sum(axis=1), (low & high).sum(axis=1)
    )  # fmt: skip
    free = slots.copy()
    worth = only_low + only_high + 2 * both
    found = np.full(len(demand), -1)
    for neuron in np.argsort(-demand.sum(axis=1), kind="stable"):
        for_low, for_high = demand[neuron]
        # What the words of one kind cannot take goes to those that work for both.
        missing = np.maximum(for_low - only_low, 0) + np.maximum(for_high - only_high, 0)
        fits = free & (missing <= both)
        if not fits.any():
            return None
        slot = int(np.where(fits, worth, np.iinfo(np.int64).max).argmin())
        found[neuron] = slot
        free[slot] = False
    return found


def assign_words(high_tag: BoolArray, words: BoolArray) -> IntArray:
    """A word of one neuron for each of its connections, given that there are enough.

    Args:
        high_tag: whether the tag of each connection is 1024 or more, shape (connections,).
        words: which work, shape (64, 2).

    Returns:
        Shape (connections,).
    """
    found = np.full(len(high_tag), -1)
    free = np.ones(len(words), dtype=np.bool_)
    for kind in (0, 1):
        wanted = np.flatnonzero(high_tag == bool(kind))
        alone = np.flatnonzero(free & words[:, kind] & ~words[:, 1 - kind])[: len(wanted)]
        found[wanted[: len(alone)]] = alone
        free[alone] = False
    for kind in (0, 1):
        wanted = np.flatnonzero((high_tag == bool(kind)) & (found < 0))
        shared = np.flatnonzero(free & words[:, kind] & words[:, 1 - kind])[: len(wanted)]
        found[wanted] = shared
        free[shared] = False
    return found
