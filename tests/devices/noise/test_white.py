import numpy as np
import pytest
import torch
from scipy import constants, signal, stats

from ohmloom.devices.noise.read_noise import Amplitude, ReadNoise, read
from ohmloom.devices.noise.white import ThermalAndShotNoise, WhiteNoise
from ohmloom.errors import InvalidInput
from ohmloom.si import hertz, kelvin, mV, uS, volt

NOISE = WhiteNoise(amplitude=Amplitude(relative=0.03, absolute=0.4 * uS), bandwidth=500 * hertz)
READING = ThermalAndShotNoise(voltage=0.2 * volt, temperature=300 * kelvin, bandwidth=1e8 * hertz)
G = np.full(20_000, 10 * uS)


def readings(noise, conductance, seed):
    rng = np.random.default_rng(seed)
    cells = noise.draw_cells(conductance.shape, rng=rng)
    state = noise.start(conductance.shape, cells=cells, rng=rng)
    return read(noise, conductance, state, cells=cells, rng=rng)


def test_a_share_and_a_floor_add_as_independent_errors_do():
    # 3 % of 10 uS is .3 uS; .3 and .4 make .5.
    error = (readings(NOISE, G, 1) - G) / (0.5 * uS)
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01  # 5 % too little would be noticed


def test_readings_have_the_spectrum_that_is_promised():
    # Readings every millisecond fill a band of 500 Hz.
    series = readings(NOISE, G, 2)
    frequency, density = signal.welch(series, fs=1000.0, nperseg=200)
    inside = slice(3, -1)
    expected = NOISE.spectrum(frequency[inside], np.array(10 * uS), cells={})
    ratio = float((density[inside] / expected).mean())
    assert ratio == pytest.approx(1.0, abs=0.03)
    assert NOISE.spectrum(np.array(501.0), np.array(10 * uS), cells={}) == 0


def test_thermal_and_shot_noise_are_those_of_the_current_that_is_read():
    # Independently, as a current: 4 k T B G and 2 e I B with the constants of scipy.
    current = 0.2 * G[:1]
    squared = 4 * constants.k * 300 * 1e8 * G[:1] + 2 * constants.e * current * 1e8
    assert READING.reading_spread(G[:1]) == pytest.approx(np.sqrt(squared) / 0.2, rel=1e-9)


def test_at_twice_the_thermal_voltage_and_room_temperature_thermal_and_shot_noise_are_alike():
    # 4 k T = 2 e V where V = 2 k T / e, 51.7 mV at 300 K; the sum is then twice the thermal part.
    balanced = ThermalAndShotNoise(
        voltage=51.704 * mV, temperature=300 * kelvin, bandwidth=1 * hertz
    )
    thermal = 4 * constants.k * 300 * 10 * uS / (51.704 * mV) ** 2
    density = balanced.spectrum(np.array(0.5), np.array(10 * uS), cells={})
    assert density / thermal == pytest.approx(2.0, rel=1e-4)


def test_a_process_without_memory_has_no_state_and_passes_time_unchanged():
    state = NOISE.start((3,), cells={}, rng=np.random.default_rng(1))
    assert state.shape == (0, 3)
    assert NOISE.advance(state, 1.0, cells={}, rng=np.random.default_rng(1)).shape == (0, 3)
    with pytest.raises(InvalidInput, match="seconds"):
        NOISE.advance(state, -1.0, cells={}, rng=np.random.default_rng(1))


def test_both_are_read_noise():
    assert isinstance(NOISE, ReadNoise)
    assert isinstance(READING, ReadNoise)


@pytest.mark.parametrize("noise", [NOISE, READING])
def test_torch_gives_the_spread_of_numpy_and_a_finite_gradient_even_at_zero(noise):
    g = np.array([0.0, 5.0, 40.0])
    tensor = torch.tensor(g, requires_grad=True)
    spread = noise.reading_spread(tensor * uS) / uS
    np.testing.assert_allclose(
        spread.detach().numpy(), noise.reading_spread(g * uS) / uS, rtol=1e-12, atol=1e-20
    )
    spread.sum().backward()
    assert torch.isfinite(tensor.grad).all()
    inside = torch.tensor([5.0, 40.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: noise.reading_spread(x * uS) / uS, (inside,))


def test_numbers_without_a_meaning_are_refused():
    with pytest.raises(InvalidInput, match="negative"):
        Amplitude(relative=-0.1, absolute=0.0)
    with pytest.raises(InvalidInput, match="bandwidth"):
        WhiteNoise(amplitude=Amplitude(relative=0.1, absolute=0.0), bandwidth=0.0)
    with pytest.raises(InvalidInput, match="voltage"):
        ThermalAndShotNoise(voltage=0.0, temperature=300.0, bandwidth=1.0)
