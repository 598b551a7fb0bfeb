"""From conductances read again and again after programming to a power law of drift.

The model is that of phase-change memory, G(t) = G(t1) (t / t1)^-nu with t1 the first reading: a
straight line in ln G over ln t for each cell. Cells differ in their exponent nu, which is normal
with a mean and a spread, and every reading has a relative noise of its own.

Method: a line for each cell by least squares; what the scatter of the slopes exceeds the scatter
that noise alone makes is the spread between cells. Whether a power law is the right shape is tested
by adding the square of ln t (F test).
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ohmloom.arrays import FloatArray
from ohmloom.devices.fitting.estimates import Estimates, Parameter, goodness_of_fit
from ohmloom.devices.fitting.measurements import RetentionSeries
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

EXPONENT = "drift exponent"
SPREAD = "spread of the drift exponent"
NOISE = "relative read noise"

# Less than this, and the slope says more about the noise than about the drift.
_SHORTEST_SPAN = 10.0
# A scatter of slopes that noise alone makes as often as this is no spread of the cells.
_CHANCE = 0.05
# Where a spread of zero stands on a logarithmic way.
_SMALLEST = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class DriftFit:
    """The drift of a population of cells."""

    estimates: Estimates
    """Mean and spread of the drift exponent, and the relative noise of a reading [1]."""
    exponents: FloatArray
    """Slope of each cell, shape (cells,) [1]."""
    first_conductance: FloatArray
    """Conductance of each cell at the first reading, as its line has it, shape (cells,) [S]."""
    first_time: float
    """Of the first reading, where the law starts [s]."""
    curvature: float
    """p-value of the F test for a term in the square of ln t: small where a power law is not the
    shape of the data; NaN where three readings leave nothing to test with [1]."""

    def conductance(self, time: FloatArray) -> FloatArray:
        """What the law says of each cell, shape (cells, times) [S].

        Args:
            time: since programming, shape (times,) [s].
        """
        passed = np.asarray(time) / self.first_time
        return np.asarray(self.first_conductance[:, None] * passed ** -self.exponents[:, None])


def fit_drift(series: RetentionSeries, *, resamples: int = 0, rng: Draws | None = None) -> DriftFit:
    """Fit a power law of drift to a retention series.

    Args:
        series: of one cell, or of many.
        resamples: how many times the cells are drawn again, with replacement, for bootstrap
            intervals; 0 for none.
        rng: the stream that resampling draws from; needed with `resamples`.

    Returns:
        The fit. With one cell, or where the cells differ by no more than noise makes them (F test
        at 5 %), the spread is among what is not determined. With one cell, the exponent and its
        interval are those of this cell.

    Raises:
        InvalidInput: resampling without a stream, or of one cell.

    >>> from ohmloom.devices.fitting.measurements import retention_series
    >>> t = np.geomspace(1.0, 1e4, 9)
    >>> f"{fit_drift(retention_series(t, 1e-5 * t ** -0.05)).estimates[EXPONENT]:.3f}"
    '0.050'
    """
    moments, logs = np.log(series.time / series.time[0]), np.log(series.conductance)
    cells, readings = logs.shape
    slopes, starts, residuals = _lines(moments, logs)
    freedom = cells * (readings - 2)
    sxx = float(((moments - moments.mean()) ** 2).sum())
    noise = float(np.sqrt((residuals**2).sum() / freedom))
    mean, spread = _population(slopes, noise, sxx)
    lost: dict[str, str] = {}
    if series.time[-1] < _SHORTEST_SPAN * series.time[0]:
        lost[EXPONENT] = (
            f"the readings span a factor of {series.time[-1] / series.time[0]:.3g} in time; "
            f"measure over one decade at least"
        )
    if cells < 2:
        lost[SPREAD] = "one cell does not tell how cells differ"
    elif not spread > 0.0 or _by_chance(slopes, noise, sxx, freedom) > _CHANCE:
        lost[SPREAD] = "the cells differ by no more than the noise of their readings makes them"
    from_noise = noise**2 / sxx
    # Slopes are as many as cells; only what single readings tell has the freedom of all of them.
    between = freedom if cells < 2 else cells - 1
    covariance = np.diag(
        [
            from_noise if cells < 2 else float(slopes.var(ddof=1)) / cells,
            0.5 * ((spread**2 + from_noise) / spread**2) ** 2 / (cells - 1)
            if SPREAD not in lost
            else np.nan,
            0.5 / freedom,
        ]
    )
    for row, name in enumerate((EXPONENT, SPREAD, NOISE)):
        if name in lost:
            covariance[row, :] = covariance[:, row] = np.nan
    weighted = residuals.ravel() / max(noise, np.finfo(float).tiny)
    goodness = goodness_of_fit(
        weighted, logs.ravel() / max(noise, np.finfo(float).tiny), determined=2 * cells
    )
    estimates = Estimates(
        parameters=_parameters(mean, spread, noise),
        values=np.array([mean, max(spread, _SMALLEST), max(noise, _SMALLEST)]),
        covariance=covariance,
        undetermined=lost,
        freedom=np.array([between, between, freedom], dtype=np.float64),
        residuals=weighted,
        goodness=goodness,
        bootstrap=_resampled(slopes, residuals, sxx, resamples, rng),
    )
    return DriftFit(
        estimates=estimates,
        exponents=slopes,
        first_conductance=np.exp(starts),
        first_time=float(series.time[0]),
        curvature=_curvature(moments, logs, float((residuals**2).sum())),
    )


def _parameters(mean: float, spread: float, noise: float) -> tuple[Parameter, ...]:
    return (
        Parameter(
            name=EXPONENT,
            unit="1",
            start=mean,
            lowest=min(-2.0, 2.0 * mean),
            highest=max(2.0, 2.0 * mean),
            logarithmic=False,
        ),
        *(
            Parameter(
                name=name,
                unit="1",
                start=max(value, _SMALLEST),
                lowest=_SMALLEST,
                highest=max(10.0, 2.0 * value),
                logarithmic=True,
            )
            for name, value in ((SPREAD, spread), (NOISE, noise))
        ),
    )


def _lines(moments: FloatArray, logs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Exponent and first value of each cell, and what the lines leave over."""
    centred = moments - moments.mean()
    slopes = logs @ centred / (centred @ centred)
    starts = logs.mean(axis=1) - slopes * moments.mean()
    residuals = logs - starts[:, None] - slopes[:, None] * moments
    return -slopes, starts, residuals


def _population(slopes: FloatArray, noise: float, sxx: float) -> tuple[float, float]:
    """Mean and spread of the exponents; zero where noise explains all of the scatter."""
    if slopes.size < 2:
        return float(slopes.mean()), 0.0
    excess = float(slopes.var(ddof=1)) - noise**2 / sxx
    return float(slopes.mean()), float(np.sqrt(max(excess, 0.0)))


def _by_chance(slopes: FloatArray, noise: float, sxx: float, freedom: int) -> float:
    """p-value of the F test of the scatter of slopes against that which noise makes."""
    from_noise = max(noise**2 / sxx, np.finfo(float).tiny)
    return float(stats.f.sf(slopes.var(ddof=1) / from_noise, slopes.size - 1, freedom))


def _resampled(
    slopes: FloatArray, residuals: FloatArray, sxx: float, resamples: int, rng: Draws | None
) -> FloatArray | None:
    """Mean, spread and noise of cells that are drawn again, shape (resamples, 3)."""
    if not resamples:
        return None
    if rng is None:
        raise InvalidInput("resampling draws: give it an rng")
    cells, readings = residuals.shape
    if cells < 2:
        raise InvalidInput("one cell drawn again is the same cell: resampling needs several cells")
    chosen = (rng.random((resamples, cells)) * cells).astype(np.int64)
    per_cell = (residuals**2).sum(axis=1) / (readings - 2)
    noise = np.sqrt(per_cell[chosen].mean(axis=1))
    found = [
        (*_population(slopes[again], float(level), sxx), float(level))
        for again, level in zip(chosen, noise, strict=True)
    ]
    return np.array(found)


def _curvature(moments: FloatArray, logs: FloatArray, left: float) -> float:
    """p-value of the F test of lines against parabolas."""
    cells, readings = logs.shape
    if readings < 4:
        return float("nan")
    design = np.stack([np.ones_like(moments), moments, moments**2], axis=1)
    fitted, *_ = np.linalg.lstsq(design, logs.T, rcond=None)
    bent = float(((logs.T - design @ fitted) ** 2).sum())
    freedom = cells * (readings - 3)
    if bent <= 1e-24 * float((logs**2).sum()):
        return float("nan")
    return float(stats.f.sf((left - bent) / cells / (bent / freedom), cells, freedom))
