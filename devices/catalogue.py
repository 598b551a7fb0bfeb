"""Every device model by name: what laws, documentation and the command line run over."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.memristor import Memristor
from ohmloom.devices.vteam import kvatinsky_2015, kvatinsky_2015_exponential
from ohmloom.devices.wan_2022 import wan_2022

MEMRISTORS: Mapping[str, Callable[[], Memristor]] = MappingProxyType(
    {
        "kvatinsky_2015": kvatinsky_2015,
        "kvatinsky_2015_exponential": kvatinsky_2015_exponential,
    }
)
"""Published memristors: name to the function that returns the model."""

STATISTICS: Mapping[str, Callable[[], ConductanceStatistics]] = MappingProxyType(
    {
        "wan_2022": wan_2022,
    }
)
"""Published statistics of programmed cells: name to the function that returns the model."""
