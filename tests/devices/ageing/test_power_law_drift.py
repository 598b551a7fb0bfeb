import numpy as np
import pytest
import torch

from ohmloom.devices.ageing.power_law_drift import PowerLawDrift
from ohmloom.errors import InvalidInput
from ohmloom.si import second, uS

DRIFT = PowerLawDrift(exponent=0.1, reference_time=20 * second)
G = np.array([5 * uS, 40 * uS])


def test_every_decade_takes_the_same_share():
    # 10^-.1 = .7943 for each of three decades.
    for decades in range(4):
        later = DRIFT.conductance(G, 20 * second * 10**decades)
        assert later == pytest.approx(G * 0.7943282347**decades)


def test_up_to_the_reference_time_nothing_happens():
    assert DRIFT.conductance(G, np.array([0.0, 20.0])).tolist() == G.tolist()
    assert (DRIFT.conductance(G, 20.1) < G).all()


def test_two_short_waits_equal_one_long_wait():
    first = DRIFT.later(G, 5.0, 300.0)
    assert DRIFT.later(first, 300.0, 4e6) == pytest.approx(DRIFT.conductance(G, 4e6))
    # Forgetting the age of the cell at the second wait would be noticed.
    assert DRIFT.later(first, 20.0, 4e6) != pytest.approx(DRIFT.conductance(G, 4e6))


def test_every_cell_may_have_its_own_exponent():
    each = PowerLawDrift(exponent=np.array([0.0, 0.1]), reference_time=20 * second)
    assert each.conductance(G, 2e4)[0] == G[0]
    assert each.conductance(G, 2e4)[1] == pytest.approx(DRIFT.conductance(G, 2e4)[1])


def test_torch_gives_the_drift_of_numpy_and_its_gradient():
    inputs = (
        torch.tensor([5.0, 40.0], dtype=torch.float64, requires_grad=True),
        torch.tensor([1e3, 1e5], dtype=torch.float64, requires_grad=True),
    )
    ours = DRIFT.conductance(*inputs).tolist()
    assert ours == pytest.approx(DRIFT.conductance(G / uS, np.array([1e3, 1e5])).tolist())
    assert torch.autograd.gradcheck(DRIFT.conductance, inputs)


def test_time_backwards_and_no_reference_are_refused():
    with pytest.raises(InvalidInput, match="age_after"):
        DRIFT.later(G, 100.0, np.array([200.0, 50.0]))
    with pytest.raises(InvalidInput, match="reference_time"):
        PowerLawDrift(exponent=0.1, reference_time=0.0)
