"""Pairs against the values that published mapping tools test themselves with."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ohmloom.mapping.differential_pairs import to_pairs


def interleaved(pairs):
    """Conductances as they lie on the chip, shape (inputs, 2 outputs)."""
    positive, negative = np.asarray(pairs.positive).T, np.asarray(pairs.negative).T
    return np.stack([positive, negative], axis=2).reshape(positive.shape[0], -1)


def test_pairs_of_a_matrix_are_the_published_ones():
    # A published test case with one scale for the whole matrix, max |w| = 5; a further input of
    # weight 5 gives every output that scale here.
    weight = np.array([[3.75, 2.5, -5.0], [-2.5, 0.0, 1.25]])
    with_scale = np.vstack([weight, np.full(3, 5.0)]).T
    pairs = to_pairs(with_scale, low=2.0, high=10.0)
    assert interleaved(pairs)[:2].tolist() == [[8, 2, 6, 2, 2, 10], [2, 6, 2, 2, 4, 2]]
    assert pairs.scale.tolist() == [[1.6]] * 3


def test_pairs_of_one_output_are_the_published_ones():
    pairs = to_pairs(np.array([[4.0, -2.0]]), low=3.0, high=5.0)
    assert interleaved(pairs).tolist() == [[5, 3], [3, 4]]
    assert pairs.scale.tolist() == [[0.5]]  # max |w| = 4 over a window of 2


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 5), st.integers(1, 6)),
        elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3)),
    )
)
def test_the_difference_is_the_weight_and_every_output_uses_the_whole_window(weight):
    pairs = to_pairs(weight, low=1.0, high=40.0)
    assert (pairs.positive - pairs.negative) / pairs.scale == pytest.approx(weight, abs=1e-9)
    for cell in (pairs.positive, pairs.negative):
        assert cell.min() >= 1.0
        assert cell.max() <= 40.0 + 1e-9
    assert (np.minimum(pairs.positive, pairs.negative) == 1.0).all()  # one of each pair rests
    working = np.maximum(pairs.positive, pairs.negative).max(axis=1)
    assert working == pytest.approx(np.where(weight.any(axis=1), 40.0, 1.0))


def test_torch_gives_the_numbers_of_numpy():
    weight = np.random.default_rng(1).standard_normal((4, 7))
    weight[2] = 0.0
    one = to_pairs(weight, low=1.0, high=40.0)
    other = to_pairs(torch.tensor(weight), low=1.0, high=40.0)
    for field in ("positive", "negative", "scale"):
        assert isinstance(getattr(other, field), torch.Tensor)
        np.testing.assert_allclose(getattr(other, field).numpy(), getattr(one, field), rtol=1e-14)


def test_gradients_agree_with_finite_differences():
    weight = torch.tensor(np.random.default_rng(2).standard_normal((3, 4)), requires_grad=True)

    def everything(weight):
        pairs = to_pairs(weight, low=1.0, high=40.0)
        return pairs.positive, pairs.negative, pairs.scale

    assert torch.autograd.gradcheck(everything, (weight,))
