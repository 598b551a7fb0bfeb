"""The generic card against values that an independent run of ngspice gave, and against physics."""

import numpy as np
import pytest

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import um

GATES = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.9, 1.8)
# ngspice 39.3, W/L = 1/1 um, 1.8 V at the drain, gmin 1e-18.
GOLDEN = {
    "n": (7.42e-15, 4.219e-12, 9.870e-11, 2.1401e-9, 3.6921e-8, 4.2454e-7, 1.15385e-5, 1.0470e-4),
    "p": (2.09e-15, 1.188e-12, 2.779e-11, 6.027e-10, 1.0404e-8, 1.2012e-7, 3.3553e-6, 3.2161e-5),
}
EXACT = dict(PICOAMPERE_OPTIONS) | {"reltol": 1e-7, "abstol": 1e-20}


def drain_current(technology, polarity, gate, *, temperature=300.15, width=1 * um):
    sign = 1.0 if polarity == "n" else -1.0
    netlist = Netlist(
        title="one transistor",
        elements=(
            VoltageSource(name="d", plus="d", minus="0", voltage=sign * 1.8),
            VoltageSource(name="g", plus="g", minus="0", voltage=sign * gate),
            technology.transistor(
                name="one",
                polarity=polarity,
                drain="d",
                gate="g",
                source="0",
                bulk="0",
                width=width,
                length=1 * um,
            ),
        ),
        definitions=technology.definitions(),
    )
    point = simulate(netlist, OperatingPoint(), temperature=temperature, options=EXACT)
    return abs(point.number("i(vd)"))


@pytest.mark.spice
@pytest.mark.parametrize("polarity", ["n", "p"])
def test_the_direct_current_of_the_card_is_the_table_to_four_digits(polarity):
    found = [drain_current(generic(), polarity, gate) for gate in GATES]
    assert found[1:] == pytest.approx(GOLDEN[polarity][1:], rel=2e-4, abs=0)
    assert found[0] == pytest.approx(GOLDEN[polarity][0], rel=1e-3, abs=0)


@pytest.mark.spice
@pytest.mark.parametrize("polarity", ["n", "p"])
@pytest.mark.parametrize("corner", ["tt", "ss", "ff", "sf", "fs"])
@pytest.mark.parametrize("temperature", [273.15, 300.15, 358.15])
def test_leakage_and_slope_are_those_that_weak_inversion_promises(polarity, corner, temperature):
    technology = generic(corner)
    promised = technology.weak_inversion(polarity, temperature=temperature)
    low, high = (
        drain_current(technology, polarity, gate, temperature=temperature) for gate in (0.0, 0.2)
    )
    assert low == pytest.approx(promised.leakage, rel=0.1, abs=0)
    slope = 0.2 / np.log(high / low) / thermal_voltage(temperature)
    assert slope == pytest.approx(promised.slope_factor, rel=0.005)


@pytest.mark.spice
def test_slow_corners_carry_less_and_fast_ones_more_each_in_its_polarity():
    current = {
        corner: {p: drain_current(generic(corner), p, 0.4) for p in "np"}
        for corner in generic().corners
    }
    assert current["ss"]["n"] < 0.5 * current["tt"]["n"] < current["tt"]["n"]
    assert current["ff"]["n"] > 2.0 * current["tt"]["n"]
    assert current["sf"]["n"] == pytest.approx(current["ss"]["n"], rel=1e-9, abs=0)
    assert current["sf"]["p"] == pytest.approx(current["ff"]["p"], rel=1e-9, abs=0)
    assert current["fs"]["n"] == pytest.approx(current["ff"]["n"], rel=1e-9, abs=0)


def test_sizes_and_corners_and_polarities_that_are_not_covered_are_refused():
    with pytest.raises(InvalidInput, match="no corner 'typical'; it has tt, ss"):
        generic("typical")
    nodes = {"drain": "d", "gate": "g", "source": "0", "bulk": "0"}
    with pytest.raises(InvalidInput, match="polarity 'x'"):
        generic().transistor(name="a", polarity="x", width=um, length=um, **nodes)
    with pytest.raises(OutOfModelRange, match=r"width of 0\.1 um"):
        generic().transistor(name="a", polarity="n", width=0.1 * um, length=um, **nodes)
    with pytest.raises(OutOfModelRange, match="length of 200 um"):
        generic().transistor(name="a", polarity="n", width=um, length=200 * um, **nodes)
    generic().transistor(name="a", polarity="n", width=0.18 * um, length=100 * um, **nodes)
