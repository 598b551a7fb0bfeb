"""DPI synapse: each spike adds to a current that decays exponentially.

While the input is high, a current I_w is split by a differential pair: the half of `in` charges the
capacitor between supply and `vsyn`, the half of `thr` goes to the supply. The p transistor `tau`
takes the charge away at a constant current, so that the output current, which goes with the
exponential of the capacitor's voltage, is a first-order low-pass of the input:

    tau dI/dt + I = (I_gain / I_tau) I_w
    tau = C n U_T / I_tau,  I_gain = I_0 exp((V_dd - V_thr) / (n U_T))

as long as I is well above I_gain.

Source: C. Bartolozzi and G. Indiveri, "Synaptic dynamics in analog VLSI", Neural Computation 19,
2581-2603 (2007). Sizes and biases are ours.
Holds for: transistors below threshold, V_thr within 1.4 to 1.6 V at a supply of 1.8 V; farther
below the supply it has no effect.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import Ampere, Bench, Farad, Measure, Metre, Second, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.settling import settling_time
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import ms, pA, pF, um, us, volt

PORTS = ("spike", "out", "vw", "vthr", "vtau", "vdd")
"""Of the subcircuit: input, current into a node below, three biases, supply."""
_TRANSISTORS = (
    ("pre", "s1", "spike", GROUND, "n", 1.0, 0.5),
    ("w", "t", "vw", "s1", "n", 1.0, 2.0),
    ("thr", "vdd", "vthr", "t", "n", 2.0, 1.0),
    ("in", "vsyn", "vsyn", "t", "n", 2.0, 1.0),
    ("tau", "vsyn", "vtau", "vdd", "p", 2.0, 2.0),
    ("syn", "out", "vsyn", "vdd", "p", 2.0, 2.0),
)


@dataclass(frozen=True, kw_only=True)
class DpiSynapse:
    """The synapse, its biases, and the pulse that drives it."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    weight_current: Ampere
    """Bias I_w, 1/2 um: what flows while the input is high [A]."""
    leak_current: Ampere
    """Bias I_tau, 2/2 um [A]."""
    threshold_voltage: Volt
    """Gate V_thr of the pair's other half [V]."""
    capacitance: Farad
    """Between supply and the inner node [F]."""
    pulse_width: Second
    """How long the input is high [s]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def subcircuit(self) -> Subcircuit:
        """Six transistors and a capacitor."""
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        store = Capacitor(name="syn", plus="vdd", minus="vsyn", capacitance=self.capacitance)
        return Subcircuit(name="dpi_synapse", ports=PORTS, elements=(*inside, store))

    def netlist(self) -> Netlist:
        """The synapse under one long pulse, its output into an ammeter at half the supply."""
        edge = 1 * us
        technology, unit = self.technology, self.scale
        return Netlist(
            title="DPI synapse",
            elements=(
                VoltageSource(name="dd", plus="vdd", minus=GROUND, voltage=self.supply),
                VoltageSource(
                    name="thr", plus="vthr", minus=GROUND, voltage=self.threshold_voltage
                ),
                *diode_bias(
                    technology,
                    name="w",
                    node="vw",
                    polarity="n",
                    current=self.weight_current,
                    width=unit,
                    length=2 * unit,
                ),
                *diode_bias(
                    technology,
                    name="tau",
                    node="vtau",
                    polarity="p",
                    current=self.leak_current,
                    width=2 * unit,
                    length=2 * unit,
                ),
                VoltageSource(
                    name="spike",
                    plus="spike",
                    minus=GROUND,
                    voltage=Pulse(
                        low=0.0,
                        high=self.supply,
                        delay=0.1 * self.pulse_width,
                        rise=edge,
                        fall=edge,
                        width=self.pulse_width,
                    ),
                ),
                VoltageSource(name="out", plus="out", minus=GROUND, voltage=0.5 * self.supply),
                Instance(name="synapse", nodes=PORTS, subcircuit="dpi_synapse"),
            ),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One long pulse: the current rises to its steady state and decays."""
        return {"step": self._step}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Time constant of the decay, without the gate capacitances, which add a few percent.

        The steady state I_w I_gain / I_tau is said where transistors of different size follow one
        law; from some nanoamperes on, where the output leaves weak inversion, it is less.
        """
        weak = self.technology.weak_inversion("p", temperature=temperature)
        thermal = thermal_voltage(temperature)
        tau = self.capacitance * weak.slope_factor * thermal / self.leak_current
        found = {"time_constant": Theory(value=tau, tolerance=0.1)}
        if weak.scales_with_size:
            # The pair's gates are at V_thr and vsyn; the output transistor translates vsyn with
            # the slope factor of p, the pair with that of n.
            pair = self.technology.weak_inversion("n", temperature=temperature).slope_factor
            behind = (self.supply - self.threshold_voltage) / thermal
            steady = self._steady_state(weak.leakage, weak.slope_factor, pair, behind)
            found["steady_current"] = Theory(value=steady, tolerance=0.25)
        return found

    def _steady_state(self, leakage: float, n: float, n_pair: float, behind: float) -> float:
        """Where the pair's half of I_w equals I_tau."""
        share = self.leak_current / self.weight_current
        if share >= 1.0:
            return 0.0
        # share = 1 / (1 + exp((V_thr - v_syn) / (n_pair U_T))) gives how far vsyn is below V_thr.
        below = n_pair * math.log(1.0 / share - 1.0)
        return leakage * math.exp((behind + below) / n)

    def _step(self) -> Bench:
        width = self.pulse_width
        begin, end = 0.1 * width, 1.1 * width

        def output(waves: Waveforms) -> FloatArray:
            return waves.real("i(vout)")

        def steady(waves: Waveforms) -> float:
            before = (waves.time > end - 0.05 * width) & (waves.time < end)
            return float(output(waves)[before].mean())

        def decay(waves: Waveforms) -> float:
            # Between a third of an estimate of tau after the end and two of them.
            tau = self.capacitance * 1.2 * 0.0259 / self.leak_current
            stretch = {"start": end + 0.33 * tau, "stop": end + 1.93 * tau, "final": 0.0}
            return time_constant(waves.time, output(waves), **stretch)

        def rise(waves: Waveforms) -> float:
            up = waves.time < end
            tolerance = 0.05 * steady(waves)
            return settling_time(
                waves.time[up], output(waves)[up], tolerance=tolerance, start=begin
            )

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=1.9 * width, step=1.9 * width / 1000),
            options=PICOAMPERE_OPTIONS,
            shown=("spike", "xsynapse.vsyn", "i(vout)"),
            measures={
                "steady_current": Measure(
                    unit="A", meaning="output at the end of the pulse", of=steady
                ),
                "time_constant": Measure(unit="s", meaning="of the decay", of=decay),
                "settling_time": Measure(unit="s", meaning="of the rise, to within 5 %", of=rise),
            },
        )


def bartolozzi_2007(technology: Technology | None = None) -> DpiSynapse:
    """A synapse of 6.5 ms and 278 pA.

    Args:
        technology: the generic one where None.
    """
    return DpiSynapse(
        technology=technology or generic(),
        supply=1.8 * volt,
        weight_current=100 * pA,
        leak_current=5 * pA,
        threshold_voltage=1.55 * volt,
        capacitance=1 * pF,
        pulse_width=60 * ms,
        scale=1 * um,
    )
