"""Elements: their lines, what of them can be altered, and what is refused."""

import pickle

import pytest

from ohmloom.circuits.elements.controlled import (
    CurrentControlledCurrent,
    CurrentControlledVoltage,
    VoltageControlledCurrent,
    VoltageControlledVoltage,
)
from ohmloom.circuits.elements.element import Element, Formula
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.passive import Capacitor, Inductor, Resistor
from ohmloom.circuits.elements.semiconductors import Diode, FoundryMosfet, Mosfet, Transistor
from ohmloom.circuits.elements.sources import (
    BehaviouralCurrent,
    BehaviouralVoltage,
    CurrentSource,
    VoltageSource,
)
from ohmloom.circuits.elements.stimuli import Exponential, PiecewiseLinear, Pulse, Sine
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.ekv import ekv
from ohmloom.errors import InvalidInput

TWO = {"plus": "a", "minus": "0"}
CONTROL = {**TWO, "control_plus": "b", "control_minus": "0"}
FOUR = {"drain": "d", "gate": "g", "source": "s", "bulk": "0", "polarity": "n"}
EVERY = {
    "R1 a 0 1000.0": Resistor(name="1", resistance=1e3, **TWO),
    "C1 a 0 1e-12 ic=0.5": Capacitor(name="1", capacitance=1e-12, initial_voltage=0.5, **TWO),
    "L1 a 0 1e-09 ic=0.1": Inductor(name="1", inductance=1e-9, initial_current=0.1, **TWO),
    "V1 a 0 DC 1.0 AC 2.0 90.0": VoltageSource(
        name="1", voltage=1.0, small_signal=2.0, phase=90.0, **TWO
    ),
    "I1 a 0 DC 0.0 SIN(0.0 1.0 50.0 0.0 0.0)": CurrentSource(
        name="1", current=Sine(offset=0.0, amplitude=1.0, frequency=50.0), **TWO
    ),
    "E1 a 0 b 0 2.0": VoltageControlledVoltage(name="1", gain=2.0, **CONTROL),
    "G1 a 0 b 0 0.001": VoltageControlledCurrent(name="1", transconductance=1e-3, **CONTROL),
    "F1 a 0 Vx 2.0": CurrentControlledCurrent(name="1", control="x", gain=2.0, **TWO),
    "H1 a 0 Vx 2.0": CurrentControlledVoltage(name="1", control="x", transresistance=2.0, **TWO),
    "B1 a 0 V = v(b)": BehaviouralVoltage(name="1", formula="v(b)", **TWO),
    "B2 a 0 I = v(b)": BehaviouralCurrent(name="2", formula="v(b)", **TWO),
    "D1 a 0 dd area=1.0": Diode(name="1", anode="a", cathode="0", model="dd"),
    "M1 d g s 0 nch w=1e-06 l=1e-06 m=2.0 delvto=0.01 mulu0=0.9": Mosfet(
        name="1", model="nch", width=1e-6, length=1e-6, multiplier=2.0, threshold_shift=0.01,
        current_factor=0.9, **FOUR,
    ),
    "X1 d g s 0 nfet w=2.0 l=0.5": FoundryMosfet(
        name="1", model="nfet", width=2e-6, length=0.5e-6, threshold_shift=0.01, **FOUR
    ),
    "X1 a b cell gain={2*k}": Instance(
        name="1", nodes=("a", "b"), subcircuit="cell", parameters={"gain": Formula("2*k")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("line", EVERY)
def test_every_element_writes_its_line_travels_and_knows_where_it_was_made(line):
    element = EVERY[line]
    assert element.spice_line() == line
    assert isinstance(element, Element)
    assert pickle.loads(pickle.dumps(element)) == element
    assert "test_elements.py:" in element.origin


def test_where_an_element_was_made_does_not_make_it_another():
    one = Resistor(name="1", resistance=1.0, **TWO)
    two = Resistor(name="1", resistance=1.0, **TWO)
    assert one == two
    assert one.origin != two.origin


@pytest.mark.parametrize(
    "transistor",
    [
        EVERY["M1 d g s 0 nch w=1e-06 l=1e-06 m=2.0 delvto=0.01 mulu0=0.9"],
        EVERY["X1 d g s 0 nfet w=2.0 l=0.5"],
        ekv().transistor(
            name="1", width=1e-6, length=1e-6, **FOUR
        ),
    ],
)  # fmt: skip
def test_a_transistor_deviates_and_nothing_else_of_it_changes(transistor):
    assert isinstance(transistor, Transistor)
    changed = transistor.mismatched(threshold_shift=0.02, current_factor=1.1)
    assert (changed.threshold_shift, changed.current_factor) == (0.02, 1.1)
    assert (
        changed.mismatched(
            threshold_shift=transistor.threshold_shift, current_factor=transistor.current_factor
        )
        == transistor
    )
    assert changed.origin == transistor.origin


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Resistor(name="a b", resistance=1.0, **TWO), "cannot be the name"),
        (lambda: Resistor(name="a", resistance=0.0, **TWO), "leave the resistor out for an open"),
        (lambda: Resistor(name="a", resistance=1.0, plus="gnd", minus="0"), "write '0'"),
        (lambda: Capacitor(name="a", capacitance=-1.0, **TWO), "above zero"),
        (lambda: Capacitor(name="a", capacitance=1.0, initial_voltage=float("nan"), **TWO), "fin"),
        (lambda: VoltageSource(name="a", voltage=float("inf"), **TWO), "not finite"),
        (lambda: BehaviouralCurrent(name="a", formula=" ", **TWO), "not empty"),
        (lambda: Mosfet(name="a", model="n", width=0.0, length=1.0, **FOUR), "width of Ma"),
        (lambda: VoltageControlledVoltage(name="a", gain=float("nan"), **CONTROL), "not finite"),
    ],
)
def test_what_spice_would_misread_is_refused_with_the_line_that_made_it(make, message):
    with pytest.raises(InvalidInput, match=r"test_elements\.py:\d+") as caught:
        make()
    assert message in str(caught.value)


def test_waves_that_run_backwards_are_refused():
    with pytest.raises(InvalidInput, match="moments"):
        PiecewiseLinear(points=((1.0, 0.0), (0.5, 1.0)))
    with pytest.raises(InvalidInput, match="at least one point"):
        PiecewiseLinear(points=())
    pulse = {"low": 0.0, "high": 1.0, "delay": 0.0, "rise": 1.0, "fall": 1.0, "width": 1.0}
    with pytest.raises(InvalidInput, match="shorter than its edges"):
        Pulse(**pulse, period=2.5)
    with pytest.raises(InvalidInput, match="negative"):
        Pulse(**{**pulse, "rise": -1.0})
    wave = Exponential(
        low=0.5, high=1.0, rise_delay=0.0, rise_time_constant=1.0, fall_delay=2.0,
        fall_time_constant=1.0,
    )  # fmt: skip
    assert wave.initial == 0.5


def netlist(*elements, definitions=()):
    ground = (
        VoltageSource(name="s", plus="a", minus="0", voltage=1.0),
        Resistor(name="s", plus="a", minus="0", resistance=1.0),
    )
    return Netlist(title="t", elements=(*ground, *elements), definitions=definitions)


CELL = Subcircuit(
    name="cell",
    ports=("p", "q"),
    elements=(Resistor(name="1", plus="p", minus="q", resistance=1.0),),
)


@pytest.mark.parametrize(
    ("elements", "definitions", "message"),
    [
        ([Diode(name="1", anode="a", cathode="0", model="ddd")],
         [ModelCard(name="dd", kind="d", parameters={})], "'ddd', which nothing defines; did you"),
        ([Instance(name="1", nodes=("a", "0"), subcircuit="sell")], [CELL], "did you mean cell"),
        ([Instance(name="1", nodes=("a",), subcircuit="cell")], [CELL], "but 'cell' has 2 ports"),
        ([CurrentControlledCurrent(name="1", control="x", gain=1.0, **TWO)], [],
         "voltage source 'x', which is not there"),
        ([Resistor(name="1", plus="a", minus="b", resistance=1.0)], [], "'b' of netlist"),
        ([Instance(name="1", nodes=("a", "0"), subcircuit="odd")],
         [Subcircuit(name="odd", ports=("p", "q"), elements=(
             Resistor(name="1", plus="p", minus="q", resistance=1.0),
             Resistor(name="2", plus="p", minus="loose", resistance=1.0)))],
         "'loose' of subcircuit 'odd'"),
    ],
)  # fmt: skip
def test_a_netlist_that_does_not_hold_together_is_refused(elements, definitions, message):
    with pytest.raises(InvalidInput) as caught:
        netlist(*elements, definitions=tuple(definitions))
    assert message in str(caught.value)
    assert "test_elements.py:" in str(caught.value)


def test_a_node_that_a_formula_reads_or_an_instance_drives_does_not_float():
    netlist(
        VoltageSource(name="x", plus="x", minus="0", voltage=1.0),
        BehaviouralCurrent(name="x", plus="a", minus="0", formula="v(x)*2"),
        Instance(name="1", nodes=("a", "0"), subcircuit="cell"),
        definitions=(CELL,),
    )
