"""Measured data from files: CSV with any column names, and the HDF5 files of arc2control.

A column is found by its name, and its unit is read from brackets in its header, such as
"V_mem [mV]" or "I (uA)", or given by the caller. Nothing is guessed about a quantity that has no
unit.

Source of the HDF5 layout: the public file format 0.1 of arc2control (ArC Instruments): one group
`crosspoints/WxxByy` for each cell, with a table `timeseries` of the fields current, voltage,
pulse_width, read_voltage and op_type (1 READ, 2 PULSE, 3 PULSEREAD) whose attribute NROWS says how
many rows are in use.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from ohmloom.arrays import FloatArray
from ohmloom.devices.fitting.measurements import (
    PulseTrain,
    RetentionSeries,
    Sweep,
    pulse_train,
    retention_series,
    rows_of,
    sweep,
)
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.si import parse

CheckedT = TypeVar("CheckedT")

_UNITS: Final = {
    "time": "s",
    "voltage": "V",
    "current": "A",
    "conductance": "S",
    "resistance": "ohm",
}
_USUAL_NAMES: Final = {
    "time": ("time", "t"),
    "voltage": ("voltage", "v", "u", "bias"),
    "current": ("current", "i"),
    "conductance": ("conductance", "g"),
    "resistance": ("resistance", "r"),
    "pulses": ("pulses", "pulse", "direction", "pulse voltage"),
    "cell": ("cell", "device", "id"),
}
_HEADER: Final = re.compile(r"\s*(?P<name>.*?)\s*(?:[\[(]\s*(?P<unit>[^\])]+?)\s*[\])])?\s*")
_DECIMAL_COMMA: Final = r"[-+]?\d*(,\d*)?([eE][-+]?\d+)?"
_READ, _PULSE, _PULSE_READ = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Column:
    """Where a quantity stands in a file."""

    name: str
    """Of the column, with or without the unit in brackets."""
    unit: str | None = None
    """Its unit, such as "mV"; read from the header where None."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasuredTable:
    """A CSV file: its columns as text headers, all values as numbers."""

    path: Path
    """The file."""
    frame: pd.DataFrame
    """One column of numbers for each header; NaN where a cell is empty or no number."""

    def has(self, quantity: str, columns: Mapping[str, Column]) -> bool:
        """Whether the file has this quantity.

        Args:
            quantity: such as "voltage".
            columns: where the caller says that quantities stand.
        """
        return self._find(quantity, columns) is not None

    def values(self, quantity: str, columns: Mapping[str, Column]) -> FloatArray:
        """One quantity in SI units, shape (rows,).

        Args:
            quantity: such as "voltage".
            columns: where the caller says that quantities stand.

        Raises:
            InvalidInput: there is no such column, its unit is missing or of another kind, or a row
                holds no number.
        """
        header = self._find(quantity, columns)
        if header is None:
            usual = ", ".join(_USUAL_NAMES.get(quantity, ()))
            unit_of = f":{_UNITS[quantity]}" if quantity in _UNITS else ""
            instead = ", or give the interval from row to row" if quantity == "time" else ""
            raise InvalidInput(
                f"{self.path} has no column for the {quantity}: it has "
                f"{', '.join(map(repr, self.frame.columns))}; say which one it is, as in "
                f"`--column {quantity}=HEADER{unit_of}` (found by themselves are {usual}){instead}"
            )
        values = self.frame[header].to_numpy(dtype=np.float64)
        bad = ~np.isfinite(values)
        if bad.any():
            raise InvalidInput(
                f"{self.path}, column {header!r}: no number in {int(bad.sum())} rows (rows "
                f"{rows_of(bad)}); remove or repair them (thousands are not separated, as in "
                f"1234.5)"
            )
        unit = _UNITS.get(quantity)
        if unit is None:
            return values
        written = (columns[quantity].unit if quantity in columns else None) or _split(header)[1]
        if written is None:
            raise InvalidInput(
                f"{self.path}, column {header!r}: the unit of the {quantity} is not known; write "
                f"it into the header, such as '{header} [{unit}]', or give it, as in "
                f"`--column {quantity}={header}:{unit}`"
            )
        try:
            factor = parse(f"1 {written}", unit)
        except InvalidInput as error:
            raise InvalidInput(f"{self.path}, column {header!r}: {error}") from error
        return np.asarray(values * factor)

    def _find(self, quantity: str, columns: Mapping[str, Column]) -> str | None:
        headers = [str(header) for header in self.frame.columns]
        if quantity in columns:
            wanted = columns[quantity].name.strip()
            for header in headers:
                if wanted in (header.strip(), _split(header)[0]):
                    return header
            raise InvalidInput(
                f"{self.path} has no column {wanted!r}; it has {', '.join(map(repr, headers))}"
            )
        for usual in _USUAL_NAMES.get(quantity, ()):
            alike = [header for header in headers if _split(header)[0].lower() == usual]
            # Where there are both, "t" is the time and "T" the temperature.
            exact = [header for header in alike if _split(header)[0] == usual]
            if alike:
                return (exact or alike)[0]
        return None


def read_table(path: str | Path) -> MeasuredTable:
    """Read a CSV file; comma, semicolon or tab, lines that begin with # are comments.

    Text is UTF-8 or, where it cannot be, that of Windows (cp1252), for its µ and Ω. Numbers have a
    decimal point; a column between semicolons or tabs may have decimal commas throughout.

    Args:
        path: the file; its first line names the columns.

    Raises:
        InvalidInput: there is no such file.
        CorruptFile: it is not a table of text, or lines differ in length.
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    lines = [
        line
        for line in _text(file).splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 2:
        raise CorruptFile(f"{file} has no rows below its header")
    delimiter = _delimiter(lines[0])
    table = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t"))
    header = [name.strip() for name in table[0]]
    # Instruments end their lines with a delimiter, in the header or only below it.
    while len(header) > 1 and not header[-1]:
        header.pop()
    for row in table[1:]:
        while len(row) > len(header) and not row[-1].strip():
            row.pop()
    odd = np.array([len(row) != len(header) for row in table[1:]])
    if odd.any():
        raise CorruptFile(
            f"{file}: {int(odd.sum())} rows do not have {len(header)} columns (rows "
            f"{rows_of(odd)}); the file may be cut off"
        )
    if len(set(header)) != len(header):
        raise CorruptFile(f"{file} names a column twice: {', '.join(map(repr, header))}")
    frame = pd.DataFrame(table[1:], columns=header)
    if delimiter != ",":
        frame = frame.apply(_with_points)
    return MeasuredTable(path=file, frame=frame.apply(pd.to_numeric, errors="coerce"))


def _text(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise CorruptFile(f"{file} is not a text file: {error}") from error
        return text


def _delimiter(header: str) -> str:
    """The delimiter that cuts the header into most columns, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(",;\t", key=bare.count)


def _with_points(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of decimal commas with decimal points; any other as it is."""
    text = column.str.strip()
    commas = text.str.contains(",", regex=False)
    if not commas.any() or not text.str.fullmatch(_DECIMAL_COMMA).all():
        return column
    return text.str.replace(",", ".", regex=False)


def read_sweep(
    path: str | Path,
    *,
    columns: Mapping[str, Column] | None = None,
    interval: float | None = None,
    compliance: float | None = None,
    accept_clipping: bool = False,
) -> Sweep:
    """A current-voltage sweep from a CSV file.

    Args:
        path: the file, with columns for voltage and current, and for time unless `interval` is
            given.
        columns: where quantities stand, for those that are not found by their names.
        interval: time from row to row, for files without a column of time [s].
        compliance: limit of the instrument; looked for in the data where None [A].
        accept_clipping: leave clipped rows out of fits.

    Raises:
        InvalidInput: the message names the file, the column or the rows.
        CorruptFile: the file is not a table.
    """
    table, where = read_table(path), columns or {}
    volts = table.values("voltage", where)
    if interval is not None and table.has("time", where):
        raise InvalidInput(
            f"{table.path} has times of its own, so that an interval says something else; leave "
            f"the interval out, or rename the column if it is no time of the sweep"
        )
    if interval is None:
        moments = table.values("time", where)
    elif interval > 0.0:
        moments = np.asarray(interval * np.arange(volts.size), dtype=np.float64)
    else:
        raise InvalidInput(f"interval must be above zero, but is {interval} s")
    amperes = table.values("current", where)
    return _named(
        table.path,
        lambda: sweep(
            moments, volts, amperes, compliance=compliance, accept_clipping=accept_clipping
        ),
    )


def read_pulse_train(
    path: str | Path,
    *,
    columns: Mapping[str, Column] | None = None,
    read_voltage: float | None = None,
) -> PulseTrain:
    """A train of pulses from a CSV file.

    Args:
        path: the file, with a column of pulses (signed numbers or voltages), and one of
            conductance, of resistance, or of current.
        columns: where quantities stand, for those that are not found by their names.
        read_voltage: at which the current was read, where there is no conductance [V].

    Raises:
        InvalidInput: the message names the file, the column or the rows.
        CorruptFile: the file is not a table.
    """
    table, where = read_table(path), columns or {}
    pulses = table.values("pulses", where)
    conductance = _conductance(table, where, read_voltage)
    return _named(table.path, lambda: pulse_train(pulses, conductance))


def read_retention(
    path: str | Path,
    *,
    columns: Mapping[str, Column] | None = None,
    read_voltage: float | None = None,
) -> RetentionSeries:
    """A retention series from a CSV file.

    Args:
        path: the file, with a column of time since programming, one of conductance, of resistance
            or of current, and one that tells cells apart, if there are several.
        columns: where quantities stand, for those that are not found by their names.
        read_voltage: at which the current was read, where there is no conductance [V].

    Raises:
        InvalidInput: the message names the file, the column or the rows.
        CorruptFile: the file is not a table.
    """
    table, where = read_table(path), columns or {}
    cell = None
    if table.has("cell", where):
        numbers = table.values("cell", where)
        cell = numbers.astype(np.int64)
        if (cell != numbers).any():
            raise InvalidInput(
                f"{table.path}: cells are told apart by whole numbers, but rows "
                f"{rows_of(cell != numbers)} hold others"
            )
    moments, conductance = table.values("time", where), _conductance(table, where, read_voltage)
    return _named(table.path, lambda: retention_series(moments, conductance, cell))


def read_arc2control(path: str | Path) -> dict[tuple[int, int], pd.DataFrame]:
    """The time series of every cell in an HDF5 file of arc2control.

    Args:
        path: the file.

    Returns:
        For each cell, (word line, bit line), a table with the columns voltage [V], current [A],
        pulse_width [s], read_voltage [V] and operation ("read", "pulse", "pulse and read").

    Raises:
        InvalidInput: there is no such file.
        CorruptFile: it is not HDF5, or has not the layout of arc2control.
    """
    import h5py  # noqa: PLC0415  loads a library that few need

    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    try:
        with h5py.File(file, "r") as opened:
            if "crosspoints" not in opened:
                raise CorruptFile(
                    f"{file} has no group 'crosspoints': it holds {', '.join(opened) or 'nothing'};"
                    f" is it a file of arc2control?"
                )
            return {
                _cell_of(name, file): _series(opened["crosspoints"][name], name, file)
                for name in opened["crosspoints"]
            }
    except OSError as error:
        raise CorruptFile(f"{file} cannot be read as HDF5: {error}") from error


def pulse_train_of_arc(series: pd.DataFrame) -> PulseTrain:
    """The pulses of one cell and the readings after them.

    Args:
        series: of one cell, from `read_arc2control`.

    Raises:
        InvalidInput: no reading follows a pulse, several pulses come before one reading, pulses
            of one sign differ, or a reading has no conductance.
    """
    pulses, conductance = [], []
    waiting = 0.0
    kinds = series["operation"].to_numpy()
    # The first reading is the start, whatever came before it.
    begun = np.cumsum(kinds != "pulse") > 0
    twice = np.zeros(len(kinds), dtype=bool)
    twice[1:] = begun[:-1] & (kinds[1:] != "read") & (kinds[:-1] == "pulse")
    if twice.any():
        raise InvalidInput(
            f"{int(twice.sum())} pulses follow a pulse that nobody read (rows {rows_of(twice)}); a "
            f"step is fitted from the readings before and after one pulse"
        )
    for operation, volts, amperes, read_voltage in series[
        ["operation", "voltage", "current", "read_voltage"]
    ].itertuples(index=False):
        if operation != "read":
            waiting = volts
        if operation != "pulse":
            pulses.append(waiting)
            conductance.append(amperes / read_voltage if read_voltage else np.nan)
            waiting = 0.0
    return pulse_train(np.array(pulses), np.array(conductance))


def _series(group: Any, name: str, file: Path) -> pd.DataFrame:
    fields = ("current", "voltage", "pulse_width", "read_voltage", "op_type")
    if "timeseries" not in group:
        raise CorruptFile(f"{file}: crosspoint {name} has no time series")
    table = group["timeseries"]
    missing = [field for field in fields if field not in (table.dtype.names or ())]
    if missing:
        raise CorruptFile(f"{file}: the time series of {name} has no {', '.join(missing)}")
    used = int(table.attrs.get("NROWS", group.attrs.get("NROWS", len(table))))
    if used > len(table):
        raise CorruptFile(
            f"{file}: the time series of {name} says {used} rows, but has {len(table)}; it is cut "
            f"off"
        )
    rows = table[:used]
    names = {_READ: "read", _PULSE: "pulse", _PULSE_READ: "pulse and read"}
    strange = ~np.isin(rows["op_type"], list(names))
    if strange.any():
        raise CorruptFile(
            f"{file}: the time series of {name} has operations that are not known (rows "
            f"{rows_of(strange)})"
        )
    frame = pd.DataFrame({field: rows[field].astype(np.float64) for field in fields[:-1]})
    frame["operation"] = [names[int(kind)] for kind in rows["op_type"]]
    return frame


def _cell_of(name: str, file: Path) -> tuple[int, int]:
    found = re.fullmatch(r"W(\d+)B(\d+)", name)
    if found is None:
        raise CorruptFile(f"{file}: {name!r} is not the name of a crosspoint, such as W03B12")
    return int(found[1]), int(found[2])


def _conductance(
    table: MeasuredTable, where: Mapping[str, Column], read_voltage: float | None
) -> FloatArray:
    if table.has("conductance", where):
        return table.values("conductance", where)
    if table.has("resistance", where):
        resistance = table.values("resistance", where)
        wrong = resistance <= 0.0
        if wrong.any():
            raise InvalidInput(
                f"{table.path}: the resistance is not above zero in {int(wrong.sum())} rows (rows "
                f"{rows_of(wrong)})"
            )
        return 1.0 / resistance
    if table.has("current", where):
        if read_voltage is None or read_voltage == 0.0:
            raise InvalidInput(
                f"{table.path} has currents but no conductances; give the voltage at which they "
                f"were read"
            )
        return table.values("current", where) / read_voltage
    return table.values("conductance", where)


def _named(path: Path, check: Callable[[], CheckedT]) -> CheckedT:
    """What a check makes of the data, with the file named in its message."""
    try:
        return check()
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def _split(header: str) -> tuple[str, str | None]:
    """Name and unit of a header."""
    # Unicode has two signs each for ohm and micro.
    found = _HEADER.fullmatch(unicodedata.normalize("NFKC", header))
    if found is None:
        return header.strip(), None
    return found["name"], found["unit"]
