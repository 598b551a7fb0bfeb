"""The whole chain on small chips: what it promises, however it is run."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from ohmloom.analysis.calibration_check import check_calibration
from ohmloom.analysis.digits import handwritten_digits
from ohmloom.analysis.first_light import chain
from ohmloom.analysis.first_light.chain import (
    AGES,
    CALIBRATED,
    FLOAT,
    NOISE_AWARE,
    UNCALIBRATED,
    FirstLight,
    FirstLightSettings,
    run_first_light,
)
from ohmloom.analysis.first_light.goals import accuracy_summary, first_light_verdicts
from ohmloom.analysis.first_light.report import write_first_light
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.errors import DoesNotFit, InvalidInput
from ohmloom.mapping import training
from ohmloom.si import day, second
from ohmloom.workers import run_tasks


def small_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty hidden neurons fit two tiles and train in a second."""
    for name in ("plain_settings", "noise_aware_settings"):
        settings = dataclasses.replace(getattr(training, name)(), hidden=(30,), epochs=40)
        monkeypatch.setattr(training, name, lambda settings=settings: settings)


@pytest.fixture(scope="module")
def result() -> FirstLight:
    with pytest.MonkeyPatch.context() as monkeypatch:
        small_networks(monkeypatch)
        return run_first_light(
            FirstLightSettings(serials=(0, 1), datasheet=crossbar_64(tiles=2), workers=1)
        )


def test_calibration_and_noise_aware_training_bring_the_accuracy_back(result: FirstLight) -> None:
    lost_raw = result.float_accuracy - result.median_accuracy(UNCALIBRATED, 1 * second)
    lost = result.float_accuracy - result.median_accuracy(NOISE_AWARE, 1 * second)
    assert result.float_accuracy > 0.93
    assert lost < 0.06
    assert lost_raw > lost + 0.05


def test_every_chip_variant_and_age_has_its_line(result: FirstLight) -> None:
    table = result.accuracy_table()
    assert len(table) == 2 * 4 * len(AGES)
    assert set(table["variant"]) == {FLOAT, UNCALIBRATED, CALIBRATED, NOISE_AWARE}
    assert table["accuracy"].between(0.0, 1.0).all()
    assert len(result.programming_table()) == 2 * 3
    assert len(result.calibration_table()) == 2


def test_accuracy_is_the_diagonal_of_the_confusion(result: FirstLight) -> None:
    for chip in result.chips:
        for variant in chip.variants:
            for age in AGES:
                counts = variant.confusion[age]
                assert np.trace(counts) / counts.sum() == variant.accuracy[age]


def test_results_do_not_depend_on_the_number_of_workers(
    result: FirstLight, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_networks(monkeypatch)
    again = run_first_light(dataclasses.replace(result.settings, workers=2))
    pd.testing.assert_frame_equal(again.accuracy_table(), result.accuracy_table())
    pd.testing.assert_frame_equal(again.programming_table(), result.programming_table())
    pd.testing.assert_frame_equal(again.calibration_table(), result.calibration_table())


def test_the_check_notices_a_record_of_another_chip(result: FirstLight) -> None:
    own, other = result.chips
    datasheet = result.settings.datasheet
    right = check_calibration(own.record, own.silicon, datasheet)
    wrong = check_calibration(own.record, other.silicon, datasheet)
    assert right.column_gain < 0.01 < wrong.column_gain
    assert right.stuck.precision >= 0.99 > wrong.stuck.precision
    assert right.covered > 0.9 > wrong.covered


def test_wires_without_resistance_have_a_finite_error(result: FirstLight) -> None:
    chip = result.chips[0]
    superconducting = dataclasses.replace(chip.silicon, r_bit_line=0.0)
    check = check_calibration(chip.record, superconducting, result.settings.datasheet)
    assert check.bit_line == chip.record.quantities["bit line resistance"].value


def test_programmed_cells_spread_as_published_for_their_age(result: FirstLight) -> None:
    # The two-tile network leaves few cells in the middle of the window; take the quiet low ones.
    shown = result.chips[0].variants[-1]
    arrived = shown.programming.arrived
    spread = [
        np.std(c[arrived] - shown.programming.target[arrived])
        for c in (shown.conductance[1 * second], shown.conductance[1 * day])
    ]
    assert spread[1] > 1.3 * spread[0]


def test_goals_are_judged_by_the_numbers_they_name(result: FirstLight) -> None:
    verdicts = {verdict.subject: verdict for verdict in first_light_verdicts(result)}
    assert verdicts["column gain, worst"].met
    assert verdicts["wire resistance, worst"].met
    assert verdicts["exact solver, worst value"].met
    assert verdicts["float"].met == (result.float_accuracy >= 0.97)
    worse = dataclasses.replace(result, float_accuracy=0.5)
    assert not next(v for v in first_light_verdicts(worse) if v.subject == "float").met


def test_the_report_holds_everything_in_one_file(result: FirstLight, tmp_path: Path) -> None:
    report = write_first_light(result, tmp_path)
    text = report.read_text(encoding="utf-8")

    sources = re.findall(r'src="([^"]*)', text)
    assert len(sources) >= 10
    assert all(source.startswith("data:image/") for source in sources)
    assert "http:" not in re.sub(r'data:[^"]*', "", text)
    assert len(text) < 4_000_000
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html",
        "accuracy.csv",
        "calibration.csv",
        "programming.csv",
        "records",
    }


def test_tables_and_records_read_back_as_they_were(result: FirstLight, tmp_path: Path) -> None:
    write_first_light(result, tmp_path)
    read = pd.read_csv(tmp_path / "accuracy.csv")
    pd.testing.assert_frame_equal(read, result.accuracy_table(), check_dtype=False)
    record = CalibrationRecord.load(tmp_path / "records" / "crossbar-64-1")
    assert record.chip == result.chips[1].record.chip


def test_the_summary_has_the_medians_of_the_chips(result: FirstLight) -> None:
    summary = accuracy_summary(result).set_index("variant")
    by_hand = np.median([chip.variants[0].accuracy[1 * day] for chip in result.chips])
    assert summary.loc[UNCALIBRATED, "1 d"] == by_hand


def test_progress_rises_to_one_and_stages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    small_networks(monkeypatch)
    seen: list[float] = []
    stages: list[str] = []
    run_first_light(
        FirstLightSettings(serials=(3,), datasheet=crossbar_64(tiles=2), workers=1),
        progress=seen.append,
        stage=stages.append,
    )
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert len(stages) == 3


@pytest.mark.parametrize("serials", [(), (1, 1)])
def test_no_chips_and_twin_chips_are_refused(serials: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="each serial number once"):
        run_first_light(FirstLightSettings(serials=serials))


def test_a_network_too_large_for_the_chip_is_refused_before_any_chip_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_networks(monkeypatch)
    monkeypatch.setattr(chain, "VirtualCrossbarChip", None)  # would fail if it were made
    with pytest.raises(DoesNotFit, match="need 2 tiles"):
        run_first_light(FirstLightSettings(serials=(0,), datasheet=crossbar_64(tiles=1)))


def test_the_digits_are_those_of_scikit_learn_cut_without_overlap() -> None:
    split = handwritten_digits(seed=3)
    images = np.concatenate([split.train_inputs, split.test_inputs]) * 16
    expected = load_digits().data
    assert sorted(map(tuple, images)) == sorted(map(tuple, expected))
    assert len(split.test_labels) == 599
    counts = np.bincount(split.test_labels)
    assert counts.max() - counts.min() <= 4


def test_numbers_of_a_run_survive_json(result: FirstLight) -> None:
    text = json.dumps(result.calibration_table().to_dict(orient="records"))
    assert json.loads(text)[0]["chip"] == 0


def test_an_error_in_a_worker_process_reaches_the_caller() -> None:
    # A task that is no task: it fails in the worker, not here.
    with pytest.raises(AttributeError, match="settings"):
        run_tasks(chain._examine_chip, [1, 2], workers=2)
