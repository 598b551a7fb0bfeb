"""`CalibrationRecord`: how one chip differs from its data sheet, and which codes make up for it.

On disk a record is one folder: `record.json` says what was measured, when and with what;
`arrays.npz` holds the numbers; the JSON carries the checksum of the arrays, so that a record which
was cut off or changed is refused. Never a pickle.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.chip import Chip, ChipIdentity, SignalT
from ohmloom.errors import CorruptFile, InvalidInput, WrongChip
from ohmloom.provenance import Provenance
from ohmloom.storage import write_folder

SCHEMA = 1
KIND = "ohmloom calibration record"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A measured quantity: values, how far to trust them, and which of them are of use."""

    value: FloatArray
    """What was found, in `unit`; any shape."""
    uncertainty: FloatArray
    """Standard uncertainty (one sigma), shaped as `value`, in `unit`."""
    valid: BoolArray
    """False where the measurement failed, shaped as `value`."""
    unit: str
    """Unit of value and uncertainty; "1" for a ratio."""

    def __repr__(self) -> str:
        good = self.value[self.valid]
        median = float(np.median(good)) if good.size else np.nan
        failed = self.value.size - good.size
        return (
            f"Measured(median={median:.6g} {self.unit}, shape={self.value.shape}, failed={failed})"
        )


@dataclass(frozen=True, kw_only=True)
class CalibrationRecord:
    """Everything that was found out about one chip."""

    chip: ChipIdentity
    """The chip it belongs to."""
    quantities: Mapping[str, Measured]
    """What was measured, by name."""
    masks: Mapping[str, BoolArray]
    """What was found to be faulty, by name."""
    codes: Mapping[str, IntArray]
    """Codes that calibration chose, by knob."""
    at_limit: Mapping[str, BoolArray]
    """Where a wanted code lies beyond the end of its knob, by knob, shaped as the codes."""
    chip_time: float
    """Time on the chip's clock when the record was finished [s]."""
    provenance: Provenance
    """When and with which versions the record was made."""

    def __repr__(self) -> str:
        failed = sum(int((~measured.valid).sum()) for measured in self.quantities.values())
        limited = sum(int(mask.sum()) for mask in self.at_limit.values())
        return (
            f"CalibrationRecord({self.chip}, {len(self.quantities)} quantities, {failed} values "
            f"failed, {limited} codes at a limit, made {self.provenance.made_at})"
        )

    def check_belongs_to(self, identity: ChipIdentity) -> None:
        """Raise `WrongChip` unless the record was made of the chip with this identity."""
        if identity != self.chip:
            raise WrongChip(
                f"this record was made of {self.chip}, but the chip at hand is {identity}; "
                f"calibrate {identity}, or load its own record"
            )

    def apply(self, chip: Chip[SignalT]) -> None:
        """Set the codes that calibration chose.

        Raises:
            WrongChip: the record was made of another chip, or of one of another size. The chip is
                untouched then.
        """
        self.check_belongs_to(chip.identity)
        knobs = chip.description.knobs
        for knob, codes in self.codes.items():
            found = knobs[knob].shape if knob in knobs else "no such knob"
            if found != codes.shape:
                raise WrongChip(
                    f"this record was made of a chip of another size: it sets {knob!r} of shape "
                    f"{codes.shape}, but {chip.identity} at hand has {found}"
                )
        for knob, codes in self.codes.items():
            chip.set_codes(knob, codes)

    def summary(self) -> pd.DataFrame:
        """One line per quantity: median, spread, median uncertainty, failures."""
        rows = []
        for name, measured in self.quantities.items():
            good = measured.value[measured.valid]
            trust = measured.uncertainty[measured.valid]
            rows.append(
                {
                    "quantity": name,
                    "unit": measured.unit,
                    "median": float(np.median(good)) if good.size else np.nan,
                    "spread": float(good.std()) if good.size else np.nan,
                    "uncertainty": float(np.median(trust)) if trust.size else np.nan,
                    "values": measured.value.size,
                    "failed": int((~measured.valid).sum()),
                }
            )
        return pd.DataFrame(rows)

    def save(self, folder: str | Path) -> Path:
        """Write the record as one folder, at once or not at all.

        Raises:
            CannotWrite: the folder cannot be written.
        """
        arrays: dict[str, Any] = {}
        for name, measured in self.quantities.items():
            arrays[f"quantities/{name}/value"] = measured.value
            arrays[f"quantities/{name}/uncertainty"] = measured.uncertainty
            arrays[f"quantities/{name}/valid"] = measured.valid
        for group in ("masks", "codes", "at_limit"):
            for name, array in getattr(self, group).items():
                arrays[f"{group}/{name}"] = array
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        head = {
            "kind": KIND,
            "schema": SCHEMA,
            "chip": asdict(self.chip),
            "chip_time": self.chip_time,
            "provenance": asdict(self.provenance),
            "units": {name: measured.unit for name, measured in self.quantities.items()},
            "arrays_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        }
        with write_folder(folder) as unfinished:
            (unfinished / "arrays.npz").write_bytes(buffer.getvalue())
            (unfinished / "record.json").write_text(
                json.dumps(head, indent=2) + "\n", encoding="utf-8"
            )
        return Path(folder)

    @classmethod
    def load(cls, folder: str | Path) -> "CalibrationRecord":
        """Read a record back.

        Raises:
            InvalidInput: there is no record at `folder`.
            CorruptFile: it is cut off, was changed, or is of another kind or version.
        """
        head_file, array_file = Path(folder) / "record.json", Path(folder) / "arrays.npz"
        if not head_file.is_file():
            raise InvalidInput(f"there is no calibration record at {folder}: no record.json in it")
        try:
            head = json.loads(head_file.read_text(encoding="utf-8"))
            kind, schema = head["kind"], head["schema"]
        except (ValueError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise CorruptFile(f"{head_file} is not a record, or was cut off: {error}") from error
        if kind != KIND or schema != SCHEMA:
            raise CorruptFile(
                f"{head_file} is a {kind!r} of version {schema!r}; this release reads {KIND!r} of "
                f"version {SCHEMA}"
            )
        if not array_file.is_file():
            raise CorruptFile(
                f"{folder} holds record.json but no arrays.npz; copy the whole folder"
            )
        data = array_file.read_bytes()
        try:
            if hashlib.sha256(data).hexdigest() != head["arrays_sha256"]:
                raise CorruptFile(
                    f"{array_file} was cut off or changed: its checksum is not the one that "
                    f"record.json names; copy the record again, or calibrate again"
                )
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls._assemble(head, {name: arrays[name] for name in arrays.files})
        except (KeyError, TypeError, AttributeError) as error:
            raise CorruptFile(f"{folder} lacks a part of the record: {error}") from error

    @classmethod
    def _assemble(cls, head: dict[str, Any], arrays: dict[str, Any]) -> "CalibrationRecord":
        def group(name: str) -> dict[str, Any]:
            prefix = f"{name}/"
            return {
                key.removeprefix(prefix): array
                for key, array in arrays.items()
                if key.startswith(prefix)
            }

        return cls(
            chip=ChipIdentity(**head["chip"]),
            quantities={
                name: Measured(
                    value=arrays[f"quantities/{name}/value"],
                    uncertainty=arrays[f"quantities/{name}/uncertainty"],
                    valid=arrays[f"quantities/{name}/valid"],
                    unit=unit,
                )
                for name, unit in head["units"].items()
            },
            masks=group("masks"),
            codes=group("codes"),
            at_limit=group("at_limit"),
            chip_time=head["chip_time"],
            provenance=Provenance(**head["provenance"]),
        )
