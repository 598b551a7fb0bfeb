"""How fast are the kernels for arrays of cells, beside torch and aihwkit doing the same job?

Both sides run on one thread, in one process, in turns; times are medians. Peers: torch's own normal
numbers; the in-place torch loop for a pulse with noise; the noise model `PCMLikeNoiseModel` of
aihwkit where it is installed, otherwise its published sequence of operations written down here; and
write-verify in masked rounds of torch. What counts as accuracy is said under each table. Machine
code is compiled anew in each run; what that takes is printed apart.

Run: python benchmarks/devices.py [--cells N] [--json] [--hundred-million]
"""

import os
import tempfile

os.environ["OMP_NUM_THREADS"] = "1"  # read when numpy and torch are first imported
os.environ["NUMBA_CACHE_DIR"] = tempfile.mkdtemp()  # read when numba is first imported

import argparse
import atexit
import json
import resource
import shutil
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats

from ohmloom.devices.cell_draws import CellDraws, cell_key
from ohmloom.devices.kernels.linear_step import LinearStep, apply_linear_step
from ohmloom.devices.kernels.normal import normals_of_range
from ohmloom.devices.kernels.programming import PolynomialNoise, program_cells
from ohmloom.devices.kernels.write_verify import (
    IncrementalAmplitude,
    ProportionalStep,
    write_verify_cells,
)
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.si import ms, ns, us, volt

KEY = cell_key(1, "benchmark")
STEP, NOISE, TOLERANCE = 0.01, 0.3, 0.01
PCM = (0.26348, 1.9650, -1.1731)
"""Programming noise of Nandakumar et al. (2019) [uS], in powers of target / (25 uS)."""
TURNS = 7


@dataclass(frozen=True, kw_only=True)
class Line:
    """One job, ours and the peer's."""

    job: str
    peer: str
    cells: int
    ours: float
    """Median time [s]."""
    peers: float
    """Median time [s]."""
    our_accuracy: float
    peer_accuracy: float
    measure: str
    """What the two accuracies are."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=2**20, help="number of cells (default 2^20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--hundred-million", action="store_true", help="one pass over 1e8 cells")
    asked = parser.parse_args()
    atexit.register(shutil.rmtree, os.environ["NUMBA_CACHE_DIR"])
    torch.set_num_threads(1)
    compiling = compile_times()
    if asked.hundred_million:
        large = hundred_million()
        print(json.dumps(large) if asked.json else "\n".join(f"{k}: {v}" for k, v in large.items()))
        return
    lines = [*normals(asked.cells), *pulses(asked.cells), *programming(asked.cells)]
    lines += write_verify(asked.cells)
    if asked.json:
        print(json.dumps({"compiling": compiling, "lines": [asdict(line) for line in lines]}))
        return
    print("compiling [s]: " + ", ".join(f"{k} {v:.1f}" for k, v in compiling.items()))
    print(f"{'job':<34} {'cells':>9} {'ours':>15} {'peer':>15} {'ratio':>7}  peer")
    for line in lines:
        print(
            f"{line.job:<34} {line.cells:>9} {rate(line.ours, line)} {rate(line.peers, line)} "
            f"{line.peers / line.ours:>6.1f}x  {line.peer}\n"
            f"    {line.measure}: {line.our_accuracy:.6g}, peer {line.peer_accuracy:.6g}"
        )


def rate(seconds: float, line: Line) -> str:
    """Time and cells per second."""
    return f"{seconds / ms:>7.2f} ms {line.cells / seconds / 1e6:>4.0f} M/s"


def race(*jobs: Callable[[], object]) -> list[float]:
    """Median time of each job, the jobs taking turns after one call each to warm up [s]."""
    times: list[list[float]] = [[] for _ in jobs]
    for job in jobs:
        job()
    for _ in range(TURNS):
        for job, taken in zip(jobs, times, strict=True):
            start = time.perf_counter()
            job()
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken) for taken in times]


def compile_times() -> dict[str, float]:
    """First call of each kernel, in float32 [s]."""
    few = np.full(10, 0.5, dtype=np.float32)
    jobs: dict[str, Callable[[], object]] = {
        "normals": lambda: our_normals(few),
        "linear step": lambda: pulse(few, 1),
        "programming": lambda: program(few, few),
        "write-verify": lambda: verify(few, few, proportional()),
    }
    times = {}
    for name, job in jobs.items():
        start = time.perf_counter()
        job()
        times[name] = time.perf_counter() - start
    return times


def our_normals(out: NDArray[np.float32]) -> None:
    """Normal numbers of the cells 0, 1, ..."""
    normals_of_range(out, 0, np.uint64(1), np.uint64(0), np.uint64(KEY.value))


def tail(numbers: NDArray[Any]) -> float:
    """Numbers beyond 4 sigma, relative to the expectation [1]."""
    return float((np.abs(numbers) > 4.0).sum() / (numbers.size * 2.0 * stats.norm.sf(4.0)))


def normals(cells: int) -> list[Line]:
    """Normal numbers alone, float32."""
    out, theirs = np.empty(cells, dtype=np.float32), torch.empty(cells)
    ours, peers = race(lambda: our_normals(out), theirs.normal_)
    many = CellDraws(KEY, 1, range(30_000_000)).standard_normal((30_000_000,), np.float32)
    return [
        Line(
            job="normal numbers",
            peer="torch.Tensor.normal_",
            cells=cells,
            ours=ours,
            peers=peers,
            our_accuracy=tail(many),
            peer_accuracy=tail(torch.randn(30_000_000).numpy()),
            measure="found / expected beyond 4 sigma in 3e7 numbers, +-0.023",
        )
    ]


def pulse(conductance: NDArray[np.float32], count: int) -> None:
    """Soft bounds 0 to 1."""
    apply_linear_step(
        conductance,
        LinearStep(
            step_up=STEP,
            slope_up=-STEP,
            step_down=0.0,
            slope_down=-STEP,
            scale=1.0,
            noise=NOISE,
            lowest=0.0,
            highest=1.0,
        ),
        direction=1,
        key=KEY,
        event=2,
        call=0,
        first_cell=0,
        pulses=count,
    )


def pulse_in_torch(conductance: torch.Tensor) -> None:
    """The same with whole-array operations in place."""
    step = torch.randn_like(conductance).mul_(STEP * NOISE).add_(STEP)
    conductance.add_(step.mul_(1.0 - conductance)).clamp_(0.0, 1.0)


def spread_error(change: NDArray[Any]) -> float:
    """Spread of the first steps from 0.3, relative to the expectation, minus one [1]."""
    return float(change.std(dtype=np.float64) / (0.7 * STEP * NOISE) - 1.0)


def pulses(cells: int) -> list[Line]:
    """One pulse and ten pulses per pass."""
    ours, theirs = np.full(cells, 0.3, dtype=np.float32), torch.full((cells,), 0.3)
    pulse(ours, 1)
    pulse_in_torch(theirs)
    accuracy = spread_error(ours - 0.3), spread_error(theirs.numpy() - 0.3)
    one, ten, peers = race(
        lambda: pulse(ours, 1), lambda: pulse(ours, 10), lambda: pulse_in_torch(theirs)
    )
    return [
        Line(
            job=job,
            peer="in-place torch",
            cells=cells * count,
            ours=taken,
            peers=peers * count,
            our_accuracy=accuracy[0],
            peer_accuracy=accuracy[1],
            measure="spread of the first step / expected - 1",
        )
        for job, count, taken in (("one pulse", 1, one), ("ten pulses in one pass", 10, ten))
    ]


def program(target: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Programming noise of PCM, in uS as aihwkit has it."""
    noise = PolynomialNoise(coefficients=PCM, g_max=25.0)
    program_cells(target, noise, key=KEY, event=3, call=0, first_cell=0, out=out)


def published_sequence(target: torch.Tensor) -> torch.Tensor:
    """Programming noise, operation by operation, where aihwkit is not installed."""
    power, spread = torch.ones_like(target), torch.full_like(target, PCM[0])
    for coefficient in PCM[1:]:
        power = power * (target / 25.0)
        spread = spread + coefficient * power
    return (target + spread * torch.randn_like(target)).clamp(min=0.0)


def programming(cells: int) -> list[Line]:
    """One attempt to program PCM cells."""
    target = np.random.default_rng(0).uniform(5.0, 25.0, cells).astype(np.float32)
    out, same = np.empty_like(target), torch.from_numpy(target)
    weights = torch.from_numpy(target).repeat(2)[: cells // 2] - 15.0
    share = target.astype(np.float64) / 25.0
    spread = PCM[0] + PCM[1] * share + PCM[2] * share**2
    peers: list[tuple[str, int, Callable[[], object]]]
    try:
        from aihwkit.inference.noise.pcm import PCMLikeNoiseModel  # noqa: PLC0415  may be missing
    except ImportError:
        peers = [("torch, the sequence of aihwkit", cells, lambda: published_sequence(same))]
        drawn = published_sequence(same)
    else:
        model = PCMLikeNoiseModel()
        drawn = model.apply_programming_noise_to_conductance(same)
        peers = [
            (
                "aihwkit, the polynomial alone",
                cells,
                lambda: model.apply_programming_noise_to_conductance(same),
            ),
            (
                "aihwkit, weights: converts them and draws drift exponents too",
                2 * (cells // 2),
                lambda: model.apply_programming_noise(weights),
            ),
        ]
    taken = race(lambda: program(target, out), *(job for _, _, job in peers))
    return [
        Line(
            job="PCM programming noise",
            peer=name,
            cells=cells,
            ours=taken[0],
            peers=time_taken * cells / devices,
            our_accuracy=float(((out - target) / spread).std() - 1.0),
            peer_accuracy=float(((drawn.numpy() - target) / spread).std() - 1.0),
            measure="spread / polynomial - 1",
        )
        for (name, devices, _), time_taken in zip(peers, taken[1:], strict=True)
    ]


def proportional() -> ProportionalStep:
    """Each pulse closes about 45 % of the distance."""
    return ProportionalStep(share=0.45, cycle_noise=NOISE, voltage=2 * volt, width=100 * ns)


def incremental() -> IncrementalAmplitude:
    """The response of an HfO2 array to the pulses of NeuRRAM, 1.2 to 3.3 V."""
    cell, voltage = gong_2022(), np.linspace(1.2, 3.3, 22)
    return IncrementalAmplitude(
        up=cell.amplitude(voltage),
        down=cell.amplitude(voltage),
        voltage_up=voltage,
        voltage_down=voltage,
        width=1 * us,
        full_step=cell.full_step,
        cycle_noise=cell.cycle_noise,
    )


def verify(
    conductance: NDArray[np.float32],
    target: NDArray[np.float32],
    rule: ProportionalStep | IncrementalAmplitude,
) -> Any:
    """Write-verify from 0 to 1, within 1 % of the range, exact readings."""
    return write_verify_cells(
        conductance,
        target,
        rule,
        tolerance=TOLERANCE,
        read_noise=0.0,
        most_pulses=100,
        strength=1.0,
        lowest=0.0,
        highest=1.0,
        key=KEY,
        event=4,
        first_cell=0,
    )


def verify_in_torch(
    conductance: torch.Tensor, target: torch.Tensor, rule: ProportionalStep | IncrementalAmplitude
) -> tuple[int, int]:
    """The same in masked rounds over all cells; returns pulses and rounds."""
    pulses, rounds = 0, 0
    last = 21
    if isinstance(rule, IncrementalAmplitude):
        table = torch.from_numpy(np.log1p(-rule.full_step) * rule.up).to(torch.float32)
        code, direction = torch.zeros_like(target, dtype=torch.int64), torch.zeros_like(target)
    while True:
        distance = target - conductance
        still_open = distance.abs() > TOLERANCE
        count = int(still_open.sum())
        if count == 0 or rounds == 100:
            return pulses, rounds
        pulses, rounds = pulses + count, rounds + 1
        noise = torch.randn_like(conductance).mul_(rule.cycle_noise).add_(1.0)
        if isinstance(rule, ProportionalStep):
            after = (conductance + distance.mul_(rule.share).mul_(noise)).clamp_(0.0, 1.0)
        else:
            now = distance.sign()
            code = torch.where(now == direction, (code + 1).clamp_(max=last), 0)
            direction = now
            fraction = -torch.expm1(table[code])
            bound = (now > 0).to(torch.float32)
            after = conductance + (fraction * noise).clamp_(0.0, 1.0) * (bound - conductance)
        conductance.copy_(torch.where(still_open, after, conductance))


def write_verify(cells: int) -> list[Line]:
    """Both rules, from and to conductances anywhere in the range."""
    rng = np.random.default_rng(0)
    begin, target = rng.uniform(0.0, 1.0, (2, cells)).astype(np.float32)
    lines = []
    for name, rule in (("proportional", proportional()), ("growing pulses", incremental())):
        ours, theirs = begin.copy(), torch.from_numpy(begin.copy())
        goal = torch.from_numpy(target)

        def run(mine: Any = ours, rule: Any = rule) -> Any:
            np.copyto(mine, begin)
            return verify(mine, target, rule)

        def run_torch(mine: Any = theirs, rule: Any = rule, goal: Any = goal) -> tuple[int, int]:
            mine.copy_(torch.from_numpy(begin))
            return verify_in_torch(mine, goal, rule)

        taken, peers = race(run, run_torch)
        done, (pulses, rounds) = run(), run_torch()
        lines.append(
            Line(
                job=f"write-verify, {name}",
                peer=f"torch, {pulses / cells:.2f} pulses per cell in {rounds} rounds; ours "
                f"{done.pulses.mean():.2f}, at most {done.pulses.max()}",
                cells=cells,
                ours=taken,
                peers=peers,
                our_accuracy=float(np.abs(ours - target).max()),
                peer_accuracy=float((theirs - goal).abs().max()),
                measure=f"largest distance from the target, {TOLERANCE} allowed",
            )
        )
    return lines


def hundred_million() -> dict[str, float]:
    """One pulse on 1e8 cells in float32, and what memory it takes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cells = np.full(100_000_000, 0.3, dtype=np.float32)
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (taken,) = race(lambda: pulse(cells, 1))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "one pass over 1e8 cells [s]": round(taken, 3),
        "cells per second [M/s]": round(100.0 / taken, 1),
        "peak memory before [MB]": round(before / 1024, 1),
        "with the array [MB]": round(held / 1024, 1),
        "after the passes [MB]": round(after / 1024, 1),
    }


if __name__ == "__main__":
    main()
