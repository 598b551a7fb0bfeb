"""The subcircuit of every memristor: its text against the model, its run against the simulation."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.devices.catalogue import MEMRISTORS
from ohmloom.devices.memristor import Memristor, drawn_out
from ohmloom.devices.memristors.sky130_reram import sky130_reram
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import Stimulus, pulse_train, sine, triangle_sweep, waveform
from ohmloom.devices.subcircuit import NGSPICE_OPTIONS, subcircuit
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import nm, ns, uA

STEPS = 400
"""Of ngspice in a run, at least."""
SHIFT = 5e-4
"""By how much of a run the moments of two simulators may differ. A device that runs away switches
in a millionth of it, so that its moment and not its current is what two simulators differ in."""


def text_of(device: Memristor) -> str:
    return subcircuit(device, name="cell", initial_state=device.typical_drive.initial_state)


def sources(text: str) -> dict[str, str]:
    """The formula of every behavioural source, by its name."""
    found = re.findall(r"^B(\w+) \w+ \w+ [IV] = (.*)$", text.replace("\n+", ""), re.MULTILINE)
    return dict(found)


def random_points(device: Memristor, count: int) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Voltages, shares of the way of each variable, and their values; away from the bounds."""
    rng = np.random.default_rng(11)
    drive, variables = device.typical_drive, device.state_variables
    points = []
    for _ in range(count):
        share = rng.uniform(0.01, 0.99, len(variables))
        state = [
            drawn_out(v.lowest, v.highest, s, logarithmic=v.logarithmic)
            for v, s in zip(variables, share, strict=True)
        ]
        points.append((rng.uniform(-drive.negative, drive.positive), share, np.array(state)))
    return points


class Nodes(dict):
    """Voltages by node; what a source sets is read from its formula when it is asked for."""

    def __init__(self, formulas, read, **known) -> None:
        super().__init__(known)
        self.formulas, self.read = formulas, read

    def __missing__(self, node: str) -> float:
        self[node] = self.read(self.formulas[node], self)
        return self[node]


def solved(formulas, read, voltage, share) -> Nodes:
    """All nodes, at a voltage and with shares of the way of each state variable."""
    known = {"plus": voltage, "minus": 0.0}
    known |= {f"state{i}": float(s) for i, s in enumerate(share, start=1)}
    if "contact" not in formulas:
        return Nodes(formulas, read, **known)

    def surplus(contact: float) -> float:
        circuit = Nodes(formulas, read, **known, inner=voltage - contact)
        return read(formulas["contact"], circuit) - read(formulas["line"], circuit)

    # The device takes the solution with the smallest drop over the contact.
    grid = voltage * np.linspace(1e-9, 1.0, 400)
    signs = np.sign([surplus(contact) for contact in grid])
    first = int(np.flatnonzero(signs != signs[0])[0])
    contact = brentq(surplus, grid[first - 1], grid[first], xtol=1e-16, rtol=1e-14)
    return Nodes(formulas, read, **known, inner=voltage - contact)


@pytest.mark.parametrize("name", MEMRISTORS)
def test_the_text_is_worth_what_the_model_says(name, read) -> None:
    device = MEMRISTORS[name]()
    formulas = sources(text_of(device))
    capacitance = 1e-3 * device.typical_drive.period
    for voltage, share, state in random_points(device, 12):
        volts = solved(formulas, read, voltage, share)
        current = float(device.current(np.array([voltage]), state[:, None])[0])
        rates = device.state_rate(np.array([voltage]), state[:, None])[:, 0]
        through = read(formulas.get("device", formulas.get("line", "")), volts)
        assert through == pytest.approx(current, rel=1e-8, abs=0.0)
        for i, (variable, value, rate) in enumerate(
            zip(device.state_variables, state, rates, strict=True), start=1
        ):
            way = variable.highest - variable.lowest
            if variable.logarithmic:
                way = value * np.log(variable.highest / variable.lowest)
            charging = read(formulas[f"state{i}"], volts)
            assert charging == pytest.approx(capacitance * rate / way, rel=1e-7, abs=1e-30)


@pytest.mark.parametrize("name", MEMRISTORS)
def test_the_text_is_well_formed(name) -> None:
    device = MEMRISTORS[name]()
    text = text_of(device)
    lines = text.splitlines()
    assert text.endswith("\n")
    assert max(map(len, lines)) <= 100
    assert lines[0] == ".subckt cell plus minus"
    assert lines[-1] == ".ends cell"
    assert all(re.match(r"\.subckt |\.ends |\.ic |\+ |\* |B\w+ |C\w+ ", line) for line in lines)
    for formula in sources(text).values():
        assert formula.count("(") == formula.count(")")
        assert "nan" not in formula
        assert "inf" not in formula
    for i, variable in enumerate(device.state_variables, start=1):
        assert f"* state{i}: {variable.name}, " in text
        assert f".ic v(state{i})=" in text


def test_state_nodes_can_be_pins_and_stand_after_plus_and_minus() -> None:
    text = subcircuit(kvatinsky_2015(), name="cell", initial_state=(0.0,), state_pins=True)
    assert text.startswith(".subckt cell plus minus state1\n")
    assert "ic=0.0" in text


def test_what_cannot_be_one_device_is_refused() -> None:
    device = kvatinsky_2015()
    two = replace(device, rate_on=np.array([-10.0, -20.0]))
    with pytest.raises(InvalidInput, match=r"Vteam.rate_on holds 2 numbers.*one device"):
        subcircuit(two, name="cell", initial_state=(0.0,))
    inside = replace(device.conduction, resistance_on=np.array([50.0, 60.0]))
    with pytest.raises(InvalidInput, match=r"Vteam.conduction.resistance_on"):
        subcircuit(replace(device, conduction=inside), name="cell", initial_state=(0.0,))
    with pytest.raises(InvalidInput, match="name of a subcircuit"):
        subcircuit(device, name="1 cell", initial_state=(0.0,))
    with pytest.raises(InvalidInput, match=r"position of the border \[m\], but holds 2"):
        subcircuit(device, name="cell", initial_state=(0.0, 0.0))
    with pytest.raises(OutOfModelRange, match=r"4e-09 m, is outside 0\.\.3e-09 m"):
        subcircuit(device, name="cell", initial_state=(4 * nm,))


def test_an_array_of_one_number_is_one_device() -> None:
    device = kvatinsky_2015()
    single = replace(device, rate_on=np.array([-10.0]), state_off=np.array([device.state_off]))
    assert text_of(single) == text_of(device)


def drives(device: Memristor) -> dict[str, Stimulus]:
    """A sine, a triangle, and two pulses to each side with edges of 1 % of their width."""
    drive = device.typical_drive
    wave = sine(1.0, drive.period, cycles=1, points_per_period=200)
    amplitude = np.where(wave.voltage > 0.0, drive.positive, drive.negative)
    width = drive.period / 16.0
    return {
        "sine": waveform(wave.time, amplitude * wave.voltage),
        "triangle": triangle_sweep(drive.positive, drive.negative, drive.period, cycles=1),
        "pulses": pulse_train(
            [drive.positive, drive.positive, -drive.negative, -drive.negative],
            width=width,
            gap=3.0 * width,
            edge=0.01 * width,
        ),
    }


def run(text: str, stimulus: Stimulus, resistance: float) -> Waveforms:
    """The subcircuit behind a resistor, in ngspice."""
    corners = zip(stimulus.time.tolist(), stimulus.voltage.tolist(), strict=True)
    points = "\n".join(f"+ {moment!r} {volt!r}" for moment, volt in corners)
    return simulate(
        f"* drive\n{text}Vdrive source 0 PWL(\n{points}\n+ )\n"
        f"Rseries source top {max(resistance, 1e-6)!r}\nX1 top 0 cell\n.end\n",
        Transient(
            step=stimulus.time[-1] / STEPS, stop=stimulus.time[-1], from_operating_point=False
        ),
        options=NGSPICE_OPTIONS,
    )


def apart(time, wave, moments, expected) -> float:
    """Largest distance of a wave from what is expected, but for a shift in time."""
    largest = 0.0
    for moment, wanted in zip(moments, expected, strict=True):
        early, late = moment - SHIFT * moments[-1], moment + SHIFT * moments[-1]
        first, last = np.searchsorted(time, [early, late])
        near = np.append(wave[first:last], np.interp([early, late], time, wave))
        largest = max(largest, near.min() - wanted, wanted - near.max())
    return largest


def disagreement(device: Memristor, waves: Waveforms, stimulus: Stimulus) -> tuple[float, float]:
    """Of the current over its peak, and of the state over its way, from the simulation."""
    drive = device.typical_drive
    simulated = simulate_transient(
        device,
        stimulus,
        initial_state=drive.initial_state,
        series_resistance=drive.series_resistance,
    )
    # The drive begins at zero volt, and ngspice reports from its first step on.
    time = np.append(0.0, waves.time)
    current = np.append(0.0, -waves["i(vdrive)"])
    expected = simulated.current[:, 0]
    of_current = apart(time, current, simulated.time, expected) / np.abs(expected).max()
    of_state = 0.0
    for i, (variable, values) in enumerate(
        zip(simulated.variables, simulated.state, strict=True), start=1
    ):
        share = waves[f"x1.state{i}"]
        reached = drawn_out(
            variable.lowest, variable.highest, share, logarithmic=variable.logarithmic
        )
        wanted, way = values[:, 0], variable.highest - variable.lowest
        if variable.logarithmic:
            reached, wanted = np.log(reached), np.log(wanted)
            way = np.log(variable.highest / variable.lowest)
        reached = np.append(wanted[0], reached)
        of_state = max(of_state, apart(time, reached, simulated.time, wanted) / way)
    return of_current, of_state


def mean_difference(device: Memristor, waves: Waveforms, stimulus: Stimulus) -> float:
    """Mean distance of the two currents over the mean current, moment by moment, without a shift.

    The charge that was put in the wrong place, over the charge that flowed.
    """
    drive = device.typical_drive
    time = np.minimum(waves.time, stimulus.time[-1])
    expected = simulate_transient(
        device,
        stimulus,
        initial_state=drive.initial_state,
        times=time,
        series_resistance=drive.series_resistance,
    ).current[:, 0]
    difference = np.abs(-waves["i(vdrive)"] - expected)
    return float(np.trapezoid(difference, time) / np.trapezoid(np.abs(expected), time))


@pytest.mark.spice
@pytest.mark.parametrize("kind", ["sine", "triangle", "pulses"])
@pytest.mark.parametrize("name", MEMRISTORS)
def test_ngspice_and_the_simulation_agree(name, kind, record_property) -> None:
    device = MEMRISTORS[name]()
    stimulus = drives(device)[kind]
    waves = run(text_of(device), stimulus, device.typical_drive.series_resistance)
    of_current, of_state = disagreement(device, waves, stimulus)
    record_property("current", float(of_current))
    record_property("state", float(of_state))
    assert of_current < 2e-3
    assert of_state < 2e-3
    assert mean_difference(device, waves, stimulus) < 4e-3


@pytest.mark.spice
def test_the_same_measure_sees_a_device_that_is_one_tenth_slower() -> None:
    device = kvatinsky_2015()
    slower = replace(device, rate_off=0.9 * device.rate_off)
    stimulus = drives(device)["triangle"]
    assert disagreement(device, run(text_of(slower), stimulus, 0.0), stimulus)[1] > 3e-3


@pytest.mark.spice
def test_the_filament_of_sky130_runs_as_worked_out_in_advance() -> None:
    # ngspice with hand-written sources, and LSODA, beforehand: a triangle of 1.8 V and 1 us over
    # 1 kohm, from a filament of 3.8 nm.
    device = sky130_reram()
    drive = device.typical_drive
    stimulus = triangle_sweep(1.8, 1.8, 1e-6, cycles=1)
    waves = run(text_of(device), stimulus, drive.series_resistance)
    length, temperature = (
        drawn_out(variable.lowest, variable.highest, waves[f"x1.state{i}"], logarithmic=False)
        for i, variable in enumerate(device.state_variables, start=1)
    )
    current = -waves["i(vdrive)"]
    grown = np.flatnonzero(length > 4.5 * nm)[0]
    assert waves.time[grown] == pytest.approx(243.36 * ns, rel=1e-3)
    assert current.max() == pytest.approx(531.49 * uA, rel=1e-3)
    assert waves.time[current.argmax()] == pytest.approx(250 * ns, rel=1e-3)
    assert current.min() == pytest.approx(-386.77 * uA, rel=1e-3)
    assert waves.time[current.argmin()] == pytest.approx(712.9 * ns, rel=1e-3)
    assert length.max() == pytest.approx(4.99770 * nm, rel=1e-3)
    assert length[-1] == pytest.approx(3.67714 * nm, rel=1e-3)
    assert temperature.max() == pytest.approx(786.4, rel=1e-3)
