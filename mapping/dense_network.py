"""`DenseNetwork`: fully connected layers as plain arrays: what to compute, not where."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ohmloom.arrays import FloatArray
from ohmloom.checks import finite, shaped
from ohmloom.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class DenseLayer:
    """One layer: `outputs = weight @ inputs + bias`, rectified or not."""

    weight: FloatArray
    """Shape (outputs, inputs)."""
    bias: FloatArray
    """Shape (outputs,)."""
    input_range: float
    """Inputs lie between minus this and this; the converters of a chip are scaled to it."""
    rectified: bool
    """Whether negative outputs become zero."""

    def __post_init__(self) -> None:
        weight = shaped(finite(self.weight, "weight"), (None, None), "weight")
        shaped(finite(self.bias, "bias"), (weight.shape[0],), "bias")
        if weight.size == 0:
            raise InvalidInput(f"a layer needs weights, but weight has shape {weight.shape}")
        if not (np.isfinite(self.input_range) and self.input_range > 0):
            raise InvalidInput(f"input_range must be above zero, but is {self.input_range}")

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.weight.shape[0])

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Outputs, shape (trials, outputs), of inputs, shape (trials, inputs)."""
        result = inputs @ self.weight.T + self.bias
        return np.maximum(result, 0.0) if self.rectified else result


@dataclass(frozen=True, kw_only=True)
class DenseNetwork:
    """Layers, one after another."""

    layers: tuple[DenseLayer, ...]
    """From input to output; the outputs of one are the inputs of the next."""

    def __post_init__(self) -> None:
        if not self.layers:
            raise InvalidInput("a network needs at least one layer")
        for i, (before, after) in enumerate(pairwise(self.layers)):
            if before.outputs != after.inputs:
                raise InvalidInput(
                    f"layer {i} has {before.outputs} outputs, but layer {i + 1} takes "
                    f"{after.inputs} inputs"
                )

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Outputs, shape (trials, outputs), of inputs, shape (trials, inputs), in float64."""
        values = shaped(finite(inputs, "inputs"), (None, self.layers[0].inputs), "inputs")
        for layer in self.layers:
            values = layer(values)
        return values
