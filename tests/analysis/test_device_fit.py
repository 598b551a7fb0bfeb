"""Planted devices come back from files, with what the files do not say."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pandas as pd
import pytest

from ohmloom.analysis.device_fit import FitSettings, fit_device, fitted_units
from ohmloom.devices.fitting.pulse_response import NominalDraws
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.pulse_updates.presets import gong_2018_soft_bounds
from ohmloom.devices.statistics.synaptogen.hennen_2022 import hennen_2022_order_1
from ohmloom.devices.stimulus import triangle_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput
from ohmloom.si import mA, ms, nm, ns, uA, uS

ON, OFF = "conduction.resistance_on", "conduction.resistance_off"
START = "initial position of the border"
STEP, HIGHEST, CENTRE = "population.step", "population.highest", "population.centre"
SWEEP = FitSettings(
    parameters=(ON, OFF, START),
    noise_absolute=20 * uA,
    noise_relative=0.02,
    starts={START: 1.2 * nm},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One file for each kind of measurement; what was planted stands in the tests."""
    place = tmp_path_factory.mktemp("measured")
    rng = np.random.default_rng(1)

    time = np.linspace(0, 400 * ns, 81)
    drive = triangle_sweep(1.0, 0.35, 400 * ns, cycles=1)
    device = kvatinsky_2015()
    device = replace(
        device, conduction=replace(device.conduction, resistance_on=70.0, resistance_off=1500.0)
    )
    clean = simulate_transient(device, drive, initial_state=[1 * nm], times=time).current[:, 0]
    noise = np.hypot(20 * uA, 0.02 * clean) * rng.standard_normal(clean.size)
    pd.DataFrame(
        {"t [ns]": time / ns, "V [mV]": 1e3 * drive.at(time), "I [uA]": (clean + noise) / uA}
    ).to_csv(place / "sweep.csv", index=False)

    update = gong_2018_soft_bounds()
    cells = update.draw_cells((1,), rng=NominalDraws())
    conductance, readings = np.array([12 * uS]), []
    train = np.repeat([1.0, -1.0, 1.0], 300)
    for pulse in train:
        conductance = conductance + update.step(conductance, np.array([pulse > 0]), cells=cells)
        conductance = conductance + 0.01 * uS * rng.standard_normal(1)
        readings.append(conductance[0])
    pd.DataFrame({"pulses": train, "G [uS]": np.array(readings) / uS}).to_csv(
        place / "pulses.csv", index=False
    )
    rows = np.zeros(
        train.size,
        dtype=[
            *((name, "f8") for name in ("current", "voltage", "pulse_width", "read_voltage")),
            ("op_type", "i8"),
        ],
    )
    rows["current"], rows["voltage"] = 0.2 * np.array(readings), train
    rows["read_voltage"], rows["op_type"] = 0.2, 3
    with h5py.File(place / "die.h5", "w") as file:
        for name in ("W03B12", "W01B02"):
            series = file.create_dataset(f"crosspoints/{name}/timeseries", data=rows)
            series.attrs["NROWS"] = train.size

    ages = np.geomspace(1, 1e5, 12)
    exponents = 0.05 + 0.01 * rng.standard_normal(40)
    drifting = 20 * ages ** -exponents[:, None] * (1 + 0.01 * rng.standard_normal((40, 12)))
    pd.DataFrame(
        {
            "cell": np.repeat(np.arange(40), 12),
            "time [s]": np.tile(ages, 40),
            "G [uS]": drifting.ravel(),
        }
    ).to_csv(place / "drift.csv", index=False)

    statistics = hennen_2022_order_1().cycles
    devices = statistics.draw_devices(12, rng=rng)
    cycles = statistics.draw_cycles(devices, 150, rng=rng)
    pd.DataFrame(
        {
            "device": np.tile(np.arange(12), 150),
            "cycle": np.repeat(np.arange(150), 12),
            "R_HRS [kohm]": cycles.hrs_resistance.ravel() / 1e3,
            "U_SET [mV]": 1e3 * cycles.set_voltage.ravel(),
            "R_LRS [kohm]": cycles.lrs_resistance.ravel() / 1e3,
            "U_RESET [V]": cycles.reset_voltage.ravel(),
        }
    ).to_csv(place / "cycles.csv", index=False)
    return place


def row(fit, name):
    return fit.table[fit.table["parameter"] == name].iloc[0]


def covers(fit, name, truth):
    found = row(fit, name)
    return found["from"] < truth < found["to"]


def test_a_sweep_gives_the_planted_resistances_back_with_units(folder):
    fit = fit_device(folder / "sweep.csv", "kvatinsky_2015", SWEEP)
    for name, truth, unit in ((ON, 70.0, "ohm"), (OFF, 1500.0, "ohm"), (START, 1 * nm, "m")):
        assert row(fit, name)["estimate"] == pytest.approx(truth, rel=0.05)
        assert row(fit, name)["unit"] == unit
    assert not covers(fit, OFF, 1000.0)  # where the search began
    assert fit.facts["rms"] == pytest.approx(1.0, abs=0.25)
    assert fit.parameters[OFF] == row(fit, OFF)["estimate"]
    assert fit.parameters["rate_off"] == 5e-4
    assert fit.determined == 3


def test_a_wrong_shape_is_said_and_not_hidden(folder):
    wrong = replace(SWEEP, parameters=(ON,), starts={START: 1 * nm})
    fit = fit_device(folder / "sweep.csv", "kvatinsky_2015", wrong)
    assert any("misses a part of the shape" in each for each in fit.statements)
    right = fit_device(folder / "sweep.csv", "kvatinsky_2015", SWEEP)
    assert not any("misses a part of the shape" in each for each in right.statements)


def test_what_the_data_do_not_determine_is_named_with_its_unit(folder):
    settings = replace(SWEEP, parameters=(ON, OFF), limits={OFF: (100.0, 1200.0)})
    fit = fit_device(folder / "sweep.csv", "kvatinsky_2015", settings)
    assert "upper limit, 1200 ohm" in fit.undetermined[OFF]
    assert fit.determined == 1


def test_the_initial_state_may_be_given_without_being_fitted(folder):
    settings = replace(SWEEP, parameters=(ON, OFF), starts={START: 1 * nm})
    given = fit_device(folder / "sweep.csv", "kvatinsky_2015", settings)
    assert given.parameters[START] == 1 * nm
    assert given.facts["rms"] == pytest.approx(1.0, abs=0.25)
    # Without it the device begins where its typical drive does, at 1.5 nm, which is wrong here.
    usual = fit_device(folder / "sweep.csv", "kvatinsky_2015", replace(settings, starts={}))
    assert usual.facts["rms"] > 1.5


def test_noise_that_was_not_given_is_said_to_be_taken(folder):
    settings = replace(SWEEP, noise_absolute=None, noise_relative=None)
    fit = fit_device(folder / "sweep.csv", "kvatinsky_2015", settings)
    assert "2% and" in fit.statements[0]
    assert row(fit, OFF)["estimate"] == pytest.approx(1500.0, rel=0.05)


def test_a_train_of_pulses_gives_the_planted_step_back(folder):
    settings = FitSettings(parameters=(STEP, HIGHEST), starts={STEP: 0.05 * uS, HIGHEST: 40 * uS})
    fit = fit_device(folder / "pulses.csv", "gong_2018_soft_bounds", settings)
    # Soft bounds of aihwkit's ReRamSB: 0.002 of a weight whose range of 2 is 20 uS.
    assert row(fit, STEP)["estimate"] == pytest.approx(0.02 * uS, rel=0.03)
    assert covers(fit, HIGHEST, 30 * uS)
    assert not covers(fit, HIGHEST, 40 * uS)  # where the search began
    assert fit.facts["cycle noise"] == pytest.approx(0.01 * uS, rel=0.15)


def test_a_cell_of_an_arc_file_is_the_same_train(folder):
    settings = FitSettings(parameters=(STEP,), cell="w3b12")
    fit = fit_device(folder / "die.h5", "gong_2018_soft_bounds", settings)
    same = fit_device(folder / "pulses.csv", "gong_2018_soft_bounds", replace(settings, cell=None))
    assert row(fit, STEP)["estimate"] == pytest.approx(row(same, STEP)["estimate"], rel=1e-6)
    with pytest.raises(InvalidInput, match=r"no cell was chosen; it holds 2 cell.*W01B02, W03B12"):
        fit_device(folder / "die.h5", "gong_2018_soft_bounds", replace(settings, cell=None))
    with pytest.raises(InvalidInput, match="no cell W09B09"):
        fit_device(folder / "die.h5", "gong_2018_soft_bounds", replace(settings, cell="W09B09"))
    with pytest.raises(InvalidInput, match="trains of pulses are read"):
        fit_device(folder / "die.h5", "kvatinsky_2015", SWEEP)


def test_a_retention_series_gives_the_planted_exponents_back(folder):
    fit = fit_device(folder / "drift.csv", "drift", FitSettings(resamples=50))
    assert covers(fit, "drift exponent", 0.05)
    assert row(fit, "spread of the drift exponent")["estimate"] == pytest.approx(0.01, rel=0.4)
    assert row(fit, "relative read noise")["estimate"] == pytest.approx(0.01, rel=0.15)
    assert "bootstrap from" in fit.table
    assert fit.statements[0] == "40 cell(s), 12 readings each, from 1 s to 1.16 d"


def test_cycles_give_the_planted_recursion_back(folder):
    fit = fit_device(folder / "cycles.csv", "cycles", FitSettings())
    truth = hennen_2022_order_1().cycles.memory
    rows = fit.table[fit.table["parameter"].str.endswith("1 back")]
    inside = (rows["from"] < truth.ravel()) & (truth.ravel() < rows["to"])
    assert inside.sum() >= 12  # of 16 intervals of 90 %
    assert not ((rows["from"] < 0) & (rows["to"] > 0)).all()
    assert row(fit, "mean of U_SET")["unit"] == "V"
    assert -0.8 < row(fit, "mean of U_SET")["estimate"] < -0.6
    resampled = fit_device(folder / "cycles.csv", "cycles", FitSettings(order=1, resamples=100))
    assert "intervals from 100 resamplings of devices" in resampled.statements


def test_a_fit_is_saved_whole_and_leaves_other_files_alone(folder, tmp_path):
    fit = fit_device(folder / "drift.csv", "drift", FitSettings())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("keep")
    out = fit.save(tmp_path / "out")
    assert {path.name for path in out.iterdir()} == {
        *("fit.png", "estimates.csv", "points.csv", "fit.json", "mine.txt"),
    }
    assert (out / "fit.png").read_bytes().startswith(b"\x89PNG")
    said = json.loads((out / "fit.json").read_text())
    table = pd.read_csv(out / "estimates.csv")
    assert [each["estimate"] for each in said["estimates"]] == table["estimate"].tolist()
    points = pd.read_csv(out / "points.csv")
    measured = pd.read_csv(folder / "drift.csv")["G [uS]"]
    np.testing.assert_allclose(points["conductance [S]"], measured * uS)
    np.testing.assert_allclose(
        points["residual of ln G [1]"],
        np.log(points["conductance [S]"] / points["model [S]"]),
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("file", "model", "settings", "panels"),
    [
        ("sweep.csv", "kvatinsky_2015", SWEEP, 3),
        ("pulses.csv", "gong_2018_soft_bounds", FitSettings(parameters=(STEP,)), 2),
        ("drift.csv", "drift", FitSettings(), 2),
        ("cycles.csv", "cycles", FitSettings(order=1), 4),
    ],
)
def test_figures_of_fits_name_the_file_and_label_all_axes(folder, file, model, settings, panels):
    sheet = fit_device(folder / file, model, settings).draw()
    assert len(sheet.axes) == panels
    for ax in sheet.axes:
        assert ax.get_xlabel()
        assert ax.get_ylabel()
    assert file in sheet.get_suptitle()


@pytest.mark.parametrize(
    ("file", "model", "settings", "complaint"),
    [
        ("sweep.csv", "kvatinsky_2015", FitSettings(), r"'rate_off' \(now 0.0005 m/s\)"),
        ("sweep.csv", "kvatinsky_2015", FitSettings(parameters=("r",)), "no such number; it has"),
        ("sweep.csv", "kvatinsky_2014", SWEEP, "did you mean kvatinsky_2015.*are fits too"),
        ("sweep.csv", "wan_2022", SWEEP, "published population"),
        ("sweep.csv", "kvatinsky_2015", replace(SWEEP, read_voltage=0.2), "read voltage says"),
        ("sweep.csv", "kvatinsky_2015", replace(SWEEP, limits={"rate_on": (1, 2)}), "not fitted"),
        ("drift.csv", "drift", FitSettings(compliance=1 * mA), "compliance says nothing"),
        ("drift.csv", "drift", FitSettings(accept_clipping=True), "accept clipping says nothing"),
        ("drift.csv", "cycles", FitSettings(), "R_HRS"),
        (
            "pulses.csv",
            "gong_2018_soft_bounds",
            FitSettings(parameters=(STEP,), cell="W1B1"),
            "arc",
        ),
        (
            "die.h5",
            "gong_2018_soft_bounds",
            FitSettings(parameters=(STEP,), read_voltage=0.1),
            "leave",
        ),
        ("none.csv", "drift", FitSettings(), "no file"),
        ("cycles.csv", "cycles", FitSettings(interval=1 * ms), "interval says nothing"),
    ],
)
def test_wrong_requests_are_refused_with_what_to_do(folder, file, model, settings, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        fit_device(folder / file, model, settings)


def test_units_of_what_can_be_fitted_are_those_of_the_docstrings():
    units = fitted_units("kvatinsky_2015")
    assert units["rate_off"] == "m/s"
    assert units[START] == "m"
    assert fitted_units("gong_2018_soft_bounds")[CENTRE] == "S"
    assert fitted_units("drift") == {}
