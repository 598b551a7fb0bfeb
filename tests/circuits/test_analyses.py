"""Questions that cannot be answered are refused when they are put."""

import math

import pytest

from ohmloom.circuits.analyses import Ac, Noise, Ramp, Transient
from ohmloom.errors import InvalidInput


@pytest.mark.parametrize(
    ("step", "stop", "more"),
    [
        (0.0, 1.0, {}),
        (1.0, 0.5, {}),
        (1.0, math.inf, {}),
        (-1.0, 1.0, {}),
        (0.1, 1.0, {"longest_step": 0.0}),
    ],
)
def test_a_transient_that_ends_before_it_has_begun_is_refused(step, stop, more):
    with pytest.raises(InvalidInput, match="above zero"):
        Transient(step=step, stop=stop, **more)


def test_recording_begins_within_the_run():
    with pytest.raises(InvalidInput, match="record_from"):
        Transient(step=0.1, stop=1.0, record_from=1.0)
    Transient(step=0.1, stop=1.0, record_from=0.9)


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 1, 0), (0, 1, -1), (1, 0, 1), (0, 1, math.nan)]
)
def test_a_ramp_that_never_arrives_is_refused(start, stop, step):
    with pytest.raises(InvalidInput, match="never arrives"):
        Ramp(target="v1", start=start, stop=stop, step=step)


def test_frequencies_are_above_zero_and_rise():
    for start, stop, points in ((0.0, 1.0, 1), (2.0, 1.0, 1), (1.0, 2.0, 0)):
        with pytest.raises(InvalidInput, match="start must be above zero"):
            Ac(start=start, stop=stop, points_per_decade=points)
        with pytest.raises(InvalidInput, match="start must be above zero"):
            Noise(output="a", source="v", start=start, stop=stop, points_per_decade=points)
