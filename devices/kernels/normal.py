"""Normal numbers from random words, with the tails that they should have.

Two words i and j make two independent normal numbers (Box and Muller):

    u = (i + 1/2) / 2^32,  v = (j + 1/2) / 2^32,  r = sqrt(-2 ln u),
    z = r cos(2 pi v),  z' = r sin(2 pi v).

This is exact but for the grid of u: the largest number is 6.76, which a normal number exceeds once
in 7e10. What the two precisions below compute are approximations of these very numbers, so that
float32, float64, numpy and torch agree on what a cell draws; errors are below 1e-6 in float32 and
1e-14 in float64. Logarithm, sine and cosine are polynomials of least largest error without a
branch or a table, which the compiler turns into vector instructions; their coefficients were found
with the Remez exchange at 40 digits.

Source: G. E. P. Box, M. E. Muller, Ann. Math. Statist. 29(2), 610-611 (1958).
"""

import math

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from ohmloom.arrays import Array
from ohmloom.devices.kernels.compiled import compiled, taken_in
from ohmloom.devices.kernels.philox import (
    COUNTERS,
    GROUP,
    Floats,
    Words,
    words_of_cells,
    words_of_group,
)

_TAU = 2.0 * math.pi

# Bits of the float32 square root of one half: where the mantissa is cut, so that it lies around 1.
_CUT = np.int32(0x3F3504F3)
_MANTISSA = np.int32(23)
_BIAS = np.int32(127)
_QUARTER, _EIGHTH, _TWO_BITS = np.uint32(1 << 30), np.uint32(1 << 29), np.uint32(30)
_ONE_U, _TWO_U, _ZERO_U = np.uint32(1), np.uint32(2), np.uint32(0)

# Which of the four words is a cell's: bits of its number.
_LATE, _SECOND, _ZERO_LONG = np.uint64(2 * COUNTERS), np.uint64(COUNTERS), np.uint64(0)

_F = np.float32
_UNIT, _HALF_UNIT = _F(2.0**-32), _F(2.0**-33)
_ANGLE, _HALF_ANGLE = _F(_TAU * 2.0**-32), _F(_TAU * 2.0**-33)
_ONE, _ZERO, _MINUS_TWO = _F(1.0), _F(0.0), _F(-2.0)
_LN2 = _F(math.log(2.0))
# ln(1 + f) / f for 1 + f from sqrt(1/2) to sqrt(2), relative error 2.6e-8.
_L0, _L1, _L2 = _F(0.9999999741895188), _F(-0.4999998796382085), _F(0.3333418562678244)
_L3, _L4, _L5 = _F(-0.2500207409088660), _F(0.1995683355011765), _F(-0.1656239267852026)
_L6, _L7, _L8 = _F(0.1495226627747214), _F(-0.1436684535849902), _F(0.0872235936113920)
# sin(x) / x and cos(x) in x^2, for x from -pi/4 to pi/4, errors 3.2e-9 and 4.7e-11.
_S0, _S1 = _F(0.9999999967618003), _F(-0.1666665022423991)
_S2, _S3 = _F(0.008332016453066449), _F(-0.0001950182201337702)
_C0, _C1, _C2 = _F(0.9999999999526005), _F(-0.4999999961543367), _F(0.04166661673921582)
_C3, _C4 = _F(-0.001388661921034109), _F(2.437992937592663e-05)

_D = np.float64
_UNIT_D, _HALF_UNIT_D = _D(2.0**-32), _D(2.0**-33)
_ANGLE_D, _HALF_ANGLE_D = _D(_TAU * 2.0**-32), _D(_TAU * 2.0**-33)
_ONE_D, _TWO_D, _MINUS_TWO_D = _D(1.0), _D(2.0), _D(-2.0)
_LN2_D = _D(math.log(2.0))
# artanh(s) / s in s^2, for (1 + s) / (1 - s) from sqrt(1/2) to sqrt(2), relative error 2e-16.
_A0, _A1, _A2 = _D(1.00000000000000017), _D(0.333333333332760778), _D(0.200000000310240193)
_A3, _A4 = _D(0.142857079880420252), _D(0.111117187683255209)
_A5, _A6 = _D(0.0906092149632916189), _D(0.0841935431096260778)
# sin(x) / x and cos(x) in x^2, errors below 4e-18.
_P0, _P1, _P2 = _D(1.0), _D(-0.166666666666666148), _D(0.00833333333332000245)
_P3, _P4 = _D(-0.00019841269828402131), _D(2.7557313299015263e-6)
_P5, _P6 = _D(-2.50507058463997126e-8), _D(1.58941363729044141e-10)
_Q0, _Q1, _Q2 = _D(1.0), _D(-0.499999999999999994), _D(0.0416666666666664525)
_Q3, _Q4 = _D(-0.00138888888888611069), _D(0.0000248015872838868288)
_Q5, _Q6, _Q7 = (
    _D(-2.75573130991395482e-7),
    _D(2.08755825397614249e-9),
    _D(-1.13533870072011334e-11),
)


def normals_of_words(first: Array, second: Array) -> tuple[Array, Array]:
    """The definition above in float64: the twin of the compiled loops, for any array.

    Args:
        first: words i, 0 to 2^32 - 1, a float64 array of numpy or torch.
        second: words j, alike.

    Returns:
        Two arrays of independent normal numbers.
    """
    xp = array_namespace(first, second)
    # Close to one, u loses the digits that its distance to one has.
    near_one = first >= 2.0**31
    rest = xp.where(near_one, first - 2.0**32, 0.0 * first) + 0.5
    log_u = xp.where(near_one, xp.log1p(rest * 2.0**-32), xp.log((first + 0.5) * 2.0**-32))
    radius = xp.sqrt(-2.0 * log_u)
    angle = (second + 0.5) * (_TAU * 2.0**-32)
    return radius * xp.cos(angle), radius * xp.sin(angle)


@taken_in
def normal_pair_float32(first: np.uint32, second: np.uint32) -> tuple[np.float32, np.float32]:
    """Two independent normal numbers from two words; errors below 1e-6."""
    # Read with a sign, the word is u of its lower half and u - 1 of its upper half, both in full
    # float32 precision.
    t = _F(np.int32(first)) * _UNIT + _HALF_UNIT
    u = t + (_ONE if t < _ZERO else _ZERO)
    bits = np.float32(u).view(np.int32)
    exponent = np.int32(bits - _CUT) >> _MANTISSA
    mantissa = np.int32(bits - np.int32(exponent << _MANTISSA)).view(np.float32)
    f = t if exponent == 0 else mantissa - _ONE
    log_f = _L8
    log_f = log_f * f + _L7
    log_f = log_f * f + _L6
    log_f = log_f * f + _L5
    log_f = log_f * f + _L4
    log_f = log_f * f + _L3
    log_f = log_f * f + _L2
    log_f = log_f * f + _L1
    log_f = log_f * f + _L0
    radius = _F(math.sqrt(_MINUS_TWO * (_F(exponent) * _LN2 + f * log_f)))

    # The nearest quarter turn, and what is left of the angle: an eighth of a turn at most.
    quarter = np.uint32(np.uint32(second + _EIGHTH) >> _TWO_BITS)
    left = np.int32(second - np.uint32(quarter << _TWO_BITS))
    x = _F(left) * _ANGLE + _HALF_ANGLE
    x2 = x * x
    sine = x * (((_S3 * x2 + _S2) * x2 + _S1) * x2 + _S0)
    cosine = (((_C4 * x2 + _C3) * x2 + _C2) * x2 + _C1) * x2 + _C0
    swapped = (quarter & _ONE_U) != _ZERO_U
    across = sine if swapped else cosine
    up = cosine if swapped else sine
    across = -across if (np.uint32(quarter + _ONE_U) & _TWO_U) != _ZERO_U else across
    up = -up if (quarter & _TWO_U) != _ZERO_U else up
    return radius * across, radius * up


@taken_in
def normal_pair_float64(first: np.uint32, second: np.uint32) -> tuple[np.float64, np.float64]:
    """Two independent normal numbers from two words; errors below 1e-14."""
    t = _D(np.int32(first)) * _UNIT_D + _HALF_UNIT_D
    u = t + (_ONE_D if t < 0.0 else 0.0)
    # A rounded u is good enough to find the exponent.
    exponent = np.int32(np.float32(u).view(np.int32) - _CUT) >> _MANTISSA
    power = np.int32(np.int32(_BIAS - exponent) << _MANTISSA).view(np.float32)
    f = t if exponent == 0 else u * _D(power) - _ONE_D
    s = f / (_TWO_D + f)
    s2 = s * s
    artanh = (((_A6 * s2 + _A5) * s2 + _A4) * s2 + _A3) * s2
    artanh = s * (((artanh + _A2) * s2 + _A1) * s2 + _A0)
    radius = math.sqrt(_MINUS_TWO_D * (_D(exponent) * _LN2_D + _TWO_D * artanh))

    quarter = np.uint32(np.uint32(second + _EIGHTH) >> _TWO_BITS)
    left = np.int32(second - np.uint32(quarter << _TWO_BITS))
    x = _D(left) * _ANGLE_D + _HALF_ANGLE_D
    x2 = x * x
    sine = (((_P6 * x2 + _P5) * x2 + _P4) * x2 + _P3) * x2
    sine = x * (((sine + _P2) * x2 + _P1) * x2 + _P0)
    cosine = ((((_Q7 * x2 + _Q6) * x2 + _Q5) * x2 + _Q4) * x2 + _Q3) * x2
    cosine = ((cosine + _Q2) * x2 + _Q1) * x2 + _Q0
    swapped = (quarter & _ONE_U) != _ZERO_U
    across = sine if swapped else cosine
    up = cosine if swapped else sine
    across = -across if (np.uint32(quarter + _ONE_U) & _TWO_U) != _ZERO_U else across
    up = -up if (quarter & _TWO_U) != _ZERO_U else up
    return radius * across, radius * up


@compiled
def normals_of_group(normals: Floats, words: Words) -> None:
    """The normal numbers of a group of cells, in the order of the cells.

    Args:
        normals: shape (GROUP,), float32 or float64, filled.
        words: of the group, shape (4, COUNTERS).
    """
    # The size of a number is known when this is compiled: one of the two loops remains.
    if normals.itemsize == 4:
        for i in range(COUNTERS):
            a, b = normal_pair_float32(words[0, i], words[1, i])
            c, d = normal_pair_float32(words[2, i], words[3, i])
            normals[i] = a
            normals[COUNTERS + i] = b
            normals[2 * COUNTERS + i] = c
            normals[3 * COUNTERS + i] = d
    else:
        for i in range(COUNTERS):
            e, f = normal_pair_float64(words[0, i], words[1, i])
            g, h = normal_pair_float64(words[2, i], words[3, i])
            normals[i] = e
            normals[COUNTERS + i] = f
            normals[2 * COUNTERS + i] = g
            normals[3 * COUNTERS + i] = h


@compiled
def normals_of_range(
    normals: Floats, first_cell: int, event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """The normal numbers of neighbouring cells.

    Args:
        normals: shape (cells,), float32 or float64, filled.
        first_cell: number of the first.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    words = np.empty((4, COUNTERS), dtype=np.uint32)
    of_group = np.empty(GROUP, dtype=normals.dtype)
    end = first_cell + normals.size
    for group in range(first_cell // GROUP, (end + GROUP - 1) // GROUP):
        words_of_group(words, np.uint64(group), event, call, key)
        low, high = max(first_cell, group * GROUP), min(end, (group + 1) * GROUP)
        there = normals[low - first_cell : high - first_cell]
        if there.size == GROUP:
            normals_of_group(there, words)
        else:
            normals_of_group(of_group, words)
            there[:] = of_group[low - group * GROUP : high - group * GROUP]


@compiled
def normals_of_cells(
    normals: Floats, cells: NDArray[np.uint64], event: np.uint64, call: np.uint64, key: np.uint64
) -> None:
    """The normal numbers of any cells: the same, some five times slower.

    Args:
        normals: shape (cells,), float32 or float64, filled.
        cells: their numbers.
        event: of the draw, below 2^32.
        call: of the draw, below 2^32.
        key: 64 bits.
    """
    words = np.empty((4, GROUP), dtype=np.uint32)
    some = np.zeros(GROUP, dtype=np.uint64)
    found = np.empty(GROUP, dtype=normals.dtype)
    for start in range(0, cells.size, GROUP):
        count = min(GROUP, cells.size - start)
        some[:count] = cells[start : start + count]
        # Always whole groups: every number then comes out of the same instructions.
        words_of_cells(words, some, event, call, key)
        for i in range(GROUP):
            late = (some[i] & _LATE) != _ZERO_LONG
            first, second, third, fourth = words[0, i], words[1, i], words[2, i], words[3, i]
            words[0, i] = third if late else first
            words[1, i] = fourth if late else second
            words[2, i] = np.uint32(some[i] & _SECOND)
        for i in range(GROUP):
            if normals.itemsize == 4:
                a, b = normal_pair_float32(words[0, i], words[1, i])
                found[i] = a if words[2, i] == _ZERO_U else b
            else:
                c, d = normal_pair_float64(words[0, i], words[1, i])
                found[i] = c if words[2, i] == _ZERO_U else d
        for i in range(count):
            normals[start + i] = found[i]
