"""`Estimates`: what a fit found, how sure it is, how well it fits, and what the data do not say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ohmloom.arrays import FloatArray
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number that a fit looks for."""

    name: str
    """As the model names it."""
    unit: str
    """SI unit, "1" for a ratio."""
    start: float
    """Where the search begins, in `unit`."""
    lowest: float
    """Smallest value that makes sense, in `unit`."""
    highest: float
    """Largest value that makes sense, in `unit`."""
    logarithmic: bool
    """Whether it may be wrong by a factor: its logarithm is then fitted, and `lowest` is above
    zero."""

    def __post_init__(self) -> None:
        if not self.lowest < self.highest or not self.lowest <= self.start <= self.highest:
            raise InvalidInput(
                f"{self.name}: start {self.start:.6g} must lie between lowest {self.lowest:.6g} "
                f"and highest {self.highest:.6g} {self.unit}"
            )
        if not (np.isfinite(self.lowest) and np.isfinite(self.highest)):
            raise InvalidInput(
                f"{self.name}: lowest {self.lowest:.6g} and highest {self.highest:.6g} {self.unit} "
                f"must be finite, because they say how far apart values are; name the widest range "
                f"that makes sense"
            )
        if self.logarithmic and not self.lowest > 0:
            raise InvalidInput(
                f"{self.name}: a logarithmic parameter is above zero, but lowest is "
                f"{self.lowest:.6g} {self.unit}"
            )


@dataclass(frozen=True, kw_only=True)
class GoodnessOfFit:
    """Whether what is left over looks like noise."""

    points: int
    """Number of data points."""
    degrees_of_freedom: int
    """Points minus determined parameters."""
    rms: float
    """Root mean square of the weighted residuals [1, or the unit of the data if not weighted]."""
    r_squared: float
    """Share of the variance of the data that the model explains [1]."""
    normality: float
    """p-value of the D'Agostino-Pearson test of the residuals; NaN for fewer than 20 points [1]."""
    runs: float
    """p-value of the runs test: small when neighbouring residuals are alike, so that the model
    misses a part of the shape [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimates:
    """The parameters that a fit found."""

    parameters: tuple[Parameter, ...]
    """What was looked for."""
    values: FloatArray
    """Estimates, shape (parameters,), in the unit of each."""
    covariance: FloatArray
    """Of the fitted coordinates: the logarithm of a logarithmic parameter, the parameter itself
    otherwise; shape (parameters, parameters). NaN in the rows of what is not determined."""
    undetermined: Mapping[str, str]
    """Parameters that the data do not determine: name to what is the matter."""
    freedom: FloatArray
    """How many degrees of freedom the variance behind each standard error has, shape
    (parameters,)."""
    residuals: FloatArray
    """Data minus model, weighted by the noise where it was given, shape (points,)."""
    goodness: GoodnessOfFit
    """Whether what is left over looks like noise."""
    bootstrap: FloatArray | None
    """Estimates from resampled data, shape (resamples, parameters), in the unit of each; None when
    no resampling was asked for."""

    def __post_init__(self) -> None:
        if not self.values.shape == self.freedom.shape == (len(self.parameters),):
            raise InvalidInput(
                f"{len(self.parameters)} parameters need as many values and degrees of freedom, "
                f"not {self.values.shape} and {self.freedom.shape}"
            )

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{parameter.name}={value:.4g} {parameter.unit}"
            for parameter, value in zip(self.parameters, self.values, strict=True)
        )
        lost = f"; not determined: {', '.join(self.undetermined)}" if self.undetermined else ""
        return f"Estimates({shown}{lost})"

    def __getitem__(self, name: str) -> float:
        """The estimate of one parameter, in its unit."""
        for parameter, value in zip(self.parameters, self.values, strict=True):
            if parameter.name == name:
                return float(value)
        known = ", ".join(parameter.name for parameter in self.parameters)
        raise InvalidInput(f"nothing named {name!r} was fitted; fitted were {known}")

    @property
    def standard_errors(self) -> FloatArray:
        """In the unit of each parameter, to first order; shape (parameters,)."""
        spread = np.sqrt(np.diagonal(self.covariance))
        factor = [
            value if parameter.logarithmic else 1.0
            for parameter, value in zip(self.parameters, self.values, strict=True)
        ]
        return np.asarray(spread * np.array(factor))

    def intervals(self, level: float = 0.9) -> FloatArray:
        """Confidence intervals from the covariance, shape (parameters, 2), in the unit of each.

        Args:
            level: probability that an interval covers the truth, between 0 and 1.
        """
        quantile = stats.t.ppf(0.5 + 0.5 * _level(level), np.maximum(self.freedom, 1.0))
        half = quantile * np.sqrt(np.diagonal(self.covariance))
        rows = []
        for parameter, value, width in zip(self.parameters, self.values, half, strict=True):
            if parameter.logarithmic:
                rows.append((value * np.exp(-width), value * np.exp(width)))
            else:
                rows.append((value - width, value + width))
        return np.array(rows)

    def bootstrap_intervals(self, level: float = 0.9) -> FloatArray:
        """Percentile intervals of the resampled estimates, shape (parameters, 2).

        Args:
            level: probability that an interval covers the truth, between 0 and 1.

        Raises:
            InvalidInput: no resampling was asked for.
        """
        if self.bootstrap is None:
            raise InvalidInput("the fit did not resample; ask for resamples to get this interval")
        tail = 0.5 * (1.0 - _level(level))
        ends: FloatArray = np.quantile(self.bootstrap, [tail, 1.0 - tail], axis=0).T
        for row, parameter in enumerate(self.parameters):
            if parameter.name in self.undetermined:
                ends[row] = np.nan
        return ends

    def to_frame(self, level: float = 0.9) -> pd.DataFrame:
        """One row for each parameter: estimate, unit, intervals, and whether it is determined.

        Args:
            level: of the intervals.
        """
        ends = self.intervals(level)
        frame = pd.DataFrame(
            {
                "parameter": [parameter.name for parameter in self.parameters],
                "estimate": self.values,
                "unit": [parameter.unit for parameter in self.parameters],
                "from": ends[:, 0],
                "to": ends[:, 1],
            }
        )
        if self.bootstrap is not None:
            resampled = self.bootstrap_intervals(level)
            frame["bootstrap from"], frame["bootstrap to"] = resampled[:, 0], resampled[:, 1]
        frame["determined"] = [
            parameter.name not in self.undetermined for parameter in self.parameters
        ]
        return frame


def goodness_of_fit(
    residuals: FloatArray, observed: FloatArray, *, determined: int
) -> GoodnessOfFit:
    """Whether residuals look like noise.

    Args:
        residuals: data minus model, weighted, in the order in which they were measured, shape
            (points,).
        observed: the data, weighted alike, shape (points,).
        determined: number of parameters that were fitted.
    """
    points = residuals.size
    total = float(((observed - observed.mean()) ** 2).sum())
    left = float((residuals**2).sum())
    varied = bool(np.ptp(residuals) > 0.0)
    return GoodnessOfFit(
        points=points,
        degrees_of_freedom=points - determined,
        rms=float(np.sqrt(left / points)),
        r_squared=1.0 - left / total if total > 0.0 else float("nan"),
        normality=float(stats.normaltest(residuals).pvalue)
        if points >= 20 and varied
        else float("nan"),
        runs=_runs_test(residuals),
    )


def _runs_test(residuals: FloatArray) -> float:
    """p-value of Wald and Wolfowitz's test, normal approximation, two-sided."""
    positive = residuals > np.median(residuals)
    above, below = int(positive.sum()), int((~positive).sum())
    if min(above, below) < 5:
        return float("nan")
    runs = 1 + int((positive[1:] != positive[:-1]).sum())
    total = above + below
    mean = 1.0 + 2.0 * above * below / total
    variance = (mean - 1.0) * (mean - 2.0) / (total - 1.0)
    return float(2.0 * stats.norm.sf(abs(runs - mean) / np.sqrt(variance)))


def _level(level: float) -> float:
    if not 0.0 < level < 1.0:
        raise InvalidInput(f"level must lie between 0 and 1, but is {level}")
    return level
