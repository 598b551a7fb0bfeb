import numpy as np
import pytest
import torch
from scipy import linalg, signal, stats

from ohmloom.devices.noise.read_noise import ReadNoise, read
from ohmloom.devices.noise.telegraph import (
    TelegraphNoise,
    Trap,
    assumed_high_resistance,
    assumed_low_resistance,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, second, uS, us

TRAP = Trap(share=0.1, capture_time=1 * ms, emission_time=4 * ms)
ONE_TRAP = TRAP.draw_cells((), rng=np.random.default_rng(1))
G = np.array(40 * uS)
MANY = TelegraphNoise(
    mean_traps=2.5,
    median_share=0.02,
    share_spread=0.7,
    shortest_time=10 * us,
    longest_time=1 * second,
)


class Numbers:
    """Draws that are all one number."""

    def __init__(self, number):
        self.number = number

    def random(self, size):
        return np.full(size, self.number)


def jumps(state, chance):
    """Whether a trap jumps at a uniform number just below and just above a chance."""
    return [
        float(TRAP.advance(np.array([state]), 0.1 * ms, cells=ONE_TRAP, rng=Numbers(number))[0])
        for number in (chance - 1e-10, chance + 1e-10)
    ]


def test_the_chances_of_a_jump_are_those_computed_independently():
    # tc = 1 ms, te = 4 ms, dt = .1 ms.
    assert jumps(0.0, 0.0940024779) == [1.0, 0.0]
    assert jumps(1.0, 1 - 0.0235006195) == [1.0, 0.0]


def test_the_chances_of_a_jump_solve_the_rate_equations():
    generator = np.array([[-1.0, 1.0], [0.25, -0.25]]) / ms
    over = linalg.expm(generator * 3 * ms)
    cells = TRAP.draw_cells((20_000,), rng=np.random.default_rng(1))
    for full, chance in ((0.0, over[0, 1]), (1.0, over[1, 1])):
        state = np.full((1, 20_000), full)
        later = TRAP.advance(state, 3 * ms, cells=cells, rng=np.random.default_rng(2))
        assert stats.binomtest(int(later.sum()), 20_000, chance).pvalue > 0.01
        # Two hundredths more would be noticed.
        assert stats.binomtest(int(later.sum()), 20_000, chance - 0.02).pvalue < 0.01


def test_two_short_waits_equal_one_long_wait():
    cells = TRAP.draw_cells((20_000,), rng=np.random.default_rng(1))
    rng, empty = np.random.default_rng(3), np.zeros((1, 20_000))
    part = TRAP.advance(empty, 0.3 * ms, cells=cells, rng=rng)
    twice = TRAP.advance(part, 0.7 * ms, cells=cells, rng=rng)
    chance = 0.8 * -np.expm1(-1.25)
    assert stats.binomtest(int(twice.sum()), 20_000, chance).pvalue > 0.01
    assert stats.binomtest(int(part.sum()), 20_000, chance).pvalue < 0.01


def test_the_occupancy_the_variance_and_the_plateau_are_those_computed_independently():
    cells = TRAP.draw_cells((20_000,), rng=np.random.default_rng(1))
    state = TRAP.start((20_000,), cells=cells, rng=np.random.default_rng(4))
    assert stats.binomtest(int(state.sum()), 20_000, 0.8).pvalue > 0.01
    assert stats.binomtest(int(state.sum()), 20_000, 0.78).pvalue < 0.01
    deviation = TRAP.deviation(np.full(20_000, 40 * uS), state, cells=cells) / (0.1 * 40 * uS)
    assert deviation.var() == pytest.approx(0.16, rel=0.03)
    plateau = TRAP.spectrum(np.array(0.0), G, cells=ONE_TRAP)
    assert plateau / (0.1 * 40 * uS) ** 2 == pytest.approx(5.12e-4, rel=1e-12)


def test_the_measured_spectrum_is_the_lorentzian():
    rng, step = np.random.default_rng(5), 0.05 * ms
    cells = TRAP.draw_cells((512,), rng=rng)
    state = TRAP.start((512,), cells=cells, rng=rng)
    series = np.empty((512, 2048))
    for moment in range(series.shape[1]):
        series[:, moment] = TRAP.deviation(G, state, cells=cells)
        state = TRAP.advance(state, step, cells=cells, rng=rng)
    frequency, density = signal.welch(series, fs=1 / step, nperseg=512)
    band = (frequency > 120) & (frequency < 800)
    measured = density.mean(axis=0)[band]
    expected = TRAP.spectrum(frequency[band], G, cells=ONE_TRAP)
    assert float((measured / expected).mean()) == pytest.approx(1.0, abs=0.03)
    faster = Trap(share=0.1, capture_time=0.8 * ms, emission_time=3.2 * ms)
    wrong = faster.spectrum(
        frequency[band], G, cells=faster.draw_cells((), rng=np.random.default_rng(1))
    )
    assert abs(float((measured / wrong).mean()) - 1.0) > 0.05  # 20 % faster would be noticed


def test_the_number_of_traps_is_poisson():
    cells = MANY.draw_cells((20_000,), rng=np.random.default_rng(6))
    number = (cells["share"] > 0).sum(axis=0)
    seen = np.bincount(number, minlength=8)[:8]
    for mean, agrees in ((2.5, True), (2.6, False)):
        expected = 20_000 * stats.poisson(mean).pmf(np.arange(8))
        p = stats.chi2(8).sf(float(((seen - expected) ** 2 / expected).sum()))
        assert (p > 0.01) == agrees


def test_a_cell_has_room_for_every_trap_that_it_may_get():
    assert stats.poisson(2.5).sf(MANY.most_traps - 1) < 1e-11
    assert MANY.draw_cells((3, 4), rng=np.random.default_rng(1))["share"].shape == (
        MANY.most_traps,
        3,
        4,
    )


def test_shares_are_lognormal_and_times_uniform_over_the_decades():
    cells = MANY.draw_cells((20_000,), rng=np.random.default_rng(7))
    share = cells["share"][cells["share"] > 0]
    in_spreads = np.log(share / 0.02) / 0.7
    assert stats.kstest(in_spreads, "norm").pvalue > 0.01
    assert stats.kstest(in_spreads / 1.05, "norm").pvalue < 0.01
    for name in ("capture time", "emission time"):
        decades = np.log10(cells[name] / (10 * us)).ravel() / 5
        assert stats.kstest(decades, "uniform").pvalue > 0.01
        assert stats.kstest(0.95 * decades, "uniform").pvalue < 0.01
    apart = stats.spearmanr(cells["capture time"][0], cells["emission time"][0])
    assert apart.pvalue > 0.01


def test_full_traps_take_their_shares_away_together():
    cells = {"share": np.array([[0.1], [0.05], [0.2]])}
    state = np.array([[1.0], [0.0], [1.0]])
    assert TRAP.deviation(np.array([40 * uS]), state, cells=cells) / uS == pytest.approx([-12.0])


def test_traps_never_take_more_than_there_is():
    greedy = TelegraphNoise(
        mean_traps=20.0,
        median_share=0.5,
        share_spread=1.0,
        shortest_time=1 * ms,
        longest_time=1 * ms,
    )
    rng = np.random.default_rng(8)
    cells = greedy.draw_cells((100,), rng=rng)
    all_full = np.ones_like(cells["share"])
    g = np.full(100, 40 * uS)
    assert read(greedy, g, all_full, cells=cells, rng=rng).min() >= -1e-18


def test_the_spectrum_of_a_cell_is_the_sum_of_those_of_its_traps():
    cells = MANY.draw_cells((5,), rng=np.random.default_rng(9))
    frequency = np.geomspace(0.1, 1e4, 7)[:, None]
    together = MANY.spectrum(frequency, np.full(5, 40 * uS), cells=cells)
    assert together.shape == (7, 5)
    # By hand, from the autocovariance of each trap: the transform of v exp(-rate t).
    rate = 1 / cells["capture time"] + 1 / cells["emission time"]
    full = 1 / (1 + cells["capture time"] / cells["emission time"])
    variance = (cells["share"] * 40 * uS) ** 2 * full * (1 - full)
    omega = 2 * np.pi * frequency[:, None]
    apart = (4 * variance * (1 / (rate + 1j * omega)).real).sum(axis=1)
    np.testing.assert_allclose(together, apart, rtol=1e-12)


def test_the_guesses_are_read_noise_and_say_that_they_are_guesses():
    for guess in (assumed_high_resistance, assumed_low_resistance):
        assert isinstance(guess(), ReadNoise)
        assert "NOT published" in guess.__doc__


def test_torch_gives_the_deviation_of_numpy_and_its_gradient():
    cells = {"share": torch.tensor([[0.1, 0.2]], dtype=torch.float64)}
    state = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
    g = torch.tensor([10.0, 40.0], dtype=torch.float64, requires_grad=True)
    assert TRAP.deviation(g, state, cells=cells).tolist() == pytest.approx([-1.0, -8.0])
    assert torch.autograd.gradcheck(lambda x: TRAP.deviation(x, state, cells=cells), (g,))


@pytest.mark.parametrize("wrong", [{"share": 1.1}, {"capture_time": 0.0}, {"emission_time": -1.0}])
def test_a_trap_without_a_meaning_is_refused(wrong):
    right = {"share": 0.1, "capture_time": 1.0, "emission_time": 1.0}
    with pytest.raises(InvalidInput):
        Trap(**{**right, **wrong})


def test_times_that_fall_are_refused():
    with pytest.raises(InvalidInput, match="rise"):
        TelegraphNoise(
            mean_traps=1.0,
            median_share=0.1,
            share_spread=0.5,
            shortest_time=2.0,
            longest_time=1.0,
        )
