"""Transimpedance column: an amplifier holds the bit line and turns its current into a voltage.

A class-A amplifier of transconductance g_m and output resistance r_o drives the output; the
feedback resistor carries the column's current. With a finite g_m the virtual ground is off by about
I / g_m, and the cells see less than the read voltage. It settles with the column's capacitance.

Source: nodal analysis of two nodes; the closed form of `behave` is their exact solution.
Holds for: a linear amplifier; its offset, noise and slew are left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.circuit import Bench, Farad, Measure, Ohm, Siemens, Theory, Volt
from ohmloom.circuits.elements.controlled import VoltageControlledCurrent
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.settling import settling_time
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import fF, kohm, mS, uS, volt

_SETTLED = 0.01


@dataclass(frozen=True, kw_only=True)
class TransimpedanceColumn:
    """A column, its amplifier and its feedback."""

    technology: Technology
    """Of the chip around; the amplifier is a linear one."""
    conductance: Siemens
    """Of all cells of the column together [S]."""
    read_voltage: Volt
    """Over the cells [V]."""
    transconductance: Siemens
    """g_m of the amplifier [S]."""
    output_resistance: Ohm
    """r_o of the amplifier [ohm]."""
    feedback_resistance: Ohm
    """From output to bit line [ohm]."""
    column_capacitance: Farad
    """At the bit line [F]."""
    load_capacitance: Farad
    """At the output [F]."""

    def subcircuit(self) -> Subcircuit:
        """The amplifier with its feedback: ports column, out."""
        return Subcircuit(
            name="transimpedance",
            ports=("column", "out"),
            elements=(
                VoltageControlledCurrent(
                    name="m",
                    plus="out",
                    minus=GROUND,
                    control_plus="column",
                    control_minus=GROUND,
                    transconductance=self.transconductance,
                ),
                Resistor(name="o", plus="out", minus=GROUND, resistance=self.output_resistance),
                Resistor(name="f", plus="out", minus="column", resistance=self.feedback_resistance),
                Capacitor(name="load", plus="out", minus=GROUND, capacitance=self.load_capacitance),
            ),
        )

    def netlist(self) -> Netlist:
        """The column under a step of the read voltage."""
        unit = self._slowest()
        step = Pulse(
            low=0.0,
            high=self.read_voltage,
            delay=unit,
            rise=1e-3 * unit,
            fall=1e-3 * unit,
            width=1e3 * unit,
        )
        return Netlist(
            title="transimpedance column",
            elements=(
                VoltageSource(name="read", plus="row", minus=GROUND, voltage=step),
                Resistor(
                    name="cells", plus="row", minus="column", resistance=1.0 / self.conductance
                ),
                Capacitor(
                    name="column", plus="column", minus=GROUND, capacitance=self.column_capacitance
                ),
                Instance(name="amplifier", nodes=("column", "out"), subcircuit="transimpedance"),
            ),
            definitions=(self.subcircuit(),),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """A step of the read voltage."""
        return {"step": self._step}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The exact solution of the two nodes."""
        column, out = self._steady()
        ideal = -self.conductance * self.read_voltage * self.feedback_resistance
        return {
            "output_voltage": Theory(value=out, tolerance=2e-3),
            "virtual_ground_error": Theory(value=column, tolerance=5e-3),
            "gain_error": Theory(value=1.0 - out / ideal, tolerance=0.02),
            "settling_time": Theory(value=self._settling(), tolerance=0.05),
        }

    def _matrix(self) -> FloatArray:
        """Conductances between column and output, shape (2, 2) [S]."""
        g, f = self.conductance, 1.0 / self.feedback_resistance
        o, m = 1.0 / self.output_resistance, self.transconductance
        return np.array([[g + f, -f], [m - f, o + f]])

    def _steady(self) -> tuple[float, float]:
        drive = np.array([self.conductance * self.read_voltage, 0.0])
        column, out = np.linalg.solve(self._matrix(), drive)
        return float(column), float(out)

    def _dynamics(self) -> FloatArray:
        store = np.array([self.column_capacitance, self.load_capacitance])
        return np.asarray(-self._matrix() / store[:, None])

    def _slowest(self) -> float:
        return float(1.0 / np.abs(np.linalg.eigvals(self._dynamics()).real).min())

    def _settling(self) -> float:
        """When the output stays within a hundredth of its way."""
        moments = np.linspace(0.0, 20.0 * self._slowest(), 20_001)
        rates, modes = np.linalg.eig(self._dynamics())
        start = np.linalg.solve(modes, -np.array(self._steady(), dtype=complex))
        out = (modes[1] * start * np.exp(np.outer(moments, rates))).sum(axis=1).real
        final = self._steady()[1]
        return settling_time(moments, final + out, tolerance=_SETTLED * abs(final), final=final)

    def _step(self) -> Bench:
        unit = self._slowest()
        ideal = -self.conductance * self.read_voltage * self.feedback_resistance

        def settled(waves: Waveforms) -> float:
            out = waves.real("out")
            return settling_time(
                waves.time, out, tolerance=_SETTLED * abs(float(out[-1])), start=unit
            )

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=15.0 * unit, step=unit / 100),
            options={"reltol": 1e-6},
            shown=("row", "column", "out"),
            measures={
                "output_voltage": Measure(
                    unit="V", meaning="settled", of=lambda waves: float(waves.real("out")[-1])
                ),
                "virtual_ground_error": Measure(
                    unit="V",
                    meaning="bit line against ground, settled",
                    of=lambda waves: float(waves.real("column")[-1]),
                ),
                "gain_error": Measure(
                    unit="1",
                    meaning="what the output is short of, over the ideal one",
                    of=lambda waves: 1.0 - float(waves.real("out")[-1]) / ideal,
                ),
                "settling_time": Measure(
                    unit="s", meaning="of the output, to within 1 %", of=settled
                ),
            },
        )


def transimpedance_column(technology: Technology | None = None) -> TransimpedanceColumn:
    """A column of 100 uS read at 0.1 V into 20 kohm, by an amplifier of 2 mS.

    Args:
        technology: the generic one where None.
    """
    return TransimpedanceColumn(
        technology=technology or generic(),
        conductance=100 * uS,
        read_voltage=0.1 * volt,
        transconductance=2 * mS,
        output_resistance=100 * kohm,
        feedback_resistance=20 * kohm,
        column_capacitance=200 * fF,
        load_capacitance=50 * fF,
    )
