"""Training on a problem that a few neurons can solve."""

import dataclasses

import numpy as np
import pytest
import torch

from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput
from ohmloom.mapping.training import (
    TrainingSettings,
    noise_aware_settings,
    plain_settings,
    train_classifier,
)


def settings(**changes):
    quick = TrainingSettings(
        hidden=(12,),
        epochs=12,
        batch=64,
        learning_rate=3e-2,
        weight_decay=1e-3,
        weight_limit=np.inf,
        noise_scale=1.0,
    )
    return dataclasses.replace(quick, **changes)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    # Threads cost more than they give on matrices this small.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def problem():
    """Three rings of one radius each: no straight line separates them."""
    rng = np.random.default_rng(1)
    labels = np.arange(600) % 3
    angle, radius = rng.uniform(0, 2 * np.pi, 600), 0.3 + labels + 0.2 * rng.random(600)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels


def train(problem, *, seed=1, progress=None, **changes):
    inputs, labels = problem
    more = {} if progress is None else {"progress": progress}
    return train_classifier(
        inputs,
        labels,
        settings=settings(**changes),
        statistics=wan_2022(),
        dac_codes=127,
        seed=seed,
        **more,
    )


def accuracy(network, problem):
    inputs, labels = problem
    return (network(inputs).argmax(axis=1) == labels).mean()


def test_a_network_learns_what_no_straight_line_separates(problem):
    assert accuracy(train(problem, epochs=25), problem) > 0.95


def test_the_same_measure_sees_a_network_that_could_not_learn(problem):
    inputs, labels = problem
    shuffled = np.random.default_rng(2).permutation(labels)
    assert accuracy(train((inputs, shuffled), epochs=25), problem) < 0.6
    assert accuracy(train(problem, hidden=()), problem) < 0.8  # straight lines only


def test_the_same_seed_gives_the_same_network_and_another_seed_another(problem):
    first, again, other = (train(problem, seed=seed, epochs=2) for seed in (1, 1, 2))
    for one, two, three in zip(first.layers, again.layers, other.layers, strict=True):
        assert np.array_equal(one.weight, two.weight)
        assert np.array_equal(one.bias, two.bias)
        assert one.input_range == two.input_range
        assert not np.array_equal(one.weight, three.weight)


def test_the_network_has_the_layers_that_were_asked_for(problem):
    network = train(problem, hidden=(9, 5), epochs=1)
    assert [(layer.inputs, layer.outputs) for layer in network.layers] == [(2, 9), (9, 5), (5, 3)]
    assert [layer.rectified for layer in network.layers] == [True, True, False]


def test_input_ranges_cover_the_training_data(problem):
    network = train(problem, epochs=3)
    inputs = problem[0]
    assert network.layers[0].input_range == pytest.approx(np.abs(inputs).max())
    hidden = network.layers[0](inputs)
    inside = (hidden <= network.layers[1].input_range)[hidden > 0]
    assert inside.mean() == pytest.approx(0.999, abs=0.002)
    assert network.layers[1].input_range < hidden.max()


def test_weights_stay_within_the_limit_of_each_output(problem):
    def furthest(network):
        weight = network.layers[1].weight
        return (np.abs(weight).max(axis=1) / weight.std(axis=1, ddof=1)).max()

    assert furthest(train(problem, weight_limit=1.5, epochs=3)) < 1.8
    assert furthest(train(problem, epochs=3)) > 1.8


def test_progress_rises_to_one(problem):
    told = []
    train(problem, epochs=4, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_data_of_zeros_gives_a_network_and_not_a_crash():
    network = train((np.zeros((40, 2)), np.arange(40) % 2), epochs=1)
    assert network.layers[0].input_range == 1.0
    assert np.isfinite(network(np.zeros((1, 2)))).all()


@pytest.mark.parametrize(
    ("inputs", "labels", "said"),
    [
        (np.zeros((4, 2)), np.zeros(3, dtype=int), "labels must be 4 integers"),
        (np.zeros((4, 2)), np.zeros((4, 1), dtype=int), "labels must be 4 integers"),
        (np.zeros((4, 2)), np.zeros(4), "integers, one per trial, .* type float64"),
        (np.zeros((4, 2)), np.array([0, 1, -1, 0]), "not negative"),
        (np.zeros((0, 2)), np.zeros(0, dtype=int), "at least one trial"),
        (np.full((4, 2), np.nan), np.zeros(4, dtype=int), "inputs holds 8 value"),
        (np.zeros(4), np.zeros(4, dtype=int), "inputs must have shape"),
    ],
)
def test_data_that_do_not_fit_are_refused(inputs, labels, said):
    with pytest.raises(InvalidInput, match=said):
        train((inputs, labels))


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"batch": 0},
        {"learning_rate": 0.0},
        {"learning_rate": np.nan},
        {"weight_decay": -1.0},
        {"weight_limit": 0.0},
        {"noise_scale": -1.0},
        {"hidden": (5, 0)},
    ],
)
def test_settings_that_make_no_sense_are_refused(changes):
    with pytest.raises(InvalidInput, match=next(iter(changes))):
        settings(**changes)


def test_both_presets_are_the_same_network_but_for_the_noise():
    plain, aware = plain_settings(), noise_aware_settings()
    assert plain.hidden == aware.hidden
    assert plain.noise_scale == 0.0 < aware.noise_scale
