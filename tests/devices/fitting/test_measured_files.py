import h5py
import numpy as np
import pandas as pd
import pytest

from ohmloom.devices.fitting.measured_files import (
    Column,
    pulse_train_of_arc,
    read_arc2control,
    read_pulse_train,
    read_retention,
    read_sweep,
    read_table,
)
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.si import ms, uA, uS

FIELDS = np.dtype(
    [
        ("current", "f4"),
        ("voltage", "f4"),
        ("pulse_width", "f4"),
        ("read_voltage", "f4"),
        ("op_type", "u4"),
    ]
)


def written(path, text):
    path.write_text(text)
    return path


@pytest.fixture
def sweep_file(tmp_path):
    rows = [f"{i},{500 * np.sin(i / 8):.4f},{25 * np.sin(i / 8):.4f},x" for i in range(50)]
    return written(
        tmp_path / "sweep.csv", "# a comment\nt [ms],Vapp (mV),I [uA],note\n" + "\n".join(rows)
    )


def test_columns_are_found_by_name_and_read_in_their_unit(sweep_file):
    found = read_sweep(sweep_file, columns={"voltage": Column(name="Vapp")})
    assert found.time[1] == pytest.approx(1 * ms)
    assert found.voltage.max() == pytest.approx(0.5, rel=1e-2)
    assert found.current.max() == pytest.approx(25 * uA, rel=1e-2)


def test_a_missing_column_is_named_with_those_that_are_there(sweep_file):
    with pytest.raises(InvalidInput, match=r"no column for the voltage: it has 't \[ms\]', 'Vapp"):
        read_sweep(sweep_file)
    with pytest.raises(InvalidInput, match="no column 'Vx'"):
        read_sweep(sweep_file, columns={"voltage": Column(name="Vx")})


def test_a_unit_of_another_kind_or_none_is_refused(sweep_file, tmp_path):
    wrong = {"voltage": Column(name="Vapp", unit="A")}
    with pytest.raises(InvalidInput, match="is in A, but V is expected"):
        read_sweep(sweep_file, columns=wrong)
    bare = written(tmp_path / "bare.csv", "time,v [V],i [A]\n" + "0,1,2\n" * 5)
    with pytest.raises(InvalidInput, match="unit of the time is not known"):
        read_sweep(bare)
    with pytest.raises(InvalidInput, match="unknown unit"):
        read_sweep(bare, columns={"time": Column(name="time", unit="fortnight")})


def test_a_file_without_time_is_read_with_an_interval(tmp_path):
    rows = "\n".join(f"{np.sin(i):.6f};{0.1 * np.sin(i):.6f}" for i in range(20))
    file = written(tmp_path / "semicolons.csv", "v [V];i [mA]\n" + rows)
    assert read_sweep(file, interval=2 * ms).time[-1] == pytest.approx(38 * ms)
    with pytest.raises(InvalidInput, match=r"--column time=HEADER:s.*or give the interval"):
        read_sweep(file)
    timed = written(tmp_path / "timed.csv", "t [s],V [V],I [A]\n0,0,0\n1,1,1\n2,2,2\n")
    with pytest.raises(InvalidInput, match="has times of its own"):
        read_sweep(timed, interval=2 * ms)
    with pytest.raises(InvalidInput, match="interval"):
        read_sweep(file, interval=0.0)


def test_rows_that_hold_no_number_or_run_backwards_are_named_with_the_file(tmp_path):
    rows = [f"{i},{np.sin(i)},{np.sin(i) * 1e-6}" for i in range(12)]
    broken = [*rows[:4], "4,oops,1e-6", *rows[5:]]
    file = written(tmp_path / "a.csv", "t [s],v [V],i [A]\n" + "\n".join(broken))
    with pytest.raises(
        InvalidInput, match=r"a.csv, column 'v \[V\]': no number in 1 rows \(rows 5"
    ):
        read_sweep(file)
    swapped = [*rows[:4], rows[5], rows[4], *rows[6:]]
    file = written(tmp_path / "b.csv", "t [s],v [V],i [A]\n" + "\n".join(swapped))
    with pytest.raises(InvalidInput, match=r"b.csv: time does not rise in 1 rows \(rows 6\)"):
        read_sweep(file)


def test_files_that_are_no_tables_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(CorruptFile, match="no rows"):
        read_table(written(tmp_path / "empty.csv", "a,b\n"))
    with pytest.raises(CorruptFile, match=r"1 rows do not have 2 columns \(rows 2\)"):
        read_table(written(tmp_path / "cut.csv", "a,b\n1,2\n3"))
    with pytest.raises(CorruptFile, match="twice"):
        read_table(written(tmp_path / "twice.csv", "a,a\n1,2\n"))
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(CorruptFile, match="not a text file"):
        read_table(binary)


def test_pulse_trains_come_as_conductance_resistance_or_current(tmp_path):
    wanted = np.array([10, 12, 14, 12]) * uS
    as_g = "pulse,G [uS]\n0,10\n1,12\n1,14\n-1,12\n"
    as_r = "pulse,R [kohm]\n" + "".join(
        f"{p},{1e-3 / g}\n" for p, g in zip((0, 1, 1, -1), wanted, strict=True)
    )
    as_i = "pulse,I [uA]\n0,2\n1,2.4\n1,2.8\n-1,2.4\n"
    for text in (as_g, as_r, as_i):
        train = read_pulse_train(written(tmp_path / "train.csv", text), read_voltage=0.2)
        assert train.conductance == pytest.approx(wanted)
        assert train.pulses.tolist() == [0, 1, 1, -1]
    with pytest.raises(InvalidInput, match="voltage at which they were read"):
        read_pulse_train(tmp_path / "train.csv")


def test_a_retention_series_of_two_cells_is_read(tmp_path):
    text = "t [h],G [uS],cell\n1,5,0\n2,4,0\n4,3,0\n1,7,1\n2,6,1\n4,5,1\n"
    series = read_retention(written(tmp_path / "retention.csv", text))
    assert series.time.tolist() == [3600, 7200, 14400]
    assert series.conductance / uS == pytest.approx(np.array([[5, 4, 3], [7, 6, 5]]))


@pytest.fixture
def arc_file(tmp_path):
    rows = np.zeros(6, dtype=FIELDS)
    rows["op_type"] = [1, 2, 1, 3, 1, 0]
    rows["voltage"] = [0, 1.5, 0, -1.5, 0, 0]
    rows["read_voltage"] = [0.2, 0, 0.2, 0.2, 0.2, 0]
    rows["current"] = [2e-6, 0, 4e-6, 3e-6, 3e-6, 0]
    rows["pulse_width"] = 1e-6
    path = tmp_path / "dies.h5"
    with h5py.File(path, "w") as file:
        for name in ("W03B12", "W04B12"):
            table = file.create_dataset(f"crosspoints/{name}/timeseries", data=rows)
            table.attrs["NROWS"] = 5
    return path


def test_arc2control_files_give_the_series_of_every_cell(arc_file):
    cells = read_arc2control(arc_file)
    assert set(cells) == {(3, 12), (4, 12)}
    series = cells[3, 12]
    assert series["operation"].tolist() == ["read", "pulse", "read", "pulse and read", "read"]
    train = pulse_train_of_arc(series)
    assert train.pulses.tolist() == [0, 1, -1, 0]
    assert train.conductance / uS == pytest.approx([10, 20, 15, 15])


def test_hdf5_files_of_another_kind_are_refused(arc_file, tmp_path):
    with h5py.File(arc_file, "a") as file:
        file["crosspoints/W03B12/timeseries"].attrs["NROWS"] = 99
    with pytest.raises(CorruptFile, match="says 99 rows, but has 6"):
        read_arc2control(arc_file)
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(CorruptFile, match="no group 'crosspoints': it holds weights"):
        read_arc2control(other)
    with pytest.raises(CorruptFile, match="cannot be read as HDF5"):
        read_arc2control(written(tmp_path / "text.h5", "hello"))
    with pytest.raises(InvalidInput, match="no file"):
        read_arc2control(tmp_path / "none.h5")


ROWS = [(i * 1e-3, np.sin(i / 5), 1e-6 * np.sin(i / 5)) for i in range(40)]


def table(header, delimiter=",", point=".", end=""):
    rows = [delimiter.join(f"{x:.9f}".replace(".", point) for x in row) + end for row in ROWS]
    return "\n".join([header, *rows])


@pytest.mark.parametrize(
    "text",
    [
        table("t [s],V [V],I [A]"),
        table("t [s], V [V], I [A]"),
        table('"t [s]", "V [V]", "I [A]"'),
        table("t [s],V [V],I [A]", end=","),
        table("t [s],V [V],I [A],", end=","),
        table("t [s],V [V],I [A],,", end=",,"),
        table("t [s],V [V],I [A]").replace("\n", "\r\n"),
        "\ufeff" + table("t [s],V [V],I [A]"),
        table("t [s];V [V];I [A]", ";", ","),
        table("t [s]\tV [V]\tI [A]", "\t", ","),
        table('"t, ""time"" (t)";"t [s]";"V [V]";"I, i, i [A]"', ";").replace("\n", "\n7;"),
    ],
)
def test_the_same_sweep_is_read_however_the_instrument_wrote_it(tmp_path, text):
    file = tmp_path / "sweep.csv"
    file.write_bytes(text.encode())
    columns = {"current": Column(name="I, i, i")} if "I, i, i" in text else None
    found = read_sweep(file, columns=columns)
    for i, values in enumerate((found.time, found.voltage, found.current)):
        assert values == pytest.approx(np.array(ROWS)[:, i], abs=1e-9)


def test_decimal_commas_are_read_only_where_every_number_of_the_column_fits(tmp_path):
    mixed = written(tmp_path / "mixed.csv", "a;b\n1,5;1\n1.234,5;2\n")
    assert np.isnan(read_table(mixed).frame["a"]).all()
    frame = read_table(written(tmp_path / "some.csv", "a;b\n1,5;1.5\n-2;2.5\n3,5e-3;3\n")).frame
    assert frame["a"].tolist() == [1.5, -2, 3.5e-3]
    assert frame["b"].tolist() == [1.5, 2.5, 3]


def test_micro_and_ohm_are_understood_in_every_spelling(tmp_path):
    file = tmp_path / "units.csv"
    for header, encoding in (
        ("I [\N{MICRO SIGN}A]", "utf-8"),
        ("I [\N{GREEK SMALL LETTER MU}A]", "utf-8"),
        ("I [\N{MICRO SIGN}A]", "cp1252"),
    ):
        file.write_bytes(table(f"t [s],V [V],{header}").encode(encoding))
        assert read_sweep(file).current.max() / 1e-12 == pytest.approx(1.0, rel=0.01)
    text = "pulse,R [k\N{OHM SIGN}]\n" + "1,2\n" * 5
    assert read_pulse_train(written(file, text)).conductance == pytest.approx(np.full(5, 5e-4))


def test_a_temperature_is_not_taken_for_the_time_that_stands_beside_it(tmp_path):
    text = table("T [K],V [V],I [A],t [s]").replace("\n", "\n300,")
    text = text.replace("T [K],V [V],I [A],t [s]", "T [K],t [s],V [V],I [A]")
    assert read_sweep(written(tmp_path / "warm.csv", text)).time[1] == pytest.approx(1e-3)


def test_cells_that_are_no_whole_numbers_are_not_thrown_together(tmp_path):
    text = "t [s],G [uS],cell\n1,5,0.2\n2,4,0.2\n4,3,0.2\n5,7,0.7\n6,6,0.7\n7,5,0.7\n"
    with pytest.raises(InvalidInput, match="whole numbers"):
        read_retention(written(tmp_path / "cells.csv", text))


def test_pulses_that_nobody_read_are_not_counted_as_one():
    series = pd.DataFrame(
        {
            "operation": [
                "pulse",
                "pulse",
                "read",
                "pulse",
                "read",
                "pulse",
                "pulse",
                "read",
                "read",
            ],
            "voltage": [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0],
            "current": 1e-6,
            "read_voltage": 0.2,
        }
    )
    with pytest.raises(InvalidInput, match=r"1 pulses follow a pulse that nobody read \(rows 7\)"):
        pulse_train_of_arc(series)
    assert pulse_train_of_arc(series.drop(index=6)).pulses[1:].tolist() == [1, 1, 0]
