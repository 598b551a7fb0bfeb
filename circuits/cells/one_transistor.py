"""1T1R: a memristor above an access transistor, whose gate selects and limits.

Read: the transistor's resistance is in series with the memristor, and eats a part of the voltage.
SET: the current is that which the transistor carries in saturation at the voltage of the word line,
whatever the memristor becomes; the word line is the coarse knob of programming, bit and source line
the fine ones.

| operation | word line | bit line | source line | width | yield |
|---|---|---|---|---|---|
| FORM | 1.4 to 2.0 V in 0.1 V | 2.6 to 3.1 V in 0.1 V | 0 V | 1 us | 92.7 % |
| RESET | 2.5 V | 0 V | 2.6 V | 1 us | 90.8 % |
| SET | 1.7 V | 2.4 V | 0 V | 1 us | 97.5 % |

Source: the table is that of SkyWater's ReRAM documentation (skywater-pdk-libs-sky130_fd_pr_reram),
where the access device is a 5 V transistor; the 1.8 V transistors here do not survive its voltages,
and the benches stay below.
Holds for: reading and limiting, with the memristor's state frozen into a conductance.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from ohmloom.circuits.analyses import Dc, OperatingPoint, Ramp
from ohmloom.circuits.circuit import Bench, Measure, Metre, Siemens, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.ekv import EkvTechnology
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.si import um, uS, volt


def access_cell(
    technology: Technology, conductance: float, width: float, length: float
) -> Subcircuit:
    """A memristor between bit line and transistor: ports bl, wl, sl.

    Args:
        technology: of the transistor.
        conductance: of the memristor [S].
        width: of the channel [m].
        length: of the channel [m].
    """
    return Subcircuit(
        name="access_cell",
        ports=("bl", "wl", "sl"),
        elements=(
            Resistor(name="memristor", plus="bl", minus="d", resistance=1.0 / conductance),
            technology.transistor(
                name="access",
                polarity="n",
                drain="d",
                gate="wl",
                source="sl",
                bulk=GROUND,
                width=width,
                length=length,
            ),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class OneTransistorCell:
    """A memristor, its transistor, and the voltages of an operation."""

    technology: Technology
    """Of the access transistor."""
    conductance: Siemens
    """Of the memristor when it is read [S]."""
    low_resistance_conductance: Siemens
    """Of the memristor after SET, when the transistor limits [S]."""
    word_line_voltage: Volt
    """Of a selected row [V]."""
    read_voltage: Volt
    """Of the bit line when reading [V]."""
    set_voltage: Volt
    """Of the bit line when setting [V]."""
    width: Metre
    """Of the channel [m]."""
    length: Metre
    """Of the channel [m]."""

    def subcircuit(self) -> Subcircuit:
        """Memristor and transistor, as read."""
        return access_cell(self.technology, self.conductance, self.width, self.length)

    def netlist(self) -> Netlist:
        """A selected cell and an unselected one, read."""
        return self._netlist(self.read_voltage, self.subcircuit())

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Reading; the current that the transistor lets through in a SET."""
        return {"read": self._read, "compliance": self._compliance}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Currents by a scalar equation, where the transistor is EKV's; else nothing."""
        if not isinstance(self.technology, EkvTechnology):
            return {}
        read = self._current(self.conductance, self.read_voltage, temperature)
        limit = self._current(self.low_resistance_conductance, self.set_voltage, temperature)
        return {
            "read_current": Theory(value=read, tolerance=1e-3),
            "compliance_current": Theory(value=limit, tolerance=1e-3),
        }

    def _current(self, conductance: float, bit_line: float, temperature: float) -> float:
        if not isinstance(self.technology, EkvTechnology):
            return float("nan")
        ekv = self.technology.parameters("n")

        def excess(drain: float) -> float:
            through = ekv.current(
                np.array(self.word_line_voltage),
                np.array(0.0),
                np.array(drain),
                width=self.width,
                length=self.length,
                temperature=temperature,
            )
            return float(through) - conductance * (bit_line - drain)

        drain = float(optimize.brentq(excess, 0.0, bit_line, xtol=1e-15))
        return conductance * (bit_line - drain)

    def _netlist(self, bit_line: float, cell: Subcircuit) -> Netlist:
        return Netlist(
            title="1T1R cell",
            elements=(
                VoltageSource(name="bl", plus="bl", minus=GROUND, voltage=bit_line),
                VoltageSource(name="off", plus="blu", minus=GROUND, voltage=bit_line),
                VoltageSource(name="wl", plus="wl", minus=GROUND, voltage=self.word_line_voltage),
                Instance(name="selected", nodes=("bl", "wl", GROUND), subcircuit="access_cell"),
                Instance(
                    name="unselected", nodes=("blu", GROUND, GROUND), subcircuit="access_cell"
                ),
            ),
            definitions=(*self.technology.definitions(), cell),
        )

    def _read(self) -> Bench:
        ideal = self.conductance * self.read_voltage
        return Bench(
            netlist=self.netlist(),
            analysis=OperatingPoint(),
            options={"gmin": 1e-18, "abstol": 1e-18, "reltol": 1e-6},
            shown=("bl", "xselected.d", "xunselected.d", "i(vbl)", "i(voff)"),
            measures={
                "read_current": Measure(
                    unit="A",
                    meaning="of the selected cell",
                    of=lambda waves: -waves.number("i(vbl)"),
                ),
                "read_error": Measure(
                    unit="1",
                    meaning="what the transistor takes, over the ideal current",
                    of=lambda waves: 1.0 + waves.number("i(vbl)") / ideal,
                ),
                "leakage_current": Measure(
                    unit="A",
                    meaning="of a cell whose word line is low",
                    of=lambda waves: -waves.number("i(voff)"),
                ),
            },
        )

    def _compliance(self) -> Bench:
        cell = access_cell(
            self.technology, self.low_resistance_conductance, self.width, self.length
        )
        ramp = Ramp(target="vbl", start=0.0, stop=self.set_voltage, step=self.set_voltage / 50)
        return Bench(
            netlist=self._netlist(self.set_voltage, cell),
            analysis=Dc(inner=ramp),
            options={"gmin": 1e-18, "abstol": 1e-15, "reltol": 1e-6},
            shown=("i(vbl)",),
            measures={
                "compliance_current": Measure(
                    unit="A",
                    meaning="through a cell that was SET, at the SET voltage",
                    of=lambda waves: -float(waves.real("i(vbl)")[-1]),
                ),
                "linear_limit": Measure(
                    unit="V",
                    meaning="bit line voltage at half of the compliance current",
                    of=lambda waves: float(
                        np.interp(
                            0.5 * -waves.real("i(vbl)")[-1],
                            -waves.real("i(vbl)"),
                            waves.axis.values if waves.axis is not None else np.zeros(1),
                        )
                    ),
                ),
            },
        )


def access_transistor_cell(technology: Technology | None = None) -> OneTransistorCell:
    """A cell of 50 uS behind 0.5/0.18 um, at 1.2 V on its word line.

    Args:
        technology: the generic one where None.
    """
    return OneTransistorCell(
        technology=technology or generic(),
        conductance=50 * uS,
        low_resistance_conductance=1000 * uS,
        word_line_voltage=1.2 * volt,
        read_voltage=0.2 * volt,
        set_voltage=1.8 * volt,
        width=0.5 * um,
        length=0.18 * um,
    )
