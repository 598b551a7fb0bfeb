from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from ohmloom.devices.memristor import StateVariable, TypicalDrive, stopped_at_bounds
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import pulse_train, sine, triangle_sweep, waveform
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput, OutOfModelRange, SimulatorError
from ohmloom.si import nm, ns, us


def variable(lowest=0.0, highest=1.0, *, logarithmic=False):
    return StateVariable(
        name="share", unit="1", lowest=lowest, highest=highest, logarithmic=logarithmic
    )


@dataclass(frozen=True, kw_only=True)
class Written:
    """A model of an equation that a test writes down."""

    equations: Callable[..., list[np.ndarray]]
    state_variables: tuple[StateVariable, ...] = (variable(),)
    conductance: Callable[..., np.ndarray] = lambda v, s: 1.0 + 0.0 * v * s[0]
    speed: float | np.ndarray = 1.0
    odd: bool = True
    typical_drive: TypicalDrive | None = None

    def current(self, voltage, state):
        return voltage * self.conductance(voltage, state)

    def state_rate(self, voltage, state):
        rates = self.equations(voltage, state)
        return np.stack(
            [
                stopped_at_bounds(self.speed * rate + 0 * voltage + 0 * value, value, of)
                for rate, value, of in zip(rates, state, self.state_variables, strict=True)
            ]
        )


# Constant voltage, closed form of VTEAM


def test_a_constant_voltage_gives_the_closed_form_up_to_the_bound_and_on_it():
    # The film ends after 122.449 ns.
    device = kvatinsky_2015()
    result = simulate_transient(device, waveform([0, 160 * ns], [1, 1]), initial_state=[0.0])
    exact = device.advance(np.zeros((1, 1)), np.array(1.0), result.time)
    np.testing.assert_allclose(result.state[:, :, 0], exact, rtol=0, atol=1e-9 * 3 * nm)
    resistance = 50 + 950 * exact[0] / (3 * nm)
    np.testing.assert_allclose(result.current[:, 0], 1 / resistance, rtol=1e-9)
    assert result.state[0, -1, 0] == 3 * nm
    # Negative control: a millionth more voltage would be noticed.
    other = simulate_transient(
        device, waveform([0, 160 * ns], [1 + 1e-6, 1 + 1e-6]), initial_state=[0.0]
    )
    assert np.abs(other.state - result.state).max() > 1e-9 * 3 * nm


def test_pulses_with_edges_of_no_duration_give_the_closed_form_pulse_by_pulse():
    # Drawn so that many pulses end at a bound, some after picoseconds, with long gaps between.
    rng = np.random.default_rng(3)
    device, voltages = kvatinsky_2015(), rng.uniform(-0.6, 1.0, (40, 50))
    width, gap = 20 * ns, 100 * us
    start = rng.uniform(0, 3 * nm, (1, 50))
    ends = (np.arange(40) + 1) * (width + gap)
    result = simulate_transient(
        device, pulse_train(voltages, width, gap), initial_state=start, times=ends
    )
    state, at_bound = start, 0
    for i, voltage in enumerate(voltages):
        state = device.advance(state, voltage, width)
        np.testing.assert_allclose(result.state[:, i], state, rtol=0, atol=1e-9 * 3 * nm)
        at_bound += int(((state == 0) | (state == 3 * nm)).sum())
    assert at_bound > 500
    assert result.steps.max() < 15 * 40


def test_a_ramp_gives_the_integral_of_the_rate():
    # dx/dt = 5e-4 (v/.02 - 1) with v = t/T volt: x = 5e-4 T ((v^2 - .02^2)/.04 - (v - .02)).
    ramp = 100 * ns
    result = simulate_transient(
        kvatinsky_2015(), waveform([0, ramp], [0, 1]), initial_state=[0.0], times=[ramp]
    )
    exact = 5e-4 * ramp * ((1 - 0.02**2) / 0.04 - (1 - 0.02))
    assert result.state[0, 0, 0] / exact == pytest.approx(1.0, rel=2e-6)


def test_a_sleeping_device_does_not_miss_a_threshold_that_a_ramp_passes_at_its_very_end():
    # One second of ramp; beyond -0.2 V the state moves metres per second.
    device = kvatinsky_2015()
    for beyond in (1e-4, 1e-3, 1e-2):
        last = -0.2 * (1 + beyond)
        result = simulate_transient(
            device, waveform([0, 1], [0, last]), initial_state=[3 * nm], times=[1.0]
        )
        # x = 3 nm - 10 integral (v/v_on - 1)^3 dt, and (v/v_on - 1) rises with 1 + beyond per s.
        moved = 10 * beyond**4 / 4 / (1 + beyond)
        exact = max(3 * nm - moved, 0.0)
        assert result.state[0, 0, 0] == pytest.approx(exact, abs=1e-5 * 3 * nm)


# Bounds


def test_states_that_meet_bounds_and_leave_them_within_one_stretch_follow_the_closed_form():
    # dx/dt = v and v from -1 to 1: down to zero if it starts below 1/2, held until v = 0, up again.
    start = np.array([[0.0, 0.01, 0.3, 0.4999, 0.5, 0.6, 0.98]])
    model = Written(equations=lambda v, s: [v + 0 * s[0]])
    late = simulate_transient(
        model, waveform([0, 2], [-1, 1]), initial_state=start, times=[1.0, 1.5, 2.0]
    )
    lowest = np.maximum(start - 0.5, 0.0)
    exact = np.concatenate([lowest, lowest + 0.125, np.minimum(lowest + 0.5, 1.0)])
    np.testing.assert_allclose(late.state[0], exact, rtol=0, atol=2e-6)


def test_a_state_that_dips_out_of_its_bounds_between_the_ends_of_one_step_is_caught():
    # x = x0 - t + t^2 / 2 without bounds: lowest at t = 1, by 1/2. Steps last 0.106 s here.
    for start in (0.5 - 3e-4, 0.5 - 1e-2, 0.5 + 1e-4):
        result = simulate_transient(
            Written(equations=lambda v, s: [v + 0 * s[0]], state_variables=(variable(0.0, 2.0),)),
            waveform([0, 2.7], [-1, 1.7]),
            initial_state=[start],
            times=[2.7],
        )
        exact = max(start - 0.5, 0.0) + 1.7**2 / 2
        assert result.state[0, 0, 0] == pytest.approx(exact, abs=4e-6)


def test_the_moment_at_which_one_variable_meets_its_bound_is_right_for_the_other():
    # x' = 3 - y until x = 1; y' = x.
    model = Written(
        equations=lambda v, s: [3 - s[1], s[0]],  # noqa: ARG005
        state_variables=(variable(), variable(0.0, 10.0)),
    )
    result = simulate_transient(
        model, waveform([0, 2], [1, 1]), initial_state=[0.0, 0.0], times=[2.0]
    )

    def meets(t, y):  # noqa: ARG001
        return y[0] - 1

    meets.terminal = True
    first = solve_ivp(
        lambda t, y: [3 - y[1], y[0]],  # noqa: ARG005
        (0, 2),
        [0, 0],
        rtol=1e-11,
        atol=1e-13,
        events=meets,
    )
    exact = first.y[1, -1] + (2 - first.t[-1])
    assert result.state[:, 0, 0] == pytest.approx([1.0, exact], abs=1e-5)


def test_a_window_that_closes_at_the_bound_does_not_lock_the_state_in():
    # x' = 60 v x (1 - x) comes within 1e-13 of 1, and back again as the voltage turns. When exactly
    # it comes back is below the tolerance.
    result = simulate_transient(
        Written(equations=lambda v, s: [60 * v * s[0] * (1 - s[0])]),
        pulse_train([1.0, -1.0], width=0.5, gap=0.0),
        initial_state=[0.5],
        times=[0.5, 1.0],
    )
    assert result.state[0, 0, 0] == pytest.approx(1.0, abs=1e-6)
    assert result.state[0, 1, 0] < 0.9


# Smooth and stiff equations, against scipy


def followed(model, stimulus, initial, times, **options):
    """States of `simulate_transient` and of Radau at a tolerance of 1e-10."""
    ours = simulate_transient(model, stimulus, initial_state=initial, times=times, **options)
    place, theirs = np.array(initial, dtype=float), []
    for start, stop in zip(stimulus.time[:-1], stimulus.time[1:], strict=True):
        inside = [t for t in times if start < t <= stop]
        low, high = stimulus.at([start, stop])

        def rate(t, y, low=low, slope=(high - low) / (stop - start), start=start):
            return model.equations(low + slope * (t - start), y)

        solution = solve_ivp(
            rate,
            (start, stop),
            place,
            method="Radau",
            t_eval=sorted({*inside, stop}),
            rtol=1e-10,
            atol=1e-12,
        )
        place = solution.y[:, -1]
        theirs += list(solution.y.T[: len(inside)])
    return ours, np.array(theirs).T


def test_a_smooth_device_follows_the_solver_of_scipy():
    model = Written(
        equations=lambda v, s: [3 * np.sinh(2 * v) * s[0] * (1 - s[0]) + 0.1 * (0.5 - s[0])]
    )
    times = np.linspace(0.3, 4, 7)
    sweep = triangle_sweep(1.0, 1.2, 2.0, cycles=2)
    coarse, exact = followed(model, sweep, [0.3], times, relative_tolerance=1e-4)
    fine = simulate_transient(
        model, sweep, initial_state=[0.3], times=times, relative_tolerance=1e-9
    )
    assert np.abs(fine.state[0, :, 0] - exact[0]).max() < 2e-8
    assert 1e-7 < np.abs(coarse.state[0, :, 0] - exact[0]).max() < 1e-3


def test_a_linear_equation_with_a_logarithmic_variable_is_exponential_over_decades():
    # x' = v x: the logarithm of x is the integral of v.
    result = simulate_transient(
        Written(
            equations=lambda v, s: [v * s[0]],
            state_variables=(variable(1e-6, 1e3, logarithmic=True),),
        ),
        triangle_sweep(10.0, 10.0, 4.0, cycles=1),
        initial_state=[1e-4],
        times=[0.5, 1.0, 2.0, 3.0],
    )
    exact = 1e-4 * np.exp([1.25, 5.0, 10.0, 5.0])
    np.testing.assert_allclose(result.state[0, :, 0], exact, rtol=1e-6)


def test_a_temperature_of_fractions_of_a_nanosecond_costs_a_microsecond_switch_nothing():
    # A filament that grows with the temperature it heats, which follows in 0.2 ns.
    def equations(v, s):
        share, temperature = s
        heat = v**2 * 100e-6 * (0.05 + share)
        grows = 1e13 * np.exp(-0.6 / (8.617e-5 * temperature)) * np.sinh(v / 0.2)
        return [grows * (1 - share), (300 + 6e6 * heat - temperature) / 0.2e-9]

    model = Written(equations=equations, state_variables=(variable(), variable(300.0, 2000.0)))
    stimulus = waveform([0, 0.25e-6, 1e-6], [0, 0.8, 0.8])
    times = np.array([0.2e-6, 0.25e-6, 0.4e-6, 0.6e-6, 1e-6])
    ours, exact = followed(model, stimulus, [0.0, 300.0], times)
    assert 0.01 < exact[0, 2] < 0.99
    # A hundred-thousandth of each range.
    assert (np.abs(ours.state[:, :, 0] - exact).max(axis=1) / [1, 1700]) == pytest.approx(
        [0, 0], abs=1e-5
    )
    assert ours.steps[0] < 300


def test_a_relaxation_oscillation_of_stiffness_a_million_follows_the_solver_of_scipy():
    # Van der Pol with mu = 1000, over a jump of the slow manifold at about t = 807.
    model = Written(
        equations=lambda v, s: [s[1], v * (1 - s[0] ** 2) * s[1] - s[0]],
        state_variables=(variable(-3.0, 3.0), variable(-2000.0, 2000.0)),
    )
    ours, exact = followed(
        model, waveform([0, 1000], [1000, 1000]), [2.0, 0.0], np.array([400.0, 1000.0])
    )
    np.testing.assert_allclose(ours.state[:, :, 0], exact, rtol=0, atol=2e-5)
    assert ours.steps[0] < 500


def test_what_thinks_for_a_while_before_it_explodes_is_not_damped_away():
    # Logistic growth of 1e-7 under one pulse of 100 e-folds; an L-stable step would swallow it.
    result = simulate_transient(
        Written(equations=lambda v, s: [v * s[0] * (1 - s[0])]),
        waveform([0, 1], [100, 100]),
        initial_state=[1e-7],
        times=[np.log(1e7) / 100, 1.0],
    )
    assert result.state[0, :, 0] == pytest.approx([0.5, 1.0], abs=0.02)


def test_a_tighter_tolerance_shrinks_the_error_at_the_order_of_the_method():
    model = Written(equations=lambda v, s: [0.5 + 0.4 * np.sin(8 * v) - s[0] ** 2])
    stimulus, times = waveform([0, 3], [0.2, 1.0]), [3.0]
    _, exact = followed(model, stimulus, [0.1], np.array(times))
    errors, steps = [], []
    for tolerance in (1e-7, 1e-10):
        result = simulate_transient(
            model, stimulus, initial_state=[0.1], times=times, relative_tolerance=tolerance
        )
        errors.append(abs(result.state[0, 0, 0] - exact[0, 0]))
        steps.append(int(result.steps[0]))
    assert errors[1] < 1e-9
    # Error h^4 and, of one step, h^4 held at the tolerance: a thousandth costs 1000^(1/4) = 5.6.
    assert 3 < steps[1] / steps[0] < 8


# Many devices


def test_a_device_alone_does_what_it_does_among_a_hundred_others():
    rng = np.random.default_rng(5)
    nominal = kvatinsky_2015()
    many = replace(
        nominal,
        rate_on=-10 * 10 ** rng.uniform(-6, 0, 100),
        threshold_off=0.02 * rng.uniform(0.5, 1.5, 100),
        conduction=replace(nominal.conduction, resistance_off=1000 * rng.uniform(0.5, 1.5, 100)),
    )
    start = rng.uniform(0, 3 * nm, (1, 100))
    drive = sine(1.0, 20 * ns, cycles=1, points_per_period=24)
    voltage = drive.voltage[:, None] * rng.uniform(0.3, 1.0, 100)
    times = np.linspace(0, 20 * ns, 9)
    options = {"times": times, "series_resistance": 30.0}
    together = simulate_transient(
        many, waveform(drive.time, voltage), initial_state=start, **options
    )
    assert together.state.shape == (1, 9, 100)
    for i in (0, 17, 99):
        one = replace(
            nominal,
            rate_on=float(many.rate_on[i]),
            threshold_off=float(many.threshold_off[i]),
            conduction=replace(
                nominal.conduction, resistance_off=float(many.conduction.resistance_off[i])
            ),
        )
        alone = simulate_transient(
            one, waveform(drive.time, voltage[:, i]), initial_state=start[:, i], **options
        )
        for field in ("drive", "voltage", "current", "state"):
            np.testing.assert_allclose(
                getattr(alone, field)[..., 0],
                getattr(together, field)[..., i],
                rtol=1e-11,
                atol=1e-12 * 3 * nm,
            )
        assert alone.steps[0] == together.steps[i]


def test_devices_that_are_done_early_leave_the_others_with_their_own_numbers():
    # x' = k (v - x) with v = 1.
    speed = 10.0 ** np.arange(-2, 5, 0.5)[np.random.default_rng(7).permutation(14)]
    result = simulate_transient(
        Written(equations=lambda v, s: [v - s[0]], speed=speed),
        waveform([0, 1], [1, 1]),
        initial_state=[0.0],
        times=[1.0],
    )
    np.testing.assert_allclose(result.state[0, 0], -np.expm1(-speed), rtol=0, atol=1e-5)
    assert len(set(result.steps)) > 5


def test_a_sleeping_device_takes_no_steps_for_one_that_works():
    # The second is a million times slower.
    model = Written(
        equations=lambda v, s: [v * (np.sin(40 * s[0]) + 1.1)], speed=np.array([1.0, 1e-6])
    )
    result = simulate_transient(model, waveform([0, 1], [1, 1]), initial_state=[0.0], times=[1.0])
    assert result.steps[1] < 12
    assert result.steps[0] > 5 * result.steps[1]


def test_progress_is_told_from_zero_to_one():
    told = []
    simulate_transient(
        replace(kvatinsky_2015(), rate_on=np.array([-10.0, -1.0])),
        triangle_sweep(1.0, 1.0, 20 * ns, cycles=1),
        initial_state=[0.0],
        progress=told.append,
    )
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 100


# Series resistance


def test_behind_a_resistor_the_device_follows_the_equation_that_brentq_solves():
    @dataclass(frozen=True, kw_only=True)
    class Steep(Written):
        def current(self, voltage, state):
            return 1e-5 * state[0] * np.sinh(voltage / 0.05)

    model = Steep(equations=lambda v, s: [5 * v * (1.2 - s[0])])
    stimulus, resistance = triangle_sweep(1.0, 0.5, 3.0, cycles=1), 2000.0
    result = simulate_transient(model, stimulus, initial_state=[0.1], series_resistance=resistance)

    def across(drive, share):
        return brentq(
            lambda v: v + resistance * 1e-5 * share * np.sinh(v / 0.05) - drive,
            min(drive, 0) - 1e-300,
            max(drive, 0) + 1e-300,
            xtol=1e-300,
            rtol=1e-14,
        )

    for i in range(0, len(result.time), 57):
        exact = across(result.drive[i, 0], result.state[0, i, 0])
        assert result.voltage[i, 0] == pytest.approx(exact, rel=1e-11, abs=1e-13)
    oracle = solve_ivp(
        lambda t, y: 5 * across(float(stimulus.at([t])[0]), y[0]) * (1.2 - y),
        (0, 1.0),
        [0.1],
        max_step=0.1,
        rtol=1e-9,
        atol=1e-10,
    )
    rise = np.searchsorted(result.time, 1.0)
    assert result.time[rise] == pytest.approx(1.0)
    assert result.state[0, rise, 0] == pytest.approx(oracle.y[0, -1], abs=1e-5)


# What is reported


def test_moments_at_a_jump_are_reported_before_and_after_it():
    train = pulse_train([0.5], width=10 * ns, gap=10 * ns)
    result = simulate_transient(kvatinsky_2015(), train, initial_state=[0.0])
    assert result.drive[:2, 0].tolist() == [0.0, 0.5]
    edge = np.flatnonzero(result.time == 10 * ns)
    assert result.drive[edge, 0].tolist() == [0.5, 0.0]
    assert np.ptp(result.state[0, edge, 0]) == 0
    once = simulate_transient(kvatinsky_2015(), train, initial_state=[0.0], times=[5 * ns, 10 * ns])
    assert once.drive[:, 0].tolist() == [0.5, 0.0]
    assert once.state[0, 1, 0] == pytest.approx(0.12 * nm)  # 1.2e-2 m/s


def test_the_moments_that_are_reported_do_not_change_what_happens():
    device, drive = kvatinsky_2015(), sine(1.0, 20 * ns, cycles=1, points_per_period=50)
    few = simulate_transient(device, drive, initial_state=[1.5 * nm], times=[5 * ns, 13 * ns])
    many = simulate_transient(
        device, drive, initial_state=[1.5 * nm], times=np.linspace(0, 20 * ns, 201)
    )
    np.testing.assert_allclose(
        few.state[0, :, 0], many.state[0, [50, 130], 0], rtol=0, atol=1e-5 * 3 * nm
    )
    assert few.steps[0] < 300


def test_a_sine_pinches_the_loop_at_zero_and_stays_in_the_film():
    # The drive of the manual: 1 V at 50 MHz.
    drive = sine(1.0, 20 * ns, cycles=2, points_per_period=200)
    result = simulate_transient(kvatinsky_2015(), drive, initial_state=[1.5 * nm])
    state = result.state[0, :, 0]
    assert (state >= 0).all()
    assert (state <= 3 * nm).all()
    assert (result.voltage * result.current >= 0).all()
    assert result.current[[0, 100, 200], 0].tolist() == [0, 0, 0]
    assert state[150:200].tolist() == [0.0] * 50  # fully ON below -.2 V
    assert result.steps[0] < 3 * 400


def test_a_table_has_a_row_for_each_device_and_moment_and_units_in_its_head():
    result = simulate_transient(
        kvatinsky_2015(),
        waveform([0, 1 * ns], [[1.0, 0.5]] * 2),
        initial_state=[0.0],
        times=[0, 1 * ns, 1 * ns],
    )
    table = result.to_frame()
    assert list(table.columns) == [
        "device",
        "time [s]",
        "drive [V]",
        "voltage [V]",
        "current [A]",
        "position of the border [m]",
    ]
    assert table["device"].tolist() == [0, 0, 0, 1, 1, 1]
    assert table["drive [V]"].tolist() == [1, 1, 1, 0.5, 0.5, 0.5]
    # 2.45e-2 and 1.2e-2 m/s.
    assert table["position of the border [m]"].to_numpy() / nm == pytest.approx(
        [0, 0.0245, 0.0245, 0, 0.012, 0.012]
    )


# What is refused

PULSE = waveform([0, 1 * ns], [1, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"initial_state": 0.0}, r"shape \(1,\) or \(1, devices\)"),
        ({"initial_state": [0.0, 0.0]}, "position of the border, but has"),
        ({"initial_state": [np.nan]}, "initial_state holds 1 value"),
        ({"initial_state": [0.0], "times": [2 * ns]}, "times must lie within the stimulus"),
        ({"initial_state": [0.0], "times": [1 * ns, 0]}, "times must not fall"),
        ({"initial_state": [0.0], "series_resistance": -1}, "series_resistance must not be"),
        ({"initial_state": [0.0], "relative_tolerance": 0}, "relative_tolerance must be above"),
        (
            {"initial_state": np.zeros((1, 3)), "series_resistance": [1.0, 2.0]},
            r"initial_state \(3,\), series_resistance \(2,\)",
        ),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        simulate_transient(kvatinsky_2015(), PULSE, **options)


def test_parameters_that_do_not_fit_the_devices_are_refused():
    many = replace(kvatinsky_2015(), rate_on=np.full(4, -1.0))
    with pytest.raises(InvalidInput, match=r"parameters of the memristor \(4,\), .* \(3,\)"):
        simulate_transient(many, PULSE, initial_state=np.zeros((1, 3)))


def test_a_state_outside_its_bounds_is_refused_and_its_device_named():
    with pytest.raises(OutOfModelRange, match="first 4e-09 m in device 1, whose bounds are 0 to"):
        simulate_transient(kvatinsky_2015(), PULSE, initial_state=[[0.0, 4 * nm]])


def test_a_model_that_loses_its_numbers_is_stopped_with_device_moment_and_state():
    model = Written(
        equations=lambda v, s: [v * np.where(s[0] < 0.5, 1.0, np.nan)], speed=np.array([0.1, 1.0])
    )
    with pytest.raises(
        SimulatorError, match=r"device 1 cannot be followed beyond 0\.\d+ s, at share 0\.\d+ 1 and"
    ):
        simulate_transient(model, waveform([0, 1], [1, 1]), initial_state=[0.1])


def test_a_model_that_has_no_numbers_where_it_starts_is_stopped_at_once():
    model = Written(equations=lambda v, s: [v * np.where(s[0] < 0.5, 1.0, np.nan)])
    with pytest.raises(SimulatorError, match=r"device 2 .* beyond 0 s, .* rate that is not finite"):
        simulate_transient(model, waveform([0, 1], [1, 1]), initial_state=[[0.1, 0.2, 0.6, 0.1]])


def test_a_current_that_loses_its_numbers_behind_a_resistor_is_stopped_too():
    model = Written(
        equations=lambda v, s: [1 + 0 * s[0]],  # noqa: ARG005
        conductance=lambda v, s: np.where(s[0] < 0.5, 1.0, np.nan),  # noqa: ARG005
    )
    with pytest.raises(SimulatorError, match=r"device 0 cannot be followed beyond 0\.4"):
        simulate_transient(
            model, waveform([0, 1], [1, 1]), initial_state=[0.1], series_resistance=1.0
        )


def test_films_that_close_halfway_through_a_stretch_cost_no_more_than_any_other():
    # The rate jumps to zero at the bound; a solver once took a million steps across one such jump.
    drive = sine(1.0, 20 * ns, cycles=2, points_per_period=100)
    result = simulate_transient(kvatinsky_2015(), drive, initial_state=[1.5 * nm])
    assert result.state.min() == 0.0
    assert result.steps[0] < 3 * len(result.time)
