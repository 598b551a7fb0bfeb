"""Nodes from which no direct current can flow to ground.

The voltage of such a node is undetermined before time begins. ngspice answers all the same: with
whatever its `gmin` makes of it, or with what an earlier run left behind. So it is asked for here.

Whatever might conduct counts as a path (a transistor that is off, a controlled current, a text of
which nothing is known), so that a circuit which is sound is never refused.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.semiconductors import as_transistor
from ohmloom.circuits.netlist import Netlist, Subcircuit

# Capacitors and independent current sources.
_NO_PATH: Final = frozenset("CI")
_TWO_ENDS: Final = frozenset("RLVEGFHBD")


def nodes_without_dc_path(netlist: Netlist) -> dict[str, Element]:
    """The nodes that are undetermined at an operating point.

    Args:
        netlist: whose initial voltages count as a path, as ngspice holds nodes there.

    Returns:
        By name, such as "xneuron.vmem", with an element that touches the node.
    """
    islands = _Islands()
    for node in netlist.initial_voltages:
        islands.join(node.lower(), GROUND)
    _connect(islands, netlist.elements, netlist.subcircuits, {}, "")
    ground = islands.of(GROUND)
    return {
        node: element for node, element in islands.touched_by.items() if islands.of(node) != ground
    }


class _Islands:
    """Nodes that are joined: disjoint sets."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self.touched_by: dict[str, Element] = {}

    def of(self, node: str) -> str:
        parents = self._parents
        while (parent := parents.get(node, node)) != node:
            # Each step shortens the way of those who come after.
            parents[node] = parents.get(parent, parent)
            node = parent
        return node

    def join(self, one: str, other: str) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._parents[one] = other


def _connect(
    islands: _Islands,
    elements: Sequence[Element],
    subcircuits: Mapping[str, Subcircuit],
    ports: Mapping[str, str],
    prefix: str,
) -> None:
    """Join what the elements of one level join.

    Args:
        islands: to join them in.
        elements: of the level.
        subcircuits: by lower-case name.
        ports: what the nodes of the level that are ports are called at the top.
        prefix: of the names of its other nodes.
    """

    def named(node: str) -> str:
        lower = node.lower()
        return ports.get(lower) or (lower if lower == GROUND else prefix + lower)

    for element in elements:
        nodes = [named(node) for node in element.nodes]
        for node in nodes:
            islands.touched_by.setdefault(node, element)
        if as_transistor(element) is not None:
            # Drain, gate, source, bulk: nothing flows through the gate.
            joined = [nodes[0], *nodes[2:]]
        elif isinstance(element, Instance):
            inner = subcircuits.get(element.subcircuit.lower())
            if inner is not None:
                outside = dict(zip((port.lower() for port in inner.ports), nodes, strict=False))
                below = f"{prefix}x{element.name.lower()}."
                _connect(islands, inner.elements, subcircuits, outside, below)
                continue
            # What is inside may refer to ground.
            joined = [*nodes, GROUND]
        elif element.letter in _NO_PATH:
            continue
        else:
            # Behind the two ends of a controlled source stand the nodes that control it.
            joined = nodes[:2] if element.letter in _TWO_ENDS else nodes
        for one, other in pairwise(joined):
            islands.join(one, other)
