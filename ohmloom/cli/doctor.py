"""`ohmloom doctor`: what is installed, what is missing, how to get it."""

from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what is installed, what is missing and how to get it.

    Exits with 0 if everything that is required is there, with 1 if not.
    """
    from ohmloom.doctor import as_text, examine, to_json  # noqa: PLC0415  keeps --help instant

    report = examine()
    typer.echo(to_json(report) if as_json else as_text(report))
    if not report.complete:
        raise typer.Exit(1)
