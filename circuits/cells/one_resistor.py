"""1R: a memristor behind a resistor, under its typical sweep.

Source: the subcircuit is traced from the formulas of the memristor's model; see
`ohmloom.devices.subcircuit`.
Holds for: whatever the model of the memristor holds for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.circuit import Bench, Measure, Ohm, Second, Theory, Volt
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.passive import Resistor
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.elements.stimuli import PiecewiseLinear
from ohmloom.circuits.netlist import Netlist, TextSubcircuit
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.devices.memristor import Memristor
from ohmloom.devices.memristors.sky130_reram import sky130_reram
from ohmloom.devices.stimulus import triangle_sweep
from ohmloom.devices.subcircuit import NGSPICE_OPTIONS, subcircuit
from ohmloom.devices.transient import simulate_transient

_STEPS = 1000


def memristor_subcircuit(
    memristor: Memristor, *, name: str, initial_state: tuple[float, ...]
) -> TextSubcircuit:
    """A memristor as a definition that instances refer to.

    Args:
        memristor: one device.
        name: what instances call it.
        initial_state: one value for each state variable, in its unit.

    Raises:
        InvalidInput: parameters are arrays, or the state is incomplete.
        OutOfModelRange: the state is outside its bounds.
    """
    text = subcircuit(memristor, name=name, initial_state=initial_state)
    return TextSubcircuit(name=name, ports=("plus", "minus"), text=text)


@dataclass(frozen=True, kw_only=True)
class OneResistorCell:
    """A memristor and the sweep that sets and resets it."""

    technology: Technology
    """Of the chip around; the cell itself has no transistor."""
    memristor: Memristor
    """The device."""
    initial_state: tuple[float, ...]
    """Where the device begins, in the units of its state variables."""
    series_resistance: Ohm
    """Of wires and driver [ohm]."""
    set_voltage: Volt
    """Top of the positive triangle [V]."""
    reset_voltage: Volt
    """Depth of the negative triangle, as a magnitude [V]."""
    read_voltage: Volt
    """Where the conductance is read off the flanks [V]."""
    period: Second
    """Of the whole sweep [s]."""

    def netlist(self) -> Netlist:
        """The cell under one sweep."""
        quarter = 0.25 * self.period
        wave = PiecewiseLinear(
            points=(
                (0.0, 0.0),
                (quarter, self.set_voltage),
                (2 * quarter, 0.0),
                (3 * quarter, -self.reset_voltage),
                (4 * quarter, 0.0),
            )
        )
        return Netlist(
            title="1R cell",
            elements=(
                VoltageSource(name="drive", plus="drive", minus=GROUND, voltage=wave),
                Resistor(
                    name="series", plus="drive", minus="top", resistance=self.series_resistance
                ),
                Instance(name="cell", nodes=("top", GROUND), subcircuit="memristor"),
            ),
            definitions=(
                memristor_subcircuit(
                    self.memristor, name="memristor", initial_state=self.initial_state
                ),
            ),
        )

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        """One sweep up, down, and back."""
        return {"sweep": self._sweep}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:  # noqa: ARG002
        """The same sweep by the model's own solver; the model has its own temperature."""
        solved = simulate_transient(
            self.memristor,
            triangle_sweep(self.set_voltage, self.reset_voltage, self.period, cycles=1),
            initial_state=self.initial_state,
            series_resistance=self.series_resistance,
        )
        current = solved.current[:, 0]
        return {
            "set_current": Theory(value=float(current.max()), tolerance=0.01),
            "reset_current": Theory(value=float(current.min()), tolerance=0.01),
        }

    def _sweep(self) -> Bench:
        def current(waves: Waveforms) -> FloatArray:
            return -waves.real("i(vdrive)")

        def conductance(waves: Waveforms, share: float) -> float:
            """Current over voltage of the cell where a flank passes the read voltage."""
            moment = share * 0.25 * self.period
            volts = float(np.interp(moment, waves.time, waves.real("top")))
            return float(np.interp(moment, waves.time, current(waves))) / volts

        rising = self.read_voltage / self.set_voltage
        return Bench(
            netlist=self.netlist(),
            analysis=Transient(
                stop=self.period, step=self.period / _STEPS, from_operating_point=False
            ),
            options=NGSPICE_OPTIONS,
            shown=("drive", "top", "i(vdrive)", "xcell.state1"),
            measures={
                "set_current": Measure(
                    unit="A", meaning="largest", of=lambda waves: float(current(waves).max())
                ),
                "reset_current": Measure(
                    unit="A",
                    meaning="most negative",
                    of=lambda waves: float(current(waves).min()),
                ),
                "conductance_before": Measure(
                    unit="S",
                    meaning="at the read voltage on the way up",
                    of=lambda waves: conductance(waves, rising),
                ),
                "conductance_after": Measure(
                    unit="S",
                    meaning="at the read voltage on the way back",
                    of=lambda waves: conductance(waves, 2.0 - rising),
                ),
            },
        )


def sky130_cell(technology: Technology | None = None) -> OneResistorCell:
    """The SKY130 ReRAM behind 1 kohm, from a filament of 3.8 nm, in a microsecond.

    Args:
        technology: the generic one where None.
    """
    return OneResistorCell(
        technology=technology or generic(),
        memristor=sky130_reram(),
        initial_state=(3.8e-9, 300.0),
        series_resistance=1e3,
        set_voltage=1.8,
        reset_voltage=1.8,
        read_voltage=0.1,
        period=1e-6,
    )
