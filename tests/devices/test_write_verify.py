from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.devices.write_verify import ispva_programming, neurram_programming
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

SHAPE = (40, 50)


def made(*, stuck=None, seed=1, **changes):
    settings = {
        "shape": SHAPE,
        "key": cell_key(seed, "life"),
        "initial": 2 * uS,
        "response": gong_2022(),
        "cells": {
            "lowest": 1 * uS,
            "highest": 45 * uS,
            "strength": gong_2022().draw_strength(SHAPE, rng=np.random.default_rng(9)),
        },
        "stuck": stuck,
    }
    return DeviceArray(**(settings | changes))


def spread_out(shape):
    strength = gong_2022().draw_strength(shape, rng=np.random.default_rng(9))
    return {"lowest": 1 * uS, "highest": 45 * uS, "strength": strength}


def targets(seed=3):
    return np.random.default_rng(seed).uniform(3 * uS, 38 * uS, SHAPE)


def programmed(array, target=None, **options):
    wanted = targets() if target is None else target
    settings = {"tolerance": 1 * uS, "rng": np.random.default_rng(5)}
    return array.write_verify(wanted, **(settings | options))


def test_nearly_all_cells_arrive_within_a_microsiemens_as_on_the_chip():
    # Published for NeuRRAM: 0.18 % and 0.77 % of the cells miss their target.
    array = made()
    result = programmed(array)
    assert result.never_arrived.mean() < 0.0077
    assert np.abs(array.conductance - targets())[result.arrived].max() <= 1 * uS
    # Negative control: too few pulses leave cells behind, and they are marked.
    hasty = programmed(made(), programming=replace(neurram_programming(), most_pulses=3))
    assert hasty.never_arrived.mean() > 0.1


@pytest.mark.parametrize("statistics", [None, wan_2022()], ids=["compiled", "in rounds"])
def test_pulses_time_and_energy_add_up(statistics):
    array = made(response=replace(gong_2022(), cycle_noise=0.0), statistics=statistics)
    how = replace(neurram_programming(), most_pulses=1)
    target = np.full(SHAPE, np.nan)
    target[0, 0] = 30 * uS
    start = array.conductance[0, 0]
    result = programmed(array, target, programming=how)
    assert array.conductance[0, 0] > start
    assert result.pulses.sum() == array.pulses.sum() == 1
    assert result.readings.sum() == 2
    assert result.duration == pytest.approx(how.width + 2 * how.read_time)
    # As a ratio: a picojoule is as much as a comparison forgives.
    assert result.energy.sum() / (how.first_set**2 * start * how.width) == pytest.approx(1.0)


def test_amplitudes_rise_step_by_step_and_start_again_after_an_overshoot():
    class Recording(DeviceArray):
        def pulse(self, voltage, **options):
            seen.append(float(voltage[0, 0]))
            super().pulse(voltage, **options)

    seen = []
    array = made(statistics=wan_2022())
    array.__class__ = Recording
    target = np.full(SHAPE, np.nan)
    target[0, 0] = 20 * uS
    programmed(array, target, tolerance=0.02 * uS)
    ups = [v for v in seen if v > 0]
    assert ups[:3] == pytest.approx([1.2, 1.3, 1.4])
    turns = [i for i in range(1, len(seen)) if np.sign(seen[i]) != np.sign(seen[i - 1])]
    assert turns
    for turn in turns:
        assert abs(seen[turn]) == pytest.approx(1.2 if seen[turn] > 0 else 1.5)


def test_incremental_steps_go_one_way_and_stop_at_the_target_or_just_beyond():
    array = made()
    result = programmed(array, programming=ispva_programming(), tolerance=2 * uS)
    over = (array.conductance - targets())[result.arrived]
    assert over.min() >= 0.0
    assert over.max() <= 2 * uS
    assert 0.5 < result.arrived.mean() < 1.0
    # Both ways, the same pulses bring more cells home.
    both = programmed(made(), tolerance=2 * uS)
    assert both.arrived.mean() > result.arrived.mean()


def test_stuck_cells_never_arrive_and_nothing_is_raised_for_them():
    mask = np.zeros(SHAPE, dtype=bool)
    mask[::7, ::5] = True
    stuck = StuckCells(mask=mask, conductance=np.where(mask, 0.5 * uS, 0.0))
    result = programmed(made(stuck=stuck))
    assert result.never_arrived[mask].all()
    assert result.never_arrived[~mask].mean() < 0.02
    assert "never arrived" in repr(result)


def test_verification_sees_read_noise_and_relaxation_moves_cells_after_it():
    array = made(statistics=wan_2022())
    result = programmed(array)
    assert result.arrived.mean() > 0.98
    array.wait(1.0)
    error = (array.conductance - targets())[result.arrived]
    assert error.std() > 1.5 * (1 * uS / np.sqrt(3))


def test_the_compiled_loop_has_the_law_of_the_rounds():
    class Awake(type(wan_2022())):
        """Cells that do not relax and read without noise, but might."""

        def relax(self, conductance, **_):
            return conductance

        def read(self, conductance, **_):
            return conductance.copy()

    fast = made(shape=(100, 200), cells=spread_out((100, 200)))
    slow = made(
        shape=(100, 200),
        cells=spread_out((100, 200)),
        seed=2,
        statistics=Awake(**vars(wan_2022())),
    )
    assert fast.holds_still
    assert not slow.holds_still
    target = np.random.default_rng(3).uniform(3 * uS, 38 * uS, (100, 200))
    compiled, rounds = programmed(fast, target), programmed(slow, target)
    error = [(array.conductance - target).ravel() for array in (fast, slow)]
    assert stats.ks_2samp(compiled.pulses.ravel(), rounds.pulses.ravel()).pvalue > 0.01
    assert stats.ks_2samp(*error).pvalue > 0.01
    assert compiled.energy.mean() == pytest.approx(rounds.energy.mean(), rel=0.03, abs=0.0)
    assert (fast.pulses == compiled.pulses).all()
    # Negative control: a tenth of an amplitude step is noticed.
    other = replace(neurram_programming(), step=0.11)
    changed = programmed(
        made(shape=(100, 200), cells=spread_out((100, 200))), target, programming=other
    )
    assert stats.ks_2samp(changed.pulses.ravel(), rounds.pulses.ravel()).pvalue < 1e-3


def test_blocks_and_threads_change_nothing():
    wholes = [
        programmed(made(**options)).pulses
        for options in ({}, {"cells_per_block": 300}, {"cells_per_block": 300, "threads": 2})
    ]
    assert (wholes[0] == wholes[1]).all()
    assert (wholes[0] == wholes[2]).all()


def test_bands_may_differ_from_cell_to_cell():
    bands = np.where(np.arange(SHAPE[1]) % 2, 0.5 * uS, 2 * uS) * np.ones(SHAPE)
    array = made()
    result = programmed(array, tolerance=bands)
    error = np.abs(array.conductance - targets())
    assert (error <= bands)[result.arrived].all()
    assert error[bands > 1 * uS].max() > 0.6 * uS
    assert result.pulses[bands < 1 * uS].mean() > result.pulses[bands > 1 * uS].mean()


def test_a_band_for_each_cell_is_one_pass_and_the_same_law():
    class Counting(DeviceArray):
        def pulsed_by(self, work):
            passes.append(work)
            super().pulsed_by(work)

    passes = []
    mask = np.zeros(SHAPE, dtype=bool)
    mask[:, 7] = True
    stuck = StuckCells(mask=mask, conductance=np.random.default_rng(8).uniform(0, 50 * uS, SHAPE))
    alike, array = made(stuck=stuck), made(stuck=stuck)
    array.__class__ = Counting
    one = programmed(alike, tolerance=1.3 * uS)
    each = programmed(array, tolerance=np.full(SHAPE, 1.3 * uS))
    assert (one.pulses == each.pulses).all()
    assert each.energy == pytest.approx(one.energy, rel=1e-9, abs=0.0)
    assert array.conductance == pytest.approx(alike.conductance, rel=1e-9, abs=0.0)
    # Bands in proportion to the target: no two are alike, and some cells are left alone.
    target = targets()
    target[::3] = np.nan
    before = array.conductance
    result = programmed(array, target, tolerance=0.05 * target)
    assert len(passes) == 2
    assert (array.conductance[::3] == before[::3]).all()
    assert (array.conductance[mask] == stuck.conductance[mask]).all()
    error = np.abs(array.conductance / target - 1.0)
    assert error[result.arrived].max() <= 0.05 * (1 + 1e-9)
    assert result.arrived[result.asked & ~mask].mean() > 0.95


def test_a_cell_above_its_band_gets_no_pulse_where_there_is_no_way_back():
    how = replace(ispva_programming(), erase_pulses=0)
    array = made(initial=20 * uS)
    result = programmed(array, np.full(SHAPE, 10 * uS), programming=how)
    assert result.never_arrived.all()
    assert (result.pulses == 0).all()
    assert (array.conductance == 20 * uS).all()


def test_the_same_key_gives_the_same_programming():
    first, second, other = (programmed(made(seed=seed)) for seed in (1, 1, 2))
    assert (first.pulses == second.pulses).all()
    assert (first.pulses != other.pulses).any()


def test_impossible_requests_are_refused():
    with pytest.raises(InvalidInput, match="target must have shape"):
        programmed(made(), np.zeros(3))
    with pytest.raises(InvalidInput, match="tolerance must be above zero"):
        programmed(made(), tolerance=0.0)
    with pytest.raises(InvalidInput, match="must not be negative"):
        programmed(made(), np.full(SHAPE, -1 * uS))
    with pytest.raises(InvalidInput, match="amplitudes must rise"):
        replace(neurram_programming(), first_set=5.0)
    with pytest.raises(InvalidInput, match="cannot answer a pulse"):
        DeviceArray(shape=(2,), key=cell_key(1), initial=0.0, statistics=wan_2022()).write_verify(
            np.full(2, 9 * uS), tolerance=1 * uS, rng=np.random.default_rng(1)
        )
