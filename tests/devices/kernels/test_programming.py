import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.kernels.programming import (
    PolynomialNoise,
    program_cells,
    program_cells_twin,
)
from ohmloom.errors import InvalidInput
from ohmloom.si import uS

KEY = cell_key(1, "programming")
PCM = PolynomialNoise(coefficients=(0.26348 * uS, 1.9650 * uS, -1.1731 * uS), g_max=25 * uS)


def programmed(target, noise=PCM, *, first_cell=0, out=None):
    return program_cells(target, noise, key=KEY, event=3, call=0, first_cell=first_cell, out=out)


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 4e-5 * uS), (np.float64, 1e-12 * uS)])
def test_the_kernel_does_what_plain_numpy_does_with_the_same_numbers(dtype, error):
    quartic = PolynomialNoise(
        coefficients=(0.3 * uS, 1 * uS, -2 * uS, 1 * uS, 2 * uS), g_max=25 * uS
    )
    for noise in (PCM, quartic):
        target = np.random.default_rng(0).uniform(0, 25 * uS, 3000).astype(dtype)
        wanted = program_cells_twin(target, noise, key=KEY, event=3, cells=range(33, 3033))
        assert programmed(target, noise, first_cell=33) == pytest.approx(wanted, abs=error)


def test_the_spread_is_the_published_one():
    # Nandakumar et al.: check values of the polynomial at these shares of 25 uS.
    for share, spread in [(0.25, 0.681411), (0.5, 0.952705), (1.0, 1.05538)]:
        target = np.full(100_000, share * 25 * uS)
        error = (programmed(target) - target) / (spread * uS)
        assert stats.kstest(error, "norm").pvalue > 0.01
        assert stats.kstest(0.98 * error, "norm").pvalue < 0.01


def test_no_conductance_is_negative_and_zero_targets_land_above_zero_half_the_time():
    drawn = programmed(np.zeros(100_000, dtype=np.float32))
    assert drawn.min() == 0.0
    assert (drawn > 0.0).mean() == pytest.approx(0.5, abs=0.006)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_do_not_change_a_bit_and_the_target_may_be_overwritten(dtype):
    target = np.random.default_rng(0).uniform(0, 25 * uS, 3000).astype(dtype)
    whole = programmed(target)
    blocks = [programmed(target[a:b], first_cell=a) for a, b in [(0, 5), (5, 2047), (2047, 3000)]]
    assert (np.concatenate(blocks) == whole).all()
    assert programmed(target, out=target) is target
    assert (target == whole).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidInput, match="degree 4"):
        PolynomialNoise(coefficients=(1.0,) * 6, g_max=1.0)
    with pytest.raises(InvalidInput, match="g_max"):
        PolynomialNoise(coefficients=(1.0,), g_max=0.0)
    with pytest.raises(InvalidInput, match="like target"):
        programmed(np.zeros(4), out=np.zeros(4, dtype=np.float32))
    with pytest.raises(InvalidInput, match="one contiguous row"):
        programmed(np.zeros((2, 2)))
