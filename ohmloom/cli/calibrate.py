"""`ohmloom calibrate`: a calibration record of one chip."""

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    chip: Annotated[Path, typer.Argument(help="TOML file that describes the chip.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the record; model and serial number if not given."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Folder of an earlier record of this chip: says what has changed since."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the noise since power-up.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON on stdout.")] = False,
) -> None:
    """Measure how one chip differs from its data sheet, and save the record."""
    from ohmloom.calibration.comparison import compare_records  # noqa: PLC0415
    from ohmloom.calibration.crossbar_calibration import calibrate_crossbar  # noqa: PLC0415
    from ohmloom.calibration.record import CalibrationRecord  # noqa: PLC0415
    from ohmloom.circuits.crossbar_chip.chip_file import read_chip_file  # noqa: PLC0415
    from ohmloom.cli.progress_bar import progress_bar  # noqa: PLC0415
    from ohmloom.cli.tables import print_json, print_table  # noqa: PLC0415
    from ohmloom.storage import output_folder  # noqa: PLC0415
    from ohmloom.threads import one_thread  # noqa: PLC0415

    powered = read_chip_file(chip).open(seed=seed)
    identity = powered.identity
    earlier = None if against is None else CalibrationRecord.load(against)
    if earlier is not None:
        earlier.check_belongs_to(identity)
    folder = out or Path(f"{identity.model}-{identity.serial}")
    output_folder(folder.parent)
    with progress_bar(f"calibrating {identity}") as (progress, _), one_thread():
        record = calibrate_crossbar(powered, progress=progress)
    changes = None if earlier is None else compare_records(earlier, record)
    record.save(folder)
    stuck = {name: int(mask.sum()) for name, mask in record.masks.items()}
    at_limit = {knob: int(mask.sum()) for knob, mask in record.at_limit.items()}
    if as_json:
        print_json(
            {
                "record": str(folder),
                "chip": str(identity),
                "quantities": record.summary().to_dict(orient="records"),
                "masks": stuck,
                "codes_at_limit": at_limit,
                "changes": None if changes is None else changes.to_dict(orient="records"),
            }
        )
        return
    print_table(f"Calibration of {identity}", record.summary().drop(columns="values"), digits=4)
    for name, count in stuck.items():
        typer.echo(f"{name}: {count}")
    if changes is not None:
        print_table(f"Changes since {against}", changes, digits=4)
    typer.echo(f"Record: {folder}")
