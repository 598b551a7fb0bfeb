"""SPICE text becomes a netlist, says the same, and is refused with its line where it cannot be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmloom.circuits.analyses import Ac, Dc, Noise, OperatingPoint, Transient
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.elements.element import Formula
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import BehaviouralCurrent, CurrentSource, VoltageSource
from ohmloom.circuits.elements.stimuli import Exponential, PiecewiseLinear, Pulse, Sine
from ohmloom.circuits.netlist import Netlist, TextSubcircuit
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.spice_text.numbers import read_value
from ohmloom.circuits.spice_text.reader import parse_deck, parse_netlist, read_deck
from ohmloom.errors import InvalidInput

TEXT = """* a deck of everything
.param rl=2k c0 = {1n*2}
.model nch nmos (level=14 version=4.8.2 toxe=4n
+ vth0=0.45)
.model dd D(is=1e-14)
.subckt inv in out vdd w=1u
Mn out in 0 0 nch w={w} l=0.5u
Mx out in 0 0 nch w=1u l=1u m=2 ; comment
Rp vdd out 100k
.ends
Vdd vdd 0 1.8
Vin in 0 DC 0 AC 1 PULSE(0 1.8 1n 1n 1n 50n 100n) $ trailing
X1 in out vdd inv w=2u
Cl out 0 'c0' ic=0.1
* a comment
Rl out mid {rl}
D1 mid 0 dd
E1 e 0 out 0 2
Re e 0 1MEG
G2 0 g cur='v(out)*1e-3'
Rg g 0 1kOhm
Bx y 0 V = v(out)^2 + 1
Ry y 0 1k
F1 0 ff vdd 0.5
Rf ff 0 10
H1 h 0 Vdd 5
Lh h hh 1u
Rh hh 0 1
.options reltol=1e-4 method=gear
.temp 50
.tran 1n 200n uic
.ac dec 10 1 1e6
.noise v(out) Vin dec 5 1 1e3
.dc Vin 0 1.8 0.1
.op
.ic v(mid)=0.2
.print tran v(out)
.end
nothing after the end is read
"""


def test_a_deck_of_everything_is_read():
    deck = parse_deck(TEXT)
    assert deck.netlist.title == "a deck of everything"
    kinds = [type(each) for each in deck.analyses]
    assert kinds == [Transient, Ac, Noise, Dc, OperatingPoint]
    assert deck.analyses[0].from_operating_point is False
    assert deck.options == {"reltol": 1e-4, "method": "gear"}
    assert deck.temperature == pytest.approx(323.15)
    elements = {each.letter + each.name: each for each in deck.netlist.elements}
    assert elements["Re"].resistance == 1e6
    assert elements["Rg"].resistance == 1e3
    assert elements["Rl"].resistance == Formula("rl")
    assert elements["Cl"].initial_voltage == 0.1
    assert elements["Vin"].small_signal == 1.0
    assert isinstance(elements["Bg_2"], BehaviouralCurrent)
    assert deck.netlist.initial_voltages == {"mid": 0.2}
    inverter = deck.netlist.subcircuits["inv"]
    assert inverter.ports == ("in", "out", "vdd")
    assert inverter.elements[1].multiplier == 2.0


@pytest.mark.spice
def test_what_was_read_simulates_like_the_text():
    deck = parse_deck(TEXT)
    lines = [
        line for line in TEXT.splitlines() if not line.startswith((".tran", ".ac", ".noi", ".dc"))
    ]
    text = "\n".join(
        line for line in lines if line not in {".op", ".end"} and "nothing" not in line
    )
    as_text = simulate(text + "\n.end\n", deck.analyses[0], temperature=323.15)
    as_netlist = simulate(
        deck.netlist, deck.analyses[0], temperature=deck.temperature, options=deck.options
    )
    assert np.interp(as_text.time, as_netlist.time, as_netlist["out"]) == pytest.approx(
        as_text["out"], abs=1e-9
    )


def test_what_is_written_is_read_back():
    once = parse_netlist(TEXT)
    assert parse_netlist(once.to_spice()) == once


@pytest.mark.parametrize("name", sorted(set(CIRCUITS) - {"cell_1r"}))
def test_every_circuit_of_the_catalogue_is_read_back(name):
    netlist = CIRCUITS[name]().netlist()
    # A subcircuit of which only the text is known comes back as its elements.
    assert not any(isinstance(each, TextSubcircuit) for each in netlist.definitions)
    back = parse_netlist(netlist.to_spice())
    assert back.to_spice() == netlist.to_spice()
    assert back == netlist


values = st.floats(min_value=1e-15, max_value=1e12)
finite = st.floats(min_value=-1e6, max_value=1e6)
waves = st.one_of(
    finite,
    st.builds(Pulse, low=finite, high=finite, delay=values, rise=values, fall=values, width=values),
    st.builds(Sine, offset=finite, amplitude=finite, frequency=values),
    st.builds(
        Exponential,
        low=finite,
        high=finite,
        rise_delay=values,
        rise_time_constant=values,
        fall_delay=values,
        fall_time_constant=values,
    ),
    st.lists(finite, min_size=1, max_size=4).map(
        lambda levels: PiecewiseLinear(
            points=tuple((float(place), level) for place, level in enumerate(levels))
        )
    ),
)


@settings(max_examples=60, deadline=None)
@given(
    resistances=st.lists(values, min_size=2, max_size=5),
    wave=waves,
    current=waves,
    capacitance=values,
)
def test_random_netlists_are_read_back(resistances, wave, current, capacitance):
    nodes = [f"n{place}" for place in range(len(resistances))] + ["0"]
    netlist = Netlist(
        title="random",
        elements=(
            VoltageSource(
                name="v", plus="n0", minus="0", voltage=wave, small_signal=2.0, phase=30.0
            ),
            CurrentSource(name="i", plus="n1", minus="0", current=current),
            Capacitor(name="c", plus="n1", minus="0", capacitance=capacitance),
            *(
                Resistor(name=str(place), plus=nodes[place], minus=nodes[place + 1], resistance=r)
                for place, r in enumerate(resistances)
            ),
        ),
    )
    assert parse_netlist(netlist.to_spice()) == netlist


@pytest.mark.parametrize(
    ("text", "number"),
    [("1k", 1e3), ("1.5MEG", 1.5e6), ("10mil", 254e-6), ("3mF", 3e-3), ("2u", 2e-6), ("7f", 7e-15),
     ("-1e-3", -1e-3), (".5", 0.5), ("1.d-3", 1e-3), ("5Volts", 5.0), ("1T", 1e12)],
)  # fmt: skip
def test_numbers_of_spice_are_read_to_the_last_digit(text, number):
    assert read_value(text) == number


def test_what_is_no_number_is_none():
    assert read_value("gain") is None
    assert read_value("1.2.3") is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Q1 a b c model", "elements Q are outside the subset"),
        ("R1 a 0", "two nodes and a resistance"),
        ("R1 a 0 -5", "above zero"),
        ("C1 a 0 1p foo=3", "a capacitor takes"),
        ("M1 a b 0 0 nch w=1u", "needs l="),
        ("M1 a b 0 nch w=1u l=1u", "drain, gate, source, bulk"),
        ("M1 a b 0 0 nch w=1u l=1u nrd=3", "nrd are outside the subset"),
        ("V1 a 0 PULSE(0 1)", "PULSE takes"),
        ("V1 a 0 PWL(0 1 2)", "PWL takes pairs"),
        ("V1 a 0 SFFM(0 1)", "no value of a source"),
        ("E1 a 0 b", "a source E takes"),
        ("F1 a 0 R1 2", "a voltage source and a gain"),
        (".tran 1n", ".tran takes"),
        (".dc v1 0 1", ".dc takes"),
        (".ac lin 10 1 2", ".ac takes dec"),
        (".noise out v1 dec 1 1 2", ".noise takes"),
        (".four 1k v(a)", ".four is outside the subset"),
        (".lib models.lib", "a file and a section"),
        (".include nowhere.lib", "there is no file"),
        (".subckt", "a name and a port"),
        (".ends", "closes nothing"),
        (".subckt s a", "has no .ends"),
        (".param a", "not of the form name=value"),
        (".ic a=1", "v(node)=voltage"),
    ],
)
def test_what_is_outside_the_subset_is_refused_with_file_and_line(tmp_path, line, message):
    file = tmp_path / "bad.cir"
    file.write_text(f"* bad\nRgood a 0 1k\nRother a 0 1k\n{line}\n")
    with pytest.raises(InvalidInput) as caught:
        read_deck(file)
    assert message in str(caught.value)
    assert f"{file}:4" in str(caught.value)


def test_a_continuation_of_nothing_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="continues no line"):
        parse_deck("* t\n+ 1k\n")
    with pytest.raises(InvalidInput, match="cannot read the netlist"):
        read_deck(tmp_path / "nothing.cir")


def test_a_library_is_known_by_what_it_holds(tmp_path):
    (tmp_path / "models.lib").write_text(
        ".model nch nmos level=14\n.model pch pmos level=14\n.subckt cell a\nR1 a 0 1k\n.ends\n"
    )
    text = '* t\n.include "models.lib"\nM1 a a 0 0 pch w=1u l=1u\nX1 a cell\nR1 a 0 1k\n'
    file = tmp_path / "a.cir"
    file.write_text(text)
    netlist = read_deck(file).netlist
    assert dict(netlist.transistors())["m1"].polarity == "p"
    file.write_text(text.replace("pch", "pchh"))
    with pytest.raises(InvalidInput, match="'pchh', which nothing defines; did you mean pch"):
        read_deck(file)
