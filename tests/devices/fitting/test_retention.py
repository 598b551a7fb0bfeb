import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.fitting.measurements import RetentionSeries
from ohmloom.devices.fitting.retention import EXPONENT, NOISE, SPREAD, fit_drift
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

TIME = np.geomspace(20.0, 1e5, 12)
TRUTH = {EXPONENT: 0.055, SPREAD: 0.012, NOISE: 0.02}


def planted(rng, cells=40, exponent=0.055, spread=0.012, noise=0.02, time=TIME):
    nu = exponent + spread * rng.standard_normal(cells)
    first = rng.uniform(2 * uS, 20 * uS, cells)
    clean = first[:, None] * (time / time[0]) ** -nu[:, None]
    noisy = clean * np.exp(noise * rng.standard_normal(clean.shape))
    return RetentionSeries(time=time, conductance=noisy)


def test_without_noise_the_law_is_found_exactly():
    series = planted(np.random.default_rng(1), noise=1e-9)
    fit = fit_drift(series)
    assert fit.conductance(TIME) == pytest.approx(series.conductance, rel=1e-6)
    assert fit.exponents.mean() == pytest.approx(fit.estimates[EXPONENT])


def test_the_line_of_one_cell_is_that_of_scipy():
    series = planted(np.random.default_rng(2), cells=1)
    theirs = stats.linregress(np.log(TIME), np.log(series.conductance[0]))
    ours = fit_drift(series).estimates
    assert ours[EXPONENT] == pytest.approx(-theirs.slope)
    assert ours.standard_errors[0] == pytest.approx(theirs.stderr)


def test_ninety_percent_intervals_cover_the_truth_in_85_to_95_percent_of_200_populations():
    rng = np.random.default_rng(3)
    fits = [fit_drift(planted(rng)).estimates for _ in range(200)]
    for i, (name, truth) in enumerate(TRUTH.items()):
        ends = np.array([fit.intervals(0.9)[i] for fit in fits])
        covered = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
        assert 0.85 <= covered <= 0.95, name
        # Negative control: a truth that is 10 % off (spread: 30 %) is not covered as often.
        wrong = truth * (1.3 if name == SPREAD else 1.1)
        assert ((ends[:, 0] <= wrong) & (wrong <= ends[:, 1])).mean() < 0.85, name


def test_bootstrap_intervals_cover_the_mean_as_well():
    rng = np.random.default_rng(4)
    ends = np.array(
        [
            fit_drift(planted(rng), resamples=200, rng=rng).estimates.bootstrap_intervals(0.9)[0]
            for _ in range(100)
        ]
    )
    covered = ((ends[:, 0] <= 0.055) & (ends[:, 1] >= 0.055)).mean()
    # 100 populations: the standard error of the share is 0.03.
    assert 0.82 <= covered <= 0.97


@pytest.mark.parametrize("cells", [2, 3, 5])
def test_intervals_of_few_cells_are_as_wide_as_few_cells_make_them(cells):
    rng = np.random.default_rng(cells)
    fits = [fit_drift(planted(rng, cells=cells, noise=0.005)).estimates for _ in range(300)]
    for i, truth in enumerate((0.055, 0.012, 0.005)):
        ends = np.array([fit.intervals(0.9)[i] for fit in fits])
        ends = ends[~np.isnan(ends[:, 0])]
        covered = ((ends[:, 0] <= truth) & (truth <= ends[:, 1])).mean()
        # 300 populations: the standard error of the share is 0.02.
        # A spread that is told at all has passed a test, and is rather too wide with two cells.
        assert 0.85 <= covered <= (1.0 if i == 1 else 0.96)


def test_cells_that_differ_by_noise_alone_have_no_spread_to_report():
    rng = np.random.default_rng(7)
    lost = [SPREAD in fit_drift(planted(rng, spread=0.0)).estimates.undetermined for _ in range(40)]
    # One time in twenty the scatter is as large by chance.
    assert 0.8 < np.mean(lost) <= 1.0
    real = [SPREAD in fit_drift(planted(rng)).estimates.undetermined for _ in range(40)]
    assert np.mean(real) < 0.1
    one = fit_drift(planted(rng, cells=1)).estimates
    assert one.undetermined[SPREAD] == "one cell does not tell how cells differ"


def test_readings_of_less_than_a_decade_do_not_determine_the_exponent():
    rng = np.random.default_rng(1)
    fit = fit_drift(planted(rng, time=np.linspace(100.0, 300.0, 9))).estimates
    assert "factor of 3 in time" in fit.undetermined[EXPONENT]
    assert np.isnan(fit.intervals()[0]).all()


def test_a_shape_that_is_no_power_law_is_noticed():
    rng = np.random.default_rng(1)
    right = planted(rng)
    saturating = RetentionSeries(
        time=TIME,
        conductance=right.conductance * (1.0 - 0.005 * np.log(TIME / TIME[0]) ** 2),
    )
    assert fit_drift(right).curvature > 0.01
    assert fit_drift(saturating).curvature < 1e-6


def test_resampling_without_a_stream_is_refused():
    with pytest.raises(InvalidInput, match="rng"):
        fit_drift(planted(np.random.default_rng(1)), resamples=3)
    rng = np.random.default_rng(1)
    with pytest.raises(InvalidInput, match="several cells"):
        fit_drift(planted(rng, cells=1), resamples=3, rng=rng)
