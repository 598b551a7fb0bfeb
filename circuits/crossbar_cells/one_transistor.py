"""1T1R: a memory element above an access transistor whose gate selects the cell.

Word line - memory - drain, source - bit line. The transistor is EKV: its current is the difference
of what flows forwards and backwards, each a function of one voltage against the bulk,

    I = I_S [F((V_P - V_S) / U_T) - F((V_P - V_D) / U_T)] (1 + lambda |V_DS|),
    F(x) = ln^2(1 + exp(x / 2)),

so that it depends on both lines, not on their difference alone. Gates carry no current.

Source: `ohmloom.circuits.technologies.ekv`, which holds the equations and where they come from.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom import checks
from ohmloom.arrays import FloatArray
from ohmloom.circuits.compiled_loops import compiled
from ohmloom.circuits.crossbar_cells.cell_law import CellResponse, InnerStep
from ohmloom.circuits.crossbar_cells.two_terminal import TwoTerminalLaw
from ohmloom.circuits.technologies.closed_forms import thermal_voltage
from ohmloom.circuits.technologies.ekv import Ekv
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True, eq=False)
class AccessTransistor:
    """One n transistor in each cell, bulk at 0 V."""

    ekv: Ekv
    """Numbers of the polarity."""
    width: float
    """Of the channel [m]."""
    length: float
    """Of the channel [m]."""
    temperature: float
    """[K]."""

    def constants(self, gate: FloatArray) -> tuple[float, float, FloatArray]:
        """U_T [V], I_S [A] and V_P [V] for gates at given voltages against the bulk [V]."""
        thermal, ekv = thermal_voltage(self.temperature), self.ekv
        shape = self.width / self.length
        scale = 2.0 * ekv.slope_factor * ekv.transconductance * shape * thermal**2
        return thermal, scale, (gate - ekv.threshold) / ekv.slope_factor

    def current_and_slopes(
        self, gate: FloatArray, drain: FloatArray, source: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Drain current [A], its derivative with the drain and that against the source [S].

        Args:
            gate: against the bulk, broadcasts with the others [V].
            drain: shape (rows, columns) [V].
            source: shape (rows, columns) [V].
        """
        thermal, scale, pinch_off = self.constants(gate)
        forward, forward_slope = _inversion((pinch_off - source) / thermal)
        reverse, reverse_slope = _inversion((pinch_off - drain) / thermal)
        across = drain - source
        stretch = scale * (1.0 + self.ekv.output_slope * np.abs(across))
        difference = forward - reverse
        bend = scale * self.ekv.output_slope * np.sign(across) * difference
        stretched = stretch / thermal
        return (
            stretch * difference,
            stretched * reverse_slope + bend,
            stretched * forward_slope + bend,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class OneTransistorCells:
    """Cells with an access transistor each."""

    memory: TwoTerminalLaw
    """Of the memory elements."""
    transistor: AccessTransistor
    """Of every cell."""
    gate: FloatArray
    """Of the gate lines against the bulk [V]: one for each row, shape (rows, 1), for each column,
    shape (1, columns), or for each cell, shape (rows, columns)."""

    def __post_init__(self) -> None:
        gate = np.array(checks.finite(self.gate, "gate"))
        rows, columns = self.memory.shape
        if gate.shape not in {(rows, 1), (1, columns), (rows, columns)}:
            raise InvalidInput(
                f"gate must have shape ({rows}, 1), (1, {columns}) or ({rows}, {columns}): gate "
                f"lines along rows, along columns, or one for each cell; it has {gate.shape}"
            )
        object.__setattr__(self, "gate", gate)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.memory.shape

    def first_inner(self, word: FloatArray, bit: FloatArray) -> FloatArray:  # noqa: ARG002
        """The transistors begin as if they were wires."""
        return bit.copy()

    def response(self, word: FloatArray, bit: FloatArray, inner: FloatArray | None) -> CellResponse:
        """Currents and slopes at given voltages."""
        inner = self.first_inner(word, bit) if inner is None else inner
        upper, upper_slope = self.memory.current_and_slope(word - inner)
        thermal, scale, pinch_off = self.transistor.constants(self.gate)
        # Half of what F takes: forwards from the source, backwards from the drain.
        half = np.empty((2, *inner.shape))
        np.subtract(pinch_off, bit, out=half[0])
        np.subtract(pinch_off, inner, out=half[1])
        half *= 0.5 / thermal
        small = np.abs(half)
        np.exp(np.negative(small, out=small), out=small)
        soft = np.log1p(small)
        out = np.empty((8, *inner.shape))
        transistor_in_series(
            upper, upper_slope, half, small, soft, inner, bit, scale, thermal,
            self.transistor.ekv.output_slope, out,
        )  # fmt: skip
        return CellResponse(
            from_word=upper,
            into_bit=out[0],
            balanced=out[1],
            word_slope=out[2],
            bit_slope=out[3],
            steepest=out[7],
            inner=InnerStep(shift=out[4], by_word=out[5], by_bit=out[6]),
        )


@compiled
def transistor_in_series(
    upper: FloatArray,
    upper_slope: FloatArray,
    half: FloatArray,
    small: FloatArray,
    soft: FloatArray,
    drain: FloatArray,
    source: FloatArray,
    scale: float,
    thermal: float,
    output_slope: float,
    out: FloatArray,
) -> None:
    """What `AccessTransistor.current_and_slopes` and `series_response` say, in one pass.

    Args:
        upper: current of the memory elements, shape (rows, columns) [A].
        upper_slope: its derivative [S].
        half: x / 2 of the source and of the drain, shape (2, rows, columns) [1].
        small: exp(-|x / 2|) [1].
        soft: ln(1 + exp(-|x / 2|)) [1].
        drain: voltage of the inner nodes [V].
        source: voltage of the bit lines [V].
        scale: I_S [A].
        thermal: U_T [V].
        output_slope: lambda [1/V].
        out: current of the transistor, balanced current, its two slopes, and the step of the inner
            node, and the steepest slope, shape (8, rows, columns).
    """
    for i in range(upper.shape[0]):
        for j in range(upper.shape[1]):
            ahead = soft[0, i, j] + max(half[0, i, j], 0.0)
            back = soft[1, i, j] + max(half[1, i, j], 0.0)
            ahead_share = (1.0 if half[0, i, j] > 0.0 else small[0, i, j]) / (1.0 + small[0, i, j])
            back_share = (1.0 if half[1, i, j] > 0.0 else small[1, i, j]) / (1.0 + small[1, i, j])
            across = drain[i, j] - source[i, j]
            difference = scale * (ahead - back) * (ahead + back)
            stretch = 1.0 + output_slope * abs(across)
            bend = difference * (output_slope if across > 0.0 else -output_slope)
            lower = stretch * difference
            drain_slope = scale * stretch / thermal * back * back_share + bend
            source_slope = scale * stretch / thermal * ahead * ahead_share + bend
            total = 1.0 / (upper_slope[i, j] + drain_slope)
            share = upper_slope[i, j] * total
            shift = (upper[i, j] - lower) * total
            out[0, i, j] = lower
            out[1, i, j] = upper[i, j] - upper_slope[i, j] * shift
            out[2, i, j] = share * drain_slope
            out[3, i, j] = share * source_slope
            out[4, i, j] = shift
            out[5, i, j] = share
            out[6, i, j] = source_slope * total
            out[7, i, j] = max(upper_slope[i, j], drain_slope)


def _inversion(voltage: FloatArray) -> tuple[FloatArray, FloatArray]:
    """F and its derivative, without overflow."""
    half = 0.5 * voltage
    small = np.exp(-np.abs(half))
    soft = np.maximum(half, 0.0) + np.log1p(small)
    logistic = np.where(half > 0.0, 1.0, small) / (1.0 + small)
    return soft * soft, soft * logistic
