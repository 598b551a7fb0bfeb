"""ngspice as the referee, and what happens when it fails."""

import numpy as np
import pytest

from ohmloom.circuits import ngspice
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import find_ngspice, operating_point, transient
from ohmloom.errors import InvalidInput, MissingDependency, SimulatorError

DIVIDER = Netlist(
    title="error: not really one",
    elements=(
        VoltageSource(name="Supply", plus="Error", minus=GROUND, voltage=1.0),
        Resistor(name="upper", plus="Error", minus="7", resistance=3e3),
        Resistor(name="lower", plus="7", minus=GROUND, resistance=1e3),
    ),
)
TWO_SOURCES_IN_A_LOOP = Netlist(
    title="loop",
    elements=(
        VoltageSource(name="one", plus="a", minus=GROUND, voltage=1.0),
        VoltageSource(name="two", plus="a", minus=GROUND, voltage=2.0),
        Resistor(name="load", plus="a", minus=GROUND, resistance=1e3),
    ),
)


class TransistorWithoutModel:
    """An element of our own, which ngspice cannot read."""

    name = "q"
    nodes = ("a", GROUND, GROUND)

    def spice_line(self) -> str:
        return "Qq a 0 0 there_is_no_such_model"


UNREADABLE = Netlist(
    title="no model",
    elements=(
        VoltageSource(name="one", plus="a", minus=GROUND, voltage=1.0),
        TransistorWithoutModel(),
    ),
)


@pytest.mark.spice
def test_a_divider_divides_and_names_keep_their_capitals() -> None:
    point = operating_point(DIVIDER)
    assert point.node_voltage == pytest.approx({GROUND: 0.0, "Error": 1.0, "7": 0.25}, rel=1e-12)
    assert point.source_current == pytest.approx({"Supply": -0.25e-3}, rel=1e-12)


@pytest.mark.spice
def test_a_current_source_pushes_into_its_minus_node() -> None:
    netlist = Netlist(
        title="bias",
        elements=(
            CurrentSource(name="bias", plus=GROUND, minus="a", current=1e-3),
            Resistor(name="load", plus="a", minus=GROUND, resistance=2e3),
        ),
    )
    assert operating_point(netlist).node_voltage["a"] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.spice
@pytest.mark.parametrize(
    ("netlist", "message"),
    [(TWO_SOURCES_IN_A_LOOP, "(?i)timestep too small"), (UNREADABLE, "there_is_no_such_model")],
)
def test_a_failed_run_raises_what_ngspice_says_and_the_next_run_works(
    netlist: Netlist, message: str
) -> None:
    with pytest.raises(SimulatorError, match=message):
        operating_point(netlist)
    assert operating_point(DIVIDER).node_voltage["7"] == pytest.approx(0.25, rel=1e-12)


@pytest.mark.spice
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


@pytest.mark.spice
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
    point = operating_point(crossbar.netlist(voltage))
    current = [point.source_current.get(f"out{j}", 0.0) for j in range(crossbar.columns)]
    solution = crossbar.solve(voltage)
    assert solution.output_current == pytest.approx(current, rel=1e-6, abs=1e-17)
    assert voltage @ crossbar.transfer() == pytest.approx(current, rel=1e-6, abs=1e-17)
    for row, column in np.ndindex(crossbar.rows, crossbar.columns):
        word, bit = f"w{row}_{column}", f"b{row}_{column}"
        for node, found in ((word, solution.word_line_voltage), (bit, solution.bit_line_voltage)):
            if node in point.node_voltage:
                assert found[row, column] == pytest.approx(
                    point.node_voltage[node], rel=1e-6, abs=1e-12
                )


CAPACITOR = """* a capacitor that starts at half a volt, charged by one volt
Vsupply Top 0 DC 1
Rseries Top 7 1k
X1 7 cell
.subckt cell plus
Cstore plus 0 1u ic=0.5
Rleak plus inner 1g
Cinner inner 0 1p ic=0.25
.ends
.end
"""


@pytest.mark.spice
def test_a_capacitor_charges_from_its_initial_condition_as_the_closed_form_says() -> None:
    run = transient(CAPACITOR, step=1e-5, stop=2e-3, options={"reltol": 1e-5, "method": "trap"})
    charged = 1.0 - 0.5 * np.exp(-run.time / 1e-3)
    assert 0.0 < run.time[0] <= 1e-6
    assert run.time[-1] == pytest.approx(2e-3, rel=1e-9)
    assert run.node_voltage["7"] == pytest.approx(charged, rel=1e-4)
    assert run.node_voltage["top"] == pytest.approx(np.ones_like(run.time))
    assert run.node_voltage["x1.inner"][0] == pytest.approx(0.25, rel=1e-3)
    assert run.source_current["supply"] == pytest.approx((charged - 1.0) / 1e3, abs=1e-7)
    assert np.diff(run.time).max() <= 1e-5 * 1.001


@pytest.mark.spice
def test_options_and_the_longest_step_reach_ngspice() -> None:
    coarse = transient(CAPACITOR, step=1e-5, stop=2e-3, longest_step=1e-3)
    fine = transient(CAPACITOR, step=1e-5, stop=2e-3, longest_step=1e-3, options={"reltol": 1e-6})
    assert np.diff(coarse.time).max() > 1e-4
    assert coarse.time.size + 5 < fine.time.size


@pytest.mark.spice
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Vsecond top 0 DC 2", "(?i)timestep too small"),
        ("Bwrong 7 0 I = there_is_no_such(v(7))", "there_is_no_such"),
        ("Bbroken 7 0 I = ln(0.75 - v(7))", "(?i)timestep too small|out of range"),
    ],
)
def test_a_transient_that_fails_raises_what_ngspice_says_and_the_next_one_runs(
    line: str, message: str
) -> None:
    with pytest.raises(SimulatorError, match=message):
        transient(CAPACITOR.replace(".end\n", f"{line}\n.end\n"), step=1e-5, stop=2e-3)
    assert transient(CAPACITOR, step=1e-5, stop=2e-3).time.size > 10


@pytest.mark.parametrize(("step", "stop"), [(0.0, 1.0), (1.0, 0.5), (1.0, np.inf), (-1.0, 1.0)])
def test_a_transient_that_ends_before_it_has_begun_is_refused(step: float, stop: float) -> None:
    with pytest.raises(InvalidInput, match="above zero"):
        transient(CAPACITOR, step=step, stop=stop)


@pytest.mark.spice
def test_the_library_says_what_it_can_do() -> None:
    features = find_ngspice()
    assert features is not None
    assert int(features.version.split(".")[0]) >= 30
    assert "ngspice" in features.library


def test_without_the_library_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "libngspice_that_is_not_here.so")
    # Past the cache: another test may have loaded the real library already.
    monkeypatch.setattr(ngspice, "_simulator", ngspice._simulator.__wrapped__)
    assert find_ngspice() is None
    with pytest.raises(MissingDependency, match="apt-get install libngspice0"):
        operating_point(DIVIDER)
