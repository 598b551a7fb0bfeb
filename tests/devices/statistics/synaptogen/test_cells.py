from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.statistics.synaptogen.cells import SynaptogenCells, program_levels
from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022
from ohmloom.devices.statistics.synaptogen.read_noise import current_noise
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import uS

MODEL = hennen_2022()
DEEP_SET, FULL_RESET = -1.5, 1.5


def cells(shape=(300,), seed=1):
    return SynaptogenCells(MODEL, shape, rng=np.random.default_rng(seed))


def apply(array, voltage, seed=2):
    array.apply(
        np.broadcast_to(np.asarray(voltage, dtype=float), array.shape).copy(), rng=rng(seed)
    )
    return array


def rng(seed):
    return np.random.default_rng(seed)


def test_the_extreme_states_have_the_conductances_worked_out_elsewhere():
    assert MODEL.conduction.high_conductance == pytest.approx(-3.323e-5, abs=5e-9)
    assert MODEL.conduction.low_conductance == pytest.approx(2.690e-4, abs=5e-8)


def test_current_at_the_read_voltage_is_voltage_over_the_resistance_that_was_asked_for():
    resistance = np.geomspace(4e3, 3e5, 20)
    share = MODEL.conduction.share_of(resistance)
    assert MODEL.conduction.current(share, 0.2) == pytest.approx(0.2 / resistance)
    assert MODEL.conduction.conductance(share) == pytest.approx(1 / resistance)
    assert MODEL.conduction.current(share, 0.0) == pytest.approx(np.zeros(20), abs=1e-18)
    assert ((share > 0) & (share < 1)).all()


def test_the_polynomials_are_those_of_numpy_highest_power_first():
    voltage = np.linspace(-1.4, 1.4, 9)
    conduction = MODEL.conduction
    for share, expected in ((0.0, conduction.low), (1.0, conduction.high)):
        found = conduction.current(np.array(share), voltage)
        assert found == pytest.approx(np.polyval(expected, voltage), abs=1e-18)


def test_conduction_passes_torch_and_gradients():
    share = torch.tensor([0.2, 0.7], dtype=torch.float64, requires_grad=True)
    current = MODEL.conduction.current(share, 0.2)
    current.sum().backward()
    slope = 0.2 * (MODEL.conduction.high_conductance - MODEL.conduction.low_conductance)
    assert share.grad.numpy() == pytest.approx([slope, slope])


def test_a_new_array_is_in_the_high_state_of_its_first_cycle():
    array = cells((4, 5))
    assert array.in_high_state.all()
    assert array.resistance == pytest.approx(10 ** array.features[0])
    assert array.shape == array.conductance.shape == array.cycle.shape == (4, 5)
    assert not array.cycle.any()
    assert "20 in the high one" in repr(array)


def test_a_voltage_between_the_thresholds_does_nothing():
    array = apply(cells(), DEEP_SET)
    before = array.share
    for voltage in (0.0, 0.2, -0.2, -1.5, 0.3):
        apply(array, voltage)
    assert (array.share == before).all()
    high = cells()
    before = high.share
    assert (apply(high, FULL_RESET).share == before).all()  # a high state is not RESET again
    assert not high.cycle.any()


def test_each_cell_is_set_at_its_own_voltage_and_not_before():
    array = cells()
    own = array.features[1]
    apply(array, own * (1 - 1e-9))
    assert not array.in_low_state.any()
    apply(array, own)
    assert array.in_low_state.all()
    assert not array.in_high_state.any()
    assert array.resistance == pytest.approx(array.features[2])
    assert array.threshold == pytest.approx(array.features[3])


def test_a_reset_begins_above_the_threshold_and_begins_a_new_cycle():
    array = apply(cells(), DEEP_SET)
    old, threshold, share = array.features, array.threshold, array.share
    apply(array, threshold)
    assert array.in_low_state.all()
    assert (array.features == old).all()
    apply(array, threshold + 1e-7)
    assert not array.in_low_state.any()
    assert not array.in_high_state.any()
    assert (array.cycle == 1).all()
    assert (array.features != old).all()
    # The curve starts where the cell stood: an infinitely small step moves it infinitely little.
    assert array.share == pytest.approx(share, abs=1e-5)
    assert array.threshold == pytest.approx(threshold + 1e-7)


def test_a_complete_reset_reaches_the_high_state_of_the_new_cycle():
    array = apply(cells(), DEEP_SET)
    apply(array, MODEL.reset_end)
    assert array.in_high_state.all()
    assert array.resistance == pytest.approx(10 ** array.features[0])
    nearly = apply(apply(cells(), DEEP_SET), MODEL.reset_end - 1e-6)
    assert not nearly.in_high_state.any()
    assert nearly.share == pytest.approx(array.share, abs=1e-4)


def test_a_partial_reset_lies_on_the_published_curve():
    array = apply(cells(), DEEP_SET)
    low, start = array.resistance, array.threshold
    apply(array, 1.0)
    moved = start < 1.0
    polynomial_low, polynomial_high = (
        np.array(MODEL.conduction.low),
        np.array(MODEL.conduction.high),
    )

    def current(resistance, voltage):
        unit = 0.2
        at_low, at_high = (np.polyval(p, unit) / unit for p in (polynomial_low, polynomial_high))
        share = (at_low - 1 / resistance) / (at_low - at_high)
        return (1 - share) * np.polyval(polynomial_low, voltage) + share * np.polyval(
            polynomial_high, voltage
        )

    end = current(10 ** array.features[0], 1.46)
    scale = (current(low, start) - end) / abs(1.46 - start) ** 3.0567
    expected = scale * (1.46 - 1.0) ** 3.0567 + end
    assert array.current(1.0)[moved] == pytest.approx(expected[moved])
    assert moved.mean() > 0.99


def test_a_rising_staircase_raises_the_resistance_monotonically_and_a_falling_one_does_nothing():
    array = apply(cells(), DEEP_SET)
    steps = np.arange(0.5, 1.47, 0.04)
    trace = np.array([apply(array, step).resistance for step in steps])
    assert (np.diff(trace, axis=0) >= 0).all()
    assert (trace[-1] > 1.5 * trace[0]).all()
    for step in steps[::-1]:
        assert (apply(array, step).resistance == trace[-1]).all()


def test_only_a_larger_voltage_resets_further():
    array = apply(apply(cells(), DEEP_SET), 1.0)
    before = array.share
    assert (apply(array, 0.99).share == before).all()
    assert (apply(array, 1.0).share == before).all()
    assert (apply(array, 1.01).share > before).all()
    assert (array.cycle == 1).all()


def test_in_steps_or_at_once_a_cell_ends_at_the_same_place():
    at_once = apply(apply(cells(), DEEP_SET), 1.1, seed=3)
    # The first step begins the cycle: it draws what the single step drew.
    in_steps = apply(apply(apply(cells(), DEEP_SET), 0.99, seed=3), 1.1, seed=4)
    same = in_steps.threshold == 1.1
    begun = apply(apply(cells(), DEEP_SET), 0.99, seed=3).cycle == 1
    assert at_once.share[same & begun] == pytest.approx(in_steps.share[same & begun])
    assert (same & begun).mean() > 0.98


def test_a_partly_reset_cell_is_set_at_the_voltage_of_its_new_cycle():
    array = apply(apply(cells(), DEEP_SET), 1.0)
    own = array.features[1]
    apply(array, own * (1 - 1e-9))
    assert not array.in_low_state.any()
    apply(array, own)
    assert array.in_low_state.all()
    assert array.resistance == pytest.approx(array.features[2])
    assert (array.cycle == 1).all()


def test_cells_cycled_for_ever_have_the_memory_of_the_recursion():
    flat = replace(
        MODEL,
        cycles=replace(
            MODEL.cycles,
            quantiles=np.tile([1.0, 0.0], (4, 1)),
            device_means=MODEL.cycles.device_means[:, :1],
            device_factors=np.zeros((1, 8, 8)),
            device_weights=np.ones(1),
        ),
    )
    array = SynaptogenCells(flat, (4000,), rng=rng(1))
    draws, seen = rng(2), []
    for _ in range(4):
        seen.append(array.features)
        for voltage in (DEEP_SET, FULL_RESET):
            array.apply(np.full(4000, voltage), rng=draws)
    mean, deviation = np.split(MODEL.cycles.device_means[:, :1], 2)
    normal = (np.array(seen) - mean) / deviation
    covariance = MODEL.cycles.stationary_covariance
    for lag in (0, 1, 3):
        expected = np.diag(covariance[-4:, 36 - 4 * lag : 40 - 4 * lag])
        assert (normal[3] * normal[3 - lag]).mean(axis=1) == pytest.approx(expected, abs=0.08)
    assert (array.cycle == 4).all()


def test_what_happens_to_a_cell_does_not_depend_on_its_neighbours():
    class OfCells:
        """Numbers that belong to cells: each has its own generator."""

        def __init__(self):
            self.own = [rng(seed) for seed in range(30)]

        def standard_normal(self, size):
            one = [g.standard_normal(size[:-1]) for g in self.own]
            return np.stack(one, axis=-1)

        def random(self, size):
            return np.stack([g.random(size[:-1]) for g in self.own], axis=-1)

    def life(neighbours):
        draws = OfCells()
        array = SynaptogenCells(MODEL, (30,), rng=draws)
        mine = np.arange(30) % 2 == 0
        for voltage in (DEEP_SET, 1.0, DEEP_SET, FULL_RESET, DEEP_SET, 0.9):
            array.apply(np.where(mine, voltage, neighbours * voltage), rng=draws)
        return array.share[mine]

    assert (life(1.0) == life(0.0)).all()


def test_read_noise_has_the_spread_of_the_two_formulas():
    # By hand at 40 uS and 0.2 V: 8 uA, 4 k T G BW + 2 e I BW.
    variance = 4 * 1.380649e-23 * 300 * 40e-6 * 1e8 + 2 * 1.602176634e-19 * 8e-6 * 1e8
    found = current_noise(np.array(8e-6), 0.2, bandwidth=1e8, temperature=300)
    assert found == pytest.approx(np.sqrt(variance))
    array = apply(cells((40_000,)), DEEP_SET)
    error = (array.read(rng=rng(5)) - array.conductance) / array.read_spread()
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.97 * error, "norm").pvalue < 0.01
    # Only the thermal part follows the temperature, both follow the bandwidth.
    narrow = array.read_spread(bandwidth=1e6) / array.read_spread()
    assert narrow == pytest.approx(np.full(40_000, 0.1))
    shot = 2 * 1.602176634e-19 * array.current(0.2) * 1e8
    cold = array.read_spread(temperature=1e-9) * 0.2
    assert cold == pytest.approx(np.sqrt(shot))


def test_reading_leaves_the_truth_alone():
    array = apply(cells(), DEEP_SET)
    before = array.conductance
    array.read(rng=rng(1))
    assert (array.conductance == before).all()


def test_levels_of_the_typical_device_are_met_by_the_median_cell():
    array = cells((1000,))
    for target in (40 * uS, 80 * uS, 160 * uS):
        program_levels(array, np.full(1000, target), rng=rng(6))
        assert np.median(array.conductance) == pytest.approx(target, rel=0.12)
        assert array.conductance.std() < 0.25 * target
    falling = MODEL.typical_reset_voltage(np.array([20.0, 50.0, 100.0, 200.0]) * uS)
    assert (np.diff(falling) < 0).all()
    assert ((falling > 0.7) & (falling < 1.46)).all()


def test_levels_beyond_the_two_states_are_refused():
    with pytest.raises(OutOfModelRange, match="typical device has"):
        MODEL.typical_reset_voltage(np.array([300 * uS]))
    with pytest.raises(OutOfModelRange):
        MODEL.typical_reset_voltage(np.array([1 * uS]))


def test_a_voltage_of_another_shape_is_refused():
    with pytest.raises(InvalidInput, match="voltage"):
        cells((3, 2)).apply(np.zeros(6), rng=rng(1))
    with pytest.raises(InvalidInput, match="voltage"):
        cells((3,)).apply(np.array([0.0, np.nan, 1.0]), rng=rng(1))
