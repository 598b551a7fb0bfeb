"""What the catalogue says of itself."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from ohmloom.analysis.device_description import (
    DeviceKind,
    _parameters,
    describe_device,
    device_kind,
    device_model,
    device_names,
    field_texts,
    spoken,
)
from ohmloom.devices import catalogue
from ohmloom.devices.fitting.model_parameters import parameter_values
from ohmloom.errors import InvalidInput
from ohmloom.si import eV, nm, parse

NAMES = device_names()


def test_every_name_of_the_catalogue_is_there_once():
    assert len(NAMES) == len(set(NAMES))
    assert set(NAMES) == {
        *catalogue.MEMRISTORS,
        *catalogue.STATISTICS,
        *catalogue.PULSE_UPDATES,
        *catalogue.CYCLES,
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_described_with_all_its_numbers_and_what_they_mean(name):
    device = describe_device(name)
    assert device.summary.endswith(".")
    assert device.family
    assert device.range
    assert device.variables
    assert all(module.text for module in device.modules)
    found = {each.name: each for each in device.parameters}
    for parameter, value in parameter_values(device_model(name)).items():
        assert found[parameter].value == value
    for each in device.parameters:
        assert each.meaning, f"{name}.{each.name} has no docstring below it"
        assert each.shown


@pytest.mark.parametrize("value", [0.0, 1.0, -1.3, 999.9995, 1e3, 2.5e-8, 4.7e-15, 7e10])
@pytest.mark.parametrize("unit", ["V", "A", "S", "ohm", "s", "m", "Hz"])
def test_what_is_spoken_is_read_back(value, unit):
    # The other direction is `ohmloom.si.parse`, written before and apart. Minus a minute is none.
    assert parse(spoken(value, unit), unit) == pytest.approx(
        value, rel=5e-3 if unit == "s" else 1e-5
    )


def test_units_without_prefix_ratios_and_energies_are_spoken_plainly():
    assert spoken(5e-4, "m/s") == "0.0005 m/s"
    assert spoken(300.0, "K") == "300 K"
    assert spoken(1.36 * eV, "J") == "1.36 eV"
    assert spoken(-0.0, "V") == "0 V"
    assert spoken(0.02, None) == "0.02"
    assert spoken(math.inf, "V") == "inf V"


def test_units_stand_in_the_docstrings_of_the_fields():
    found = {each.name: each for each in describe_device("kvatinsky_2015").parameters}
    assert found["rate_off"].unit == "m/s"
    assert found["rate_off"].meaning == "Speed scale k_off towards OFF, above zero."
    assert found["state_off"].shown == "3 nm"
    assert found["conduction"].value == "LinearConduction"
    assert found["conduction.resistance_off"].shown == "1 kohm"
    assert "typical_drive" not in found


def test_docstrings_are_inherited():
    class Base:
        first: float
        """The first [V]."""

    class Derived(Base):
        second: float
        """The second, on two
        lines [A]."""

    assert dict(field_texts(Derived)) == {
        "first": "The first [V].",
        "second": "The second, on two lines [A].",
    }


def test_the_unit_is_what_stands_in_the_last_brackets():
    @dataclass(frozen=True)
    class Model:
        rate: float
        """At 1 [V], so to speak: how fast [m/s]. Above zero."""
        count: int
        """Without a unit."""

    rate, count = _parameters(Model(rate=2.0, count=3), "")
    assert (rate.unit, count.unit) == ("m/s", None)
    assert rate.meaning == "At 1 [V], so to speak: how fast. Above zero."
    assert count.shown == "3"


def test_bounds_drive_and_range_of_a_memristor_are_those_of_the_model():
    device = describe_device("kvatinsky_2015")
    (border,) = device.state_variables
    assert (border.lowest, border.highest) == (0.0, 3 * nm)
    assert device.range == "-1 to 1 V"
    assert device.drive_text == (
        "Typical drive: to 1 V and -1 V in 20 ns, beginning at position of the border 1.5 nm"
    )


def test_ranges_say_window_and_ages_and_resistances():
    assert describe_device("wan_2022").range == "1 to 40 uS, 1 s to 2 d"
    assert describe_device("wan_2022_one_second").range == "1 to 39.3 uS, 1 s"
    assert describe_device("chen_2018_ag_asi").range == "3.08 to 38.5 nS"
    # The docstring of the preset names 75 and 4.5 kohm.
    low, _, high = describe_device("hennen_2022").range.removesuffix(" kohm").partition(" to ")
    assert [float(low), float(high)] == pytest.approx([4.5, 75.0], rel=0.02)


def test_lists_of_numbers_are_whole_for_machines_and_short_for_people():
    found = {each.name: each for each in describe_device("wan_2022").parameters}
    assert np.array(found["coefficients"].value).shape == (3, 5)
    assert found["coefficients"].shown == "348 nS, 16.03 uS, -43.853 uS, 45.393 uS, ... (15)"
    assert found["ages"].shown == "1 s, 1 d, 2 d"


def test_an_unknown_name_is_refused_with_those_that_look_alike():
    with pytest.raises(InvalidInput, match=r"no device named 'wan_2021'; did you mean wan_2022"):
        describe_device("wan_2021")
    with pytest.raises(InvalidInput, match="sky130_reram"):
        device_kind("sky130")
    with pytest.raises(InvalidInput, match="there are "):
        device_kind("")
    assert device_kind("wan_2022") is DeviceKind.STATISTICS
