"""Model cards: the parameters that many devices share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ohmloom.circuits.elements.element import Value, calling_line, number


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A `.model` of SPICE.

    >>> print(ModelCard(name="clamp", kind="d", parameters={"is": 1e-14}).spice_text())
    .model clamp d (is=1e-14)
    """

    name: str
    """What devices call it."""
    kind: str
    """Type of the model, such as "nmos", "pmos" or "d"."""
    parameters: Mapping[str, Value | str]
    """In the units of the model."""
    origin: str = field(default_factory=calling_line, compare=False, repr=False)
    """Where it was made."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", dict(self.parameters))

    def spice_text(self) -> str:
        """The card."""
        return self._text

    @cached_property
    def _text(self) -> str:
        parts = " ".join(
            f"{name}={value if isinstance(value, str) else number(value)}"
            for name, value in self.parameters.items()
        )
        return f".model {self.name} {self.kind} ({parts})"
