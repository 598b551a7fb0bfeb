"""The four kinds of synapses that both chips have."""

from enum import IntEnum


class Receptor(IntEnum):
    """Where a synapse ends, in a numbering of our own; each chip has another."""

    AMPA = 0
    """Fast, excites."""
    NMDA = 1
    """Slow, excites once the membrane is high."""
    GABA_B = 2
    """Slow, subtracted from the input."""
    GABA_A = 3
    """Fast, adds to the leak (shunts)."""
