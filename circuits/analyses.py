"""What can be asked of a circuit: operating point, sweep, frequency response, wave, noise."""

import math
from dataclasses import dataclass
from typing import TypeAlias

from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """The solution for direct current."""


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """A source, the temperature or a resistor that goes through evenly spaced values."""

    target: str
    """SPICE name of a source or resistor, such as "vgate"; "temp" for the temperature."""
    start: float
    """First value [V], [A], [ohm] or [K]."""
    stop: float
    """Last value, in the same unit."""
    step: float
    """From one value to the next, in the same unit; its sign is that of `stop - start`."""

    def __post_init__(self) -> None:
        finite = all(math.isfinite(value) for value in (self.start, self.stop, self.step))
        if not finite or self.step == 0.0 or (self.stop - self.start) * self.step < 0.0:
            raise InvalidInput(
                f"a ramp of {self.target!r} from {self.start} to {self.stop} in steps of "
                f"{self.step} never arrives; the step must be finite and point to the end"
            )


@dataclass(frozen=True, kw_only=True)
class Dc:
    """Operating points over one ramp, or over two, the inner one running for every outer value."""

    inner: Ramp
    """Runs fastest; becomes the axis."""
    outer: Ramp | None = None
    """Runs slowly."""


@dataclass(frozen=True, kw_only=True)
class Ac:
    """The response to small signals over frequency, evenly spaced in decades."""

    start: float
    """Lowest frequency, above zero [Hz]."""
    stop: float
    """Highest frequency [Hz]."""
    points_per_decade: int = 20

    def __post_init__(self) -> None:
        _check_frequencies(self.start, self.stop, self.points_per_decade)


@dataclass(frozen=True, kw_only=True)
class Transient:
    """What happens in time."""

    stop: float
    """When it ends [s]."""
    step: float
    """Proposed step; an accuracy knob, since no step is longer than `longest_step` [s]."""
    longest_step: float | None = None
    """No step is longer, None for `step` [s]."""
    record_from: float = 0.0
    """Earlier moments are not kept [s]."""
    from_operating_point: bool = True
    """Whether an operating point comes first; otherwise it starts from the initial voltages of the
    netlist and its capacitors, and from zero where they say nothing (`uic`)."""

    def __post_init__(self) -> None:
        longest = self.step if self.longest_step is None else self.longest_step
        if not (0.0 < self.step <= self.stop < math.inf and 0.0 < longest < math.inf):
            raise InvalidInput(
                f"step {self.step} s, stop {self.stop} s and longest_step {longest} s must be "
                f"above zero, and step not above stop"
            )
        if not 0.0 <= self.record_from < self.stop:
            raise InvalidInput(
                f"record_from {self.record_from} s must lie between 0 s and stop, {self.stop} s"
            )


@dataclass(frozen=True, kw_only=True)
class Noise:
    """Noise at a node, and referred to a source, over frequency."""

    output: str
    """Node whose noise is asked for."""
    source: str
    """SPICE name of the independent source that it is referred to, such as "vin"."""
    start: float
    """Lowest frequency, above zero [Hz]."""
    stop: float
    """Highest frequency [Hz]."""
    points_per_decade: int = 20
    reference: str = "0"
    """Node that the output is measured against."""

    def __post_init__(self) -> None:
        _check_frequencies(self.start, self.stop, self.points_per_decade)


Analysis: TypeAlias = OperatingPoint | Dc | Ac | Transient | Noise
"""One question to a circuit."""


def _check_frequencies(start: float, stop: float, points: int) -> None:
    if not 0.0 < start < stop < math.inf or points < 1:
        raise InvalidInput(
            f"frequencies from {start} Hz to {stop} Hz with {points} point(s) per decade: start "
            f"must be above zero and below stop, and there must be a point"
        )
