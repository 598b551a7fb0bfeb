"""The folder of a sweep: a manifest that says what was asked, and rows in Parquet pieces.

A piece is whole or not there, so that a sweep that is killed keeps every piece that was written and
goes on from there. Many small pieces become one in the same manner.
"""

import dataclasses
import io
import json
import logging
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ohmloom.arrays import IntArray
from ohmloom.circuits.sweep.points import PointResult
from ohmloom.circuits.sweep.spec import Points, SweepSpec
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.provenance import provenance
from ohmloom.storage import output_folder, write_bytes, write_text

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
"""Name of the file that says what was asked."""
POINT: Final = "point"
"""Column with the number of a point."""
ERROR: Final = "error"
"""Column with what went wrong at a point."""
_SCHEMA: Final = 1
_MOST_PIECES: Final = 64


class SweepFolder:
    """What a sweep leaves on disk."""

    def __init__(self, path: Path, spec: SweepSpec, units: Mapping[str, str]) -> None:
        self.path = path
        self._spec = spec
        self._points = Points(spec)
        self._units = dict(units)
        self._next = 0

    def open(self) -> IntArray:
        """Make the folder, or go on with one that holds the same sweep.

        Returns:
            Numbers of the points that are in it, rising, shape (points,).

        Raises:
            InvalidInput: it holds another sweep, or other files.
            CorruptFile: its manifest or a piece is damaged.
            CannotWrite: it cannot be written.
        """
        output_folder(self.path)
        asked = asked_for(self._spec)
        file = self.path / MANIFEST
        if file.exists():
            held = read_manifest(self.path)
            if held["asked"] != asked:
                raise InvalidInput(
                    f"{self.path} holds another sweep: {_difference(held['asked'], asked)}; choose "
                    f"another folder, or remove it"
                )
            made = provenance()
            then = held["provenance"]["versions"].get("ohmloom")
            if then != made.versions["ohmloom"]:
                log.warning("the finished points were made by ohmloom %s", then)
        else:
            others = sorted(each.name for each in self.path.iterdir() if each.name[0] != ".")
            if others:
                raise InvalidInput(
                    f"{self.path} is not empty ({', '.join(others[:3])}) and holds no sweep; "
                    f"choose another folder"
                )
            manifest = {
                "schema": _SCHEMA,
                "asked": asked,
                "points": self._points.count,
                "units": self._units,
                "logarithmic": [
                    name for name, each in self._spec.parameters.items() if each.logarithmic
                ],
                "measures": list(self._spec.measure_names),
                "provenance": dataclasses.asdict(provenance()),
            }
            write_text(file, json.dumps(manifest, indent=2) + "\n")
        pieces = _pieces(self.path)
        self._next = 1 + max((int(each.stem.split("-")[1]) for each in pieces), default=-1)
        numbers = [np.asarray(_read_piece(each, [POINT])[POINT], dtype=np.int64) for each in pieces]
        return np.unique(np.concatenate(numbers)) if numbers else np.zeros(0, dtype=np.int64)

    def append(self, results: Sequence[PointResult]) -> None:
        """Write rows as one more piece.

        Raises:
            CannotWrite: the disk is full or gone; what was written before stays.
        """
        if not results:
            return
        import pandas as pd  # noqa: PLC0415  slow to load

        numbers = np.array([each.number for each in results], dtype=np.int64)
        values = np.array([each.values for each in results], dtype=np.float64)
        columns: dict[str, Any] = {POINT: numbers, **self._points.columns(numbers)}
        columns |= dict(zip(self._spec.measure_names, values.T, strict=True))
        columns[ERROR] = [each.error for each in results]
        self._write(pd.DataFrame(columns))

    def table(self) -> "pd.DataFrame":
        """All rows, each point once, in the order of their numbers."""
        return read_table(self.path)

    def gather(self, *, at_least: int = _MOST_PIECES) -> None:
        """Make one piece of many.

        Raises:
            CannotWrite: the disk is full; the pieces stay.
        """
        pieces = _pieces(self.path)
        if len(pieces) < max(2, at_least):
            return
        # Until the small ones are gone both are there, and rows that are there twice count once.
        self._write(read_table(self.path))
        for each in pieces:
            each.unlink()

    def forget(self, *, failed: bool) -> None:
        """Drop the rows of points that failed, so that they are tried again."""
        if not failed:
            return
        pieces = _pieces(self.path)
        table = read_table(self.path)
        kept = table[table[ERROR] == ""]
        if len(kept) == len(table):
            return
        if len(kept):
            self._write(kept)
        for each in pieces:
            each.unlink()

    def _write(self, frame: "pd.DataFrame") -> None:
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False)
        write_bytes(self.path / f"rows-{self._next:08d}.parquet", buffer.getvalue())
        self._next += 1


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a folder.

    Raises:
        InvalidInput: the folder holds no sweep.
        CorruptFile: the manifest is damaged, or of another version.
    """
    file = path / MANIFEST
    if not file.is_file():
        raise InvalidInput(f"{path} holds no sweep: there is no {MANIFEST} in it")
    try:
        held = json.loads(file.read_text())
        if held["schema"] != _SCHEMA:
            raise CorruptFile(f"{file} has schema {held['schema']}; {_SCHEMA} is read here")
        _ = held["asked"], held["points"], held["units"], held["provenance"]["versions"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        if isinstance(error, CorruptFile):
            raise
        raise CorruptFile(
            f"{file} is damaged ({type(error).__name__}: {error}); the rows beside it are whole, "
            f"but what was asked is lost"
        ) from error
    return dict(held)


def read_table(path: Path) -> "pd.DataFrame":
    """All rows of a folder, each point once, in the order of their numbers.

    Raises:
        InvalidInput: the folder holds no sweep.
        CorruptFile: the manifest or a piece is damaged.
    """
    import pandas as pd  # noqa: PLC0415  slow to load

    manifest = read_manifest(path)
    frames = [_read_piece(each) for each in _pieces(path)]
    if frames:
        table = pd.concat(frames, ignore_index=True)
        table = table.drop_duplicates(POINT).sort_values(POINT, ignore_index=True)
    else:
        names = [POINT, *manifest["units"], ERROR]
        table = pd.DataFrame({name: [] for name in names})
    table.attrs["units"] = manifest["units"]
    return table


def asked_for(spec: SweepSpec) -> dict[str, Any]:
    """A spec as JSON has it: what tells one sweep from another."""
    asked: dict[str, Any] = json.loads(json.dumps(_plain(spec)))
    return asked


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)
        }
        return {"kind": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _difference(held: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    for key in (*asked, *held):
        if held.get(key) != asked.get(key):
            there, here = (json.dumps(each.get(key)) for each in (held, asked))
            return f"its {key} is {there[:120]}, and {here[:120]} is asked for"
    return "what it was asked for differs"


def _pieces(path: Path) -> list[Path]:
    return sorted(path.glob("rows-*.parquet"))


def _read_piece(file: Path, columns: list[str] | None = None) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415  slow to load

    try:
        return pd.read_parquet(file, columns=columns)
    except Exception as error:
        raise CorruptFile(
            f"{file} is damaged: {error}; remove it, and its points are measured again"
        ) from error
