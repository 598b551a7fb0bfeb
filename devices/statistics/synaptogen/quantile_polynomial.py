"""Polynomials that turn standard normal numbers into numbers of another distribution.

A polynomial of a standard normal number is a quantile function only where it rises: outside that
interval large and small change places. The interval is therefore part of what a fit reports.
"""

import numpy as np

from ohmloom.arrays import Array, FloatArray


def polynomial(coefficients: Array, at: Array) -> Array:
    """One polynomial for each row, by Horner's rule; shaped as `at`.

    Args:
        coefficients: highest power first, shape (features, powers).
        at: where to evaluate, numpy or torch, shape (..., features, devices).

    >>> polynomial(np.array([[1.0, 0.0, -1.0]]), np.array([[2.0, 3.0]])).tolist()
    [[3.0, 8.0]]
    """
    value = 0.0 * at + coefficients[:, 0, None]
    for power in range(1, coefficients.shape[1]):
        value = value * at + coefficients[:, power, None]
    return value


def rising_interval(coefficients: FloatArray) -> tuple[float, float]:
    """The interval around zero in which one polynomial rises, without its ends [1].

    Args:
        coefficients: highest power first, shape (powers,).

    Returns:
        Its two ends, infinite where the polynomial rises for ever; both zero where it does not rise
        at zero.

    >>> low, high = rising_interval(np.array([-1.0 / 3.0, 0.0, 4.0, 0.0]))
    >>> f"{low:.6f} {high:.6f}"
    '-2.000000 2.000000'
    """
    slope = np.polyder(coefficients)
    if not np.polyval(slope, 0.0) > 0.0:
        return 0.0, 0.0
    roots = np.roots(slope)
    # A double root touches zero and does not cross it, but rounding splits it; it is kept, because
    # a flat quantile function is no better than a falling one.
    real = roots.real[np.abs(roots.imag) <= 1e-9 * (1.0 + np.abs(roots.real))]
    below, above = real[real < 0.0], real[real > 0.0]
    return (
        float(below.max()) if below.size else -np.inf,
        float(above.min()) if above.size else np.inf,
    )
