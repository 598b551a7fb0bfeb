import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ohmloom.analysis.figures.palette import VARIANT_COLOURS, ramp, variant_colours
from ohmloom.errors import InvalidInput


def _contrast_with_white(colour):
    # WCAG 2.1, relative luminance.
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 1.05 / (np.dot([0.2126, 0.7152, 0.0722], linear) + 0.05)


def test_known_variants_keep_their_colours_in_any_company():
    names = [*VARIANT_COLOURS, "first of mine", "second of mine"]
    for order in (names, names[::-1], names[2:5]):
        colours = variant_colours(order)
        assert list(colours) == order
        assert len(set(colours.values())) == len(order)
        for name in set(order) & set(VARIANT_COLOURS):
            assert colours[name] == VARIANT_COLOURS[name]


def test_the_order_of_a_table_does_not_change_colours():
    assert variant_colours(["b", "a"]) == variant_colours(["a", "b", "a"])


def test_more_variants_than_colours_are_refused():
    assert len(set(variant_colours([str(i) for i in range(7)]).values())) == 7
    with pytest.raises(InvalidInput, match="8 variants"):
        variant_colours([str(i) for i in range(8)])


def test_lines_of_variants_have_the_contrast_that_graphics_need():
    # WCAG 2.1 asks for 3:1.
    assert min(_contrast_with_white(colour) for colour in VARIANT_COLOURS.values()) > 3
    assert _contrast_with_white("#F0E442") < 3  # the yellow that the palette leaves out


def test_a_ramp_grows_lighter_from_step_to_step():
    contrasts = [_contrast_with_white(colour) for colour in ramp(5)]
    assert contrasts == sorted(contrasts, reverse=True)
    assert contrasts[-1] > 1.5
    assert ramp(0) == []
