"""Draws the picture of the README: `python docs/make_pictures.py`, about a minute."""

from pathlib import Path

from matplotlib.figure import Figure

from ohmloom.analysis import figures
from ohmloom.analysis.first_light.chain import CALIBRATED, NOISE_AWARE, run_first_light
from ohmloom.calibration.readout import COLUMN_GAIN
from ohmloom.si import second


def main() -> None:
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
    target = Path(__file__).parent / "images" / "first_light.png"
    sheet.savefig(target, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main()
