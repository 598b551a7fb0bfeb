"""Circuits of a user's own, in a folder that the tests put on the path of every process."""

import math
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ohmloom.circuits.circuit import Ampere, Bench, Ratio, Theory
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.technologies.generic import generic
from ohmloom.circuits.technologies.technology import Technology


@dataclass(frozen=True, kw_only=True)
class Cheap:
    """A circuit that only theory knows, and that can be made to misbehave."""

    technology: Technology
    current: Ampere
    gain: Ratio
    pause: Ratio

    def netlist(self) -> Netlist:
        raise NotImplementedError

    def benches(self) -> Mapping[str, Callable[[], Bench]]:
        return {"only": _bench}

    def behave(self, *, temperature: float) -> Mapping[str, Theory]:
        if self.pause > 0:
            time.sleep(self.pause)
        if self.gain == 13.0:
            raise ValueError("thirteen brings bad luck")
        if self.gain == 14.0:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.gain == 15.0:
            time.sleep(1000.0)
        slow = 1.0 if self.technology.corner == "tt" else 0.5
        value = slow * math.sin(self.current * 1e12) * self.gain + temperature
        return {"response": Theory(value=value, tolerance=0.1)}


@dataclass(frozen=True, kw_only=True)
class _Measure:
    unit: str = "V"
    meaning: str = "made up"

    def of(self, waves: object) -> float:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class _Bench:
    measures: Mapping[str, _Measure]


def _bench() -> _Bench:
    return _Bench(measures={"response": _Measure()})


def cheap() -> Cheap:
    """The circuit."""
    return Cheap(technology=generic(), current=1e-12, gain=1.0, pause=0.0)


def no_circuit() -> int:
    """Something else."""
    return 3
