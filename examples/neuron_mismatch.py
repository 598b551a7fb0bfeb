"""Mismatch of a neuron: a thousand samples of rate and time constant, and the closed form.

The time constant goes with the current of one transistor, the leak; how that scatters follows from
its size. The rate goes with many, and scatters more.

python examples/neuron_mismatch.py
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ohmloom.circuits.neurons.dpi_neuron import livi_2009
from ohmloom.circuits.sweep import run_sweep
from ohmloom.circuits.sweep.spec import SweepSpec
from ohmloom.circuits.technologies.closed_forms import weak_inversion_spread
from ohmloom.si import um


def main(samples: int = 1000, folder: str | None = None, workers: int = 2) -> pd.DataFrame:
    """Coefficients of variation, simulated and by the closed form."""
    spec = SweepSpec(
        circuit="dpi_neuron", measures=("rate", "time_constant"), samples=samples, seed=1
    )
    out = Path(folder or tempfile.mkdtemp()) / "neuron_mismatch"
    table = run_sweep(spec, out=out, workers=workers)

    neuron = livi_2009()
    weak = neuron.technology.weak_inversion("n", temperature=300.15)
    leak = weak_inversion_spread(
        neuron.technology.pelgrom("n"),
        width=1 * um,
        length=4 * um,
        slope_factor=weak.slope_factor,
        temperature=300.15,
    )
    spiking = table[table["rate"] > 0.0]
    summary = pd.DataFrame(
        {
            "mean": [spiking["rate"].mean(), table["time_constant"].mean()],
            "variation, simulated": [
                spiking["rate"].std() / spiking["rate"].mean(),
                np.log(table["time_constant"]).std(),
            ],
            "variation, closed form of the leak": [np.nan, leak],
            "silent": [int((table["rate"] == 0.0).sum()), 0],
        },
        index=["rate [Hz]", "time constant [s]"],
    )
    print(summary.to_string(float_format=lambda value: f"{value:.4g}"))
    print(f"table: {out}")
    return summary


if __name__ == "__main__":
    main()
