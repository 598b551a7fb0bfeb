"""1S1R: a memory element in series with a selector that lets little through at half the voltage."""

from dataclasses import dataclass

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar_cells.cell_law import CellResponse, series_response
from ohmloom.circuits.crossbar_cells.two_terminal import TwoTerminalLaw
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True, eq=False)
class SelectorCells:
    """Word line - memory - selector - bit line; the node between both is eliminated."""

    memory: TwoTerminalLaw
    """Of the memory elements."""
    selector: TwoTerminalLaw
    """Of the selectors, such as a steep `SinhLaw`."""

    def __post_init__(self) -> None:
        if self.memory.shape != self.selector.shape:
            raise InvalidInput(
                f"memory and selectors must have one shape, but have {self.memory.shape} and "
                f"{self.selector.shape}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.memory.shape

    def first_inner(self, word: FloatArray, bit: FloatArray) -> FloatArray:  # noqa: ARG002
        """The selectors begin without a voltage: the steeper element is the one to spare."""
        return bit.copy()

    def response(self, word: FloatArray, bit: FloatArray, inner: FloatArray | None) -> CellResponse:
        """Currents and slopes at given voltages."""
        inner = self.first_inner(word, bit) if inner is None else inner
        upper, upper_slope = self.memory.current_and_slope(word - inner)
        lower, lower_slope = self.selector.current_and_slope(inner - bit)
        return series_response(upper, upper_slope, lower, lower_slope, lower_slope)
