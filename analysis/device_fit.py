"""From a file of measurements to a fitted device: table, figure, and what the data do not say.

Which measurement the file holds follows from the model: a memristor is fitted to a sweep of the
voltage, a response to pulses to a train of pulses, "drift" to a retention series and "cycles" to a
list of switching cycles.
"""

import dataclasses
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from ohmloom.analysis import figures
from ohmloom.analysis.device_description import (
    DeviceKind,
    describe_device,
    device_kind,
    device_model,
    device_names,
)
from ohmloom.analysis.figure_file import save_figure
from ohmloom.analysis.parameter_description import (
    spoken,
)
from ohmloom.arrays import FloatArray
from ohmloom.devices.fitting.current_voltage import (
    INITIAL,
    CurrentVoltageFit,
    InstrumentNoise,
    fit_current_voltage,
)
from ohmloom.devices.fitting.cycle_statistics import (
    CoefficientIntervals,
    CycleFit,
    bootstrap_intervals,
    fit_cycles,
)
from ohmloom.devices.fitting.estimates import Estimates, GoodnessOfFit
from ohmloom.devices.fitting.measured_files import (
    Column,
    pulse_train_of_arc,
    read_arc2control,
    read_pulse_train,
    read_retention,
    read_sweep,
    read_table,
)
from ohmloom.devices.fitting.measurements import PulseTrain, Sweep
from ohmloom.devices.fitting.model_parameters import parameter_values, with_parameter
from ohmloom.devices.fitting.pulse_response import NominalDraws, PulseFit, fit_pulse_response
from ohmloom.devices.fitting.retention import DriftFit, fit_drift
from ohmloom.devices.memristor import Memristor
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.devices.statistics.synaptogen.switching_cycles import (
    FEATURES,
    SwitchingCycles,
    cycles_of_frame,
)
from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, silent
from ohmloom.randomness import Draws, stream
from ohmloom.storage import output_folder, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRIFT: Final = "drift"
"""Name that stands for a power law of drift, fitted to a retention series."""
CYCLES: Final = "cycles"
"""Name that stands for statistics of switching cycles."""
LEVEL: Final = 0.9
"""Probability that an interval covers the truth [1]."""
USUAL_RELATIVE_NOISE: Final = 0.02
"""Of a current meter, where none is given [1]."""
USUAL_ABSOLUTE_NOISE: Final = 1e-3
"""Of a current meter, over the largest current, where none is given [1]."""

_SUSPICIOUS = 0.01
_CYCLE_UNITS = ("log10 ohm", "V", "ohm", "V")
_CYCLE_COLUMNS = {
    "R_HRS": "resistance",
    "U_SET": "voltage",
    "R_LRS": "resistance",
    "U_RESET": "voltage",
}
_ARC_ENDINGS = (".h5", ".hdf5")


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """What a fit is told besides the file and the model; None where nothing was said."""

    parameters: tuple[str, ...] = ()
    """Names of the numbers to fit."""
    starts: Mapping[str, float] = field(default_factory=dict)
    """Where the search begins, in SI; also for numbers that are not fitted."""
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Smallest and largest value of parameters, in SI."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    """Where quantities stand in the file."""
    interval: float | None = None
    """Time from row to row of a sweep without a column of time [s]."""
    compliance: float | None = None
    """Limit of the instrument [A]."""
    accept_clipping: bool = False
    """Leave the rows out in which the instrument limited the current."""
    series_resistance: float | None = None
    """Between the source and the device [ohm]."""
    read_voltage: float | None = None
    """At which currents were read [V]."""
    cell: str | None = None
    """Of a file of arc2control, such as W03B12."""
    noise_absolute: float | None = None
    """Standard deviation of the current meter [A]."""
    noise_relative: float | None = None
    """Standard deviation of the current meter over the current [1]."""
    order: int | None = None
    """How many cycles back switching cycles depend on."""
    resamples: int = 0
    """Bootstrap data sets."""
    seed: int = 0
    """Of the resampling."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceFit:
    """What a fit found, ready to be shown and saved."""

    model: str
    """What was fitted."""
    file: str
    """To what."""
    table: pd.DataFrame
    """One row for each estimate, with its unit and interval."""
    undetermined: Mapping[str, str]
    """What the data do not determine: name to what is the matter."""
    facts: Mapping[str, float]
    """Goodness of fit and what else was found, as plain numbers in SI."""
    statements: tuple[str, ...]
    """The same for people, and what to know before the numbers are used."""
    points: pd.DataFrame
    """The data, what the model says, and what is left over; units in the headers."""
    parameters: Mapping[str, float]
    """All numbers of the fitted model, in SI."""
    draw: Callable[[], "Figure"]
    """Makes the figure: data, model and residuals."""

    @property
    def determined(self) -> int:
        """How many of the estimates the data determine."""
        return len(self.table) - len(self.undetermined)

    def summary(self) -> dict[str, Any]:
        """Everything but the points, for a machine."""
        return {
            "model": self.model,
            "file": self.file,
            "level": LEVEL,
            "estimates": self.table.to_dict(orient="records"),
            "undetermined": dict(self.undetermined),
            "facts": dict(self.facts),
            "statements": list(self.statements),
            "parameters": dict(self.parameters),
        }

    def save(self, folder: str | Path) -> Path:
        """Write fit.png, estimates.csv, points.csv and fit.json, each whole or not at all.

        Args:
            folder: made if it is not there; other files in it stay.

        Returns:
            The folder.

        Raises:
            CannotWrite: the folder cannot be written.
        """
        target = output_folder(folder)
        save_figure(self.draw(), target / "fit.png")
        write_text(target / "estimates.csv", self.table.to_csv(index=False))
        write_text(target / "points.csv", self.points.to_csv(index=False))
        # Last, so that where it stands the others are from the same fit.
        write_text(target / "fit.json", json.dumps(_finite(self.summary()), indent=2) + "\n")
        return target


def fit_device(
    file: str | Path, model: str, settings: FitSettings, *, progress: Progress = silent
) -> DeviceFit:
    """Fit a model to a file of measurements.

    Args:
        file: CSV, or HDF5 of arc2control for trains of pulses.
        model: name in the catalogue, "drift" or "cycles".
        settings: what else is known.
        progress: told the share done.

    Raises:
        InvalidInput: there is no such model, file or parameter, or a setting does not belong to
            this kind of fit; the message says what to do.
        CorruptFile: the file is not what it should be.
        SimulatorError: the model cannot be integrated where the search begins.
    """
    path = Path(file)
    rng = stream(settings.seed, "device fit", "resampling")
    if model == DRIFT:
        _only(settings, model, "columns", "read_voltage")
        return _fit_drift(path, settings, rng, progress)
    if model == CYCLES:
        _only(settings, model, "columns", "order")
        return _fit_cycles(path, model, settings, rng, progress)
    _known(model)
    kind = device_kind(model)
    if kind is DeviceKind.CYCLES:
        _only(settings, model, "columns", "order")
        return _fit_cycles(path, model, settings, rng, progress)
    if kind is DeviceKind.STATISTICS:
        raise InvalidInput(
            f"{model} is a published population, which has nothing to fit; fit {DRIFT!r} to a "
            f"retention series, or {CYCLES!r} to a list of switching cycles"
        )
    shared = ("parameters", "starts", "limits", "columns")
    if kind is DeviceKind.MEMRISTOR:
        _only(
            settings,
            model,
            *shared,
            *("interval", "compliance", "accept_clipping", "series_resistance"),
            *("noise_absolute", "noise_relative"),
        )
        return _fit_sweep(path, model, settings, rng, progress)
    _only(settings, model, *shared, "read_voltage", "cell")
    return _fit_pulses(path, model, settings, rng, progress)


def fitted_units(model: str) -> dict[str, str]:
    """Units of what can be fitted of a model, by name; "1" where none is known.

    Args:
        model: name in the catalogue.

    Raises:
        InvalidInput: there is no such model.
    """
    if model in (DRIFT, CYCLES):
        return {}
    _known(model)
    described = describe_device(model)
    units = {each.name: each.unit or "1" for each in described.parameters}
    numbers = parameter_values(device_model(model))
    found = {name: units.get(name, "1") for name in numbers}
    return found | {INITIAL + each.name: each.unit for each in described.state_variables}


def _known(model: str) -> None:
    """Refuse a name that is neither in the catalogue nor one of the two others."""
    if model in device_names():
        return
    try:
        device_kind(model)
    except InvalidInput as error:
        raise InvalidInput(f"{error}; {DRIFT!r} and {CYCLES!r} are fits too") from error


def _only(settings: FitSettings, model: str, *used: str) -> None:
    """Refuse settings that say nothing about this kind of fit."""
    always = ("resamples", "seed")
    for each in dataclasses.fields(settings):
        value = getattr(settings, each.name)
        if each.name not in (*used, *always) and value not in (None, False, (), {}):
            raise InvalidInput(
                f"{each.name.replace('_', ' ')} says nothing about a fit of {model}; leave it out "
                f"(used are {', '.join(name.replace('_', ' ') for name in used)})"
            )


def _fit_sweep(
    path: Path, name: str, settings: FitSettings, rng: Draws, progress: Progress
) -> DeviceFit:
    model: Memristor = device_model(name)
    units = _checked(name, settings)
    _not_arc(path, name)
    data = read_sweep(
        path,
        columns=settings.columns,
        interval=settings.interval,
        compliance=settings.compliance,
        accept_clipping=settings.accept_clipping,
    )
    variables = [INITIAL + each.name for each in model.state_variables]
    state = list(model.typical_drive.initial_state)
    for each, value in settings.starts.items():
        if each in variables:
            state[variables.index(each)] = value
        else:
            model = with_parameter(model, each, value)
    statements = []
    noise = InstrumentNoise(
        absolute=settings.noise_absolute or 0.0, relative=settings.noise_relative or 0.0
    )
    if settings.noise_absolute is None and settings.noise_relative is None:
        largest = float(np.abs(data.current[~data.clipped]).max(initial=0.0))
        noise = InstrumentNoise(
            absolute=USUAL_ABSOLUTE_NOISE * largest, relative=USUAL_RELATIVE_NOISE
        )
        statements.append(
            f"the noise of the current meter was not given: {USUAL_RELATIVE_NOISE:.0%} and "
            f"{_rounded(noise.absolute, 'A')} are taken, which weighs small against large currents"
        )
    if data.clipped.any():
        statements.append(f"{int(data.clipped.sum())} rows at the current limit were left out")
    fit = fit_current_voltage(
        model,
        data,
        settings.parameters,
        noise=noise,
        initial_state=state,
        limits=settings.limits,
        series_resistance=settings.series_resistance or 0.0,
        resamples=settings.resamples,
        rng=rng,
        progress=progress,
    )
    kept = ~data.clipped
    weighted = np.full(data.time.size, np.nan)
    weighted[kept] = fit.estimates.residuals
    goodness = fit.estimates.goodness
    return DeviceFit(
        model=name,
        file=str(path),
        table=_table(fit.estimates, units),
        undetermined=_undetermined(fit.estimates, units),
        facts=_facts(goodness),
        statements=(*statements, *_judged(goodness, " of the noise that was given or taken")),
        points=pd.DataFrame(
            {
                "time [s]": data.time,
                "voltage [V]": data.voltage,
                "current [A]": data.current,
                "model [A]": fit.current,
                "residual [noise]": weighted,
                "left out": data.clipped,
            }
        ),
        parameters=parameter_values(fit.memristor)
        | dict(zip(variables, fit.initial_state.tolist(), strict=True)),
        draw=lambda: _sweep_sheet(name, path, data, fit, weighted),
    )


def _fit_pulses(
    path: Path, name: str, settings: FitSettings, rng: Draws, progress: Progress
) -> DeviceFit:
    model: PulseUpdate = device_model(name)
    units = _checked(name, settings)
    data = _pulse_train(path, settings)
    for each, value in settings.starts.items():
        model = with_parameter(model, each, value)
    fit = fit_pulse_response(
        model,
        data,
        settings.parameters,
        limits=settings.limits,
        resamples=settings.resamples,
        rng=rng,
        progress=progress,
    )
    goodness = fit.estimates.goodness
    noise = [f"noise of a reading {_rounded(fit.read_noise, 'S')}"]
    if math.isfinite(fit.cycle_noise):
        noise.insert(0, f"noise from pulse to pulse {_rounded(fit.cycle_noise, 'S')}")
    else:
        noise.append("which hides the noise from pulse to pulse")
    return DeviceFit(
        model=name,
        file=str(path),
        table=_table(fit.estimates, units),
        undetermined=_undetermined(fit.estimates, units),
        facts=_facts(goodness) | {"cycle noise": fit.cycle_noise, "read noise": fit.read_noise},
        statements=(", ".join(noise), *_judged(goodness, " of the mean step")),
        points=pd.DataFrame(
            {
                "pulse": data.pulses,
                "conductance [S]": data.conductance,
                "model [S]": fit.predicted,
                "residual [S]": data.conductance - fit.predicted,
            }
        ),
        parameters=parameter_values(fit.update),
        draw=lambda: _pulse_sheet(name, path, data, fit),
    )


def _pulse_train(path: Path, settings: FitSettings) -> PulseTrain:
    if path.suffix.lower() not in _ARC_ENDINGS:
        if settings.cell is not None:
            raise InvalidInput(
                f"a cell is chosen in files of arc2control, which end in "
                f"{' or '.join(_ARC_ENDINGS)}, not in {path}"
            )
        return read_pulse_train(path, columns=settings.columns, read_voltage=settings.read_voltage)
    if settings.columns or settings.read_voltage is not None:
        raise InvalidInput(
            f"{path} is a file of arc2control: its columns and its read voltage are known; leave "
            f"them out"
        )
    cells = {
        f"W{word:02d}B{bit:02d}": series for (word, bit), series in read_arc2control(path).items()
    }
    if settings.cell is None and len(cells) == 1:
        return pulse_train_of_arc(next(iter(cells.values())))
    wanted = _cell_name(settings.cell)
    if wanted not in cells:
        asked = "no cell was chosen" if settings.cell is None else f"no cell {settings.cell}"
        some = ", ".join(list(cells)[:12]) or "none"
        raise InvalidInput(f"{path}: {asked}; it holds {len(cells)} cell(s): {some}")
    return pulse_train_of_arc(cells[wanted])


def _cell_name(cell: str | None) -> str | None:
    """W3B12 as W03B12."""
    found = re.fullmatch(r"[Ww](\d+)[Bb](\d+)", cell or "")
    return f"W{int(found[1]):02d}B{int(found[2]):02d}" if found else cell


def _fit_drift(path: Path, settings: FitSettings, rng: Draws, progress: Progress) -> DeviceFit:
    _not_arc(path, DRIFT)
    series = read_retention(path, columns=settings.columns, read_voltage=settings.read_voltage)
    fit = fit_drift(series, resamples=settings.resamples, rng=rng)
    progress(1.0)
    goodness = fit.estimates.goodness
    fitted = fit.conductance(series.time)
    span = f"{spoken(float(series.time[0]), 's')} to {spoken(float(series.time[-1]), 's')}"
    statements = [
        f"{len(series.conductance)} cell(s), {series.time.size} readings each, from {span}",
    ]
    if fit.curvature < _SUSPICIOUS:
        statements.append(
            f"a term in the square of ln t would fit better (p = {fit.curvature:.2g}): these cells "
            f"do not follow a power law over the whole time"
        )
    cells, readings = series.conductance.shape
    return DeviceFit(
        model=DRIFT,
        file=str(path),
        table=_table(fit.estimates, {}),
        undetermined=_undetermined(fit.estimates, {}),
        facts=_facts(goodness) | {"curvature": fit.curvature, "first time": fit.first_time},
        statements=(*statements, *_judged(goodness, None)),
        points=pd.DataFrame(
            {
                "cell": np.repeat(np.arange(cells), readings),
                "time [s]": np.tile(series.time, cells),
                "conductance [S]": series.conductance.ravel(),
                "model [S]": fitted.ravel(),
                "residual of ln G [1]": np.log(series.conductance / fitted).ravel(),
            }
        ),
        parameters={each.name: fit.estimates[each.name] for each in fit.estimates.parameters},
        draw=lambda: _drift_sheet(path, series.time, series.conductance, fit),
    )


def _fit_cycles(
    path: Path, name: str, settings: FitSettings, rng: Draws, progress: Progress
) -> DeviceFit:
    _not_arc(path, name)
    cycles = _read_cycles(path, settings.columns)
    order = 1 if settings.order is None else settings.order
    fit = fit_cycles(cycles, order=order, rng=stream(settings.seed, "device fit", "mixture"))
    progress(0.5)
    intervals = fit.intervals(LEVEL)
    statements = []
    if settings.order is None:
        statements.append("the order was not given: each cycle depends on the one before it")
    if settings.resamples:
        by = "devices" if fit.devices.devices >= 12 else "blocks"
        intervals = bootstrap_intervals(
            fit,
            resample="devices" if by == "devices" else "blocks",
            block=max(20, 5 * order),
            replicates=settings.resamples,
            level=LEVEL,
            rng=rng,
        )
        statements.append(f"intervals from {settings.resamples} resamplings of {by}")
    progress(1.0)
    test = fit.residual_test
    statements.append(
        f"{cycles.cycles} cycles of {fit.devices.devices} device(s), {fit.rows} rows; "
        f"{fit.mixture.weights.size} component(s) of devices"
    )
    if test.p_value < _SUSPICIOUS:
        statements.append(
            f"cycles remember more than {order} cycle(s) (p = {test.p_value:.2g}); raise the order"
        )
    drawn = _drawn_like(fit, settings.seed)
    used = cycles.features[:, :, fit.used_devices]
    return DeviceFit(
        model=name,
        file=str(path),
        table=_cycle_table(fit, intervals),
        undetermined={},
        facts={
            "order": order,
            "devices": fit.devices.devices,
            "rows": fit.rows,
            "components": int(fit.mixture.weights.size),
            "spectral radius": fit.statistics.spectral_radius,
            "residual test": test.p_value,
            **{
                f"Kolmogorov distance of {feature}": float(distance)
                for feature, distance in zip(FEATURES, fit.kolmogorov, strict=True)
            },
        },
        statements=(*statements, *fit.statements),
        points=_cycle_points(used, fit),
        parameters={},
        draw=lambda: _cycle_sheet(name, path, used, drawn),
    )


def _read_cycles(path: Path, columns: Mapping[str, Column]) -> SwitchingCycles:
    """One row for each cycle of each device, resistances and voltages in the unit of the header."""
    table = read_table(path)
    content: dict[str, Any] = {}
    for name, quantity in _CYCLE_COLUMNS.items():
        place = columns.get(name, Column(name=name))
        content[name] = table.values(quantity, {quantity: place})
    for name in ("device", "cycle"):
        if name not in columns and name not in table.frame.columns:
            # One device, or cycles in the order of the rows.
            alone = np.zeros(len(table.frame), dtype=np.int64)
            content[name] = alone if name == "device" else np.arange(len(alone))
            continue
        place = columns.get(name, Column(name=name))
        content[name] = table.values(name, {name: place}).astype(np.int64)
    try:
        return cycles_of_frame(pd.DataFrame(content))
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def _checked(name: str, settings: FitSettings) -> dict[str, str]:
    """Units of what can be fitted; refuses names that the model has not, and no names at all."""
    units = fitted_units(name)
    for option, names in (
        ("parameter", settings.parameters),
        ("start", settings.starts),
        ("limits", settings.limits),
    ):
        for each in names:
            if each not in units:
                raise InvalidInput(
                    f"{option} {each!r}: {name} has no such number; it has {', '.join(units)}"
                )
    unused = [each for each in settings.limits if each not in settings.parameters]
    if unused:
        raise InvalidInput(
            f"limits are given for {', '.join(unused)}, which are not fitted; name them as "
            f"parameters too"
        )
    if not settings.parameters:
        model = device_model(name)
        values = parameter_values(model)
        for variable, start in zip(
            getattr(model, "state_variables", ()),
            model.typical_drive.initial_state if hasattr(model, "typical_drive") else (),
            strict=True,
        ):
            values[INITIAL + variable.name] = start
        known = "".join(
            f"\n  {each!r} (now {spoken(value, units[each])})" for each, value in values.items()
        )
        raise InvalidInput(
            f"say which numbers of {name} to fit, two to four that the data can tell apart; the "
            f"others keep their values. There are{known}"
        )
    return units


def _not_arc(path: Path, name: str) -> None:
    if path.suffix.lower() in _ARC_ENDINGS:
        raise InvalidInput(
            f"{path} is HDF5, from which trains of pulses are read; a fit of {name} takes CSV"
        )


def _table(estimates: Estimates, units: Mapping[str, str]) -> pd.DataFrame:
    frame = estimates.to_frame(LEVEL)
    frame["unit"] = [
        units.get(name, unit) for name, unit in zip(frame["parameter"], frame["unit"], strict=True)
    ]
    return frame


def _undetermined(estimates: Estimates, units: Mapping[str, str]) -> dict[str, str]:
    return {
        name: reason.replace(" SI", f" {units[name]}" if name in units else "")
        for name, reason in estimates.undetermined.items()
    }


def _facts(goodness: GoodnessOfFit) -> dict[str, float]:
    return {name.replace("_", " "): value for name, value in dataclasses.asdict(goodness).items()}


def _judged(goodness: GoodnessOfFit, scale: str | None) -> tuple[str, ...]:
    """Goodness of fit in sentences."""
    explained = f"R2 {goodness.r_squared:.6g}"
    size = "" if scale is None else f", residuals {goodness.rms:.3g}{scale}"
    found = [f"{goodness.points} points, {explained}{size}"]
    if goodness.runs < _SUSPICIOUS:
        found.append(
            f"neighbouring residuals are alike (runs test p = {goodness.runs:.2g}): the model "
            f"misses a part of the shape, and the intervals are too narrow"
        )
    if goodness.normality < _SUSPICIOUS:
        found.append(
            f"the residuals are not normal (p = {goodness.normality:.2g}); resample to get "
            f"intervals that do not need it"
        )
    return tuple(found)


def _cycle_table(fit: CycleFit, intervals: CoefficientIntervals) -> pd.DataFrame:
    """What devices have in the mean, how they differ, and how a cycle depends on those before."""
    rows: list[dict[str, Any]] = []
    devices, order = fit.devices, fit.statistics.order
    count = devices.devices
    for place, (feature, unit) in enumerate(zip(FEATURES, _CYCLE_UNITS, strict=True)):
        mean, deviation = devices.mean[place], devices.deviation[place]
        between = float(mean.std(ddof=1)) if count > 1 else math.nan
        half = math.nan
        if count > 1:
            half = float(stats.t.ppf(0.5 + 0.5 * LEVEL, count - 1)) * between / math.sqrt(count)
        rows += [
            _row(f"mean of {feature}", float(mean.mean()), unit, half),
            _row(f"between devices, {feature}", between, unit, math.nan),
            _row(f"from cycle to cycle, {feature}", float(deviation.mean()), unit, math.nan),
        ]
    memory = fit.statistics.memory
    for back in range(order, 0, -1):
        for to, feature in enumerate(FEATURES):
            for source, other in enumerate(FEATURES):
                column = len(FEATURES) * (order - back) + source
                rows.append(
                    {
                        "parameter": f"{feature} on {other}, {back} back",
                        "estimate": float(memory[to, column]),
                        "unit": "1",
                        "from": float(intervals.lower[to, column]),
                        "to": float(intervals.upper[to, column]),
                    }
                )
    return pd.DataFrame(rows)


def _row(name: str, value: float, unit: str, half: float) -> dict[str, Any]:
    return {
        "parameter": name,
        "estimate": value,
        "unit": unit,
        "from": value - half,
        "to": value + half,
    }


def _cycle_points(features: FloatArray, fit: CycleFit) -> pd.DataFrame:
    cycles, _, devices = features.shape
    columns: dict[str, Any] = {
        "device": np.tile(np.arange(devices), cycles),
        "cycle": np.repeat(np.arange(cycles), devices),
    }
    for place, (feature, unit) in enumerate(zip(FEATURES, _CYCLE_UNITS, strict=True)):
        columns[f"{feature} [{unit}]"] = features[:, place].ravel()
        columns[f"score of {feature} [1]"] = fit.scores[:, place].ravel()
    return pd.DataFrame(columns)


def _drawn_like(fit: CycleFit, seed: int) -> FloatArray | None:
    """Cycles of the fitted model for the fitted devices; None where it has no stationary law."""
    if not fit.statistics.is_stationary:
        return None
    cycles = max(200, fit.scores.shape[0])
    rng = stream(seed, "device fit", "figure")
    return fit.statistics.draw_cycles(fit.devices, cycles, rng=rng).features


def _sweep_sheet(
    name: str, path: Path, data: Sweep, fit: CurrentVoltageFit, weighted: FloatArray
) -> "Figure":
    sheet = _sheet(f"{name}, fitted to {path.name}", 3)
    linear, logarithm, left = sheet.subplots(1, 3)
    for ax, logarithmic in ((linear, False), (logarithm, True)):
        figures.plot_current_voltage_fit(
            data.voltage,
            data.current,
            fit.current,
            ax,
            left_out=data.clipped,
            logarithmic=logarithmic,
        )
    kept = np.isfinite(weighted)
    figures.plot_residuals(
        np.flatnonzero(kept),
        weighted[kept],
        left,
        place_label="row",
        residual_label="measured minus model [noise]",
    )
    return sheet


def _pulse_sheet(name: str, path: Path, data: PulseTrain, fit: PulseFit) -> "Figure":
    sheet = _sheet(f"{name}, fitted to {path.name}", 2)
    train, left = sheet.subplots(1, 2, width_ratios=(1.6, 1.0))
    figures.plot_pulse_fit(
        data.conductance, fit.predicted, train, alone=_left_alone(fit.update, data)
    )
    residual = data.conductance - fit.predicted
    scale = figures.readable_scale(residual, "S")
    figures.plot_residuals(
        np.arange(residual.size)[1:],
        residual[1:] / scale.factor,
        left,
        place_label="reading",
        residual_label=f"measured minus model [{scale.unit}]",
    )
    return sheet


def _left_alone(update: PulseUpdate, data: PulseTrain) -> FloatArray:
    """The whole train from its first reading, by the model without noise, shape (rows,) [S]."""
    nominal = NominalDraws()
    cells = update.draw_cells((1,), rng=nominal)
    conductance = data.conductance[:1].clip(cells["lowest"], cells["highest"])
    reached = [conductance]
    for pulse in data.pulses[1:]:
        given = np.array([float(pulse)])
        conductance = np.asarray(update.apply(conductance, given, cells=cells, rng=nominal))
        reached.append(conductance)
    return np.concatenate(reached)


def _drift_sheet(path: Path, time: FloatArray, conductance: FloatArray, fit: DriftFit) -> "Figure":
    sheet = _sheet(f"{DRIFT}, fitted to {path.name}", 2)
    series, left = sheet.subplots(1, 2, width_ratios=(1.6, 1.0))
    fitted = fit.conductance(time)
    figures.plot_retention_fit(time, conductance, fitted, series)
    figures.plot_residuals(
        np.broadcast_to(time, conductance.shape),
        100.0 * np.log(conductance / fitted),
        left,
        place_label="time since programming [s]",
        residual_label="measured minus model [% of G]",
        logarithmic=True,
    )
    return sheet


def _cycle_sheet(name: str, path: Path, features: FloatArray, drawn: FloatArray | None) -> "Figure":
    sheet = _sheet(f"{name}, fitted to {path.name}", 2, rows=2)
    for place, ax in enumerate(sheet.subplots(2, 2).ravel()):
        label = f"{FEATURES[place]} [{_CYCLE_UNITS[place]}]"
        model = None if drawn is None else drawn[:, place]
        figures.plot_distribution_fit(features[:, place], model, ax, label=label)
    return sheet


def _sheet(title: str, columns: int, rows: int = 1) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

    sheet = Figure(figsize=(4.6 * max(columns, 2), 0.3 + 3.7 * rows), layout="constrained")
    sheet.suptitle(title, fontsize=11, x=0.01, ha="left")
    return sheet


def _rounded(value: float, unit: str) -> str:
    return spoken(float(f"{value:.3g}"), unit)


def _finite(value: Any) -> Any:
    """The same with Python's own types, and null for what is not finite."""
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, np.generic):
        return _finite(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
