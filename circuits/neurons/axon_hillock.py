"""Axon-hillock: two inverters and a feedback capacitor make pulses of a current.

The input charges the membrane until the inverters switch. The feedback capacitor then lifts the
membrane at once by C_fb / (C_fb + C_mem) of the supply, and the reset transistor takes the charge
away until the inverters switch back:

    t_low = C_fb V_dd / I_in,  t_high = C_fb V_dd / (I_reset - I_in)

Source: C. Mead, Analog VLSI and Neural Systems, Addison-Wesley (1989), chapter 12. Sizes and biases
are ours.
Holds for: I_in well below I_reset, and slow against the inverters.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import Ampere, Bench, Farad, Measure, Metre, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.measures.power import energy_per_event
from ohmloom.circuits.measures.spikes import (
    inter_spike_intervals,
    pulse_widths,
    spike_times,
    steady_rate,
)
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import nA, pF, um, volt

PORTS = ("vmem", "out", "vr", "vdd")
"""Membrane and input, pulses, bias of the reset, supply."""
_TRANSISTORS = (
    ("1", "inv", "vmem", "vdd", "p", 1.0, 1.0),
    ("2", "inv", "vmem", GROUND, "n", 1.0, 1.0),
    ("3", "out", "inv", "vdd", "p", 2.0, 0.5),
    ("4", "out", "inv", GROUND, "n", 1.0, 0.5),
    ("5", "vmem", "out", "low", "n", 1.0, 0.5),
    ("6", "low", "vr", GROUND, "n", 1.0, 1.0),
)


@dataclass(frozen=True, kw_only=True)
class AxonHillock:
    """The circuit, its reset bias and its input current."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    input_current: Ampere
    """Into the membrane [A]."""
    reset_current: Ampere
    """Out of the membrane during a pulse, 1/1 um [A]."""
    membrane_capacitance: Farad
    """C_mem, membrane to ground [F]."""
    feedback_capacitance: Farad
    """C_fb, output to membrane [F]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def subcircuit(self) -> Subcircuit:
        """Six transistors and two capacitors."""
        capacitors = (
            Capacitor(name="mem", plus="vmem", minus=GROUND, capacitance=self.membrane_capacitance),
            Capacitor(name="fb", plus="out", minus="vmem", capacitance=self.feedback_capacitance),
        )
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        return Subcircuit(name="axon_hillock", ports=PORTS, elements=(*inside, *capacitors))

    def netlist(self) -> Netlist:
        """Under a constant input current, from 0 V."""
        return Netlist(
            title="axon-hillock",
            elements=(
                VoltageSource(name="dd", plus="vdd", minus=GROUND, voltage=self.supply),
                CurrentSource(name="in", plus="vdd", minus="vmem", current=self.input_current),
                *diode_bias(
                    self.technology,
                    name="r",
                    node="vr",
                    polarity="n",
                    current=self.reset_current,
                    width=self.scale,
                    length=self.scale,
                ),
                Instance(name="hillock", nodes=PORTS, subcircuit="axon_hillock"),
            ),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """Pulses under the input current."""
        return {"spiking": self._spiking}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """Period, pulse width, rate and the jump of the membrane; at any temperature."""
        low, high = self._durations()
        total = self.feedback_capacitance + self.membrane_capacitance
        return {
            "period": Theory(value=low + high, tolerance=0.03),
            "rate": Theory(value=1.0 / (low + high), tolerance=0.03),
            "pulse_width": Theory(value=high, tolerance=0.06),
            "membrane_swing": Theory(
                value=self.feedback_capacitance / total * self.supply, tolerance=0.06
            ),
        }

    def _durations(self) -> tuple[float, float]:
        charge = self.feedback_capacitance * self.supply
        return charge / self.input_current, charge / (self.reset_current - self.input_current)

    def _spiking(self) -> Bench:
        low, high = self._durations()
        half = 0.5 * self.supply

        def spikes(waves: Waveforms) -> FloatArray:
            return spike_times(waves.time, waves.real("out"), threshold=half)

        def last(values: FloatArray) -> float:
            return float(values[-1]) if values.size else math.nan

        def swing(waves: Waveforms) -> float:
            # Once the first pulse has come it repeats.
            times = spikes(waves)
            later = waves.time >= (times[0] if times.size else math.inf)
            vmem = waves.real("vmem")[later]
            return float(vmem.max() - vmem.min()) / 2.0 if later.any() else math.nan

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(
                stop=5.0 * (low + high), step=min(low, high) / 50, from_operating_point=False
            ),
            options=PICOAMPERE_OPTIONS,
            shown=("vmem", "out", "i(vdd)"),
            measures={
                "rate": Measure(
                    unit="Hz",
                    meaning="one over the last period",
                    of=lambda waves: steady_rate(spikes(waves)),
                ),
                "period": Measure(
                    unit="s",
                    meaning="last one",
                    of=lambda waves: last(inter_spike_intervals(spikes(waves))),
                ),
                "pulse_width": Measure(
                    unit="s",
                    meaning="last one, at half the supply",
                    of=lambda waves: last(
                        pulse_widths(waves.time, waves.real("out"), threshold=half)
                    ),
                ),
                "membrane_swing": Measure(
                    unit="V",
                    meaning="jump of the membrane at an edge: half of its whole swing",
                    of=swing,
                ),
                "membrane_peak": Measure(
                    unit="V",
                    meaning="largest membrane voltage",
                    of=lambda waves: float(waves.real("vmem").max()),
                ),
                "energy_per_spike": Measure(
                    unit="J",
                    meaning="from the supply, bias and input included",
                    of=lambda waves: energy_per_event(
                        waves.time, waves.real("vdd"), -waves.real("i(vdd)"), spikes(waves)
                    ),
                ),
            },
        )


def mead_1989(technology: Technology | None = None) -> AxonHillock:
    """Pulses of 0.1 ms every millisecond, from 1 nA.

    Args:
        technology: the generic one where None.
    """
    return AxonHillock(
        technology=technology or generic(),
        supply=1.8 * volt,
        input_current=1 * nA,
        reset_current=10 * nA,
        membrane_capacitance=1 * pF,
        feedback_capacitance=0.5 * pF,
        scale=1 * um,
    )
