"""A pulse whose change is drawn from measured distributions: look-up tables of CrossSim.

For each conductance the table holds the distribution of the change under one pulse, as the changes
at which it reaches given probabilities. A uniform number is looked up in the inverse distribution,
with straight lines between probabilities and between conductances.

Source: the files dG_increasing.txt and dG_decreasing.txt of Sandia's CrossSim (BSD 3-clause). They
hold values in siemens, separated by commas: a line of text; the conductances; the probabilities,
from 0 to 1; then one line for each probability, with one change for each conductance.
Holds for: the pulses that were measured. n pulses move a cell n times as far in the mean, and
scatter sqrt(n) times as far around it; for one pulse the distribution is that of the table.
Use it for: devices whose steps scatter in a way that no normal distribution has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from array_api_compat import array_namespace

from ohmloom.arrays import Array, FloatArray
from ohmloom.devices.linear_interpolation import interpolate
from ohmloom.devices.pulse_updates.pulse_update import warn_outside_bounds
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.randomness import Draws
from ohmloom.si import uS


@dataclass(frozen=True, kw_only=True)
class UpdateTable:
    """Distribution of the change under one pulse, for each conductance."""

    conductances: FloatArray
    """Before the pulse, rising, shape (conductances,) [S]."""
    probabilities: FloatArray
    """Rising from 0 to 1, shape (probabilities,) [1]."""
    changes: FloatArray
    """Not exceeded with that probability, shape (probabilities, conductances) [S]."""

    def __post_init__(self) -> None:
        points, levels = self.conductances, self.probabilities
        if points.ndim != 1 or points.size < 2 or not (np.diff(points) > 0).all() or points[0] < 0:
            raise InvalidInput("conductances must be two or more and rise from zero or more")
        if levels.ndim != 1 or levels.size < 2 or not (np.diff(levels) > 0).all():
            raise InvalidInput("probabilities must be two or more and rise")
        if abs(levels[0]) > 1e-9 or abs(levels[-1] - 1.0) > 1e-9:
            raise InvalidInput(
                f"probabilities must run from 0 to 1, but run from {levels[0]:.6g} to "
                f"{levels[-1]:.6g}"
            )
        if self.changes.shape != (levels.size, points.size):
            raise InvalidInput(
                f"changes must have shape {(levels.size, points.size)} for {levels.size} "
                f"probabilities and {points.size} conductances, but has {self.changes.shape}"
            )
        falls = np.argwhere(np.diff(self.changes, axis=0) < 0)
        if falls.size:
            level, point = (int(i) for i in falls[0])
            raise InvalidInput(
                f"the changes at {points[point] / uS:.6g} uS fall from probability "
                f"{levels[level]:.6g} to {levels[level + 1]:.6g}; a distribution never does"
            )

    @property
    def mean_changes(self) -> FloatArray:
        """Mean change at each conductance, shape (conductances,) [S]."""
        width = np.diff(self.probabilities)[:, None]
        means: FloatArray = (width * 0.5 * (self.changes[1:] + self.changes[:-1])).sum(axis=0)
        return means

    @property
    def spread_of_changes(self) -> FloatArray:
        """Standard deviation of the change at each conductance, shape (conductances,) [S]."""
        low, high = self.changes[:-1] - self.mean_changes, self.changes[1:] - self.mean_changes
        width = np.diff(self.probabilities)[:, None]
        squares: FloatArray = (width * (low * low + low * high + high * high) / 3.0).sum(axis=0)
        return np.sqrt(squares)

    def draw(self, conductance: Array, uniform: Array) -> Array:
        """Change under one pulse [S].

        Args:
            conductance: before the pulse, numpy or torch, any shape [S].
            uniform: uniform numbers from 0 to 1, same shape [1].
        """
        changes = array_namespace(conductance).asarray(
            self.changes, dtype=conductance.dtype, device=conductance.device
        )
        left, share = _place(conductance, self.conductances)
        low, part = _place(uniform, self.probabilities)
        lower = changes[low, left] * (1.0 - share) + changes[low, left + 1] * share
        upper = changes[low + 1, left] * (1.0 - share) + changes[low + 1, left + 1] * share
        return lower * (1.0 - part) + upper * part


@dataclass(frozen=True, kw_only=True)
class LookUpStep:
    """One table for pulses up, one for pulses down; all cells are alike."""

    up: UpdateTable
    """Change under one pulse up, positive in the mean over all conductances."""
    down: UpdateTable
    """Change under one pulse down, negative in the mean over all conductances."""

    def __post_init__(self) -> None:
        if self.up.mean_changes.mean() <= 0 or self.down.mean_changes.mean() >= 0:
            raise InvalidInput(
                f"pulses up must raise and pulses down lower the conductance, but their mean "
                f"changes are {self.up.mean_changes.mean() / uS:.4g} and "
                f"{self.down.mean_changes.mean() / uS:.4g} uS; are the two tables exchanged?"
            )
        ends = [table.conductances[[0, -1]] for table in (self.up, self.down)]
        if not np.allclose(ends[0], ends[1], rtol=1e-9, atol=0.0):
            raise InvalidInput(
                f"both tables must span one range of conductance, but pulses up span "
                f"{ends[0][0] / uS:.6g} to {ends[0][1] / uS:.6g} uS and pulses down "
                f"{ends[1][0] / uS:.6g} to {ends[1][1] / uS:.6g} uS"
            )

    @property
    def lowest(self) -> float:
        """Lower bound of every cell [S]."""
        return float(self.up.conductances[0])

    @property
    def highest(self) -> float:
        """Upper bound of every cell [S]."""
        return float(self.up.conductances[-1])

    @property
    def write_noise(self) -> float:
        """Zero: the table gives the conductance that shows [S]."""
        return 0.0

    def draw_cells(self, shape: tuple[int, ...], *, rng: Draws) -> Mapping[str, FloatArray]:  # noqa: ARG002
        """The same bounds for every cell [S]; see `PulseUpdate.draw_cells`. Nothing is drawn."""
        return {"lowest": np.full(shape, self.lowest), "highest": np.full(shape, self.highest)}

    def step(self, conductance: Array, up: Array, *, cells: Mapping[str, Array]) -> Array:  # noqa: ARG002
        """Mean of the distributions [S]; see `PulseUpdate.step`."""
        xp = array_namespace(conductance)
        rise, fall = (
            interpolate(conductance, table.conductances, table.mean_changes)
            for table in (self.up, self.down)
        )
        return xp.where(up, rise, fall)

    def step_spread(
        self,
        conductance: Array,
        up: Array,
        *,
        cells: Mapping[str, Array],  # noqa: ARG002  all cells are alike
    ) -> Array:
        """Standard deviation of the distributions [S]; see `PulseUpdate.step_spread`.

        Between the conductances of the table it is a straight line, which is exact where the
        distributions to both sides have the same shape.
        """
        xp = array_namespace(conductance)
        rise, fall = (
            interpolate(conductance, table.conductances, table.spread_of_changes)
            for table in (self.up, self.down)
        )
        return xp.where(up, rise, fall)

    def apply(
        self, conductance: Array, pulses: Array, *, cells: Mapping[str, Array], rng: Draws
    ) -> Array:
        """Conductance after a number of unit pulses, with noise [S]; see `PulseUpdate.apply`.

        One uniform number is drawn for each cell, however many pulses it gets.
        """
        xp = array_namespace(conductance)
        up, number = pulses > 0, abs(pulses)
        warn_outside_bounds(conductance, number, cells=cells)
        uniform = xp.asarray(
            rng.random(tuple(conductance.shape)),
            dtype=conductance.dtype,
            device=conductance.device,
        )
        one = xp.where(up, self.up.draw(conductance, uniform), self.down.draw(conductance, uniform))
        mean = self.step(conductance, up, cells=cells)
        after = conductance + number * mean + number**0.5 * (one - mean)
        inside = xp.minimum(xp.maximum(after, cells["lowest"]), cells["highest"])
        return xp.where(number > 0, inside, conductance)


def read_update_table(path: Path) -> UpdateTable:
    """Read one look-up table of CrossSim.

    Args:
        path: of the file for one direction, such as dG_increasing.txt.

    Returns:
        The table.

    Raises:
        CorruptFile: a row is not made of numbers, is missing, or has another length than the first;
            or the table is not one of distributions. The message names the row.
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if lines and not _is_number(lines[0][1].split(",")[0]):
        lines = lines[1:]  # the line of text with which CrossSim begins
    rows = [(number, _numbers(line, number, path)) for number, line in lines]
    if len(rows) < 4:
        raise CorruptFile(
            f"{path} has {len(rows)} rows of numbers; a table needs conductances, probabilities "
            f"and two or more rows of changes"
        )
    (_, conductances), (_, probabilities), *changes = rows
    for number, row in changes:
        if row.size != conductances.size:
            raise CorruptFile(
                f"{path}, row {number}: {row.size} changes, but there are {conductances.size} "
                f"conductances; each row holds one change for each conductance"
            )
    if len(changes) != probabilities.size:
        raise CorruptFile(
            f"{path} has {len(changes)} rows of changes, but row {rows[1][0]} holds "
            f"{probabilities.size} probabilities; there is one row for each"
        )
    try:
        return UpdateTable(
            conductances=conductances,
            probabilities=probabilities,
            changes=np.stack([row for _, row in changes]),
        )
    except InvalidInput as error:
        raise CorruptFile(f"{path}: {error}") from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(line: str, number: int, path: Path) -> FloatArray:
    fields = line.rstrip(",").split(",")
    for place, field in enumerate(fields, start=1):
        if not _is_number(field) or not np.isfinite(float(field)):
            raise CorruptFile(
                f"{path}, row {number}, value {place}: {field.strip()!r} is not a finite number; "
                f"values are separated by commas"
            )
    return np.array([float(field) for field in fields])


def _place(x: Array, points: FloatArray) -> tuple[Array, Array]:
    """Index of the point to the left, and how far it is to the next one, 0 to 1."""
    xp = array_namespace(x)
    at = xp.asarray(points, dtype=x.dtype, device=x.device)
    left = xp.searchsorted(at, x).clip(min=1, max=points.size - 1) - 1
    share = ((x - at[left]) / (at[left + 1] - at[left])).clip(min=0.0, max=1.0)
    return left, share
