"""Chip files: TOML in, a chip out.

    model = "crossbar-64"
    serial = 3
    tiles = 8

    [datasheet]                 # nominal values that differ from those of the model
    r_word_line = "2 ohm"

    [spread]                    # spreads of production that differ from the published ones
    adc_offset = "5 mV"
    stuck = 0.02

Quantities are written with their unit. Unknown keys and wrong units are refused, all at once.
"""

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ohmloom.circuits.crossbar_chip.datasheet import CrossbarDatasheet, crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import ProductionSpread, published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.errors import InvalidInput
from ohmloom.si import parse

MODELS = {"crossbar-64": crossbar_64}
"""Kinds of chip that a file may name."""


def _quantity(unit: str) -> BeforeValidator:
    def read(value: object) -> float:
        if not isinstance(value, str):
            raise ValueError(f"write it with its unit, such as '{value} {unit}'")
        return parse(value, unit)

    return BeforeValidator(read)


def _known_model(name: str) -> str:
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}; known: {', '.join(MODELS)}")
    return name


_Positive = Field(gt=0.0)
_NotNegative = Field(ge=0.0)
Volts = Annotated[float, _quantity("V"), _Positive]
Spread = Annotated[float, Field(ge=0.0, lt=1.0)]
Bits = Annotated[int, Field(ge=2, le=16, strict=True)]
Count = Annotated[int, Field(ge=1, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Datasheet(_Strict):
    rows: Annotated[int, Field(ge=1, le=256, strict=True)] | None = None
    columns: Annotated[int, Field(ge=2, le=256, strict=True)] | None = None
    conductance_low: Annotated[float, _quantity("S"), _Positive] | None = None
    conductance_high: Annotated[float, _quantity("S"), _Positive] | None = None
    read_voltage: Volts | None = None
    dac_bits: Bits | None = None
    adc_bits: Bits | None = None
    adc_span: Volts | None = None
    capacitance: Annotated[float, _quantity("F"), _Positive] | None = None
    shortest_integration: Annotated[float, _quantity("s"), _Positive] | None = None
    ranges: Count | None = None
    r_word_line: Annotated[float, _quantity("ohm"), _NotNegative] | None = None
    r_bit_line: Annotated[float, _quantity("ohm"), _NotNegative] | None = None


class _Spread(_Strict):
    adc_gain: Spread | None = None
    adc_offset: Annotated[float, _quantity("V"), _NotNegative] | None = None
    dac_gain: Spread | None = None
    dac_offset: Annotated[float, _quantity("V"), _NotNegative] | None = None
    wire: Spread | None = None
    stuck: Spread | None = None
    cell_lowest: Annotated[float, _quantity("S"), _Positive] | None = None
    cell_lowest_spread: Spread | None = None
    cell_highest: Annotated[float, _quantity("S"), _Positive] | None = None
    cell_highest_spread: Spread | None = None


class _File(_Strict):
    model: Annotated[str, AfterValidator(_known_model)]
    serial: Annotated[int, Field(ge=0, strict=True)]
    tiles: Annotated[int, Field(ge=1, le=1024, strict=True)] | None = None
    datasheet: _Datasheet = _Datasheet()
    spread: _Spread = _Spread()


@dataclass(frozen=True, kw_only=True)
class ChipFile:
    """What a chip file describes."""

    serial: int
    """Serial number."""
    datasheet: CrossbarDatasheet
    """Nominal values."""
    spread: ProductionSpread
    """Spreads of production."""

    def open(self, *, seed: int = 0) -> VirtualCrossbarChip:
        """Power the chip up; `seed` is that of the noise since this power-up."""
        return VirtualCrossbarChip(
            self.serial, datasheet=self.datasheet, spread=self.spread, seed=seed
        )


def read_chip_file(path: str | Path) -> ChipFile:
    """Read a chip file.

    Raises:
        InvalidInput: the file is missing, is not TOML, or holds an unknown key, a wrong unit or a
            value out of bounds; the message lists all of them.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"the chip file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the chip file {path} is not TOML: {error}") from error
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        problems = "\n".join(f"  {_explain(problem)}" for problem in error.errors())
        raise InvalidInput(f"the chip file {path} is wrong:\n{problems}") from None
    datasheet = MODELS[file.model](**({} if file.tiles is None else {"tiles": file.tiles}))
    datasheet = dataclasses.replace(datasheet, **file.datasheet.model_dump(exclude_none=True))
    if not datasheet.conductance_low < datasheet.conductance_high:
        raise InvalidInput(
            f"the chip file {path} is wrong: conductance_low must be below conductance_high"
        )
    spread = dataclasses.replace(published_spread(), **file.spread.model_dump(exclude_none=True))
    return ChipFile(serial=file.serial, datasheet=datasheet, spread=spread)


def _explain(problem: Any) -> str:
    """One line for one problem that pydantic found."""
    place = [str(part) for part in problem["loc"]]
    name = ".".join(place)
    if problem["type"] == "extra_forbidden":
        tables: dict[str, type[_Strict]] = {"datasheet": _Datasheet, "spread": _Spread}
        known = tables[place[0]] if len(place) > 1 else _File
        nearest = difflib.get_close_matches(place[-1], list(known.model_fields), n=2)
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        return f"{name}: unknown key{hint}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}"
