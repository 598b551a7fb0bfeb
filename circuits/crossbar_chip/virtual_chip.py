"""The virtual crossbar chip: a simulated piece of silicon behind the `Chip` protocol.

What it models: 1T1R cells with their own reach and response, stuck cells, write noise, relaxation
and drift on the chip's clock, read noise; wires, exactly; row drivers and column converters with
gain and offset of their own and finite resolution.
What it leaves out: the voltage lost in the wires while writing, half-selected cells (the access
transistors are ideal switches), settling, temperature, integral non-linearity of the converters.

Nothing hidden is reachable through the protocol. `reveal` is for reports and tests.
"""

import logging
from types import MappingProxyType

import numpy as np

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.chip import ChipDescription, ChipIdentity, Frames, Port
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet, crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import (
    ProductionSpread,
    Silicon,
    draw_silicon,
    published_spread,
)
from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.pulse_updates.incremental_pulse import IncrementalPulse, gong_2022
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream
from ohmloom.si import ns

log = logging.getLogger(__name__)

BOLTZMANN = 1.380649e-23
ROOM_TEMPERATURE = 300.0
CONVERSION_TIME = 100 * ns
"""Time to sample and convert after the integration [s]: that of 8 bits at 80 MHz."""


def describe(datasheet: CrossbarDatasheet) -> ChipDescription:
    """Knobs, memories and observables of a chip with this data sheet."""
    tiles, rows, columns = datasheet.shape
    dac, reference = datasheet.highest_dac_code, 2 ** (datasheet.reference_bits - 1)
    trim, pulse = 2 ** (datasheet.trim_bits - 1), datasheet.highest_pulse_code
    adc = {"lowest": datasheet.lowest_adc_code, "highest": datasheet.highest_adc_code}
    return ChipDescription(
        knobs=MappingProxyType(
            {
                "row voltage": Port(
                    shape=(tiles, rows), lowest=-dac, highest=dac, meaning="DAC code of each row"
                ),
                "row select": Port(
                    shape=(tiles, rows), lowest=0, highest=1, meaning="1: access transistors on"
                ),
                "column connect": Port(
                    shape=(tiles, columns), lowest=0, highest=1, meaning="0: the bit line floats"
                ),
                "range": Port(
                    shape=(tiles, columns),
                    lowest=0,
                    highest=datasheet.ranges - 1,
                    meaning="integration time, doubled by each code",
                ),
                "offset trim": Port(
                    shape=(tiles, columns),
                    lowest=-trim,
                    highest=trim - 1,
                    meaning=f"shift of the converter by {datasheet.trim_step} ADC steps a code",
                ),
                "test current": Port(
                    shape=(tiles, columns),
                    lowest=-reference,
                    highest=reference - 1,
                    meaning=f"current into the column, {datasheet.reference_step:g} A a code",
                ),
            }
        ),
        memories=MappingProxyType(
            {
                "cells": Port(
                    shape=datasheet.shape,
                    lowest=-pulse,
                    highest=pulse,
                    meaning="one pulse on each cell: positive SET, negative RESET, 0 none",
                )
            }
        ),
        observables=MappingProxyType(
            {
                "column codes": Port(
                    shape=(tiles, columns), meaning="all columns once, rows as selected", **adc
                ),
                "cell codes": Port(
                    shape=datasheet.shape,
                    meaning="all columns for one row after another, each selected alone",
                    **adc,
                ),
            }
        ),
    )


class VirtualCrossbarChip:
    """A simulated crossbar chip; the same serial number is the same piece of silicon.

    Args:
        serial: serial number, not negative; it fixes everything that is hidden.
        datasheet: what all pieces have in common.
        spread: what production does not hold constant.
        statistics: how programmed cells relax and how noisily they read.
        pulse_response: how cells answer pulses.
        seed: of the noise since this power-up; mismatch does not depend on it.

    Raises:
        InvalidInput: a negative serial number or seed.
    """

    def __init__(
        self,
        serial: int,
        *,
        datasheet: CrossbarDatasheet | None = None,
        spread: ProductionSpread | None = None,
        statistics: ConductanceStatistics | None = None,
        pulse_response: IncrementalPulse | None = None,
        seed: int = 0,
    ) -> None:
        if serial < 0 or seed < 0:
            raise InvalidInput(
                f"serial number and seed must not be negative, but are {serial} and {seed}"
            )
        sheet = datasheet or crossbar_64()
        response = pulse_response or gong_2022()
        silicon = draw_silicon(
            serial, sheet, spread or published_spread(), strength_spread=response.strength_spread
        )
        self._identity = ChipIdentity(model=sheet.model, serial=serial)
        self._datasheet = sheet
        self._description = describe(sheet)
        self._silicon = silicon
        self._cells = DeviceArray(
            shape=sheet.shape,
            key=cell_key(serial, sheet.model, "life", seed),
            # Forming is followed by RESET: every cell starts near its lowest conductance.
            initial=1.5 * silicon.cell_lowest,
            response=response,
            cells={
                "lowest": silicon.cell_lowest,
                "highest": silicon.cell_highest,
                "strength": silicon.cell_strength,
            },
            statistics=statistics or wan_2022(),
            stuck=silicon.stuck,
        )
        self._noise = stream(serial, sheet.model, "read noise", seed)
        thermal = np.sqrt(BOLTZMANN * ROOM_TEMPERATURE / sheet.capacitance)
        self._converter_noise = float(thermal / sheet.adc_step)
        self._codes: dict[str, IntArray] = {
            name: np.zeros(port.shape, dtype=np.int64)
            for name, port in self._description.knobs.items()
        }
        self._codes["row select"][:] = 1
        self._codes["column connect"][:] = 1

    @property
    def identity(self) -> ChipIdentity:
        """Which chip this is."""
        return self._identity

    @property
    def datasheet(self) -> CrossbarDatasheet:
        """Nominal values, the same for every piece."""
        return self._datasheet

    @property
    def description(self) -> ChipDescription:
        """What can be set, written and read."""
        return self._description

    @property
    def time(self) -> float:
        """The chip's own clock: time since power-up [s]."""
        return self._cells.time

    def codes(self, knob: str) -> IntArray:
        """The codes that a knob has now; a copy.

        Raises:
            InvalidInput: there is no such knob.
        """
        self._port("knob", knob)
        return self._codes[knob].copy()

    def set_codes(self, knob: str, codes: IntArray) -> None:
        """Turn a knob; `codes` broadcasts to the shape of the knob.

        Raises:
            InvalidInput: no such knob, a shape that does not broadcast, not integers, or a code
                beyond the knob's limits. Nothing is changed then.
        """
        port = self._port("knob", knob)
        self._codes[knob] = _checked(codes, port, knob, port.shape).copy()

    def program(self, memory: str, words: IntArray) -> None:
        """Give every cell the pulse that its code asks for, row after row, all tiles in parallel.

        Raises:
            InvalidInput: no such memory, a wrong shape, not integers, or a code beyond the limits.
        """
        port = self._port("memory", memory)
        pulses = _checked(words, port, memory, port.shape)
        if not pulses.any():
            return
        rows_at_work = int(np.any(pulses, axis=2).sum(axis=1).max())
        self._cells.pulse(
            self._datasheet.pulse_voltage(pulses), width=self._datasheet.pulse_width * rows_at_work
        )

    def read(self, observable: str) -> IntArray:
        """Read an observable once, with the noise of one reading.

        Raises:
            InvalidInput: there is no such observable.
        """
        self._port("observable", observable)
        if observable == "cell codes":
            return self._scan()
        conversions = [
            self._convert_columns(tile, self._codes["row voltage"][tile, None])[0]
            for tile in range(self._datasheet.tiles)
        ]
        self._cells.wait(self._conversion_time(self._codes["range"]))
        return np.stack(conversions)

    def run(self, signals: Frames) -> Frames:
        """Multiply: row codes in, column codes out, one conversion per vector.

        The cells are taken to stand still while the vectors of one call run through.

        Raises:
            InvalidInput: no such tile, codes of the wrong shape, or beyond the limits.
        """
        if not 0 <= signals.tile < self._datasheet.tiles:
            raise InvalidInput(
                f"there is no tile {signals.tile}; {self.identity} has tiles 0 to "
                f"{self._datasheet.tiles - 1}"
            )
        codes = np.asarray(signals.codes)
        if codes.ndim != 2:
            raise InvalidInput(
                f"frames must have shape (trials, {self._datasheet.rows}), but have {codes.shape}"
            )
        port = self._description.knobs["row voltage"]
        codes = _checked(codes, port, "frames", (len(codes), self._datasheet.rows))
        converted = self._convert_columns(signals.tile, codes)
        self._cells.wait(self._conversion_time(self._codes["range"][signals.tile]) * len(codes))
        return Frames(tile=signals.tile, codes=converted)

    def wait(self, seconds: float) -> None:
        """Let time pass; the cells relax.

        Raises:
            InvalidInput: a time that is negative or not finite.
        """
        self._cells.wait(seconds)

    def _port(self, kind: str, name: str) -> Port:
        ports = {
            "knob": self._description.knobs,
            "memory": self._description.memories,
            "observable": self._description.observables,
        }[kind]
        if name not in ports:
            raise InvalidInput(
                f"{self.identity} has no {kind} {name!r}; it has {', '.join(map(repr, ports))}"
            )
        return ports[name]

    def _convert_columns(self, tile: int, row_codes: IntArray) -> IntArray:
        """Column codes, shape (trials, columns), for row codes, shape (trials, rows)."""
        current = np.zeros((len(row_codes), self._datasheet.columns))
        selected = self._codes["row select"][tile].astype(bool)
        if selected.any():
            conductance = np.where(selected[:, None], self._cells.conductance[tile], 0.0)
            transfer = Crossbar(
                conductance=conductance,
                r_word_line=self._silicon.r_word_line,
                r_bit_line=self._silicon.r_bit_line,
                connected=self._codes["column connect"][tile].astype(bool),
            ).transfer()
            voltage = self._row_voltage(tile, row_codes)
            current = voltage @ transfer
            # White noise of many cells adds to one normal number per column: the same law as noise
            # drawn cell by cell, to first order in the noise.
            noise = self._cell_noise(transfer, conductance, self._cells.read_spread()[tile])
            current += np.sqrt(voltage**2 @ noise**2) * self._noise.standard_normal(current.shape)
        return self._digitise(tile, current, self._codes["range"][tile])

    def _conversion_time(self, range_code: IntArray) -> float:
        """Time of one conversion of all columns; the slowest range sets it [s]."""
        return float(self._datasheet.integration_time(range_code).max()) + CONVERSION_TIME

    def _scan(self) -> IntArray:
        """Codes of all cells, each row selected alone."""
        sheet = self._datasheet
        conductance = self._cells.conductance
        connected = self._codes["column connect"].astype(bool)[:, None, :]
        transfer = Crossbar(
            conductance=np.where(connected, conductance, 0.0),
            r_word_line=self._silicon.r_word_line,
            r_bit_line=self._silicon.r_bit_line,
        ).transfer_row_by_row()
        noise = self._cell_noise(transfer, conductance, self._cells.read_spread())
        noise *= self._noise.standard_normal(noise.shape)
        row_code = self._codes["row voltage"]
        voltage = np.stack([self._row_voltage(tile, row_code[tile]) for tile in range(sheet.tiles)])
        current = voltage[:, :, None] * (transfer + noise)
        range_code = self._codes["range"]
        codes = np.stack(
            [self._digitise(tile, current[tile], range_code[tile]) for tile in range(sheet.tiles)]
        )
        self._cells.wait(self._conversion_time(range_code) * sheet.rows)
        return codes

    def _row_voltage(self, tile: int, codes: IntArray) -> FloatArray:
        silicon = self._silicon
        ideal = codes * self._datasheet.dac_step
        return np.asarray(ideal * silicon.dac_gain[tile] + silicon.dac_offset[tile])

    @staticmethod
    def _cell_noise(
        transfer: FloatArray, conductance: FloatArray, read_spread: FloatArray
    ) -> FloatArray:
        """Read noise of each cell, attenuated by the wires like the cell itself [S].

        A cell that hardly conducts has far more transfer than conductance, by detours through other
        cells; its own noise is never amplified.
        """
        share = np.divide(
            transfer, conductance, out=np.zeros_like(transfer), where=conductance > 0.0
        )
        return np.asarray(read_spread * np.minimum(share, 1.0))

    def _digitise(self, tile: int, current: FloatArray, range_code: IntArray) -> IntArray:
        """ADC codes of column currents, shape (..., columns) [A]."""
        sheet, silicon = self._datasheet, self._silicon
        test = self._codes["test current"][tile] * sheet.reference_step * silicon.reference_gain
        steps = (current + test) / sheet.current_step(range_code) * silicon.adc_gain[tile]
        steps += silicon.adc_offset[tile] + sheet.trim_step * self._codes["offset trim"][tile]
        steps += self._converter_noise * self._noise.standard_normal(steps.shape)
        codes = np.rint(steps).clip(sheet.lowest_adc_code, sheet.highest_adc_code)
        return np.asarray(codes, dtype=np.int64)


def reveal(chip: VirtualCrossbarChip) -> tuple[Silicon, FloatArray]:
    """The hidden truth of a virtual chip, for reports and tests.

    Returns:
        What production made of this piece, and the conductance of its cells now, shape
        (tiles, rows, columns) [S].
    """
    log.info("the hidden truth of %s was looked at", chip.identity)
    return chip._silicon, chip._cells.conductance.copy()


def _checked(codes: IntArray, port: Port, name: str, shape: tuple[int, ...]) -> IntArray:
    array = np.asarray(codes)
    if array.dtype == np.bool_:
        array = array.astype(np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise InvalidInput(f"{name!r} takes integer codes, but got {array.dtype}")
    try:
        array = np.broadcast_to(array, shape)
    except ValueError:
        raise InvalidInput(
            f"{name!r} takes codes of shape {shape}, but got {array.shape}"
        ) from None
    if array.size and (array.min() < port.lowest or array.max() > port.highest):
        raise InvalidInput(
            f"{name!r} takes codes from {port.lowest} to {port.highest}, but got codes from "
            f"{array.min()} to {array.max()}"
        )
    return array.astype(np.int64)
