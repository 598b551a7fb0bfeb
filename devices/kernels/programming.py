"""One attempt to program many cells: the target, and noise whose size is a polynomial of it.

    g = max(0, target + sigma(target / g_max) * z),
    sigma(x) = c0 + c1 x + c2 x^2 + c3 x^3 + c4 x^4

z is a normal number of the cell, as drawn by `ohmloom.devices.cell_draws.CellDraws`. Limited by
arithmetic, almost all of it in the normal numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.devices.cell_draws import CellDraws, CellKey
from ohmloom.devices.kernels.chunks import CHUNK, checked_counter, one_row
from ohmloom.devices.kernels.compiled import compiled
from ohmloom.devices.kernels.normal import normals_of_range
from ohmloom.devices.kernels.philox import Floats
from ohmloom.errors import InvalidInput

MOST_COEFFICIENTS = 5


@dataclass(frozen=True, kw_only=True)
class PolynomialNoise:
    """How the spread of programmed cells depends on the target."""

    coefficients: Sequence[float]
    """c0, c1, ..., at most five [S]."""
    g_max: float
    """Conductance at which the argument of the polynomial is one, above zero [S]."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.coefficients) <= MOST_COEFFICIENTS:
            raise InvalidInput(
                f"a polynomial of degree 4 at most is needed, but {len(self.coefficients)} "
                f"coefficients were given"
            )
        if not self.g_max > 0:
            raise InvalidInput(f"g_max must be above zero, but is {self.g_max} S")


def program_cells(
    target: Floats,
    noise: PolynomialNoise,
    *,
    key: CellKey,
    event: int,
    call: int,
    first_cell: int,
    out: Floats | None = None,
) -> Floats:
    """Program neighbouring cells once.

    Args:
        target: shape (cells,), contiguous, float32 or float64 [S].
        noise: the spread.
        key: of the programming noise.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        first_cell: number of the first cell: a block of a larger array gets the numbers that it
            would get as a part of the whole.
        out: where the result goes, shape and type of `target`, which it may be itself.

    Returns:
        Programmed conductance, shape (cells,), never below zero, of the type of `target` [S].

    Raises:
        InvalidInput: an array of another kind or shape, or a number out of range.
    """
    one_row(target, "target")
    checked_counter(first_cell, event, call, 1)
    result = np.empty_like(target) if out is None else out
    one_row(result, "out")
    if result.shape != target.shape or result.dtype != target.dtype:
        raise InvalidInput(
            f"out must be like target, {target.dtype} of shape {target.shape}, but is "
            f"{result.dtype} of shape {result.shape}"
        )
    # In powers of the target itself: nothing is divided in the loop.
    powers = np.zeros(MOST_COEFFICIENTS)
    powers[: len(noise.coefficients)] = noise.coefficients
    powers /= noise.g_max ** np.arange(MOST_COEFFICIENTS)
    _program(
        target,
        result,
        powers.astype(target.dtype),
        first_cell,
        np.uint64(event),
        np.uint64(call),
        np.uint64(key.value),
    )
    return result


def program_cells_twin(
    target: Floats, noise: PolynomialNoise, *, key: CellKey, event: int, cells: range
) -> FloatArray:
    """The same in plain numpy and float64, at call 0: what the kernel is tested against.

    Args:
        target: shape (cells,) [S].
        noise: the spread.
        key: of the programming noise.
        event: of the draw, below 2^32.
        cells: their numbers.

    Returns:
        Programmed conductance, shape (cells,) [S].
    """
    z = CellDraws(key, event, cells).standard_normal((len(cells),))
    share = np.asarray(target, dtype=np.float64) / noise.g_max
    spread = np.polynomial.Polynomial(list(noise.coefficients))(share)
    return np.asarray((target + spread * z).clip(min=0.0))


@compiled
def _program(
    target: Floats,
    result: Floats,
    powers: Floats,
    first_cell: int,
    event: np.uint64,
    call: np.uint64,
    key: np.uint64,
) -> None:
    normals = np.empty(CHUNK, dtype=target.dtype)
    count = target.size
    for chunk in range(first_cell // CHUNK, (first_cell + count + CHUNK - 1) // CHUNK):
        low = max(0, chunk * CHUNK - first_cell)
        high = min(count, (chunk + 1) * CHUNK - first_cell)
        z = normals[: high - low]
        normals_of_range(z, first_cell + low, event, call, key)
        _deviate(target[low:high], result[low:high], z, powers)


@compiled
def _deviate(target: Floats, result: Floats, z: Floats, powers: Floats) -> None:
    c0, c1, c2, c3, c4 = powers[0], powers[1], powers[2], powers[3], powers[4]
    zero = target.dtype.type(0.0)
    for i in range(target.size):
        wanted = target[i]
        spread = (((c4 * wanted + c3) * wanted + c2) * wanted + c1) * wanted + c0
        drawn = wanted + spread * z[i]
        result[i] = zero if drawn < zero else drawn
