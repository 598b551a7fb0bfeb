import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.cell_draws import CellDraws, CellKey, cell_key, cell_normals_torch
from ohmloom.devices.kernels.normal import normals_of_words
from ohmloom.devices.kernels.philox import philox
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

KEY = cell_key(1, "chip 3", "pulse noise")


def test_a_key_belongs_to_its_seed_and_names():
    assert cell_key(1, "chip 3", "pulse noise") == KEY
    others = {cell_key(2, "chip 3", "pulse noise"), cell_key(1, "chip 3"), cell_key(1, "chip 4")}
    assert len({KEY, *others}) == 4


def test_cell_1000_draws_what_the_documented_counter_says():
    # 1000 = 3 * 256 + 232 and 232 = 3 * 64 + 40: counter 3 * 64 + 40, the last of four words.
    words = philox(
        tuple(np.array([word], dtype=np.uint64) for word in (3 * 64 + 40, 0, 7, 1)),
        tuple(np.array([KEY.value >> bits & 0xFFFFFFFF], dtype=np.uint64) for bits in (0, 32)),
    )
    draws = CellDraws(KEY, 7, np.array([1000]))
    draws.random((1,))
    sine = normals_of_words(words[2].astype(float), words[3].astype(float))[1]
    assert draws.standard_normal((1,)) == pytest.approx(sine, abs=1e-13)
    again = CellDraws(KEY, 7, np.array([1000]))
    again.standard_normal((1,))
    assert again.random((1,))[0] == int(words[3][0]) / 2**32


@pytest.mark.parametrize("kind", ["standard_normal", "random"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_cell_draws_the_same_in_a_range_a_slice_and_an_index_array(kind, dtype):
    def draw(cells, count):
        draws = CellDraws(KEY, 7, cells)
        getattr(draws, kind)((count,))
        return getattr(draws, kind)((2, count), dtype)

    whole = draw(range(3000), 3000)
    assert whole.dtype == dtype
    assert (draw(slice(700, 2048), 1348) == whole[:, 700:2048]).all()
    assert (draw(range(2999, 0, -7), 429) == whole[:, 2999:0:-7]).all()
    some = np.random.default_rng(0).permutation(3000)[:500]
    assert (draw(some, 500) == whole[:, some]).all()
    assert (draw(some.astype(np.uint16), 500) == whole[:, some]).all()


def test_every_call_and_every_row_draws_anew_and_an_event_can_be_replayed():
    draws = CellDraws(KEY, 7, range(100))
    first, second = draws.standard_normal((100,)), draws.standard_normal((100,))
    rows = CellDraws(KEY, 7, range(100)).standard_normal((2, 100))
    assert (rows == [first, second]).all()
    assert not (first == second).any()
    assert not (CellDraws(KEY, 8, range(100)).standard_normal((100,)) == first).any()
    assert not (CellDraws(cell_key(2), 7, range(100)).standard_normal((100,)) == first).any()


def test_float32_holds_the_same_numbers():
    double = CellDraws(KEY, 7, range(10_000)).standard_normal((10_000,))
    single = CellDraws(KEY, 7, range(10_000)).standard_normal((10_000,), np.float32)
    assert single == pytest.approx(double, abs=1e-6)
    double = CellDraws(KEY, 7, range(10_000)).random((10_000,))
    single = CellDraws(KEY, 7, range(10_000)).random((10_000,), np.float32)
    assert (single == np.floor(double * 2**24) / 2**24).all()


def test_uniform_numbers_are_uniform_and_their_squares_are_not():
    numbers = CellDraws(KEY, 7, range(1_000_000)).random((1_000_000,))
    assert 0.0 <= numbers.min() < 1e-5
    assert 1 - 1e-5 < numbers.max() < 1.0
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    assert stats.kstest(numbers**1.01, "uniform").pvalue < 0.001


def same_in_torch(device):
    cells = np.concatenate([np.arange(1000), [2**31, 2**40 + 3, 2**62 + 5]])
    draws = CellDraws(KEY, 2**32 - 1, cells)
    draws.random((3, cells.size))
    theirs = cell_normals_torch(KEY, 2**32 - 1, 3, torch.from_numpy(cells), device)
    assert theirs.device.type == device
    assert theirs.cpu().numpy() == pytest.approx(draws.standard_normal((cells.size,)), abs=1e-12)


def test_torch_gives_the_same_numbers():
    same_in_torch("cpu")


@pytest.mark.gpu
def test_torch_gives_the_same_numbers_on_a_gpu():
    same_in_torch("cuda")


def test_a_model_takes_them_as_its_generator():
    draws: Draws = CellDraws(KEY, 0, range(20_000))
    strength = gong_2022().draw_strength((20_000,), rng=draws)
    assert np.log(strength).std() == pytest.approx(0.7125, rel=0.02)
    alone = gong_2022().draw_strength((1,), rng=CellDraws(KEY, 0, np.array([12_345])))
    assert alone[0] == strength[12_345]


def test_what_does_not_fit_is_refused():
    draws = CellDraws(KEY, 0, range(10))
    for size in [(), (9,), (10, 9), (2, 2, 10)]:
        with pytest.raises(InvalidInput, match="10 cells"):
            draws.standard_normal(size)
    with pytest.raises(InvalidInput, match="float32 or float64"):
        draws.random((10,), np.float16)
    for cells in (slice(None), slice(3), np.array([True]), np.array([[1]]), np.array([1.0])):
        with pytest.raises(InvalidInput):
            CellDraws(KEY, 0, cells)
    for cells in (range(-1, 3), np.array([3, -1]), range(3, -2, -1)):
        with pytest.raises(InvalidInput, match="numbered from 0"):
            CellDraws(KEY, 0, cells)
    for event in (-1, 2**32):
        with pytest.raises(InvalidInput, match="event"):
            CellDraws(KEY, event, range(3))
    with pytest.raises(InvalidInput, match="64 bits"):
        CellKey(value=2**64)
    assert CellDraws(KEY, 0, range(0)).standard_normal((0,)).shape == (0,)
