"""Who made a result: versions, platform and time, kept beside everything that is saved."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata

PACKAGES = ("ohmloom", "numpy", "scipy", "pandas", "torch")


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where and with what a result was made."""

    made_at: str
    """Wall-clock time in UTC, ISO 8601."""
    python: str
    """Version of Python."""
    platform: str
    """Operating system and processor."""
    versions: Mapping[str, str]
    """Version of each package that shapes numbers; "missing" when it is not installed."""


def package_version(name: str) -> str:
    """Version of an installed package, or "missing"; never imports it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def provenance() -> Provenance:
    """The provenance of a result that is made now."""
    return Provenance(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        versions={name: package_version(name) for name in PACKAGES},
    )
