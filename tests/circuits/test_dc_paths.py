"""Nodes that no direct current reaches are found before ngspice makes something up."""

import pytest

from ohmloom.circuits.analyses import OperatingPoint, Transient
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.dc_paths import nodes_without_dc_path
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.semiconductors import Mosfet
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import simulate
from ohmloom.errors import InvalidInput
from ohmloom.si import Mohm, kohm, ms, pF, um, us, volt

SUPPLY = VoltageSource(name="in", plus="top", minus=GROUND, voltage=1 * volt)


def netlist(*elements, **others):
    return Netlist(title="try", elements=(SUPPLY, *elements), **others)


def capacitors(prefix=""):
    return (
        Capacitor(name=f"{prefix}upper", plus="top", minus="middle", capacitance=1 * pF),
        Capacitor(name=f"{prefix}lower", plus="middle", minus=GROUND, capacitance=1 * pF),
    )


def test_a_node_between_capacitors_is_found():
    assert set(nodes_without_dc_path(netlist(*capacitors()))) == {"middle"}


def test_a_resistor_is_a_path():
    leak = Resistor(name="leak", plus="middle", minus=GROUND, resistance=1e3 * Mohm)
    assert not nodes_without_dc_path(netlist(*capacitors(), leak))


def test_current_sources_alone_leave_a_node_undetermined():
    sources = (
        CurrentSource(name="up", plus=GROUND, minus="pad", current=1e-9),
        CurrentSource(name="down", plus="pad", minus=GROUND, current=2e-9),
        Resistor(name="load", plus="top", minus=GROUND, resistance=1 * kohm),
    )
    assert set(nodes_without_dc_path(netlist(*sources))) == {"pad"}


def test_nothing_flows_through_a_gate():
    transistor = Mosfet(
        name="m",
        drain="top",
        gate="middle",
        source=GROUND,
        bulk=GROUND,
        model="n",
        polarity="n",
        width=1 * um,
        length=1 * um,
    )
    card = ModelCard(name="n", kind="nmos", parameters={})
    found = nodes_without_dc_path(netlist(*capacitors(), transistor, definitions=(card,)))
    assert set(found) == {"middle"}


def test_nodes_inside_instances_are_named_as_spice_names_them():
    pair = Subcircuit(name="pair", ports=("top",), elements=capacitors())
    instance = Instance(name="first", nodes=("top",), subcircuit="pair")
    load = Resistor(name="load", plus="top", minus=GROUND, resistance=1 * kohm)
    found = nodes_without_dc_path(netlist(instance, load, definitions=(pair,)))
    assert set(found) == {"xfirst.middle"}


def test_an_initial_voltage_holds_a_node():
    assert not nodes_without_dc_path(netlist(*capacitors(), initial_voltages={"middle": 0.3}))


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_circuit_of_the_catalogue_is_determined(name):
    for bench in CIRCUITS[name]().benches().values():
        assert not nodes_without_dc_path(bench().netlist)


@pytest.mark.spice
def test_an_operating_point_of_an_undetermined_node_is_refused():
    with pytest.raises(InvalidInput, match=r"reaches node 'middle'.*Cupper.*test_dc_paths.*resist"):
        simulate(netlist(*capacitors()), OperatingPoint())


@pytest.mark.spice
def test_a_transient_from_initial_voltages_needs_no_path():
    ramp = simulate(
        netlist(*capacitors()), Transient(step=10 * us, stop=1 * ms, from_operating_point=False)
    )
    assert "middle" in ramp
    with pytest.raises(InvalidInput, match="reaches node 'middle'"):
        simulate(netlist(*capacitors()), Transient(step=10 * us, stop=1 * ms))
