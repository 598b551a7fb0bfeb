from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.fitting.least_squares import fit_many
from ohmloom.devices.fitting.measurements import PulseTrain, pulse_train
from ohmloom.devices.fitting.model_parameters import parameters_to_fit, with_parameter
from ohmloom.devices.fitting.pulse_response import NominalDraws, fit_pulse_response, step_model
from ohmloom.devices.pulse_updates.cycle_noise import ConstantNoise
from ohmloom.devices.pulse_updates.presets import gong_2018_exponential, gong_2018_soft_bounds
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

STEP, LOWEST, HIGHEST = "population.step", "population.lowest", "population.highest"
NAMES = (STEP, LOWEST, HIGHEST)
CYCLE_NOISE = 0.1 * uS


def truth():
    """Soft bounds of 2 to 42 uS, a hundredth of the way with every pulse."""
    model = gong_2018_soft_bounds(lowest=2 * uS, highest=42 * uS)
    return replace(
        model,
        population=replace(model.population, step=0.2 * uS, write_noise=0.0),
        noise=ConstantNoise(relative=0.5),
    )


def directions(pulses=500):
    return np.concatenate([np.ones(pulses), -np.ones(pulses), np.ones(pulses)])


def measured(rng, *, cycle_noise=CYCLE_NOISE, read_noise=0.0, up=None):
    model, given = truth(), directions() if up is None else up
    cells = model.draw_cells((1,), rng=NominalDraws())
    conductance = [np.array([10 * uS])]
    for direction in given:
        step = model.step(conductance[-1], np.array([direction > 0]), cells=cells)
        conductance.append(conductance[-1] + step + cycle_noise * rng.standard_normal(1))
    readings = np.concatenate(conductance)
    readings = readings + read_noise * rng.standard_normal(readings.size)
    return pulse_train(np.concatenate([[0.0], given]), readings)


def started():
    model = truth()
    for name, factor in ((STEP, 1.5), (LOWEST, 0.5), (HIGHEST, 1.4)):
        inner = getattr(model.population, name.split(".")[1])
        model = with_parameter(model, name, factor * inner)
    return model


def test_without_noise_the_planted_parameters_come_back():
    fit = fit_pulse_response(started(), measured(np.random.default_rng(1), cycle_noise=0.0), NAMES)
    found = fit.update.population
    assert found.step == pytest.approx(0.2 * uS, rel=1e-4)
    assert found.lowest == pytest.approx(2 * uS, rel=1e-3)
    assert found.highest == pytest.approx(42 * uS, rel=1e-4)


def test_ninety_percent_intervals_cover_the_truth_in_85_to_95_percent_of_200_trains():
    # One train gives the conductances; 200 draws of the noise of its steps are fitted together.
    rng = np.random.default_rng(3)
    train = measured(rng)
    model = step_model(truth(), train, NAMES)
    true = np.array([0.2 * uS, 2 * uS, 42 * uS])
    clean = model(true[None])
    noisy = clean + CYCLE_NOISE * rng.standard_normal((200, clean.size))
    parameters = parameters_to_fit(truth(), NAMES, {})
    found = fit_many(lambda values: model(values) / uS, noisy / uS, parameters)
    for i, value in enumerate(true):
        ends = np.array([estimates.intervals(0.9)[i] for estimates in found])
        covered = ((ends[:, 0] <= value) & (value <= ends[:, 1])).mean()
        assert 0.85 <= covered <= 0.95
        # Negative control: a truth two half-widths away is hardly ever covered.
        wrong = value + (ends[:, 1] - ends[:, 0]).mean()
        assert ((ends[:, 0] <= wrong) & (wrong <= ends[:, 1])).mean() < 0.2


def test_noise_of_cycles_and_of_readings_are_told_apart():
    rng = np.random.default_rng(5)
    moving = fit_pulse_response(truth(), measured(rng), NAMES)
    assert moving.cycle_noise == pytest.approx(CYCLE_NOISE, rel=0.05)
    assert moving.read_noise < 0.3 * CYCLE_NOISE
    blurred = fit_pulse_response(
        truth(), measured(rng, cycle_noise=0.02 * uS, read_noise=0.1 * uS), NAMES
    )
    assert blurred.read_noise == pytest.approx(0.1 * uS, rel=0.1)
    both = fit_pulse_response(
        truth(), measured(rng, read_noise=0.1 * uS, up=directions(200)), NAMES
    )
    assert both.read_noise == pytest.approx(0.1 * uS, rel=0.2)
    assert both.cycle_noise == pytest.approx(CYCLE_NOISE, rel=0.2)


def test_a_train_that_only_goes_up_leaves_the_lower_bound_open():
    train = measured(np.random.default_rng(2), up=np.ones(400))
    fit = fit_pulse_response(truth(), train, NAMES)
    assert set(fit.estimates.undetermined) == {LOWEST}
    assert fit.estimates[HIGHEST] == pytest.approx(42 * uS, rel=0.1)


def test_residuals_tell_the_right_model_from_a_wrong_one():
    train = measured(np.random.default_rng(4), cycle_noise=0.02 * uS)
    right = fit_pulse_response(truth(), train, NAMES).estimates.goodness
    other = gong_2018_exponential(lowest=1 * uS, highest=50 * uS)
    wrong = fit_pulse_response(other, train, [STEP]).estimates.goodness
    assert right.runs > 0.01
    assert wrong.runs < 1e-6


def test_a_bootstrap_agrees_with_the_covariance():
    fit = fit_pulse_response(
        truth(),
        measured(np.random.default_rng(6), up=directions(200)),
        (STEP, HIGHEST),
        resamples=60,
        rng=np.random.default_rng(1),
    ).estimates
    ends, resampled = fit.intervals(0.9), fit.bootstrap_intervals(0.9)
    width = (resampled[:, 1] - resampled[:, 0]) / (ends[:, 1] - ends[:, 0])
    assert width == pytest.approx(np.ones(2), abs=0.4)


def test_wrong_requests_are_refused():
    train = measured(np.random.default_rng(1), up=np.ones(20))
    with pytest.raises(InvalidInput, match="no parameter 'step'; it has population"):
        fit_pulse_response(truth(), train, ["step"])
    with pytest.raises(InvalidInput, match="name the parameters"):
        fit_pulse_response(truth(), train, [])
    short = PulseTrain(pulses=train.pulses[:3], conductance=train.conductance[:3])
    with pytest.raises(InvalidInput, match="more than 2 data points"):
        fit_pulse_response(truth(), short, NAMES)
