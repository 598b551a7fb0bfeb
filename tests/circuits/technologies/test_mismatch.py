"""One sample is one chip: drawn by Pelgrom's law, put where it belongs, and nowhere else."""

import math

import numpy as np
import pytest
from scipy import stats

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies.closed_forms import (
    coefficient_of_variation,
    current_spread,
    pair_offset,
    weak_inversion_spread,
)
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.mismatch import Deviation, draw_mismatch, with_mismatch
from ohmloom.circuits.technologies.nodes import PUBLISHED
from ohmloom.circuits.technologies.technology import Pelgrom, PelgromOfPairs
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream
from ohmloom.si import mV, nm, um

SIZES = ((1 * um, 1 * um), (1 * um, 4 * um), (2 * um, 0.5 * um))


def transistor(name, drain, width, length, polarity="n"):
    return generic().transistor(
        name=name,
        polarity=polarity,
        drain=drain,
        gate="g",
        source="0",
        bulk="0",
        width=width,
        length=length,
    )


def mirrors(voltage=0.2):
    """Two instances of three transistors, one level down, and one transistor of the bench."""
    cell = Subcircuit(
        name="cell",
        ports=("d", "g"),
        elements=tuple(
            transistor(f"t{place}", "d", width, length)
            for place, (width, length) in enumerate(SIZES)
        ),
    )
    pair = Subcircuit(
        name="pair",
        ports=("a", "b", "g"),
        elements=(
            Instance(name="left", nodes=("a", "g"), subcircuit="cell"),
            Instance(name="right", nodes=("b", "g"), subcircuit="cell"),
        ),
    )
    return Netlist(
        title="mirrors",
        elements=(
            VoltageSource(name="g", plus="g", minus="0", voltage=voltage),
            VoltageSource(name="a", plus="a", minus="0", voltage=1.8),
            VoltageSource(name="b", plus="b", minus="0", voltage=1.8),
            Instance(name="pair", nodes=("a", "b", "g"), subcircuit="pair"),
            transistor("bench", "a", um, um),
            Resistor(name="load", plus="a", minus="0", resistance=1e9),
        ),
        definitions=(*generic().definitions(), cell, pair),
    )


def test_every_transistor_of_the_design_is_drawn_once_and_none_of_the_bench():
    drawn = draw_mismatch(mirrors(), generic(), rng=stream(1, "mismatch"))
    assert list(drawn) == [f"xpair.x{side}.mt{n}" for side in ("left", "right") for n in range(3)]
    assert len({each.threshold_shift for each in drawn.values()}) == 6


def test_the_spread_is_that_of_pelgrom_and_half_as_much_would_be_noticed():
    samples = [draw_mismatch(mirrors(), generic(), rng=stream(n, "mismatch")) for n in range(400)]
    for place, (width, length) in enumerate(SIZES):
        shifts = np.array([sample[f"xpair.xleft.mt{place}"].threshold_shift for sample in samples])
        factors = np.array([sample[f"xpair.xleft.mt{place}"].current_factor for sample in samples])
        root = math.sqrt(width * length)
        assert stats.kstest(shifts / (3.5e-9 / root), "norm").pvalue > 0.01
        assert stats.kstest((factors - 1.0) / (1e-8 / root), "norm").pvalue > 0.01
        assert stats.kstest(0.5 * shifts / (3.5e-9 / root), "norm").pvalue < 1e-6
    left, right = (
        [sample[f"xpair.x{side}.mt0"].threshold_shift for sample in samples]
        for side in ("left", "right")
    )
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.15


def test_deviations_reach_the_instance_that_they_name_alone():
    shift = Deviation(threshold_shift=10 * mV, current_factor=0.9)
    changed = with_mismatch(mirrors(), {"xpair.xright.mt1": shift})
    found = dict(changed.transistors())
    assert list(found) == [path for path, _ in mirrors().transistors()]
    for path, each in found.items():
        expected = (10 * mV, 0.9) if path == "xpair.xright.mt1" else (0.0, 1.0)
        assert (each.threshold_shift, each.current_factor) == expected


def test_two_samples_differ_in_nothing_but_numbers():
    one, two = (
        with_mismatch(mirrors(), draw_mismatch(mirrors(), generic(), rng=stream(n, "mismatch")))
        for n in (1, 2)
    )
    for first, second in zip(one.to_spice().split(), two.to_spice().split(), strict=True):
        assert first == second or first.partition("=")[0] in {"delvto", "mulu0"}
        assert first.partition("=")[0] == second.partition("=")[0]
    assert one != two


def test_an_unknown_transistor_is_refused():
    with pytest.raises(InvalidInput, match=r"no transistor 'xpair.mt9'; there are mbench"):
        with_mismatch(mirrors(), {"xpair.mt9": Deviation(threshold_shift=0.0, current_factor=1.0)})


def simulated(netlist):
    options = dict(PICOAMPERE_OPTIONS) | {"abstol": 1e-20}
    return simulate(netlist, OperatingPoint(), options=options, keep=["i(va)", "i(vb)"])


@pytest.mark.spice
def test_an_n_transistor_weakens_with_a_positive_shift_and_a_p_transistor_strengthens():
    for polarity, expected in (("n", -1.0), ("p", 1.0)):
        sign = 1.0 if polarity == "n" else -1.0
        design = Subcircuit(
            name="design",
            ports=("d", "g"),
            elements=(transistor("one", "d", um, um, polarity),),
        )
        netlist = Netlist(
            title="one",
            elements=(
                VoltageSource(name="g", plus="g", minus="0", voltage=0.2 * sign),
                VoltageSource(name="a", plus="a", minus="0", voltage=1.8 * sign),
                Instance(name="one", nodes=("a", "g"), subcircuit="design"),
            ),
            definitions=(*generic().definitions(), design),
        )
        change = {"xone.mone": Deviation(threshold_shift=10 * mV, current_factor=1.0)}
        nominal, shifted = (
            abs(simulated_alone(each)) for each in (netlist, with_mismatch(netlist, change))
        )
        # Ten millivolt over n U_T.
        assert np.log(shifted / nominal) == pytest.approx(expected * 0.010 / 0.0315, rel=0.02)


def simulated_alone(netlist):
    options = dict(PICOAMPERE_OPTIONS) | {"abstol": 1e-20}
    return simulate(netlist, OperatingPoint(), options=options).number("i(va)")


@pytest.mark.spice
def test_currents_far_below_threshold_scatter_as_the_closed_form_says():
    logs = []
    nominal = mirrors()
    for sample in range(400):
        drawn = draw_mismatch(nominal, generic(), rng=stream(sample, "mismatch"))
        only = {path: drawn[path] for path in drawn if path.endswith("mt0")}
        others = Deviation(threshold_shift=1.0, current_factor=1.0)  # a volt: these are off
        off = {path: others for path in drawn if not path.endswith("mt0")}
        point = simulated(with_mismatch(nominal, {**only, **off}))
        logs.append(np.log(-point.number("i(vb)")))
    expected = weak_inversion_spread(
        generic().pelgrom("n"), width=um, length=um, slope_factor=1.219, temperature=300.15
    )
    # The deviation of a standard deviation of 400 numbers is 3.5 %.
    assert np.std(logs, ddof=1) == pytest.approx(expected, rel=0.11)
    assert np.std(logs, ddof=1) != pytest.approx(expected * np.sqrt(2), rel=0.11)


def test_the_closed_forms_give_the_published_numbers():
    law = Pelgrom(threshold=3.5 * mV * um, current_factor=0.0)
    of_one = weak_inversion_spread(law, width=um, length=um, slope_factor=1.2, temperature=300.15)
    assert of_one == pytest.approx(0.113, abs=5e-4)
    leak = weak_inversion_spread(law, width=um, length=4 * um, slope_factor=1.2, temperature=300.15)
    assert leak == pytest.approx(0.056, abs=5e-4)
    five_millivolt = Pelgrom(threshold=5 * mV * um, current_factor=0.0)
    assert current_spread(
        five_millivolt, width=um, length=um, transconductance_over_current=22.5
    ) == pytest.approx(0.1125)
    assert pair_offset(
        five_millivolt, width=um, length=um, current_over_transconductance=0.1
    ) == pytest.approx(5 * mV * np.sqrt(2))
    assert coefficient_of_variation(0.03, 0.04) == pytest.approx(0.05)


def test_pairs_are_another_type_than_devices():
    law = PelgromOfPairs(threshold=5 * mV * um, current_factor=0.0104 * um)
    assert PUBLISHED[180 * nm] == law
    assert law.of_one_device().threshold == pytest.approx(5 * mV * um / np.sqrt(2))
    assert law.of_one_device().current_factor == pytest.approx(0.0104 * um / np.sqrt(2))
    assert not hasattr(law, "threshold_deviation")
