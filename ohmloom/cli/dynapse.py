"""`ohmloom dynapse`: biases, configurations checked and drawn."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

dynapse = typer.Typer(
    help="DYNAP-SE chips: codes of biases, configurations checked and drawn.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")]
FileArgument = Annotated[Path, typer.Argument(help="Configuration as samna writes it (JSON).")]


class ChipName(Enum):
    """Which chip."""

    SE1 = "se1"
    SE2 = "se2"


@dynapse.command("bias")
def bias_code(
    name: Annotated[str, typer.Argument(help="Name of the bias, such as SOIF_LEAK_N.")],
    chip: Annotated[ChipName, typer.Option(help="Which chip.")],
    current: Annotated[
        str | None, typer.Option(help="Wanted current, such as 5pA: the nearest codes.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="Coarse and fine code, such as 2,30: the current.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find the code of a current, or the current of a code."""
    from ohmloom.circuits.dynapse import bias  # noqa: PLC0415  keeps --help instant
    from ohmloom.circuits.dynapse.parameters import bias_parameter  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.errors import InvalidInput  # noqa: PLC0415
    from ohmloom.si import parse  # noqa: PLC0415

    if (current is None) == (code is None):
        raise InvalidInput("give either --current, such as 5pA, or --code, such as 2,30")
    parameter = bias_parameter(chip.value, name)
    if code is not None:
        parts = code.split(",")
        if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
            raise InvalidInput(f"--code is coarse and fine, such as 2,30, but is {code!r}")
        coarse, fine = (int(part) for part in parts)
        made = bias.current(chip.value, name, coarse, fine)
        found = {"coarse": coarse, "fine": fine, "current": made}
        said = f"coarse {coarse}, fine {fine}: {made:.4g} A"
    else:
        wanted = parse(str(current), "A")
        near = bias.nearest_code(chip.value, name, wanted)
        found = {
            "coarse": near.coarse,
            "fine": near.fine,
            "current": near.current,
            "relative_error": near.relative_error(wanted),
        }
        said = (
            f"coarse {near.coarse}, fine {near.fine}: {near.current:.4g} A, "
            f"{near.relative_error(wanted):+.2%} off"
        )
    if as_json:
        print_json({"chip": chip.value, "bias": name, "meaning": parameter.meaning} | found)
        return
    typer.echo(f"{name} of the {chip.value}, {parameter.meaning}")
    typer.echo(said)
    if chip is ChipName.SE1:
        typer.echo("This is the master current; nobody published what reaches the circuit.")


@dynapse.command("check")
def check_configuration(file: FileArgument, as_json: JsonOption = False) -> None:
    """Check every rule of a configuration; exit code 1 if one is broken."""
    from ohmloom.circuits.dynapse.configuration.configuration_file import (  # noqa: PLC0415
        read_configuration,
    )
    from ohmloom.circuits.dynapse.configuration.rules import Severity, validate  # noqa: PLC0415
    from ohmloom.cli.tables import print_json  # noqa: PLC0415

    found = validate(read_configuration(file))
    errors = [each for each in found if each.severity is Severity.ERROR]
    if as_json:
        print_json(
            {
                "file": str(file),
                "errors": [{"place": e.place, "message": e.message} for e in errors],
                "warnings": [
                    {"place": each.place, "message": each.message}
                    for each in found
                    if each.severity is Severity.WARNING
                ],
            }
        )
    else:
        for each in found:
            typer.echo(str(each))
        warnings = len(found) - len(errors)
        typer.echo(f"{file}: {len(errors)} error(s), {warnings} warning(s)")
    if errors:
        raise typer.Exit(1)


@dynapse.command("draw")
def draw(
    file: FileArgument,
    out: Annotated[Path, typer.Option(help="Picture: .png, .svg or .pdf.")] = Path("dynapse.png"),
    profile: Annotated[
        list[Path] | None,
        typer.Option(help="Measured failures of CAM words of a chip (JSON); once for each chip."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw cores, routes between them, and words in use against words that work."""
    import numpy as np  # noqa: PLC0415  keeps --help instant

    from ohmloom.analysis.dynapse_drawing import (  # noqa: PLC0415
        core_routes,
        decode_whole_board,
        draw_configuration,
    )
    from ohmloom.analysis.figure_file import save_figure  # noqa: PLC0415
    from ohmloom.circuits.dynapse.configuration.configuration_file import (  # noqa: PLC0415
        read_configuration,
    )
    from ohmloom.cli.tables import print_json  # noqa: PLC0415
    from ohmloom.mapping.dynapse.board import CORES, usable_words_from_profile  # noqa: PLC0415

    configuration = read_configuration(file)
    usable = np.stack([usable_words_from_profile(path) for path in profile]) if profile else None
    save_figure(draw_configuration(configuration, usable), out)
    network = decode_whole_board(configuration)
    cores = len(configuration.chips) * CORES
    if as_json:
        print_json(
            {
                "picture": str(out),
                "connections": len(network.weight),
                "words": network.words.tolist(),
                "routes": core_routes(network, cores).tolist(),
            }
        )
        return
    typer.echo(
        f"{len(network.weight)} connections between neurons, {int(network.words.sum())} words in "
        f"use, on {cores} cores"
    )
    typer.echo(f"Picture: {out}")
