"""Integrating column: the charge of a read pulse on a capacitor, around an amplifier.

Ideally V = G V_r t / C_f. A class-A amplifier has to pass the column's current itself, and needs a
voltage at its input for it: V_x = V_r G / (G + g_m), by which the cells see less. With 20 uS and
g_m of 50 uS that is a third of the result.

Source: nodal analysis of two capacitors; the closed form of `behave` is its exact solution.
Holds for: a linear amplifier without output resistance, offset and noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.circuit import Bench, Farad, Measure, Second, Siemens, Theory, Volt
from ohmloom.circuits.elements.controlled import VoltageControlledCurrent
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import fF, ns, pF, uS, volt

_EDGE = 1e-4


@dataclass(frozen=True, kw_only=True)
class IntegratingColumn:
    """A column, its amplifier and the capacitor that it integrates on."""

    technology: Technology
    """Of the chip around; the amplifier is a linear one."""
    conductance: Siemens
    """Of all cells of the column together [S]."""
    read_voltage: Volt
    """Of the pulse on the row [V]."""
    integration_time: Second
    """Width of the pulse [s]."""
    feedback_capacitance: Farad
    """C_f [F]."""
    column_capacitance: Farad
    """At the bit line [F]."""
    transconductance: Siemens
    """g_m of the amplifier [S]."""

    def subcircuit(self) -> Subcircuit:
        """The amplifier with its capacitor, which starts empty: ports column, out."""
        return Subcircuit(
            name="integrator",
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
                Capacitor(
                    name="f",
                    plus="out",
                    minus="column",
                    capacitance=self.feedback_capacitance,
                    initial_voltage=0.0,
                ),
            ),
        )

    def netlist(self) -> Netlist:
        """The column under one pulse, from empty capacitors."""
        edge = _EDGE * self.integration_time
        pulse = Pulse(
            low=0.0,
            high=self.read_voltage,
            delay=0.0,
            rise=edge,
            fall=edge,
            width=self.integration_time,
        )
        return Netlist(
            title="integrating column",
            elements=(
                VoltageSource(name="read", plus="row", minus=GROUND, voltage=pulse),
                Resistor(
                    name="cells", plus="row", minus="column", resistance=1.0 / self.conductance
                ),
                Capacitor(
                    name="column",
                    plus="column",
                    minus=GROUND,
                    capacitance=self.column_capacitance,
                    initial_voltage=0.0,
                ),
                Instance(name="integrator", nodes=("column", "out"), subcircuit="integrator"),
            ),
            definitions=(self.subcircuit(),),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One pulse."""
        return {"pulse": self._pulse}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The voltage of the capacitor at the end of the pulse, and what it is short of."""
        exact, ideal = self.integrated(self.integration_time), self._ideal()
        return {
            "integrated_voltage": Theory(value=exact, tolerance=2e-3),
            "integration_error": Theory(value=1.0 - exact / ideal, tolerance=5e-3),
        }

    def integrated(self, duration: float) -> float:
        """Voltage of the integration capacitor after a pulse of a duration [V].

        The amplifier drives node out, which only C_f loads: C_f dV_f/dt = g_m V_x, where V_f is the
        voltage of the column against the output.
        """
        g, m = self.conductance, self.transconductance
        column, feedback = self.column_capacitance, self.feedback_capacitance
        # dV_x/dt = (G (V_r - V_x) - g_m V_x) / C_col, dV_f/dt = g_m V_x / C_f.
        matrix = np.zeros((3, 3))
        matrix[0] = [-(g + m) / column, 0.0, g * self.read_voltage / column]
        matrix[1, 0] = m / feedback
        state = linalg.expm(matrix * duration) @ np.array([0.0, 0.0, 1.0])
        return float(state[1])

    def _ideal(self) -> float:
        charge = self.conductance * self.read_voltage * self.integration_time
        return charge / self.feedback_capacitance

    def _pulse(self) -> Bench:
        end, ideal = self.integration_time, self._ideal()

        def integrated(waves: Waveforms) -> float:
            held = waves.real("column") - waves.real("out")
            return float(np.interp(end, waves.time, held))

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=1.2 * end, step=end / 1000, from_operating_point=False),
            options={"reltol": 1e-6, "chgtol": 1e-19},
            shown=("row", "column", "out"),
            measures={
                "integrated_voltage": Measure(
                    unit="V", meaning="on the capacitor at the end of the pulse", of=integrated
                ),
                "integration_error": Measure(
                    unit="1",
                    meaning="what it is short of, over the ideal one",
                    of=lambda waves: 1.0 - integrated(waves) / ideal,
                ),
            },
        )


def integrating_column(technology: Technology | None = None) -> IntegratingColumn:
    """A column of 20 uS under 0.1 V for 100 ns, into 1 pF, by an amplifier of 50 uS.

    Args:
        technology: the generic one where None.
    """
    return IntegratingColumn(
        technology=technology or generic(),
        conductance=20 * uS,
        read_voltage=0.1 * volt,
        integration_time=100 * ns,
        feedback_capacitance=1 * pF,
        column_capacitance=100 * fF,
        transconductance=50 * uS,
    )
