"""Parameters of a model or a circuit in words and numbers, read off its fields and docstrings.

Nothing is written down here twice. What a number means stands in the docstring below its field, and
the unit in the brackets at the end of that.
"""

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ohmloom.analysis.figures.ages import age_label
from ohmloom.si import eV, minute

PREFIXES: Final = (
    (1e9, "G"),
    (1e6, "M"),
    (1e3, "k"),
    (1.0, ""),
    (1e-3, "m"),
    (1e-6, "u"),
    (1e-9, "n"),
    (1e-12, "p"),
    (1e-15, "f"),
)
"""Factors and SI prefixes, the largest first."""
_TAKES_PREFIX: Final = frozenset({"V", "A", "S", "ohm", "s", "F", "m", "Hz", "J", "W"})
_UNIT: Final = re.compile(r"\s*\[([^\[\]]+)\]")
_SHOWN_VALUES = 4


@dataclass(frozen=True, kw_only=True)
class ModuleText:
    """The docstring of a module that a model comes from."""

    module: str
    """Dotted name."""
    text: str
    """Its docstring."""


@dataclass(frozen=True, kw_only=True)
class ParameterDescription:
    """One entry of a model."""

    name: str
    """As the model names it, with dots for what is nested."""
    value: Any
    """A number, a word, or lists of numbers, in plain SI."""
    unit: str | None
    """Its unit, "1" for a ratio; None where the source names none."""
    meaning: str
    """What it is, one or more sentences."""

    @property
    def shown(self) -> str:
        """The value as it is spoken, such as "10 nm"; long lists are cut off."""
        if isinstance(self.value, list):
            flat = list(_numbers(self.value))
            # A unit that takes no prefix is said once, after the last of them.
            each = self.unit if self.unit in _TAKES_PREFIX else None
            after = f" {self.unit}" if self.unit not in (each, None, "1") else ""
            some = ", ".join(spoken(number, each) for number in flat[:_SHOWN_VALUES])
            more = f", ... ({len(flat)})" if len(flat) > _SHOWN_VALUES else ""
            return some + more + after
        if isinstance(self.value, bool | str):
            return str(self.value)
        return spoken(self.value, self.unit)


def spoken(value: float, unit: str | None) -> str:
    """A quantity as people write it, with a prefix where the unit takes one.

    Args:
        value: in `unit`, without prefix.
        unit: SI symbol, "1" for a ratio, or None.

    >>> spoken(3e-9, "m"), spoken(0.25, "1"), spoken(86400, "s"), spoken(5e-4, "m/s")
    ('3 nm', '0.25', '1 d', '0.0005 m/s')
    """
    value += 0.0  # a zero never gets a sign
    if unit is None or unit == "1":
        return f"{value:.6g}"
    if unit == "J" and 0.0 < abs(value) < 1e-15:
        return f"{value / eV:.6g} eV"
    if unit == "s" and minute <= value < np.inf:
        return age_label(value)
    if unit in _TAKES_PREFIX and value != 0.0 and np.isfinite(value):
        for factor, prefix in PREFIXES:
            if abs(value) >= 0.9999995 * factor:
                return f"{value / factor:.6g} {prefix}{unit}"
    return f"{value:.6g} {unit}"


@functools.cache
def field_texts(owner: type) -> Mapping[str, str]:
    """Docstrings below the fields of a class and of those that it inherits from.

    Args:
        owner: a class whose source is at hand.
    """
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__[:-1]):
        try:
            source = textwrap.dedent(inspect.getsource(each))
        except (OSError, TypeError):
            continue
        (definition,) = ast.parse(source).body
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for statement, following in pairwise(body):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                found[statement.target.id] = " ".join(following.value.value.split())
    return MappingProxyType(found)


def describe_parameters(
    model: Any, prefix: str = "", *, without: Collection[str] = ()
) -> Iterator[ParameterDescription]:
    """Everything that a frozen model fixes, with what is nested behind a dot.

    Args:
        model: a dataclass.
        prefix: of all names.
        without: names of fields that are left out, on every level.
    """
    texts = field_texts(model.__class__)
    for field in fields(model):
        if field.name in without:
            continue
        value, name = getattr(model, field.name), prefix + field.name
        meaning, unit = _unit_of(texts.get(field.name, ""))
        nested = value if isinstance(value, tuple) else (value,)
        if nested and all(is_dataclass(each) for each in nested):
            names = " + ".join(dict.fromkeys(type(each).__name__ for each in nested))
            if len(nested) > 1:
                names += f" ({len(nested)})"
            yield ParameterDescription(name=name, value=names, unit=None, meaning=meaning)
            for place, each in enumerate(nested):
                inner = f"{name}[{place}]." if isinstance(value, tuple) else f"{name}."
                yield from describe_parameters(each, inner, without=without)
        else:
            yield ParameterDescription(name=name, value=_plain(value), unit=unit, meaning=meaning)


def _unit_of(text: str) -> tuple[str, str | None]:
    """Meaning without the brackets, and the unit in the last of them."""
    found = list(_UNIT.finditer(text))
    if not found:
        return text, None
    last = found[-1]
    return (text[: last.start()] + text[last.end() :]).strip(), last[1]


def _plain(value: Any) -> Any:
    """Numbers, words and lists of them."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return type(value).__name__ if value is not None else "none"


def _numbers(values: list[Any]) -> Iterator[float]:
    for each in values:
        if isinstance(each, list):
            yield from _numbers(each)
        else:
            yield each
