"""One step of a stiff differential equation, for many small systems side by side.

A Rosenbrock method solves a linear system with the Jacobian in each of its stages and iterates
nothing. RODAS is L-stable and stiffly accurate: components that relax far faster than the step is
long end where they belong, and the step may be as long as the slow components permit.

Source: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, 2nd edition (1996),
section IV.7 and the method RODAS of its appendix: six stages, order 4, with an embedded solution of
order 3 and a continuous solution of order 3.
Holds for: smooth right-hand sides. With a Jacobian that is not exact the order falls.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray

_GAMMA = 0.25
_PLACE = np.array([0.0, 0.386, 0.21, 0.63, 1.0, 1.0])
"""Share of the step at which each stage evaluates the right-hand side."""
_SLOPE = np.array([0.25, -0.1043, 0.1035, -0.0362, 0.0, 0.0])
_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [1.544, 0.0, 0.0, 0.0, 0.0],
        [0.9466785280815826, 0.2557011698983284, 0.0, 0.0, 0.0],
        [3.314825187068521, 2.896124015972201, 0.9986419139977817, 0.0, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 0.0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0],
    ]
)
_C = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0],
        [-5.6688, 0.0, 0.0, 0.0, 0.0],
        [-2.430093356833875, -0.2063599157091915, 0.0, 0.0, 0.0],
        [-0.1073529058151375, -9.594562251023355, -20.47028614809616, 0.0, 0.0],
        [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160, 0.0],
        [
            8.083246795921522,
            -7.981132988064893,
            -31.52159432874371,
            16.31930543123136,
            -6.058818238834054,
        ],
    ]
)
_BEND = np.array(
    [
        [
            10.12623508344586,
            -7.487995877610167,
            -34.80091861555747,
            -7.992771707568823,
            1.025137723295662,
        ],
        [
            -0.6762803392801253,
            6.087714651680015,
            16.43084320892478,
            24.76722511418386,
            -6.594389125716872,
        ],
    ]
)
"""What the stages add to the chord in the continuous solution."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RosenbrockStep:
    """Where a step leads, and how it gets there."""

    start: FloatArray
    """Shape (variables, systems)."""
    end: FloatArray
    """Shape (variables, systems)."""
    error: FloatArray
    """Distance to the embedded solution, shape (variables, systems)."""
    bend: FloatArray
    """Two coefficients of the continuous solution, shape (2, variables, systems)."""

    def at(self, share: FloatArray) -> FloatArray:
        """The solution after a share of the step, 0 to 1, that broadcasts with (systems,)."""
        chord = self.start * (1.0 - share) + self.end * share
        place: FloatArray = chord + share * (1.0 - share) * (self.bend[0] + share * self.bend[1])
        return place


def rosenbrock_step(
    move: Callable[[float, FloatArray], FloatArray],
    start: FloatArray,
    *,
    first_move: FloatArray,
    jacobian: FloatArray,
    drift: FloatArray,
) -> RosenbrockStep:
    """One step of each system; each may have a length of its own.

    Everything is given per step: a rate times the length h of the step.

    Args:
        move: h times the right-hand side, after a share of the step, in a place of shape
            (variables, systems).
        start: shape (variables, systems).
        first_move: `move(0, start)`.
        jacobian: h times the derivative of the right-hand side, row by place, shape
            (variables, variables, systems).
        drift: h^2 times the derivative of the right-hand side by time, shape (variables, systems).

    Returns:
        The step; not finite where a system could not be solved.
    """
    variables = len(start)
    inverse = _inverse(np.eye(variables)[:, :, None] / _GAMMA - jacobian)
    stages = np.empty((6, *start.shape))
    flat = stages.reshape(6, -1)
    for i in range(6):
        if i == 0:
            pushed = first_move + _SLOPE[0] * drift
        else:
            place = start + (_A[i, :i] @ flat[:i]).reshape(start.shape)
            pushed = move(_PLACE[i], place) + (_C[i, :i] @ flat[:i]).reshape(start.shape)
            if _SLOPE[i] != 0.0:
                pushed += _SLOPE[i] * drift
        stages[i] = _times(inverse, pushed)
    # The last stage is evaluated at the embedded solution; what it adds is the estimated error.
    return RosenbrockStep(
        start=start,
        end=place + stages[5],
        error=stages[5],
        bend=(_BEND @ flat[:5]).reshape(2, *start.shape),
    )


def _inverse(matrix: FloatArray) -> FloatArray:
    """Of matrices of shape (rows, rows, systems); not finite where there is none."""
    size = len(matrix)
    inverse: FloatArray
    if size == 1:
        inverse = 1.0 / matrix
    elif size == 2:
        (a, b), (c, d) = matrix
        inverse = np.array([[d, -b], [-c, a]]) / (a * d - b * c)
    elif size == 3:
        (a, b, c), (d, e, f), (g, h, i) = matrix
        # The rows of the cofactors are the cross products of the others.
        first, second, third = e * i - f * h, f * g - d * i, d * h - e * g
        adjugate = np.array(
            [
                [first, c * h - b * i, b * f - c * e],
                [second, a * i - c * g, c * d - a * f],
                [third, b * g - a * h, a * e - b * d],
            ]
        )
        inverse = adjugate / (a * first + b * second + c * third)
    else:
        inverse = np.asarray(
            np.linalg.inv(matrix.transpose(2, 0, 1)).transpose(1, 2, 0), dtype=np.float64
        )
    return inverse


def _times(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    product: FloatArray = matrix[:, 0] * vector[0]
    for column in range(1, len(vector)):
        product += matrix[:, column] * vector[column]
    return product
