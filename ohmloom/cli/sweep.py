"""`ohmloom sweep FILE` runs a sweep; `ohmloom sweep show DIR` prints and draws it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    import pandas as pd


class RunUnlessTold(TyperGroup):
    """A group whose first verb may be left out."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put `run` before what is no verb."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


sweep = typer.Typer(
    cls=RunUnlessTold,
    help="Sweeps: `sweep FILE` runs one, `sweep show DIR` prints and draws it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@sweep.command("run")
def run_file(
    file: Annotated[Path, typer.Argument(help="Sweep file, TOML.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the rows; FILE without its ending if not given.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one for each core.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, tcp://HOST:PORT.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Allow more than 100 000 points.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Measure points that failed again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")] = False,
) -> None:
    """Run a sweep, or go on with one that was stopped."""
    import os  # noqa: PLC0415  keeps --help instant
    import sys  # noqa: PLC0415

    from ohmloom.circuits.sweep.run import MOST_POINTS, run_sweep  # noqa: PLC0415
    from ohmloom.circuits.sweep.spec import Points  # noqa: PLC0415
    from ohmloom.circuits.sweep.sweep_file import read_sweep_file  # noqa: PLC0415
    from ohmloom.cli.progress_bar import progress_bar  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415

    # Circuits of the user's own are looked for where the command is given.
    if "" not in sys.path:
        sys.path.insert(0, "")
    spec = read_sweep_file(file)
    total = Points(spec).count
    folder = out or file.with_suffix("")
    with progress_bar(f"{file.name}: {total} points") as (progress, stage):
        watch = _Watch(total, stage)

        def report(done: float) -> None:
            progress(done)
            watch.tell(done)

        table = run_sweep(
            spec,
            out=folder,
            workers=workers or os.cpu_count() or 1,
            cluster=cluster,
            most_points=max(total, MOST_POINTS) if yes else MOST_POINTS,
            retry_failed=retry_failed,
            progress=report,
        )
    failed = int((table["error"] != "").sum())
    if as_json:
        print_json(_summary(table, spec.measure_names) | {"folder": str(folder)})
    else:
        _print_summary(table, spec.measure_names)
        typer.echo(f"{len(table)} points, {failed} failed, in {folder}")
        typer.echo(f"`ohmloom sweep show {folder}` prints and draws them.")
    if failed == len(table):
        raise typer.Exit(1)


@sweep.command("show")
def show_folder(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep.")],
    columns: Annotated[
        str | None, typer.Option(help="Two or three, as x,y or x,y,lines; all if not given.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the columns into a file: .png, .svg or .pdf.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the table into a file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The table as JSON on stdout.")] = False,
) -> None:
    """Print two or three columns of a sweep, with median and 5 to 95 % over samples; draw them."""
    from ohmloom.analysis.figures.sweep import band_table, plot_sweep  # noqa: PLC0415
    from ohmloom.circuits.sweep.dataset import read_manifest, read_table  # noqa: PLC0415
    from ohmloom.cli.tables import print_json, print_table  # noqa: PLC0415
    from ohmloom.errors import InvalidInput  # noqa: PLC0415
    from ohmloom.storage import write_text  # noqa: PLC0415

    manifest, table = read_manifest(folder), read_table(folder)
    units = manifest["units"]
    chosen = None if columns is None else [each.strip() for each in columns.split(",")]
    if plot is not None and chosen is None:
        raise InvalidInput("--plot needs --columns x,y or x,y,lines")
    shown = table if chosen is None else band_table(table, chosen)
    if len(table) < manifest["points"]:
        typer.echo(
            f"unfinished: {len(table)} of {manifest['points']} points are measured", err=True
        )
    if csv is not None:
        write_text(csv, shown.rename(columns=_with_units(units, chosen)).to_csv(index=False))
    if plot is not None and chosen is not None:
        _draw(plot_sweep(
            table, chosen, units=units, logarithmic=manifest.get("logarithmic", ())
        ), plot)  # fmt: skip
    if as_json:
        print_json(
            {
                "points": manifest["points"],
                "measured": len(table),
                "failed": int((table["error"] != "").sum()),
                "units": units,
                "rows": shown.to_dict(orient="records"),
                "picture": None if plot is None else str(plot),
                "csv": None if csv is None else str(csv),
            }
        )
        return
    title = f"{folder}: {len(table)} points"
    print_table(title, shown.rename(columns=_with_units(units, chosen)), digits=5)
    for kind, file in (("Picture", plot), ("Table", csv)):
        if file is not None:
            typer.echo(f"{kind}: {file}")


class _Watch:
    """Says how fast a sweep is, and how long it will take."""

    def __init__(self, total: int, stage: Any) -> None:
        self._total, self._stage = total, stage
        self._began: float | None = None
        self._first = 0.0
        self._last = 0.0

    def tell(self, done: float) -> None:
        now = time.monotonic()
        if self._began is None:
            self._began, self._first = now, done
            return
        if now - self._last < 2.0 or done <= self._first:
            return
        self._last = now
        rate = (done - self._first) * self._total / (now - self._began)
        left = (1.0 - done) * self._total / rate
        count = f"{round(done * self._total)} of {self._total} points"
        self._stage(f"{count}, {rate:.3g}/s, {_spoken(left)} left")


def _spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _draw(axes: Any, file: Path) -> None:
    from ohmloom.analysis.figure_file import figure_format, save_figure  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415

    figure_format(file)
    output_folder(file.parent)
    save_figure(axes.figure, file)


def _with_units(units: dict[str, str], chosen: list[str] | None) -> dict[str, str]:
    """Names of columns with their units behind them."""
    known = dict(units)
    if chosen is not None:
        known |= dict.fromkeys(("median", "low", "high"), units.get(chosen[1], "1"))
        known |= {"low": known["median"], "high": known["median"]}
    return {name: f"{name} [{unit}]" for name, unit in known.items() if unit != "1"}


def _summary(table: "pd.DataFrame", measures: tuple[str, ...]) -> dict[str, Any]:
    units = table.attrs.get("units", {})
    return {
        "points": len(table),
        "failed": int((table["error"] != "").sum()),
        "measures": {
            name: {
                "unit": units.get(name, "1"),
                "median": float(table[name].median()),
                "low": float(table[name].quantile(0.05)),
                "high": float(table[name].quantile(0.95)),
                "missing": int(table[name].isna().sum()),
            }
            for name in measures
        },
        "errors": table.loc[table["error"] != "", "error"].value_counts().head(5).to_dict(),
    }


def _print_summary(table: "pd.DataFrame", measures: tuple[str, ...]) -> None:
    import pandas as pd  # noqa: PLC0415

    from ohmloom.analysis.parameter_description import spoken  # noqa: PLC0415
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    summary = _summary(table, measures)
    rows = [
        {
            "measure": name,
            "5 %": spoken(each["low"], each["unit"]),
            "median": spoken(each["median"], each["unit"]),
            "95 %": spoken(each["high"], each["unit"]),
            "missing": each["missing"],
        }
        for name, each in summary["measures"].items()
    ]
    print_table("Over all points", pd.DataFrame(rows), digits=4)
    for error, count in summary["errors"].items():
        typer.echo(f"{count} x {error}")
