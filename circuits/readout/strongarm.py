"""StrongARM comparator: a clocked latch that decides which of two voltages is higher.

While the clock is low, four p transistors hold the outputs at the supply. When it rises, the input
pair discharges its sides at different speeds, until the cross-coupled inverters take over and the
difference grows exponentially, with C_out / g_m of the crossed transistors, to full levels.

Mismatch of the pair shifts the decision:

    sigma(offset) = sqrt(sigma_VT,in^2 + (g_m,x / g_m,in)^2 sigma_VT,x^2), each of a pair

Source: the latch is that of T. Kobayashi et al., JSSC 28, 523 (1993), and J. Montanaro et al., JSSC
31, 1703 (1996); the spread of the offset follows P. R. Kinget, JSSC 40, 1212 (2005). Sizes are
ours.
Holds for: common-mode voltages at which the input pair conducts.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.biasing import transistors
from ohmloom.circuits.circuit import Bench, Farad, Measure, Metre, Second, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Capacitor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.circuits.measures.power import energy
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.technologies.closed_forms import pair_offset
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.mismatch import Deviation, with_mismatch
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.si import fF, mV, ns, ps, um, volt

PORTS = ("inp", "inm", "clk", "outp", "outm", "vdd")
"""Inputs, clock, outputs, supply."""


@dataclass(frozen=True, kw_only=True)
class StrongArmComparator:
    """The latch, its inputs, its load and its clock."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    common_mode: Volt
    """Mean of the inputs [V]."""
    input_difference: Volt
    """Positive input less negative one [V]."""
    load_capacitance: Farad
    """At each output [F]."""
    input_width: Metre
    """Of each input transistor [m]."""
    latch_width: Metre
    """Of each crossed transistor [m]."""
    length: Metre
    """Of all channels [m]."""
    decision_window: Second
    """How long the clock is high [s]."""

    def subcircuit(self) -> Subcircuit:
        """Eleven transistors."""
        width, latch = self.input_width / self.length, self.latch_width / self.length
        table = (
            ("tail", "t", "clk", GROUND, "n", 2.0 * width, 1.0),
            ("inp", "sm", "inp", "t", "n", width, 1.0),
            ("inm", "sp", "inm", "t", "n", width, 1.0),
            ("nm", "outm", "outp", "sm", "n", latch, 1.0),
            ("np", "outp", "outm", "sp", "n", latch, 1.0),
            ("pm", "outm", "outp", "vdd", "p", latch, 1.0),
            ("pp", "outp", "outm", "vdd", "p", latch, 1.0),
            ("rm", "outm", "clk", "vdd", "p", latch, 1.0),
            ("rp", "outp", "clk", "vdd", "p", latch, 1.0),
            ("rsm", "sm", "clk", "vdd", "p", latch, 1.0),
            ("rsp", "sp", "clk", "vdd", "p", latch, 1.0),
        )
        inside = transistors(self.technology, table, scale=self.length)
        return Subcircuit(name="strongarm", ports=PORTS, elements=inside)

    def netlist(self) -> Netlist:
        """One decision."""
        half = 0.5 * self.input_difference
        sources = {
            "dd": ("vdd", self.supply),
            "inp": ("inp", self.common_mode + half),
            "inm": ("inm", self.common_mode - half),
        }
        clock = Pulse(
            low=0.0,
            high=self.supply,
            delay=self._start(),
            rise=20 * ps,
            fall=20 * ps,
            width=self.decision_window,
        )
        return Netlist(
            title="StrongARM comparator",
            elements=(
                *(
                    VoltageSource(name=name, plus=node, minus=GROUND, voltage=voltage)
                    for name, (node, voltage) in sources.items()
                ),
                VoltageSource(name="clk", plus="clk", minus=GROUND, voltage=clock),
                *(
                    Capacitor(name=node, plus=node, minus=GROUND, capacitance=self.load_capacitance)
                    for node in ("outp", "outm")
                ),
                Instance(name="latch", nodes=PORTS, subcircuit="strongarm"),
            ),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One decision."""
        return {"decision": self._decision}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """It decides for the larger input."""
        sign = math.copysign(1.0, self.input_difference)
        return {"decision": Theory(value=sign, tolerance=1e-6)}

    def offset(
        self,
        deviations: Mapping[str, Deviation],
        *,
        temperature: float = 300.15,
        largest: float = 60 * mV,
        resolution: float = 0.2 * mV,
    ) -> float:
        """Input difference at which a comparator with deviating transistors is undecided [V].

        Found by bisection, one decision each.

        Args:
            deviations: by path, as `draw_mismatch` gives them.
            temperature: [K].
            largest: how far to look, to both sides [V].
            resolution: width of the last interval [V].

        Returns:
            nan where it decides the same way at both ends.

        Raises:
            MissingDependency: the ngspice library is not installed.
            SimulatorError: ngspice found no solution.
        """

        def decision(difference: float) -> float:
            bench = replace(self, input_difference=difference).benches()["decision"]()
            run = simulate(
                with_mismatch(bench.netlist, deviations),
                bench.analysis,
                temperature=temperature,
                options=bench.options,
                keep=["outp", "outm", "clk", "i(vdd)"],
            )
            return bench.measures["decision"].of(run)

        low, high = -largest, largest
        if decision(low) > 0.0 or decision(high) < 0.0:
            return math.nan
        while high - low > resolution:
            middle = 0.5 * (low + high)
            low, high = (middle, high) if decision(middle) < 0.0 else (low, middle)
        return 0.5 * (low + high)

    def offset_spread(self, *, latch_share: float) -> float:
        """Standard deviation of the offset by the closed form [V].

        Args:
            latch_share: g_m of the crossed transistors over that of the input pair, when they take
                over; 0 for the input pair alone [1].
        """
        law = self.technology.pelgrom("n")
        size = {"length": self.length, "current_over_transconductance": 0.1}
        pair = pair_offset(law, width=self.input_width, **size)
        latch = pair_offset(law, width=self.latch_width, **size)
        return math.hypot(pair, latch_share * latch)

    def _start(self) -> float:
        return 0.2 * self.decision_window

    def _decision(self) -> Bench:
        end = self._start() + self.decision_window

        def difference(waves: Waveforms) -> FloatArray:
            return waves.real("outp") - waves.real("outm")

        def decided(waves: Waveforms) -> float:
            last = float(np.interp(end, waves.time, difference(waves)))
            return math.copysign(1.0, last) if abs(last) > 0.5 * self.supply else 0.0

        def duration(waves: Waveforms) -> float:
            found = crossings(
                waves.time, np.abs(difference(waves)), 0.5 * self.supply, direction="rising"
            )
            return float(found[0] - self._start()) if found.size else math.nan

        def regeneration(waves: Waveforms) -> float:
            size = np.abs(difference(waves))
            # Between a twentieth and a third of the supply the difference grows exponentially.
            first = crossings(waves.time, size, self.supply / 20.0)
            last = crossings(waves.time, size, self.supply / 3.0)
            if not (first.size and last.size):
                return math.nan
            return float((last[0] - first[-1 if first.size == 1 else 0]) / math.log(20.0 / 3.0))

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=end + 0.3 * self.decision_window, step=10 * ps),
            options={"reltol": 1e-4},
            shown=("clk", "outp", "outm", "i(vdd)"),
            measures={
                "decision": Measure(unit="1", meaning="1, -1, or 0 for undecided", of=decided),
                "decision_time": Measure(
                    unit="s",
                    meaning="from the clock to half the supply between the outputs",
                    of=duration,
                ),
                "regeneration_time_constant": Measure(
                    unit="s", meaning="of the growing difference", of=regeneration
                ),
                "energy_per_decision": Measure(
                    unit="J",
                    meaning="from the supply, precharge included",
                    of=lambda waves: energy(waves.time, waves.real("vdd"), -waves.real("i(vdd)")),
                ),
            },
        )


def strongarm_comparator(technology: Technology | None = None) -> StrongArmComparator:
    """A latch of 2/0.2 um at 10 mV of difference.

    Args:
        technology: the generic one where None.
    """
    return StrongArmComparator(
        technology=technology or generic(),
        supply=1.8 * volt,
        common_mode=1.2 * volt,
        input_difference=10 * mV,
        load_capacitance=5 * fF,
        input_width=2 * um,
        latch_width=1 * um,
        length=0.2 * um,
        decision_window=4 * ns,
    )
