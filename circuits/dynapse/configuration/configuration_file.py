"""Configurations in files: JSON of either chip."""

from pathlib import Path
from typing import TypeAlias

from ohmloom.circuits.dynapse.configuration.se1 import Dynapse1Configuration
from ohmloom.circuits.dynapse.configuration.se2 import Dynapse2Configuration
from ohmloom.circuits.dynapse.configuration.wire_format import from_wire, parsed, wire_text
from ohmloom.circuits.dynapse.parameters import Generation, generation
from ohmloom.errors import CorruptFile, InvalidInput, WrongChip
from ohmloom.storage import write_text

Configuration: TypeAlias = Dynapse1Configuration | Dynapse2Configuration


def write_configuration(path: str | Path, configuration: Configuration) -> None:
    """Write a configuration as samna reads it.

    Args:
        path: of the file.
        configuration: of a board.

    Raises:
        CannotWrite: the file cannot be written.
    """
    write_text(path, wire_text(configuration))


def read_configuration(path: str | Path, *, chip: str | Generation | None = None) -> Configuration:
    """Read a configuration of either chip.

    Args:
        path: of the file.
        chip: "se1" or "se2" where only one will do.

    Raises:
        CorruptFile: it is cut off, or no configuration.
        InvalidInput: there is no such file.
        WrongChip: it is the configuration of the other chip.
    """
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    try:
        root = parsed(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CorruptFile(f"{file} is not whole JSON: {error}; it may be cut off") from error
    if not isinstance(root, dict) or not isinstance(root.get("value0"), dict):
        raise CorruptFile(f"{file} is no configuration: it lacks the key 'value0'")
    chips = root["value0"].get("chips")
    if not isinstance(chips, list | dict):
        raise CorruptFile(f"{file} is no configuration: it has no chips")
    # A board with DYNAP-SE1 chips always has four of them, which makes them an array.
    found = Generation.SE2 if isinstance(chips, list) else Generation.SE1
    if chip is not None and generation(chip) is not found:
        raise WrongChip(
            f"{file} is a configuration of the {found.value}, but one of the "
            f"{generation(chip).value} was asked for"
        )
    if found is Generation.SE2:
        return from_wire(Dynapse2Configuration, root["value0"], str(file))
    return from_wire(Dynapse1Configuration, root["value0"], str(file))
