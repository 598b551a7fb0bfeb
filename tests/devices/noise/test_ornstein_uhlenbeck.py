import numpy as np
import pytest
import torch
from scipy import signal, stats

from ohmloom.devices.noise.ornstein_uhlenbeck import OrnsteinUhlenbeckNoise
from ohmloom.devices.noise.read_noise import Amplitude, ReadNoise, read
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, uS

NOISE = OrnsteinUhlenbeckNoise(
    amplitude=Amplitude(relative=0.05, absolute=0.0), correlation_time=20 * ms
)
G = np.array(40 * uS)


class Numbers:
    """Draws that are all one number."""

    def __init__(self, number):
        self.number = number

    def standard_normal(self, size):
        return np.full(size, self.number)


@pytest.mark.parametrize(
    ("share_of_memory", "kept", "fresh"),
    [(0.1, 0.904837418, 0.425757263), (0.001, 0.999000500, 0.044699008)],
)
def test_a_step_keeps_and_adds_what_was_computed_independently(share_of_memory, kept, fresh):
    one, step = np.ones((1, 1)), share_of_memory * 20 * ms
    assert NOISE.advance(one, step, cells={}, rng=Numbers(0.0)) == pytest.approx(kept, abs=5e-10)
    assert NOISE.advance(0 * one, step, cells={}, rng=Numbers(1.0)) == pytest.approx(
        fresh, abs=5e-10
    )


def test_two_short_waits_equal_one_long_wait():
    # From one value: mean e^-t and variance 1 - e^-2t are reached on both ways.
    rng, ones = np.random.default_rng(3), np.ones((1, 20_000))
    once = NOISE.advance(ones, 14 * ms, cells={}, rng=rng)
    part = NOISE.advance(ones, 2 * ms, cells={}, rng=rng)
    twice = NOISE.advance(part, 12 * ms, cells={}, rng=rng)
    other = NOISE.advance(part, 14 * ms, cells={}, rng=rng)
    expected = stats.norm(np.exp(-0.7), np.sqrt(1 - np.exp(-1.4)))
    assert stats.kstest(once[0], expected.cdf).pvalue > 0.01
    assert stats.kstest(twice[0], expected.cdf).pvalue > 0.01
    assert stats.kstest(other[0], expected.cdf).pvalue < 0.01  # 2 ms more would be noticed


def test_it_starts_and_stays_in_equilibrium():
    rng = np.random.default_rng(4)
    state = NOISE.start((20_000,), cells={}, rng=rng)
    later = NOISE.advance(state, 7 * ms, cells={}, rng=rng)
    for values in (state[0], later[0]):
        assert stats.kstest(values, "norm").pvalue > 0.01
        assert stats.kstest(0.95 * values, "norm").pvalue < 0.01


def test_the_measured_spectrum_is_the_lorentzian():
    rng, step = np.random.default_rng(5), 1 * ms
    state = NOISE.start((128,), cells={}, rng=rng)
    series = np.empty((128, 2048))
    for moment in range(series.shape[1]):
        series[:, moment] = NOISE.deviation(G, state, cells={})
        state = NOISE.advance(state, step, cells={}, rng=rng)
    frequency, density = signal.welch(series, fs=1 / step, nperseg=512)
    band = (frequency > 4) & (frequency < 60)  # above the window, below what sampling folds back
    measured, expected = density.mean(axis=0)[band], NOISE.spectrum(frequency[band], G, cells={})
    assert float((measured / expected).mean()) == pytest.approx(1.0, abs=0.03)
    slower = OrnsteinUhlenbeckNoise(amplitude=NOISE.amplitude, correlation_time=24 * ms)
    wrong = slower.spectrum(frequency[band], G, cells={})
    assert abs(float((measured / wrong).mean()) - 1.0) > 0.05  # 20 % slower would be noticed


def test_the_spectrum_holds_the_variance():
    frequency = np.linspace(0, 1e5, 2_000_001)
    power = np.trapezoid(NOISE.spectrum(frequency, G, cells={}), frequency)
    assert power == pytest.approx((0.05 * 40 * uS) ** 2, rel=1e-3)


def test_a_reading_shows_the_present_deviation_and_nothing_else():
    state, g = np.array([[1.0, -2.0]]), np.full(2, 40 * uS)
    seen = read(NOISE, g, state, cells={}, rng=np.random.default_rng(1))
    assert seen / uS == pytest.approx([42.0, 36.0])
    assert isinstance(NOISE, ReadNoise)


def test_torch_gives_the_deviation_of_numpy_and_its_gradient():
    state = torch.tensor([[1.0, -2.0]], dtype=torch.float64)
    g = torch.tensor([10.0, 40.0], dtype=torch.float64, requires_grad=True)
    deviation = NOISE.deviation(g, state, cells={})
    assert deviation.tolist() == pytest.approx([0.5, -4.0])
    assert torch.autograd.gradcheck(lambda x: NOISE.deviation(x, state, cells={}), (g,))


def test_no_time_constant_and_time_backwards_are_refused():
    with pytest.raises(InvalidInput, match="correlation_time"):
        OrnsteinUhlenbeckNoise(amplitude=NOISE.amplitude, correlation_time=0.0)
    with pytest.raises(InvalidInput, match="seconds"):
        NOISE.advance(np.ones((1, 2)), np.array([1.0, -1.0]), cells={}, rng=Numbers(0.0))
