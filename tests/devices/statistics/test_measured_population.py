from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.devices.statistics.measured_population import MeasuredPopulation, measure_population
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, hour, second, uS

TARGETS = np.array([5.0, 15.0, 25.0, 35.0]) * uS
AGES = np.array([1 * second, 1 * hour, 1 * day])
TABLE = MeasuredPopulation(
    targets=TARGETS,
    ages=AGES,
    error=np.array([[0.0, 0.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4], [0.2, 0.4, 0.6, 0.8]]) * uS,
    deviation=np.array([[1.0, 1.5, 1.5, 1.0], [1.5, 2.0, 2.0, 1.5], [2.0, 3.0, 3.0, 2.0]]) * uS,
    reading=np.array([0.1, 0.2, 0.3, 0.4]) * uS,
)


def array(shape=(12_000,), seed=1):
    return DeviceArray(
        shape=shape,
        key=cell_key(seed, "life"),
        initial=2 * uS,
        response=gong_2022(),
        cells={"lowest": 0.5 * uS, "highest": 60 * uS, "strength": 1.0},
        statistics=wan_2022(),
    )


def test_it_obeys_the_laws_of_statistics():
    # The laws over the catalogue have no table of their own; these are the ones that matter here.
    assert isinstance(TABLE, ConductanceStatistics)
    rng, start = np.random.default_rng(1), np.full(100_000, 20 * uS)
    traits = TABLE.draw_traits(start, rng=rng)

    def wait(g, before, after):
        return TABLE.relax(
            g, programmed=start, traits=traits, age_before=before, age_after=after, rng=rng
        )

    once, twice = wait(start, 1.0, 1 * day), wait(wait(start, 1.0, 1 * hour), 1 * hour, 1 * day)
    assert stats.ks_2samp(once, twice).pvalue > 0.01
    assert stats.ks_2samp(once, wait(start, 1.0, 1 * hour)).pvalue < 1e-6


def test_the_table_comes_back_where_it_was_measured():
    for row, age in enumerate(AGES):
        assert TABLE.spread(TARGETS, float(age)) == pytest.approx(TABLE.deviation[row])
        assert TABLE.mean(TARGETS, float(age)) == pytest.approx(TARGETS + TABLE.error[row])
    assert TABLE.read_spread(TARGETS, 1.0) == pytest.approx(TABLE.reading)
    halfway = float(np.sqrt(AGES[0] * AGES[1]))
    # The variance is linear in the logarithm of time: (1 + 1.5^2) / 2.
    assert TABLE.spread(TARGETS[:1], halfway)[0] / uS == pytest.approx(np.sqrt(1.625))


def test_populations_have_the_mean_and_spread_that_it_states():
    rng, target = np.random.default_rng(4), np.full(200_000, 20 * uS)
    cells = TABLE.program(target, rng=rng)
    traits = TABLE.draw_traits(cells, rng=rng)
    later = TABLE.relax(
        cells, programmed=target, traits=traits, age_before=1.0, age_after=1 * day, rng=rng
    )
    goal = np.array(20 * uS)
    assert later.mean() == pytest.approx(TABLE.mean(goal, 1 * day), rel=1e-3)
    assert later.std() == pytest.approx(TABLE.spread(goal, 1 * day), rel=0.01)


def test_torch_gives_the_numbers_of_numpy_and_gradients():
    g = np.linspace(6 * uS, 34 * uS, 9)
    for age in (1 * hour, np.geomspace(1.0, 8e4, 9)):
        in_torch_age = age if isinstance(age, float) else torch.tensor(age)
        for method in (TABLE.mean, TABLE.spread, TABLE.read_spread):
            assert method(torch.tensor(g), in_torch_age).numpy() == pytest.approx(method(g, age))
    in_us = torch.tensor(g / uS, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: TABLE.spread(x * uS, 1 * hour) / uS, (in_us,))


def test_what_is_measured_of_an_array_is_what_the_array_was_made_of():
    model = wan_2022()
    found = measure_population(
        array(), TARGETS, AGES, tolerance=1 * uS, rng=np.random.default_rng(2)
    )
    # The published spread takes errors to be uniform in the band; steps that creep up to a target
    # leave them a little narrower.
    for row, age in enumerate(AGES):
        assert found.deviation[row] == pytest.approx(model.spread(TARGETS, float(age)), rel=0.12)
    assert found.reading == pytest.approx(model.read_spread(TARGETS, 1 * hour), rel=0.25)
    assert np.abs(found.error).max() < 0.5 * uS
    # Negative control: another table would be told apart.
    assert found.deviation[0] != pytest.approx(model.spread(TARGETS, 1 * day), rel=0.12)


def test_targets_and_ages_that_were_not_measured_are_named():
    with pytest.warns(ModelRangeWarning, match="40 uS leave the measured range"):
        TABLE.spread(np.array([40 * uS]), 1.0)
    with pytest.warns(ModelRangeWarning, match="10 days"):
        TABLE.spread(TARGETS, 10 * day)


def test_a_wrong_request_leaves_the_array_untouched():
    for targets, ages in ((TARGETS[::-1], AGES), (TARGETS[:1], AGES), (TARGETS, [0.0, 1.0])):
        cells = array((80,))
        with pytest.raises(InvalidInput, match="rise"):
            measure_population(cells, targets, ages, tolerance=1 * uS, rng=np.random.default_rng(2))
        assert cells.time == 0.0
        assert (cells.pulses == 0).all()


def test_read_noise_is_not_taken_for_a_spread_of_the_cells():
    quiet = replace(TABLE, error=0.0 * TABLE.error, deviation=0.0 * TABLE.deviation)
    cells = DeviceArray(
        shape=(4000,),
        key=cell_key(1, "life"),
        initial=2 * uS,
        response=gong_2022(),
        cells={"lowest": 0.5 * uS, "highest": 60 * uS, "strength": 1.0},
        statistics=replace(quiet, reading=np.full(4, 1 * uS)),
    )
    found = measure_population(
        cells, TARGETS, AGES[:1], tolerance=1 * uS, rng=np.random.default_rng(2)
    )
    truth = cells.conductance.reshape(-1, 4).std(axis=0)
    assert found.deviation[0] == pytest.approx(truth, rel=0.1)
    assert found.reading == pytest.approx(np.full(4, 1 * uS), rel=0.06)


def test_few_cells_tell_the_read_noise_without_bias():
    # Eight cells for each target: a variance that is divided by eight is an eighth too small.
    targets = np.linspace(5 * uS, 35 * uS, 16)
    still = MeasuredPopulation(
        targets=targets,
        ages=AGES[:1],
        error=np.zeros((1, 16)),
        deviation=np.zeros((1, 16)),
        reading=np.full(16, 0.1 * uS),
    )
    variances = []
    for seed in range(60):
        cells = DeviceArray(
            shape=(128,),
            key=cell_key(seed, "life"),
            initial=2 * uS,
            response=gong_2022(),
            cells={"lowest": 0.5 * uS, "highest": 60 * uS, "strength": 1.0},
            statistics=still,
        )
        found = measure_population(
            cells, targets, AGES[:1], tolerance=2 * uS, rng=np.random.default_rng(seed)
        )
        variances.append((found.reading / (0.1 * uS)) ** 2)
    # 960 variances of 7 degrees of freedom each: 1.7 % standard error.
    assert np.mean(variances) == pytest.approx(1.0, rel=0.06)


def test_tables_that_cannot_be_are_refused():
    with pytest.raises(InvalidInput, match="error holds"):
        replace(TABLE, error=TABLE.error * np.nan)
    with pytest.raises(InvalidInput, match="one or more"):
        replace(TABLE, ages=AGES[:0], error=TABLE.error[:0], deviation=TABLE.deviation[:0])
    with pytest.raises(InvalidInput, match="fall with age"):
        replace(TABLE, deviation=TABLE.deviation[::-1])
    with pytest.raises(InvalidInput, match="targets must be two or more"):
        replace(TABLE, targets=TARGETS[::-1])
    with pytest.raises(InvalidInput, match="deviation must have shape"):
        replace(TABLE, ages=AGES[:2])
    with pytest.raises(InvalidInput, match="does not tell a spread"):
        measure_population(
            array((20,)), TARGETS, AGES, tolerance=1 * uS, rng=np.random.default_rng(2)
        )
