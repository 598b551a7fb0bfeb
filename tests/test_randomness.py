import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from ohmloom.randomness import seed_sequence, stream, torch_stream


def test_the_same_names_give_the_same_numbers():
    first, again = stream(7, "chip 3", "mismatch"), stream(7, "chip 3", "mismatch")
    assert np.array_equal(first.standard_normal(100), again.standard_normal(100))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((7, "chip 3", "mismatch"), (8, "chip 3", "mismatch")),
        ((7, "chip 3", "mismatch"), (7, "chip 3", "read noise")),
        ((7, "chip 3", "mismatch"), (7, "mismatch", "chip 3")),
        ((7, "a", "bc"), (7, "ab", "c")),
        ((7, "a"), (7, "a", "")),
        ((7, 1), (7, "1")),
        ((7,), (7, "")),
    ],
)
def test_any_other_seed_or_name_gives_other_numbers(one, other):
    assert not np.array_equal(
        stream(*one).integers(2**63, size=4), stream(*other).integers(2**63, size=4)
    )


def test_a_new_stream_shifts_no_other():
    alone = stream(7, "read noise").standard_normal(10)
    stream(7, "something new").standard_normal(10)
    assert np.array_equal(stream(7, "read noise").standard_normal(10), alone)


def test_streams_do_not_depend_on_the_process():
    code = "from ohmloom.randomness import stream; print(stream(7, 'chip 3').integers(2**62))"
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert int(elsewhere.stdout) == stream(7, "chip 3").integers(2**62)


def test_two_streams_are_not_correlated_and_a_stream_is_with_itself():
    one, other = (stream(7, "chip", name).standard_normal(100_000) for name in ("a", "b"))
    bound = stats.norm.isf(1e-6) / np.sqrt(one.size)
    assert abs(np.corrcoef(one, other)[0, 1]) < bound
    assert abs(np.corrcoef(one, one + 10 * other)[0, 1]) > bound


def test_numbers_are_standard_normal_and_a_wrong_spread_would_be_noticed():
    drawn = stream(7, "chip", "mismatch").standard_normal(20_000)
    assert stats.kstest(drawn, "norm").pvalue > 0.01
    assert stats.kstest(0.95 * drawn, "norm").pvalue < 0.01


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        seed_sequence(-1, "chip")


def test_torch_streams_are_named_too():
    import torch

    def draw(*names):
        return torch.randn(100, generator=torch_stream(7, *names))

    assert torch.equal(draw("chip", "noise"), draw("chip", "noise"))
    assert not torch.equal(draw("chip", "noise"), draw("chip", "mismatch"))
    assert not torch.equal(draw("1"), draw(1))


def test_a_torch_stream_leaves_the_global_generator_alone():
    import torch

    before = torch.random.get_rng_state()
    torch.randn(3, generator=torch_stream(7, "noise"))
    assert torch.equal(torch.random.get_rng_state(), before)
