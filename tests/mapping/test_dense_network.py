"""Dense networks against torch."""

import dataclasses

import numpy as np
import pytest
import torch

from ohmloom.errors import InvalidInput
from ohmloom.mapping.dense_network import DenseLayer, DenseNetwork


def layer(outputs, inputs, *, rectified=True, seed=1):
    rng = np.random.default_rng(seed)
    return DenseLayer(
        weight=rng.standard_normal((outputs, inputs)),
        bias=rng.standard_normal(outputs),
        input_range=1.0,
        rectified=rectified,
    )


def test_a_network_computes_what_torch_computes():
    network = DenseNetwork(layers=(layer(7, 5), layer(3, 7, rectified=False, seed=2)))
    inputs = np.random.default_rng(3).standard_normal((11, 5))
    linear = []
    for one in network.layers:
        linear.append(torch.nn.Linear(one.inputs, one.outputs, dtype=torch.float64))
        linear[-1].weight.data = torch.tensor(one.weight)
        linear[-1].bias.data = torch.tensor(one.bias)
    expected = linear[1](torch.relu(linear[0](torch.tensor(inputs)))).detach().numpy()
    assert network(inputs) == pytest.approx(expected, abs=1e-12)
    assert (expected < 0).any()  # the last layer is not rectified
    rectified = DenseNetwork(layers=(network.layers[0],))(inputs)
    assert rectified.min() == 0.0


def test_sizes_are_those_of_the_weights():
    one = layer(7, 5)
    assert (one.inputs, one.outputs) == (5, 7)
    assert DenseNetwork(layers=(one,))(np.zeros((0, 5))).shape == (0, 7)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"bias": np.zeros(3)}, r"bias must have shape \(2\)|bias must have shape \(2,?\)"),
        ({"weight": np.zeros(3)}, "weight must have shape"),
        ({"weight": np.full((2, 3), np.nan)}, "weight holds 6 value"),
        ({"weight": np.zeros((2, 0))}, "needs weights"),
        ({"bias": np.array([0.0, np.inf])}, "bias holds 1 value"),
        ({"input_range": 0.0}, "input_range must be above zero"),
        ({"input_range": np.nan}, "input_range must be above zero"),
    ],
)
def test_layers_that_make_no_sense_are_refused(changes, said):
    with pytest.raises(InvalidInput, match=said):
        dataclasses.replace(layer(2, 3), **changes)


def test_networks_whose_layers_do_not_meet_are_refused():
    with pytest.raises(InvalidInput, match="layer 0 has 7 outputs, but layer 1 takes 6 inputs"):
        DenseNetwork(layers=(layer(7, 5), layer(3, 6)))
    with pytest.raises(InvalidInput, match="at least one layer"):
        DenseNetwork(layers=())


@pytest.mark.parametrize("inputs", [np.zeros((2, 4)), np.zeros(5), np.full((1, 5), np.nan)])
def test_inputs_that_do_not_fit_are_refused(inputs):
    with pytest.raises(InvalidInput, match="inputs"):
        DenseNetwork(layers=(layer(7, 5),))(inputs)
