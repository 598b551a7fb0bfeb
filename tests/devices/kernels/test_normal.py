import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.kernels.normal import (
    normals_of_cells,
    normals_of_group,
    normals_of_range,
    normals_of_words,
)
from ohmloom.devices.kernels.philox import COUNTERS, GROUP

MANY = 30_000_000
KEY = np.uint64(0x5851F42D4C957F2D)


def drawn(cells, *, event=1, call=0, first_cell=0, dtype=np.float32):
    normals = np.empty(cells, dtype=dtype)
    normals_of_range(normals, first_cell, np.uint64(event), np.uint64(call), KEY)
    return normals


@pytest.fixture(scope="module")
def many():
    return drawn(MANY)


@pytest.fixture(scope="module")
def irwin_hall():
    """Four 16-bit uniforms added up: fast, of variance one, and cut off at 3.46."""
    words = np.random.default_rng(0).integers(0, 2**16, (4, MANY // 10), dtype=np.uint16)
    return ((words.sum(axis=0, dtype=np.int64) - 2 * 65535) * (3.0**0.5 / 65536)).astype(np.float32)


def tails_are_normal(numbers):
    """Whether the numbers beyond 3, 4, 4.5 and 5 sigma are as many as they should be."""
    expected = 2.0 * stats.norm.sf([3.0, 4.0, 4.5, 5.0]) * numbers.size
    far = np.abs(numbers[np.abs(numbers) > 3.0])
    found = np.array([(far > level).sum() for level in (3.0, 4.0, 4.5, 5.0)])
    return bool((np.abs(found - expected) < 4.0 * np.sqrt(expected)).all())


def moments_are_normal(numbers):
    """Whether mean, variance, skewness and kurtosis lie within four standard errors."""
    x = numbers[:4_000_000].astype(np.float64)
    square = x * x
    found = np.array([x.mean(), square.mean(), (square * x).mean(), (square * square).mean()])
    return bool(
        (np.abs(found - [0, 1, 0, 3]) < 4 * np.sqrt([1, 2, 15, 96] / np.float64(x.size))).all()
    )


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_the_polynomials_agree_with_the_logarithm_and_the_cosine_of_numpy(dtype, error):
    rng, normals, largest = np.random.default_rng(0), np.zeros(GROUP, dtype=dtype), 0.0
    for turn in range(300):
        words = rng.integers(0, 2**32, (4, COUNTERS), dtype=np.uint32)
        if turn == 0:  # the ends and the seams of the ranges
            seams = [0, 2**29, 2**30, 2**31, 3 * 2**29, 3 * 2**30, 3037000500 % 2**32, 2**32 - 1]
            edges = [(seam + d) % 2**32 for seam in seams for d in (-1, 0)]
            words[0, : len(edges)] = words[3, : len(edges)] = edges
        normals_of_group(normals, words)
        wanted = np.concatenate(
            [
                z
                for i in (0, 2)
                for z in normals_of_words(words[i].astype(float), words[i + 1].astype(float))
            ]
        )
        largest = max(largest, float(np.abs(normals - wanted).max()))
    assert 0.0 < largest < error


def test_the_definition_keeps_its_digits_where_u_is_close_to_one():
    # u = 1 - 2^-33, so that r^2 = -2 ln u is 2^-32; u = 2^-33 at the other end.
    radius, _ = normals_of_words(np.array([2.0**32 - 1, 0.0]), np.array([0.0, 0.0]))
    assert radius == pytest.approx([2.0**-16, np.sqrt(66 * np.log(2))], rel=1e-9)


def test_the_numbers_are_normal_and_a_sum_of_uniforms_is_not(many, irwin_hall):
    assert stats.kstest(many[:2_000_000].astype(np.float64), "norm").pvalue > 0.001
    assert stats.kstest(irwin_hall[:2_000_000].astype(np.float64), "norm").pvalue < 0.001
    assert moments_are_normal(many)
    assert not moments_are_normal(irwin_hall)


def test_the_tails_are_as_full_as_they_should_be_and_those_of_a_sum_of_uniforms_are_not(
    many, irwin_hall
):
    assert tails_are_normal(many)
    assert not tails_are_normal(irwin_hall)
    assert 5.0 < np.abs(many).max() < 6.77


def independent(one, other):
    """Whether neither the numbers nor their squares are correlated, by four standard errors."""
    x, y = one.astype(np.float64), other.astype(np.float64)
    limit = 4.0 / np.sqrt(x.size)
    return abs(np.corrcoef(x, y)[0, 1]) < limit and abs(np.corrcoef(x * x, y * y)[0, 1]) < limit


@pytest.mark.parametrize("distance", [1, 2, 63, 64, 65, 128, 192, 256])
def test_neighbours_are_independent(many, distance):
    assert independent(many[:1_000_000], many[distance : 1_000_000 + distance])


def test_events_and_calls_are_independent_and_the_check_would_see_a_shared_part(many):
    first = many[:1_000_000]
    assert independent(first, drawn(1_000_000, event=2))
    assert independent(first, drawn(1_000_000, call=1))
    assert not independent(first, 0.99 * drawn(1_000_000, call=1) + 0.01 * first)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_cell_gets_the_same_bits_in_any_block_and_any_order(dtype):
    whole = drawn(5000, dtype=dtype)
    for low, high in [(0, 1), (255, 257), (100, 4999), (300, 300), (512, 1024)]:
        assert (drawn(high - low, first_cell=low, dtype=dtype) == whole[low:high]).all()
    cells = np.random.default_rng(1).integers(0, 5000, 777).astype(np.uint64)
    picked = np.empty(cells.size, dtype=dtype)
    normals_of_cells(picked, cells, np.uint64(1), np.uint64(0), KEY)
    assert (picked == whole[cells]).all()


def test_the_definition_in_torch_is_that_in_numpy():
    words = np.random.default_rng(0).integers(0, 2**32, (2, 1000)).astype(np.float64)
    ours = normals_of_words(words[0], words[1])
    theirs = normals_of_words(*torch.from_numpy(words))
    for a, b in zip(ours, theirs, strict=True):
        assert b.numpy() == pytest.approx(a, abs=1e-13)
