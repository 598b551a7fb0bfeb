"""The report of a first-light run: verdicts, tables, pictures, in one HTML file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ohmloom.analysis import figures
from ohmloom.analysis.first_light.chain import (
    NOISE_AWARE,
    UNCALIBRATED,
    ChipOutcome,
    FirstLight,
    ProgrammedChip,
)
from ohmloom.analysis.first_light.goals import accuracy_summary, first_light_verdicts
from ohmloom.analysis.report import (
    Report,
    ReportFigure,
    ReportTable,
    Section,
    figure_image,
)
from ohmloom.arrays import FloatArray
from ohmloom.calibration.readout import COLUMN_GAIN, COLUMN_OFFSET
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.devices.stimulus import pulse_train, sine
from ohmloom.devices.transient import simulate_transient
from ohmloom.provenance import provenance
from ohmloom.si import day, ms, nm, ns, second, uS
from ohmloom.storage import write_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def first_light_report(result: FirstLight) -> Report:
    """Everything about a run, the first chip in detail.

    Args:
        result: of `ohmloom.analysis.first_light.chain.run_first_light`.
    """
    shown = result.chips[0]
    digits = len(result.data.test_labels)
    return Report(
        title="First light",
        subtitle=(
            f"Handwritten digits on {len(result.chips)} memristor chips: trained, calibrated, "
            f"programmed, read; {digits} test digits, {result.seconds:.0f} s"
        ),
        verdicts=first_light_verdicts(result),
        provenance=provenance(),
        sections=(
            _accuracy(result),
            _chip(result, shown),
            _calibration(result, shown),
            _programming(result, shown),
            _device(),
        ),
    )


def write_first_light(result: FirstLight, folder: Path) -> Path:
    """Write report, tables and calibration records into a folder that exists.

    Returns:
        The report.

    Raises:
        CannotWrite: a file cannot be written.
    """
    write_text(folder / "accuracy.csv", result.accuracy_table().to_csv(index=False))
    write_text(folder / "calibration.csv", result.calibration_table().to_csv(index=False))
    write_text(folder / "programming.csv", result.programming_table().to_csv(index=False))
    for chip in result.chips:
        chip.record.save(folder / "records" / f"{chip.record.chip.model}-{chip.serial}")
    report = folder / "report.html"
    first_light_report(result).write(report)
    return report


@contextmanager
def _axes(width: float = 6.0, height: float = 4.0) -> Iterator["Axes"]:
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    yield Figure(figsize=(width, height), layout="constrained").add_subplot()


def _figure(caption: str, alt: str, ax: "Axes", *, wide: bool = False) -> ReportFigure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("axes without a figure")
    return ReportFigure(caption=caption, image=figure_image(figure), alt=alt, wide=wide)


def _variant(chip: ChipOutcome, name: str) -> ProgrammedChip:
    return next(v for v in chip.variants if v.variant == name)


def _accuracy(result: FirstLight) -> Section:
    summary = accuracy_summary(result)
    shares = {name: ".4f" for name in summary.columns if name != "variant"}
    with _axes() as over_time, _axes() as per_chip, _axes() as worst, _axes() as best:
        figures.plot_accuracy(result.accuracy_table(), over_time)
        figures.plot_accuracy_per_chip(result.accuracy_table(), 1 * day, per_chip)
        shown = result.chips[0]
        figures.plot_confusion(_variant(shown, UNCALIBRATED).confusion[1 * day], worst)
        figures.plot_confusion(_variant(shown, NOISE_AWARE).confusion[1 * day], best)
        pictures = (
            _figure(
                "Accuracy after programming: median of the chips; the band reaches from the worst "
                "chip to the best.",
                "Accuracy of four variants over the time since programming",
                over_time,
            ),
            _figure(
                "Accuracy of each chip one day after programming.",
                "Accuracy of each chip and variant",
                per_chip,
            ),
            _figure(
                f"Chip {shown.serial}, {UNCALIBRATED}, 1 day: what is taken for what.",
                "Confusion of the plain network on the uncalibrated chip",
                worst,
            ),
            _figure(
                f"Chip {shown.serial}, {NOISE_AWARE}, 1 day: what is taken for what.",
                "Confusion of the noise-aware network on the calibrated chip",
                best,
            ),
        )
    return Section(
        title="Accuracy",
        paragraphs=(
            (
                "Four variants on the same chips. Float: the plain network in floating point. "
                "Plain, uncalibrated: programmed and read as if the data sheet were true. Plain, "
                "calibrated: the same network, with stuck cells avoided, gains, offsets and wires "
                "compensated. Noise-aware, calibrated: trained with the spread of the cells. The "
                f"noise-aware network itself reaches {result.noise_aware_float_accuracy:.4f} in "
                "floating point."
            ),
        ),
        tables=(
            ReportTable(
                caption=(
                    "Accuracy [1], median of the chips, by time after programming; worst chip at "
                    "its worst time"
                ),
                frame=summary,
                formats=shares,
            ),
        ),
        figures=pictures,
    )


def _chip(result: FirstLight, shown: ChipOutcome) -> Section:
    tile = 0
    conductance = _variant(shown, NOISE_AWARE).conductance[1 * second][tile]
    transfer = Crossbar(
        conductance=conductance,
        r_word_line=shown.silicon.r_word_line,
        r_bit_line=shown.silicon.r_bit_line,
    ).transfer()
    with _axes(6.0, 5.2) as cells, _axes(6.0, 5.2) as loss:
        figures.plot_conductance_map(conductance, cells, stuck=shown.silicon.stuck.mask[tile])
        figures.plot_wire_loss(conductance, transfer, loss)
        pictures = (
            _figure(
                f"Chip {shown.serial}, tile {tile}, 1 s after programming the noise-aware network: "
                "conductance of the cells; stuck cells framed.",
                "Conductance map of one tile",
                cells,
            ),
            _figure(
                "The same tile: what the wires take from each cell.",
                "Wire loss over the tile",
                loss,
            ),
        )
    sheet = result.settings.datasheet
    return Section(
        title="The chips",
        paragraphs=(
            (
                f"{sheet.model}: {sheet.tiles} tiles of {sheet.rows}x{sheet.columns} 1T1R cells, "
                f"{sheet.conductance_low / uS:g} to {sheet.conductance_high / uS:g} uS, "
                f"{sheet.dac_bits}-bit DAC per row, {sheet.adc_bits}-bit ADC per column, wires of "
                f"{sheet.r_word_line:g} ohm per segment. Cells relax and drift as measured by Wan "
                "et al. (Nature 608, 504, 2022) between 1 s and 2 days; they answer pulses, and "
                "are stuck as often, as those of Gong, Rasch et al. (IEDM 2022); converters "
                "mismatch as Pelgrom's rule gives with the figures of Kinget (JSSC 40(6), 2005). "
                "Read noise is that of Falcone et al. (arXiv 2502.04524). Not modelled: wire drop "
                "while writing, half-select, settling, temperature, integral non-linearity."
            ),
        ),
        figures=pictures,
    )


def _calibration(result: FirstLight, shown: ChipOutcome) -> Section:
    gain, offset = (shown.record.quantities[name] for name in (COLUMN_GAIN, COLUMN_OFFSET))
    tile = 0
    with _axes() as gains, _axes() as offsets, _axes(6.0, 5.2) as stuck:
        figures.plot_column_gain(
            shown.silicon.adc_gain[tile],
            1.0,
            gain.value[tile],
            gains,
            uncertainty=gain.uncertainty[tile],
        )
        figures.plot_column_offset(
            shown.silicon.adc_offset[tile],
            0.0,
            offset.value[tile],
            offsets,
            uncertainty=offset.uncertainty[tile],
        )
        figures.plot_stuck_cells(
            shown.silicon.stuck.mask[tile], shown.record.masks["stuck cells"][tile], stuck
        )
        pictures = (
            _figure(
                f"Chip {shown.serial}, tile {tile}: error of the believed column gain before and "
                "after calibration.",
                "Column gain before and after",
                gains,
            ),
            _figure(
                f"Chip {shown.serial}, tile {tile}: error of the believed column offset before "
                "and after calibration.",
                "Column offset before and after",
                offsets,
            ),
            _figure(
                f"Chip {shown.serial}, tile {tile}: stuck cells, found and true.",
                "Stuck cells found and true",
                stuck,
            ),
        )
    table = pd.DataFrame(
        [
            {
                "chip": chip.serial,
                "gain [%]": 100 * chip.check.column_gain,
                "offset [steps]": chip.check.column_offset,
                "row [steps]": chip.check.row_offset,
                "word [%]": 100 * chip.check.word_line,
                "bit [%]": 100 * chip.check.bit_line,
                "found": chip.check.stuck.hits,
                "missed": chip.check.stuck.misses,
                "false": chip.check.stuck.false_alarms,
                "covered [%]": 100 * chip.check.covered,
            }
            for chip in result.chips
        ]
    )
    record = shown.record.summary()
    # A median far below its own uncertainty is zero to a reader.
    record["median"] = record["median"].where(
        record["median"].abs() > 1e-3 * record["uncertainty"], 0
    )
    return Section(
        title="Calibration against the hidden truth",
        paragraphs=(
            (
                "Calibration sees a chip through its protocol alone: codes in, codes out, pulses "
                "and a clock. Columns are measured with a test current, row drivers with opposite "
                "codes, cells by driving them to both ends, wires by what cells take from each "
                "other. The truth was looked at afterwards, for this page."
            ),
        ),
        tables=(
            ReportTable(
                caption=(
                    "Errors of calibration by chip: gain and offset of the worst column [ADC "
                    "steps], offset of the worst row [DAC steps], word and bit lines, stuck cells, "
                    "and the share of gains and offsets within two of their own uncertainties "
                    "(95 % or more if these are honest)"
                ),
                frame=table,
                formats={
                    "gain [%]": ".2f",
                    "offset [steps]": ".2f",
                    "row [steps]": ".2f",
                    "word [%]": "+.2f",
                    "bit [%]": "+.2f",
                    "covered [%]": ".1f",
                },
            ),
            ReportTable(
                caption=f"Record of chip {shown.serial}",
                frame=record,
                formats={"median": ".4g", "spread": ".3g", "uncertainty": ".2g"},
            ),
        ),
        figures=pictures,
    )


def _programming(result: FirstLight, shown: ChipOutcome) -> Section:
    variant = _variant(shown, NOISE_AWARE)
    arrived = variant.programming.arrived
    target = shown.target[arrived]
    errors: dict[float, FloatArray] = {
        age: conductance[arrived] - target for age, conductance in variant.conductance.items()
    }
    achieved = {age: conductance[arrived] for age, conductance in variant.conductance.items()}
    statistics = wan_2022()
    curve = {age: statistics.spread(target, age) for age in (1 * second, 1 * day)}
    some = {age: achieved[age] for age in curve}
    with _axes() as error, _axes() as spread, _axes() as pulses:
        figures.plot_programming_error(errors, error)
        figures.plot_spread_against_conductance(target, some, curve, spread)
        figures.plot_pulses(variant.programming.pulses[variant.programming.asked], pulses)
        pictures = (
            _figure(
                f"Chip {shown.serial}, noise-aware network: distance from the target, of the true "
                "conductance of accepted cells, on a probit axis.",
                "Programming error by age",
                error,
            ),
            _figure(
                "The same cells: spread against target, beside the published curves.",
                "Spread against conductance",
                spread,
            ),
            _figure("Pulses that each cell got.", "Histogram of pulses", pulses),
        )
    by_variant = result.programming_table().groupby("variant", sort=False)
    table = pd.DataFrame(
        [
            {
                "variant": name,
                "cells": rows["cells"].median(),
                "left alone": rows["left_alone"].median(),
                "pulses a cell": rows["pulses_per_cell"].median(),
                "never arrived": rows["never_arrived"].median(),
                "worst chip": rows["never_arrived"].max(),
                "spread [uS]": rows["error_spread"].median() / uS,
                "time [ms]": rows["duration"].median() / ms,
            }
            for name, rows in by_variant
        ]
    )
    return Section(
        title="Programming by write-verify",
        paragraphs=(
            (
                "Cells are RESET, then pulsed until a reading lies within 1 uS of what the exact "
                "solver expects of the wanted array. On an uncalibrated chip the stuck cells are "
                "not known; they are pulsed until the patience ends and never arrive."
            ),
        ),
        tables=(
            ReportTable(
                caption=(
                    "Programming, median of the chips: cells that were programmed and cells known "
                    "to be stuck, pulses, cells that were never accepted, spread at the final "
                    "reading, time on the chip"
                ),
                frame=table,
                formats={
                    "cells": ".0f",
                    "left alone": ".0f",
                    "pulses a cell": ".1f",
                    "never arrived": ".0f",
                    "spread [uS]": ".2f",
                    "time [ms]": ".1f",
                },
            ),
        ),
        figures=pictures,
    )


def _device() -> Section:
    device = kvatinsky_2015()
    waves = simulate_transient(
        device,
        sine(1.0, 20 * ns, cycles=2, points_per_period=400),
        initial_state=[1.5 * nm],
    )
    pulses = simulate_transient(
        device,
        pulse_train(np.full(10, 0.5), width=10 * ns, gap=10 * ns),
        initial_state=[0.0],
    )
    with _axes() as loop, _axes() as state:
        figures.plot_hysteresis(waves.voltage[:, 0], waves.current[:, 0], loop)
        figures.plot_state(
            pulses.time,
            pulses.voltage[:, 0],
            pulses.state[0, :, 0] / nm,
            state,
            state_label="state x [nm]",
        )
        pictures = (
            _figure(
                "VTEAM, 1 V sine at 50 MHz: the pinched loop of a memristor.",
                "Current against voltage",
                loop,
            ),
            _figure(
                "VTEAM, pulses of 0.5 V and 10 ns: the state moves only while a pulse lasts.",
                "State under a train of pulses",
                state,
            ),
        )
    return Section(
        title="The physics behind it",
        paragraphs=(
            (
                "A memristor remembers the voltage it has seen. VTEAM (Kvatinsky et al., IEEE "
                "TCAS-II 62(8), 2015) moves its state only while the voltage is beyond a "
                "threshold, so that short pulses move it in steps. The chips above use measured "
                "statistics, not this equation."
            ),
        ),
        figures=pictures,
    )
