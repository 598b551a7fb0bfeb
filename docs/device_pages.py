"""Makes a page for each model of the device catalogue: what it is, what it does, its numbers.

Nothing is listed by hand: a model that is added to the catalogue has its page, its picture and its
row in the tables of the overview.
"""

import functools
from typing import TYPE_CHECKING, Any

from markdown_blocks import as_markdown, table

from ohmloom.analysis.device_description import (
    DeviceDescription,
    DeviceKind,
    describe_device,
    device_names,
)
from ohmloom.analysis.parameter_description import (
    spoken,
)
from ohmloom.threads import one_thread

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

OVERVIEW = "devices.md"
FOLDER = "devices"
# In the overview, a line of this form is where the table of one kind goes.
MARK = "<!-- all of kind {} -->"
TITLES = {
    DeviceKind.MEMRISTOR: "Memristors",
    DeviceKind.STATISTICS: "Statistics of programmed cells",
    DeviceKind.PULSE_UPDATE: "Responses to pulses",
    DeviceKind.CYCLES: "Switching cycles",
}
RANGES = {
    DeviceKind.MEMRISTOR: "typical sweep",
    DeviceKind.STATISTICS: "conductance, age",
    DeviceKind.PULSE_UPDATE: "conductance",
    DeviceKind.CYCLES: "resistance",
}
CAPTIONS = {
    DeviceKind.MEMRISTOR: "Two of its typical sweeps: the loop, the size of the current, and the "
    "state over time.",
    DeviceKind.STATISTICS: "Cells that were programmed to five targets. Left: their distributions, "
    "where a straight line is a normal one and a steep line a narrow one. Right: the mean of the "
    "model, and the band that holds nine cells in ten.",
    DeviceKind.PULSE_UPDATE: "Six cells under pulses up and then down, with everything that the "
    "model says about differences and noise, and the nominal cell without noise.",
    DeviceKind.CYCLES: "All cycles of all devices as thick lines, and a few devices as thin ones: "
    "where thin lines lie apart, devices differ.",
}


@functools.cache
def described(name: str) -> DeviceDescription:
    """What the catalogue says about one model."""
    return describe_device(name)


@functools.cache
def picture(name: str) -> bytes:
    """The portrait of one model, as SVG."""
    from ohmloom.analysis.device_portrait import portray_device  # noqa: PLC0415  slow to load
    from ohmloom.analysis.figure_file import figure_bytes  # noqa: PLC0415

    with one_thread():
        return figure_bytes(portray_device(name).draw(), "svg")


def text(name: str) -> str:
    """The page of one model."""
    device = described(name)
    # The module of the preset, where it is not that of the model.
    others = device.modules[1:]
    blocks = [
        f"# {name}",
        f"*{device.family}* ({device.kind.value}, {device.range})",
        as_markdown(device.text),
        f"![What {name} does]({name}.svg)",
        f"{CAPTIONS[device.kind]} `ohmloom devices plot {name}` draws it.",
        "## Model",
        as_markdown(device.modules[0].text),
        *(f"## Where its numbers come from\n\n{as_markdown(each.text)}" for each in others),
        "## Parameters",
        table(
            ("parameter", "value", "meaning"),
            [(f"`{each.name}`", each.shown, each.meaning) for each in device.parameters],
        ),
    ]
    if device.state_variables:
        blocks += ["## State", _state(device)]
    elif device.variables:
        blocks += [f"Variables: {', '.join(device.variables)}."]
    blocks += [
        "## In code",
        (
            f"```python\nfrom {device.modules[-1].module} import {device.preset}\n\n"
            f"device = {device.preset}()\n```"
        ),
        (
            f"Reference: [`{device.preset}`][{device.modules[-1].module}.{device.preset}], "
            f"[`{device.model}`][{device.modules[0].module}.{device.model}]."
        ),
    ]
    return "\n\n".join(blocks) + "\n"


def overview_table(kind: DeviceKind) -> str:
    """All models of one kind, with links to their pages."""
    rows = [
        (f"[{name}]({FOLDER}/{name}.md)", device.family, device.summary, device.range)
        for name in device_names(kind)
        for device in [described(name)]
    ]
    return table(("name", "model of", "whose numbers", RANGES[kind]), rows)


def on_config(config: "MkDocsConfig", **_: Any) -> "MkDocsConfig":
    """Add the pages to the navigation."""
    groups: list[Any] = [
        {TITLES[kind]: [f"{FOLDER}/{name}.md" for name in device_names(kind)]}
        for kind in DeviceKind
        if device_names(kind)
    ]
    config.nav = [*(config.nav or []), {"Devices": [{"Which model when": OVERVIEW}, *groups]}]
    return config


def on_files(files: "Files", config: "MkDocsConfig", **_: Any) -> "Files":
    """Add the pages themselves, and their pictures."""
    from mkdocs.structure.files import File  # noqa: PLC0415  the rest works without mkdocs

    for name in device_names():
        page, drawing = f"{FOLDER}/{name}.md", f"{FOLDER}/{name}.svg"
        files.append(File.generated(config, page, content=text(name)))
        files.append(File.generated(config, drawing, content=picture(name)))
    return files


def on_page_markdown(markdown: str, page: "Page", **_: Any) -> str:
    """Put the tables into the overview."""
    if page.file.src_uri != OVERVIEW:
        return markdown
    for kind in DeviceKind:
        markdown = markdown.replace(MARK.format(kind.value), overview_table(kind))
    return markdown


def _state(device: DeviceDescription) -> str:
    rows = [
        (
            each.name,
            f"{spoken(float(each.lowest), each.unit)} to {spoken(float(each.highest), each.unit)}",
            "yes" if each.logarithmic else "no",
        )
        for each in device.state_variables
    ]
    return table(("variable", "range", "moves over decades"), rows) + f"\n{device.drive_text}.\n"
