"""What a user waits for before anything happens."""

import subprocess
import sys
import time
from importlib import metadata

import pytest

HEAVY = ("gdstk", "matplotlib", "pandas", "PySpice", "scipy", "skrf", "sklearn", "torch")
HELP = """
from typer.testing import CliRunner
from ohmloom.cli.app import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
"""


def run(*arguments, check=True):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=check, timeout=60
    )


def loaded_after(code):
    """Names of the top-level packages that `code` leaves loaded in a new interpreter."""
    told = run(
        "-c", f"{code}\nimport sys\nprint('LOADED', *{{n.split('.')[0] for n in sys.modules}})"
    )
    return set(told.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "code",
    [
        "import ohmloom",
        "import ohmloom.cli.app",
        HELP,
    ],
    ids=["import ohmloom", "command line", "--help"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code):
    assert loaded_after(code).isdisjoint(HEAVY)


@pytest.mark.parametrize("package", HEAVY)
def test_the_same_measure_sees_a_heavy_package_that_is_loaded(package):
    # A stand-in: the real ones take seconds to load.
    code = f"import sys, types; sys.modules[{package!r}] = types.ModuleType({package!r})"
    assert package in loaded_after(code)


def test_help_comes_at_once():
    def seconds():
        start = time.perf_counter()
        run("-m", "ohmloom", "--help")
        return time.perf_counter() - start

    assert min(seconds() for _ in range(3)) < 0.5


def test_python_m_ohmloom_is_the_same_command():
    code = "import sys; sys.argv = ['ohmloom', '--version']; from ohmloom.cli import main; main()"
    as_module, as_command = run("-m", "ohmloom", "--version"), run("-c", code)
    assert as_module.stdout == as_command.stdout == f"ohmloom {metadata.version('ohmloom')}\n"
    assert (
        run("-m", "ohmloom", "--help").stdout == run("-c", code.replace("version", "help")).stdout
    )
