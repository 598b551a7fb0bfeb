"""Instances of subcircuits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ohmloom.circuits.elements.element import (
    Adjustable,
    Value,
    calling_line,
    check_names,
    settings,
)


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A subcircuit put to use: X of SPICE.

    >>> Instance(name="neuron", nodes=("in", "vdd"), subcircuit="dpi").spice_line()
    'Xneuron in vdd dpi'
    """

    letter: ClassVar[str] = "X"
    name: str
    """Without the leading X of SPICE."""
    nodes: tuple[str, ...]
    """One for each port of the subcircuit, in its order."""
    subcircuit: str
    """Name of the subcircuit."""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    """Parameters of the subcircuit that differ here from what it says by itself."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", tuple(self.nodes))
        object.__setattr__(self, "parameters", dict(self.parameters))
        check_names(self)

    def spice_line(self) -> str:
        """The line that describes it."""
        nodes = " ".join(self.nodes)
        return f"X{self.name} {nodes} {self.subcircuit}{settings(tuple(self.parameters.items()))}"

    def adjustable(self) -> tuple[Adjustable, ...]:
        """Nothing: a parameter works through formulas that are worked out when it is read."""
        return ()
