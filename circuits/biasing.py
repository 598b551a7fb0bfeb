"""Gate voltages from bias currents: a diode-connected transistor of the bench, and its current."""

from ohmloom.circuits.elements.element import GROUND, Element
from ohmloom.circuits.elements.sources import CurrentSource
from ohmloom.circuits.technologies.technology import Technology


def diode_bias(
    technology: Technology,
    *,
    name: str,
    node: str,
    polarity: str,
    current: float,
    width: float,
    length: float,
    supply: str = "vdd",
) -> tuple[Element, Element]:
    """A transistor whose gate and drain are `node`, and the source that drives it.

    A transistor of the same size with its gate at `node` carries the same current. It stands at the
    top level of a netlist, where no mismatch is drawn.

    Args:
        technology: what it is made in.
        name: of both, behind "bias_".
        node: gate and drain.
        polarity: "n" with its source at ground, "p" with its source at `supply`.
        current: [A].
        width: of the channel [m].
        length: of the channel [m].
        supply: node of the supply.
    """
    ends = (supply, node) if polarity == "n" else (node, GROUND)
    rail = GROUND if polarity == "n" else supply
    return (
        CurrentSource(name=f"bias_{name}", plus=ends[0], minus=ends[1], current=current),
        technology.transistor(
            name=f"bias_{name}",
            polarity=polarity,
            drain=node,
            gate=node,
            source=rail,
            bulk=rail,
            width=width,
            length=length,
        ),
    )


def transistors(
    technology: Technology,
    table: tuple[tuple[str, str, str, str, str, float, float], ...],
    *,
    scale: float,
    supply: str = "vdd",
) -> tuple[Element, ...]:
    """Transistors of a table: name, drain, gate, source, polarity, width and length over `scale`.

    The bulk of n is ground, that of p is `supply`.
    """
    return tuple(
        technology.transistor(
            name=name,
            polarity=polarity,
            drain=drain,
            gate=gate,
            source=source,
            bulk=GROUND if polarity == "n" else supply,
            width=width * scale,
            length=length * scale,
        )
        for name, drain, gate, source, polarity, width, length in table
    )
