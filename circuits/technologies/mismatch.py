"""Mismatch: how the transistors of one sample deviate, drawn once, and put into a netlist.

Every transistor inside an instance draws a shift of its threshold and a factor of its current, by
Pelgrom's law from its own size. Those at the top level of a netlist belong to the bench around the
design, and stay ideal.

Source: M. J. M. Pelgrom, A. C. J. Duinmaijer, A. P. G. Welbers, "Matching properties of MOS
transistors", IEEE Journal of Solid-State Circuits 24, 1433-1440 (1989).
Leaves out: differences that grow with distance, correlation of threshold and current factor, and
the deviations from the law of the area at extreme widths or lengths.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ohmloom.circuits.elements.element import Element, Formula, spice_name
from ohmloom.circuits.elements.instance import Instance
from ohmloom.circuits.elements.semiconductors import as_transistor
from ohmloom.circuits.netlist import Netlist, Subcircuit
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.errors import InvalidInput
from ohmloom.randomness import Draws

_SMALLEST_FACTOR: Final = 0.05
"""A current factor is never below this: the normal law knows no bound, silicon does."""


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """How one transistor differs from its nominal self."""

    threshold_shift: float
    """Added to the threshold voltage, as `delvto` of BSIM4: positive makes an n transistor weaker
    and a p transistor, whose threshold is negative, stronger [V]."""
    current_factor: float
    """Times the mobility [1]."""


def draw_mismatch(
    netlist: Netlist, technology: Technology, *, rng: Draws
) -> Mapping[str, Deviation]:
    """Draw one sample of a circuit.

    All thresholds are drawn first, then all current factors, each in the order of the text.

    Args:
        netlist: whose transistors inside instances are drawn.
        technology: says how transistors of one polarity and size scatter.
        rng: where the numbers come from; give each sample its own stream.

    Returns:
        By path, such as "xneuron.ml3".

    Raises:
        InvalidInput: the size of a transistor is a formula.
    """
    drawn = [(path, each) for path, each in netlist.transistors() if "." in path]
    normal = np.asarray(rng.standard_normal((2, len(drawn))))
    found = {}
    for (path, transistor), threshold, factor in zip(drawn, normal[0], normal[1], strict=True):
        if isinstance(transistor.width, Formula) or isinstance(transistor.length, Formula):
            raise InvalidInput(
                f"the size of {path} is a formula, from which no mismatch can be drawn; write "
                f"numbers ({transistor.origin})"
            )
        law = technology.pelgrom(transistor.polarity)
        width, length = float(transistor.width), float(transistor.length)
        found[path] = Deviation(
            threshold_shift=float(law.threshold_deviation(width, length) * threshold),
            current_factor=max(
                _SMALLEST_FACTOR, float(1.0 + law.factor_deviation(width, length) * factor)
            ),
        )
    return found


def with_mismatch(netlist: Netlist, deviations: Mapping[str, Deviation]) -> Netlist:
    """The same circuit with deviating transistors.

    A subcircuit that holds one of them becomes a definition of its own for each instance, since two
    instances of one design deviate in different ways. The texts of two samples differ in numbers
    only, which the simulator alters in place.

    Args:
        netlist: nominal.
        deviations: by path, such as "xneuron.ml3"; transistors that it does not name stay.

    Raises:
        InvalidInput: the netlist has no transistor of such a path.
    """
    known = {path for path, _ in netlist.transistors()}
    unknown = [path for path in deviations if path not in known]
    if unknown:
        raise InvalidInput(
            f"netlist {netlist.title!r} has no transistor {unknown[0]!r}; there are "
            f"{', '.join(sorted(known)) or 'none'}"
        )
    touched = {path.rpartition(".")[0] for path in deviations}
    copies: list[Subcircuit] = []
    elements = _deviating(netlist.elements, netlist.subcircuits, "", deviations, touched, copies)
    return netlist.with_parts(elements, (*netlist.definitions, *copies))


def _deviating(
    elements: Iterable[Element],
    subcircuits: Mapping[str, Subcircuit],
    prefix: str,
    deviations: Mapping[str, Deviation],
    touched: set[str],
    copies: list[Subcircuit],
) -> tuple[Element, ...]:
    changed: list[Element] = []
    for element in elements:
        path = prefix + spice_name(element).lower()
        there = deviations.get(path)
        transistor = as_transistor(element) if there is not None else None
        if there is not None and transistor is not None:
            changed.append(
                transistor.mismatched(
                    threshold_shift=there.threshold_shift, current_factor=there.current_factor
                )
            )
        elif isinstance(element, Instance) and any(
            each == path or each.startswith(f"{path}.") for each in touched
        ):
            design = subcircuits[element.subcircuit.lower()]
            name = f"{design.name}_of_{path.replace('.', '_')}"
            inside = _deviating(
                design.elements, subcircuits, f"{path}.", deviations, touched, copies
            )
            copies.append(replace(design, name=name, elements=inside))
            changed.append(replace(element, subcircuit=name))
        else:
            changed.append(element)
    return tuple(changed)
