"""EKV fitted to the transistors of another technology, with the error that remains.

The transistor is measured saturated and in its linear region over its gate voltage; the fit weighs
relative errors alike from weak to strong inversion, so that g_m / I, which designs are made of,
comes out right. Seven numbers cannot follow a foundry's model everywhere: the error says how far to
trust them.

Source: the method of fitting over g_m / I follows C. C. Enz and E. A. Vittoz, Charge-Based MOS
Transistor Modeling, Wiley (2006).
Holds for: one channel length, and widths in proportion.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import optimize

from ohmloom.arrays import FloatArray
from ohmloom.circuits.analyses import Dc, Ramp
from ohmloom.circuits.elements.element import GROUND
from ohmloom.circuits.elements.sources import VoltageSource
from ohmloom.circuits.experiment import ROOM_TEMPERATURE
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.technologies.ekv import Ekv
from ohmloom.circuits.technologies.technology import Technology, check_polarity
from ohmloom.si import mV, um, volt

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

LOWEST: Final = 0.2 * volt
"""Gate voltage where the fit begins."""
HIGHEST: Final = 1.0 * volt
"""Gate voltage where it ends."""
_STEP: Final = 10 * mV
_LINEAR: Final = 0.1 * volt
_OPTIONS: Final = {"gmin": 1e-18, "abstol": 1e-20, "reltol": 1e-6}


@dataclass(frozen=True, kw_only=True, eq=False)
class EkvFit:
    """What was fitted, to what, and what remains."""

    technology: str
    """Name of the other technology."""
    polarity: str
    """Either "n" or "p"."""
    width: float
    """Of the channel [m]."""
    length: float
    """Of the channel [m]."""
    temperature: float
    """[K]."""
    parameters: Ekv
    """The numbers found."""
    gate_voltage: FloatArray
    """Magnitudes, shape (points,) [V]."""
    current: FloatArray
    """Of the other technology, saturated, shape (points,) [A]."""
    fitted_current: FloatArray
    """Of EKV, shape (points,) [A]."""

    @property
    def error(self) -> FloatArray:
        """Relative error of the saturated current, shape (points,) [1]."""
        return np.asarray(self.fitted_current / self.current - 1.0)

    @property
    def rms_error(self) -> float:
        """Root of its mean square [1]."""
        return float(np.sqrt(np.mean(self.error**2)))

    @property
    def largest_error(self) -> float:
        """Its largest magnitude [1]."""
        return float(np.abs(self.error).max())

    def transconductance_over_current(self) -> tuple[FloatArray, FloatArray]:
        """g_m / I of the other technology and of EKV, shape (points,) each [1/V]."""
        return (
            np.gradient(np.log(self.current), self.gate_voltage),
            np.gradient(np.log(self.fitted_current), self.gate_voltage),
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row for each gate voltage: both currents, both g_m / I, and the error."""
        import pandas as pd  # noqa: PLC0415  slow to load

        measured, fitted = self.transconductance_over_current()
        return pd.DataFrame(
            {
                "gate voltage [V]": self.gate_voltage,
                "current [A]": self.current,
                "fitted current [A]": self.fitted_current,
                "gm/I [1/V]": measured,
                "fitted gm/I [1/V]": fitted,
                "error [1]": self.error,
            }
        )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """g_m / I over the current, of both."""
        if ax is None:
            from matplotlib.figure import Figure  # noqa: PLC0415  slow to load

            ax = Figure(figsize=(6.0, 4.0), layout="constrained").add_subplot()
        measured, fitted = self.transconductance_over_current()
        ax.plot(self.current, measured, label=self.technology)
        ax.plot(self.fitted_current, fitted, linestyle="--", label="EKV")
        ax.set_xscale("log")
        ax.set_xlabel("current [A]")
        ax.set_ylabel("gm / I [1/V]")
        ax.legend(frameon=False)
        return ax


def fit_ekv(
    technology: Technology,
    polarity: str,
    *,
    width: float = 1 * um,
    length: float = 1 * um,
    temperature: float = ROOM_TEMPERATURE,
) -> EkvFit:
    """Fit EKV to a transistor of another technology.

    Args:
        technology: whose transistor is measured in ngspice.
        polarity: "n" or "p".
        width: of the channel [m].
        length: of the channel [m].
        temperature: [K].

    Raises:
        InvalidInput: another polarity.
        OutOfModelRange: a size that the technology does not cover.
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice found no solution.
    """
    check_polarity(polarity)
    size = {"width": width, "length": length, "temperature": temperature}
    gate, saturated = _measure(technology, polarity, technology.supply, **size)
    _, linear = _measure(technology, polarity, _LINEAR, **size)
    # A lower drain voltage tells the output slope.
    _, middle = _measure(technology, polarity, 0.5 * technology.supply, **size)
    drains = {technology.supply: saturated, 0.5 * technology.supply: middle, _LINEAR: linear}

    def made(x: FloatArray) -> Ekv:
        return Ekv(
            slope_factor=1.0 + float(np.exp(x[0])),
            transconductance=float(np.exp(x[1])),
            threshold=float(x[2]),
            output_slope=float(np.exp(x[3])),
        )

    def residuals(x: FloatArray) -> FloatArray:
        ekv = made(x)
        parts = []
        for drain, measured in drains.items():
            current = ekv.current(gate, np.zeros(1), np.array(drain), **size)
            parts.append(np.log(current / measured))
        # What a design works with is the saturated current.
        return np.concatenate([parts[0], 0.3 * parts[1], 0.3 * parts[2]])

    start = np.array([np.log(0.3), np.log(1e-4), 0.45, np.log(0.02)])
    found = optimize.least_squares(residuals, start, loss="soft_l1", f_scale=0.1)
    parameters = made(found.x)
    fitted = parameters.current(gate, np.zeros(1), np.array(technology.supply), **size)
    return EkvFit(
        technology=technology.name,
        polarity=polarity,
        parameters=parameters,
        gate_voltage=gate,
        current=saturated,
        fitted_current=np.asarray(fitted),
        **size,
    )


def _measure(
    technology: Technology,
    polarity: str,
    drain: float,
    *,
    width: float,
    length: float,
    temperature: float,
) -> tuple[FloatArray, FloatArray]:
    """Gate voltages and drain currents, as magnitudes."""
    sign = 1.0 if polarity == "n" else -1.0
    netlist = Netlist(
        title="transistor",
        elements=(
            VoltageSource(name="d", plus="d", minus=GROUND, voltage=sign * drain),
            VoltageSource(name="g", plus="g", minus=GROUND, voltage=0.0),
            technology.transistor(
                name="one",
                polarity=polarity,
                drain="d",
                gate="g",
                source=GROUND,
                bulk=GROUND,
                width=width,
                length=length,
            ),
        ),
        definitions=technology.definitions(),
    )
    ramp = Ramp(target="vg", start=sign * LOWEST, stop=sign * HIGHEST, step=sign * _STEP)
    run = simulate(netlist, Dc(inner=ramp), temperature=temperature, options=_OPTIONS)
    axis = run.axis.values if run.axis is not None else np.zeros(0)
    return np.abs(axis), np.abs(run.real("i(vd)"))
