from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.pulse_updates import presets
from ohmloom.devices.pulse_updates.cycle_noise import ConstantNoise, ProportionalNoise
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.variability.spread import NormalSpread
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

ALL = {
    name: getattr(presets, name)
    for name in (
        "gong_2018_exponential",
        "gong_2018_soft_bounds",
        "gong_2022_optimized",
        "gong_2022_hfo2",
        "li_2018_capacitor",
        "tang_2018_ecram",
        "kim_2019_ecram",
        "rasch_2019_idealized",
        "gokmen_vlasov_2016",
        "nandakumar_2020_pcm",
    )
}


def alike(device):
    """The device without any spread and noise."""
    still = {
        name: 0.0
        for name in ("decrease_up_spread", "decrease_down_spread", "reference_spread")
        if hasattr(device, name)
    }
    population = replace(
        device.population,
        step_law=NormalSpread(relative=0.0),
        asymmetry_spread=0.0,
        lowest_spread=0.0,
        highest_spread=0.0,
    )
    return replace(device, population=population, noise=ProportionalNoise(relative=0.0), **still)


def trace(device, weights, pulses, direction):
    """Weights after some of the pulses of one direction from the weight zero."""
    quiet, rng = alike(device), np.random.default_rng(1)
    cells, reached = quiet.draw_cells((1,), rng=rng), {}
    per_weight = (device.highest - device.lowest) / (weights[1] - weights[0])
    centre = device.lowest - weights[0] * per_weight
    g = np.array([centre])
    for pulse in range(1, max(pulses) + 1):
        g = quiet.apply(g, np.array([direction]), cells=cells, rng=rng)
        reached[pulse] = float(g[0] - centre) / per_weight
    return [reached[pulse] for pulse in pulses]


@pytest.mark.parametrize(
    ("name", "weights", "pulses", "up", "down"),
    [
        (
            "gong_2018_soft_bounds",
            (-0.75, 1.25),
            (1, 100, 500),
            ("0.002", "0.184956744", "0.688698527"),
            ("-0.002", "-0.175758321", "-0.552653922"),
        ),
        (
            "gong_2018_exponential",
            (-1.0, 1.0),
            (1, 100, 500, 1000),
            ("0.00186543122", "0.1832875001", "0.8829968360", "1.0"),
            ("-0.00199143556", "-0.1794720321", "-0.7142636901", "-1.0"),
        ),
        (
            "tang_2018_ecram",
            (-0.8276, 1.1724),
            (1, 100, 500),
            ("0.002", "0.198065216", "0.952489608"),
            ("-0.002", "-0.188308485", "-0.747450102"),
        ),
    ],
)
@pytest.mark.parametrize("window", [(10 * uS, 30 * uS), (2 * uS, 3 * uS)])
def test_pulse_traces_are_those_computed_independently(name, weights, pulses, up, down, window):
    device = ALL[name](lowest=window[0], highest=window[1])
    for direction, printed in ((1.0, up), (-1.0, down)):
        reached = trace(device, weights, pulses, direction)
        assert tuple(map(_to_the_digits, reached, printed)) == printed


def _to_the_digits(value, printed):
    return f"{value:.{len(printed.split('.')[1])}f}"


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_every_preset_is_a_pulse_update_with_the_window_that_was_asked_for(make):
    assert isinstance(make(), PulseUpdate)
    device = make(lowest=4 * uS, highest=9 * uS)
    assert (device.lowest, device.highest) == (4 * uS, 9 * uS)
    with pytest.raises(InvalidInput, match="window"):
        make(lowest=9 * uS, highest=4 * uS)


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_no_cell_leaves_its_bounds_and_a_cell_without_a_pulse_stays(make):
    device, rng = make(), np.random.default_rng(3)
    cells = device.draw_cells((2000,), rng=rng)
    assert (cells["lowest"] >= 0).all()
    assert (cells["lowest"] < cells["highest"]).all()
    middle = (cells["lowest"] + cells["highest"]) / 2
    pulses = rng.random((2000,)) * 400 - 200
    pulses[:100] = 0.0
    after = device.apply(middle, pulses, cells=cells, rng=rng)
    assert (after >= cells["lowest"]).all()
    assert (after <= cells["highest"]).all()
    assert (after[:100] == middle[:100]).all()
    assert (after[100:] != middle[100:]).all()


@pytest.mark.parametrize("make", ALL.values(), ids=ALL)
def test_torch_gives_the_step_of_numpy_and_its_gradient(make):
    device = make()
    cells = device.draw_cells((6,), rng=np.random.default_rng(4))
    share, up = np.array([0.2, 0.5, 0.8] * 2), np.array([True] * 3 + [False] * 3)
    g = (cells["lowest"] + share * (cells["highest"] - cells["lowest"])) / uS
    tensors = {name: torch.tensor(value) for name, value in cells.items()}

    def in_torch(microsiemens):
        return device.step(microsiemens * uS, torch.tensor(up), cells=tensors) / uS

    expected = device.step(g * uS, up, cells=cells) / uS
    tensor = torch.tensor(g, requires_grad=True)
    np.testing.assert_allclose(in_torch(tensor).detach().numpy(), expected, rtol=1e-10)
    assert (np.sign(expected) == np.where(up, 1, -1)).all()
    assert torch.autograd.gradcheck(in_torch, (tensor,))


def test_torch_pulses_move_cells_as_numpy_pulses_do():
    device = ALL["gong_2018_soft_bounds"]()
    cells = device.draw_cells((50,), rng=np.random.default_rng(5))
    g, pulses = np.full(50, 20 * uS), np.linspace(-3, 3, 50)
    ours = device.apply(g, pulses, cells=cells, rng=np.random.default_rng(6))
    theirs = device.apply(
        torch.tensor(g),
        torch.tensor(pulses),
        cells={name: torch.tensor(value) for name, value in cells.items()},
        rng=np.random.default_rng(6),
    )
    np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-12)


def test_the_spreads_between_cells_are_the_published_ones():
    # dw_min_dtod, w_max_dtod and w_min_dtod of the presets, as a share of the nominal value.
    device = ALL["gong_2018_soft_bounds"]()
    cells = device.draw_cells((20_000,), rng=np.random.default_rng(7))
    # The step up has the spread of the gain and of the asymmetry, .3 and .01.
    gain = (cells["step up"] + cells["step down"]) / (2 * 0.002 * 10 * uS)
    above = (cells["highest"] - 17.5 * uS) / (12.5 * uS)
    below = (17.5 * uS - cells["lowest"]) / (7.5 * uS)
    for share, spread in ((gain, 0.3), (above, 0.24), (below, 0.4)):
        # Compared up to where the sign is kept, or the bound cut off at zero, about 1.5 spreads.
        inside = np.clip((share - 1) / spread, -1.5, 1.5)
        law = stats.norm.cdf(np.linspace(-1.4, 1.4, 15))
        seen = (inside[:, None] < np.linspace(-1.4, 1.4, 15)).mean(axis=0)
        assert np.abs(seen - law).max() < 0.012
        wrong = (0.9 * inside[:, None] < np.linspace(-1.4, 1.4, 15)).mean(axis=0)
        assert np.abs(wrong - law).max() > 0.012  # 10 % too little would be noticed


def test_the_array_of_2022_has_lognormal_steps_and_a_reference_near_its_symmetry_point():
    device = ALL["gong_2022_hfo2"]()
    cells = device.draw_cells((20_000,), rng=np.random.default_rng(8))
    step = (cells["step up"] + cells["step down"]) / 2 / (0.4622 * 10 * uS)
    assert stats.kstest(np.log(step) / 0.7125, "norm").pvalue > 0.01
    assert stats.kstest(np.log(step) / 0.75, "norm").pvalue < 0.01
    error = (cells["reference"] - device.symmetry_point(cells=cells)) / (0.05 * 10 * uS)
    assert stats.kstest(error, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * error, "norm").pvalue < 0.01


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("gong_2018_soft_bounds", 3.75 * 0.002),
        ("gong_2018_exponential", 5.0 * 0.00186543122),
        ("tang_2018_ecram", 0.3 * 0.002),
        ("rasch_2019_idealized", 0.3 * 2e-4),
        # .6 (|dw| + .042) at the weight 0: dw = .01 (1 + 27.235).
        ("nandakumar_2020_pcm", 0.6 * (0.28235 + 0.042)),
    ],
)
def test_steps_scatter_from_pulse_to_pulse_as_published(name, noise):
    device = ALL[name]()
    weights = {"gong_2018_soft_bounds": (-0.75, 1.25), "tang_2018_ecram": (-0.8276, 1.1724)}
    weights = weights.get(name, (0.0, 2.0) if name == "nandakumar_2020_pcm" else (-1.0, 1.0))
    per_weight = (device.highest - device.lowest) / (weights[1] - weights[0])
    quiet = alike(device)
    noisy = replace(quiet, noise=device.noise)
    centre = np.full(20_000, device.lowest - weights[0] * per_weight)
    cells = quiet.draw_cells((20_000,), rng=np.random.default_rng(9))
    ones, rng = np.ones(20_000), np.random.default_rng(10)
    mean = quiet.apply(centre, ones, cells=cells, rng=rng)
    error = (noisy.apply(centre, ones, cells=cells, rng=rng) - mean) / (noise * per_weight)
    # Phase-change cells start at their lower bound, where noise is cut off on one side.
    above, law = error[error > 0], stats.halfnorm
    assert len(above) == pytest.approx(10_000, rel=0.05)
    assert stats.kstest(above, law.cdf).pvalue > 0.01
    assert stats.kstest(0.95 * above, law.cdf).pvalue < 0.01  # 5 % too little would be noticed


def test_write_noise_is_counted_in_steps():
    assert ALL["gong_2018_exponential"]().write_noise == pytest.approx(75 * 0.00135 * 10 * uS)
    assert ALL["tang_2018_ecram"]().write_noise == 0
    assert isinstance(ALL["li_2018_capacitor"]().noise, ConstantNoise)
