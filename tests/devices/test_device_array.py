from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.ageing.arrhenius import Arrhenius
from ohmloom.devices.ageing.endurance import EnduranceWear, SuddenWear, WearThreshold
from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.memristors.physical_cells import physical_cells
from ohmloom.devices.memristors.volatile_switch import volatile_milliseconds
from ohmloom.devices.noise.ornstein_uhlenbeck import OrnsteinUhlenbeckNoise
from ohmloom.devices.noise.read_noise import Amplitude
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.devices.pulse_updates.presets import gong_2022_hfo2
from ohmloom.devices.pulse_updates.pulsed_cells import pulsed_cells
from ohmloom.devices.statistics.nandakumar_2019 import nandakumar_2019
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, eV, hour, kelvin, ms, nm, second, uS, us

SHAPE = (4, 8, 8)


def made(shape=SHAPE, *, seed=1, stuck=None, **changes):
    free = StuckCells(mask=np.zeros(shape, dtype=bool), conductance=np.zeros(shape))
    cells = {"lowest": 1 * uS, "highest": 41 * uS, "strength": 1.0}
    settings = {
        "shape": shape,
        "key": cell_key(seed, "life"),
        "statistics": wan_2022(),
        "response": gong_2022(),
        "cells": cells | {name: changes.pop(name) for name in cells if name in changes},
        "stuck": stuck or free,
        "initial": 1 * uS,
    }
    return DeviceArray(**(settings | changes))


def one_stuck(at, conductance):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[at] = True
    return StuckCells(mask=mask, conductance=np.where(mask, conductance, 0.0))


def test_full_pulses_follow_the_geometric_series_of_soft_bounds():
    cells = made(response=replace(gong_2022(), cycle_noise=0.0))
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
    seen, unseen = (made(shape, seed=seed, response=quiet) for seed in (1, 2))
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
        traits=np.empty((0, *shape)),
        age_before=0.0,
        age_after=60.0,
        rng=np.random.default_rng(9),
    )
    early = model.relax(
        start,
        programmed=start,
        traits=np.empty((0, *shape)),
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
        ({"strength": np.full(SHAPE, np.nan)}, "strength holds"),
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


def life(**options):
    """An eventful life of cells that drift, in blocks and on threads as given."""
    cells = DeviceArray(
        shape=(3000,),
        key=cell_key(7, "life"),
        initial=5 * uS,
        response=gong_2022(),
        cells={
            "lowest": 1 * uS,
            "highest": np.linspace(30 * uS, 41 * uS, 3000),
            "strength": 1.0,
        },
        statistics=nandakumar_2019(),
        noise=(
            OrnsteinUhlenbeckNoise(
                amplitude=Amplitude(relative=0.02, absolute=0.0), correlation_time=1 * hour
            ),
        ),
        **options,
    )
    cells.pulse(2.5, width=1 * us)
    cells.wait(1 * hour)
    cells.pulse(np.where(np.arange(3000) % 3 == 0, 2.0, 0.0), width=1 * us)
    cells.wait(1 * hour)
    first = cells.read(rng=np.random.default_rng(1))
    cells.pulse(-2.0, width=1 * us, mask=np.arange(3000) % 2 == 0)
    cells.wait(1 * day)
    return np.stack([first, cells.conductance, cells.read(rng=np.random.default_rng(2))])


def test_blocks_and_threads_change_no_number():
    whole = life()
    for options in (
        {"cells_per_block": 256},
        {"cells_per_block": 37},
        {"cells_per_block": 500, "threads": 2},
    ):
        assert (life(**options) == whole).all()


def test_half_the_precision_is_the_same_life():
    assert life(dtype=np.float32) == pytest.approx(life(), rel=1e-4)


def drifting(seed=1, cells=40_000, **options):
    return DeviceArray(
        shape=(cells,),
        key=cell_key(seed, "drift"),
        initial=1 * uS,
        statistics=nandakumar_2019(),
        **options,
    )


def test_cells_with_statistics_alone_are_programmed_by_somebody_else():
    cells, model = drifting(), nandakumar_2019()
    target = np.full(cells.shape, 10 * uS)
    target[:5] = np.nan
    cells.program(target)
    assert (cells.conductance[:5] == 1 * uS).all()
    cells.wait(1 * hour)
    at_target = cells.conductance[5:]
    goal = np.array(10 * uS)
    assert at_target.mean() == pytest.approx(model.mean(goal, 1 * hour), rel=2e-3)
    assert at_target.std() == pytest.approx(model.spread(goal, 1 * hour), rel=0.015)
    with pytest.raises(InvalidInput, match="cannot answer a pulse"):
        cells.pulse(1.0, width=1 * us)


def test_every_cell_keeps_its_drift_exponent_until_it_is_programmed_again():
    cells = drifting(cells=2000)
    cells.program(np.full(cells.shape, 10 * uS))
    start = cells.conductance
    exponents = []
    for _ in range(2):
        cells.wait(1 * hour)
        # The law of the model: G = G0 ((t + 20 s) / 20 s)^-nu.
        passed = np.log((cells.age + 20.0) / 20.0)
        exponents.append(-np.log(cells.conductance / start) / passed)
    assert exponents[1] == pytest.approx(exponents[0], rel=1e-6)
    cells.program(np.full(cells.shape, 10 * uS))
    again = cells.conductance
    cells.wait(1 * hour)
    passed = np.log((cells.age + 20.0) / 20.0)
    third = -np.log(cells.conductance / again) / passed
    assert abs(np.corrcoef(exponents[0], third)[0, 1]) < 0.08


def test_waiting_an_hour_twice_is_waiting_two_hours_in_law():
    def wait(seed, parts, each):
        cells = drifting(seed)
        cells.program(np.full(cells.shape, 10 * uS))
        for _ in range(parts):
            cells.wait(each)
        return cells.conductance

    once, twice = wait(1, 1, 2 * hour), wait(2, 2, 1 * hour)
    assert stats.ks_2samp(once, twice).pvalue > 0.01
    assert stats.ks_2samp(once, wait(3, 1, 1 * hour)).pvalue < 1e-6


def test_heat_makes_the_same_hour_count_for_more():
    fast = Arrhenius(activation_energy=1.0 * eV, reference_temperature=300 * kelvin)
    hot, cold = drifting(retention=fast), drifting(retention=fast)
    for cells in (hot, cold):
        cells.program(np.full(cells.shape, 10 * uS))
    hot.wait(1 * hour, temperature=330 * kelvin)
    cold.wait(1 * hour * fast.acceleration(330 * kelvin))
    assert hot.time == pytest.approx(1 * hour)
    assert hot.conductance == pytest.approx(cold.conductance, rel=1e-9)
    assert hot.age.mean() > 20 * hour
    with pytest.raises(InvalidInput, match="activation energy"):
        drifting().wait(1 * hour, temperature=330 * kelvin)


def test_pulses_wear_the_bounds():
    threshold = WearThreshold(
        scale=3.0,
        per_size=0.0,
        per_temperature=0.0,
        cell_size=20 * nm,
        threshold_temperature=300 * kelvin,
    )
    wear = EnduranceWear(
        low=SuddenWear(threshold=threshold, stable=1 / (8 * uS)),
        high=SuddenWear(threshold=threshold, stable=1 / (2 * uS)),
        resistance_on=1 / (41 * uS),
        resistance_off=1 / (1 * uS),
    )
    quiet = replace(gong_2022(), cycle_noise=0.0)
    worn = made(response=quiet, statistics=None, endurance=wear)
    fresh = made(response=quiet, statistics=None)
    for cells in (worn, fresh):
        for _ in range(12):
            cells.pulse(3.3, width=1 * us)
    assert fresh.conductance == pytest.approx(np.full(SHAPE, 41 * uS), rel=2e-2)
    # A cell above its new bound does not move up any more; one RESET and SET show the new window.
    for _ in range(12):
        worn.pulse(-3.3, width=1 * us)
    assert worn.conductance == pytest.approx(np.full(SHAPE, 2 * uS), rel=2e-2)
    for _ in range(12):
        worn.pulse(3.3, width=1 * us)
    assert worn.conductance == pytest.approx(np.full(SHAPE, 8 * uS), rel=2e-2)


def test_noise_with_a_memory_is_the_same_in_two_readings_that_follow_each_other_closely():
    process = OrnsteinUhlenbeckNoise(
        amplitude=Amplitude(relative=0.05, absolute=0.0), correlation_time=1 * second
    )
    cells = made((20_000,), statistics=None, noise=(process,), initial=20 * uS)
    rng = np.random.default_rng(1)
    readings = []
    for pause in (0.0, 0.001, 100.0):
        cells.wait(pause)
        readings.append(cells.read(rng=rng) / (20 * uS) - 1.0)
    assert readings[0].std() == pytest.approx(0.05, rel=0.02)
    assert np.corrcoef(readings[0], readings[1])[0, 1] > 0.99
    assert abs(np.corrcoef(readings[1], readings[2])[0, 1]) < 0.03
    assert (cells.conductance == 20 * uS).all()


def test_a_physical_memristor_forgets_while_it_waits():
    device = volatile_milliseconds()
    response, mismatch = physical_cells(
        device,
        shape=(4,),
        spreads={"relaxation_time": 0.3},
        set_sign=1,
        read_voltage=0.05,
        cycle_spread=0.0,
        rng=np.random.default_rng(1),
    )
    cells = DeviceArray(
        shape=(4,), key=cell_key(1), initial=1e-6, response=response, cells=mismatch
    )
    cells.pulse(0.9, width=1 * ms)
    start = cells.state[0]
    cells.wait(3 * ms)
    cells.pulse(0.1, width=4 * ms)
    left = start * np.exp(-7 * ms / mismatch["relaxation_time"])
    assert cells.state[0] == pytest.approx(left, rel=1e-5)
    assert len(np.unique(left)) == 4
    with pytest.raises(InvalidInput, match="another state"):
        DeviceArray(
            shape=(4,),
            key=cell_key(1),
            initial=1e-6,
            response=response,
            cells=mismatch,
            statistics=wan_2022(),
        )


def test_an_update_with_write_noise_shows_another_conductance_than_it_keeps():
    update = gong_2022_hfo2()
    response, mismatch = pulsed_cells(update, shape=(5000,), rng=np.random.default_rng(1))
    cells = DeviceArray(
        shape=(5000,), key=cell_key(1), initial=20 * uS, response=response, cells=mismatch
    )
    cells.pulse(1.0, width=1 * us)
    shown, hidden = cells.state
    error = (shown - hidden)[hidden > 5 * update.write_noise]
    assert (cells.conductance == shown).all()
    if error.size:
        assert error.std() == pytest.approx(update.write_noise, rel=0.1)
    before = cells.conductance
    cells.wait(1 * day)
    assert (cells.conductance == before).all()


def test_an_array_of_nothing_is_refused():
    with pytest.raises(InvalidInput, match="needs a response"):
        DeviceArray(shape=(3,), key=cell_key(1), initial=0.0)
    with pytest.raises(InvalidInput, match="strength is not in cells"):
        DeviceArray(
            shape=(3,),
            key=cell_key(1),
            initial=0.0,
            response=gong_2022(),
            cells={"lowest": 0.0, "highest": 1.0},
        )
    with pytest.raises(InvalidInput, match="threads"):
        made(threads=0)
    with pytest.raises(InvalidInput, match="mask must hold booleans"):
        made().pulse(1.0, width=1.0, mask=np.ones(3))
    with pytest.raises(InvalidInput, match="temperature"):
        made().wait(1.0, temperature=0.0)
    with pytest.raises(InvalidInput, match="does not remember"):
        _ = made(statistics=None).programmed
    with pytest.raises(InvalidInput, match="no statistics"):
        made(statistics=None).program(np.zeros(SHAPE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": -5.0}, "temperature must be above zero"),
        ({"temperature": np.nan}, "temperature must be above zero"),
        ({"dtype": np.float16}, "float64 or float32"),
        ({"shape": 5}, "tuple of lengths"),
        ({"cells": {"lowest": 0.0, "highest": 1.0, "strength": 1.0, "strenght": 2.0}}, "strenght"),
    ],
)
def test_settings_that_would_be_wrong_in_silence_are_refused(change, message):
    settings = {
        "shape": (3,),
        "key": cell_key(1),
        "initial": 0.0,
        "response": gong_2022(),
        "cells": {"lowest": 0.0, "highest": 1.0, "strength": 1.0},
    }
    with pytest.raises(InvalidInput, match=message):
        DeviceArray(**(settings | change))


def test_looking_at_cells_that_hold_still_changes_nothing_that_happens_to_them():
    lives = []
    for looks in (False, True):
        cells = made(statistics=None)
        for _ in range(3):
            cells.pulse(np.full(SHAPE, 2.0), width=1 * us)
            if looks:
                assert cells.read(rng=np.random.default_rng(1)).shape == SHAPE
        lives.append(cells.conductance)
    assert (lives[0] == lives[1]).all()


def test_a_retention_without_statistics_is_refused_as_it_would_count_the_heat_twice():
    fast = Arrhenius(activation_energy=1.0 * eV, reference_temperature=300 * kelvin)
    with pytest.raises(InvalidInput, match="retention speeds statistics up"):
        made(statistics=None, retention=fast)


def test_wear_does_not_ask_how_the_voltage_was_written_down():
    threshold = WearThreshold(
        scale=3.0,
        per_size=0.0,
        per_temperature=0.0,
        cell_size=20 * nm,
        threshold_temperature=300 * kelvin,
    )
    wear = EnduranceWear(
        low=SuddenWear(threshold=threshold, stable=1 / (8 * uS)),
        high=SuddenWear(threshold=threshold, stable=1 / (2 * uS)),
        resistance_on=1 / (41 * uS),
        resistance_off=1 / (1 * uS),
    )
    lives = []
    everyone = np.ones(SHAPE, dtype=bool)
    for options in (
        {"voltage": 3.3},
        {"voltage": np.full(SHAPE, 3.3)},
        {"voltage": 3.3, "mask": everyone},
    ):
        cells = made(statistics=None, endurance=wear)
        life = []
        for _ in range(6):
            cells.pulse(**options, width=1 * us)
            life.append(cells.conductance)
        lives.append(life)
    assert (np.diff(np.array(lives[0])[:, 0, 0, 0]) == 0.0).any()  # it did wear out
    for life in lives[1:]:
        assert np.array(life) == pytest.approx(np.array(lives[0]), rel=1e-12)


@pytest.mark.parametrize("statistics", [None, wan_2022()], ids=["still", "relaxing"])
@pytest.mark.parametrize("shape", [(0,), (0, 4), ()])
def test_arrays_of_no_cells_and_of_one_lead_a_life_as_well(shape, statistics):
    cells = DeviceArray(
        shape=shape,
        key=cell_key(1),
        initial=2 * uS,
        response=gong_2022(),
        cells={"lowest": 1 * uS, "highest": 41 * uS, "strength": 1.0},
        statistics=statistics,
    )
    cells.pulse(3.0, width=1 * us)
    cells.pulse(np.full(shape, 3.0), width=1 * us, mask=np.ones(shape, dtype=bool))
    cells.wait(1 * hour)
    cells.write_verify(np.full(shape, 9 * uS), tolerance=1 * uS, rng=np.random.default_rng(1))
    assert cells.read(rng=np.random.default_rng(1)).shape == shape
    assert (cells.pulses >= 2).all()
