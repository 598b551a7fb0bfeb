import dataclasses

import numpy as np
import pytest

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.kernels.write_verify import (
    IncrementalAmplitude,
    ProportionalStep,
    write_verify_cells,
    write_verify_twin,
)
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.errors import InvalidInput
from ohmloom.si import ns, uS, us, volt

KEY = cell_key(1, "write-verify")
CELLS = 2500
HALF = ProportionalStep(share=0.5, cycle_noise=0.0, voltage=2 * volt, width=100 * ns)


def growing(*, cycle_noise=0.2174):
    cell, up, down = gong_2022(), np.linspace(1.2, 3.3, 22), np.linspace(1.5, 3.3, 22)
    return IncrementalAmplitude(
        up=cell.amplitude(up),
        down=cell.amplitude(down),
        voltage_up=up,
        voltage_down=-down,
        width=1 * us,
        full_step=cell.full_step,
        cycle_noise=cycle_noise,
    )


RULES = [growing(), dataclasses.replace(HALF, cycle_noise=0.3)]


def settings(**changed):
    usual = {
        "tolerance": 0.4 * uS,
        "read_noise": 0.1 * uS,
        "most_pulses": 60,
        "strength": 1.0,
        "lowest": 0.0,
        "highest": 41 * uS,
        "key": KEY,
        "event": 2,
        "first_cell": 0,
    }
    return usual | changed


def some_cells(dtype):
    rng = np.random.default_rng(0)
    start, target = rng.uniform(1 * uS, 40 * uS, (2, CELLS)).astype(dtype)
    target[::50] = np.nan
    return start, target, np.exp(0.3 * rng.standard_normal(CELLS)).astype(dtype)


def verified(start, target, rule, **changed):
    after = start.copy()
    return after, write_verify_cells(after, target, rule, **settings(**changed))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 4e-5 * uS), (np.float64, 1e-12 * uS)])
def test_the_kernel_does_what_plain_numpy_does_with_the_same_numbers(rule, dtype, error):
    start, target, strength = some_cells(dtype)
    how = settings(strength=strength, first_cell=2**32 - 1000, most_pulses=31)
    after, ours = verified(start, target, rule, **how)
    wanted, twins = write_verify_twin(start, target, rule, **how)
    # A reading within rounding of the tolerance may fall on either side, and then goes on.
    same = ours.pulses == twins.pulses
    assert same.mean() > (0.995 if dtype == np.float32 else 0.9999)
    assert (ours.arrived == twins.arrived)[same].all()
    assert after[same] == pytest.approx(wanted[same], abs=error)
    assert ours.energy[same] == pytest.approx(twins.energy[same], rel=1e-5, abs=0.0)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_do_not_change_a_bit(rule, dtype):
    start, target, strength = some_cells(dtype)
    after, whole = verified(start, target, rule, strength=strength, first_cell=500)
    for low, high in [(0, 1), (1, 1100), (1100, CELLS)]:
        block, result = verified(
            start[low:high],
            target[low:high],
            rule,
            strength=strength[low:high],
            first_cell=500 + low,
        )
        assert (block == after[low:high]).all()
        assert (result.pulses == whole.pulses[low:high]).all()
        assert (result.energy == whole.energy[low:high]).all()
        assert (result.arrived == whole.arrived[low:high]).all()


@pytest.mark.parametrize("rule", RULES)
def test_an_exact_reading_within_the_band_means_a_cell_within_the_band(rule):
    start, target, strength = some_cells(np.float64)
    asked = np.isfinite(target)
    after, result = verified(start, target, rule, strength=strength, read_noise=0.0)
    assert result.arrived[asked].mean() > 0.99
    assert np.abs(after - target)[result.arrived].max() <= 0.4 * uS
    assert np.abs(after - target)[asked & ~result.arrived].min(initial=np.inf) > 0.4 * uS
    # Noise of the size of the band takes some of those that were accepted out of it.
    noisy, result = verified(start, target, rule, strength=strength, read_noise=0.4 * uS)
    assert (np.abs(noisy - target)[result.arrived] > 0.4 * uS).mean() > 0.05


def test_halving_the_distance_takes_the_pulses_and_the_energy_worked_out_by_hand():
    # 8, 4, 2, 1 and 0.5 uS away; before each pulse 2, 6, 8 and 9 uS conduct 2 V for 100 ns.
    start, target = np.array([2 * uS, 10 * uS]), np.full(2, 10 * uS)
    after, result = verified(start, target, HALF, tolerance=0.6 * uS, read_noise=0.0)
    assert after / uS == pytest.approx([9.5, 10.0])
    assert result.pulses.tolist() == [4, 0]
    assert result.energy == pytest.approx([25 * uS * 4.0 * 100 * ns, 0.0], abs=1e-18)
    assert repr(result) == "Verified(2 cells, 2.0 pulses each, 0 did not arrive)"


def test_pulses_grow_until_the_target_is_passed_and_then_start_again_the_other_way():
    # By the response of the model itself: SET 1.2, 1.3, ... V, then RESET from 1.5 V.
    cell, rule = gong_2022(), growing(cycle_noise=0.0)
    conductance, target = np.array([5 * uS]), np.array([20 * uS])
    voltages = []
    now, code, direction = conductance.copy(), 0, 0
    while abs(now[0] - target[0]) > 0.05 * uS and len(voltages) < 40:
        way = 1 if now[0] < target[0] else -1
        code = code + 1 if way == direction else 0
        direction = way
        voltages.append((rule.voltage_up if way > 0 else rule.voltage_down)[min(code, 21)])
        now += cell.step(
            now, np.array(voltages[-1:]), lowest=0.0, highest=41 * uS, strength=np.array(0.6)
        )
    assert {v > 0 for v in voltages} == {True, False}
    after, result = verified(
        conductance, target, rule, tolerance=0.05 * uS, read_noise=0.0, strength=0.6, most_pulses=40
    )
    assert result.pulses[0] == len(voltages)
    assert after == pytest.approx(now, rel=1e-9)


def test_a_cell_that_cannot_reach_its_target_is_given_up_and_one_without_a_target_left_alone():
    start = np.array([5 * uS, 5 * uS, 5 * uS])
    target = np.array([50 * uS, np.nan, 5 * uS])
    after, result = verified(start, target, growing(), read_noise=0.0)
    assert result.arrived.tolist() == [False, False, True]
    assert result.pulses.tolist() == [60, 0, 0]
    assert after[0] == pytest.approx(41 * uS, rel=1e-3)
    assert after[1:].tolist() == [5 * uS, 5 * uS]


def test_what_does_not_fit_is_refused():
    start = np.full(4, 5 * uS)
    with pytest.raises(InvalidInput, match="tolerance"):
        verified(start, start, HALF, tolerance=0.0)
    with pytest.raises(InvalidInput, match="target"):
        verified(start, start[:3], HALF)
    with pytest.raises(InvalidInput, match="4 cells"):
        verified(start, start, HALF, strength=np.ones(3))
    with pytest.raises(InvalidInput, match="equally long"):
        dataclasses.replace(growing(), up=np.ones(3))
    with pytest.raises(InvalidInput, match="full_step"):
        dataclasses.replace(growing(), full_step=1.0)
