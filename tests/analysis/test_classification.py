import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from ohmloom.analysis.classification import accuracy, confusion, detection, wilson_interval
from ohmloom.errors import InvalidInput


@pytest.fixture
def classified():
    rng = np.random.default_rng(5)
    label = rng.integers(0, 7, 500)  # classes 7 to 9 never occur
    predicted = np.where(rng.random(500) < 0.8, label, rng.integers(0, 10, 500))
    return predicted, label


def test_accuracy_is_that_of_sklearn(classified):
    predicted, label = classified
    assert accuracy(predicted, label) == metrics.accuracy_score(label, predicted)


def test_confusion_is_that_of_sklearn_with_true_classes_in_rows(classified):
    predicted, label = classified
    found = confusion(predicted, label, 10)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(
        found, metrics.confusion_matrix(label, predicted, labels=range(10))
    )
    assert (found != found.T).any()  # or a swap of rows and columns would go unnoticed


@pytest.mark.parametrize(
    ("predicted", "label", "message"),
    [
        ([], [], "one at least"),
        ([0.5], [1], "whole numbers"),
        ([0, 1], [1], "2 samples are predicted"),
        ([3], [0], "predicted holds classes from 3"),
        ([0], [-1], "label holds classes from -1"),
    ],
)
def test_a_confusion_of_nonsense_is_refused(predicted, label, message):
    with pytest.raises(InvalidInput, match=message):
        confusion(predicted, label, 3)


def test_no_classes_are_refused():
    with pytest.raises(InvalidInput, match="classes must be 1"):
        confusion([0], [0], 0)


@pytest.mark.parametrize("confidence", [0.68, 0.95, 0.999])
def test_wilson_interval_is_that_of_scipy(confidence):
    correct, total = np.array([0, 1, 180, 357, 360]), 360
    found = wilson_interval(correct, total, confidence=confidence)
    for k, low, high in zip(correct, found.low, found.high, strict=True):
        oracle = stats.binomtest(int(k), total).proportion_ci(confidence, method="wilson")
        assert low == pytest.approx(oracle.low, abs=1e-14)
        assert high == pytest.approx(oracle.high, abs=1e-14)


def test_wilson_interval_of_all_right_has_the_closed_form_and_ends_at_one():
    # With p = 1 the lower end is n / (n + z^2).
    found = wilson_interval(20, 20)
    z = stats.norm.ppf(0.975)
    assert float(found.low) == pytest.approx(20 / (20 + z**2))
    assert float(found.high) == 1.0


def test_wilson_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(2)
    found = wilson_interval(rng.binomial(360, 0.9, 20_000), 360)
    coverage = ((found.low <= 0.9) & (found.high >= 0.9)).mean()
    assert coverage == pytest.approx(0.95, abs=0.01)
    # The same measure sees an interval that promises less.
    narrow = wilson_interval(rng.binomial(360, 0.9, 20_000), 360, confidence=0.9)
    assert ((narrow.low <= 0.9) & (narrow.high >= 0.9)).mean() < 0.93


@pytest.mark.parametrize(
    ("correct", "total", "confidence"),
    [(5, 4, 0.95), (-1, 4, 0.95), (0, 0, 0.95), (1, 4, 1.0), (np.nan, 4, 0.95)],
)
def test_impossible_counts_have_no_interval(correct, total, confidence):
    with pytest.raises(InvalidInput):
        wilson_interval(correct, total, confidence=confidence)


@pytest.mark.parametrize(("true_rate", "found_rate"), [(0.1, 0.2), (0.0, 0.2), (0.1, 0.0), (0, 0)])
def test_detection_is_that_of_sklearn_with_one_for_zero_divided_by_zero(true_rate, found_rate):
    rng = np.random.default_rng(3)
    truth, found = rng.random((64, 64)) < true_rate, rng.random((64, 64)) < found_rate
    result = detection(truth, found)
    flat = (truth.ravel(), found.ravel())
    assert result.precision == metrics.precision_score(*flat, zero_division=1.0)
    assert result.recall == metrics.recall_score(*flat, zero_division=1.0)
    _, false_alarms, misses, hits = metrics.confusion_matrix(*flat, labels=[False, True]).ravel()
    assert (result.hits, result.misses, result.false_alarms) == (hits, misses, false_alarms)


def test_detection_takes_masks_of_one_shape_only():
    with pytest.raises(InvalidInput, match="one shape"):
        detection(np.zeros(3, dtype=bool), np.zeros(4, dtype=bool))
    with pytest.raises(InvalidInput, match="bool"):
        detection([0, 1], [True, False])
