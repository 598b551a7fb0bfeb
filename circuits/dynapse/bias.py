"""Bias generators: which current a coarse and a fine code make, and which codes make a current.

DYNAP-SE1: I = fine / 255 of the full scale of the coarse code, and nothing more is known of what
reaches a circuit. DYNAP-SE2: the master current is a sum over the bits of the fine code, and
*falls* at every multiple of 32; a mirror takes a share of it to the circuit that depends on the
current. So several codes make about the same current, and the best is found by looking at all.

Source: see the tables beside this file. rockpool takes constants for the shares, and is off by 2
to 5 at the small currents that make long time constants.
Holds for: a nominal chip at room temperature.
"""

import csv
import functools
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.dynapse.parameters import (
    HIGHEST_FINE,
    SE1_HIGHEST_COARSE,
    SE2_HIGHEST_COARSE,
    Generation,
    bias_parameter,
    generation,
)
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import nA, pA, uA

SE1_FULL_SCALE: Final = np.array(
    [15 * pA, 105 * pA, 820 * pA, 6.5 * nA, 50 * nA, 0.4 * uA, 3.2 * uA, 24 * uA]
)
"""Master current of each coarse code at fine 255, shape (8,) [A]."""


@dataclass(frozen=True, kw_only=True, order=True)
class BiasCode:
    """The setting of one bias."""

    coarse: int
    """0 to 7 on the DYNAP-SE1, 0 to 5 on the DYNAP-SE2; larger is more."""
    fine: int
    """0 to 255."""


@dataclass(frozen=True, kw_only=True)
class NearestCode(BiasCode):
    """The setting that comes nearest to a current."""

    current: float
    """What it makes [A]."""

    def relative_error(self, wanted: float) -> float:
        """How far off it is, relative [1]."""
        return self.current / wanted - 1.0


def current(chip: str | Generation, name: str, coarse: int, fine: int) -> float:
    """Current that a bias makes in its circuit [A].

    On the DYNAP-SE1 the master current, since nobody published what reaches the circuits.

    Args:
        chip: "se1" or "se2".
        name: of the bias.
        coarse: code.
        fine: code.

    Raises:
        InvalidInput: an unknown chip or bias, or a code out of range.

    >>> f"{current('se1', 'IF_THR_N', 5, 80):.4g} A"
    '1.255e-07 A'
    >>> f"{current('se2', 'DEAM_ETAU_P', 2, 30):.3g} A"
    '8.39e-11 A'
    """
    parameter = bias_parameter(chip, name)
    check_code(chip, coarse, fine, what=name)
    return float(currents(chip, parameter.name)[coarse, fine])


def nearest_code(chip: str | Generation, name: str, current: float) -> NearestCode:
    """The setting of a bias that comes nearest to a current, as a ratio.

    Args:
        chip: "se1" or "se2".
        name: of the bias.
        current: wanted [A].

    Raises:
        InvalidInput: an unknown chip or bias, or a current that is not above zero.
        OutOfModelRange: more than 10 % outside of what the bias can make.

    >>> found = nearest_code("se2", "SOIF_LEAK_N", 5e-12)
    >>> found.coarse, found.fine, f"{found.current:.3g} A"
    (0, 26, '5.02e-12 A')
    """
    parameter = bias_parameter(chip, name)
    if not 0.0 < current < np.inf:
        raise InvalidInput(f"{name} of {current} A cannot be set; give a current above zero")
    table = currents(chip, parameter.name)
    lowest, highest = float(table[table > 0.0].min()), float(table.max())
    if not lowest / 1.1 <= current <= 1.1 * highest:
        raise OutOfModelRange(
            f"{name} of the {generation(chip).value} makes {lowest:.3g} A to {highest:.3g} A, but "
            f"{current:.3g} A was asked for; choose another current"
        )
    with np.errstate(divide="ignore"):
        off = np.abs(np.log(table / current))
    coarse, fine = (int(at) for at in np.unravel_index(int(off.argmin()), table.shape))
    return NearestCode(coarse=coarse, fine=fine, current=float(table[coarse, fine]))


def currents(chip: str | Generation, name: str) -> FloatArray:
    """What every code of a bias makes, shape (coarse codes, 256), not to be written to [A].

    Raises:
        InvalidInput: an unknown chip or bias.
    """
    return _currents(generation(chip), bias_parameter(chip, name).name)


def master_currents(chip: str | Generation, family: str) -> FloatArray:
    """What the bias generator makes before any mirror, shape (coarse codes, 256) [A].

    Args:
        chip: "se1" or "se2".
        family: transistors that it is made of, "n" or "p"; the same on the DYNAP-SE1.
    """
    if generation(chip) is Generation.SE1:
        return SE1_FULL_SCALE[:, None] * np.arange(HIGHEST_FINE + 1) / HIGHEST_FINE
    return _se2_master(family)


def mirror_share(mirror: str, master: FloatArray | float) -> FloatArray:
    """Share of a master current that a mirror of the DYNAP-SE2 takes to its circuit [1].

    Straight lines between the points of the table, both axes logarithmic.

    Args:
        mirror: a line of the table, such as "P3x1".
        master: [A].
    """
    points, shares = _se2_mirrors()
    return np.asarray(np.exp(np.interp(np.log(master), np.log(points), np.log(shares[mirror]))))


def check_code(chip: str | Generation, coarse: int, fine: int, *, what: str) -> None:
    """Raise `InvalidInput` for a code that the bias generator does not have."""
    highest = highest_coarse(chip)
    if not (_whole(coarse, highest) and _whole(fine, HIGHEST_FINE)):
        raise InvalidInput(
            f"{what}: coarse {coarse!r} must be a whole number from 0 to {highest} and fine "
            f"{fine!r} one from 0 to {HIGHEST_FINE} on the {generation(chip).value}"
        )


def highest_coarse(chip: str | Generation) -> int:
    """Largest coarse code."""
    return SE1_HIGHEST_COARSE if generation(chip) is Generation.SE1 else SE2_HIGHEST_COARSE


def all_codes(chip: str | Generation) -> IntArray:
    """Every coarse and fine code, shape (codes, 2)."""
    coarse, fine = np.mgrid[0 : highest_coarse(chip) + 1, 0 : HIGHEST_FINE + 1]
    return np.column_stack([coarse.ravel(), fine.ravel()])


def _whole(value: int, highest: int) -> bool:
    number = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return number and 0 <= value <= highest


@functools.cache
def _currents(chip: Generation, name: str) -> FloatArray:
    parameter = bias_parameter(chip, name)
    made = master_currents(chip, parameter.family)
    if chip is Generation.SE2:
        share = parameter.share
        made = made * (share if parameter.mirror is None else mirror_share(parameter.mirror, made))
    made.flags.writeable = False
    return made


@functools.cache
def _se2_master(family: str) -> FloatArray:
    fine = np.arange(HIGHEST_FINE + 1)
    bits = (fine[:, None] >> np.arange(8)) & 1
    made = np.empty((SE2_HIGHEST_COARSE + 1, len(fine)))
    known = {(line["family"], line["coarse"]): line for line in _table("se2_selected_currents.csv")}
    for line in _table("se2_bit_currents.csv"):
        if line["family"] != family:
            continue
        weights = np.array([float(line[f"bit{k}"]) for k in range(8)])
        fitted = float(line["offset"]) + bits @ weights
        exact = {
            int(code): float(value)
            for code, value in known[family, line["coarse"]].items()
            if code not in {"family", "coarse"}
        }
        # Neighbours of an exact code say nothing: what the fit misses differs from bit to bit.
        fitted[list(exact)] = list(exact.values())
        made[int(line["coarse"])] = fitted
    made.flags.writeable = False
    return made


@functools.cache
def _se2_mirrors() -> tuple[FloatArray, dict[str, FloatArray]]:
    lines = _table("se2_mirror_shares.csv")
    points = [key for key in lines[0] if key != "mirror"]
    shares = {line["mirror"]: np.array([float(line[point]) for point in points]) for line in lines}
    return np.array([float(point) for point in points]), shares


def _table(name: str) -> list[dict[str, str]]:
    text = (resources.files("ohmloom.circuits.dynapse") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
