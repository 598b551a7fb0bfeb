"""Plastic synapse: an exponential window of spike times, and two stable weights.

A presynaptic spike pulls the node `vpot` to a rail near the threshold of a p transistor; a constant
current brings it back to the supply in a straight line, so that the current of that transistor
decays exponentially. A postsynaptic spike lets it flow onto the weight capacitor: potentiation. The
mirror image, with `vdep` and n transistors, takes charge away when a presynaptic spike follows a
postsynaptic one: depression. For a pair that is Delta t apart, pulses of t_p,

    dV_w = +- (I_p tau / C_w) (1 - exp(-t_p / tau)) exp(-(Delta t - t_p) / tau)
    tau = C_p n U_T / I_leak

Slowly, an amplifier whose output is its own input drives the weight to its high or low rail,
whichever side of a threshold it is on.

Source: G. Indiveri, E. Chicca, R. Douglas, "A VLSI array of low-power spiking neurons and bistable
synapses with spike-timing dependent plasticity", IEEE Transactions on Neural Networks 17, 211-221
(2006). The arrangement of the halves follows it; rails in place of limiters, sizes and biases are
ours.
Holds for: intervals from the pulse width to some tau, until leakage and the drift take over.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import Ampere, Bench, Farad, Measure, Metre, Second, Theory, Volt
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS, simulate
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, silent
from ohmloom.si import fF, ms, mV, pA, pF, um, us, volt

if TYPE_CHECKING:
    import pandas as pd

PORTS = (
    *("pre", "post", "vw", "vpl", "vdl", "vtp", "vtd"),
    *("vb", "vthw", "vhigh", "vlow", "vdd"),
)
"""Spikes, weight, rails of the two traces, their leaks, tail and threshold of the bistability, its
rails, supply."""
_TRANSISTORS = (
    # Inverted spikes.
    ("ip", "preb", "pre", "vdd", "p", 2.0, 0.5),
    ("in", "preb", "pre", GROUND, "n", 1.0, 0.5),
    ("jp", "postb", "post", "vdd", "p", 2.0, 0.5),
    ("jn", "postb", "post", GROUND, "n", 1.0, 0.5),
    # Potentiation: switch to the rail, leak to the supply, stack onto the weight.
    ("p1", "vpot", "preb", "vpl", "p", 1.0, 0.5),
    ("p2", "vpot", "vtp", "vdd", "p", 2.0, 4.0),
    ("p3", "ps", "postb", "vdd", "p", 2.0, 0.5),
    ("p4", "vw", "vpot", "ps", "p", 1.0, 1.0),
    # Depression: its mirror image.
    ("d1", "vdep", "post", "vdl", "n", 1.0, 0.5),
    ("d2", "vdep", "vtd", GROUND, "n", 2.0, 4.0),
    ("d3", "ds", "pre", GROUND, "n", 2.0, 0.5),
    ("d4", "vw", "vdep", "ds", "n", 1.0, 1.0),
    # Bistability.
    ("b1", "bx", "vw", "bt", "n", 1.0, 4.0),
    ("b2", "vw", "vthw", "bt", "n", 1.0, 4.0),
    ("b3", "bx", "bx", "vhigh", "p", 1.0, 4.0),
    ("b4", "vw", "bx", "vhigh", "p", 1.0, 4.0),
    ("b5", "bt", "vb", "vlow", "n", 1.0, 4.0),
)


@dataclass(frozen=True, kw_only=True)
class StdpSynapse:
    """The synapse, its biases and the pair of spikes that it sees."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    potentiation_drive: Volt
    """Gate-source voltage, as a magnitude, that a presynaptic spike leaves behind [V]."""
    depression_drive: Volt
    """The same of a postsynaptic spike [V]."""
    potentiation_leak: Ampere
    """Bias that restores `vpot`, 2/4 um [A]."""
    depression_leak: Ampere
    """Bias that restores `vdep`, 2/4 um [A]."""
    trace_capacitance: Farad
    """At each of the two traces [F]."""
    weight_capacitance: Farad
    """C_w [F]."""
    bistable_current: Ampere
    """Bias that drives the weight to its rails, 1/4 um [A]."""
    weight_threshold: Volt
    """Above it the weight rises, below it falls [V]."""
    weight_high: Volt
    """Upper rail of the weight [V]."""
    weight_low: Volt
    """Lower rail of the weight [V]."""
    initial_weight: Volt
    """Where a pair of spikes meets it [V]."""
    pulse_width: Second
    """Of each spike [s]."""
    pair_delay: Second
    """From the presynaptic spike to the postsynaptic one; negative for the other order [s]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def __post_init__(self) -> None:
        if abs(self.pair_delay) < self.pulse_width:
            raise InvalidInput(
                f"the spikes are {abs(self.pair_delay)} s apart, less than their width of "
                f"{self.pulse_width} s"
            )

    def subcircuit(self) -> Subcircuit:
        """Seventeen transistors and three capacitors."""
        capacitors = (
            Capacitor(name="pot", plus="vdd", minus="vpot", capacitance=self.trace_capacitance),
            Capacitor(name="dep", plus="vdep", minus=GROUND, capacitance=self.trace_capacitance),
            Capacitor(name="w", plus="vw", minus=GROUND, capacitance=self.weight_capacitance),
        )
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        return Subcircuit(name="stdp_synapse", ports=PORTS, elements=(*inside, *capacitors))

    def netlist(self) -> Netlist:
        """The synapse under one pair of spikes."""
        first = self._first_spike()
        pre, post = (
            (first, first + self.pair_delay)
            if self.pair_delay > 0
            else (
                first - self.pair_delay,
                first,
            )
        )
        return self._netlist(pre, post, self.initial_weight)

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """A pair of spikes; the drift from just above and just below the threshold."""
        return {"pair": self._pair, "rising": self._rising, "falling": self._falling}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Change of the weight by one pair, and where the bistability ends."""
        polarity = "p" if self.pair_delay > 0 else "n"
        drive = self.potentiation_drive if self.pair_delay > 0 else self.depression_drive
        leak = self.potentiation_leak if self.pair_delay > 0 else self.depression_leak
        weak = self.technology.weak_inversion(polarity, temperature=temperature)
        slope = weak.slope_factor * thermal_voltage(temperature)
        tau = self.trace_capacitance * slope / leak
        current = weak.leakage * math.exp(drive / slope)
        charge = current * tau * -math.expm1(-self.pulse_width / tau)
        change = charge / self.weight_capacitance
        change *= math.exp(-(abs(self.pair_delay) - self.pulse_width) / tau)
        found = {
            "final_high_weight": Theory(value=self.weight_high, tolerance=0.02),
        }
        # Below this, drift and leakage are as large.
        if change > 0.2 * mV:
            sign = 1.0 if self.pair_delay > 0 else -1.0
            found["weight_change"] = Theory(value=sign * change, tolerance=0.25)
        return found

    def window(
        self, delays: Sequence[float], *, temperature: float = 300.15, progress: Progress = silent
    ) -> "pd.DataFrame":
        """Change of the weight over the delay of a pair, simulated.

        Args:
            delays: from presynaptic to postsynaptic spike, none shorter than a pulse [s].
            temperature: [K].
            progress: told the share that is done.

        Returns:
            Columns "pair delay [s]" and "weight change [V]".

        Raises:
            InvalidInput: a delay is shorter than a pulse.
            MissingDependency: the ngspice library is not installed.
            SimulatorError: ngspice found no solution.
        """
        import pandas as pd  # noqa: PLC0415  slow to load

        changes = []
        for place, delay in enumerate(delays):
            bench = replace(self, pair_delay=float(delay)).benches()["pair"]()
            run = simulate(
                bench.netlist, bench.analysis, temperature=temperature, options=bench.options
            )
            changes.append(bench.measures["weight_change"].of(run))
            progress((place + 1) / len(delays))
        return pd.DataFrame({"pair delay [s]": list(delays), "weight change [V]": changes})

    def _first_spike(self) -> float:
        return 20.0 * self.pulse_width

    def _netlist(self, pre: float | None, post: float | None, weight: float) -> Netlist:
        technology, unit = self.technology, self.scale
        edge = 0.01 * self.pulse_width
        levels = {
            "dd": ("vdd", self.supply),
            "pl": ("vpl", self.supply - self.potentiation_drive),
            "dl": ("vdl", self.depression_drive),
            "thw": ("vthw", self.weight_threshold),
            "high": ("vhigh", self.weight_high),
            "low": ("vlow", self.weight_low),
        }
        elements: list[Element] = [
            VoltageSource(name=name, plus=node, minus=GROUND, voltage=voltage)
            for name, (node, voltage) in levels.items()
        ]
        for name, moment in (("pre", pre), ("post", post)):
            wave: float | Pulse = 0.0
            if moment is not None:
                wave = Pulse(
                    low=0.0,
                    high=self.supply,
                    delay=moment,
                    rise=edge,
                    fall=edge,
                    width=self.pulse_width,
                )
            elements.append(VoltageSource(name=name, plus=name, minus=GROUND, voltage=wave))
        biases = (
            ("tp", "vtp", "p", self.potentiation_leak, 2.0),
            ("td", "vtd", "n", self.depression_leak, 2.0),
        )
        for name, node, polarity, current, width in biases:
            elements += diode_bias(
                technology,
                name=name,
                node=node,
                polarity=polarity,
                current=current,
                width=width * unit,
                length=4.0 * unit,
            )
        # The tail of the bistability stands on the lower rail, and so does its bias.
        elements += [
            *diode_bias(
                technology,
                name="b",
                node="vb",
                polarity="n",
                current=self.bistable_current,
                width=unit,
                length=4.0 * unit,
            ),
            Instance(name="synapse", nodes=PORTS, subcircuit="stdp_synapse"),
        ]
        return Netlist(
            title="STDP synapse",
            elements=tuple(elements),
            definitions=(*technology.definitions(), self.subcircuit()),
            initial_voltages={"vw": weight},
        )

    def _pair(self) -> Bench:
        second = self._first_spike() + abs(self.pair_delay)
        before, after = second - 0.5 * self.pulse_width, second + 3.0 * self.pulse_width

        def change(waves: Waveforms) -> float:
            low, high = np.interp([before, after], waves.time, waves.real("vw"))
            return float(high - low)

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=second + 10.0 * self.pulse_width, step=self.pulse_width),
            options=dict(PICOAMPERE_OPTIONS) | {"vntol": 1e-8},
            shown=("pre", "post", "xsynapse.vpot", "xsynapse.vdep", "vw"),
            measures={
                "weight_change": Measure(
                    unit="V", meaning="of the weight, by the second spike", of=change
                )
            },
        )

    def _rising(self) -> Bench:
        return self._drift("final_high_weight", 1.0)

    def _falling(self) -> Bench:
        return self._drift("final_low_weight", -1.0)

    def _drift(self, name: str, sign: float) -> Bench:
        # Half as long again as the whole way takes at the full current.
        way = self.weight_high - self.weight_low
        stop = 1.5 * self.weight_capacitance * way / self.bistable_current
        start = self.weight_threshold + sign * 0.15 * way
        return Bench(
            netlist=self._netlist(None, None, start),
            analysis=Transient(stop=stop, step=stop / 300),
            options=PICOAMPERE_OPTIONS,
            shown=("vw",),
            measures={
                name: Measure(
                    unit="V",
                    meaning=f"where the weight ends from {'above' if sign > 0 else 'below'} "
                    f"the threshold",
                    of=lambda waves: float(waves.real("vw")[-1]),
                )
            },
        )


def indiveri_2006(technology: Technology | None = None) -> StdpSynapse:
    """A window of 6 ms on both sides, of tens of millivolts, and rails at 0 V and 1.4 V.

    Args:
        technology: the generic one where None.
    """
    return StdpSynapse(
        technology=technology or generic(),
        supply=1.8 * volt,
        potentiation_drive=0.41 * volt,
        depression_drive=0.37 * volt,
        potentiation_leak=2.5 * pA,
        depression_leak=2.5 * pA,
        trace_capacitance=500 * fF,
        weight_capacitance=1 * pF,
        bistable_current=0.5 * pA,
        weight_threshold=0.9 * volt,
        weight_high=1.4 * volt,
        weight_low=0.0 * volt,
        initial_weight=0.9 * volt,
        pulse_width=100 * us,
        pair_delay=5 * ms,
        scale=1 * um,
    )
