"""How devices differ, from the parameters of each: a mixture of normal distributions.

The number of components is the one with the lowest Bayesian information criterion, among those for
which there are enough devices. With few devices the answer is smaller: a single component, then one
without correlations, then no spread at all; each step is stated.

Source: G. Schwarz, Annals of Statistics 6, 461-464 (1978) for the criterion; the expectation-
maximisation is that of scikit-learn.
Holds for: parameters that were measured well. Their uncertainty is part of the spread found here.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_STARTS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceMixture:
    """Normal components of a population of devices."""

    means: FloatArray
    """Mean of each component, shape (parameters, components)."""
    factors: FloatArray
    """Lower Cholesky factor of each covariance, shape (components, parameters, parameters)."""
    weights: FloatArray
    """Share of each component, shape (components,) [1]."""
    criterion: FloatArray
    """Bayesian information criterion with 1, 2, ... components, lower is better, of standardised
    parameters; shape (tried,), empty where there were too few devices to compare [1]."""
    statements: tuple[str, ...]
    """What the devices do not determine."""


def fit_device_mixture(
    parameters: FloatArray, *, most_components: int, rng: Draws
) -> DeviceMixture:
    """Fit the mixture.

    Args:
        parameters: of each device, shape (parameters, devices).
        most_components: largest number of components to try, 1 or more.
        rng: the stream that the starts of the search draw from; not used with one component.

    Raises:
        InvalidInput: there is no device, or `most_components` is below 1.
    """
    values = shaped(finite(parameters, "parameters"), (None, None), "parameters")
    count, devices = values.shape
    if devices < 1 or most_components < 1:
        raise InvalidInput(
            f"at least one device and one component are needed, but there are {devices} and "
            f"{most_components}"
        )
    centre = values.mean(axis=1, keepdims=True)
    if devices == 1:
        return DeviceMixture(
            means=centre,
            factors=np.zeros((1, count, count)),
            weights=np.ones(1),
            criterion=np.empty(0),
            statements=("one device does not tell how devices differ: no spread between them",),
        )
    scale = values.std(axis=1, ddof=1, keepdims=True)
    # A parameter that all devices share, up to rounding, has no spread to speak of.
    same = scale <= 1e-12 * np.abs(centre)
    scale[same] = 0.0
    if devices <= count:
        return DeviceMixture(
            means=centre,
            factors=np.diag(scale[:, 0])[None],
            weights=np.ones(1),
            criterion=np.empty(0),
            statements=(
                f"correlations of {count} parameters take more than {devices} devices: set to zero",
            ),
        )
    varying = ~same[:, 0]
    standard = ((values - centre)[varying] / scale[varying]).T
    per_component = standard.shape[1] * (standard.shape[1] + 3) // 2 + 1
    # Fewer than two devices for each number of a covariance let components collapse onto points.
    tried = max(1, min(most_components, devices // (2 * per_component)))
    statements = []
    if tried < most_components:
        statements.append(
            f"{devices} devices are enough for {tried} component(s), not for {most_components}: "
            f"each has {per_component} numbers and is given {2 * per_component} devices"
        )
    if tried == 1:
        means, covariances = np.zeros((1, standard.shape[1])), np.cov(standard.T, ddof=1)[None]
        weights, criterion = np.ones(1), np.empty(0)
    else:
        means, covariances, weights, criterion = _best_mixture(standard, tried, rng, statements)
    components = weights.size
    factors = np.zeros((components, count, count))
    for factor, covariance in zip(factors, np.atleast_3d(covariances), strict=True):
        square = covariance.reshape(standard.shape[1], -1)
        factor[np.ix_(varying, varying)] = scale[varying] * np.linalg.cholesky(square)
    shifted = np.repeat(centre, components, axis=1)
    shifted[varying] += scale[varying] * means.T
    return DeviceMixture(
        means=shifted,
        factors=factors,
        weights=weights,
        criterion=criterion,
        statements=tuple(statements),
    )


def _best_mixture(
    standard: FloatArray, tried: int, rng: Draws, statements: list[str]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415  slow to load
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415  slow to load

    seeds = (2**31 * rng.random((tried,))).astype(np.int64)
    fits = []
    for components, seed in enumerate(seeds, start=1):
        mixture = GaussianMixture(components, n_init=_STARTS, max_iter=500, random_state=int(seed))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            mixture.fit(standard)
        if any(issubclass(one.category, ConvergenceWarning) for one in caught):
            statements.append(f"the search with {components} component(s) did not converge")
        fits.append(mixture)
    criterion = np.array([mixture.bic(standard) for mixture in fits])
    best = fits[int(criterion.argmin())]
    return best.means_, best.covariances_, best.weights_, criterion
