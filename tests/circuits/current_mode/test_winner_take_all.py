"""The winner takes all; with mismatch not always the one that should."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.current_mode.winner_take_all import lazzaro_1989, winning_probability
from ohmloom.circuits.experiment import measure_circuit, run_bench
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.technologies.closed_forms import weak_inversion_spread
from ohmloom.circuits.technologies.mismatch import Deviation, draw_mismatch, with_mismatch
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream
from ohmloom.si import nA, um


@pytest.mark.spice
def test_two_percent_decide_and_losers_get_nothing():
    bench = lazzaro_1989().benches()["rest"]()
    run = run_bench(bench)
    outputs = [run.number(f"i(vout{place})") for place in range(4)]
    assert bench.measures["winner"].of(run) == 1
    assert outputs[1] == pytest.approx(11.57 * nA, rel=1e-3, abs=0)
    assert all(abs(outputs[place]) < 1e-15 for place in (0, 2, 3))


@pytest.mark.spice
def test_the_winner_follows_the_largest_input_for_any_number_of_cells():
    for currents in ((1.0 * nA, 0.5 * nA), (0.3 * nA, 0.4 * nA, 0.9 * nA, 0.8 * nA, 0.7 * nA)):
        circuit = replace(lazzaro_1989(), input_currents=currents)
        measured = measure_circuit(circuit, measures=["winner"])
        assert measured["winner"] == circuit.winner == int(np.argmax(currents))


@pytest.mark.spice
@pytest.mark.slow
def test_mismatch_lets_the_best_win_as_often_as_the_closed_form_says():
    circuit = lazzaro_1989()
    bench = circuit.benches()["rest"]()
    won = 0
    samples = 300
    for sample in range(samples):
        drawn = draw_mismatch(bench.netlist, circuit.technology, rng=stream(sample, "mismatch"))
        # The input transistors decide; the followers have a common current only when they tie.
        inputs = {
            path: Deviation(threshold_shift=each.threshold_shift, current_factor=1.0)
            for path, each in drawn.items()
            if ".ma" in path
        }
        run = simulate(with_mismatch(bench.netlist, inputs), bench.analysis, options=bench.options)
        won += bench.measures["winner"].of(run) == circuit.winner
    spread = weak_inversion_spread(
        replace(circuit.technology.pelgrom("n"), current_factor=0.0),
        width=um,
        length=4 * um,
        slope_factor=1.22,
        temperature=300.15,
    )
    expected = winning_probability(circuit.input_currents, spread=spread)
    error = np.sqrt(expected * (1.0 - expected) / samples)
    assert won / samples == pytest.approx(expected, abs=3.0 * error)
    assert won / samples < 0.75


def test_the_probability_has_its_limits_and_matches_a_drawing():
    assert winning_probability([1.0, 1.0], spread=0.1) == pytest.approx(0.5)
    assert winning_probability([1.0] * 4, spread=0.1) == pytest.approx(0.25)
    assert winning_probability([1.0, 0.5], spread=0.01) == pytest.approx(1.0)
    rng = np.random.default_rng(1)
    inputs = np.array([1.02, 1.0, 0.95, 0.9])
    drawn = np.log(inputs) + 0.05 * rng.standard_normal((40_000, 4))
    share = (drawn.argmax(axis=1) == 0).mean()
    assert winning_probability(inputs, spread=0.05) == pytest.approx(share, abs=0.01)


def test_a_competition_needs_rivals():
    with pytest.raises(InvalidInput, match="two input currents"):
        replace(lazzaro_1989(), input_currents=(1 * nA,))
    with pytest.raises(InvalidInput, match="above zero"):
        winning_probability([1.0, 0.0], spread=0.1)
