"""The numbers of cells as torch tensors, made where the cells are: on the CPU or on a GPU.

`TorchCellDraws` hands out what `ohmloom.devices.cell_draws.CellDraws` hands out, up to rounding, so
that an update model or a statistics model whose formulas take tensors lives the same life on a GPU
as on the CPU, cell by cell.

>>> import torch
>>> from ohmloom.devices.cell_draws import CellDraws, cell_key
>>> key = cell_key(1, "chip 3", "pulse noise")
>>> ours = TorchCellDraws(key, 7, torch.arange(5)).standard_normal((5,))
>>> theirs = CellDraws(key, 7, range(5)).standard_normal((5,))
>>> bool((abs(ours.numpy() - theirs) < 1e-6).all())
True
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ohmloom.devices.cell_draws import CellKey, cell_normals_torch
from ohmloom.devices.kernels.philox import counters, philox
from ohmloom.errors import InvalidInput


class TorchCellDraws:
    """The numbers of some cells at one event, on the device of `cells`.

    Args:
        key: what the numbers are for.
        event: which one of the key, below 2^32.
        cells: their numbers, not negative, an int64 tensor of shape (cells,).
        dtype: of the numbers.

    Raises:
        InvalidInput: cells of another shape or kind.
    """

    def __init__(
        self, key: CellKey, event: int, cells: Tensor, *, dtype: torch.dtype = torch.float64
    ) -> None:
        if cells.ndim != 1 or cells.dtype != torch.int64:
            raise InvalidInput(
                f"cells must be an int64 tensor of shape (cells,), but are {cells.dtype} of shape "
                f"{tuple(cells.shape)}"
            )
        self._key = key
        self._event = event
        self._cells = cells
        self._dtype = dtype
        self._call = 0

    def standard_normal(self, size: tuple[int, ...]) -> Tensor:
        """Normal numbers of mean zero and variance one.

        Args:
            size: (cells,), or (rows, cells), which draws once for each row.
        """
        return self._drawn(size, self._normals)

    def random(self, size: tuple[int, ...]) -> Tensor:
        """Uniform numbers, at least 0 and below 1.

        Args:
            size: (cells,), or (rows, cells), which draws once for each row.
        """
        return self._drawn(size, self._uniforms)

    def _drawn(self, size: tuple[int, ...], draw: Callable[[int], Tensor]) -> Tensor:
        count = self._cells.numel()
        if len(size) not in (1, 2) or size[-1] != count:
            raise InvalidInput(
                f"numbers of {count} cells were asked for in shape {tuple(size)}; ask for "
                f"({count},) or (rows, {count})"
            )
        rows = []
        for _ in range(1 if len(size) == 1 else size[0]):
            rows.append(draw(self._call))
            self._call += 1
        drawn = rows[0] if len(size) == 1 else torch.stack(rows)
        return drawn.to(self._dtype)

    def _normals(self, call: int) -> Tensor:
        return cell_normals_torch(self._key, self._event, call, self._cells, self._cells.device)

    def _uniforms(self, call: int) -> Tensor:
        low, high, row = counters(self._cells)

        def filled(value: int) -> Tensor:
            return torch.full((), value, dtype=torch.int64, device=self._cells.device)

        words = philox(
            (low, high, filled(self._event), filled(call)),
            (filled(self._key.value & 0xFFFFFFFF), filled(self._key.value >> 32)),
        )
        own = torch.stack(torch.broadcast_tensors(*words)).gather(0, row[None])[0]
        return own.to(torch.float64) * 2.0**-32
