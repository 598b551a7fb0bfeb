"""Pictures of configurations hold the numbers of the configuration."""

import numpy as np
import pytest

from ohmloom.analysis import figures
from ohmloom.analysis.dynapse_drawing import core_routes, decode_whole_board, draw_configuration
from ohmloom.circuits.chip import Events
from ohmloom.errors import InvalidInput
from ohmloom.mapping.dynapse import Board, SpikingNetwork, route
from ohmloom.si import nA, pA


@pytest.fixture(scope="module")
def routed():
    rng = np.random.default_rng(1)
    network = SpikingNetwork(
        neurons=40, inputs=5, source=rng.integers(0, 45, 300), target=rng.integers(0, 40, 300),
        weight=rng.uniform(1 * nA, 5 * nA, 300), receptor=rng.integers(0, 4, 300),
        parameters={"SOIF_LEAK_N": np.repeat([5 * pA, 300 * pA], 20)},
    )  # fmt: skip
    return route(network, Board(chip="se2"), keep_small=True)


def test_routes_between_cores_are_those_of_the_network(routed):
    network, place = routed.network, routed.placement
    count = core_routes(decode_whole_board(routed.configuration), 4)
    for from_core in range(4):
        for to_core in range(4):
            own = network.source >= network.inputs
            source = place.core[np.where(own, network.source - network.inputs, 0)]
            expected = (own & (source == from_core) & (place.core[network.target] == to_core)).sum()
            assert count[from_core, to_core] == expected
    assert count[-1].sum() == (network.source < network.inputs).sum()


def test_the_picture_has_three_parts_and_marks_poor_neurons(routed):
    words = np.ones((1, 4, 256, 64, 2), dtype=bool)
    words[0, 0, :10, 20:] = False
    sheet = draw_configuration(routed.configuration, words)
    assert len(sheet.axes) >= 3
    marked = sheet.axes[0].lines[0].get_xydata()
    assert len(marked) == 10
    with pytest.raises(InvalidInput, match="2 chip"):
        draw_configuration(routed.configuration, np.ones((2, 4, 256, 64, 2), dtype=bool))


def test_cores_are_squares_in_rows_of_four():
    words = np.arange(8 * 256).reshape(8, 256) % 64
    ax = figures.plot_cores(words)
    shown = np.asarray(ax.images[0].get_array().filled(np.nan))
    assert np.array_equal(shown[:16, :16], words[0].reshape(16, 16))
    assert np.array_equal(shown[18:34, 18:34], words[5].reshape(16, 16))


def test_wrong_shapes_and_unknown_neurons_are_refused():
    with pytest.raises(InvalidInput, match="cores \\+ 1"):
        figures.plot_routes(np.ones((4, 4)))
    with pytest.raises(InvalidInput, match="only 2"):
        figures.plot_rates(
            Events(time=np.array([0.1]), address=np.array([2]), duration=1.0), neurons=2
        )
