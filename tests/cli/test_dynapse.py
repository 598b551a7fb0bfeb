"""The verbs of `ohmloom dynapse` as a user types them."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.configuration.configuration_file import write_configuration
from ohmloom.circuits.dynapse.configuration.se2 import empty_dynapse2
from ohmloom.cli.app import app
from ohmloom.mapping.dynapse import Board, SpikingNetwork, route
from ohmloom.si import nA, pA


def run(*arguments):
    return CliRunner().invoke(app, ["dynapse", *map(str, arguments)])


def test_a_current_gives_the_nearest_code_and_back():
    done = run("bias", "SOIF_LEAK_N", "--current", "5pA", "--chip", "se2", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    expected = bias.nearest_code("se2", "SOIF_LEAK_N", 5 * pA)
    assert (said["coarse"], said["fine"]) == (expected.coarse, expected.fine)
    back = run("bias", "SOIF_LEAK_N", "--code", f"{said['coarse']},{said['fine']}", "--chip", "se2")
    assert f"{said['current']:.4g} A" in back.stdout


def test_people_are_told_what_a_bias_does_and_what_is_not_known():
    done = run("bias", "IF_THR_N", "--current", "100nA", "--chip", "se1")
    assert "gain of the membrane, not its threshold" in done.stdout
    assert "nobody published" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SOIF_LEEK_N", "--current", "5pA"], "did you mean SOIF_LEAK_N"),
        (["SOIF_LEAK_N", "--current", "5"], "has no unit"),
        (["SOIF_LEAK_N", "--current", "1A"], "makes"),
        (["SOIF_LEAK_N"], "either --current"),
        (["SOIF_LEAK_N", "--code", "2"], "coarse and fine"),
        (["SOIF_LEAK_N", "--code", "9,1"], "from 0 to 5"),
    ],
)
def test_wrong_biases_are_refused(arguments, message):
    done = run("bias", *arguments, "--chip", "se2")
    assert done.exit_code == 2
    assert message in done.stderr


@pytest.fixture
def file(tmp_path):
    network = SpikingNetwork(
        neurons=5, source=[0, 1, 2], target=[1, 2, 3], weight=[nA, 2 * nA, 3 * nA],
        receptor=[0, 0, 0],
    )  # fmt: skip
    path = tmp_path / "board.json"
    write_configuration(path, route(network, Board(chip="se2")).configuration)
    return path


def test_a_sound_configuration_is_checked_and_drawn(file, tmp_path):
    done = run("check", file)
    assert done.exit_code == 0, done.output
    assert "0 error(s)" in done.stdout
    out = tmp_path / "board.png"
    done = run("draw", file, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["connections"] == 3
    assert sum(said["words"]) == 3
    assert out.stat().st_size > 10_000


def test_a_broken_configuration_is_told_with_exit_code_1(tmp_path):
    import dataclasses

    board = empty_dynapse2()
    core = dataclasses.replace(board.chips[0].cores[2], monitored_neuron=300)
    chip = dataclasses.replace(
        board.chips[0], cores=(*board.chips[0].cores[:2], core, board.chips[0].cores[3])
    )
    path = tmp_path / "broken.json"
    write_configuration(path, dataclasses.replace(board, chips=(chip,)))
    done = run("check", path)
    assert done.exit_code == 1
    assert "chip 0 core 2: monitored_neuron is 300" in done.stdout
    as_json = run("check", path, "--json")
    assert as_json.exit_code == 1
    assert json.loads(as_json.stdout)["errors"][0]["place"] == "chip 0 core 2"


def test_files_that_are_none_are_refused(tmp_path):
    (tmp_path / "cut.json").write_text('{"value0": {"chips": [')
    for verb in ("check", "draw"):
        for name, message in (("cut.json", "cut off"), ("none.json", "there is no file")):
            done = run(verb, tmp_path / name)
            assert done.exit_code == 2
            assert message in done.stderr


def test_defects_of_a_profile_are_drawn(file, tmp_path):
    profile = tmp_path / "cams.json"
    rates = np.random.default_rng(1).random((4, 256, 64, 2))
    profile.write_text(json.dumps({"cams": rates.tolist()}))
    done = run("draw", file, "--profile", profile, "--out", tmp_path / "defects.svg")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "defects.svg").is_file()
