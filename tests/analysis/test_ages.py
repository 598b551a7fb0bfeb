import pytest

from ohmloom.analysis.figures.ages import age_label
from ohmloom.errors import InvalidInput
from ohmloom.si import day, hour, minute, ms, second, us


@pytest.mark.parametrize(
    ("age", "label"),
    [
        (0.0, "0 s"),
        (1 * us, "1 µs"),
        (2.5 * ms, "2.5 ms"),
        (0.25 * second, "0.25 s"),
        (1 * second, "1 s"),
        (90 * second, "1.5 min"),
        (59.9999 * minute, "1 h"),
        (1 * hour, "1 h"),
        (1 * day, "1 d"),
        (2 * day, "2 d"),
        (3652 * day, "3650 d"),
    ],
)
def test_an_age_is_named_in_its_largest_unit(age, label):
    assert age_label(age) == label


@pytest.mark.parametrize("age", [-1.0, float("nan"), float("inf")])
def test_what_is_no_age_is_refused(age):
    with pytest.raises(InvalidInput, match="age"):
        age_label(age)
