"""Least squares over many data sets at once, with what each parameter is worth.

A model of a memristor costs the same for one set of parameters as for a few hundred, because its
parameters may be arrays. So the search is written for many data sets side by side: all finite
differences of all sets are one call of the model, a bootstrap of 200 resamples is one search, and
so is a study of coverage.

Method: Levenberg-Marquardt with Marquardt's scaling (J. J. More, "The Levenberg-Marquardt
algorithm: implementation and theory", 1978), a damping of its own for each set, and bounds by
projection. The covariance is s^2 (J^T J)^-1 with s^2 from the residuals.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.checks import finite, shaped
from ohmloom.devices.fitting.estimates import Estimates, Parameter, goodness_of_fit
from ohmloom.errors import InvalidInput, ModelRangeWarning
from ohmloom.progress import Progress, silent
from ohmloom.randomness import Draws

Model: TypeAlias = Callable[[FloatArray], FloatArray]
"""From parameters, shape (sets, parameters), to predictions, shape (sets, points)."""

_ROUNDS = 200
_SMALLEST_STEP = 1e-9
_FLATTEST_DESCENT = 1e-10
# A direction whose singular value is this much below the largest one is not seen by the data.
_SINGULAR = 1e-7


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """Where the searches ended, in fitted coordinates."""

    place: FloatArray
    """Shape (sets, parameters)."""
    jacobian: FloatArray
    """Of the predictions, shape (sets, points, parameters)."""
    residuals: FloatArray
    """Shape (sets, points)."""
    unfinished: BoolArray
    """Searches that were given up, shape (sets,)."""


def fit_least_squares(
    model: Model,
    observed: FloatArray,
    parameters: Sequence[Parameter],
    *,
    resamples: int = 0,
    block: int = 1,
    rng: Draws | None = None,
    difference: float = 1e-5,
    progress: Progress = silent,
) -> Estimates:
    """Fit one data set.

    Args:
        model: the prediction, weighted by the noise like the data.
        observed: the data, shape (points,), in the order in which they were measured.
        parameters: what is looked for.
        resamples: how many bootstrap data sets to make of the residuals and fit; 0 for none.
        block: length of the stretches of residuals that are resampled together, 1 for independent
            noise, at most half the points.
        rng: the stream that resampling draws from; needed with `resamples`.
        difference: relative step of the finite differences; larger for a model that is integrated
            with a tolerance.
        progress: told the share done.

    Returns:
        The estimates.

    Raises:
        InvalidInput: fewer points than parameters, data that are not finite, a name twice, a model
            that is not finite where the search begins, resampling without a stream, or a block that
            leaves nothing to choose from.

    Warns:
        ModelRangeWarning: the search did not come to an end.
    """
    data = shaped(finite(observed, "observed"), (None,), "observed")
    if resamples < 0 or not 1 <= block <= max(data.size // 2, 1):
        raise InvalidInput(
            f"resamples must not be negative, and block must lie between 1 and half the "
            f"{data.size} points, but they are {resamples} and {block}"
        )
    (estimates,) = fit_many(model, data[None], parameters, difference=difference)
    if not resamples:
        progress(1.0)
        return estimates
    if rng is None:
        raise InvalidInput("resampling draws: give it an rng")
    progress(0.1)
    fitted = data - estimates.residuals
    again = _resampled(estimates, resamples, block, rng)
    start = np.broadcast_to(_to_fitted(estimates.values, parameters), (resamples, len(parameters)))
    found = _search(model, fitted + again, parameters, start, difference)
    progress(1.0)
    return Estimates(
        parameters=estimates.parameters,
        values=estimates.values,
        covariance=estimates.covariance,
        undetermined=estimates.undetermined,
        freedom=estimates.freedom,
        residuals=estimates.residuals,
        goodness=estimates.goodness,
        bootstrap=_to_unit(found.place, parameters),
    )


def fit_many(
    model: Model,
    observed: FloatArray,
    parameters: Sequence[Parameter],
    *,
    difference: float = 1e-5,
) -> list[Estimates]:
    """Fit many data sets side by side, all by the same model.

    Args:
        model: the prediction, weighted by the noise like the data.
        observed: the data, shape (sets, points).
        parameters: what is looked for.
        difference: relative step of the finite differences.

    Returns:
        Estimates for each set, without resampling.

    Raises:
        InvalidInput: fewer points than parameters, data that are not finite, a name twice, or a
            model that is not finite where the search begins.

    Warns:
        ModelRangeWarning: a search did not come to an end.
    """
    data = shaped(finite(observed, "observed"), (None, None), "observed")
    sets, points = data.shape
    names = [parameter.name for parameter in parameters]
    if not names or len(set(names)) < len(names):
        raise InvalidInput(
            f"a fit needs parameters of different names, but was given {', '.join(names) or 'none'}"
        )
    if points <= len(parameters):
        raise InvalidInput(
            f"{len(parameters)} parameters need more than {points} data points; fix some of them, "
            f"or measure more"
        )
    begin = _to_fitted(np.array([parameter.start for parameter in parameters]), parameters)
    start = np.broadcast_to(begin, (sets, len(parameters)))
    found = _search(model, data, parameters, start, difference)
    if found.unfinished.any():
        warnings.warn(
            f"{int(found.unfinished.sum())} of {sets} fits have not come to an end after {_ROUNDS} "
            f"rounds; start closer, or fit fewer parameters",
            ModelRangeWarning,
            stacklevel=2,
        )
    return [
        _estimates(parameters, found.place[i], found.jacobian[i], found.residuals[i], data[i])
        for i in range(sets)
    ]


def _search(
    model: Model,
    observed: FloatArray,
    parameters: Sequence[Parameter],
    start: FloatArray,
    difference: float,
) -> _Search:
    """Levenberg and Marquardt, for all sets side by side."""
    ends = np.array([(parameter.lowest, parameter.highest) for parameter in parameters]).T
    lowest, highest = _to_fitted(ends[0], parameters), _to_fitted(ends[1], parameters)
    place = np.array(start)
    scale = np.array(
        [
            1.0 if p.logarithmic else max(abs(p.start), 1e-3 * (p.highest - p.lowest))
            for p in parameters
        ]
    )
    residuals = observed - _predicted(model, place, parameters)
    if not np.isfinite(residuals).all():
        raise InvalidInput(
            "the model is not finite where the search begins; start from other parameters"
        )
    jacobian = _jacobian(
        model, place, observed - residuals, parameters, lowest, highest, scale, difference
    )
    cost = (residuals**2).sum(axis=1)
    damping = np.full(len(place), 1e-3)
    unfinished = np.ones(len(place), dtype=bool)
    for _ in range(_ROUNDS):
        (at,) = np.nonzero(unfinished)
        if not at.size:
            break
        step = _step(place[at], jacobian[at], residuals[at], damping[at], lowest, highest)
        tried = (place[at] + step).clip(lowest, highest)
        left = observed[at] - _predicted(model, tried, parameters)
        new_cost = (left**2).sum(axis=1)
        # A model that overflows somewhere is a bad place, not an error.
        better = np.isfinite(new_cost) & (new_cost <= cost[at])
        moved = np.abs((tried - place[at]) / scale).max(axis=1)
        descent = (cost[at] - new_cost) / np.maximum(cost[at], np.finfo(float).tiny)
        done = np.where(
            better, (descent < _FLATTEST_DESCENT) & (moved < 1e-4), moved < _SMALLEST_STEP
        )
        damping[at] = np.where(better, damping[at] * 0.2, damping[at] * 5.0).clip(1e-12, 1e12)
        kept = at[better]
        place[kept], residuals[kept], cost[kept] = tried[better], left[better], new_cost[better]
        if kept.size:
            jacobian[kept] = _jacobian(
                model,
                place[kept],
                observed[kept] - residuals[kept],
                parameters,
                lowest,
                highest,
                scale,
                difference,
            )
        unfinished[at[done]] = False
    return _Search(place=place, jacobian=jacobian, residuals=residuals, unfinished=unfinished)


def _step(
    place: FloatArray,
    jacobian: FloatArray,
    residuals: FloatArray,
    damping: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
) -> FloatArray:
    """One damped Gauss-Newton step for each set; parameters that push against a bound rest."""
    normal = np.einsum("spi,spj->sij", jacobian, jacobian)
    slope = np.einsum("spi,sp->si", jacobian, residuals)
    rests = ((place <= lowest) & (slope < 0.0)) | ((place >= highest) & (slope > 0.0))
    free = ~rests
    normal = normal * (free[:, :, None] & free[:, None, :])
    slope = slope * free
    diagonal = np.einsum("sii->si", normal)
    # A parameter that changes nothing still needs a diagonal.
    floor = np.maximum(diagonal.max(axis=1, keepdims=True) * 1e-12, np.finfo(float).tiny)
    weight = np.where(free, np.maximum(diagonal, floor), 1.0)
    damped = normal + np.einsum("si,ij->sij", weight * damping[:, None], np.eye(place.shape[1]))
    damped += np.einsum("si,ij->sij", rests.astype(float), np.eye(place.shape[1]))
    # Scaled to a unit diagonal, so that units do not matter to the factorisation.
    root = np.sqrt(np.einsum("sii->si", damped))
    scaled = damped / (root[:, :, None] * root[:, None, :])
    solved = np.linalg.solve(scaled, (slope / root)[:, :, None])[:, :, 0]
    return np.asarray(solved / root)


def _jacobian(
    model: Model,
    place: FloatArray,
    here: FloatArray,
    parameters: Sequence[Parameter],
    lowest: FloatArray,
    highest: FloatArray,
    scale: FloatArray,
    difference: float,
) -> FloatArray:
    """Central differences, one-sided where a bound or the end of the model is on the other side.

    One call of the model for all sets; `here` is what it predicts at `place`.
    """
    sets, count = place.shape
    size = difference * np.maximum(np.abs(place), scale)
    size = np.where(np.array([parameter.logarithmic for parameter in parameters]), difference, size)
    up = np.minimum(place + size, highest) - place
    down = place - np.maximum(place - size, lowest)
    shifted = np.repeat(place[:, None, :], 2 * count, axis=1)
    diagonal = np.arange(count)
    shifted[:, diagonal, diagonal] += up
    shifted[:, count + diagonal, diagonal] -= down
    there = _predicted(model, shifted.reshape(-1, count), parameters).reshape(sets, 2 * count, -1)
    whole = np.asarray(np.isfinite(there).all(axis=2))
    up, down = np.where(whole[:, :count], up, 0.0), np.where(whole[:, count:], down, 0.0)
    there = np.where(whole[:, :, None], there, np.tile(here[:, None], (1, 2 * count, 1)))
    change = there[:, :count] - there[:, count:]
    # Where both sides are the end of the model, nothing is known of the slope.
    width = np.where(up + down > 0.0, up + down, 1.0)
    return np.asarray((change / width[:, :, None]).transpose(0, 2, 1))


def _estimates(
    parameters: Sequence[Parameter],
    place: FloatArray,
    jacobian: FloatArray,
    residuals: FloatArray,
    observed: FloatArray,
) -> Estimates:
    values = _to_unit(place[None], parameters)[0]
    size = np.sqrt((jacobian**2).sum(axis=0))
    lost = _lost(parameters, values, jacobian, size)
    seen = np.array([parameter.name not in lost for parameter in parameters])
    freedom = len(residuals) - int(seen.sum())
    noise = float((residuals**2).sum()) / max(freedom, 1)
    covariance = np.full((len(parameters), len(parameters)), np.nan)
    if seen.any():
        unit = jacobian[:, seen] / size[seen]
        inverse = np.linalg.pinv(unit.T @ unit, rcond=_SINGULAR**2, hermitian=True)
        covariance[np.ix_(seen, seen)] = noise * inverse / np.outer(size[seen], size[seen])
    for i, parameter in enumerate(parameters):
        reach = (
            np.log(parameter.highest / parameter.lowest)
            if parameter.logarithmic
            else parameter.highest - parameter.lowest
        )
        if seen[i] and 2.0 * np.sqrt(covariance[i, i]) > reach:
            lost[parameter.name] = (
                f"its uncertainty is wider than the whole range of {parameter.lowest:.4g} to "
                f"{parameter.highest:.4g} {parameter.unit}"
            )
    for i, parameter in enumerate(parameters):
        if parameter.name in lost:
            covariance[i, :] = covariance[:, i] = np.nan
    return Estimates(
        parameters=tuple(parameters),
        values=values,
        covariance=covariance,
        undetermined=lost,
        freedom=np.full(len(parameters), float(freedom)),
        residuals=residuals,
        goodness=goodness_of_fit(residuals, observed, determined=int(seen.sum())),
        bootstrap=None,
    )


def _lost(
    parameters: Sequence[Parameter], values: FloatArray, jacobian: FloatArray, size: FloatArray
) -> dict[str, str]:
    """What the data do not determine, and why."""
    lost: dict[str, str] = {}
    for parameter, value, strength in zip(parameters, values, size, strict=True):
        if strength == 0.0 or not np.isfinite(strength):
            lost[parameter.name] = "it changes nothing in these data"
        elif value <= parameter.lowest * (1 + 1e-12 * np.sign(parameter.lowest)):
            lost[parameter.name] = (
                f"it runs into its lower limit, {parameter.lowest:.4g} {parameter.unit}"
            )
        elif value >= parameter.highest * (1 - 1e-12 * np.sign(parameter.highest)):
            lost[parameter.name] = (
                f"it runs into its upper limit, {parameter.highest:.4g} {parameter.unit}"
            )
    seen = [i for i, parameter in enumerate(parameters) if parameter.name not in lost]
    if len(seen) < 2:
        return lost
    _, strength, directions = np.linalg.svd(jacobian[:, seen] / size[seen], full_matrices=False)
    for weak in directions[strength < _SINGULAR * strength[0]]:
        together = [parameters[seen[j]].name for j in np.flatnonzero(np.abs(weak) > 0.1)]
        for name in together:
            others = ", ".join(other for other in together if other != name)
            lost.setdefault(name, f"a change of it can be made up for by {others}")
    return lost


def _resampled(estimates: Estimates, resamples: int, block: int, rng: Draws) -> FloatArray:
    """Residuals drawn again, in stretches, shape (resamples, points)."""
    goodness = estimates.goodness
    points = goodness.points
    # Fitting has made the residuals smaller than the noise.
    inflated = estimates.residuals * np.sqrt(points / max(goodness.degrees_of_freedom, 1))
    inflated = inflated - inflated.mean()
    stretches = -(-points // block)
    starts = (rng.random((resamples, stretches)) * (points - block + 1)).astype(np.int64)
    index = (starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :points]
    return np.asarray(inflated[index])


def _predicted(model: Model, place: FloatArray, parameters: Sequence[Parameter]) -> FloatArray:
    return np.asarray(model(_to_unit(place, parameters)), dtype=np.float64)


def _logarithmic(parameters: Sequence[Parameter]) -> BoolArray:
    return np.array([parameter.logarithmic for parameter in parameters])


def _to_fitted(values: FloatArray, parameters: Sequence[Parameter]) -> FloatArray:
    logarithmic = _logarithmic(parameters)
    return np.where(logarithmic, np.log(np.where(logarithmic, values, 1.0)), values)


def _to_unit(place: FloatArray, parameters: Sequence[Parameter]) -> FloatArray:
    logarithmic = _logarithmic(parameters)
    return np.where(logarithmic, np.exp(np.where(logarithmic, place, 0.0)), place)
