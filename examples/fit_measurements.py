"""From measured files to models: a sweep, a train of pulses, a retention series.

The files are made here, with noise, so that the truth is known; with files of your own, leave that
part out.

python examples/fit_measurements.py
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from ohmloom.devices.fitting.current_voltage import InstrumentNoise, fit_current_voltage
from ohmloom.devices.fitting.measured_files import read_pulse_train, read_retention, read_sweep
from ohmloom.devices.fitting.pulse_response import fit_pulse_response
from ohmloom.devices.fitting.retention import fit_drift
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.pulse_updates.presets import gong_2018_soft_bounds
from ohmloom.devices.stimulus import triangle_sweep, waveform
from ohmloom.devices.transient import simulate_transient
from ohmloom.randomness import stream
from ohmloom.si import mA, ns, uA, uS


def main(seed: int = 0) -> dict[str, pd.DataFrame]:
    """Estimates with their 90 % intervals, for each of the three files."""
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(Path(folder), seed)
        sweep = fit_current_voltage(
            kvatinsky_2015(),
            read_sweep(files["sweep"]),
            ["conduction.resistance_on", "conduction.resistance_off", "rate_off"],
            noise=InstrumentNoise(absolute=20 * uA, relative=0.02),
            initial_state=(1e-9,),
        )
        pulses = fit_pulse_response(
            gong_2018_soft_bounds(lowest=1 * uS, highest=60 * uS),
            read_pulse_train(files["pulses"]),
            ["population.step", "population.lowest", "population.highest"],
        )
        drift = fit_drift(read_retention(files["retention"]))
    tables = {
        "sweep": sweep.estimates.to_frame(),
        "pulses": pulses.estimates.to_frame(),
        "retention": drift.estimates.to_frame(),
    }
    for name, table in tables.items():
        print(f"\n{name}\n{table.to_string(index=False, float_format='{:.4g}'.format)}")
    return tables


def make_files(folder: Path, seed: int) -> dict[str, Path]:
    """Three files as an instrument might write them, with known truth and noise."""
    rng = stream(seed, "instrument")
    time = np.linspace(0.0, 400 * ns, 121)
    volts = triangle_sweep(1.0, 0.35, 400 * ns, cycles=1).at(time)
    current = simulate_transient(
        kvatinsky_2015(), waveform(time, volts), initial_state=(1e-9,), times=time
    ).current[:, 0]
    noisy = current + np.hypot(20 * uA, 0.02 * current) * rng.standard_normal(time.size)

    pulses, conductance = np.repeat([1, -1, 1], 400), [10.0]
    for direction in pulses:
        way = 42.0 - conductance[-1] if direction > 0 else 2.0 - conductance[-1]
        conductance.append(conductance[-1] + 0.01 * way + 0.05 * rng.standard_normal())

    hours = np.geomspace(0.01, 100.0, 15)
    exponents = 0.05 + 0.01 * rng.standard_normal(30)
    retention = [
        {
            "t [h]": t,
            "G [uS]": 10 * (t / hours[0]) ** -nu * np.exp(0.02 * rng.standard_normal()),
            "cell": cell,
        }
        for cell, nu in enumerate(exponents)
        for t in hours
    ]
    tables = {
        "sweep": pd.DataFrame({"t [ns]": time / ns, "V [V]": volts, "I [mA]": noisy / mA}),
        "pulses": pd.DataFrame({"pulse": [0, *pulses], "G [uS]": conductance}),
        "retention": pd.DataFrame(retention),
    }
    files = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(files[name], index=False)
    return files


if __name__ == "__main__":
    main()
