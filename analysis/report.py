"""Reports: one HTML file with everything in it, to be read today and mailed or archived tomorrow.

No script, no font and no picture comes from elsewhere; what the caller passes is escaped. The same
report gives the same bytes.
"""

import base64
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
import numpy as np
import pandas as pd

from ohmloom.analysis.figure_file import figure_bytes
from ohmloom.errors import InvalidInput
from ohmloom.provenance import Provenance
from ohmloom.storage import write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI: Final = 110
"""Resolution of figures that hold maps [1/inch]."""

_PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_MISSING: Final = "–"


def figure_image(figure: "Figure") -> bytes:
    """Render a figure: to PNG when it holds a map (`imshow`), to SVG otherwise.

    The same figure gives the same bytes: no date, no version, no random identifiers. For the same
    reason its layout is computed once and kept: an automatic layout moves a little at every draw.

    Args:
        figure: of matplotlib, made without pyplot or with it; its layout is fixed afterwards.

    Returns:
        The file, for `ReportFigure.image`.
    """
    has_map = any(ax.images for ax in figure.axes)
    return figure_bytes(figure, "png" if has_map else "svg", dpi=PNG_DPI)


@dataclass(frozen=True, kw_only=True)
class ReportFigure:
    """One picture with its caption."""

    caption: str
    """What is seen and what follows from it; plain text."""
    image: bytes
    """A PNG or SVG file, such as from `figure_image`."""
    alt: str
    """What is seen, for readers who do not see it; plain text."""
    wide: bool = False
    """Across the page instead of beside another figure."""

    def __post_init__(self) -> None:
        if not (self.image.startswith(_PNG_START) or b"<svg" in self.image[:2000]):
            raise InvalidInput(
                f"the image of figure {self.caption!r} is neither PNG nor SVG; make it with "
                f"figure_image"
            )

    @property
    def source(self) -> str:
        """The image as a data URL."""
        kind = "image/png" if self.image.startswith(_PNG_START) else "image/svg+xml"
        return f"data:{kind};base64,{base64.b64encode(self.image).decode('ascii')}"


@dataclass(frozen=True, kw_only=True)
class ReportTable:
    """One table with its caption."""

    caption: str
    """What the table holds; plain text."""
    frame: pd.DataFrame
    """Columns are shown in their order, under their names, which carry the unit: "age [h]". The
    index is not shown."""
    formats: Mapping[str, str] = field(default_factory=dict)
    """Format specification of the numbers of a column, such as ".1f" or ".1%", by its name."""

    def __post_init__(self) -> None:
        unknown = set(self.formats) - set(self.headings)
        if unknown:
            raise InvalidInput(
                f"formats are given for column(s) {', '.join(sorted(unknown))}, but table "
                f"{self.caption!r} has {', '.join(self.headings)}"
            )
        try:
            _ = self.rows
        except ValueError as error:
            raise InvalidInput(
                f"a format of table {self.caption!r} does not suit its column: {error}"
            ) from error

    @property
    def headings(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self.frame.columns]

    @property
    def is_number(self) -> list[bool]:
        """Which columns hold numbers and nothing else, and are aligned at the right."""
        columns = [self.frame.iloc[:, place] for place in range(len(self.headings))]
        return [
            bool(column.notna().any()) and all(_is_number(value) for value in column.dropna())
            for column in columns
        ]

    @property
    def rows(self) -> list[list[str]]:
        """The cells, row by row: numbers formatted, yes and no for truth, a dash for missing."""
        specifications = [self.formats.get(name, "") for name in self.headings]
        columns = [
            [_shown(value, specification) for value in self.frame.iloc[:, place]]
            for place, specification in enumerate(specifications)
        ]
        return [list(row) for row in zip(*columns, strict=True)]


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _shown(value: Any, specification: str) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or value is pd.NA or value is pd.NaT:
        return _MISSING
    if not isinstance(value, numbers.Real):
        return str(value)
    if math.isnan(value):
        return _MISSING
    # Without a wish an integer keeps all its digits.
    plain = "d" if isinstance(value, numbers.Integral) else ".4g"
    return format(value, specification or plain).replace("-", "−")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One goal, what was measured, and whether that is good enough."""

    subject: str
    """What is judged, such as "accuracy after 2 d, noise-aware"."""
    goal: str
    """What was asked, with its unit, such as "at least 90 %"."""
    measured: str
    """What was found, with its unit, and uncertainty where there is one."""
    met: bool
    """Whether the goal is met."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A chapter: paragraphs first, then tables, then figures."""

    title: str
    """Heading; also in the table of contents."""
    paragraphs: Sequence[str] = ()
    """Plain text."""
    tables: Sequence[ReportTable] = ()
    """In the order in which they are shown."""
    figures: Sequence[ReportFigure] = ()
    """In the order in which they are shown, two side by side where the page is wide enough."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was predicted beside what was measured, as one file.

    >>> report = Report(title="Chip 7", subtitle="", sections=[Section(title="Gains & offsets")])
    >>> "Gains &amp; offsets" in report.to_html()
    True
    """

    title: str
    """Plain text."""
    subtitle: str
    """One sentence under the title; plain text."""
    sections: Sequence[Section]
    """In the order in which they are shown."""
    verdicts: Sequence[Verdict] = ()
    """Shown first, as a table of goal, measured and met."""
    provenance: Provenance | None = None
    """Shown at the end: when and with which versions the numbers were made."""

    def to_html(self) -> str:
        """The report as one HTML document that needs no other file and no network."""
        template = resources.files("ohmloom.analysis").joinpath("report.html").read_text("utf-8")
        environment = jinja2.Environment(
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.from_string(template).render(
            report=self, met=sum(verdict.met for verdict in self.verdicts)
        )

    def write(self, path: str | Path) -> None:
        """Write the report as an HTML file, whole or not at all.

        Args:
            path: the file; replaced if it exists. Its folder must exist.

        Raises:
            CannotWrite: the folder is missing or may not be written, or the disk is full.
        """
        write_text(path, self.to_html())
