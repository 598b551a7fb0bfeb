"""Every circuit of the catalogue has its page, and its row in the overview."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from ohmloom.analysis.circuit_description import describe_circuit
from ohmloom.circuits.catalogue import CIRCUITS

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(documentation_script):
    return documentation_script("circuit_pages")


@pytest.mark.parametrize("name", CIRCUITS)
def test_without_ngspice_a_page_says_so_and_shows_every_parameter_and_measure(
    pages, monkeypatch, name
):
    monkeypatch.setattr(pages, "has_ngspice", lambda: False)
    text, circuit = pages.text(name), describe_circuit(name)
    assert text.startswith(f"# {name}\n")
    assert pages.NO_NGSPICE in text
    for each in circuit.parameters:
        assert f"| `{each.name}` | " in text
    for each in circuit.measures:
        assert f"| `{each.name}` | {each.bench} | " in text
    assert "**Source:** " in text


@pytest.mark.spice
def test_with_ngspice_a_page_has_a_picture_and_simulated_values(pages):
    text = pages.text("tau_cell")
    assert "(tau_cell.svg)" in text
    assert "| 4.99" in text
    assert "| 5.17" in text
    assert b"<svg" in pages.picture("tau_cell")[:600]


def test_the_overview_links_to_every_page_and_all_are_in_the_navigation(pages):
    overview = (ROOT / "docs" / pages.OVERVIEW).read_text()
    page = SimpleNamespace(file=SimpleNamespace(src_uri=pages.OVERVIEW))
    filled = pages.on_page_markdown(overview, page)
    for name in CIRCUITS:
        assert f"| [{name}](circuits/{name}.md) |" in filled
    config = pages.on_config(SimpleNamespace(nav=["index.md"]))
    ((title, listed),) = config.nav[-1].items()
    assert title == "Circuits"
    assert listed[1:] == [f"circuits/{name}.md" for name in CIRCUITS]
