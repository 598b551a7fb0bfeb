"""Calcium trace: a current that follows the rate of a neuron's own spikes.

A differential pair integrator of p transistors, driven by the spikes turned round: each lets a
current I_w through for its width, of which the pair gives a part to the capacitor. The output is a
low-pass of the spike train whose mean goes with the rate; plastic synapses stop learning where it
leaves a window.

    mean = rate x pulse width x I_w I_gain / I_tau,  tau = C n U_T / I_tau

Source: G. Indiveri, E. Chicca, R. Douglas, IEEE Transactions on Neural Networks 17, 211-221 (2006);
C. Bartolozzi, G. Indiveri, Neural Computation 19, 2581-2603 (2007). Sizes and biases are ours.
Holds for: transistors below threshold, and an output well above I_gain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import (
    Ampere,
    Bench,
    Count,
    Farad,
    Hertz,
    Measure,
    Metre,
    Second,
    Theory,
    Volt,
)
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.power import charge
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import hertz, ms, nA, pA, pF, um, volt

PORTS = ("spike", "out", "vw", "vthr", "vtau", "vdd")
"""Spikes, current into a node above, three biases, supply."""
_TRANSISTORS = (
    ("ip", "spikeb", "spike", "vdd", "p", 2.0, 0.5),
    ("in", "spikeb", "spike", GROUND, "n", 1.0, 0.5),
    ("pre", "s1", "spikeb", "vdd", "p", 2.0, 0.5),
    ("w", "t", "vw", "s1", "p", 2.0, 2.0),
    ("thr", GROUND, "vthr", "t", "p", 2.0, 1.0),
    ("ca", "vca", "vca", "t", "p", 2.0, 1.0),
    ("tau", "vca", "vtau", GROUND, "n", 1.0, 4.0),
    ("out", "out", "vca", GROUND, "n", 1.0, 4.0),
)


@dataclass(frozen=True, kw_only=True)
class CalciumTrace:
    """The integrator, its biases, and the spikes that it sees."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    weight_current: Ampere
    """Bias I_w, 2/2 um: what flows during a spike [A]."""
    leak_current: Ampere
    """Bias I_tau, 1/4 um [A]."""
    threshold_voltage: Volt
    """Gate of the pair's other half [V]."""
    capacitance: Farad
    """C [F]."""
    rate: Hertz
    """Of the regular spikes [Hz]."""
    spikes: Count
    """How many come [1]."""
    pulse_width: Second
    """Of each spike [s]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def subcircuit(self) -> Subcircuit:
        """Eight transistors and a capacitor."""
        store = Capacitor(name="ca", plus="vca", minus=GROUND, capacitance=self.capacitance)
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        return Subcircuit(name="calcium_trace", ports=PORTS, elements=(*inside, store))

    def netlist(self) -> Netlist:
        """The integrator under a train of spikes, and silence after it."""
        technology, unit = self.technology, self.scale
        period = 1.0 / self.rate
        edge = 0.01 * self.pulse_width
        # The train is a stack of sources with one pulse each, so that it ends.
        return Netlist(
            title="calcium trace",
            elements=(
                VoltageSource(name="dd", plus="vdd", minus=GROUND, voltage=self.supply),
                VoltageSource(
                    name="thr", plus="vthr", minus=GROUND, voltage=self.threshold_voltage
                ),
                *diode_bias(
                    technology,
                    name="w",
                    node="vw",
                    polarity="p",
                    current=self.weight_current,
                    width=2 * unit,
                    length=2 * unit,
                ),
                *diode_bias(
                    technology,
                    name="tau",
                    node="vtau",
                    polarity="n",
                    current=self.leak_current,
                    width=unit,
                    length=4 * unit,
                ),
                *(
                    VoltageSource(
                        name=f"spike{place}",
                        plus="spike" if place == 0 else f"spike{place}",
                        minus=GROUND if place == self.spikes - 1 else f"spike{place + 1}",
                        voltage=Pulse(
                            low=0.0,
                            high=self.supply,
                            delay=(place + 0.5) * period,
                            rise=edge,
                            fall=edge,
                            width=self.pulse_width,
                        ),
                    )
                    for place in range(self.spikes)
                ),
                VoltageSource(name="out", plus="out", minus=GROUND, voltage=0.5 * self.supply),
                Instance(name="trace", nodes=PORTS, subcircuit="calcium_trace"),
            ),
            definitions=(*technology.definitions(), self.subcircuit()),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """A train of spikes, and silence after it."""
        return {"train": self._train}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """The time constant; gate capacitances, which the theory leaves out, add to it."""
        return {"time_constant": Theory(value=self._tau(temperature), tolerance=0.15)}

    def _tau(self, temperature: float) -> float:
        weak = self.technology.weak_inversion("n", temperature=temperature)
        slope = weak.slope_factor * thermal_voltage(temperature)
        return self.capacitance * slope / self.leak_current

    def _train(self) -> Bench:
        period, tau = 1.0 / self.rate, self._tau(300.15)
        last = (self.spikes - 0.5) * period + self.pulse_width
        stop = last + 3.0 * tau

        def output(waves: Waveforms) -> FloatArray:
            return -waves.real("i(vout)")

        def mean(waves: Waveforms) -> float:
            # Over the last whole period of the train.
            moments = np.linspace(last - period, last, 2001)
            current = np.interp(moments, waves.time, output(waves))
            return charge(moments, current) / period

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=stop, step=min(period / 50, stop / 500)),
            options=PICOAMPERE_OPTIONS,
            shown=("spike", "xtrace.vca", "i(vout)"),
            measures={
                "mean_current": Measure(
                    unit="A", meaning="over the last period of the train", of=mean
                ),
                "peak_current": Measure(
                    unit="A",
                    meaning="largest",
                    of=lambda waves: float(output(waves).max()),
                ),
                "time_constant": Measure(
                    unit="s",
                    meaning="of the decay after the train",
                    of=lambda waves: time_constant(
                        waves.time,
                        output(waves),
                        start=last + 0.3 * tau,
                        stop=last + 2.0 * tau,
                        final=0.0,
                    ),
                ),
            },
        )


def indiveri_2006_calcium(technology: Technology | None = None) -> CalciumTrace:
    """A trace of 60 ms, at 100 Hz.

    Args:
        technology: the generic one where None.
    """
    return CalciumTrace(
        technology=technology or generic(),
        supply=1.8 * volt,
        weight_current=1 * nA,
        leak_current=1 * pA,
        threshold_voltage=0.15 * volt,
        capacitance=2 * pF,
        rate=100 * hertz,
        spikes=20,
        pulse_width=1 * ms,
        scale=1 * um,
    )
