"""How fast is `Crossbar`, beside its peers, and how exact are all of them?

Every line is a ratio of medians, measured in one process on one thread with both in alternation,
with the errors of both beside it; errors are relative to the largest value, of a sparse direct
solution in float64, which is itself good for about 1e-12. Compiled loops are loaded before, and
what that costs is printed. `badcrossbar` is compared where it is installed. The fixed-point
iteration is that of CrossSim, written here from its description: cumulative sums along the lines,
under-relaxed, begun again with 0.98 of the relaxation when it diverges.

Run: python benchmarks/crossbar.py [all | batch | vector | transfer | cells | tiles | more]
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read when numpy is first imported
os.environ["OMP_NUM_THREADS"] = "1"

import importlib.util
import logging
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Sequence

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from ohmloom.arrays import FloatArray
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_cells.one_transistor import AccessTransistor, OneTransistorCells
from ohmloom.circuits.crossbar_cells.two_terminal import OhmicLaw, SinhLaw, TwoTerminalCells
from ohmloom.circuits.technologies.ekv import Ekv
from ohmloom.si import ms, nm, ohm, second, um, uS

SEGMENT = 1 * ohm
VECTORS = 1000
LONG = 6 * second
"""What takes longer is run once."""
NOMINAL = 37.0
"""Multiplications and additions of the merge tree, of n^3, with symmetry used everywhere."""


def main(arguments: Sequence[str] = ()) -> None:
    """Print what is asked for, or everything."""
    parts = {
        "batch": batches,
        "vector": single_vectors,
        "transfer": effective_matrices,
        "cells": other_cells,
        "tiles": tiles_on_cores,
        "more": everything_else,
    }
    asked = [name for name in arguments if name != "all"] or list(parts)
    begin()
    for name in asked:
        parts[name]()


def begin() -> None:
    """Load the compiled loops, and measure the machine."""
    start = time.perf_counter()
    small = Crossbar(conductance=np.full((20, 20), 1e-5), r_word_line=1.0, r_bit_line=1.0)
    small.transfer()
    small.solve(np.ones(20))
    print(f"compiled loops ready after {time.perf_counter() - start:.2f} s")
    print(f"matrix product: {product_rate() / 1e9:.1f} GFLOP/s in float64, one thread")
    # badcrossbar tells everybody what it does, which takes time.
    logging.disable(logging.INFO)
    warnings.simplefilter("ignore", ImportWarning)
    if importlib.util.find_spec("badcrossbar") is None:
        print("badcrossbar is not installed (pip install badcrossbar==1.1.0): not compared")


def batches() -> None:
    """1000 vectors, outputs only: the effective matrix and one product."""
    print(f"\n{VECTORS} vectors, all output currents, array given anew each time")
    heading()
    for size in (32, 64, 128):
        conductance, voltage = cells(size), drives(size, VECTORS)
        exact = voltage @ by_sparse(conductance, np.eye(size))

        def ours(g: FloatArray = conductance, v: FloatArray = voltage) -> FloatArray:
            return np.asarray(crossbar(g).output_current(v))

        peers: dict[str, Callable[[], FloatArray]] = {
            "sparse direct": lambda g=conductance, v=voltage: by_sparse(g, v),
            "fixed point 1e-3": lambda g=conductance, v=voltage: by_fixed_point(g, v, 1e-3),
        }
        if importlib.util.find_spec("badcrossbar") is not None:
            peers["badcrossbar"] = lambda g=conductance, v=voltage: by_badcrossbar(g, v)
        compare(size, ours, peers, exact)
        known = crossbar(conductance)
        known.transfer()
        again = seconds(lambda c=known, v=voltage: c.output_current(v))
        print(f"{size:>5} a further batch on the same array: {again / ms:.3f} ms")
    for size in (256, 512):
        conductance, voltage = cells(size), drives(size, VECTORS)
        took = seconds(lambda g=conductance, v=voltage: crossbar(g).output_current(v))
        print(f"{size:>5} {took / ms:>10.2f} ms (peers not run: too large or too slow)")


def single_vectors() -> None:
    """One vector, outputs only: conjugate gradients over the lines."""
    print("\none vector, all output currents, array given anew each time")
    heading()
    for segment in (0.1, 1.0):
        print(f"      segments of {segment} ohm")
        for size in (32, 64, 128, 256):
            conductance, voltage = cells(size), drives(size, 1)
            exact = by_sparse(conductance, voltage, segment)

            def ours(
                g: FloatArray = conductance, v: FloatArray = voltage, r: float = segment
            ) -> FloatArray:
                return np.asarray(crossbar(g, r).output_current(v))

            peers: dict[str, Callable[[], FloatArray]] = {
                "sparse direct": lambda g=conductance, v=voltage, r=segment: by_sparse(g, v, r),
                "fixed point 1e-9": lambda g=conductance, v=voltage, r=segment: by_fixed_point(
                    g, v, 1e-9, r
                ),
            }
            if importlib.util.find_spec("badcrossbar") is not None:
                peers["badcrossbar"] = lambda g=conductance, v=voltage, r=segment: by_badcrossbar(
                    g, v, r
                )
            if size <= 64 and segment == 1.0:
                peers["ngspice"] = lambda g=conductance, v=voltage: by_ngspice(g, v)
            compare(size, ours, peers, exact)
    for size in (512, 1024):
        conductance, voltage = cells(size), drives(size, 1)
        took = seconds(lambda g=conductance, v=voltage: crossbar(g).output_current(v))
        print(f"{size:>5} {took / ms:>10.2f} ms (peers not run: too slow)")


def effective_matrices() -> None:
    """`transfer` against size: time, memory, share of the matrix product's rate."""
    print("\neffective matrix, float64 and with large blocks in float32")
    print(
        f"{'n':>5} {'float64':>11} {'exponent':>8} {'of product':>10} {'memory':>9} "
        f"{'float32':>11} {'its error':>9}"
    )
    before: tuple[int, float] | None = None
    for size in (16, 32, 64, 128, 256, 512, 1024):
        conductance = cells(size)
        double, single = alternating(
            [
                lambda g=conductance: crossbar(g).transfer(),
                lambda g=conductance: crossbar(g).transfer(single_precision=True),
                product_rate,
            ]
        )[:2]
        rate = product_rate()
        tracemalloc.start()
        transfer = crossbar(conductance).transfer()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        wrong = error(crossbar(conductance).transfer(single_precision=True), transfer)
        exponent = ""
        if before is not None:
            exponent = f"{np.log(double / before[1]) / np.log(size / before[0]):.2f}"
        before = size, double
        share = NOMINAL * size**3 / double / rate
        print(
            f"{size:>5} {double / ms:>8.2f} ms {exponent:>8} {share:>9.0%} {peak / 2**20:>6.1f} MB "
            f"{single / ms:>8.2f} ms {wrong:>9.1e}"
        )


def other_cells() -> None:
    """Cells that are not ohmic, against the ohmic one-vector solution."""
    print("\none vector, all voltages and currents; how many times the ohmic solution")
    transistor = AccessTransistor(
        ekv=Ekv(slope_factor=1.3, transconductance=250e-6, threshold=0.45, output_slope=0.05),
        width=1 * um,
        length=180 * nm,
        temperature=300.0,
    )
    print(f"{'n':>5} {'ohmic':>11} {'sinh':>11} {'':>6} {'1T1R':>11} {'':>6}")
    for size in (32, 64, 128, 256):
        conductance, (voltage,) = cells(size), drives(size, 1)
        wires = {"r_word_line": SEGMENT, "r_bit_line": SEGMENT}
        sinh = TwoTerminalCells(law=SinhLaw(conductance=conductance, steepness=3.0))
        gated = OneTransistorCells(
            memory=OhmicLaw(conductance=conductance),
            transistor=transistor,
            gate=np.full((size, 1), 1.8),
        )
        arrays = [
            Crossbar(conductance=conductance, **wires),
            Crossbar.of_cells(sinh, **wires),
            Crossbar.of_cells(gated, **wires),
        ]
        ohmic, steep, access = alternating(
            [lambda c=each, v=voltage: c.solve(v) for each in arrays]
        )
        print(
            f"{size:>5} {ohmic / ms:>8.3f} ms {steep / ms:>8.3f} ms {steep / ohmic:>5.1f}x "
            f"{access / ms:>8.3f} ms {access / ohmic:>5.1f}x"
        )


def tiles_on_cores() -> None:
    """64 tiles of 128x128, one thread against two."""
    tiles = np.random.default_rng(5).uniform(1 * uS, 100 * uS, (64, 128, 128))
    one, two = alternating(
        [lambda: crossbar(tiles).transfer(), lambda: crossbar(tiles).transfer(threads=2)]
    )
    print(
        f"\n64 tiles of 128x128: {one:.3f} s on one thread, {two:.3f} s on two: {one / two:.2f}x "
        f"({os.cpu_count()} cores)"
    )


def everything_else() -> None:
    """Reprogramming, single rows, and gradients."""
    print("\nfour cells programmed anew, against the effective matrix anew")
    rng = np.random.default_rng(6)
    for size in (128, 512):
        array = crossbar(cells(size))
        array.transfer()
        at, values = rng.integers(0, size, (2, 4)), rng.uniform(1 * uS, 100 * uS, 4)
        update, anew = alternating(
            [
                lambda a=array, x=at, g=values: a.reprogrammed(*x, g),
                lambda a=array: crossbar(a.conductance).transfer(),
            ]
        )
        changed = array.reprogrammed(*at, values)
        wrong = error(changed.transfer(), crossbar(changed.conductance).transfer())
        print(
            f"{size:>5} {update / ms:>8.2f} ms {anew / ms:>8.2f} ms {anew / update:>5.1f}x, "
            f"error {wrong:.1e}"
        )
    import torch  # noqa: PLC0415  slow to load, and only needed here

    torch.set_num_threads(1)
    print("\ngradients of one read in torch, against the read in numpy")
    for size in (64, 128):
        conductance, (voltage,) = cells(size), drives(size, 1)
        leaf = torch.tensor(conductance, requires_grad=True)
        drive = torch.tensor(voltage)

        def both(leaf: "torch.Tensor" = leaf, drive: "torch.Tensor" = drive) -> None:
            array = Crossbar(conductance=leaf, r_word_line=SEGMENT, r_bit_line=SEGMENT)
            leaf.grad = None
            array.output_current(drive).sum().backward()

        plain, trained = alternating(
            [lambda g=conductance, v=voltage: crossbar(g).solve(v).output_current, both]
        )
        print(f"{size:>5} {plain / ms:>8.3f} ms {trained / ms:>8.3f} ms {trained / plain:>5.1f}x")


def crossbar(conductance: FloatArray, segment: float = SEGMENT) -> Crossbar:
    """A fresh array, which remembers nothing."""
    return Crossbar(conductance=conductance, r_word_line=segment, r_bit_line=segment)


def cells(size: int) -> FloatArray:
    """Uniform between 1 and 100 uS."""
    return np.random.default_rng(size).uniform(1 * uS, 100 * uS, (size, size))


def drives(size: int, vectors: int) -> FloatArray:
    """Uniform between 0 and 0.2 V."""
    return np.random.default_rng(1).uniform(0.0, 0.2, (vectors, size))


def heading() -> None:
    """Of the lines of `compare`."""
    print(
        f"{'n':>5} {'ours':>11} {'error':>8}   {'peer':<17} {'takes':>12} {'ratio':>8} {'error':>8}"
    )


def compare(
    size: int,
    ours: Callable[[], FloatArray],
    peers: dict[str, Callable[[], FloatArray]],
    exact: FloatArray,
) -> None:
    """One line for each peer."""
    our_error = error(ours(), exact)
    for name, peer in peers.items():
        start = time.perf_counter()
        found = peer()
        first = time.perf_counter() - start
        if first > LONG:
            mine, theirs = seconds(ours), first
        else:
            mine, theirs = alternating([ours, peer])
        print(
            f"{size:>5} {mine / ms:>8.3f} ms {our_error:>8.0e}   {name:<17} {theirs / ms:>9.1f} ms "
            f"{theirs / mine:>7.0f}x {error(found, exact):>8.0e}"
        )


def alternating(jobs: Sequence[Callable[[], object]]) -> list[float]:
    """Median time of each job, all in turn, after one call to warm up [s].

    Short jobs are timed several at a time: 30 ms, or as many as fit.
    """
    bursts = []
    for job in jobs:
        job()
        bursts.append(max(1, int(30 * ms / timed(job))))
    times: list[list[float]] = [[] for _ in jobs]
    spent = 0.0
    while len(times[0]) < 3 or (spent < 1.5 and len(times[0]) < 200):
        for job, burst, own in zip(jobs, bursts, times, strict=True):
            start = time.perf_counter()
            for _ in range(burst):
                job()
            took = time.perf_counter() - start
            own.append(took / burst)
            spent += took
    return [statistics.median(own) for own in times]


def seconds(job: Callable[[], object]) -> float:
    """Median time of a job after one call to warm up [s]."""
    return alternating([job])[0]


def product_rate() -> float:
    """Multiplications and additions of a matrix product in a second."""
    matrix = np.random.default_rng(7).uniform(size=(768, 768))
    return float(2 * 768**3 / min(timed(lambda: matrix @ matrix) for _ in range(3)))


def timed(job: Callable[[], object]) -> float:
    """Time of one call [s]."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def error(found: FloatArray, expected: FloatArray) -> float:
    """Largest difference, relative to the largest expected value [1]."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def by_sparse(conductance: FloatArray, voltage: FloatArray, segment: float = SEGMENT) -> FloatArray:
    """Nodal analysis in siemens, SuperLU in its symmetric mode; voltage (vectors, rows) [V]."""
    rows, columns = conductance.shape
    word = np.arange(rows * columns).reshape(rows, columns)
    bit = word + rows * columns
    wire = 1.0 / segment
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
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0)
    current: FloatArray = wire * factors.solve(sources)[bit[-1]].T
    return current


def by_fixed_point(
    conductance: FloatArray, voltage: FloatArray, tolerance: float, segment: float = SEGMENT
) -> FloatArray:
    """Under-relaxed iteration on the voltages across the cells, all vectors at once."""
    relaxation = 1.0
    applied = np.repeat(voltage[:, :, None], conductance.shape[1], axis=2)
    while relaxation > 0.01:
        across, before = applied.copy(), np.inf
        while True:
            current = conductance * across
            along_word = np.cumsum(current[..., ::-1], axis=2)[..., ::-1]
            along_bit = np.cumsum(current, axis=1)
            fallen = segment * np.cumsum(along_word, axis=2)
            risen = segment * np.cumsum(along_bit[:, ::-1], axis=1)[:, ::-1]
            change = applied - fallen - risen - across
            largest = float(np.abs(change).max() / np.abs(voltage).max())
            if largest < tolerance:
                return np.asarray((conductance * across).sum(axis=1))
            if not largest < 10.0 * before:
                break
            before = min(before, largest)
            across += relaxation * change
        relaxation *= 0.98
    raise RuntimeError("the fixed-point iteration does not converge")


def by_badcrossbar(
    conductance: FloatArray, voltage: FloatArray, segment: float = SEGMENT
) -> FloatArray:
    """The peer's own answer, outputs only."""
    import badcrossbar  # noqa: PLC0415  an optional peer

    solution = badcrossbar.compute(
        voltage.T, 1.0 / conductance, segment, node_voltages=False, all_currents=False
    )
    return np.asarray(solution.currents.output).reshape(len(voltage), -1)


def by_ngspice(conductance: FloatArray, voltage: FloatArray) -> FloatArray:
    """The operating point of the netlist, which is written and read each time."""
    from ohmloom.circuits.analyses import OperatingPoint  # noqa: PLC0415  an optional peer
    from ohmloom.circuits.ngspice import simulate  # noqa: PLC0415

    array = crossbar(conductance)
    point = simulate(array.netlist(voltage[0]), OperatingPoint())
    return np.array([[point.number(f"i(vout{j})") for j in range(array.columns)]])


if __name__ == "__main__":
    main(sys.argv[1:])
