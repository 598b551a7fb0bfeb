"""Read noise whose power grows with the logarithm of time: 1/f noise seen by a short reading.

Integrating a 1/f spectrum from 1/t up to the bandwidth of the reading gives a variance that grows
with ln t. The measured cells show a standard deviation that grows with the logarithm of the
conductance.

Source: D. F. Falcone et al., arXiv 2502.04524 (2025), CMO/HfOx ReRAM; the fit is the one that IBM's
aihwkit distributes.
Holds for: 9 to 88.2 uS. Outside, the value at the nearer end of the range is used: below it the
fitted line would fall to zero at 1 uS and turn negative, which no cell does, so the end of the
range is the cautious choice.
"""

import math
from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput
from ohmloom.si import uS, us


@dataclass(frozen=True, kw_only=True)
class LogarithmicReadNoise:
    """Standard deviation coefficient * log10(G / uS) * sqrt(ln((t + t0) / (2 t0)))."""

    coefficient: float
    """Standard deviation at 10 uS where the logarithm of time is one [S]."""
    read_time: float
    """Duration t0 of one reading; up to this age there is no noise [s]."""
    lowest: float
    """Smallest conductance that was measured [S]."""
    highest: float
    """Largest conductance that was measured [S]."""

    def __post_init__(self) -> None:
        if not (self.coefficient >= 0 and self.read_time > 0):
            raise InvalidInput(
                f"coefficient must not be negative and read_time must be above zero, but they are "
                f"{self.coefficient:.6g} S and {self.read_time:.6g} s"
            )
        if not 1 * uS <= self.lowest < self.highest:
            raise InvalidInput(
                f"the range must rise and start at 1 uS or more, where log10(G/uS) is zero, but it "
                f"is {self.lowest / uS:.6g} to {self.highest / uS:.6g} uS"
            )

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading [S]; zero up to an age of `read_time`.

        Args:
            conductance: the truth, numpy or torch, any shape [S]. Outside `lowest`..`highest` the
                value at the nearer end is used.
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in `conductance`.

        >>> import numpy as np
        >>> f"{falcone_2025().spread(np.array(40 * uS), 1.0) / uS:.4f}"
        '0.1609'
        """
        xp = array_namespace(conductance)
        inside = conductance.clip(min=self.lowest, max=self.highest)
        per_time = xp.log10(inside / uS) * self.coefficient
        if isinstance(age, int | float):
            elapsed = (age + self.read_time) / (2 * self.read_time)
            return per_time * math.sqrt(math.log(max(elapsed, 1.0)))
        ages = xp.asarray(age, dtype=conductance.dtype, device=conductance.device)
        elapsed = ((ages + self.read_time) / (2 * self.read_time)).clip(min=1.0)
        return per_time * xp.sqrt(xp.log(elapsed))


def falcone_2025() -> LogarithmicReadNoise:
    """The CMO/HfOx cells of Falcone et al. (2025), read in 1 us, 9 to 88.2 uS.

    >>> import numpy as np
    >>> zero = falcone_2025().spread(np.array([9 * uS, 40 * uS]), 1 * us)
    >>> zero.tolist()
    [0.0, 0.0]
    """
    return LogarithmicReadNoise(
        coefficient=0.0277316483 * uS, read_time=1 * us, lowest=9 * uS, highest=88.2 * uS
    )
