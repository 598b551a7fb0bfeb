import platform
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from importlib import metadata

import numpy as np
import pytest

from ohmloom.provenance import PACKAGES, package_version, provenance


def test_it_names_the_versions_that_run():
    found = provenance()
    assert set(found.versions) == set(PACKAGES)
    assert found.versions["numpy"] == np.__version__
    assert found.versions["ohmloom"] == metadata.version("ohmloom")
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert platform.system() in found.platform


def test_the_time_is_now_and_says_that_it_is_utc():
    made_at = datetime.fromisoformat(provenance().made_at)
    assert made_at.tzinfo is not None
    assert made_at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - made_at) < timedelta(minutes=1)


def test_a_package_that_is_not_installed_is_missing():
    assert package_version("a-package-that-nobody-wrote") == "missing"


def test_it_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        provenance().python = "2.7"


def test_nothing_in_it_tells_who_or_which_machine():
    text = repr(provenance())
    assert platform.node() not in text or len(platform.node()) < 4
