"""Read margin of a 1T1R column over wire resistance and the width of its access transistors.

How much of the farthest cell's signal arrives, when all cells before it conduct.

python examples/read_margin.py
"""

import tempfile
from pathlib import Path

import pandas as pd

from ohmloom.analysis.figure_file import save_figure
from ohmloom.analysis.figures.sweep import plot_sweep
from ohmloom.circuits.sweep import run_sweep
from ohmloom.circuits.sweep.spec import SweepSpec, Values
from ohmloom.si import ohm, um


def main(folder: str | None = None, workers: int = 2) -> pd.DataFrame:
    """Read margin for each wire resistance and width."""
    spec = SweepSpec(
        circuit="column_1t1r",
        measures=("read_margin", "column_current"),
        parameters={
            "cells": Values(values=(16,)),
            "width": Values(values=(0.3 * um, 0.6 * um, 1.2 * um, 5 * um)),
            "wire_resistance": Values(values=(0.0, 1 * ohm, 2.5 * ohm, 5 * ohm, 10 * ohm)),
        },
    )
    out = Path(folder or tempfile.mkdtemp()) / "read_margin"
    table = run_sweep(spec, out=out, workers=workers)
    margin = table.pivot_table(index="wire_resistance", columns="width", values="read_margin")
    print("read margin over wire resistance [ohm], for each width [m]")
    print(margin.round(3).to_string())
    axes = plot_sweep(
        table, ("wire_resistance", "read_margin", "width"), units=table.attrs["units"]
    )
    save_figure(axes.figure, out / "read_margin.png")
    print(f"table and picture: {out}")
    return margin


if __name__ == "__main__":
    main()
