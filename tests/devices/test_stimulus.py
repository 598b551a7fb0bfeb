import numpy as np
import pytest

from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import (
    Stimulus,
    pulse_train,
    sine,
    staircase,
    triangle_sweep,
    typical_sweep,
    waveform,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import ns


def test_between_points_the_voltage_is_that_of_numpys_interpolation():
    rng = np.random.default_rng(1)
    time, voltage = np.sort(rng.random(20)), rng.normal(size=(20, 3))
    moments = np.sort(rng.uniform(time[0], time[-1], 50))
    exact = np.stack([np.interp(moments, time, column) for column in voltage.T], axis=1)
    np.testing.assert_allclose(waveform(time, voltage).at(moments), exact, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(waveform(time, voltage).at(time), voltage)


def test_at_a_jump_a_moment_is_after_it_and_the_first_of_two_before_it():
    edge = waveform([0.0, 1.0, 1.0, 1.0, 2.0], [3.0, 3.0, 9.0, -1.0, -3.0])
    assert edge.at([1.0]).tolist() == [-1.0]
    assert edge.at([0.5, 1.0, 1.0, 1.5]).tolist() == [3.0, 3.0, -1.0, -2.0]
    assert edge.at([0.5, 0.5, 2.0, 2.0]).tolist() == [3.0, 3.0, -3.0, -3.0]


def test_a_triangle_sweep_has_one_speed_and_its_two_amplitudes():
    sweep = triangle_sweep(1.0, 3.0, 8 * ns, cycles=2)
    assert sweep.time / ns == pytest.approx([0, 1, 5, 8, 9, 13, 16])
    assert sweep.voltage.tolist() == [0, 1, -3, 0, 1, -3, 0]
    speeds = np.abs(np.diff(sweep.voltage) / np.diff(sweep.time))
    assert speeds == pytest.approx(np.full(6, 1 / ns))


@pytest.mark.parametrize(("positive", "negative"), [(2.0, 0.0), (0.0, 2.0)])
def test_a_sweep_of_one_sign_goes_up_and_down(positive, negative):
    sweep = triangle_sweep(positive, negative, 4.0, cycles=1)
    assert sweep.time.tolist() == [0, 2, 4]
    assert sweep.voltage.tolist() == [0, positive - negative, 0]


def test_a_sine_misses_the_sine_by_less_than_it_says_and_has_exact_zeros():
    drive = sine(2.0, 3.0, cycles=2, points_per_period=100)
    moments = np.linspace(0, 6, 5000)
    error = np.abs(drive.at(moments) - 2 * np.sin(2 * np.pi * moments / 3)).max()
    assert 2e-4 * 2 < error < 5e-4 * 2
    assert drive.voltage[[0, 50, 100, 150, 200]].tolist() == [0, 0, 0, 0, 0]
    assert drive.time[-1] == 6.0


def test_pulses_without_edges_have_the_area_of_rectangles_and_their_jumps_take_no_time():
    train = pulse_train([1.0, -2.0, 3.0], width=0.1, gap=0.2)
    assert np.trapezoid(train.voltage, train.time) == pytest.approx(0.1 * (1 - 2 + 3))
    assert train.time[-1] == pytest.approx(0.9)
    assert train.at([0.05, 0.15, 0.35, 0.45]).tolist() == [1, 0, -2, 0]
    jumps = np.diff(train.time)[np.diff(train.voltage) != 0]
    assert jumps.tolist() == [0.0] * 6


def test_pulses_without_a_gap_follow_one_another_at_once():
    train = pulse_train(np.arange(20.0).reshape(10, 2), width=0.1, gap=0.0)
    assert train.at([0.05, 0.15, 0.25]).tolist() == [[0, 1], [2, 3], [4, 5]]
    # To the last bit, although 0.5 + 0.1 is not 6 times 0.1.
    assert np.unique(train.time).tolist() == (0.1 * np.arange(11)).tolist()


def test_pulses_with_edges_are_trapezoids():
    train = pulse_train([2.0], width=1.0, gap=0.5, edge=0.25)
    assert train.time.tolist() == [0, 0.25, 1.25, 1.5, 2.0]
    assert train.voltage.tolist() == [0, 2, 2, 0, 0]
    assert np.trapezoid(train.voltage, train.time) == 2.0 * 1.25


def test_a_staircase_holds_every_step():
    stairs = staircase([1.0, 3.0, 2.0], dwell=0.5)
    assert stairs.time.tolist() == [0, 0.5, 0.5, 1, 1, 1.5]
    assert stairs.at([0.25, 0.75, 1.25]).tolist() == [1, 3, 2]


def test_the_typical_sweep_is_that_of_the_source():
    sweep = typical_sweep(kvatinsky_2015().typical_drive, cycles=3)
    assert sweep.time[-1] == pytest.approx(60 * ns)
    assert (sweep.voltage.min(), sweep.voltage.max()) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("time", "voltage", "message"),
    [
        ([0.0], [1.0], "two moments at least"),
        ([1.0, 1.0], [0.0, 1.0], "two moments at least"),
        ([0.0, 2.0, 1.0, 3.0], np.zeros(4), "after row 1, from 2 to 1 s"),
        ([0.0, 1.0], [1.0, 1.0, 1.0], r"voltage must have shape \(2,\)"),
        ([0.0, 1.0], np.zeros((2, 3, 4)), "voltage must have shape"),
        ([0.0, 1.0], [1.0, np.nan], r"not finite, the first at \(1,\)"),
        (np.zeros((2, 2)), [1.0, 2.0], "time must have shape"),
    ],
)
def test_points_that_make_no_sense_are_refused_with_their_rows(time, voltage, message):
    with pytest.raises(InvalidInput, match=message):
        waveform(time, voltage)
    with pytest.raises(InvalidInput, match=message):
        Stimulus(time=np.array(time), voltage=np.array(voltage))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: triangle_sweep(0.0, 0.0, 1.0, 1), "amplitudes"),
        (lambda: triangle_sweep(-1.0, 2.0, 1.0, 1), "amplitudes"),
        (lambda: triangle_sweep(1.0, 1.0, 0.0, 1), "period must be above zero"),
        (lambda: triangle_sweep(1.0, 1.0, 1.0, 0), "cycles must be 1"),
        (lambda: sine(1.0, 1.0, 1, 3), "points_per_period must be 4"),
        (lambda: pulse_train([], 1.0, 1.0), r"\(pulses,\)"),
        (lambda: pulse_train([1.0], 0.0, 1.0), "width must be above zero"),
        (lambda: pulse_train([1.0], 1.0, -1.0), "gap and edge must not be negative"),
        (lambda: staircase([1.0], np.inf), "dwell must be above zero"),
        (lambda: waveform([0.0, 1.0], [0.0, 1.0]).at([0.5, 1.5]), "1.5 s in row 1"),
        (lambda: waveform([0.0, 1.0], [0.0, 1.0]).at([0.5, 0.4]), "must not fall"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
