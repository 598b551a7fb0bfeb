import numpy as np
import pytest
import torch
from scipy import stats

from ohmloom.devices.pulse_updates.look_up_step import LookUpStep, UpdateTable, read_update_table
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.errors import CorruptFile, InvalidInput, ModelRangeWarning
from ohmloom.si import uS

LEVELS = np.linspace(0.0, 1.0, 41)
POINTS = np.array([10.0, 20.0, 40.0]) * uS
MEANS, SPREADS = np.array([3.0, 2.0, 0.5]) * uS, np.array([0.5, 0.3, 0.1]) * uS

BOUNDS = {"lowest": np.array(10 * uS), "highest": np.array(40 * uS)}


def triangular(means, spreads):
    """Symmetric triangles of half width sqrt(6) sd, by scipy's inverse distribution."""
    half = np.sqrt(6) * spreads
    return np.stack(
        [
            stats.triang.ppf(LEVELS, 0.5, loc=m - h, scale=2 * h)
            for m, h in zip(means, half, strict=True)
        ],
        axis=1,
    )


def table(sign=1.0):
    return UpdateTable(
        conductances=POINTS, probabilities=LEVELS, changes=triangular(sign * MEANS, SPREADS)
    )


def step():
    return LookUpStep(up=table(), down=table(-1.0))


def write(path, update):
    rows = [update.conductances, update.probabilities, *update.changes]
    text = "\n".join(",".join(repr(float(x)) for x in row) for row in rows)
    path.write_text("conductance, probabilities, changes\n" + text + "\n")
    return path


def test_it_is_a_pulse_update():
    assert isinstance(step(), PulseUpdate)
    assert step().write_noise == 0


def test_a_table_that_was_written_is_read_back(tmp_path):
    read = read_update_table(write(tmp_path / "dG_increasing.txt", table()))
    for name in ("conductances", "probabilities", "changes"):
        assert (getattr(read, name) == getattr(table(), name)).all()


def test_the_mean_step_is_that_of_the_distributions_and_linear_in_between():
    g = np.array([10.0, 15.0, 20.0, 30.0, 40.0, 50.0]) * uS
    mean = np.array([3.0, 2.5, 2.0, 1.25, 0.5, 0.5]) * uS
    up = step().step(g, np.full(6, True), cells={})
    assert up == pytest.approx(mean, rel=1e-9)
    assert step().step(g, np.full(6, False), cells={}) == pytest.approx(-mean, rel=1e-9)
    in_torch = step().step(torch.tensor(g), torch.full((6,), True), cells={})
    np.testing.assert_allclose(in_torch.numpy(), up, rtol=1e-12)


def test_the_spread_of_the_step_is_that_of_the_distributions():
    spread = step().step_spread(POINTS, np.full(3, True), cells={})
    # The lines between the points of a triangle's inverse distribution widen it a little.
    assert spread == pytest.approx(SPREADS, rel=0.012)
    exact = UpdateTable(
        conductances=POINTS,
        probabilities=np.array([0.0, 1.0]),
        changes=np.stack([MEANS - SPREADS, MEANS + SPREADS]),
    )
    assert exact.spread_of_changes == pytest.approx(SPREADS / np.sqrt(3))


def test_torch_and_numpy_draw_the_same_changes_from_the_same_numbers():
    g, pulses = np.linspace(11, 39, 20) * uS, np.tile([1.0, -2.0, 0.0, 0.5], 5)
    moved = step().apply(g, pulses, cells=BOUNDS, rng=np.random.default_rng(9))
    bounds = {name: torch.tensor(bound) for name, bound in BOUNDS.items()}
    in_torch = step().apply(
        torch.tensor(g), torch.tensor(pulses), cells=bounds, rng=np.random.default_rng(9)
    )
    np.testing.assert_allclose(in_torch.numpy(), moved, rtol=1e-12)


def test_changes_are_drawn_from_the_distribution_of_the_table():
    rng = np.random.default_rng(5)
    for point, mean, spread in zip(POINTS, MEANS, SPREADS, strict=True):
        half = np.sqrt(6) * spread
        law = stats.triang(0.5, loc=mean - half, scale=2 * half)
        g = np.full(40_000, point)
        changes = table().draw(g, rng.random(g.shape))
        assert stats.kstest(changes, law.cdf).pvalue > 0.01
        assert stats.kstest(mean + 0.95 * (changes - mean), law.cdf).pvalue < 0.01


def test_one_pulse_follows_the_table_and_nine_scatter_three_times_as_far():
    g, rng = np.full(40_000, 20 * uS), np.random.default_rng(6)
    one = step().apply(g, np.full(g.shape, 1.0), cells=BOUNDS, rng=rng) - g
    assert one.mean() == pytest.approx(2 * uS, abs=4 * 0.3 * uS / 200)
    # The lines between 41 points widen the triangle by 1.1 %.
    assert one.std() == pytest.approx(0.3 * uS, rel=0.02)
    down = step().apply(g, np.full(g.shape, -4.0), cells=BOUNDS, rng=rng) - g
    assert down.mean() == pytest.approx(-8 * uS, abs=4 * 0.6 * uS / 200)
    assert down.std() == pytest.approx(0.6 * uS, rel=0.02)
    assert down.std() != pytest.approx(1.2 * uS, rel=0.02)


def test_no_pulse_moves_nothing_and_no_pulse_takes_a_cell_past_its_bounds():
    device, rng = step(), np.random.default_rng(7)
    g = np.array([10.0, 25.0, 40.0, 41.0]) * uS
    assert (device.apply(g, np.zeros(4), cells=BOUNDS, rng=rng) == g).all()
    for pulses in (-100.0, 100.0):
        with pytest.warns(ModelRangeWarning, match="outside"):
            moved = device.apply(g, np.full(4, pulses), cells=BOUNDS, rng=rng)
        assert (moved >= 10 * uS).all()
        assert (moved <= 40 * uS).all()
    drawn = device.draw_cells((2,), rng=rng)
    assert drawn["lowest"].tolist() == [10 * uS] * 2
    assert drawn["highest"].tolist() == [40 * uS] * 2


def damaged(path, row, text):
    lines = write(path, table()).read_text().splitlines()
    lines[row - 1 : row] = [] if text is None else [text]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("row", "text", "message"),
    [
        (5, "1e-6,2e-6", "row 5: 2 changes, but there are 3 conductances"),
        (6, "1e-6,what,3e-6", "row 6, value 2: 'what' is not a finite number"),
        (2, "1e-5,nan,4e-5", "row 2, value 2: 'nan'"),
        (4, None, "40 rows of changes, but row 3 holds 41 probabilities"),
        (2, "4e-5,2e-5,1e-5", "conductances must be two or more and rise"),
        (44, "-1e-5,-1e-5,-1e-5", "fall from probability 0.975 to 1"),
    ],
)
def test_a_bad_file_is_refused_by_the_row_that_is_bad(tmp_path, row, text, message):
    with pytest.raises(CorruptFile, match=message):
        read_update_table(damaged(tmp_path / "dG_increasing.txt", row, text))


def test_a_file_that_is_too_short_is_refused(tmp_path):
    (tmp_path / "dG.txt").write_text("text\n1,2\n0,1\n")
    with pytest.raises(CorruptFile, match="has 2 rows of numbers"):
        read_update_table(tmp_path / "dG.txt")


def test_exchanged_tables_and_tables_of_different_ranges_are_refused():
    with pytest.raises(InvalidInput, match="exchanged"):
        LookUpStep(up=table(-1.0), down=table())
    other = UpdateTable(
        conductances=2 * POINTS, probabilities=LEVELS, changes=triangular(-MEANS, SPREADS)
    )
    with pytest.raises(InvalidInput, match="span one range"):
        LookUpStep(up=table(), down=other)
