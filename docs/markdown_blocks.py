"""Blocks of Markdown that the hooks make their pages of."""

import re

# What begins a paragraph of its own in a docstring of this project.
_LEADS = re.compile(
    r"^(Source|Holds for|Leaves out|Left out|Use it for|Method)(?= ?[^:\n]*:)([^:\n]*):", re.M
)


def as_markdown(docstring: str) -> str:
    """A docstring as Markdown: Source, Holds for and the like begin paragraphs of their own."""
    prose = re.split(r"^(?:Args|Returns|Raises|Warns):$|^>>> ", docstring, maxsplit=1, flags=re.M)
    return _LEADS.sub(r"\n**\1\2:**", prose[0]).strip()


def cell(text: str) -> str:
    """Text for a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell(each) for each in line) + " |" for line in lines) + "\n"
