"""Makes the reference: one page for each folder of the package, with every public module in it.

Nothing is listed by hand, so no module can be forgotten.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PACKAGE = Path(__file__).resolve().parent.parent / "ohmloom"
# Name of the page of the modules that lie directly in the package.
SHARED = "ohmloom"
# The order in which the folders build on each other; folders that are not named here come after.
ORDER = ("devices", "circuits", "calibration", "mapping", "analysis", "cli")


def pages() -> list[str]:
    """Names of all reference pages: the folders of the package, and `SHARED`."""
    found = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return [name for name in ORDER if name in found] + sorted(found.difference(ORDER)) + [SHARED]


def modules(page: str) -> list[str]:
    """Dotted names of the packages and public modules on one page, sub-folders included."""
    if page == SHARED:
        top, files = (SHARED,), PACKAGE.glob("*.py")
        root = PACKAGE
    else:
        # Resolved, because rglob does not enter a link.
        top, root = (SHARED, page), (PACKAGE / page).resolve()
        files = root.rglob("*.py")
    found = []
    for file in files:
        inner = file.relative_to(root).with_suffix("").parts
        if inner[-1] == "__init__":
            inner = inner[:-1]
        if not any(part.startswith("_") for part in inner):
            found.append(".".join((*top, *inner)))
    return sorted(found)


def text(page: str) -> str:
    """The text of one page."""
    title = SHARED if page == SHARED else f"{SHARED}.{page}"
    names = modules(page)
    blocks = [f"# {title}\n"]
    for name in names:
        is_package = name == title or any(other.startswith(f"{name}.") for other in names)
        options = "    options:\n      members: false\n" if is_package else ""
        blocks.append(f"::: {name}\n{options}")
    return "\n".join(blocks)


def on_config(config: "MkDocsConfig", **_: Any) -> "MkDocsConfig":
    """Add the pages to the navigation."""
    reference = [{page: f"reference/{page}.md"} for page in pages()]
    config.nav = [*(config.nav or []), {"Reference": reference}]
    return config


def on_files(files: "Files", config: "MkDocsConfig", **_: Any) -> "Files":
    """Add the pages themselves."""
    from mkdocs.structure.files import File  # noqa: PLC0415  the rest works without mkdocs

    for page in pages():
        files.append(File.generated(config, f"reference/{page}.md", content=text(page)))
    return files
