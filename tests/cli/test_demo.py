"""The verbs `demo` and `calibrate` as a user types them."""

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmloom.calibration.record import CalibrationRecord
from ohmloom.cli.app import app
from ohmloom.mapping import training

TWO_TILES = 'model = "crossbar-64"\nserial = 4\ntiles = 2\n'


@pytest.fixture
def chip_file(tmp_path: Path) -> Path:
    path = tmp_path / "chip.toml"
    path.write_text(TWO_TILES)
    return path


@pytest.fixture
def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("plain_settings", "noise_aware_settings"):
        settings = dataclasses.replace(getattr(training, name)(), hidden=(20,), epochs=5)
        monkeypatch.setattr(training, name, lambda settings=settings: settings)


@pytest.mark.usefixtures("small_networks")
def test_demo_writes_a_report_and_speaks_json(tmp_path: Path, chip_file: Path) -> None:
    out = tmp_path / "out"
    arguments = ["demo", "--chips", "1", "--out", str(out), "--chip-file", str(chip_file)]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["chips"] == [4]
    assert {goal["met"] for goal in result["goals"]} <= {True, False}
    assert len(result["accuracy"]) == 16
    assert Path(result["report"]).is_file()
    assert "training the noise-aware network" in done.stderr


@pytest.mark.usefixtures("small_networks")
def test_demo_ends_with_a_table_and_the_name_of_the_report(tmp_path: Path, chip_file: Path) -> None:
    out = tmp_path / "out"
    arguments = ["demo", "--chips", "1", "--out", str(out), "--chip-file", str(chip_file)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "noise-aware, calibrated chip" in done.stdout
    assert str(out / "report.html") in done.stdout.splitlines()[-1]


def test_calibrate_saves_a_record_that_loads(tmp_path: Path, chip_file: Path) -> None:
    out = tmp_path / "record"
    done = CliRunner().invoke(app, ["calibrate", str(chip_file), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    record = CalibrationRecord.load(out)
    assert summary["masks"]["stuck cells"] == record.masks["stuck cells"].sum()
    assert record.chip.serial == 4


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (TWO_TILES + "tile = 3\n", "did you mean tiles?"),
        (TWO_TILES + '[spread]\nadc_offset = "5 A"\n', "V is expected"),
        (TWO_TILES + "[spread]\nadc_offset = 5\n", "with its unit"),
        ("model = \n", "not TOML"),
    ],
)
@pytest.mark.parametrize("verb", ["calibrate", "demo"])
def test_a_wrong_chip_file_ends_with_a_message_and_nothing_written(
    tmp_path: Path, verb: str, content: str, complaint: str
) -> None:
    path, out = tmp_path / "chip.toml", tmp_path / "out"
    path.write_text(content)
    where = [str(path)] if verb == "calibrate" else ["--chip-file", str(path)]
    done = CliRunner().invoke(app, [verb, *where, "--out", str(out)])
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.output
    assert not any(out.glob("*"))


@pytest.mark.parametrize("verb", ["calibrate", "demo"])
def test_an_output_folder_below_a_file_is_refused_before_the_work(
    tmp_path: Path, chip_file: Path, verb: str
) -> None:
    (tmp_path / "file").touch()
    where = [str(chip_file)] if verb == "calibrate" else []
    done = CliRunner().invoke(app, [verb, *where, "--out", str(tmp_path / "file" / "out")])
    assert done.exit_code == 2
    assert "file" in done.stderr
    assert "training" not in done.stderr


def test_demo_refuses_a_chip_too_small_for_its_network(tmp_path: Path) -> None:
    path, out = tmp_path / "chip.toml", tmp_path / "out"
    path.write_text(TWO_TILES)
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("plain_settings", "noise_aware_settings"):
            settings = dataclasses.replace(getattr(training, name)(), epochs=1)
            monkeypatch.setattr(training, name, lambda settings=settings: settings)
        done = CliRunner().invoke(app, ["demo", "--chip-file", str(path), "--out", str(out)])
    assert done.exit_code == 2
    assert "8 tiles" in done.stderr
    assert not any(out.glob("*"))


def test_calibrating_again_says_what_has_changed(tmp_path: Path, chip_file: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run = CliRunner()
    assert run.invoke(app, ["calibrate", str(chip_file), "--out", str(first)]).exit_code == 0
    again = ["calibrate", str(chip_file), "--out", str(second), "--seed", "5"]
    done = run.invoke(app, [*again, "--against", str(first), "--json"])
    assert done.exit_code == 0, done.output
    changes = {row["quantity"]: row["changed"] for row in json.loads(done.stdout)["changes"]}
    assert changes["column gain"] == 0
    assert "Changes since" in run.invoke(app, [*again, "--against", str(first)]).stdout


@pytest.mark.parametrize("harm", ["another chip", "cut off", "missing"])
def test_a_record_that_cannot_be_used_ends_with_a_message(
    tmp_path: Path, chip_file: Path, harm: str
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    run = CliRunner()
    if harm != "missing":
        assert run.invoke(app, ["calibrate", str(chip_file), "--out", str(first)]).exit_code == 0
    if harm == "another chip":
        chip_file.write_text(TWO_TILES.replace("serial = 4", "serial = 5"))
    if harm == "cut off":
        arrays = first / "arrays.npz"
        arrays.write_bytes(arrays.read_bytes()[:-100])
    done = run.invoke(
        app, ["calibrate", str(chip_file), "--out", str(second), "--against", str(first)]
    )
    assert done.exit_code == 2
    complaint = {"another chip": "#5", "cut off": "cut off", "missing": "no calibration record"}
    assert complaint[harm] in done.stderr
    assert "calibrating" not in done.stderr  # met before the work
    assert "Traceback" not in done.output
    assert not second.exists()
