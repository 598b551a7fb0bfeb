"""1S1R: a memristor in series with a selector, which lets little through at half the voltage.

The selector is an antiparallel pair of exponentials, I = I_s sinh(V / V_s).

Source: the law is the common one for threshold-less bidirectional selectors; G. W. Burr et al.,
"Access devices for 3D crosspoint memory", Journal of Vacuum Science & Technology B 32, 040802
(2014). Numbers are ours.
Holds for: reading, with the memristor's state frozen into a conductance.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scipy import optimize

from ohmloom.circuits.analyses import Dc, Ramp
from ohmloom.circuits.circuit import Ampere, Bench, Measure, Siemens, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import BehaviouralCurrent, VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import mV, pA, uS, volt


@dataclass(frozen=True, kw_only=True)
class SelectorCell:
    """A conductance, its selector, and the voltage that selects it."""

    technology: Technology
    """Of the chip around; the cell itself has no transistor."""
    conductance: Siemens
    """Of the memristor [S]."""
    selector_current: Ampere
    """I_s [A]."""
    selector_voltage: Volt
    """V_s [V]."""
    voltage: Volt
    """Over the selected cell; half of it over a half-selected one [V]."""

    def subcircuit(self) -> Subcircuit:
        """Selector above memristor."""
        formula = f"{self.selector_current!r}*sinh(v(top,middle)/{self.selector_voltage!r})"
        return Subcircuit(
            name="selector_cell",
            ports=("top", "bottom"),
            elements=(
                BehaviouralCurrent(name="selector", plus="top", minus="middle", formula=formula),
                Resistor(
                    name="memristor",
                    plus="middle",
                    minus="bottom",
                    resistance=1.0 / self.conductance,
                ),
            ),
        )

    def netlist(self) -> Netlist:
        """The cell under a voltage."""
        return Netlist(
            title="1S1R cell",
            elements=(
                VoltageSource(name="drive", plus="top", minus=GROUND, voltage=self.voltage),
                Instance(name="cell", nodes=("top", GROUND), subcircuit="selector_cell"),
            ),
            definitions=(self.subcircuit(),),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """The current over the voltage."""
        return {"sweep": self._sweep}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The currents by a scalar equation."""
        full, half = self.current(self.voltage), self.current(0.5 * self.voltage)
        return {
            "read_current": Theory(value=full, tolerance=1e-3),
            "half_selected_current": Theory(value=half, tolerance=1e-3),
            "nonlinearity": Theory(value=full / half, tolerance=2e-3),
        }

    def current(self, voltage: float) -> float:
        """Through the cell at a voltage over it [A]."""

        def excess(current: float) -> float:
            over_selector = self.selector_voltage * math.asinh(current / self.selector_current)
            return over_selector + current / self.conductance - voltage

        limit = abs(voltage) * self.conductance
        return float(optimize.brentq(excess, -limit, limit, xtol=1e-24, rtol=1e-13))

    def _sweep(self) -> Bench:
        def at(waves: Waveforms, place: int) -> float:
            return -float(waves.real("i(vdrive)")[place])

        ramp = Ramp(target="vdrive", start=0.0, stop=self.voltage, step=self.voltage / 100)
        return Bench(
            netlist=self.netlist(),
            analysis=Dc(inner=ramp),
            options={"gmin": 1e-18, "abstol": 1e-18, "reltol": 1e-6},
            shown=("i(vdrive)",),
            measures={
                "read_current": Measure(
                    unit="A", meaning="at the whole voltage", of=lambda waves: at(waves, 100)
                ),
                "half_selected_current": Measure(
                    unit="A", meaning="at half the voltage", of=lambda waves: at(waves, 50)
                ),
                "nonlinearity": Measure(
                    unit="1",
                    meaning="current at the whole voltage over that at half",
                    of=lambda waves: at(waves, 100) / at(waves, 50),
                ),
            },
        )


def selector_cell(technology: Technology | None = None) -> SelectorCell:
    """A cell of 50 uS with a selector of 40 mV, at 1 V.

    Args:
        technology: the generic one where None.
    """
    return SelectorCell(
        technology=technology or generic(),
        conductance=50 * uS,
        selector_current=1 * pA,
        selector_voltage=40 * mV,
        voltage=1 * volt,
    )
