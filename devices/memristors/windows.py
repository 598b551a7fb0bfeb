"""Window functions: how the motion of a border slows down near the ends of a film.

The speed of a border is multiplied by a number between 0 and 1 that depends on where the border
is. x is the relative width of the doped region, 0 to 1:

    rectangular    1
    Joglekar       1 - (2 x - 1)^(2 p)
    Biolek         1 - x^(2 p) while the region grows, 1 - (1 - x)^(2 p) while it shrinks
    Prodromakis    j (1 - ((x - 0.5)^2 + 0.75)^p)

Source: Y. N. Joglekar, S. J. Wolf, European Journal of Physics 30, 661 (2009); Z. Biolek,
D. Biolek, V. Biolkova, Radioengineering 18(2), 210 (2009); T. Prodromakis et al., IEEE Transactions
on Electron Devices 58(9), 3099 (2011). The window of Joglekar and the one of Prodromakis are coded
otherwise in MemTorch; here they are as published.
Holds for: any model whose state runs from 0 to 1. None of them is derived from physics: they are
shapes that keep a border inside its film.
Leaves out: nothing of the papers but their discussion of how to choose p and j.
Use it for: `LinearDrift`.
"""

from dataclasses import dataclass
from typing import Protocol

from array_api_compat import array_namespace

from ohmloom.arrays import Array


class Window(Protocol):
    """What the speed of a border is multiplied with."""

    def value(self, x: Array, current: Array) -> Array:
        """The share of the full speed that is left [1].

        Args:
            x: relative width of the doped region, numpy or torch, shape (..., devices), 0 to 1 [1].
            current: above zero where it makes the doped region grow, shape (..., devices); only its
                sign counts [A].

        Returns:
            Shape (..., devices).
        """
        ...


@dataclass(frozen=True, kw_only=True)
class RectangularWindow:
    """No window: full speed up to the ends, where the model itself stops the border."""

    def value(self, x: Array, current: Array) -> Array:  # noqa: ARG002  others ask for the sign
        """1 [1].

        Args:
            x: relative width of the doped region, numpy or torch, shape (..., devices) [1].
            current: does not matter [A].

        Returns:
            Shaped as `x`.
        """
        return 0.0 * x + 1.0


@dataclass(frozen=True, kw_only=True)
class JoglekarWindow:
    """Zero at both ends, whatever the direction: a border that is exactly at an end is stuck."""

    exponent: float | Array
    """p, above zero; the larger, the more like a rectangle [1]."""

    def value(self, x: Array, current: Array) -> Array:  # noqa: ARG002  others ask for the sign
        """1 - (2 x - 1)^(2 p) [1].

        Args:
            x: relative width of the doped region, numpy or torch, shape (..., devices) [1].
            current: does not matter [A].

        Returns:
            Shaped as `x`.
        """
        return 1.0 - ((2.0 * x - 1.0) ** 2) ** self.exponent


@dataclass(frozen=True, kw_only=True)
class BiolekWindow:
    """Zero only at the end that the border moves towards, so that it always comes back."""

    exponent: float | Array
    """p, above zero; the larger, the more like a rectangle [1]."""

    def value(self, x: Array, current: Array) -> Array:
        """1 - x^(2 p) while the doped region grows, 1 - (1 - x)^(2 p) otherwise [1].

        Args:
            x: relative width of the doped region, numpy or torch, shape (..., devices) [1].
            current: above zero where it makes the doped region grow, shape (..., devices) [A].

        Returns:
            Shape (..., devices).
        """
        # The paper counts no current as one that shrinks the region; nothing moves then.
        way = array_namespace(x, current).where(current > 0.0, x, 1.0 - x)
        return 1.0 - (way**2) ** self.exponent


@dataclass(frozen=True, kw_only=True)
class ProdromakisWindow:
    """Zero at both ends, with a height that can be chosen: at an end a border is stuck."""

    exponent: float | Array
    """p, above zero [1]."""
    scale: float | Array
    """j, above zero; the window is largest in the middle, j (1 - 0.75^p) [1]."""

    def value(self, x: Array, current: Array) -> Array:  # noqa: ARG002  others ask for the sign
        """`j (1 - ((x - 0.5)^2 + 0.75)^p)` [1].

        Args:
            x: relative width of the doped region, numpy or torch, shape (..., devices) [1].
            current: does not matter [A].

        Returns:
            Shaped as `x`.
        """
        return self.scale * (1.0 - ((x - 0.5) ** 2 + 0.75) ** self.exponent)
