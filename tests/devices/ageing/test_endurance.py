from dataclasses import replace

import numpy as np
import pytest
import torch

from ohmloom.devices.ageing.endurance import (
    EnduranceWear,
    GradualWear,
    SuddenWear,
    WearThreshold,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import kelvin, kohm, nm

# Invented numbers with round results: s = .1 * 10 - 1 * T_c, 1e6 pulses where T_c = 1.
THRESHOLD = WearThreshold(
    scale=1e6,
    per_size=0.1,
    per_temperature=-1.0,
    cell_size=10 * nm,
    threshold_temperature=298 * kelvin,
)
COLD, HOT = 290 * kelvin, 596 * kelvin
WEAR = EnduranceWear(
    low=GradualWear(threshold=replace(THRESHOLD, per_temperature=1.0), rate=0.25),
    high=GradualWear(threshold=replace(THRESHOLD, per_temperature=1.0), rate=-0.5),
    resistance_on=10 * kohm,
    resistance_off=100 * kohm,
)
START = 1e6 * np.exp(2.0)


def test_the_threshold_is_worked_out_by_hand():
    assert THRESHOLD.pulses(COLD) == pytest.approx(1e6)
    assert THRESHOLD.pulses(298 * kelvin) == pytest.approx(1e6)
    # At twice the threshold temperature T_c is a half, and s = 1 - 1/2.
    assert THRESHOLD.pulses(HOT) == pytest.approx(1e6 * 1.6487212707)
    assert replace(THRESHOLD, cell_size=20 * nm).pulses(COLD) == pytest.approx(1e6 * np.e)


def test_gradual_wear_goes_by_decades_as_the_equation_says():
    # s = 2: half a decade up for a decade of pulses in the low state, a whole one down in the high.
    pulses = START * np.array([0.0, 1.0, 10.0, 100.0])
    low = WEAR.resistance(np.full(4, 10 * kohm), pulses, COLD)
    assert np.log10(low / (10 * kohm)) == pytest.approx([0, 0, 0.5, 1.0], abs=1e-12)
    high = WEAR.resistance(np.full(4, 100 * kohm), pulses, COLD)
    assert np.log10(high / (100 * kohm)) == pytest.approx([0, 0, -1.0, -2.0], abs=1e-12)


def test_heat_above_the_threshold_temperature_counts_and_below_does_not():
    one, many = np.array([10 * kohm]), np.array([10 * START])
    assert WEAR.resistance(one, many, COLD) == WEAR.resistance(one, many, 298 * kelvin)
    # s = 1.5 and a threshold of 1e6 e^1.5: R0 (10 e^.5)^(.25 * 1.5), by hand.
    assert WEAR.resistance(one, many, HOT) == pytest.approx(10 * kohm * (10 * np.exp(0.5)) ** 0.375)


def test_sudden_wear_leaves_one_resistance():
    sudden = SuddenWear(threshold=THRESHOLD, stable=7 * kohm)
    initial = np.array([10.0, 11.0, 12.0]) * kohm
    after = sudden.resistance(initial, np.array([0.0, 1e6 * (1 - 1e-9), 1e6 * (1 + 1e-9)]), COLD)
    assert after / kohm == pytest.approx([10.0, 11.0, 7.0])


def test_states_are_split_in_the_middle_and_not_at_on_plus_half_of_off():
    # MemTorch writes r_on + r_off / 2, here 60 kohm; the paper has (r_on + r_off) / 2, 55 kohm.
    assert WEAR.midpoint == pytest.approx(55 * kohm)
    initial = np.array([54.9, 55.1, 59.0]) * kohm
    after = WEAR.resistance(initial, np.full(3, 10 * START), COLD) / initial
    assert after == pytest.approx([10**0.5, 0.1, 0.1])


def test_the_window_closes_from_both_sides():
    fresh = (np.full(3, 1e-5), np.full(3, 1e-4))
    worn = WEAR.window(*fresh, START * np.array([0.0, 2.0, 1000.0]), COLD)
    assert worn.lowest[0] == pytest.approx(1e-5)
    assert worn.highest[0] == pytest.approx(1e-4)
    assert worn.lowest[1] == pytest.approx(2e-5)
    assert worn.highest[1] == pytest.approx(1e-4 / 2**0.5)
    assert worn.closed.tolist() == [False, False, True]
    assert worn.lowest[2] == worn.highest[2]
    assert repr(worn) == "WornWindow(1 of 3 closed)"


def test_torch_gives_the_wear_of_numpy_and_its_gradient():
    initial, pulses = np.array([10.0, 90.0, 20.0]) * kohm, START * np.array([3.0, 20.0, 0.1])
    ours = WEAR.resistance(torch.tensor(initial), torch.tensor(pulses), COLD)
    assert ours.tolist() == pytest.approx(WEAR.resistance(initial, pulses, COLD).tolist())

    def scaled(thousands, millions):
        return WEAR.resistance(thousands * kohm, millions * 1e6, COLD) / kohm

    small = (
        torch.tensor(initial / kohm, requires_grad=True),
        torch.tensor(pulses / 1e6, requires_grad=True),
    )
    assert torch.autograd.gradcheck(scaled, small)


def test_numbers_without_a_meaning_are_refused():
    with pytest.raises(InvalidInput, match="scale"):
        replace(THRESHOLD, scale=0.0)
    with pytest.raises(InvalidInput, match="temperature"):
        THRESHOLD.pulses(0.0)
    with pytest.raises(InvalidInput, match="stable"):
        SuddenWear(threshold=THRESHOLD, stable=0.0)
    with pytest.raises(InvalidInput, match="rise"):
        replace(WEAR, resistance_off=10 * kohm)
