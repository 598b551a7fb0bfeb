"""The biases of both chips: what they are called, what they set, and how their mirror is built.

Every core has its own set; the names are those of the vendor. On the DYNAP-SE1 the word "threshold"
of a name means the gain of an integrator, not the firing threshold, which has no bias there.

Source: public documentation and scripts for samna, libcaer and rockpool. The DYNAP-SE2 calls GABA_B
(slow, subtractive) DEGA and GABA_A (fast, shunting) DESC, and so do we; rockpool has it reversed.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from types import MappingProxyType
from typing import Final

from ohmloom.errors import InvalidInput


class Generation(Enum):
    """Which chip."""

    SE1 = "se1"
    SE2 = "se2"


@dataclass(frozen=True, kw_only=True)
class BiasParameter:
    """One bias of a core."""

    name: str
    """Of the vendor."""
    meaning: str
    """What it does, in a few words."""
    address: int | None = None
    """Of the bias of core 0 on the DYNAP-SE1."""
    mirror: str | None = None
    """Geometry of the mirror on the DYNAP-SE2, a line of `se2_mirror_shares.csv`."""
    share: float = 1.0
    """Of the master current that reaches the circuit where no curve is known [1]."""
    counterpart: str | None = None
    """Name of the bias of the other chip that does the same."""

    @property
    def family(self) -> str:
        """Transistors of the bias generator: "n" or "p"."""
        return "n" if self.name.endswith("N") else "p"


def _se1(
    name: str, address: int, meaning: str, counterpart: str | None = None
) -> tuple[str, BiasParameter]:
    return name, BiasParameter(name=name, address=address, meaning=meaning, counterpart=counterpart)


SE1_PARAMETERS: Final = MappingProxyType(
    dict(
        [
            _se1("PULSE_PWLK_P", 0, "length of synaptic pulses", "SYPD_EXT_N"),
            _se1("PS_WEIGHT_INH_S_N", 2, "weight of GABA_B synapses", "SYAM_W0_P"),
            _se1("PS_WEIGHT_INH_F_N", 4, "weight of GABA_A synapses", "SYAM_W0_P"),
            _se1("PS_WEIGHT_EXC_S_N", 6, "weight of NMDA synapses", "SYAM_W0_P"),
            _se1("PS_WEIGHT_EXC_F_N", 8, "weight of AMPA synapses", "SYAM_W0_P"),
            _se1("IF_RFR_N", 10, "refractory period of neurons", "SOIF_REFR_N"),
            _se1("IF_TAU1_N", 12, "leak of neurons, first class", "SOIF_LEAK_N"),
            _se1("IF_AHTAU_N", 14, "leak of the after-hyperpolarisation", "SOAD_TAU_P"),
            _se1("IF_CASC_N", 16, "ceiling of the after-hyperpolarisation", "SOAD_CASC_P"),
            _se1("IF_TAU2_N", 18, "leak of neurons, second class"),
            _se1("IF_BUF_P", 20, "buffer of the monitored membrane"),
            _se1("IF_AHTHR_N", 22, "gain of the after-hyperpolarisation", "SOAD_GAIN_P"),
            _se1("IF_THR_N", 24, "gain of the membrane, not its threshold", "SOIF_GAIN_N"),
            _se1("NPDPIE_THR_S_P", 26, "gain of NMDA synapses", "DENM_EGAIN_P"),
            _se1("NPDPIE_THR_F_P", 28, "gain of AMPA synapses", "DEAM_EGAIN_P"),
            _se1("NPDPII_THR_F_P", 30, "gain of GABA_A synapses", "DESC_IGAIN_P"),
            _se1("NPDPII_THR_S_P", 32, "gain of GABA_B synapses", "DEGA_IGAIN_P"),
            _se1("IF_NMDA_N", 34, "membrane current above which NMDA opens", "DENM_NMREV_N"),
            _se1("IF_DC_P", 36, "constant current into neurons", "SOIF_DC_P"),
            _se1("IF_AHW_P", 38, "weight of the after-hyperpolarisation", "SOAD_W_N"),
            _se1("NPDPII_TAU_S_P", 40, "leak of GABA_B synapses", "DEGA_ITAU_P"),
            _se1("NPDPII_TAU_F_P", 42, "leak of GABA_A synapses", "DESC_ITAU_P"),
            _se1("NPDPIE_TAU_F_P", 44, "leak of AMPA synapses", "DEAM_ETAU_P"),
            _se1("NPDPIE_TAU_S_P", 46, "leak of NMDA synapses", "DENM_ETAU_P"),
            _se1("R2R_P", 48, "buffer of the monitor's converter", "R2R_BUFFER_AMPB"),
        ]
    )
)
"""The 25 biases of each core of the DYNAP-SE1, by name."""

SE1_HIGHEST_COARSE: Final = 7
SE2_HIGHEST_COARSE: Final = 5
HIGHEST_FINE: Final = 255


def _se2(
    name: str, meaning: str, mirror: str | None = None, share: float = 1.0
) -> tuple[str, BiasParameter]:
    return name, BiasParameter(
        name=name, meaning=meaning, mirror=mirror, share=share, counterpart=_SE1_OF.get(name)
    )


_SE1_OF: Final = {each.counterpart: each.name for each in SE1_PARAMETERS.values()}
_SENSE: Final = "a voltage of the homeostasis, which watches the calcium"
_CONDUCTANCE: Final = "a voltage of conductance dendrites"

SE2_PARAMETERS: Final = MappingProxyType(
    dict(
        [
            _se2("SOIF_GAIN_N", "gain of the membrane", "Ns3", 1.05),
            _se2("SOIF_LEAK_N", "leak of neurons", "N5.6x6", 0.61),
            _se2("SOIF_REFR_N", "refractory period of neurons", "Ns3", 1.05),
            _se2("SOIF_DC_P", "constant current into neurons", "Ps2", 0.38),
            _se2("SOIF_SPKTHR_P", "firing threshold", "Ps3", 0.38),
            _se2("SOIF_CC_N", "compensation of the comparator", "N2x1", 0.66),
            _se2("SOAD_PWTAU_N", "pulse length of the after-hyperpolarisation", "Ns2", 0.92),
            _se2("SOAD_GAIN_P", "gain of the after-hyperpolarisation", "P1x2", 0.68),
            _se2("SOAD_TAU_P", "leak of the after-hyperpolarisation", "P3x1", 0.2),
            _se2("SOAD_W_N", "weight of the after-hyperpolarisation", "Ns2", 0.92),
            _se2("SOAD_CASC_P", "ceiling of the after-hyperpolarisation", "Ps2", 0.385),
            _se2("SOCA_W_N", "weight of the calcium", "Ns2", 0.92),
            _se2("SOCA_GAIN_P", "gain of the calcium", "P1x2", 0.68),
            _se2("SOCA_TAU_P", "leak of the calcium", "P3x1", 0.2),
            _se2("SOHO_VB_P", _SENSE, "P.5x2", 1.47),
            _se2("SOHO_VH_P", _SENSE, "P.5x2", 1.47),
            _se2("SOHO_VREF_P", _SENSE, None, 0.68),
            _se2("SOHO_VREF_L_P", _SENSE, "P.5x2", 1.47),
            _se2("SOHO_VREF_M_P", _SENSE, "P.5x2", 1.47),
            _se2("SOHO_VREF_H_P", _SENSE, "P.5x2", 1.47),
            _se2("SOHO_VRST_P", _SENSE),
            _se2("DEAM_ETAU_P", "leak of AMPA synapses", "P3x1", 0.2),
            _se2("DEAM_EGAIN_P", "gain of AMPA synapses", "P1x2", 0.68),
            _se2("DEAM_ITAU_P", "leak of the falling half of AMPA alpha synapses", "P3x1", 0.2),
            _se2("DEAM_IGAIN_P", "gain of the falling half of AMPA alpha synapses", "P1x2", 0.68),
            _se2("DEAM_REV_N", _CONDUCTANCE),
            _se2("DEAM_VRES_P", "vertical resistance of the AMPA diffusion", "Ps2", 0.385),
            _se2("DEAM_HRES_P", "horizontal resistance of the AMPA diffusion", "Ps2", 0.385),
            _se2("DEAM_NRES_P", "resistance into the AMPA diffusion", "Ps2", 0.385),
            _se2("DENM_ETAU_P", "leak of NMDA synapses", "P3x1", 0.2),
            _se2("DENM_EGAIN_P", "gain of NMDA synapses", "P1x2", 0.68),
            _se2("DENM_ITAU_P", "leak of the falling half of NMDA alpha synapses", "P3x1", 0.2),
            _se2("DENM_IGAIN_P", "gain of the falling half of NMDA alpha synapses", "P1x2", 0.68),
            _se2("DENM_NMREV_N", "membrane current above which NMDA opens", "Ns3", 1.05),
            _se2("DENM_REV_N", _CONDUCTANCE),
            _se2("DEGA_ITAU_P", "leak of GABA_B synapses", "P3x1", 0.2),
            _se2("DEGA_IGAIN_P", "gain of GABA_B synapses", "P1x2", 0.68),
            _se2("DEGA_REV_P", _CONDUCTANCE),
            _se2("DESC_ITAU_P", "leak of GABA_A synapses", "P3x1", 0.2),
            _se2("DESC_IGAIN_P", "gain of GABA_A synapses", "P1x2", 0.68),
            _se2("SYPD_EXT_N", "length of synaptic pulses", "Ns2", 0.92),
            _se2("SYPD_DLY0_P", "delay of all synapses", "P2x1", 0.22),
            _se2("SYPD_DLY1_P", "additional precise delay", "P2x1", 0.22),
            _se2("SYPD_DLY2_P", "additional mismatched delay", "Ps.25", 1.6),
            _se2("SYAM_W0_P", "weight of bit 0", "P1.92x1", 0.22),
            _se2("SYAM_W1_P", "weight of bit 1", "P1.92x1", 0.22),
            _se2("SYAM_W2_P", "weight of bit 2", "P1.92x1", 0.22),
            _se2("SYAM_W3_P", "weight of bit 3", "P1.92x1", 0.22),
            _se2("SYAM_STDW_N", "weight of short-term depression", None, 0.67),
            _se2("SYAW_STDSTR_N", "strength of short-term depression", None, 0.2),
            _se2("SYSA_VRES_N", "resistance of the synapse array", "Ns.3", 1.9),
            _se2("SYSA_VB_P", "bias of the synapse array", None, 1.9),
        ]
    )
)
"""The biases of each core of the DYNAP-SE2, by name."""

SE2_SHARED_PARAMETERS: Final = MappingProxyType(
    dict(
        [
            _se2("LBWR_VB_P", "bias of the long-wire receivers", "Ps.5", 0.57),
            _se2("PG_BUF_N", "buffer of the parameter generator"),
            _se2("SYAM_STDWAMPB", "buffer of short-term depression"),
            _se2("SYAM_STDWCCB", "buffer of short-term depression", None, 1.7),
            _se2("NCCF_CAL_OFFBIAS_P", "current that calibrates the converters"),
            _se2("NCCF_CAL_REFBIAS_V", "reference that calibrates the converters"),
        ]
    )
)
"""The biases that cores 0 and 1, and cores 2 and 3, have in common."""

SE2_CONVERTER_PARAMETERS: Final = MappingProxyType(
    dict(
        [
            _se2("NCCF_PWLK_P", "pulse length of the spiking converters", None, 0.89),
            _se2("NCCF_HYS_P", "hysteresis of the spiking converters", None, 1.47),
            _se2("NCCF_BIAS_P", "speed of the spiking converters", None, 1.47),
            _se2("NCCF_REF_L_V", "lower reference of the spiking converters"),
            _se2("NCCF_REF_H_V", "upper reference of the spiking converters"),
        ]
    )
)
"""The biases of each of three groups of spiking converters."""

SE2_GLOBAL_PARAMETERS: Final = MappingProxyType(
    dict(
        [
            _se2("R2R_BUFFER_CCB", "buffer of the converter of biases", None, 1.7),
            _se2("R2R_BUFFER_AMPB", "buffer of the converter of biases"),
        ]
    )
)
"""The biases of a whole chip."""


def bias_parameter(chip: str | Generation, name: str) -> BiasParameter:
    """A bias by its name.

    Args:
        chip: "se1" or "se2".
        name: of the vendor.

    Raises:
        InvalidInput: there is no such chip or bias; the message has the nearest names.
    """
    known: dict[str, BiasParameter]
    if generation(chip) is Generation.SE1:
        known = dict(SE1_PARAMETERS)
    else:
        known = {
            **SE2_PARAMETERS,
            **SE2_SHARED_PARAMETERS,
            **SE2_CONVERTER_PARAMETERS,
            **SE2_GLOBAL_PARAMETERS,
        }
    if name not in known:
        near = get_close_matches(name.upper(), known, n=3, cutoff=0.5)
        said = f"did you mean {', '.join(near)}" if near else f"there are {', '.join(known)}"
        raise InvalidInput(f"the {generation(chip).value} has no bias {name!r}; {said}")
    return known[name]


def generation(chip: str | Generation) -> Generation:
    """A chip by its name.

    Raises:
        InvalidInput: neither "se1" nor "se2".
    """
    try:
        return Generation(chip)
    except ValueError:
        raise InvalidInput(f"there is no chip {chip!r}; give 'se1' or 'se2'") from None
