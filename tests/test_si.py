import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom import si
from ohmloom.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("10ms", "s", 0.01),
        ("10 ms", "s", 0.01),
        (" 2.5 kohm ", "ohm", 2500.0),
        ("2.5kΩ", "ohm", 2500.0),
        ("40uS", "S", 4e-5),
        ("40 µS", "S", 4e-5),  # micro sign, U+00B5
        ("40 μS", "S", 4e-5),  # Greek mu, U+03BC
        ("-.5V", "V", -0.5),
        ("1e-3 A", "A", 1e-3),
        ("1 Mohm", "ohm", 1e6),
        ("3 m", "m", 3.0),
        ("3 mm", "m", 3e-3),
        ("300K", "K", 300.0),
        ("2 GHz", "Hz", 2e9),
        ("100 fF", "F", 1e-13),
        ("5 min", "s", 300.0),
        ("2h", "s", 7200.0),
        ("1 d", "s", 86400.0),
    ],
)
def test_a_quantity_is_read_as_it_is_spoken(text, unit, expected):
    assert si.parse(text, unit) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "unit", "reason"),
    [
        ("10", "s", "has no unit"),
        ("ms", "s", "is not a quantity"),
        ("", "s", "is not a quantity"),
        ("1 2 s", "s", "is not a quantity"),
        ("10 ms", "V", "is in s, but V is expected"),
        ("10 S", "s", "is in S, but s is expected"),
        ("10 furlong", "m", "unknown unit 'furlong'"),
        ("10 xV", "V", "unknown unit 'xV'"),
        ("5 min", "V", "unknown unit 'min'"),
        ("nan V", "V", "is not a quantity"),
    ],
)
def test_what_is_not_a_quantity_of_that_unit_is_refused_with_the_reason(text, unit, reason):
    with pytest.raises(InvalidInput, match=reason):
        si.parse(text, unit)


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e290, min_value=-1e290))
def test_a_number_written_in_micro_siemens_is_read_back(number):
    assert math.isclose(si.parse(f"{number!r} uS", "S"), number * si.uS, rel_tol=1e-15)


@pytest.mark.parametrize(
    ("name", "symbol", "unit"),
    [
        (name, name, unit)
        for unit, names in {
            "V": ("mV", "uV"),
            "A": ("mA", "uA", "nA", "pA", "fA"),
            "S": ("mS", "uS", "nS"),
            "ohm": ("kohm", "Mohm"),
            "s": ("ms", "us", "ns", "ps"),
            "F": ("pF", "fF"),
            "m": ("um", "nm"),
        }.items()
        for name in names
    ],
)
def test_every_constant_equals_what_its_own_name_is_read_as(name, symbol, unit):
    assert getattr(si, name) == si.parse(f"1 {symbol}", unit)
