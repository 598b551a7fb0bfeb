"""What every model of conductance statistics in the catalogue obeys."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.devices.catalogue import STATISTICS
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.mapping.analog_linear import AnalogLinear
from ohmloom.si import hour, uS

CELLS = 40_000


@pytest.fixture(params=sorted(STATISTICS))
def model(request):
    return STATISTICS[request.param]()


def window(model, cells):
    return np.linspace(model.lowest, model.highest, cells)


def inside(model, *fractions):
    return [model.lowest + x * (model.highest - model.lowest) for x in fractions]


def ages(model):
    return np.geomspace(model.first_age, model.last_age, 7)


def moves(model):
    """Whether its cells change at all; those of which only programming was published do not."""
    (target,) = inside(model, 0.5)
    early, late = (
        (model.mean(np.array(target), age), model.spread(np.array(target), age))
        for age in (model.first_age, model.last_age)
    )
    return early != late


def is_noisy(model):
    return bool(model.read_spread(np.array(inside(model, 0.5)), model.first_age).any())


def population(model, target, rng):
    programmed = model.program(np.full(CELLS, target), rng=rng)
    return programmed, model.draw_traits(programmed, rng=rng)


def wait(model, g, programmed, traits, before, after, rng):
    return model.relax(
        g, programmed=programmed, traits=traits, age_before=before, age_after=after, rng=rng
    )


def test_every_entry_is_a_model_of_conductance_statistics(model):
    assert isinstance(model, ConductanceStatistics)
    assert 0 <= model.lowest < model.highest
    assert 0 < model.first_age <= model.last_age


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        STATISTICS["other"] = STATISTICS["wan_2022"]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(model):
    def life(seed):
        rng = np.random.default_rng(seed)
        g = model.program(window(model, 100)[1:], rng=rng)
        traits = model.draw_traits(g, rng=rng)
        later = wait(model, g, g, traits, 0.0, model.first_age, rng)
        return model.read(later, age=model.first_age, rng=rng)

    assert (life(1) == life(1)).all()
    written = life(1) != 0.0
    assert (life(1) != life(2))[written].all()
    assert written.mean() > 0.9


def test_each_cell_has_one_number_for_each_trait(model):
    g = window(model, 12).reshape(3, 4)
    traits = model.draw_traits(g, rng=np.random.default_rng(1))
    assert traits.shape == (len(model.traits), 3, 4)
    assert np.isfinite(traits).all()


def test_no_mean_and_no_spread_is_negative(model):
    g = window(model, 50)[:, None]
    for method in (model.mean, model.spread, model.read_spread):
        values = method(g, ages(model))
        assert values.shape == (50, 7)
        assert (values >= 0).all()
    if is_noisy(model):
        assert (model.read_spread(g[1:], model.first_age) > 0).all()


def test_no_cell_is_programmed_or_relaxes_below_zero(model):
    rng = np.random.default_rng(4)
    g = model.program(window(model, 5000), rng=rng)
    assert (g >= 0).all()
    later = wait(model, g, g, model.draw_traits(g, rng=rng), 0.0, model.last_age, rng)
    assert (later >= 0).all()


def test_populations_that_are_programmed_and_left_alone_have_the_mean_and_spread_promised(model):
    # The last age is halved because published fits need not agree with one another at their ends.
    middle = np.sqrt(model.first_age * model.last_age)
    for target in inside(model, 0.25, 0.5, 0.9):
        for age in (0.0, model.first_age, middle, 0.5 * model.last_age):
            rng = np.random.default_rng(21)
            start, traits = population(model, target, rng)
            g = wait(model, start, start, traits, 0.0, age, rng)
            mean, spread = (
                float(method(np.array(target), age)) for method in (model.mean, model.spread)
            )
            error = g.std() / np.sqrt(CELLS)
            # Error of a standard deviation: for a normal distribution sqrt(1/2) of that, for
            # skewed ones more; what the fourth moment says, and 0.2 % for the models' integrals.
            squares = (g - g.mean()) ** 2
            error_of_spread = squares.std() / np.sqrt(CELLS) / (2 * g.std()) + 0.002 * spread
            assert g.mean() == pytest.approx(mean, abs=3.5 * error)
            assert g.std() == pytest.approx(spread, abs=3.5 * error_of_spread)
            # Negative control: 5 % of the spread would be noticed in either.
            assert g.mean() != pytest.approx(mean + 0.05 * spread, abs=3.5 * error)
            assert g.std() != pytest.approx(1.05 * spread, abs=3.5 * error_of_spread)


def test_two_short_waits_equal_one_long_wait_in_law(model):
    rng = np.random.default_rng(11)
    first, last = model.first_age, model.last_age
    halfway = first + 0.2 * (last - first)
    for target in inside(model, 0.05, 0.5):
        start = np.full(CELLS, target)
        once = wait(model, start, start, model.draw_traits(start, rng=rng), first, last, rng)
        traits = model.draw_traits(start, rng=rng)
        waited = wait(model, start, start, traits, first, halfway, rng)
        twice = wait(model, waited, start, traits, halfway, last, rng)
        assert stats.ks_2samp(once, twice).pvalue > 0.01
        if moves(model):
            # Negative control: a second wait that starts its age anew would be noticed.
            forgetful = wait(model, waited, start, traits, first, last - halfway, rng)
            assert stats.ks_2samp(once, forgetful).pvalue < 1e-6


@pytest.mark.parametrize("name", [name for name in sorted(STATISTICS) if STATISTICS[name]().traits])
def test_a_cell_that_keeps_its_traits_ends_where_one_long_wait_would_have_taken_it(name):
    model, rng = STATISTICS[name](), np.random.default_rng(8)
    start, traits = population(model, inside(model, 0.5)[0], rng)
    once = wait(model, start, start, traits, 0.0, 2 * hour, rng)
    halfway = wait(model, start, start, traits, 0.0, 1 * hour, rng)
    twice = wait(model, halfway, start, traits, 1 * hour, 2 * hour, rng)
    np.testing.assert_allclose(twice, once, rtol=1e-12)
    redrawn = model.draw_traits(start, rng=rng)
    other = wait(model, halfway, start, redrawn, 1 * hour, 2 * hour, rng)
    assert abs(other / once - 1).max() > 1e-3


def test_not_waiting_changes_nothing(model):
    g = window(model, 30)
    rng = np.random.default_rng(1)
    traits = model.draw_traits(g, rng=rng)
    assert (wait(model, g, g, traits, 7.0, 7.0, rng) == g).all()


def test_torch_gives_the_numbers_of_numpy(model):
    g = window(model, 30)
    for age in (model.first_age, np.geomspace(model.first_age, model.last_age, 30)):
        age_in_torch = age if isinstance(age, float) else torch.tensor(age)
        for method in (model.mean, model.spread, model.read_spread):
            in_torch = method(torch.tensor(g), age_in_torch)
            assert isinstance(in_torch, torch.Tensor)
            np.testing.assert_allclose(in_torch.numpy(), method(g, age), rtol=1e-10)


def test_gradients_of_mean_and_spread_agree_with_finite_differences(model):
    g_in_us = torch.tensor(window(model, 9)[1:-1] / uS, requires_grad=True)
    middle_age = (model.first_age * model.last_age) ** 0.5
    for method in (model.mean, model.spread, model.read_spread):

        def in_us(g_in_us, method=method):
            return method(g_in_us * uS, middle_age) / uS

        assert torch.autograd.gradcheck(in_us, (g_in_us,))


def test_no_gradient_is_lost_at_an_empty_cell_or_at_either_end(model):
    ends = torch.tensor([0.0, model.lowest, model.highest][model.lowest > 0 :], requires_grad=True)
    for method in (model.mean, model.spread, model.read_spread):
        (gradient,) = torch.autograd.grad(method(ends, model.first_age).sum(), ends)
        assert torch.isfinite(gradient).all()


def test_readings_scatter_round_one_truth_as_wide_as_promised(model):
    truth = window(model, CELLS + 1)[1:]
    rng = np.random.default_rng(7)
    first, second = (model.read(truth, age=1 * hour, rng=rng) for _ in range(2))
    if not is_noisy(model):
        assert (first == truth).all()
        assert (second == truth).all()
        return
    spread = model.read_spread(truth, 1 * hour)
    assert stats.kstest((first - truth) / spread, "norm").pvalue > 0.01
    # Two readings share the truth and nothing else: their difference is wider by sqrt(2).
    difference = (first - second) / (np.sqrt(2) * spread)
    assert stats.kstest(difference, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * difference, "norm").pvalue < 0.01


def test_training_can_feel_it(model):
    layer = AnalogLinear(
        6,
        3,
        statistics=model,
        dac_codes=127,
        input_range=1.0,
        noise_scale=1.0,
        generator=torch.Generator().manual_seed(1),
    )
    inputs = torch.linspace(-1.0, 1.0, 6).expand(500, 6)
    outputs = layer(inputs)
    outputs.square().sum().backward()
    assert torch.isfinite(layer.weight.grad).all()
    scatter = outputs.detach().std(dim=0)
    assert (scatter > 0).all()
    # Negative control: without noise, equal inputs have equal outputs.
    layer.noise_scale = 0.0
    assert (layer(inputs).detach().std(dim=0) < 1e-3 * scatter).all()


def test_a_chip_can_be_made_of_it(model):
    sheet = replace(crossbar_64(), tiles=1, rows=4, columns=5)
    chip = VirtualCrossbarChip(3, datasheet=sheet, statistics=model)
    chip.program("cells", np.full(sheet.shape, sheet.highest_pulse_code))
    fresh = chip.read("cell codes")
    chip.wait(min(1 * hour, 0.5 * model.last_age))
    assert chip.read("cell codes").shape == fresh.shape
