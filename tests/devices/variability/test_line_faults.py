import numpy as np
import pytest
from scipy import stats

from ohmloom.devices.variability.line_faults import both, draw_bad_lines, draw_line_faults
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput
from ohmloom.si import uS


def lines(rate, mean_group, seed=1):
    return draw_bad_lines(40_000, rate=rate, mean_group=mean_group, rng=np.random.default_rng(seed))


def groups(bad):
    """Lengths of the runs of bad lines."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]]).astype(int)))
    return edges[1::2] - edges[::2]


def test_without_clustering_lines_fail_as_independently_as_a_binomial_law_says():
    bad = lines(0.1, 1 / 0.9)
    assert stats.binomtest(int(bad.sum()), 40_000, 0.1).pvalue > 0.01
    assert stats.binomtest(int((bad[1:] & bad[:-1]).sum()), 39_999, 0.01).pvalue > 0.01
    clustered = lines(0.1, 3.0)
    both_bad = int((clustered[1:] & clustered[:-1]).sum())
    assert stats.binomtest(both_bad, 39_999, 0.01).pvalue < 0.01  # groups would be noticed


def test_groups_are_as_long_as_asked_and_geometric():
    lengths = groups(lines(0.1, 3.0, seed=2))
    assert lengths.mean() == pytest.approx(3.0, rel=0.05)
    for mean, agrees in ((3.0, True), (2.5, False)):
        law = stats.geom(1 / mean)
        expected = len(lengths) * np.append(law.pmf(np.arange(1, 8)), law.sf(7))
        seen = np.bincount(np.minimum(lengths, 8), minlength=9)[1:]
        p = stats.chi2(7).sf(float(((seen - expected) ** 2 / expected).sum()))
        assert (p > 0.01) == agrees


def test_clustering_leaves_the_share_of_bad_lines_alone():
    # Groups make the count noisier, so the mean of many arrays is compared.
    share = np.mean([lines(0.05, 4.0, seed).mean() for seed in range(5)])
    assert share == pytest.approx(0.05, rel=0.05)


def test_the_first_line_is_as_likely_to_be_bad_as_any_other():
    rng = np.random.default_rng(2)
    first = sum(draw_bad_lines(1, rate=0.3, mean_group=5.0, rng=rng)[0] for _ in range(2000))
    assert stats.binomtest(int(first), 2000, 0.3).pvalue > 0.01


def test_a_bad_row_takes_all_its_cells_with_it():
    faults = draw_line_faults(
        (60, 80),
        row_rate=0.1,
        column_rate=0.05,
        mean_group=2.0,
        conductance=0.5 * uS,
        rng=np.random.default_rng(3),
    )
    rows, columns = faults.mask.all(axis=1), faults.mask.all(axis=0)
    assert rows.any()
    assert columns.any()
    assert (faults.mask == (rows[:, None] | columns[None, :])).all()
    assert (faults.conductance[faults.mask] == 0.5 * uS).all()


def test_lines_win_over_cells_where_both_are_at_fault():
    line = StuckCells(mask=np.array([True, False, True]), conductance=np.array([1.0, 9.0, 1.0]))
    cell = StuckCells(mask=np.array([True, True, False]), conductance=np.array([2.0, 2.0, 9.0]))
    together = both(line, cell)
    assert together.mask.all()
    assert together.conductance.tolist() == [1.0, 2.0, 1.0]
    with pytest.raises(InvalidInput, match="one shape"):
        both(line, StuckCells(mask=np.zeros(2, dtype=bool), conductance=np.zeros(2)))


@pytest.mark.parametrize(
    ("rate", "mean_group", "said"), [(1.0, 2.0, "rate"), (-0.1, 2.0, "rate"), (0.5, 1.9, "chance")]
)
def test_rates_and_groups_that_cannot_be_are_refused(rate, mean_group, said):
    with pytest.raises(InvalidInput, match=said):
        lines(rate, mean_group)
