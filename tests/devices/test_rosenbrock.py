import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ohmloom.devices.rosenbrock import rosenbrock_step


def rate(t, y):
    return np.array(
        [
            np.sin(3 * t) - y[0] ** 2 * y[1],
            y[0] * np.cos(t) - y[1] ** 3 + 0.3 * t * y[2],
            y[0] * y[1] - 2 * y[2] * t,
        ]
    )


def jacobian(t, y):
    zero = 0 * y[0]
    return np.array(
        [
            [-2 * y[0] * y[1], -(y[0] ** 2), zero],
            [np.cos(t) + zero, -3 * y[1] ** 2, 0.3 * t + zero],
            [y[1], y[0], -2 * t + zero],
        ]
    )


def drift(t, y):
    return np.array([3 * np.cos(3 * t) + 0 * y[0], 0.3 * y[2] - y[0] * np.sin(t), -2 * y[2]])


def errors(steps, *, exact_jacobian=True):
    """Of the end, of the middle of steps, and as estimated, over two seconds."""
    h, y = 2 / steps, np.array([[0.9], [0.4], [0.2]])
    oracle = solve_ivp(
        rate, (0, 2), y[:, 0], method="DOP853", rtol=1e-13, atol=1e-14, dense_output=True
    ).sol
    between, estimated = 0.0, 0.0
    for k in range(steps):
        t = k * h
        step = rosenbrock_step(
            lambda share, place, t=t: h * rate(t + share * h, place),
            y,
            first_move=h * rate(t, y),
            jacobian=h * jacobian(t, y) * (1.0 if exact_jacobian else 0.9),
            drift=h**2 * drift(t, y),
        )
        inside = step.at(np.array([0.37]))[:, 0] - oracle(t + 0.37 * h)
        between = max(between, np.abs(inside).max())
        estimated = max(estimated, np.abs(step.error).max())
        y = step.end
    return np.array([np.abs(y[:, 0] - oracle(2.0)).max(), between, estimated])


def test_halving_the_step_shows_order_four_at_the_end_and_three_of_estimate_and_path():
    # Estimate and path err by h^4 in one step.
    orders = np.log2(errors(80) / errors(160))
    assert orders == pytest.approx([4.1, 4.0, 4.0], abs=0.15)
    # Negative control: a Jacobian ten percent off costs an order.
    worse = np.log2(errors(80, exact_jacobian=False) / errors(160, exact_jacobian=False))
    assert worse[0] < 3.5


@pytest.mark.parametrize("variables", [1, 2, 3, 4])
def test_what_relaxes_far_faster_than_the_step_ends_where_it_belongs(variables):
    # y' = -k (y - cos t) - sin t has the solution cos t.
    fast, h = 1e7 * np.arange(1.0, variables + 1)[:, None] * np.ones(5), 0.1

    def move(share, place):
        t = share * h
        return h * (-fast * (place - np.cos(t)) - np.sin(t))

    start = np.full((variables, 5), 2.0)
    step = rosenbrock_step(
        move,
        start,
        first_move=move(0.0, start),
        jacobian=-h * fast * np.eye(variables)[:, :, None],
        drift=h**2 * np.full((variables, 5), -1.0),
    )
    assert step.end == pytest.approx(np.full((variables, 5), np.cos(h)), abs=1e-5)


def test_many_systems_side_by_side_do_what_each_does_alone():
    rng = np.random.default_rng(1)
    start, matrix = rng.normal(size=(3, 4)), rng.normal(size=(3, 3, 4))

    def step(which):
        a = matrix[:, :, which]
        return rosenbrock_step(
            lambda _, place: np.einsum("ijs,js->is", a, place),
            start[:, which],
            first_move=np.einsum("ijs,js->is", a, start[:, which]),
            jacobian=a,
            drift=np.zeros((3, len(which))),
        ).end

    alone = np.concatenate([step([i]) for i in range(4)], axis=1)
    np.testing.assert_allclose(step([0, 1, 2, 3]), alone, rtol=1e-13)
