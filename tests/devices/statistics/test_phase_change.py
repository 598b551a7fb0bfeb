from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.statistics.joshi_2020 import joshi_2020
from ohmloom.devices.statistics.le_gallo_2023 import (
    le_gallo_2023_one_device,
    le_gallo_2023_two_devices,
)
from ohmloom.devices.statistics.nandakumar_2019 import nandakumar_2019
from ohmloom.devices.statistics.state_independent import state_independent
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, hour, ns, uS

YEAR = 365 * day
G = np.array([0.04, 0.1, 0.25, 0.5, 0.75, 1.0]) * 25 * uS

# What each law of the reference gives at the fractions of G, to the digits printed there.
NANDAKUMAR = [
    ("programming", uS, [0.340203, 0.448249, 0.681411, 0.952705, 1.077361, 1.05538]),
    ("exponent_mean", 1.0, [0.074293, 0.06009, 0.049, 0.049, 0.049, 0.049]),
    ("exponent_spread", 1.0, [0.034336, 0.022882, 0.011429, 0.008, 0.008, 0.008]),
    ("noise", 1.0, [0.071309, 0.039308, 0.021668, 0.013809, 0.010609, 0.0088]),
]


@pytest.mark.parametrize(("law", "unit", "values"), NANDAKUMAR)
def test_the_laws_of_nandakumar_have_the_values_of_the_reference(law, unit, values):
    model = nandakumar_2019()
    at = getattr(model, law).at(G, full=model.highest) / unit
    assert at == pytest.approx(values, abs=5.1e-7)


@pytest.mark.parametrize(
    ("exponent", "kept"),
    [
        (0.049, [0.997612, 0.775129, 0.663524, 0.561671, 0.496946]),
        (0.06, [0.997077, 0.732048, 0.605153, 0.493450, 0.424750]),
    ],
)
def test_a_cell_keeps_the_part_of_its_conductance_that_its_exponent_says(exponent, kept):
    g = np.full(5, 10 * uS)
    later = nandakumar_2019().relax(
        g,
        programmed=g,
        traits=np.full((1, 5), exponent),
        age_before=0.0,
        age_after=np.array([1.0, hour, day, 30 * day, YEAR]),
        rng=np.random.default_rng(1),
    )
    assert later / g == pytest.approx(kept, abs=5.1e-7)


def test_a_reading_has_the_noise_of_the_reference():
    # sqrt(ln((t + 20 s + 250 ns) / 500 ns)); at 25 uS after no drift Q is 0.0088.
    factors = [4.189652, 4.764755, 5.086810, 5.410786, 5.636958]
    frozen = replace(nandakumar_2019(), exponent_mean=state_independent().programming)
    spread = frozen.read_spread(np.full(5, 25 * uS), np.array([1.0, hour, day, 30 * day, YEAR]))
    assert spread / (0.0088 * 25 * uS) == pytest.approx(factors, abs=5.1e-6)
    assert frozen.read_spread(np.array(25 * uS), hour) == spread[1]


def test_the_noise_of_a_drifted_cell_is_that_of_the_state_it_was_programmed_to():
    model, programmed = nandakumar_2019(), G
    exponent = model.exponent_mean.at(programmed, full=model.highest)
    relative = model.noise.at(programmed, full=model.highest)
    for age in (0.0, day, YEAR):
        now = programmed * (1 + age / 20) ** -exponent
        expected = relative * now * np.sqrt(np.log((age + 20 + 250 * ns) / (500 * ns)))
        assert model.read_spread(now, age) == pytest.approx(expected, rel=1e-4)
    # Negative control: the state of today would give half as much again after a year.
    assert (model.noise.at(now, full=model.highest) / relative)[2:].min() > 1.5


# Le Gallo et al.: programming at these fractions, and both sides of the borders by hand.
X = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (le_gallo_2023_two_devices(), [0.166, 0.5577, 0.8888, 0.991, 0.9124, 1.0927]),
        (le_gallo_2023_one_device(), [0.1578, 0.3693, 0.6145, 0.8653, 0.9748, 1.0076]),
    ],
)
def test_the_programming_error_of_le_gallo_has_the_values_of_the_reference(model, values):
    g = X * model.highest
    assert model.programming.at(g, full=model.highest) / uS == pytest.approx(values, abs=5.1e-5)


def at(model, law, x):
    return float(getattr(model, law).at(np.array(x * model.highest), full=model.highest))


def test_the_piecewise_laws_of_le_gallo_hold_on_both_sides_of_their_borders():
    one, two = le_gallo_2023_one_device(), le_gallo_2023_two_devices()
    for model in (one, two):
        assert at(model, "exponent_mean", 0.01) == 0.13  # 0.16 by the logarithm, cut off
        by_hand = -0.0387 * np.log(0.05) - 0.0182
        assert at(model, "exponent_mean", 0.05) == pytest.approx(by_hand)
        assert at(model, "exponent_mean", 0.5) == pytest.approx(0.0564)
    assert at(one, "exponent_spread", 0.2) == pytest.approx(-0.0120 * np.log(0.2) - 0.0023)
    assert at(one, "exponent_spread", 0.3) == 0.0124  # 0.0121 by the logarithm, cut off
    assert at(one, "exponent_spread", 1.0) == pytest.approx(0.0055)
    assert at(two, "exponent_spread", 0.2) == pytest.approx(-0.0117 * np.log(0.2) - 0.0057)
    assert at(two, "exponent_spread", 1.0) == pytest.approx(0.0048)
    assert at(one, "noise", 0.1) == pytest.approx(-0.0078 * np.log(0.1) + 0.0038)
    assert at(one, "noise", 1.0) == pytest.approx(0.0168)
    assert at(two, "noise", 0.1) == pytest.approx(-0.0117 * np.log(0.1) - 0.0069)
    assert at(two, "noise", 1.0) == pytest.approx(0.0123)


def test_the_programming_error_of_joshi_has_the_values_of_the_reference():
    g = np.array([0.25, 1, 2.5, 5, 10, 15, 20, 25]) * uS
    values = [0.3052, 0.3605, 0.4649, 0.621, 0.8662, 1.022, 1.0885, 1.0655]
    model = joshi_2020()
    assert model.programming.at(g, full=model.highest) / uS == pytest.approx(values, abs=5.1e-5)
    # What its docstring says of the other fit of the same device.
    other = nandakumar_2019().programming.at(g, full=25 * uS)
    assert abs(model.programming.at(g, full=25 * uS) / other - 1).max() < 0.09


def test_the_stand_in_is_the_same_in_every_state():
    model = state_independent()
    g = X[1:] * model.highest
    for law, value in (("programming", 0.2 * uS), ("exponent_mean", 0.1)):
        assert getattr(model, law).at(g, full=model.highest) == pytest.approx(np.full(5, value))
    # aihwkit: rho g / g_max sqrt(ln(.)) in uS with rho = 1; at 1 s the root is 4.189652.
    assert model.read_spread(np.array(25 * uS), 1.0) / uS == pytest.approx(4.189652, abs=5e-6)


def test_another_full_scale_scales_the_population():
    small, large = nandakumar_2019(highest=5 * uS), nandakumar_2019()
    for age in (0.0, day):
        assert small.spread(G / 5, age) == pytest.approx(large.spread(G, age) / 5, rel=1e-9)
        assert small.mean(G / 5, age) == pytest.approx(large.mean(G, age) / 5, rel=1e-9)


def test_mean_and_spread_agree_with_integrals_over_error_and_exponent():
    # Simpson's rule over both normals, 1601 by 201 points; the model has one integral in closed
    # form and 24 points for the other.
    model, fold = nandakumar_2019(), np.log1p(day / 20)
    z, y = np.linspace(-7, 7, 1601), np.linspace(-7, 7, 201)
    for target in (0.3 * uS, 1 * uS, 6 * uS, 20 * uS):
        sd = model.programming.at(np.array(target), full=model.highest)
        g = np.maximum(target + sd * z, 0.0)
        mean, spread = (
            law.at(g, full=model.highest)[:, None]
            for law in (model.exponent_mean, model.exponent_spread)
        )
        kept = g[:, None] * np.exp(-abs(mean + spread * y) * fold)

        def average(values):
            inner = integrate.simpson(values * stats.norm.pdf(y), x=y, axis=1)
            return integrate.simpson(inner * stats.norm.pdf(z), x=z)

        first = average(kept)
        assert model.mean(np.array(target), day) == pytest.approx(first, rel=1e-4)
        by_rule = np.sqrt(average((kept - first) ** 2))
        assert model.spread(np.array(target), day) == pytest.approx(by_rule, rel=3e-4)


@pytest.mark.parametrize(
    "model", [nandakumar_2019(), le_gallo_2023_one_device(), state_independent()]
)
def test_a_million_cells_have_the_mean_and_spread_promised_down_to_an_empty_one(model):
    cells = 1_000_000
    rng = np.random.default_rng(31)
    for fraction in (0.0, 0.02):
        target = fraction * model.highest
        start = model.program(np.full(cells, target), rng=rng)
        traits = model.draw_traits(start, rng=rng)
        g = model.relax(
            start, programmed=start, traits=traits, age_before=0.0, age_after=30 * day, rng=rng
        )
        mean, spread = (
            float(method(np.array(target), 30 * day)) for method in (model.mean, model.spread)
        )
        error = g.std() / 1000
        error_of_spread = ((g - g.mean()) ** 2).std() / 1000 / (2 * g.std())
        assert g.mean() == pytest.approx(mean, abs=3 * error)
        assert g.std() == pytest.approx(spread, abs=3 * error_of_spread)
        # Negative control: one percent would be noticed.
        assert g.mean() != pytest.approx(mean + 0.01 * spread, abs=3 * error)
        assert g.std() != pytest.approx(1.01 * spread, abs=3 * error_of_spread)


def test_exponents_are_folded_normals_that_depend_on_the_state():
    model, rng = nandakumar_2019(), np.random.default_rng(6)
    for g, mean, spread in ((1 * uS, 0.074293, 0.034336), (25 * uS, 0.049, 0.008)):
        (exponent,) = model.draw_traits(np.full(20_000, g), rng=rng)
        assert (exponent >= 0).all()
        law = stats.foldnorm(mean / spread, scale=spread)
        assert stats.kstest(exponent, law.cdf).pvalue > 0.01
        assert stats.kstest(1.02 * exponent, law.cdf).pvalue < 0.01


def test_all_are_models_of_conductance_statistics():
    for preset in (
        nandakumar_2019,
        joshi_2020,
        le_gallo_2023_one_device,
        le_gallo_2023_two_devices,
        state_independent,
    ):
        assert isinstance(preset(), ConductanceStatistics)


def test_targets_and_ages_beyond_the_source_are_named_in_a_warning():
    model, rng = nandakumar_2019(), np.random.default_rng(1)
    with pytest.warns(ModelRangeWarning, match=r"30 uS leave the measured range of 0 to 25 uS"):
        model.program(np.array([30 * uS]), rng=rng)
    with pytest.warns(ModelRangeWarning, match="measured range"):
        model.mean(np.array([30 * uS]), 1.0)
    with pytest.warns(ModelRangeWarning, match="age 730 days is beyond 365 days"):
        model.spread(np.array([20 * uS]), 2 * YEAR)


def test_bad_arguments_are_refused():
    model, rng, g = nandakumar_2019(), np.random.default_rng(1), np.full(3, 9 * uS)
    with pytest.raises(InvalidInput, match="target must not be negative"):
        model.program(-g, rng=rng)
    ages = {"age_before": 2.0, "age_after": 1.0}
    with pytest.raises(InvalidInput, match="age_after"):
        model.relax(g, programmed=g, traits=np.ones((1, 3)), **ages, rng=rng)
    ages = {"age_before": 1.0, "age_after": 2.0}
    with pytest.raises(InvalidInput, match=r"drift exponent in shape \(1, 3\), but has \(0, 3\)"):
        model.relax(g, programmed=g, traits=np.empty((0, 3)), **ages, rng=rng)
    with pytest.raises(InvalidInput, match=r"age has shape \(2,\)"):
        model.read(g, age=np.ones(2), rng=rng)
    for change in ({"highest": 0.0}, {"read_time": 30.0}, {"first_age": YEAR}):
        with pytest.raises(InvalidInput):
            replace(model, **change)
