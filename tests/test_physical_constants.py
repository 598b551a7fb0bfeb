import pytest
from scipy import constants

from ohmloom import physical_constants
from ohmloom.si import eV


def test_the_constants_are_those_that_scipy_distributes():
    # scipy follows CODATA, whose measured values move in the tenth digit from issue to issue.
    for ours, theirs in (
        (physical_constants.boltzmann, constants.k),
        (physical_constants.elementary_charge, constants.e),
        (physical_constants.planck, constants.h),
        (physical_constants.vacuum_permittivity, constants.epsilon_0),
        (physical_constants.electron_mass, constants.m_e),
        (eV, constants.electron_volt),
    ):
        assert ours == pytest.approx(theirs, rel=2e-9, abs=0)
