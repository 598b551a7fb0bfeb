"""What every response to pulses in the catalogue says about the range that it was measured in."""

import warnings

import numpy as np
import pytest

from ohmloom.devices.catalogue import PULSE_UPDATES
from ohmloom.errors import ModelRangeWarning


@pytest.mark.parametrize("name", sorted(PULSE_UPDATES))
def test_a_cell_that_begins_a_pulse_outside_its_bounds_is_named_in_a_warning(name):
    update, rng = PULSE_UPDATES[name](), np.random.default_rng(1)
    cells = update.draw_cells((4,), rng=rng)
    inside = 0.5 * (cells["lowest"] + cells["highest"])
    outside = np.where(np.arange(4) < 2, 3.0 * cells["highest"], inside)
    with pytest.warns(ModelRangeWarning, match=r"2 cell\(s\) begin a pulse outside"):
        after = update.apply(outside, np.ones(4), cells=cells, rng=rng)
    assert (after <= cells["highest"]).all()
    # Cells within their bounds, on them, or without a pulse are no reason to warn.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        update.apply(inside, np.ones(4), cells=cells, rng=rng)
        update.apply(cells["highest"], -np.ones(4), cells=cells, rng=rng)
        update.apply(outside, np.array([0.0, 0.0, 1.0, 1.0]), cells=cells, rng=rng)
