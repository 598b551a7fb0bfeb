"""Which neurons share a core: those that want the same biases, and among them those that talk.

A core has one set of biases. Neurons are split where their wanted currents differ most, as long as
there are cores for it; what is still too large for a core is cut along the connections.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import reverse_cuthill_mckee

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.mapping.dynapse.board import CORES
from ohmloom.mapping.dynapse.spiking_network import SpikingNetwork

_SAME = 1e-6
"""Neurons whose currents differ by less belong together [1]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Part:
    """Neurons that stay together for now."""

    members: IntArray
    """Which, shape (members,)."""

    def cores(self, capacity: int) -> int:
        """How many cores they need."""
        return -(-len(self.members) // capacity)


def clusters(network: SpikingNetwork, capacities: IntArray, words: IntArray) -> list[IntArray]:
    """Neurons of each core, no core more than it has room for.

    Args:
        network: whose neurons fit altogether.
        capacities: usable neurons of each core, shape (cores,).
        words: usable CAM words of each core, shape (cores,); of the cores of a chip, those with
            more of them are taken first.

    Returns:
        For each core its neurons, shape (members,); empty for cores that are not needed.
    """
    wanted = (
        np.log(np.column_stack(list(network.parameters.values())))
        if (network.parameters)
        else np.zeros((network.neurons, 1))
    )
    # As if all cores were as large as the smallest: what is over is dealt out below.
    capacity = max(1, int(capacities[capacities > 0].min()))
    available = int((capacities > 0).sum())
    parts = [_Part(members=np.arange(network.neurons))]
    while True:
        spare = available - sum(part.cores(capacity) for part in parts)
        best = _best_split(parts, wanted, capacity, spare)
        if best is None:
            break
        which, first, second = best
        parts[which : which + 1] = [_Part(members=first), _Part(members=second)]
    return _dealt_out(parts, network, capacities, words)


def _best_split(
    parts: list[_Part], wanted: FloatArray, capacity: int, spare: int
) -> tuple[int, IntArray, IntArray] | None:
    """The part whose neurons differ most, cut where that helps most; None if nothing helps."""
    spreads = [float(wanted[part.members].var(axis=0).sum() * len(part.members)) for part in parts]
    for which in np.argsort(spreads)[::-1]:
        members = parts[which].members
        if len(members) < 2 or np.ptp(wanted[members], axis=0).max() <= _SAME:
            continue
        axis = int(wanted[members].var(axis=0).argmax())
        order = members[np.argsort(wanted[members, axis], kind="stable")]
        values = wanted[order]
        count = np.arange(1, len(order))
        total, square = values.cumsum(axis=0), (values**2).cumsum(axis=0)
        below = square[:-1] - total[:-1] ** 2 / count[:, None]
        rest, rest_square = total[-1] - total[:-1], square[-1] - square[:-1]
        above = rest_square - rest**2 / (len(order) - count)[:, None]
        left_over = (below + above).sum(axis=1)
        needs = -(-count // capacity) - (-(len(order) - count) // capacity)
        fits = needs - parts[which].cores(capacity) <= spare
        # Between equal neurons nothing is gained by a cut.
        fits &= np.diff(values[:, axis]) > _SAME
        if not fits.any():
            continue
        cut = int(np.where(fits, left_over, np.inf).argmin()) + 1
        return int(which), order[:cut], order[cut:]
    return None


def _dealt_out(
    parts: list[_Part], network: SpikingNetwork, capacities: IntArray, words: IntArray
) -> list[IntArray]:
    """Parts on cores, large ones first, cut along the connections where they are too large."""
    cores: list[list[int]] = [[] for _ in capacities]
    free = capacities.copy()
    order = sorted(range(len(capacities)), key=lambda core: (core // CORES, -words[core]))
    empty = [core for core in order if capacities[core] > 0]
    for part in sorted(parts, key=lambda part: -len(part.members)):
        members = _along_connections(part.members, network)
        while len(members):
            core = empty.pop(0) if empty else int(free.argmax())
            taken = members[: free[core]]
            cores[core].extend(taken.tolist())
            free[core] -= len(taken)
            members = members[len(taken) :]
    return [np.array(sorted(core), dtype=np.int64) for core in cores]


def _along_connections(members: IntArray, network: SpikingNetwork) -> IntArray:
    """The same neurons in an order that keeps those close which are connected."""
    if len(members) < 3:
        return members
    place = np.full(network.neurons, -1)
    place[members] = np.arange(len(members))
    sources = network.source - network.inputs
    inner = (sources >= 0) & (place[network.target] >= 0)
    inner[inner] = place[sources[inner]] >= 0
    ends = place[sources[inner]], place[network.target[inner]]
    graph = sp.csr_array((np.ones(len(ends[0])), ends), shape=(len(members), len(members)))
    order: IntArray = reverse_cuthill_mckee(graph + graph.T, symmetric_mode=True)
    return np.asarray(members[order])
