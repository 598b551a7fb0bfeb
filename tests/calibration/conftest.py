"""Chips whose truth a test can choose."""

import dataclasses

import pytest

from ohmloom.calibration.readout import Readout
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal


@pytest.fixture
def make_chip():
    """A chip with other spreads of production, and with a truth changed by a function."""

    def make(serial=3, *, tiles=1, sheet=None, seed=0, silicon=None, **spread):
        chip = VirtualCrossbarChip(
            serial,
            datasheet=sheet or crossbar_64(tiles=tiles),
            spread=dataclasses.replace(published_spread(), **spread),
            seed=seed,
        )
        if silicon is not None:
            truth = reveal(chip)[0]
            chip._silicon = dataclasses.replace(truth, **silicon(truth))
        return chip

    return make


@pytest.fixture
def true_readout():
    """The readout of somebody who knows the truth, but for what no measurement can tell."""

    def make(chip):
        silicon = reveal(chip)[0]
        step = chip.datasheet.dac_step
        return Readout(
            datasheet=chip.datasheet,
            column_gain=silicon.adc_gain * silicon.reference_gain,
            column_offset=silicon.adc_offset,
            row_offset=silicon.dac_offset / (step * silicon.dac_gain),
        )

    return make
