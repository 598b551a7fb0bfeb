"""Errors become messages, in one place, for every verb."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ohmloom import __version__
from ohmloom.cli.app import Verbs, app
from ohmloom.errors import CannotWrite, OhmloomError, OutOfModelRange


def call(raised):
    """Run a verb that raises."""
    other = typer.Typer(cls=Verbs, pretty_exceptions_enable=False)

    @other.callback()
    def anything() -> None:
        """Make it a group of verbs."""

    @other.command()
    def fail() -> None:
        raise raised

    return CliRunner().invoke(other, ["fail"])


@pytest.mark.parametrize("kind", [OhmloomError, OutOfModelRange, CannotWrite])
def test_an_error_of_ohmloom_is_one_message_on_stderr_and_exit_2(kind):
    result = call(kind("asked for 3 uS, found 2 uS; ask for less"))
    assert result.exit_code == 2
    assert result.stderr == "ohmloom: asked for 3 uS, found 2 uS; ask for less\n"
    assert result.stdout == ""


def test_any_other_error_is_a_bug_and_keeps_its_traceback():
    result = call(ZeroDivisionError("a bug"))
    assert isinstance(result.exception, ZeroDivisionError)


def test_an_interrupt_is_quiet_and_exits_130():
    result = call(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.output == ""


def test_a_real_interrupt_of_a_real_process_is_quiet():
    code = """
import sys, time
from ohmloom.cli import app
def slow():
    print("started", flush=True)
    time.sleep(60)
app.app.command("slow")(slow)
sys.argv = ["ohmloom", "slow"]
app.run()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "started\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in told


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["--no-such-option"], ["doctor", "extra"]])
def test_wrong_use_exits_2_and_says_so_on_stderr(arguments):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Usage: " in result.stderr


def test_help_names_every_verb_with_what_it_does():
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"\n  {name} " in result.stdout
        assert command.callback.__doc__, f"{name} has no docstring"


def test_every_verb_has_a_line_in_the_documentation():
    told = (Path(__file__).resolve().parents[2] / "docs" / "command_line.md").read_text()
    for command in app.registered_commands:
        name = command.name or command.callback.__name__
        assert f"| `{name}` |" in told, f"docs/command_line.md says nothing about {name}"


def test_the_version_is_printed_alone():
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"ohmloom {__version__}\n")


def test_the_log_goes_to_stderr_and_only_when_asked_for():
    code = """
import logging, sys
from ohmloom.cli import app
def talk():
    logging.getLogger("ohmloom.somewhere").info("three columns left")
    print("result")
app.app.command("talk")(talk)
app.run()
"""
    for options, expected in (((), ""), (("-v",), "ohmloom.somewhere: three columns left\n")):
        told = subprocess.run(
            [sys.executable, "-c", code, *options, "talk"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert (told.stdout, told.stderr) == ("result\n", expected)
