import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.memristors.jart_variability import (
    bengel_2020_walk,
    draw_devices,
    jart_tud_spread,
    moved_with_state,
    yu_spread,
)
from ohmloom.devices.memristors.jart_vcm import cueppers_2019
from ohmloom.errors import InvalidInput

NOMINAL = cueppers_2019()
NAMES = ("concentration_highest", "concentration_lowest", "disc_length", "radius")
UNITS = dict(zip(NAMES, (1e26, 1e26, 1e-9, 1e-9), strict=True))
CENTRES = dict(zip(NAMES, (20, 0.008, 0.4, 45), strict=True))
DEVIATIONS = dict(zip(NAMES, (1, 0.002, 0.04, 5), strict=True))
BOUNDS = dict(zip(NAMES, ((18, 22), (0.004, 0.016), (0.36, 0.44), (40.5, 49.5)), strict=True))


def drawn(spread, count=5000):
    devices = draw_devices(NOMINAL, count, spread=spread, rng=np.random.default_rng(1))
    return {name: getattr(devices, name) / UNITS[name] for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_devices_follow_the_truncated_normal_law_of_their_range(name):
    values, (low, high) = drawn(yu_spread())[name], BOUNDS[name]
    assert values.min() >= low * (1 - 1e-12)
    assert values.max() <= high * (1 + 1e-12)
    centre, deviation = CENTRES[name], DEVIATIONS[name]
    law = stats.truncnorm(
        (low - centre) / deviation, (high - centre) / deviation, centre, deviation
    )
    assert stats.kstest(values, law.cdf).pvalue > 0.01
    assert values.std() == pytest.approx(law.std(), rel=0.015)
    # The same bounds with two thirds of the spread, or no cut at all, would be noticed.
    narrow = deviation / 1.5
    narrower = stats.truncnorm((low - centre) / narrow, (high - centre) / narrow, centre, narrow)
    assert stats.kstest(values, narrower.cdf).pvalue < 0.01
    assert stats.kstest(values, stats.norm(centre, deviation).cdf).pvalue < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_the_other_set_has_its_published_means_and_deviations(name):
    values = drawn(jart_tud_spread())[name]
    assert values.mean() == pytest.approx(CENTRES[name], rel=0.02)
    # Three deviations cut 1.3 % off the standard deviation.
    assert values.std() == pytest.approx(0.9867 * DEVIATIONS[name], rel=0.03)
    assert values.min() > 0
    assert values.std() != pytest.approx(drawn(yu_spread())[name].std(), rel=0.03)


def test_drawn_devices_are_cells_with_arrays_and_the_same_seed_draws_them_again():
    devices = [
        draw_devices(NOMINAL, 50, spread=yu_spread(), rng=np.random.default_rng(seed))
        for seed in (7, 7, 8)
    ]
    states = np.full((1, 50), 1e26)
    currents = [device.current(np.full(50, 0.2), states) for device in devices]
    assert (currents[0] == currents[1]).all()
    assert (currents[0] != currents[2]).all()
    assert 0.02 < currents[0].std() / currents[0].mean() < 0.2
    assert (devices[0].state_variables[0].lowest == devices[0].concentration_lowest).all()
    again = draw_devices(devices[0], 50, spread=yu_spread(), rng=np.random.default_rng(9))
    assert again.radius.shape == (50,)
    with pytest.raises(InvalidInput, match="count"):
        draw_devices(NOMINAL, 0, spread=yu_spread(), rng=np.random.default_rng(1))


def test_steps_are_uniform_shares_of_the_present_value():
    walk = bengel_2020_walk(NOMINAL, 4000)
    new = walk.next_targets(walk.nominal, rng=np.random.default_rng(2))
    steps = dict(zip(NAMES, (0.01, 0.09, 0.01, 0.01), strict=True))
    shares = {
        name: (getattr(new, name) / getattr(walk.nominal, name) - 1) / steps[name] for name in NAMES
    }
    for share in shares.values():
        assert stats.kstest(share, stats.uniform(-1, 2).cdf).pvalue > 0.01
        assert stats.kstest(share, stats.norm(0, 3**-0.5).cdf).pvalue < 0.01
    # The four wander on their own.
    together = np.corrcoef(list(shares.values())) - np.eye(4)
    assert np.abs(together).max() < 4 / 4000**0.5


def test_a_long_walk_spreads_like_a_walk_and_stays_within_its_reach():
    walk, rng = bengel_2020_walk(NOMINAL, 300), np.random.default_rng(3)
    targets = walk.nominal
    history = {name: [] for name in NAMES}
    for _ in range(1000):
        targets = walk.next_targets(targets, rng=rng)
        for name in NAMES:
            history[name].append(getattr(targets, name) / getattr(walk.nominal, name) - 1)
    for name, reach in zip(NAMES, (0.1, 0.9, 0.1, 0.1), strict=True):
        away = np.array(history[name])
        assert np.abs(away).max() == pytest.approx(reach)
        # Early, before it meets its limits: the variance of n uniform steps is n step^2 / 3.
        assert away[8].std() == pytest.approx((9 / 3) ** 0.5 * reach / 10, rel=0.15)


def test_length_and_radius_move_linearly_with_the_state_in_set_and_in_reset():
    old, new = np.array([45.0, 45.0]), np.array([47.0, 41.0])
    begun, end = 2e26, 20e26
    for density, share in ((2e26, 0.0), (6.5e26, 0.25), (20e26, 1.0), (1e26, 0.0), (21e26, 1.0)):
        moved = moved_with_state(old, new, np.full(2, density), begun_at=begun, bound=end)
        assert moved == pytest.approx(old + share * (new - old))
    # The mirror: from 20 down to 0.008.
    half = np.full(2, (20e26 + 0.008e26) / 2)
    moved = moved_with_state(old, new, half, begun_at=20e26, bound=0.008e26)
    assert moved == pytest.approx((old + new) / 2)


def test_a_switching_that_begins_at_its_end_moves_nothing():
    at_end = moved_with_state(
        np.array([45.0]), np.array([47.0]), np.array([2e27]), begun_at=2e27, bound=2e27
    )
    assert at_end == 45.0
