"""Tau-cell: a first-order low-pass of a current, by four transistors in a translinear loop.

    I_out / I_in = 1 / (1 + s tau),  tau = C U_T / I_0

without the slope factor, since the loop closes over sources, which see U_T.

Source: A. van Schaik and C. Jin, "The tau-cell: a new method for the implementation of arbitrary
differential equations", ISCAS 2003; R. T. Edwards and G. Cauwenberghs, "Synthesis of log-domain
filters from first-order building blocks", Analog Integrated Circuits and Signal Processing 22,
177-186 (2000). Sizes and biases are ours.
Holds for: currents below threshold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Ac, Transient
from ohmloom.circuits.biasing import transistors
from ohmloom.circuits.circuit import Ampere, Bench, Farad, Measure, Metre, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse, Stimulus
from ohmloom.circuits.measures.gain import bandwidth
from ohmloom.circuits.measures.time_constant import time_constant
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import pA, pF, um, volt

PORTS = ("in", "bias", "store", "out", "vref", "vdd")
"""Input current, I_0 into it, 2 I_0 out of it, output current into it, reference, supply."""
_TRANSISTORS = (
    ("1", "in", "in", "vref", "n", 2.0, 2.0),
    ("2", "vdd", "in", "store", "n", 2.0, 2.0),
    ("3", "bias", "bias", "store", "n", 2.0, 2.0),
    ("4", "out", "bias", "vref", "n", 2.0, 2.0),
)


@dataclass(frozen=True, kw_only=True)
class TauCell:
    """The filter, its bias, and the step that drives it."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    reference_voltage: Volt
    """Sources of the outer transistors [V]."""
    bias_current: Ampere
    """I_0 [A]."""
    input_current: Ampere
    """Before the step, and the operating point of the frequency response [A]."""
    stepped_current: Ampere
    """After the step [A]."""
    capacitance: Farad
    """C [F]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def subcircuit(self) -> Subcircuit:
        """Four transistors and a capacitor."""
        store = Capacitor(name="store", plus="store", minus=GROUND, capacitance=self.capacitance)
        inside = transistors(self.technology, _TRANSISTORS, scale=self.scale)
        return Subcircuit(name="tau_cell", ports=PORTS, elements=(*inside, store))

    def netlist(self) -> Netlist:
        """The filter under a step of its input current."""
        tau = self._time_constant(300.15)
        step = Pulse(
            low=self.input_current,
            high=self.stepped_current,
            delay=tau,
            rise=1e-3 * tau,
            fall=1e-3 * tau,
            width=1e3 * tau,
        )
        return self._netlist(step, None)

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """A step of the input; the frequency response at the current before it."""
        return {"step": self._step, "response": self._response}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Time constant and corner frequency; gate capacitances lie across the loop."""
        tau = self._time_constant(temperature)
        return {
            "time_constant": Theory(value=tau, tolerance=0.06),
            "output_current": Theory(value=self.stepped_current, tolerance=0.05),
            "gain": Theory(value=1.0, tolerance=0.05),
            "bandwidth": Theory(value=1.0 / (2.0 * np.pi * tau), tolerance=0.06),
        }

    def _time_constant(self, temperature: float) -> float:
        return self.capacitance * thermal_voltage(temperature) / self.bias_current

    def _netlist(self, current: float | Stimulus, small_signal: float | None) -> Netlist:
        bias = self.bias_current
        return Netlist(
            title="tau-cell",
            elements=(
                VoltageSource(name="dd", plus="vdd", minus=GROUND, voltage=self.supply),
                VoltageSource(
                    name="ref", plus="vref", minus=GROUND, voltage=self.reference_voltage
                ),
                CurrentSource(
                    name="in", plus="vdd", minus="in", current=current, small_signal=small_signal
                ),
                CurrentSource(name="bias", plus="vdd", minus="bias", current=bias),
                CurrentSource(name="sink", plus="store", minus=GROUND, current=2.0 * bias),
                VoltageSource(name="out", plus="vdd", minus="out", voltage=0.0),
                Instance(name="cell", nodes=PORTS, subcircuit="tau_cell"),
            ),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def _step(self) -> Bench:
        tau = self._time_constant(300.15)

        def output(waves: Waveforms) -> FloatArray:
            return waves.real("i(vout)")

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=9.0 * tau, step=tau / 100),
            options=PICOAMPERE_OPTIONS,
            shown=("store", "i(vout)"),
            measures={
                "time_constant": Measure(
                    unit="s",
                    meaning="of the rise of the output",
                    of=lambda waves: time_constant(
                        waves.time, output(waves), start=1.2 * tau, stop=6.0 * tau
                    ),
                ),
                "output_current": Measure(
                    unit="A",
                    meaning="eight time constants after the step",
                    of=lambda waves: float(output(waves)[-1]),
                ),
            },
        )

    def _response(self) -> Bench:
        corner = 1.0 / (2.0 * np.pi * self._time_constant(300.15))
        # An input of 1 A in the small-signal analysis, so that the output is the gain itself.
        return Bench(
            netlist=self._netlist(self.input_current, 1.0),
            analysis=Ac(start=0.01 * corner, stop=100.0 * corner, points_per_decade=50),
            options=PICOAMPERE_OPTIONS,
            shown=("i(vout)",),
            measures={
                "gain": Measure(
                    unit="1",
                    meaning="output over input at a hundredth of the corner",
                    of=lambda waves: float(abs(waves["i(vout)"][0])),
                ),
                "bandwidth": Measure(
                    unit="Hz",
                    meaning="corner frequency, -3 dB",
                    of=lambda waves: bandwidth(_frequency(waves), waves["i(vout)"].astype(complex)),
                ),
            },
        )


def _frequency(waves: Waveforms) -> FloatArray:
    return waves.axis.values if waves.axis is not None else np.zeros(0)


def van_schaik_2003(technology: Technology | None = None) -> TauCell:
    """A filter of 5 ms, stepped from 20 pA to 200 pA.

    Args:
        technology: the generic one where None.
    """
    return TauCell(
        technology=technology or generic(),
        supply=1.8 * volt,
        reference_voltage=0.5 * volt,
        bias_current=5 * pA,
        input_current=20 * pA,
        stepped_current=200 * pA,
        capacitance=1 * pF,
        scale=1 * um,
    )
