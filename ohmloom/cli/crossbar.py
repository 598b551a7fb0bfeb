"""`ohmloom crossbar`: solve an array that is kept in a file."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ohmloom.analysis.crossbar_read import CrossbarRead

crossbar = typer.Typer(
    help="Crossbars with the resistance of their wires, exact.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SHOWN = 12


class DrivenAt(Enum):
    """Names of `ohmloom.circuits.crossbar.WordLineEnds`, which this module does not load."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class GroundedAt(Enum):
    """Names of `ohmloom.circuits.crossbar.BitLineEnds`."""

    TOP = "top"
    BOTTOM = "bottom"
    BOTH = "both"


@crossbar.callback()
def before_every_verb() -> None:
    """Keep `solve` a verb of its own, with others to come."""


@crossbar.command("solve")
def solve_crossbar(
    file: Annotated[
        Path,
        typer.Argument(help="Conductances in siemens: .csv, or .npz with wires and voltages too."),
    ],
    r_word_line: Annotated[
        str | None, typer.Option(help="Of a word-line segment, such as 2.5ohm.")
    ] = None,
    r_bit_line: Annotated[
        str | None, typer.Option(help="Of a bit-line segment, such as 2.5ohm.")
    ] = None,
    r_source: Annotated[str | None, typer.Option(help="Of every driver, such as 100ohm.")] = None,
    r_sense: Annotated[str | None, typer.Option(help="Of what senses, such as 50ohm.")] = None,
    voltage: Annotated[str | None, typer.Option(help="Of all drivers, such as 0.2V.")] = None,
    driven_at: Annotated[
        DrivenAt, typer.Option(help="Where word lines are driven.")
    ] = DrivenAt.LEFT,
    grounded_at: Annotated[
        GroundedAt, typer.Option(help="Where bit lines lead to ground.")
    ] = GroundedAt.BOTTOM,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the picture, the table and all voltages.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")] = False,
) -> None:
    """Solve one array: current and loss of every column, voltages, power."""
    from ohmloom.analysis.crossbar_read import (  # noqa: PLC0415  keeps --help instant
        ReadSettings,
        read_crossbar,
    )
    from ohmloom.circuits.crossbar import BitLineEnds, WordLineEnds  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415

    if out is not None:
        output_folder(out)
    read = read_crossbar(
        file,
        ReadSettings(
            r_word_line=_quantity(r_word_line, "ohm"),
            r_bit_line=_quantity(r_bit_line, "ohm"),
            r_source=_quantity(r_source, "ohm"),
            r_sense=_quantity(r_sense, "ohm"),
            voltage=_quantity(voltage, "V"),
            driven_at=WordLineEnds(driven_at.value),
            grounded_at=BitLineEnds(grounded_at.value),
        ),
    )
    if out is not None:
        read.save(out)
    if as_json:
        columns = {name: list(values) for name, values in read.table.items()}
        folder = None if out is None else str(out)
        print_json(read.summary() | {"table": columns, "folder": folder})
        return
    _print(read, out)


def _quantity(text: str | None, unit: str) -> float | None:
    from ohmloom.si import parse  # noqa: PLC0415

    return None if text is None else parse(text, unit)


def _print(read: "CrossbarRead", out: Path | None) -> None:
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    said = read.summary()
    table = read.table
    title = f"{read.file.name}: {said['rows']} rows, {said['columns']} columns"
    if len(table) > _SHOWN:
        half = _SHOWN // 2
        title += f" (first and last {half})"
        table = table.iloc[[*range(half), *range(len(table) - half, len(table))]]
    print_table(title, table, digits=5)
    typer.echo(
        f"Wires take {said['mean_loss']:.2%} of the current of a column on average, "
        f"{said['largest_loss']:.2%} at most."
    )
    typer.echo(
        f"Power: {said['power_in_cells']:.4g} W in cells, {said['power_in_word_lines']:.4g} W in "
        f"word lines, {said['power_in_bit_lines']:.4g} W in bit lines, "
        f"{said['power_at_the_ends']:.4g} W at their ends."
    )
    typer.echo(
        f"Voltage across cells: {said['lowest_cell_voltage']:.5g} V to "
        f"{said['highest_cell_voltage']:.5g} V."
    )
    if out is not None:
        typer.echo(f"Picture, table and all voltages: {out}")
