import numpy as np
import pytest

from ohmloom.checks import finite, not_negative, shaped
from ohmloom.errors import InvalidInput


def test_numbers_become_a_float64_array():
    checked = finite([1, 2, 3], "codes")
    assert checked.dtype == np.float64
    assert np.array_equal(checked, [1.0, 2.0, 3.0])


def test_an_array_of_float64_is_not_copied():
    array = np.ones(3)
    assert finite(array, "weights") is array


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_name_count_and_place(bad):
    array = np.zeros((2, 3))
    array[1, 0] = array[1, 2] = bad
    with pytest.raises(InvalidInput, match=r"weights holds 2 .* the first at \(1, 0\)"):
        finite(array, "weights")


@pytest.mark.parametrize("bad", ["abc", [1.0, "x"], [[1.0], [1.0, 2.0]], object()])
def test_what_is_not_a_number_is_refused(bad):
    with pytest.raises(InvalidInput, match="weights"):
        finite(bad, "weights")


def test_zero_is_not_negative_and_less_is():
    assert np.array_equal(not_negative([0.0, -0.0, 1.0], "g"), [0.0, 0.0, 1.0])
    with pytest.raises(InvalidInput, match=r"g must not be negative.* -1e-09 at \(1,\)"):
        not_negative([0.0, -1e-9], "g")


def test_not_negative_also_refuses_what_is_not_finite():
    with pytest.raises(InvalidInput, match="not finite"):
        not_negative([np.nan], "g")


def test_the_empty_array_passes():
    assert not_negative([], "g").shape == (0,)


@pytest.mark.parametrize("shape", [(2, 3), (None, 3), (2, None), (None, None)])
def test_a_shape_that_fits_passes_the_array_through(shape):
    array = np.zeros((2, 3))
    assert shaped(array, shape, "g") is array


@pytest.mark.parametrize("shape", [(3, 2), (2,), (2, 3, 1), (None, 2), ()])
def test_a_shape_that_does_not_fit_is_refused_with_both_shapes(shape):
    with pytest.raises(InvalidInput, match=r"g must have shape .* but has \(2, 3\)"):
        shaped(np.zeros((2, 3)), shape, "g")


def test_a_shape_of_one_axis_is_written_as_python_writes_it():
    with pytest.raises(InvalidInput, match=r"must have shape \(3,\), but has \(2,\)"):
        shaped(np.ones(2), (3,), "g")
