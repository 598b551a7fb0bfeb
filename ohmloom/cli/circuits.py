"""`ohmloom circuits`: what the catalogue of circuits holds, and what a circuit does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ohmloom.analysis.circuit_description import CircuitDescription

circuits = typer.Typer(
    help="Circuits: list, show, and plot what they do in ngspice.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")]
NameArgument = Annotated[str, typer.Argument(help="In the catalogue; `circuits list` shows all.")]


@circuits.command("list")
def list_circuits(as_json: JsonOption = False) -> None:
    """List the circuits: name, what it is, whose numbers, what is measured."""
    from ohmloom.analysis.circuit_description import describe_circuit  # noqa: PLC0415
    from ohmloom.circuits.catalogue import CIRCUITS  # noqa: PLC0415  keeps --help instant
    from ohmloom.cli.tables import print_json, print_table  # noqa: PLC0415

    described = [describe_circuit(name) for name in CIRCUITS]
    if as_json:
        print_json({"circuits": [_entry(each) for each in described]})
        return
    import pandas as pd  # noqa: PLC0415

    rows = [
        {
            "name": each.name,
            "what it is": f"{each.family.rstrip('.')}. {each.summary}",
            "measures": ", ".join(measure.name for measure in each.measures),
        }
        for each in described
    ]
    print_table("Circuits", pd.DataFrame(rows), digits=4, wrapped=("what it is", "measures"))
    typer.echo("`ohmloom circuits show NAME` says more; `ohmloom sweep` runs them.")


@circuits.command("show")
def show_circuit(name: NameArgument, as_json: JsonOption = False) -> None:
    """Say what a circuit is, its parameters, and what is measured on which bench."""
    from ohmloom.analysis.circuit_description import describe_circuit  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415

    described = describe_circuit(name)
    if as_json:
        print_json(_everything(described))
        return
    _print_description(described)


@circuits.command("plot")
def plot_circuit(
    name: NameArgument,
    out: Annotated[
        Path | None, typer.Option(help="File: .png, .svg or .pdf; NAME.png if not given.")
    ] = None,
    bench: Annotated[
        str | None, typer.Option(help="Which experiment; the typical one if not given.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="What is drawn, as numbers on stdout.")
    ] = False,
) -> None:
    """Simulate a circuit on one of its benches, draw the traces, print what is measured."""
    from ohmloom.analysis.circuit_portrait import portray_circuit  # noqa: PLC0415
    from ohmloom.analysis.figure_file import figure_format, save_figure  # noqa: PLC0415
    from ohmloom.analysis.parameter_description import spoken  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415
    from ohmloom.threads import one_thread  # noqa: PLC0415

    file = out or Path(f"{name}.png")
    figure_format(file)
    output_folder(file.parent)
    with one_thread():
        portrait = portray_circuit(name, bench=bench)
        save_figure(portrait.draw(), file)
    if as_json:
        print_json({"picture": str(file), "name": name, **portrait.numbers()})
        return
    for measure, (value, unit) in portrait.measures.items():
        typer.echo(f"{measure}: {spoken(value, unit)}")
    typer.echo(f"Picture: {file}")


def _print_description(described: "CircuitDescription") -> None:
    import pandas as pd  # noqa: PLC0415

    from ohmloom.analysis.parameter_description import spoken  # noqa: PLC0415
    from ohmloom.cli.tables import print_table  # noqa: PLC0415

    typer.echo(f"{described.name} ({described.circuit}, {described.technology})\n")
    typer.echo(described.text)
    typer.echo(f"\n{described.module.module}\n")
    text = described.module.text
    typer.echo("\n".join(f"    {line}".rstrip() for line in text.splitlines()))
    typer.echo("")
    parameters = [
        {"parameter": each.name, "value": each.shown, "meaning": each.meaning}
        for each in described.parameters
    ]
    print_table("Parameters", pd.DataFrame(parameters), digits=6, wrapped=("value", "meaning"))
    measures = [
        {
            "measure": each.name,
            "unit": each.unit,
            "bench": each.bench,
            "theory": "" if each.theory is None else spoken(each.theory.value, each.unit),
            "agrees within": "" if each.theory is None else f"{each.theory.tolerance:.2g}",
            "meaning": each.meaning,
        }
        for each in described.measures
    ]
    print_table("Measures", pd.DataFrame(measures), digits=6, wrapped=("meaning",))


def _entry(described: "CircuitDescription") -> dict[str, Any]:
    return {
        "name": described.name,
        "family": described.family,
        "description": described.summary,
        "technology": described.technology,
        "measures": [measure.name for measure in described.measures],
    }


def _everything(described: "CircuitDescription") -> dict[str, Any]:
    return {
        **_entry(described),
        "text": described.text,
        "circuit": described.circuit,
        "module": {described.module.module: described.module.text},
        "parameters": [
            {
                "name": each.name,
                "value": each.value,
                "unit": each.unit,
                "meaning": each.meaning,
            }
            for each in described.parameters
        ],
        "measures": [
            {
                "name": each.name,
                "bench": each.bench,
                "unit": each.unit,
                "meaning": each.meaning,
                "theory": None if each.theory is None else each.theory.value,
                "tolerance": None if each.theory is None else each.theory.tolerance,
            }
            for each in described.measures
        ],
    }
