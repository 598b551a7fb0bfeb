"""What is to be computed: neurons, the currents that they want, and who excites whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ohmloom import checks
from ohmloom.arrays import BoolArray, FloatArray, IntArray
from ohmloom.circuits.dynapse.receptors import Receptor
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True, eq=False)
class SpikingNetwork:
    """A weighted directed graph; connections of the same ends and kind are added up.

    Sources are numbered together: first the inputs, then the neurons.

    Raises:
        InvalidInput: shapes do not fit, a number is out of range, or a weight is negative.

    >>> network = SpikingNetwork(
    ...     neurons=2, inputs=1, source=[0, 1], target=[0, 1], weight=[2e-9, 1e-9],
    ...     receptor=[Receptor.AMPA, Receptor.GABA_B],
    ... )
    >>> network.connections
    2
    """

    neurons: int
    """How many."""
    source: IntArray
    """Of each connection, shape (connections,): below `inputs` an input, then neurons."""
    target: IntArray
    """Of each connection: a neuron, shape (connections,)."""
    weight: FloatArray
    """Current that an event switches on, shape (connections,); connections of zero are left out
    [A]."""
    receptor: IntArray
    """Kind of each connection, `Receptor`, shape (connections,)."""
    inputs: int = 0
    """Sources outside the chip."""
    parameters: Mapping[str, FloatArray] = field(default_factory=dict)
    """Wanted currents by the name of their bias, shape (neurons,) [A]. Biases are per core, so that
    neurons that want the same are placed together."""
    readouts: IntArray | None = None
    """Neurons whose spikes are to be seen outside; all of them when None."""

    def __post_init__(self) -> None:
        if self.neurons < 1 or self.inputs < 0:
            raise InvalidInput(
                f"a network has at least one neuron and no negative number of inputs, but "
                f"{self.neurons} and {self.inputs} were given"
            )
        weight = checks.not_negative(self.weight, "weight")
        source = _indices(self.source, self.inputs + self.neurons, "source")
        target = _indices(self.target, self.neurons, "target")
        receptor = _indices(self.receptor, len(Receptor), "receptor")
        lengths = {name: each.shape for name, each in
                   (("source", source), ("target", target), ("weight", weight),
                    ("receptor", receptor))}  # fmt: skip
        if len(set(lengths.values())) > 1 or weight.ndim != 1:
            raise InvalidInput(
                f"all columns of connections must be equally long, but are {lengths}"
            )
        kept, inverse = np.unique(
            np.column_stack([target, source, receptor])[weight > 0.0], axis=0, return_inverse=True
        )
        total = np.bincount(inverse.ravel(), weight[weight > 0.0], minlength=len(kept))
        target, source, receptor = kept.T if len(kept) else np.zeros((3, 0), dtype=np.int64)
        readouts = np.arange(self.neurons)
        if self.readouts is not None:
            readouts = np.unique(_indices(self.readouts, self.neurons, "readouts"))
        parameters = {}
        for name, wanted in self.parameters.items():
            value = np.broadcast_to(checks.finite(wanted, name), self.neurons)
            if (value <= 0.0).any():
                raise InvalidInput(f"{name} must be above zero for every neuron")
            parameters[name] = value
        found = {"source": source, "target": target, "receptor": receptor, "weight": total,
                 "readouts": readouts, "parameters": parameters}  # fmt: skip
        for name, column in found.items():
            object.__setattr__(self, name, column)

    @property
    def connections(self) -> int:
        """How many, after those of the same ends and kind were added up."""
        return len(self.weight)

    @property
    def fan_in(self) -> IntArray:
        """Connections into each neuron, shape (neurons,)."""
        return np.bincount(self.target, minlength=self.neurons)

    def without(self, left_out: BoolArray) -> "SpikingNetwork":
        """The same network with some connections left out.

        Args:
            left_out: which, shape (connections,).
        """
        kept = ~left_out
        return replace(
            self,
            source=self.source[kept],
            target=self.target[kept],
            weight=self.weight[kept],
            receptor=self.receptor[kept],
        )

    def name_of(self, source: int) -> str:
        """A source for people."""
        return f"input {source}" if source < self.inputs else f"neuron {source - self.inputs}"


def from_matrices(
    recurrent: FloatArray,
    inputs: FloatArray | None = None,
    *,
    unit: float,
    excitatory: Receptor = Receptor.AMPA,
    inhibitory: Receptor = Receptor.GABA_B,
    parameters: Mapping[str, FloatArray] | None = None,
) -> SpikingNetwork:
    """A network from weight matrices with signs.

    Args:
        recurrent: shape (neurons, neurons), from row to column [1].
        inputs: shape (inputs, neurons), None without inputs [1].
        unit: current of a weight of 1 [A].
        excitatory: kind of positive weights.
        inhibitory: kind of negative weights.
        parameters: as `SpikingNetwork` takes them.

    Raises:
        InvalidInput: shapes do not fit.
    """
    inner = checks.shaped(checks.finite(recurrent, "recurrent"), (None, None), "recurrent")
    checks.shaped(inner, (inner.shape[1], inner.shape[1]), "recurrent")
    outer = np.zeros((0, inner.shape[1])) if inputs is None else checks.finite(inputs, "inputs")
    checks.shaped(outer, (None, inner.shape[1]), "inputs")
    weights = np.concatenate([outer, inner])
    source, target = np.nonzero(weights)
    signed = weights[source, target]
    return SpikingNetwork(
        neurons=inner.shape[1],
        inputs=len(outer),
        source=source,
        target=target,
        weight=np.abs(signed) * unit,
        receptor=np.where(signed > 0.0, excitatory, inhibitory),
        parameters=parameters or {},
    )


def _indices(values: IntArray, limit: int, name: str) -> IntArray:
    numbers = np.asarray(values)
    if numbers.size == 0:
        return np.zeros(numbers.shape, dtype=np.int64)
    if not np.issubdtype(numbers.dtype, np.integer):
        raise InvalidInput(f"{name} must be whole numbers, but is {numbers.dtype}")
    if numbers.min() < 0 or numbers.max() >= limit:
        raise InvalidInput(
            f"{name} must lie in 0 to {limit - 1}, but reaches from {numbers.min()} to "
            f"{numbers.max()}"
        )
    return numbers.astype(np.int64)
