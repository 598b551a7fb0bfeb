"""Configuration of a board with DYNAP-SE2 chips, with the vendor's names.

Objects are frozen: make another with `dataclasses.replace`. Whatever is not said is off; equal
parts are one object, so that an empty chip costs nothing.

Source: the object graph of samna as rockpool and the scripts of the Institute of Neuroinformatics
use it. Event sensor and bio-amplifiers are kept as they are read: nobody published what they hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Final

from ohmloom.circuits.dynapse.configuration.wire_format import (
    array_of,
    character,
    map_of,
    maps_of,
    named,
    untyped,
    vector_of,
)
from ohmloom.circuits.dynapse.parameters import (
    SE2_CONVERTER_PARAMETERS,
    SE2_GLOBAL_PARAMETERS,
    SE2_PARAMETERS,
    SE2_SHARED_PARAMETERS,
)
from ohmloom.errors import InvalidInput

CORES: Final = 4
NEURONS: Final = 256
SYNAPSES: Final = 64
DESTINATIONS: Final = 4
HIGHEST_TAG: Final = 2047
FARTHEST_HOP: Final = 7
MONITOR_HOP: Final = -7
"""x hop of the destination that makes the spikes of a neuron visible outside."""


class Dendrite(IntEnum):
    """Where a synapse ends."""

    NONE = 0
    """Nowhere: the synapse is not used."""
    SHUNT = 128
    """GABA_A: adds to the leak."""
    NMDA = 256
    """Excites once the membrane is high."""
    GABA = 512
    """GABA_B: is subtracted from the input."""
    AMPA = 1024
    """Excites."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2Parameter:
    """A bias: coarse and fine code."""

    coarse_value: int = 0
    """0 to 5."""
    fine_value: int = 0
    """0 to 255."""
    type: str = character(default="N")
    """Transistors of the generator, "N" or "P"."""
    address: int = named("_address", default=0)
    """Of the register, set by samna."""
    cookie: int = named("_cookie", default=0)
    """Set by samna."""
    initial_type: str = character(default="N", name="_initialType")
    """Transistors after a reset."""
    switchable_type: bool = named("_switchableType", default=False)
    """Whether `type` may be changed."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2Synapse:
    """One CAM word: which tag it listens to, and what an event does."""

    tag: int = 0
    """0 to 2047."""
    weight: tuple[bool, ...] = array_of(bool, 4, default=(False,) * 4)
    """Which of the core's four weight currents are added."""
    dendrite: Dendrite = Dendrite.NONE
    """Where it ends."""
    stp: bool = False
    """Whether it is depressed by use."""
    precise_delay: bool = False
    """Whether `SYPD_DLY1_P` delays it."""
    mismatched_delay: bool = False
    """Whether `SYPD_DLY2_P` delays it, differently in every synapse."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2Destination:
    """One SRAM word: where the spikes of a neuron go, and by which tag."""

    core: tuple[bool, ...] = array_of(bool, CORES, default=(False,) * CORES)
    """Which cores of the chip hear it."""
    x_hop: int = 0
    """Chips to the right, -7 to 7."""
    y_hop: int = 0
    """Chips upwards, -7 to 7."""
    tag: int = 0
    """0 to 2047."""


@dataclass(frozen=True, kw_only=True)
class NormalGridEvent:
    """An event on the grid of chips."""

    event: Dynapse2Destination
    """Where it goes, and its tag."""
    timestamp: int
    """When, in microseconds, 32 bits."""


UNUSED_SYNAPSE: Final = Dynapse2Synapse()
UNUSED_DESTINATION: Final = Dynapse2Destination()


@dataclass(frozen=True, kw_only=True)
class Dynapse2Neuron:
    """A neuron: its synapses, its destinations, and fourteen switches."""

    synapses: tuple[Dynapse2Synapse, ...] = array_of(
        Dynapse2Synapse, SYNAPSES, default=(UNUSED_SYNAPSE,) * SYNAPSES
    )
    """64 CAM words."""
    destinations: tuple[Dynapse2Destination, ...] = array_of(
        Dynapse2Destination, DESTINATIONS, default=(UNUSED_DESTINATION,) * DESTINATIONS
    )
    """4 SRAM words; the first is the monitor's."""
    latch_so_dc: bool = False
    """Constant current `SOIF_DC_P` on."""
    latch_so_adaptation: bool = False
    """After-hyperpolarisation on."""
    latch_soif_kill: bool = False
    """Silent."""
    latch_soif_type: bool = False
    """False: threshold; True: exponential."""
    latch_denm_nmda: bool = False
    """NMDA waits for the membrane."""
    latch_deam_ampa: bool = False
    """AMPA diffuses to neighbours."""
    latch_deam_alpha: bool = False
    """AMPA rises and falls."""
    latch_denm_alpha: bool = False
    """NMDA rises and falls."""
    latch_de_conductance: bool = False
    """Dendrites are conductances."""
    latch_de_mux: bool = False
    """Which dendrite the conductance is."""
    latch_coho_ca_mem: bool = False
    """Calcium or membrane is monitored."""
    latch_ho_enable: bool = False
    """Homeostasis on."""
    latch_ho_active: bool = False
    """Homeostasis acts."""
    latch_ho_so_de: bool = False
    """Homeostasis acts on soma or dendrite."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2SadcEnables:
    """Which signals of a core the spiking converters see; the vendor spells "refectory"."""

    soif_mem: bool = named("SoifMem", default=False)
    soif_refectory: bool = named("SoifRefectory", default=False)
    soad_dpi: bool = named("SoadDpi", default=False)
    soca_dpi: bool = named("SocaDpi", default=False)
    deam_edpi: bool = named("DeamEdpi", default=False)
    deam_idpi: bool = named("DeamIdpi", default=False)
    denm_edpi: bool = named("DenmEdpi", default=False)
    denm_idpi: bool = named("DenmIdpi", default=False)
    dega_idpi: bool = named("DegaIdpi", default=False)
    desc_idpi: bool = named("DescIdpi", default=False)
    sy_w42: bool = named("SyW42", default=False)
    sy_w21: bool = named("SyW21", default=False)
    soho_sogain: bool = named("SohoSogain", default=False)
    soho_degain: bool = named("SohoDegain", default=False)


def _default(parameters: Mapping[str, Any]) -> Mapping[str, Dynapse2Parameter]:
    made = {}
    for name in parameters:
        letter = "N" if name.endswith("N") else "P"
        made[name] = Dynapse2Parameter(
            type=letter, initial_type=letter, switchable_type=name.endswith("_V")
        )
    return MappingProxyType(made)


_CORE_DEFAULTS: Final = _default(SE2_PARAMETERS)
_SHARED_DEFAULTS: Final = _default(SE2_SHARED_PARAMETERS)
_CONVERTER_DEFAULTS: Final = _default(SE2_CONVERTER_PARAMETERS)
_GLOBAL_DEFAULTS: Final = _default(SE2_GLOBAL_PARAMETERS)
UNUSED_NEURON: Final = Dynapse2Neuron()


@dataclass(frozen=True, kw_only=True)
class Dynapse2Core:
    """A core: 256 neurons with one set of biases."""

    neurons: tuple[Dynapse2Neuron, ...] = array_of(
        Dynapse2Neuron, NEURONS, default=(UNUSED_NEURON,) * NEURONS
    )
    """All of them."""
    parameters: Mapping[str, Dynapse2Parameter] = map_of(Dynapse2Parameter, default=_CORE_DEFAULTS)
    """Biases by name."""
    neuron_monitoring_on: bool = False
    """Whether the membrane of one neuron leaves the chip."""
    monitored_neuron: int = 0
    """Which, 0 to 255."""
    sadc_enables: Dynapse2SadcEnables = Dynapse2SadcEnables()
    """What the spiking converters see."""
    enable_syaw_stdbuf_an: bool = False
    """Buffer of short-term depression."""
    enable_pulse_extender_monitor1: bool = False
    """Pulses leave the chip."""
    enable_pulse_extender_monitor2: bool = False
    """Pulses leave the chip."""
    id: int = named("_id", default=0)
    """Of the core, set by samna."""
    cookie: int = named("_cookie", default=0)
    """Set by samna."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2ChipSadcEnables:
    """Which inputs of the converters themselves are measured."""

    nccf_extin_vi_group0_pg1: bool = named("NccfExtinViGroup0Pg1", default=False)
    nccf_extin_vi_group2_pg1: bool = named("NccfExtinViGroup2Pg1", default=False)
    nccf_extin_vi_group0_pg0: bool = named("NccfExtinViGroup0Pg0", default=False)
    nccf_extin_vi_group2_pg0: bool = named("NccfExtinViGroup2Pg0", default=False)
    nccf_cal_refbias_v_group1_pg1: bool = named("NccfCalRefbiasVGroup1Pg1", default=False)
    nccf_cal_refbias_v_group2_pg1: bool = named("NccfCalRefbiasVGroup2Pg1", default=False)
    nccf_cal_refbias_v_group1_pg0: bool = named("NccfCalRefbiasVGroup1Pg0", default=False)
    nccf_cal_refbias_v_group2_pg0: bool = named("NccfCalRefbiasVGroup2Pg0", default=False)


_UNUSED_CORES: Final = tuple(Dynapse2Core(id=core) for core in range(CORES))


@dataclass(frozen=True, kw_only=True)
class Dynapse2Chip:
    """A chip: four cores."""

    cores: tuple[Dynapse2Core, ...] = array_of(Dynapse2Core, CORES, default=_UNUSED_CORES)
    """All four."""
    global_parameters: Mapping[str, Dynapse2Parameter] = map_of(
        Dynapse2Parameter, default=_GLOBAL_DEFAULTS
    )
    """Biases of the whole chip."""
    shared_parameters01: Mapping[str, Dynapse2Parameter] = map_of(
        Dynapse2Parameter, default=_SHARED_DEFAULTS
    )
    """Biases of cores 0 and 1."""
    shared_parameters23: Mapping[str, Dynapse2Parameter] = map_of(
        Dynapse2Parameter, default=_SHARED_DEFAULTS
    )
    """Biases of cores 2 and 3."""
    sadc_group_parameters01: tuple[Mapping[str, Dynapse2Parameter], ...] = maps_of(
        Dynapse2Parameter, 3, default=_CONVERTER_DEFAULTS
    )
    """Biases of the converters of cores 0 and 1."""
    sadc_group_parameters23: tuple[Mapping[str, Dynapse2Parameter], ...] = maps_of(
        Dynapse2Parameter, 3, default=_CONVERTER_DEFAULTS
    )
    """Biases of the converters of cores 2 and 3."""
    sadc_enables: Dynapse2ChipSadcEnables = Dynapse2ChipSadcEnables()
    """What the converters see of themselves."""
    dvs_if: Mapping[str, Any] = untyped(default={})
    """Event sensor, as it was read."""
    bioamps: Mapping[str, Any] = untyped(default={})
    """Bio-amplifiers, as they were read."""
    enable_pg0_reference_monitor: bool = named("enablePg0ReferenceMonitor", default=False)
    """A reference leaves the chip."""
    enable_pg1_reference_monitor: bool = named("enablePg1ReferenceMonitor", default=False)
    """A reference leaves the chip."""
    param_gen0_powerdown: bool = False
    """First bias generator off."""
    param_gen1_powerdown: bool = False
    """Second bias generator off."""


@dataclass(frozen=True, kw_only=True)
class Dynapse2Configuration:
    """A board."""

    chips: tuple[Dynapse2Chip, ...] = vector_of(Dynapse2Chip, default=(Dynapse2Chip(),))
    """In their order along x."""


def empty_dynapse2(chips: int = 1) -> Dynapse2Configuration:
    """A board on which nothing is connected and no bias flows, but for those that buffers need.

    Args:
        chips: 1 to 4.

    Raises:
        InvalidInput: another number of chips.
    """
    if not 1 <= chips <= 4:
        raise InvalidInput(f"a board has 1 to 4 chips, but {chips} were asked for")
    highest = {"coarse_value": 5, "fine_value": 255}

    def with_codes(
        defaults: Mapping[str, Dynapse2Parameter], **codes: dict[str, int]
    ) -> dict[str, Dynapse2Parameter]:
        return {
            name: _replaced(parameter, codes[name]) if name in codes else parameter
            for name, parameter in defaults.items()
        }

    nearly = {"coarse_value": 5, "fine_value": 254}
    shared = with_codes(_SHARED_DEFAULTS, LBWR_VB_P=highest)
    cores = tuple(
        Dynapse2Core(
            id=core, parameters=with_codes(_CORE_DEFAULTS, SYSA_VRES_N=nearly, SYSA_VB_P=nearly)
        )
        for core in range(CORES)
    )
    chip = Dynapse2Chip(
        cores=cores,
        shared_parameters01=shared,
        shared_parameters23=shared,
        global_parameters=with_codes(
            _GLOBAL_DEFAULTS, R2R_BUFFER_CCB=highest, R2R_BUFFER_AMPB=highest
        ),
    )
    return Dynapse2Configuration(chips=(chip,) * chips)


def _replaced(parameter: Dynapse2Parameter, codes: dict[str, int]) -> Dynapse2Parameter:
    return Dynapse2Parameter(
        type=parameter.type,
        initial_type=parameter.initial_type,
        switchable_type=parameter.switchable_type,
        **codes,
    )
