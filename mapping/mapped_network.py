"""`MappedNetwork`: a network on one chip: where each weight lives, and how codes become numbers.

Mapped with a calibration record, it avoids stuck cells, makes up for the wires, and reads the
columns with their own gain and offset. Mapped without one, it believes the data sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.calibration.crossbar_calibration import (
    BIT_LINE,
    CELL_HIGHEST,
    CELL_LOWEST,
    STUCK,
    WORD_LINE,
)
from ohmloom.calibration.readout import Readout, calibrated_readout, nominal_readout
from ohmloom.calibration.record import CalibrationRecord
from ohmloom.checks import finite, shaped
from ohmloom.circuits.chip import Frames
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet
from ohmloom.errors import InvalidInput, WrongChip
from ohmloom.mapping.dense_network import DenseLayer, DenseNetwork
from ohmloom.mapping.differential_pairs import to_pairs
from ohmloom.mapping.placement import Block, CellLimits, place, unknown_limits
from ohmloom.mapping.wire_compensation import compensate_wires
from ohmloom.mapping.write_verify import ProgrammingResult, WriteVerifySettings, write_verify
from ohmloom.progress import Progress, silent

RANGE_HEADROOM = 1.15
"""Column ranges cover this much more than the largest current that the samples cause [1]."""
REACH_MARGIN = 0.9
"""A cell is not asked for more than this share of the highest conductance it was seen to reach."""


@dataclass(frozen=True, kw_only=True)
class MappedBlock:
    """One block with everything that turns its codes into a part of a sum."""

    block: Block
    """What lives where."""
    scale: FloatArray
    """Difference of currents per volt and unit of weight, shape (block outputs,) [S]."""
    row_offset_current: FloatArray
    """Current that the offsets of the row drivers cause, shape (columns,) [A]."""
    residual: FloatArray
    """Weights that the cells cannot make, shape (block outputs, inputs), in units of weight."""


@dataclass(frozen=True, kw_only=True)
class MappedNetwork:
    """A network in terms of one chip."""

    network: DenseNetwork
    """What is computed."""
    datasheet: CrossbarDatasheet
    """Nominal values of the chip."""
    record: CalibrationRecord | None
    """The calibration it relies on; None believes the data sheet."""
    readout: Readout
    """How the codes of the chip are read."""
    limits: CellLimits
    """What each cell can be made to conduct, as far as it is known."""
    r_word_line: float
    """Resistance of a word line segment that is compensated [ohm]."""
    r_bit_line: float
    """Resistance of a bit line segment that is compensated [ohm]."""
    blocks: tuple[MappedBlock, ...]
    """The blocks, one per tile in use."""
    target: FloatArray
    """Conductance of every cell, shape (tiles, rows, columns) [S]; NaN in tiles not in use."""
    range_code: IntArray
    """Range of every column, shape (tiles, columns)."""

    @property
    def stuck(self) -> BoolArray:
        """Cells that are left alone because they are known to be stuck, shaped as `target`."""
        return self.limits.stuck

    def __repr__(self) -> str:
        sizes = " ".join(f"{layer.outputs}x{layer.inputs}" for layer in self.network.layers)
        whose = "an uncalibrated chip" if self.record is None else str(self.record.chip)
        return f"MappedNetwork({sizes} on {len(self.blocks)} tiles of {whose})"

    def program(
        self,
        chip: CrossbarChip,
        *,
        settings: WriteVerifySettings | None = None,
        progress: Progress = silent,
    ) -> ProgrammingResult:
        """Write the network onto a chip by write-verify, calibrated codes applied first.

        Raises:
            WrongChip: the network was mapped with the record of another chip, or for a chip of
                another kind.
        """
        self._check(chip)
        if self.record is not None:
            self.record.apply(chip)
        _prepare(chip)
        known = self.stuck
        return write_verify(
            chip,
            np.where(known, np.nan, self.target),
            readout=self.readout,
            r_word_line=self.r_word_line,
            r_bit_line=self.r_bit_line,
            context=np.where(known, self.limits.lowest, 0.0),
            settings=settings,
            progress=progress,
        )

    def run(
        self, chip: CrossbarChip, inputs: FloatArray, *, progress: Progress = silent
    ) -> FloatArray:
        """Outputs of the network as the chip computes them, shape (trials, outputs).

        Args:
            chip: the chip that the network was programmed on.
            inputs: shape (trials, inputs).
            progress: told the share done.

        Raises:
            WrongChip: this is not the chip that the network was mapped for.
            InvalidInput: inputs of the wrong shape, or not finite.
        """
        self._check(chip)
        values = shaped(finite(inputs, "inputs"), (None, self.network.layers[0].inputs), "inputs")
        _prepare(chip)
        chip.set_codes("range", self.range_code)
        chip.set_codes("row select", self._rows_in_use())
        for index, layer in enumerate(self.network.layers):
            values = self._run_layer(chip, index, layer, values)
            progress((index + 1) / len(self.network.layers))
        return values

    def _run_layer(
        self, chip: CrossbarChip, index: int, layer: DenseLayer, inputs: FloatArray
    ) -> FloatArray:
        sheet = self.datasheet
        codes = row_codes(inputs, layer, sheet)
        sums = np.tile(layer.bias, (len(inputs), 1))
        unit = layer.input_range / sheet.read_voltage
        for mapped in self.blocks:
            block = mapped.block
            if block.layer != index:
                continue
            frames = np.zeros((len(inputs), sheet.rows), dtype=np.int64)
            frames[:, : block.inputs] = codes[:, block.input_slice]
            answer = chip.run(Frames(tile=block.tile, codes=frames)).codes
            current = self._column_current(answer, block.tile, chip.codes("offset trim"))
            current -= mapped.row_offset_current
            difference = current[:, 2 * block.pairs] - current[:, 2 * block.pairs + 1]
            sums[:, block.outputs] += difference * unit / mapped.scale
        return np.maximum(sums, 0.0) if layer.rectified else sums

    def _column_current(self, codes: IntArray, tile: int, trim: IntArray) -> FloatArray:
        current = self.readout.of_tile(tile).current(
            codes[None], range_code=self.range_code[tile], trim=trim[tile]
        )
        return np.asarray(current[0])

    def _rows_in_use(self) -> IntArray:
        rows = np.zeros((self.datasheet.tiles, self.datasheet.rows), dtype=np.int64)
        for mapped in self.blocks:
            rows[mapped.block.tile, : mapped.block.inputs] = 1
        return rows

    def _check(self, chip: CrossbarChip) -> None:
        if self.record is not None:
            self.record.check_belongs_to(chip.identity)
        if chip.datasheet != self.datasheet:
            raise WrongChip(
                f"the network was mapped for a {self.datasheet.model} of {self.datasheet.tiles} "
                f"tiles, but the chip is a {chip.datasheet.model} of {chip.datasheet.tiles}"
            )


def row_codes(inputs: FloatArray, layer: DenseLayer, datasheet: CrossbarDatasheet) -> IntArray:
    """Row converter codes of a layer's inputs; inputs beyond its range saturate."""
    top = datasheet.highest_dac_code
    return np.rint(inputs * (top / layer.input_range)).clip(-top, top).astype(np.int64)


def map_network(
    network: DenseNetwork,
    datasheet: CrossbarDatasheet,
    *,
    record: CalibrationRecord | None,
    samples: FloatArray,
    progress: Progress = silent,
) -> MappedNetwork:
    """Decide where each weight lives and what each cell is to conduct.

    Args:
        network: what to compute.
        datasheet: nominal values of the chip.
        record: calibration of the chip; None believes the data sheet.
        samples: inputs as they will come, shape (trials, inputs); they set the column ranges.
        progress: told the share done.

    Raises:
        DoesNotFit: the network needs more tiles than the chip has.
        InvalidInput: samples of the wrong shape, or none.
        WrongChip: the record is of a chip of another kind or size.
    """
    if record is not None:
        _check_record(record, datasheet)
    examples = shaped(finite(samples, "samples"), (None, network.layers[0].inputs), "samples")
    if len(examples) == 0:
        raise InvalidInput("samples are needed to choose the column ranges, but there are none")
    if record is None:
        readout, limits = nominal_readout(datasheet), unknown_limits(datasheet)
        r_word_line = r_bit_line = 0.0
    else:
        readout = calibrated_readout(datasheet, record)
        limits = calibrated_limits(datasheet, record)
        r_word_line = float(record.quantities[WORD_LINE].value)
        r_bit_line = float(record.quantities[BIT_LINE].value)
    placed = place(network, datasheet, limits)
    target = np.full(datasheet.shape, np.nan)
    range_code = np.zeros((datasheet.tiles, datasheet.columns), dtype=np.int64)
    layer_inputs = _layer_inputs(network, examples)
    mapped: list[MappedBlock] = []
    for i, block in enumerate(placed):
        tile, layer = block.tile, network.layers[block.layer]
        weight = layer.weight[block.outputs, block.input_slice]
        pairs = to_pairs(weight, low=datasheet.conductance_low, high=datasheet.conductance_high)
        wanted = np.zeros((datasheet.rows, datasheet.columns // 2))
        wanted[: block.inputs, block.pairs] = np.asarray(pairs.positive - pairs.negative).T
        used = 2 * (datasheet.columns // 2)
        lowest, highest = limits.lowest[tile, :, :used], limits.highest[tile, :, :used]
        # Rows without inputs are not selected when the network runs: their cells are open.
        selected = np.arange(datasheet.rows)[:, None] < block.inputs
        tile_plan = compensate_wires(
            wanted,
            lowest=np.where(selected, lowest, 0.0),
            highest=np.where(selected, highest, 0.0),
            r_word_line=r_word_line,
            r_bit_line=r_bit_line,
        )
        target[tile] = limits.lowest[tile]
        target[tile, : block.inputs, :used] = tile_plan.conductance[: block.inputs]
        transfer = tile_plan.transfer[: block.inputs]
        scale = np.asarray(pairs.scale)[:, 0]
        gain = tile_plan.gain[block.pairs]
        offset = readout.row_offset[tile, : block.inputs] * datasheet.dac_step @ transfer
        row_offset_current = np.zeros(datasheet.columns)
        row_offset_current[:used] = offset
        drive = row_codes(layer_inputs[block.layer][:, block.input_slice], layer, datasheet)
        current = np.abs(drive * datasheet.dac_step @ transfer).max(axis=0)
        range_code[tile, :used] = datasheet.range_for(RANGE_HEADROOM * current)
        mapped.append(
            MappedBlock(
                block=block,
                scale=scale * gain,
                row_offset_current=row_offset_current,
                residual=(tile_plan.residual[: block.inputs, block.pairs] / (scale * gain)).T,
            )
        )
        progress((i + 1) / len(placed))
    return MappedNetwork(
        network=network,
        datasheet=datasheet,
        record=record,
        readout=readout,
        limits=limits,
        r_word_line=r_word_line,
        r_bit_line=r_bit_line,
        blocks=tuple(mapped),
        target=target,
        range_code=range_code,
    )


def _prepare(chip: CrossbarChip) -> None:
    """Knobs that a measurement before may have left turned."""
    chip.set_codes("column connect", np.asarray(1))
    chip.set_codes("test current", np.asarray(0))


def _check_record(record: CalibrationRecord, datasheet: CrossbarDatasheet) -> None:
    shape = record.masks[STUCK].shape
    if record.chip.model != datasheet.model or shape != datasheet.shape:
        raise WrongChip(
            f"the record is of a {record.chip.model} of shape {shape}, but the network is to be "
            f"mapped for a {datasheet.model} of shape {datasheet.shape}"
        )


def calibrated_limits(datasheet: CrossbarDatasheet, record: CalibrationRecord) -> CellLimits:
    """What each cell can be made to conduct, after the survey of a record."""
    stuck = record.masks[STUCK]
    seen_low = record.quantities[CELL_LOWEST].value
    seen_high = record.quantities[CELL_HIGHEST].value
    where_stuck = 0.5 * (seen_low + seen_high)
    highest = np.clip(
        REACH_MARGIN * seen_high, datasheet.conductance_low, datasheet.conductance_high
    )
    return CellLimits(
        lowest=np.where(stuck, where_stuck, datasheet.conductance_low),
        highest=np.where(stuck, where_stuck, highest),
    )


def _layer_inputs(network: DenseNetwork, examples: FloatArray) -> Sequence[FloatArray]:
    inputs = [examples]
    for layer in network.layers[:-1]:
        inputs.append(layer(inputs[-1]))
    return inputs
