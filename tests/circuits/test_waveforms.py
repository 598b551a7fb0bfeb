"""Waveforms: named, whole, saved, drawn."""

import numpy as np
import pytest

from ohmloom.circuits.waveforms import Axis, Waveforms
from ohmloom.errors import CorruptFile, InvalidInput

TIME = np.linspace(0.0, 1e-3, 11)
WAVES = Waveforms(
    axis=Axis(name="time", unit="s", values=TIME),
    traces={"out": np.sin(TIME), "other": np.cos(TIME), "i(vdd)": 1e-12 * TIME},
    units={"out": "V", "other": "V", "i(vdd)": "A"},
)
NESTED = Waveforms(
    axis=Axis(name="vg", unit="V", values=np.arange(3.0)),
    outer=Axis(name="temp", unit="K", values=np.array([280.0, 300.0])),
    traces={"i(vd)": np.arange(6.0).reshape(2, 3)},
    units={"i(vd)": "A"},
)
RESPONSE = Waveforms(
    axis=Axis(name="frequency", unit="Hz", values=np.logspace(0, 3, 4)),
    traces={"out": np.array([1.0, 0.5j, 0.1, 0.01])},
    units={"out": "V"},
    totals={"onoise_total": 3e-6},
)
POINT = Waveforms(axis=None, traces={"a": np.array([0.25])}, units={"a": "V"})


@pytest.mark.parametrize("waves", [WAVES, NESTED, RESPONSE, POINT])
def test_what_is_saved_is_loaded_to_the_last_bit(tmp_path, waves):
    waves.save(tmp_path / "waves.npz")
    back = Waveforms.load(tmp_path / "waves.npz")
    assert list(back) == list(waves)
    assert back.units == waves.units
    assert back.totals == waves.totals
    for name in waves:
        assert back[name].dtype == waves[name].dtype
        assert (back[name] == waves[name]).all()
    for which in ("axis", "outer"):
        here, there = getattr(waves, which), getattr(back, which)
        assert (here is None) == (there is None)
        if here is not None:
            assert (here.name, here.unit) == (there.name, there.unit)
            assert (here.values == there.values).all()


def test_a_damaged_file_or_another_one_is_refused(tmp_path):
    file = tmp_path / "waves.npz"
    WAVES.save(file)
    whole = file.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"something else"):
        file.write_bytes(content)
        with pytest.raises(CorruptFile, match="write it anew"):
            Waveforms.load(file)
    np.savez(file, header=np.array('{"kind": "other", "schema": 1}'))
    with pytest.raises(CorruptFile, match="holds other"):
        Waveforms.load(file)
    with pytest.raises(FileNotFoundError):
        Waveforms.load(tmp_path / "nothing.npz")


def test_traces_are_found_without_regard_to_case_and_unknown_ones_say_what_there_is():
    assert (WAVES["OUT"] == WAVES["out"]).all()
    assert "I(VDD)" in WAVES
    with pytest.raises(InvalidInput, match="no trace 'ouut'; did you mean out"):
        WAVES["ouut"]
    with pytest.raises(InvalidInput, match="complex"):
        RESPONSE.real("out")
    with pytest.raises(InvalidInput, match="11 values"):
        WAVES.number("out")
    with pytest.raises(InvalidInput, match="do not run over time"):
        _ = RESPONSE.time
    assert POINT.number("a") == 0.25


def test_traces_that_do_not_fit_the_axes_or_have_no_unit_are_refused():
    axis = Axis(name="time", unit="s", values=TIME)
    with pytest.raises(InvalidInput, match=r"shape \(3,\)"):
        Waveforms(axis=axis, traces={"a": np.zeros(3)}, units={"a": "V"})
    with pytest.raises(InvalidInput, match="no unit"):
        Waveforms(axis=axis, traces={"a": np.zeros(11)}, units={})


def test_a_table_has_a_row_for_each_point_and_units_in_its_columns():
    assert list(WAVES.to_frame()) == ["time [s]", "out [V]", "other [V]", "i(vdd) [A]"]
    nested = NESTED.to_frame()
    assert nested["temp [K]"].tolist() == [280.0] * 3 + [300.0] * 3
    assert nested["vg [V]"].tolist() == [0.0, 1.0, 2.0] * 2
    assert nested["i(vd) [A]"].tolist() == list(np.arange(6.0))


def test_a_plot_has_units_with_prefixes_and_draws_what_was_asked():
    axes = WAVES.plot(["i(vdd)"])
    assert axes.get_xlabel() == "time [ms]"
    assert axes.get_ylabel() == "i(vdd) [fA]"
    (line,) = axes.get_lines()
    assert line.get_ydata()[-1] == pytest.approx(1.0)
    assert len(WAVES.plot().get_lines()) == 2
    assert RESPONSE.plot().get_xscale() == "log"
    assert len(NESTED.plot().get_lines()) == 2
    with pytest.raises(InvalidInput, match="axes of their own"):
        WAVES.plot(["out", "i(vdd)"])
    with pytest.raises(InvalidInput, match="no axis"):
        POINT.plot()
