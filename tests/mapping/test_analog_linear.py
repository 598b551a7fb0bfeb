"""What training feels, against cells sampled one by one."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput
from ohmloom.mapping.analog_linear import AnalogLinear
from ohmloom.mapping.differential_pairs import to_pairs


def one_age():
    """Statistics that know one age only, a day, so that nothing is left to draw but noise."""
    whole = wan_2022()
    return dataclasses.replace(whole, ages=whole.ages[1:2], coefficients=whole.coefficients[1:2])


def layer(inputs=6, outputs=4, *, seed=1, **changes):
    settings = {
        "statistics": wan_2022(),
        "dac_codes": 127,
        "input_range": 1.0,
        "noise_scale": 0.0,
        "generator": torch.Generator().manual_seed(seed),
    }
    return AnalogLinear(inputs, outputs, **(settings | changes))


def test_in_evaluation_it_is_an_ordinary_linear_layer():
    analog = layer(noise_scale=2.0, dac_codes=2).eval()
    plain = nn.Linear(6, 4)
    plain.load_state_dict({"weight": analog.weight, "bias": analog.bias})
    inputs = torch.linspace(-3, 3, 30).reshape(5, 6)
    assert torch.equal(analog(inputs), plain(inputs))
    analog.train()
    assert not torch.equal(analog(inputs), plain(inputs))


def variance_of_sampled_cells(analog, inputs, draws, rng):
    """Variance of each output when every cell is drawn, shape (trials, outputs)."""
    statistics = analog.statistics
    weight = analog.weight.detach().double().numpy()
    pairs = to_pairs(weight, low=statistics.lowest, high=statistics.highest)

    def drawn(cell):
        spread = statistics.spread(cell, statistics.first_age)
        return cell + spread * rng.standard_normal((draws, *cell.shape))

    weights = (drawn(pairs.positive) - drawn(pairs.negative)) / pairs.scale
    return np.einsum("ti,doi->dto", inputs, weights).var(axis=0)


def test_training_noise_has_the_variance_of_cells_drawn_one_by_one():
    analog = layer(20, 6, statistics=one_age(), dac_codes=10**6, noise_scale=1.0)
    inputs = np.random.default_rng(1).uniform(-1, 1, (8, 20))
    draws = 3000
    sampled = variance_of_sampled_cells(analog, inputs, draws, np.random.default_rng(2))
    with torch.no_grad():
        many = torch.tensor(np.tile(inputs, (draws, 1)), dtype=torch.float32)
        felt = analog(many).reshape(draws, 8, 6).double().numpy()
    clean = inputs @ analog.weight.detach().numpy().T
    # 48 ratios of variances, each known to sqrt(2 * 2 / 3000) = 3.7 %.
    ratio = felt.var(axis=0) / sampled
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    assert np.abs(ratio - 1).max() < 0.15
    assert np.abs(felt.mean(axis=0) - clean).max() < 5 * np.sqrt(sampled.max() / draws)
    # Negative control: the resting cells left out, or 5 % more noise, would be noticed.
    assert abs(1.05**2 * ratio.mean() - 1) > 0.05
    plain = layer(20, 6, statistics=one_age(), dac_codes=10**6, noise_scale=0.0)
    assert plain(many[:8]).detach().numpy() == pytest.approx(clean, abs=1e-4)


def test_the_scale_multiplies_the_noise():
    inputs = torch.ones(20_000, 6)

    def spread(scale):
        analog = layer(statistics=one_age(), noise_scale=scale)
        return analog(inputs).detach().std(dim=0).numpy()

    assert spread(2.0) == pytest.approx(2 * spread(1.0), rel=1e-3)


def test_ages_are_drawn_between_the_first_and_the_last():
    analog = layer(noise_scale=1.0)
    spreads = []
    for age in (analog.statistics.first_age, analog.statistics.last_age):
        pairs = to_pairs(analog.weight.detach(), low=1e-6, high=40e-6)
        cells = torch.maximum(pairs.positive, pairs.negative)
        resting = analog.statistics.spread(torch.tensor(1e-6), age)
        variance = analog.statistics.spread(cells, age) ** 2 + resting**2
        spreads.append((variance / pairs.scale**2).sum().item())
    seen = [analog._weight_variance().sum().item() for _ in range(200)]
    assert min(spreads) <= min(seen) < 1.2 * min(spreads)
    assert 0.95 * max(spreads) < max(seen) <= max(spreads)


def test_the_gradient_of_the_noise_reaches_the_weights():
    analog = layer(statistics=one_age(), noise_scale=1.0)
    analog._weight_variance().sum().backward()
    assert (analog.weight.grad != 0).any()
    silent = layer(noise_scale=1.0)
    silent(torch.zeros(3, 6)).sum().backward()
    assert torch.isfinite(silent.weight.grad).all()


def quantised(values, **changes):
    """What the converters make of each value, and the gradient through them."""
    analog = layer(1, 1, **changes)
    with torch.no_grad():
        analog.weight.fill_(1.0)
    inputs = torch.tensor(values)[:, None].requires_grad_()
    output = analog(inputs)
    output.sum().backward()
    return output.detach()[:, 0].tolist(), inputs.grad[:, 0].tolist()


def test_converters_round_to_codes_and_saturate():
    # Four codes for a range of 2: steps of 0.5.
    values, _ = quantised([0.2, 0.3, 0.74, -1.3, 2.0, 2.1, -7.0], dac_codes=4, input_range=2.0)
    assert values == pytest.approx([0.0, 0.5, 0.5, -1.5, 2.0, 2.0, -2.0])


def test_gradients_pass_straight_through_inside_the_range_and_not_beyond():
    _, gradients = quantised([0.2, 0.3, -1.9, 2.0, 2.1, -7.0], dac_codes=4, input_range=2.0)
    assert gradients == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]


def test_a_given_range_stays_and_a_learned_one_follows_the_largest_input():
    fixed = layer(input_range=0.5)
    fixed(torch.full((2, 6), 9.0))
    assert float(fixed.input_range) == 0.5
    learned = layer(input_range=None)
    for _ in range(40):
        learned(torch.full((2, 6), 3.0))
    assert float(learned.input_range) == pytest.approx(3.0, rel=1e-3)
    learned(torch.full((2, 6), 1.0))
    assert float(learned.input_range) == pytest.approx(3.0 - 0.02 * 2.0, rel=1e-3)  # slowly down
    learned.eval()(torch.full((2, 6), 50.0))
    assert float(learned.input_range) < 3.0  # evaluation teaches nothing


@pytest.mark.parametrize(
    "changes", [{"noise_scale": -1.0}, {"dac_codes": 0}, {"noise_scale": float("nan")}]
)
def test_settings_that_make_no_sense_are_refused(changes):
    with pytest.raises(InvalidInput, match=r"noise_scale .* dac_codes"):
        layer(**changes)
