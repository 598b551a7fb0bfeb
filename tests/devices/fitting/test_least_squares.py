from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from ohmloom.devices.fitting.estimates import Parameter
from ohmloom.devices.fitting.least_squares import fit_least_squares, fit_many
from ohmloom.errors import InvalidInput

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
