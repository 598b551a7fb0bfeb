"""Boards on the bench, through samna: the same `apply` and `run` as the virtual ones.

samna is never imported unless its compiled extension is found: what the package index offers under
that name is a stub which installs something from the network when it is imported.

Source: call sequences, tags and traps as rockpool 3.1 and the scripts of the Institute of
Neuroinformatics have them; nothing here was tried on a board of ours.
"""

import importlib.util
import logging
import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from ohmloom.arrays import BoolArray, IntArray
from ohmloom.circuits.chip import ChipIdentity, Events
from ohmloom.circuits.dynapse.configuration.rules import check
from ohmloom.circuits.dynapse.configuration.se1 import Dynapse1Configuration
from ohmloom.circuits.dynapse.configuration.se2 import Dynapse2Configuration
from ohmloom.circuits.dynapse.input_event import unpacked
from ohmloom.errors import BoardTimeout, InvalidInput, MissingDependency, WrongChip
from ohmloom.mapping.dynapse.samna_objects import dynapse1_object, dynapse2_object
from ohmloom.si import us

log = logging.getLogger(__name__)

_SETTLING: Final = 1.0
"""After a reset, and after a configuration was applied [s]."""
_LEAD: Final = 0.1
"""Between writing events and the first of them [s]."""
_PATIENCE: Final = 2.0
"""For an answer beyond the end of a run [s]."""
_POLL: Final = 0.005
_ECHO_TAG: Final = 1024
_END_TAG: Final = 2047
_OUT_HOP: Final = -6
"""x hop of spikes of chip 0 when they arrive outside; one more for each chip after it."""
_DISCHARGED: Final = ("SOIF_LEAK_N", "DEAM_ETAU_P", "DEGA_ITAU_P", "DENM_ETAU_P", "DESC_ITAU_P")
_LATEST: Final = 1 << 31
_MOST_PRELOADED: Final = (1 << 15) - 1
_LONGEST_ISI: Final = (1 << 16) - 1


def find_samna() -> Any:
    """The module samna.

    Raises:
        MissingDependency: it is not installed, or only its stub is.
    """
    spec = importlib.util.find_spec("samna")
    folders = list(spec.submodule_search_locations or []) if spec is not None else []
    compiled = [
        file
        for folder in folders
        for pattern in ("*.so", "*.pyd", "*.dylib")
        for file in Path(folder).glob(pattern)
    ]
    if not compiled:
        found = "only its stub is" if spec is not None else "it is not"
        raise MissingDependency(
            f"a board needs samna with its compiled extension, but {found} installed; install the "
            f"wheel from SynSense's package index, as their documentation says, since the package "
            f"of that name on PyPI is a stub. Without a board, use VirtualDynapse1 or "
            f"VirtualDynapse2"
        )
    import samna  # type: ignore[import-not-found]  # noqa: PLC0415

    return samna


def open_board(samna: Any, kind: str, serial: str | None = None) -> Any:
    """Open a board that is connected.

    Args:
        samna: the module.
        kind: part of the name of its type, such as "DYNAP-SE2", in any case.
        serial: serial number; the only one when None.

    Raises:
        InvalidInput: there is none, or several and no serial number.
    """
    devices = [
        info
        for info in samna.device.get_unopened_devices()
        if kind.lower() in info.device_type_name.lower()
    ]
    chosen = [info for info in devices if serial is None or info.serial_number == serial]
    if len(chosen) != 1:
        names = ", ".join(str(info.serial_number) for info in devices) or "none"
        raise InvalidInput(
            f"{'several boards are' if len(chosen) > 1 else 'no such board is'} connected; there "
            f"are {kind} with serial numbers {names}; give one of them"
        )
    return samna.device.open_device(chosen[0])


class SamnaDynapse2:
    """A board of DYNAP-SE2 chips.

    Args:
        samna: the module, from `find_samna`.
        board: from `open_board`.
        serial: of the board, for records.
        bitfile: firmware of its FPGA.
        sleep: waits; another one for tests.

    Raises:
        InvalidInput: the firmware could not be loaded.
    """

    def __init__(
        self,
        samna: Any,
        board: Any,
        *,
        serial: int,
        bitfile: str | Path,
        sleep: Callable[[float], None] = clock.sleep,
    ) -> None:
        self._samna, self._board, self._sleep = samna, board, sleep
        if not board.configure_opal_kelly(str(bitfile)):
            raise InvalidInput(f"the board did not take the firmware {bitfile}")
        board.reset_fpga()
        self._model = board.get_model()
        self._identity = ChipIdentity(model="dynap-se2", serial=serial)
        self._exponential: BoolArray = np.zeros(0, dtype=np.bool_)

    @property
    def identity(self) -> ChipIdentity:
        """Which board this is."""
        return self._identity

    def apply(self, configuration: Dynapse2Configuration) -> None:
        """Reset the board, discharge its neurons, and set everything up.

        Raises:
            InvalidInput: the configuration breaks a rule; the board is not touched.
            WrongChip: it is for another number of chips.
        """
        chips = int(self._board.get_number_of_chips())
        if len(configuration.chips) != chips:
            raise WrongChip(
                f"the configuration is for {len(configuration.chips)} chip(s), but the board has "
                f"{chips}"
            )
        check(configuration)
        wanted = dynapse2_object(self._samna, configuration)
        silent = self._samna.dynapse2.Dynapse2Configuration()
        while len(silent.chips) < chips:
            silent.chips = [*silent.chips, self._samna.dynapse2.Dynapse2Chip()]
        for chip in silent.chips:
            for core in chip.cores:
                for name in _DISCHARGED:
                    core.parameters[name].coarse_value = 5
                    core.parameters[name].fine_value = 255
        self._model.reset(self._samna.dynapse2.ResetType.PowerCycle, (1 << chips) - 1)
        self._sleep(_SETTLING)
        for settings in (silent, wanted):
            self._model.apply_configuration(settings)
            self._sleep(_SETTLING)
        self._model.clear_error_queue()
        self._exponential = np.array(
            [
                neuron.latch_soif_type
                for chip in configuration.chips
                for core in chip.cores
                for neuron in core.neurons
            ],
            dtype=np.bool_,
        )

    def run(self, signals: Events, *, save: str | Path | None = None) -> Events:
        """Send events in and return the spikes of neurons with a monitor word.

        Args:
            signals: events as `event_code` numbers them, in order of time.
            save: file for what had arrived when the board stops answering.

        Raises:
            BoardTimeout: it stopped answering; what had arrived is in `save`.
            InvalidInput: events out of order, or later than the counter of the board.
        """
        if (np.diff(signals.time) < 0.0).any():
            raise InvalidInput("events must be in order of time; sort them")
        start = self._board_time() + round(_LEAD / us)
        end = start + round(signals.duration / us)
        if end >= _LATEST:
            raise InvalidInput(
                f"the run would end at {end} us of the board's counter, which must stay below "
                f"{_LATEST}; reset the board"
            )
        chip, mask, tag = unpacked(signals.address, "se2")
        stamps = start + np.rint(signals.time / us).astype(np.int64)
        events = [
            self._event(int(t), int(x), [bool(m >> core & 1) for core in range(4)], int(a))
            for t, x, m, a in zip(stamps, chip, mask, tag, strict=True)
        ]
        # Sent twice: a single one is lost now and then.
        events += [self._marker(_END_TAG, end), self._marker(_END_TAG, end + 1)]
        self._board.read_events()
        self._board.grid_bus_write_events(events)
        found, done = self._collected(signals.duration + _LEAD + _PATIENCE)
        spikes = self._spikes(found, start, signals.duration)
        if not done:
            if save is not None:
                np.savez(save, time=spikes.time, address=spikes.address, duration=spikes.duration)
            raise BoardTimeout(
                f"the board did not answer for {_PATIENCE} s after the run of {signals.duration} "
                f"s; {len(spikes.time)} spikes had arrived"
                f"{f' and are in {save}' if save is not None else '; give save= to keep them'}. "
                f"Check the cable, and apply the configuration again"
            )
        return spikes

    def _board_time(self) -> int:
        """The counter of the board, from an event that it sends back [us]."""
        self._board.read_events()
        self._board.input_interface_write_events(0, [self._marker(_ECHO_TAG, 0)])
        for _ in range(round(_PATIENCE / _POLL)):
            for event in self._board.read_events():
                if event.event.tag == _ECHO_TAG:
                    return int(event.timestamp)
            self._sleep(_POLL)
        raise BoardTimeout(
            f"the board did not send back its time within {_PATIENCE} s; is it powered, and its "
            f"firmware loaded?"
        )

    def _collected(self, patience: float) -> tuple[list[Any], bool]:
        found: list[Any] = []
        for _ in range(round(patience / _POLL)):
            for event in self._board.read_events():
                if event.event.tag == _END_TAG and event.event.y_hop != 0:
                    return found, True
                found.append(event)
            self._sleep(_POLL)
        return found, False

    def _spikes(self, found: list[Any], start: int, duration: float) -> Events:
        rows = [
            (event.timestamp - start, 1024 * (event.event.x_hop - _OUT_HOP) + event.event.tag)
            for event in found
            if event.event.x_hop >= _OUT_HOP and event.event.tag < 1024
        ]
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 2)
        within = (table[:, 0] >= 0) & (table[:, 0] <= round(duration / us))
        stamp, address = table[within].T
        kept = ~_echoes(stamp, address, self._exponential)
        return Events(time=stamp[kept] * us, address=address[kept], duration=duration)

    def _event(self, timestamp: int, x_hop: int, cores: list[bool], tag: int) -> Any:
        event = self._samna.dynapse2.NormalGridEvent()
        target = self._samna.dynapse2.Dynapse2Destination()
        target.core, target.x_hop, target.y_hop, target.tag = cores, x_hop, 0, tag
        event.event, event.timestamp = target, timestamp
        return event

    def _marker(self, tag: int, timestamp: int) -> Any:
        event = self._event(timestamp, -1, [True] * 4, tag)
        event.event.y_hop = -1
        return event


def _echoes(stamp: IntArray, address: IntArray, exponential: BoolArray) -> BoolArray:
    """Events that repeat one of the same neuron within 2 us, as exponential neurons send them."""
    repeated = np.zeros(len(stamp), dtype=np.bool_)
    last: dict[int, int] = {}
    for at, (t, neuron) in enumerate(zip(stamp.tolist(), address.tolist(), strict=True)):
        if neuron < len(exponential) and exponential[neuron] and t - last.get(neuron, t - 3) <= 2:
            repeated[at] = True
        else:
            last[neuron] = t
    return repeated


class SamnaDynapse1:
    """A board of four DYNAP-SE1 chips.

    Args:
        samna: the module, from `find_samna`.
        board: from `open_board`.
        serial: of the board, for records.
        sleep: waits; another one for tests.
    """

    def __init__(
        self, samna: Any, board: Any, *, serial: int, sleep: Callable[[float], None] = clock.sleep
    ) -> None:
        self._samna, self._sleep = samna, sleep
        self._model = board.get_model() if hasattr(board, "get_model") else board
        self._identity = ChipIdentity(model="dynap-se1", serial=serial)

    @property
    def identity(self) -> ChipIdentity:
        """Which board this is."""
        return self._identity

    def apply(self, configuration: Dynapse1Configuration) -> None:
        """Set everything up.

        Raises:
            InvalidInput: the configuration breaks a rule; the board is not touched.
        """
        check(configuration)
        self._model.apply_configuration(dynapse1_object(self._samna, configuration))
        self._sleep(_SETTLING)

    def run(self, signals: Events) -> Events:
        """Play events from the board's generator and return the spikes of all neurons.

        Raises:
            InvalidInput: too many events, or one too long after another.
        """
        chip, mask, address = unpacked(signals.address, "se1")
        stamps = np.rint(signals.time / us).astype(np.int64)
        gaps = np.diff(stamps, prepend=0)
        if (gaps < 0).any():
            raise InvalidInput("events must be in order of time; sort them")
        multiplier = 1 if gaps.max(initial=0) <= _LONGEST_ISI else 10
        gaps = np.diff(stamps // multiplier, prepend=0)
        if len(gaps) > _MOST_PRELOADED or gaps.max(initial=0) > _LONGEST_ISI:
            raise InvalidInput(
                f"the generator takes {_MOST_PRELOADED} events at most {_LONGEST_ISI * 10 * us} s "
                f"apart, but there are {len(gaps)}, {gaps.max(initial=0) * multiplier * us} s apart"
            )
        stimulus = []
        for gap, target, cores, number in zip(gaps, chip, mask, address, strict=True):
            event = self._samna.dynapse1.FpgaSpikeEvent()
            event.core_mask, event.target_chip = int(cores), int(target)
            event.neuron_id, event.isi = int(number), int(gap)
            stimulus.append(event)
        generator = self._model.get_fpga_spike_gen()
        generator.set_variable_isi_mode(True)
        generator.preload_stimulus(stimulus)
        generator.set_isi_multiplier(90 * multiplier)
        generator.set_repeat_mode(False)
        graph = self._samna.graph.EventFilterGraph()
        sink = self._samna.BasicSinkNode_dynapse1_dynapse1_event()
        graph.sequential([self._model.get_source_node(), sink])
        graph.start()
        sink.get_events()
        generator.start()
        self._sleep(signals.duration)
        graph.stop()
        rows = sorted(
            (event.timestamp, 1024 * event.chip_id + 256 * event.core_id + event.neuron_id)
            for event in sink.get_events()
            if hasattr(event, "neuron_id")
        )
        table = np.array(rows, dtype=np.int64).reshape(-1, 2)
        stamp = table[:, 0] - (table[0, 0] if len(table) else 0)
        # The firmware plays a sequence twice when it should not repeat; the second is dropped.
        kept = stamp <= round(signals.duration / us)
        return Events(time=stamp[kept] * us, address=table[kept, 1], duration=signals.duration)
