from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from ohmloom.devices.fitting.estimates import Parameter, goodness_of_fit
from ohmloom.devices.fitting.least_squares import fit_least_squares, fit_many
from ohmloom.errors import InvalidInput, ModelRangeWarning

TIME = np.linspace(0.0, 5.0, 60)
AMPLITUDE = Parameter(
    name="amplitude", unit="A", start=1.0, lowest=1e-3, highest=1e3, logarithmic=True
)
RATE = Parameter(name="rate", unit="1/s", start=0.3, lowest=1e-3, highest=1e3, logarithmic=True)
OFFSET = Parameter(name="offset", unit="A", start=0.0, lowest=-5.0, highest=5.0, logarithmic=False)
DECAY = (AMPLITUDE, RATE, OFFSET)
TRUTH = np.array([2.5, 0.8, 0.4])
NOISE = 0.05


def decay(parameters):
    amplitude, rate, offset = parameters.T[:, :, None]
    return amplitude * np.exp(-rate * TIME) + offset


def measured(sets, seed=1, noise=NOISE):
    clean = decay(TRUTH[None])
    return clean + noise * np.random.default_rng(seed).standard_normal((sets, TIME.size))


def test_it_finds_what_scipy_finds():
    (data,) = measured(1)
    ours = fit_least_squares(decay, data, DECAY)
    theirs, covariance = optimize.curve_fit(
        lambda t, a, r, c: a * np.exp(-r * t) + c, TIME, data, p0=[1.0, 0.3, 0.0]
    )
    assert ours.values == pytest.approx(theirs, rel=1e-5)
    assert ours.standard_errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)
    assert ours["rate"] == ours.values[1]


def test_a_hard_problem_of_the_literature_is_solved():
    # Rosenbrock's valley as a least-squares problem: its minimum is zero at (1, 1).
    names = ("x", "y")
    parameters = [
        Parameter(name=n, unit="1", start=s, lowest=-9.0, highest=9.0, logarithmic=False)
        for n, s in zip(names, (-1.2, 1.0), strict=True)
    ]

    def valley(p):
        return np.stack([10.0 * (p[:, 1] - p[:, 0] ** 2), 1.0 - p[:, 0], 0.0 * p[:, 0]], axis=1)

    found = fit_least_squares(valley, np.zeros(3), parameters)
    assert found.values == pytest.approx([1.0, 1.0], abs=1e-6)


def test_many_sets_side_by_side_give_the_estimates_of_each_alone():
    data = measured(5)
    together = fit_many(decay, data, DECAY)
    for one, of_many in zip(data, together, strict=True):
        alone = fit_least_squares(decay, one, DECAY)
        assert of_many.values == pytest.approx(alone.values, rel=1e-7)


def covered(intervals):
    return [
        np.mean([low <= truth <= high for low, high in (ends[i] for ends in intervals)])
        for i, truth in enumerate(TRUTH)
    ]


def test_ninety_percent_intervals_cover_the_truth_in_about_ninety_percent_of_200_sets():
    found = fit_many(decay, measured(200), DECAY)
    for share in covered([estimates.intervals(0.9) for estimates in found]):
        assert 0.85 <= share <= 0.95
    # Negative control: intervals that are a fifth too narrow are noticed.
    narrow = [replace(e, covariance=0.6 * e.covariance).intervals(0.9) for e in found]
    assert min(covered(narrow)) < 0.85


def test_bootstrap_intervals_cover_as_well():
    rng = np.random.default_rng(5)
    intervals = [
        fit_least_squares(decay, one, DECAY, resamples=100, rng=rng).bootstrap_intervals(0.9)
        for one in measured(120, seed=4)
    ]
    for share in covered(intervals):
        # 120 sets: the standard error of the share is 0.03.
        assert 0.82 <= share <= 0.97


def test_blocks_keep_the_correlation_of_the_noise():
    rng = np.random.default_rng(2)
    drifting = np.cumsum(rng.standard_normal(TIME.size)) * 0.05
    data = decay(TRUTH[None])[0] + drifting
    spread = [
        fit_least_squares(
            decay, data, DECAY, resamples=200, block=block, rng=np.random.default_rng(1)
        )
        .bootstrap[:, 2]
        .std()
        for block in (1, 12)
    ]
    assert spread[1] > 1.3 * spread[0]


def test_a_parameter_that_changes_nothing_is_named():
    idle = Parameter(name="idle", unit="V", start=1.0, lowest=0.1, highest=9.0, logarithmic=True)
    found = fit_least_squares(lambda p: decay(p[:, :3]), measured(1)[0], (*DECAY, idle))
    assert found.undetermined == {"idle": "it changes nothing in these data"}
    assert np.isnan(found.intervals()[3]).all()
    assert found.values[:3] == pytest.approx(
        fit_least_squares(decay, measured(1)[0], DECAY).values, rel=1e-6
    )
    assert "idle" in repr(found)


def test_two_parameters_that_make_up_for_each_other_are_named():
    twin = replace(AMPLITUDE, name="gain")

    def product(p):
        return decay(np.stack([p[:, 0] * p[:, 3], p[:, 1], p[:, 2]], axis=1))

    found = fit_least_squares(product, measured(1)[0], (*DECAY, twin))
    assert set(found.undetermined) == {"amplitude", "gain"}
    assert "made up for by gain" in found.undetermined["amplitude"]
    assert not np.isnan(found.standard_errors[1])


def test_a_parameter_at_its_limit_is_named():
    tight = replace(OFFSET, highest=0.1)
    found = fit_least_squares(decay, measured(1)[0], (AMPLITUDE, RATE, tight))
    assert found["offset"] == pytest.approx(0.1)
    assert "upper limit" in found.undetermined["offset"]


def test_what_is_left_over_tells_a_wrong_model_from_a_right_one():
    (data,) = measured(1)
    right = fit_least_squares(decay, data, DECAY).goodness
    slope = Parameter(name="s", unit="A", start=0.0, lowest=-9.0, highest=9.0, logarithmic=False)
    wrong = fit_least_squares(lambda p: p[:, :1] + p[:, 1:] * TIME, data, (OFFSET, slope)).goodness
    assert right.runs > 0.01
    assert right.normality > 0.01
    assert right.rms == pytest.approx(NOISE, rel=0.2)
    assert wrong.runs < 1e-6
    assert wrong.r_squared < right.r_squared


def test_the_runs_test_is_that_of_wald_and_wolfowitz():
    # Ten above and ten below in six runs: expected are 11 with variance 90 / 19.
    signs = np.repeat([1.0, -1.0, 1.0, -1.0, 1.0, -1.0], [4, 4, 3, 3, 3, 3])
    found = goodness_of_fit(signs, signs, determined=1).runs
    assert found == pytest.approx(2 * stats.norm.cdf((6 - 11) / np.sqrt(90 / 19)))


def test_the_table_has_a_row_for_each_parameter_with_its_unit():
    rng = np.random.default_rng(1)
    table = fit_least_squares(decay, measured(1)[0], DECAY, resamples=20, rng=rng).to_frame()
    assert table["parameter"].tolist() == ["amplitude", "rate", "offset"]
    assert table["unit"].tolist() == ["A", "1/s", "A"]
    assert (table["bootstrap from"] < table["bootstrap to"]).all()
    assert table["determined"].all()


def test_impossible_fits_are_refused():
    with pytest.raises(InvalidInput, match="more than 2 data points"):
        fit_least_squares(lambda p: p[:, :2], np.zeros(2), DECAY)
    with pytest.raises(InvalidInput, match="not finite"):
        fit_least_squares(decay, np.full(60, np.nan), DECAY)
    with pytest.raises(InvalidInput, match="rng"):
        fit_least_squares(decay, measured(1)[0], DECAY, resamples=9)
    with pytest.raises(InvalidInput, match="must lie between"):
        replace(RATE, start=1e4)
    with pytest.raises(InvalidInput, match="above zero"):
        replace(RATE, lowest=0.0)
    with pytest.raises(InvalidInput, match="level"):
        fit_least_squares(decay, measured(1)[0], DECAY).intervals(1.5)
    with pytest.raises(InvalidInput, match="resamples"):
        fit_least_squares(decay, measured(1)[0], DECAY).bootstrap_intervals()
    with pytest.raises(InvalidInput, match="must be finite"):
        replace(RATE, highest=np.inf)
    with pytest.raises(InvalidInput, match="different names"):
        fit_least_squares(decay, measured(1)[0], (AMPLITUDE, RATE, AMPLITUDE))
    with pytest.raises(InvalidInput, match="different names, but was given none"):
        fit_least_squares(decay, measured(1)[0], ())


@pytest.mark.parametrize("block", [0, -1, 31, 60, 100])
def test_a_block_that_leaves_nothing_to_choose_from_is_refused(block):
    with pytest.raises(InvalidInput, match="half the 60 points"):
        fit_least_squares(
            decay, measured(1)[0], DECAY, resamples=2, block=block, rng=np.random.default_rng(1)
        )


def test_a_model_that_is_nowhere_finite_is_refused_instead_of_returned():
    with pytest.raises(InvalidInput, match="not finite where the search begins"):
        fit_least_squares(lambda p: decay(p) * np.nan, measured(1)[0], DECAY)


def test_a_model_that_ends_right_beside_the_start_is_fitted_from_the_other_side():
    (data,) = measured(1)

    def ends(p):
        return np.where(p[:, :1] < 1.0, np.nan, decay(p))  # the search begins at 1

    found = fit_least_squares(ends, data, DECAY)
    assert found.values == pytest.approx(fit_least_squares(decay, data, DECAY).values, rel=1e-5)


def test_a_search_that_does_not_come_to_an_end_is_named(monkeypatch):
    monkeypatch.setattr("ohmloom.devices.fitting.least_squares._ROUNDS", 2)
    with pytest.warns(ModelRangeWarning, match="1 of 1 fits have not come to an end after 2"):
        fit_least_squares(decay, measured(1)[0], DECAY)


def test_certified_values_of_nist_are_found_from_the_far_start():
    # NIST StRD nonlinear regression, Misra1a: certified parameters and standard deviations.
    x = np.array(
        [
            *(77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8),
            *(378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0),
        ]
    )
    y = np.array(
        [
            *(10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02),
            *(44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78),
        ]
    )
    parameters = (
        Parameter(name="b1", unit="1", start=500.0, lowest=1.0, highest=1e4, logarithmic=False),
        Parameter(name="b2", unit="1", start=1e-4, lowest=1e-6, highest=0.1, logarithmic=True),
    )
    found = fit_least_squares(lambda p: p[:, :1] * (1.0 - np.exp(-p[:, 1:] * x)), y, parameters)
    assert found.values == pytest.approx([2.3894212918e02, 5.5015643181e-04], rel=1e-7)
    assert found.standard_errors == pytest.approx([2.7070075241, 7.2668688436e-06], rel=1e-6)
