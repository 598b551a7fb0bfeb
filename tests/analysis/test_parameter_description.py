"""Numbers and fields in words."""

import math
from dataclasses import dataclass

import pytest

from ohmloom.analysis.device_description import describe_device
from ohmloom.analysis.parameter_description import (
    describe_parameters,
    field_texts,
    spoken,
)
from ohmloom.si import eV, parse


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

    rate, count = describe_parameters(Model(rate=2.0, count=3))
    assert (rate.unit, count.unit) == ("m/s", None)
    assert rate.meaning == "At 1 [V], so to speak: how fast. Above zero."
    assert count.shown == "3"
