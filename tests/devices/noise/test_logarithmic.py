import math

import numpy as np
import pytest

from ohmloom.devices.noise.logarithmic import LogarithmicReadNoise, falcone_2025
from ohmloom.errors import InvalidInput
from ohmloom.si import day, second, uS, us


def test_at_ten_microsiemens_and_a_logarithm_of_one_the_spread_is_the_published_coefficient():
    # arXiv 2502.04524: sd = .0277316483 uS where log10(G/uS) = 1 and ln((t + t0)/(2 t0)) = 1.
    age = (2 * math.e - 1) * us
    assert falcone_2025().spread(np.array(10 * uS), age) / uS == pytest.approx(0.0277316483)


def test_the_noise_of_a_day_is_larger_than_that_of_a_second_by_the_root_of_the_logarithms():
    noise, g = falcone_2025(), np.array([10 * uS, 40 * uS])
    ratio = noise.spread(g, 1 * day) / noise.spread(g, 1 * second)
    assert ratio == pytest.approx(math.sqrt(math.log(86400e6 / 2) / math.log(1e6 / 2)), rel=1e-6)


def test_outside_its_range_the_value_of_the_nearer_end_is_used():
    noise = falcone_2025()
    outside = noise.spread(np.array([0.0, 1 * uS, 500 * uS]), 1 * second)
    ends = noise.spread(np.array([9 * uS, 9 * uS, 88.2 * uS]), 1 * second)
    assert outside.tolist() == ends.tolist()
    assert (outside > 0).all()


def test_before_the_reading_has_lasted_there_is_no_noise():
    ages = np.array([0.0, 0.5 * us, 1 * us, 2 * us])
    spread = falcone_2025().spread(np.full(4, 20 * uS), ages)
    assert (spread[:3] == 0).all()
    assert spread[3] > 0


def test_one_age_and_an_array_of_that_age_agree():
    noise, g = falcone_2025(), np.linspace(5 * uS, 60 * uS, 7)
    np.testing.assert_allclose(noise.spread(g, np.full(7, 30.0)), noise.spread(g, 30.0), rtol=1e-14)


def test_a_range_below_one_microsiemens_is_refused():
    with pytest.raises(InvalidInput, match="1 uS or more"):
        LogarithmicReadNoise(
            coefficient=0.03 * uS, read_time=1 * us, lowest=0.5 * uS, highest=9 * uS
        )


def test_a_reading_without_duration_is_refused():
    with pytest.raises(InvalidInput, match="read_time"):
        LogarithmicReadNoise(coefficient=0.03 * uS, read_time=0.0, lowest=9 * uS, highest=88 * uS)
