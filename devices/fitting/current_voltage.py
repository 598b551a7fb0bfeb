"""From a measured current-voltage sweep to the parameters of a physical memristor.

Every candidate is the model itself, integrated under the measured voltage; many candidates are
integrated side by side, because the parameters of a model may be arrays. Residuals are weighted by
the noise of the instrument, an absolute and a relative part, so that the low-resistance branch does
not drown the high-resistance one. The relative part is that of the current of the fitted model, not
of the reading: a reading that is low by chance would otherwise count for more than one that is
high, and pull the fit down.

Leaves out: the current limiter. Rows that it clipped do not count, but the model goes through them
under the voltage of the file, which is more than the device had. Parameters that rest on where the
device was left by a clipped SET are to be taken with care; a series resistance, or a sweep without
clipping, tells them better.

Parameters are named as the model names them, with dots for what is nested, such as
"conduction.resistance_on". The initial state is a parameter too, named "initial " and the name of
the variable, because a measurement does not tell it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.devices.fitting.estimates import Estimates, Parameter
from ohmloom.devices.fitting.least_squares import Model, fit_least_squares
from ohmloom.devices.fitting.measurements import Sweep
from ohmloom.devices.fitting.model_parameters import (
    check_names,
    parameter_values,
    parameters_to_fit,
    single,
    with_parameter,
)
from ohmloom.devices.memristor import Memristor
from ohmloom.devices.stimulus import waveform
from ohmloom.devices.transient import simulate_transient
from ohmloom.errors import InvalidInput, OutOfModelRange, SimulatorError
from ohmloom.progress import Progress, silent
from ohmloom.randomness import Draws

INITIAL = "initial "
_TOLERANCE = 1e-6
_DIFFERENCE = 1e-3
_TOGETHER = 512
# So often the noise is taken from the fit before; then it changes by less than it is known.
_WEIGHINGS = 2


@dataclass(frozen=True, kw_only=True)
class InstrumentNoise:
    """How noisy a current meter is: both parts add in squares."""

    absolute: float
    """Standard deviation that does not depend on the current [A]."""
    relative: float
    """Standard deviation over the current [1]."""

    def __post_init__(self) -> None:
        if not (0.0 <= self.absolute < np.inf and 0.0 <= self.relative < np.inf):
            raise InvalidInput(
                f"the noise of an instrument is finite and not negative, but is "
                f"{self.absolute:.6g} A and {self.relative:.6g} of the current"
            )

    def spread(self, current: FloatArray) -> FloatArray:
        """Standard deviation of readings [A].

        Args:
            current: any shape [A].
        """
        return np.hypot(self.absolute, self.relative * current)


@dataclass(frozen=True, kw_only=True, eq=False)
class CurrentVoltageFit:
    """A memristor that was fitted to a sweep."""

    memristor: Memristor
    """The model with the estimates in it."""
    initial_state: FloatArray
    """Where the device started, shape (variables,), in their units."""
    estimates: Estimates
    """What was found, and how sure it is."""
    current: FloatArray
    """What the fitted model says at the moments of the sweep, shape (rows,) [A]."""


def fit_current_voltage(
    memristor: Memristor,
    data: Sweep,
    names: Sequence[str],
    *,
    noise: InstrumentNoise,
    initial_state: Sequence[float] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    series_resistance: float = 0.0,
    resamples: int = 0,
    block: int = 1,
    rng: Draws | None = None,
    progress: Progress = silent,
) -> CurrentVoltageFit:
    """Fit parameters of a model to a sweep.

    Args:
        memristor: the model, its parameters where the search begins.
        data: the sweep.
        names: the parameters to fit, out of `parameter_values`, and "initial NAME" for state
            variables.
        noise: of the instrument.
        initial_state: where the device starts, or where the search for it begins; that of the
            model's typical drive where None.
        limits: smallest and largest value of parameters; a factor of 100 to both sides, and the
            bounds of a state variable, where not given.
        series_resistance: between the source and the device [ohm].
        resamples: how many bootstrap data sets to fit; 0 for none.
        block: length of the stretches of residuals that are resampled together.
        rng: the stream that resampling draws from; needed with `resamples`.
        progress: told the share done.

    Returns:
        The fit. Parameters that the data do not determine are named in its estimates.

    Raises:
        InvalidInput: no such parameter, a name twice, limits of what is not fitted, or fewer data
            points than parameters.
        SimulatorError: the model cannot be integrated where the search begins.
    """
    if noise.absolute <= 0.0 and noise.relative <= 0.0:
        raise InvalidInput("the noise of the instrument must be above zero in one of its parts")
    start = np.array(
        memristor.typical_drive.initial_state if initial_state is None else initial_state
    )
    if start.shape != (len(memristor.state_variables),):
        raise InvalidInput(
            f"initial_state needs {len(memristor.state_variables)} values, but has {start.shape}"
        )
    for variable, value in zip(memristor.state_variables, start, strict=True):
        if not variable.lowest <= value <= variable.highest:
            raise InvalidInput(
                f"{INITIAL}{variable.name}: {value:.6g} {variable.unit} is outside the range of "
                f"the device, {variable.lowest:.6g} to {variable.highest:.6g} {variable.unit}"
            )
    parameters = _parameters(memristor, names, start, limits or {})
    kept = ~data.clipped
    spread = _spread(noise, data.current[kept])
    predict = _prediction(memristor, data, parameters, start, series_resistance)
    begin = np.array([[parameter.start for parameter in parameters]])
    if not np.isfinite(predict(begin)).all():
        raise SimulatorError(
            "the model cannot be integrated where the search begins; start from other parameters"
        )
    search = parameters
    for _ in range(_WEIGHINGS if noise.relative > 0.0 else 0):
        first = fit_least_squares(
            _weighted(predict, kept, spread),
            data.current[kept] / spread,
            search,
            difference=_DIFFERENCE,
        )
        spread = _spread(noise, predict(first.values[None])[0, kept])
        search = tuple(
            replace(parameter, start=float(np.clip(value, parameter.lowest, parameter.highest)))
            for parameter, value in zip(parameters, first.values, strict=True)
        )
    estimates = fit_least_squares(
        _weighted(predict, kept, spread),
        data.current[kept] / spread,
        search,
        resamples=resamples,
        block=block,
        rng=rng,
        difference=_DIFFERENCE,
        progress=progress,
    )
    estimates = replace(estimates, parameters=parameters)
    device, state = _placed(memristor, parameters, estimates.values[None], start)
    return CurrentVoltageFit(
        memristor=single(device),
        initial_state=state[:, 0],
        estimates=estimates,
        current=predict(estimates.values[None])[0],
    )


def _spread(noise: InstrumentNoise, current: FloatArray) -> FloatArray:
    spread = noise.spread(current)
    if not (spread > 0.0).all():
        raise InvalidInput(
            "a relative noise alone gives readings of zero current no noise at all; give an "
            "absolute part"
        )
    return spread


def _weighted(predict: Model, kept: BoolArray, spread: FloatArray) -> Model:
    return lambda values: predict(values)[:, kept] / spread


def current_model(
    memristor: Memristor,
    data: Sweep,
    parameters: Sequence[Parameter],
    *,
    initial_state: Sequence[float],
    series_resistance: float = 0.0,
) -> Model:
    """The current at the moments of a sweep, as a function of parameters, for many sets at once.

    Args:
        memristor: the model, for all that is not a parameter.
        data: the sweep; its currents are not used.
        parameters: what the columns of the argument are.
        initial_state: where the device starts, for variables that are not parameters.
        series_resistance: between the source and the device [ohm].

    Returns:
        From shape (sets, parameters) to currents, shape (sets, rows) [A]; NaN for a set with which
        the model cannot be integrated.
    """
    return _prediction(memristor, data, parameters, np.array(initial_state), series_resistance)


def _prediction(
    memristor: Memristor,
    data: Sweep,
    parameters: Sequence[Parameter],
    start: FloatArray,
    series_resistance: float,
) -> Model:
    stimulus = waveform(data.time, data.voltage)

    def currents(values: FloatArray) -> FloatArray:
        device, state = _placed(memristor, parameters, values, start)
        try:
            response = simulate_transient(
                device,
                stimulus,
                initial_state=state,
                times=data.time,
                series_resistance=series_resistance,
                relative_tolerance=_TOLERANCE,
            )
        except (SimulatorError, OutOfModelRange, FloatingPointError):
            # One set among many spoils the others; halves find it.
            if len(values) == 1:
                return np.full((1, data.time.size), np.nan)
            half = len(values) // 2
            return np.concatenate([currents(values[:half]), currents(values[half:])])
        return np.asarray(response.current.T)

    def predict(values: FloatArray) -> FloatArray:
        parts = [
            currents(values[first : first + _TOGETHER])
            for first in range(0, len(values), _TOGETHER)
        ]
        return np.concatenate(parts)

    return predict


def _parameters(
    memristor: Memristor,
    names: Sequence[str],
    start: FloatArray,
    limits: Mapping[str, tuple[float, float]],
) -> tuple[Parameter, ...]:
    variables = {INITIAL + variable.name: variable for variable in memristor.state_variables}
    if not names:
        known = [*parameter_values(memristor), *variables]
        raise InvalidInput(f"name the parameters to fit, out of {', '.join(known)}")
    check_names(names, limits)
    found: list[Parameter] = []
    for name in names:
        if name not in variables:
            mine = {name: limits[name]} if name in limits else {}
            found += parameters_to_fit(memristor, [name], mine)
            continue
        variable, place = variables[name], list(variables).index(name)
        low, high = limits.get(name, (float(variable.lowest), float(variable.highest)))
        found.append(
            Parameter(
                name=name,
                unit=variable.unit,
                start=float(np.clip(start[place], low, high)),
                lowest=low,
                highest=high,
                logarithmic=variable.logarithmic,
            )
        )
    return tuple(found)


def _placed(
    memristor: Memristor, parameters: Sequence[Parameter], values: FloatArray, start: FloatArray
) -> tuple[Memristor, FloatArray]:
    """The model with arrays for parameters, and initial states, shape (variables, sets)."""
    state = np.repeat(start[:, None], len(values), axis=1)
    order = [INITIAL + variable.name for variable in memristor.state_variables]
    device: Any = memristor
    for parameter, column in zip(parameters, values.T, strict=True):
        if parameter.name in order:
            state[order.index(parameter.name)] = column
        else:
            device = with_parameter(device, parameter.name, column)
    # A bound may be a parameter that has moved past the start.
    for row, variable in enumerate(device.state_variables):
        state[row] = np.clip(state[row], variable.lowest, variable.highest)
    return device, state
