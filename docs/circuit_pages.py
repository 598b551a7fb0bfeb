"""Makes a page for each circuit of the catalogue: what it is, its picture, what is measured.

Nothing is listed by hand. Pictures and measured values are simulated when the pages are built;
where ngspice is not installed, the page says so in their place.
"""

import functools
import logging
from typing import TYPE_CHECKING, Any

from markdown_blocks import as_markdown, table

from ohmloom.analysis.circuit_description import (
    CircuitDescription,
    MeasureDescription,
    circuit_named,
    describe_circuit,
)
from ohmloom.analysis.parameter_description import spoken
from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.experiment import measure_circuit
from ohmloom.circuits.ngspice import find_ngspice
from ohmloom.threads import one_thread

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

log = logging.getLogger(f"mkdocs.hooks.{__name__}")

OVERVIEW = "circuits.md"
FOLDER = "circuits"
# In the overview, where the table of all circuits goes.
MARK = "<!-- all circuits -->"
NO_NGSPICE = (
    "*This page was built without ngspice: the picture and the simulated values are left out.*"
)


@functools.cache
def has_ngspice() -> bool:
    """Whether circuits can be simulated here."""
    return find_ngspice() is not None


@functools.cache
def described(name: str) -> CircuitDescription:
    """What the catalogue says about one circuit."""
    return describe_circuit(name)


@functools.cache
def measured(name: str) -> dict[str, float]:
    """What is simulated and measured on all its benches."""
    with one_thread():
        return measure_circuit(circuit_named(name))


@functools.cache
def picture(name: str) -> bytes:
    """The typical response of one circuit, as SVG."""
    from ohmloom.analysis.circuit_portrait import portray_circuit  # noqa: PLC0415  slow to load
    from ohmloom.analysis.figure_file import figure_bytes  # noqa: PLC0415

    with one_thread():
        return figure_bytes(portray_circuit(name).draw(), "svg")


def text(name: str) -> str:
    """The page of one circuit."""
    circuit = described(name)
    shown = f"![What {name} does]({name}.svg)" if has_ngspice() else NO_NGSPICE
    blocks = [
        f"# {name}",
        f"*{circuit.family.rstrip('.')}* ({circuit.technology})",
        as_markdown(circuit.text),
        shown,
        f"Its typical response. `ohmloom circuits plot {name}` draws it.",
        "## What it is",
        as_markdown(circuit.module.text),
        "## Parameters",
        table(
            ("parameter", "value", "meaning"),
            [(f"`{each.name}`", each.shown, each.meaning) for each in circuit.parameters],
        ),
        "## Measures",
        "Theory and simulation at 27 degrees Celsius; they agree within the last column.",
        table(
            ("measure", "bench", "meaning", "simulated", "theory", "within"),
            [_row(name, each) for each in circuit.measures],
        ),
        "## In code",
        (
            f"```python\nfrom {circuit.preset_module} import {circuit.preset}\n"
            f"from ohmloom.circuits.experiment import measure_circuit\n\n"
            f"print(measure_circuit({circuit.preset}()))\n```"
        ),
        (
            f"Reference: [`{circuit.preset}`][{circuit.preset_module}.{circuit.preset}], "
            f"[`{circuit.circuit}`][{circuit.module.module}.{circuit.circuit}]."
        ),
    ]
    return "\n\n".join(blocks) + "\n"


def overview_table() -> str:
    """All circuits, with links to their pages."""
    rows = []
    for name in CIRCUITS:
        circuit = described(name)
        measures = ", ".join(each.name for each in circuit.measures)
        rows.append((f"[{name}]({FOLDER}/{name}.md)", circuit.summary, measures))
    return table(("name", "what it is", "measures"), rows)


def on_config(config: "MkDocsConfig", **_: Any) -> "MkDocsConfig":
    """Add the pages to the navigation."""
    pages = [f"{FOLDER}/{name}.md" for name in CIRCUITS]
    config.nav = [*(config.nav or []), {"Circuits": [{"Which circuits": OVERVIEW}, *pages]}]
    return config


def on_files(files: "Files", config: "MkDocsConfig", **_: Any) -> "Files":
    """Add the pages themselves, and their pictures."""
    from mkdocs.structure.files import File  # noqa: PLC0415  the rest works without mkdocs

    if not has_ngspice():
        log.info("ngspice is not installed: the pages of the circuits have no pictures")
    for name in CIRCUITS:
        files.append(File.generated(config, f"{FOLDER}/{name}.md", content=text(name)))
        if has_ngspice():
            drawing = f"{FOLDER}/{name}.svg"
            files.append(File.generated(config, drawing, content=picture(name)))
    return files


def on_page_markdown(markdown: str, page: "Page", **_: Any) -> str:
    """Put the table into the overview."""
    if page.file.src_uri != OVERVIEW:
        return markdown
    return markdown.replace(MARK, overview_table())


def _row(name: str, each: MeasureDescription) -> tuple[str, ...]:
    simulated = spoken(measured(name)[each.name], each.unit) if has_ngspice() else "–"
    if each.theory is None:
        return (f"`{each.name}`", each.bench, each.meaning, simulated, "", "")
    return (
        f"`{each.name}`",
        each.bench,
        each.meaning,
        simulated,
        spoken(each.theory.value, each.unit),
        f"{100 * each.theory.tolerance:.2g} %",
    )
