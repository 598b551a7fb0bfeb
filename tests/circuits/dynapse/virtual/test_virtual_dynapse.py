"""Virtual boards: the same serial is the same board to the spike, and another is another."""

import dataclasses

import numpy as np
import pytest

from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration import se1, se2
from ohmloom.circuits.dynapse.input_event import InputEvent, event_code, unpacked
from ohmloom.circuits.dynapse.virtual import VirtualDynapse1, VirtualDynapse2
from ohmloom.circuits.dynapse.virtual.silicon import MEASURED_USABLE, published_spread
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, nA, pA, second

FIRING = {
    "SOIF_LEAK_N": 30 * pA, "SOIF_GAIN_N": 200 * pA, "SOIF_REFR_N": 1 * nA,
    "SOIF_SPKTHR_P": 10 * nA, "DEAM_ETAU_P": 80 * pA, "DEAM_EGAIN_P": 4 * nA, "SYPD_EXT_N": 30 * nA,
    "SYAM_W0_P": 4 * nA, "SOAD_TAU_P": 20 * pA, "SOAD_GAIN_P": 20 * pA,
}  # fmt: skip
QUIET = Events(time=np.zeros(0), address=np.zeros(0, dtype=np.int64), duration=0.3 * second)


def code(name, current):
    found = bias.nearest_code("se2", name, current)
    return found.coarse * 256 + found.fine


def fired_by_one_tag(chip, *, tag=1500, rate=400.0, duration=0.5):
    """Every neuron of core 1 listens to one tag; spikes of all of them."""
    for name, current in FIRING.items():
        chip.set_codes(name, np.array(code(name, current)))
    shape = chip.description.memories["synapses"].shape
    synapses = np.zeros(shape, dtype=np.int64)
    synapses[0, 1, :, 0] = tag | 1 << 11 | 1 << 15
    chip.program("synapses", synapses)
    destinations = np.zeros((*shape[:3], 4), dtype=np.int64)
    destinations[..., 0] = np.arange(1024).reshape(4, 256) % 2048 | 15 << 11
    chip.program("destinations", destinations)
    time = np.arange(0.0, duration, 1.0 / rate)
    one = event_code(InputEvent(chip=0, cores=(False, True, False, False), address=tag), "se2")
    return chip.run(Events(time=time, address=np.full(len(time), one), duration=duration))


def rates(spikes, neurons=1024):
    return np.bincount(spikes.address, minlength=neurons) / spikes.duration


def test_the_same_serial_gives_the_same_spikes():
    first, second_ = (fired_by_one_tag(VirtualDynapse2(7)) for _ in range(2))
    assert len(first.time) > 1000
    assert np.array_equal(first.time, second_.time)
    assert np.array_equal(first.address, second_.address)


def test_another_serial_and_another_seed_give_others():
    base, serial, seed = (
        fired_by_one_tag(VirtualDynapse2(*numbers[:1], seed=numbers[1]))
        for numbers in ((7, 0), (8, 0), (7, 1))
    )
    assert np.corrcoef(rates(base), rates(serial))[0, 1] < 0.9
    # Noise is far smaller than mismatch.
    difference = np.abs(rates(base) - rates(seed)).mean()
    assert difference < 0.1 * np.abs(rates(base) - rates(serial)).mean()


def test_only_the_core_that_listens_fires_and_events_have_whole_microseconds():
    spikes = fired_by_one_tag(VirtualDynapse2(9))
    hot = VirtualDynapse2(9).reveal().hot
    core = spikes.address[~hot[spikes.address]] // 256
    assert set(core.tolist()) == {1}
    micro = spikes.time / 1e-6
    assert np.abs(micro - np.rint(micro)).max() < 1e-3
    assert (np.diff(spikes.time) >= 0.0).all()


def test_rates_of_neurons_spread_as_production_does():
    chip = VirtualDynapse2(10, spread=dataclasses.replace(published_spread(), cam_defects=False))
    found = rates(fired_by_one_tag(chip))[256:512]
    healthy = found[~chip.reveal().dead[256:512]]
    assert 0.15 < healthy.std() / healthy.mean() < 0.9
    even = dataclasses.replace(
        published_spread(), current=0.0, synapse=0.0, capacitance=0.0, dead=0.0, hot=0.0,
        cam_defects=False,
    )  # fmt: skip
    same = rates(fired_by_one_tag(VirtualDynapse2(10, spread=even)))[256:512]
    assert same.std() < 0.02 * same.mean()


def test_words_that_fail_hear_nothing():
    # A board on which core 1 has words of both kinds.
    serial = next(
        number for number in range(20)
        if 0.3 < VirtualDynapse2(number).reveal().usable[256:512, 0, 0].mean() < 0.9
    )  # fmt: skip
    chip = VirtualDynapse2(serial)
    usable = chip.reveal().usable[256:512, 0]
    for kind, tag in ((0, 5), (1, 1500)):
        found = rates(fired_by_one_tag(VirtualDynapse2(serial), tag=tag))[256:512]
        deaf = ~usable[:, kind] & ~chip.reveal().hot[256:512]
        assert deaf.any()
        assert (found[deaf] == 0.0).all()
        healthy = usable[:, kind] & ~chip.reveal().dead[256:512]
        assert (found[healthy] > 0.0).mean() > 0.8


def test_failures_of_words_are_those_measured_on_boards():
    usable = [VirtualDynapse2(serial).reveal().usable for serial in range(12)]
    shares = np.array([each.reshape(4, -1, 2).mean(axis=1) for each in usable])
    measured = np.array(MEASURED_USABLE)
    distance = np.abs(shares[:, None] - measured[None]).max(axis=(2, 3)).min(axis=1)
    assert distance.max() < 0.1
    assert (shares[:, 2, 0] == 0.0).mean() > 0.4  # core 2 has no word for low tags on most boards


def test_log_normal_factors_have_mean_one_and_the_spread_that_was_asked_for():
    silicon = VirtualDynapse2(12).reveal()
    words = silicon.word_factor.ravel()
    assert words.mean() == pytest.approx(1.0, abs=0.005)
    assert words.std() == pytest.approx(0.2, rel=0.03)
    assert (words > 0.0).all()
    for name, factor in silicon.factors.items():
        assert factor.std() == pytest.approx(0.2, rel=0.12), name
    assert np.corrcoef(silicon.factors["leak"], silicon.factors["gain"])[0, 1] < 0.15


def test_a_reset_board_is_silent():
    chip = VirtualDynapse2(13)
    fired_by_one_tag(chip)
    chip.reset()
    assert len(chip.run(QUIET).time) == 0


def test_warmth_makes_neurons_faster():
    # Leaks and gains rise together, but so do the weights.
    cold, warm = (
        rates(fired_by_one_tag(VirtualDynapse2(14, temperature=kelvin))).sum()
        for kelvin in (283.0, 323.0)
    )
    assert abs(warm / cold - 1.0) > 0.05


def test_time_moves_and_currents_drift_with_it():
    chip = VirtualDynapse2(15)
    before = rates(fired_by_one_tag(chip))
    assert chip.time == pytest.approx(0.5)
    chip.wait(24 * 3600.0)
    after = rates(fired_by_one_tag(chip))
    assert chip.time == pytest.approx(24 * 3600.0 + 1.0)
    change = np.abs(after.sum() / before.sum() - 1.0)
    assert 0.0 < change < 0.2
    with pytest.raises(InvalidInput, match="go back"):
        chip.wait(-1.0)


def test_exponential_neurons_may_send_twice():
    chip = VirtualDynapse2(16)
    once = fired_by_one_tag(chip)
    twin = VirtualDynapse2(16)
    twin.program("latches", np.full((1, 4, 256), 1 << 3))
    twice = fired_by_one_tag(twin)
    assert len(twice.time) == pytest.approx(1.3 * len(once.time), rel=0.02)
    gaps = np.concatenate([np.diff(twice.time[twice.address == n]) for n in range(256, 512)])
    assert ((gaps > 0.0) & (gaps <= 2.1e-6)).sum() > 0.2 * len(once.time)


def test_a_membrane_is_seen_through_the_converter():
    chip = VirtualDynapse2(17)
    chip.set_codes("monitored neuron", np.array([[3, 5, 7, 9]]))
    fired_by_one_tag(chip)
    trace = chip.trace()
    assert trace.shape == (4, 100)
    assert trace[1].max() > 5 * max(1, trace[0].max())
    assert chip.read("membrane events").shape == (1, 4)
    with pytest.raises(InvalidInput, match="membrane events"):
        chip.read("everything")


def test_nothing_hidden_is_public():
    chip = VirtualDynapse2(18)
    public = {name for name in dir(chip) if not name.startswith("_")}
    assert public == {"apply", "codes", "description", "identity", "program", "read", "reset",
                      "reveal", "run", "set_codes", "time", "trace", "wait"}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"serial": -1}, "must not be negative"),
        ({"serial": 1, "chips": 5}, "1 to 4 chips"),
        ({"serial": 1, "temperature": 25.0}, "in kelvin"),
    ],
)
def test_boards_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(InvalidInput, match=message):
        VirtualDynapse2(**wrong)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        (Events(time=np.array([0.2, 0.1]), address=np.array([0, 0]), duration=1.0), "in order"),
        (Events(time=np.array([2.0]), address=np.array([0]), duration=1.0), "end of the run"),
        (
            Events(time=np.array([0.1]), address=np.array([1 << 17]), duration=1.0),
            "events to a board",
        ),
        (Events(time=np.array([0.1]), address=np.array([1 << 15]), duration=1.0), "goes to chip 1"),
        (Events(time=np.array([0.1]), address=np.array([], int), duration=1.0), "one address"),
        (Events(time=np.array([]), address=np.array([], int), duration=0.0), "lasts at least"),
    ],
)
def test_events_that_cannot_be_are_refused(events, message):
    with pytest.raises(InvalidInput, match=message):
        VirtualDynapse2(1).run(events)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SOIF_LEEK_N", 0, "did you mean SOIF_LEAK_N"),
        ("SOIF_LEAK_N", 1536, "takes 0 to 1535"),
        ("SOIF_LEAK_N", 0.5, "whole numbers"),
        ("SOIF_LEAK_N", [1, 2, 3], "has shape"),
    ],
)
def test_codes_that_do_not_fit_are_refused_and_nothing_changes(name, value, message):
    chip = VirtualDynapse2(1)
    before = chip.codes("SOIF_LEAK_N")
    with pytest.raises(InvalidInput, match=message):
        chip.set_codes(name, np.array(value))
    assert np.array_equal(chip.codes("SOIF_LEAK_N"), before)


def test_a_configuration_that_breaks_a_rule_changes_nothing():
    chip = VirtualDynapse2(1)
    chip.set_codes("SOIF_LEAK_N", np.array(300))
    wrong = se2.empty_dynapse2()
    core = dataclasses.replace(wrong.chips[0].cores[0], monitored_neuron=999)
    wrong = dataclasses.replace(
        wrong,
        chips=(dataclasses.replace(wrong.chips[0], cores=(core, *wrong.chips[0].cores[1:])),),
    )
    with pytest.raises(InvalidInput, match="monitored_neuron"):
        chip.apply(wrong)
    assert (chip.codes("SOIF_LEAK_N") == 300).all()
    with pytest.raises(InvalidInput, match="for 2 chip"):
        chip.apply(se2.empty_dynapse2(2))


def test_numbers_of_events_come_back():
    for chip, highest in (("se1", 1023), ("se2", 2047)):
        event = InputEvent(chip=3, cores=(True, False, False, True), address=highest)
        number, mask, address = unpacked(np.array([event_code(event, chip)]), chip)
        assert (number[0], mask[0], address[0]) == (3, 9, highest)
        with pytest.raises(InvalidInput, match="does not exist"):
            event_code(dataclasses.replace(event, address=highest + 1), chip)


def se1_board():
    """Published settings: neurons of core 0 listen to one address by twenty words."""
    board = se1.empty_dynapse1()
    codes = {
        "IF_TAU1_N": (5, 74), "IF_THR_N": (5, 74), "IF_RFR_N": (3, 50), "PULSE_PWLK_P": (4, 106),
        "NPDPIE_TAU_F_P": (2, 96), "NPDPIE_THR_F_P": (4, 80), "PS_WEIGHT_EXC_F_N": (7, 138),
    }  # fmt: skip
    core = board.chips[0].cores[0]
    biases = dict(core.parameter_group.param_map)
    for name, (coarse, fine) in codes.items():
        biases[name] = dataclasses.replace(biases[name], coarse_value=coarse, fine_value=fine)
    hears = se1.Dynapse1Synapse(
        listen_core_id=2, listen_neuron_id=9, syn_type=se1.Dynapse1SynType.AMPA
    )
    words = (hears,) * 3 + (se1.UNUSED_SYNAPSE,) * 61
    neurons = tuple(dataclasses.replace(each, synapses=words) for each in core.neurons)
    core = dataclasses.replace(
        core,
        neurons=neurons,
        parameter_group=dataclasses.replace(core.parameter_group, param_map=biases),
    )
    chip = dataclasses.replace(board.chips[0], cores=(core, *board.chips[0].cores[1:]))
    return dataclasses.replace(board, chips=(chip, *board.chips[1:]))


def test_an_se1_fires_with_published_settings_and_is_seen_on_a_scope():
    chip = VirtualDynapse1(3)
    chip.apply(se1_board())
    time = np.arange(0.0, 0.5, 5 * ms)
    one = event_code(
        InputEvent(chip=0, cores=(True, False, False, False), address=2 * 256 + 9), "se1"
    )
    spikes = chip.run(Events(time=time, address=np.full(len(time), one), duration=0.5))
    hot = chip.reveal().hot
    core = spikes.address[~hot[spikes.address]] // 256
    assert set(core.tolist()) == {0}
    assert (rates(spikes, 4096)[:256] > 0.0).mean() > 0.9
    trace = chip.trace()
    assert trace.shape == (16, 10_000)
    assert 300 < 0.25 * trace[0].max() < 700  # mV
    again = VirtualDynapse1(3)
    again.apply(se1_board())
    assert np.array_equal(
        again.run(Events(time=time, address=np.full(len(time), one), duration=0.5)).time,
        spikes.time,
    )


def test_the_second_leak_silences_an_se1_neuron():
    chip = VirtualDynapse1(4)
    chip.apply(se1_board())
    second_leak = np.zeros((4, 4, 256), dtype=np.int64)
    second_leak[0, 0, 10:20] = 1
    chip.program("second leak", second_leak)
    time = np.arange(0.0, 0.3, 5 * ms)
    one = event_code(
        InputEvent(chip=0, cores=(True, False, False, False), address=2 * 256 + 9), "se1"
    )
    found = rates(chip.run(Events(time=time, address=np.full(len(time), one), duration=0.3)), 4096)
    assert found[10:20].max() < 0.2 * np.median(found[20:256])
