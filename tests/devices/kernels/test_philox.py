import numpy as np
import pytest
import torch

from ohmloom.devices.kernels.philox import (
    COUNTERS,
    GROUP,
    counters,
    own_words,
    philox,
    words_of_cells,
    words_of_group,
)

ONES = 0xFFFFFFFF
# kat_vectors of the Random123 distribution, philox4x32 with 10 rounds: counter, key, words.
KNOWN = [
    ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_the_known_answers_of_random123_come_out_in_numpy_and_torch(counter, key, words):
    unsigned = [np.full(3, word, dtype=np.uint64) for word in (*counter, *key)]
    signed = [torch.full((3,), word, dtype=torch.int64) for word in (*counter, *key)]
    for arrays in (unsigned, signed):
        found = philox(tuple(arrays[:4]), tuple(arrays[4:]))
        assert [word.tolist() for word in found] == [[word] * 3 for word in words]


def test_the_compiled_loops_give_the_known_answers():
    (c0, c1, c2, c3), (k0, k1), known = KNOWN[2]
    key = np.uint64(k1 << 32 | k0)
    words = np.zeros((4, COUNTERS), dtype=np.uint32)
    counter = c1 << 32 | c0
    group, place = divmod(counter, COUNTERS)
    words_of_group(words, np.uint64(group), np.uint64(c2), np.uint64(c3), key)
    assert words[:, place].tolist() == list(known)
    # Cells that draw for themselves have the top bit of word 1, as c1 has.
    one = np.zeros((4, 1), dtype=np.uint32)
    low, above = np.array([c0], dtype=np.uint32), np.uint64(c1 & 0x7FFFFFFF)
    own_words(one, low, above, 1, np.uint64(c2), np.uint64(c3), key)
    assert one[:, 0].tolist() == list(known)


def test_every_cell_of_a_group_has_a_word_of_its_own():
    key, event, call = 0x0123456789ABCDEF, 5, 6
    words = np.zeros((4, COUNTERS), dtype=np.uint32)
    words_of_group(words, np.uint64(2**40), np.uint64(event), np.uint64(call), np.uint64(key))
    cells = np.arange(GROUP, dtype=np.uint64) + np.uint64(2**40 * GROUP)
    low, high, row = counters(cells)
    keys = np.uint64(key & ONES), np.uint64(key >> 32)
    found = philox((low, high, np.uint64(event), np.uint64(call)), keys)
    assert np.choose(row.astype(int), found).tolist() == words.ravel().tolist()
    assert len(np.unique(words)) == GROUP
    counted = np.zeros((4, GROUP), dtype=np.uint32)
    words_of_cells(counted, cells, np.uint64(event), np.uint64(call), np.uint64(key))
    assert counted.tolist() == np.stack(found).tolist()


def test_words_of_torch_equal_those_of_numpy_for_large_counters():
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 2**32, (6, 100), dtype=np.uint64)
    ours = philox(tuple(numbers[:4]), tuple(numbers[4:]))
    tensors = torch.from_numpy(numbers.astype(np.int64))
    theirs = philox(tuple(tensors[:4]), tuple(tensors[4:]))
    assert [word.tolist() for word in ours] == [word.tolist() for word in theirs]
