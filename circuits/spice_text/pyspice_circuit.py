"""PySpice circuits, to and from netlists: one of two doors to PySpice.

PySpice is imported when a circuit is made for it, and not when one is read, which goes through the
text that it writes of itself. It is under the GPL-3.
"""

import logging
import warnings
from typing import Any

from ohmloom.circuits.elements.element import Element, Formula, Value
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.passive import Capacitor, Inductor, Resistor
from ohmloom.circuits.netlist import Library, Netlist, Subcircuit, TextSubcircuit
from ohmloom.circuits.spice_text.reader import parse_deck


def from_pyspice(circuit: Any) -> Netlist:
    """The netlist of a PySpice circuit.

    Args:
        circuit: a `PySpice.Spice.Netlist.Circuit`, or anything whose text is SPICE.

    Raises:
        InvalidInput: it holds what is outside the subset that netlists cover; the message has the
            line of its text.
    """
    text = str(circuit)
    title = getattr(circuit, "title", "")
    if title and text.lstrip().startswith(".title"):
        _, _, rest = text.lstrip().partition("\n")
        text = f"* {title}\n{rest}"
    return parse_deck(text, file=f"PySpice circuit {title!r}").netlist


def to_pyspice(netlist: Netlist) -> Any:
    """A PySpice circuit of a netlist.

    Resistors, capacitors, inductors and instances become PySpice's elements, which can be changed
    there; the others are lines of raw SPICE, since PySpice has no words for all that they say.

    Args:
        netlist: what to hand over.

    Returns:
        A `PySpice.Spice.Netlist.Circuit`.
    """
    with warnings.catch_warnings():
        # PySpice 1.5 holds invalid escape sequences, which Python reports when it compiles them.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        from PySpice.Spice.Netlist import Circuit, SubCircuit  # noqa: PLC0415  heavy, few need it

    # It warns of nodes that happen to be words of Python, such as "in".
    logging.getLogger("PySpice.Spice.Netlist").setLevel(logging.ERROR)
    circuit = Circuit(netlist.title)
    for name, value in netlist.parameters.items():
        circuit.parameter(name, _text(value))
    raw: list[str] = []
    for definition in netlist.definitions:
        if isinstance(definition, Subcircuit):
            parameters = {name: _text(value) for name, value in definition.parameters.items()}
            inner = SubCircuit(definition.name, *definition.ports, **parameters)
            inner.raw_spice = _fill(inner, definition.elements)
            circuit.subcircuit(inner)
        elif isinstance(definition, ModelCard):
            parameters = {
                name: value if isinstance(value, str) else _text(value)
                for name, value in definition.parameters.items()
            }
            # PySpice turns "is_" into "is", which Python would not take for a name.
            reserved = {"is": "is_"}
            named = {reserved.get(name, name): value for name, value in parameters.items()}
            circuit.model(definition.name, definition.kind, **named)
        elif isinstance(definition, Library | TextSubcircuit):
            raw.append(definition.spice_text())
    raw.append(_fill(circuit, netlist.elements))
    raw += [
        f".ic v({node})={float(voltage)!r}" for node, voltage in netlist.initial_voltages.items()
    ]
    circuit.raw_spice = "\n".join(each for each in raw if each)
    return circuit


def _fill(target: Any, elements: tuple[Element, ...]) -> str:
    """Add elements to a circuit; what it has no words for comes back as raw lines."""
    raw = []
    for element in elements:
        if isinstance(element, Resistor):
            target.R(element.name, element.plus, element.minus, _text(element.resistance))
        elif isinstance(element, Capacitor) and element.initial_voltage is None:
            target.C(element.name, element.plus, element.minus, _text(element.capacitance))
        elif isinstance(element, Inductor) and element.initial_current is None:
            target.L(element.name, element.plus, element.minus, _text(element.inductance))
        elif isinstance(element, Instance):
            parameters = {name: _text(value) for name, value in element.parameters.items()}
            target.X(element.name, element.subcircuit, *element.nodes, **parameters)
        else:
            raw.append(element.spice_line())
    return "\n".join(raw)


def _text(value: Value) -> str:
    return str(value) if isinstance(value, Formula) else repr(float(value))
