"""Netlists: what they refuse, and what they say to SPICE."""

import math

import pytest

from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.errors import InvalidInput


def resistor(name: str, plus: str, minus: str, resistance: float = 1e3) -> Resistor:
    return Resistor(name=name, plus=plus, minus=minus, resistance=resistance)


def test_the_text_holds_every_element_with_all_its_digits() -> None:
    netlist = Netlist(
        title="three elements",
        elements=(
            VoltageSource(name="1", plus="a", minus=GROUND, voltage=-0.1),
            resistor("2", "a", "b", 1.0 / 3.0),
            CurrentSource(name="3", plus="b", minus=GROUND, current=1e-12),
        ),
    )
    # Line formats of the ngspice manual: letter and name, nodes, value; title first, .end last.
    assert netlist.to_spice().splitlines() == [
        "* three elements",
        "V1 a 0 DC -0.1",
        "R2 a b 0.3333333333333333",
        "I3 b 0 DC 1e-12",
        ".end",
    ]


def test_a_node_with_one_connection_is_refused_by_the_name_of_its_element() -> None:
    with pytest.raises(InvalidInput, match="'b' of netlist .* only by Rlonely"):
        Netlist(
            title="tail",
            elements=(
                resistor("one", "a", "0"),
                resistor("two", "a", "0"),
                resistor("lonely", "a", "b"),
            ),
        )


def test_two_elements_of_one_name_are_refused_whatever_their_capitals() -> None:
    with pytest.raises(InvalidInput, match="two elements named 'LOAD'"):
        Netlist(title="twins", elements=(resistor("load", "a", "0"), resistor("LOAD", "a", "0")))


def test_a_netlist_needs_elements_and_ground() -> None:
    with pytest.raises(InvalidInput, match="no elements"):
        Netlist(title="nothing", elements=())
    with pytest.raises(InvalidInput, match="no ground"):
        Netlist(title="adrift", elements=(resistor("1", "a", "b"), resistor("2", "a", "b")))


def test_a_title_cannot_smuggle_in_a_second_line() -> None:
    with pytest.raises(InvalidInput, match="one line"):
        Netlist(title="a\n.control", elements=(resistor("1", "a", "0"), resistor("2", "a", "0")))


@pytest.mark.parametrize("resistance", [0.0, -1.0, math.inf, math.nan])
def test_a_resistance_that_is_not_positive_and_finite_is_refused(resistance: float) -> None:
    with pytest.raises(InvalidInput, match="above zero"):
        resistor("load", "a", "b", resistance)


def test_sources_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not finite"):
        VoltageSource(name="v", plus="a", minus="b", voltage=math.inf)
    with pytest.raises(InvalidInput, match="not finite"):
        CurrentSource(name="i", plus="a", minus="b", current=math.nan)


@pytest.mark.parametrize("name", ["", "two words", "a=b", "new\nline", "gnd"])
def test_names_that_spice_would_misread_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        resistor("load", name, "b")
