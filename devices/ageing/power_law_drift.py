"""Power-law drift: the conductance falls by the same share in every decade of time.

    G(t) = G0 (t / t0)^(-nu),    t >= t0

Source: D. Ielmini, S. Lavizzari, D. Sharma, A. L. Lacaita, IEDM (2007), structural relaxation of
amorphous phase-change material. MemTorch applies the same law to any device, with nu = 0.1.
Holds for: times after t0; before, the conductance is G0. The exponent differs from cell to cell and
falls with the conductance in real phase-change cells: hand in one for each cell.
"""

from dataclasses import dataclass

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class PowerLawDrift:
    """Drift of one cell, or of many: the exponent may be an array."""

    exponent: float | Array
    """Drift exponent nu; below zero the conductance rises [1]."""
    reference_time: float
    """Age t0 at which the conductance was as programmed, above zero [s]."""

    def __post_init__(self) -> None:
        if not self.reference_time > 0:
            raise InvalidInput(
                f"reference_time must be above zero, but is {self.reference_time:.6g} s"
            )

    def conductance(self, programmed: Array, age: Array | float) -> Array:
        """Conductance at an age [S].

        Args:
            programmed: conductance G0 at `reference_time`, numpy or torch, any shape [S].
            age: time since programming, a number or an array that broadcasts [s].

        Returns:
            Shaped as the arguments broadcast; differentiable in torch.

        >>> import numpy as np
        >>> from ohmloom.si import day, second, uS
        >>> drift = PowerLawDrift(exponent=0.05, reference_time=20 * second)
        >>> f"{drift.conductance(np.array(10 * uS), 1 * day) / uS:.3f}"
        '6.580'
        """
        return self.later(programmed, self.reference_time, age)

    def later(
        self, conductance: Array, age_before: Array | float, age_after: Array | float
    ) -> Array:
        """Conductance at a later age from that at an earlier one [S].

        Args:
            conductance: at `age_before`, numpy or torch, any shape [S].
            age_before: time since programming, broadcasts [s].
            age_after: the same, not smaller [s].

        Returns:
            Shaped as the arguments broadcast. Two short waits equal one long wait.

        Raises:
            InvalidInput: time runs backwards.
        """
        xp = array_namespace(conductance)
        before, after = (
            (age + 0.0 * conductance).clip(min=self.reference_time)
            for age in (age_before, age_after)
        )
        if (after < before).any():
            raise InvalidInput("age_after must not be smaller than age_before, but it is somewhere")
        return conductance * xp.exp(-self.exponent * xp.log(after / before))
