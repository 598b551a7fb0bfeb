"""The goals of a first-light run, held against what was measured."""

from typing import Any

import pandas as pd

from ohmloom.analysis.figures.ages import age_label
from ohmloom.analysis.first_light.chain import (
    AGES,
    CALIBRATED,
    FLOAT,
    NOISE_AWARE,
    UNCALIBRATED,
    FirstLight,
)
from ohmloom.analysis.report import Verdict
from ohmloom.circuits.reference_arrays import worst_deviation
from ohmloom.si import day, second

VARIANTS = (FLOAT, UNCALIBRATED, CALIBRATED, NOISE_AWARE)


def first_light_verdicts(result: FirstLight) -> tuple[Verdict, ...]:
    """The goals of the run, what was measured, and whether they are met."""
    checks = [chip.check for chip in result.chips]
    bar = result.float_accuracy
    early = result.median_accuracy(NOISE_AWARE, 1 * second)
    late = result.median_accuracy(NOISE_AWARE, 1 * day)
    raw = result.median_accuracy(UNCALIBRATED, 1 * second)
    gain = max(check.column_gain for check in checks)
    offset = max(check.column_offset for check in checks)
    precision = min(check.stuck.precision for check in checks)
    recall = min(check.stuck.recall for check in checks)
    wires = max(max(abs(check.word_line), abs(check.bit_line)) for check in checks)
    solver = worst_deviation()

    def goal(subject: str, wanted: str, measured: str, met: bool) -> Verdict:
        return Verdict(subject=subject, goal=wanted, measured=measured, met=bool(met))

    return (
        goal("float", "at least 0.970", f"{bar:.4f}", bar >= 0.97),
        goal(
            "noise-aware, calibrated, 1 s",
            "within 0.010 of float",
            f"{early:.4f}, {_below(bar - early)}",
            bar - early <= 0.010,
        ),
        goal(
            "noise-aware, calibrated, 1 d",
            "within 0.020 of float",
            f"{late:.4f}, {_below(bar - late)}",
            bar - late <= 0.020,
        ),
        goal(
            "plain, uncalibrated, 1 s",
            "loses 0.050 more, or worse",
            f"{raw:.4f}, loses {early - raw:.4f} more",
            early - raw >= 0.050,
        ),
        goal("column gain, worst", "within 1 %", f"{gain:.2%}", gain <= 0.01),
        goal("column offset, worst", "within 1 ADC step", f"{offset:.2f} steps", offset <= 1.0),
        goal(
            "stuck cells, worst chip",
            "precision, recall 0.99",
            f"{precision:.4f}, {recall:.4f}",
            precision >= 0.99 and recall >= 0.99,
        ),
        goal("wire resistance, worst", "within 5 %", f"{wires:.2%}", wires <= 0.05),
        goal(
            "exact solver, worst value",
            "within 1e-9 of published",
            f"{solver:.1e}",
            solver <= 1e-9,
        ),
    )


def _below(loss: float) -> str:
    return f"{abs(loss):.4f} {'below' if loss >= 0 else 'above'}"


def accuracy_summary(result: FirstLight) -> pd.DataFrame:
    """One line per variant: median accuracy at each age, and the worst chip at the last age."""
    rows = []
    for variant in VARIANTS:
        row: dict[str, Any] = {"variant": variant}
        for age in AGES:
            row[age_label(age)] = result.median_accuracy(variant, age)
        worst = [
            min(v.accuracy.values())
            for chip in result.chips
            for v in chip.variants
            if v.variant == variant
        ]
        row["worst"] = min(worst, default=result.float_accuracy)
        rows.append(row)
    return pd.DataFrame(rows)
