"""`ohmloom devices`: what the catalogue holds, what a model does, and a model from measurements."""

import math
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ohmloom.analysis.device_description import DeviceDescription
    from ohmloom.analysis.device_fit import DeviceFit, FitSettings
    from ohmloom.devices.fitting.measured_files import Column

devices = typer.Typer(
    help="Device models: list, show, plot, and fit to measurements.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")]
NameArgument = Annotated[str, typer.Argument(help="In the catalogue; `devices list` shows all.")]


class Kind(Enum):
    """Kinds of models; the names are those of `ohmloom.analysis.device_description.DeviceKind`."""

    MEMRISTOR = "memristor"
    STATISTICS = "statistics"
    PULSE_UPDATE = "pulse-update"
    CYCLES = "cycles"


@devices.command("list")
def list_devices(
    kind: Annotated[Kind | None, typer.Option(help="Only models of this kind.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the models: name, kind, what it is, range, variables."""
    from ohmloom.analysis.device_description import (  # noqa: PLC0415  keeps --help instant
        DeviceKind,
        describe_device,
        device_names,
    )
    from ohmloom.cli.tables import print_json  # noqa: PLC0415

    names = device_names(None if kind is None else DeviceKind(kind.value))
    described = [describe_device(name) for name in names]
    if as_json:
        print_json({"devices": [_entry(each) for each in described]})
        return
    _print_list(described)


@devices.command("show")
def show_device(name: NameArgument, as_json: JsonOption = False) -> None:
    """Say what a model is, where it comes from, and all its parameters."""
    from ohmloom.analysis.device_description import describe_device  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415

    described = describe_device(name)
    if as_json:
        print_json(_everything(described))
        return
    _print_description(described)


@devices.command("plot")
def plot_device(
    name: NameArgument,
    out: Annotated[
        Path | None, typer.Option(help="File: .png, .svg or .pdf; NAME.png if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn at random.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="What is drawn, as numbers on stdout.")
    ] = False,
) -> None:
    """Draw what a model does: its loop, its spread and drift, its answer to pulses, its cycles."""
    from ohmloom.analysis.device_description import device_kind  # noqa: PLC0415
    from ohmloom.analysis.device_portrait import portray_device  # noqa: PLC0415
    from ohmloom.analysis.figure_file import figure_format, save_figure  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415
    from ohmloom.threads import one_thread  # noqa: PLC0415

    kind = device_kind(name)
    file = out or Path(f"{name}.png")
    figure_format(file)
    output_folder(file.parent)
    with one_thread():
        portrait = portray_device(name, seed=seed)
        save_figure(portrait.draw(), file)
    if as_json:
        drawn = portrait.numbers()
        print_json({"picture": str(file), "name": name, "kind": kind.value, "seed": seed, **drawn})
        return
    typer.echo(f"Picture: {file}")


@devices.command("fit")
def fit_device(
    file: Annotated[
        Path, typer.Argument(help="CSV with units in its header, or .h5 of arc2control.")
    ],
    model: Annotated[
        str, typer.Option(help="A memristor or pulse update of the catalogue, drift, or cycles.")
    ],
    parameter: Annotated[
        list[str] | None, typer.Option(help="Number to fit; may be given several times.")
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option(metavar="P=VALUE", help="Where the search begins, such as threshold=0.3V."),
    ] = None,
    limits: Annotated[
        list[str] | None, typer.Option(metavar="P=LOW:HIGH", help="How far the search may go.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(metavar="QUANTITY=HEADER[:UNIT]", help="Such as voltage=Vdut:mV."),
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="From row to row of a sweep without times, such as 1ms.")
    ] = None,
    compliance: Annotated[
        str | None, typer.Option(help="Current limit of the instrument, such as 1mA.")
    ] = None,
    accept_clipping: Annotated[
        bool, typer.Option("--accept-clipping", help="Leave rows at the current limit out.")
    ] = False,
    series_resistance: Annotated[
        str | None, typer.Option(help="Between source and device, such as 1kohm.")
    ] = None,
    read_voltage: Annotated[
        str | None, typer.Option(help="At which currents were read, such as 0.2V.")
    ] = None,
    cell: Annotated[str | None, typer.Option(help="Of an .h5 file, such as W03B12.")] = None,
    noise_absolute: Annotated[
        str | None, typer.Option(help="Of the current meter, such as 1uA.")
    ] = None,
    noise_relative: Annotated[
        float | None, typer.Option(min=0.0, help="Of the current meter, such as 0.02.")
    ] = None,
    order: Annotated[
        int | None, typer.Option(min=1, help="How many cycles back cycles depend on.")
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=0, max=100_000, help="Bootstrap data sets, for intervals.")
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for figure, tables and the fitted numbers.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a model to measurements; says what the data do not determine.

    Exits with 1 if they determine nothing.
    """
    from ohmloom.analysis.device_fit import FitSettings, fitted_units  # noqa: PLC0415
    from ohmloom.analysis.device_fit import fit_device as fit  # noqa: PLC0415
    from ohmloom.cli.progress_bar import progress_bar  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.threads import one_thread  # noqa: PLC0415

    units = fitted_units(model)
    settings = FitSettings(
        parameters=tuple(dict.fromkeys(parameter or ())),
        starts={name: _value(text, name, units) for name, text in _pairs(start, "--start")},
        limits={name: _limits(text, name, units) for name, text in _pairs(limits, "--limits")},
        columns={name: _column(text) for name, text in _pairs(column, "--column")},
        interval=_quantity(interval, "s"),
        compliance=_quantity(compliance, "A"),
        accept_clipping=accept_clipping,
        series_resistance=_quantity(series_resistance, "ohm"),
        read_voltage=_quantity(read_voltage, "V"),
        cell=cell,
        noise_absolute=_quantity(noise_absolute, "A"),
        noise_relative=noise_relative,
        order=order,
        resamples=resamples,
        seed=seed,
    )
    if out is not None:
        _check_folder(out)
    with progress_bar(f"fitting {model} to {file.name}") as (progress, stage), one_thread():
        found = fit(file, model, settings, progress=progress)
        if out is not None:
            stage("writing figure and tables")
            found.save(out)
    if as_json:
        print_json(found.summary() | {"folder": None if out is None else str(out)})
    else:
        _print_fit(found, settings, out)
    if not found.determined:
        raise typer.Exit(1)


def _print_list(described: "list[DeviceDescription]") -> None:
    import pandas as pd  # noqa: PLC0415

    from ohmloom.analysis.device_description import DeviceKind  # noqa: PLC0415
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    titles = {
        DeviceKind.MEMRISTOR: "Memristors: states that a voltage moves (range: the typical sweep)",
        DeviceKind.STATISTICS: "Statistics: where programmed cells land, and how they drift",
        DeviceKind.PULSE_UPDATE: "Pulse updates: what one programming pulse does",
        DeviceKind.CYCLES: "Cycles: switching on and off, cycle after cycle",
    }
    for kind, title in titles.items():
        rows = [
            {
                "name": each.name,
                "range": each.range,
                "what it is": f"{each.family.rstrip('.')}. {each.summary}",
                "variables": ", ".join(each.variables),
            }
            for each in described
            if each.kind is kind
        ]
        if rows:
            print_table(title, pd.DataFrame(rows), digits=4, wrapped=("what it is", "variables"))
    typer.echo("`ohmloom devices show NAME` says more; `ohmloom devices plot NAME` draws it.")


def _print_description(described: "DeviceDescription") -> None:
    import pandas as pd  # noqa: PLC0415

    from ohmloom.analysis.parameter_description import spoken  # noqa: PLC0415
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    typer.echo(f"{described.name} ({described.kind.value}, {described.model}): {described.range}\n")
    typer.echo(described.text)
    for module in described.modules:
        typer.echo(f"\n{module.module}\n")
        typer.echo("\n".join(f"    {line}".rstrip() for line in module.text.splitlines()))
    typer.echo("")
    rows = [
        {"parameter": each.name, "value": each.shown, "meaning": each.meaning}
        for each in described.parameters
    ]
    print_table("Parameters", pd.DataFrame(rows), digits=6, wrapped=("value", "meaning"))
    if described.state_variables:
        states = [
            {
                "state variable": each.name,
                "from": spoken(float(each.lowest), each.unit),
                "to": spoken(float(each.highest), each.unit),
                "moves over decades": "yes" if each.logarithmic else "no",
            }
            for each in described.state_variables
        ]
        print_table("State", pd.DataFrame(states), digits=6)
    else:
        typer.echo(f"Variables: {', '.join(described.variables)}")
    if described.drive_text:
        typer.echo(described.drive_text)


def _print_fit(found: "DeviceFit", settings: "FitSettings", out: Path | None) -> None:
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    table = found.table.copy()
    if "determined" in table:
        table["determined"] = ["yes" if each else "NO" for each in table["determined"]]
    if settings.order is not None and settings.order > 1:
        # What hangs on earlier cycles fills pages, and stands in the file.
        table = table[~table["parameter"].str.contains(r", (?:[2-9]|\d\d+) back$")]
    print_table(f"{found.model}, fitted to {found.file}: 90 % intervals", table, digits=4)
    for name, reason in found.undetermined.items():
        typer.echo(f"Not determined: {name}: {reason}")
    for statement in found.statements:
        typer.echo(f"{statement[0].upper()}{statement[1:]}.")
    if out is not None:
        typer.echo(f"Figure, tables and numbers: {out}")


def _entry(described: "DeviceDescription") -> dict[str, Any]:
    return {
        "name": described.name,
        "kind": described.kind.value,
        "family": described.family,
        "description": described.summary,
        "range": described.range,
        "variables": list(described.variables),
    }


def _everything(described: "DeviceDescription") -> dict[str, Any]:
    drive = described.typical_drive
    return {
        **_entry(described),
        "text": described.text,
        "model": described.model,
        "modules": {each.module: each.text for each in described.modules},
        "parameters": [
            {
                "name": each.name,
                "value": each.value,
                "unit": each.unit,
                "meaning": each.meaning,
            }
            for each in described.parameters
        ],
        "state_variables": [
            {
                "name": each.name,
                "unit": each.unit,
                "lowest": float(each.lowest),
                "highest": float(each.highest),
                "logarithmic": each.logarithmic,
            }
            for each in described.state_variables
        ],
        "typical_drive": None
        if drive is None
        else {
            "positive": drive.positive,
            "negative": drive.negative,
            "period": drive.period,
            "initial_state": list(drive.initial_state),
            "series_resistance": drive.series_resistance,
        },
    }


def _pairs(texts: list[str] | None, option: str) -> list[tuple[str, str]]:
    """NAME=VALUE, each name once."""
    from ohmloom.errors import InvalidInput  # noqa: PLC0415

    found: dict[str, str] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise InvalidInput(f"{option} {text!r} is not of the form NAME=VALUE")
        if name.strip() in found:
            raise InvalidInput(f"{option} names {name.strip()!r} twice")
        found[name.strip()] = value.strip()
    return list(found.items())


def _quantity(text: str | None, unit: str) -> float | None:
    from ohmloom.si import parse  # noqa: PLC0415

    return None if text is None else parse(text, unit)


def _value(text: str, name: str, units: dict[str, str]) -> float:
    """A number of a model: with its unit where that is a simple one, otherwise plain SI."""
    from ohmloom.errors import InvalidInput  # noqa: PLC0415
    from ohmloom.si import parse  # noqa: PLC0415

    unit = units.get(name, "1")
    if unit in {"V", "A", "S", "ohm", "s", "F", "m", "K", "Hz"}:
        return parse(text, unit)
    try:
        number = float(text.removesuffix(unit) if unit != "1" else text)
    except ValueError as error:
        raise InvalidInput(
            f"{name}: {text!r} is not a number; write it in {unit}, without a prefix"
            if unit != "1"
            else f"{name}: {text!r} is not a number"
        ) from error
    if not math.isfinite(number):
        raise InvalidInput(f"{name}: {text!r} is not a finite number")
    return number


def _limits(text: str, name: str, units: dict[str, str]) -> tuple[float, float]:
    from ohmloom.errors import InvalidInput  # noqa: PLC0415

    low, colon, high = text.partition(":")
    if not colon:
        raise InvalidInput(f"--limits {name}={text}: write the two ends as LOW:HIGH")
    ends = _value(low.strip(), name, units), _value(high.strip(), name, units)
    if not ends[0] < ends[1]:
        raise InvalidInput(f"--limits {name}={text}: the first end is not below the second")
    return ends


def _column(text: str) -> "Column":
    from ohmloom.devices.fitting.measured_files import Column  # noqa: PLC0415

    header, _, unit = text.partition(":")
    return Column(name=header.strip(), unit=unit.strip() or None)


def _check_folder(folder: Path) -> None:
    """Refuse what is no folder before the work, and make none before there is something in it."""
    from ohmloom.errors import CannotWrite  # noqa: PLC0415

    for each in (folder, *folder.parents):
        if each.exists():
            if not each.is_dir():
                raise CannotWrite(f"cannot write the folder {folder}: {each} is a file")
            return
