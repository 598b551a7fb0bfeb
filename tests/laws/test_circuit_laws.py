"""What every circuit of the catalogue obeys."""

import inspect
import math
import pickle
from collections import Counter
from dataclasses import dataclass, fields, replace

import pytest

from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.circuit import Behaves, Circuit
from ohmloom.circuits.experiment import (
    ROOM_TEMPERATURE,
    circuit_measures,
    measure_circuit,
    parameter_units,
    run_bench,
)
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.mismatch import draw_mismatch, with_mismatch
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream
from ohmloom.si import parse

UNITS = {"V", "A", "F", "s", "m", "ohm", "S", "Hz", "K", "J", "W", "C", "1"}


@pytest.fixture(params=sorted(CIRCUITS))
def circuit(request):
    return CIRCUITS[request.param]()


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        CIRCUITS["other"] = CIRCUITS["dpi_neuron"]


def test_every_entry_is_a_circuit_and_says_so_in_one_line(circuit):
    assert isinstance(circuit, Circuit)
    assert inspect.getdoc(type(circuit))


def test_every_parameter_has_a_unit_and_none_has_a_default(circuit):
    units = parameter_units(circuit)
    for field in fields(circuit):
        if isinstance(getattr(circuit, field.name), int | float):
            assert units[field.name] in UNITS, field.name


def test_every_netlist_is_sound_and_has_the_design_as_an_instance(circuit):
    netlists = [make().netlist for make in circuit.benches().values()]
    assert circuit.netlist() == netlists[0]
    for netlist in netlists:
        assert isinstance(netlist, Netlist)
        assert netlist.to_spice().startswith("* ")


def test_measures_have_units_and_names_of_their_own(circuit):
    names = Counter(name for make in circuit.benches().values() for name in make().measures)
    assert names
    assert set(names.values()) == {1}
    for _, measure in circuit_measures(circuit).values():
        assert measure.unit in UNITS
        assert measure.meaning


def test_what_theory_speaks_of_is_measured(circuit):
    if not isinstance(circuit, Behaves):
        pytest.skip("no theory")
    for name, theory in circuit.behave(temperature=ROOM_TEMPERATURE).items():
        assert name in circuit_measures(circuit)
        assert math.isfinite(theory.value)
        assert 0.0 < theory.tolerance <= 0.5


def test_a_circuit_survives_a_journey_to_another_process(circuit):
    assert pickle.loads(pickle.dumps(circuit)) == circuit


def test_mismatch_reaches_the_transistors_of_the_design_and_no_other(circuit):
    netlist = circuit.netlist()
    deviations = draw_mismatch(netlist, circuit.technology, rng=stream(1, "mismatch"))
    inside = {path for path, _ in netlist.transistors() if "." in path}
    assert set(deviations) == inside
    changed = dict(with_mismatch(netlist, deviations).transistors())
    assert set(changed) == {path for path, _ in netlist.transistors()}
    for path, transistor in netlist.transistors():
        assert (changed[path] != transistor) == (path in inside)


@pytest.mark.spice
def test_simulation_and_theory_agree_within_what_the_theory_states(circuit):
    measured = measure_circuit(circuit)
    for name, value in measured.items():
        assert math.isfinite(value), name
    if isinstance(circuit, Behaves):
        for name, theory in circuit.behave(temperature=ROOM_TEMPERATURE).items():
            assert measured[name] == pytest.approx(theory.value, rel=theory.tolerance, abs=0), name


@pytest.mark.spice
def test_the_traces_of_the_picture_exist(circuit):
    bench = next(iter(circuit.benches().values()))()
    waveforms = run_bench(bench)
    assert bench.shown
    for name in bench.shown:
        assert waveforms.units[name.lower()]


@pytest.mark.spice
@pytest.mark.slow
def test_every_circuit_runs_hot_and_cold_and_at_every_corner(circuit):
    for corner in circuit.technology.corners:
        there = replace(circuit, technology=circuit.technology.at_corner(corner))
        measure_circuit(there)
    for temperature in (parse("273.15 K", "K"), parse("358.15 K", "K")):
        measure_circuit(circuit, temperature=temperature)


def test_an_unknown_measure_is_refused_with_those_that_look_alike():
    @dataclass(frozen=True)
    class Empty:
        technology = None

        def netlist(self):
            raise NotImplementedError

        def benches(self):
            return {}

    with pytest.raises(InvalidInput, match="no measure 'rat'"):
        measure_circuit(Empty(), measures=["rat"])
