"""The data sheet of the crossbar chip: what its maker promises of every piece.

Only nominal values stand here. How one piece differs from them is hidden in the silicon
(`ohmloom.circuits.crossbar_chip.silicon`) and is what calibration has to find out.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.errors import InvalidInput
from ohmloom.si import ns, ohm, pF, uA, uS, us, volt


@dataclass(frozen=True, kw_only=True)
class CrossbarDatasheet:
    """Nominal values of a chip of memristor tiles with a DAC per row and an ADC per column.

    A cell is 1T1R. A row is driven by its DAC through the word line, a column is held at virtual
    ground by its read-out, which mirrors the current down, integrates it on a capacitor for the
    time of the chosen range, and converts the voltage.
    """

    model: str
    """Name of the kind of chip."""
    tiles: int
    """Number of tiles."""
    rows: int
    """Rows of a tile: inputs."""
    columns: int
    """Columns of a tile: outputs."""
    conductance_low: float
    """Lowest conductance to program a cell to [S]."""
    conductance_high: float
    """Highest conductance to program a cell to [S]."""
    read_voltage: float
    """Drive of a row at the highest DAC code [V]."""
    dac_bits: int
    """Resolution of a DAC with its sign; codes are symmetric about zero."""
    adc_bits: int
    """Resolution of an ADC with its sign."""
    adc_span: float
    """Voltage between the lowest and the highest ADC code [V]."""
    capacitance: float
    """Integration capacitor [F]."""
    mirror_ratio: float
    """Column current over integrated current [1]."""
    shortest_integration: float
    """Integration time at range code 0 [s]; each further code doubles it."""
    ranges: int
    """Number of range codes."""
    trim_step: float
    """Shift of the ADC code by one step of the offset trim [ADC steps]."""
    trim_bits: int
    """Resolution of the offset trim with its sign."""
    reference_step: float
    """Step of the test current that can be switched onto a column [A]."""
    reference_bits: int
    """Resolution of the test current with its sign."""
    reference_tolerance: float
    """The test current is right within this fraction [1]."""
    first_pulse_voltage: float
    """Amplitude of a programming pulse of code 1 or -1 [V]."""
    pulse_voltage_step: float
    """Increment of the amplitude per code [V]."""
    highest_pulse_code: int
    """Largest pulse code; positive codes SET, negative codes RESET, 0 leaves a cell alone."""
    pulse_width: float
    """Duration of a programming pulse [s]."""
    r_word_line: float
    """Nominal resistance of a word line from cell to cell [ohm]; +-20 % in production."""
    r_bit_line: float
    """Nominal resistance of a bit line from cell to cell [ohm]; +-20 % in production."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(tiles, rows, columns)."""
        return self.tiles, self.rows, self.columns

    @property
    def highest_dac_code(self) -> int:
        """Largest DAC code; the smallest is its negative."""
        return int(2 ** (self.dac_bits - 1) - 1)

    @property
    def dac_step(self) -> float:
        """Nominal voltage of one DAC step [V]."""
        return self.read_voltage / self.highest_dac_code

    @property
    def adc_step(self) -> float:
        """Voltage of one ADC step [V]."""
        return float(self.adc_span / 2**self.adc_bits)

    @property
    def lowest_adc_code(self) -> int:
        """Smallest ADC code."""
        return int(-(2 ** (self.adc_bits - 1)))

    @property
    def highest_adc_code(self) -> int:
        """Largest ADC code."""
        return int(2 ** (self.adc_bits - 1) - 1)

    def integration_time(self, range_code: IntArray | int) -> FloatArray:
        """Integration time of a range code [s]."""
        return self.shortest_integration * np.exp2(np.asarray(range_code, dtype=np.float64))

    def current_step(self, range_code: IntArray | int) -> FloatArray:
        """Nominal column current of one ADC step [A]."""
        charge = self.adc_step * self.capacitance
        return charge * self.mirror_ratio / self.integration_time(range_code)

    def full_scale(self, range_code: IntArray | int) -> FloatArray:
        """Largest column current that a range converts [A]."""
        return self.current_step(range_code) * self.highest_adc_code

    def range_for(self, current: FloatArray | float) -> IntArray:
        """The most sensitive range that still converts `current` [A]; range 0 when none does."""
        largest = np.maximum(np.abs(np.asarray(current, dtype=np.float64)), 1e-30)
        headroom = np.floor(np.log2(self.full_scale(0) / largest)).astype(np.int64)
        return np.clip(headroom, 0, self.ranges - 1)

    def pulse_voltage(self, code: IntArray) -> FloatArray:
        """Amplitude of a programming pulse [V], positive for SET, zero for code 0."""
        size = self.first_pulse_voltage + self.pulse_voltage_step * (np.abs(code) - 1)
        return np.sign(code) * size


def crossbar_64(tiles: int = 8) -> CrossbarDatasheet:
    """The chip of the first demonstration: 64x64 tiles of HfOx cells.

    * Conductance 1 to 40 uS, pulses of 1 us from 1.2 V in steps of 0.1 V to 3.3 V: NeuRRAM
      (Wan et al., Nature 608, 504 (2022) and its published control code).
    * Read at 0.2 V: upper end of the 0.1 to 0.2 V that the SkyWater 1T1R documentation gives.
    * 8-bit converters: the usual choice for analog inference (Rasch et al., Nat. Commun. 14, 5282
      (2023) use 8 bits on both sides).
    * Read-out by integration on 1 pF: capacitance of the behavioural column of the SPICE notes;
      mirror 64:1, span 1 V and 62.5 ns make 512 uA, all 64 cells of a column fully on, the full
      scale of range 0; range 6 resolves one cell.
    * Wire 2.5 ohm per segment: the value with which the exact crossbar references were computed.
    * Test current from a reference resistor of tolerance code B (0.1 %, IEC 60062).

    Args:
        tiles: number of tiles, at least 1.
    """
    if tiles < 1:
        raise InvalidInput(f"a chip needs at least one tile, but {tiles} were asked for")
    return CrossbarDatasheet(
        model="crossbar-64",
        tiles=tiles,
        rows=64,
        columns=64,
        conductance_low=1 * uS,
        conductance_high=40 * uS,
        read_voltage=0.2 * volt,
        dac_bits=8,
        adc_bits=8,
        adc_span=1.0 * volt,
        capacitance=1 * pF,
        mirror_ratio=64.0,
        shortest_integration=62.5 * ns,
        ranges=8,
        trim_step=0.5,
        trim_bits=6,
        reference_step=0.25 * uA,
        reference_bits=12,
        reference_tolerance=1e-3,
        first_pulse_voltage=1.2 * volt,
        pulse_voltage_step=0.1 * volt,
        highest_pulse_code=22,
        pulse_width=1 * us,
        r_word_line=2.5 * ohm,
        r_bit_line=2.5 * ohm,
    )
