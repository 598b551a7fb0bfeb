"""`ohmloom circuits`: lists, shows and draws the catalogue."""

import json

import pytest
from typer.testing import CliRunner

from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.cli.app import app


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["circuits", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def test_every_circuit_is_listed_with_its_measures():
    told = run("list").stdout
    held = json.loads(run("list", "--json").stdout)["circuits"]
    assert [each["name"] for each in held] == list(CIRCUITS)
    for each in held:
        assert each["name"] in told
        assert each["measures"]
        assert each["description"].endswith(".")


def test_a_circuit_is_shown_with_parameters_in_units_and_what_theory_says():
    told = run("show", "tau_cell").stdout
    assert "5 pA" in told
    assert "5.17" in told
    held = json.loads(run("show", "tau_cell", "--json").stdout)
    units = {each["name"]: each["unit"] for each in held["parameters"]}
    assert units["bias_current"] == "A"
    theory = {each["name"]: each["theory"] for each in held["measures"]}
    assert theory["time_constant"] == pytest.approx(5.173e-3, rel=1e-3)


@pytest.mark.spice
def test_a_circuit_is_simulated_measured_and_drawn(tmp_path):
    picture = tmp_path / "tau.svg"
    told = run("plot", "tau_cell", "--out", picture).stdout
    assert "time_constant: 4.99" in told
    assert picture.read_bytes().startswith(b"<?xml")
    held = json.loads(
        run("plot", "tau_cell", "--bench", "response", "--out", picture, "--json").stdout
    )
    assert held["axis"]["name"] == "frequency"
    assert held["measures"]["gain"]["value"] == pytest.approx(1.018, abs=1e-3)


def test_what_is_not_there_is_refused_with_what_is():
    assert "did you mean tau_cell" in run("show", "tau_sell", code=2).stderr
    assert "has no bench 'x'; it has step, response" in run(
        "plot", "tau_cell", "--bench", "x", code=2
    ).stderr  # fmt: skip
    assert "picture" in run("plot", "tau_cell", "--out", "a.bmp", code=2).stderr
