"""Netlist: the elements of a circuit and the nodes that join them.

A netlist is data. It becomes text for a SPICE simulator (`to_spice`), and
`ohmloom.circuits.ngspice.simulate` runs it. Names of elements and nodes are compared without regard
to case, as SPICE does. Node "0" is ground.

Names of things inside subcircuits are SPICE's own, in lower case: node `vmem` of instance `neuron`
is "xneuron.vmem", its transistor `l3` is "xneuron.ml3".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from ohmloom.circuits.elements.element import GROUND, Element, Value, number, spice_name
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.model_card import ModelCard
from ohmloom.circuits.elements.semiconductors import Transistor, as_transistor
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Subcircuit:
    """A part of a circuit with ports, to be put to use by instances."""

    name: str
    """What instances call it."""
    ports: tuple[str, ...]
    """Its nodes that the outside reaches, in the order of an instance's nodes."""
    elements: tuple[Element, ...]
    """In the order of the text."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Parameters with their values where an instance says nothing."""

    def spice_text(self) -> str:
        """From `.subckt` to `.ends`."""
        return "\n".join(line for line, _ in self.lines_with_elements())

    def lines_with_elements(self) -> Iterator[tuple[str, Element | None]]:
        """Each line of the text, with the element that it describes, None for the others."""
        parameters = "".join(f" {name}={number(value)}" for name, value in self.parameters.items())
        yield f".subckt {self.name} {' '.join(self.ports)}{parameters}", None
        for element in self.elements:
            yield element.spice_line(), element
        yield f".ends {self.name}", None


@dataclass(frozen=True, kw_only=True)
class TextSubcircuit:
    """A subcircuit of which only the text is known, such as a memristor's formulas."""

    name: str
    """What instances call it."""
    ports: tuple[str, ...]
    """Its nodes that the outside reaches."""
    text: str
    """From `.subckt` to `.ends`."""

    def spice_text(self) -> str:
        """The text."""
        return self.text.rstrip("\n")


@dataclass(frozen=True, kw_only=True)
class Library:
    """A file of models that the simulator reads, one section of it or all."""

    path: Path
    """Of the file."""
    section: str | None = None
    """Section of a `.lib` file, None to include the whole file."""
    compatibility: str | None = None
    """Dialect that the file is written in, ngspice's `ngbehavior`, such as "hsa"."""
    subcircuits: tuple[str, ...] = ()
    """Those of its subcircuits that are used, so that their names are known."""
    models: tuple[str, ...] = ()
    """Those of its models that are used."""

    def spice_text(self) -> str:
        """The line that reads it."""
        if self.section is None:
            return f'.include "{self.path}"'
        return f'.lib "{self.path}" {self.section}'


Definition: TypeAlias = Subcircuit | TextSubcircuit | ModelCard | Library
"""What elements refer to by name."""


@dataclass(frozen=True, kw_only=True)
class Netlist:
    """A circuit.

    Raises:
        InvalidInput: no elements, two elements of one name, no element at ground, a node that only
            one connection touches, or a model or subcircuit that nothing defines.

    >>> from ohmloom.circuits.elements.passive import Resistor
    >>> from ohmloom.circuits.elements.sources import VoltageSource
    >>> divider = Netlist(
    ...     title="divider",
    ...     elements=(
    ...         VoltageSource(name="supply", plus="top", minus=GROUND, voltage=1.0),
    ...         Resistor(name="upper", plus="top", minus="middle", resistance=1e3),
    ...         Resistor(name="lower", plus="middle", minus=GROUND, resistance=1e3),
    ...     ),
    ... )
    >>> print(divider.to_spice())
    * divider
    Vsupply top 0 DC 1.0
    Rupper top middle 1000.0
    Rlower middle 0 1000.0
    .end
    """

    title: str
    """One line for people."""
    elements: tuple[Element, ...]
    """In the order of the text."""
    definitions: tuple[Definition, ...] = ()
    """Subcircuits, model cards and libraries."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Parameters that formulas refer to: `.param` of SPICE."""
    initial_voltages: Mapping[str, float] = field(default_factory=dict)
    """Node voltages that a transient without an operating point starts from [V]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", tuple(self.elements))
        object.__setattr__(self, "definitions", tuple(self.definitions))
        object.__setattr__(self, "parameters", dict(self.parameters))
        object.__setattr__(self, "initial_voltages", dict(self.initial_voltages))
        if "\n" in self.title or "\r" in self.title:
            raise InvalidInput(f"the title {self.title!r} must be one line")
        if not self.elements:
            raise InvalidInput(f"netlist {self.title!r} has no elements; add at least two")
        seen: set[str] = set()
        for element in self.elements:
            name = spice_name(element).lower()
            if name in seen:
                raise InvalidInput(
                    f"netlist {self.title!r} has two elements named {element.name!r} (SPICE does "
                    f"not tell capitals apart); rename one ({element.origin})"
                )
            seen.add(name)
        self._check_nodes()
        self._check_references()

    def _check_nodes(self) -> None:
        touched_by = _touches(self.elements, self.subcircuits)
        if GROUND not in touched_by:
            raise InvalidInput(
                f"netlist {self.title!r} has no ground; name the node that voltages refer to "
                f"{GROUND!r}"
            )
        _check_floating(touched_by, f"netlist {self.title!r}")
        for each in self.subcircuits.values():
            inside = _touches(each.elements, self.subcircuits)
            for port in each.ports:
                # What is outside touches a port as well; one that nothing inside touches is unused.
                inside.setdefault(port.lower(), []).extend(each.elements[:2])
            _check_floating(inside, f"subcircuit {each.name!r}")

    def _check_references(self) -> None:
        """Models, subcircuits and controlling sources exist, and ports are as many as nodes."""
        known = _Known(self.definitions)
        levels = [(self.elements, f"netlist {self.title!r}")]
        levels += [
            (each.elements, f"subcircuit {each.name!r}") for each in self.subcircuits.values()
        ]
        for elements, where in levels:
            sources = {each.name.lower() for each in elements if each.letter == "V"}
            for element in elements:
                known.check(element, where)
                control = getattr(element, "control", None)
                if control is not None and control.lower() not in sources:
                    near = get_close_matches(control.lower(), sources, n=3)
                    raise InvalidInput(
                        f"{spice_name(element)} of {where} is controlled by voltage source "
                        f"{control!r}, which is not there; "
                        f"{'did you mean' if near else 'there are'} "
                        f"{', '.join(near or sources) or 'none'} ({element.origin})"
                    )

    def with_parts(
        self, elements: tuple[Element, ...], definitions: tuple[Definition, ...]
    ) -> "Netlist":
        """The same circuit with parts that differ in numbers only, which are not checked again."""
        made = object.__new__(Netlist)
        made.__dict__.update(self.__dict__)
        made.__dict__.update(elements=elements, definitions=definitions)
        return made

    @property
    def subcircuits(self) -> Mapping[str, Subcircuit]:
        """The subcircuits whose elements are known, by lower-case name."""
        return {
            each.name.lower(): each for each in self.definitions if isinstance(each, Subcircuit)
        }

    def transistors(self) -> Iterator[tuple[str, Transistor]]:
        """Every transistor with its path, such as "xneuron.ml3", in the order of the text.

        Those of the netlist's own level come with their own name, such as "mbias".
        """
        yield from _transistors(self.elements, self.subcircuits, prefix="")

    def to_spice(self) -> str:
        """The text that a SPICE simulator reads; the first line is the title."""
        return "\n".join(line for line, _ in self.lines_with_elements()) + "\n"

    def lines_with_elements(self) -> Iterator[tuple[str, Element | None]]:
        """Each line of the text, with the element that it describes, None for the others."""
        yield f"* {self.title}", None
        for name, value in self.parameters.items():
            yield f".param {name}={number(value)}", None
        for definition in self.definitions:
            if isinstance(definition, Subcircuit):
                yield from definition.lines_with_elements()
            else:
                for line in definition.spice_text().split("\n"):
                    yield line, None
        for element in self.elements:
            yield element.spice_line(), element
        for node, voltage in self.initial_voltages.items():
            yield f".ic v({node})={float(voltage)!r}", None
        yield ".end", None


class _Known:
    """What definitions define, by name."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.models: set[str] = set()
        self.ports: dict[str, int | None] = {}
        # A file of which nobody said what it holds may hold anything.
        self.anything = False
        for each in definitions:
            if isinstance(each, ModelCard):
                # "nshort.1" and the like are bins of one model.
                self.models |= {each.name.lower(), each.name.lower().partition(".")[0]}
            elif isinstance(each, Library):
                self.models |= {name.lower() for name in each.models}
                self.models |= {name.lower().partition(".")[0] for name in each.models}
                self.ports |= dict.fromkeys((name.lower() for name in each.subcircuits), None)
                self.anything |= not each.models and not each.subcircuits
            else:
                self.ports[each.name.lower()] = len(each.ports)

    def check(self, element: Element, where: str) -> None:
        """Raise `InvalidInput` for a model or subcircuit that nothing defines."""
        if isinstance(element, Instance):
            name, kind, known = element.subcircuit, "subcircuit", set(self.ports)
        elif element.letter == "X":
            name, kind, known = getattr(element, "model", ""), "subcircuit", set(self.ports)
        elif hasattr(element, "model"):
            name, kind, known = element.model, "model", self.models
        else:
            return
        if name.lower() not in known:
            if self.anything:
                return
            near = get_close_matches(name.lower(), known, n=3)
            raise InvalidInput(
                f"{spice_name(element)} of {where} is of {kind} {name!r}, which nothing defines; "
                f"{'did you mean' if near else 'there are'} "
                f"{', '.join(sorted(near or known)) or 'none'} ({element.origin})"
            )
        ports = self.ports.get(name.lower()) if kind == "subcircuit" else None
        if ports is not None and ports != len(element.nodes):
            raise InvalidInput(
                f"{spice_name(element)} of {where} has {len(element.nodes)} nodes, but "
                f"{name!r} has {ports} ports ({element.origin})"
            )


def _touches(
    elements: Iterable[Element], subcircuits: Mapping[str, Subcircuit]
) -> dict[str, list[Element]]:
    """The elements at each node, one that touches it twice listed twice.

    An instance counts as often as the inside of its subcircuit touches the port.
    """
    touched_by: dict[str, list[Element]] = {}
    for element in elements:
        inner = (
            subcircuits.get(element.subcircuit.lower()) if isinstance(element, Instance) else None
        )
        counts = [1] * len(element.nodes)
        if isinstance(element, Instance):
            if inner is None:
                # What is inside a text is not known; it is taken to be sound.
                counts = [2] * len(element.nodes)
            else:
                inside = _touches(inner.elements, subcircuits)
                counts = [len(inside.get(port.lower(), ())) for port in inner.ports]
        for node, count in zip(element.nodes, counts, strict=False):
            touched_by.setdefault(node.lower(), []).extend([element] * count)
    return touched_by


def _check_floating(touched_by: Mapping[str, list[Element]], where: str) -> None:
    for node, touching in touched_by.items():
        if len(touching) < 2 and node != GROUND:
            lone = f"{spice_name(touching[0])} ({touching[0].origin})" if touching else "no element"
            raise InvalidInput(
                f"node {node!r} of {where} is touched only by {lone} and floats; connect it or "
                f"leave the element out"
            )


def _transistors(
    elements: tuple[Element, ...], subcircuits: Mapping[str, Subcircuit], *, prefix: str
) -> Iterator[tuple[str, Transistor]]:
    for element in elements:
        path = prefix + spice_name(element).lower()
        transistor = as_transistor(element)
        if transistor is not None:
            yield path, transistor
        elif isinstance(element, Instance) and element.subcircuit.lower() in subcircuits:
            inner = subcircuits[element.subcircuit.lower()]
            yield from _transistors(inner.elements, subcircuits, prefix=f"{path}.")
