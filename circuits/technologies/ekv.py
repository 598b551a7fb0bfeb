"""EKV: a transistor in seven numbers, symmetric, smooth from weak to strong inversion.

    I_D = I_S [F((V_P - V_S) / U_T) - F((V_P - V_D) / U_T)] (1 + lambda |V_DS|)
    F(v) = ln^2(1 + exp(v / 2)),  V_P = (V_G - V_T0) / n,  I_S = 2 n K_p (W/L) U_T^2

with all voltages against the bulk, and mirrored for p transistors. Currents go with W/L exactly, so
that closed forms hold to the digit; a foundry's transistors differ. `ohmloom.circuits.technologies.
ekv_fit` fits the numbers to another technology.

Source: C. C. Enz, F. Krummenacher, E. A. Vittoz, "An analytical MOS transistor model valid in all
regions of operation and dedicated to low-voltage and low-current applications", Analog Integrated
Circuits and Signal Processing 8, 83-114 (1995).
Leaves out: short and narrow channels, velocity saturation, charges; a drain and a gate capacitance
stand in for these. In ngspice a transistor is a behavioural source, some 20 times slower than a
built-in BSIM4.
"""

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from array_api_compat import array_namespace

from ohmloom.arrays import Array
from ohmloom.circuits.elements.element import (
    Adjustable,
    calling_line,
    check_finite,
    check_names,
    check_positive,
    number,
)
from ohmloom.circuits.netlist import Definition, TextSubcircuit
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.technology import (
    CORNERS,
    Pelgrom,
    WeakInversion,
    check_corner,
    check_polarity,
    check_size,
)
from ohmloom.si import fF, mV, um, volt

_CORNER_SHIFT: Final = 40 * mV
_CORNER_FACTOR: Final = 0.08


@dataclass(frozen=True, kw_only=True)
class Ekv:
    """The numbers of one polarity, all positive; voltages of p transistors are mirrored."""

    slope_factor: float
    """n [1]."""
    transconductance: float
    """K_p, mobility times oxide capacitance [A/V2]."""
    threshold: float
    """V_T0 against the bulk [V]."""
    output_slope: float
    """lambda [1/V]."""

    def current(
        self,
        gate: Array,
        source: Array,
        drain: Array,
        *,
        width: float,
        length: float,
        temperature: float,
    ) -> Array:
        """Drain current of an n transistor, or of a mirrored p transistor [A].

        Args:
            gate: against the bulk, any shape, numpy or torch [V].
            source: against the bulk [V].
            drain: against the bulk [V].
            width: of the channel [m].
            length: of the channel [m].
            temperature: [K].
        """
        thermal = thermal_voltage(temperature)
        scale = 2.0 * self.slope_factor * self.transconductance * (width / length) * thermal**2
        pinch_off = (gate - self.threshold) / self.slope_factor
        forward = _inversion((pinch_off - source) / thermal)
        reverse = _inversion((pinch_off - drain) / thermal)
        return scale * (forward - reverse) * (1.0 + self.output_slope * abs(drain - source))

    def gate_voltage(
        self, current: float, *, width: float, length: float, temperature: float
    ) -> float:
        """Gate voltage of a saturated transistor with its source at the bulk [V].

        The inverse of `current` without the output slope: what a diode makes of a bias current.
        """
        thermal = thermal_voltage(temperature)
        scale = 2.0 * self.slope_factor * self.transconductance * (width / length) * thermal**2
        level = math.sqrt(current / scale)
        # ln(exp(x) - 1) without a difference of near-equal numbers.
        inverse = level + math.log(-math.expm1(-level))
        return self.threshold + 2.0 * self.slope_factor * thermal * inverse


def _inversion(voltage: Array) -> Array:
    """F(v) = ln^2(1 + exp(v / 2)), without overflow."""
    xp = array_namespace(voltage)
    half = 0.5 * voltage
    soft = xp.clip(half, 0.0, None) + xp.log1p(xp.exp(-xp.abs(half)))
    return soft * soft


@dataclass(frozen=True, kw_only=True)
class EkvMosfet:
    """A transistor of an EKV technology: an instance of its subcircuit."""

    letter: ClassVar[str] = "X"
    name: str
    """Without the leading X of SPICE."""
    drain: str
    """Node."""
    gate: str
    """Node."""
    source: str
    """Node."""
    bulk: str
    """Node."""
    model: str
    """Name of the subcircuit."""
    polarity: str
    """Either "n" or "p"."""
    width: float
    """Of the channel [m]."""
    length: float
    """Of the channel [m]."""
    threshold_shift: float = 0.0
    """Added to the threshold voltage, which is negative for p, as `delvto` of BSIM4 [V]."""
    current_factor: float = 1.0
    """Times K_p [1]."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        check_names(self)
        check_positive(self, "width", self.width, "m")
        check_positive(self, "length", self.length, "m")
        check_finite(self, "threshold shift", self.threshold_shift, "V")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Drain, gate, source, bulk."""
        return (self.drain, self.gate, self.source, self.bulk)

    def spice_line(self) -> str:
        """The line that describes it."""
        return (
            f"X{self.name} {' '.join(self.nodes)} {self.model} w={number(self.width)} "
            f"l={number(self.length)} dvt={number(self.threshold_shift)} "
            f"kf={number(self.current_factor)}"
        )

    def adjustable(self) -> tuple[Adjustable, ...]:
        """Nothing: its numbers go into a formula when it is read."""
        return ()

    def mismatched(self, *, threshold_shift: float, current_factor: float) -> "EkvMosfet":
        """The same transistor with a deviation."""
        return replace(self, threshold_shift=threshold_shift, current_factor=current_factor)


@dataclass(frozen=True, kw_only=True)
class EkvTechnology:
    """A technology whose transistors are EKV's, at one corner."""

    name: str
    """Of the technology."""
    corner: str
    """One of `corners`."""
    n: Ekv
    """The n transistors, at the typical corner."""
    p: Ekv
    """The p transistors, at the typical corner."""
    supply: float
    """Nominal supply voltage [V]."""
    law: Pelgrom
    """How single transistors scatter."""
    drain_capacitance: float
    """Of each drain and each source against the bulk; 0 for none [F]."""
    gate_capacitance: float
    """Of each gate against the bulk, for a square metre of channel; 0 for none [F/m2]."""

    def __post_init__(self) -> None:
        check_corner(self.name, self.corner, self.corners)

    @property
    def corners(self) -> tuple[str, ...]:
        """All five; slow and fast are 40 mV and 8 % of K_p away, which is our choice."""
        return CORNERS

    def at_corner(self, corner: str) -> "EkvTechnology":
        """The same at another corner."""
        return replace(self, corner=corner)

    def parameters(self, polarity: str) -> Ekv:
        """The numbers of one polarity at this corner."""
        check_polarity(polarity)
        typical = self.n if polarity == "n" else self.p
        slow = {"t": 0.0, "s": 1.0, "f": -1.0}[self.corner[0 if polarity == "n" else 1]]
        return replace(
            typical,
            threshold=typical.threshold + slow * _CORNER_SHIFT,
            transconductance=typical.transconductance * (1.0 - slow * _CORNER_FACTOR),
        )

    def transistor(
        self,
        *,
        name: str,
        polarity: str,
        drain: str,
        gate: str,
        source: str,
        bulk: str,
        width: float,
        length: float,
    ) -> EkvMosfet:
        """A transistor; sizes in metres."""
        check_polarity(polarity)
        check_size(self.name, name, width, length, smallest=0.1 * um, largest=1000 * um)
        return EkvMosfet(
            name=name,
            drain=drain,
            gate=gate,
            source=source,
            bulk=bulk,
            model=f"ekv_{polarity}",
            polarity=polarity,
            width=width,
            length=length,
        )

    def definitions(self) -> tuple[Definition, ...]:
        """Both subcircuits."""
        return tuple(self._definition(polarity) for polarity in ("n", "p"))

    def pelgrom(self, polarity: str) -> Pelgrom:
        """`law`, for both."""
        check_polarity(polarity)
        return self.law

    def weak_inversion(self, polarity: str, *, temperature: float) -> WeakInversion:
        """Exact but for the output slope."""
        ekv = self.parameters(polarity)
        n, thermal = ekv.slope_factor, thermal_voltage(temperature)
        leakage = 2.0 * n * ekv.transconductance * thermal**2
        leakage *= math.exp(-ekv.threshold / (n * thermal))
        return WeakInversion(leakage=leakage, slope_factor=n, scales_with_size=True)

    def _definition(self, polarity: str) -> TextSubcircuit:
        ekv = self.parameters(polarity)
        name = f"ekv_{polarity}"
        sign, ends, shift = ("", "d s", "dvt") if polarity == "n" else ("-", "s d", "-dvt")
        thermal = "(8.617333262e-5*(temper+273.15))"
        pinch_off = f"(({sign}v(g,b)-{ekv.threshold!r}-({shift}))/{ekv.slope_factor!r})"

        def inversion(node: str) -> str:
            argument = f"max(min(({pinch_off}-({sign}v({node},b)))/(2*{thermal}),300),-300)"
            return f"ln(1+exp({argument}))**2"

        scale = f"{2.0 * ekv.slope_factor * ekv.transconductance!r}*kf*w/l*{thermal}**2"
        output = f"(1+{ekv.output_slope!r}*abs(v(d,s)))"
        lines = [
            f".subckt {name} d g s b w=1e-6 l=1e-6 dvt=0 kf=1",
            f"Bd {ends} I = {scale}*({inversion('s')}-{inversion('d')})*{output}",
        ]
        if self.drain_capacitance > 0.0:
            lines.append(f"Cd d b {self.drain_capacitance!r}")
            lines.append(f"Cs s b {self.drain_capacitance!r}")
        if self.gate_capacitance > 0.0:
            lines.append(f"Cg g b {{{self.gate_capacitance!r}*w*l}}")
        return TextSubcircuit(
            name=name, ports=("d", "g", "s", "b"), text="\n".join([*lines, f".ends {name}"])
        )


def ekv(corner: str = "tt") -> EkvTechnology:
    """An EKV technology of 180 nm character, with round numbers of our own.

    Args:
        corner: "tt", "ss", "ff", "sf" or "fs".

    Raises:
        InvalidInput: another corner.
    """
    return EkvTechnology(
        name="ekv",
        corner=corner,
        n=Ekv(slope_factor=1.30, transconductance=250e-6, threshold=0.45, output_slope=0.05),
        p=Ekv(slope_factor=1.35, transconductance=70e-6, threshold=0.45, output_slope=0.05),
        supply=1.8 * volt,
        law=Pelgrom(threshold=3.5 * mV * um, current_factor=0.01 * um),
        drain_capacitance=1 * fF,
        gate_capacitance=8e-3,
    )
