"""Reads the text of a behavioural source as the manual of ngspice describes it."""

import functools
import math
import re
from collections.abc import Callable
from types import CodeType

import numpy as np
import pytest

# `pow` and `**` of ngspice take the absolute value of their base.
_FUNCTIONS = {
    name: getattr(math, name)
    for name in (
        *("asin", "asinh", "atan", "atanh", "cos", "cosh", "exp"),
        *("sin", "sinh", "sqrt", "tanh"),
    )
} | {
    "abs": abs,
    "ln": math.log,
    "max": max,
    "min": min,
    "pow": lambda base, power: abs(base) ** power,
    "sgn": lambda x: float(np.sign(x)),
    "ternary_fcn": lambda condition, then, otherwise: then if condition else otherwise,
}


@functools.cache
def _compiled(text: str) -> CodeType:
    readable = text.replace("&&", " and ").replace("||", " or ")
    readable = re.sub(
        r"\bv\(([^()]*)\)",
        lambda found: f"v({', '.join(repr(node.strip()) for node in found[1].split(','))})",
        readable,
    )
    return compile(readable, "<expression>", "eval")


def _read(text: str, volts: dict[str, float]) -> float:
    def voltage(*nodes: str) -> float:
        plus, minus = (*nodes, "0")[:2]
        return volts[plus] - (0.0 if minus == "0" else volts[minus])

    names = {"__builtins__": {}, **_FUNCTIONS, "v": voltage}
    return float(eval(_compiled(text), names))


@pytest.fixture(scope="session")
def read() -> Callable[[str, dict[str, float]], float]:
    """The worth of a text, given the voltages of nodes."""
    return _read
