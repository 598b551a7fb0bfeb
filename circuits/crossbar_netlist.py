"""A crossbar as a netlist, for a circuit simulator."""

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_wires import CrossbarWires
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist


def crossbar_netlist(
    conductance: FloatArray, wires: CrossbarWires, voltage: FloatArray, bit_voltage: FloatArray
) -> Netlist:
    """Sources, wires and cells of one array.

    Args:
        conductance: of the cells, shape (rows, columns) [S].
        wires: of the array.
        voltage: of the drivers, shape (rows,) [V].
        bit_voltage: behind the bit lines, shape (columns,) [V].

    Returns:
        With sources `drive{row}` and `out{column}`; nodes `w{row}_{column}` and `b{row}_{column}`
        at the cells, of which those that a wire without resistance joins have the name of one.
    """
    rows, columns = conductance.shape
    nodes = _Nodes()
    drawn: list[tuple[str, str, str, float]] = []

    def wire(name: str, one: str, other: str, resistance: float) -> None:
        if resistance == 0.0:
            nodes.join(one, other)
        elif np.isfinite(resistance):
            drawn.append((name, one, other, float(resistance)))

    driven = ~np.isinf(wires.word[:, [0, -1]]).all(axis=1)
    leads = ~np.isinf(wires.bit[[0, -1]]).all(axis=0)
    for row in range(rows):
        chain = [f"d{row}", *(f"w{row}_{column}" for column in range(columns)), f"d{row}"]
        for at in range(columns + 1):
            wire(f"word{row}_{at}", chain[at], chain[at + 1], wires.word[row, at])
    for column in range(columns):
        chain = [f"o{column}", *(f"b{row}_{column}" for row in range(rows)), f"o{column}"]
        for at in range(rows + 1):
            # Segment `row` leads from that row downwards; the one above all is named top.
            name = f"bit{at - 1}_{column}" if at > 0 else f"top{column}"
            wire(name, chain[at], chain[at + 1], wires.bit[at, column])
    for row, column in np.argwhere(conductance > 0.0):
        drawn.append(
            (f"cell{row}_{column}", f"w{row}_{column}", f"b{row}_{column}",
             float(1.0 / conductance[row, column]))
        )  # fmt: skip

    elements: list[Element] = [
        VoltageSource(name=f"drive{row}", plus=f"d{row}", minus=GROUND, voltage=float(voltage[row]))
        for row in np.flatnonzero(driven)
    ]
    elements += [
        VoltageSource(
            name=f"out{column}", plus=f"o{column}", minus=GROUND, voltage=float(bit_voltage[column])
        )
        for column in np.flatnonzero(leads)
    ]
    for name, one, other, resistance in drawn:
        plus, minus = nodes.name(one), nodes.name(other)
        if plus != minus:
            elements.append(Resistor(name=name, plus=plus, minus=minus, resistance=resistance))
    return Netlist(
        title=f"crossbar, {rows} rows, {columns} columns", elements=_without_dead_ends(elements)
    )


class _Nodes:
    """Names of nodes, of which some are the same node."""

    def __init__(self) -> None:
        self._same: dict[str, str] = {}

    def name(self, node: str) -> str:
        while node in self._same:
            node = self._same[node]
        return node

    def join(self, one: str, other: str) -> None:
        first, second = self.name(one), self.name(other)
        if first == second:
            return
        # The end of a line gives its name.
        if second[0] in "do":
            first, second = second, first
        self._same[second] = first


def _without_dead_ends(elements: list[Element]) -> tuple[Element, ...]:
    """Drop, again and again, what hangs on a node that nothing else touches."""
    touching: dict[str, list[int]] = {}
    for index, element in enumerate(elements):
        for node in element.nodes:
            touching.setdefault(node, []).append(index)
    ends = [node for node, at in touching.items() if len(at) == 1 and node != GROUND]
    dropped: set[int] = set()
    while ends:
        for index in touching[ends.pop()]:
            if index in dropped:
                continue
            dropped.add(index)
            for node in elements[index].nodes:
                left = [at for at in touching[node] if at not in dropped]
                if len(left) == 1 and node != GROUND:
                    ends.append(node)
    return tuple(element for index, element in enumerate(elements) if index not in dropped)
