"""Coarse-fine bias generator: a current over many decades from two small integers.

A bootstrapped mirror makes a master current that no input sets: its two transistors, of width ratio
M, differ in source voltage by U_T ln M, which falls over a resistor,

    I_m = U_T ln(M) / R.

A ladder of transistors (M-2M, the current-mode twin of R-2R) halves it from tap to tap; the coarse
code picks a tap. A second ladder divides that current into eight halves, of which the bits of the
fine code pick some:

    I = I_m / 2^(coarse + 1) x fine / 256

The sum is mirrored out as an n or p bias.

Source: T. Delbruck and A. van Schaik, "Bias current generators with wide dynamic range", Analog
Integrated Circuits and Signal Processing 43, 247-268 (2005); T. Delbruck, R. Berner, P.
Lichtsteiner, C. Dualibe, "32-bit configurable bias current generator with sub-off-current
capability", ISCAS 2010. Sizes are ours.
Holds for: ladders of equal units far below threshold. A wide transistor in place of two units has
another threshold, and ruins the halves. With units, BSIM4, which refers its voltages to the source,
is 1 to 6 % off over six octaves; EKV, which is symmetric, is exact but for its output slope.
Switches are wires here, chosen by the codes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.biasing import transistors
from ohmloom.circuits.circuit import Bench, Count, Measure, Metre, Ohm, Theory, Volt
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.errors import InvalidInput
from ohmloom.si import Mohm, um, volt

FINE_BITS = 8
"""Bits of the fine code."""
PORTS = ("vcas", "vfine", "outn", "outp", "tap", "vdd")
"""Gates of the two ladders, n and p outputs, what the chosen tap draws, supply."""


@dataclass(frozen=True, kw_only=True)
class BiasGenerator:
    """The generator and its codes."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    resistance: Ohm
    """R of the master [ohm]."""
    width_ratio: Count
    """M of the master, 2 or more [1]."""
    octaves: Count
    """Taps of the coarse ladder [1]."""
    coarse: Count
    """Which tap is taken, from 0 for half of the master current [1]."""
    fine: Count
    """How many 256ths of it, 0 to 255 [1]."""
    scale: Metre
    """Width and length of the unit transistor [m]."""

    def __post_init__(self) -> None:
        if not 0 <= self.coarse < self.octaves:
            raise InvalidInput(
                f"the coarse code is {self.coarse}; there are taps 0 to {self.octaves - 1}"
            )
        if not 0 <= self.fine < 2**FINE_BITS:
            raise InvalidInput(f"the fine code is {self.fine}; it must be 0 to {2**FINE_BITS - 1}")
        if self.width_ratio < 2:
            raise InvalidInput(f"the width ratio is {self.width_ratio}; it must be 2 or more")

    def subcircuit(self) -> Subcircuit:
        """Master, coarse ladder, mirror, fine ladder, output mirrors."""
        table: list[tuple[str, str, str, str, str, float, float]] = [
            # The master: an n mirror with a resistor below its wide side, a p mirror above.
            ("m1", "mn", "mn", GROUND, "n", 2.0, 2.0),
            ("m3", "mn", "mp", "vdd", "p", 4.0, 2.0),
            ("m4", "mp", "mp", "vdd", "p", 4.0, 2.0),
            # Its copy, drawn from the top of the coarse ladder.
            ("m5", "c0", "mn", GROUND, "n", 2.0, 2.0),
            # The chosen tap, turned round, pushed into the top of the fine ladder.
            ("x1", "x", "x", "vdd", "p", 4.0, 2.0),
            ("x2", "f0", "x", "vdd", "p", 4.0, 2.0),
            # The sum of the chosen bits, mirrored out.
            ("o1", "sum", "sum", GROUND, "n", 2.0, 2.0),
            ("o2", "outn", "sum", GROUND, "n", 2.0, 2.0),
            ("o3", "y", "sum", GROUND, "n", 2.0, 2.0),
            ("o4", "y", "y", "vdd", "p", 4.0, 2.0),
            ("o5", "outp", "y", "vdd", "p", 4.0, 2.0),
        ]
        # What is wide is units side by side: one wide transistor has another threshold.
        table += [
            (f"m2_{unit}", "mp", "mn", "mr", "n", 2.0, 2.0) for unit in range(self.width_ratio)
        ]
        coarse = ["tap" if tap == self.coarse else "vdd" for tap in range(self.octaves)]
        table += _ladder("c", "n", "vcas", coarse, "vdd", 2.0)
        bits = [self.fine >> (FINE_BITS - 1 - bit) & 1 for bit in range(FINE_BITS)]
        table += _ladder("f", "p", "vfine", ["sum" if b else GROUND for b in bits], GROUND, 4.0)
        inside = transistors(self.technology, tuple(table), scale=self.scale)
        master = Resistor(name="m", plus="mr", minus=GROUND, resistance=self.resistance)
        # An ammeter between the tap and the mirror that turns it round.
        bridge = VoltageSource(name="tap", plus="x", minus="tap", voltage=0.0)
        # The master is also content with no current at all: a leak starts it, far below its own.
        start = Resistor(name="start", plus="mp", minus="mn", resistance=1e5 * self.resistance)
        return Subcircuit(
            name="bias_generator", ports=PORTS, elements=(*inside, master, bridge, start)
        )

    def netlist(self) -> Netlist:
        """The generator with both outputs into ammeters."""
        return Netlist(
            title="coarse-fine bias generator",
            elements=tuple(self._around()),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """The operating point."""
        return {"operating_point": self._operating_point}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        """Master, tap and output, with ideal halves and mirrors.

        The outputs have passed two more mirrors than the tap, each a few percent off through the
        output conductance of its transistors.
        """
        master = thermal_voltage(temperature) * math.log(self.width_ratio) / self.resistance
        tap = master / 2.0 ** (self.coarse + 1)
        found = {
            "master_current": Theory(value=master, tolerance=0.1),
            "coarse_current": Theory(value=tap, tolerance=0.2),
        }
        if self.fine > 0:
            value = tap * self.fine / 2**FINE_BITS
            found["n_current"] = Theory(value=value, tolerance=0.35)
            found["p_current"] = Theory(value=value, tolerance=0.35)
        return found

    def _around(self) -> list[Element]:
        half = 0.5 * self.supply
        sources = {"dd": ("vdd", self.supply), "cas": ("vcas", 0.5 * self.supply)}
        sources["fine"] = ("vfine", 0.3 * self.supply)
        sources["n"] = ("outn", half)
        sources["p"] = ("outp", half)
        elements: list[Element] = [
            VoltageSource(name=name, plus=node, minus=GROUND, voltage=voltage)
            for name, (node, voltage) in sources.items()
        ]
        elements.append(
            # `tap` is a port so that it can be read; nothing else hangs on it.
            Resistor(name="tap", plus="tap", minus="vdd", resistance=1e18)
        )
        elements.append(Instance(name="generator", nodes=PORTS, subcircuit="bias_generator"))
        return elements

    def _operating_point(self) -> Bench:
        return Bench(
            netlist=self.netlist(),
            analysis=OperatingPoint(),
            options=dict(PICOAMPERE_OPTIONS) | {"abstol": 1e-18, "reltol": 1e-6},
            shown=("i(vn)", "i(vp)", "i(xgenerator.vtap)"),
            measures={
                "master_current": Measure(
                    unit="A",
                    meaning="through the resistor",
                    of=lambda waves: waves.number("xgenerator.mr") / self.resistance,
                ),
                "coarse_current": Measure(
                    unit="A",
                    meaning="of the chosen tap",
                    of=lambda waves: waves.number("i(xgenerator.vtap)"),
                ),
                "n_current": Measure(
                    unit="A",
                    meaning="into the n output",
                    of=lambda waves: -waves.number("i(vn)"),
                ),
                "p_current": Measure(
                    unit="A",
                    meaning="out of the p output",
                    of=lambda waves: waves.number("i(vp)"),
                ),
            },
        )


def _ladder(
    name: str, polarity: str, gate: str, targets: Sequence[str], end: str, width: float
) -> list[tuple[str, str, str, str, str, float, float]]:
    """Halves a current from node to node: one unit to each tap, two on to the next node."""
    units: list[tuple[str, str, str, str, str, float, float]] = []
    for place, target in enumerate(targets):
        node = f"{name}{place}"
        units.append((f"{name}t{place}", target, gate, node, polarity, width, 2.0))
        if place == len(targets) - 1:
            # The last tap has a twin that ends the ladder.
            units.append((f"{name}e", end, gate, node, polarity, width, 2.0))
        else:
            units += [
                (f"{name}s{place}_{twin}", f"{name}{place + 1}", gate, node, polarity, width, 2.0)
                for twin in range(2)
            ]
    return units


def nonlinearity(currents: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Integral and differential nonlinearity of currents over codes, in steps of the best line.

    Args:
        currents: one for each code, in order, shape (codes,) [A].

    Returns:
        Distance from the line through first and last, and each step less one, shapes (codes,) and
        (codes - 1,) [1]. A negative step of more than one is a loss of monotonicity.

    Raises:
        InvalidInput: fewer than three codes, or the last current equals the first.
    """
    values = np.asarray(currents, dtype=np.float64)
    if values.size < 3 or values[-1] == values[0]:
        raise InvalidInput("three codes or more, with different currents at the ends, are needed")
    step = (values[-1] - values[0]) / (values.size - 1)
    integral = (values - values[0]) / step - np.arange(values.size)
    return integral, np.diff(values) / step - 1.0


def delbruck_2010(technology: Technology | None = None) -> BiasGenerator:
    """A generator of 5.4 nA, at its third octave, half of the fine range.

    Args:
        technology: the generic one where None.
    """
    return BiasGenerator(
        technology=technology or generic(),
        supply=1.8 * volt,
        resistance=10 * Mohm,
        width_ratio=8,
        octaves=8,
        coarse=2,
        fine=128,
        scale=1 * um,
    )
