"""Write driver: a pulse on the bit line through a p transistor, its current limited by the cell.

The driver pulls the bit line to the write voltage while its gate is low. The cell's access
transistor limits the current to what it carries in saturation at the voltage of the word line: the
compliance, by which write-verify sets the conductance. The usual order of steps raises the word
line first and the bit line second.

Source: the arrangement is the common one of 1T1R arrays; the order of steps is that of incremental
step pulse programming. Sizes are ours.
Holds for: a memristor that has become a low resistance; its switching is not part of this circuit.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.cells.one_transistor import access_cell
from ohmloom.circuits.circuit import Bench, Farad, Measure, Metre, Second, Siemens, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.circuits.measures.power import energy
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import fF, mS, ns, um, volt


@dataclass(frozen=True, kw_only=True)
class WriteDriver:
    """The driver, the bit line and the cell that is written."""

    technology: Technology
    """What its transistors are made in."""
    write_voltage: Volt
    """Supply of the driver [V]."""
    word_line_voltage: Volt
    """Gate of the access transistor: sets the compliance [V]."""
    cell_conductance: Siemens
    """Of the memristor when it has switched [S]."""
    bit_line_capacitance: Farad
    """[F]."""
    pulse_width: Second
    """[s]."""
    driver_width: Metre
    """Of the p transistor [m]."""
    access_width: Metre
    """Of the access transistor [m]."""
    length: Metre
    """Of all channels [m]."""

    def subcircuit(self) -> Subcircuit:
        """The driver: an inverter of p pull-up and a weak n that empties the line."""
        common = {"drain": "bl", "gate": "nwrite", "length": self.length}
        return Subcircuit(
            name="write_driver",
            ports=("nwrite", "bl", "vwrite"),
            elements=(
                self.technology.transistor(
                    name="up",
                    polarity="p",
                    source="vwrite",
                    bulk="vwrite",
                    width=self.driver_width,
                    **common,  # type: ignore[arg-type]
                ),
                self.technology.transistor(
                    name="down",
                    polarity="n",
                    source=GROUND,
                    bulk=GROUND,
                    width=0.25 * self.driver_width,
                    **common,  # type: ignore[arg-type]
                ),
            ),
        )

    def netlist(self) -> Netlist:
        """One write pulse."""
        edge = 0.01 * self.pulse_width
        pulse = Pulse(
            low=self.write_voltage,
            high=0.0,
            delay=0.2 * self.pulse_width,
            rise=edge,
            fall=edge,
            width=self.pulse_width,
        )
        cell = access_cell(self.technology, self.cell_conductance, self.access_width, self.length)
        return Netlist(
            title="write driver",
            elements=(
                VoltageSource(
                    name="write", plus="vwrite", minus=GROUND, voltage=self.write_voltage
                ),
                VoltageSource(name="gate", plus="nwrite", minus=GROUND, voltage=pulse),
                VoltageSource(name="wl", plus="wl", minus=GROUND, voltage=self.word_line_voltage),
                Capacitor(
                    name="bl", plus="bl", minus=GROUND, capacitance=self.bit_line_capacitance
                ),
                VoltageSource(name="sense", plus="bl", minus="cell", voltage=0.0),
                Instance(
                    name="driver", nodes=("nwrite", "bl", "vwrite"), subcircuit="write_driver"
                ),
                Instance(name="cell", nodes=("cell", "wl", GROUND), subcircuit="access_cell"),
            ),
            definitions=(*self.technology.definitions(), self.subcircuit(), cell),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One write pulse."""
        return {"pulse": self._pulse}

    def _pulse(self) -> Bench:
        begin = 0.2 * self.pulse_width
        middle = begin + 0.8 * self.pulse_width

        def late(waves: Waveforms, trace: str) -> float:
            return float(np.interp(middle, waves.time, waves.real(trace)))

        def rise(waves: Waveforms) -> float:
            found = crossings(waves.time, waves.real("bl"), 0.9 * late(waves, "bl"))
            return float(found[0] - begin) if found.size else math.nan

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=1.6 * self.pulse_width, step=self.pulse_width / 500),
            options={"reltol": 1e-4},
            shown=("nwrite", "bl", "i(vsense)"),
            measures={
                "compliance_current": Measure(
                    unit="A",
                    meaning="through the cell, late in the pulse",
                    of=lambda waves: late(waves, "i(vsense)"),
                ),
                "bit_line_voltage": Measure(
                    unit="V", meaning="late in the pulse", of=lambda waves: late(waves, "bl")
                ),
                "cell_voltage": Measure(
                    unit="V",
                    meaning="over the memristor, late in the pulse",
                    of=lambda waves: late(waves, "bl") - late(waves, "xcell.d"),
                ),
                "rise_time": Measure(
                    unit="s", meaning="from the command to 90 % on the bit line", of=rise
                ),
                "energy_per_pulse": Measure(
                    unit="J",
                    meaning="from the write supply",
                    of=lambda waves: energy(
                        waves.time, waves.real("vwrite"), -waves.real("i(vwrite)")
                    ),
                ),
            },
        )


def write_driver(technology: Technology | None = None) -> WriteDriver:
    """A pulse of 1.8 V and 100 ns into a cell of 1 mS behind 0.5/0.18 um at 1 V.

    Args:
        technology: the generic one where None.
    """
    return WriteDriver(
        technology=technology or generic(),
        write_voltage=1.8 * volt,
        word_line_voltage=1.0 * volt,
        cell_conductance=1 * mS,
        bit_line_capacitance=200 * fF,
        pulse_width=100 * ns,
        driver_width=10 * um,
        access_width=0.5 * um,
        length=0.18 * um,
    )
