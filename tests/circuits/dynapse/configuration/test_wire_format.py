"""JSON of both chips: the forms that samna writes, round trips, and what is refused."""

import dataclasses
import json

import pytest

from ohmloom.circuits.dynapse.configuration.configuration_file import (
    read_configuration,
    write_configuration,
)
from ohmloom.circuits.dynapse.configuration.se1 import (
    Dynapse1Destination,
    Dynapse1Synapse,
    Dynapse1SynType,
    empty_dynapse1,
)
from ohmloom.circuits.dynapse.configuration.se2 import (
    Dendrite,
    Dynapse2Configuration,
    Dynapse2Destination,
    Dynapse2Neuron,
    Dynapse2Parameter,
    Dynapse2SadcEnables,
    Dynapse2Synapse,
    NormalGridEvent,
    empty_dynapse2,
)
from ohmloom.circuits.dynapse.configuration.wire_format import from_wire_text, wire_text
from ohmloom.errors import CorruptFile, InvalidInput, WrongChip

EVENT = NormalGridEvent(
    event=Dynapse2Destination(core=(True, False, True, False), x_hop=-1, y_hop=1, tag=1234),
    timestamp=12_560_000,
)


def test_an_event_is_written_as_the_vendor_writes_it():
    assert json.loads(wire_text(EVENT)) == {
        "value0": {
            "event": {
                "core": {"value0": True, "value1": False, "value2": True, "value3": False},
                "xHop": -1,
                "yHop": 1,
                "tag": 1234,
            },
            "timestamp": 12_560_000,
        }
    }


def test_letters_are_numbers_and_underscores_stay():
    written = json.loads(wire_text(Dynapse2Parameter(type="P", coarse_value=5)))["value0"]
    assert written == {
        "coarseValue": 5,
        "fineValue": 0,
        "type": 80,
        "_address": 0,
        "_cookie": 0,
        "_initialType": 78,
        "_switchableType": False,
    }


def test_switches_of_converters_begin_with_capitals_and_latches_do_not():
    assert "SoifRefectory" in json.loads(wire_text(Dynapse2SadcEnables()))["value0"]
    neuron = json.loads(wire_text(Dynapse2Neuron(latch_so_dc=True)))["value0"]
    assert neuron["latchSoDc"] is True
    assert list(neuron["synapses"]) == [f"value{place}" for place in range(64)]


def test_synapses_hold_their_dendrite_as_a_number():
    word = Dynapse2Synapse(tag=7, dendrite=Dendrite.AMPA, precise_delay=True)
    written = json.loads(wire_text(word))["value0"]
    assert written["dendrite"] == 1024
    assert written["preciseDelay"] is True
    word = Dynapse1Synapse(listen_core_id=1, syn_type=Dynapse1SynType.GABA_A)
    assert json.loads(wire_text(word))["value0"]["synType"] == 1


def test_chips_are_a_list_and_parameters_keys_with_values():
    written = json.loads(wire_text(empty_dynapse2(2)))["value0"]
    assert len(written["chips"]) == 2
    core = written["chips"][0]["cores"]["value3"]
    assert {"key": "SOIF_DC_P", "value": core["parameters"][3]["value"]} in core["parameters"]
    assert core["_id"] == 3


@pytest.mark.parametrize(
    "value",
    [
        EVENT,
        Dynapse2Parameter(coarse_value=3, fine_value=200, type="P", initial_type="P"),
        Dynapse2Synapse(tag=2047, weight=(True, False, True, True), dendrite=Dendrite.SHUNT),
        Dynapse1Destination(target_chip_id=2, in_use=True, dy=1, sy=True, core_mask=9),
        empty_dynapse2(1),
        empty_dynapse1(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_was_written_is_read_as_it_was(value):
    assert from_wire_text(type(value), wire_text(value)) == value


def test_what_nobody_published_is_kept_as_it_was():
    board = empty_dynapse2()
    chip = dataclasses.replace(board.chips[0], bioamps={"gain": 3, "channels": [1, 2]})
    board = dataclasses.replace(board, chips=(chip,))
    again = from_wire_text(Dynapse2Configuration, wire_text(board))
    assert again.chips[0].bioamps == {"gain": 3, "channels": [1, 2]}


def test_a_file_that_is_cut_off_is_refused():
    with pytest.raises(CorruptFile, match="cut off"):
        from_wire_text(NormalGridEvent, wire_text(EVENT)[:-9])


@pytest.mark.parametrize(
    ("board", "chip", "other"), [(empty_dynapse2(), "se2", "se1"), (empty_dynapse1(), "se1", "se2")]
)
def test_files_of_both_chips_are_read_and_those_of_the_other_refused(board, chip, other, tmp_path):
    path = tmp_path / "board.json"
    write_configuration(path, board)
    assert read_configuration(path) == board
    assert read_configuration(path, chip=chip) == board
    with pytest.raises(WrongChip, match=f"of the {chip}, but one of the {other}"):
        read_configuration(path, chip=other)


@pytest.mark.parametrize("text", ["{", "[]", '{"value0": 3}', '{"value0": {}}'])
def test_files_that_are_no_configuration_are_refused(text, tmp_path):
    path = tmp_path / "board.json"
    path.write_text(text)
    with pytest.raises(CorruptFile, match=r"board\.json"):
        read_configuration(path)
    with pytest.raises(InvalidInput, match="no file"):
        read_configuration(tmp_path / "none.json")


def test_an_object_of_another_kind_is_refused():
    with pytest.raises(CorruptFile, match="another chip"):
        from_wire_text(Dynapse1Synapse, wire_text(Dynapse2Synapse()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timestamp": "now"}, "NormalGridEvent.timestamp is str 'now', and not int"),
        ({"timestamp": True}, "and not int"),
        ({"time": 1}, "has time, which it should not"),
        ({"event": None}, "is nothing, and not an object"),
    ],
)
def test_fields_of_another_kind_are_named(change, message):
    data = json.loads(wire_text(EVENT))
    data["value0"] |= change
    with pytest.raises(CorruptFile, match=message):
        from_wire_text(NormalGridEvent, json.dumps(data))


def test_a_dendrite_that_does_not_exist_comes_with_those_that_do():
    text = wire_text(Dynapse2Synapse(dendrite=Dendrite.AMPA)).replace("1024", "1023")
    with pytest.raises(CorruptFile, match=r"must be one of 0 \(none\), .*1024 \(ampa\)"):
        from_wire_text(Dynapse2Synapse, text)


def test_text_without_a_root_is_refused():
    with pytest.raises(CorruptFile, match="begins with the key 'value0'"):
        from_wire_text(NormalGridEvent, "{}")
