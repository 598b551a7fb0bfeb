"""Shows the examples of a docstring as code.

Docstrings hold their examples as bare `>>>` lines, where doctest finds them; Markdown would take
those for quotations.
"""

import re
from typing import Any

import griffe

# From a prompt to the next empty line, as doctest reads it.
_EXAMPLE = re.compile(r"^([ \t]*)>>> .*(?:\n(?![ \t]*$).*)*", re.MULTILINE)


def fence(docstring: str) -> str:
    """The docstring, with each of its examples in a fenced block."""
    return _EXAMPLE.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", docstring)


class FenceExamples(griffe.Extension):
    """Fences the examples of every docstring that is loaded."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Change the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = fence(obj.docstring.value)
