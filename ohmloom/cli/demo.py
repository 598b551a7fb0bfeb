"""`ohmloom demo`: first light, from training to the report."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    seed: Annotated[
        int, typer.Option(min=0, help="Of data, training and noise; not of the chips.")
    ] = 0,
    chips: Annotated[
        int, typer.Option(min=1, max=10_000, help="How many chips, serial numbers from 0.")
    ] = 10,
    out: Annotated[Path, typer.Option(help="Folder for report, tables and records.")] = Path(
        "ohmloom-demo"
    ),
    chip_file: Annotated[
        Path | None,
        typer.Option(help="TOML file that describes the chips; serial numbers count from its own."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes; 0 takes one per core. Results stay the same.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Results as JSON on stdout.")] = False,
) -> None:
    """Train on handwritten digits, calibrate and program memristor chips, classify, report."""
    import os  # noqa: PLC0415  everything below loads only when the verb runs

    from ohmloom.analysis.first_light.chain import (  # noqa: PLC0415
        FirstLightSettings,
        run_first_light,
    )
    from ohmloom.analysis.first_light.goals import (  # noqa: PLC0415
        accuracy_summary,
        first_light_verdicts,
    )
    from ohmloom.analysis.first_light.report import write_first_light  # noqa: PLC0415
    from ohmloom.circuits.crossbar_chip.chip_file import read_chip_file  # noqa: PLC0415
    from ohmloom.cli.progress_bar import progress_bar  # noqa: PLC0415
    from ohmloom.cli.tables import print_json, print_table, print_verdicts  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415

    folder = output_folder(out)
    settings = FirstLightSettings(
        seed=seed, serials=tuple(range(chips)), workers=workers or os.cpu_count() or 1
    )
    if chip_file is not None:
        described = read_chip_file(chip_file)
        settings = FirstLightSettings(
            seed=seed,
            serials=tuple(range(described.serial, described.serial + chips)),
            datasheet=described.datasheet,
            spread=described.spread,
            workers=settings.workers,
        )
    with progress_bar("loading") as (progress, stage):
        result = run_first_light(settings, progress=progress, stage=stage)
        stage("writing the report")
        report = write_first_light(result, folder)
    summary = accuracy_summary(result)
    verdicts = first_light_verdicts(result)
    if as_json:
        print_json(
            {
                "report": str(report),
                "seconds": result.seconds,
                "seed": seed,
                "chips": list(settings.serials),
                "goals": [
                    {
                        "subject": verdict.subject,
                        "goal": verdict.goal,
                        "measured": verdict.measured,
                        "met": verdict.met,
                    }
                    for verdict in verdicts
                ],
                "median_accuracy": summary.to_dict(orient="records"),
                "accuracy": result.accuracy_table().to_dict(orient="records"),
                "calibration": result.calibration_table().to_dict(orient="records"),
                "programming": result.programming_table().to_dict(orient="records"),
            }
        )
        return
    print_table(f"Accuracy after programming, median of {chips} chip(s)", summary, digits=4)
    print_verdicts("Goals", verdicts)
    typer.echo(f"\nReport: {report}  ({result.seconds:.0f} s)")
