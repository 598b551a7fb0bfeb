"""Two records of one chip, held against each other: has it drifted since?"""

import numpy as np
import pandas as pd

from ohmloom.calibration.record import CalibrationRecord
from ohmloom.errors import WrongChip

SIGNIFICANT = 4.0
"""A change beyond this many combined uncertainties counts; of a thousand values none should."""


def compare_records(earlier: CalibrationRecord, later: CalibrationRecord) -> pd.DataFrame:
    """What has changed from one record to the next.

    Args:
        earlier: the record to compare with.
        later: the new record, of the same chip.

    Returns:
        One line per quantity or mask: median of the change, largest change, both in the quantity's
        unit; how many values changed by more than four combined uncertainties, of how many that
        were measured both times. For a mask, how many entries differ.

    Raises:
        WrongChip: the records are of different chips, or of one chip in different sizes.
    """
    earlier.check_belongs_to(later.chip)
    rows = []
    for name in earlier.quantities.keys() & later.quantities.keys():
        before, after = earlier.quantities[name], later.quantities[name]
        _check_shapes(name, before.value.shape, after.value.shape)
        both = before.valid & after.valid
        change = (after.value - before.value)[both]
        combined = np.hypot(before.uncertainty, after.uncertainty)[both]
        rows.append(
            {
                "quantity": name,
                "unit": after.unit,
                "median change": float(np.median(change)) if change.size else np.nan,
                "largest change": float(np.abs(change).max()) if change.size else np.nan,
                "changed": int((np.abs(change) > SIGNIFICANT * combined).sum()),
                "values": int(both.sum()),
            }
        )
    order = list(later.quantities)
    rows.sort(key=lambda row: order.index(str(row["quantity"])))
    for name in earlier.masks.keys() & later.masks.keys():
        was, now = earlier.masks[name], later.masks[name]
        _check_shapes(name, was.shape, now.shape)
        rows.append(
            {
                "quantity": name,
                "unit": "",
                "median change": np.nan,
                "largest change": np.nan,
                "changed": int((was != now).sum()),
                "values": now.size,
            }
        )
    return pd.DataFrame(rows)


def _check_shapes(name: str, before: tuple[int, ...], after: tuple[int, ...]) -> None:
    if before != after:
        raise WrongChip(
            f"the records are of chips of different size: {name!r} has shape {before} in the "
            f"earlier one and {after} in the later"
        )
