"""Every model of the catalogue has its page, its picture and its row in the overview."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from ohmloom.analysis.device_description import DeviceKind, describe_device, device_names

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(documentation_script):
    return documentation_script("device_pages")


@pytest.fixture(scope="module")
def blocks(documentation_script):
    return documentation_script("markdown_blocks")


@pytest.mark.parametrize("name", device_names())
def test_the_page_of_a_model_says_what_it_is_and_shows_every_number(pages, name):
    text, device = pages.text(name), describe_device(name)
    assert text.startswith(f"# {name}\n")
    assert f"({name}.svg)" in text
    for each in device.parameters:
        assert f"| `{each.name}` | " in text
    # A line of a table that ends in the middle has a bar that was not escaped.
    for line in text.splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 4, line
    assert "**Source:** " in text
    assert ">>>" not in text


def test_a_picture_is_an_svg_and_made_once(pages):
    first = pages.picture("li_2018_capacitor")
    assert b"<svg" in first[:600]
    assert pages.picture("li_2018_capacitor") is first


def test_a_docstring_becomes_markdown_with_a_paragraph_for_each_promise(blocks):
    text = "A law.\n\n    I = G V\n\nSource: a paper,\nor two.\nHolds for: all.\n\nArgs:\n    x: y."
    assert blocks.as_markdown(text) == (
        "A law.\n\n    I = G V\n\n\n**Source:** a paper,\nor two.\n\n**Holds for:** all."
    )


def test_bars_and_line_ends_do_not_break_a_table(blocks):
    told = blocks.table(("a", "b"), [("size |V|", "two\nlines")])
    assert told.splitlines()[-1] == r"| size \|V\| | two lines |"


def test_the_overview_links_to_every_page_and_says_which_kind(pages):
    overview = (ROOT / "docs" / pages.OVERVIEW).read_text()
    page = SimpleNamespace(file=SimpleNamespace(src_uri=pages.OVERVIEW))
    filled = pages.on_page_markdown(overview, page)
    assert "<!--" not in filled
    for name in device_names():
        assert f"| [{name}](devices/{name}.md) |" in filled
    other = SimpleNamespace(file=SimpleNamespace(src_uri="index.md"))
    assert pages.on_page_markdown(overview, other) == overview


def test_what_the_overview_recommends_exists(pages):
    overview = (ROOT / "docs" / pages.OVERVIEW).read_text()
    named = re.findall(r"`([a-z]+_\d{4}\w*|state_independent)`", overview)
    assert {"kvatinsky_2015", "strukov_2008", "state_independent"} <= set(named)
    assert set(named) <= set(device_names())


def test_all_pages_are_in_the_navigation(pages):
    config = pages.on_config(SimpleNamespace(nav=["index.md"]))
    ((title, groups),) = config.nav[-1].items()
    assert title == "Devices"
    listed = [page for group in groups[1:] for each in group.values() for page in each]
    assert listed == [f"devices/{name}.md" for name in device_names()]
    assert len(groups) == 1 + len(DeviceKind)
