from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.pulse_updates.presets import gong_2018_exponential, nandakumar_2020_pcm
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

DEVICE = gong_2018_exponential()
ONE_CELL = {
    "lowest": np.array(12 * uS),
    "highest": np.array(28 * uS),
    "step up": np.array(0.1 * uS),
    "step down": np.array(0.2 * uS),
}


def test_the_step_is_the_equation_written_out():
    # w = 4 of a window of 16 uS: z = 2 (-.5) 4/16 - .5 = -.75.
    g = np.array(24 * uS)
    up = DEVICE.step(g, np.array(True), cells=ONE_CELL)
    down = DEVICE.step(g, np.array(False), cells=ONE_CELL)
    assert up / uS == pytest.approx(0.1 * (1 + 1.18445 * np.exp(5 * -0.75)), rel=1e-12)
    assert down / uS == pytest.approx(-0.2 * (1 + 0.081404 * np.exp(5 * 0.75)), rel=1e-12)


def test_a_shape_that_would_turn_a_pulse_around_gives_no_step():
    blocked = replace(DEVICE, amplitude_up=2.0, offset=0.0)
    g = np.array([14.0, 26.0]) * uS  # z = .375 and -.375: 1 - 2 exp(5 z) is above zero in one
    step = blocked.step(g, np.array(True), cells=ONE_CELL)
    assert step[0] == 0
    assert step[1] / uS == pytest.approx(0.1 * (1 - 2 * np.exp(-1.875)))


def test_phase_change_cells_crystallise_fast_at_first_and_slower_later():
    # dw = .01 (1 + 27.235 exp(-2.5 w)) where the window is 2: z = -w.
    device = nandakumar_2020_pcm()
    cells = {
        "lowest": np.array(0.0),
        "highest": np.array(20 * uS),
        "step up": np.array(0.1 * uS),
        "step down": np.array(0.1 * uS),
    }
    weight = np.array([0.0, 0.5, 1.5])
    step = device.step(weight * 10 * uS, np.array(True), cells=cells) / (10 * uS)
    assert step == pytest.approx(0.01 * (1 + 27.235 * np.exp(-2.5 * weight)), rel=1e-12)


def test_a_negative_rate_is_refused():
    with pytest.raises(InvalidInput, match="rates"):
        replace(DEVICE, rate_up=-1.0)
