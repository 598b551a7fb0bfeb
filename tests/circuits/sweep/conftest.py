"""The user's module, within reach of this process and of those that it starts."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def swept_on_the_path():
    folder = str(Path(__file__).parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]))
        yield
