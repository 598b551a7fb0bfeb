"""Fills the page of the biases from the catalogue of both chips."""

from typing import TYPE_CHECKING, Any

from markdown_blocks import table

from ohmloom.analysis.parameter_description import spoken
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.parameters import SE1_PARAMETERS, SE2_PARAMETERS

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page

PAGE = "biases.md"
MARKS = {"se1": "<!-- biases of the se1 -->", "se2": "<!-- biases of the se2 -->"}


def biases_table(chip: str) -> str:
    """Every bias of a chip: what it does, what it makes, and its counterpart on the other chip."""
    known = SE1_PARAMETERS if chip == "se1" else SE2_PARAMETERS
    rows = []
    for name, parameter in known.items():
        made = bias.currents(chip, name)
        rows.append(
            (
                f"`{name}`",
                parameter.meaning,
                f"{_short(made[made > 0.0].min())} to {_short(made.max())}",
                f"`{parameter.counterpart}`" if parameter.counterpart else "",
            )
        )
    other = "DYNAP-SE2" if chip == "se1" else "DYNAP-SE1"
    return table(("bias", "what it sets", "current", f"on the {other}"), rows)


def _short(current: float) -> str:
    return spoken(float(f"{current:.3g}"), "A")


def on_page_markdown(markdown: str, page: "Page", **_: Any) -> str:
    """Put the tables into the page."""
    if page.file.src_uri != PAGE:
        return markdown
    for chip, mark in MARKS.items():
        markdown = markdown.replace(mark, biases_table(chip))
    return markdown
