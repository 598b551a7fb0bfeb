"""A board of virtual DYNAP-SE2 chips behind the `Chip` protocol.

What it models: biases through the tables of codes; log-normal mismatch of every current of every
neuron and of every synapse word; bias generators, temperature and slow drift of each core; CAM
words that fail; dead and hot neurons; spikes that come twice, or are lost under load; one membrane
of each core through a spiking converter.
What it leaves out: conductance dendrites, alpha synapses, diffusion, homeostasis, short-term
depression, the event sensor, and noise within a neuron, which is far smaller than mismatch.

Nothing hidden is reachable through the protocol. `reveal` is for reports and tests.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeVar

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.chip import ChipDescription, ChipIdentity, Events, Port
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration.rules import check
from ohmloom.circuits.dynapse.configuration.se2 import (
    MONITOR_HOP,
    Dendrite,
    Dynapse2Configuration,
    Dynapse2Destination,
    Dynapse2Synapse,
    empty_dynapse2,
)
from ohmloom.circuits.dynapse.dpi.log_domain import pulse_length
from ohmloom.circuits.dynapse.parameters import SE2_PARAMETERS, Generation
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.circuits.dynapse.virtual.board import VirtualBoard, Wiring
from ohmloom.circuits.dynapse.virtual.experiment import (
    ROOM,
    STEP,
    Sendings,
    Words,
    full_model,
)
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
from ohmloom.si import ms, pA, pF

ItemT = TypeVar("ItemT")

_RECEPTOR: Final = MappingProxyType(
    {
        Dendrite.AMPA: Receptor.AMPA,
        Dendrite.NMDA: Receptor.NMDA,
        Dendrite.GABA: Receptor.GABA_B,
        Dendrite.SHUNT: Receptor.GABA_A,
    }
)
_QUANTITIES: Final = MappingProxyType(
    {
        "leak": "SOIF_LEAK_N",
        "second leak": "SOIF_LEAK_N",
        "gain": "SOIF_GAIN_N",
        "constant": "SOIF_DC_P",
        "threshold": "SOIF_SPKTHR_P",
        "refractory": "SOIF_REFR_N",
        "nmda gate": "DENM_NMREV_N",
        "ahp leak": "SOAD_TAU_P",
        "ahp gain": "SOAD_GAIN_P",
        "ahp weight": "SOAD_W_N",
        "ahp pulse": "SOAD_PWTAU_N",
        "pulse": "SYPD_EXT_N",
        "leak 0": "DEAM_ETAU_P",
        "leak 1": "DENM_ETAU_P",
        "leak 2": "DEGA_ITAU_P",
        "leak 3": "DESC_ITAU_P",
        "gain 0": "DEAM_EGAIN_P",
        "gain 1": "DENM_EGAIN_P",
        "gain 2": "DEGA_IGAIN_P",
        "gain 3": "DESC_IGAIN_P",
    }
)
LEAK_ATTENUATION: Final = 0.11
"""Share of the nominal leak that neurons seem to have: codes (2, 4) make about 20 ms on silicon,
and 2.2 ms with the 3 pF of the models. No public model explains it; calibration finds it [1]."""
_PERIOD: Final = 5 * ms
"""Of a sample of the spiking converters [s]."""
_CHARGE: Final = 1 * pF
"""Of an event of the converters: charge at one volt [C]."""
_LATCHES: Final = ("latch_so_dc", "latch_so_adaptation", "latch_soif_kill", "latch_soif_type",
                   "latch_denm_nmda")  # fmt: skip
RESTING: Final = 0.5 * pA
"""I_0 at room temperature [A]."""
HIGHEST_CODE: Final = 6 * 256 - 1


class VirtualDynapse2:
    """A simulated board of DYNAP-SE2 chips; the same serial number is the same silicon.

    Codes of biases are 256 times coarse plus fine. Events to the board are numbered by
    `ohmloom.circuits.dynapse.input_event.event_code`; spikes come from neuron
    1024 * chip + 256 * core + slot, if its first destination is the monitor's.

    Args:
        serial: serial number, not negative; it fixes everything that is hidden.
        chips: 1 to 4.
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
        chips: int = 1,
        spread: DynapseSpread | None = None,
        temperature: float = ROOM,
        seed: int = 0,
    ) -> None:
        self._board = VirtualBoard(
            Generation.SE2, serial, chips, spread or published_spread(), temperature, seed, RESTING
        )
        self._description = _described(chips)
        self._knobs = Knobs(self._description.knobs, "knob")
        self._memories = Knobs(self._description.memories, "memory")
        self.reset()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.identity}, {self._board.chips} chip(s))"

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
        """Silence: no synapse, no destination, leaks open, nothing else flows."""
        empty = empty_dynapse2(self._board.chips)
        self.apply(empty)
        for name in ("SOIF_LEAK_N", "DEAM_ETAU_P", "DENM_ETAU_P", "DEGA_ITAU_P", "DESC_ITAU_P"):
            self._knobs.set(name, np.array(HIGHEST_CODE))

    def apply(self, configuration: Dynapse2Configuration) -> None:
        """Set all codes and write all memories; nothing is changed if a rule is broken.

        Args:
            configuration: of a board with as many chips.

        Raises:
            InvalidInput: another number of chips, or rules that are broken.
        """
        chips = self._board.chips
        if len(configuration.chips) != chips:
            raise InvalidInput(
                f"the configuration is for {len(configuration.chips)} chip(s), but the board has "
                f"{chips}"
            )
        check(configuration)
        synapses = np.zeros((chips, CORES, NEURONS, WORDS), dtype=np.int64)
        destinations = np.zeros((chips, CORES, NEURONS, 4), dtype=np.int64)
        latches = np.zeros((chips, CORES, NEURONS), dtype=np.int64)
        monitored = np.zeros((chips, CORES), dtype=np.int64)
        codes = {name: np.zeros((chips, CORES), dtype=np.int64) for name in SE2_PARAMETERS}
        known: dict[int, int] = {}
        for number, chip in enumerate(configuration.chips):
            for core_number, core in enumerate(chip.cores):
                at = number, core_number
                monitored[at] = core.monitored_neuron
                for name, code in core.parameters.items():
                    codes[name][at] = 256 * code.coarse_value + code.fine_value
                for slot, neuron in enumerate(core.neurons):
                    latches[number, core_number, slot] = sum(
                        getattr(neuron, name) << bit for bit, name in enumerate(_LATCHES)
                    )
                    synapses[number, core_number, slot] = [
                        _remembered(known, each, synapse_word) for each in neuron.synapses
                    ]
                    destinations[number, core_number, slot] = [
                        _remembered(known, each, destination_word) for each in neuron.destinations
                    ]
        for name, value in codes.items():
            self._knobs.set(name, value)
        self._knobs.set("monitored neuron", monitored)
        self._memories.set("synapses", synapses)
        self._memories.set("destinations", destinations)
        self._memories.set("latches", latches)

    def run(self, signals: Events) -> Events:
        """Send events in and return the spikes of neurons that are read out."""
        monitored = np.arange(self._board.chips * CORES) * NEURONS
        monitored = monitored + self._knobs["monitored neuron"].ravel()
        return self._board.run(signals, self._wiring(), monitored)

    def read(self, observable: str) -> IntArray:
        """Read an observable once, with the noise of one reading."""
        if observable != "membrane events":
            raise InvalidInput(f"there is no observable {observable!r}; there is 'membrane events'")
        trace = self.trace()
        return np.asarray(trace[:, -1].reshape(self._board.chips, CORES))

    def trace(self) -> IntArray:
        """The monitored membranes of the last run through the spiking converters.

        Returns:
            Events in each period of 5 ms, shape (cores of the board, periods).
        """
        membrane = self._board.membrane
        each = max(1, round(_PERIOD / STEP))
        periods = max(1, membrane.shape[1] // each)
        mean = membrane[:, : periods * each].reshape(len(membrane), periods, -1).mean(axis=2)
        noise = self._board.noise("converters")
        # A part of an event is left over from one period to the next.
        count = np.floor(mean * _PERIOD / _CHARGE + noise.random(mean.shape))
        return np.asarray(count.astype(np.int64))

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
        return np.asarray(bias.currents("se2", name)[codes // 256, codes % 256])

    def _wiring(self) -> Wiring:
        board = self._board
        nominal = {quantity: self._current(name) for quantity, name in _QUANTITIES.items()}
        nominal["leak"] = nominal["leak"] * LEAK_ATTENUATION
        latches = self._memories["latches"].ravel()
        on = {name: (latches >> bit & 1).astype(np.bool_) for bit, name in enumerate(_LATCHES)}
        model = full_model(
            nominal,
            board.silicon,
            temperature=board.temperature,
            resting_current=RESTING,
            core_factor=board.core_factor(),
            dead=board.silicon.dead | on["latch_soif_kill"],
            constant_on=on["latch_so_dc"],
            adaptation_on=on["latch_so_adaptation"],
            gate_on=on["latch_denm_nmda"],
        )
        return Wiring(
            model=model,
            words=self._words(),
            sendings=self._sendings(),
            visible=self._visible(),
            exponential=on["latch_soif_type"],
        )

    def _words(self) -> Words:
        packed = self._memories["synapses"].reshape(-1, WORDS)
        neuron, word = np.nonzero((packed >> 15 & 7) > 0)
        code = packed[neuron, word]
        core = neuron // NEURONS
        levels = np.stack([self._current(f"SYAM_W{bit}_P") for bit in range(4)], axis=1)
        bits = (code[:, None] >> (11 + np.arange(4))) & 1
        precise, mismatched = code >> 18 & 1, (code >> 19 & 1).astype(np.bool_)
        base, more, own = (
            pulse_length(0.05 * pF, np.maximum(self._current(f"SYPD_DLY{k}_P"), 1e-14))
            for k in range(3)
        )
        # Without a current a delay is not on; the shortest is below a step.
        flowing = [self._knobs[f"SYPD_DLY{k}_P"].ravel() > 0 for k in range(3)]
        delay = np.where(flowing[0], base, 0.0)[core]
        delay = delay + precise * np.where(flowing[1], more, 0.0)[core]
        delay = delay + mismatched * np.where(flowing[2], own, 0.0)[core]
        return Words(
            neuron=neuron,
            word=word,
            address=code & 2047,
            receptor=(code >> 15 & 7) - 1,
            weight=(bits * levels[core]).sum(axis=1),
            delay=delay,
            mismatched=mismatched,
        )

    def _sendings(self) -> Sendings:
        packed = self._memories["destinations"].reshape(-1, 4)
        mask, hop = packed >> 11 & 15, (packed >> 15 & 15) - 7
        neuron, place = np.nonzero((mask > 0) & (hop != MONITOR_HOP))
        code = packed[neuron, place]
        target = neuron // (CORES * NEURONS) + (code >> 15 & 15) - 7
        at, core = np.nonzero((code[:, None] >> (11 + np.arange(CORES))) & 1)
        return Sendings(
            source=neuron[at], core=target[at] * CORES + core, address=(code & 2047)[at]
        )

    def _visible(self) -> BoolArray:
        packed = self._memories["destinations"].reshape(-1, 4)
        seen = ((packed >> 11 & 15) > 0) & ((packed >> 15 & 15) - 7 == MONITOR_HOP)
        return np.asarray(seen.any(axis=1))


def synapse_word(synapse: Dynapse2Synapse) -> int:
    """A synapse as a number: tag, weight bits from bit 11, receptor plus 1 from bit 15, delays."""
    if synapse.dendrite is Dendrite.NONE:
        return 0
    number = synapse.tag | (_RECEPTOR[synapse.dendrite] + 1) << 15
    for bit, on in enumerate(synapse.weight):
        number |= int(on) << (11 + bit)
    return number | int(synapse.precise_delay) << 18 | int(synapse.mismatched_delay) << 19


def destination_word(target: Dynapse2Destination) -> int:
    """A destination as a number: tag, cores from bit 11, x hop plus 7 from bit 15."""
    number = target.tag
    for bit, on in enumerate(target.core):
        number |= int(on) << (11 + bit)
    return number | (target.x_hop + 7) << 15


def _remembered(known: dict[int, int], item: ItemT, number_of: Callable[[ItemT], int]) -> int:
    """A number that was worked out before: most words of a board are one object."""
    if id(item) not in known:
        known[id(item)] = number_of(item)
    return known[id(item)]


def _described(chips: int) -> ChipDescription:
    cores = (chips, CORES)
    knobs = {
        name: Port(
            shape=cores, lowest=0, highest=HIGHEST_CODE,
            meaning=f"{parameter.meaning}: 256 coarse + fine",
        )
        for name, parameter in SE2_PARAMETERS.items()
    }  # fmt: skip
    knobs["monitored neuron"] = Port(
        shape=cores, lowest=0, highest=NEURONS - 1, meaning="whose membrane is seen"
    )
    return ChipDescription(
        knobs=MappingProxyType(knobs),
        memories=MappingProxyType(
            {
                "synapses": Port(
                    shape=(*cores, NEURONS, WORDS), lowest=0, highest=(1 << 20) - 1,
                    meaning="tag | weight bits << 11 | (receptor + 1) << 15 | delays << 18",
                ),
                "destinations": Port(
                    shape=(*cores, NEURONS, 4), lowest=0, highest=(1 << 19) - 1,
                    meaning="tag | cores << 11 | (x hop + 7) << 15",
                ),
                "latches": Port(
                    shape=(*cores, NEURONS), lowest=0, highest=(1 << len(_LATCHES)) - 1,
                    meaning=" | ".join(f"{name} << {bit}" for bit, name in enumerate(_LATCHES)),
                ),
            }
        ),
        observables=MappingProxyType(
            {
                "membrane events": Port(
                    shape=cores, lowest=0, highest=1 << 30,
                    meaning="events of the converter in the last 5 ms of the last run",
                )
            }
        ),
    )  # fmt: skip
