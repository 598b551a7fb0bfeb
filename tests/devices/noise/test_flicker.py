from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import signal, stats

from ohmloom.devices.noise.flicker import FlickerNoise
from ohmloom.devices.noise.read_noise import Amplitude, ReadNoise
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, second, uS

NOISE = FlickerNoise(
    amplitude=Amplitude(relative=0.05, absolute=0.0),
    shortest_time=1 * ms,
    longest_time=10 * second,
    processes=12,
)
G = np.array(40 * uS)


def test_between_its_ends_the_spectrum_falls_with_one_over_f():
    frequency = np.geomspace(0.5, 6.0, 50)
    many = replace(NOISE, processes=200)
    np.testing.assert_allclose(
        many.spectrum(frequency, G, cells={}), many.one_over_f(frequency, G), rtol=0.06
    )
    # Three processes for a decade ripple by a few per cent around it, one for two decades does not.
    ripple = NOISE.spectrum(frequency, G, cells={}) / many.spectrum(frequency, G, cells={})
    assert abs(ripple - 1).max() < 0.03
    coarse = replace(NOISE, processes=2)
    assert (
        abs(
            coarse.spectrum(frequency, G, cells={}) / many.spectrum(frequency, G, cells={}) - 1
        ).max()
        > 0.2
    )


def test_one_over_f_is_the_variance_over_the_decades():
    # 2 uS; four decades of time are a factor of e to the 9.21.
    assert NOISE.one_over_f(np.array(1.0), G) == pytest.approx((2 * uS) ** 2 / 9.210340372)


def test_the_spectrum_holds_the_variance():
    frequency = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 200_001)])
    power = np.trapezoid(NOISE.spectrum(frequency, G, cells={}), frequency)
    assert power == pytest.approx((2 * uS) ** 2, rel=1e-3)


def test_the_measured_spectrum_is_the_closed_form():
    fast = replace(NOISE, shortest_time=5 * ms, longest_time=500 * ms, processes=4)
    rng, step = np.random.default_rng(5), 1 * ms
    state = fast.start((96,), cells={}, rng=rng)
    series = np.empty((96, 2048))
    for moment in range(series.shape[1]):
        series[:, moment] = fast.deviation(G, state, cells={})
        state = fast.advance(state, step, cells={}, rng=rng)
    frequency, density = signal.welch(series, fs=1 / step, nperseg=512)
    band = (frequency > 5) & (frequency < 60)
    measured = density.mean(axis=0)[band] / fast.spectrum(frequency[band], G, cells={})
    assert float(measured.mean()) == pytest.approx(1.0, abs=0.04)
    slope = np.polyfit(np.log(frequency[band]), np.log(measured), 1)[0]
    assert slope == pytest.approx(0.0, abs=0.1)
    white = density.mean(axis=0)[band]  # the same measure sees that it is not white
    assert np.polyfit(np.log(frequency[band]), np.log(white), 1)[0] < -0.8


def test_two_short_waits_equal_one_long_wait():
    # From all parts at one, the mean of part k is e^(-t/tau_k) on both ways.
    quick = replace(NOISE, shortest_time=10 * ms, longest_time=1 * second, processes=2)
    rng, ones = np.random.default_rng(3), np.ones((2, 20_000))
    part = quick.advance(ones, 20 * ms, cells={}, rng=rng)
    twice = quick.advance(part, 60 * ms, cells={}, rng=rng)
    for values, before, time in zip(twice, part, quick.correlation_times, strict=True):
        expected = stats.norm(np.exp(-0.08 / time), np.sqrt(-np.expm1(-0.16 / time)))
        assert stats.kstest(values, expected.cdf).pvalue > 0.01
        assert stats.kstest(before, expected.cdf).pvalue < 0.01


def test_the_deviation_in_equilibrium_has_the_promised_spread():
    state = NOISE.start((20_000,), cells={}, rng=np.random.default_rng(6))
    deviation = NOISE.deviation(np.full(20_000, 40 * uS), state, cells={}) / (2 * uS)
    assert stats.kstest(deviation, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * deviation, "norm").pvalue < 0.01


def test_times_lie_evenly_over_the_decades():
    times = np.log10(NOISE.correlation_times)
    assert np.diff(times) == pytest.approx(np.full(11, 4 / 12))
    assert (times[0] + 3) == pytest.approx(1 - times[-1])


def test_torch_gives_the_deviation_of_numpy_and_its_gradient():
    assert isinstance(NOISE, ReadNoise)
    state = torch.ones((12, 2), dtype=torch.float64)
    g = torch.tensor([10.0, 40.0], dtype=torch.float64, requires_grad=True)
    assert NOISE.deviation(g, state, cells={}).tolist() == pytest.approx(
        [0.5 * 12**0.5, 2 * 12**0.5]
    )
    assert torch.autograd.gradcheck(lambda x: NOISE.deviation(x, state, cells={}), (g,))


def test_one_process_or_falling_times_are_refused():
    with pytest.raises(InvalidInput, match="two or more"):
        replace(NOISE, processes=1)
    with pytest.raises(InvalidInput, match="rise"):
        replace(NOISE, longest_time=1 * ms)
