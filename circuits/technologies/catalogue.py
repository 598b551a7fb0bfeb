"""Every technology by name: for sweeps and the command line."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.sky130 import sky130
from ohmloom.circuits.technologies.technology import Technology

TECHNOLOGIES: Final[Mapping[str, Callable[[], Technology]]] = MappingProxyType(
    {"generic": generic, "ekv": ekv, "sky130": sky130}
)
"""Makers of technologies at their typical corner."""
