import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.pulse_updates.pulse_update import moved, rewritten
from ohmloom.errors import ModelRangeWarning
from ohmloom.si import uS

WIDE = {"lowest": np.array(0.0), "highest": np.array(1e-3)}


def test_noise_grows_with_the_root_of_the_number_of_pulses():
    g, number = np.full(20_000, 500 * uS), np.full(20_000, 9.0)
    mean, spread = np.full(20_000, 4 * uS), np.full(20_000, 2 * uS)
    after = moved(g, mean, spread, number, cells=WIDE, rng=np.random.default_rng(1))
    error = (after - 504 * uS) / (6 * uS)
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(error / 3, "norm").pvalue < 0.01  # forgetting the root would be noticed


def test_a_cell_without_a_pulse_keeps_even_a_conductance_outside_its_bounds():
    tight = {"lowest": np.array(2 * uS), "highest": np.array(3 * uS)}
    g, mean = np.array([5 * uS, 5 * uS]), np.array([0.0, 1 * uS])
    rng, number = np.random.default_rng(1), np.array([0.0, 1.0])
    with pytest.warns(ModelRangeWarning, match="1 cell"):
        after = moved(g, mean, 0 * g, number, cells=tight, rng=rng)
    assert after / uS == pytest.approx([5.0, 3.0])


def test_what_shows_is_new_after_a_pulse_and_stays_without():
    shown, hidden = np.full(20_000, 7 * uS), np.full(20_000, 20 * uS)
    pulses = np.where(np.arange(20_000) < 10_000, -1.0, 0.0)
    seen = rewritten(shown, hidden, pulses, write_noise=2 * uS, rng=np.random.default_rng(2))
    assert (seen[10_000:] == 7 * uS).all()
    error = (seen[:10_000] - 20 * uS) / (2 * uS)
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.9 * error, "norm").pvalue < 0.01


def test_what_shows_is_never_negative():
    zero = np.zeros(1000)
    seen = rewritten(zero, zero, zero + 1, write_noise=1 * uS, rng=np.random.default_rng(3))
    assert (seen > 0).all()
