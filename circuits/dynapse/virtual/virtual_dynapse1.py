"""A board of four virtual DYNAP-SE1 chips behind the `Chip` protocol.

What it models and what it leaves out is as for `VirtualDynapse2`, but for what this chip does not
have: tags, weight bits, delays, a bias of the firing threshold. Spikes of all neurons are seen
outside, and membranes on an oscilloscope.

Nobody published what reaches the circuits from the bias generators: `ATTENUATION` has three anchors
from fits to measured traces, and guesses of ours that make the published settings work.
"""

from types import MappingProxyType
from typing import Final

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.chip import ChipDescription, ChipIdentity, Events, Port
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration.rules import check
from ohmloom.circuits.dynapse.configuration.se1 import (
    CHIPS,
    SILENT_CODES,
    UNUSED_SYNAPSE,
    Dynapse1Configuration,
    Dynapse1SynType,
)
from ohmloom.circuits.dynapse.parameters import SE1_PARAMETERS, Generation
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.circuits.dynapse.virtual.board import VirtualBoard, Wiring
from ohmloom.circuits.dynapse.virtual.experiment import ROOM, Sendings, Words, full_model
from ohmloom.circuits.dynapse.virtual.knobs import Knobs
from ohmloom.circuits.dynapse.virtual.silicon import (
    CORES,
    NEURONS,
    WORDS,
    DynapseSpread,
    Silicon,
    published_spread,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import fA, mV, nA

ATTENUATION: Final = MappingProxyType(
    {
        "IF_TAU1_N": 1.5e-5,
        "IF_TAU2_N": 1.5e-5,
        "IF_THR_N": 2e-4,
        "IF_DC_P": 0.1,
        # Not published; ours.
        "IF_AHTAU_N": 1e-3,
        "IF_AHTHR_N": 1e-3,
        "NPDPIE_TAU_F_P": 0.2,
        "NPDPIE_TAU_S_P": 0.2,
        "NPDPII_TAU_F_P": 0.2,
        "NPDPII_TAU_S_P": 0.2,
        "PS_WEIGHT_EXC_F_N": 1e-3,
        "PS_WEIGHT_EXC_S_N": 1e-3,
        "PS_WEIGHT_INH_F_N": 1e-3,
        "PS_WEIGHT_INH_S_N": 1e-3,
    }
)
"""Share of the nominal current that reaches a circuit; all of it for the others [1]."""
_QUANTITIES: Final = MappingProxyType(
    {
        "leak": "IF_TAU1_N",
        "second leak": "IF_TAU2_N",
        "gain": "IF_THR_N",
        "constant": "IF_DC_P",
        "refractory": "IF_RFR_N",
        "nmda gate": "IF_NMDA_N",
        "ahp leak": "IF_AHTAU_N",
        "ahp gain": "IF_AHTHR_N",
        "ahp weight": "IF_AHW_P",
        "pulse": "PULSE_PWLK_P",
        "leak 0": "NPDPIE_TAU_F_P",
        "leak 1": "NPDPIE_TAU_S_P",
        "leak 2": "NPDPII_TAU_S_P",
        "leak 3": "NPDPII_TAU_F_P",
        "gain 0": "NPDPIE_THR_F_P",
        "gain 1": "NPDPIE_THR_S_P",
        "gain 2": "NPDPII_THR_S_P",
        "gain 3": "NPDPII_THR_F_P",
    }
)
_WEIGHTS: Final = ("PS_WEIGHT_EXC_F_N", "PS_WEIGHT_EXC_S_N", "PS_WEIGHT_INH_S_N",
                   "PS_WEIGHT_INH_F_N")  # fmt: skip
_RECEPTOR: Final = MappingProxyType(
    {
        Dynapse1SynType.AMPA: Receptor.AMPA,
        Dynapse1SynType.NMDA: Receptor.NMDA,
        Dynapse1SynType.GABA_B: Receptor.GABA_B,
        Dynapse1SynType.GABA_A: Receptor.GABA_A,
    }
)
_THRESHOLD: Final = 100 * nA
"""Firing threshold, which has no bias [A]."""
_AHP_PULSE: Final = 35 * nA
"""Of the pulses of the after-hyperpolarisation, which have no bias [A]."""
_CONVERTER: Final = 0.25 * mV
"""Step of the oscilloscope [V]."""
RESTING: Final = 50 * fA
"""I_0 at room temperature [A]."""
HIGHEST_CODE: Final = 8 * 256 - 1


class VirtualDynapse1:
    """A simulated board of four DYNAP-SE1 chips; the same serial number is the same silicon.

    Codes of biases are 256 times coarse plus fine. Events to the board are numbered by
    `ohmloom.circuits.dynapse.input_event.event_code`; spikes come from neuron
    1024 * chip + 256 * core + slot.

    Args:
        serial: serial number, not negative; it fixes everything that is hidden.
        spread: of the production.
        temperature: of the board [K].
        seed: of the noise since this power-up; mismatch does not depend on it.

    Raises:
        InvalidInput: a number is out of range.
    """

    def __init__(
        self,
        serial: int,
        *,
        spread: DynapseSpread | None = None,
        temperature: float = ROOM,
        seed: int = 0,
    ) -> None:
        self._board = VirtualBoard(
            Generation.SE1, serial, CHIPS, spread or published_spread(cam_defects=False),
            temperature, seed, RESTING,
        )  # fmt: skip
        self._description = _described()
        self._knobs = Knobs(self._description.knobs, "knob")
        self._memories = Knobs(self._description.memories, "memory")
        self.reset()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identity})"

    @property
    def identity(self) -> ChipIdentity:
        """Which board this is."""
        return self._board.identity

    @property
    def description(self) -> ChipDescription:
        """What can be set, written and read."""
        return self._description

    @property
    def time(self) -> float:
        """Since power-up [s]."""
        return self._board.time

    def codes(self, knob: str) -> IntArray:
        """The codes that a knob has now."""
        return self._knobs[knob]

    def set_codes(self, knob: str, codes: IntArray) -> None:
        """Turn a knob; `codes` broadcasts to the shape of the knob."""
        self._knobs.set(knob, codes)

    def program(self, memory: str, words: IntArray) -> None:
        """Write a memory, see `description`."""
        self._memories.set(memory, words)

    def reset(self) -> None:
        """Silence: no synapse, no destination, and the biases with which no neuron fires."""
        for memory in self._description.memories:
            self._memories.set(memory, np.array(0))
        for name in SE1_PARAMETERS:
            coarse, fine = SILENT_CODES.get(name, (0, 0))
            self._knobs.set(name, np.array(256 * coarse + fine))
        self._knobs.set("monitored neuron", np.array(0))

    def apply(self, configuration: Dynapse1Configuration) -> None:
        """Set all codes and write all memories; nothing is changed if a rule is broken.

        Args:
            configuration: of a board.

        Raises:
            InvalidInput: rules that are broken.
        """
        check(configuration)
        synapses = np.zeros((CHIPS, CORES, NEURONS, WORDS), dtype=np.int64)
        destinations = np.zeros((CHIPS, CORES, NEURONS, 4), dtype=np.int64)
        codes = {name: np.zeros((CHIPS, CORES), dtype=np.int64) for name in SE1_PARAMETERS}
        for number, chip in enumerate(configuration.chips):
            for core_number, core in enumerate(chip.cores):
                for name, code in core.parameter_group.param_map.items():
                    codes[name][number, core_number] = 256 * code.coarse_value + code.fine_value
                for slot, neuron in enumerate(core.neurons):
                    at = number, core_number, slot
                    for word, each in enumerate(neuron.synapses):
                        if each is not UNUSED_SYNAPSE and each != UNUSED_SYNAPSE:
                            address = each.listen_core_id * 256 + each.listen_neuron_id
                            kind = _RECEPTOR[each.syn_type] + 1
                            synapses[(*at, word)] = address | kind << 10
                    for word, target in enumerate(neuron.destinations):
                        if target.in_use:
                            x = number % 2 + (-target.dx if target.sx else target.dx)
                            y = number // 2 + (target.dy if target.sy else -target.dy)
                            reached = (2 * y + x) << 6 | target.virtual_core_id << 4
                            destinations[(*at, word)] = reached | target.core_mask
        for name, value in codes.items():
            self._knobs.set(name, value)
        self._memories.set("synapses", synapses)
        self._memories.set("destinations", destinations)

    def run(self, signals: Events) -> Events:
        """Send events in and return the spikes of all neurons."""
        monitored = np.arange(CHIPS * CORES) * NEURONS + self._knobs["monitored neuron"].ravel()
        return self._board.run(signals, self._wiring(), monitored)

    def read(self, observable: str) -> IntArray:
        """Read an observable once, with the noise of one reading."""
        if observable != "membrane voltage":
            raise InvalidInput(
                f"there is no observable {observable!r}; there is 'membrane voltage'"
            )
        return np.asarray(self.trace()[:, -1].reshape(CHIPS, CORES))

    def trace(self) -> IntArray:
        """The monitored membranes of the last run on an oscilloscope.

        Returns:
            Codes of 0.25 mV, one each 50 us, shape (cores of the board, time).
        """
        return np.rint(self._board.voltage() / _CONVERTER).astype(np.int64)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0.0:
            raise InvalidInput(f"time cannot go back by {-seconds} s")
        self._board.time += seconds

    def reveal(self) -> Silicon:
        """The hidden truth: for reports and tests, never for what is judged by it."""
        return self._board.silicon

    def _current(self, name: str) -> FloatArray:
        codes = self._knobs[name].ravel()
        made = bias.currents("se1", name)[codes // 256, codes % 256]
        return np.asarray(made * ATTENUATION.get(name, 1.0))

    def _wiring(self) -> Wiring:
        board = self._board
        cores = CHIPS * CORES
        nominal = {quantity: self._current(name) for quantity, name in _QUANTITIES.items()}
        nominal["threshold"] = np.full(cores, _THRESHOLD)
        nominal["ahp pulse"] = np.full(cores, _AHP_PULSE)
        everywhere = np.ones(cores * NEURONS, dtype=np.bool_)
        model = full_model(
            nominal,
            board.silicon,
            temperature=board.temperature,
            resting_current=RESTING,
            core_factor=board.core_factor(),
            dead=board.silicon.dead,
            constant_on=everywhere,
            adaptation_on=everywhere,
            gate_on=everywhere,
            second_leak=self._memories["second leak"].ravel() > 0,
        )
        return Wiring(
            model=model,
            words=self._words(),
            sendings=self._sendings(),
            visible=everywhere,
            exponential=~everywhere,
        )

    def _words(self) -> Words:
        packed = self._memories["synapses"].reshape(-1, WORDS)
        neuron, word = np.nonzero(packed >> 10)
        code = packed[neuron, word]
        receptor = (code >> 10) - 1
        levels = np.stack([self._current(name) for name in _WEIGHTS], axis=1)
        return Words(
            neuron=neuron,
            word=word,
            address=code & 1023,
            receptor=receptor,
            weight=levels[neuron // NEURONS, receptor],
            delay=np.zeros(len(neuron)),
            mismatched=np.zeros(len(neuron), dtype=np.bool_),
        )

    def _sendings(self) -> Sendings:
        packed = self._memories["destinations"].reshape(-1, 4)
        neuron, place = np.nonzero(packed & 15)
        code = packed[neuron, place]
        at, core = np.nonzero((code[:, None] >> np.arange(CORES)) & 1)
        address = (code >> 4 & 3) * 256 + neuron % NEURONS
        return Sendings(source=neuron[at], core=(code >> 6)[at] * CORES + core, address=address[at])


def _described() -> ChipDescription:
    cores = (CHIPS, CORES)
    knobs = {
        name: Port(
            shape=cores, lowest=0, highest=HIGHEST_CODE,
            meaning=f"{parameter.meaning}: 256 coarse + fine",
        )
        for name, parameter in SE1_PARAMETERS.items()
    }  # fmt: skip
    knobs["monitored neuron"] = Port(
        shape=cores, lowest=0, highest=NEURONS - 1, meaning="whose membrane is seen"
    )
    return ChipDescription(
        knobs=MappingProxyType(knobs),
        memories=MappingProxyType(
            {
                "synapses": Port(
                    shape=(*cores, NEURONS, WORDS), lowest=0, highest=(1 << 13) - 1,
                    meaning="address | (receptor + 1) << 10",
                ),
                "destinations": Port(
                    shape=(*cores, NEURONS, 4), lowest=0, highest=(1 << 8) - 1,
                    meaning="cores | virtual core << 4 | chip << 6",
                ),
                "second leak": Port(
                    shape=(*cores, NEURONS), lowest=0, highest=1,
                    meaning="1: the leak is IF_TAU2_N",
                ),
            }
        ),
        observables=MappingProxyType(
            {
                "membrane voltage": Port(
                    shape=cores, lowest=0, highest=1 << 12,
                    meaning="0.25 mV each, at the end of the last run",
                )
            }
        ),
    )  # fmt: skip
