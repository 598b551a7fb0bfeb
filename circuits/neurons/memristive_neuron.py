"""Memristive neuron: a memristor's microamperes, regulated and attenuated, drive a DPI neuron.

The read voltage stands between a rail and a node that an amplifier holds at a reference: whatever
the memristor conducts flows through the regulating transistor. A mirror hands this current to a
differential pair integrator, which attenuates it by I_gain / I_tau into the picoamperes that the
neuron lives on, and smoothes it. The impedance of the memristor is matched to the neuron in this
way, instead of by enormous capacitors.

Source: the idea is that of N. Garg et al., "Versatile CMOS analog LIF neuron for
memristor-integrated neuromorphic circuits", arXiv:2406.19667 (2024): a voltage regulator and a
current attenuator before a CMOS neuron. Circuit, sizes and biases are ours; the neuron is that of
P. Livi and G. Indiveri (2009).
Holds for: conductances whose read current is below some microamperes. The amplifier is a
behavioural source with a gain.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import (
    Ampere,
    Bench,
    Farad,
    Measure,
    Ratio,
    Siemens,
    Theory,
    Volt,
)
from ohmloom.circuits.elements.controlled import VoltageControlledVoltage
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.measures.spikes import spike_times, steady_rate
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.neurons.dpi_neuron import PORTS as NEURON_PORTS
from ohmloom.circuits.neurons.dpi_neuron import DpiNeuron, livi_2009
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import fF, nA, pF, uS, volt

PORTS = ("line", "vreference", "in", "vattenuation", "vtau", "vdd")
"""Memristor, reference, neuron, two biases of the attenuator, supply."""
_TRANSISTORS = (
    ("reg", "line", "gate", "d", "n", 4.0, 0.5),
    ("m1", "d", "d", GROUND, "n", 4.0, 1.0),
    ("m2", "t", "d", GROUND, "n", 4.0, 1.0),
    ("thr", "vdd", "vattenuation", "t", "n", 2.0, 1.0),
    ("in", "vsyn", "vsyn", "t", "n", 2.0, 1.0),
    ("tau", "vsyn", "vtau", "vdd", "p", 2.0, 2.0),
    ("syn", "in", "vsyn", "vdd", "p", 2.0, 2.0),
)


@dataclass(frozen=True, kw_only=True)
class MemristiveNeuron:
    """A memristor, the interface, and the neuron behind it."""

    neuron: DpiNeuron
    """What the attenuated current drives; its own input current is left out."""
    conductance: Siemens
    """Of the memristor [S]."""
    read_voltage: Volt
    """Over the memristor [V]."""
    reference_voltage: Volt
    """Where the regulated node is held [V]."""
    amplifier_gain: Ratio
    """Of the regulator [1]."""
    attenuation_voltage: Volt
    """Gate of the pair's other half: nearer to the supply attenuates more [V]."""
    attenuator_current: Ampere
    """I_tau of the attenuator, 2/2 um [A]."""
    attenuator_capacitance: Farad
    """Of the attenuator, to the supply [F]."""

    @property
    def technology(self) -> Technology:
        """That of the neuron."""
        return self.neuron.technology

    def subcircuit(self) -> Subcircuit:
        """Regulator and attenuator: seven transistors, an amplifier, two capacitors."""
        inside = transistors(self.technology, _TRANSISTORS, scale=self.neuron.scale)
        return Subcircuit(
            name="memristor_interface",
            ports=PORTS,
            elements=(
                *inside,
                VoltageControlledVoltage(
                    name="amp",
                    plus="drive",
                    minus=GROUND,
                    control_plus="vreference",
                    control_minus="line",
                    gain=-self.amplifier_gain,
                ),
                # The amplifier settles in microseconds, not at once.
                Resistor(name="amp", plus="drive", minus="gate", resistance=1e6),
                Capacitor(name="amp", plus="gate", minus=GROUND, capacitance=1 * pF),
                Capacitor(
                    name="syn", plus="vdd", minus="vsyn", capacitance=self.attenuator_capacitance
                ),
            ),
        )

    def netlist(self) -> Netlist:
        """The neuron under the steady read current of its memristor."""
        neuron = self.neuron
        unit = neuron.scale
        rail = self.reference_voltage + self.read_voltage
        return Netlist(
            title="memristive neuron",
            elements=(
                *neuron.biases(),
                VoltageSource(
                    name="reference",
                    plus="vreference",
                    minus=GROUND,
                    voltage=self.reference_voltage,
                ),
                VoltageSource(name="rail", plus="rail", minus=GROUND, voltage=rail),
                Resistor(
                    name="memristor", plus="rail", minus="line", resistance=1.0 / self.conductance
                ),
                Capacitor(name="line", plus="line", minus=GROUND, capacitance=100 * fF),
                VoltageSource(
                    name="attenuation",
                    plus="vattenuation",
                    minus=GROUND,
                    voltage=self.attenuation_voltage,
                ),
                *diode_bias(
                    self.technology,
                    name="attenuator",
                    node="vtau",
                    polarity="p",
                    current=self.attenuator_current,
                    width=2 * unit,
                    length=2 * unit,
                ),
                VoltageSource(name="sense", plus="attenuated", minus="in", voltage=0.0),
                Instance(
                    name="interface",
                    nodes=("line", "vreference", "attenuated", "vattenuation", "vtau", "vdd"),
                    subcircuit="memristor_interface",
                ),
                Instance(name="neuron", nodes=NEURON_PORTS, subcircuit="dpi_neuron"),
            ),
            definitions=(
                *self.technology.definitions(),
                self.subcircuit(),
                neuron.subcircuit(),
            ),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Spikes under the read current."""
        return {"spiking": self._spiking}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """What the regulator promises; at any temperature."""
        return {
            "synapse_current": Theory(value=self.conductance * self.read_voltage, tolerance=0.02)
        }

    def _spiking(self) -> Bench:
        half = 0.5 * self.neuron.supply
        stop = self.neuron.duration

        def spikes(waves: Waveforms) -> FloatArray:
            return spike_times(waves.time, waves.real("rst"), threshold=half)

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=stop, step=stop / 1000, from_operating_point=False),
            options=PICOAMPERE_OPTIONS,
            shown=("vmem", "rst", "i(vsense)"),
            measures={
                "rate": Measure(
                    unit="Hz",
                    meaning="one over the last interval, 0 with fewer than two spikes",
                    of=lambda waves: steady_rate(spikes(waves)),
                ),
                "first_spike": Measure(
                    unit="s",
                    meaning="first spike after the start from 0 V",
                    of=lambda waves: float(spikes(waves)[0]) if spikes(waves).size else math.nan,
                ),
                "synapse_current": Measure(
                    unit="A",
                    meaning="through the memristor at the end",
                    of=lambda waves: -float(waves.real("i(vrail)")[-1]),
                ),
                "synapse_voltage_error": Measure(
                    unit="V",
                    meaning="regulated node against the reference at the end",
                    of=lambda waves: float(waves.real("line")[-1] - waves.real("vreference")[-1]),
                ),
                "attenuated_current": Measure(
                    unit="A",
                    meaning="into the neuron at the end",
                    of=lambda waves: float(waves.real("i(vsense)")[-1]),
                ),
            },
        )


def garg_2024(technology: Technology | None = None) -> MemristiveNeuron:
    """A memristor of 10 uS under 0.1 V, whose microampere becomes 1.6 nA.

    Args:
        technology: the generic one where None.
    """
    return MemristiveNeuron(
        neuron=livi_2009(technology),
        conductance=10 * uS,
        read_voltage=0.1 * volt,
        reference_voltage=0.9 * volt,
        amplifier_gain=1000.0,
        attenuation_voltage=1.65 * volt,
        attenuator_current=1 * nA,
        attenuator_capacitance=1 * pF,
    )
