"""What every memristor of the catalogue obeys, at voltages and times of its own typical drive."""

from dataclasses import dataclass, fields, is_dataclass, replace

import numpy as np
import pytest
import torch

from ohmloom.devices.catalogue import MEMRISTORS
from ohmloom.devices.memristor import Memristor, StateVariable, TypicalDrive, drawn_out
from ohmloom.devices.stimulus import typical_sweep, waveform
from ohmloom.devices.transient import simulate_transient

VOLTAGES = np.array([-0.97, -0.71, -0.36, -0.083, 0.0117, 0.29, 0.62, 0.91])
"""Of the amplitudes of the typical drive; odd numbers, so that none lies on a threshold."""
SHARES = np.array([0.117, 0.213, 0.342, 0.458, 0.571, 0.683, 0.794, 0.902])
"""Of the way between the bounds of each variable."""


@pytest.fixture(params=sorted(MEMRISTORS))
def device(request):
    return MEMRISTORS[request.param]()


def volts(device, shares=VOLTAGES):
    drive = device.typical_drive
    return np.where(shares > 0, drive.positive, drive.negative) * shares


def states(device, shares):
    """States at shares of the way, each variable from another end of the list of shares."""
    rows = [
        drawn_out(v.lowest, v.highest, np.roll(shares, 3 * i, axis=0), logarithmic=v.logarithmic)
        for i, v in enumerate(device.state_variables)
    ]
    return np.stack(rows)


def places(device, state):
    """The inverse of `states`, for numpy: 0 to 1 between the bounds."""
    rows = [
        np.log(x / v.lowest) / np.log(v.highest / v.lowest)
        if v.logarithmic
        else (x - v.lowest) / (v.highest - v.lowest)
        for x, v in zip(state, device.state_variables, strict=True)
    ]
    return np.stack(rows)


def loop_area(voltage, current):
    """Of both lobes, as a share of the box around the loop."""
    box = np.ptp(voltage) * np.ptp(current)
    lobes = (np.where(half, current, 0.0) for half in (voltage >= 0, voltage < 0))
    return sum(abs(np.trapezoid(lobe, voltage)) for lobe in lobes) / box


def is_passive(device):
    voltage = volts(device)[:, None]
    inside = voltage * device.current(voltage, states(device, SHARES))
    bounds = voltage * device.current(voltage, states(device, np.array([0.0, 1.0])))
    return bool((inside > 0).all() and (bounds >= 0).all())


def moves_outwards(device):
    voltage = volts(device, np.append(VOLTAGES, [-1.0, 0.0, 1.0]))[:, None]
    moved = []
    for i, variable in enumerate(device.state_variables):
        for bound, outwards in ((variable.lowest, -1.0), (variable.highest, 1.0)):
            state = states(device, SHARES)
            state[i] = bound
            moved.append((outwards * device.state_rate(voltage, state)[i] > 0).any())
    return any(moved)


def is_odd(device):
    voltage = volts(device, np.abs(VOLTAGES))[:, None]
    there, back = (device.current(v, states(device, SHARES)) for v in (voltage, -voltage))
    return np.allclose(there, -back, rtol=1e-9, atol=0)


@dataclass(frozen=True)
class Unlawful:
    """A battery that drives its state out of bounds: the negative control of these laws."""

    odd: bool = True
    gain: float = 1.0

    state_variables = (
        StateVariable(name="share", unit="1", lowest=0.0, highest=1.0, logarithmic=False),
    )
    typical_drive = TypicalDrive(
        positive=1.0, negative=1.0, period=1.0, initial_state=(0.5,), series_resistance=0.0
    )

    def current(self, voltage, state):
        return voltage * state[0] + 0.1

    def state_rate(self, voltage, state):
        # An array of gains meets the wrong axis.
        return (voltage + 0.0 * state[0])[None] * np.max(self.gain)


UNLAWFUL = Unlawful()


def test_every_entry_is_a_memristor(device):
    assert isinstance(device, Memristor)


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        MEMRISTORS["other"] = MEMRISTORS["kvatinsky_2015"]


def test_the_typical_drive_starts_within_the_bounds(device):
    start = device.typical_drive.initial_state
    assert len(start) == len(device.state_variables)
    for value, variable in zip(start, device.state_variables, strict=True):
        assert variable.lowest <= value <= variable.highest
        assert variable.lowest > 0 or not variable.logarithmic


def test_zero_volt_drives_no_current(device):
    for model, silent in ((device, True), (UNLAWFUL, False)):
        state = states(model, np.linspace(0, 1, 9))
        assert (model.current(np.zeros(9), state) == 0).all() == silent


def test_current_flows_with_the_voltage(device):
    assert is_passive(device)
    assert not is_passive(UNLAWFUL)


def test_at_its_bounds_the_state_moves_inwards_only(device):
    assert not moves_outwards(device)
    assert moves_outwards(UNLAWFUL)


def test_the_current_is_odd_where_the_model_says_so_and_only_there(device):
    assert is_odd(device) == device.odd
    assert not is_odd(UNLAWFUL)


def test_a_wild_drive_moves_the_state_and_leaves_it_within_its_bounds(device):
    drive = device.typical_drive
    shares = np.random.default_rng(1).uniform(-1, 1, 25)
    result = simulate_transient(
        device,
        waveform(np.linspace(0, 3 * drive.period, 25), volts(device, shares)),
        initial_state=drive.initial_state,
        times=np.linspace(0, 3 * drive.period, 49),
        series_resistance=drive.series_resistance,
        relative_tolerance=1e-3,
    )
    for variable, state in zip(device.state_variables, result.state, strict=True):
        assert (state >= variable.lowest).all()
        assert (state <= variable.highest).all()
    assert np.ptp(places(device, result.state[:, :, 0]), axis=1).max() > 0.01


def test_under_its_typical_drive_the_device_shows_a_loop_that_is_pinched_at_zero(device):
    drive = device.typical_drive
    # Up and down at the same voltages, so that what has no memory encloses nothing at all.
    turns = np.cumsum([0.0, drive.positive, drive.positive, drive.negative, drive.negative])
    quarters = drive.period * turns / turns[-1]
    once = np.interp(np.arange(1, 81) / 20, np.arange(5), quarters)
    result = simulate_transient(
        device,
        typical_sweep(drive, cycles=2),
        initial_state=drive.initial_state,
        times=np.concatenate([[0.0], once, drive.period + once]),
        series_resistance=drive.series_resistance,
        relative_tolerance=1e-3,
    )
    voltage, current = result.voltage[:, 0], result.current[:, 0]
    assert loop_area(result.drive[:, 0], current) > 1e-3
    assert (np.abs(voltage) < 1e-9 * np.ptp(voltage)).sum() == 5
    pinched = np.abs(current[np.abs(voltage) < 1e-9 * np.ptp(voltage)])
    assert (pinched < 1e-9 * np.ptp(current)).all()
    assert (voltage * current >= 0).all()
    # Negative control: with its state held where it started, the device has no loop.
    held = np.array(drive.initial_state)[:, None] * np.ones(len(current))
    assert loop_area(result.drive[:, 0], device.current(result.drive[:, 0], held)) < 1e-6


def test_torch_gives_the_numbers_of_numpy(device):
    voltage, state = volts(device)[:, None], states(device, np.append(SHARES, [0.0, 1.0]))
    state = np.repeat(state[:, None], len(voltage), axis=1)
    for method in (device.current, device.state_rate):
        in_torch = method(torch.tensor(voltage), torch.tensor(state))
        assert isinstance(in_torch, torch.Tensor)
        in_numpy = method(voltage, state)
        floor = 1e-12 * np.abs(in_numpy).max()
        np.testing.assert_allclose(in_torch.numpy(), in_numpy, rtol=1e-9, atol=floor)


def test_gradients_agree_with_finite_differences(device):
    variables = device.state_variables
    sizes = torch.tensor(np.abs(volts(device) / VOLTAGES))
    shares = places(device, states(device, SHARES))

    def evaluated(method, voltage, share):
        rows = [
            drawn_out(v.lowest, v.highest, row, logarithmic=v.logarithmic)
            for v, row in zip(variables, share, strict=True)
        ]
        return method(voltage * sizes, torch.stack(rows))

    for method in (device.current, device.state_rate):
        voltage = torch.tensor(VOLTAGES, requires_grad=True)
        share = torch.tensor(shares, requires_grad=True)
        # Each number by itself, because rates differ by many decades from one voltage to the next.
        scale = evaluated(method, voltage, share).detach().abs()
        scale = torch.where(scale > 0, scale, 1.0)

        def scaled(voltage, share, method=method, scale=scale):
            return evaluated(method, voltage, share) / scale

        assert torch.autograd.gradcheck(scaled, (voltage, share))


def one_number_changed(model):
    """Twins of a model: one number a percent larger, and the same number as an array of both.

    Yields the name of the number, the model with the larger number, and the one with the array.
    """
    for field in fields(model):
        value = getattr(model, field.name)
        if isinstance(value, TypicalDrive):
            continue
        if isinstance(value, float) and value != 0.0:
            yield (
                field.name,
                replace(model, **{field.name: 1.01 * value}),
                replace(model, **{field.name: np.array([value, 1.01 * value])}),
            )
        elif is_dataclass(value):
            for name, larger, both in one_number_changed(value):
                yield (
                    f"{field.name}.{name}",
                    replace(model, **{field.name: larger}),
                    replace(model, **{field.name: both}),
                )


def unlike_alone(model):
    """The numbers of a model that, as an array of two devices, do not act as each alone."""
    voltage, shares = volts(model)[:, None], np.stack([SHARES, SHARES[::-1]], axis=1)
    bad, tried = [], 0
    for name, larger, both in one_number_changed(model):
        tried += 1
        state = states(both, shares)
        for method in ("current", "state_rate"):
            alone = [
                getattr(twin, method)(voltage, state[..., i : i + 1])
                for i, twin in enumerate((model, larger))
            ]
            together = getattr(both, method)(voltage, state)
            exact = np.concatenate(alone, axis=-1)
            floor = 1e-12 * np.abs(exact).max()
            if not np.allclose(together, exact, rtol=1e-9, atol=floor):
                bad.append(f"{method} with {name}")
    assert tried > 0
    return bad


def test_every_parameter_may_be_an_array_of_devices(device):
    assert unlike_alone(device) == []
    assert unlike_alone(UNLAWFUL) == ["state_rate with gain"]
