"""Sweep files: what they say, and what is refused."""

import pytest

from ohmloom.circuits.analyses import Transient
from ohmloom.circuits.sweep.spec import Design, Engine, Range, Values
from ohmloom.circuits.sweep.sweep_file import read_sweep_file
from ohmloom.errors import CorruptFile, InvalidInput

WHOLE = """
circuit = "dpi_neuron"
technology = "generic"
engine = "ngspice"
measures = ["rate", "time_constant"]
corners = ["tt", "ss"]
temperatures = ["0 degC", "300 K"]
samples = 10
seed = 3
time_limit = "20 s"

[parameters]
duration = "200 ms"
threshold_voltage = ["450 mV", "0.5 V"]
leak_current = { from = "1 pA", to = "16 pA", points = 3, scale = "log" }
input_current = { low = "50 pA", high = "1 nA", scale = "log" }
refractory_current = { from = "10 pA", to = "20 pA", points = 3 }

[design]
kind = "sobol"
points = 8

[options]
reltol = 1e-5
"""


def write(folder, text, name="sweep.toml"):
    file = folder / name
    file.write_text(text)
    return file


def test_a_whole_file_is_read(tmp_path):
    spec = read_sweep_file(write(tmp_path, WHOLE))
    assert spec.circuit == "dpi_neuron"
    assert spec.engine is Engine.NGSPICE
    assert spec.temperatures == (273.15, 300.0)
    assert spec.time_limit == 20.0
    assert spec.design is Design.SOBOL
    assert spec.options == {"reltol": 1e-5}
    assert spec.parameters["duration"] == Values(values=(0.2,))
    assert spec.parameters["threshold_voltage"].values == pytest.approx((0.45, 0.5))
    leak = spec.parameters["leak_current"]
    assert leak.values == pytest.approx((1e-12, 4e-12, 16e-12), rel=1e-12, abs=0)
    assert leak.logarithmic
    assert spec.parameters["refractory_current"].values == pytest.approx(
        (10e-12, 15e-12, 20e-12), rel=1e-12, abs=0
    )
    spread = spec.parameters["input_current"]
    assert isinstance(spread, Range)
    assert (spread.low, spread.high) == pytest.approx((50e-12, 1e-9), rel=1e-12, abs=0)


def test_a_netlist_brings_its_parameters_and_gets_measures_and_an_analysis(tmp_path):
    text = """
netlist = "rc.cir"
measures = [
    { measure = "time_constant", trace = "out", start = "0 s", stop = "2 ms" },
    { name = "end", measure = "value", trace = "out" },
]
[parameters]
r = [1e3, "2 kohm"]
[analysis]
kind = "transient"
stop = "5 ms"
step = "10 us"
"""
    spec = read_sweep_file(write(tmp_path, text))
    assert spec.netlist == tmp_path / "rc.cir"
    assert spec.measure_names == ("time_constant", "end")
    assert spec.named_measures[0].parameters == {"trace": "out", "start": 0.0, "stop": 2e-3}
    assert spec.parameters["r"].values == (1000.0, 2000.0)
    assert isinstance(spec.analysis, Transient)
    assert (spec.analysis.stop, spec.analysis.step) == pytest.approx((5e-3, 1e-5))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"dpi_neuron"', '"dpi_neurone"', "no circuit 'dpi_neurone'; did you mean dpi_neuron"),
        ('"dpi_neuron"', '"no.such:thing"', "cannot be made"),
        ("samples", "sample", "no key 'sample'; did you mean samples"),
        ("leak_current =", "leek_current =", "no parameter 'leek_current'; did you mean leak_c"),
        ('"1 pA"', '"1 pV"', "leak_current: '1 pV' is in V, but A is expected"),
        ('"1 pA"', '"1 pX"', "unknown unit 'pX'"),
        ('"1 pA"', "1e-12", "write 1e-12 with its unit"),
        ("points = 3, scale", "points = 0, scale", "a grid of 0 points"),
        ('scale = "log" }\nrefr', 'scale = "loge" }\nrefr', "neither 'linear' nor 'log'"),
        ('to = "16 pA", ', "", "leak_current needs to"),
        ('"sobol"', '"sobel"', "design.kind 'sobel' is none of latin hypercube, sobol"),
        ('"0 degC"', '"0 degF"', "unknown unit 'degF'"),
        ("samples = 10", 'samples = "ten"', "must be a whole number"),
        ('["tt", "ss"]', '"tt"', "must be a list"),
        ('"ngspice"', '"spectre"', "is none of ngspice, theory"),
        ('circuit = "dpi_neuron"', "", "either circuit = ... or netlist"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_could(tmp_path, old, new, message):
    assert old in WHOLE
    with pytest.raises(InvalidInput) as caught:
        read_sweep_file(write(tmp_path, WHOLE.replace(old, new, 1)))
    assert message in str(caught.value)


def test_files_that_are_not_there_or_no_toml_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match="cannot read"):
        read_sweep_file(tmp_path / "nothing.toml")
    with pytest.raises(CorruptFile, match="no TOML"):
        read_sweep_file(write(tmp_path, "circuit = "))
