"""What is hidden in a virtual chip: drawn once from its serial number.

Every current of every neuron and every synapse has a log-normal factor of its own; each core's
bias generator has one for all its currents. CAM words fail, and whether they do depends on the top
bit of the tag.

Source: coefficients of variation by the convention of the public tools, 0.2 for currents; failures
of CAM words from profiles of six DYNAP-SE2 boards; the others are ours.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ohmloom.arrays import BoolArray, FloatArray
from ohmloom.randomness import stream

CORES: Final = 4
NEURONS: Final = 256
WORDS: Final = 64
QUANTITIES: Final = (
    "leak", "second leak", "gain", "constant", "threshold", "refractory", "nmda gate",
    "ahp leak", "ahp gain", "ahp weight",
    "leak 0", "leak 1", "leak 2", "leak 3", "gain 0", "gain 1", "gain 2", "gain 3",
)  # fmt: skip
"""Currents that differ from neuron to neuron; the numbers are those of `Receptor`."""

MEASURED_USABLE: Final = (
    ((0.71, 0.92), (0.78, 0.89), (0.0, 0.95), (0.70, 0.80)),
    ((0.36, 0.70), (0.63, 0.90), (0.77, 0.95), (0.87, 0.94)),
    ((0.49, 0.76), (0.69, 0.80), (0.0, 0.91), (0.57, 0.94)),
    ((0.81, 0.87), (0.25, 0.76), (0.0, 0.89), (0.58, 0.96)),
    ((0.96, 0.99), (0.0, 0.94), (0.0, 0.84), (0.76, 0.98)),
    ((0.41, 0.79), (0.89, 0.93), (0.0, 0.98), (0.84, 0.94)),
)
"""Share of CAM words that work for tags below 1024 and from there on, by board and core."""


@dataclass(frozen=True, kw_only=True)
class DynapseSpread:
    """What production does not hold constant."""

    current: float
    """Coefficient of variation of the currents of neurons [1]."""
    synapse: float
    """Of the weights of synapses, word by word [1]."""
    capacitance: float
    """Of capacitors [1]."""
    generator: float
    """Of the bias generators, core by core [1]."""
    delay: float
    """Of delays that are meant to be mismatched [1]."""
    dead: float
    """Share of neurons that never fire [1]."""
    hot: float
    """Share of neurons with a constant current of their own [1]."""
    drift: float
    """Standard deviation of the slow wandering of all currents of a core [1]."""
    drift_time: float
    """Time constant of it [s]."""
    cam_defects: bool
    """Whether CAM words fail as measured on the DYNAP-SE2."""


def published_spread(*, cam_defects: bool = True) -> DynapseSpread:
    """Coefficients as the public tools assume them, and measured failures of CAM words."""
    return DynapseSpread(
        current=0.2,
        synapse=0.2,
        capacitance=0.015,
        generator=0.05,
        delay=0.5,
        dead=0.004,
        hot=0.004,
        drift=0.005,
        drift_time=4 * 3600.0,
        cam_defects=cam_defects,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Silicon:
    """The truth about one board."""

    factors: dict[str, FloatArray]
    """Of each quantity, shape (neurons of the board,) [1]."""
    word_factor: FloatArray
    """Of the weight of each CAM word, shape (neurons of the board, 64) [1]."""
    delay_factor: FloatArray
    """Of its mismatched delay, shape (neurons of the board, 64) [1]."""
    capacitance: FloatArray
    """Factor of the membrane, shape (neurons of the board,) [1]."""
    generator: FloatArray
    """Factor of the bias generator of each core, shape (cores of the board,) [1]."""
    usable: BoolArray
    """Whether a word works for low and for high tags, shape (neurons of the board, 64, 2)."""
    dead: BoolArray
    """Shape (neurons of the board,)."""
    hot: BoolArray
    """Shape (neurons of the board,)."""


def draw_silicon(model: str, serial: int, chips: int, spread: DynapseSpread) -> Silicon:
    """Fabricate a board.

    Args:
        model: kind of chip.
        serial: number of the board.
        chips: on it.
        spread: of the production.
    """
    neurons = chips * CORES * NEURONS

    def log_normal(name: str, deviation: float, shape: tuple[int, ...]) -> FloatArray:
        # Mean 1, and the coefficient of variation that was asked for.
        sigma = np.sqrt(np.log1p(deviation**2))
        normal = stream(serial, model, "mismatch", name).standard_normal(shape)
        return np.asarray(np.exp(sigma * normal - 0.5 * sigma**2))

    usable = np.ones((chips, CORES, NEURONS, WORDS, 2), dtype=np.bool_)
    if spread.cam_defects:
        rng = stream(serial, model, "CAM defects")
        for chip in range(chips):
            shares = np.array(MEASURED_USABLE[int(rng.integers(len(MEASURED_USABLE)))])
            # Words of a neuron fail together: some neurons have few that work.
            quality = rng.beta(6.0, 1.5, (CORES, NEURONS, 1, 1))
            quality = quality / quality.mean()
            likely = np.minimum(shares[:, None, None, :] * quality, 1.0)
            usable[chip] = rng.random((CORES, NEURONS, WORDS, 2)) < likely
    rng = stream(serial, model, "dead and hot neurons")
    fate = rng.random(neurons)
    return Silicon(
        factors={name: log_normal(name, spread.current, (neurons,)) for name in QUANTITIES},
        word_factor=log_normal("words", spread.synapse, (neurons, WORDS)),
        delay_factor=log_normal("delays", spread.delay, (neurons, WORDS)),
        capacitance=log_normal("capacitance", spread.capacitance, (neurons,)),
        generator=log_normal("generators", spread.generator, (chips * CORES,)),
        usable=usable.reshape(neurons, WORDS, 2),
        dead=fate < spread.dead,
        hot=(fate >= spread.dead) & (fate < spread.dead + spread.hot),
    )
