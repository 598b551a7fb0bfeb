import numpy as np
import pytest

from ohmloom.devices.pulse_updates.cycle_noise import (
    ConstantNoise,
    GrowingNoise,
    ProportionalNoise,
)
from ohmloom.errors import InvalidInput

STEP, UNIT, OFFSET = np.array([2.0, -1.0]), np.array([3.0, 3.0]), np.array([-4.0, 4.0])


def test_the_three_kinds_count_what_they_say_by_hand():
    assert ProportionalNoise(relative=0.5).spread(STEP, UNIT, OFFSET).tolist() == [1.0, 0.5]
    assert ConstantNoise(relative=0.5).spread(STEP, UNIT, OFFSET).tolist() == [1.5, 1.5]
    growing = GrowingNoise(relative=0.5, floor=1.0, slope=0.25)
    assert growing.spread(STEP, UNIT, OFFSET).tolist() == [2.0, 1.5]


def test_negative_spreads_are_refused():
    with pytest.raises(InvalidInput, match="relative"):
        ProportionalNoise(relative=-0.1)
    with pytest.raises(InvalidInput, match="slope"):
        GrowingNoise(relative=0.1, floor=0.0, slope=-1.0)
