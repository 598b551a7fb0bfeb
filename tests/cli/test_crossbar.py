"""The verbs of `ohmloom crossbar` as a user types them."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.cli.app import app
from ohmloom.cli.crossbar import DrivenAt, GroundedAt

WIRES = ["--r-word-line", "2.5ohm", "--r-bit-line", "1.5ohm", "--voltage", "200mV"]


def run(*arguments):
    return CliRunner().invoke(app, ["crossbar", "solve", *map(str, arguments)])


@pytest.fixture
def cells():
    return np.random.default_rng(1).uniform(1e-6, 1e-4, (9, 14))


@pytest.fixture
def csv(tmp_path, cells):
    path = tmp_path / "cells.csv"
    np.savetxt(path, cells, delimiter=",", fmt="%.17g")
    return path


def test_a_table_of_conductances_and_wires_give_the_currents_of_the_solver(csv, cells, tmp_path):
    done = run(csv, *WIRES, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    expected = Crossbar(conductance=cells, r_word_line=2.5, r_bit_line=1.5).solve(np.full(9, 0.2))
    assert said["table"]["current [A]"] == pytest.approx(expected.output_current, rel=1e-10)
    assert said["power_in_cells"] == pytest.approx(expected.device_power.sum())
    ideal = 0.2 * cells.sum(axis=0)
    assert said["table"]["lost [%]"] == pytest.approx(
        100 * (1 - expected.output_current / ideal), rel=1e-8
    )
    folder = tmp_path / "out"
    assert (folder / "crossbar.png").stat().st_size > 10_000
    assert len(pd.read_csv(folder / "columns.csv")) == 14
    with np.load(folder / "solution.npz") as saved:
        assert saved["word_line_voltage"] == pytest.approx(expected.word_line_voltage)


def test_people_see_the_first_and_last_columns_and_where_the_power_goes(csv):
    done = run(csv, *WIRES)
    assert done.exit_code == 0, done.output
    assert "9 rows, 14 columns (first and last 6)" in done.stdout
    assert "in word lines" in done.stdout
    assert "Wires take" in done.stdout


def test_a_file_may_hold_wires_voltages_and_lines_that_float(tmp_path, cells):
    path = tmp_path / "array.npz"
    rng = np.random.default_rng(2)
    held = {
        "conductance": cells,
        "voltage": rng.uniform(-1.0, 1.0, 9),
        "bit_line_voltage": rng.uniform(0.0, 0.1, 14),
        "r_word_line": rng.uniform(1.0, 2.0, (9, 15)),
        "r_bit_line": np.array(3.0),
        "connected": rng.random(14) < 0.7,
    }
    np.savez(path, **held)
    done = run(path, "--driven-at", "both", "--grounded-at", "top", "--r-sense", "50ohm", "--json")
    assert done.exit_code == 0, done.output
    voltage, behind = held.pop("voltage"), held.pop("bit_line_voltage")
    crossbar = Crossbar(
        **held, r_sense=50.0, driven_at=WordLineEnds.BOTH, grounded_at=BitLineEnds.TOP
    )
    expected = crossbar.solve(voltage, bit_line_voltage=behind).output_current
    found = json.loads(done.stdout)["table"]["current [A]"]
    assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("missing", "message"),
    [(WIRES[:2], "--r-word-line 2.5ohm"), (WIRES[4:], "--voltage 0.2V")],
)
def test_what_is_missing_is_said_with_the_option_that_gives_it(csv, missing, message):
    done = run(csv, *[each for each in WIRES if each not in missing])
    assert done.exit_code == 2
    assert message in done.stderr


def test_files_that_cannot_be_read_are_refused(tmp_path, cells):
    (tmp_path / "text.csv").write_text("a,b\n1,2\n")
    (tmp_path / "broken.npz").write_bytes(b"not an archive")
    (tmp_path / "cells.txt").write_text("1")
    np.savez(tmp_path / "other.npz", weights=cells)
    np.savez(tmp_path / "more.npz", conductance=cells, colour=1.0)
    np.savez(tmp_path / "tiles.npz", conductance=np.ones((2, 3, 4)))
    for name in ("text.csv", "broken.npz", "cells.txt", "other.npz", "more.npz", "tiles.npz", "no"):
        done = run(tmp_path / name, *WIRES)
        assert done.exit_code == 2, name
        assert done.stderr.startswith("ohmloom: "), name


def test_the_ends_of_the_command_line_are_those_of_the_crossbar():
    assert [each.value for each in DrivenAt] == [each.value for each in WordLineEnds]
    assert [each.value for each in GroundedAt] == [each.value for each in BitLineEnds]
