"""`CrossbarChip`: what calibration and mapping ask of a crossbar chip, simulated or real."""

from typing import Protocol

from ohmloom.circuits.chip import Chip, Frames
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet


class CrossbarChip(Chip[Frames], Protocol):
    """A `Chip` whose signals are frames, and whose maker published a data sheet."""

    @property
    def datasheet(self) -> CrossbarDatasheet:
        """Nominal values, the same for every piece."""
        ...
