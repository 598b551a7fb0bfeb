from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.memristors.physical_cells import physical_cells
from ohmloom.devices.memristors.sky130_reram import sky130_reram
from ohmloom.devices.memristors.volatile_switch import volatile_milliseconds
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import pulse_train
from ohmloom.devices.transient import simulate_transient
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput
from ohmloom.si import mS, ms, ns

CELLS = 24


def response_of(spreads=None, **changes):
    settings = {
        "shape": (CELLS,),
        "spreads": {"rate_on": 0.2, "state_off": 0.1} if spreads is None else spreads,
        "set_sign": -1,
        "read_voltage": 0.01,
        "cycle_spread": 0.1,
        "rng": np.random.default_rng(2),
    }
    return physical_cells(kvatinsky_2015(), **(settings | changes))


def array(**options):
    response, cells = response_of()
    settings = {"shape": (CELLS,), "key": cell_key(1), "initial": 1.5 * mS}
    return DeviceArray(**(settings | {"response": response, "cells": cells} | options))


@pytest.mark.parametrize("stays", [0.0, 5 * mS, 1.0])
def test_a_stuck_cell_may_stay_where_no_state_of_the_model_is(stays):
    mask = np.zeros(CELLS, dtype=bool)
    mask[3] = True
    cells = array(stuck=StuckCells(mask=mask, conductance=np.where(mask, stays, 0.0)))
    free = array()
    for one in (cells, free):
        one.pulse(0.24, width=10 * ns)
        one.wait(1 * ms)
    assert cells.conductance[3] == stays
    assert cells.read(rng=np.random.default_rng(1))[3] == stays
    assert cells.conductance[~mask] == pytest.approx(free.conductance[~mask], rel=1e-9)


def test_single_precision_may_round_a_state_onto_its_bound_and_over():
    # 3 nm, the bound of every cell, is larger in single precision.
    response, mismatch = response_of({"rate_on": 0.2})
    made = {"response": response, "cells": mismatch}
    cells, exact = array(dtype=np.float32, **made), array(**made)
    for one in (cells, exact):
        for volts in (-2.0, -2.0, 0.24, -2.0, 0.25):  # into the bound and back again
            one.pulse(volts, width=50 * ns)
    assert cells.conductance == pytest.approx(exact.conductance, rel=1e-4)


def test_blocks_change_no_more_than_the_last_digit():
    lives = []
    for block in (1000, 7):
        cells = array(cells_per_block=block)
        cells.pulse(0.24, width=10 * ns)
        cells.pulse(0.3, width=3 * ns, mask=np.arange(CELLS) % 3 == 0)
        lives.append(cells.conductance)
    assert lives[0] == pytest.approx(lives[1], rel=1e-13)


def test_cells_that_rest_for_different_times_forget_by_their_own_clocks():
    device = volatile_milliseconds()
    response, _ = physical_cells(
        device,
        shape=(4,),
        spreads={},
        set_sign=1,
        read_voltage=0.05,
        cycle_spread=0.0,
        rng=np.random.default_rng(1),
    )
    seconds = np.array([0.0, 1 * ms, 5 * ms, 20 * ms])
    start = np.full((1, 4), 0.5)
    rested = response.rest(start.copy(), seconds, cells={}, temperature=300.0)
    assert rested[0] == pytest.approx(0.5 * np.exp(-seconds / device.relaxation_time), rel=1e-5)


def test_pulses_scatter_in_speed_as_much_as_they_should():
    response, mismatch = response_of({}, shape=(4000,), cycle_spread=0.1)
    cells = array(shape=(4000,), response=response, cells=mismatch)
    start = cells.state[0]
    cells.pulse(0.22, width=1 * ns)
    # The border of this device moves at a speed that the voltage alone gives.
    moved = np.log(np.abs(cells.state[0] - start))
    assert moved.std() == pytest.approx(0.1, rel=0.05)


def test_wrong_requests_are_refused():
    with pytest.raises(InvalidInput, match="no parameter 'speed'"):
        response_of({"speed": 0.1})
    with pytest.raises(InvalidInput, match="spread of rate_on must be finite"):
        response_of({"rate_on": -0.1})
    with pytest.raises(InvalidInput, match="not a number"):
        response_of({"conduction": 0.1})
    with pytest.raises(InvalidInput, match="cycle_spread"):
        response_of(cycle_spread=np.nan)
    many = replace(kvatinsky_2015(), rate_on=np.linspace(-11.0, -9.0, CELLS))
    for spreads in ({}, {"rate_on": 0.1}):
        with pytest.raises(InvalidInput, match=r"rate_on of Vteam is an array.* as cells"):
            physical_cells(
                many,
                shape=(CELLS,),
                spreads=spreads,
                set_sign=-1,
                read_voltage=0.01,
                cycle_spread=0.0,
                rng=np.random.default_rng(1),
            )
    with pytest.raises(InvalidInput, match="around all cells"):
        response_of({"rate_on": 0.1}, ambient="rate_on")


def test_a_series_resistor_limits_what_a_pulse_does():
    device = sky130_reram()
    drive = device.typical_drive
    states = []
    for resistance in (drive.series_resistance, 20_000.0):
        response, mismatch = physical_cells(
            device,
            shape=(2,),
            spreads={},
            set_sign=1,
            read_voltage=0.1,
            cycle_spread=0.0,
            rng=np.random.default_rng(1),
            series_resistance=resistance,
        )
        cells = DeviceArray(
            shape=(2,), key=cell_key(1), initial=2e-6, response=response, cells=mismatch
        )
        start = cells.state
        cells.pulse(1.6, width=100e-9)
        alone = simulate_transient(
            device,
            pulse_train([1.6], width=100e-9, gap=0.0),
            initial_state=start[:, :1],
            series_resistance=resistance,
        )
        np.testing.assert_allclose(cells.state[0, 0], alone.state[0, -1, 0], rtol=1e-5)
        states.append(cells.state[0, 0])
    # A larger resistor leaves the filament shorter.
    assert states[1] < 0.99 * states[0]
    with pytest.raises(InvalidInput, match="series_resistance"):
        replace(response, series_resistance=-1.0)
