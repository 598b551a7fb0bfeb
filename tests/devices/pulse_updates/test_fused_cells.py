from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.cell_draws import CellDraws, cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.pulse_updates.cycle_noise import ProportionalNoise
from ohmloom.devices.pulse_updates.fused_cells import fused_cells
from ohmloom.devices.pulse_updates.presets import (
    gong_2018_soft_bounds,
    gong_2022_hfo2,
    rasch_2019_idealized,
    tang_2018_ecram,
)
from ohmloom.devices.pulse_updates.pulsed_cells import pulsed_cells
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput
from ohmloom.si import us

CELLS = 5000


def quiet(update):
    """The same update with the only kind of noise that the compiled loop knows."""
    population = replace(update.population, write_noise=0.0)
    return replace(update, population=population, noise=ProportionalNoise(relative=0.3))


UPDATES = [quiet(make()) for make in (gong_2018_soft_bounds, tang_2018_ecram, rasch_2019_idealized)]


def array(make, update, dtype=np.float64, **options):
    response, cells = make(update, shape=(CELLS,), rng=np.random.default_rng(1))
    middle = 0.5 * (update.lowest + update.highest)
    return DeviceArray(
        shape=(CELLS,),
        key=cell_key(1, "life"),
        # Some cells are so narrow that the nominal middle is outside.
        initial=np.clip(middle + np.zeros(CELLS), cells["lowest"], cells["highest"]),
        response=response,
        cells=cells,
        dtype=dtype,
        **options,
    )


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: type(update).__name__)
def test_the_compiled_loop_moves_cells_as_the_update_model_does(update):
    fused, plain = array(fused_cells, update), array(pulsed_cells, update)
    some = np.random.default_rng(2).choice([0.0, 1.0], CELLS)
    for cells in (fused, plain):
        for drive in (1.0, some, 1.0):
            cells.pulse(drive, width=1 * us)
    assert fused.conductance == pytest.approx(plain.conductance, rel=1e-6)
    # Down, the noise is the same in law only: there a large number makes a larger step, here a
    # higher conductance.
    before = fused.conductance, plain.conductance
    for cells in (fused, plain):
        cells.pulse(-1.0, width=1 * us)
    steps = [cells.conductance - g for cells, g in zip((fused, plain), before, strict=True)]
    assert stats.ks_2samp(*steps).pvalue > 0.01
    # Negative control: noise that is half as large would be noticed.
    half = steps[1].mean() + 0.5 * (steps[1] - steps[1].mean())
    assert stats.ks_2samp(steps[0], half).pvalue < 1e-6


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: type(update).__name__)
def test_scattered_cells_move_as_they_would_among_all(update):
    response, cells = fused_cells(update, shape=(CELLS,), rng=np.random.default_rng(1))
    state = np.full((1, CELLS), 0.5 * (update.lowest + update.highest))
    some = np.array([4000, 17, 2])
    of_some = {
        name: np.asarray(value)[some] if np.ndim(value) else value for name, value in cells.items()
    }
    key, one = cell_key(3), np.array(1.0)
    alone = response.pulse(
        state[:, some].copy(),
        one,
        1 * us,
        cells=of_some,
        temperature=300.0,
        rng=CellDraws(key, 5, some),
    )
    together = response.pulse(
        state.copy(),
        one,
        1 * us,
        cells=cells,
        temperature=300.0,
        rng=CellDraws(key, 5, range(CELLS)),
    )
    assert alone == pytest.approx(together[:, some], rel=1e-7)


def test_cells_that_do_not_differ_cost_no_memory():
    update = quiet(rasch_2019_idealized())
    alike = replace(
        update.population,
        step_law=replace(update.population.step_law, relative=0.0),
        asymmetry_spread=0.0,
        lowest_spread=0.0,
        highest_spread=0.0,
    )
    _, cells = fused_cells(
        replace(update, population=alike), shape=(CELLS,), rng=np.random.default_rng(1)
    )
    assert all(np.ndim(value) == 0 for value in cells.values())


def test_what_the_loop_does_not_know_is_refused():
    with pytest.raises(InvalidInput, match="use pulsed_cells"):
        fused_cells(gong_2022_hfo2(), shape=(3,), rng=np.random.default_rng(1))


def test_a_threshold_keeps_weak_pulses_away():
    response, _ = fused_cells(UPDATES[0], shape=(3,), rng=np.random.default_rng(1), threshold=1.0)
    assert response.moves(np.array([0.5, -1.0, 1.1, -2.0])).tolist() == [False, False, True, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_change_no_digit_of_what_some_of_the_cells_get(dtype):
    some = np.random.default_rng(2).random(CELLS) < 0.5
    mask = np.arange(CELLS) < CELLS // 2
    lives = []
    for block in (10 * CELLS, 999, 37):
        cells = array(fused_cells, UPDATES[0], dtype=dtype, cells_per_block=block)
        cells.pulse(1.0, width=1 * us, mask=mask)
        cells.pulse(np.where(some, -1.0, 0.0), width=1 * us)
        cells.pulse(np.where(mask, 1.0, -1.0), width=1 * us, mask=some)
        lives.append(cells.conductance)
    assert (lives[1] == lives[0]).all()
    assert (lives[2] == lives[0]).all()


def test_cells_that_get_no_pulse_keep_every_digit_and_their_age_and_stuck_ones_too():
    stuck = np.arange(CELLS) % 5 == 0
    cells = array(
        fused_cells,
        UPDATES[0],
        stuck=StuckCells(mask=stuck, conductance=np.full(CELLS, 7e-7)),
    )
    cells.pulse(1.0, width=1 * us)
    before, age = cells.conductance, cells.age
    assert (before[stuck] == 7e-7).all()
    chosen = np.arange(CELLS) % 2 == 0
    cells.pulse(1.0, width=1 * us, mask=chosen)
    moved = chosen & ~stuck
    assert (cells.conductance[~moved] == before[~moved]).all()
    assert (cells.conductance[moved] != before[moved]).mean() > 0.9  # some are at their bound
    assert (cells.age[moved] == 0.0).all()
    assert cells.age[~moved] == pytest.approx(age[~moved] + 1 * us)
    assert (cells.pulses == 1 + chosen).all()


@pytest.mark.parametrize("update", UPDATES, ids=lambda update: type(update).__name__)
def test_cells_drawn_in_blocks_are_those_drawn_at_once(update, monkeypatch):
    key = cell_key(4)
    _, whole = fused_cells(update, shape=(CELLS,), rng=CellDraws(key, 0, range(CELLS)))
    monkeypatch.setattr("ohmloom.devices.pulse_updates.fused_cells._CELLS_PER_BLOCK", 700)
    rng = CellDraws(key, 0, range(CELLS))
    _, blocks = fused_cells(update, shape=(CELLS,), rng=rng, dtype=np.float32)
    for name, value in blocks.items():
        assert np.asarray(value).dtype == np.float32
        assert value == pytest.approx(whole[name].astype(np.float32), rel=1e-6)
    # An index array is drawn from at once: the same numbers.
    _, scattered = fused_cells(update, shape=(CELLS,), rng=CellDraws(key, 0, np.arange(CELLS)))
    assert scattered["highest"] == pytest.approx(whole["highest"])
    # What is drawn next is new.
    calls = CellDraws(key, 0, range(CELLS))
    update.draw_cells((CELLS,), rng=calls)
    assert rng.call == calls.call


def test_no_cells_and_impossible_thresholds():
    assert array(fused_cells, UPDATES[0]).shape == (CELLS,)
    response, cells = fused_cells(UPDATES[0], shape=(0,), rng=np.random.default_rng(1))
    none = DeviceArray(shape=(0,), key=cell_key(1), initial=0.0, response=response, cells=cells)
    none.pulse(1.0, width=1 * us)
    assert none.conductance.size == 0
    with pytest.raises(InvalidInput, match="threshold"):
        fused_cells(UPDATES[0], shape=(3,), rng=np.random.default_rng(1), threshold=-1.0)
