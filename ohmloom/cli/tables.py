"""Results on stdout: tables for people, JSON for machines."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from ohmloom.analysis.report import Verdict


def print_table(
    title: str, frame: "pd.DataFrame", *, digits: int, wrapped: Sequence[str] = ()
) -> None:
    """A table for people; numbers with `digits` significant digits, or decimals below one.

    Columns in `wrapped` hold sentences, which take several lines where there is no room for one.
    """
    from pandas.api.types import is_numeric_dtype  # noqa: PLC0415  loads only when it prints

    table = _table(title)
    for name in frame.columns:
        is_number = is_numeric_dtype(frame[name])
        table.add_column(
            str(name),
            justify="right" if is_number else "left",
            no_wrap=name not in wrapped,
            overflow="fold" if name in wrapped else "ellipsis",
        )
    for _, row in frame.iterrows():
        table.add_row(*(_shown(value, digits) for value in row))
    _print(table)


def print_verdicts(title: str, verdicts: Sequence["Verdict"]) -> None:
    """Goals, what was measured, and whether they are met."""
    table = _table(title)
    for name in ("subject", "goal", "measured", "met"):
        table.add_column(name, no_wrap=True)
    for verdict in verdicts:
        mark = "yes" if verdict.met else "NO"
        table.add_row(verdict.subject, verdict.goal, verdict.measured, mark)
    _print(table)


def _table(title: str) -> "Table":
    from rich import box  # noqa: PLC0415  loads only when something is printed
    from rich.table import Table  # noqa: PLC0415

    return Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False
    )


def _print(table: "Table") -> None:
    from rich.console import Console  # noqa: PLC0415

    # Piped output has no width of its own; numbers must not be cut off then.
    console = Console()
    Console(width=None if console.is_terminal else 120).print(table)


def print_json(content: dict[str, Any]) -> None:
    """One JSON object; numbers that are not finite become null."""
    typer.echo(json.dumps(_plain(content), indent=2, allow_nan=False))


def _shown(value: object, digits: int) -> str:
    if isinstance(value, int | np.integer):
        return str(value)
    if isinstance(value, float | np.floating):
        number = float(value)
        if np.isnan(number):
            return "–"
        return f"{number:.{digits}f}" if 1e-3 <= abs(number) < 1.0 else f"{number:.{digits}g}"
    return str(value)


def _plain(value: Any) -> Any:
    """The same with Python's own types only."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value
