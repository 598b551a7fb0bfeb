"""Every physical memristor can be fitted: what was planted in a sweep comes back."""

import numpy as np
import pytest

from ohmloom.devices.catalogue import MEMRISTORS
from ohmloom.devices.fitting.current_voltage import (
    InstrumentNoise,
    current_model,
    fit_current_voltage,
)
from ohmloom.devices.fitting.measurements import sweep
from ohmloom.devices.fitting.model_parameters import (
    parameter_values,
    parameters_to_fit,
    with_parameter,
)
from ohmloom.devices.stimulus import typical_sweep

ROWS = 48
# Stiff, or with an equation to solve for every current: a minute each.
SLOW = {"cueppers_2019", "ntinas_2024", "sky130_reram"}


def measured(device, noise):
    """A typical sweep of the device, read with noise."""
    drive = device.typical_drive
    time = np.linspace(0.0, drive.period, ROWS)
    voltage = typical_sweep(drive, 1).at(time)
    nothing = sweep_of(time, voltage, voltage)
    clean = predicted(device, nothing, [], np.empty((1, 0)))[0]
    spread = noise * np.abs(clean).max()
    drawn = np.random.default_rng(1).standard_normal(ROWS)
    return sweep_of(time, voltage, clean + spread * drawn), spread


def sweep_of(time, voltage, current):
    return sweep(time, voltage, current, accept_clipping=True)


def predicted(device, data, names, values):
    model = current_model(
        device,
        data,
        parameters_to_fit(device, names, {}),
        initial_state=device.typical_drive.initial_state,
        series_resistance=device.typical_drive.series_resistance,
    )
    return model(values)


def most_telling(device, data):
    """The parameter that changes the current most."""
    values = parameter_values(device)
    names = [name for name, value in values.items() if value != 0.0]
    here = np.array([values[name] for name in names])
    shifted = np.repeat(here[None], len(names), axis=0) * (1.0 + 0.001 * np.eye(len(names)))
    moved = predicted(device, data, names, np.concatenate([here[None], shifted]))
    change = ((moved[1:] - moved[0]) ** 2).mean(axis=1)
    change[~np.isfinite(change)] = 0.0
    return names[int(np.argmax(change))]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in sorted(MEMRISTORS)
    ],
)
def test_a_parameter_that_was_changed_is_found_again(name):
    device = MEMRISTORS[name]()
    data, spread = measured(device, noise=0.002)
    wanted = most_telling(device, data)
    truth = parameter_values(device)[wanted]
    started = with_parameter(device, wanted, 1.03 * truth)
    fit = fit_current_voltage(
        started,
        data,
        [wanted],
        noise=InstrumentNoise(absolute=spread, relative=0.0),
        series_resistance=device.typical_drive.series_resistance,
    )
    low, high = fit.estimates.intervals(0.999)[0]
    assert low <= truth <= high, wanted
    assert not low <= 1.03 * truth <= high, wanted
    assert fit.estimates.goodness.rms == pytest.approx(1.0, abs=0.35)
