"""How fast is `Crossbar`, beside a sparse direct solver that does the same job?

The peer assembles the nodal equations in siemens and factors them with scipy's SuperLU; for row by
row it solves all selected rows, each a chain of word-line nodes, in one sparse system. Times are
medians in one process on one thread; the peer's time for several tiles is that of one, multiplied.
Errors are relative to the largest entry of a textbook elimination in extended precision.

Run: OPENBLAS_NUM_THREADS=1 python benchmarks/crossbar.py
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is first imported

import statistics
import time
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.si import ms, ohm, uS

SEGMENT = 1 * ohm
TILES = 8


def main() -> None:
    """Print one line per size and job."""
    rng = np.random.default_rng(0)
    print(
        f"{'n':>4} {'job':<34} {'ohmloom':>10} {'sparse':>10} {'ratio':>7} "
        f"{'error':>9} {'its error':>9}"
    )
    for size in (16, 32, 64, 128):
        tiles = rng.uniform(1 * uS, 100 * uS, (TILES, size, size))
        batch = Crossbar(conductance=tiles, r_word_line=SEGMENT, r_bit_line=SEGMENT)
        tile = Crossbar(conductance=tiles[0], r_word_line=SEGMENT, r_bit_line=SEGMENT)
        voltage = rng.uniform(0.0, 0.2, size)
        drives = np.eye(size)

        by_peer = sparse_output_current(tiles[0], drives)
        exact = transfer_in_extended_precision(tiles[0])
        transfer = tile.transfer()
        sparse_time = seconds(lambda t=tiles, d=drives: sparse_output_current(t[0], d))
        report(
            size,
            "transfer, 1 tile",
            seconds(tile.transfer),
            sparse_time,
            error(transfer, exact),
            error(by_peer, exact),
        )
        report(
            size,
            f"transfer, {TILES} tiles",
            seconds(batch.transfer),
            TILES * sparse_time,
            error(batch.transfer()[0], exact),
            error(by_peer, exact),
        )

        selected = np.zeros_like(tiles[0])
        selected[0] = tiles[0, 0]
        exact_row = transfer_in_extended_precision(selected)[0]
        report(
            size,
            f"transfer_row_by_row, {TILES} tiles",
            seconds(batch.transfer_row_by_row),
            seconds(lambda t=tiles: sparse_row_by_row(t)),
            error(batch.transfer_row_by_row()[0, 0], exact_row),
            error(sparse_row_by_row(tiles)[0, 0], exact_row),
        )

        exact_current = voltage @ exact
        report(
            size,
            "solve, 1 vector",
            seconds(lambda c=tile, v=voltage: c.solve(v)),
            seconds(lambda t=tiles, v=voltage: sparse_output_current(t[0], v[None])),
            error(tile.solve(voltage).output_current, exact_current),
            error(sparse_output_current(tiles[0], voltage[None])[0], exact_current),
        )


def report(
    size: int, job: str, ours: float, sparse: float, our_error: float, sparse_error: float
) -> None:
    """One line of the table."""
    print(
        f"{size:>4} {job:<34} {ours / ms:>7.3f} ms {sparse / ms:>7.1f} ms {sparse / ours:>6.1f}x "
        f"{our_error:>9.1e} {sparse_error:>9.1e}"
    )


def seconds(job: Callable[[], object]) -> float:
    """Median time of a job after one call to warm up [s]."""
    job()
    times: list[float] = []
    while len(times) < 3 or (sum(times) < 0.5 and len(times) < 50):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def error(found: FloatArray, expected: FloatArray) -> float:
    """Largest difference, relative to the largest expected value [1]."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def sparse_output_current(conductance: FloatArray, voltage: FloatArray) -> FloatArray:
    """Nodal analysis in siemens, SuperLU with its default ordering; voltage (vectors, rows) [V]."""
    rows, columns = conductance.shape
    word = np.arange(rows * columns).reshape(rows, columns)
    bit = word + rows * columns
    wire = 1.0 / SEGMENT
    ends, values = [], []
    for one, other, value in (
        (word, bit, conductance),
        (word[:, :-1], word[:, 1:], wire),
        (bit[:-1], bit[1:], wire),
    ):
        a, b = one.ravel(), other.ravel()
        g = np.broadcast_to(value, one.shape).ravel()
        ends += [(a, a), (b, b), (a, b), (b, a)]
        values += [g, g, -g, -g]
    for fixed in (word[:, 0], bit[-1]):
        ends.append((fixed, fixed))
        values.append(np.full(len(fixed), wire))
    first, second = (np.concatenate(side) for side in zip(*ends, strict=True))
    matrix = sp.coo_array(
        (np.concatenate(values), (first, second)), shape=(2 * word.size, 2 * word.size)
    ).tocsc()
    sources = np.zeros((2 * word.size, len(voltage)))
    sources[word[:, 0]] = wire * voltage.T
    current: FloatArray = wire * splu(matrix).solve(sources)[bit[-1]].T
    return current


def sparse_row_by_row(conductance: FloatArray) -> FloatArray:
    """The transfer of rows selected one at a time, conductance (tiles, rows, columns) [S]."""
    rows = conductance.shape[1]
    wire = 1.0 / SEGMENT
    path = 1.0 / (1.0 / conductance + SEGMENT * np.arange(rows, 0, -1)[:, None])
    diagonal = path + 2 * wire
    diagonal[..., -1] -= wire
    beside = np.full(path.shape, -wire)
    beside[..., -1] = 0.0
    off = beside.ravel()[:-1]
    matrix = sp.diags_array([off, diagonal.ravel(), off], offsets=[-1, 0, 1]).tocsc()
    sources = np.zeros(path.shape)
    sources[..., 0] = wire
    node_voltage = splu(matrix, permc_spec="NATURAL").solve(sources.ravel())
    transfer: FloatArray = path * node_voltage.reshape(path.shape)
    return transfer


def transfer_in_extended_precision(conductance: FloatArray) -> FloatArray:
    """The textbook elimination, row after row, in numpy's longdouble; slow."""
    extended = np.longdouble
    rows, columns = conductance.shape
    chain = 2 * np.eye(columns, dtype=extended)
    chain[-1, -1] = 1
    here = np.arange(columns - 1)
    chain[here, here + 1] = chain[here + 1, here] = -1
    transfer = np.zeros((rows, columns), dtype=extended)
    from_above = np.eye(columns, dtype=extended)
    for row in range(rows):
        cells = conductance[row].astype(extended)
        word = extended_inverse(chain + SEGMENT * np.diag(cells))
        admittance = np.diag(cells) - SEGMENT * cells[:, None] * word * cells
        identity = np.eye(columns, dtype=extended)
        from_above = extended_inverse(2 * identity + SEGMENT * admittance - from_above)
        transfer[row] = cells * word[0]
        transfer[: row + 1] = transfer[: row + 1] @ from_above
    return transfer.astype(np.float64)


def extended_inverse(matrix: np.ndarray) -> np.ndarray:
    """Gauss-Jordan without pivoting, for diagonally dominant matrices."""
    size = len(matrix)
    work = np.concatenate([matrix, np.eye(size, dtype=matrix.dtype)], axis=1)
    for k in range(size):
        work[k] /= work[k, k]
        column = work[:, k].copy()
        column[k] = 0
        work -= column[:, None] * work[k]
    return work[:, size:]


if __name__ == "__main__":
    main()
