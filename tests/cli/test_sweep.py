"""`ohmloom sweep`: runs, goes on, shows, and refuses with exit code 2."""

import json

import pytest
from typer.testing import CliRunner

from ohmloom.cli.app import app

FILE = """
circuit = "tau_cell"
engine = "theory"
measures = ["time_constant", "bandwidth"]
temperatures = ["0 degC", "27 degC", "85 degC"]
[parameters]
capacitance = { from = "0.5 pF", to = "4 pF", points = 4, scale = "log" }
"""


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tau.toml"
    path.write_text(FILE)
    return path


def test_a_sweep_runs_into_a_folder_beside_its_file_and_says_what_came(file):
    told = run("sweep", file, "--workers", 1).stdout
    assert "12 points, 0 failed" in told
    assert "time_constant" in told
    assert (file.parent / "tau" / "manifest.json").exists()
    again = json.loads(run("sweep", file, "--workers", 1, "--json").stdout)
    assert again["points"] == 12
    assert again["measures"]["time_constant"]["unit"] == "s"


def test_options_may_stand_before_the_file(file):
    run("sweep", "--workers", 1, "--out", file.parent / "there", file)
    assert (file.parent / "there" / "manifest.json").exists()


def test_columns_are_shown_drawn_and_written(file):
    run("sweep", file, "--workers", 1)
    folder = file.parent / "tau"
    table = run("sweep", "show", folder).stdout
    assert "capacitance [F]" in table
    picture, csv = file.parent / "tau.svg", file.parent / "tau.csv"
    columns = "capacitance,time_constant,temperature"
    arguments = ("sweep", "show", folder, "--columns", columns, "--plot", picture, "--csv", csv)
    held = json.loads(run(*arguments, "--json").stdout)
    assert held["points"] == held["measured"] == 12
    assert len(held["rows"]) == 12
    assert held["rows"][0]["count"] == 1
    assert picture.read_bytes().startswith(b"<?xml")
    header = csv.read_text().splitlines()[0]
    assert header == "capacitance [F],temperature [K],median [s],low [s],high [s],count"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("tau_cell", "tau_sell", "did you mean tau_cell"),
        ("capacitance =", "capacitanse =", "did you mean capacitance"),
        ('"bandwidth"', '"bandwith"', "did you mean bandwidth"),
        ('"4 pF"', '"4 pX"', "unknown unit"),
        ("points = 4", "points = 0", "grid of 0 points"),
        ("points = 4", "points = 40000", "120000 points, more than 100000"),
    ],
)
def test_what_cannot_be_done_is_a_message_and_exit_code_2(file, old, new, message):
    file.write_text(FILE.replace(old, new))
    told = run("sweep", file, "--workers", 1, code=2)
    assert message in told.stderr
    assert not (file.parent / "tau").exists()


def test_a_folder_with_another_sweep_and_a_cluster_that_is_not_there_are_refused(file, monkeypatch):
    run("sweep", file, "--workers", 1)
    file.write_text(FILE.replace("4 pF", "8 pF"))
    assert "another sweep" in run("sweep", file, code=2).stderr
    pytest.importorskip("distributed")
    monkeypatch.setattr("ohmloom.circuits.sweep.cluster.CONNECT_TIME", 0.5)
    told = run("sweep", file, "--out", file.parent / "x", "--cluster", "tcp://127.0.0.1:9", code=2)
    assert "no Dask scheduler answers" in told.stderr


def test_showing_what_is_not_there_is_refused(file):
    assert "holds no sweep" in run("sweep", "show", file.parent, code=2).stderr
    run("sweep", file, "--workers", 1)
    folder = file.parent / "tau"
    for arguments, message in (
        (("--columns", "capacitance"), "two or three columns"),
        (("--columns", "capacitance,nothing"), "no column 'nothing'"),
        (("--columns", "capacitance,corner"), "holds no numbers"),
        (("--plot", file.parent / "a.svg"), "--plot needs --columns"),
        (("--columns", "capacitance,bandwidth", "--plot", file.parent / "a.bmp"), "picture"),
    ):
        assert message in run("sweep", "show", folder, *arguments, code=2).stderr
