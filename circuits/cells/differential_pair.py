"""2T2R: a signed weight as the difference of two conductances, w = G+ - G-.

Source: the arrangement is the common one of differential cells, as in W. Wan et al., "A
compute-in-memory chip based on resistive random-access memory", Nature 608, 504-512 (2022).
Holds for: reading, with the states of the memristors frozen into conductances.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.cells.one_transistor import access_cell
from ohmloom.circuits.circuit import Bench, Measure, Metre, Siemens, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.si import um, uS, volt


@dataclass(frozen=True, kw_only=True)
class DifferentialPairCell:
    """Two memristors with a transistor each, on one word line and two bit lines."""

    technology: Technology
    """Of the access transistors."""
    positive_conductance: Siemens
    """G+ [S]."""
    negative_conductance: Siemens
    """G- [S]."""
    word_line_voltage: Volt
    """Of the row [V]."""
    read_voltage: Volt
    """Of both bit lines [V]."""
    width: Metre
    """Of each channel [m]."""
    length: Metre
    """Of each channel [m]."""

    def netlist(self) -> Netlist:
        """The cell, read into two ammeters."""
        sides = {"p": self.positive_conductance, "n": self.negative_conductance}
        cells = [
            replace(
                access_cell(self.technology, conductance, self.width, self.length),
                name=f"access_cell_{side}",
            )
            for side, conductance in sides.items()
        ]
        bit_lines = [
            VoltageSource(
                name=f"bl{side}", plus=f"bl{side}", minus=GROUND, voltage=self.read_voltage
            )
            for side in sides
        ]
        instances = [
            Instance(name=side, nodes=(f"bl{side}", "wl", GROUND), subcircuit=f"access_cell_{side}")
            for side in sides
        ]
        word_line = VoltageSource(
            name="wl", plus="wl", minus=GROUND, voltage=self.word_line_voltage
        )
        return Netlist(
            title="2T2R cell",
            elements=(word_line, *bit_lines, *instances),
            definitions=(*self.technology.definitions(), *cells),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Reading."""
        return {"read": self._read}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The difference of the ideal currents; the transistors' resistance makes it less."""
        weight = self.positive_conductance - self.negative_conductance
        ideal = weight * self.read_voltage
        if ideal == 0.0:
            return {}
        return {
            "differential_current": Theory(value=ideal, tolerance=0.25),
            "weight": Theory(value=weight, tolerance=0.25),
        }

    def _read(self) -> Bench:
        def difference(positive: float, negative: float) -> float:
            return negative - positive  # the currents of the sources are negative

        return Bench(
            netlist=self.netlist(),
            analysis=OperatingPoint(),
            options={"gmin": 1e-18, "abstol": 1e-18, "reltol": 1e-6},
            shown=("i(vblp)", "i(vbln)"),
            measures={
                "differential_current": Measure(
                    unit="A",
                    meaning="of the two bit lines",
                    of=lambda waves: difference(waves.number("i(vblp)"), waves.number("i(vbln)")),
                ),
                "weight": Measure(
                    unit="S",
                    meaning="differential current over read voltage",
                    of=lambda waves: (
                        difference(waves.number("i(vblp)"), waves.number("i(vbln)"))
                        / self.read_voltage
                    ),
                ),
            },
        )


def differential_pair_cell(technology: Technology | None = None) -> DifferentialPairCell:
    """A weight of 15 uS, as 20 uS less 5 uS.

    Args:
        technology: the generic one where None.
    """
    return DifferentialPairCell(
        technology=technology or generic(),
        positive_conductance=20 * uS,
        negative_conductance=5 * uS,
        word_line_voltage=1.8 * volt,
        read_voltage=0.2 * volt,
        width=1 * um,
        length=0.18 * um,
    )
