"""What the catalogue says of itself."""

import numpy as np
import pytest

from ohmloom.analysis.device_description import (
    DeviceKind,
    describe_device,
    device_kind,
    device_model,
    device_names,
)
from ohmloom.devices import catalogue
from ohmloom.devices.fitting.model_parameters import parameter_values
from ohmloom.errors import InvalidInput
from ohmloom.si import nm

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
