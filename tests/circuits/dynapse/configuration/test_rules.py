"""Every rule is broken once, and found; sound configurations break none."""

import dataclasses

import pytest

from ohmloom.circuits.dynapse.configuration import se1, se2
from ohmloom.circuits.dynapse.configuration.rules import Severity, check, validate
from ohmloom.errors import InvalidInput

ALL_CORES = (True,) * 4


def se2_with(neuron=None, *, chip=0, core=1, number=17, chips=1, **core_fields):
    board = se2.empty_dynapse2(chips)
    old = board.chips[chip].cores[core]
    if neuron is not None:
        neurons = list(old.neurons)
        neurons[number] = neuron
        core_fields["neurons"] = tuple(neurons)
    cores = list(board.chips[chip].cores)
    cores[core] = dataclasses.replace(old, **core_fields)
    all_chips = list(board.chips)
    all_chips[chip] = dataclasses.replace(board.chips[chip], cores=tuple(cores))
    return dataclasses.replace(board, chips=tuple(all_chips))


def synapses(*words):
    return (*words, *(se2.UNUSED_SYNAPSE,) * (64 - len(words)))


def destinations(*words):
    return (*words, *(se2.UNUSED_DESTINATION,) * (4 - len(words)))


LISTENS = se2.Dynapse2Synapse(tag=5, weight=(True,) * 4, dendrite=se2.Dendrite.AMPA)


def test_an_empty_board_breaks_no_rule():
    assert validate(se2.empty_dynapse2(4)) == []
    assert validate(se1.empty_dynapse1()) == []


@pytest.mark.parametrize(
    ("neuron", "message"),
    [
        (se2.Dynapse2Neuron(synapses=(LISTENS,) * 65), "65 synapses, but a neuron has exactly 64"),
        (se2.Dynapse2Neuron(synapses=()), "fill up with unused ones"),
        (se2.Dynapse2Neuron(destinations=()), "0 destinations"),
        (
            se2.Dynapse2Neuron(synapses=synapses(dataclasses.replace(LISTENS, tag=2048))),
            "tag is 2048, but must lie in 0 to 2047",
        ),
        (
            se2.Dynapse2Neuron(
                synapses=synapses(dataclasses.replace(LISTENS, dendrite=se2.Dendrite.NONE))
            ),
            "a weight but no dendrite",
        ),
        (
            se2.Dynapse2Neuron(
                destinations=destinations(se2.Dynapse2Destination(core=ALL_CORES, x_hop=8, tag=3))
            ),
            "x_hop is 8",
        ),
        (
            se2.Dynapse2Neuron(
                destinations=destinations(se2.Dynapse2Destination(core=ALL_CORES, x_hop=1, tag=3))
            ),
            "off a board of 1 chip",
        ),
    ],
)
def test_neurons_that_the_se2_does_not_have_are_named(neuron, message):
    found = validate(se2_with(neuron))
    assert found[0].severity is Severity.ERROR
    assert found[0].place.startswith("chip 0 core 1 neuron 17")
    assert message in found[0].message


def test_biases_of_the_se2_are_checked_by_name_and_code():
    parameters = dict(se2.empty_dynapse2().chips[0].cores[0].parameters)
    parameters["SOIF_DC_P"] = se2.Dynapse2Parameter(coarse_value=6, type="P", initial_type="P")
    parameters["SOIF_LEAK_N"] = dataclasses.replace(parameters["SOIF_LEAK_N"], fine_value=256)
    parameters["SOIF_GAIN_N"] = dataclasses.replace(parameters["SOIF_GAIN_N"], type="P")
    parameters["SYPD_DYL0_P"] = parameters.pop("SYPD_DLY0_P")
    told = "; ".join(map(str, validate(se2_with(parameters=parameters))))
    assert "coarse code of SOIF_DC_P is 6" in told
    assert "fine code of SOIF_LEAK_N is 256" in told
    assert "type of SOIF_GAIN_N is 'P', but cannot be switched" in told
    assert "there is no bias SYPD_DYL0_P; did you mean SYPD_DLY0_P" in told
    assert "bias SYPD_DLY0_P is missing" in told


def test_everything_that_is_wrong_is_told_at_once():
    neuron = se2.Dynapse2Neuron(
        synapses=synapses(*[dataclasses.replace(LISTENS, tag=3000 + k) for k in range(20)])
    )
    board = se2_with(neuron, monitored_neuron=256)
    assert len(validate(board)) == 21
    with pytest.raises(InvalidInput, match=r"breaks 21 rule\(s\).*and 11 more"):
        check(board)


def test_neurons_that_cannot_be_told_apart_are_a_warning():
    speaks = se2.Dynapse2Neuron(
        destinations=destinations(
            se2.UNUSED_DESTINATION, se2.Dynapse2Destination(core=ALL_CORES, tag=9)
        )
    )
    board = se2_with(speaks)
    core = board.chips[0].cores[1]
    neurons = (speaks, *core.neurons[1:])
    cores = (
        board.chips[0].cores[0],
        dataclasses.replace(core, neurons=neurons),
        *board.chips[0].cores[2:],
    )
    board = dataclasses.replace(board, chips=(dataclasses.replace(board.chips[0], cores=cores),))
    found = check(board)
    assert {each.severity for each in found} == {Severity.WARNING}
    assert "tag 9 comes from 2 neurons" in found[0].message


def test_the_tag_of_the_end_of_experiments_is_a_warning():
    speaks = se2.Dynapse2Neuron(
        destinations=destinations(se2.Dynapse2Destination(core=ALL_CORES, tag=2047))
    )
    assert "marks the end" in check(se2_with(speaks))[0].message


def test_the_word_of_the_monitor_may_have_any_tag():
    speaks = se2.Dynapse2Neuron(
        destinations=destinations(se2.Dynapse2Destination(core=ALL_CORES, x_hop=-7, tag=2047))
    )
    assert validate(se2_with(speaks)) == []


def se1_with(neuron=None, *, chip=0, core=0, number=1, **group):
    board = se1.empty_dynapse1()
    old = board.chips[chip].cores[core]
    fields = {}
    if neuron is not None:
        neurons = list(old.neurons)
        neurons[number] = dataclasses.replace(neurons[number], **neuron)
        fields["neurons"] = tuple(neurons)
    if group:
        fields["parameter_group"] = dataclasses.replace(old.parameter_group, **group)
    cores = list(board.chips[chip].cores)
    cores[core] = dataclasses.replace(old, **fields)
    chips = list(board.chips)
    chips[chip] = dataclasses.replace(board.chips[chip], cores=tuple(cores))
    return dataclasses.replace(board, chips=tuple(chips))


def to_chip(chip, **fields):
    word = se1.Dynapse1Destination(target_chip_id=chip, in_use=True, core_mask=15, **fields)
    return (se1.UNUSED_DESTINATION, word, se1.UNUSED_DESTINATION, se1.UNUSED_DESTINATION)


def test_hops_of_the_se1_lead_where_they_say():
    # Down the left side of the board: chip 0 to chip 2.
    sound = {"destinations": to_chip(2, dy=1, sy=True)}
    assert validate(se1_with(sound)) == []
    wrong = {"destinations": to_chip(2, dx=1)}
    found = validate(se1_with(wrong))
    assert "do not lead from chip 0 to chip 2; they should be dx 0" in found[0].message


def test_events_from_left_to_right_and_neuron_0_are_warnings():
    found = check(se1_with({"destinations": to_chip(1, dx=1, sy=True)}, number=0))
    told = "; ".join(each.message for each in found)
    assert "stop chips" in told
    assert "neuron 0" in told


def test_addresses_that_two_chips_share_are_a_warning_where_somebody_listens():
    board = se1_with({"destinations": to_chip(0, sy=True)}, chip=0, number=3)
    other = se1_with({"destinations": to_chip(0, dy=1)}, chip=2, number=3)
    board = dataclasses.replace(board, chips=(board.chips[0], *other.chips[1:]))
    assert validate(board) == []
    hears = se1.Dynapse1Synapse(listen_neuron_id=3, syn_type=se1.Dynapse1SynType.AMPA)
    core = board.chips[0].cores[2]
    neuron = dataclasses.replace(core.neurons[9], synapses=(hears, *core.neurons[9].synapses[1:]))
    core = dataclasses.replace(core, neurons=(*core.neurons[:9], neuron, *core.neurons[10:]))
    chip = dataclasses.replace(
        board.chips[0], cores=(*board.chips[0].cores[:2], core, board.chips[0].cores[3])
    )
    found = check(dataclasses.replace(board, chips=(chip, *board.chips[1:])))
    assert len(found) == 1
    assert "chip 0 core 0 neuron 3, chip 2 core 0 neuron 3" in found[0].message


def test_se1_neurons_biases_and_numbers_are_checked():
    hears = se1.Dynapse1Synapse(listen_core_id=4, syn_type=se1.Dynapse1SynType.AMPA)
    board = se1_with({"synapses": (hears,) * 65, "neuron_id": 8})
    told = "; ".join(map(str, validate(board)))
    assert "65 synapses" in told
    assert "listen_core_id is 4" in told
    assert "neuron_id says 8, but it stands at place 1" in told
    wrong = {"IF_DC_P": se1.Dynapse1Parameter(param_name="IF_DC_P", coarse_value=8, type="P")}
    told = "; ".join(map(str, validate(se1_with(param_map=wrong))))
    assert "coarse code of IF_DC_P is 8" in told
    assert "bias IF_THR_N is missing" in told
