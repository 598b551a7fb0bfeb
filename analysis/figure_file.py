"""Figures as files: the same figure gives the same bytes, in PNG, SVG or PDF."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ohmloom.errors import InvalidInput
from ohmloom.storage import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS: Final = ("png", "svg", "pdf")
"""What a figure can be saved as."""
DPI: Final = 150
"""Resolution of PNG files [1/inch]."""

# Whatever would tell when and by which version a file was made.
_NO_METADATA: Final = {
    "png": ("Software",),
    "svg": ("Date", "Creator", "Format", "Type"),
    "pdf": ("CreationDate", "Creator", "Producer"),
}


def figure_bytes(figure: "Figure", file_format: str, *, dpi: float = DPI) -> bytes:
    """Render a figure: no date, no version, no random identifiers.

    The layout is computed once and kept: an automatic one moves a little at every draw.

    Args:
        figure: of matplotlib, made without pyplot or with it; its layout is fixed afterwards.
        file_format: one of `FORMATS`.
        dpi: resolution of a PNG, and of maps in the others [1/inch].

    Raises:
        InvalidInput: another format.
    """
    if file_format not in FORMATS:
        raise InvalidInput(
            f"a figure cannot be saved as {file_format!r}; choose one of {', '.join(FORMATS)}"
        )
    import matplotlib  # noqa: PLC0415  slow to load

    buffer = io.BytesIO()
    with matplotlib.rc_context(
        {"svg.hashsalt": "ohmloom", "svg.fonttype": "path", "savefig.bbox": None}
    ):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        nothing = dict.fromkeys(_NO_METADATA[file_format])
        figure.savefig(buffer, format=file_format, dpi=dpi, metadata=nothing)
    return buffer.getvalue()


def figure_format(path: Path) -> str:
    """The format that the ending of a file name asks for.

    Args:
        path: of the file.

    Raises:
        InvalidInput: it has another ending, or none.

    >>> figure_format(Path("loop.SVG"))
    'svg'
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise InvalidInput(
            f"{path} does not say which kind of picture it is; let it end in "
            f"{', '.join(f'.{each}' for each in FORMATS)}"
        )
    return ending


def save_figure(figure: "Figure", path: str | Path) -> None:
    """Save a figure, whole or not at all, in the format that the file name asks for.

    Args:
        figure: of matplotlib; its layout is fixed afterwards.
        path: of the file; replaced if it exists. Its folder must exist.

    Raises:
        InvalidInput: the file name does not end in one of `FORMATS`.
        CannotWrite: the folder is missing or may not be written, or the disk is full.
    """
    target = Path(path)
    write_bytes(target, figure_bytes(figure, figure_format(target)))
