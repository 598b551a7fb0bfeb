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
    """The parameter that changes the current most, of those that change it in proportion.

    Returns its name, and the change of the current for a relative change of the parameter [A].
    Where a device runs away, a little more of anything moves the moment of switching by a step.
    """
    values = parameter_values(device)
    names = [name for name, value in values.items() if value != 0.0]
    here = np.array([values[name] for name in names])
    little, more = (
        np.repeat(here[None], len(names), axis=0) * (1.0 + size * np.eye(len(names)))
        for size in (0.001, 0.002)
    )
    found = predicted(device, data, names, np.concatenate([here[None], little, more]))
    change = found[1:] - found[0]
    once, twice = change[: len(names)], change[len(names) :]
    size = np.nan_to_num((once**2).mean(axis=1))
    bent = np.nan_to_num(((twice - 2.0 * once) ** 2).mean(axis=1), nan=np.inf)
    best = int(np.argmax(np.where(bent < 0.04 * size, size, 0.0)))
    return names[best], float(np.sqrt(size[best])) / 0.001


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
    wanted, sensitivity = most_telling(device, data)
    truth = parameter_values(device)[wanted]
    # So far off that the current is wrong by ten times the noise, or by 3 %.
    off = 1.0 + min(0.03, 10 * spread / sensitivity)
    started = with_parameter(device, wanted, off * truth)
    fit = fit_current_voltage(
        started,
        data,
        [wanted],
        noise=InstrumentNoise(absolute=spread, relative=0.0),
        series_resistance=device.typical_drive.series_resistance,
    )
    low, high = fit.estimates.intervals(0.999)[0]
    assert low <= truth <= high, wanted
    assert not low <= off * truth <= high, wanted
    assert fit.estimates.goodness.rms == pytest.approx(1.0, abs=0.35)
