"""A memristor as a subcircuit of behavioural sources, for any SPICE simulator that knows ngspice's.

The equations are those of the model itself: its methods are called with `Expression`s instead of
numbers, and what they return is what the simulator evaluates.

Every state variable is a node. Its voltage against ground is the share of the way from the lower
bound to the upper one, 0 V to 1 V, measured in decades for a logarithmic variable. The node is a
capacitor that a current charges with the rate of the model. The capacitance is 1 F for every second
of the model's typical sweep, over 1e3, so that a sweep that moves the state through its range takes
currents of milliamperes.

Holds for: transients from the initial state. An operating point on its own has no meaning for a
device with a memory. Motion towards a bound slows down within `STOP_WIDTH` of the way. Beyond ten
times the amplitudes of the typical sweep the current is a straight line. ngspice follows a device
that runs away with `NGSPICE_OPTIONS` and 400 steps in a sweep or more; with the tolerances that
it has by itself it finishes, but such a device may switch at another voltage.
"""

import dataclasses
import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Protocol, runtime_checkable

import numpy as np

from ohmloom.arrays import Array
from ohmloom.devices.memristor import Memristor, StateVariable
from ohmloom.devices.spice_expression import Expression, Stack, share_parts, single_number
from ohmloom.errors import InvalidInput, OutOfModelRange

NGSPICE_OPTIONS: Final[Mapping[str, str | float]] = MappingProxyType(
    {
        "reltol": 1e-6,
        "trtol": 1,
        "abstol": 1e-15,
        "vntol": 1e-8,
        "chgtol": 1e-18,
        "method": "gear",
    }
)
"""Options under which ngspice and `simulate_transient` agree, with 400 steps or more in a sweep."""

_CONDUCTANCE: Final = 1e-3
"""Capacitance of a state node over the duration of the typical sweep [S]."""
_PARASITIC: Final = 1e-15
"""Capacitance that keeps an inner node from jumping, less than that of any real cell [F]."""
_LEAST_SAVING: Final = 2000
"""Characters that a node for a shared part has to save. Every node is an unknown more, which starts
at zero, so that small parts are not worth one."""
_FAR: Final = 10.0
"""Voltage beyond which the current goes on in a straight line through the origin, over the larger
amplitude of the typical sweep [1]. No device gets there, but guesses of a simulator do: ngspice
begins a repeated step where the last one failed, and finds back along a line only."""
_PULL: Final = 1e9
"""How fast a state that a long step has carried beyond a bound comes back, over the duration of
the typical sweep [1]."""
# A line that begins with a plus sign goes on with the one before.
_WRAP: Final = textwrap.TextWrapper(
    width=99, subsequent_indent="+ ", break_long_words=False, break_on_hyphens=False
)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@runtime_checkable
class ContactAndLine(Protocol):
    """What a model offers whose current is the solution of an equation.

    A contact and a line carry one current, and share the voltage in a way that has no formula.
    """

    @property
    def state_variables(self) -> tuple[StateVariable, ...]:
        """One variable: the concentration."""
        ...

    def schottky_current(
        self, schottky_voltage: Array, temperature: Array, concentration: Array
    ) -> Array:
        """Current of the contact [A]."""
        ...

    def line_current(self, drop: Array, concentration: Array) -> Array:
        """Current of the line [A]."""
        ...

    def temperature(self, voltage: Array, current: Array) -> Array:
        """Temperature of the contact [K]."""
        ...

    def concentration_rate(
        self, voltage: Array, current: Array, temperature: Array, concentration: Array
    ) -> Array:
        """How fast the concentration changes, without regard to its bounds."""
        ...


def subcircuit(
    memristor: Memristor,
    *,
    name: str,
    initial_state: Sequence[float],
    state_pins: bool = False,
) -> str:
    """The definition of a subcircuit that behaves as one device.

    Args:
        memristor: one device, its parameters numbers.
        name: of the subcircuit; letters, digits and underscores, a letter first.
        initial_state: one value for each state variable, within its bounds, in its unit.
        state_pins: whether the state nodes are pins, after plus and minus; otherwise they are
            inside, with the names `state1`, `state2` and so on.

    Returns:
        From `.subckt NAME plus minus` to `.ends`, each line at most 100 characters long.

    Raises:
        InvalidInput: a parameter is an array of more than one number, `name` cannot be a name, or
            there is not one initial value for each state variable.
        OutOfModelRange: an initial value is outside the bounds of its variable.

    >>> from ohmloom.devices.memristors.vteam import kvatinsky_2015
    >>> from ohmloom.si import nm
    >>> text = subcircuit(kvatinsky_2015(), name="cell", initial_state=(1.5 * nm,))
    >>> text.splitlines()[0]
    '.subckt cell plus minus'
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{name!r} cannot be the name of a subcircuit; use letters, digits and underscores, "
            f"a letter first"
        )
    _require_one_device(memristor, type(memristor).__name__)
    variables = memristor.state_variables
    start = _shares(variables, initial_state)

    voltage = Expression.variable("v(plus, minus)")
    nodes = [f"state{i}" for i in range(1, len(variables) + 1)]
    shares = [Expression.variable(f"v({node})") for node in nodes]
    state = Stack(tuple(map(_value, variables, shares)))
    if isinstance(memristor, ContactAndLine):
        sources, rates = _contact_and_line(memristor, voltage, state)
    else:
        drive = memristor.typical_drive
        limit = _FAR * max(drive.positive, drive.negative)
        held = voltage.clip(min=-limit, max=limit)
        beyond = (abs(voltage) / limit).clip(min=1.0)
        sources = [_Source("device", "plus minus I", memristor.current(held, state) * beyond)]
        rates = memristor.state_rate(held, state)

    capacitance = float(_CONDUCTANCE * memristor.typical_drive.period)
    pins = ["plus", "minus", *nodes] if state_pins else ["plus", "minus"]
    lines = [f".subckt {name} {' '.join(pins)}"]
    for variable, node, share, value, rate in zip(
        variables, nodes, start, state, rates, strict=True
    ):
        node_voltage = Expression.variable(f"v({node})")
        outside = node_voltage - node_voltage.clip(min=0.0, max=1.0)
        pull = outside * (_PULL / memristor.typical_drive.period)
        charging = (_share_rate(variable, value, rate) - pull) * capacitance
        sources.append(_Source(node, f"0 {node} I", charging))
        decades = ", in decades" if variable.logarithmic else ""
        lowest, highest = single_number(variable.lowest), single_number(variable.highest)
        lines += [
            f"* {node}: {variable.name}, {lowest!r} to {highest!r} {variable.unit}{decades}",
            f"C{node} {node} 0 {capacitance!r} ic={share!r}",
            f".ic v({node})={share!r}",
        ]
    if isinstance(memristor, ContactAndLine):
        lines.append(f"Cinner inner minus {_PARASITIC!r}")
    lines += _written(sources)
    return "\n".join([*lines, f".ends {name}"]) + "\n"


@dataclass(frozen=True)
class _Source:
    """A behavioural source."""

    name: str
    place: str
    """Its nodes, and V or I."""
    value: Expression


def _written(sources: Sequence[_Source]) -> Iterator[str]:
    places = {source.name: source.place for source in sources}
    formulas = {source.name: source.value.to_spice() for source in sources}
    for name, formula in share_parts(formulas, least_saving=_LEAST_SAVING).items():
        line = f"B{name} {places.get(name, f'{name} 0 V')} = {formula}"
        yield from _WRAP.wrap(line)


def _contact_and_line(
    memristor: ContactAndLine, voltage: Expression, state: Stack
) -> tuple[list[_Source], Stack]:
    """The sources between plus and minus, and the rate of the state.

    The node between contact and line is an unknown of the circuit, so that the simulator solves
    what the model solves by iteration.
    """
    (concentration,) = state
    (variable,) = memristor.state_variables
    contact = Expression.variable("v(plus, inner)")
    line = Expression.variable("v(inner, minus)")
    current = 1e-3 * Expression.variable("v(milliampere)")
    temperature = (1e3 * Expression.variable("v(kilokelvin)")).clip(min=100.0, max=1e4)
    # What is steep is continued by a straight line beyond what a contact can bear: see `_FAR`.
    held = contact.clip(min=-1.5, max=0.5)
    emitted = memristor.schottky_current(held, temperature, concentration) + (contact - held)
    through = memristor.line_current(line, concentration)
    sources = [
        _Source("contact", "plus inner I", emitted),
        _Source("line", "inner minus I", current),
        _Source("milliampere", "milliampere 0 V", through / 1e-3),
        _Source("kilokelvin", "kilokelvin 0 V", memristor.temperature(voltage, current) / 1e3),
    ]
    rate = memristor.concentration_rate(voltage, current, temperature, concentration)
    return sources, Stack((rate.stopped_at_bounds(concentration, variable),))


def _value(variable: StateVariable, share: Expression) -> Expression:
    """What a variable is, from the share of its way."""
    lowest, highest = single_number(variable.lowest), single_number(variable.highest)
    inside = share.clip(min=0.0, max=1.0)
    if variable.logarithmic:
        value = lowest * (highest / lowest) ** inside
    else:
        value = lowest + (highest - lowest) * inside
    return dataclasses.replace(value, share=share)


def _share_rate(variable: StateVariable, value: Expression, rate: Expression) -> Expression:
    """How fast the share of the way grows [1/s]."""
    lowest, highest = single_number(variable.lowest), single_number(variable.highest)
    if variable.logarithmic:
        return rate / value / math.log(highest / lowest)
    return rate / (highest - lowest)


def _shares(variables: Sequence[StateVariable], state: Sequence[float]) -> list[float]:
    if len(state) != len(variables):
        wanted = ", ".join(f"{variable.name} [{variable.unit}]" for variable in variables)
        raise InvalidInput(
            f"initial_state must hold one value for each of {wanted}, but holds {len(state)}"
        )
    shares = []
    for variable, value in zip(variables, state, strict=True):
        lowest, highest = single_number(variable.lowest), single_number(variable.highest)
        if not lowest <= value <= highest:
            raise OutOfModelRange(
                f"the initial {variable.name}, {value:.6g} {variable.unit}, is outside "
                f"{lowest:.6g}..{highest:.6g} {variable.unit}"
            )
        if variable.logarithmic:
            shares.append(math.log(value / lowest) / math.log(highest / lowest))
        else:
            shares.append((value - lowest) / (highest - lowest))
    return [float(share) for share in shares]


def _require_one_device(part: Any, path: str) -> None:
    """Raise for a parameter, of the model or of a part of it, that is an array."""
    for field in dataclasses.fields(part) if dataclasses.is_dataclass(part) else ():
        held = getattr(part, field.name)
        where = f"{path}.{field.name}"
        if dataclasses.is_dataclass(held):
            _require_one_device(held, where)
        elif np.size(held) > 1 and not isinstance(held, tuple):
            raise InvalidInput(
                f"{where} holds {np.size(held)} numbers, but a subcircuit is one device; write one "
                f"subcircuit for each"
            )
