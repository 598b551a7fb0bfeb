"""What differs from piece to piece: the spreads of production, and one piece drawn from them.

Every magnitude says where it comes from. The numbers that describe one piece are its hidden truth:
the chip uses them, `reveal` shows them to reports and tests, and nothing that is judged by them
can see them.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet
from ohmloom.devices.variability.stuck_cells import StuckCells, draw_stuck_cells
from ohmloom.randomness import stream
from ohmloom.si import mV, uS


@dataclass(frozen=True, kw_only=True)
class ProductionSpread:
    """Standard deviations of what production does not hold constant."""

    adc_gain: float
    """Relative spread of the gain of a column read-out [1]."""
    adc_offset: float
    """Spread of the offset of a column converter [V]."""
    dac_gain: float
    """Relative spread of the gain of a row driver [1]."""
    dac_offset: float
    """Spread of the offset of a row driver [V]."""
    wire: float
    """Relative spread of the wire resistances from chip to chip [1]."""
    stuck: float
    """Share of cells that no pulse moves, each at a random conductance [1]."""
    cell_lowest: float
    """Median of the lowest conductance that a cell can reach [S]."""
    cell_lowest_spread: float
    """Spread of its logarithm [1]."""
    cell_highest: float
    """Mean of the highest conductance that a cell can reach [S]."""
    cell_highest_spread: float
    """Its relative spread [1]."""


def published_spread() -> ProductionSpread:
    """Spreads that follow from published matching data and measured arrays.

    * ADC gain: the current mirror of the read-out. Pelgrom's rule with the 180 nm figures of Kinget
      (JSSC 40(6), 2005: A_VT 5 mV um, A_beta 1.04 % um, per pair), a mirror of 1 um2 at
      gm/I = 10 /V: sqrt((5 mV x 10 /V)^2 + (1.04 %)^2) = 5.1 %.
    * ADC offset: a StrongARM comparator with a 2 um x 0.2 um input pair in the same technology,
      5 mV um / sqrt(0.4 um2) = 7.9 mV, the upper end of the 5 to 8 mV of the SPICE notes.
    * DAC offset: an output buffer with a 4 um2 input pair, 5 mV um / 2 um = 2.5 mV.
    * DAC gain: 0.5 %, upper end of the matching of unit capacitors of a few fF.
    * Wires: sheet resistance within +-20 % in production, read as two standard deviations.
    * Stuck cells: 9.77 % of the HfO2 array of Gong, Rasch et al. (IEDM 2022), the same array from
      which the response to pulses is taken; stuck at a random conductance.
    * Reach of a cell: such that 0.18 % miss each end of 1 to 40 uS, the share of the cells of a
      NeuRRAM array that never reached their target (Wan et al. 2022, published notebooks).
    """
    return ProductionSpread(
        adc_gain=0.051,
        adc_offset=7.9 * mV,
        dac_gain=0.005,
        dac_offset=2.5 * mV,
        wire=0.10,
        stuck=0.0977,
        cell_lowest=0.5 * uS,
        cell_lowest_spread=0.238,
        cell_highest=60 * uS,
        cell_highest_spread=0.1145,
    )


@dataclass(frozen=True, kw_only=True)
class Silicon:
    """The hidden truth of one piece."""

    adc_gain: FloatArray
    """Gain of the column read-outs over nominal, shape (tiles, columns) [1]."""
    adc_offset: FloatArray
    """Code of the converters at zero current, shape (tiles, columns) [ADC steps]."""
    dac_gain: FloatArray
    """Gain of the row drivers over nominal, shape (tiles, rows) [1]."""
    dac_offset: FloatArray
    """Voltage of the row drivers at code zero, shape (tiles, rows) [V]."""
    reference_gain: float
    """Test current over nominal [1]."""
    r_word_line: float
    """Resistance of a word line from cell to cell [ohm]."""
    r_bit_line: float
    """Resistance of a bit line from cell to cell [ohm]."""
    stuck: StuckCells
    """Cells that no pulse moves, shape (tiles, rows, columns)."""
    cell_lowest: FloatArray
    """Lowest conductance that each cell can reach, shape (tiles, rows, columns) [S]."""
    cell_highest: FloatArray
    """Highest conductance that each cell can reach, shape (tiles, rows, columns) [S]."""
    cell_strength: FloatArray
    """Response of each cell to a pulse over nominal, shape (tiles, rows, columns) [1]."""


def draw_silicon(
    serial: int,
    datasheet: CrossbarDatasheet,
    spread: ProductionSpread,
    *,
    strength_spread: float,
) -> Silicon:
    """The piece with this serial number; the same number always gives the same piece.

    Args:
        serial: serial number, not negative.
        datasheet: what all pieces have in common.
        spread: what production does not hold constant.
        strength_spread: spread of the logarithm of a cell's response to pulses [1].
    """

    def normal(name: str, shape: tuple[int, ...]) -> FloatArray:
        return stream(serial, datasheet.model, "mismatch", name).standard_normal(shape)

    tiles, rows, columns = cells = datasheet.shape
    tolerance = datasheet.reference_tolerance
    reference = stream(serial, datasheet.model, "mismatch", "reference")
    wires = 1.0 + spread.wire * normal("wires", (2,)).clip(-3, 3)
    lowest = spread.cell_lowest * np.exp(spread.cell_lowest_spread * normal("lowest", cells))
    highest = spread.cell_highest * (1.0 + spread.cell_highest_spread * normal("highest", cells))
    stuck = draw_stuck_cells(
        cells,
        rate_off=0.0,
        rate_on=0.0,
        rate_between=spread.stuck,
        conductance_off=spread.cell_lowest,
        conductance_on=spread.cell_highest,
        rng=stream(serial, datasheet.model, "mismatch", "stuck cells"),
    )
    return Silicon(
        adc_gain=np.exp(spread.adc_gain * normal("adc gain", (tiles, columns))),
        adc_offset=spread.adc_offset / datasheet.adc_step * normal("adc offset", (tiles, columns)),
        dac_gain=1.0 + spread.dac_gain * normal("dac gain", (tiles, rows)),
        dac_offset=spread.dac_offset * normal("dac offset", (tiles, rows)),
        reference_gain=float(reference.uniform(1.0 - tolerance, 1.0 + tolerance)),
        r_word_line=float(datasheet.r_word_line * wires[0]),
        r_bit_line=float(datasheet.r_bit_line * wires[1]),
        stuck=stuck,
        cell_lowest=lowest,
        # A cell whose reach would be upside down is a cell that hardly moves.
        cell_highest=np.maximum(highest, 2.0 * lowest),
        cell_strength=np.exp(strength_spread * normal("strength", cells)),
    )
