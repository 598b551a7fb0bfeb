"""From a measured train of pulses to the parameters of an update model.

Every reading is predicted from the reading before it: the model says how far one pulse moves a cell
that conducts so much. What is left over is noise of two kinds that the order of the readings tells
apart. Noise from cycle to cycle moves the cell, so that one step does not know of the next; noise
of a reading makes one step too long and the next too short by the same amount.

Leaves out: all steps are taken to scatter alike. Read noise also blurs the conductance from which
a step is predicted. Where it is not small beside the range of the train, the bounds come out too
wide; `PulseFit.read_noise` tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.devices.fitting.estimates import Estimates
from ohmloom.devices.fitting.least_squares import Model, fit_least_squares
from ohmloom.devices.fitting.measurements import PulseTrain
from ohmloom.devices.fitting.model_parameters import (
    parameter_values,
    parameters_to_fit,
    with_parameter,
)
from ohmloom.devices.pulse_updates.pulse_update import PulseUpdate
from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, silent
from ohmloom.randomness import Draws


class NominalDraws:
    """Draws the median of everything: what differs from cell to cell does not differ."""

    def standard_normal(self, size: tuple[int, ...]) -> FloatArray:
        """Zeros of that shape."""
        return np.zeros(size)

    def random(self, size: tuple[int, ...]) -> FloatArray:
        """Halves of that shape."""
        return np.full(size, 0.5)


@dataclass(frozen=True, kw_only=True, eq=False)
class PulseFit:
    """An update model that was fitted to a train of pulses."""

    update: PulseUpdate
    """The model with the estimates in it."""
    estimates: Estimates
    """What was found, and how sure it is."""
    predicted: FloatArray
    """Conductance after each pulse, predicted from the reading before, shape (rows,) [S]; the
    first is the reading itself."""
    cycle_noise: float
    """Standard deviation of a step from pulse to pulse [S]; NaN where read noise hides it."""
    read_noise: float
    """Standard deviation of a reading [S]; zero where the readings do not show any."""


def fit_pulse_response(
    update: PulseUpdate,
    data: PulseTrain,
    names: Sequence[str],
    *,
    limits: Mapping[str, tuple[float, float]] | None = None,
    resamples: int = 0,
    rng: Draws | None = None,
    progress: Progress = silent,
) -> PulseFit:
    """Fit parameters of an update model to a train of pulses of one cell.

    Args:
        update: the model, its parameters where the search begins; how cells differ is ignored.
        data: the train.
        names: the parameters to fit, as `parameter_values` names them.
        limits: smallest and largest value of parameters; a factor of 100 to both sides where not
            given.
        resamples: how many bootstrap data sets to fit; 0 for none.
        rng: the stream that resampling draws from; needed with `resamples`.
        progress: told the share done.

    Returns:
        The fit. Parameters that the data do not determine are named in its estimates.

    Raises:
        InvalidInput: no such parameter, a name twice, limits of what is not fitted, no pulses, or
            fewer of them than parameters.
    """
    if not names:
        raise InvalidInput(
            f"name the parameters to fit, out of {', '.join(parameter_values(update))}"
        )
    parameters = parameters_to_fit(update, names, limits or {})
    predict = step_model(update, data, names)
    change = np.diff(data.conductance)[data.pulses[1:] != 0.0]
    # In units of the scatter of the steps, so that tolerances mean the same for every device.
    scale = float(np.abs(change).mean()) or 1.0
    estimates = fit_least_squares(
        lambda values: predict(values) / scale,
        change / scale,
        parameters,
        resamples=resamples,
        rng=rng,
        progress=progress,
    )
    fitted = _placed(update, names, estimates.values)
    residuals = estimates.residuals * scale
    cycle, read = _noise(residuals, data.pulses[1:] != 0.0, estimates.goodness.degrees_of_freedom)
    predicted = data.conductance.copy()
    moved = np.flatnonzero(data.pulses[1:] != 0.0)
    predicted[moved + 1] = data.conductance[moved] + change - residuals
    return PulseFit(
        update=fitted,
        estimates=estimates,
        predicted=predicted,
        cycle_noise=cycle,
        read_noise=read,
    )


def step_model(update: PulseUpdate, data: PulseTrain, names: Sequence[str]) -> Model:
    """The change of every pulse, as a function of parameters.

    Args:
        update: the model, for all that is not a parameter.
        data: the train: the conductances before the pulses, and their directions.
        names: what the columns of the argument are.

    Returns:
        From shape (sets, parameters) to changes, shape (sets, pulses) [S]; NaN for a set with which
        there is no such model.
    """
    given = data.pulses[1:] != 0.0
    before, up = data.conductance[:-1][given], data.pulses[1:][given] > 0.0

    def predict(values: FloatArray) -> FloatArray:
        changes = np.full((len(values), before.size), np.nan)
        for row, one in enumerate(values):
            try:
                model = _placed(update, names, one)
            except InvalidInput:  # such as a lower bound above the upper one: a bad place to be
                continue
            cells = model.draw_cells((1,), rng=NominalDraws())
            inside = before.clip(cells["lowest"], cells["highest"])
            after = inside + model.step(inside, up, cells=cells)
            changes[row] = after.clip(cells["lowest"], cells["highest"]) - before
        return changes

    return predict


def _placed(update: PulseUpdate, names: Sequence[str], values: FloatArray) -> PulseUpdate:
    model: PulseUpdate = update
    for name, value in zip(names, values, strict=True):
        model = with_parameter(model, name, float(value))
    return model


def _noise(residuals: FloatArray, given: FloatArray, freedom: int) -> tuple[float, float]:
    """Noise from cycle to cycle and of a reading, from what neighbouring steps have in common."""
    variance = float((residuals**2).sum()) / max(freedom, 1)
    rows = np.flatnonzero(given)
    neighbours = np.flatnonzero(np.diff(rows) == 1)
    if not neighbours.size:
        return float(np.sqrt(variance)), 0.0
    together = float((residuals[neighbours] * residuals[neighbours + 1]).mean())
    reading = max(-together, 0.0)
    moving = variance - 2.0 * reading
    return float(np.sqrt(moving)) if moving > 0.0 else float("nan"), float(np.sqrt(reading))
