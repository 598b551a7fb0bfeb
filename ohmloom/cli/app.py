"""The verbs of the command line, and the one place where their errors become messages.

A verb is a function in its own file in this folder; it is imported here and registered by one line
at the end. This module loads at every `ohmloom --help`, so a verb's module imports nothing heavy at
its top: what a verb needs is imported inside its function.
"""

import logging
import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

from ohmloom import __version__
from ohmloom.cli.calibrate import calibrate
from ohmloom.cli.circuits import circuits
from ohmloom.cli.crossbar import crossbar
from ohmloom.cli.demo import demo
from ohmloom.cli.devices import devices
from ohmloom.cli.doctor import doctor
from ohmloom.cli.dynapse import dynapse
from ohmloom.cli.sweep import sweep
from ohmloom.errors import OhmloomError

WRONG_USE = 2
INTERRUPTED = 130


class Verbs(TyperGroup):
    """All verbs: an error that ohmloom raises on purpose is a message, not a traceback."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the verb that was asked for."""
        try:
            return super().invoke(ctx)
        except OhmloomError as error:
            typer.echo(f"ohmloom: {error}", err=True)
            raise typer.Exit(WRONG_USE) from error
        except KeyboardInterrupt as stopped:
            raise typer.Exit(INTERRUPTED) from stopped


app = typer.Typer(
    name="ohmloom",
    cls=Verbs,
    help="Co-design of analog neuromorphic hardware: devices, circuits, calibration, mapping.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ohmloom {__version__}")
        raise typer.Exit


@app.callback()
def before_every_verb(
    version: Annotated[  # noqa: ARG001  handled by its callback
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say on stderr what is being done.")
    ] = False,
) -> None:
    """Send the log to stderr; stdout belongs to results."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if verbose else logging.WARNING,
        format="%(name)s: %(message)s",
        force=True,
    )


def run() -> None:
    """Run the verb that the command line asks for, and exit."""
    app(prog_name="ohmloom")


app.command()(demo)
app.command()(calibrate)
app.command()(doctor)
app.add_typer(circuits, name="circuits")
app.add_typer(devices, name="devices")
app.add_typer(crossbar, name="crossbar")
app.add_typer(dynapse, name="dynapse")
app.add_typer(sweep, name="sweep")
