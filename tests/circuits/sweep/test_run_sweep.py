"""A sweep survives: crashes, kills, hangs, full disks; and gives the same numbers every time."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ohmloom.circuits.sweep import dataset, run_sweep
from ohmloom.circuits.sweep.dataset import SweepFolder, read_table
from ohmloom.circuits.sweep.spec import Engine, Points, Range, SweepSpec, Values
from ohmloom.errors import CannotWrite, CorruptFile, InvalidInput, MissingDependency

CHEAP = SweepSpec(
    circuit="swept:cheap",
    engine=Engine.THEORY,
    measures=("response",),
    parameters={
        "gain": Values(values=(1.0, 2.0, 3.0)),
        "current": Range(low=1e-12, high=9e-12),
    },
    design_points=40,
    corners=("tt", "ss"),
)


def expected(spec):
    columns = Points(spec).columns(np.arange(Points(spec).count))
    slow = np.where(columns["corner"] == "ss", 0.5, 1.0)
    return slow * np.sin(columns["current"] * 1e12) * columns["gain"] + columns["temperature"]


def test_every_point_has_its_row_with_what_was_asked_and_what_came(tmp_path):
    told = []
    table = run_sweep(CHEAP, out=tmp_path / "out", workers=2, progress=told.append)
    assert len(table) == 240
    assert table["point"].tolist() == list(range(240))
    assert table["response"].to_numpy() == pytest.approx(expected(CHEAP), rel=1e-14)
    assert (table["error"] == "").all()
    assert table.attrs["units"] == {
        "temperature": "K", "gain": "1", "current": "A", "response": "V"
    }  # fmt: skip
    assert told[0] == 0.0
    assert told[-1] == 1.0
    assert told == sorted(told)


def test_results_are_the_same_for_any_number_of_workers(tmp_path):
    tables = [run_sweep(CHEAP, out=tmp_path / str(n), workers=n) for n in (1, 2, 4)]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other, check_exact=True)


def test_a_finished_sweep_is_not_run_again(tmp_path, monkeypatch):
    first = run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    monkeypatch.setattr("ohmloom.circuits.sweep.run._locally", None)
    again = run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_a_point_that_fails_crashes_or_hangs_is_a_row_and_costs_no_other(tmp_path):
    spec = replace(
        CHEAP,
        parameters={"gain": Values(values=(12.0, 13.0, 14.0, 15.0, 16.0))},
        design_points=0,
        corners=(),
        time_limit=1.0,
    )
    table = run_sweep(spec, out=tmp_path / "out", workers=1)
    assert table["response"].isna().tolist() == [False, True, True, True, False]
    errors = table["error"].tolist()
    assert errors[0] == errors[4] == ""
    assert "thirteen brings bad luck" in errors[1]
    assert "SIGKILL" in errors[2]
    assert "no answer within 1 s" in errors[3]
    kept = run_sweep(spec, out=tmp_path / "out", workers=1)
    pd.testing.assert_frame_equal(table, kept, check_exact=True)


def test_failed_points_are_tried_again_when_asked(tmp_path):
    spec = replace(
        CHEAP, parameters={"gain": Values(values=(12.0, 13.0))}, design_points=0, corners=()
    )
    run_sweep(spec, out=tmp_path / "out", workers=1)
    # As if the reason were gone: the failed row is measured, and marked anew.
    table = run_sweep(spec, out=tmp_path / "out", workers=1, retry_failed=True)
    assert table["point"].tolist() == [0, 1]
    assert "thirteen" in table["error"][1]


SCRIPT = """
import sys
from ohmloom.circuits.sweep import run_sweep
from ohmloom.circuits.sweep.spec import Engine, SweepSpec, Values
import numpy as np
if __name__ == "__main__":
    spec = SweepSpec(
        circuit="swept:cheap", engine=Engine.THEORY, measures=("response",),
        parameters={"current": Values(values=tuple(np.linspace(1e-12, 9e-12, 400))),
                    "pause": Values(values=(0.01,))},
    )
    table = run_sweep(spec, out=sys.argv[1], workers=2)
    table.to_pickle(sys.argv[2])
"""


def pieces_in(folder):
    """Names of the pieces that are written so far."""
    return {piece.name for piece in folder.glob("rows-*.parquet")}


@pytest.mark.slow
def test_a_sweep_that_is_killed_at_any_moment_ends_as_if_it_had_not_been(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def start(folder):
        return subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / folder), str(tmp_path / f"{folder}.pkl")],
            start_new_session=True,
        )

    assert start("whole").wait(timeout=120) == 0
    rng = np.random.default_rng(3)
    counts = []
    for kill in range(6):
        process = start("killed")
        before = pieces_in(tmp_path / "killed")
        time.sleep(float(rng.uniform(0.5, 3.0)))
        if kill % 2 == 1:
            # On a busy machine the start alone takes longer: kill it in the middle of its work.
            deadline = time.monotonic() + 60.0
            while (
                process.poll() is None
                and pieces_in(tmp_path / "killed") == before
                and time.monotonic() < deadline
            ):
                time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        counts.append(sum(1 for _ in (tmp_path / "killed").glob("rows-*.parquet")))
        if (tmp_path / "killed" / "manifest.json").exists():
            counts[-1] = len(read_table(tmp_path / "killed"))
    assert counts == sorted(counts)
    assert counts[-1] > 0
    assert start("killed").wait(timeout=120) == 0
    whole, killed = (pd.read_pickle(tmp_path / f"{name}.pkl") for name in ("whole", "killed"))
    pd.testing.assert_frame_equal(whole, killed, check_exact=True)
    pieces = (tmp_path / "killed").glob("rows-*.parquet")
    assert sum(len(pd.read_parquet(piece)) for piece in pieces) == 400  # none twice


def test_pieces_are_gathered_and_a_crash_in_between_counts_no_row_twice(tmp_path):
    folder = SweepFolder(tmp_path / "out", CHEAP, {"response": "V"})
    folder.open()
    table = run_sweep(CHEAP, out=tmp_path / "whole", workers=1)
    results = [
        dataset.PointResult(number=int(row.point), values=(row.response,), error=row.error)
        for row in table.itertuples()
    ]
    for start in range(0, 240, 3):
        folder.append(results[start : start + 3])
    before = folder.table()
    pieces = sorted((tmp_path / "out").glob("rows-*.parquet"))
    kept = {piece.name: piece.read_bytes() for piece in pieces}
    folder.gather()
    assert len(list((tmp_path / "out").glob("rows-*.parquet"))) == 1
    pd.testing.assert_frame_equal(folder.table(), before, check_exact=True)
    for name, content in kept.items():
        (tmp_path / "out" / name).write_bytes(content)
    pd.testing.assert_frame_equal(folder.table(), before, check_exact=True)


def test_a_full_disk_is_said_and_finished_points_are_kept(tmp_path, monkeypatch):
    written = []
    write = dataset.write_bytes

    def until_full(path, content):
        if len(written) >= 2:
            raise CannotWrite(f"cannot write the file {path}: No space left on device")
        written.append(path)
        write(path, content)

    monkeypatch.setattr(dataset, "write_bytes", until_full)
    monkeypatch.setattr("ohmloom.circuits.sweep.run.FLUSH_TIME", 0.0)
    with pytest.raises(CannotWrite, match="No space left"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    monkeypatch.undo()
    kept = read_table(tmp_path / "out")
    assert 0 < len(kept) < 240
    whole = run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    assert whole["response"].to_numpy() == pytest.approx(expected(CHEAP), rel=1e-14)


def test_a_folder_with_another_sweep_or_other_files_is_refused_and_kept(tmp_path):
    run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    before = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    with pytest.raises(InvalidInput, match=r"another sweep: its seed is 0, and 1 is asked for"):
        run_sweep(replace(CHEAP, seed=1), out=tmp_path / "out", workers=1)
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    with pytest.raises(InvalidInput, match=r"not empty \(thesis.tex\)"):
        run_sweep(CHEAP, out=tmp_path / "other", workers=1)


def test_a_damaged_folder_says_which_file(tmp_path):
    run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    piece = next((tmp_path / "out").glob("rows-*.parquet"))
    whole = piece.read_bytes()
    piece.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorruptFile, match=f"{piece.name} is damaged"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    piece.write_bytes(whole)
    manifest = tmp_path / "out" / "manifest.json"
    manifest.write_text(manifest.read_text()[:50])
    with pytest.raises(CorruptFile, match=r"manifest.json is damaged"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=1)


def test_the_manifest_says_what_was_asked_and_by_which_versions(tmp_path):
    run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    held = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert held["points"] == 240
    assert held["asked"]["circuit"] == "swept:cheap"
    assert held["units"]["response"] == "V"
    assert held["provenance"]["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"circuit": "swept:nothing"}, "cannot be made"),
        ({"circuit": "swept:no_circuit"}, "returns a int, which is no circuit"),
        ({"measures": ("respons",)}, "no measure 'respons'; did you mean response"),
        ({"technology": "tsmc"}, "no technology 'tsmc'; there are generic"),
        ({"corners": ("xx",)}, "no corner 'xx'"),
        ({"parameters": {"gian": Values(values=(1.0,))}, "design_points": 0}, "did you mean gain"),
        ({"samples": 3}, "no samples of mismatch"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_written(tmp_path, changes, message):
    with pytest.raises(InvalidInput, match=message):
        run_sweep(replace(CHEAP, **changes), out=tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_too_many_points_and_too_few_workers_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="240 points, more than 100"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=1, most_points=100)
    with pytest.raises(InvalidInput, match="at least one worker"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def test_without_ngspice_the_message_says_what_to_install_and_that_theory_needs_none(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("ohmloom.circuits.sweep.run.library_loads", lambda: False)
    spec = SweepSpec(circuit="tau_cell", measures=("time_constant",))
    with pytest.raises(MissingDependency, match="apt-get install libngspice0"):
        run_sweep(spec, out=tmp_path / "out", workers=1)
    table = run_sweep(replace(spec, engine=Engine.THEORY), out=tmp_path / "out", workers=1)
    assert table["time_constant"][0] == pytest.approx(5.17e-3, rel=1e-2)


def test_a_cluster_that_does_not_answer_is_said(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("ohmloom.circuits.sweep.cluster.CONNECT_TIME", 0.5)
    with pytest.raises(InvalidInput, match="no Dask scheduler answers"):
        run_sweep(CHEAP, out=tmp_path / "out", workers=1, cluster="tcp://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_cluster_gives_what_one_machine_gives_and_loses_one_point_to_a_crash(tmp_path):
    distributed = pytest.importorskip("distributed")
    spec = replace(
        CHEAP,
        parameters={"gain": Values(values=(12.0, 14.0, *np.linspace(20.0, 30.0, 120)))},
        design_points=0,
    )
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        there = run_sweep(
            spec, out=tmp_path / "there", workers=2, cluster=cluster.scheduler_address
        )
    here = run_sweep(spec, out=tmp_path / "here", workers=1)
    pd.testing.assert_frame_equal(here, there, check_exact=True)
    assert (there["error"] != "").sum() == 2  # once for each corner


@pytest.mark.slow
def test_a_hundred_thousand_points_run_in_flat_memory(tmp_path):
    import resource

    def memory():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    small = replace(CHEAP, parameters={"current": Range(low=1e-12, high=9e-12)}, corners=())
    run_sweep(replace(small, design_points=20_000), out=tmp_path / "small", workers=2)
    before = memory()
    table = run_sweep(replace(small, design_points=100_000), out=tmp_path / "large", workers=2)
    assert len(table) == 100_000
    # The table itself is some ten megabytes.
    assert memory() - before < 80_000  # kB


NEURON = SweepSpec(
    circuit="tau_cell",
    measures=("time_constant", "gain"),
    parameters={"capacitance": Values(values=(1e-12, 2e-12))},
    temperatures=(280.0, 320.0),
    samples=3,
    seed=5,
)


@pytest.mark.spice
def test_a_simulated_sweep_is_the_same_for_one_and_two_workers_and_when_it_goes_on(tmp_path):
    one = run_sweep(NEURON, out=tmp_path / "one", workers=1)
    two = run_sweep(NEURON, out=tmp_path / "two", workers=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    for piece in (tmp_path / "one").glob("rows-*.parquet"):
        frame = pd.read_parquet(piece)
        frame[frame["point"] % 3 == 1].to_parquet(piece, index=False)
    again = run_sweep(NEURON, out=tmp_path / "one", workers=1)
    pd.testing.assert_frame_equal(one, again, check_exact=True)
    assert one["time_constant"].notna().all()
    # A sample is one chip: twice the capacitance is twice the time constant, deviations included.
    wide = one.set_index(["temperature", "sample", "capacitance"])["time_constant"].unstack()
    assert (wide[2e-12] / wide[1e-12]).to_numpy() == pytest.approx(np.full(6, 2.0), rel=0.03)
    assert one.groupby("sample")["time_constant"].mean().nunique() == 3


@pytest.mark.spice
def test_a_netlist_of_the_users_own_is_swept(tmp_path):
    file = tmp_path / "rc.cir"
    file.write_text(
        "* low-pass\n.param r=1k c=1u\nVin in 0 PULSE(0 1 0 1n 1n 1)\nR1 in out {r}\n"
        "C1 out 0 {c}\n.tran 10u 5m\n.end\n"
    )
    from ohmloom.circuits.sweep.sweep_file import read_sweep_file

    text = Path(tmp_path / "rc.toml")
    text.write_text(
        'netlist = "rc.cir"\n'
        'measures = [{ measure = "time_constant", trace = "out", start = "0 s", stop = "5 ms" }]\n'
        '[parameters]\nr = ["1 kohm", "2 kohm"]\n'
    )
    table = run_sweep(read_sweep_file(text), out=tmp_path / "out", workers=1)
    assert table["time_constant"].to_numpy() == pytest.approx([1e-3, 2e-3], rel=1e-2, abs=0)


def test_a_process_is_replaced_before_what_the_simulator_keeps_adds_up(tmp_path, monkeypatch):
    from ohmloom.circuits.engines.isolated import IsolatedSimulator
    from ohmloom.circuits.sweep import points

    monkeypatch.setattr(points, "MOST_ANSWERS", 100)
    closed = []
    close = IsolatedSimulator.close
    monkeypatch.setattr(
        IsolatedSimulator, "close", lambda self: (closed.append(self.answers), close(self))[1]
    )
    table = run_sweep(CHEAP, out=tmp_path / "out", workers=1)
    assert table["response"].to_numpy() == pytest.approx(expected(CHEAP), rel=1e-14)
    assert sum(1 for answers in closed if answers > 100) >= 1
