"""Without the ngspice library everything else works, and the message says what to install."""

import pytest

from ohmloom.circuits import ngspice
from ohmloom.circuits.analyses import OperatingPoint
from ohmloom.circuits.engines import ngspice_library
from ohmloom.errors import MissingDependency

TEXT = "* divider\nV1 a 0 1\nR1 a 0 1k\n.end\n"


def test_without_the_library_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NGSPICE_LIBRARY_PATH", "libngspice_that_is_not_here.so")
    # Another test may have loaded the real library already.
    monkeypatch.setattr(ngspice_library, "_loaded", [])
    assert ngspice.find_ngspice() is None
    with pytest.raises(MissingDependency, match="apt-get install libngspice0"):
        ngspice.simulate(TEXT, OperatingPoint())
