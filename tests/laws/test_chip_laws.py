"""What every chip obeys, whatever its signals are: crossbars take frames, spiking chips events."""

import dataclasses
import inspect

import numpy as np
import pytest

from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.chip import Chip, ChipDescription, ChipIdentity, Events, Frames, Port, SignalT
from ohmloom.circuits.crossbar_chip.chip_file import MODELS
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.errors import InvalidInput
from ohmloom.provenance import provenance
from ohmloom.si import ms


class DelayLine:
    """The least spiking chip: every neuron repeats its input events after a programmable delay."""

    def __init__(self, neurons: int) -> None:
        self._neurons = neurons
        self._delay = np.zeros(neurons, dtype=np.int64)
        self._tags = np.arange(neurons)
        self._time = 0.0

    @property
    def identity(self) -> ChipIdentity:
        return ChipIdentity(model="delay-line", serial=1)

    @property
    def description(self) -> ChipDescription:
        shape = (self._neurons,)
        last = self._neurons - 1
        return ChipDescription(
            knobs={"delay": Port(shape=shape, lowest=0, highest=255, meaning="1 ms a code")},
            memories={"tags": Port(shape=shape, lowest=0, highest=last, meaning="address")},
            observables={"tags": Port(shape=shape, lowest=0, highest=last, meaning="address")},
        )

    @property
    def time(self) -> float:
        return self._time

    def codes(self, knob: str) -> np.ndarray:
        self._known(knob, {"delay"})
        return self._delay.copy()

    def set_codes(self, knob: str, codes: np.ndarray) -> None:
        self._known(knob, {"delay"})
        self._delay = self._checked(codes, 255)

    def program(self, memory: str, words: np.ndarray) -> None:
        self._known(memory, {"tags"})
        self._tags = self._checked(words, self._neurons - 1)

    def read(self, observable: str) -> np.ndarray:
        self._known(observable, {"tags"})
        return self._tags.copy()

    def run(self, signals: Events) -> Events:
        time = signals.time + self._delay[signals.address] * ms
        order = np.argsort(time, kind="stable")
        self._time += signals.duration
        return Events(
            time=time[order],
            address=self._tags[signals.address][order],
            duration=signals.duration,
        )

    def wait(self, seconds: float) -> None:
        if not 0 <= seconds < np.inf:
            raise InvalidInput(f"{seconds} s is negative or not finite")
        self._time += seconds

    @staticmethod
    def _known(name: str, names: set[str]) -> None:
        if name not in names:
            raise InvalidInput(f"no {name!r}; there is {names}")

    def _checked(self, codes: np.ndarray, highest: int) -> np.ndarray:
        codes = np.asarray(codes)
        if not np.issubdtype(codes.dtype, np.integer):
            raise InvalidInput("codes are integers")
        if codes.ndim > 1 or codes.size not in (1, self._neurons):
            raise InvalidInput("wrong shape")
        if codes.min() < 0 or codes.max() > highest:
            raise InvalidInput("beyond the limits")
        return np.broadcast_to(codes, (self._neurons,)).astype(np.int64)


def crossbar(model):
    sheet = dataclasses.replace(MODELS[model](tiles=2), rows=5, columns=4)
    return VirtualCrossbarChip(1, datasheet=sheet)


KINDS = {
    **{model: lambda model=model: crossbar(model) for model in MODELS},
    "delay-line": lambda: DelayLine(6),
}


@pytest.fixture(params=sorted(KINDS))
def chip(request):
    return KINDS[request.param]()


def signals_for(chip):
    """Something to run, of the kind that this chip takes."""
    if isinstance(chip, DelayLine):
        return Events(time=np.array([0.0, 2 * ms]), address=np.array([3, 0]), duration=10 * ms)
    return Frames(tile=0, codes=np.full((2, chip.datasheet.rows), 9))


def codes_for(port, seed=1):
    return np.random.default_rng(seed).integers(port.lowest, port.highest + 1, port.shape)


def exercise(chip: Chip[SignalT], signals: SignalT) -> SignalT:
    """What any code may do with any chip; one protocol serves both kinds of signal."""
    for knob in chip.description.knobs:
        chip.set_codes(knob, chip.codes(knob))
    chip.wait(1 * ms)
    return chip.run(signals)


def departures(kind, protocol):
    """Where a class departs from a protocol: names that are missing, arguments that differ."""
    found = []
    for name, said in vars(protocol).items():
        if name.startswith("_"):
            continue
        done = inspect.getattr_static(kind, name, None)
        if type(done) is not type(said):
            found.append(name)
        elif not isinstance(said, property) and list(inspect.signature(done).parameters) != list(
            inspect.signature(said).parameters
        ):
            found.append(f"{name}{inspect.signature(done)}")
    return found


def test_it_is_a_chip(chip):
    assert departures(type(chip), Chip) == []


def test_what_is_not_a_chip_would_be_noticed():
    class Half:
        time = 0.0

        def codes(self):
            return None

    assert {"identity", "time", "codes(self)", "run"} <= set(departures(Half, Chip))


def test_signals_come_out_as_the_kind_that_went_in(chip):
    signals = signals_for(chip)
    assert type(exercise(chip, signals)) is type(signals)


def test_the_description_says_the_shape_and_the_limits_of_every_port(chip):
    description = chip.description
    assert description.knobs
    for group in (description.knobs, description.memories, description.observables):
        for name, port in group.items():
            assert port.lowest < port.highest, name
            assert min(port.shape) >= 1
            assert port.meaning


def test_codes_that_were_set_are_the_codes_that_are_there(chip):
    for seed, (knob, port) in enumerate(chip.description.knobs.items()):
        wanted = codes_for(port, seed)
        chip.set_codes(knob, wanted)
        for other in set(chip.description.knobs) - {knob}:
            chip.set_codes(other, chip.codes(other))
        assert np.array_equal(chip.codes(knob), wanted), knob
        for end in (port.lowest, port.highest):
            chip.set_codes(knob, np.asarray(end))
            assert (chip.codes(knob) == end).all()


def test_codes_are_copied_on_the_way_in_and_out(chip):
    for knob, port in chip.description.knobs.items():
        wanted = codes_for(port)
        chip.set_codes(knob, wanted)
        kept = wanted.copy()
        wanted[...] = port.lowest
        chip.codes(knob)[...] = port.highest
        assert np.array_equal(chip.codes(knob), kept), knob


def test_a_refused_set_leaves_the_old_codes(chip):
    for knob, port in chip.description.knobs.items():
        before = codes_for(port, 2)
        chip.set_codes(knob, before)
        beyond = before.copy()
        beyond.flat[-1] = port.highest + 1
        wrong = [beyond, before.astype(float), np.zeros((*port.shape, 2), dtype=int)]
        for codes in (*wrong, np.asarray(port.lowest - 1)):
            with pytest.raises(InvalidInput):
                chip.set_codes(knob, codes)
            assert np.array_equal(chip.codes(knob), before), knob


def test_unknown_names_are_refused(chip):
    zero = np.asarray(0)
    for ask in (
        lambda: chip.codes("no such"),
        lambda: chip.set_codes("no such", zero),
        lambda: chip.program("no such", zero),
        lambda: chip.read("no such"),
    ):
        with pytest.raises(InvalidInput, match="no such"):
            ask()


def test_readings_have_the_shape_and_the_limits_of_their_port_and_turn_no_knob(chip):
    knobs = {knob: codes_for(port) for knob, port in chip.description.knobs.items()}
    for knob, codes in knobs.items():
        chip.set_codes(knob, codes)
    for observable, port in chip.description.observables.items():
        reading = chip.read(observable)
        assert reading.shape == port.shape
        assert np.issubdtype(reading.dtype, np.integer)
        assert reading.min() >= port.lowest
        assert reading.max() <= port.highest
    exercise(chip, signals_for(chip))
    for knob, codes in knobs.items():
        assert np.array_equal(chip.codes(knob), codes), knob


def test_time_never_runs_backwards(chip):
    clock = [chip.time]
    for memory, port in chip.description.memories.items():
        chip.program(memory, codes_for(port))
        clock.append(chip.time)
    for observable in chip.description.observables:
        chip.read(observable)
        clock.append(chip.time)
    exercise(chip, signals_for(chip))
    clock.append(chip.time)
    chip.wait(3 * ms)
    clock.append(chip.time)
    assert clock == sorted(clock)
    assert clock[0] == 0.0
    assert clock[-1] - clock[-2] == pytest.approx(3 * ms)
    for backwards in (-1 * ms, np.nan):
        with pytest.raises(InvalidInput):
            chip.wait(backwards)
    assert chip.time == clock[-1]


def test_a_calibration_record_applies_itself(chip):
    codes = {knob: codes_for(port, 7) for knob, port in chip.description.knobs.items()}
    record = CalibrationRecord(
        chip=chip.identity,
        quantities={},
        masks={},
        codes=codes,
        at_limit={knob: np.zeros(wanted.shape, dtype=bool) for knob, wanted in codes.items()},
        chip_time=chip.time,
        provenance=provenance(),
    )
    record.apply(chip)
    for knob, wanted in codes.items():
        assert np.array_equal(chip.codes(knob), wanted), knob


def test_the_delay_line_of_these_tests_delays():
    line = DelayLine(4)
    line.set_codes("delay", np.array([5, 0, 0, 1]))
    line.program("tags", np.array([3, 2, 1, 0]))
    heard = line.run(
        Events(time=np.array([0.0, 2 * ms]), address=np.array([0, 3]), duration=10 * ms)
    )
    assert heard.time == pytest.approx([3 * ms, 5 * ms])
    assert heard.address.tolist() == [0, 3]
