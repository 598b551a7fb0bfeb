"""The page of the biases has a row for each bias of both chips."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ohmloom.circuits.dynapse.parameters import SE1_PARAMETERS, SE2_PARAMETERS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(documentation_script):
    return documentation_script("bias_page")


def test_every_bias_has_its_row(pages):
    page = SimpleNamespace(file=SimpleNamespace(src_uri=pages.PAGE))
    filled = pages.on_page_markdown((ROOT / "docs" / pages.PAGE).read_text(), page)
    for name, parameter in (*SE1_PARAMETERS.items(), *SE2_PARAMETERS.items()):
        assert f"| `{name}` | {parameter.meaning} | " in filled
    assert "<!--" not in filled


def test_other_pages_stay_as_they_are(pages):
    page = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    assert (
        pages.on_page_markdown("<!-- biases of the se1 -->", page) == "<!-- biases of the se1 -->"
    )
