"""ngspice as the referee, and what happens when it fails."""

import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ohmloom.circuits.analyses import Ac, Dc, Noise, OperatingPoint, Ramp, Transient
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.elements.controlled import (
    CurrentControlledCurrent,
    CurrentControlledVoltage,
    VoltageControlledCurrent,
    VoltageControlledVoltage,
)
from ohmloom.circuits.elements.element import GROUND, Formula
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.passive import Capacitor, Inductor, Resistor
from ohmloom.circuits.elements.semiconductors import Diode, Mosfet
from ohmloom.circuits.elements.sources import BehaviouralCurrent, CurrentSource, VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.engines import ngspice_library
from ohmloom.circuits.netlist import Netlist, Subcircuit, TextSubcircuit
from ohmloom.circuits.ngspice import find_ngspice, simulate
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.mismatch import draw_mismatch, with_mismatch
from ohmloom.errors import InvalidInput, SimulatorError
from ohmloom.physical_constants import boltzmann

DIVIDER = Netlist(
    title="error: not really one",
    elements=(
        VoltageSource(name="Supply", plus="Error", minus=GROUND, voltage=1.0),
        Resistor(name="upper", plus="Error", minus="7", resistance=3e3),
        Resistor(name="lower", plus="7", minus=GROUND, resistance=1e3),
    ),
)
STEP = Pulse(low=0.0, high=1.0, delay=0.0, rise=1e-9, fall=1e-9, width=1.0)


def low_pass(*, resistance=1e3, capacitance=1e-6, voltage=STEP, small_signal=1.0):
    return Netlist(
        title="low-pass",
        elements=(
            VoltageSource(
                name="in", plus="a", minus=GROUND, voltage=voltage, small_signal=small_signal
            ),
            Resistor(name="series", plus="a", minus="out", resistance=resistance),
            Capacitor(name="store", plus="out", minus=GROUND, capacitance=capacitance),
        ),
    )


pytestmark = pytest.mark.spice


def test_a_divider_divides_and_traces_have_the_names_of_spice():
    point = simulate(DIVIDER, OperatingPoint())
    assert point.number("Error") == pytest.approx(1.0, rel=1e-12)
    assert point.number("7") == pytest.approx(0.25, rel=1e-12)
    assert point.number("i(vsupply)") == pytest.approx(-0.25e-3, rel=1e-12)
    assert point.units["7"], point.units["i(vsupply)"] == ("V", "A")
    assert point.axis is None


def test_a_current_source_pushes_into_its_minus_node():
    netlist = Netlist(
        title="bias",
        elements=(
            CurrentSource(name="bias", plus=GROUND, minus="a", current=1e-3),
            Resistor(name="load", plus="a", minus=GROUND, resistance=2e3),
        ),
    )
    assert simulate(netlist, OperatingPoint()).number("a") == pytest.approx(2.0, rel=1e-12)


def test_a_ramp_is_the_axis_and_a_second_one_the_outer_axis():
    single = simulate(DIVIDER, Dc(inner=Ramp(target="vsupply", start=-1.0, stop=1.0, step=0.5)))
    assert single.axis.name, single.axis.unit == ("vsupply", "V")
    assert single.axis.values == pytest.approx([-1.0, -0.5, 0.0, 0.5, 1.0])
    assert single["7"] == pytest.approx(0.25 * single.axis.values)
    nested = simulate(
        DIVIDER,
        Dc(
            inner=Ramp(target="vsupply", start=0.0, stop=1.0, step=0.5),
            outer=Ramp(target="rlower", start=1e3, stop=3e3, step=1e3),
        ),
    )
    assert nested.outer.values == pytest.approx([1e3, 2e3, 3e3])
    share = nested.outer.values / (nested.outer.values + 3e3)
    assert nested["7"] == pytest.approx(share[:, None] * nested.axis.values)


def test_a_ramp_of_the_temperature_is_in_kelvin():
    diode = ModelCard(name="d1", kind="d", parameters={"is": 1e-14})
    netlist = Netlist(
        title="diode",
        elements=(
            CurrentSource(name="bias", plus=GROUND, minus="a", current=1e-6),
            Diode(name="one", anode="a", cathode=GROUND, model="d1"),
        ),
        definitions=(diode,),
    )
    ramp, exact = Ramp(target="temp", start=280.0, stop=320.0, step=20.0), {"reltol": 1e-9}
    swept = simulate(netlist, Dc(inner=ramp), options=exact)
    assert swept.axis.values == pytest.approx([280.0, 300.0, 320.0])
    for temperature, voltage in zip(swept.axis.values, swept["a"], strict=True):
        alone = simulate(netlist, OperatingPoint(), temperature=temperature, options=exact)
        assert alone.number("a") == pytest.approx(voltage, rel=1e-6)
    assert swept["a"][0] - swept["a"][2] > 0.05


def test_the_response_of_a_low_pass_is_that_of_the_closed_form():
    response = simulate(low_pass(), Ac(start=1.0, stop=1e5, points_per_decade=10))
    expected = 1.0 / (1.0 + 2j * np.pi * response.axis.values * 1e-3)
    assert response["out"] == pytest.approx(expected, rel=1e-9)
    assert response.axis.values.size == 51


def test_a_capacitor_charges_as_the_closed_form_says_and_late_moments_alone_can_be_kept():
    run = simulate(low_pass(), Transient(step=1e-5, stop=3e-3), options={"reltol": 1e-5})
    assert run["out"] == pytest.approx(1.0 - np.exp(-run.time / 1e-3), abs=2e-4)
    late = simulate(low_pass(), Transient(step=1e-5, stop=3e-3, record_from=2e-3))
    assert late.time[0] >= 2e-3 * (1 - 1e-9)
    assert late.time[-1] == pytest.approx(3e-3)


def test_noise_of_a_low_pass_is_kt_over_c():
    netlist = low_pass(resistance=10e3, capacitance=1e-12, voltage=0.0)
    noise = simulate(netlist, Noise(output="out", source="vin", start=1.0, stop=1e12))
    assert noise.totals["onoise_total"] == pytest.approx(
        np.sqrt(boltzmann * 300.15 / 1e-12), rel=1e-3
    )
    assert noise["onoise_spectrum"][0] == pytest.approx(
        np.sqrt(4 * boltzmann * 300.15 * 10e3), rel=1e-4
    )
    assert noise.units["onoise_spectrum"] == "V/sqrt(Hz)"


def test_the_initial_conditions_of_capacitors_and_nodes_are_where_a_run_begins():
    netlist = Netlist(
        title="two stores",
        elements=(
            Capacitor(name="a", plus="a", minus=GROUND, capacitance=1e-6, initial_voltage=0.5),
            Resistor(name="a", plus="a", minus=GROUND, resistance=1e3),
            Capacitor(name="b", plus="b", minus=GROUND, capacitance=1e-6),
            Resistor(name="b", plus="b", minus=GROUND, resistance=1e3),
        ),
        initial_voltages={"b": 0.25},
    )
    run = simulate(netlist, Transient(step=1e-5, stop=1e-3, from_operating_point=False))
    assert run["a"] == pytest.approx(0.5 * np.exp(-run.time / 1e-3), rel=2e-3)
    assert run["b"] == pytest.approx(0.25 * np.exp(-run.time / 1e-3), rel=2e-3)
    settled = simulate(replace(netlist, initial_voltages={}), OperatingPoint())
    assert settled.number("a") == pytest.approx(0.0, abs=1e-9)


def test_chosen_traces_alone_are_kept_those_of_devices_too():
    point = simulate(DIVIDER, OperatingPoint(), keep=["7", "@rupper[i]"])
    assert set(point) == {"7", "@rupper[i]"}
    assert point.number("@rupper[i]") == pytest.approx(0.25e-3)
    with pytest.raises(SimulatorError, match="nowhere"):
        simulate(DIVIDER, OperatingPoint(), keep=["nowhere"])


def test_the_longest_step_and_options_reach_ngspice():
    coarse = simulate(low_pass(), Transient(step=1e-5, stop=2e-3, longest_step=1e-3))
    fine = simulate(
        low_pass(), Transient(step=1e-5, stop=2e-3, longest_step=1e-3), options={"reltol": 1e-7}
    )
    assert coarse.time.size + 5 < fine.time.size
    held = simulate(low_pass(), Transient(step=1e-5, stop=2e-3))
    assert np.diff(held.time).max() <= 1e-5 * 1.001


# One circuit with every kind of number that can be altered, at two levels.
NMOS = ModelCard(
    name="nch", kind="nmos", parameters={"level": 14, "version": "4.8.2", "toxe": 4e-9}
)


def everything(**changes):
    numbers = {
        "outer": 1e3,
        "inner": 2e3,
        "capacitance": 1e-6,
        "inductance": 1e-3,
        "supply": 1.0,
        "bias": 1e-6,
        "gain": 2.0,
        "transconductance": 1e-3,
        "factor": 0.5,
        "transresistance": 100.0,
        "area": 1.0,
        "shift": 0.0,
        "mobility": 1.0,
    } | changes
    cell = Subcircuit(
        name="cell",
        ports=("top", "low"),
        elements=(
            Resistor(name="inside", plus="top", minus="mid", resistance=numbers["inner"]),
            Mosfet(
                name="one",
                drain="mid",
                gate="top",
                source="low",
                bulk="low",
                model="nch",
                polarity="n",
                width=1e-6,
                length=1e-6,
                threshold_shift=numbers["shift"],
                current_factor=numbers["mobility"],
            ),
            Capacitor(name="inside", plus="mid", minus="low", capacitance=numbers["capacitance"]),
            Diode(name="inside", anode="mid", cathode="low", model="dio", area=numbers["area"]),
        ),
    )
    return Netlist(
        title="everything",
        elements=(
            VoltageSource(
                name="dd", plus="vdd", minus=GROUND, voltage=numbers["supply"], small_signal=1.0
            ),
            Resistor(name="out", plus="vdd", minus="a", resistance=numbers["outer"]),
            Instance(name="one", nodes=("a", GROUND), subcircuit="cell"),
            Instance(name="two", nodes=("a", GROUND), subcircuit="cell"),
            CurrentSource(name="bias", plus=GROUND, minus="a", current=numbers["bias"]),
            VoltageControlledVoltage(
                name="e",
                plus="e",
                minus=GROUND,
                control_plus="a",
                control_minus=GROUND,
                gain=numbers["gain"],
            ),
            Inductor(name="l", plus="e", minus="f", inductance=numbers["inductance"]),
            Resistor(name="f", plus="f", minus=GROUND, resistance=1e3),
            VoltageControlledCurrent(
                name="g",
                plus="f",
                minus=GROUND,
                control_plus="a",
                control_minus=GROUND,
                transconductance=numbers["transconductance"],
            ),
            CurrentControlledCurrent(
                name="h", plus="f", minus=GROUND, control="dd", gain=numbers["factor"]
            ),
            CurrentControlledVoltage(
                name="k",
                plus="k",
                minus=GROUND,
                control="dd",
                transresistance=numbers["transresistance"],
            ),
            Resistor(name="k", plus="k", minus=GROUND, resistance=1e3),
        ),
        definitions=(
            NMOS,
            ModelCard(name="dio", kind="d", parameters={"is": 1e-14}),
            cell,
        ),
    )


CHANGES = {
    "outer": 1.5e3,
    "inner": 5e3,
    "capacitance": 3e-6,
    "inductance": 1e-2,
    "supply": 1.3,
    "bias": 3e-6,
    "gain": 1.2,
    "transconductance": 2e-3,
    "factor": 0.8,
    "transresistance": 300.0,
    "area": 50.0,
    "shift": 0.04,
    "mobility": 0.8,
}
ANALYSES = (OperatingPoint(), Ac(start=10.0, stop=1e5, points_per_decade=2))


def read_anew(netlist, analysis, **options):
    """A netlist in between makes ngspice read the next one."""
    simulate(DIVIDER, OperatingPoint())
    return simulate(netlist, analysis, **options)


@pytest.mark.parametrize("name", CHANGES)
def test_an_altered_number_gives_what_reading_it_gives_and_changes_something(name):
    changed = everything(**{name: CHANGES[name]})
    differs = False
    for analysis in ANALYSES:
        read = read_anew(changed, analysis)
        nominal = read_anew(everything(), analysis)
        altered = simulate(changed, analysis)
        back = simulate(everything(), analysis)
        for trace in read:
            scale = np.abs(read[trace]).max()
            assert np.abs(altered[trace] - read[trace]).max() <= 1e-9 * scale, trace
            assert np.abs(back[trace] - nominal[trace]).max() <= 1e-9 * scale, trace
            differs |= bool(np.abs(nominal[trace] - read[trace]).max() > 1e-6 * scale)
    assert differs


def test_results_do_not_depend_on_what_ran_before_to_the_last_bit():
    shifts = (0.0012345678901, -0.0098765432109, 0.0033333333333)

    def bits(order, between):
        found = {}
        for shift in order:
            if between:
                simulate(DIVIDER, OperatingPoint())
            found[shift] = [
                simulate(everything(shift=shift, inner=2e3 + shift), analysis)["xone.mid"].tobytes()
                for analysis in ANALYSES
            ]
        return found

    assert bits(shifts, False) == bits(shifts[::-1], False) == bits(shifts, True)


def test_numbers_are_altered_without_reading_and_what_is_not_a_number_is_read(monkeypatch):
    library = ngspice_library.ngspice_library()
    loads = []
    load = library.load
    monkeypatch.setattr(library, "load", lambda lines: (loads.append(1), load(lines))[1])
    read_anew(everything(), OperatingPoint())
    assert len(loads) == 2
    for shift in (0.01, 0.02):
        simulate(everything(shift=shift, outer=1e3 + shift), OperatingPoint())
    simulate(everything(), OperatingPoint(), temperature=350.0)
    assert len(loads) == 2
    simulate(everything(), OperatingPoint(), options={"reltol": 1e-5})
    assert len(loads) == 3


def test_the_temperature_of_one_run_does_not_stay_for_the_next():
    cold = read_anew(everything(), OperatingPoint())
    hot = simulate(everything(), OperatingPoint(), temperature=380.0)
    again = simulate(everything(), OperatingPoint())
    assert abs(hot.number("a") - cold.number("a")) > 1e-3
    assert again.number("a") == pytest.approx(cold.number("a"), rel=1e-9)
    read_hot = read_anew(everything(), OperatingPoint(), temperature=380.0)
    assert read_hot.number("a") == pytest.approx(hot.number("a"), rel=1e-9)


def test_an_initial_voltage_that_changes_is_read():
    def store(start):
        return Netlist(
            title="store",
            elements=(
                Capacitor(
                    name="a", plus="a", minus=GROUND, capacitance=1e-6, initial_voltage=start
                ),
                Resistor(name="a", plus="a", minus=GROUND, resistance=1e3),
            ),
        )

    for start in (0.5, 1e-6, 0.25):
        run = simulate(store(start), Transient(step=1e-5, stop=1e-4, from_operating_point=False))
        assert run["a"][0] == pytest.approx(start, rel=1e-2)


LOOP = (
    VoltageSource(name="one", plus="a", minus=GROUND, voltage=1.0),
    VoltageSource(name="two", plus="a", minus=GROUND, voltage=2.0),
    Resistor(name="load", plus="a", minus=GROUND, resistance=1e3),
)


def text_of(*lines):
    return "\n".join(["* failing", "Vsupply top 0 DC 1", "Rload top 0 1k", *lines, ".end"])


@pytest.mark.parametrize(
    ("lines", "analysis", "message"),
    [
        (("Vother top 0 DC 2",), OperatingPoint(), "(?i)singular matrix|too small|vother"),
        (("Qq top 0 0 no_such_model",), OperatingPoint(), "no_such_model"),
        (("X1 top no_such_subcircuit",), OperatingPoint(), "no_such_subcircuit"),
        (("Bb top 0 I = no_such_function(v(top))",), OperatingPoint(), "no_such_function"),
        (("Bb top 0 I = v(no_such_node)",), OperatingPoint(), "no_such_node"),
        (("Rother top 0 {no_such_parameter}",), OperatingPoint(), "no_such_parameter"),
        (("Bb top 0 I = ln(0.75 - v(top))",), Transient(step=1e-6, stop=1e-5), "ln|too small"),
        ((".include /no/such/file.lib",), OperatingPoint(), "no/such/file"),
        ((), Dc(inner=Ramp(target="vnone", start=0, stop=1, step=1)), "(?i)vnone|not in circuit"),
        ((), Noise(output="top", source="vnone", start=1, stop=10), "(?i)vnone|not in circuit"),
        ((), Noise(output="none", source="vsupply", start=1, stop=10), "(?i)none"),
    ],
)
def test_a_failed_run_raises_what_ngspice_says_and_the_next_run_works(lines, analysis, message):
    with pytest.raises(SimulatorError, match=message):
        simulate(text_of(*lines), analysis)
    assert simulate(DIVIDER, OperatingPoint()).number("7") == pytest.approx(0.25, rel=1e-12)


def test_a_failure_names_the_element_where_it_was_made_and_what_to_try():
    broken = Netlist(
        title="broken",
        elements=(
            VoltageSource(name="supply", plus="a", minus=GROUND, voltage=1.0),
            BehaviouralCurrent(name="odd", plus="a", minus=GROUND, formula="no_such(v(a))"),
        ),
    )
    with pytest.raises(SimulatorError, match=r"no_such") as caught:
        simulate(broken, OperatingPoint())
    assert "test_ngspice.py:" in str(caught.value)
    text = TextSubcircuit(name="cell", ports=("p",), text=".subckt cell p\nMm p p 0 0 none\n.ends")
    missing = Netlist(
        title="missing",
        elements=(
            VoltageSource(name="supply", plus="a", minus=GROUND, voltage=1.0),
            Instance(name="cell", nodes=("a",), subcircuit="cell"),
        ),
        definitions=(text,),
    )
    with pytest.raises(SimulatorError, match="add the model card"):
        simulate(missing, OperatingPoint())


def test_a_formula_of_a_parameter_is_worked_out_by_ngspice():
    def netlist(width):
        return Netlist(
            title="parameters",
            elements=(
                VoltageSource(name="supply", plus="a", minus=GROUND, voltage=1.0),
                Resistor(name="one", plus="a", minus="b", resistance=Formula("base*2")),
                Resistor(name="two", plus="b", minus=GROUND, resistance=1e3),
            ),
            parameters={"base": width},
        )

    for width in (500.0, 1500.0):
        found = simulate(netlist(width), OperatingPoint()).number("b")
        assert found == pytest.approx(1e3 / (2 * width + 1e3))


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(InvalidInput, match="above zero"):
        simulate(DIVIDER, OperatingPoint(), temperature=0.0)


@pytest.mark.parametrize("size", [8, 16, 32])
def test_crossbar_and_ngspice_agree(size: int) -> None:
    rng = np.random.default_rng(size)
    conductance = 10.0 ** rng.uniform(-6, -4, (size, size))
    conductance[rng.random((size, size)) < 0.1] = 0.0
    connected = rng.random(size) < 0.8
    crossbar = Crossbar(
        conductance=conductance, r_word_line=2.5, r_bit_line=1.5, connected=connected
    )
    assert_agreement_with_ngspice(crossbar, rng.uniform(-0.2, 0.2, size))


@pytest.mark.parametrize(("r_word_line", "r_bit_line"), [(0.0, 0.0), (2.5, 0.0), (0.0, 2.5)])
def test_crossbar_and_ngspice_agree_when_wires_have_no_resistance(
    r_word_line: float, r_bit_line: float
) -> None:
    rng = np.random.default_rng(4)
    conductance = 10.0 ** rng.uniform(-6, -4, (6, 5))
    conductance[2], conductance[:, 1] = 0.0, 0.0
    crossbar = Crossbar(
        conductance=conductance,
        r_word_line=r_word_line,
        r_bit_line=r_bit_line,
        connected=np.array([True, True, False, True, False]),
    )
    assert_agreement_with_ngspice(crossbar, rng.uniform(-0.2, 0.2, 6))


def assert_agreement_with_ngspice(crossbar: Crossbar, voltage: np.ndarray) -> None:
    point = simulate(crossbar.netlist(voltage), OperatingPoint())
    current = [
        point.number(f"i(vout{j})") if f"i(vout{j})" in point else 0.0
        for j in range(crossbar.columns)
    ]
    solution = crossbar.solve(voltage)
    assert solution.output_current == pytest.approx(current, rel=1e-6, abs=1e-17)
    assert voltage @ crossbar.transfer() == pytest.approx(current, rel=1e-6, abs=1e-17)
    for row, column in np.ndindex(crossbar.rows, crossbar.columns):
        word, bit = f"w{row}_{column}", f"b{row}_{column}"
        for node, found in ((word, solution.word_line_voltage), (bit, solution.bit_line_voltage)):
            if node in point:
                assert found[row, column] == pytest.approx(point.number(node), rel=1e-6, abs=1e-12)


def test_the_library_says_what_it_can_do():
    features = find_ngspice()
    assert features is not None
    assert int(features.version.split(".")[0]) >= 30
    assert "ngspice" in features.library


@pytest.mark.slow
def test_memory_stays_flat_over_ten_thousand_runs():
    def runs(number):
        for place in range(number):
            simulate(everything(outer=1e3 + place), OperatingPoint())
            if place % 10 == 0:
                simulate(low_pass(), Transient(step=1e-5, stop=3e-3))

    runs(500)
    before = resident_memory()
    runs(10_000)
    assert resident_memory() - before < 2e6


@pytest.mark.slow
def test_memory_stays_flat_when_many_numbers_are_altered():
    features = find_ngspice()
    assert features is not None
    cells = CIRCUITS["winner_take_all"]().netlist()
    rng = np.random.default_rng(1)

    def runs(number):
        for _ in range(number):
            deviations = draw_mismatch(cells, generic(), rng=rng)
            simulate(with_mismatch(cells, deviations), OperatingPoint())

    runs(300)
    before = resident_memory()
    runs(3000)
    # ngspice 46 keeps some 7 kB of every operating point with transistors, whoever asks for it.
    limit = 1e6 if int(features.version.split(".")[0]) < 40 else 30e6
    assert resident_memory() - before < limit


def resident_memory():
    """Memory of this process [byte]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
