"""Ramp converter: one ramp for all columns, a comparator each, and a counter.

The code is the number of clock cycles until the ramp passes the input: 2^bits cycles for each
conversion, and a nonlinearity that all columns share, that of the ramp.

Source: the arrangement is the common one of column-parallel converters.
Holds for: a ramp from a current on a capacitor, whose output resistance bends it; comparators with
an offset and a delay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.circuit import (
    Ampere,
    Bench,
    Count,
    Farad,
    Measure,
    Ohm,
    Second,
    Theory,
    Volt,
)
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import BehaviouralVoltage, CurrentSource, VoltageSource
from ohmloom.circuits.measures.crossings import crossings
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput
from ohmloom.si import Mohm, mV, ns, pF, uA, volt


@dataclass(frozen=True, kw_only=True)
class RampAdc:
    """The ramp, one comparator and the counter."""

    technology: Technology
    """Of the chip around; ramp and comparator are behavioural."""
    bits: Count
    """Of the code, 1 to 16 [1]."""
    clock_period: Second
    """Of the counter [s]."""
    ramp_current: Ampere
    """On the ramp's capacitor [A]."""
    ramp_capacitance: Farad
    """[F]."""
    ramp_resistance: Ohm
    """Output resistance of the current, which bends the ramp [ohm]."""
    comparator_offset: Volt
    """Added to the input [V]."""
    comparator_delay: Second
    """From the crossing to the latch [s]."""
    input_voltage: Volt
    """What is converted on the bench [V]."""

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= 16:
            raise InvalidInput(f"{self.bits} bits; a ramp converter here has 1 to 16")

    @property
    def step(self) -> float:
        """Input voltage of one code on a straight ramp [V]."""
        return self.ramp_current * self.clock_period / self.ramp_capacitance

    def convert(self, voltage: ArrayLike) -> IntArray:
        """Codes of input voltages, clipped at both ends of the range.

        Args:
            voltage: any shape [V].
        """
        values = np.asarray(voltage, dtype=np.float64) + self.comparator_offset
        cycles = (self._crossing(values) + self.comparator_delay) / self.clock_period
        return np.clip(np.floor(cycles), 0, 2**self.bits - 1).astype(np.int64)

    def transitions(self) -> FloatArray:
        """Input voltages at which the code changes, shape (2^bits - 1,) [V]."""
        moments = np.arange(1, 2**self.bits) * self.clock_period - self.comparator_delay
        time_constant = self.ramp_resistance * self.ramp_capacitance
        top = self.ramp_current * self.ramp_resistance
        return top * -np.expm1(-moments / time_constant) - self.comparator_offset

    def netlist(self) -> Netlist:
        """The ramp passing the input, and the comparator."""
        # Ten microvolt decide, and the output swings between 0 and 1 V.
        formula = f"0.5+0.5*tanh((v(ramp)-v(in)-({self.comparator_offset!r}))/1e-5)"
        return Netlist(
            title="ramp converter",
            elements=(
                VoltageSource(name="in", plus="in", minus=GROUND, voltage=self.input_voltage),
                CurrentSource(name="ramp", plus=GROUND, minus="ramp", current=self.ramp_current),
                Capacitor(
                    name="ramp",
                    plus="ramp",
                    minus=GROUND,
                    capacitance=self.ramp_capacitance,
                    initial_voltage=0.0,
                ),
                Resistor(name="ramp", plus="ramp", minus=GROUND, resistance=self.ramp_resistance),
                BehaviouralVoltage(name="decides", plus="high", minus=GROUND, formula=formula),
                Resistor(name="high", plus="high", minus="done", resistance=1e3),
                Capacitor(
                    name="done",
                    plus="done",
                    minus=GROUND,
                    capacitance=1e-3 * self.clock_period / 1e3,
                ),
            ),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One conversion."""
        return {"conversion": self._conversion}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """When the ramp passes the input."""
        crossing = float(self._crossing(np.array(self.input_voltage + self.comparator_offset)))
        return {"crossing_time": Theory(value=crossing, tolerance=2e-3)}

    def _crossing(self, voltage: FloatArray) -> FloatArray:
        """When the ramp is at a voltage; never above what it tends to."""
        top = self.ramp_current * self.ramp_resistance
        share = np.clip(voltage / top, 0.0, 1.0 - 1e-12)
        return -self.ramp_resistance * self.ramp_capacitance * np.log1p(-share)

    def _conversion(self) -> Bench:
        whole = 2**self.bits * self.clock_period

        def crossing(waves: Waveforms) -> float:
            found = crossings(waves.time, waves.real("done"), 0.5)
            return float(found[0]) if found.size else whole

        def code(waves: Waveforms) -> float:
            cycles = (crossing(waves) + self.comparator_delay) / self.clock_period
            return float(min(int(cycles), 2**self.bits - 1))

        return Bench(
            netlist=self.netlist(),
            analysis=Transient(
                stop=whole, step=0.1 * self.clock_period, from_operating_point=False
            ),
            options={"reltol": 1e-6, "gmin": 1e-15},
            shown=("in", "ramp", "done"),
            measures={
                "crossing_time": Measure(
                    unit="s", meaning="when the comparator decides", of=crossing
                ),
                "code": Measure(unit="1", meaning="what the counter holds then", of=code),
            },
        )


def ramp_adc(technology: Technology | None = None) -> RampAdc:
    """Six bits over 0.64 V, 10 ns a code.

    Args:
        technology: the generic one where None.
    """
    return RampAdc(
        technology=technology or generic(),
        bits=6,
        clock_period=10 * ns,
        ramp_current=1 * uA,
        ramp_capacitance=1 * pF,
        ramp_resistance=20 * Mohm,
        comparator_offset=0.0,
        comparator_delay=0.0,
        input_voltage=333 * mV * volt,
    )
