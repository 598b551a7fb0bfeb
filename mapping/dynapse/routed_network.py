"""A network on a board: where everything is, and what became of what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.circuits.chip import Events
from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.bias import BiasCode
from ohmloom.circuits.dynapse.configuration.configuration_file import Configuration
from ohmloom.circuits.dynapse.configuration.rules import Violation, validate
from ohmloom.circuits.dynapse.input_event import InputEvent, event_code
from ohmloom.circuits.dynapse.parameters import generation
from ohmloom.mapping.dynapse.board import CORES, NEURONS, Board
from ohmloom.mapping.dynapse.decoding import DecodedNetwork, decode
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork


@dataclass(frozen=True, kw_only=True, eq=False)
class Placement:
    """Where each neuron is."""

    chip: IntArray
    """Shape (neurons,)."""
    core: IntArray
    """Of its chip, shape (neurons,)."""
    slot: IntArray
    """Of its core, shape (neurons,)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RoutedNetwork:
    """A network, and the configuration that makes a board compute it."""

    network: SpikingNetwork
    """What was asked."""
    board: Board
    """Where."""
    configuration: Configuration
    """For the board."""
    placement: Placement
    """Where each neuron is."""
    input_events: tuple[tuple[InputEvent, ...], ...]
    """What to send for a spike of each input: one event for each chip that hears it."""
    codes: Mapping[tuple[int, int], Mapping[str, BiasCode]]
    """Biases of each core that is used, by chip and core."""

    def to_board(self, inputs: Events) -> Events:
        """Events of the network's inputs, as the board takes them.

        Args:
            inputs: whose addresses are inputs of the network, in order of time.
        """
        codes = [
            [event_code(event, self.board.chip) for event in events] for events in self.input_events
        ]
        count = np.array([len(each) for each in codes], dtype=np.int64)[inputs.address]
        address = [code for at in inputs.address.tolist() for code in codes[at]]
        return Events(
            time=np.repeat(inputs.time, count),
            address=np.array(address, dtype=np.int64),
            duration=inputs.duration,
        )

    def from_board(self, spikes: Events) -> Events:
        """Spikes of the board as spikes of neurons of the network; those of others are left out.

        Args:
            spikes: that the board gave.
        """
        place = self.placement
        number = np.full(4 * CORES * NEURONS, -1, dtype=np.int64)
        number[(place.chip * CORES + place.core) * NEURONS + place.slot] = np.arange(
            self.network.neurons
        )
        neuron = number[spikes.address]
        known = neuron >= 0
        return Events(time=spikes.time[known], address=neuron[known], duration=spikes.duration)

    def decode(self) -> DecodedNetwork:
        """The network as the chips see it, read back from the configuration alone."""
        sources = list(
            zip(self.placement.chip.tolist(), self.placement.core.tolist(),
                self.placement.slot.tolist(), strict=True)
        )  # fmt: skip
        return decode(self.configuration, sources, self.input_events)

    def differences(self) -> pd.DataFrame:
        """Connections that are not as asked, with the reason.

        Returns:
            Columns source, target, receptor, asked [A], found [A], wrong, reason; `wrong` where a
            connection is missing for no good reason, or was not asked for.
        """
        asked = _keyed(
            self.network.source, self.network.target, self.network.receptor, self.network.weight
        )
        read = self.decode()
        found = _keyed(read.source, read.target, read.receptor, read.weight)
        rows = []
        for key in sorted({*asked, *found}):
            wanted, got = asked.get(key, 0.0), found.get(key, 0.0)
            if wanted == got:
                continue
            source, target, receptor = key
            wrong, reason = self._reason(target, wanted, got)
            rows.append(
                {
                    "source": self.network.name_of(source),
                    "target": f"neuron {target}",
                    "receptor": read.receptor_names[receptor],
                    "asked [A]": wanted,
                    "found [A]": got,
                    "wrong": wrong,
                    "reason": reason,
                }
            )
        columns = ["source", "target", "receptor", "asked [A]", "found [A]", "wrong", "reason"]
        return pd.DataFrame(rows, columns=columns)

    def _reason(self, target: int, wanted: float, got: float) -> tuple[bool, str]:
        if wanted == 0.0:
            return True, "not asked for: an address is shared"
        chip, core = int(self.placement.chip[target]), int(self.placement.core[target])
        if got > 0.0:
            return False, f"nearest that the weight currents of chip {chip} core {core} make"
        smallest = min(
            (
                bias.current(self.board.chip, name, code.coarse, code.fine)
                for name, code in self.codes[chip, core].items()
                if name.startswith("SYAM_W")
            ),
            default=0.0,
        )
        if wanted <= 0.5 * smallest * (1.0 + 1e-9):
            return False, (
                f"nearer to nothing than to the smallest weight current of chip {chip} core "
                f"{core}, {smallest:.3g} A"
            )
        return True, "missing"

    def wrong_connections(self) -> int:
        """Connections that are missing for no good reason, or that nobody asked for."""
        return int(self.differences()["wrong"].sum())

    def violations(self) -> list[Violation]:
        """Rules that the configuration breaks."""
        return validate(self.configuration)

    def achieved_parameters(self) -> pd.DataFrame:
        """What became of the wanted currents, one row for each neuron and bias."""
        rows = []
        chip, core = self.placement.chip, self.placement.core
        for name, wanted in self.network.parameters.items():
            for neuron in range(self.network.neurons):
                code = self.codes[int(chip[neuron]), int(core[neuron])][name]
                made = bias.current(self.board.chip, name, code.coarse, code.fine)
                rows.append(
                    {
                        "neuron": neuron,
                        "bias": name,
                        "wanted [A]": wanted[neuron],
                        "nominal [A]": made,
                        "coarse": code.coarse,
                        "fine": code.fine,
                    }
                )
        return pd.DataFrame(rows)

    def report(self) -> pd.DataFrame:
        """How full each core is and how near its weights are, one row for each core in use."""
        network, place = self.network, self.placement
        read = self.decode()
        asked = _keyed(network.source, network.target, network.receptor, network.weight)
        found = _keyed(read.source, read.target, read.receptor, read.weight)
        wrong = np.array([found.get(key, 0.0) - value for key, value in asked.items()])
        size = np.array(list(asked.values()))
        of_core = np.array([key[1] for key in asked], dtype=np.int64)
        rows = []
        for chip, core in sorted(self.codes):
            here = (place.chip == chip) & (place.core == core)
            into = here[of_core] if len(of_core) else np.zeros(0, dtype=np.bool_)
            fan_in = read.words[here]
            rows.append(
                {
                    "chip": chip,
                    "core": core,
                    "neurons": int(here.sum()),
                    "largest fan-in [words]": int(fan_in.max(initial=0)),
                    "usable words of that neuron": self._usable(here, fan_in),
                    "connections": int(into.sum()),
                    "weight error, rms [1]": _relative_rms(wrong[into], size[into]),
                }
            )
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """Numbers of the whole board."""
        table = self.report()
        return {
            "chip": generation(self.board.chip).value,
            "neurons": self.network.neurons,
            "connections": self.network.connections,
            "cores": len(table),
            "wrong_connections": self.wrong_connections(),
            "warnings": len(self.violations()),
        }

    def _usable(self, here: FloatArray, fan_in: IntArray) -> int:
        if len(fan_in) == 0:
            return 0
        neuron = np.flatnonzero(here)[int(fan_in.argmax())]
        place = self.placement
        at = place.chip[neuron], place.core[neuron], place.slot[neuron]
        return int(self.board.words[at].any(axis=-1).sum())


def _keyed(
    source: IntArray, target: IntArray, receptor: IntArray, weight: FloatArray
) -> dict[tuple[int, int, int], float]:
    columns = (source.tolist(), target.tolist(), receptor.tolist())
    return dict(zip(zip(*columns, strict=True), weight.tolist(), strict=True))


def _relative_rms(wrong: FloatArray, size: FloatArray) -> float:
    if len(size) == 0:
        return 0.0
    return float(np.sqrt((wrong**2).mean() / (size**2).mean()))
