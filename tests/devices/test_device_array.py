from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.incremental_pulse import gong_2022
from ohmloom.devices.stuck_cells import StuckCells
from ohmloom.devices.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, hour, second, uS, us

SHAPE = (4, 8, 8)


def made(shape=SHAPE, *, seed=1, stuck=None, **changes):
    free = StuckCells(mask=np.zeros(shape, dtype=bool), conductance=np.zeros(shape))
    settings = {
        "shape": shape,
        "statistics": wan_2022(),
        "pulse_response": gong_2022(),
        "lowest": np.full(shape, 1 * uS),
        "highest": np.full(shape, 41 * uS),
        "strength": np.ones(shape),
        "stuck": stuck or free,
        "initial": np.full(shape, 1 * uS),
        "rng": np.random.default_rng(seed),
    }
    return DeviceArray(**(settings | changes))


def one_stuck(at, conductance):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[at] = True
    return StuckCells(mask=mask, conductance=np.where(mask, conductance, 0.0))


def test_full_pulses_follow_the_geometric_series_of_soft_bounds():
    cells = made(pulse_response=replace(gong_2022(), cycle_noise=0.0))
    # A first pulse makes the cells young; up to 1 us after it nothing relaxes.
    cells.pulse(np.full(SHAPE, -3.3), width=1 * us)
    start = cells.conductance
    for pulses in range(1, 5):
        cells.pulse(np.full(SHAPE, 3.3), width=0.1 * us)
        expected = 41 * uS - (41 * uS - start) * (1 - 0.4622) ** pulses
        assert cells.conductance == pytest.approx(expected)


def test_a_write_verify_loop_like_that_of_neurram_brings_cells_within_one_microsiemens():
    # NeuRRAM: start at 1.2 V, step .1 V, reverse and start again on overshoot.
    response = gong_2022()
    strength = response.draw_strength(SHAPE, rng=np.random.default_rng(2))
    shares = []
    for start in (1.2, 0.2):  # negative control: amplitudes that stay below the threshold
        cells = made(strength=strength)
        target = np.random.default_rng(3).uniform(4 * uS, 36 * uS, SHAPE)
        direction, volts = np.zeros(SHAPE), np.full(SHAPE, start)
        for _ in range(150):
            error = target - cells.conductance
            wanted = np.where(abs(error) <= 1 * uS, 0.0, np.sign(error))
            volts = np.where(wanted == direction, np.minimum(volts + 0.1, start + 2.1), start)
            volts = volts if start > 1 else np.minimum(volts, 1.1)
            direction = wanted
            cells.pulse(wanted * volts, width=1 * us)
        shares.append((abs(target - cells.conductance) <= 1 * uS).mean())
    assert shares[0] > 0.9
    assert shares[1] < 0.1


def test_only_pulsed_cells_get_young_and_the_clock_adds_up():
    cells, voltage = made(), np.zeros(SHAPE)
    voltage[0] = 2.5
    cells.wait(5 * second)
    cells.pulse(voltage, width=1 * us)
    cells.wait(3 * second)
    assert cells.time == pytest.approx(8 + 1e-6)
    assert cells.age[0] == pytest.approx(np.full((8, 8), 3.0))
    assert cells.age[1:] == pytest.approx(np.full((3, 8, 8), 1 * day + 8 + 1e-6))
    assert (cells.pulses[0] == 1).all()
    assert (cells.pulses[1:] == 0).all()
    assert (cells.programmed[0] > 1 * uS).all()
    assert (cells.programmed[1:] == 1 * uS).all()


def test_a_pulse_below_the_threshold_is_counted_but_disturbs_nothing():
    cells = made()
    cells.pulse(np.full(SHAPE, 1.0), width=1 * us)
    assert (cells.pulses == 1).all()
    assert cells.age.min() > 1 * day
    assert (cells.programmed == 1 * uS).all()


def test_a_stuck_cell_neither_moves_nor_relaxes_while_its_neighbours_do():
    cells = made(stuck=one_stuck((1, 2, 3), 17 * uS), initial=np.full(SHAPE, 20 * uS))
    cells.pulse(np.full(SHAPE, 3.3), width=1 * us)
    cells.wait(1 * hour)
    moved = cells.conductance
    assert moved[1, 2, 3] == 17 * uS
    assert (moved != 20 * uS).all()
    assert len(np.unique(moved)) == moved.size
    assert "1 stuck" in repr(cells)


def test_cells_relax_in_law_as_their_statistics_do_however_often_one_looks():
    # The oracle is one direct step of the statistics.
    shape, model = (40_000,), wan_2022()
    quiet = replace(gong_2022(), cycle_noise=0.0)
    seen, unseen = (made(shape, seed=seed, pulse_response=quiet) for seed in (1, 2))
    for cells in (seen, unseen):
        cells.pulse(np.full(shape, 3.3), width=1 * us)
    start = seen.programmed
    for _ in range(10):
        seen.wait(6 * second)
        assert seen.conductance.shape == shape
    nothing = np.zeros(shape)
    for _ in range(10):
        unseen.pulse(nothing, width=6 * second)  # the clock moves, nobody looks
    direct = model.relax(
        start,
        programmed=start,
        age_before=0.0,
        age_after=60.0,
        rng=np.random.default_rng(9),
    )
    early = model.relax(
        start,
        programmed=start,
        age_before=0.0,
        age_after=6.0,
        rng=np.random.default_rng(9),
    )
    for cells in (seen, unseen):
        # The ten pulses start 1 us late; the first pulse may move cells that relaxed for 1 us.
        spread = cells.conductance - start
        assert stats.ks_2samp(spread, direct - start).pvalue > 0.01
        assert stats.ks_2samp(spread, early - start).pvalue < 0.01


def test_looking_after_waiting_draws_nothing():
    curious, patient = made(seed=4), made(seed=4)
    for cells in (curious, patient):
        cells.pulse(np.full(SHAPE, 3.0), width=1 * us)
        cells.wait(1 * hour)
        if cells is curious:
            assert (cells.conductance == cells.conductance).all()
            cells.read(rng=np.random.default_rng(1))
        cells.wait(1 * hour)
    assert (curious.conductance == patient.conductance).all()


def test_the_same_seed_gives_the_same_life_and_another_seed_another():
    lives = []
    for seed in (1, 1, 2):
        cells = made(seed=seed)
        cells.pulse(np.full(SHAPE, 2.5), width=1 * us)
        cells.wait(1 * day)
        lives.append(cells.conductance)
    assert (lives[0] == lives[1]).all()
    assert (lives[0] != lives[2]).all()


def test_readings_scatter_round_the_truth_as_wide_as_the_array_says():
    cells = made((20_000,), initial=np.linspace(10 * uS, 40 * uS, 20_000))
    cells.wait(1 * second)
    truth = cells.conductance
    error = (cells.read(rng=np.random.default_rng(5)) - truth) / cells.read_spread()
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01  # 5 % too little would be noticed
    assert (cells.conductance == truth).all()


def test_what_it_hands_out_cannot_change_it():
    cells = made()
    for handed in (cells.conductance, cells.age, cells.pulses, cells.programmed):
        handed[:] = 7
    assert (cells.conductance == 1 * uS).all()
    assert (cells.pulses == 0).all()
    assert (cells.age == 1 * day).all()


def test_waiting_longer_than_was_measured_is_named_in_a_warning():
    cells = made()
    cells.pulse(np.full(SHAPE, 3.0), width=1 * us)
    cells.wait(2 * day)
    with pytest.warns(ModelRangeWarning, match="3 days old"):
        cells.wait(1 * day)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lowest": np.zeros(3)}, "lowest must have shape"),
        ({"highest": np.full(SHAPE, 1 * uS)}, "lowest must be below highest"),
        ({"strength": np.full(SHAPE, -1.0)}, "strength must not be negative"),
        ({"initial": np.full(SHAPE, np.nan)}, "initial holds"),
        (
            {"stuck": StuckCells(mask=np.zeros(3, dtype=bool), conductance=np.zeros(3))},
            "stuck must have shape",
        ),
    ],
)
def test_cells_that_do_not_fit_together_are_refused(change, message):
    with pytest.raises(InvalidInput, match=message):
        made(**change)


def test_impossible_pulses_and_waits_are_refused():
    cells = made()
    with pytest.raises(InvalidInput, match="voltage must have shape"):
        cells.pulse(np.zeros(3), width=1 * us)
    with pytest.raises(InvalidInput, match="not finite"):
        cells.pulse(np.full(SHAPE, np.inf), width=1 * us)
    with pytest.raises(InvalidInput, match="width"):
        cells.pulse(np.zeros(SHAPE), width=0.0)
    with pytest.raises(InvalidInput, match="seconds"):
        cells.wait(-1.0)
    assert cells.time == 0
