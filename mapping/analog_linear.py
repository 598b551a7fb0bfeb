"""`AnalogLinear`: a torch layer that computes like memristor pairs between converters.

In training it feels what the chip will do to it: inputs pass the resolution and the range of the
row converters, and every weight is the difference of two cells that have relaxed for a while. The
noise is drawn by local reparameterisation: the sum of many independent normal errors is one normal
number per output and example, of the same law, which costs far less and gives gradients of lower
variance than a perturbed weight matrix. The spread depends on the weights, and its gradient teaches
them to sit where cells are quiet.
In evaluation it is an ordinary linear layer.
"""

import math

import torch
from torch import Tensor, nn

from ohmloom.devices.conductance_statistics import ConductanceStatistics
from ohmloom.errors import InvalidInput
from ohmloom.mapping.differential_pairs import to_pairs


class AnalogLinear(nn.Linear):
    """A linear layer on memristor pairs.

    Args:
        inputs: number of inputs.
        outputs: number of outputs.
        statistics: of the cells; their window is the conductance window.
        dac_codes: number of positive codes of the row converters, 127 for 8 bits.
        input_range: inputs lie between minus this and this; learned from the data when None.
        noise_scale: factor on the spread of the cells; 0 trains a plain network.
        generator: draws noise and ages.
    """

    input_range: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        statistics: ConductanceStatistics,
        dac_codes: int,
        input_range: float | None,
        noise_scale: float,
        generator: torch.Generator,
    ) -> None:
        if not (noise_scale >= 0 and dac_codes >= 1):
            raise InvalidInput(
                f"noise_scale must not be negative and dac_codes at least 1, but they are "
                f"{noise_scale} and {dac_codes}"
            )
        super().__init__(inputs, outputs)
        self.statistics = statistics
        self.dac_codes = dac_codes
        self.noise_scale = noise_scale
        self.generator = generator
        self.learns_range = input_range is None
        start = 0.0 if input_range is None else input_range
        self.register_buffer("input_range", torch.tensor(float(start)))
        with torch.no_grad():
            bound = math.sqrt(2.0 / inputs)
            self.weight.normal_(0.0, bound, generator=generator)
            self.bias.zero_()

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  torch's name
        """Outputs, shape (trials, outputs), of inputs, shape (trials, inputs)."""
        if not self.training:
            return nn.functional.linear(input, self.weight, self.bias)
        if self.learns_range:
            self._follow_range(input)
        seen: Tensor = _Converter.apply(  # type: ignore[no-untyped-call]
            input, float(self.input_range), self.dac_codes
        )
        output: Tensor = nn.functional.linear(seen, self.weight, self.bias)
        if self.noise_scale > 0.0:
            variance = nn.functional.linear(seen.square(), self._weight_variance())
            drawn = torch.randn(output.shape, generator=self.generator)
            # The floor keeps the gradient of the root finite where all inputs are zero.
            output = output + self.noise_scale * (variance + 1e-12).sqrt() * drawn
        return output

    def _weight_variance(self) -> Tensor:
        """Variance of each weight at an age drawn between first and last, shaped as `weight`."""
        statistics = self.statistics
        first, last = math.log(statistics.first_age), math.log(statistics.last_age)
        age = math.exp(first + (last - first) * torch.rand((), generator=self.generator).item())
        pairs = to_pairs(self.weight, low=statistics.lowest, high=statistics.highest)
        # One cell of every pair is at the low end of the window: its spread is one number.
        working = torch.maximum(pairs.positive, pairs.negative)
        resting = statistics.spread(torch.tensor(statistics.lowest), age)
        variance = statistics.spread(working, age).square() + resting.square()
        relative: Tensor = variance / pairs.scale.square()
        return relative

    @torch.no_grad()
    def _follow_range(self, inputs: Tensor) -> None:
        """Let the range follow the largest input: up quickly, down slowly."""
        largest = inputs.abs().max().clamp(min=1e-6)
        pace = 1.0 if self.input_range == 0.0 else 0.3 if largest > self.input_range else 0.02
        self.input_range += pace * (largest - self.input_range)


class _Converter(torch.autograd.Function):
    """Rounding to converter codes, straight through for the gradient inside the range."""

    @staticmethod
    def forward(
        ctx: torch.autograd.function.FunctionCtx, inputs: Tensor, input_range: float, codes: int
    ) -> Tensor:
        scaled = inputs * (codes / max(input_range, 1e-30))
        ctx.save_for_backward(scaled.abs() <= codes)
        return scaled.round().clamp(-codes, codes) * (input_range / codes)

    @staticmethod
    def backward(
        ctx: torch.autograd.function.FunctionCtx, gradient: Tensor
    ) -> tuple[Tensor, None, None]:
        (inside,) = ctx.saved_tensors  # type: ignore[attr-defined]
        return gradient * inside, None, None
