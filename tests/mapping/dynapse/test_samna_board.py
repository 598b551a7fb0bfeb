"""Drivers of real boards against a stand-in: every call, field and order that a session needs."""

import sys

import numpy as np
import pytest

from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse.configuration import se1, se2
from ohmloom.circuits.dynapse.input_event import InputEvent, event_code
from ohmloom.circuits.dynapse.virtual import VirtualDynapse1, VirtualDynapse2
from ohmloom.errors import BoardTimeout, InvalidInput, MissingDependency, WrongChip
from ohmloom.mapping.dynapse import Board, SpikingNetwork, route
from ohmloom.mapping.dynapse.samna_board import SamnaDynapse1, SamnaDynapse2, find_samna, open_board
from ohmloom.si import nA, pA
from tests.mapping.dynapse import samna_stand_in as stand_in

NETWORK = SpikingNetwork(
    neurons=4, inputs=2, source=[0, 1, 2, 3], target=[0, 1, 2, 3], weight=[nA, 2 * nA, 3 * nA, nA],
    receptor=[0, 1, 2, 3],
)  # fmt: skip


def board2(replies=(), **more):
    waits = []
    board = stand_in.Board2(replies, **more)
    chip = SamnaDynapse2(stand_in.samna, board, serial=3, bitfile="dynapse.bit", sleep=waits.append)
    return chip, board, waits


def test_an_se2_session_makes_every_call_in_its_order():
    chip, board, waits = board2()
    chip.apply(route(NETWORK, Board(chip="se2")).configuration)
    names = [call[0] for call in board.calls]
    assert names == ["bitfile", "reset_fpga", "reset", "apply", "apply", "clear"]
    assert board.calls[2] == ("reset", "power cycle", 0b1)
    assert waits == [1.0, 1.0, 1.0]
    silent = board.calls[3][1].chips[0].cores[2].parameters
    for name in ("SOIF_LEAK_N", "DEAM_ETAU_P", "DEGA_ITAU_P", "DENM_ETAU_P", "DESC_ITAU_P"):
        assert (silent[name].coarse_value, silent[name].fine_value) == (5, 255)
    assert silent["SOIF_GAIN_N"].coarse_value == 0


def test_every_field_of_an_se2_configuration_arrives():
    wanted = route(NETWORK, Board(chip="se2")).configuration
    chip, board, _ = board2()
    chip.apply(wanted)
    made = board.calls[4][1]
    assert len(made.chips) == 1
    for core, target in zip(wanted.chips[0].cores, made.chips[0].cores, strict=True):
        for name, code in core.parameters.items():
            assert target.parameters[name].coarse_value == code.coarse_value
            assert target.parameters[name].fine_value == code.fine_value
        for neuron, other in zip(core.neurons, target.neurons, strict=True):
            assert len(other.synapses) == 64
            assert len(other.destinations) == 4
            for word, found in zip(neuron.synapses, other.synapses, strict=True):
                assert found.tag == word.tag
                assert tuple(found.weight) == word.weight
                assert found.dendrite == ("dendrite", int(word.dendrite))
            for word, found in zip(neuron.destinations, other.destinations, strict=True):
                assert (tuple(found.core), found.x_hop, found.y_hop, found.tag) == (
                    word.core, word.x_hop, word.y_hop, word.tag)  # fmt: skip
    codes = made.chips[0].global_parameters["R2R_BUFFER_AMPB"]
    assert (codes.coarse_value, codes.fine_value) == (5, 255)


def events(*times, tag=7, duration=0.01):
    one = event_code(InputEvent(chip=0, cores=(True, False, True, False), address=tag), "se2")
    return Events(time=np.array(times), address=np.full(len(times), one), duration=duration)


def test_events_go_out_and_spikes_come_back_in_the_time_of_the_run():
    # Neuron 5 of core 1 of chip 0, and one spike after the end, which is not of this run.
    chip, board, _ = board2([(1500, 0, 256 + 5), (2500, 0, 3), (20_000, 0, 4)])
    spikes = chip.run(events(0.001, 0.002))
    written = next(call[1] for call in board.calls if call[0] == "events")
    assert [event.timestamp for event in written] == [
        5_101_000, 5_102_000, 5_110_000, 5_110_001]  # fmt: skip
    first = written[0].event
    assert (first.core, first.x_hop, first.y_hop, first.tag) == (
        [True, False, True, False],
        0,
        0,
        7,
    )
    for marker in written[-2:]:
        assert (marker.event.tag, marker.event.x_hop, marker.event.y_hop) == (2047, -1, -1)
    assert spikes.address.tolist() == [261, 3]
    assert spikes.time == pytest.approx([0.0015, 0.0025])


def test_the_time_of_the_board_is_asked_for_with_its_own_tag():
    chip, board, _ = board2()
    chip.run(events(0.001))
    (echo,) = [call for call in board.calls if call[0] == "echo"]
    assert echo[1] == 0
    assert (echo[2][0].event.tag, echo[2][0].event.x_hop, echo[2][0].event.y_hop) == (1024, -1, -1)


def test_echoes_of_exponential_neurons_are_dropped_and_quick_spikes_of_others_are_not():
    import dataclasses

    board = se2.empty_dynapse2()
    core = board.chips[0].cores[0]
    exponential = dataclasses.replace(core.neurons[5], latch_soif_type=True)
    core = dataclasses.replace(core, neurons=(*core.neurons[:5], exponential, *core.neurons[6:]))
    wanted = dataclasses.replace(
        board, chips=(dataclasses.replace(board.chips[0], cores=(core, *board.chips[0].cores[1:])),)
    )
    chip, _, _ = board2([(100, 0, 5), (102, 0, 5), (110, 0, 5), (200, 0, 6), (201, 0, 6)])
    chip.apply(wanted)
    spikes = chip.run(events(0.001))
    assert spikes.address.tolist() == [5, 5, 6, 6]


def test_a_board_that_stops_answering_costs_nothing_that_had_arrived(tmp_path):
    chip, _, _ = board2([(1500, 0, 9)], answers=False)
    with pytest.raises(BoardTimeout, match=r"1 spikes had arrived and are in"):
        chip.run(events(0.001), save=tmp_path / "rest.npz")
    with np.load(tmp_path / "rest.npz") as saved:
        assert saved["address"].tolist() == [9]


def test_a_board_without_time_is_not_waited_for_without_end():
    chip, _, waits = board2(answers="silent")
    with pytest.raises(BoardTimeout, match="send back its time"):
        chip.run(events(0.001))
    assert sum(waits) == pytest.approx(2.0)


def test_what_a_board_cannot_do_is_refused_before_it_is_touched():
    chip, board, _ = board2()
    before = len(board.calls)
    with pytest.raises(WrongChip, match="for 2 chip"):
        chip.apply(se2.empty_dynapse2(2))
    with pytest.raises(InvalidInput, match="in order of time"):
        chip.run(events(0.002, 0.001))
    assert len(board.calls) == before
    with pytest.raises(InvalidInput, match="counter"):
        chip.run(events(0.001, duration=2200.0))
    with pytest.raises(InvalidInput, match="did not take the firmware"):
        SamnaDynapse2(stand_in.samna, stand_in.Board2(), serial=1, bitfile="wrong")


def test_an_se1_session_changes_entries_in_place_and_plays_events():
    wanted = route(NETWORK, Board(chip="se1")).configuration
    model = stand_in.Model1()
    chip = SamnaDynapse1(stand_in.samna, model, serial=4, sleep=lambda _: None)
    chip.apply(wanted)
    made = model.calls[0][1]
    for theirs, ours in zip(made.chips[0].cores[0].neurons, wanted.chips[0].cores[0].neurons,
                            strict=True):  # fmt: skip
        for word, found in zip(ours.synapses, theirs.synapses, strict=True):
            if word != se1.UNUSED_SYNAPSE:
                assert found.listen_neuron_id == word.listen_neuron_id
                assert found.syn_type == ("type", int(word.syn_type))
        assert [d.in_use for d in theirs.destinations] == [d.in_use for d in ours.destinations]
    stand_in.Sink1.events = tuple(
        stand_in.Record(timestamp=1000 + t, chip_id=1, core_id=2, neuron_id=3)
        for t in (0, 5000, 60_000)  # the last is of the second playing
    )
    one = event_code(InputEvent(chip=0, cores=(True, False, False, False), address=300), "se1")
    spikes = chip.run(
        Events(time=np.array([0.001, 0.003]), address=np.array([one, one]), duration=0.05)
    )
    calls = {call[0]: call[1:] for call in model.calls[1:]}
    assert calls["set_variable_isi_mode"] == (True,)
    assert calls["set_isi_multiplier"] == (90,)
    assert calls["set_repeat_mode"] == (False,)
    stimulus = calls["preload_stimulus"][0]
    assert [(e.isi, e.core_mask, e.target_chip, e.neuron_id) for e in stimulus] == [
        (1000, 1, 0, 300), (2000, 1, 0, 300)]  # fmt: skip
    assert list(calls)[-1] == "start"
    assert spikes.address.tolist() == [1024 + 512 + 3] * 2
    assert spikes.time == pytest.approx([0.0, 0.005])


def test_long_pauses_use_the_coarse_clock_of_the_se1_and_longer_ones_are_refused():
    model = stand_in.Model1()
    chip = SamnaDynapse1(stand_in.samna, model, serial=4, sleep=lambda _: None)
    stand_in.Sink1.events = ()
    one = event_code(InputEvent(chip=0, cores=(True, False, False, False), address=300), "se1")
    chip.run(Events(time=np.array([0.5]), address=np.array([one]), duration=1.0))
    assert ("set_isi_multiplier", 900) in model.calls
    with pytest.raises(InvalidInput, match="apart"):
        chip.run(Events(time=np.array([2.0]), address=np.array([one]), duration=3.0))


def test_the_stub_of_samna_is_found_out_and_not_imported(tmp_path, monkeypatch):
    (tmp_path / "samna").mkdir()
    (tmp_path / "samna" / "__init__.py").write_text("raise SystemExit('the network was used')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(MissingDependency, match=r"only its stub is installed.*VirtualDynapse2"):
        find_samna()
    assert "samna" not in sys.modules


def test_boards_are_told_apart_by_their_serial_number():
    infos = [
        stand_in.Record(device_type_name=name, serial_number=serial)
        for name, serial in (("Dynap-SE2 Stack", "a"), ("DYNAP-SE2 DevBoard", "b"), ("Xylo", "c"))
    ]
    opened = []
    device = stand_in.Record(
        get_unopened_devices=lambda: infos, open_device=lambda info: opened.append(info) or info
    )
    module = stand_in.Record(device=device)
    assert open_board(module, "DYNAP-SE2", "b").serial_number == "b"
    with pytest.raises(InvalidInput, match=r"several boards.*a, b"):
        open_board(module, "DYNAP-SE2")
    with pytest.raises(InvalidInput, match="no such board"):
        open_board(module, "DYNAP-SE1")


# The same session on whatever board there is.


def session(chip, routed):
    """What every board must do: apply, run, and give spikes of the network alone."""
    chip.apply(routed.configuration)
    time = np.arange(0.0, 0.2, 2e-3)
    inputs = Events(time=time, address=np.arange(len(time)) % 2, duration=0.2)
    spikes = routed.from_board(chip.run(routed.to_board(inputs)))
    assert (np.diff(spikes.time) >= 0.0).all()
    assert spikes.duration == 0.2
    assert set(spikes.address.tolist()) <= set(range(routed.network.neurons))
    return spikes


DRIVEN = {
    "se2": {
        "SOIF_LEAK_N": 30 * pA, "SOIF_GAIN_N": 200 * pA, "SOIF_REFR_N": nA,
        "SOIF_SPKTHR_P": 10 * nA,
        "DEAM_ETAU_P": 80 * pA, "DEAM_EGAIN_P": 4 * nA, "SYPD_EXT_N": 30 * nA,
    },
    "se1": {
        "IF_TAU1_N": 116 * nA, "IF_THR_N": 116 * nA, "IF_RFR_N": nA, "PULSE_PWLK_P": 20 * nA,
        "NPDPIE_TAU_F_P": 300 * pA, "NPDPIE_THR_F_P": 15 * nA,
    },
}  # fmt: skip


def driven(chip):
    scale = 1.0 if chip == "se2" else 1e3
    return SpikingNetwork(
        neurons=20, inputs=2, source=np.arange(20) % 2, target=np.arange(20),
        weight=np.full(20, 8 * nA * scale), receptor=np.zeros(20, int), parameters=DRIVEN[chip],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("chip", "board"), [("se1", VirtualDynapse1(5)), ("se2", VirtualDynapse2(5))]
)
def test_a_session_on_a_virtual_board(chip, board):
    usable = None if chip == "se1" else board.reveal().usable.reshape(1, 4, 256, 64, 2)
    routed = route(driven(chip), Board(chip=chip, usable_words=usable))
    spikes = session(board, routed)
    assert len(spikes.time) > 20


@pytest.mark.chip
def test_a_session_on_a_real_board():
    samna = find_samna()
    board = SamnaDynapse2(samna, open_board(samna, "DYNAP-SE2"), serial=0, bitfile="dynapse2.bit")
    session(board, route(driven("se2"), Board(chip="se2")))
