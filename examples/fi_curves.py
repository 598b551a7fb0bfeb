"""F-I curves of the DPI neuron over leak and temperature.

A sweep of the neuron's input current, leak and temperature in ngspice; the table is kept in a
folder, and the sweep goes on where it was if it is stopped.

python examples/fi_curves.py
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ohmloom.analysis.figure_file import save_figure
from ohmloom.analysis.figures.sweep import plot_sweep
from ohmloom.circuits.sweep import run_sweep
from ohmloom.circuits.sweep.spec import SweepSpec, Values
from ohmloom.si import ms, nA, pA


def main(points: int = 5, folder: str | None = None, workers: int = 2) -> pd.DataFrame:
    """Rate over input current, leak and temperature."""
    spec = SweepSpec(
        circuit="dpi_neuron",
        measures=("rate", "energy_per_spike"),
        parameters={
            "duration": Values(values=(250 * ms,)),
            "leak_current": Values(values=(2 * pA, 5 * pA, 10 * pA)),
            "input_current": Values(
                values=tuple(np.geomspace(50 * pA, 1 * nA, points)), logarithmic=True
            ),
        },
        temperatures=(283.15, 300.15, 323.15),
    )
    out = Path(folder or tempfile.mkdtemp()) / "fi_curves"
    table = run_sweep(spec, out=out, workers=workers)
    shown = table.pivot_table(
        index="input_current", columns=["temperature", "leak_current"], values="rate"
    )
    print("rate [Hz] over input current [A], for each temperature [K] and leak [A]")
    print(shown.round(1).to_string())
    warm = table[table["temperature"] == 300.15]
    axes = plot_sweep(
        warm,
        ("input_current", "rate", "leak_current"),
        units=table.attrs["units"],
        logarithmic=("input_current",),
    )
    save_figure(axes.figure, out / "fi_curves.png")
    print(f"table and picture: {out}")
    return table


if __name__ == "__main__":
    main()
