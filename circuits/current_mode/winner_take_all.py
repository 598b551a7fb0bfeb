"""Winner-take-all: of several input currents the largest takes the whole output current.

Each cell has a transistor that its input flows into, with one gate voltage for all, and a follower
that pushes this voltage up. Where the input exceeds what the common gate lets pass, the follower's
gate rises until that cell alone carries the tail current.

Source: J. Lazzaro, S. Ryckebusch, M. A. Mahowald, C. A. Mead, "Winner-take-all networks of O(N)
complexity", NIPS 1 (1989). Sizes and biases are ours.
Holds for: transistors with little output conductance; one with more lets near rivals keep a part.
With mismatch the winner is the largest input times a factor of each cell, ln of which scatters by
the threshold of its input transistor: `winning_probability`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import OperatingPoint, Transient
from ohmloom.circuits.biasing import diode_bias, transistors
from ohmloom.circuits.circuit import Ampere, Bench, Measure, Metre, Ratio, Second, Theory, Volt
from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.sources import CurrentSource, VoltageSource
from ohmloom.circuits.elements.stimuli import Pulse
from ohmloom.circuits.measures.settling import settling_time
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.ngspice import PICOAMPERE_OPTIONS
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput
from ohmloom.si import ms, nA, um, volt


@dataclass(frozen=True, kw_only=True)
class WinnerTakeAll:
    """The cells, their inputs and the tail current that the winner gets."""

    technology: Technology
    """What its transistors are made in."""
    supply: Volt
    """Supply voltage [V]."""
    input_currents: tuple[float, ...]
    """One for each cell, two or more [A]."""
    scale_of_inputs: Ratio
    """Multiplies all input currents: for sweeps [1]."""
    tail_current: Ampere
    """Bias of the tail, given for 1/2 um, a quarter of its width [A]."""
    switching_time: Second
    """When the first cell's input doubles in the transient [s]."""
    scale: Metre
    """What the sizes of the transistors are multiples of [m]."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_currents", tuple(map(float, self.input_currents)))
        if len(self.input_currents) < 2 or min(self.input_currents) <= 0.0:
            raise InvalidInput(
                f"a competition needs two input currents or more, all above zero, not "
                f"{self.input_currents}"
            )

    @property
    def winner(self) -> int:
        """Place of the largest input."""
        return int(np.argmax(self.input_currents))

    def subcircuit(self) -> Subcircuit:
        """Two transistors for each cell, and the tail."""
        table = [("tail", "c", "vtail", GROUND, "n", 4.0, 2.0)]
        for place in range(len(self.input_currents)):
            table += [
                (f"a{place}", f"v{place}", "c", GROUND, "n", 1.0, 4.0),
                (f"b{place}", f"o{place}", f"v{place}", "c", "n", 1.0, 1.0),
            ]
        inside = transistors(self.technology, tuple(table), scale=self.scale)
        return Subcircuit(name="winner_take_all", ports=self._ports(), elements=inside)

    def netlist(self) -> Netlist:
        """The competition at rest."""
        return self._netlist(stepped=False)

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """The competition at rest; a rival that overtakes the others."""
        return {"rest": self._rest, "overtaking": self._overtaking}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The winner takes everything; at any temperature."""
        return {"winner_share": Theory(value=1.0, tolerance=1e-3)}

    def _ports(self) -> tuple[str, ...]:
        cells = range(len(self.input_currents))
        return (*(f"v{n}" for n in cells), *(f"o{n}" for n in cells), "vtail")

    def _netlist(self, *, stepped: bool) -> Netlist:
        elements: list[Element] = [
            VoltageSource(name="dd", plus="vdd", minus=GROUND, voltage=self.supply),
            *diode_bias(
                self.technology,
                name="tail",
                node="vtail",
                polarity="n",
                current=self.tail_current,
                width=self.scale,
                length=2.0 * self.scale,
            ),
        ]
        for place, each in enumerate(self.input_currents):
            level = each * self.scale_of_inputs
            drive: float | Pulse = level
            if stepped and place == self._rival():
                edge = 1e-3 * self.switching_time
                high = 2.0 * max(self.input_currents) * self.scale_of_inputs
                drive = Pulse(
                    low=level,
                    high=high,
                    delay=self.switching_time,
                    rise=edge,
                    fall=edge,
                    width=1e3 * self.switching_time,
                )
            elements += [
                CurrentSource(name=f"in{place}", plus="vdd", minus=f"v{place}", current=drive),
                VoltageSource(name=f"out{place}", plus="vdd", minus=f"o{place}", voltage=0.0),
            ]
        elements.append(Instance(name="wta", nodes=self._ports(), subcircuit="winner_take_all"))
        return Netlist(
            title="winner-take-all",
            elements=tuple(elements),
            definitions=(*self.technology.definitions(), self.subcircuit()),
        )

    def _rival(self) -> int:
        """A loser: the smallest input."""
        return int(np.argmin(self.input_currents))

    def _outputs(self, waves: Waveforms) -> FloatArray:
        names = [f"i(vout{place})" for place in range(len(self.input_currents))]
        return np.array([waves.real(name) for name in names])

    def _rest(self) -> Bench:
        def shares(waves: Waveforms) -> FloatArray:
            currents = self._outputs(waves)[:, 0]
            return np.asarray(currents / currents.sum())

        return Bench(
            netlist=self.netlist(),
            analysis=OperatingPoint(),
            options=dict(PICOAMPERE_OPTIONS) | {"abstol": 1e-18},
            shown=tuple(f"i(vout{place})" for place in range(len(self.input_currents))),
            measures={
                "winner": Measure(
                    unit="1",
                    meaning="place of the cell with the largest output, from 0",
                    of=lambda waves: float(np.argmax(shares(waves))),
                ),
                "winner_current": Measure(
                    unit="A",
                    meaning="largest output",
                    of=lambda waves: float(self._outputs(waves).max()),
                ),
                "winner_share": Measure(
                    unit="1",
                    meaning="of the largest output in all outputs",
                    of=lambda waves: float(shares(waves).max()),
                ),
            },
        )

    def _overtaking(self) -> Bench:
        rival = self._rival()

        def duration(waves: Waveforms) -> float:
            trace = waves.real(f"i(vout{rival})")
            return settling_time(
                waves.time, trace, tolerance=0.1 * trace[-1], start=self.switching_time
            )

        return Bench(
            netlist=self._netlist(stepped=True),
            analysis=Transient(stop=3.0 * self.switching_time, step=self.switching_time / 300),
            options=PICOAMPERE_OPTIONS,
            shown=tuple(f"i(vout{place})" for place in range(len(self.input_currents))),
            measures={
                "competition_time": Measure(
                    unit="s",
                    meaning="until a loser whose input becomes twice the largest has 90 %",
                    of=duration,
                )
            },
        )


def winning_probability(inputs: Sequence[float], *, spread: float) -> float:
    """How often the largest of several inputs wins when the cells do not match.

    The effective input of each cell is its current times a log-normal factor.

    Args:
        inputs: currents, two or more, all above zero [A].
        spread: standard deviation of the logarithm of each factor, above zero: that of the input
            transistor's current, see `weak_inversion_spread` [1].

    Returns:
        Between one over the number of cells and 1.

    Raises:
        InvalidInput: fewer than two inputs, or one that is not above zero, or no spread.

    >>> f"{winning_probability([1.02, 1.00, 0.95, 0.90], spread=0.057):.2f}"
    '0.48'
    """
    values = np.asarray(inputs, dtype=np.float64)
    if values.size < 2 or not (values > 0.0).all() or not spread > 0.0:
        raise InvalidInput("two inputs or more, all above zero, and a spread above zero are needed")
    logs = np.sort(np.log(values))[::-1]
    behind = (logs[0] - logs[1:]) / spread

    def density(x: float) -> float:
        return float(stats.norm.pdf(x) * stats.norm.cdf(x + behind).prod())

    value, _ = integrate.quad(density, -8.0, 8.0)
    return float(value)


def lazzaro_1989(technology: Technology | None = None) -> WinnerTakeAll:
    """Four cells, of which the best is 2 % ahead.

    Args:
        technology: the generic one where None.
    """
    return WinnerTakeAll(
        technology=technology or generic(),
        supply=1.8 * volt,
        input_currents=(1.00 * nA, 1.02 * nA, 0.95 * nA, 0.90 * nA),
        scale_of_inputs=1.0,
        tail_current=1 * nA,
        switching_time=1 * ms,
        scale=1 * um,
    )
