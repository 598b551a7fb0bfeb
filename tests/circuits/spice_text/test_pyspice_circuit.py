"""Circuits of PySpice, in and out."""

import importlib
import warnings

import pytest

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.spice_text.pyspice_circuit import from_pyspice, to_pyspice
from ohmloom.errors import InvalidInput


@pytest.fixture(scope="module")
def pyspice():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        units = importlib.import_module("PySpice.Unit")
        spoken = {name: getattr(units, f"u_{name}") for name in ("kOhm", "nA", "pF", "us", "V")}
        yield importlib.import_module("PySpice.Spice.Netlist"), spoken


@pytest.fixture
def circuit(pyspice):
    module, unit = pyspice
    made = module.Circuit("divider and diode")
    made.V("input", "top", made.gnd, 10 @ unit["V"])
    made.R(1, "top", "out", 9 @ unit["kOhm"])
    made.R(2, "out", made.gnd, 1 @ unit["kOhm"])
    made.PulseVoltageSource(
        "p", "y", made.gnd, initial_value=0 @ unit["V"], pulsed_value=1 @ unit["V"],
        pulse_width=1 @ unit["us"], period=2 @ unit["us"],
    )  # fmt: skip
    made.C(1, "y", "out", 5 @ unit["pF"])
    made.D(1, "out", made.gnd, model="dd")
    made.model("dd", "D", IS=4.352 @ unit["nA"], RS=0.6458)
    return made


def test_a_circuit_with_units_waves_and_models_becomes_a_netlist(circuit):
    netlist = from_pyspice(circuit)
    assert netlist.title == "divider and diode"
    elements = {each.letter + each.name: each for each in netlist.elements}
    assert elements["R1"].resistance == 9e3
    assert elements["Vp"].voltage.period == 2e-6
    assert elements["C1"].capacitance == 5e-12
    (card,) = netlist.definitions
    assert card.parameters["is"] == pytest.approx(4.352e-9, abs=0)


@pytest.mark.spice
def test_it_has_the_operating_point_of_its_own_text(circuit):
    _, _, lines = str(circuit).partition("\n")
    own = simulate(f"* text\n{lines}\n.end\n", OperatingPoint())
    ours = simulate(from_pyspice(circuit), OperatingPoint())
    assert set(own) == set(ours)
    for name in own:
        assert ours.number(name) == pytest.approx(own.number(name), rel=1e-9)


@pytest.mark.parametrize("name", sorted(set(CIRCUITS) - {"cell_1r"}))
def test_every_circuit_of_the_catalogue_goes_there_and_comes_back(name):
    netlist = CIRCUITS[name]().netlist()
    back = from_pyspice(to_pyspice(netlist))
    assert sorted(each.spice_line() for each in back.elements) == sorted(
        each.spice_line() for each in netlist.elements
    )
    assert back.initial_voltages == netlist.initial_voltages
    ours = {each.name.lower(): each for each in netlist.definitions if hasattr(each, "name")}
    theirs = {each.name.lower(): each for each in back.definitions if hasattr(each, "name")}
    assert set(ours) == set(theirs)


def test_elements_can_be_changed_over_there():
    made = to_pyspice(CIRCUITS["sar_adc"]().netlist())
    made["Rleak"].resistance = 5.0
    changed = from_pyspice(made)
    (leak,) = (each for each in changed.elements if each.name == "leak")
    assert leak.resistance == 5.0


def test_what_is_outside_the_subset_is_refused_with_its_line(pyspice):
    module, _ = pyspice
    made = module.Circuit("bipolar")
    made.R(1, "a", made.gnd, 1)
    made.BJT(1, "a", "a", made.gnd, model="qq")
    with pytest.raises(InvalidInput, match=r"PySpice circuit 'bipolar':\d+: elements Q"):
        from_pyspice(made)
