"""Every circuit by name: what laws, documentation, sweeps and the command line run over.

To add a circuit, write its file, and its import and one line here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.circuit import Circuit

CIRCUITS: Final[Mapping[str, Callable[[], Circuit]]] = MappingProxyType({})
"""Makers of circuits with their published sizes and biases, in the generic technology."""
