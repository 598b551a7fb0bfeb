import numpy as np
import pytest
import torch

from ohmloom.devices.memristors.windows import (
    BiolekWindow,
    JoglekarWindow,
    ProdromakisWindow,
    RectangularWindow,
    Window,
)

X = np.array([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
GROWING, SHRINKING = np.array(1e-6), np.array(-1e-6)
WINDOWS = [
    RectangularWindow(),
    JoglekarWindow(exponent=2.0),
    BiolekWindow(exponent=2.0),
    ProdromakisWindow(exponent=2.0, scale=1.3),
]


@pytest.mark.parametrize(
    ("window", "current", "values"),
    [
        (RectangularWindow(), GROWING, [1, 1, 1, 1, 1, 1, 1]),
        (JoglekarWindow(exponent=1), GROWING, [0, 0.36, 0.75, 1, 0.75, 0.36, 0]),
        (JoglekarWindow(exponent=2), SHRINKING, [0, 0.5904, 0.9375, 1, 0.9375, 0.5904, 0]),
        (
            JoglekarWindow(exponent=7),
            GROWING,
            [0, 0.95601953, 0.99993896, 1, 0.99993896, 0.95601953, 0],
        ),
        (
            ProdromakisWindow(exponent=1, scale=1),
            GROWING,
            [0, 0.09, 0.1875, 0.25, 0.1875, 0.09, 0],
        ),
        (
            ProdromakisWindow(exponent=2, scale=1),
            SHRINKING,
            [0, 0.1719, 0.33984375, 0.4375, 0.33984375, 0.1719, 0],
        ),
        (
            BiolekWindow(exponent=2),
            GROWING,
            [1, 0.9999, 0.99609375, 0.9375, 0.68359375, 0.3439, 0],
        ),
        (
            BiolekWindow(exponent=2),
            SHRINKING,
            [0, 0.3439, 0.68359375, 0.9375, 0.99609375, 0.9999, 1],
        ),
    ],
)
def test_windows_have_the_values_worked_out_from_their_papers(window, current, values):
    assert window.value(X, current) == pytest.approx(np.array(values, dtype=float), abs=5e-9)


def test_the_scale_of_prodromakis_multiplies_its_window():
    once = ProdromakisWindow(exponent=3.0, scale=1.0).value(X, GROWING)
    assert ProdromakisWindow(exponent=3.0, scale=1.7).value(X, GROWING) == pytest.approx(1.7 * once)


def test_a_window_may_have_an_exponent_of_its_own_for_every_device():
    mixed = JoglekarWindow(exponent=np.array([1.0, 2.0])).value(np.array([0.1, 0.1]), GROWING)
    assert mixed == pytest.approx([0.36, 0.5904])


@pytest.mark.parametrize("window", WINDOWS)
def test_torch_sees_the_same_numbers_and_correct_slopes(window: Window):
    x = torch.tensor([0.05, 0.3, 0.45, 0.8], dtype=torch.float64, requires_grad=True)
    current = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    from_numpy = window.value(x.detach().numpy(), current.numpy())
    assert window.value(x, current).detach().numpy() == pytest.approx(from_numpy, rel=1e-14)
    assert torch.autograd.gradcheck(lambda value: window.value(value, current), (x,))
    ends = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64, requires_grad=True)
    window.value(ends, torch.tensor(1.0, dtype=torch.float64)).sum().backward()
    assert torch.isfinite(ends.grad).all()
