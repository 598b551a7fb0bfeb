"""The chain of first light: train, make chips, calibrate, program, classify.

Four variants meet on the same chips: the network in floating point; a plain network on a chip that
nobody calibrated; the same network on the calibrated chip; a network that was trained with the
noise of the cells, on the calibrated chip.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ohmloom.analysis.calibration_check import CalibrationCheck, check_calibration
from ohmloom.analysis.classification import accuracy, confusion
from ohmloom.analysis.digits import LabelledSplit, handwritten_digits
from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.calibration.crossbar_calibration import calibrate_crossbar
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet, crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import ProductionSpread, Silicon, published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput
from ohmloom.mapping.dense_network import DenseNetwork
from ohmloom.mapping.mapped_network import map_network
from ohmloom.mapping.placement import tiles_needed
from ohmloom.mapping.write_verify import ProgrammingResult
from ohmloom.progress import Progress, part, silent
from ohmloom.si import day, hour, second
from ohmloom.threads import one_thread
from ohmloom.workers import run_tasks

FLOAT = "float"
UNCALIBRATED = "plain, uncalibrated chip"
CALIBRATED = "plain, calibrated chip"
NOISE_AWARE = "noise-aware, calibrated chip"
AGES = (1 * second, 1 * hour, 1 * day, 2 * day)
"""Times after programming: the range in which the statistics of the cells were measured [s]."""
CLASSES = 10

Stage = Callable[[str], None]
"""Called with the name of the stage that begins."""


@dataclass(frozen=True, kw_only=True)
class FirstLightSettings:
    """What to run."""

    seed: int = 0
    """Of the cut of the data, of training, and of the noise; not of the chips."""
    serials: tuple[int, ...] = tuple(range(10))
    """Serial numbers of the chips."""
    datasheet: CrossbarDatasheet = field(default_factory=crossbar_64)
    """What all chips have in common."""
    spread: ProductionSpread = field(default_factory=published_spread)
    """What production does not hold constant."""
    workers: int = 2
    """Processes; the results do not depend on it."""


@dataclass(frozen=True, kw_only=True)
class ProgrammedChip:
    """One network on one chip, from programming to the last age."""

    variant: str
    """Which network, on the chip in which state."""
    accuracy: Mapping[float, float]
    """Share of the test set that was classified right, by age [s]."""
    confusion: Mapping[float, IntArray]
    """Counts, shape (classes, classes), by age [s]; rows are the truth."""
    programming: ProgrammingResult
    """What write-verify did."""
    conductance: Mapping[float, FloatArray]
    """True conductance of the cells, shape (tiles, rows, columns) [S], by age [s]; only of the
    chip that is shown in detail."""


@dataclass(frozen=True, kw_only=True)
class ChipOutcome:
    """Everything that happened to one chip."""

    serial: int
    """Serial number."""
    variants: tuple[ProgrammedChip, ...]
    """The three variants that ran on it."""
    record: CalibrationRecord
    """Its calibration."""
    check: CalibrationCheck
    """The calibration held against the truth."""
    silicon: Silicon
    """The truth."""
    target: FloatArray
    """What the noise-aware network asks of the cells, shape (tiles, rows, columns) [S]."""
    known_stuck: BoolArray
    """Cells that it leaves alone, shaped alike."""


@dataclass(frozen=True, kw_only=True)
class FirstLight:
    """The result of a run."""

    settings: FirstLightSettings
    """What was run."""
    data: LabelledSplit
    """The digits."""
    float_accuracy: float
    """Accuracy of the plain network in floating point on the test set [1]."""
    float_confusion: IntArray
    """Its confusion, shape (classes, classes)."""
    noise_aware_float_accuracy: float
    """Accuracy of the noise-aware network in floating point [1]."""
    chips: tuple[ChipOutcome, ...]
    """The chips, in the order of their serial numbers in the settings."""
    seconds: float
    """Wall-clock time of the run [s]."""

    def accuracy_table(self) -> pd.DataFrame:
        """One line per chip, variant and age: chip, variant, age [s], accuracy."""
        rows = [
            {"chip": chip.serial, "variant": v.variant, "age": age, "accuracy": share}
            for chip in self.chips
            for v in chip.variants
            for age, share in v.accuracy.items()
        ]
        floats = [
            {"chip": chip.serial, "variant": FLOAT, "age": age, "accuracy": self.float_accuracy}
            for chip in self.chips
            for age in AGES
        ]
        return pd.DataFrame(floats + rows)

    def median_accuracy(self, variant: str, age: float) -> float:
        """Median over the chips [1]."""
        if variant == FLOAT:
            return self.float_accuracy
        found = [v.accuracy[age] for c in self.chips for v in c.variants if v.variant == variant]
        return float(np.median(found))

    def calibration_table(self) -> pd.DataFrame:
        """One line per chip: how far its calibration is from the truth."""
        return pd.DataFrame([{"chip": c.serial, **c.check.row()} for c in self.chips])

    def programming_table(self) -> pd.DataFrame:
        """One line per chip and variant: cells, pulses, cells that never arrived, error [S]."""
        rows = []
        for chip in self.chips:
            for variant in chip.variants:
                result = variant.programming
                rows.append(
                    {
                        "chip": chip.serial,
                        "variant": variant.variant,
                        "cells": int(result.asked.sum()),
                        "pulses": int(result.pulses.sum()),
                        "pulses_per_cell": float(result.pulses[result.asked].mean()),
                        "never_arrived": int(result.never_arrived.sum()),
                        "left_alone": int(np.isnan(result.target).sum()),
                        "error_spread": float(result.error[result.arrived].std()),
                        "duration": result.duration,
                    }
                )
        return pd.DataFrame(rows)


@dataclass(frozen=True, kw_only=True)
class _ChipTask:
    """What a worker needs to know about one chip."""

    serial: int
    detail: bool
    settings: FirstLightSettings
    data: LabelledSplit
    plain: DenseNetwork
    noise_aware: DenseNetwork


def run_first_light(
    settings: FirstLightSettings | None = None,
    *,
    progress: Progress = silent,
    stage: Stage = lambda _: None,
) -> FirstLight:
    """Train, make chips, calibrate, program, classify.

    Args:
        settings: what to run; ten chips when None.
        progress: told the share done.
        stage: told what is being done.

    Raises:
        InvalidInput: no chips, a serial number twice, or less than one worker.
        DoesNotFit: the network needs more tiles than the chip has.
    """
    from ohmloom.mapping.training import (  # noqa: PLC0415  torch loads slowly
        noise_aware_settings,
        plain_settings,
        train_classifier,
    )

    how = settings or FirstLightSettings()
    if not how.serials or len(set(how.serials)) < len(how.serials) or how.workers < 1:
        raise InvalidInput(
            f"at least one chip, each serial number once, and at least one worker are needed; "
            f"got serial numbers {how.serials} and {how.workers} workers"
        )
    started = time.monotonic()
    data = handwritten_digits(seed=how.seed)
    networks = []
    for kind, settings_of_kind, start, stop in (
        ("plain", plain_settings(), 0.0, 0.04),
        ("noise-aware", noise_aware_settings(), 0.04, 0.15),
    ):
        stage(f"training the {kind} network")
        with one_thread():
            networks.append(
                train_classifier(
                    data.train_inputs,
                    data.train_labels,
                    settings=settings_of_kind,
                    statistics=wan_2022(),
                    dac_codes=how.datasheet.highest_dac_code,
                    seed=how.seed,
                    progress=part(progress, start, stop),
                )
            )
    plain, noise_aware = networks
    if tiles_needed(plain, how.datasheet) > how.datasheet.tiles:
        # Met before the long work starts, with the message of the placement.
        map_network(plain, how.datasheet, record=None, samples=data.train_inputs)
    stage(f"calibrating, programming and reading {len(how.serials)} chips")
    tasks = [
        _ChipTask(
            serial=serial,
            detail=i == 0,
            settings=how,
            data=data,
            plain=plain,
            noise_aware=noise_aware,
        )
        for i, serial in enumerate(how.serials)
    ]
    chips = run_tasks(_examine_chip, tasks, workers=how.workers, progress=part(progress, 0.15, 1.0))
    predicted = plain(data.test_inputs).argmax(axis=1)
    return FirstLight(
        settings=how,
        data=data,
        float_accuracy=accuracy(predicted, data.test_labels),
        float_confusion=confusion(predicted, data.test_labels, CLASSES),
        noise_aware_float_accuracy=accuracy(
            noise_aware(data.test_inputs).argmax(axis=1), data.test_labels
        ),
        chips=tuple(chips),
        seconds=time.monotonic() - started,
    )


def _examine_chip(task: _ChipTask, progress: Progress) -> ChipOutcome:
    """Run the three variants on one chip."""
    how = task.settings

    def power_up() -> VirtualCrossbarChip:
        return VirtualCrossbarChip(
            task.serial, datasheet=how.datasheet, spread=how.spread, seed=how.seed
        )

    uncalibrated = _program_and_read(
        power_up(), task, UNCALIBRATED, task.plain, None, part(progress, 0.0, 0.25)
    )
    chip = power_up()
    record = calibrate_crossbar(chip, progress=part(progress, 0.25, 0.5))
    calibrated = _program_and_read(
        chip, task, CALIBRATED, task.plain, record, part(progress, 0.5, 0.75)
    )
    noise_aware = _program_and_read(
        chip, task, NOISE_AWARE, task.noise_aware, record, part(progress, 0.75, 1.0)
    )
    silicon, _ = reveal(chip)
    return ChipOutcome(
        serial=task.serial,
        variants=(uncalibrated, calibrated, noise_aware),
        record=record,
        check=check_calibration(record, silicon, how.datasheet),
        silicon=silicon,
        target=noise_aware.programming.target,
        known_stuck=np.isnan(noise_aware.programming.target),
    )


def _program_and_read(
    chip: VirtualCrossbarChip,
    task: _ChipTask,
    variant: str,
    network: DenseNetwork,
    record: CalibrationRecord | None,
    progress: Progress,
) -> ProgrammedChip:
    data = task.data
    mapped = map_network(network, task.settings.datasheet, record=record, samples=data.train_inputs)
    progress(0.2)
    programming = mapped.program(chip, progress=part(progress, 0.2, 0.6))
    finished = chip.time
    shares: dict[float, float] = {}
    counts: dict[float, IntArray] = {}
    conductance: dict[float, FloatArray] = {}
    for i, age in enumerate(AGES):
        chip.wait(max(0.0, finished + age - chip.time))
        predicted = mapped.run(chip, data.test_inputs).argmax(axis=1)
        shares[age] = accuracy(predicted, data.test_labels)
        counts[age] = confusion(predicted, data.test_labels, CLASSES)
        if task.detail:
            conductance[age] = reveal(chip)[1]
        progress(0.6 + 0.4 * (i + 1) / len(AGES))
    return ProgrammedChip(
        variant=variant,
        accuracy=shares,
        confusion=counts,
        programming=programming,
        conductance=conductance,
    )
