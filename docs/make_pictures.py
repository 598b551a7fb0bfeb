"""Draws the pictures of the README and of the documentation, in about a minute.

python docs/make_pictures.py
"""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ohmloom.analysis import figures
from ohmloom.analysis.dynapse_drawing import draw_configuration
from ohmloom.analysis.first_light.chain import CALIBRATED, NOISE_AWARE, run_first_light
from ohmloom.arrays import FloatArray
from ohmloom.calibration.readout import COLUMN_GAIN
from ohmloom.circuits.approximate_crossbar import closed_form, read_by_fixed_point
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.dynapse.virtual import VirtualDynapse2
from ohmloom.mapping.dynapse import Board, SpikingNetwork, route
from ohmloom.randomness import stream
from ohmloom.si import nA, ohm, pA, second, uS, volt

IMAGES = Path(__file__).parent / "images"


def main() -> None:
    """Draw all of them."""
    draw_first_light()
    draw_approximations()
    draw_wire_loss()
    draw_dynapse()


def draw_first_light() -> None:
    """Run first light on ten chips and draw accuracy, one tile and the gains of its columns."""
    result = run_first_light()
    shown = result.chips[0]
    noise_aware = next(v for v in shown.variants if v.variant == NOISE_AWARE)
    gain = shown.record.quantities[COLUMN_GAIN]
    table = result.accuracy_table()
    sheet = Figure(figsize=(15.0, 4.6), layout="constrained")
    accuracy, cells, gains = sheet.subplots(1, 3, width_ratios=(1.15, 1.0, 1.0))
    figures.plot_accuracy(table[table["variant"] != CALIBRATED], accuracy)
    figures.plot_conductance_map(
        noise_aware.conductance[1 * second][0], cells, stuck=shown.silicon.stuck.mask[0]
    )
    figures.plot_column_gain(
        shown.silicon.adc_gain[0], 1.0, gain.value[0], gains, uncertainty=gain.uncertainty[0]
    )
    accuracy.tick_params(axis="x", labelsize=7)
    sheet.savefig(IMAGES / "first_light.png", dpi=80, metadata={"Software": None})


def draw_approximations() -> None:
    """Errors of approximations of a 128x128 array, from wires that take little to nearly all."""
    rng = stream(1, "approximations of a crossbar")
    cells = rng.uniform(1 * uS, 100 * uS, (128, 128))
    drive = rng.uniform(0.0, 0.2 * volt, (16, 128))
    rows = []
    for segment in np.geomspace(0.01 * ohm, 30 * ohm, 15):
        array = Crossbar(conductance=cells, r_word_line=segment, r_bit_line=segment)
        exact = array.output_current(drive)

        def error(found: FloatArray, exact: FloatArray = exact) -> float:
            return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))

        row = {"loss": 1.0 - exact.sum() / (drive @ cells).sum()}
        for passes in (1, 3, 10, 30):
            read = read_by_fixed_point(array, drive, iterations=passes)
            name = "1 pass" if passes == 1 else f"{passes} passes"
            row[f"fixed point, {name}"] = error(read.output_current)
            if passes == 10:
                bound = np.linalg.norm(read.error_bound) / np.linalg.norm(exact)
                row["its bound, 10 passes"] = float(bound)
        row["closed form, k = 1"] = error(drive @ closed_form(array, drive, bend=1.0).transfer)
        row["closed form, best k"] = error(drive @ closed_form(array, drive).transfer)
        rows.append(row)
    axes = figures.plot_approximations(pd.DataFrame(rows))
    sheet = axes.figure
    sheet.set_size_inches(8.0, 5.0)
    axes.set_ylim(1e-14, 1.0)
    sheet.savefig(IMAGES / "approximations.png", dpi=80, metadata={"Software": None})


def draw_wire_loss() -> None:
    """What wires of 1 ohm take from arrays of equal cells of 10 kohm."""
    rows = []
    for size in (16, 32, 64, 128, 256, 512, 1024):
        array = Crossbar(
            conductance=np.full((size, size), 100 * uS), r_word_line=1 * ohm, r_bit_line=1 * ohm
        )
        current = array.output_current(np.full(size, 0.2 * volt))
        loss = 1.0 - current / (size * 0.2 * volt * 100 * uS)
        rows.append({"size": size, "first column": loss[0], "last column": loss[-1]})
    sheet = figures.plot_loss_of_sizes(pd.DataFrame(rows)).figure
    sheet.savefig(IMAGES / "wire_loss.png", dpi=80, metadata={"Software": None})


def draw_dynapse() -> None:
    """A network of three kinds of neurons on a virtual board whose CAM words fail as measured."""
    rng = stream(1, "network of the picture")
    neurons, inputs = 700, 20
    fan_in = rng.integers(4, 30, neurons)
    source = [rng.choice(neurons + inputs, count, replace=False) for count in fan_in]
    network = SpikingNetwork(
        neurons=neurons,
        inputs=inputs,
        source=np.concatenate(source),
        target=np.repeat(np.arange(neurons), fan_in),
        weight=rng.uniform(1 * nA, 5 * nA, fan_in.sum()),
        receptor=rng.integers(0, 4, fan_in.sum()),
        parameters={"SOIF_LEAK_N": np.repeat([5 * pA, 50 * pA, 400 * pA], [300, 250, 150])},
    )
    usable = VirtualDynapse2(3).reveal().usable.reshape(1, 4, 256, 64, 2)
    routed = route(network, Board(chip="se2", usable_words=usable))
    sheet = draw_configuration(routed.configuration, usable)
    sheet.savefig(IMAGES / "dynapse.png", dpi=70, metadata={"Software": None})


if __name__ == "__main__":
    main()
