"""What a sweep is asked to do, and which points follow."""

import numpy as np
import pytest

from ohmloom.circuits.sweep.spec import Design, NamedMeasure, Points, Range, SweepSpec, Values
from ohmloom.errors import InvalidInput


def spec(**changes):
    return SweepSpec(
        **{"circuit": "dpi_neuron", "measures": ("rate",)} | changes  # type: ignore[arg-type]
    )


def test_points_are_the_product_with_the_samples_running_fastest():
    points = Points(
        spec(
            corners=("tt", "ss"),
            temperatures=(290.0, 300.0),
            parameters={"a": Values(values=(1.0, 2.0, 3.0)), "b": Values(values=(5.0,))},
            samples=4,
        )
    )
    assert points.count == 2 * 2 * 3 * 4
    columns = points.columns(np.arange(points.count))
    assert columns["sample"][:5].tolist() == [0, 1, 2, 3, 0]
    assert columns["a"][[0, 4, 8, 12]].tolist() == [1.0, 2.0, 3.0, 1.0]
    assert columns["temperature"][[0, 12, 24]].tolist() == [290.0, 300.0, 290.0]
    assert columns["corner"][[0, 23, 24]].tolist() == ["tt", "tt", "ss"]
    assert set(columns["b"]) == {5.0}
    rows = {tuple(columns[name][i] for name in columns) for i in range(points.count)}
    assert len(rows) == points.count
    some = points.columns(np.array([7, 3]))
    assert some["sample"].tolist() == [3, 3]


def test_a_nominal_sweep_has_no_sample():
    assert Points(spec()).columns(np.arange(1))["sample"].tolist() == [-1]


@pytest.mark.parametrize("design", Design)
def test_a_design_covers_each_range_evenly_and_is_that_of_its_seed(design):
    ranges = {"a": Range(low=1.0, high=3.0), "b": Range(low=1e-12, high=1e-9, logarithmic=True)}
    made = [
        Points(spec(parameters=ranges, design=design, design_points=64, seed=seed)).columns(
            np.arange(64)
        )
        for seed in (1, 1, 2)
    ]
    share = (made[0]["a"] - 1.0) / 2.0
    decades = np.log10(made[0]["b"] / 1e-12) / 3.0
    for each in (share, decades):
        # One point in each of 64 slices.
        assert sorted(np.floor(each * 64).astype(int)) == list(range(64))
    assert (made[0]["a"] == made[1]["a"]).all()
    assert (made[0]["a"] != made[2]["a"]).any()
    assert abs(np.corrcoef(share, decades)[0, 1]) < 0.3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"circuit": None}, "either a circuit or a netlist"),
        ({"netlist": "a.cir"}, "either a circuit or a netlist"),
        ({"measures": ()}, "nothing is measured"),
        (
            {"named_measures": (NamedMeasure(name="rate", kind="rate"),)},
            "named twice",
        ),
        ({"temperatures": ()}, "one or more"),
        ({"temperatures": (-3.0,)}, "above zero"),
        ({"samples": -1}, "not be negative"),
        ({"design_points": 5}, "give both or neither"),
        ({"parameters": {"a": Range(low=1.0, high=2.0)}}, "give both or neither"),
        ({"time_limit": 0.0}, "above zero"),
    ],
)
def test_a_spec_that_asks_for_nothing_or_contradicts_itself_is_refused(changes, message):
    with pytest.raises(InvalidInput, match=message):
        spec(**changes)


def test_values_and_ranges_that_are_none_are_refused():
    with pytest.raises(InvalidInput, match="no values at all"):
        Values(values=())
    with pytest.raises(InvalidInput, match="not all finite"):
        Values(values=(np.inf,))
    with pytest.raises(InvalidInput, match="cannot be spread"):
        Range(low=2.0, high=1.0)
    with pytest.raises(InvalidInput, match="in decades"):
        Range(low=0.0, high=1.0, logarithmic=True)
