"""Every model of the catalogue says where it comes from, where it holds, and what to use it for."""

import inspect
import re
import sys

import pytest

from ohmloom.devices import catalogue

PRESETS = {
    name: preset
    for entries in (
        catalogue.MEMRISTORS,
        catalogue.STATISTICS,
        catalogue.PULSE_UPDATES,
        catalogue.CYCLES,
    )
    for name, preset in entries.items()
}
PROMISES = ("Source", "Holds for", "Use it for")


def promises(docstring):
    """What a docstring says after each of the words that begin a line."""
    found = {}
    for promise in PROMISES:
        said = re.search(rf"^{promise}: (.+)", docstring, flags=re.M)
        if said:
            found[promise] = said[1]
    return found


def test_the_law_sees_what_is_missing():
    assert promises("A law.\n\nSource: a paper.\nHolds for: all.") == {
        "Source": "a paper.",
        "Holds for": "all.",
    }
    assert promises("Not a Source: this is in the middle of a line.") == {}
    assert promises("Source:\nHolds for: ") == {}


@pytest.mark.parametrize("name", PRESETS)
def test_the_module_of_a_preset_says_source_range_and_use(name):
    docstring = inspect.getdoc(sys.modules[PRESETS[name].__module__])
    missing = set(PROMISES) - set(promises(docstring))
    assert not missing, f"{PRESETS[name].__module__} does not say: {', '.join(sorted(missing))}"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_in_one_line_whose_numbers_it_holds(name):
    first = inspect.getdoc(PRESETS[name]).partition("\n")[0]
    assert first.endswith(".")
    assert len(first) <= 100
