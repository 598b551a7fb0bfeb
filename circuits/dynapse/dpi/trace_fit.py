"""The membrane of one neuron from an oscilloscope trace: leak, gain, drive and offset.

Below its threshold, without feedback, the membrane is a low-pass of currents, and what the scope
shows is its logarithm: V = (U_T / kappa) ln(I / I_0). A current step rises and saturates; its end
is a straight line in volts, whose slope is the leak less what flows in all the time. The answer to
one event has two time constants, and does not say which is that of the membrane.

Source: equation of the DPI, `ohmloom.circuits.dynapse.dpi.neuron`; C and I_0 as ARCANA takes them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy import integrate, optimize

from ohmloom import checks
from ohmloom.arrays import FloatArray
from ohmloom.circuits.dynapse.dpi.log_domain import KAPPA, THERMAL_VOLTAGE, time_constant
from ohmloom.errors import CalibrationFailed, InvalidInput
from ohmloom.si import fA, pF

_SCALE: Final = THERMAL_VOLTAGE / KAPPA
"""Volts for a factor e of current [V]."""


@dataclass(frozen=True, kw_only=True)
class MembraneFit:
    """What a trace says of a neuron."""

    leak: float
    """I_tau [A]."""
    gain: float
    """I_g [A]."""
    drive: float
    """Constant current of a step, or the largest synaptic current of an event [A]."""
    synapse_tau: float | None
    """Time constant of the synapse, None for a step [s]."""
    start: float
    """When the stimulus began [s]."""
    background: float
    """What flows in all the time: it rounds the foot of the trace [A]."""
    offset: float
    """Of the trace [V]."""
    rms: float
    """Root mean square of what is left [V]."""
    capacitance: float
    """That was assumed [F]."""

    @property
    def tau(self) -> float:
        """Time constant of the membrane [s]."""
        return float(time_constant(self.capacitance, self.leak))


def fit_step(
    time: FloatArray,
    voltage: FloatArray,
    *,
    on: float,
    off: float,
    capacitance: float = 3 * pF,
    resting: float = 50 * fA,
) -> MembraneFit:
    """Fit a neuron to a constant current that is switched on and off.

    Args:
        time: shape (samples,), rising [s].
        voltage: shape (samples,) [V].
        on: about when it began [s].
        off: about when it ended [s].
        capacitance: of the membrane, which a trace cannot tell from the currents [F].
        resting: I_0, likewise [A].

    Raises:
        CalibrationFailed: no neuron does that.
        InvalidInput: shapes do not fit.
    """
    window = 0.02 * (off - on)

    def stimulus(p: FloatArray) -> tuple[float, float, float, float]:
        begin, end = on + window * np.tanh(p[4]), off + window * np.tanh(p[5])
        return float(np.exp(p[2])), float(begin), float(end), 0.0

    return _fit(time, voltage, stimulus, 7, capacitance, resting, event=False)


def fit_event(
    time: FloatArray,
    voltage: FloatArray,
    *,
    at: float,
    capacitance: float = 3 * pF,
    resting: float = 50 * fA,
) -> MembraneFit:
    """Fit a neuron and a synapse to the answer to one event.

    Args:
        time: shape (samples,), rising [s].
        voltage: shape (samples,) [V].
        at: about when it came [s].
        capacitance: of the membrane [F].
        resting: I_0 [A].

    Raises:
        CalibrationFailed: no neuron does that.
        InvalidInput: shapes do not fit.
    """
    window = 0.1 * float(np.ptp(time))

    def stimulus(p: FloatArray) -> tuple[float, float, float, float]:
        begin = at + 0.2 * window * np.tanh(p[4])
        return float(np.exp(p[2])), float(begin), np.inf, float(np.exp(p[5]))

    return _fit(time, voltage, stimulus, 7, capacitance, resting, event=True)


def membrane_trace(
    time: FloatArray,
    *,
    leak: float,
    gain: float,
    drive: float,
    start: float,
    stop: float,
    synapse_tau: float,
    background: float,
    capacitance: float,
    resting: float,
) -> FloatArray:
    """Voltage of a membrane above rest, shape (samples,) [V].

    Args:
        time: shape (samples,), rising [s].
        leak: I_tau [A].
        gain: I_g [A].
        drive: of the step, or the largest of the event [A].
        start: of the stimulus [s].
        stop: of the step [s].
        synapse_tau: with which the event decays, 0 for a step [s].
        background: what flows in all the time [A].
        capacitance: [F].
        resting: I_0 [A].
    """
    tau = float(time_constant(capacitance, leak))

    def rate(now: float, u: FloatArray) -> FloatArray:
        inflow = background
        if start <= now < stop:
            inflow += drive * (np.exp((start - now) / synapse_tau) if synapse_tau > 0.0 else 1.0)
        current = resting * np.exp(np.clip(u, 0.0, 60.0))
        return np.asarray((gain / leak * (inflow - leak) - current) / (tau * (current + gain)))

    u = np.zeros(len(time))
    rest = float(np.log(max(gain / leak * (background - leak) / resting, 1.0)))
    level = rest
    # The stimulus jumps; between its jumps everything is smooth.
    first = min(float(time[0]), start)
    edges = [first, *(edge for edge in (start, stop) if first < edge < time[-1]), time[-1]]
    for begin, end in pairwise(edges):
        inside = (time >= begin) & (time <= end)
        middle = np.concatenate([[begin], time[inside], [end]])
        solved = integrate.solve_ivp(
            lambda t, y, e=end: rate(min(t, e - 1e-12), y), (begin, end), [level],
            t_eval=np.unique(middle), method="LSODA", rtol=1e-7, atol=1e-9,
        )  # fmt: skip
        values = np.maximum(solved.y[0], 0.0)
        u[inside] = np.interp(time[inside], solved.t, values)
        level = float(values[-1])
    return _SCALE * (u - rest)


def _fit(
    time: FloatArray,
    voltage: FloatArray,
    stimulus: Callable[[FloatArray], tuple[float, float, float, float]],
    parameters: int,
    capacitance: float,
    resting: float,
    *,
    event: bool,
) -> MembraneFit:
    t = checks.shaped(checks.finite(time, "time"), (None,), "time")
    v = checks.shaped(checks.finite(voltage, "voltage"), t.shape, "voltage")
    if len(t) < parameters + 2 or (np.diff(t) <= 0.0).any():
        raise InvalidInput(
            f"a trace needs at least {parameters + 2} samples in order of time, but has {len(t)}"
        )

    def modelled(p: FloatArray) -> FloatArray:
        drive, start, stop, synapse_tau = stimulus(p)
        volts: FloatArray = p[3] + membrane_trace(
            t, leak=float(np.exp(p[0])), gain=float(np.exp(p[1])), drive=float(drive),
            start=float(start), stop=float(stop), synapse_tau=float(synapse_tau),
            background=float(np.exp(p[0] + p[6])), capacitance=capacitance,
            resting=resting,
        )  # fmt: skip
        return volts

    fits: list[optimize.OptimizeResult] = []
    swing = float(np.ptp(v))
    lowest = np.array([1e-13, 1e-12, 1e-13, 0.0, 0.0, 1e-4, 0.0])
    highest = np.array([1e-9, 1e-7, 1e-6, 0.0, 0.0, 1.0, 0.0])
    with np.errstate(divide="ignore"):
        bounds = np.log(lowest), np.log(highest)
    bounds[0][3:5], bounds[1][3:5] = (v.min() - swing, -3.0), (v.max() + swing, 3.0)
    bounds[0][6], bounds[1][6] = -8.0, 0.7
    if not event:
        bounds[0][5], bounds[1][5] = -3.0, 3.0
    last = np.log(5e-3) if event else 0.0
    for leak, gain, drive in ((3e-12, 6e-11, 4e-11), (1e-12, 1e-11, 1e-11), (5e-12, 3e-11, 1e-9)):
        # Before the stimulus nothing changes, so that one that begins too late would stay there.
        for foot, early in ((-4.0, -0.5), (0.02, -0.1)):
            first = np.array(
                [np.log(leak), np.log(gain), np.log(drive), float(v.min()), early, last, foot]
            )
            found = optimize.least_squares(
                lambda p: modelled(p) - v, first, bounds=bounds, max_nfev=80,
                diff_step=1e-3,
                x_scale=[1.0, 1.0, 1.0, swing, 1.0, 1.0, 1.0],
            )  # fmt: skip
            fits.append(found)
    best = min(fits, key=lambda fit: float(fit.cost))
    rms = float(np.sqrt(np.mean(best.fun**2)))
    if not rms < 0.2 * float(np.ptp(v)):
        raise CalibrationFailed(
            f"no DPI membrane makes this trace: the best is off by {rms * 1e3:.1f} mV, root mean "
            f"square, of a swing of {np.ptp(v) * 1e3:.1f} mV; is the stimulus where it should be?"
        )
    drive, start, _, synapse_tau = stimulus(best.x)
    return MembraneFit(
        leak=float(np.exp(best.x[0])),
        gain=float(np.exp(best.x[1])),
        drive=float(drive),
        synapse_tau=float(synapse_tau) if event else None,
        start=float(start),
        background=float(np.exp(best.x[0] + best.x[6])),
        offset=float(best.x[3]),
        rms=rms,
        capacitance=capacitance,
    )
