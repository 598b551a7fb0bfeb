"""Colours of the figures: one per variant everywhere, told apart by colour-blind readers too.

Source: M. Okabe and K. Ito, "Color Universal Design" (2008), the palette of eight colours; its
yellow is left out because it cannot be read on white.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from ohmloom.errors import InvalidInput

BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY_BLUE: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#767676"
"""For what stands behind the data: reference lines, voltages that drive."""

FLOAT_VARIANT: Final = "float"
"""The network in floating point, without hardware: the bar to reach."""

VARIANT_COLOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        FLOAT_VARIANT: BLACK,
        "plain, uncalibrated chip": VERMILLION,
        "plain, calibrated chip": BLUE,
        "noise-aware, calibrated chip": GREEN,
    }
)
"""The variants that ohmloom itself compares, and their colours."""

_ALL: Final = (ORANGE, PURPLE, SKY_BLUE, BLUE, GREEN, VERMILLION, BLACK)


def variant_colours(variants: Sequence[str]) -> dict[str, str]:
    """A colour for each variant, in the order given; the known ones always get the same.

    Args:
        variants: names, each once or more often.

    Raises:
        InvalidInput: more variants than there are colours that can be told apart.

    >>> variant_colours(["float", "plain, calibrated chip"])
    {'float': '#000000', 'plain, calibrated chip': '#0072B2'}
    """
    names = list(dict.fromkeys(variants))
    if len(names) > len(_ALL):
        raise InvalidInput(
            f"{len(names)} variants are asked for, but only {len(_ALL)} colours can be told apart; "
            f"draw fewer variants in one figure"
        )
    known = {name: VARIANT_COLOURS[name] for name in names if name in VARIANT_COLOURS}
    free = (colour for colour in _ALL if colour not in known.values())
    # Sorted, so that the order of a table does not change the colours.
    others = dict(zip(sorted(set(names) - set(known)), free, strict=False))
    return {name: known.get(name) or others[name] for name in names}


def ramp(count: int) -> list[str]:
    """`count` colours from dark to light, for things with an order, such as ages.

    >>> ramp(1)
    ['#440154']
    """
    import matplotlib  # noqa: PLC0415  slow to load
    from matplotlib.colors import to_hex  # noqa: PLC0415

    # The light end of viridis cannot be read on white.
    scale = matplotlib.colormaps["viridis"]
    return [to_hex(scale(0.8 * i / max(count - 1, 1))) for i in range(count)]
