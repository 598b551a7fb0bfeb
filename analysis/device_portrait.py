"""What a model of the catalogue does, computed and drawn: one sheet for each kind of model.

A portrait keeps the numbers apart from the picture, so that both can be had: `draw` makes the
figure, `numbers` what a machine reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from ohmloom.analysis import figures
from ohmloom.analysis.device_description import (
    DeviceKind,
    device_kind,
    device_model,
)
from ohmloom.analysis.parameter_description import (
    spoken,
)
from ohmloom.arrays import FloatArray
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.fitting.pulse_response import NominalDraws
from ohmloom.devices.memristor import Memristor, TypicalDrive
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate, rewritten
from ohmloom.devices.statistics.synaptogen.model import Synaptogen
from ohmloom.devices.statistics.synaptogen.switching_cycles import SwitchingCycles
from ohmloom.devices.stimulus import typical_sweep
from ohmloom.devices.transient import Transient, simulate_transient
from ohmloom.randomness import Draws, stream
from ohmloom.si import kohm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SWEEPS: Final = 2
"""Sweeps of a memristor."""
TARGET_SHARES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Targets of a population, over its conductance window [1]."""
CELLS: Final = 2000
"""Cells that are programmed to each target."""
PULSED_CELLS: Final = 6
"""Cells whose response to pulses is drawn."""
DEVICES, CYCLES_PER_DEVICE = 60, 300
"""Devices that switch, and how often."""

# The picture is finer than this: a line width is a part in 300.
_TOLERANCE = 1e-4
_MOMENTS_PER_SWEEP = 150
_AGES = 25
_READINGS = 200
_FEWEST_PULSES, _MOST_PULSES = 20, 20_000
_NEARLY = 0.97
_LEVELS = np.concatenate([[0.001, 0.01, 0.05], np.linspace(0.1, 0.9, 9), [0.95, 0.99, 0.999]])


class DevicePortrait(Protocol):
    """What a model does."""

    def draw(self) -> "Figure":
        """The sheet."""
        ...

    def numbers(self) -> dict[str, Any]:
        """What is drawn, in lists of plain SI numbers."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class MemristorPortrait:
    """A memristor under the sweep that shows it."""

    name: str
    """In the catalogue."""
    drive: TypicalDrive
    """The sweep."""
    response: Transient
    """What the device does."""

    def draw(self) -> "Figure":
        """The loop, linear and logarithmic, and each state variable over time."""
        response, resistance = self.response, self.drive.series_resistance
        variables = response.variables
        rows = 1 + (len(variables) + 1) // 2
        sheet = _sheet(self._title, rows=rows)
        grid = sheet.add_gridspec(rows, 2)
        label = "voltage across device and resistor [V]" if resistance else "voltage [V]"
        drive, current = response.drive[:, 0], response.current[:, 0]
        for column, logarithmic in enumerate((False, True)):
            figures.plot_hysteresis(
                *(drive, current, sheet.add_subplot(grid[0, column])),
                voltage_label=label,
                logarithmic=logarithmic,
                cycles=SWEEPS,
            )
        for place, variable in enumerate(variables):
            state = response.state[place, :, 0]
            factor, unit = 1.0, variable.unit
            if not variable.logarithmic:
                scale = figures.readable_scale(state, variable.unit)
                simple = variable.unit in _SIMPLE
                factor, unit = (scale.factor, scale.unit) if simple else (1.0, variable.unit)
            figures.plot_state(
                response.time,
                drive,
                state / factor,
                # A lonely state takes the whole row.
                sheet.add_subplot(
                    grid[1, :] if len(variables) == 1 else grid[1 + place // 2, place % 2]
                ),
                state_label=f"{variable.name} [{unit}]",
                logarithmic=variable.logarithmic,
            )
        return sheet

    def numbers(self) -> dict[str, Any]:
        """The transient: one list for each quantity."""
        response = self.response
        return {
            "title": self._title,
            "series_resistance": self.drive.series_resistance,
            "time": response.time.tolist(),
            "drive": response.drive[:, 0].tolist(),
            "voltage": response.voltage[:, 0].tolist(),
            "current": response.current[:, 0].tolist(),
            "state": {
                variable.name: {"unit": variable.unit, "values": values[:, 0].tolist()}
                for variable, values in zip(response.variables, response.state, strict=True)
            },
        }

    @property
    def _title(self) -> str:
        drive = self.drive
        behind = (
            f" over {spoken(drive.series_resistance, 'ohm')}" if drive.series_resistance else ""
        )
        return (
            f"{self.name}: {SWEEPS} sweeps to {spoken(drive.positive, 'V')} and "
            f"{spoken(-drive.negative, 'V')}, {spoken(drive.period, 's')} each{behind}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StatisticsPortrait:
    """Cells that are programmed to a few targets, and then left alone."""

    name: str
    """In the catalogue."""
    targets: FloatArray
    """Shape (targets,) [S]."""
    samples: Mapping[float, FloatArray]
    """Age [s], 0 for right after programming -> cells, shape (targets, cells) [S]."""
    ages: FloatArray
    """Rising, shape (ages,) [s]."""
    mean: FloatArray
    """What the model says, shape (targets, ages) [S]."""
    lower: FloatArray
    """5 % of the cells are below, shape (targets, ages) [S]."""
    upper: FloatArray
    """5 % of the cells are above, shape (targets, ages) [S]."""

    def draw(self) -> "Figure":
        """Distributions on a probit axis, and drift."""
        sheet = _sheet(f"{self.name}: {CELLS} cells for each of {len(self.targets)} targets")
        left, right = sheet.subplots(1, 2, width_ratios=(1.15, 1.0))
        figures.plot_programmed_conductance(self.targets, self.samples, left)
        figures.plot_drift(self.ages, self.mean, self.lower, self.upper, right)
        return sheet

    def numbers(self) -> dict[str, Any]:
        """Quantiles of the cells, mean and band."""
        return {
            "targets": self.targets.tolist(),
            "levels": _LEVELS.tolist(),
            "quantiles": [
                {"age": age, "conductance": np.quantile(cells, _LEVELS, axis=1).T.tolist()}
                for age, cells in self.samples.items()
            ],
            "ages": self.ages.tolist(),
            "mean": self.mean.tolist(),
            "5 %": self.lower.tolist(),
            "95 %": self.upper.tolist(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseUpdatePortrait:
    """Cells that are pulsed up and then down."""

    name: str
    """In the catalogue."""
    pulses: FloatArray
    """Given so far, shape (readings,) [1]."""
    turn: int
    """Pulses up, after which they go down."""
    conductance: FloatArray
    """That shows, shape (cells, readings) [S]."""
    nominal: FloatArray
    """Of the nominal cell without noise, shape (readings,) [S]."""

    def draw(self) -> "Figure":
        """The response."""
        sheet = _sheet(f"{self.name}: {self.turn} pulses up, {self.turn} pulses down")
        figures.plot_pulse_response(self.pulses, self.conductance, self.nominal, sheet.subplots())
        return sheet

    def numbers(self) -> dict[str, Any]:
        """The response of every cell."""
        return {
            "pulses": self.pulses.tolist(),
            "turn": self.turn,
            "conductance": self.conductance.tolist(),
            "nominal": self.nominal.tolist(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class CyclesPortrait:
    """Devices that are SET and RESET again and again."""

    name: str
    """In the catalogue."""
    cycles: SwitchingCycles
    """What they did."""

    def draw(self) -> "Figure":
        """Distributions of resistances and of switching voltages."""
        cycles = self.cycles
        sheet = _sheet(f"{self.name}: {cycles.cycles} cycles of {cycles.devices} devices")
        left, right = sheet.subplots(1, 2)
        figures.plot_cycle_distribution(
            cycles.hrs_resistance / kohm,
            cycles.lrs_resistance / kohm,
            left,
            label="resistance [kΩ]",
        )
        figures.plot_cycle_distribution(
            cycles.reset_voltage,
            cycles.set_voltage,
            right,
            names=("RESET", "SET"),
            label="switching voltage [V]",
            logarithmic=False,
        )
        return sheet

    def numbers(self) -> dict[str, Any]:
        """Quantiles of all cycles of all devices."""
        cycles = self.cycles
        drawn = {
            "R_HRS": cycles.hrs_resistance,
            "R_LRS": cycles.lrs_resistance,
            "U_SET": cycles.set_voltage,
            "U_RESET": cycles.reset_voltage,
        }
        return {
            "cycles": cycles.cycles,
            "devices": cycles.devices,
            "levels": _LEVELS.tolist(),
            "quantiles": {name: np.quantile(v, _LEVELS).tolist() for name, v in drawn.items()},
        }


# Units that take a prefix on an axis.
_SIMPLE: Final = frozenset({"V", "A", "S", "s", "m"})


def portray_device(name: str, *, seed: int = 0) -> DevicePortrait:
    """Let a model of the catalogue do what is typical of it.

    Args:
        name: in the catalogue.
        seed: of everything that is drawn; a memristor draws nothing.

    Raises:
        InvalidInput: there is no such name; names that look alike are in the message.
    """
    kind, model = device_kind(name), device_model(name)
    rng = stream(seed, name, "portrait")
    if kind is DeviceKind.MEMRISTOR:
        return portray_memristor(name, model)
    if kind is DeviceKind.STATISTICS:
        return portray_statistics(name, model, rng=rng)
    if kind is DeviceKind.PULSE_UPDATE:
        return portray_pulse_update(name, model, rng=rng)
    return portray_cycles(name, model, rng=rng)


def portray_memristor(name: str, model: Memristor) -> MemristorPortrait:
    """Drive a memristor with the sweeps that show it.

    Args:
        name: above the picture.
        model: the device.
    """
    drive = model.typical_drive
    moments = np.linspace(0.0, SWEEPS * drive.period, SWEEPS * _MOMENTS_PER_SWEEP + 1)
    stimulus = typical_sweep(drive, SWEEPS)
    response = simulate_transient(
        model,
        stimulus,
        initial_state=drive.initial_state,
        # The peaks, where a loop turns, are moments of their own.
        times=np.union1d(np.minimum(moments, stimulus.time[-1]), stimulus.time),
        series_resistance=drive.series_resistance,
        relative_tolerance=_TOLERANCE,
    )
    return MemristorPortrait(name=name, drive=drive, response=response)


def portray_statistics(
    name: str, model: ConductanceStatistics, *, rng: Draws
) -> StatisticsPortrait:
    """Program cells to a few targets and let them age, within what the source measured.

    Args:
        name: above the picture.
        model: the statistics.
        rng: the stream to draw from.
    """
    targets = model.lowest + np.array(TARGET_SHARES) * (model.highest - model.lowest)
    first, last = model.first_age, model.last_age
    ages = np.geomspace(first, last, _AGES) if last > first else np.array([first])
    ages[0], ages[-1] = first, last
    shown = {first, last}
    if last > 100.0 * first:
        # The age in the middle that people speak of.
        middle = np.sqrt(first * last)
        shown.add(min(figures.age_marks(first, last), key=lambda age: abs(np.log(age / middle))))
    ages = np.union1d(ages, list(shown))
    wanted = np.repeat(targets[:, None], CELLS, axis=1)
    programmed = model.program(wanted, rng=rng)
    traits = model.draw_traits(programmed, rng=rng)
    samples, bands = {0.0: programmed}, []
    conductance, before = programmed, 0.0
    for age in ages.tolist():
        conductance = model.relax(
            conductance,
            programmed=programmed,
            traits=traits,
            age_before=before,
            age_after=age,
            rng=rng,
        )
        before = age
        bands.append(np.quantile(conductance, [0.05, 0.95], axis=1))
        if age in shown:
            samples[age] = conductance
    mean = np.stack([np.asarray(model.mean(targets, age)) for age in ages.tolist()], axis=1)
    lower, upper = np.moveaxis(np.array(bands), 0, -1)
    return StatisticsPortrait(
        name=name, targets=targets, samples=samples, ages=ages, mean=mean, lower=lower, upper=upper
    )


def portray_pulse_update(name: str, model: PulseUpdate, *, rng: Draws) -> PulseUpdatePortrait:
    """Pulse a few cells up until the nominal one is nearly at its bound, and down again.

    Args:
        name: above the picture.
        model: what a pulse does.
        rng: the stream to draw from.
    """
    turn = _pulses_to_cross(model)
    # Many small steps are taken together: the model says how.
    together = -(-turn // _READINGS)
    readings = -(-turn // together)
    turn = readings * together
    train = np.concatenate([np.full(readings, together), np.full(readings, -together)])
    nominal = NominalDraws()
    return PulseUpdatePortrait(
        name=name,
        pulses=together * np.arange(2 * readings + 1, dtype=np.float64),
        turn=turn,
        conductance=_pulsed(model, train, PULSED_CELLS, rng=rng),
        nominal=_pulsed(model, train, 1, rng=nominal)[0],
    )


def portray_cycles(name: str, model: Synaptogen, *, rng: Draws) -> CyclesPortrait:
    """Switch devices on and off.

    Args:
        name: above the picture.
        model: of the cycles.
        rng: the stream to draw from.
    """
    devices = model.cycles.draw_devices(DEVICES, rng=rng)
    return CyclesPortrait(
        name=name, cycles=model.cycles.draw_cycles(devices, CYCLES_PER_DEVICE, rng=rng)
    )


def _pulses_to_cross(model: PulseUpdate) -> int:
    """Pulses up from the lower bound until the nominal cell has gone nearly all of its way."""
    cells = model.draw_cells((1,), rng=NominalDraws())
    conductance, up = np.array([model.lowest]), np.array([True])
    goal = model.lowest + _NEARLY * (model.highest - model.lowest)
    pulses = 0
    while pulses < _MOST_PULSES and conductance[0] < goal:
        step = np.asarray(model.step(conductance, up, cells=cells))
        # As many pulses as together stay a small part of the window.
        room = 0.002 * (model.highest - model.lowest)
        together = int(np.clip(room / max(float(step[0]), 1e-30), 1, _MOST_PULSES - pulses))
        conductance = np.minimum(conductance + together * step, model.highest)
        pulses += together
    return max(pulses, _FEWEST_PULSES)


def _pulsed(model: PulseUpdate, train: FloatArray, count: int, *, rng: Draws) -> FloatArray:
    """What shows of cells that begin at their lower bound, shape (cells, readings)."""
    cells = model.draw_cells((count,), rng=rng)
    hidden: FloatArray = np.array(cells["lowest"], dtype=np.float64)
    shown = hidden.copy()
    readings = [shown]
    for pulses in train:
        given = np.full(count, float(pulses))
        hidden = np.asarray(model.apply(hidden, given, cells=cells, rng=rng))
        if model.write_noise > 0.0:
            shown = rewritten(shown, hidden, given, write_noise=model.write_noise, rng=rng)
        else:
            shown = hidden
        readings.append(shown)
    return np.stack(readings, axis=1)


def _sheet(title: str, rows: int = 1) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    sheet = Figure(figsize=(10.0, 0.3 + 3.7 * rows), layout="constrained")
    sheet.suptitle(title, fontsize=11, x=0.01, ha="left")
    return sheet
