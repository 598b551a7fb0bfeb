"""Mismatch coefficients that were published for CMOS nodes, as their authors quote them: of pairs.

Source: P. R. Kinget, "Device mismatch and tradeoffs in the design of analog circuits", IEEE Journal
of Solid-State Circuits 40, 1212-1224 (2005), table, for 350 to 180 nm. The smaller nodes are the
middle of ranges that are typical of publications, not of one source: where it matters, take the
numbers of your process. Quoted from the literature, not measured here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.technologies.technology import PelgromOfPairs
from ohmloom.si import mV, nm, um

PUBLISHED: Final[Mapping[float, PelgromOfPairs]] = MappingProxyType(
    {
        350 * nm: PelgromOfPairs(threshold=9.0 * mV * um, current_factor=0.019 * um),
        250 * nm: PelgromOfPairs(threshold=6.0 * mV * um, current_factor=0.0185 * um),
        180 * nm: PelgromOfPairs(threshold=5.0 * mV * um, current_factor=0.0104 * um),
        130 * nm: PelgromOfPairs(threshold=3.5 * mV * um, current_factor=0.01 * um),
        65 * nm: PelgromOfPairs(threshold=3.0 * mV * um, current_factor=0.0085 * um),
        28 * nm: PelgromOfPairs(threshold=2.0 * mV * um, current_factor=0.0075 * um),
    }
)
"""By the length of the node [m]."""
