"""Currents over decades from two small integers."""

from dataclasses import replace

import numpy as np
import pytest

from ohmloom.circuits.current_mode.bias_generator import delbruck_2010, nonlinearity
from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.errors import InvalidInput


def currents(generator, codes, name="n_current"):
    found = []
    for coarse, fine in codes:
        circuit = replace(generator, coarse=coarse, fine=fine)
        found.append(measure_circuit(circuit, measures=[name])[name])
    return np.array(found)


@pytest.mark.spice
@pytest.mark.parametrize("coarse", [0, 2, 5])
@pytest.mark.parametrize("fine", [1, 16, 255])
def test_every_code_gives_what_ideal_halves_give_within_the_tolerance(coarse, fine):
    generator = replace(delbruck_2010(), coarse=coarse, fine=fine)
    measured, theory = measure_circuit(generator), generator.behave(temperature=300.15)
    assert set(theory) == set(measured)
    for name, each in theory.items():
        assert measured[name] == pytest.approx(each.value, rel=each.tolerance, abs=0)
        # Far closer than the tolerance, which has to cover other technologies.
        assert measured[name] == pytest.approx(each.value, rel=0.08, abs=0)


@pytest.mark.spice
def test_a_symmetric_transistor_without_output_slope_halves_exactly():
    flat = ekv()
    flat = replace(flat, n=replace(flat.n, output_slope=0.0), p=replace(flat.p, output_slope=0.0))
    taps = currents(delbruck_2010(flat), [(tap, 128) for tap in range(6)], "coarse_current")
    assert taps[:-1] / taps[1:] == pytest.approx(np.full(5, 2.0), rel=1e-3)


@pytest.mark.spice
def test_the_fine_codes_rise_one_by_one_where_they_carry_over():
    codes = [0, 1, 2, 3, 31, 32, 63, 64, 127, 128, 191, 192, 255]
    found = currents(delbruck_2010(), [(1, code) for code in codes])
    assert (np.diff(found) > 0).all()


def test_nonlinearity_is_counted_in_steps_of_the_line():
    values = np.array([0.0, 1.0, 2.5, 3.0])
    integral, differential = nonlinearity(values)
    assert integral == pytest.approx([0.0, 0.0, 0.5, 0.0])
    assert differential == pytest.approx([0.0, 0.5, -0.5])
    with pytest.raises(InvalidInput, match="three codes"):
        nonlinearity(values[:2])


def test_codes_that_are_not_there_are_refused():
    with pytest.raises(InvalidInput, match="taps 0 to 7"):
        replace(delbruck_2010(), coarse=8)
    with pytest.raises(InvalidInput, match="0 to 255"):
        replace(delbruck_2010(), fine=256)
    with pytest.raises(InvalidInput, match="2 or more"):
        replace(delbruck_2010(), width_ratio=1)
