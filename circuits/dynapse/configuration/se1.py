"""Configuration of a board with four DYNAP-SE1 chips, with the vendor's names.

Objects are frozen: make another with `dataclasses.replace`.

Source: the object graph of samna as the dynap-se1 library of the Institute of Neuroinformatics uses
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from ohmloom.circuits.dynapse.configuration.wire_format import array_of, character, map_of
from ohmloom.circuits.dynapse.parameters import SE1_PARAMETERS

CHIPS: Final = 4
CORES: Final = 4
NEURONS: Final = 256
SYNAPSES: Final = 64
DESTINATIONS: Final = 4


class Dynapse1SynType(IntEnum):
    """Where a synapse ends."""

    GABA_B = 0
    """Slow, subtracted from the input."""
    GABA_A = 1
    """Fast, adds to the leak."""
    NMDA = 2
    """Slow, excites once the membrane is high."""
    AMPA = 3
    """Fast, excites."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Parameter:
    """A bias: coarse and fine code."""

    param_name: str
    """Of the vendor."""
    coarse_value: int = 0
    """0 to 7, 7 being the largest."""
    fine_value: int = 0
    """0 to 255."""
    type: str = character(default="N")
    """Last letter of the name."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Synapse:
    """One CAM word: whom it listens to, and what an event does."""

    listen_core_id: int = 0
    """0 to 3."""
    listen_neuron_id: int = 0
    """0 to 255."""
    syn_type: Dynapse1SynType = Dynapse1SynType.NMDA
    """Where it ends. NMDA listening to neuron 0 of core 0 counts as not used."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Destination:
    """One SRAM word: to which cores of which chip the spikes of a neuron go."""

    target_chip_id: int = 0
    """0 to 3."""
    in_use: bool = False
    """Whether anything is sent."""
    virtual_core_id: int = 0
    """Core that the spikes seem to come from, 0 to 3."""
    core_mask: int = 0
    """Bit k: core k hears it."""
    sx: bool = False
    """Towards smaller x, westwards."""
    sy: bool = False
    """Towards larger y, southwards; set for events that stay in their row as well."""
    dx: int = 0
    """Chips along x, 0 to 3."""
    dy: int = 0
    """Chips along y, 0 to 3."""


UNUSED_SYNAPSE: Final = Dynapse1Synapse()
UNUSED_DESTINATION: Final = Dynapse1Destination()


@dataclass(frozen=True, kw_only=True)
class Dynapse1Neuron:
    """A neuron: its synapses and destinations."""

    chip_id: int
    """0 to 3."""
    core_id: int
    """0 to 3."""
    neuron_id: int
    """0 to 255."""
    synapses: tuple[Dynapse1Synapse, ...] = array_of(
        Dynapse1Synapse, SYNAPSES, default=(UNUSED_SYNAPSE,) * SYNAPSES
    )
    """64 CAM words."""
    destinations: tuple[Dynapse1Destination, ...] = array_of(
        Dynapse1Destination, DESTINATIONS, default=(UNUSED_DESTINATION,) * DESTINATIONS
    )
    """4 SRAM words; the first is the monitor's."""


SILENT_CODES: Final = MappingProxyType(
    {
        "PULSE_PWLK_P": (4, 106),
        "IF_RFR_N": (4, 128),
        "IF_TAU1_N": (4, 80),
        "IF_AHTAU_N": (4, 80),
        "IF_TAU2_N": (7, 255),
        "IF_BUF_P": (3, 80),
        "IF_THR_N": (5, 80),
        "NPDPII_TAU_S_P": (4, 80),
        "NPDPII_TAU_F_P": (4, 80),
        "NPDPIE_TAU_F_P": (4, 80),
        "NPDPIE_TAU_S_P": (4, 80),
        "R2R_P": (3, 85),
    }
)
"""Coarse and fine codes with which no neuron fires; those that are not named are zero."""


def _silent() -> Mapping[str, Dynapse1Parameter]:
    made = {}
    for name in SE1_PARAMETERS:
        coarse, fine = SILENT_CODES.get(name, (0, 0))
        made[name] = Dynapse1Parameter(
            param_name=name, coarse_value=coarse, fine_value=fine, type=name[-1]
        )
    return MappingProxyType(made)


_SILENT: Final = _silent()


@dataclass(frozen=True, kw_only=True)
class Dynapse1ParameterGroup:
    """The biases of one core."""

    chip_id: int
    """0 to 3."""
    core_id: int
    """0 to 3."""
    param_map: Mapping[str, Dynapse1Parameter] = map_of(Dynapse1Parameter, default=_SILENT)
    """25 biases by name."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Core:
    """A core: 256 neurons with one set of biases."""

    chip_id: int
    """0 to 3."""
    core_id: int
    """0 to 3."""
    neurons: tuple[Dynapse1Neuron, ...] = array_of(Dynapse1Neuron, NEURONS, default=())
    """All of them."""
    parameter_group: Dynapse1ParameterGroup = Dynapse1ParameterGroup(chip_id=0, core_id=0)
    """Their biases."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Chip:
    """A chip: four cores."""

    chip_id: int
    """0 to 3."""
    cores: tuple[Dynapse1Core, ...] = array_of(Dynapse1Core, CORES, default=())
    """All four."""


@dataclass(frozen=True, kw_only=True)
class Dynapse1Configuration:
    """A board."""

    chips: tuple[Dynapse1Chip, ...] = array_of(Dynapse1Chip, CHIPS, default=())
    """All four, two by two: bit 0 of the number is x, bit 1 is y."""


def empty_dynapse1() -> Dynapse1Configuration:
    """A board on which nothing is connected and nothing fires."""
    return Dynapse1Configuration(
        chips=tuple(
            Dynapse1Chip(
                chip_id=chip, cores=tuple(_empty_core(chip, core) for core in range(CORES))
            )
            for chip in range(CHIPS)
        )
    )


def _empty_core(chip: int, core: int) -> Dynapse1Core:
    return Dynapse1Core(
        chip_id=chip,
        core_id=core,
        neurons=tuple(
            Dynapse1Neuron(chip_id=chip, core_id=core, neuron_id=neuron)
            for neuron in range(NEURONS)
        ),
        parameter_group=Dynapse1ParameterGroup(chip_id=chip, core_id=core),
    )


@dataclass(frozen=True, kw_only=True)
class FpgaSpikeEvent:
    """A spike of the generator on the board."""

    core_mask: int
    """Bit k: core k hears it."""
    target_chip: int
    """0 to 3."""
    neuron_id: int
    """Address that it seems to come from, 0 to 1023: core times 256 plus neuron."""
    isi: int
    """Time since the one before, 0 to 65535 units."""
