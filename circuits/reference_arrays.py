"""Published arrays with known currents: what every exact crossbar solver has to reproduce.

Source: the tests of badcrossbar 1.1.0 (D. Joksas and A. Mehonic, SoftwareX 12, 100617 (2020)),
which were computed with the circuit simulator Qucs; the example of its manual and the uniform
arrays were computed with an independent nodal solver.
Word lines are driven at the left, bit lines grounded at the bottom, each through one segment.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.crossbar import Crossbar


@dataclass(frozen=True, kw_only=True)
class ReferenceArray:
    """One array under one set of voltages."""

    name: str
    """Where it comes from."""
    resistance: FloatArray
    """Of each device, infinite where it is open, shape (rows, columns) [ohm]."""
    r_word_line: float
    """Resistance of a word line segment [ohm]."""
    r_bit_line: float
    """Resistance of a bit line segment [ohm]."""
    voltage: FloatArray
    """Of each driver, shape (rows,) [V]."""
    columns: IntArray
    """Columns whose current is known."""
    current: FloatArray
    """Their currents, as printed, shaped as `columns` [A]."""
    rounding: float
    """Half of the last printed digit [A]; 0 where all digits are given."""

    @property
    def crossbar(self) -> Crossbar:
        """The array, ready to solve."""
        return Crossbar(
            conductance=1.0 / self.resistance,
            r_word_line=self.r_word_line,
            r_bit_line=self.r_bit_line,
        )


def _arrays() -> tuple[ReferenceArray, ...]:
    inf = np.inf
    rising = 10.0 * np.arange(1, 21).reshape(5, 4)
    opened = np.array(
        [
            [inf, 20, inf, 40],
            [inf, inf, inf, 80],
            [inf, 100, inf, 120],
            [inf, 140, 150, inf],
            [170, inf, 190, inf],
        ]
    )
    manual = np.array(
        [[345, 903, 755, 257, 646], [652, 401, 508, 166, 454], [442, 874, 190, 244, 635]]
    )
    one = np.array([[10.0]])
    ramp, mixed = [0, 1, 2, 3, 4], [3, 2, -1, 2, 3]
    small = [
        ("one device", one, 0, 0, [1], [0.1]),
        ("one device", one, 1, 2, [1], [0.076923076923]),
        ("one device", one, 0, 2, [1], [0.083333333333]),
        ("one device", one, 1, 0, [1], [0.090909090909]),
        ("one open device", np.array([[inf]]), 1, 2, [1], [0.0]),
        ("twenty devices", rising, 0, 0, ramp,
         [0.088828557064, 0.080317460317, 0.073520164046, 0.067916666667]),
        ("twenty devices", rising, 1, 2, ramp,
         [0.060570196651, 0.059327610717, 0.056348738829, 0.053352354575]),
        ("twenty devices", rising, 0, 0, mixed,
         [0.361920563097, 0.204285714286, 0.148603326498, 0.119166666667]),
        ("twenty devices", rising, 1, 2, mixed,
         [0.152746752874, 0.108723705435, 0.087199528411, 0.074466084443]),
        ("open devices", opened, 0, 0, ramp,
         [0.023529411765, 0.041428571429, 0.041052631579, 0.029166666667]),
        ("open devices", opened, 0, 2, ramp,
         [0.023255813953, 0.032532301576, 0.039845758355, 0.022600121046]),
        ("open devices", opened, 1, 0, ramp,
         [0.02327131689, 0.040152123898, 0.039940047996, 0.027722541089]),
        ("open devices", opened, 0, 0, mixed,
         [0.017647058824, 0.154285714286, 0.029122807018, 0.091666666667]),
        ("open devices", opened, 0, 2, mixed,
         [0.017441860465, 0.097472667897, 0.028277634961, 0.06509159618]),
        ("open devices", opened, 1, 0, mixed,
         [0.017453487667, 0.134959504418, 0.028343766316, 0.078141298118]),
        ("example of the manual", manual, 0.5, 0.5, [1.5, 2.3, 1.7],
         [0.011585025422, 0.009190641636, 0.015115681173, 0.025833208221, 0.009811792883]),
        ("example of the manual", manual, 0.5, 0.5, [2.6, 1.1, 3.3],
         [0.016499341463, 0.009253888029, 0.022471161605, 0.029380424625, 0.011366741278]),
    ]  # fmt: skip
    uniform = [
        (16, 1e4, [3.1654228325902524e-4, 3.1281584584030457e-4]),
        (64, 1e4, [1.1209186303972885e-3, 9.472805098747931e-4]),
        (128, 1e5, [2.4245027542511174e-4, 2.248856724137186e-4]),
    ]
    return tuple(
        [
            ReferenceArray(
                name=name,
                resistance=np.asarray(resistance, dtype=np.float64),
                r_word_line=float(r_word_line),
                r_bit_line=float(r_bit_line),
                voltage=np.asarray(voltage, dtype=np.float64),
                columns=np.arange(len(current)),
                current=np.asarray(current),
                rounding=0.5e-12,
            )
            for name, resistance, r_word_line, r_bit_line, voltage, current in small
        ]
        + [
            ReferenceArray(
                name=f"uniform {size}x{size}",
                resistance=np.full((size, size), resistance),
                r_word_line=1.0,
                r_bit_line=1.0,
                voltage=np.full(size, 0.2),
                columns=np.array([0, size - 1]),
                current=np.asarray(current),
                rounding=0.0,
            )
            for size, resistance, current in uniform
        ]
    )


REFERENCE_ARRAYS = _arrays()
"""All of them."""


def deviation(array: ReferenceArray, output_current: FloatArray) -> float:
    """Largest relative deviation of computed currents from the printed ones, beyond rounding [1].

    Args:
        array: the reference.
        output_current: computed currents of all columns, shape (columns,) [A].
    """
    difference = np.abs(output_current[array.columns] - array.current) - array.rounding
    scale = np.where(array.current == 0.0, 1.0, np.abs(array.current))
    return float((difference / scale).clip(min=0.0).max())


def worst_deviation() -> float:
    """Largest relative deviation of `Crossbar` over all arrays, by both of its methods [1]."""
    return max(
        max(
            deviation(array, array.crossbar.solve(array.voltage).output_current),
            deviation(array, array.voltage @ array.crossbar.transfer()),
        )
        for array in REFERENCE_ARRAYS
    )
