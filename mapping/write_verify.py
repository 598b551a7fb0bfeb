"""Write-verify: pulses and readings in turn until every cell conducts what it should.

All cells begin from a RESET, as in the verify algorithms of Perez and Milo et al. (IRPS 2021): each
cell then starts its life, and its relaxation, with this programming. The rest follows NeuRRAM (Wan
et al., Nature 608, 504 (2022), public control code): a cell outside the band gets a SET or a RESET
pulse, the amplitude grows by one step with each pulse that was not enough, and starts again lower
when the cell has jumped over its target. A cell is accepted with the first reading inside the band.
Further turns, when asked for, pulse accepted cells that have left the band since.

The readings of cells see the wires and their neighbours. They are compared with what the exact
solver says the wanted array would show, not with the wanted conductances themselves.
"""

from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.calibration.readout import Readout, read_cells
from ohmloom.checks import finite, not_negative, shaped
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.errors import InvalidInput
from ohmloom.progress import Progress, silent
from ohmloom.si import uS

HEADROOM = 1.25
"""Verification can read this much beyond the top of the conductance window [1]."""


@dataclass(frozen=True, kw_only=True)
class WriteVerifySettings:
    """How hard to try."""

    tolerance: float
    """A cell within this distance of its target is accepted [S]."""
    erase_pulses: int
    """Strongest RESET pulses on every cell before anything else."""
    first_code: int
    """Pulse code to begin with."""
    step_back: int
    """How many codes lower to begin after a cell jumped over its target."""
    most_rounds: int
    """Give up on a cell after this many pulses in one turn."""
    turns: int
    """How often those that are outside the band are pulsed; after the first turn those are cells
    that were accepted and have relaxed since. More turns make a tighter distribution than the
    published statistics, which were measured after one."""


def neurram_settings() -> WriteVerifySettings:
    """The band of +-1 uS of NeuRRAM."""
    return WriteVerifySettings(
        tolerance=1 * uS, erase_pulses=8, first_code=1, step_back=6, most_rounds=60, turns=1
    )


@dataclass(frozen=True, kw_only=True)
class ProgrammingResult:
    """What write-verify did."""

    target: FloatArray
    """Wanted conductance, shape (tiles, rows, columns) [S]; NaN where cells were left alone."""
    pulses: IntArray
    """Pulses that each cell got, shape (tiles, rows, columns)."""
    arrived: BoolArray
    """Cells that were accepted: read within the band after their last pulse, shaped alike."""
    error: FloatArray
    """Final reading minus what was expected, as conductance [S]; NaN where left alone. Accepted
    cells relax before it is taken."""
    tolerance: float
    """Half the width of the band [S]."""
    duration: float
    """Time on the chip's clock that programming took [s]."""

    @property
    def asked(self) -> BoolArray:
        """Cells that were to be programmed, shape (tiles, rows, columns)."""
        return np.isfinite(self.target)

    @property
    def never_arrived(self) -> BoolArray:
        """Cells that were to be programmed and never were accepted."""
        return np.asarray(self.asked & ~self.arrived)

    @property
    def wandered(self) -> BoolArray:
        """Cells that were accepted, but have left twice the band by the final reading."""
        return np.asarray(self.arrived & (np.abs(self.error) > 2.0 * self.tolerance))

    def __repr__(self) -> str:
        asked = int(self.asked.sum())
        mean = float(self.pulses[self.asked].mean()) if asked else 0.0
        return (
            f"ProgrammingResult({asked} cells, {mean:.1f} pulses each, "
            f"{int(self.never_arrived.sum())} never arrived)"
        )


def write_verify(
    chip: CrossbarChip,
    target: FloatArray,
    *,
    readout: Readout,
    r_word_line: float,
    r_bit_line: float,
    context: FloatArray | None = None,
    settings: WriteVerifySettings | None = None,
    progress: Progress = silent,
) -> ProgrammingResult:
    """Program the cells of a chip.

    Args:
        chip: simulated or on the bench; left with the row codes and ranges of verification.
        target: wanted conductance, shape (tiles, rows, columns) [S]; NaN leaves a cell alone.
        readout: how to read its codes.
        r_word_line: resistance of a word line segment, as far as it is known [ohm].
        r_bit_line: resistance of a bit line segment, as far as it is known [ohm].
        context: what the cells that are left alone conduct, shaped as `target` [S]; they load the
            wires. Zero where None.
        settings: how hard to try; those of NeuRRAM when None.
        progress: told the share done.

    Returns:
        A result for every cell; cells that never arrived are a mask in it, and nothing is raised
        for them.

    Raises:
        InvalidInput: a wrong shape, a target that is negative or infinite, a context that is not
            finite, or a first code that the chip does not know.
    """
    sheet = chip.datasheet
    how = settings or neurram_settings()
    wanted = shaped(np.asarray(target, dtype=np.float64), sheet.shape, "target")
    asked = ~np.isnan(wanted)
    not_negative(wanted[asked], "target")
    around = np.zeros(sheet.shape) if context is None else finite(context, "context")
    shaped(around, sheet.shape, "context")
    if not 1 <= how.first_code <= sheet.highest_pulse_code:
        raise InvalidInput(
            f"first_code must lie between 1 and {sheet.highest_pulse_code}, but is {how.first_code}"
        )
    goal = np.where(asked, wanted, around)
    expected = Crossbar(
        conductance=goal, r_word_line=r_word_line, r_bit_line=r_bit_line
    ).transfer_row_by_row()
    share = np.divide(expected, goal, out=np.ones_like(goal), where=goal > 0.0)
    started = chip.time
    # The most sensitive range for one cell, driven a little less, so that a cell that jumped over
    # the top of the window is still told from one that just reached it.
    range_code = int(sheet.range_for(0.95 * sheet.conductance_high * sheet.read_voltage))
    reach = float(sheet.full_scale(range_code)) / (HEADROOM * sheet.conductance_high)
    row_code = int(sheet.highest_dac_code * min(1.0, reach / sheet.read_voltage))

    def error() -> FloatArray:
        seen = read_cells(chip, readout, row_code=row_code, range_code=range_code, repeats=1)
        return np.asarray((seen - expected) / share)

    pulses = how.erase_pulses * asked.astype(np.int64)
    for _ in range(how.erase_pulses):
        chip.program("cells", np.where(asked, -sheet.highest_pulse_code, 0))
    distance = error()
    arrived = asked & (np.abs(distance) <= how.tolerance)
    for turn in range(how.turns):
        active = asked & (np.abs(distance) > how.tolerance)
        arrived &= ~active
        code = np.full(sheet.shape, how.first_code)
        direction = np.zeros(sheet.shape, dtype=np.int64)
        for round_ in range(how.most_rounds):
            if not active.any():
                break
            now = np.where(distance < 0.0, 1, -1)
            same, turned = now == direction, now == -direction
            code = np.where(same, code + 1, np.where(turned, code - how.step_back, code))
            code = code.clip(how.first_code, sheet.highest_pulse_code)
            direction = np.where(active, now, direction)
            chip.program("cells", np.where(active, now * code, 0))
            pulses += active
            distance = error()
            accepted = active & (np.abs(distance) <= how.tolerance)
            arrived |= accepted
            active &= ~accepted
            progress((turn + (round_ + 1) / how.most_rounds) / how.turns)
        distance = error()
    progress(1.0)
    return ProgrammingResult(
        target=wanted,
        pulses=pulses,
        arrived=arrived,
        error=np.where(asked, distance, np.nan),
        tolerance=how.tolerance,
        duration=chip.time - started,
    )
