"""Every script in examples/ runs, and says something true."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_has_a_test_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {
        "calibrate_one_chip",
        "fi_curves",
        "fit_measurements",
        "network_on_a_chip",
        "neuron_mismatch",
        "one_device_three_ways",
        "read_margin",
        "wire_loss",
    }


def test_a_calibrated_chip_has_gains_round_one_and_no_failed_column() -> None:
    summary = load("calibrate_one_chip").main(tiles=1).set_index("quantity")
    assert summary.loc["column gain", "median"] == pytest.approx(1.0, abs=0.03)
    assert summary.loc["column gain", "failed"] == 0


def test_a_network_keeps_its_accuracy_on_the_chip_for_two_days() -> None:
    accuracy = load("network_on_a_chip").main(epochs=60)
    assert len(accuracy) == 4
    assert min(accuracy.values()) > 0.85  # guessing gives a third


def test_wires_take_more_from_larger_arrays_and_from_the_far_column() -> None:
    table = load("wire_loss").main().set_index("size")
    assert table["last column"].is_monotonic_increasing
    # Uniform arrays of 10 kohm and 1 ohm, by an independent nodal solver.
    assert table.loc[16].to_list() == pytest.approx([0.0108, 0.0225], abs=5e-5)
    assert table.loc[64].to_list() == pytest.approx([0.1243, 0.2599], abs=5e-5)
    assert (table["last column"] > table["first column"]).all()


def test_the_loop_leaves_cells_close_to_what_was_asked_for() -> None:
    table = load("one_device_three_ways").main(cells=600)
    assert (table["error [mS]"].abs() < 0.3).all()
    assert table["spread [mS]"].between(0.03, 0.3).all()


def test_the_planted_parameters_lie_in_or_near_their_intervals() -> None:
    tables = load("fit_measurements").main()
    truth = {
        "sweep": (50.0, 1000.0, 5e-4),
        "retention": (0.05, 0.01, 0.02),
    }
    for name, planted in truth.items():
        table, values = tables[name], np.array(planted)
        wide = table["to"] - table["from"]
        assert table["determined"].all()
        assert (table["from"] - wide <= values).all()
        assert (table["to"] + wide >= values).all()
    bounds = tables["pulses"].set_index("parameter")["estimate"]
    assert bounds["population.highest"] == pytest.approx(42e-6, rel=0.05)


@pytest.mark.spice
def test_a_neuron_fires_faster_with_more_current_less_leak_and_more_heat(tmp_path) -> None:
    table = load("fi_curves").main(points=2, folder=str(tmp_path))
    rates = table.set_index(["temperature", "leak_current", "input_current"])["rate"].unstack()
    assert (rates.iloc[:, 1] > rates.iloc[:, 0]).all()
    strong = rates.iloc[:, 1].unstack()
    assert (np.diff(strong.to_numpy(), axis=0) > 0).all()
    assert (np.diff(strong.to_numpy(), axis=1) < 0).all()
    assert (tmp_path / "fi_curves" / "fi_curves.png").exists()


@pytest.mark.spice
@pytest.mark.slow
def test_the_time_constant_of_a_thousand_neurons_scatters_as_the_closed_form_says(
    tmp_path,
) -> None:
    summary = load("neuron_mismatch").main(samples=200, folder=str(tmp_path))
    row = summary.loc["time constant [s]"]
    # The deviation of a standard deviation of 200 numbers is 5 %.
    assert row.iloc[1] == pytest.approx(row.iloc[2], rel=0.15)
    assert summary.loc["rate [Hz]"].iloc[1] == pytest.approx(0.10, abs=0.02)


@pytest.mark.spice
def test_wires_and_narrow_transistors_take_margin(tmp_path) -> None:
    margin = load("read_margin").main(folder=str(tmp_path)).to_numpy()
    assert (np.diff(margin, axis=0) < 0).all()
    assert (np.diff(margin, axis=1) > 0).all()
