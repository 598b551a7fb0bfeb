"""Every weight has one place, and stuck cells do as little harm as any order of outputs allows."""

import dataclasses
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.errors import DoesNotFit
from ohmloom.mapping.dense_network import DenseLayer, DenseNetwork
from ohmloom.mapping.placement import CellLimits, place, tiles_needed, unknown_limits
from ohmloom.si import uS

LOW, HIGH = 1 * uS, 40 * uS


def network(*sizes, seed=1):
    rng = np.random.default_rng(seed)
    return DenseNetwork(
        layers=tuple(
            DenseLayer(
                weight=rng.standard_normal((after, before)),
                bias=np.zeros(after),
                input_range=1.0,
                rectified=True,
            )
            for before, after in pairwise(sizes)
        )
    )


def sheet(rows=5, columns=9, tiles=100):
    return dataclasses.replace(crossbar_64(tiles=tiles), rows=rows, columns=columns)


@given(
    sizes=st.lists(st.integers(1, 17), min_size=2, max_size=4),
    rows=st.integers(1, 7),
    columns=st.integers(2, 9),
)
@settings(max_examples=60, deadline=None)
def test_every_weight_has_exactly_one_place_and_no_cell_two_weights(sizes, rows, columns):
    net, chip = network(*sizes), sheet(rows, columns, tiles=1200)
    placed = [np.zeros(layer.weight.shape, dtype=int) for layer in net.layers]
    tiles = []
    for block in place(net, chip, unknown_limits(chip)):
        placed[block.layer][block.outputs, block.input_slice] += 1
        tiles.append(block.tile)
        assert 1 <= block.inputs <= rows
        assert len(block.pairs) == len(block.outputs)
        assert len(set(block.pairs.tolist())) == len(block.pairs)
        assert block.pairs.min() >= 0
        assert block.pairs.max() < columns // 2
    assert all((count == 1).all() for count in placed)
    assert sorted(tiles) == list(range(len(tiles)))
    assert len(tiles) == tiles_needed(net, chip)


def test_a_matrix_is_cut_into_blocks_of_nearly_equal_size():
    # 10 inputs on 4 rows need three blocks: 4, 3, 3; 5 outputs on 4 pairs two: 3, 2.
    blocks = place(network(10, 5), sheet(4, 8), unknown_limits(sheet(4, 8)))
    assert [block.inputs for block in blocks] == [4, 3, 3, 4, 3, 3]
    assert [len(block.outputs) for block in blocks] == [3, 3, 3, 2, 2, 2]


def test_a_network_that_is_too_large_is_refused_with_the_numbers():
    chip = sheet(4, 8, tiles=6)
    place(network(10, 5), chip, unknown_limits(chip))
    with pytest.raises(
        DoesNotFit, match=r"5x10, 2x5 weights need 8 tiles of 4 rows and 4 pairs, but .* has 6"
    ):
        place(network(10, 5, 2), chip, unknown_limits(chip))


def stuck_at(chip, *cells):
    """Limits of a chip with these cells stuck: (row, column, conductance)."""
    limits = unknown_limits(chip)
    for row, column, conductance in cells:
        limits.lowest[0, row, column] = limits.highest[0, row, column] = conductance
    return limits


def test_a_stuck_cell_is_left_to_a_pair_that_is_not_needed():
    chip = sheet(3, 8, tiles=1)
    for pair in range(4):
        # Stuck in the middle of both cells: no weight but zero can live there.
        limits = stuck_at(chip, (1, 2 * pair, 20 * uS), (1, 2 * pair + 1, 20 * uS))
        (block,) = place(network(3, 3), chip, limits)
        assert pair not in block.pairs
    assert limits.stuck.sum() == 2
    # Negative control: without a spare pair it cannot be avoided.
    (block,) = place(network(3, 4), chip, limits)
    assert pair in block.pairs


def test_an_output_that_a_stuck_cell_suits_lives_on_it():
    chip = sheet(2, 6, tiles=1)
    weight = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    layer = DenseLayer(weight=weight, bias=np.zeros(3), input_range=1.0, rectified=False)
    limits = stuck_at(chip, (0, 3, HIGH))  # pair 1, row 0: nothing but negative or zero
    (block,) = place(DenseNetwork(layers=(layer,)), chip, limits)
    assert block.pairs[2] == 1


def harm(weight, limits, pair):
    """What of one output's weights the cells of one pair cannot make, squared and summed."""
    scale = (HIGH - LOW) / np.abs(weight).max()
    total = 0.0
    for row, w in enumerate(weight):
        (low_a, low_b), (high_a, high_b) = (
            limit[0, row, 2 * pair : 2 * pair + 2] for limit in (limits.lowest, limits.highest)
        )
        possible = np.linspace(low_a - high_b, high_a - low_b, 20_001)
        total += float(np.abs(possible / scale - w).min()) ** 2
    return total


@pytest.mark.parametrize("seed", range(5))
def test_no_other_order_of_outputs_does_less_harm(seed):
    chip = sheet(3, 8, tiles=1)
    rng = np.random.default_rng(seed)
    cells = [(row, column) for row in range(3) for column in range(8) if rng.random() < 0.4]
    limits = stuck_at(chip, *((*cell, rng.uniform(LOW, HIGH)) for cell in cells))
    net = network(3, 3, seed=seed)
    weight = net.layers[0].weight
    cost = np.array([[harm(weight[o], limits, pair) for pair in range(4)] for o in range(3)])
    best = min(sum(cost[range(3), order]) for order in permutations(range(4), 3))
    worst = max(sum(cost[range(3), order]) for order in permutations(range(4), 3))
    (block,) = place(net, chip, limits)
    chosen = cost[range(3), block.pairs].sum()
    assert chosen == pytest.approx(best, abs=1e-3)
    assert chosen < worst - 0.1  # negative control: the order matters


def test_limits_say_which_cells_have_no_choice():
    limits = CellLimits(lowest=np.array([1.0, 2.0, 3.0]), highest=np.array([2.0, 2.0, 2.5]))
    assert limits.stuck.tolist() == [False, True, True]
