"""Every device model by name: what laws, documentation and the command line run over.

To add a model, write its file, and its import and one line here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.jart_fast import ntinas_2024
from ohmloom.devices.memristors.jart_vcm import cueppers_2019
from ohmloom.devices.memristors.linear_drift import (
    hp_27_nm,
    hp_85_nm,
    strukov_2008,
    strukov_2008_biolek,
    strukov_2008_joglekar,
    strukov_2008_prodromakis,
)
from ohmloom.devices.memristors.messaris import messaris_2018, messaris_2021
from ohmloom.devices.memristors.metastable_switch import nugent_2014
from ohmloom.devices.memristors.sky130_reram import sky130_reram
from ohmloom.devices.memristors.stanford_pku import jiang_2014
from ohmloom.devices.memristors.volatile_switch import (
    volatile_microseconds,
    volatile_milliseconds,
    volatile_seconds,
)
from ohmloom.devices.memristors.vteam import kvatinsky_2015, kvatinsky_2015_exponential
from ohmloom.devices.memristors.yakopcic import (
    jo_2010,
    miao_2011,
    oblea_2010_pulsed,
    oblea_2010_sine,
    yakopcic_2020_strontium_titanate,
)
from ohmloom.devices.pulse_updates.neurosim import chen_2018_ag_asi
from ohmloom.devices.pulse_updates.presets import (
    gokmen_vlasov_2016,
    gong_2018_exponential,
    gong_2018_soft_bounds,
    gong_2022_hfo2,
    gong_2022_optimized,
    kim_2019_ecram,
    li_2018_capacitor,
    nandakumar_2020_pcm,
    rasch_2019_idealized,
    tang_2018_ecram,
)
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.pulse_updates.table_step import enode_ecram
from ohmloom.devices.statistics.falcone_2025 import falcone_2025_narrow, falcone_2025_wide
from ohmloom.devices.statistics.joshi_2020 import joshi_2020
from ohmloom.devices.statistics.le_gallo_2023 import (
    le_gallo_2023_one_device,
    le_gallo_2023_two_devices,
)
from ohmloom.devices.statistics.milo_2021 import milo_2021
from ohmloom.devices.statistics.nandakumar_2019 import nandakumar_2019
from ohmloom.devices.statistics.sonos import agrawal_2022
from ohmloom.devices.statistics.state_independent import state_independent
from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022, hennen_2022_order_1
from ohmloom.devices.statistics.synaptogen.model import Synaptogen
from ohmloom.devices.statistics.wan_2022 import wan_2022, wan_2022_one_second

MEMRISTORS: Final[Mapping[str, Callable[[], Memristor]]] = MappingProxyType(
    {
        "cueppers_2019": cueppers_2019,
        "hp_27_nm": hp_27_nm,
        "hp_85_nm": hp_85_nm,
        "jiang_2014": jiang_2014,
        "jo_2010": jo_2010,
        "kvatinsky_2015": kvatinsky_2015,
        "kvatinsky_2015_exponential": kvatinsky_2015_exponential,
        "messaris_2018": messaris_2018,
        "messaris_2021": messaris_2021,
        "miao_2011": miao_2011,
        "ntinas_2024": ntinas_2024,
        "nugent_2014": nugent_2014,
        "oblea_2010_pulsed": oblea_2010_pulsed,
        "oblea_2010_sine": oblea_2010_sine,
        "sky130_reram": sky130_reram,
        "strukov_2008": strukov_2008,
        "strukov_2008_biolek": strukov_2008_biolek,
        "strukov_2008_joglekar": strukov_2008_joglekar,
        "strukov_2008_prodromakis": strukov_2008_prodromakis,
        "volatile_microseconds": volatile_microseconds,
        "volatile_milliseconds": volatile_milliseconds,
        "volatile_seconds": volatile_seconds,
        "yakopcic_2020_strontium_titanate": yakopcic_2020_strontium_titanate,
    }
)
"""Physical memristors: name to the function that returns the model."""

STATISTICS: Final[Mapping[str, Callable[[], ConductanceStatistics]]] = MappingProxyType(
    {
        "agrawal_2022": agrawal_2022,
        "falcone_2025_narrow": falcone_2025_narrow,
        "falcone_2025_wide": falcone_2025_wide,
        "joshi_2020": joshi_2020,
        "le_gallo_2023_one_device": le_gallo_2023_one_device,
        "le_gallo_2023_two_devices": le_gallo_2023_two_devices,
        "milo_2021": milo_2021,
        "nandakumar_2019": nandakumar_2019,
        "state_independent": state_independent,
        "wan_2022": wan_2022,
        "wan_2022_one_second": wan_2022_one_second,
    }
)
"""Published statistics of programmed cells: name to the function that returns the model."""

PULSE_UPDATES: Final[Mapping[str, Callable[[], PulseUpdate]]] = MappingProxyType(
    {
        "chen_2018_ag_asi": chen_2018_ag_asi,
        "enode_ecram": enode_ecram,
        "gokmen_vlasov_2016": gokmen_vlasov_2016,
        "gong_2018_exponential": gong_2018_exponential,
        "gong_2018_soft_bounds": gong_2018_soft_bounds,
        "gong_2022_hfo2": gong_2022_hfo2,
        "gong_2022_optimized": gong_2022_optimized,
        "kim_2019_ecram": kim_2019_ecram,
        "li_2018_capacitor": li_2018_capacitor,
        "nandakumar_2020_pcm": nandakumar_2020_pcm,
        "rasch_2019_idealized": rasch_2019_idealized,
        "tang_2018_ecram": tang_2018_ecram,
    }
)
"""Responses to programming pulses: name to the function that returns the model."""

CYCLES: Final[Mapping[str, Callable[[], Synaptogen]]] = MappingProxyType(
    {
        "hennen_2022": hennen_2022,
        "hennen_2022_order_1": hennen_2022_order_1,
    }
)
"""Statistics of switching cycles: name to the function that returns the model."""
