from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.fitting.current_voltage import (
    InstrumentNoise,
    current_model,
    fit_current_voltage,
)
from ohmloom.devices.fitting.estimates import Parameter
from ohmloom.devices.fitting.least_squares import fit_many
from ohmloom.devices.fitting.measurements import sweep
from ohmloom.devices.fitting.model_parameters import parameter_values
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import triangle_sweep, waveform
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import nm, ns, uA

START = "initial position of the border"
ON, OFF = "conduction.resistance_on", "conduction.resistance_off"
NOISE = InstrumentNoise(absolute=20 * uA, relative=0.02)
ROWS = 61


def current_of(memristor, time, voltage, start):
    response = simulate_transient(
        memristor, waveform(time, voltage), initial_state=(start,), times=time
    )
    return response.current[:, 0]


def measured(period, rows=ROWS, noise=NOISE, seed=1, start=1 * nm):
    time = np.linspace(0.0, period, rows)
    voltage = triangle_sweep(1.0, 0.35, period, cycles=1).at(time)
    clean = current_of(kvatinsky_2015(), time, voltage, start)
    drawn = np.random.default_rng(seed).standard_normal(rows)
    return sweep(time, voltage, clean + noise.spread(clean) * drawn)


def test_every_number_of_a_model_can_be_named():
    names = parameter_values(kvatinsky_2015())
    assert {ON, OFF, "rate_off", "threshold_on", "state_off"} <= set(names)
    assert not any("drive" in name for name in names)


def test_without_noise_the_planted_parameters_come_back():
    quiet = InstrumentNoise(absolute=1e-12, relative=1e-9)
    begin = replace(kvatinsky_2015(), rate_off=8e-4)
    fit = fit_current_voltage(
        begin, measured(400 * ns, noise=quiet), [OFF, "rate_off", START], noise=NOISE
    )
    assert fit.estimates[OFF] == pytest.approx(1000.0, rel=1e-3)
    assert fit.memristor.rate_off == pytest.approx(5e-4, rel=1e-3)
    assert fit.initial_state == pytest.approx([1 * nm], rel=2e-3)
    assert isinstance(fit.memristor.rate_off, float)


def test_ninety_percent_intervals_cover_the_truth_in_85_to_95_percent_of_200_sweeps():
    data = measured(400 * ns)
    clean = current_of(kvatinsky_2015(), data.time, data.voltage, 1 * nm)
    spread = NOISE.spread(clean)
    truth = {ON: 50.0, OFF: 1000.0, "rate_off": 5e-4}
    parameters = [
        Parameter(
            name=name,
            unit="SI",
            start=1.3 * value,
            lowest=value / 100,
            highest=value * 100,
            logarithmic=True,
        )
        for name, value in truth.items()
    ]
    model = current_model(kvatinsky_2015(), data, parameters, initial_state=(1 * nm,))
    noisy = clean + spread * np.random.default_rng(2).standard_normal((200, ROWS))
    found = fit_many(
        lambda values: model(values) / spread, noisy / spread, parameters, difference=1e-3
    )
    for i, value in enumerate(truth.values()):
        ends = np.array([estimates.intervals(0.9)[i] for estimates in found])
        covered = ((ends[:, 0] <= value) & (value <= ends[:, 1])).mean()
        assert 0.85 <= covered <= 0.95
        # Negative control: a value 3 % off is not covered as often.
        assert ((ends[:, 0] <= 1.03 * value) & (1.03 * value <= ends[:, 1])).mean() < 0.85


def test_a_sweep_that_reaches_no_bound_leaves_resistance_and_speed_to_make_up_for_each_other():
    # In a film that is never crossed, a larger resistance and a slower border look the same.
    fit = fit_current_voltage(
        kvatinsky_2015(), measured(40 * ns), [ON, OFF, "rate_off", "rate_on", START], noise=NOISE
    )
    lost = fit.estimates.undetermined
    assert {OFF, "rate_off", START} <= set(lost)
    assert ON not in lost
    assert fit.estimates.goodness.rms == pytest.approx(1.0, rel=0.3)


def test_clipped_rows_are_left_out():
    data = measured(400 * ns)
    limit = 0.8 * np.abs(data.current).max()
    limited = data.current.clip(-limit, limit)
    marked = sweep(data.time, data.voltage, limited, compliance=limit, accept_clipping=True)
    assert marked.clipped.any()
    kept = fit_current_voltage(kvatinsky_2015(), marked, [ON], noise=NOISE).estimates
    taken = fit_current_voltage(
        kvatinsky_2015(), replace(marked, clipped=np.zeros(ROWS, dtype=bool)), [ON], noise=NOISE
    ).estimates
    assert kept[ON] == pytest.approx(50.0, rel=0.02)
    assert abs(taken[ON] - 50.0) > 2 * abs(kept[ON] - 50.0)


def test_readings_that_are_low_by_chance_do_not_count_for_more():
    # Readings that are a tenth too high and too low in turn are right on average. Weighted by
    # themselves instead of by the model, they would be fitted 2 % too low.
    data = measured(400 * ns, noise=InstrumentNoise(absolute=1e-15, relative=0.0), rows=60)
    apart = np.where(np.arange(60) % 2, 0.9, 1.1)
    noisy = replace(data, current=data.current * apart)
    fit = fit_current_voltage(
        kvatinsky_2015(),
        noisy,
        [ON, OFF],
        noise=InstrumentNoise(absolute=1e-9, relative=0.1),
        initial_state=(1 * nm,),
    )
    assert fit.estimates[ON] == pytest.approx(50.0, rel=8e-3)
    assert fit.estimates.goodness.rms == pytest.approx(1.0, rel=0.05)
    assert fit.estimates.parameters[0].start == 50.0


def test_a_whole_number_for_a_resistance_can_be_fitted_all_the_same():
    begin = kvatinsky_2015()
    whole = replace(begin, conduction=replace(begin.conduction, resistance_on=50))
    assert parameter_values(whole)[ON] == 50.0


def test_a_bootstrap_agrees_with_the_covariance():
    fit = fit_current_voltage(
        kvatinsky_2015(),
        measured(400 * ns, rows=41),
        [ON, OFF],
        noise=NOISE,
        resamples=60,
        rng=np.random.default_rng(1),
    ).estimates
    ratio = fit.bootstrap.std(axis=0) / fit.standard_errors
    assert ratio == pytest.approx([1.0, 1.0], abs=0.35)


def test_wrong_requests_are_refused():
    data = measured(400 * ns)
    with pytest.raises(InvalidInput, match="no parameter 'r_on'; it has conduction"):
        fit_current_voltage(kvatinsky_2015(), data, ["r_on"], noise=NOISE)
    with pytest.raises(InvalidInput, match="name the parameters"):
        fit_current_voltage(kvatinsky_2015(), data, [], noise=NOISE)
    nothing = InstrumentNoise(absolute=0.0, relative=0.0)
    with pytest.raises(InvalidInput, match="above zero"):
        fit_current_voltage(kvatinsky_2015(), data, [ON], noise=nothing)
    for parts in ((-1e-6, 0.1), (0.0, np.nan), (np.inf, 0.0)):
        with pytest.raises(InvalidInput, match="finite and not negative"):
            InstrumentNoise(absolute=parts[0], relative=parts[1])
    with pytest.raises(InvalidInput, match="limits are given for rate_of, which is not fitted"):
        fit_current_voltage(
            kvatinsky_2015(), data, [ON], noise=NOISE, limits={"rate_of": (1e-5, 1e-3)}
        )
    with pytest.raises(InvalidInput, match="fitted once"):
        fit_current_voltage(kvatinsky_2015(), data, [ON, ON], noise=NOISE)
    with pytest.raises(InvalidInput, match="must be a list"):
        fit_current_voltage(kvatinsky_2015(), data, "rate_off", noise=NOISE)
    relative = InstrumentNoise(absolute=0.0, relative=0.1)
    exact = replace(data, current=data.current * (data.voltage != 0))
    with pytest.raises(InvalidInput, match="absolute part"):
        fit_current_voltage(kvatinsky_2015(), exact, [ON], noise=relative)
    with pytest.raises(InvalidInput, match="initial position of the border: 9e-09 m is outside"):
        fit_current_voltage(kvatinsky_2015(), data, [ON], noise=NOISE, initial_state=(9e-9,))
    with pytest.raises(InvalidInput, match="initial_state needs 1"):
        fit_current_voltage(kvatinsky_2015(), data, [ON], noise=NOISE, initial_state=(0.0, 1.0))
