"""`Expression`: text for a behavioural source of SPICE, that passes through a model like an array.

A model writes its equations once, with operators and array functions. Given expressions instead of
numbers, the same lines of Python return what a SPICE simulator has to evaluate.

An expression is a number times a text. Constants of physics stay in the number, where they cancel,
so that the text is of the order of the quantities of the circuit. ngspice needs that: it adds 1e-32
to every divisor, also to the squared ones of its derivatives, where kT has 1e-41.

Source: the functions and operators are those of the ngspice manual, chapter 5. `pow` of ngspice
ignores the sign of its base, `exp` stops at 1e99, and numbers are rounded to 11 digits when a line
is read.
Holds for: one device. An expression is a single number of the circuit; its only shape is that of a
stack, the first axis of a state.
"""

import itertools
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

import numpy as np

from ohmloom.devices.memristor import StateVariable
from ohmloom.errors import InvalidInput

Operand: TypeAlias = Any
"""An expression, a number, or an array that holds one number."""

STOP_WIDTH: Final = 1e-6
"""How far from a bound the motion towards it slows down, in shares of the way from bound to bound;
measured in decades for a logarithmic variable. A simulator does not step over a sudden stop."""

_TINY: Final = 1e-6
"""Numbers between this and its inverse stay in the text."""

_ROOT_FLOOR: Final = 1e-12
"""Below this a root is continued as a straight line, in the unit of the text."""

_STEEPEST: Final = 200.0
"""Arguments of hyperbolic functions are held within this."""

_LONGEST_NAME: Final = 12
"""Letters in the longest name of a function, or more."""

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

# How tightly the outermost operator of a text binds, loosest first.
_LOGIC, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(5)


@dataclass(frozen=True, eq=False, repr=False)
class Expression:
    """A number times a text.

    >>> voltage = Expression.variable("v(plus, minus)")
    >>> (2.0 * voltage + 1.0).to_spice()
    '2*v(plus, minus) + 1'
    """

    factor: float
    """Multiplies the text."""
    text: str
    """What a SPICE simulator evaluates."""
    binding: int
    """How tightly the outermost operator of the text binds."""
    share: "Expression | None" = None
    """Of a state variable: the share of its way from bound to bound. Close to a bound it is exact,
    where the difference of value and bound is rounded."""

    __array_ufunc__ = None  # numpy numbers leave the operation to us
    __hash__ = None  # type: ignore[assignment]

    @staticmethod
    def variable(text: str) -> "Expression":
        """A quantity of the circuit, such as `v(node)`."""
        return Expression(1.0, text, _ATOM)

    def to_spice(self) -> str:
        """The whole expression."""
        if self.factor == 1.0 or self.text == "1":
            return self.text if self.factor == 1.0 else _written(self.factor)
        return f"{_written(self.factor)}*{self._bound(_PRODUCT)}"

    def __repr__(self) -> str:
        return f"Expression({self.to_spice()!r})"

    def __bool__(self) -> bool:
        raise InvalidInput(
            f"whether {self.to_spice()} is true only the circuit knows; write `where` instead of "
            f"`if`"
        )

    def __array_namespace__(self, *, api_version: str | None = None) -> SimpleNamespace:
        """The functions of the array API standard that models use."""
        return _NAMESPACE

    def __getitem__(self, index: None) -> "Stack":
        """`expression[None]`: a stack of one."""
        if index is not None:
            raise InvalidInput(f"an expression is one number and has no element {index!r}")
        return Stack((self,))

    def __add__(self, other: Operand) -> "Expression":
        return _sum(self, _expression(other))

    def __radd__(self, other: Operand) -> "Expression":
        return _sum(_expression(other), self)

    def __sub__(self, other: Operand) -> "Expression":
        return _sum(self, -_expression(other))

    def __rsub__(self, other: Operand) -> "Expression":
        return _sum(_expression(other), -self)

    def __mul__(self, other: Operand) -> "Expression":
        return _product(self, _expression(other))

    def __rmul__(self, other: Operand) -> "Expression":
        return _product(_expression(other), self)

    def __truediv__(self, other: Operand) -> "Expression":
        return _quotient(self, _expression(other))

    def __rtruediv__(self, other: Operand) -> "Expression":
        return _quotient(_expression(other), self)

    def __pow__(self, exponent: Operand) -> "Expression":
        return _power(self, _expression(exponent))

    def __rpow__(self, base: Operand) -> "Expression":
        return _power(_expression(base), self)

    def __neg__(self) -> "Expression":
        return Expression(-self.factor, self.text, self.binding)

    def __pos__(self) -> "Expression":
        return self

    def __abs__(self) -> "Expression":
        return _abs(self)

    def __lt__(self, other: Operand) -> "Expression":
        return _compared(self, "<", _expression(other))

    def __le__(self, other: Operand) -> "Expression":
        return _compared(self, "<=", _expression(other))

    def __gt__(self, other: Operand) -> "Expression":
        return _compared(self, ">", _expression(other))

    def __ge__(self, other: Operand) -> "Expression":
        return _compared(self, ">=", _expression(other))

    def __eq__(self, other: object) -> "Expression":  # type: ignore[override]
        return _compared(self, "==", _expression(other))

    def __ne__(self, other: object) -> "Expression":  # type: ignore[override]
        return _compared(self, "!=", _expression(other))

    def __and__(self, other: Operand) -> "Expression":
        return _joined(self, "&&", _expression(other))

    def __or__(self, other: Operand) -> "Expression":
        return _joined(self, "||", _expression(other))

    def __rand__(self, other: Operand) -> "Expression":
        return _joined(_expression(other), "&&", self)

    def __ror__(self, other: Operand) -> "Expression":
        return _joined(_expression(other), "||", self)

    def __invert__(self) -> "Expression":
        return Expression(1.0, f"{self._bound(_SUM)} == 0", _COMPARISON)

    def clip(self, min: Operand = None, max: Operand = None) -> "Expression":  # noqa: A002
        """Not below `min` and not above `max`."""
        held = self if min is None else _maximum(self, min)
        return held if max is None else _minimum(held, max)

    def stopped_at_bounds(self, value: "Expression", variable: StateVariable) -> "Expression":
        """This rate, slowed down over a short way before a bound that it leads towards.

        At the bound it is zero, so that the value comes to rest there, and beyond it leads back,
        where a step that was too long may have gone. A rate that leads away from a bound is left
        as it is.

        Args:
            value: the variable.
            variable: its bounds, numbers.
        """
        share = _share(value, variable) if value.share is None else value.share
        falling = (share / STOP_WIDTH).clip(max=1.0)
        rising = ((1.0 - share) / STOP_WIDTH).clip(max=1.0)
        return self.clip(min=0.0) * rising + self.clip(max=0.0) * falling

    def _bound(self, binding: int) -> str:
        """The text, in brackets unless it binds more tightly than `binding`."""
        return self.text if self.binding > binding else f"({self.text})"


@dataclass(frozen=True, eq=False)
class Stack:
    """Expressions along one axis: a state, or its rate."""

    expressions: tuple[Expression, ...]
    """In the order of the axis."""

    def __iter__(self) -> Iterator[Expression]:
        return iter(self.expressions)

    def __len__(self) -> int:
        return len(self.expressions)

    def __getitem__(self, index: int) -> Expression:
        return self.expressions[index]

    def __array_namespace__(self, *, api_version: str | None = None) -> SimpleNamespace:
        """The functions of the array API standard that models use."""
        return _NAMESPACE


def share_parts(formulas: Mapping[str, str], *, least_saving: int) -> dict[str, str]:
    """Write parts that occur again and again once, each on a node of its own.

    A simulator evaluates every occurrence of a part, and its derivatives, by itself.

    Args:
        formulas: texts by name.
        least_saving: how many characters of text a node has to save.

    Returns:
        The same formulas, with `v(shared1)` and so on in the place of the parts, and the parts
        themselves, by the names of their nodes.

    >>> share_parts({"a": "exp(v(x)) + 1/exp(v(x))"}, least_saving=5)
    {'a': 'v(shared1) + 1/v(shared1)', 'shared1': 'exp(v(x))'}
    """
    sharing = dict(formulas)
    for number in itertools.count(1):
        found = Counter(part for text in sharing.values() for part in _parts(text))
        saved = {part: (count - 1) * len(part) for part, count in found.items()}
        best = max(saved, key=lambda part: saved[part], default="")
        if not best or saved[best] < least_saving:
            break
        node = f"shared{number}"
        sharing = {name: text.replace(best, f"v({node})") for name, text in sharing.items()}
        sharing[node] = best
    return sharing


def _parts(text: str) -> Iterator[str]:
    """Every bracket with what stands in it, and the name of its function."""
    starts = []
    for place, character in enumerate(text):
        if character == "(":
            name = re.search(r"\w*$", text[max(0, place - _LONGEST_NAME) : place])
            starts.append(place - len(name[0] if name else ""))
        elif character == ")":
            part = text[starts.pop() : place + 1]
            if not part.startswith("v("):
                yield part


def _expression(operand: Operand) -> Expression:
    if isinstance(operand, Expression):
        return operand
    return Expression(single_number(operand), "1", _ATOM)


def single_number(operand: Operand) -> float:
    """A number, or the only one of an array; raises `InvalidInput` for an array of more."""
    if isinstance(operand, float | int):
        return float(operand)
    array = np.asarray(operand)
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise InvalidInput(
            f"a circuit is written from single numbers, but one of shape {array.shape} came along; "
            f"take one device"
        )
    return float(array.reshape(()))


def _written(number: float) -> str:
    if not math.isfinite(number):
        raise InvalidInput(f"{number} cannot be written into a circuit; look for an overflow")
    text = repr(number).removesuffix(".0")
    # SPICE has no sign that binds tightly.
    return f"({text})" if number < 0.0 else text


def _constant(expression: Expression) -> float | None:
    """Its number, when it holds nothing of the circuit."""
    if expression.factor == 0.0:
        return 0.0
    return expression.factor if expression.text == "1" else None


def _scaled(expression: Expression, scale: float, binding: int) -> str:
    """An expression over a scale, as an operand of an operator that binds less than a product."""
    over = Expression(expression.factor / scale, expression.text, expression.binding)
    return over._bound(binding) if over.factor == 1.0 else over.to_spice()


def _scale(left: Expression, right: Expression) -> float:
    """What to take out of two expressions that stand beside each other in a text.

    One, unless both are tiny or both are huge. Beside something of the circuit, a constant does not
    count: it may be a bound that is far away.
    """
    varying = [abs(part.factor) for part in (left, right) if _constant(part) is None]
    largest, smallest = max(varying, default=1.0), min(varying, default=1.0)
    return largest if largest < _TINY or smallest > 1.0 / _TINY else 1.0


def _sum(left: Expression, right: Expression) -> Expression:
    first, second = _constant(left), _constant(right)
    if first is not None and second is not None:
        return _expression(first + second)
    if first == 0.0:
        return right
    if second == 0.0:
        return left
    if left.text == right.text:
        return Expression(left.factor + right.factor, left.text, left.binding)
    scale = _scale(left, right)
    if max(abs(left.factor), abs(right.factor)) / scale > 1.0 / _TINY:
        scale = 1.0
    lead = _scaled(left, scale, _SUM - 1)
    follow = Expression(abs(right.factor), right.text, right.binding)
    sign = "-" if right.factor < 0.0 else "+"
    return Expression(scale, f"{lead} {sign} {_scaled(follow, scale, _SUM)}", _SUM)


def _product(left: Expression, right: Expression) -> Expression:
    factor = left.factor * right.factor
    if factor == 0.0:
        return _expression(0.0)
    if left.text == "1":
        return Expression(factor, right.text, right.binding)
    if right.text == "1":
        return Expression(factor, left.text, left.binding)
    return Expression(factor, f"{left._bound(_SUM)}*{right._bound(_PRODUCT)}", _PRODUCT)


def _quotient(left: Expression, right: Expression) -> Expression:
    factor = left.factor / right.factor
    if right.text == "1" or factor == 0.0:
        return Expression(factor, left.text, left.binding)
    return Expression(factor, f"{left._bound(_SUM)}/{right._bound(_PRODUCT)}", _PRODUCT)


def _power(base: Expression, exponent: Expression) -> Expression:
    number, power = _constant(base), _constant(exponent)
    if number is not None and power is not None:
        return _expression(number**power)
    if power is None:
        if number is None:
            return _exp(exponent * _log(base))
        if number <= 0.0:
            raise InvalidInput(f"{number} to a power that the circuit chooses is not a real number")
        return _exp(exponent * math.log(number))
    return _number_power(base, power)


def _number_power(base: Expression, power: float) -> Expression:
    if power == 0.0:
        return _expression(1.0)
    if power < 0.0:
        return 1.0 / _number_power(base, -power)
    if not power.is_integer():
        return _power_of_text(base, power)
    # `pow` takes the absolute value of its base: only squares are given to it.
    if power == 1.0:
        return base
    even = _power_of_text(base * base, power // 2.0)
    return even * base if power % 2.0 else even


def _power_of_text(base: Expression, power: float) -> Expression:
    """A power of an expression that is not negative."""
    if power == 1.0:
        return base
    if power == 0.5:
        return _sqrt(base)
    if base.factor < 0.0:
        base = Expression(-base.factor, f"0 - {base._bound(_SUM)}", _SUM)
    if power < 1.0:
        # The slope at zero is infinite, which ngspice refuses: below the floor, a straight line.
        held = base.clip(min=base.factor * _ROOT_FLOOR)
        return base * _raised(held, power - 1.0)
    return _raised(base, power)


def _raised(base: Expression, power: float) -> Expression:
    return Expression(base.factor**power, f"pow({base.text}, {_written(power)})", _ATOM)


def _compared(left: Expression, sign: str, right: Expression) -> Expression:
    first, second = _constant(left), _constant(right)
    if first is not None and second is not None:
        return _expression(_COMPARE[sign](first, second))
    scale = _scale(left, right)
    text = f"{_scaled(left, scale, _COMPARISON)} {sign} {_scaled(right, scale, _COMPARISON)}"
    return Expression(1.0, text, _COMPARISON)


def _joined(left: Expression, sign: str, right: Expression) -> Expression:
    return Expression(1.0, f"({left.to_spice()}) {sign} ({right.to_spice()})", _LOGIC)


def _one_of(name: str, left: Operand, right: Operand) -> Expression:
    first, second = _expression(left), _expression(right)
    scale = _scale(first, second)
    text = f"{name}({_scaled(first, scale, _LOGIC)}, {_scaled(second, scale, _LOGIC)})"
    return Expression(scale, text, _ATOM)


def _minimum(left: Operand, right: Operand) -> Expression:
    return _one_of("min", left, right)


def _maximum(left: Operand, right: Operand) -> Expression:
    return _one_of("max", left, right)


def _where(condition: Operand, then: Operand, otherwise: Operand) -> Expression:
    first, second, met = _expression(then), _expression(otherwise), _expression(condition)
    known = _constant(met)
    if known is not None:
        return first if known else second
    scale = _scale(first, second)
    text = (
        f"ternary_fcn({met.to_spice()}, {_scaled(first, scale, _LOGIC)}, "
        f"{_scaled(second, scale, _LOGIC)})"
    )
    return Expression(scale, text, _ATOM)


def _abs(operand: Operand) -> Expression:
    inner = _expression(operand)
    return Expression(abs(inner.factor), f"abs({inner.text})", _ATOM)


def _sqrt(operand: Operand) -> Expression:
    inner = _expression(operand)
    text = inner.text if inner.factor >= 0.0 else f"0 - {inner._bound(_SUM)}"
    return Expression(abs(inner.factor) ** 0.5, f"sqrt(max({text}, 0))", _ATOM)


def _sign(operand: Operand) -> Expression:
    inner = _expression(operand)
    return Expression(math.copysign(1.0, inner.factor), f"sgn({inner.text})", _ATOM)


def _function(name: str, of_number: Callable[[float], float]) -> Callable[[Operand], Expression]:
    def apply(operand: Operand) -> Expression:
        inner = _expression(operand)
        number = _constant(inner)
        if number is not None:
            return _expression(of_number(number))
        return Expression(1.0, f"{name}({inner.to_spice()})", _ATOM)

    return apply


_exp: Final = _function("exp", math.exp)
_ln: Final = _function("ln", math.log)


def _held(
    name: str, of_number: Callable[[float], float], largest: float
) -> Callable[[Operand], Expression]:
    """A function that is asked for small arguments only.

    ngspice gives up where a guess on the way to the solution overflows or has no value.
    """
    apply = _function(name, of_number)
    return lambda operand: apply(_expression(operand).clip(min=-largest, max=largest))


def _log(operand: Operand) -> Expression:
    inner = _expression(operand)
    if inner.factor <= 0.0 or inner.text == "1":
        return _ln(inner)
    return _ln(Expression(1.0, inner.text, inner.binding)) + math.log(inner.factor)


def _log1p(operand: Operand) -> Expression:
    # ngspice has neither. What a small x loses is 1e-16, far below its tolerances.
    return _log(1.0 + _expression(operand))


def _expm1(operand: Operand) -> Expression:
    return _exp(operand) - 1.0


def _share(value: Expression, variable: StateVariable) -> Expression:
    lowest, highest = single_number(variable.lowest), single_number(variable.highest)
    if variable.logarithmic:
        return _log(value / lowest) / math.log(highest / lowest)
    return (value - lowest) / (highest - lowest)


def _clip(
    operand: Operand,
    min: Operand = None,  # noqa: A002
    max: Operand = None,  # noqa: A002
) -> Expression:
    return _expression(operand).clip(min=min, max=max)


def _stack(parts: Sequence[Operand], *, axis: int = 0) -> Stack:
    if axis != 0:
        raise InvalidInput(f"expressions stack along the first axis, not along {axis}")
    return Stack(tuple(_expression(part) for part in parts))


def _asarray(operand: Operand, **_: object) -> Expression | Stack:
    return operand if isinstance(operand, Stack) else _expression(operand)


_NAMESPACE: Final = SimpleNamespace(
    # array_api_compat tells namespaces apart by their names.
    __name__="ohmloom.devices.spice_expression",
    pi=math.pi,
    e=math.e,
    abs=_abs,
    asarray=_asarray,
    asin=_held("asin", math.asin, 1.0),
    asinh=_function("asinh", math.asinh),
    atan=_function("atan", math.atan),
    atanh=_function("atanh", math.atanh),
    clip=_clip,
    cos=_function("cos", math.cos),
    cosh=_held("cosh", math.cosh, _STEEPEST),
    exp=_exp,
    expm1=_expm1,
    log=_log,
    log10=lambda operand: _log(operand) / math.log(10.0),
    log1p=_log1p,
    maximum=_maximum,
    minimum=_minimum,
    ones_like=lambda _: _expression(1.0),
    pow=lambda base, exponent: _power(_expression(base), _expression(exponent)),
    sign=_sign,
    sin=_function("sin", math.sin),
    sinh=_held("sinh", math.sinh, _STEEPEST),
    sqrt=_sqrt,
    square=lambda operand: _expression(operand) * _expression(operand),
    stack=_stack,
    tanh=_function("tanh", math.tanh),
    where=_where,
    zeros_like=lambda _: _expression(0.0),
)
