"""Exponential and logarithm in float32 that a compiler can do for many numbers at a time.

Both are right to a rounding or two of their argument: e^10 to 1e-6, ln to 3e-7.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ohmloom.circuits.compiled_loops import compiled


def _bits_of(_context: Any, value: Any) -> Any:
    """The bits of a float32 as an int32."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(value), generate


def _of_bits(_context: Any, value: Any) -> Any:
    """The float32 that has the bits of an int32."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(value), generate


_bits: Any = intrinsic(_bits_of)
_from_bits: Any = intrinsic(_of_bits)

_ONE = np.float32(1.0)
_HALF = np.float32(0.5)
_TWO = np.float32(2.0)
_LOG2_E = np.float32(1.4426950408889634)
_LN_2 = np.float32(0.6931471805599453)
_ROOT_2 = np.float32(1.4142135623730951)
_MOST = np.float32(126.0)
_E6 = np.float32(1.5403530e-4)
_E5 = np.float32(1.3333558e-3)
_E4 = np.float32(9.6181291e-3)
_E3 = np.float32(5.5504109e-2)
_E2 = np.float32(2.4022651e-1)
_E1 = np.float32(6.9314718e-1)
_L9 = np.float32(1.0 / 9.0)
_L7 = np.float32(1.0 / 7.0)
_L5 = np.float32(1.0 / 5.0)
_L3 = np.float32(1.0 / 3.0)


@compiled
def fast_exp(value: Any) -> Any:
    """e^value, of a float32; beyond 2^126 either way it stays there."""
    y = min(max(value * _LOG2_E, -_MOST), _MOST)
    whole = np.floor(y + _HALF)
    f = y - whole
    power = _E6
    power = power * f + _E5
    power = power * f + _E4
    power = power * f + _E3
    power = power * f + _E2
    power = power * f + _E1
    power = power * f + _ONE
    scale = _from_bits(np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)))
    return power * scale


@compiled
def fast_log(value: Any) -> Any:
    """ln(value), of a float32 above zero."""
    bits = _bits(value)
    exponent = np.int32((bits >> np.int32(23)) & np.int32(255)) - np.int32(127)
    m = _from_bits(np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)))
    large = m > _ROOT_2
    m = m * _HALF if large else m
    whole = np.float32(exponent) + (_ONE if large else np.float32(0.0))
    s = (m - _ONE) / (m + _ONE)
    square = s * s
    series = _L9
    series = series * square + _L7
    series = series * square + _L5
    series = series * square + _L3
    series = series * square + _ONE
    return whole * _LN_2 + _TWO * s * series
