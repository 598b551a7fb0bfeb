"""A column of 1T1R cells with its wires: how well one cell can be told apart at the far end.

All rows are on, and all cells but the farthest conduct well, which loads the wires most. The margin
is the change of the column's current when the farthest cell goes from high to low conductance, over
the change that it would be without wires and transistors.

Source: the worst case is the common one of read-margin studies of crossbars.
Holds for: at most 32 cells in ngspice, whose solver slows down with the fifth power beyond; linear
memristors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.cells.one_transistor import access_cell
from ohmloom.circuits.circuit import Bench, Count, Measure, Metre, Ohm, Siemens, Volt
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput
from ohmloom.si import ohm, um, uS, volt


@dataclass(frozen=True, kw_only=True)
class AccessColumn:
    """Cells between a bit line and a source line, driven from one end and sensed at the other."""

    technology: Technology
    """Of the access transistors."""
    cells: Count
    """1 to 32 [1]."""
    high_conductance: Siemens
    """Of a cell that conducts well [S]."""
    low_conductance: Siemens
    """Of a cell that does not [S]."""
    wire_resistance: Ohm
    """Of each segment of both lines [ohm]."""
    word_line_voltage: Volt
    """Of all rows [V]."""
    read_voltage: Volt
    """At the near end of the bit line; the source line is at ground at its near end [V]."""
    width: Metre
    """Of each channel [m]."""
    length: Metre
    """Of each channel [m]."""

    def __post_init__(self) -> None:
        if not 1 <= self.cells <= 32:
            raise InvalidInput(f"{self.cells} cells; a column in ngspice has 1 to 32")

    def netlist(self) -> Netlist:
        """Two columns, of which the farthest cells differ."""
        cells = {
            name: replace(
                access_cell(self.technology, conductance, self.width, self.length),
                name=f"{name}_cell",
            )
            for name, conductance in (
                ("high", self.high_conductance),
                ("low", self.low_conductance),
            )
        }
        columns = [self._column(name) for name in cells]
        elements: list[Element] = [
            VoltageSource(name="wl", plus="wl", minus=GROUND, voltage=self.word_line_voltage)
        ]
        for name in cells:
            elements += [
                VoltageSource(
                    name=name, plus=f"bl_{name}", minus=GROUND, voltage=self.read_voltage
                ),
                Instance(
                    name=name, nodes=(f"bl_{name}", "wl", GROUND), subcircuit=f"column_{name}"
                ),
            ]
        return Netlist(
            title="1T1R column",
            elements=tuple(elements),
            definitions=(*self.technology.definitions(), *cells.values(), *columns),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Both columns, read."""
        return {"read": self._read}

    def _column(self, farthest: str) -> Subcircuit:
        elements: list[Element] = []
        bit, source = "bl", "sl"
        for place in range(self.cells):
            last = place == self.cells - 1
            here = f"b{place}", f"s{place}"
            if self.wire_resistance > 0.0:
                elements += [
                    Resistor(
                        name=f"{line}{place}",
                        plus=start,
                        minus=end,
                        resistance=self.wire_resistance,
                    )
                    for line, start, end in (("b", bit, here[0]), ("s", source, here[1]))
                ]
                bit, source = here
            kind = farthest if last else "high"
            elements.append(
                Instance(name=f"c{place}", nodes=(bit, "wl", source), subcircuit=f"{kind}_cell")
            )
        return Subcircuit(
            name=f"column_{farthest}", ports=("bl", "wl", "sl"), elements=tuple(elements)
        )

    def _read(self) -> Bench:
        ideal = (self.high_conductance - self.low_conductance) * self.read_voltage

        def change(waves: Waveforms) -> float:
            return waves.number("i(vlow)") - waves.number("i(vhigh)")

        return Bench(
            netlist=self.netlist(),
            analysis=OperatingPoint(),
            options={"gmin": 1e-18, "abstol": 1e-18, "reltol": 1e-6},
            shown=("i(vhigh)", "i(vlow)"),
            measures={
                "read_margin": Measure(
                    unit="1",
                    meaning="change of the current by the farthest cell, over the ideal one",
                    of=lambda waves: change(waves) / ideal,
                ),
                "column_current": Measure(
                    unit="A",
                    meaning="with all cells conducting well",
                    of=lambda waves: -waves.number("i(vhigh)"),
                ),
            },
        )


def access_column(technology: Technology | None = None) -> AccessColumn:
    """Sixteen cells of 50 and 1 uS, 2.5 ohm from one to the next.

    Args:
        technology: the generic one where None.
    """
    return AccessColumn(
        technology=technology or generic(),
        cells=16,
        high_conductance=50 * uS,
        low_conductance=1 * uS,
        wire_resistance=2.5 * ohm,
        word_line_voltage=1.8 * volt,
        read_voltage=0.2 * volt,
        width=1 * um,
        length=0.18 * um,
    )
