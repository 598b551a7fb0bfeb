import base64
import dataclasses
import os
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from ohmloom.analysis.figures import plot_conductance_map, plot_pulses
from ohmloom.analysis.report import (
    Report,
    ReportFigure,
    ReportTable,
    Section,
    Verdict,
    figure_image,
)
from ohmloom.errors import CannotWrite, InvalidInput
from ohmloom.provenance import Provenance
from ohmloom.si import uS

EVIL = """<script>alert("x")</script> & 'more' {{ 1 + 1 }}"""
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.texts, self.styles = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.styles if "style" in self.open else self.texts).append(data.strip())

    def named(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def images():
    return (
        figure_image(plot_conductance_map(np.eye(4) * uS).figure),
        figure_image(plot_pulses([1, 2, 2]).figure),
    )


@pytest.fixture
def report(images):
    frame = pd.DataFrame(
        {
            "variant": ["float", EVIL],
            "accuracy [%]": [97.25, np.nan],
            "chips": [1, 10],
            "change [µS]": [-1.5, 2e-7],
            "met": [True, False],
        }
    )
    table = ReportTable(caption=EVIL, frame=frame, formats={"accuracy [%]": ".1f"})
    drawn = tuple(ReportFigure(caption=EVIL, image=image, alt=f'"{EVIL}') for image in images)
    return Report(
        title=EVIL,
        subtitle=EVIL,
        sections=(
            Section(title=EVIL, paragraphs=(EVIL,), tables=(table,), figures=drawn),
            Section(title="The end"),
        ),
        verdicts=(
            Verdict(subject=EVIL, goal="above 90 %", measured="95 %", met=True),
            Verdict(subject="gain", goal="below 1 %", measured="2 %", met=False),
        ),
        provenance=Provenance(
            made_at="2026-01-01T00:00:00+00:00",
            python="3.11",
            platform="Linux x86_64",
            versions={"numpy": "2.4"},
        ),
    )


def test_a_report_needs_nothing_from_elsewhere(report):
    page = Page(report.to_html())
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "base"}
        for name, value in attributes.items():
            assert not name.startswith("on"), "no handlers"
            if name in {"src", "href", "srcset", "data", "action"}:
                assert value.startswith(("data:image/", "#"))
    styles = "".join(page.styles)
    assert "url(" not in styles
    assert "@import" not in styles


def test_what_the_caller_writes_is_shown_as_written(report):
    page = Page(report.to_html())
    # Title twice, subtitle, contents, heading, paragraph, caption, cell, verdict, two figures.
    assert page.texts.count(EVIL) == 11
    assert [image["alt"] for image in page.named("img")] == [f'"{EVIL}'] * 2


def test_images_come_out_of_the_page_as_they_went_in(report, images):
    sources = [image["src"] for image in Page(report.to_html()).named("img")]
    kinds = [source.split(";")[0] for source in sources]
    assert kinds == ["data:image/png", "data:image/svg+xml"]
    assert tuple(base64.b64decode(source.split(",")[1]) for source in sources) == images


def test_an_svg_is_well_formed_and_holds_no_script_and_no_date(images):
    root = ElementTree.fromstring(images[1])
    assert root.tag.endswith("svg")
    assert not [element for element in root.iter() if element.tag.endswith(("script", "date"))]


def test_every_entry_of_the_contents_leads_somewhere(report):
    page = Page(report.to_html())
    targets = {a["href"].removeprefix("#") for a in page.named("a")}
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert targets == set(ids) == {"verdict", "section-1", "section-2"}
    assert len(ids) == len(set(ids))


def test_verdicts_carry_marks_and_are_counted(report):
    texts = Page(report.to_html()).texts
    assert "1 of 2 goals met." in texts
    assert texts.index("✓ yes") < texts.index("✗ no")


def test_numbers_are_formatted_and_stand_at_the_right(report):
    table = report.sections[0].tables[0]
    assert table.rows == [
        ["float", "97.2", "1", "−1.5", "yes"],
        [EVIL, "–", "10", "2e−07", "no"],
    ]
    assert table.is_number == [False, True, True, True, False]
    page = Page(report.to_html())
    cells = [a for a in page.named("td") if a.get("class") == "number"]
    heads = [a for a in page.named("th") if a.get("class") == "number"]
    assert (len(cells), len(heads)) == (6, 3)


def test_missing_values_of_every_kind_are_dashes():
    frame = pd.DataFrame({"a": [None, pd.NA, pd.NaT, np.nan]}, dtype=object)
    table = ReportTable(caption="", frame=frame)
    assert table.rows == [["–"]] * 4
    assert table.is_number == [False]


def test_an_empty_table_keeps_its_headings():
    table = ReportTable(caption="", frame=pd.DataFrame({"age [s]": []}))
    html = Report(title="t", subtitle="", sections=[Section(title="s", tables=[table])]).to_html()
    assert "age [s]" in Page(html).texts


def test_formats_that_do_not_suit_are_refused_when_the_table_is_made():
    frame = pd.DataFrame({"a": [1.5]})
    with pytest.raises(InvalidInput, match=r"column\(s\) b"):
        ReportTable(caption="t", frame=frame, formats={"b": ".1f"})
    for unsuitable in ("d", "nonsense"):
        with pytest.raises(InvalidInput, match="does not suit"):
            ReportTable(caption="t", frame=frame, formats={"a": unsuitable})


def test_what_is_no_image_is_refused():
    with pytest.raises(InvalidInput, match="neither PNG nor SVG"):
        ReportFigure(caption="c", image=b"GIF89a", alt="")


def test_a_report_without_verdicts_figures_or_provenance_is_a_page():
    page = Page(Report(title="Bare", subtitle="", sections=()).to_html())
    assert page.named("table") == page.named("img") == page.named("footer") == []


def test_a_written_report_reads_back_as_the_page(report, tmp_path):
    report.write(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == report.to_html().encode()
    changed = dataclasses.replace(report, title="Later")
    changed.write(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == changed.to_html().encode()
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(CannotWrite):
        report.write(tmp_path / "missing" / "report.html")


def test_another_process_makes_the_same_bytes(images):
    code = (
        "import sys, numpy as np\n"
        "from ohmloom.analysis.figures import plot_conductance_map, plot_pulses\n"
        "from ohmloom.analysis.report import figure_image\n"
        "for ax in (plot_conductance_map(np.eye(4) * 1e-6), plot_pulses([1, 2, 2])):\n"
        "    sys.stdout.buffer.write(figure_image(ax.figure))\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env=environment
    )
    assert done.stdout == b"".join(images)
