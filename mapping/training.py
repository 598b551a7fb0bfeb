"""Training of a classifier, plain or aware of the noise of the cells it will live on."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from ohmloom.arrays import FloatArray, IntArray
from ohmloom.checks import finite, shaped
from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.errors import InvalidInput
from ohmloom.mapping.analog_linear import AnalogLinear
from ohmloom.mapping.dense_network import DenseLayer, DenseNetwork
from ohmloom.progress import Progress, silent
from ohmloom.randomness import torch_stream

RANGE_QUANTILE = 0.999
"""Inputs of a layer beyond this quantile of the training data saturate the converters."""


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a network is trained."""

    hidden: tuple[int, ...]
    """Neurons of the hidden layers."""
    epochs: int
    """Passes through the data."""
    batch: int
    """Examples per step."""
    learning_rate: float
    """Peak of the one-cycle schedule [1]."""
    weight_decay: float
    """Decoupled weight decay [1]."""
    weight_limit: float
    """Weights are kept within this many standard deviations of their output's weights [1]."""
    noise_scale: float
    """Factor on the spread of the cells; 0 trains a plain network [1]."""

    def __post_init__(self) -> None:
        sizes = {f"hidden layer {i}": size for i, size in enumerate(self.hidden)}
        for name, count in {**sizes, "epochs": self.epochs, "batch": self.batch}.items():
            if count < 1:
                raise InvalidInput(f"{name} must be at least 1, but is {count}")
        for name in ("learning_rate", "weight_limit"):
            if not getattr(self, name) > 0:
                raise InvalidInput(f"{name} must be above zero, but is {getattr(self, name)}")
        for name in ("weight_decay", "noise_scale"):
            if not getattr(self, name) >= 0:
                raise InvalidInput(f"{name} must not be negative, but is {getattr(self, name)}")


def plain_settings() -> TrainingSettings:
    """An ordinary network: no noise, no limit on the weights."""
    return TrainingSettings(
        hidden=(150,),
        epochs=100,
        batch=64,
        learning_rate=3e-3,
        weight_decay=1e-2,
        weight_limit=np.inf,
        noise_scale=0.0,
    )


def noise_aware_settings() -> TrainingSettings:
    """The same network, trained with the spread of the cells and without outlying weights."""
    return TrainingSettings(
        hidden=(150,),
        epochs=160,
        batch=128,
        learning_rate=8e-3,
        weight_decay=1e-3,
        weight_limit=2.0,
        noise_scale=1.5,
    )


def train_classifier(
    inputs: FloatArray,
    labels: IntArray,
    *,
    settings: TrainingSettings,
    statistics: ConductanceStatistics,
    dac_codes: int,
    seed: int,
    progress: Progress = silent,
) -> DenseNetwork:
    """Train a fully connected classifier.

    Args:
        inputs: shape (trials, inputs).
        labels: class of each trial, 0 to classes - 1, shape (trials,).
        settings: how to train.
        statistics: of the cells the network will live on.
        dac_codes: number of positive codes of the row converters.
        seed: of start weights, order and noise.
        progress: told the share done.

    Raises:
        InvalidInput: inputs that are not finite, labels that do not fit, or nothing to train on.
    """
    data = shaped(finite(inputs, "inputs"), (None, None), "inputs")
    targets = np.asarray(labels)
    if targets.shape != (len(data),) or not np.issubdtype(targets.dtype, np.integer):
        raise InvalidInput(
            f"labels must be {len(data)} integers, one per trial, but have shape {targets.shape} "
            f"and type {targets.dtype}"
        )
    if len(data) == 0 or targets.min() < 0:
        raise InvalidInput("training needs at least one trial, and labels that are not negative")
    classes = int(targets.max()) + 1
    generator = torch_stream(seed, "training", str(settings.noise_scale))
    sizes = (data.shape[1], *settings.hidden, classes)
    layers = [
        AnalogLinear(
            before,
            after,
            statistics=statistics,
            dac_codes=dac_codes,
            input_range=float(np.abs(data).max()) or 1.0 if i == 0 else None,
            noise_scale=settings.noise_scale,
            generator=generator,
        )
        for i, (before, after) in enumerate(pairwise(sizes))
    ]
    x = torch.as_tensor(data, dtype=torch.float32)
    y = torch.as_tensor(targets, dtype=torch.int64)
    _fit(layers, x, y, settings, generator, progress)
    return _to_network(layers, x)


def _forward(layers: list[AnalogLinear], x: Tensor) -> Tensor:
    for layer in layers[:-1]:
        x = torch.relu(layer(x))
    result: Tensor = layers[-1](x)
    return result


def _fit(
    layers: list[AnalogLinear],
    x: Tensor,
    y: Tensor,
    settings: TrainingSettings,
    generator: torch.Generator,
    progress: Progress,
) -> None:
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    steps = -(-len(x) // settings.batch)
    optimiser = torch.optim.AdamW(
        parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.epochs * steps
    )
    for epoch in range(settings.epochs):
        order = torch.randperm(len(x), generator=generator)
        for batch in order.split(settings.batch):
            loss = nn.functional.cross_entropy(_forward(layers, x[batch]), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            for layer in layers:
                _limit(layer, settings.weight_limit)
        progress((epoch + 1) / settings.epochs)


@torch.no_grad()
def _limit(layer: AnalogLinear, deviations: float) -> None:
    """Keep outliers in: one large weight shrinks all others of its output on the chip."""
    if np.isfinite(deviations):
        bound = deviations * layer.weight.std(dim=1, keepdim=True)
        layer.weight.copy_(layer.weight.clamp(-bound, bound))


@torch.no_grad()
def _to_network(layers: list[AnalogLinear], x: Tensor) -> DenseNetwork:
    """The trained network as plain arrays, its input ranges taken from the training data."""
    dense = []
    for i, layer in enumerate(layers):
        layer.eval()
        size = x.abs()
        largest = float(size.max())
        quantile = float(np.quantile(size[size > 0].numpy(), RANGE_QUANTILE)) if largest else 1.0
        rectified = i < len(layers) - 1
        dense.append(
            DenseLayer(
                weight=layer.weight.numpy().astype(np.float64),
                bias=layer.bias.numpy().astype(np.float64),
                input_range=largest or 1.0 if i == 0 else quantile,
                rectified=rectified,
            )
        )
        x = torch.relu(layer(x)) if rectified else x
    return DenseNetwork(layers=tuple(dense))
