"""The verbs of `ohmloom devices` as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ohmloom.analysis.device_description import DeviceKind, device_names
from ohmloom.cli.app import app
from ohmloom.cli.devices import Kind
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.stimulus import triangle_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.si import nm, ns, uA

OFF = "conduction.resistance_off"


def run(*arguments):
    return CliRunner().invoke(app, ["devices", *map(str, arguments)])


@pytest.fixture(scope="module")
def sweep_file(tmp_path_factory):
    """VTEAM from 1 nm on, with 20 uA of noise; the header of the voltage says no unit."""
    path = tmp_path_factory.mktemp("measured") / "sweep.csv"
    time = np.linspace(0, 400 * ns, 61)
    drive = triangle_sweep(1.0, 0.35, 400 * ns, cycles=1)
    clean = simulate_transient(kvatinsky_2015(), drive, initial_state=[1 * nm], times=time)
    noise = 20 * uA * np.random.default_rng(1).standard_normal(time.size)
    pd.DataFrame(
        {
            "time [ns]": time / ns,
            "Vdut": 1e3 * drive.at(time),
            "I [uA]": (clean.current[:, 0] + noise) / uA,
        }
    ).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def drift_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("measured") / "drift.csv"
    time = np.geomspace(1, 1e4, 9)
    rng = np.random.default_rng(2)
    cells = [20 * time**-nu * (1 + 0.01 * rng.standard_normal(9)) for nu in (0.03, 0.05, 0.07)]
    pd.DataFrame(
        {
            "cell": np.repeat([0, 1, 2], 9),
            "time [s]": np.tile(time, 3),
            "G [uS]": np.concatenate(cells),
        }
    ).to_csv(path, index=False)
    return path


def fitted(sweep_file, *more):
    return run(
        *("fit", sweep_file, "--model", "kvatinsky_2015", "--parameter", OFF),
        *("--column", "voltage=Vdut:mV", "--start", "initial position of the border=1nm"),
        *("--noise-absolute", "20uA", *more),
    )


def test_help_names_the_four_verbs_and_loads_nothing_heavy():
    done = run("--help")
    assert done.exit_code == 0
    for verb in ("list", "show", "plot", "fit"):
        assert f"\n  {verb} " in done.stdout
    code = (
        "import sys; import ohmloom.cli.app; "
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'torch', 'numba'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_verbs_have_a_line_in_the_documentation():
    told = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text()
    assert "| `devices` |" in told
    for group in app.registered_groups:
        assert f"| `{group.name}` |" in told


def test_the_kinds_of_the_command_line_are_those_of_the_catalogue():
    assert [kind.value for kind in Kind] == [kind.value for kind in DeviceKind]


def test_the_list_holds_every_device_for_people_and_for_machines():
    done = run("list")
    assert done.exit_code == 0, done.output
    for name in device_names():
        assert f" {name} " in done.stdout  # whole, not cut off
    assert ".." not in done.stdout
    said = json.loads(run("list", "--json").stdout)["devices"]
    assert [each["name"] for each in said] == device_names()
    assert all(each["description"] and each["range"] and each["variables"] for each in said)


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_the_list_can_be_of_one_kind(kind):
    said = json.loads(run("list", "--kind", kind.value, "--json").stdout)["devices"]
    assert [each["name"] for each in said] == device_names(kind)
    assert {each["kind"] for each in said} == {kind.value}


def test_show_says_where_a_model_comes_from_and_all_its_numbers():
    done = run("show", "kvatinsky_2015")
    assert done.exit_code == 0, done.output
    for part in (
        "Source: S. Kvatinsky",
        "threshold_off 20 mV Voltage v_off above which",
        "state_off 3 nm Position of the border when fully OFF",
        "position of the border 0 m 3 nm no",
        "Typical drive: to 1 V and -1 V in 20 ns",
    ):
        assert part in " ".join(done.stdout.split())
    said = json.loads(run("show", "kvatinsky_2015", "--json").stdout)
    values = {each["name"]: (each["value"], each["unit"]) for each in said["parameters"]}
    assert values["threshold_off"] == (0.02, "V")
    assert said["state_variables"][0]["highest"] == 3 * nm
    assert said["typical_drive"]["period"] == 2e-8


@pytest.mark.parametrize("name", ["wan_2022", "gong_2018_exponential", "hennen_2022"])
def test_show_speaks_of_every_kind(name):
    done = run("show", name)
    assert done.exit_code == 0, done.output
    assert "Variables: " in done.stdout
    assert json.loads(run("show", name, "--json").stdout)["typical_drive"] is None


@pytest.mark.parametrize("verb", ["show", "plot"])
def test_an_unknown_name_exits_2_with_those_that_look_alike(verb, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(verb, "wan_2021")
    assert done.exit_code == 2
    assert "did you mean wan_2022" in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_a_plot_is_a_picture_with_the_name_of_the_device(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("plot", "li_2018_capacitor")
    assert (done.exit_code, done.stdout) == (0, "Picture: li_2018_capacitor.png\n")
    assert Path("li_2018_capacitor.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["li_2018_capacitor.png"]


def test_a_plot_in_another_format_with_its_numbers(tmp_path):
    file = tmp_path / "new" / "cells.svg"
    done = run("plot", "wan_2022", "--out", file, "--seed", 3, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["picture"], said["kind"], said["seed"]) == (str(file), "statistics", 3)
    assert len(said["mean"]) == len(said["targets"]) == 5
    assert b"<svg" in file.read_bytes()[:500]
    again = tmp_path / "again.svg"
    run("plot", "wan_2022", "--out", again, "--seed", 3)
    assert again.read_bytes() == file.read_bytes()
    run("plot", "wan_2022", "--out", again, "--seed", 4)
    assert again.read_bytes() != file.read_bytes()


def test_a_picture_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    for out, complaint in (("picture.jpg", "end in .png"), ("file/loop.png", "cannot write")):
        done = run("plot", "li_2018_capacitor", "--out", tmp_path / out)
        assert done.exit_code == 2
        assert complaint in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_sweep_is_fitted_and_written_to_a_folder(sweep_file, tmp_path):
    out = tmp_path / "deep" / "out"
    done = fitted(sweep_file, "--limits", f"{OFF}=100ohm:10kohm", "--out", out)
    assert done.exit_code == 0, done.output
    assert f" {OFF} " in done.stdout
    assert f"Figure, tables and numbers: {out}" in done.stdout
    assert "fitting kvatinsky_2015 to sweep.csv" in done.stderr
    said = json.loads((out / "fit.json").read_text())
    assert said["parameters"][OFF] == pytest.approx(1000.0, rel=0.03)
    assert sorted(path.name for path in out.iterdir()) == [
        *("estimates.csv", "fit.json", "fit.png", "points.csv"),
    ]


def test_a_fit_speaks_json(drift_file):
    done = run("fit", drift_file, "--model", "drift", "--resamples", 20, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    (exponent, *_) = said["estimates"]
    assert exponent["parameter"] == "drift exponent"
    assert exponent["from"] < 0.05 < exponent["to"]
    assert said["folder"] is None


def test_a_fit_that_determines_nothing_says_why_and_exits_1(sweep_file):
    done = fitted(sweep_file, "--limits", f"{OFF}=100ohm:500ohm", "--start", f"{OFF}=300ohm")
    assert done.exit_code == 1
    assert f"Not determined: {OFF}: it runs into its upper limit, 500 ohm" in done.stdout


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("--parameter", "resistance"), "no such number; it has"),
        (("--noise-relative", "0.1", "--interval", "3 volts"), "unknown unit"),
        (("--start", "rate_off=nan"), "not a finite number"),
        (("--compliance", "1"), "has no unit"),
        (("--start", "rate_off=fast"), "not a number; write it in m/s"),
        (("--start", "rate_off"), "form NAME=VALUE"),
        (("--start", "rate_off=1", "--start", "rate_off=2"), "twice"),
        (("--start", "threshold_off=0.3"), "has no unit"),
        (("--limits", f"{OFF}=3kohm"), "LOW:HIGH"),
        (("--limits", f"{OFF}=3kohm:1kohm"), "not below"),
        (("--column", "current=Imem:A"), "no column 'Imem'"),
        (("--compliance", "100uA"), "accepting the clipping"),
        (("--cell", "W01B01"), "cell says nothing"),
    ],
)
def test_wrong_use_exits_2_with_a_message_and_nothing_written(
    sweep_file, tmp_path, more, complaint
):
    out = tmp_path / "out"
    done = fitted(sweep_file, *more, "--out", out)
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""
    assert not out.exists()


def test_an_output_folder_below_a_file_is_refused_before_the_work(drift_file, tmp_path):
    (tmp_path / "file").touch()
    done = run("fit", drift_file, "--model", "drift", "--out", tmp_path / "file" / "out")
    assert done.exit_code == 2
    assert "is a file" in done.stderr
    assert "fitting" not in done.stderr


def test_a_unit_that_is_missing_in_the_file_is_asked_for(sweep_file):
    done = run("fit", sweep_file, "--model", "kvatinsky_2015", "--parameter", OFF)
    assert done.exit_code == 2
    assert "no column for the voltage" in done.stderr
