"""The board that a network is routed to: which chips, and which of their words work."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np

from ohmloom.arrays import BoolArray
from ohmloom.circuits.dynapse.parameters import Generation, generation
from ohmloom.errors import CorruptFile, InvalidInput

CORES: Final = 4
NEURONS: Final = 256
WORDS: Final = 64
TOLERANCE: Final = 0.1
"""Share of failures up to which a word counts as usable [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Board:
    """Chips of one kind, side by side.

    Raises:
        InvalidInput: an unknown chip, another number of chips, or masks of another shape.
    """

    chip: Generation | str
    """Which."""
    chips: int = 1
    """1 to 4; a board of the DYNAP-SE1 always has 4, of which so many are used."""
    usable_words: BoolArray | None = None
    """Which CAM words work for tags below 1024 and from there on, shape
    (chips, 4, 256, 64, 2); all of them when None. The DYNAP-SE1 reads the first."""
    usable_neurons: BoolArray | None = None
    """Which neurons may be used, shape (chips, 4, 256); all of them when None."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "chip", generation(self.chip))
        if not 1 <= self.chips <= 4:
            raise InvalidInput(f"a board has 1 to 4 chips, but {self.chips} were given")
        for name, shape in (
            ("usable_words", (self.chips, CORES, NEURONS, WORDS, 2)),
            ("usable_neurons", (self.chips, CORES, NEURONS)),
        ):
            mask = getattr(self, name)
            mask = np.ones(shape, dtype=np.bool_) if mask is None else np.array(mask)
            if mask.dtype != np.bool_ or mask.shape != shape:
                raise InvalidInput(
                    f"{name} must be a bool array of shape {shape}, but is {mask.dtype} of shape "
                    f"{mask.shape}"
                )
            mask.flags.writeable = False
            object.__setattr__(self, name, mask)

    @property
    def core_places(self) -> list[tuple[int, int]]:
        """Chip and core of each core."""
        return [(chip, core) for chip in range(self.chips) for core in range(CORES)]

    @property
    def words(self) -> BoolArray:
        """`usable_words`, never None."""
        return cast(BoolArray, self.usable_words)

    @property
    def slots(self) -> BoolArray:
        """`usable_neurons`, never None."""
        return cast(BoolArray, self.usable_neurons)


def usable_words_from_profile(path: str | Path, *, tolerance: float = TOLERANCE) -> BoolArray:
    """Which CAM words of one chip work, from a measured profile.

    Args:
        path: JSON with `cams`: failure rates by core, neuron, word, and top bit of the tag.
        tolerance: largest failure rate of a word that is used [1].

    Returns:
        Shape (4, 256, 64, 2); stack those of several chips for `Board`.

    Raises:
        CorruptFile: it is no such file.
        InvalidInput: there is no file, or the tolerance is no share.
    """
    if not 0.0 <= tolerance <= 1.0:
        raise InvalidInput(f"tolerance {tolerance} must lie between 0 and 1")
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    try:
        rates = np.asarray(json.loads(file.read_text())["cams"], dtype=np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise CorruptFile(f"{file} holds no failure rates of CAM words: {error!r}") from error
    if rates.shape != (CORES, NEURONS, WORDS, 2):
        raise CorruptFile(
            f"{file} holds failure rates of shape {rates.shape}, but a chip has "
            f"{(CORES, NEURONS, WORDS, 2)}"
        )
    return np.asarray(rates <= tolerance)
