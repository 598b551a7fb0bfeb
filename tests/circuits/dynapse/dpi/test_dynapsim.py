"""DynapSim, spike step by spike step: every number was printed by rockpool 3.1.0."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse.dpi.dynapsim import published_dynapsim, simulate_dynapsim
from ohmloom.circuits.dynapse.dpi.network import Connections, LumpedModel, simulate_network
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, second

SPIKES = [
    (2e-11, 1000, 1 * ms, 2, [355]),
    (1e-10, 1000, 1 * ms, 13, [72]),
    (2e-10, 1000, 1 * ms, 19, [51, 104, 156, 209, 262, 314, 367, 420, 472, 525]),
    (1e-9, 1000, 1 * ms, 35, [26]),
    (1e-8, 1000, 1 * ms, 83, [11, 23, 35, 47, 59, 71, 83, 95, 107, 119]),
    (5e-11, 10_000, 0.1 * ms, 9, [1076]),
    (1e-10, 10_000, 0.1 * ms, 14, [678]),
    (2e-10, 10_000, 0.1 * ms, 20, [468]),
    (1e-9, 10_000, 0.1 * ms, 42, [227, 465, 703, 941, 1179, 1417]),
    (1e-8, 10_000, 0.1 * ms, 104, [85]),
]
REGULAR = [(0.1, 13, []), (0.5, 28, []), (1.0, 36, [29, 56, 83, 111, 139, 166])]


def model(**neuron):
    published = published_dynapsim()
    return replace(published, neuron=replace(published.neuron, **neuron))


def in_numpy(found, inputs, step):
    run = simulate_dynapsim(found, inputs, step=step)
    return np.repeat(np.arange(len(inputs)), run.spikes[:, 0].astype(int)).tolist()


def compiled(found, inputs, step):
    events = np.flatnonzero(inputs[:, 0])
    weight = inputs[events[0], 0] if len(events) else 0.0
    connections = Connections(
        sources=2, source=np.array([0]), target=np.array([0]), receptor=np.array([0]),
        weight=np.array([weight]),
    )  # fmt: skip
    run = simulate_network(
        LumpedModel(neurons=1, model=found),
        connections,
        Events(time=events * step, address=np.zeros(len(events), int), duration=len(inputs) * step),
        step=step,
    )
    return np.rint(run.spikes.time / step).astype(int).tolist()


@pytest.mark.parametrize("simulate", [in_numpy, compiled])
@pytest.mark.parametrize(("constant", "steps", "step", "count", "first"), SPIKES)
def test_a_constant_current_makes_the_spikes_of_rockpool(
    simulate, constant, steps, step, count, first
):
    spikes = simulate(model(constant=constant), np.zeros((steps, 1)), step)
    assert len(spikes) == count
    assert spikes[: len(first)] == first


@pytest.mark.parametrize("simulate", [in_numpy, compiled])
@pytest.mark.parametrize(("weight", "count", "first"), REGULAR)
def test_regular_input_makes_the_spikes_of_rockpool(simulate, weight, count, first):
    inputs = np.zeros((1000, 1))
    inputs[::10] = weight
    spikes = simulate(model(), inputs, 1 * ms)
    assert len(spikes) == count
    assert spikes[: len(first)] == first


@pytest.mark.parametrize(
    ("constant", "expected"),
    [
        (2e-10, [1.450219e-12, 2.113355e-10, 2.321243e-08, 5.0e-13]),
        (1e-10, [9.478448e-13, 5.928006e-11, 3.552795e-10, 7.421709e-10]),
        (1e-8, [5.068290e-11, 6.296425e-08, 4.136866e-09, 4.136866e-09]),
    ],
)
def test_membrane_currents_are_those_of_rockpool(constant, expected):
    run = simulate_dynapsim(model(constant=constant), np.zeros((1000, 1)), step=1 * ms)
    assert run.membrane[[0, 9, 99, 999], 0] == pytest.approx(expected, rel=1e-4)


def test_one_spike_is_answered_as_in_rockpool():
    inputs = np.zeros((100, 1))
    inputs[10] = 1.0
    run = simulate_dynapsim(model(), inputs, step=1 * ms)
    synapse = [4.529184e-13, 1.872593e-13, 9.996797e-10, 9.045480e-10, 6.063383e-10, 3.677648e-10,
               1.831489e-11]  # fmt: skip
    assert run.synapse[[0, 9, 10, 11, 15, 20, 50], 0] == pytest.approx(synapse, rel=9e-5)
    membrane = [5.467841e-12, 4.543510e-11, 1.652678e-10, 5.781145e-10, 1.234758e-09, 3.581718e-09]
    assert run.membrane[[10, 11, 12, 15, 20, 30], 0] == pytest.approx(membrane, rel=9e-5)
    assert np.flatnonzero(run.spikes).tolist() == [45]


@pytest.mark.parametrize(("weight", "count", "steps"), [(1e-8, 19, []), (1e-6, 8, [51, 181, 314])])
def test_adaptation_slows_as_in_rockpool(weight, count, steps):
    run = simulate_dynapsim(
        model(constant=2e-10, ahp_weight=weight), np.zeros((1000, 1)), step=1 * ms
    )
    spikes = np.flatnonzero(run.spikes)
    assert len(spikes) == count
    assert spikes[: len(steps)].tolist() == steps


def test_another_leak_would_be_noticed():
    assert len(
        in_numpy(model(constant=2e-10, leak=5.4e-12), np.zeros((1000, 1)), 1 * ms)
    ) != 19 or (in_numpy(model(constant=2e-10, leak=5.4e-12), np.zeros((1000, 1)), 1 * ms)[0] != 51)


def test_recurrent_spikes_arrive_one_step_later():
    inputs = np.zeros((60, 2))
    inputs[0, 0] = 8.0
    run = simulate_dynapsim(
        model(), inputs, step=1 * ms, recurrent=np.array([[0.0, 2.0], [0.0, 0.0]])
    )
    first = int(np.flatnonzero(run.spikes[:, 0])[0])
    jump = np.flatnonzero(run.synapse[:, 1] > 1e-9)[0]
    assert jump == first + 1


def test_events_out_of_order_or_of_unknown_inputs_are_refused():
    connections = Connections(
        sources=2, source=np.zeros(0, int), target=np.zeros(0, int), receptor=np.zeros(0, int),
        weight=np.zeros(0),
    )  # fmt: skip
    lumped = LumpedModel(neurons=1, model=model())
    for time, address, message in (
        ([0.2, 0.1], [0, 0], "order of time"),
        ([0.1], [1], "inputs 0 to 0"),
    ):
        events = Events(time=np.array(time), address=np.array(address), duration=1 * second)
        with pytest.raises(InvalidInput, match=message):
            simulate_network(lumped, connections, events, step=1 * ms)
