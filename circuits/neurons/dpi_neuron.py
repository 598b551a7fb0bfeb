"""Adaptive silicon neuron: a leaky integrator of the DPI kind, a spike, a refractory period.

The input current flows through a differential pair (`l1`, `l2`) into the membrane capacitor, from
which `l3` leaks. As the membrane nears `threshold_voltage` the pair gives it less and less of the
input, until the spike amplifier (`a1` to `a6`) feeds a current back that grows exponentially with
the membrane voltage. The spike charges the refractory capacitor, which holds the membrane at ground
until its own leak (`r2`, `r3`) has emptied it. Each spike also charges the capacitor of an
after-hyperpolarisation integrator (`g1` to `g6`), which takes current from the membrane.

Source: P. Livi and G. Indiveri, "A current-mode conductance-based silicon neuron for address-event
neuromorphic systems", ISCAS 2009; E. Chicca, F. Stefanini, C. Bartolozzi, G. Indiveri,
"Neuromorphic electronic circuits for building autonomous cognitive systems", Proceedings of the
IEEE 102, 1367-1388 (2014). Sizes and biases are ours.
Holds for: transistors below threshold. The theory of `behave` leaves adaptation and leakage out.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import (
    Ampere,
    Bench,
    Farad,
    Measure,
    Metre,
    Second,
    Theory,
    Volt,
)
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.measures.power import energy_per_event, mean_power
from ohmloom.circuits.measures.spikes import (
    adaptation_ratio,
    inter_spike_intervals,
    pulse_widths,
    spike_times,
    steady_rate,
)
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import ms, pA, pF, um, volt

PORTS: Final = ("in", "vmem", "rst", "vthr", "vlk", "vref", "vahp", "vthrahp", "vlkahp", "vdd")
"""Of the subcircuit: input current, membrane, spike, six biases, supply."""

# Name, drain, gate, source, polarity, width and length in micrometres.
_TRANSISTORS: Final = (
    ("l1", GROUND, "vthr", "in", "p", 2.0, 1.0),
    ("l2", "vmem", "vmem", "in", "p", 2.0, 1.0),
    ("l3", "vmem", "vlk", GROUND, "n", 1.0, 4.0),
    ("a1", "req", "vmem", "n3", "n", 1.0, 0.5),
    ("a2", "n3", "n3", GROUND, "n", 1.0, 2.0),
    ("a3", "req", "vmem", "n4", "p", 2.0, 0.5),
    ("a4", "n4", "n4", "vdd", "p", 2.0, 2.0),
    ("a5", "n5", "n4", "vdd", "p", 2.0, 2.0),
    ("a6", "vmem", "req", "n5", "p", 2.0, 0.5),
    ("r1", "n7", "req", "vdd", "p", 2.0, 0.5),
    ("r2", "n7", "req", "n8", "n", 1.0, 0.5),
    ("r3", "n8", "vref", GROUND, "n", 1.0, 2.0),
    ("r4", "n9", "n7", "vdd", "p", 2.0, 0.5),
    ("r5", "n9", "n7", GROUND, "n", 1.0, 0.5),
    ("r6", "rst", "n9", "vdd", "p", 2.0, 0.5),
    ("r7", "rst", "n9", GROUND, "n", 1.0, 0.5),
    ("r8", "vmem", "rst", GROUND, "n", 1.0, 0.5),
    ("g1", "a1", "req", "vdd", "p", 2.0, 0.5),
    ("g2", "a2", "vahp", "a1", "p", 1.0, 2.0),
    ("g3", GROUND, "vthrahp", "a2", "p", 2.0, 1.0),
    ("g4", "vca", "vca", "a2", "p", 2.0, 1.0),
    ("g5", "vca", "vlkahp", GROUND, "n", 1.0, 4.0),
    ("g6", "vmem", "vca", GROUND, "n", 1.0, 4.0),
)
_AT_REST: Final = ("req", "n4", "n5", "n9", "a1")
"""Nodes that lie at the supply between spikes."""


@dataclass(frozen=True, kw_only=True)
class DpiNeuron:
    """The neuron, its biases and the current that drives it."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    input_current: Ampere
    """Constant current into the neuron [A]."""
    threshold_voltage: Volt
    """Gate of the pair's other half: where the integration begins to saturate [V]."""
    leak_current: Ampere
    """Bias of the leak, 1/4 um [A]."""
    refractory_current: Ampere
    """Bias that empties the refractory capacitor, 1/2 um [A]."""
    adaptation_voltage: Volt
    """Gate of the p transistor that sets the charge of each spike; the supply for none [V]."""
    adaptation_threshold_voltage: Volt
    """Gate of the pair of the adaptation integrator [V]."""
    adaptation_leak_current: Ampere
    """Bias of its leak, 1/4 um [A]."""
    membrane_capacitance: Farad
    """At the membrane [F]."""
    refractory_capacitance: Farad
    """At the refractory node [F]."""
    adaptation_capacitance: Farad
    """Of the adaptation integrator [F]."""
    duration: Second
    """How long its spikes are watched [s]."""
    scale: Metre
    """What the sizes of the transistors are multiples of: 1 um for those of the table [m]."""

    def subcircuit(self) -> Subcircuit:
        """The 23 transistors and three capacitors."""
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        capacitors = (
            Capacitor(name="mem", plus="vmem", minus=GROUND, capacitance=self.membrane_capacitance),
            Capacitor(name="ref", plus="n7", minus=GROUND, capacitance=self.refractory_capacitance),
            Capacitor(
                name="ahp", plus="vca", minus=GROUND, capacitance=self.adaptation_capacitance
            ),
        )
        return Subcircuit(name="dpi_neuron", ports=PORTS, elements=(*inside, *capacitors))

    def biases(self) -> tuple[Element, ...]:
        """Supply, bias voltages and the diodes that make gate voltages of bias currents."""
        voltages = {
            "dd": ("vdd", self.supply),
            "thr": ("vthr", self.threshold_voltage),
            "ahp": ("vahp", self.adaptation_voltage),
            "thrahp": ("vthrahp", self.adaptation_threshold_voltage),
        }
        currents = {
            "lk": ("vlk", self.leak_current, 4.0),
            "ref": ("vref", self.refractory_current, 2.0),
            "lkahp": ("vlkahp", self.adaptation_leak_current, 4.0),
        }
        elements: list[Element] = [
            VoltageSource(name=name, plus=node, minus=GROUND, voltage=voltage)
            for name, (node, voltage) in voltages.items()
        ]
        for name, (node, current, length) in currents.items():
            elements += diode_bias(
                self.technology,
                name=name,
                node=node,
                polarity="n",
                current=current,
                width=self.scale,
                length=length * self.scale,
            )
        return tuple(elements)

    def netlist(self) -> Netlist:
        """The neuron under its constant input current, from 0 V everywhere."""
        return self._netlist(
            (CurrentSource(name="in", plus="vdd", minus="in", current=self.input_current),)
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Spikes under the input current; the leak of a membrane without input."""
        return {"spiking": self._spiking, "leak": self._leak}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Time constant; interval and rate as well where transistors follow the closed forms.

        The leak empties the membrane in a straight line, and its current, which goes with the
        exponential of the voltage, with the time constant C n U_T / I_lk. Gate capacitances, which
        the theory leaves out, add a few percent.

        While it integrates, C dV/dt = I_in / (1 + exp((V - V_thr) / (n_p U_T))) - I_lk + I_a(V).
        The feedback I_a runs through a transistor and a diode in series, and grows with V over
        n (n + 1) U_T; the two p transistors that carry it to the membrane have one gate voltage,
        like a single one of 2.5 times the length. It ends in a spike when the sum runs away. This
        is said only where transistors of different size follow one law, and without adaptation.
        """
        weak = self.technology.weak_inversion("n", temperature=temperature)
        decay = self.membrane_capacitance * weak.slope_factor * thermal_voltage(temperature)
        found = {"time_constant": Theory(value=decay / self.leak_current, tolerance=0.08)}
        if weak.scales_with_size and self.adaptation_voltage >= self.supply:
            interval = self._interval(temperature)
            if math.isfinite(interval):
                found["interval"] = Theory(value=interval, tolerance=0.2)
                found["rate"] = Theory(value=1.0 / interval, tolerance=0.2)
        return found

    def _interval(self, temperature: float) -> float:
        """From one spike to the next, infinite for a silent neuron [s]."""
        thermal = thermal_voltage(temperature)
        weak = self.technology.weak_inversion("n", temperature=temperature)
        n = weak.slope_factor
        n_of_pair = self.technology.weak_inversion("p", temperature=temperature).slope_factor
        voltage = np.linspace(0.0, self.supply, 20_001)
        beyond = (voltage - self.threshold_voltage) / (n_of_pair * thermal)
        through_pair = self.input_current / (1.0 + np.exp(np.minimum(beyond, 700.0)))
        leak = self.leak_current * -np.expm1(-voltage / thermal)
        # Transistor a1 with W/L = 2 on top of the diode a2 with W/L = 1/2.
        stack = ((1.0 - n) * math.log(2.0) + voltage / (n * thermal)) / (1.0 + n)
        charging = through_pair - leak + 0.8 * weak.leakage * np.exp(stack)
        if charging.min() <= 0.0:
            return math.inf
        return float(self.membrane_capacitance * np.trapezoid(1.0 / charging, voltage))

    def _netlist(
        self, around: tuple[Element, ...], initial: Mapping[str, float] | None = None
    ) -> Netlist:
        instance = Instance(name="neuron", nodes=PORTS, subcircuit="dpi_neuron")
        return Netlist(
            title="adaptive DPI neuron",
            elements=(*self.biases(), *around, instance),
            definitions=(*self.technology.definitions(), self.subcircuit()),
            initial_voltages=initial or {},
        )

    def _spiking(self) -> Bench:
        half = 0.5 * self.supply

        def spikes(waves: Waveforms) -> FloatArray:
            return spike_times(waves.time, waves.real("rst"), threshold=half)

        def supply_power(waves: Waveforms) -> tuple[FloatArray, FloatArray, FloatArray]:
            return waves.time, waves.real("vdd"), -waves.real("i(vdd)")

        def last_interval(waves: Waveforms) -> float:
            intervals = inter_spike_intervals(spikes(waves))
            return float(intervals[-1]) if intervals.size else math.nan

        def width(waves: Waveforms) -> float:
            widths = pulse_widths(waves.time, waves.real("rst"), threshold=half)
            return float(widths[-1]) if widths.size else math.nan

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(
                stop=self.duration, step=self.duration / 1000, from_operating_point=False
            ),
            options=PICOAMPERE_OPTIONS,
            shown=("vmem", "rst", "xneuron.vca", "i(vdd)"),
            measures={
                "rate": Measure(
                    unit="Hz",
                    meaning="one over the last interval, 0 with fewer than two spikes",
                    of=lambda waves: steady_rate(spikes(waves)),
                ),
                "interval": Measure(unit="s", meaning="last interval", of=last_interval),
                "first_spike": Measure(
                    unit="s",
                    meaning="first spike after the start from 0 V",
                    of=lambda waves: float(spikes(waves)[0]) if spikes(waves).size else math.nan,
                ),
                "adaptation": Measure(
                    unit="1",
                    meaning="last interval over the first",
                    of=lambda waves: adaptation_ratio(spikes(waves)),
                ),
                "pulse_width": Measure(
                    unit="s", meaning="of the last whole spike at half the supply", of=width
                ),
                "membrane_peak": Measure(
                    unit="V",
                    meaning="largest membrane voltage",
                    of=lambda waves: float(waves.real("vmem").max()),
                ),
                "mean_power": Measure(
                    unit="W",
                    meaning="from the supply, biases and input included",
                    of=lambda waves: mean_power(*supply_power(waves)),
                ),
                "energy_per_spike": Measure(
                    unit="J",
                    meaning="from the supply, from first to last spike, over the intervals",
                    of=lambda waves: energy_per_event(*supply_power(waves), spikes(waves)),
                ),
            },
        )

    def _leak(self) -> Bench:
        start, low = 0.4 * volt, 0.2 * volt
        # An ideal transistor of the bench turns the membrane voltage into a current.
        reader = self.technology.transistor(
            name="read",
            polarity="n",
            drain="read",
            gate="vmem",
            source=GROUND,
            bulk=GROUND,
            width=self.scale,
            length=self.scale,
        )
        around = (
            VoltageSource(name="read", plus="read", minus=GROUND, voltage=self.supply),
            VoltageSource(name="in", plus="in", minus=GROUND, voltage=0.0),
            reader,
        )
        inside = {f"xneuron.{node}": self.supply for node in _AT_REST}
        # The membrane falls in a straight line, from 0.4 V to 0.2 V.
        falling = self.membrane_capacitance * (start - low) / self.leak_current

        def decay(waves: Waveforms) -> float:
            current = -waves.real("i(vread)")
            stretch = {"start": 0.1 * falling, "stop": 0.9 * falling, "final": 0.0}
            return time_constant(waves.time, current, **stretch)

        return Bench(
            netlist=self._netlist(around, {"vmem": start, **inside}),
            analysis=Transient(stop=falling, step=falling / 200, from_operating_point=False),
            options=PICOAMPERE_OPTIONS,
            shown=("vmem", "i(vread)"),
            measures={
                "time_constant": Measure(
                    unit="s",
                    meaning="of the decay of the membrane current without input",
                    of=decay,
                )
            },
        )


def livi_2009(technology: Technology | None = None) -> DpiNeuron:
    """The neuron at 200 pA without adaptation, which then spikes at 34 Hz.

    Args:
        technology: the generic one where None.
    """
    return DpiNeuron(
        technology=technology or generic(),
        supply=1.8 * volt,
        input_current=200 * pA,
        threshold_voltage=0.5 * volt,
        leak_current=5 * pA,
        refractory_current=50 * pA,
        adaptation_voltage=1.8 * volt,
        adaptation_threshold_voltage=0.05 * volt,
        adaptation_leak_current=2 * pA,
        membrane_capacitance=2 * pF,
        refractory_capacitance=0.2 * pF,
        adaptation_capacitance=2 * pF,
        duration=120 * ms,
        scale=1 * um,
    )
