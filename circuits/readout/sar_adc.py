"""SAR converter: a binary array of capacitors finds the code bit by bit.

The input is sampled on the whole array; then each capacitor, from the largest, is tried at the
reference, and stays there where the input is higher. A code's voltage is the share of the
capacitors that stay: mismatch of the unit capacitors makes codes unequal, most at mid-code, where
all change at once,

    sigma(DNL) = sqrt(2^bits - 1) sigma_u  in steps.

Sampling adds noise of sqrt(k T / C).

Source: the relation for the mid-code follows from the variance of the 2^bits - 1 units that change
there.
Holds for: settled switching, a comparator with an offset, capacitors without voltage dependence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.circuit import Bench, Count, Farad, Measure, Ratio, Theory, Volt
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.passive import Capacitor, Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import PiecewiseLinear
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.errors import InvalidInput
from ohmloom.physical_constants import boltzmann
from ohmloom.randomness import Draws
from ohmloom.si import fF, volt

_STEP = 1e-9


@dataclass(frozen=True, kw_only=True)
class SarAdc:
    """The array of capacitors, the reference and the comparator."""

    technology: Technology
    """Of the chip around; switches and comparator are ideal."""
    bits: Count
    """Of the code, 2 to 12 [1]."""
    unit_capacitance: Farad
    """Of the smallest capacitor [F]."""
    unit_spread: Ratio
    """Standard deviation of a unit capacitor over its value [1]."""
    reference: Volt
    """Upper end of the range [V]."""
    comparator_offset: Volt
    """Added to the input [V]."""
    code: Count
    """Which code the bench switches to [1]."""

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 12:
            raise InvalidInput(f"{self.bits} bits; a converter here has 2 to 12")
        if not 0 <= self.code < 2**self.bits:
            raise InvalidInput(f"code {self.code}; it must be 0 to {2**self.bits - 1}")

    @property
    def step(self) -> float:
        """Input voltage of one code [V]."""
        return self.reference / float(2**self.bits)

    def nominal_units(self) -> FloatArray:
        """Sizes of the capacitors, from the largest, and of the one that ends the array [1]."""
        weights = 2.0 ** np.arange(self.bits - 1, -1, -1)
        return np.append(weights, 1.0)

    def draw_units(self, converters: int, *, rng: Draws) -> FloatArray:
        """Sizes of the capacitors of several converters, each made of units that differ.

        Args:
            converters: how many.
            rng: where the numbers come from.

        Returns:
            Shape (converters, bits + 1) [1].
        """
        nominal = self.nominal_units()
        # A sum of k units scatters with the root of k.
        normal = rng.standard_normal((converters, nominal.size))
        return nominal + self.unit_spread * np.sqrt(nominal) * normal

    def convert(
        self, voltage: ArrayLike, *, units: FloatArray | None = None, rng: Draws | None = None
    ) -> IntArray:
        """Codes of input voltages, clipped at both ends of the range.

        Args:
            voltage: shape (..., converters) where `units` are of several, else any shape [V].
            units: sizes of the capacitors, shape (bits + 1,) or (converters, bits + 1); nominal
                where None.
            rng: draws the noise of sampling at 300 K; none where None.
        """
        sizes = self.nominal_units() if units is None else units
        held = np.asarray(voltage, dtype=np.float64) + self.comparator_offset
        if rng is not None:
            total = self.unit_capacitance * sizes.sum(axis=-1)
            noise = np.sqrt(boltzmann * 300.0 / total)
            held = held + noise * rng.standard_normal(np.shape(held))
        shares = sizes / sizes.sum(axis=-1, keepdims=True)
        code = np.zeros(held.shape, dtype=np.int64)
        reached = np.zeros(held.shape)
        for bit in range(self.bits):
            tried = reached + self.reference * shares[..., bit]
            stays = held >= tried
            reached = np.where(stays, tried, reached)
            code = 2 * code + stays
        return code

    def levels(self, units: FloatArray | None = None) -> FloatArray:
        """Input voltages at which each code begins, but for the offset.

        Args:
            units: sizes of the capacitors, shape (..., bits + 1); nominal where None.

        Returns:
            Shape (..., 2^bits) [V].
        """
        sizes = self.nominal_units() if units is None else units
        shares = sizes / sizes.sum(axis=-1, keepdims=True)
        codes = np.arange(2**self.bits)
        chosen = (codes[:, None] >> np.arange(self.bits - 1, -1, -1)) & 1
        return np.asarray(self.reference * (shares[..., : self.bits] @ chosen.T))

    def differential_nonlinearity(self, units: FloatArray | None = None) -> FloatArray:
        """Each step less the nominal one, in steps, shape (..., 2^bits - 1) [1]."""
        return np.diff(self.levels(units), axis=-1) / self.step - 1.0

    def netlist(self) -> Netlist:
        """The array: emptied, then the capacitors of the code switched to the reference."""
        elements: list[Element] = []
        for place, size in enumerate(self.nominal_units()):
            node = f"b{place}"
            is_on = place < self.bits and self.code >> (self.bits - 1 - place) & 1
            level = self.reference if is_on else 0.0
            wave = PiecewiseLinear(points=((0.0, 0.0), (_STEP, 0.0), (2 * _STEP, level)))
            elements += [
                VoltageSource(name=node, plus=node, minus=GROUND, voltage=wave),
                Capacitor(
                    name=node,
                    plus="top",
                    minus=node,
                    capacitance=float(size) * self.unit_capacitance,
                    initial_voltage=0.0,
                ),
            ]
        # What leaks through this in the few nanoseconds of the bench is far below a code.
        elements.append(Resistor(name="leak", plus="top", minus=GROUND, resistance=1e15))
        return Netlist(title="capacitors of a SAR converter", elements=tuple(elements))

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """The array switching to a code."""
        return {"switching": self._switching}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The share of the reference that the code stands for."""
        if self.code == 0:
            return {}
        return {"level": Theory(value=self.code * self.step, tolerance=1e-5)}

    def _switching(self) -> Bench:
        return Bench(
            netlist=self.netlist(),
            analysis=Transient(stop=4 * _STEP, step=0.1 * _STEP, from_operating_point=False),
            options={"reltol": 1e-7, "gmin": 1e-18, "chgtol": 1e-21},
            shown=("top", "b0"),
            measures={
                "level": Measure(
                    unit="V",
                    meaning="of the array's common plate",
                    of=lambda waves: float(waves.real("top")[-1]),
                ),
            },
        )


def sar_adc(technology: Technology | None = None) -> SarAdc:
    """Eight bits over 0.8 V from units of 2 fF that scatter by 0.3 %.

    Args:
        technology: the generic one where None.
    """
    return SarAdc(
        technology=technology or generic(),
        bits=8,
        unit_capacitance=2 * fF,
        unit_spread=0.003,
        reference=0.8 * volt,
        comparator_offset=0.0,
        code=181,
    )
