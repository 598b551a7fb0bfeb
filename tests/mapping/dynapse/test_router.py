"""Routing: what is decoded from the configuration is what was asked, on any board."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration import se1, se2
from ohmloom.circuits.dynapse.configuration.rules import Severity, validate
from ohmloom.errors import CorruptFile, DoesNotFit, InvalidInput, OutOfModelRange
from ohmloom.mapping.dynapse import Board, SpikingNetwork, route
from ohmloom.mapping.dynapse.board import usable_words_from_profile
from ohmloom.mapping.dynapse.decoding import decode
from ohmloom.mapping.dynapse.spiking_network import from_matrices
from ohmloom.si import nA, pA


def random_network(rng, neurons, fan_in, *, inputs=0, kinds=4, **more):
    source, target = [], []
    for neuron in range(neurons):
        count = int(rng.integers(0, fan_in + 1))
        source += rng.choice(inputs + neurons, min(count, inputs + neurons), replace=False).tolist()
        target += [neuron] * (len(source) - len(target))
    return SpikingNetwork(
        neurons=neurons,
        inputs=inputs,
        source=np.array(source, dtype=np.int64),
        target=np.array(target, dtype=np.int64),
        weight=rng.uniform(1 * nA, 9 * nA, len(source)),
        receptor=rng.integers(0, kinds, len(source)),
        **more,
    )


def edges(columns):
    return set(zip(columns.source.tolist(), columns.target.tolist(), columns.receptor.tolist(),
                   strict=True))  # fmt: skip


def errors(routed):
    return [each for each in routed.violations() if each.severity is Severity.ERROR]


@pytest.mark.parametrize("chip", ["se1", "se2"])
@pytest.mark.parametrize(("neurons", "fan_in", "chips"), [(3, 2, 1), (60, 30, 1), (300, 12, 2)])
def test_every_connection_is_there_and_no_other(chip, neurons, fan_in, chips):
    rng = np.random.default_rng(neurons)
    network = random_network(rng, neurons, fan_in, inputs=20)
    routed = route(network, Board(chip=chip, chips=chips), keep_small=True)
    assert edges(routed.decode()) == edges(network)
    assert routed.wrong_connections() == 0
    assert errors(routed) == []


def test_the_checker_sees_a_connection_that_is_taken_away():
    import dataclasses

    network = random_network(np.random.default_rng(1), 20, 6)
    routed = route(network, Board(chip="se2"))
    chip = routed.configuration.chips[0]
    core = chip.cores[0]
    slot = int(routed.placement.slot[int(network.target[0])])
    spoiled = list(core.neurons)
    spoiled[slot] = dataclasses.replace(spoiled[slot], synapses=(se2.UNUSED_SYNAPSE,) * 64)
    core = dataclasses.replace(core, neurons=tuple(spoiled))
    broken = dataclasses.replace(
        routed,
        configuration=dataclasses.replace(
            routed.configuration,
            chips=(dataclasses.replace(chip, cores=(core, *chip.cores[1:])),),
        ),
    )
    assert broken.wrong_connections() == int(network.fan_in[network.target[0]])
    assert (broken.differences()["reason"] == "missing").any()


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_random_graphs_on_random_boards_have_no_wrong_connection(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**31)))
    chip = data.draw(st.sampled_from(["se1", "se2"]))
    chips = data.draw(st.integers(1, 3))
    neurons = data.draw(st.integers(1, 80))
    share = data.draw(st.floats(0.3, 1.0))
    words = rng.random((chips, 4, 256, 64, 2)) < share
    if chip == "se2" and data.draw(st.booleans()):
        words[:, 2, :, :, 0] = False  # as measured on most boards
    board = Board(
        chip=chip,
        chips=chips,
        usable_words=words,
        usable_neurons=rng.random((chips, 4, 256)) < 0.9,
    )
    groups = data.draw(st.integers(1, 6))
    wanted = 10 * pA * 2.0 ** rng.integers(0, groups, neurons)
    name = "SOIF_GAIN_N" if chip == "se2" else "IF_THR_N"
    network = random_network(
        rng, neurons, data.draw(st.integers(0, 14)), inputs=data.draw(st.integers(0, 20)),
        parameters={name: wanted},
    )  # fmt: skip
    routed = route(network, board, keep_small=True)
    assert edges(routed.decode()) == edges(network)
    assert errors(routed) == []
    for neuron in range(neurons):
        place = tuple(int(column[neuron]) for column in (
            routed.placement.chip, routed.placement.core, routed.placement.slot))  # fmt: skip
        assert board.slots[place]
    check_words(routed, board)


def check_words(routed, board):
    """Every word that is used works for its tag."""
    place = routed.placement
    for at in zip(place.chip.tolist(), place.core.tolist(), place.slot.tolist(), strict=True):
        neuron = routed.configuration.chips[at[0]].cores[at[1]].neurons[at[2]]
        for word, synapse in enumerate(neuron.synapses):
            if synapse not in {se2.UNUSED_SYNAPSE, se1.UNUSED_SYNAPSE}:
                assert board.words[(*at, word, int(getattr(synapse, "tag", 0) >= 1024))]


def test_a_core_without_words_for_low_tags_hears_high_ones():
    words = np.ones((1, 4, 256, 64, 2), dtype=bool)
    words[0, :, :, :, 0] = False
    network = random_network(np.random.default_rng(3), 50, 20)
    routed = route(network, Board(chip="se2", usable_words=words), keep_small=True)
    assert routed.wrong_connections() == 0
    check_words(routed, routed.board)


def test_neurons_that_want_different_biases_get_different_cores():
    wanted = np.repeat([5 * pA, 40 * pA, 300 * pA], 30)
    network = random_network(np.random.default_rng(4), 90, 5, parameters={"SOIF_LEAK_N": wanted})
    routed = route(network, Board(chip="se2"))
    cores = routed.placement.core
    assert len({*zip(cores.tolist(), wanted.tolist(), strict=True)}) == 3
    table = routed.achieved_parameters()
    assert (np.abs(table["nominal [A]"] / table["wanted [A]"] - 1.0) < 0.05).all()


def test_without_cores_enough_the_nearest_share_one():
    wanted = np.geomspace(5 * pA, 500 * pA, 64)
    network = random_network(np.random.default_rng(5), 64, 3, parameters={"SOIF_LEAK_N": wanted})
    routed = route(network, Board(chip="se2"))
    # Four cores over two decades: half a decade in each, cut in order.
    assert (
        np.diff(
            np.concatenate(
                [
                    np.flatnonzero(routed.placement.core == core)
                    for core in np.unique(routed.placement.core)
                ]
            )
        )
        >= -64
    ).all()
    table = routed.achieved_parameters()
    off = np.abs(np.log10(table["nominal [A]"] / table["wanted [A]"]))
    assert off.max() < 0.3


def test_weights_of_the_reference_are_nearer_than_those_of_rockpool():
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(4, 6))
    recurrent = rng.normal(size=(6, 6)) * (rng.uniform(size=(6, 6)) < 0.5)
    unit = 5 * nA
    routed = route(from_matrices(recurrent, inputs, unit=unit), Board(chip="se2"))
    network, read = routed.network, routed.decode()
    found = dict(zip(zip(read.source, read.target, read.receptor, strict=True), read.weight,
                     strict=True))  # fmt: skip
    keys = zip(network.source, network.target, network.receptor, strict=True)
    wrong = [found.get(key, 0.0) - weight for key, weight in zip(keys, network.weight, strict=True)]
    # rockpool's auto-encoder: 0.185, before its codes are rounded.
    assert np.sqrt(np.mean(np.square(wrong))) / unit <= 0.038
    assert routed.wrong_connections() == 0


def test_what_is_too_small_is_left_out_and_listed_or_kept_on_request():
    network = SpikingNetwork(
        neurons=2, source=[0, 1, 0, 1, 1], target=[0, 0, 1, 1, 1],
        weight=np.array([1.0, 2.0, 4.0, 8.0, 0.01]) * nA, receptor=[0, 0, 0, 0, 1],
    )  # fmt: skip
    routed = route(network, Board(chip="se2"))
    table = routed.differences()
    (left_out,) = table[table["found [A]"] == 0.0].to_dict("records")
    assert "nearer to nothing" in left_out["reason"]
    assert routed.wrong_connections() == 0
    kept = route(network, Board(chip="se2"), keep_small=True)
    assert edges(kept.decode()) == edges(network)


def test_se1_weights_are_multiples_of_one_current():
    weight = np.array([1.0, 2.0, 3.0, 2.0]) * nA
    network = SpikingNetwork(
        neurons=2,
        inputs=3,
        source=[0, 1, 2, 0],
        target=[0, 0, 0, 1],
        weight=weight,
        receptor=[0] * 4,
    )
    routed = route(network, Board(chip="se1"))
    assert routed.decode().weight == pytest.approx(weight, rel=0.03)
    assert routed.decode().words.tolist() == [6, 2]


# What goes wrong in rockpool 3.1, each reproduced there.


def test_a_neuron_may_reach_several_chips():
    # rockpool stores the last destination only.
    rng = np.random.default_rng(6)
    wanted = np.repeat([5 * pA, 500 * pA], 550)
    network = random_network(rng, 1100, 8, parameters={"SOIF_LEAK_N": wanted})
    routed = route(network, Board(chip="se2", chips=2))
    assert set(routed.placement.chip.tolist()) == {0, 1}
    hops = {
        word.x_hop
        for chip in routed.configuration.chips
        for core in chip.cores
        for neuron in core.neurons
        for word in neuron.destinations
        if any(word.core)
    }
    assert {-1, 0, 1} <= hops
    assert routed.wrong_connections() == 0


def test_the_third_chip_has_a_place():
    # rockpool's chip positions are -1, 0, 1, 3, 4.
    network = random_network(np.random.default_rng(7), 2 * 1024 + 30, 3)
    routed = route(network, Board(chip="se2", chips=3))
    assert set(routed.placement.chip.tolist()) == {0, 1, 2}
    assert routed.wrong_connections() == 0


@pytest.mark.parametrize("neurons", [256, 257, 512])
def test_no_core_is_dropped(neurons):
    # rockpool counts one core too few for 257 and 512 neurons.
    network = random_network(np.random.default_rng(8), neurons, 2)
    routed = route(network, Board(chip="se2"))
    cores, sizes = np.unique(routed.placement.core, return_counts=True)
    assert len(cores) == -(-neurons // 256)
    assert sizes.max() <= 256
    assert sizes.sum() == neurons
    assert routed.placement.core.dtype == np.int64


def test_64_connections_and_one_of_zero_fit():
    # rockpool counts the zero.
    source = np.arange(65)
    weight = np.r_[np.full(64, 2 * nA), 0.0]
    network = SpikingNetwork(
        neurons=1, inputs=65, source=source, target=np.zeros(65, dtype=int), weight=weight,
        receptor=np.zeros(65, dtype=int),
    )  # fmt: skip
    assert network.connections == 64
    assert route(network, Board(chip="se2")).wrong_connections() == 0


def test_no_tag_is_beyond_2047_or_reserved():
    network = random_network(np.random.default_rng(9), 1000, 30, inputs=900)
    routed = route(network, Board(chip="se2"), keep_small=True)
    tags = {word.tag for chip in routed.configuration.chips for core in chip.cores
            for neuron in core.neurons for word in neuron.synapses if any(word.weight)}  # fmt: skip
    assert max(tags) < 2047
    assert 1024 not in tags
    assert routed.wrong_connections() == 0


def test_monitors_tell_cores_apart_and_only_what_is_read_out_has_one():
    # rockpool leaves the core out of the tag, and keeps neurons of earlier calls.
    network = random_network(np.random.default_rng(10), 300, 2, readouts=np.array([3, 299]))
    for _ in range(2):
        routed = route(network, Board(chip="se2"))
        monitors = {
            word.tag: (core_number, slot)
            for core_number, core in enumerate(routed.configuration.chips[0].cores)
            for slot, neuron in enumerate(core.neurons)
            for word in neuron.destinations
            if word.x_hop == se2.MONITOR_HOP
        }
        assert len(monitors) == 2
        assert all(tag == core * 256 + slot for tag, (core, slot) in monitors.items())


def test_every_input_is_known_on_every_chip_that_hears_it():
    # rockpool keeps the map of the last cluster.
    network = SpikingNetwork(
        neurons=600, inputs=2, source=np.r_[np.zeros(600, int), np.ones(600, int)],
        target=np.tile(np.arange(600), 2), weight=np.full(1200, 1 * nA),
        receptor=np.zeros(1200, int),
        parameters={"SOIF_LEAK_N": np.repeat([5 * pA, 500 * pA], 300)},
    )  # fmt: skip
    routed = route(network, Board(chip="se2", chips=2))
    for events in routed.input_events:
        assert {event.chip for event in events} == set(routed.placement.chip.tolist())


# What does not fit.


def test_a_neuron_with_too_many_inputs_is_named_with_what_is_available():
    network = SpikingNetwork(
        neurons=2, inputs=70, source=np.arange(70), target=np.ones(70, int),
        weight=np.full(70, nA), receptor=np.zeros(70, int),
    )  # fmt: skip
    with pytest.raises(DoesNotFit, match=r"\(64 of 64\): neuron 1 \(70\)"):
        route(network, Board(chip="se2"))


def test_more_neurons_than_the_board_has_are_refused():
    network = SpikingNetwork(neurons=1025, source=[], target=[], weight=[], receptor=[])
    with pytest.raises(DoesNotFit, match="1025 neurons, but the board has 1024"):
        route(network, Board(chip="se1"))


def test_words_that_do_not_work_are_counted():
    words = np.zeros((1, 4, 256, 64, 2), dtype=bool)
    words[..., :10, :] = True
    network = SpikingNetwork(
        neurons=1, inputs=11, source=np.arange(11), target=np.zeros(11, int),
        weight=np.full(11, nA), receptor=np.zeros(11, int),
    )  # fmt: skip
    with pytest.raises(DoesNotFit, match="10 of 64"):
        route(network, Board(chip="se2", usable_words=words))


def test_more_sources_than_tags_are_refused_with_both_numbers():
    # One core that hears 2100 sources: 256 neurons, each 10 of them.
    source = np.arange(2100)
    network = SpikingNetwork(
        neurons=256, inputs=2100, source=source, target=source % 256, weight=np.full(2100, nA),
        receptor=np.zeros(2100, int),
    )  # fmt: skip
    board = Board(chip="se2", usable_neurons=np.arange(4)[None, :, None] < np.ones((1, 4, 256)))
    with pytest.raises(DoesNotFit, match="2046 tags are available"):
        route(network, board)


def test_the_fourth_destination_needs_the_word_of_the_monitor():
    wanted = np.repeat([5 * pA, 40 * pA, 300 * pA, 2 * nA], 1024)
    source = np.zeros(4, int)
    target = np.array([1, 1100, 2100, 3100])
    described = {"neurons": 4096, "source": source, "target": target, "weight": np.full(4, nA),
                 "receptor": np.zeros(4, int), "parameters": {"SOIF_LEAK_N": wanted}}  # fmt: skip
    with pytest.raises(DoesNotFit, match="neuron 0 needs 4, but 3 are available beside"):
        route(SpikingNetwork(**described), Board(chip="se2", chips=4))
    quiet = SpikingNetwork(**described, readouts=np.array([5]))
    assert route(quiet, Board(chip="se2", chips=4)).wrong_connections() == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"neurons": 0}, "at least one neuron"),
        ({"source": [5]}, "source must lie in 0 to 2"),
        ({"target": [2]}, "target must lie in 0 to 1"),
        ({"receptor": [4]}, "receptor must lie in 0 to 3"),
        ({"weight": [-1.0]}, "must not be negative"),
        ({"weight": [1.0, 2.0]}, "equally long"),
        ({"source": [0.5]}, "whole numbers"),
        ({"parameters": {"SOIF_DC_P": 0.0}}, "above zero"),
    ],
)
def test_networks_that_make_no_sense_are_refused(wrong, message):
    sound = {"neurons": 2, "inputs": 1, "source": [0], "target": [0], "weight": [nA],
             "receptor": [0]}  # fmt: skip
    with pytest.raises(InvalidInput, match=message):
        SpikingNetwork(**(sound | wrong))


def test_biases_that_the_chip_does_not_have_or_cannot_make_are_refused():
    sound = {"neurons": 1, "source": [], "target": [], "weight": [], "receptor": []}
    with pytest.raises(InvalidInput, match="did you mean SOIF_LEAK_N"):
        route(SpikingNetwork(**sound, parameters={"SOIF_LEEK_N": 1e-12}), Board(chip="se2"))
    with pytest.raises(OutOfModelRange):
        route(SpikingNetwork(**sound, parameters={"SOIF_LEAK_N": 1.0}), Board(chip="se2"))


def test_a_profile_of_a_board_says_which_words_work(tmp_path):
    import json

    rates = np.random.default_rng(11).random((4, 256, 64, 2))
    path = tmp_path / "cams_profile_green.json"
    path.write_text(json.dumps({"cams": rates.tolist()}))
    assert (usable_words_from_profile(path) == (rates <= 0.1)).all()
    path.write_text(json.dumps({"cams": [[1]]}))
    with pytest.raises(CorruptFile):
        usable_words_from_profile(path)
    with pytest.raises(InvalidInput, match="no file"):
        usable_words_from_profile(tmp_path / "none.json")


@pytest.mark.parametrize(
    "wrong",
    [{"chips": 0}, {"chips": 5}, {"chip": "se3"}, {"usable_words": np.ones((4, 256, 64, 2), bool)},
     {"usable_neurons": np.ones((1, 4, 256))}],
)  # fmt: skip
def test_boards_that_do_not_exist_are_refused(wrong):
    with pytest.raises(InvalidInput):
        Board(**({"chip": "se2"} | wrong))


def test_what_other_neurons_of_the_board_do_is_decoded_too():
    network = random_network(np.random.default_rng(12), 10, 4)
    routed = route(network, Board(chip="se2"))
    read = decode(routed.configuration, [], [])
    assert len(read.weight) == len(routed.decode().weight)


def test_weight_currents_that_are_given_are_kept():
    given = {f"SYAM_W{bit}_P": np.full(4, (bit + 1) * nA) for bit in range(4)}
    network = random_network(np.random.default_rng(13), 4, 3, parameters=given)
    routed = route(network, Board(chip="se2"))
    for bit in range(4):
        code = routed.configuration.chips[0].cores[0].parameters[f"SYAM_W{bit}_P"]
        made = bias.current("se2", f"SYAM_W{bit}_P", code.coarse_value, code.fine_value)
        assert made == pytest.approx((bit + 1) * nA, rel=0.03)


def test_reports_say_how_full_each_core_is():
    network = random_network(np.random.default_rng(14), 300, 20, inputs=10)
    routed = route(network, Board(chip="se2"), keep_small=True)
    table = routed.report()
    assert table["neurons"].sum() == 300
    assert table["connections"].sum() == network.connections
    assert table["largest fan-in [words]"].max() == network.fan_in.max()
    assert (table["weight error, rms [1]"] < 0.1).all()
    assert routed.summary()["wrong_connections"] == 0
    assert validate(routed.configuration) == routed.violations()
