"""What both virtual boards have in common: silicon, clock, and how a run goes."""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.chip import ChipIdentity, Events
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, THERMAL_VOLTAGE
from ohmloom.circuits.dynapse.dpi.network import FullModel
from ohmloom.circuits.dynapse.input_event import unpacked
from ohmloom.circuits.dynapse.parameters import Generation
from ohmloom.circuits.dynapse.virtual.experiment import (
    STEP,
    Sendings,
    Words,
    connections_of,
    run_board,
    through_the_bus,
)
from ohmloom.circuits.dynapse.virtual.silicon import (
    CORES,
    DynapseSpread,
    Silicon,
    draw_silicon,
)
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream
from ohmloom.si import mV

_WAVES = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Wiring:
    """What is programmed, as a run needs it."""

    model: FullModel
    """The neurons."""
    words: Words
    """Synapses in use."""
    sendings: Sendings
    """Of the neurons, numbered from 0."""
    visible: BoolArray
    """Neurons whose spikes leave the board, shape (neurons,)."""
    exponential: BoolArray
    """Neurons whose spikes may be seen twice, shape (neurons,)."""


class VirtualBoard:
    """Silicon with a clock; a chip class asks it to run."""

    def __init__(
        self, generation: Generation, serial: int, chips: int, spread: DynapseSpread,
        temperature: float, seed: int, resting: float,
    ) -> None:  # fmt: skip
        if serial < 0 or seed < 0:
            raise InvalidInput(
                f"serial number and seed must not be negative, but are {serial} and {seed}"
            )
        if not 1 <= chips <= 4:
            raise InvalidInput(f"a board has 1 to 4 chips, but {chips} were asked for")
        if not 200.0 <= temperature <= 400.0:
            raise InvalidInput(
                f"{temperature} K is no temperature for a chip; give it in kelvin, 200 to 400"
            )
        self.generation = generation
        self.chips = chips
        self.temperature = temperature
        self.resting = resting
        self.time = 0.0
        self.runs = 0
        self.seed = seed
        self.identity = ChipIdentity(model=f"dynap-{generation.value}", serial=serial)
        self.silicon: Silicon = draw_silicon(self.identity.model, serial, chips, spread)
        self._spread = spread
        rng = stream(serial, self.identity.model, "drift")
        self._phases = rng.uniform(0.0, 2.0 * np.pi, (_WAVES, chips * CORES))
        self.membrane = np.zeros((chips * CORES, 1))

    def core_factor(self) -> FloatArray:
        """Of all currents of each core now: its generator, and a slow wandering [1]."""
        periods = self._spread.drift_time * 2.0 ** np.arange(-2, _WAVES - 2)
        angle = 2.0 * np.pi * self.time / periods[:, None] + self._phases
        wandering = np.sqrt(2.0 / _WAVES) * (np.cos(angle) - np.cos(self._phases)).sum(axis=0)
        return np.asarray(self.silicon.generator * (1.0 + self._spread.drift * wandering))

    def run(self, signals: Events, wiring: Wiring, monitored: IntArray) -> Events:
        """Send events in and return what comes out; the clock moves by the duration."""
        if not signals.duration >= STEP:
            raise InvalidInput(
                f"a run lasts at least {STEP} s, but {signals.duration} s were asked"
            )
        time = np.asarray(signals.time, dtype=np.float64)
        if len(time) and (time[0] < 0.0 or time[-1] > signals.duration):
            raise InvalidInput(
                f"events must come between 0 s and the end of the run, {signals.duration} s"
            )
        if len(time) != len(signals.address):
            raise InvalidInput("there must be one address for each event")
        chip = unpacked(signals.address, self.generation)[0]
        if len(chip) and chip.max() >= self.chips:
            raise InvalidInput(
                f"an event goes to chip {chip.max()}, but the board has {self.chips}"
            )
        codes, source = np.unique(np.asarray(signals.address), return_inverse=True)
        sendings = self._with_inputs(codes, wiring.sendings)
        factor = self.core_factor()
        connections = connections_of(
            wiring.words, sendings, self.silicon, factor, len(codes) + wiring.model.neurons
        )
        inputs = Events(time=time, address=source.ravel(), duration=signals.duration)
        recording = run_board(wiring.model, connections, inputs, monitored)
        self.membrane = recording.membrane
        self.runs += 1
        self.time += signals.duration
        seen = wiring.visible[recording.spikes.address]
        spikes = Events(
            time=recording.spikes.time[seen],
            address=recording.spikes.address[seen],
            duration=signals.duration,
        )
        return through_the_bus(spikes, wiring.exponential, self.noise("bus"))

    def voltage(self) -> FloatArray:
        """Membranes of the last run as a voltage, shape (cores, time) [V]."""
        volts = THERMAL_VOLTAGE / KAPPA * np.log(np.maximum(self.membrane / self.resting, 1.0))
        return volts + 1 * mV * self.noise("monitor").standard_normal(volts.shape)

    def noise(self, name: str) -> np.random.Generator:
        """A generator for one purpose in one run."""
        identity = self.identity
        return stream(self.seed, identity.model, identity.serial, name, self.runs)

    def _with_inputs(self, codes: IntArray, own: Sendings) -> Sendings:
        chip, mask, address = unpacked(codes, self.generation)
        at, core = np.nonzero((mask[:, None] >> np.arange(CORES)) & 1)
        return Sendings(
            source=np.concatenate([at, own.source + len(codes)]),
            core=np.concatenate([chip[at] * CORES + core, own.core]),
            address=np.concatenate([address[at], own.address]),
        )
