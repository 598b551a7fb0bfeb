"""The normal distribution for numpy arrays and torch tensors alike, and normals cut off at zero."""

import math

from array_api_compat import array_namespace, is_torch_array

from ohmloom.arrays import Array


def cumulative(z: Array) -> Array:
    """Probability that a standard normal number is below `z` [1].

    Args:
        z: numpy or torch, any shape [1].
    """
    if is_torch_array(z):
        import torch  # noqa: PLC0415  torch loads slowly and few need it

        return torch.special.ndtr(z)
    from scipy.special import ndtr  # noqa: PLC0415  beside its twin

    return ndtr(z)


def density(z: Array) -> Array:
    """Density of the standard normal distribution [1].

    Args:
        z: numpy or torch, any shape [1].
    """
    return array_namespace(z).exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def clipped_mean_and_variance(mean: Array, spread: Array) -> tuple[Array, Array]:
    """Mean and variance of max(0, mean + spread * normal), in the unit of `mean` and its square.

    Args:
        mean: before the cut, numpy or torch, any shape.
        spread: standard deviation before the cut, above zero, same shape.
    """
    z = mean / spread
    above, peak = cumulative(z), density(z)
    clipped = mean * above + spread * peak
    # E[x^2] - E[x]^2, written around `mean` so that nothing large cancels far from zero.
    shift = clipped - mean
    square = spread * spread * above - mean * spread * peak + mean * mean * (1.0 - above)
    return clipped, (square - shift * shift).clip(min=0.0)
