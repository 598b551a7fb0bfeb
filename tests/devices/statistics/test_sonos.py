from dataclasses import replace

import numpy as np
import pytest

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.statistics.sonos import agrawal_2022
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.si import day, nA, uS

VOLT = 0.1
CURRENT = np.array([10, 50, 100, 200, 400, 800, 1600]) * nA
NO_TRAITS = np.empty((0, 1))


def test_programming_has_the_spread_of_the_reference():
    values = [1.097, 4.91, 8.608, 13.491, 17.829, 19.674, 19.884]
    spread = agrawal_2022().spread(CURRENT / VOLT, 0.0) * VOLT / nA
    assert spread == pytest.approx(values, abs=5.1e-4)


@pytest.mark.parametrize(
    ("days", "amplitude", "scale"),
    [(1, 25.59102, 186.85544), (3, 31.04318, 198.90332), (5, 34.57909, 207.34309)],
)
def test_the_spread_after_days_is_the_published_one(days, amplitude, scale):
    spread = agrawal_2022().spread(CURRENT / VOLT, days * day) * VOLT / nA
    assert spread == pytest.approx(amplitude * (1 - np.exp(-CURRENT / nA / scale)), rel=1e-9)


# numpy's own polynomial, of the coefficients as printed.
FIRST_DAY = np.polynomial.Polynomial(
    [
        *(1.72684e-1, 5.72552e-2, -6.85715e-4, 3.50271e-6, -9.37682e-9, 1.40575e-11),
        *(-1.19803e-14, 5.41293e-18, -8.85448e-22, -1.66869e-25, 5.95180e-29),
    ]
)
FIFTH_DAY = np.polynomial.Polynomial(
    [
        *(3.19927e-1, 1.06596e-1, -1.04054e-3, 4.50290e-6, -1.10352e-8, 1.56477e-11),
        *(-1.27592e-14, 5.45513e-18, -7.26841e-22, -2.43893e-25, 7.14608e-29),
    ]
)


def test_the_mean_drifts_along_the_polynomials_and_linearly_in_between():
    def drift(age):
        return (agrawal_2022().mean(CURRENT / VOLT, age) * VOLT - CURRENT) / nA

    first = FIRST_DAY(CURRENT / nA)
    assert drift(0.0) == pytest.approx(np.zeros(7), abs=1e-9)
    assert drift(1 * day) == pytest.approx(first, abs=1e-6)
    assert drift(0.25 * day) == pytest.approx(0.25 * first, abs=1e-6)
    assert drift(5 * day) == pytest.approx(FIFTH_DAY(CURRENT / nA), abs=1e-6)
    assert drift(5 * day)[-1] == pytest.approx(-40.7, abs=0.1)


def test_readings_have_the_published_noise():
    noise = agrawal_2022().read_spread(CURRENT / VOLT, 1.0) * VOLT / nA
    by_hand = 12.58037 * (1 - np.exp(-CURRENT / nA / 215.36557))
    assert noise == pytest.approx(by_hand, rel=1e-9)


def test_cells_programmed_and_left_for_five_days_are_where_the_paper_found_them():
    model, rng = agrawal_2022(), np.random.default_rng(5)
    # 34.57909 (1 - exp(-I / 207.34309)) by hand; 40 000 cells tell a spread to 0.35 %.
    for current, spread in ((10, 1.6282), (200, 21.400), (1600, 34.564)):
        start = model.program(np.full(40_000, current * nA / VOLT), rng=rng)
        later = model.relax(
            start, programmed=start, traits=NO_TRAITS, age_before=0.0, age_after=5 * day, rng=rng
        )
        shift = later * VOLT / nA - current
        assert shift.mean() == pytest.approx(FIFTH_DAY(current), abs=4 * spread / 200)
        assert shift.std() == pytest.approx(spread, rel=0.015)
        # Negative control: 3 % more, as at 10 nA if the drift did not carry errors along.
        assert shift.std() != pytest.approx(1.03 * spread, rel=0.015)


def test_what_relaxation_adds_never_shrinks_from_one_hour_to_the_next():
    model = agrawal_2022()
    g = np.linspace(1, 1600, 300) * nA / VOLT
    rng = np.random.default_rng(2)
    gained = []
    for hours in range(120):
        ages = {"age_before": hours * 3600.0, "age_after": (hours + 1) * 3600.0}
        later = [
            model.relax(g, programmed=g, traits=NO_TRAITS, **ages, rng=draws)
            for draws in (rng, Zero())
        ]
        gained.append(later[0] != later[1])
    assert np.array(gained).all()


class Zero:
    """Draws nothing but zeros."""

    def standard_normal(self, size):
        return np.zeros(size)


def test_another_read_voltage_gives_the_same_currents():
    one, two = agrawal_2022(), agrawal_2022(read_voltage=0.2)
    assert one.highest == pytest.approx(16 * uS)
    assert two.highest == pytest.approx(8 * uS)
    for method in ("mean", "spread", "read_spread"):
        currents = [
            getattr(model, method)(CURRENT / volt, 2.5 * day) * volt
            for model, volt in ((one, 0.1), (two, 0.2))
        ]
        assert currents[0] == pytest.approx(currents[1], rel=1e-9)


def test_an_empty_cell_stays_empty_or_gains_the_little_that_was_measured():
    model, g = agrawal_2022(), np.zeros(3)
    assert (model.program(g, rng=np.random.default_rng(1)) == 0).all()
    gained = model.mean(g, np.array([1.0, 3.0, 5.0]) * day) * VOLT / nA
    assert gained == pytest.approx([0.172684, 0.0, 0.319927], abs=1e-6)


def test_it_is_a_model_that_warns_outside_its_range():
    model = agrawal_2022()
    assert isinstance(model, ConductanceStatistics)
    with pytest.warns(ModelRangeWarning, match=r"20 uS leave the measured range of 0 to 16 uS"):
        model.program(np.array([20 * uS]), rng=np.random.default_rng(1))
    with pytest.warns(ModelRangeWarning, match="hold still"):
        spread = model.spread(np.array([10 * uS]), 6 * day)
    assert spread == model.spread(np.array([10 * uS]), 5 * day)


@pytest.mark.parametrize(
    "change",
    [{"read_voltage": 0.0}, {"fit_ends": 1 * nA}, {"ages": (0.0, 2.0, 1.0)}, {"drift": ()}],
)
def test_parameters_that_contradict_each_other_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(agrawal_2022(), **change)
