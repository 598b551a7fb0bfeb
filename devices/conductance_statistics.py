"""What a population of programmed cells does: land, wander, and look noisy when read.

A model of this kind says nothing about pulses. It starts where a write-verify loop ended and tells
how far the conductances are from what was asked, now and later, and how much a reading adds.
Three words are kept apart: `program` draws what verification accepted, `relax` moves the truth as
it ages, `read` adds noise to a reading and leaves the truth alone.

What a programming event fixes in a cell for as long as it is not programmed again, such as a drift
exponent, is a trait: drawn once by `draw_traits`, kept by whoever keeps the cells, handed back to
`relax` each time. That is what makes two short waits equal one long wait.
"""

from typing import Protocol, runtime_checkable

from ohmloom.arrays import Array, FloatArray
from ohmloom.randomness import Draws


@runtime_checkable
class ConductanceStatistics(Protocol):
    """Published spread of programmed conductances over time, and of their readings."""

    @property
    def lowest(self) -> float:
        """Smallest conductance that the source measured [S]."""
        ...

    @property
    def highest(self) -> float:
        """Largest conductance that the source measured [S]."""
        ...

    @property
    def first_age(self) -> float:
        """Earliest time after the last pulse at which the source measured [s]."""
        ...

    @property
    def last_age(self) -> float:
        """Latest time after the last pulse at which the source measured [s]."""
        ...

    @property
    def traits(self) -> tuple[str, ...]:
        """Names of what programming fixes in each cell, such as "drift exponent"; may be none."""
        ...

    def mean(self, conductance: Array, age: Array | float) -> Array:
        """Mean conductance of cells that were programmed towards a target `age` ago [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            One value per cell, shaped as the two arguments broadcast; differentiable in torch.
        """
        ...

    def spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation around that mean, of cells programmed `age` ago, without reading [S].

        Args:
            conductance: target, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            One value per cell, shaped as the two arguments broadcast; differentiable in torch.
        """
        ...

    def program(self, target: FloatArray, *, rng: Draws) -> FloatArray:
        """Conductance right after an accepted verify: within the acceptance band [S].

        Args:
            target: wanted conductance, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            One conductance per cell, shaped as `target`, never below zero.

        Raises:
            InvalidInput: a target is negative or not finite.
        """
        ...

    def draw_traits(self, programmed: FloatArray, *, rng: Draws) -> FloatArray:
        """What this programming event fixes in each cell.

        Args:
            programmed: conductance right after the last pulse, any shape [S].
            rng: the stream that programming draws from.

        Returns:
            One row for each of `traits`, shape (traits, *programmed.shape), in the order of
            `traits`; shape (0, ...) when there are none.
        """
        ...

    def relax(
        self,
        conductance: FloatArray,
        *,
        programmed: FloatArray,
        traits: FloatArray,
        age_before: FloatArray | float,
        age_after: FloatArray | float,
        rng: Draws,
    ) -> FloatArray:
        """Conductance some time later [S]; two short waits equal one long wait in law.

        Args:
            conductance: at `age_before`, any shape [S].
            programmed: right after the last pulse, broadcasts to `conductance` [S].
            traits: of the cells, shape (traits, *conductance.shape), from `draw_traits`.
            age_before: time since the last pulse, broadcasts to `conductance` [s].
            age_after: the same, not smaller than `age_before` [s].
            rng: the stream that the life of the cells draws from.

        Returns:
            Conductance at `age_after`, shaped as `conductance`, never below zero.

        Raises:
            InvalidInput: time runs backwards, or shapes do not fit.
        """
        ...

    def read_spread(self, conductance: Array, age: Array | float) -> Array:
        """Standard deviation of one reading around the true conductance [S].

        Args:
            conductance: the truth, numpy or torch, any shape [S].
            age: time since the last pulse, a number or an array that broadcasts [s].

        Returns:
            One value per cell, shaped as the two arguments broadcast.
        """
        ...

    def read(self, conductance: FloatArray, *, age: FloatArray | float, rng: Draws) -> FloatArray:
        """One noisy reading of every cell [S]; the truth stays as it is.

        Args:
            conductance: the truth, any shape [S].
            age: time since the last pulse, broadcasts to `conductance` [s].
            rng: the stream that read noise draws from.

        Returns:
            One reading per cell, shaped as `conductance`. A reading is a measured current over a
            voltage, so that noise may take it below zero.
        """
        ...
