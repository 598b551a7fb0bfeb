"""One read of a crossbar that is kept in a file: what every column gives, and where it got lost."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ohmloom import checks
from ohmloom.analysis import figures
from ohmloom.analysis.figure_file import save_figure
from ohmloom.arrays import Array, FloatArray
from ohmloom.circuits.crossbar import BitLineEnds, Crossbar, WordLineEnds
from ohmloom.circuits.crossbar_solution import CrossbarSolution
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.storage import output_folder, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ARRAYS: Final = frozenset(
    {"conductance", "voltage", "bit_line_voltage", "connected", "driven"}
    | {"r_word_line", "r_bit_line", "r_source", "r_sense"}
)


@dataclass(frozen=True, kw_only=True)
class ReadSettings:
    """What the file does not say; None leaves it to the file, or to the default of `Crossbar`."""

    r_word_line: float | None = None
    """Of a word-line segment [ohm]."""
    r_bit_line: float | None = None
    """Of a bit-line segment [ohm]."""
    r_source: float | None = None
    """Of every driver [ohm]."""
    r_sense: float | None = None
    """Of what senses [ohm]."""
    voltage: float | None = None
    """Of all drivers [V]."""
    driven_at: WordLineEnds = WordLineEnds.LEFT
    """Where the drivers are."""
    grounded_at: BitLineEnds = BitLineEnds.BOTTOM
    """Where the outputs are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CrossbarRead:
    """A solved read."""

    file: Path
    """Where the array came from."""
    crossbar: Crossbar
    """The array."""
    voltage: FloatArray
    """Of the drivers, shape (rows,) [V]."""
    sense_voltage: FloatArray
    """Behind the bit lines, shape (columns,) [V]."""
    solution: CrossbarSolution
    """Every current and voltage."""

    @property
    def ideal_current(self) -> FloatArray:
        """Output currents if wires had no resistance, shape (columns,) [A]."""
        across = self.voltage[:, None] - self.sense_voltage
        return np.asarray((self.crossbar.conductance * across).sum(axis=0))

    @property
    def table(self) -> pd.DataFrame:
        """One line for each column of the array."""
        ideal, found = self.ideal_current, self.solution.output_current
        lost = 1.0 - found / np.where(ideal == 0.0, np.nan, ideal)
        return pd.DataFrame(
            {
                "column": np.arange(len(found)),
                "current [A]": found,
                "without wires [A]": ideal,
                "lost [%]": 100.0 * lost,
                "power in cells [W]": self.solution.device_power.sum(axis=0),
            }
        )

    def summary(self) -> dict[str, Any]:
        """Numbers of the whole array, in SI."""
        solution = self.solution
        word, bit = solution.word_line_power.sum(), solution.bit_line_power.sum()
        lost = self.table["lost [%]"]
        return {
            "rows": self.crossbar.rows,
            "columns": self.crossbar.columns,
            "total_current": float(solution.output_current.sum()),
            "mean_loss": float(lost.mean() / 100.0),
            "largest_loss": float(lost.max() / 100.0),
            "power_in_cells": float(solution.device_power.sum()),
            "power_in_word_lines": float(word),
            "power_in_bit_lines": float(bit),
            "power_at_the_ends": float(solution.periphery_power),
            "lowest_cell_voltage": float(solution.device_voltage.min()),
            "highest_cell_voltage": float(solution.device_voltage.max()),
        }

    def draw(self) -> "Figure":
        """Voltage over the array, current and loss of the columns, power over the array."""
        from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

        sheet = Figure(figsize=(15.0, 4.4), layout="constrained")
        across, columns, power = sheet.subplots(1, 3)
        figures.plot_array_map(self.solution.device_voltage, "V", "voltage across cells", across)
        figures.plot_column_loss(self.solution.output_current, self.ideal_current, columns)
        figures.plot_array_map(self.solution.device_power, "W", "power in cells", power)
        return sheet

    def save(self, folder: str | Path) -> None:
        """Write picture, table of the columns, and every voltage and current.

        Args:
            folder: made if it does not exist.

        Raises:
            CannotWrite: the folder may not be written.
        """
        target = output_folder(folder)
        save_figure(self.draw(), target / "crossbar.png")
        write_text(target / "columns.csv", self.table.to_csv(index=False))
        solution = self.solution
        np.savez(
            target / "solution.npz",
            output_current=solution.output_current,
            device_current=solution.device_current,
            word_line_voltage=solution.word_line_voltage,
            bit_line_voltage=solution.bit_line_voltage,
            device_power=solution.device_power,
            word_line_power=solution.word_line_power,
            bit_line_power=solution.bit_line_power,
        )


def read_crossbar(path: str | Path, settings: ReadSettings) -> CrossbarRead:
    """Solve the array in a file for one set of voltages.

    Args:
        path: `.csv` with the conductances of the cells, one row of the array a line, in siemens; or
            `.npz` with `conductance` and any of `voltage`, `bit_line_voltage`, `connected`,
            `driven`, `r_word_line`, `r_bit_line`, `r_source` and `r_sense`, in SI and as `Crossbar`
            takes them.
        settings: what is not in the file, and what is to be different.

    Raises:
        CorruptFile: the file cannot be read.
        InvalidInput: something is missing, unknown, or does not fit.
    """
    file = Path(path)
    held = _arrays(file)
    unknown = sorted(set(held) - _ARRAYS)
    if unknown:
        raise InvalidInput(
            f"{file} holds {', '.join(unknown)}, which nobody asks for; it may hold "
            f"{', '.join(sorted(_ARRAYS))}"
        )
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value is not None and field.name in _ARRAYS:
            held[field.name] = np.asarray(value)
    for name, option in (("r_word_line", "--r-word-line"), ("r_bit_line", "--r-bit-line")):
        if name not in held:
            raise InvalidInput(f"{file} does not say {name}; give it, such as {option} 2.5ohm")
    if "voltage" not in held:
        raise InvalidInput(
            f"{file} holds no voltage; give one for all rows, such as --voltage 0.2V"
        )
    drive, sense = held.pop("voltage"), held.pop("bit_line_voltage", np.asarray(0.0))
    crossbar = Crossbar(**held, driven_at=settings.driven_at, grounded_at=settings.grounded_at)
    if crossbar.conductance.ndim != 2:
        raise InvalidInput(
            f"{file} must hold one array of shape (rows, columns), but holds conductances of shape "
            f"{crossbar.conductance.shape}"
        )
    voltage = np.array(_one_for_each(drive, crossbar.rows, "voltage"))
    behind = np.array(_one_for_each(sense, crossbar.columns, "bit_line_voltage"))
    return CrossbarRead(
        file=file,
        crossbar=crossbar,
        voltage=voltage,
        sense_voltage=behind,
        solution=crossbar.solve(voltage, bit_line_voltage=behind),
    )


def _one_for_each(value: Array, lines: int, name: str) -> FloatArray:
    numbers = checks.finite(value, name)
    if numbers.shape not in {(), (lines,)}:
        raise InvalidInput(
            f"{name} must be one number or have shape ({lines},), but has {numbers.shape}"
        )
    return np.broadcast_to(numbers, lines)


def _arrays(file: Path) -> dict[str, Array]:
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    try:
        if file.suffix.lower() == ".csv":
            return {"conductance": np.loadtxt(file, delimiter=",", ndmin=2)}
        if file.suffix.lower() == ".npz":
            with np.load(file, allow_pickle=False) as held:
                arrays = {name: held[name] for name in held.files}
        else:
            raise InvalidInput(f"{file} is neither .csv nor .npz")
    except (ValueError, OSError, EOFError, KeyError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise CorruptFile(f"{file} cannot be read: {error}") from error
    if "conductance" not in arrays:
        raise InvalidInput(
            f"{file} holds {', '.join(sorted(arrays)) or 'nothing'}, but no conductance"
        )
    return arrays
