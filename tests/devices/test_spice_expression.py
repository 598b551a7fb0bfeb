"""What the text of an expression is worth, read by its manual and by ngspice, against numpy."""

import math
import random
import re
from dataclasses import replace

import numpy as np
import pytest
from array_api_compat import array_namespace

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import BehaviouralVoltage, VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import simulate
from ohmloom.devices.memristor import StateVariable, stopped_at_bounds
from ohmloom.devices.spice_expression import STOP_WIDTH, Expression, Stack, share_parts
from ohmloom.errors import InvalidInput

X, Y = Expression.variable("v(x)"), Expression.variable("v(y)")
PLACES = [(0.7, -0.4), (-0.3, 0.9), (0.25, 0.25), (-1.5, -2.0)]

FORMULAS = {
    "sums": lambda x, y: 1.0 - (x - (y - 2.0)) + (x - y) - 3e-9,
    "products": lambda x, y: x / (y / (3.0 * x)) / y * -2.0,
    "signs": lambda x, y: -(-x - y) * -(x + y) + (-x),
    "tiny numbers": lambda x, y: 1e-19 * x / (1.4e-23 * (300.0 + 10.0 * y)),
    "sum of tiny numbers": lambda x, y: (1e-21 * x + 3e-21 * y * y) / 1e-21,
    "large beside varying": lambda x, y: 1e6 + 1e-3 * x - y,
    "even power": lambda x, y: (x - y) ** 14.0 + x**2,
    "odd power": lambda x, y: (x + y) ** 3 - (-2.0 * x) ** 7.0,
    "negative power": lambda x, y: (2e-9 * x) ** -3.0 * 1e-27 + y**-2,
    "broken power": lambda x, y: (x * x + 1.0) ** 1.7 + abs(-3.0 * y) ** 0.5,
    "power of a number": lambda x, y: 20.0**x * 0.5 ** (-y),
    "power of both": lambda x, y: abs(x) ** y,
    "clip": lambda x, y: x.clip(min=0.0) + (-2.0 * y).clip(-1.0, 1.0) + (3e-9 * x).clip(max=1e-9),
    "comparisons": lambda x, y: (
        (x < y) * 1.0 + (x <= 0.3) * 2.0 + (-x > y) * 4.0 + (1e-9 * x >= 1e-10) * 8.0
    ),
    "logic": lambda x, y: ((x > 0.0) & (y < 0.0)) * 1.0 + ((x < 0.0) | ~(y < 0.0)) * 2.0,
    "where": lambda x, y: np_or(x).where((x > y) | (y > 0.5), 1e-3 * x, -2.0 * y * x),
    "where of numbers": lambda x, y: np_or(x).where(x > 0.0, 0.27, 1.0) * y,
    "exponentials": lambda x, y: np_or(x).exp(-3.0 * x) + np_or(x).expm1(1e-3 * y),
    "logarithms": lambda x, y: (
        np_or(x).log(1e-9 * (x * x)) + np_or(x).log1p(y * y) + np_or(x).log10(4.0 + x)
    ),
    "hyperbolic": lambda x, y: np_or(x).sinh(2.0 * x) + np_or(x).cosh(y) - np_or(x).tanh(x - y),
    "roots": lambda x, y: np_or(x).sqrt(1e-20 * (x * x + 0.1)) * 1e10 + abs(y) ** 0.25,
    "circular": lambda x, y: np_or(x).asin(0.4 * x) + np_or(x).sin(y) * np_or(x).cos(x),
    "extremes": lambda x, y: (
        np_or(x).minimum(-2.0 * x, y) + np_or(x).maximum(1e-9 * x, 1e-9 * y) * 1e9
    ),
    "sign": lambda x, y: np_or(x).sign(-2.0 * x) * 3.0 + np_or(x).abs(y - 1.0),
    "nothing": lambda x, y: 0.0 * x + np_or(x).zeros_like(y) + 5.0,
}


def np_or(x):
    return array_namespace(x)


@pytest.mark.parametrize("formula", FORMULAS.values(), ids=FORMULAS)
def test_the_text_of_a_formula_is_worth_what_numpy_says(formula, read) -> None:
    for x, y in PLACES:
        expected = float(formula(np.array(x), np.array(y)))
        assert read(formula(X, Y).to_spice(), {"x": x, "y": y}) == pytest.approx(
            expected, rel=1e-12
        )


@pytest.mark.spice
def test_ngspice_reads_every_formula_as_numpy_does() -> None:
    names = [f"f{i}" for i in range(len(FORMULAS))]
    for x, y in PLACES:
        point = simulate(
            Netlist(
                title="formulas",
                elements=(
                    VoltageSource(name="x", plus="x", minus=GROUND, voltage=x),
                    VoltageSource(name="y", plus="y", minus=GROUND, voltage=y),
                    *(
                        BehaviouralVoltage(
                            name=name,
                            plus=f"out{name}",
                            minus=GROUND,
                            formula=formula(X, Y).to_spice(),
                        )
                        for name, formula in zip(names, FORMULAS.values(), strict=True)
                    ),
                    *(
                        Resistor(name=f"r{name}", plus=name, minus=GROUND, resistance=1.0)
                        for name in ("x", "y", *(f"out{name}" for name in names))
                    ),
                ),
            ),
            OperatingPoint(),
        )
        found = [point.number(f"out{name}") for name in names]
        expected = [float(formula(np.array(x), np.array(y))) for formula in FORMULAS.values()]
        # ngspice rounds numbers to 11 digits.
        assert found == pytest.approx(expected, rel=1e-9)


def test_brackets_stand_where_they_are_needed_in_random_formulas(read) -> None:
    draw = random.Random(4)

    def tree(depth: int):
        if depth == 0:
            return draw.choice(["x", "y", "2.5", "-3.0", "1e-12"])
        if draw.random() < 0.15:
            return f"(-{tree(depth - 1)})"
        return f"({tree(depth - 1)} {draw.choice('+-*/')} {tree(depth - 1)})"

    checked = 0
    for _ in range(400):
        formula = tree(draw.randint(1, 5))
        try:
            expected = eval(formula, {"x": 0.7, "y": -0.4})
        except ZeroDivisionError:
            continue
        expression = eval(formula, {"x": X, "y": Y})
        if isinstance(expression, Expression):
            # What cancels within a formula leaves the rounding of its parts.
            assert read(expression.to_spice(), {"x": 0.7, "y": -0.4}) == pytest.approx(
                expected, rel=1e-6, abs=1e-12
            )
            checked += 1
    assert checked > 300


def test_constants_of_physics_cancel_before_they_reach_the_text() -> None:
    charge, boltzmann = 1.602176634e-19, 1.380649e-23
    thermal = charge * X / (boltzmann * (300.0 + 100.0 * Y))
    numbers = [float(found) for found in re.findall(r"\d[\d.]*(?:e[+-]?\d+)?", thermal.to_spice())]
    assert min(numbers) > 1e-3
    assert max(numbers) < 1e6


def test_numbers_of_numpy_leave_the_operation_to_the_expression() -> None:
    for number in (np.float64(2.0), np.array(2.0), np.array([2.0])):
        assert (number * X).to_spice() == "2*v(x)"
        assert (X + number).to_spice() == "v(x) + 2"


def test_a_stack_is_taken_apart_like_the_first_axis_of_a_state() -> None:
    first, second = Stack((X, Y))
    assert [first.to_spice(), second.to_spice()] == ["v(x)", "v(y)"]
    (alone,) = X[None]
    assert alone.to_spice() == "v(x)"
    both = array_namespace(X, 1.0).stack([X, 2.0 * Y])
    assert [part.to_spice() for part in both] == ["v(x)", "2*v(y)"]
    assert len(both) == 2


@pytest.mark.parametrize("logarithmic", [False, True])
def test_motion_stops_smoothly_at_a_bound_and_is_free_everywhere_else(logarithmic, read) -> None:
    variable = StateVariable(
        name="gap", unit="m", lowest=1e-9, highest=5e-9, logarithmic=logarithmic
    )
    stopped = stopped_at_bounds(3.0 * X, 1e-9 * Y, variable).to_spice()

    def worth(x: float, y: float) -> float:
        return read(stopped, {"x": x, "y": y})

    for x, y in ((1.0, 5.0), (-1.0, 1.0)):
        # The bounds of a value are rounded; those of a share are not, see below.
        assert worth(x, y) == pytest.approx(0.0, abs=3e-8)
        assert worth(-x, y) == pytest.approx(-3.0 * x)
        assert worth(x, 3.0) == pytest.approx(3.0 * x)
    before = 5.0 ** (1.0 - 0.5 * STOP_WIDTH) if logarithmic else 5.0 - 2.0 * STOP_WIDTH
    assert worth(1.0, before) == pytest.approx(1.5, rel=1e-6)
    assert worth(1.0, 5.0 - 10.0 * STOP_WIDTH) == 3.0
    # Beyond a bound, where a step that was too long may end, the way leads back.
    assert worth(1.0, 5.1) < -1.0
    assert worth(-1.0, 0.9) > 1.0
    assert worth(-1.0, 5.1) == -3.0


def test_motion_of_a_share_stops_exactly_at_its_bounds(read) -> None:
    variable = StateVariable(name="gap", unit="m", lowest=1e-9, highest=5e-9, logarithmic=False)
    gap = replace(1e-9 + 4e-9 * Y, share=Y)
    stopped = stopped_at_bounds(3.0 * X, gap, variable).to_spice()
    assert read(stopped, {"x": 1.0, "y": 1.0}) == read(stopped, {"x": -1.0, "y": 0.0}) == 0.0


def test_parts_that_are_shared_leave_the_worth_as_it_is(read) -> None:
    formulas = {
        "f": FORMULAS["where"](X, Y).to_spice(),
        "g": FORMULAS["odd power"](X, Y).to_spice(),
    }
    squares = X * X + Y
    formulas["h"] = (np_or(X).exp(squares) / (squares + np_or(X).exp(squares))).to_spice()
    sharing = share_parts(formulas, least_saving=4)
    assert {"shared1", "shared2"} < set(sharing)
    assert "exp" not in sharing["h"]
    for x, y in PLACES:
        nodes = {"x": x, "y": y}
        for name in reversed(sharing):  # what is found later may stand in what was found before
            nodes[name] = read(sharing[name], nodes)
        for name, text in formulas.items():
            assert nodes[name] == pytest.approx(read(text, nodes), rel=1e-12)
    assert share_parts(formulas, least_saving=1000) == formulas


@pytest.mark.parametrize(
    ("doing", "message"),
    [
        (lambda: X * np.array([1.0, 2.0]), "shape \\(2,\\)"),
        (lambda: np.array([1.0, 2.0]) - X, "shape \\(2,\\)"),
        (lambda: 1.0 if X > 0.0 else 0.0, "write `where`"),
        (lambda: X + math.inf, "overflow"),
        (lambda: X[0], "no element"),
        (lambda: array_namespace(X).stack([X, Y], axis=-1), "first axis"),
        (lambda: (-2.0) ** X, "not a real number"),
    ],
)
def test_what_no_circuit_can_evaluate_is_refused(doing, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        doing()
