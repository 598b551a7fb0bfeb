"""Measured switching cycles to `CycleStatistics`, with what the data do and do not determine.

1. Each device has its mean and standard deviation of each feature; what remains is standardised.
   The deviation is then raised by what its cycles, depending on one another, cannot show.
2. All standardised values of a feature, ranked together, give normal scores, and the values over
   the scores a quantile polynomial.
3. The recursion is fitted to the scores by least squares.
4. The eight numbers of each device give a mixture of normals (`device_mixture`).

To standardise each device by its own cycles pulls the recursion towards less memory: for a single
coefficient a by (1 + a) / cycles through the mean, and by 2 a / cycles through the deviation. That
pull is known to first order and is taken away.

Source: T. Hennen et al., Frontiers in Neuroscience 16, 941753 (2022) for the model; S. Nickell,
Econometrica 49, 1417-1426 (1981) for the pull of the mean and F. H. C. Marriott and J. A. Pope,
Biometrika 41, 390-402 (1954) for that of both, here worked out for several features and lags; J. R.
M. Hosking, Journal of the American Statistical Association 75, 602-608 (1980) for the test of the
residuals.
Holds for: devices that share one recursion and one shape of distribution. From few cycles of each
device the tails of the polynomials come out short, by some 4 % at two standard deviations with 200
cycles of the published device, because its own outliers widen the deviation of a device. Intervals
treat the ranks and the means of the devices as given; the tests check that they cover all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import ndtr, ndtri
from scipy.stats import chi2, rankdata

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.devices.fitting.device_mixture import DeviceMixture, fit_device_mixture
from ohmloom.devices.statistics.synaptogen.cycle_statistics import (
    CycleStatistics,
    DeviceParameters,
)
from ohmloom.devices.statistics.synaptogen.quantile_polynomial import rising_interval
from ohmloom.devices.statistics.synaptogen.switching_cycles import FEATURES, SwitchingCycles
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_COUNT = len(FEATURES)
_DEVICES_AT_ONCE = 256
_ROWS_PER_NUMBER = 10
_LAGS_BEYOND = 10
_PULLS = 3
_MOST_HIDDEN = 0.25
_MEMORIES = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class ResidualTest:
    """Portmanteau test: is anything left between a residual and those before it?"""

    lags: int
    """How many lags were looked at."""
    statistic: float
    """Hosking's Q, summed over all devices [1]."""
    degrees: int
    """Degrees of freedom of its chi-square distribution [1]."""
    p_value: float
    """Probability of a larger Q when the order suffices [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class CycleFit:
    """What was fitted, how well it is known, and how well it fits.

    Arrays of coefficients have the shape of `CycleStatistics.memory`, oldest cycle first.
    """

    statistics: CycleStatistics
    """The model."""
    devices: DeviceParameters
    """Mean and standard deviation of each device that was used."""
    used_devices: IntArray
    """Columns of the data that these are, shape (devices,)."""
    scores: FloatArray
    """The cycles in normal space, NaN where missing, shape (cycles, 4, devices) [1]."""
    rows: int
    """How many cycles had all the cycles before them that the order needs."""
    standard_errors: FloatArray
    """Of the memory of the recursion, shape (4, 4 p); zero for a feature that never varies [1]."""
    covariance: FloatArray
    """Of the same, coefficients row after row, shape (16 p, 16 p) [1]."""
    pull: FloatArray
    """What standardising took from the memory and was added again, shape (4, 4 p) [1]."""
    mixture: DeviceMixture
    """The devices."""
    finite_cycles_share: FloatArray
    """Share of the variance between the means of devices that the finite number of cycles
    explains, shape (4,); NaN for a single device [1]."""
    kolmogorov: FloatArray
    """Largest distance between the distribution of a feature and its polynomial, shape (4,) [1]."""
    residual_test: ResidualTest
    """Whether the order suffices."""
    statements: tuple[str, ...]
    """What the data do not determine, and where the fit leaves its range."""

    def __repr__(self) -> str:
        return (
            f"CycleFit(order {self.statistics.order}, {self.devices.devices} devices, "
            f"{self.rows} rows, {self.mixture.weights.size} component(s), residual p "
            f"{self.residual_test.p_value:.2g}, {len(self.statements)} statement(s))"
        )

    def intervals(self, level: float) -> "CoefficientIntervals":
        """Intervals of the memory from its standard errors, as normal theory has them.

        Args:
            level: probability to hold the truth, between 0 and 1 [1].
        """
        width = float(ndtri(0.5 + 0.5 * _probability(level))) * self.standard_errors
        memory = self.statistics.memory
        return CoefficientIntervals(lower=memory - width, upper=memory + width, level=level)


@dataclass(frozen=True, kw_only=True, eq=False)
class CoefficientIntervals:
    """Where the coefficients of the memory lie."""

    lower: FloatArray
    """Lower ends, shape (4, 4 p) [1]."""
    upper: FloatArray
    """Upper ends, shape (4, 4 p) [1]."""
    level: float
    """Probability to hold the truth [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Marginals:
    """Standardised data, their scores and polynomials; arrays as in `CycleFit`."""

    mean: FloatArray
    deviation: FloatArray
    standard: FloatArray
    scores: FloatArray
    quantiles: FloatArray
    kolmogorov: FloatArray


def fit_cycles(
    cycles: SwitchingCycles,
    *,
    order: int,
    rng: Draws,
    degree: int = 4,
    most_components: int = 3,
) -> CycleFit:
    """Fit the statistics of measured cycles.

    Args:
        cycles: what was measured; NaN where a cycle is missing. A gap interrupts the sequence, and
            the cycles after it count once they have `order` cycles before them again.
        order: how many cycles back the recursion looks.
        rng: the stream that the search for a mixture of devices draws from.
        degree: of the quantile polynomials; the source has 4.
        most_components: largest number of components of the mixture.

    Returns:
        The fit. Devices without enough cycles, and those in which one feature never varies while
        it does in others, are left out and stated.

    Raises:
        InvalidInput: there are too few cycles for this order, or nothing varies.
    """
    if order < 1 or degree < 1:
        raise InvalidInput(f"order and degree must be at least 1, but are {order} and {degree}")
    statements: list[str] = []
    features = cycles.features
    present = np.asarray(~np.isnan(features).any(axis=1))
    # What was measured of an incomplete cycle would shift the mean of one feature against others.
    features = np.where(present[:, None], features, np.nan)
    used, varies = _usable_devices(features, present, order, statements)
    features, present = features[:, :, used], present[:, used]
    active = np.flatnonzero(varies)

    complete = _complete_rows(present, order)
    rows, needed = int(complete.sum()), active.size * order
    if rows <= needed + active.size or present.sum() <= degree + 1:
        raise InvalidInput(
            f"order {order} has {needed} coefficients for each feature, but only {rows} cycle(s) "
            f"have {order} cycle(s) before them; measure more cycles or lower the order"
        )
    if rows < _ROWS_PER_NUMBER * needed:
        statements.append(
            f"{rows} rows for {needed} coefficients of each feature are few for order {order}: "
            f"their uncertainty is large, and known only roughly"
        )

    marginals = _fit_marginals(features, active, degree, statements)
    scores = marginals.scores
    lagged, target = _moments(scores[:, active], complete, order)
    square, cross = lagged.sum(axis=0), target.sum(axis=0)
    raw = np.linalg.solve(square, cross).T
    inverse: FloatArray = np.linalg.inv(square)
    freedom = rows - needed
    noise = _residual_covariance(scores[:, active], complete, raw, freedom)
    per_device = complete.sum(axis=0)
    counts = present.sum(axis=0)
    pull = np.zeros_like(raw)
    for _ in range(_PULLS):
        # The pull belongs to the true recursion, which the corrected one is closer to.
        better = _pull_of_standardising(raw + pull, noise, per_device, counts)
        if better is None:
            statements.append(
                "the recursion is at the edge of being stationary, where the pull of standardising "
                "each device is not known: it is corrected in part or not at all"
            )
            break
        pull = better
    memory = raw + pull
    noise = _residual_covariance(scores[:, active], complete, memory, freedom)

    everything = np.zeros((_COUNT, _COUNT * (order + 1)))
    everything[np.ix_(active, active)] = np.linalg.cholesky(noise)
    columns = _columns(active, order)
    everything[np.ix_(active, _COUNT + columns)] = memory
    shape = DeviceParameters(mean=marginals.mean, deviation=marginals.deviation)
    unspread = CycleStatistics(
        recursion=everything,
        quantiles=marginals.quantiles,
        device_means=np.concatenate([shape.mean, shape.deviation]).mean(axis=1, keepdims=True),
        device_factors=np.zeros((1, 2 * _COUNT, 2 * _COUNT)),
        device_weights=np.ones(1),
    )
    devices, share = _see_beyond_the_cycles(unspread, shape, counts, statements)
    mixture = fit_device_mixture(
        np.concatenate([devices.mean, devices.deviation]),
        most_components=most_components,
        rng=rng,
    )
    statistics = replace(
        unspread,
        device_means=mixture.means,
        device_factors=mixture.factors,
        device_weights=mixture.weights,
    )
    covariance = _embed(np.asarray(np.kron(noise, inverse)), active, columns, order)
    return CycleFit(
        statistics=statistics,
        devices=devices,
        used_devices=used,
        scores=scores,
        rows=rows,
        standard_errors=np.sqrt(np.diag(covariance)).reshape(_COUNT, -1),
        covariance=covariance,
        pull=_widen(pull, active, columns, order),
        mixture=mixture,
        finite_cycles_share=share,
        kolmogorov=marginals.kolmogorov,
        residual_test=_test_residuals(scores[:, active], complete, memory, counts),
        statements=(*statements, *mixture.statements),
    )


def bootstrap_intervals(
    fit: CycleFit,
    *,
    resample: Literal["devices", "blocks"],
    block: int,
    replicates: int,
    level: float,
    rng: Draws,
) -> CoefficientIntervals:
    """Intervals of the memory from resampled data; the ranks of the full data are kept.

    Args:
        fit: of the data.
        resample: "devices" draws whole devices, which needs a dozen or more and trusts nothing
            about the cycles of one device; "blocks" draws stretches of cycles of any device.
        block: cycles in a stretch, longer than the memory; not used with "devices".
        replicates: how often to draw.
        level: probability to hold the truth, between 0 and 1 [1].
        rng: the stream that the resampling draws from.

    Raises:
        InvalidInput: there are fewer than two devices, or stretches, to draw from.
    """
    order = fit.statistics.order
    active = np.flatnonzero(np.diag(fit.statistics.innovation) > 0.0)
    scores = fit.scores[:, active]
    complete = _complete_rows(~np.isnan(scores[:, 0]), order)
    if resample == "blocks" and block < 1:
        raise InvalidInput(f"a block must have at least 1 cycle, but has {block}")
    lagged, target = _moments(scores, complete, order, block if resample == "blocks" else None)
    units = lagged.shape[0]
    if units < 2:
        raise InvalidInput(f"resampling needs two {resample} or more, but there is {units}")
    drawn = (units * rng.random((replicates, units))).astype(np.int64)
    drawn += units * np.arange(replicates)[:, None]
    times = np.bincount(drawn.ravel(), minlength=replicates * units).reshape(replicates, units)
    weights = times.astype(np.float64)
    size = lagged.shape[1]
    squares = (weights @ lagged.reshape(units, -1)).reshape(replicates, size, size)
    crosses = (weights @ target.reshape(units, -1)).reshape(replicates, size, -1)
    replicate = np.linalg.solve(squares, crosses).transpose(0, 2, 1)
    columns = _columns(active, order)
    raw = (fit.statistics.memory - fit.pull)[np.ix_(active, columns)]
    tail = 0.5 * (1.0 - _probability(level))
    lower, upper = np.quantile(replicate - raw, [tail, 1.0 - tail], axis=0)
    memory = fit.statistics.memory
    return CoefficientIntervals(
        lower=memory + _widen(lower, active, columns, order),
        upper=memory + _widen(upper, active, columns, order),
        level=level,
    )


def marginal_p_values(fit: CycleFit, *, replicates: int, rng: Draws) -> FloatArray:
    """Probability that the fitted model gives a Kolmogorov distance as large, shape (4,) [1].

    The tables of Kolmogorov and Smirnov do not apply to data that depend on one another and whose
    polynomial was fitted to them. Data are therefore drawn from the fit and fitted again.

    Args:
        fit: of the data, stationary.
        replicates: how often to draw; the result is a multiple of 1 / (replicates + 1).
        rng: the stream to draw from.

    Raises:
        OutOfModelRange: the fitted recursion is not stationary.
    """
    missing = np.isnan(fit.scores)
    active = np.flatnonzero(np.diag(fit.statistics.innovation) > 0.0)
    degree = fit.statistics.quantiles.shape[1] - 1
    as_large = np.ones(_COUNT)
    for _ in range(replicates):
        drawn = fit.statistics.draw_cycles(fit.devices, fit.scores.shape[0], rng=rng).features
        drawn[missing] = np.nan
        again = _fit_marginals(drawn, active, degree, [])
        as_large += again.kolmogorov >= fit.kolmogorov
    return as_large / (replicates + 1)


def _probability(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise InvalidInput(f"level must lie between 0 and 1, but is {level}")
    return level


def _usable_devices(
    features: FloatArray, present: BoolArray, order: int, statements: list[str]
) -> tuple[IntArray, BoolArray]:
    """Which devices to use, and which features vary in them."""
    enough = present.sum(axis=0) >= order + 2
    if not enough.any():
        raise InvalidInput(
            f"order {order} needs devices with {order + 2} complete cycles or more, but the "
            f"longest of {enough.size} has {int(present.sum(axis=0).max(initial=0))}"
        )
    if not enough.all():
        statements.append(
            f"{int((~enough).sum())} of {enough.size} devices have fewer than {order + 2} complete "
            f"cycles, too few for order {order}: left out"
        )
    used = np.flatnonzero(enough)
    most, least = np.nanmax(features[:, :, used], axis=0), np.nanmin(features[:, :, used], axis=0)
    varying = most > least
    varies = varying.any(axis=1)
    if not varies.any():
        raise InvalidInput("no feature varies from cycle to cycle in any device")
    statements += [
        f"{FEATURES[feature]} is constant in every device: it gets no distribution and no memory"
        for feature in np.flatnonzero(~varies)
    ]
    stuck = ~varying[varies].all(axis=0)
    if stuck.all():
        raise InvalidInput(
            f"in each of {used.size} devices some feature is constant that varies in another; "
            f"leave out the devices, or the feature, that did not switch"
        )
    if stuck.any():
        statements.append(
            f"in {int(stuck.sum())} of {used.size} devices a feature is constant that varies in "
            f"others: left out"
        )
    kept = used[~stuck]
    return kept, (most > least)[:, ~stuck].any(axis=1)


def _fit_marginals(
    features: FloatArray, active: IntArray, degree: int, statements: list[str]
) -> _Marginals:
    """Standardise every device, and fit one quantile polynomial for each feature."""
    mean = np.nanmean(features, axis=0)
    deviation = np.zeros_like(mean)
    deviation[active] = np.nanstd(features[:, active], axis=0, ddof=1)
    standard = np.where(np.isnan(features), np.nan, 0.0)
    standard[:, active] = (features[:, active] - mean[active]) / deviation[active]
    scores = standard.copy()
    quantiles, distance = np.zeros((_COUNT, degree + 1)), np.zeros(_COUNT)
    here = np.asarray(~np.isnan(standard[:, 0]))
    for feature in active:
        values = standard[:, feature][here]
        score = ndtri((rankdata(values) - 0.5) / values.size)
        scores[:, feature][here] = score
        quantiles[feature] = np.polyfit(score, values, degree)
        low, high = rising_interval(quantiles[feature])
        if score.min() < low or score.max() > high:
            outside = float(((score < low) | (score > high)).mean())
            statements.append(
                f"{FEATURES[feature]}: the quantile polynomial rises only from {low:.3g} to "
                f"{high:.3g} standard deviations, which {outside:.2g} of the data exceed"
            )
        distinct = np.unique(features[:, feature][here]).size
        if distinct < min(values.size, 100):
            statements.append(
                f"{FEATURES[feature]} takes only {distinct} values: it was measured in steps, and "
                f"ranks within a step are not known"
            )
        distance[feature] = _kolmogorov(values, quantiles[feature], (low, high))
    return _Marginals(
        mean=mean,
        deviation=deviation,
        standard=standard,
        scores=scores,
        quantiles=quantiles,
        kolmogorov=distance,
    )


def _kolmogorov(values: FloatArray, quantile: FloatArray, rising: tuple[float, float]) -> float:
    """Largest distance between the steps of the data and the distribution of a polynomial."""
    grid = np.linspace(max(rising[0], -8.0), min(rising[1], 8.0), 4001)
    ordered = np.sort(values)
    fitted = ndtr(np.interp(ordered, np.polyval(quantile, grid), grid))
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max((steps[1:] - fitted).max(), (fitted - steps[:-1]).max()))


def _complete_rows(present: BoolArray, order: int) -> BoolArray:
    """Which cycles from the p-th on have p cycles before them, shape (cycles - p, devices)."""
    if present.shape[0] <= order:
        return np.zeros((0, present.shape[1]), dtype=np.bool_)
    return np.asarray(sliding_window_view(present, order + 1, axis=0).all(axis=-1))


def _rows(
    scores: FloatArray, complete: BoolArray, order: int, devices: slice
) -> tuple[FloatArray, FloatArray]:
    """What precedes each cycle and the cycle, (devices, cycles - p, 4 p) and (..., 4)."""
    some = np.where(np.isnan(scores[:, :, devices]), 0.0, scores[:, :, devices])
    some = some.transpose(2, 0, 1)
    count = complete.shape[0]
    keep = complete[:, devices].T[:, :, None]
    before = np.concatenate([some[:, lag : lag + count] for lag in range(order)], axis=2)
    return before * keep, some[:, order:] * keep


def _slices(devices: int) -> list[slice]:
    starts: Sequence[int] = range(0, devices, _DEVICES_AT_ONCE)
    return [slice(start, start + _DEVICES_AT_ONCE) for start in starts]


def _moments(
    scores: FloatArray, complete: BoolArray, order: int, block: int | None = None
) -> tuple[FloatArray, FloatArray]:
    """Sums of Z Z' and Z Y' for each device, or each block of cycles of a device."""
    squares, crosses = [], []
    for devices in _slices(scores.shape[2]):
        before, after = _rows(scores, complete, order, devices)
        if block is not None:
            padding = ((0, 0), (0, -before.shape[1] % block), (0, 0))
            before = np.pad(before, padding).reshape(-1, block, before.shape[2])
            after = np.pad(after, padding).reshape(-1, block, after.shape[2])
        transposed = before.transpose(0, 2, 1)
        squares.append(transposed @ before)
        crosses.append(transposed @ after)
    return np.concatenate(squares), np.concatenate(crosses)


def _residual_covariance(
    scores: FloatArray, complete: BoolArray, memory: FloatArray, freedom: int
) -> FloatArray:
    total = np.zeros((memory.shape[0], memory.shape[0]))
    for devices in _slices(scores.shape[2]):
        residual = _residuals(scores, complete, memory, devices)
        flat = residual.reshape(-1, residual.shape[2])
        total += flat.T @ flat
    covariance: FloatArray = total / freedom
    return covariance


def _residuals(
    scores: FloatArray, complete: BoolArray, memory: FloatArray, devices: slice
) -> FloatArray:
    """Zero where a cycle is not complete, shape (devices, cycles - p, features)."""
    order = memory.shape[1] // memory.shape[0]
    before, after = _rows(scores, complete, order, devices)
    residual: FloatArray = after - before @ memory.T
    return residual


def _companion(memory: FloatArray) -> FloatArray:
    count, size = memory.shape
    companion = np.eye(size, k=count)
    companion[size - count :] = memory
    return companion


def _pull_of_standardising(
    memory: FloatArray, noise: FloatArray, rows: IntArray, cycles: IntArray
) -> FloatArray | None:
    """What least squares misses because devices are standardised by themselves; None: unknown."""
    count, size = memory.shape
    order = size // count
    companion = _companion(memory)
    if np.abs(np.linalg.eigvals(companion)).max() >= 1.0:
        return None
    driven = np.zeros_like(companion)
    driven[-count:, -count:] = noise
    stationary = solve_discrete_lyapunov(companion, driven)
    ahead = _autocovariances(companion, stationary, count, int(cycles.max()) + order)
    # Cov(x_t, x_(t-h)) for h from the largest negative lag to the largest positive one.
    both_sides = np.concatenate([ahead[:0:-1].transpose(0, 2, 1), ahead])
    pull = np.zeros_like(memory)
    for length in np.unique(cycles):
        share = rows[cycles == length].sum() / rows.sum() / length
        missed = _missed_by_mean(companion, noise, int(length))
        missed += _missed_by_deviation(memory, both_sides, int(length))
        pull += share * np.linalg.solve(stationary, missed.T).T
    return pull


def _autocovariances(
    companion: FloatArray, stationary: FloatArray, count: int, lags: int
) -> FloatArray:
    """Cov(x_t, x_(t-h)) for h = 0 ... lags, shape (lags + 1, count, count)."""
    moved = stationary[:, -count:]
    ahead = np.empty((lags + 1, count, count))
    for lag in range(lags + 1):
        ahead[lag] = moved[-count:]
        moved = companion @ moved
    return ahead


def _missed_by_mean(companion: FloatArray, noise: FloatArray, length: int) -> FloatArray:
    """Centring subtracts the covariance of the noise with all that follows it."""
    identity = np.eye(companion.shape[0])
    lasting = np.linalg.inv(identity - companion)
    # The sum of (1 - (j + 1) / length) companion^j over j = 0 ... length - 1.
    died = identity - np.linalg.matrix_power(companion, length)
    followed = lasting @ (identity - lasting @ died / length)
    missed: FloatArray = noise @ followed.T[-noise.shape[0] :]
    return missed


def _missed_by_deviation(memory: FloatArray, both_sides: FloatArray, length: int) -> FloatArray:
    """Dividing by the deviation of a device ties each moment to the variance of the same cycles.

    A moment M of features i and j becomes M / sqrt(V_i V_j). Its mean to second order needs the
    covariances of M, V_i and V_j, which for normal numbers are sums of products of two
    autocovariances.
    """
    count, size = memory.shape
    order, middle = size // count, both_sides.shape[0] // 2
    lags = np.arange(1 - length, length)
    window = 1.0 - np.abs(lags) / length
    # Covariance of each number of a row, oldest first, the cycle itself last, with x_i some lags
    # away: shape ((order + 1) * features, lags, i).
    offsets = middle + lags - np.arange(order, -1, -1)[:, None]
    ahead = both_sides[offsets].transpose(0, 2, 1, 3).reshape(size + count, lags.size, count)
    with_variance = 2.0 * np.einsum("ahi,bhi,h->iab", ahead, ahead, window, optimize=True)
    variances = 2.0 * np.einsum("hij,h->ij", both_sides[middle + lags] ** 2, window)
    feature = np.tile(np.arange(count), order + 1)
    moments = both_sides[middle + np.arange(order + 1)[:, None] - np.arange(order + 1)]
    # Row block a is x_(t-k), column block b is x_(t-l), oldest first: their lag is l - k.
    moments = moments.transpose(0, 2, 1, 3).reshape(size + count, size + count)
    number = np.arange(size + count)
    own = with_variance[feature, number]
    own_diagonal = np.diag(variances)[feature]
    second = 0.375 * (own_diagonal[:, None] + own_diagonal)
    second += 0.25 * variances[np.ix_(feature, feature)]
    change = moments * second - 0.5 * (own + own.T)
    missed: FloatArray = memory @ change[:size, :size] - change[size:, :size]
    return missed


def _test_residuals(
    scores: FloatArray, complete: BoolArray, memory: FloatArray, cycles: IntArray
) -> ResidualTest:
    """Hosking's portmanteau, the pairs of all devices taken together."""
    features = memory.shape[0]
    order = memory.shape[1] // features
    lags = min(order + _LAGS_BEYOND, complete.shape[0] - 1)
    products = np.zeros((lags + 1, features, features))
    pairs, expected = np.zeros(lags + 1), np.zeros(lags + 1)
    for devices in _slices(scores.shape[2]):
        residual = _residuals(scores, complete, memory, devices)
        counted = complete[:, devices].T.astype(np.float64)
        for lag in range(lags + 1):
            now, before = residual[:, lag:], residual[:, : residual.shape[1] - lag]
            products[lag] += np.einsum("dti,dtj->ij", now, before)
            both = (counted[:, lag:] * counted[:, : counted.shape[1] - lag]).sum(axis=1)
            pairs[lag] += both.sum()
            expected[lag] += (both / cycles[devices]).sum()
    variance = products[0] / pairs[0]
    inverse = np.linalg.inv(variance)
    statistic = 0.0
    for lag in range(1, lags + 1):
        if pairs[lag] == 0.0:
            continue
        # Residuals of a centred device have the covariance -variance / cycles at every lag.
        covariance = (products[lag] + expected[lag] * variance) / pairs[lag]
        statistic += pairs[lag] * float(
            np.einsum("ij,ik,kl,jl->", covariance, inverse, covariance, inverse)
        )
    degrees = features**2 * max(lags - order, 0)
    p_value = float(chi2.sf(statistic, degrees)) if degrees else float("nan")
    return ResidualTest(lags=lags, statistic=statistic, degrees=degrees, p_value=p_value)


def _see_beyond_the_cycles(
    statistics: CycleStatistics,
    sample: DeviceParameters,
    cycles: IntArray,
    statements: list[str],
) -> tuple[DeviceParameters, FloatArray]:
    """What a longer measurement would see: deviations, and how much of the spread of means is real.

    A device spreads less around the mean of its own few cycles than around its true mean.
    """
    if not statistics.is_stationary:
        statements.append(
            f"the fitted recursion has the spectral radius {statistics.spectral_radius:.4g}: "
            f"drift or wear of the devices, or too few cycles; no cycles can be drawn from it"
        )
        return sample, np.full(_COUNT, np.nan)
    memory = 1.0 / (1.0 - statistics.spectral_radius)
    if memory * _MEMORIES > cycles.max():
        statements.append(
            f"a memory of {memory:.3g} cycles (spectral radius {statistics.spectral_radius:.4g}) "
            f"cannot be told from drift or wear in {int(cycles.max())} cycles of a device"
        )
    of_mean = _variance_of_mean(statistics, cycles)
    seen = (1.0 - of_mean) * cycles / (cycles - 1)
    hidden = 1.0 - seen.min(axis=1)
    statements += [
        f"{FEATURES[feature]}: with so few cycles a device shows all but {hidden[feature]:.0%} of "
        f"its variance; the rest is extrapolated with the recursion"
        for feature in np.flatnonzero(hidden > _MOST_HIDDEN)
    ]
    devices = DeviceParameters(mean=sample.mean, deviation=sample.deviation / np.sqrt(seen))
    share = np.full(_COUNT, np.nan)
    if devices.devices > 1:
        between = sample.mean.var(axis=1, ddof=1)
        varied = between > 0.0
        by_chance = (of_mean * devices.deviation**2).mean(axis=1)
        share[varied] = by_chance[varied] / between[varied]
    statements += [
        f"{FEATURES[feature]}: {min(share[feature], 1.0):.0%} of the variance between the means "
        f"of devices is what so few cycles give without any difference between devices"
        for feature in np.flatnonzero(share > 0.5)
    ]
    return devices, share


def _variance_of_mean(statistics: CycleStatistics, cycles: IntArray) -> FloatArray:
    """Variance of the mean over a device's cycles, over that of one, shape (4, devices) [1]."""
    ahead = _autocovariances(
        statistics.companion_matrix, statistics.stationary_covariance, _COUNT, int(cycles.max())
    )
    own = np.einsum("hii->hi", ahead)
    varies = own[0] > 0.0
    correlation = own / np.where(varies, own[0], 1.0)
    ratio = np.zeros((_COUNT, cycles.size))
    for length in np.unique(cycles):
        window = 2.0 * (1.0 - np.arange(length) / length)
        window[0] = 1.0
        of_mean = window @ correlation[:length] / length
        ratio[:, cycles == length] = of_mean[:, None]
    return ratio


def _columns(active: IntArray, order: int) -> IntArray:
    """Columns of the full memory that belong to features that vary."""
    columns: IntArray = (_COUNT * np.arange(order)[:, None] + active).ravel()
    return columns


def _widen(memory: FloatArray, active: IntArray, columns: IntArray, order: int) -> FloatArray:
    full = np.zeros((_COUNT, _COUNT * order))
    full[np.ix_(active, columns)] = memory
    return full


def _embed(covariance: FloatArray, active: IntArray, columns: IntArray, order: int) -> FloatArray:
    width = _COUNT * order
    places = (width * active[:, None] + columns).ravel()
    full = np.zeros((_COUNT * width, _COUNT * width))
    full[np.ix_(places, places)] = covariance
    return full
