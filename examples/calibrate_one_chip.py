"""Calibrate one virtual memristor chip, keep the record, and use it after another power-up.

python examples/calibrate_one_chip.py
"""

import tempfile
from pathlib import Path

import pandas as pd

from ohmloom.calibration.crossbar_calibration import calibrate_crossbar
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip


def main(tiles: int = 2) -> pd.DataFrame:
    """Calibrate chip 7 and return the summary of its record."""
    datasheet = crossbar_64(tiles)
    record = calibrate_crossbar(VirtualCrossbarChip(7, datasheet=datasheet))
    with tempfile.TemporaryDirectory() as folder:
        record.save(Path(folder) / "chip-7")
        again = CalibrationRecord.load(Path(folder) / "chip-7")
    tomorrow = VirtualCrossbarChip(7, datasheet=datasheet, seed=1)
    again.apply(tomorrow)
    print(again)
    print(again.summary().to_string(index=False))
    return again.summary()


if __name__ == "__main__":
    main()
