"""Results on stdout: tables for people, JSON for machines."""

import json
import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from ohmloom.analysis.report import Verdict


def print_table(title: str, frame: "pd.DataFrame", *, digits: int) -> None:
    """A table for people; numbers with `digits` significant digits, or decimals below one."""
    from pandas.api.types import is_numeric_dtype  # noqa: PLC0415  loads only when it prints
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for name in frame.columns:
        table.add_column(str(name), justify="right" if is_numeric_dtype(frame[name]) else "left")
    for _, row in frame.iterrows():
        table.add_row(*(_shown(value, digits) for value in row))
    Console().print(table)


def print_verdicts(title: str, verdicts: Sequence["Verdict"]) -> None:
    """Goals, what was measured, and whether they are met."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left")
    for name in ("subject", "goal", "measured", "met"):
        table.add_column(name)
    for verdict in verdicts:
        mark = "yes" if verdict.met else "NO"
        table.add_row(verdict.subject, verdict.goal, verdict.measured, mark)
    Console().print(table)


def print_json(content: dict[str, Any]) -> None:
    """One JSON object; numbers that are not finite become null."""
    typer.echo(json.dumps(_plain(content), indent=2, allow_nan=False))


def _shown(value: object, digits: int) -> str:
    if isinstance(value, Integral):
        return str(value)
    if isinstance(value, Real):
        number = float(value)
        return f"{number:.{digits}f}" if 1e-3 <= abs(number) < 1.0 else f"{number:.{digits}g}"
    return str(value)


def _plain(value: Any) -> Any:
    """The same with Python's own types only."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if math.isfinite(value) else None
    return value
