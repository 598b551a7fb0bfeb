"""One memristor as an equation, as a cell in a programming loop, and as noise in training.

A VTEAM device is pulsed, written and verified in an array of cells that differ; what the loop
leaves behind becomes the noise that a torch layer is trained with.

python examples/one_device_three_ways.py
"""

import numpy as np
import pandas as pd
import torch

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.memristors.physical_cells import physical_cells
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.statistics.measured_population import measure_population
from ohmloom.devices.stimulus import triangle_sweep
from ohmloom.devices.transient import simulate_transient
from ohmloom.devices.write_verify import IncrementalProgramming
from ohmloom.mapping.analog_linear import AnalogLinear
from ohmloom.randomness import stream
from ohmloom.si import mS, ms, nm, ns, volt


def main(cells: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Conductance asked for, and what the array makes of it: error and spread."""
    device = kvatinsky_2015()

    # 1. The equation: how far one sweep moves the border of the film.
    sweep = simulate_transient(
        device, triangle_sweep(1.0, 0.3, 20 * ns, cycles=1), initial_state=(1.5 * nm,)
    )
    print(f"a sweep moves the border by {np.ptp(sweep.state) / nm:.2f} nm")

    # 2. The same device as a cell of an array: rates and thresholds differ, pulses scatter.
    response, mismatch = physical_cells(
        device,
        shape=(cells,),
        spreads={"rate_on": 0.2, "rate_off": 0.2, "threshold_on": 0.02},
        set_sign=-1,  # this device is SET by negative voltages
        read_voltage=0.01 * volt,
        cycle_spread=0.1,
        rng=stream(seed, "mismatch"),
    )
    array = DeviceArray(
        shape=(cells,),
        key=cell_key(seed, "life"),
        initial=1.5 * mS,
        response=response,
        cells=mismatch,
    )
    statistics = measure_population(
        array,
        np.linspace(2 * mS, 10 * mS, 5),
        [1 * ms],
        tolerance=0.3 * mS,
        rng=stream(seed, "read noise"),
        programming=IncrementalProgramming(
            first_set=0.21 * volt,
            last_set=0.45 * volt,
            first_reset=0.1 * volt,
            last_reset=2.0 * volt,
            step=0.01 * volt,
            width=10 * ns,
            read_time=10 * ns,
            erase_pulses=0,
            both_ways=True,
            most_pulses=150,
        ),
    )
    table = pd.DataFrame(
        {
            "target [mS]": statistics.targets / mS,
            "error [mS]": statistics.error[0] / mS,
            "spread [mS]": statistics.deviation[0] / mS,
        }
    )
    print(table.round(3).to_string(index=False))

    # 3. What the loop left is what training adds to every weight.
    layer = AnalogLinear(
        16,
        4,
        statistics=statistics,
        dac_codes=127,
        input_range=1.0,
        noise_scale=1.0,
        generator=torch.Generator().manual_seed(seed),
    )
    inputs = torch.linspace(-1.0, 1.0, 16).expand(2000, 16)
    noise = float(layer(inputs).detach().std(dim=0).mean())
    print(f"in training, outputs scatter by {noise:.3f}")
    return table


if __name__ == "__main__":
    main()
