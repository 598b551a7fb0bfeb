from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from ohmloom.devices.pulse_updates.neurosim import NeuroSimStep, chen_2018_ag_asi, curve_parameter
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import nS

DEVICE = chen_2018_ag_asi()
QUIET = replace(DEVICE, cycle_noise=0.0)
WINDOW = 38.462 * nS - 3.0769 * nS


def cells(device=QUIET, shape=(), seed=1):
    return device.draw_cells(shape, rng=np.random.default_rng(seed))


def after(device, conductance, pulses, seed=2):
    conductance = np.asarray(conductance)
    return device.apply(
        conductance,
        np.broadcast_to(pulses, conductance.shape) * 1.0,
        cells=cells(device, conductance.shape),
        rng=np.random.default_rng(seed),
    )


@pytest.mark.parametrize(
    ("label", "parameter", "digits"),
    [
        (0.01, 126.268958, 6),
        (0.1, 12.625807, 6),
        (1, 1.251653, 6),
        (2.4, 0.499181, 6),
        (4.88, 0.200303, 6),
        (6, 0.135619, 6),
        (9, 0.02281, 5),
    ],
)
def test_the_curve_parameter_is_the_entry_of_the_table(label, parameter, digits):
    assert round(float(curve_parameter(label)), digits) == parameter
    assert round(float(curve_parameter(-label)), digits) == -parameter


def test_the_label_is_the_largest_distance_of_the_curve_from_the_straight_line():
    for label in (0.5, 2.4, 7.0):
        a = float(curve_parameter(label))

        def gap(share, a=a):
            return share - np.expm1(-share / a) / np.expm1(-1 / a)

        found = optimize.minimize_scalar(gap, bounds=(0, 1), method="bounded")
        # Perpendicular to the diagonal would be 1/sqrt(2) of it; the label counts upright.
        assert -found.fun == pytest.approx(0.07 * np.sqrt(2) * label, rel=1e-6)


def test_the_curve_up_passes_through_the_points_computed_independently():
    pulses = 97 * np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    share = (DEVICE.conductance_after(pulses, np.array(True)) - 3.0769 * nS) / WINDOW
    assert share.round(6).tolist() == [0.0, 0.455396, 0.731381, 0.898637, 1.0]


def test_the_curve_down_is_the_one_of_the_manual_counted_from_the_top():
    # -B (1 - exp((P - P_max)/A)) + G_max at P = P_max - n.
    n = np.array([0.0, 10.0, 50.0, 100.0])
    bend = 0.200303 * 100
    b = WINDOW / (1 - np.exp(-100 / bend))
    theirs = -b * (1 - np.exp((100 - n - 100) / bend)) + 38.462 * nS
    ours = DEVICE.conductance_after(n, np.array(False))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_single_pulses_many_pulses_and_the_curve_agree():
    g = np.array(3.0769 * nS)
    for pulse in range(1, 98):
        g = after(QUIET, g, 1.0)
        if pulse in (1, 30, 97):
            curve = QUIET.conductance_after(np.array(1.0 * pulse), np.array(True))
            assert g == pytest.approx(curve, rel=1e-10)
            assert after(QUIET, np.array(3.0769 * nS), pulse) == pytest.approx(curve, rel=1e-10)
    down = after(QUIET, np.array(38.462 * nS), -40.0)
    assert down == pytest.approx(QUIET.conductance_after(np.array(40.0), np.array(False)))


def test_half_a_pulse_twice_is_one_pulse():
    g = np.array(10 * nS)
    twice = after(QUIET, after(QUIET, g, 0.5), 0.5)
    assert twice == pytest.approx(after(QUIET, g, 1.0), rel=1e-12)


def test_curves_of_the_other_sign_bend_the_other_way_and_end_where_they_should():
    bent = replace(QUIET, nonlinearity_up=-6.0, nonlinearity_down=6.0)
    middle = bent.conductance_after(np.array(48.5), np.array(True))
    assert middle < 3.0769 * nS + 0.2 * WINDOW
    assert after(bent, np.array(3.0769 * nS), 97.0) == pytest.approx(38.462 * nS)
    assert after(bent, np.array(38.462 * nS), -100.0) == pytest.approx(3.0769 * nS)
    assert after(bent, np.array(20 * nS), 1e6) == 38.462 * nS


def test_every_pulse_adds_noise_of_a_share_of_the_window_and_four_twice_as_much():
    g = np.full(20_000, 20 * nS)
    for pulses in (1.0, 4.0):
        noise = after(DEVICE, g, pulses) - after(QUIET, g, pulses)
        error = noise / (0.035 * np.sqrt(pulses) * WINDOW)
        assert stats.kstest(error, "norm").pvalue > 0.01
        assert stats.kstest(0.95 * error, "norm").pvalue < 0.01  # 5 % too little would be noticed


def test_labels_differ_from_cell_to_cell_as_asked():
    spread = replace(QUIET, nonlinearity_spread=0.3)
    drawn = cells(spread, (5000,))
    a = drawn["bend up"] / 97
    b = 1 / -np.expm1(-1 / a)
    label = (b - a - a * np.log(b / a)) / (0.07 * np.sqrt(2))
    assert stats.kstest((label - 2.4) / 0.3, "norm").pvalue > 0.01
    assert stats.kstest((label - 2.4) / 0.32, "norm").pvalue < 0.05


def test_torch_gives_the_step_of_numpy_and_its_gradient():
    assert isinstance(DEVICE, PulseUpdate)
    g, up = np.array([5.0, 20.0, 30.0]), np.array([True, False, True])
    drawn = cells(DEVICE, (3,))
    tensors = {name: torch.tensor(value) for name, value in drawn.items()}
    expected = DEVICE.step(g * nS, up, cells=drawn)

    def in_torch(nanosiemens):
        return DEVICE.step(nanosiemens * nS, torch.tensor(up), cells=tensors) / nS

    tensor = torch.tensor(g, requires_grad=True)
    np.testing.assert_allclose(in_torch(tensor).detach().numpy() * nS, expected, rtol=1e-12)
    assert torch.autograd.gradcheck(in_torch, (tensor,))


def test_labels_without_a_curve_are_refused_and_those_beyond_the_table_warned_of():
    for label in (0.0, 10.2):
        with pytest.raises(InvalidInput, match="nonlinearity"):
            curve_parameter(label)
    with pytest.warns(ModelRangeWarning, match="table"):
        curve_parameter(9.5)
    with pytest.raises(InvalidInput, match="rise"):
        replace(DEVICE, highest=1 * nS)
    with pytest.raises(InvalidInput, match="pulses"):
        replace(DEVICE, pulses_up=0)
    assert isinstance(DEVICE, NeuroSimStep)
