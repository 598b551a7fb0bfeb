import dataclasses

import numpy as np
import pytest

from ohmloom.devices.cell_draws import CellDraws, cell_key
from ohmloom.devices.kernels.linear_step import LinearStep, apply_linear_step, linear_step_twin
from ohmloom.errors import InvalidInput

KEY = cell_key(1, "pulse noise")
CELLS = 3000
SOFT = LinearStep(
    step_up=0.02,
    slope_up=-0.02,
    step_down=0.0,
    slope_down=-0.03,
    scale=1.0,
    noise=0.0,
    lowest=0.0,
    highest=1.0,
)


def varied(dtype):
    rng = np.random.default_rng(0)
    pulse = LinearStep(
        step_up=rng.uniform(0.01, 0.03, CELLS).astype(dtype),
        slope_up=-0.02,
        step_down=-0.01,
        slope_down=rng.uniform(-0.03, 0.0, CELLS).astype(dtype),
        scale=rng.uniform(0.5, 1.5, CELLS).astype(dtype),
        noise=0.5,
        lowest=rng.uniform(0.0, 0.2, CELLS).astype(dtype),
        highest=0.9,
    )
    direction = rng.integers(-1, 2, CELLS).astype(np.int8)
    return rng.uniform(0.0, 1.0, CELLS).astype(dtype), pulse, direction


def pulsed(start, pulse, *, direction=1, pulses=1, first_cell=0, call=0):
    after = start.copy()
    apply_linear_step(
        after,
        pulse,
        direction=direction,
        key=KEY,
        event=3,
        call=call,
        first_cell=first_cell,
        pulses=pulses,
    )
    return after


@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_the_kernel_does_what_plain_numpy_does_with_the_same_numbers(dtype, error):
    start, pulse, direction = varied(dtype)
    wanted = linear_step_twin(
        start, pulse, direction=direction, key=KEY, event=3, cells=range(77, 77 + CELLS), pulses=3
    )
    after = pulsed(start, pulse, direction=direction, pulses=3, first_cell=77)
    assert after == pytest.approx(wanted, abs=error)
    other = pulsed(start, pulse, direction=direction, pulses=3, first_cell=78)
    assert np.abs(other - wanted).max() > 0.01


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_and_passes_do_not_change_a_bit(dtype):
    start, pulse, direction = varied(dtype)
    whole = pulsed(start, pulse, direction=direction, pulses=3, first_cell=77)
    one_by_one = start
    for call in range(3):
        one_by_one = pulsed(one_by_one, pulse, direction=direction, call=call, first_cell=77)
    assert (one_by_one == whole).all()

    def block(low, high):
        fields = {f.name: getattr(pulse, f.name) for f in dataclasses.fields(pulse)}
        cut = {k: v[low:high] if isinstance(v, np.ndarray) else v for k, v in fields.items()}
        return pulsed(
            start[low:high],
            LinearStep(**cut),
            direction=direction[low:high],
            pulses=3,
            first_cell=77 + low,
        )

    blocks = [block(*ends) for ends in [(0, 1), (1, 1100), (1100, 1100), (1100, CELLS)]]
    assert (np.concatenate(blocks) == whole).all()


def test_soft_bounds_without_noise_are_the_geometric_series():
    # Each pulse closes 2 % of the distance to one: 1 - (1 - g) 0.98^n, and down: g 0.97^n.
    start = np.linspace(0.0, 1.0, 2000)
    up, down = pulsed(start, SOFT, pulses=50), pulsed(start, SOFT, direction=-1, pulses=50)
    assert up == pytest.approx(1.0 - (1.0 - start) * 0.98**50, rel=1e-12)
    assert down == pytest.approx(start * 0.97**50, rel=1e-12)


def test_the_noise_is_that_of_the_cells():
    noisy = dataclasses.replace(SOFT, noise=0.3)
    change = pulsed(np.full(5000, 0.5), noisy, first_cell=10) - 0.5
    z = CellDraws(KEY, 3, range(10, 5010)).standard_normal((5000,))
    assert change == pytest.approx(0.01 * (1.0 + 0.3 * z), abs=1e-13)


def test_a_cell_without_a_pulse_keeps_its_conductance_even_outside_its_bounds():
    start = np.full(600, 1.5, dtype=np.float32)
    direction = np.zeros(600, dtype=np.int8)
    direction[::3] = 1
    after = pulsed(start, SOFT, direction=direction)
    assert (after[1::3] == 1.5).all()
    assert (after[::3] == 1.0).all()


def test_what_does_not_fit_is_refused():
    start = np.zeros(2000)
    with pytest.raises(InvalidInput, match="contiguous"):
        apply_linear_step(
            start[::2], SOFT, direction=1, key=KEY, event=0, call=0, first_cell=0, pulses=1
        )
    with pytest.raises(InvalidInput, match="float32 or float64"):
        pulsed(np.zeros(5, dtype=np.int64), SOFT)
    with pytest.raises(InvalidInput, match="2000 cells"):
        pulsed(start, dataclasses.replace(SOFT, scale=np.ones(1999)))
    with pytest.raises(InvalidInput, match="numbered from 0"):
        pulsed(start, SOFT, first_cell=-1)
    with pytest.raises(InvalidInput, match="2 draws"):
        pulsed(start, SOFT, call=2**32 - 1, pulses=2)
