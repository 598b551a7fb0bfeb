"""Measures of waves whose numbers are known."""

import math

import numpy as np
import pytest

from ohmloom.circuits.measures.catalogue import MEASURES, measure_kind
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.circuits.measures.fi_curve import fi_curve
from ohmloom.circuits.measures.gain import bandwidth, gain_at, slope
from ohmloom.circuits.measures.power import charge, energy, energy_per_event, mean_power
from ohmloom.circuits.measures.settling import rise_time, settling_time
from ohmloom.circuits.measures.spikes import (
    adaptation_ratio,
    firing_rate,
    inter_spike_intervals,
    pulse_widths,
    spike_times,
    steady_rate,
)
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.waveforms import Axis, Waveforms
from ohmloom.errors import InvalidInput

TIME = np.linspace(0.0, 1.0, 2001)


def test_a_sine_crosses_a_level_where_the_arcsine_says():
    wave = np.sin(2 * np.pi * 3 * TIME)
    up = crossings(TIME, wave, 0.5)
    first = np.arcsin(0.5) / (2 * np.pi * 3)
    assert up == pytest.approx(first + np.arange(3) / 3, abs=1e-6)
    down = crossings(TIME, wave, 0.5, direction="falling")
    assert down == pytest.approx(1 / 6 - first + np.arange(3) / 3, abs=1e-6)
    both = crossings(TIME, wave, 0.5, direction="both")
    assert both == pytest.approx(np.sort(np.concatenate([up, down])))
    assert crossings(TIME, wave, 1.5).size == 0


def test_touching_a_level_from_below_is_no_crossing():
    assert crossings(np.arange(3.0), np.array([0.0, 1.0, 0.0]), 1.0, direction="both").size == 0


def test_bad_waves_and_directions_are_refused():
    with pytest.raises(InvalidInput, match="'up' is none of rising"):
        crossings(TIME, TIME, 0.5, direction="up")
    with pytest.raises(InvalidInput, match="one value for each moment"):
        crossings(TIME, TIME[1:], 0.5)
    with pytest.raises(InvalidInput, match="at least two"):
        crossings(TIME[:1], TIME[:1], 0.5)


def train(times, width=1e-3):
    time = np.unique(
        np.concatenate([TIME, *(times + d for d in (-1e-6, 0.0, width, width + 1e-6))])
    )
    inside = np.zeros_like(time, dtype=bool)
    for each in times:
        inside |= (time >= each) & (time <= each + width)
    return time, np.where(inside, 1.8, 0.0)


def test_spikes_rate_intervals_and_widths_are_those_of_the_train():
    times = np.array([0.1, 0.2, 0.35, 0.55])
    time, voltage = train(times)
    found = spike_times(time, voltage, threshold=0.9)
    assert found == pytest.approx(times, abs=2e-6)
    assert inter_spike_intervals(found) == pytest.approx([0.1, 0.15, 0.2], abs=5e-6)
    assert firing_rate(found, start=0.15, stop=0.65) == pytest.approx(6.0)
    assert steady_rate(found) == pytest.approx(5.0, rel=1e-4)
    assert adaptation_ratio(found) == pytest.approx(2.0, rel=1e-4)
    assert pulse_widths(time, voltage, threshold=0.9) == pytest.approx([1e-3] * 4, abs=2e-6)


def test_a_silent_neuron_has_a_rate_of_zero_and_no_first_spike():
    silent = spike_times(TIME, np.zeros_like(TIME), threshold=0.9)
    assert silent.size == 0
    assert steady_rate(silent) == 0.0
    assert firing_rate(silent, start=0.0, stop=1.0) == 0.0
    assert math.isnan(adaptation_ratio(silent))
    waves = Waveforms(
        axis=Axis(name="time", unit="s", values=TIME),
        traces={"v": np.zeros_like(TIME)},
        units={"v": "V"},
    )
    first = measure_kind("first_spike").make(trace="v", threshold=0.9)
    assert math.isnan(first.of(waves))
    with pytest.raises(InvalidInput, match="no length"):
        firing_rate(silent, start=1.0, stop=1.0)


def test_an_exponential_settles_after_the_logarithm_of_the_band():
    wave = 1.0 - np.exp(-TIME / 0.05)
    assert settling_time(TIME, wave, tolerance=0.01, final=1.0) == pytest.approx(
        0.05 * np.log(100), abs=1e-3
    )
    assert settling_time(TIME, wave, tolerance=2.0) == 0.0
    assert math.isnan(settling_time(TIME, wave, tolerance=0.01, final=2.0))
    with pytest.raises(InvalidInput, match="above zero"):
        settling_time(TIME, wave, tolerance=0.0)
    assert rise_time(TIME, wave) == pytest.approx(0.05 * np.log(9), rel=1e-3)
    assert rise_time(TIME, -wave) == pytest.approx(0.05 * np.log(9), rel=1e-3)


@pytest.mark.parametrize("tau", [0.02, 0.1, 0.4])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_time_constant_of_an_exponential_is_found_with_and_without_its_end(tau, sign):
    wave = 3.0 + sign * np.exp(-TIME / tau)
    assert time_constant(TIME, wave, start=0.01, stop=0.3) == pytest.approx(tau, rel=1e-3)
    assert time_constant(TIME, wave, start=0.01, stop=0.3, final=3.0) == pytest.approx(
        tau, rel=2e-3
    )


def test_what_does_not_move_has_no_time_constant():
    assert math.isnan(time_constant(TIME, np.ones_like(TIME), start=0.1, stop=0.5))
    assert math.isnan(time_constant(TIME, np.exp(TIME / 0.1), start=0.1, stop=0.5, final=0.0))
    with pytest.raises(InvalidInput, match="at least 4"):
        time_constant(TIME, TIME, start=0.1, stop=0.1001)


def test_charge_power_and_energy_are_integrals():
    current, voltage = 2e-6 * TIME, np.full_like(TIME, 1.8)
    assert charge(TIME, current) == pytest.approx(1e-6, rel=1e-9, abs=0)
    assert energy(TIME, voltage, current) == pytest.approx(1.8e-6, rel=1e-9, abs=0)
    assert mean_power(0.5 * TIME, voltage, current) == pytest.approx(1.8e-6, rel=1e-9, abs=0)
    events = np.array([0.2001, 0.4, 0.8])
    expected = 1.8e-6 * (0.8**2 - 0.2001**2) / 2
    found = energy_per_event(TIME, voltage, current, events)
    assert found == pytest.approx(expected, rel=1e-6, abs=0)
    assert math.isnan(energy_per_event(TIME, voltage, current, events[:1]))


def test_gain_and_bandwidth_are_those_of_a_low_pass():
    frequency = np.logspace(0, 5, 101)
    response = 4.0 / (1.0 + 1j * frequency / 1e3)
    assert gain_at(frequency, response, 1e3) == pytest.approx(4.0 / np.sqrt(2), rel=1e-3)
    assert bandwidth(frequency, response) == pytest.approx(1e3, rel=2e-3)
    assert math.isnan(bandwidth(frequency, np.ones_like(response)))
    with pytest.raises(InvalidInput, match="outside the response"):
        gain_at(frequency, response, 1e6)


def test_the_slope_of_a_parabola_is_twice_its_place():
    axis = np.linspace(-1.0, 1.0, 201)
    assert slope(axis, axis**2, 0.3) == pytest.approx(0.6, abs=1e-9)
    assert slope(axis[::-1], axis[::-1] ** 2, 0.3) == pytest.approx(0.6, abs=1e-9)
    with pytest.raises(InvalidInput, match="outside the axis"):
        slope(axis, axis, 2.0)


def test_an_f_i_curve_is_a_table_with_units():
    told = []
    table = fi_curve(lambda current: 1e12 * current, [1e-12, 2e-12], progress=told.append)
    assert list(table) == ["input current [A]", "rate [Hz]"]
    assert table["rate [Hz]"].tolist() == pytest.approx([1.0, 2.0])
    assert told == [0.5, 1.0]


TRANSIENT = Waveforms(
    axis=Axis(name="time", unit="s", values=TIME),
    traces={
        "v": np.sin(2 * np.pi * 5 * TIME),
        "w": np.sin(2 * np.pi * 5 * (TIME - 0.01)),
        "e": 1.0 - np.exp(-TIME / 0.1),
        "vdd": np.full_like(TIME, 2.0),
        "i(vdd)": np.full_like(TIME, -3.0),
    },
    units={"v": "V", "w": "V", "e": "V", "vdd": "V", "i(vdd)": "A"},
)
FREQUENCY = np.logspace(0, 5, 201)
RESPONSE = Waveforms(
    axis=Axis(name="frequency", unit="Hz", values=FREQUENCY),
    traces={"out": 2.0 / (1.0 + 1j * FREQUENCY / 1e3)},
    units={"out": "V"},
)
EXPECTED = {
    "value": ({"trace": "e"}, 1.0 - np.exp(-10)),
    "value_at": ({"trace": "e", "at": 0.1}, 1.0 - np.exp(-1)),
    "maximum": ({"trace": "v"}, 1.0),
    "minimum": ({"trace": "v"}, -1.0),
    "mean": ({"trace": "i(vdd)"}, -3.0),
    "first_crossing": ({"trace": "e", "level": 0.5}, 0.1 * np.log(2)),
    "spike_count": ({"trace": "v", "threshold": 0.5}, 5),
    "rate": ({"trace": "v", "threshold": 0.5}, 5.0),
    "first_spike": ({"trace": "v", "threshold": 0.5}, np.arcsin(0.5) / (10 * np.pi)),
    "mean_interval": ({"trace": "v", "threshold": 0.5}, 0.2),
    "adaptation": ({"trace": "v", "threshold": 0.5}, 1.0),
    "settling_time": ({"trace": "e", "tolerance": 0.1, "start": 0.05}, 0.1 * np.log(10) - 0.05),
    "rise_time": ({"trace": "e"}, 0.1 * np.log(9)),
    "time_constant": ({"trace": "e", "start": 0.0, "stop": 0.3}, 0.1),
    "delay": ({"trace": "v", "level": 0.5, "to": "w"}, 0.01),
    "charge": ({"trace": "i(vdd)"}, -3.0),
    "mean_power": ({"voltage": "vdd", "current": "i(vdd)"}, 6.0),
    "energy": ({"voltage": "vdd", "current": "i(vdd)"}, 6.0),
    "energy_per_event": (
        {"voltage": "vdd", "current": "i(vdd)", "events": "v", "threshold": 0.5},
        1.2,
    ),
    "gain": ({"trace": "out", "at": 1e3}, np.sqrt(2)),
    "bandwidth": ({"trace": "out"}, 1e3),
}


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_of_the_catalogue_reads_what_it_says(name):
    parameters, expected = EXPECTED[name]
    waves = RESPONSE if name in {"gain", "bandwidth"} else TRANSIENT
    measure = measure_kind(name).make(**parameters)
    assert measure.of(waves) == pytest.approx(expected, rel=3e-3)
    assert measure.meaning


def test_unknown_measures_and_parameters_are_refused_with_the_nearest_names():
    with pytest.raises(InvalidInput, match="no measure 'ratte'; did you mean rate"):
        measure_kind("ratte")
    with pytest.raises(InvalidInput, match="no parameter 'treshold'; did you mean threshold"):
        measure_kind("rate").make(trace="v", treshold=0.5)
    with pytest.raises(InvalidInput, match="needs threshold"):
        measure_kind("rate").make(trace="v")
    with pytest.raises(InvalidInput, match="frequency response"):
        measure_kind("gain").make(trace="v", at=1.0).of(TRANSIENT)
