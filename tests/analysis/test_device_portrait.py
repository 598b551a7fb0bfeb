"""Portraits show what the models say, found by other ways."""

import numpy as np
import pytest
from scipy import stats

from ohmloom.analysis.device_description import DeviceKind, device_model, device_names
from ohmloom.analysis.device_portrait import TARGET_SHARES, portray_device
from ohmloom.si import day, kohm, nm, ns, second, uS, volt

QUICK = [*device_names(DeviceKind.STATISTICS), *device_names(DeviceKind.PULSE_UPDATE)]


@pytest.mark.parametrize("name", [*QUICK, *device_names(DeviceKind.CYCLES), "kvatinsky_2015"])
def test_every_number_of_a_portrait_is_finite_and_the_same_seed_gives_the_same(name):
    def numbers(value):
        if isinstance(value, dict):
            return [number for each in value.values() for number in numbers(each)]
        if isinstance(value, list):
            return [number for each in value for number in numbers(each)]
        return [] if isinstance(value, str) else [value]

    drawn = portray_device(name, seed=3).numbers()
    assert np.isfinite(numbers(drawn)).all()
    assert portray_device(name, seed=3).numbers() == drawn
    if name in QUICK and name != "enode_ecram":
        assert portray_device(name, seed=4).numbers() != drawn


def test_the_loop_of_a_memristor_is_ohms_law_with_the_resistance_of_its_state():
    portrait = portray_device("kvatinsky_2015")
    seen = portrait.numbers()
    border = np.array(seen["state"]["position of the border"]["values"])
    # Kvatinsky 2015: 50 ohm to 1 kohm, linear in the border, which is 0 to 3 nm wide.
    resistance = 50 + 950 * border / (3 * nm)
    np.testing.assert_allclose(np.array(seen["current"]) * resistance, seen["voltage"], atol=1e-9)
    assert seen["time"][-1] == pytest.approx(40 * ns)
    assert (max(seen["drive"]), min(seen["drive"])) == (1 * volt, -1 * volt)
    assert portrait.numbers()["series_resistance"] == 0.0


def test_cells_have_the_published_spread_of_their_age_and_not_that_of_another():
    portrait, model = portray_device("wan_2022"), device_model("wan_2022")
    published = model.spread(portrait.targets, 2 * day)
    np.testing.assert_allclose(portrait.samples[2 * day][1:].std(axis=1), published[1:], rtol=0.07)
    young = model.spread(portrait.targets, 1 * second)
    assert not np.allclose(
        portrait.samples[2 * day][1:].std(axis=1), young[1:], rtol=0.07, atol=0.0
    )
    # Verification accepts one microsiemens to both sides.
    error = portrait.samples[0.0] - portrait.targets[:, None]
    assert stats.kstest(error.ravel() / uS, "uniform", args=(-1, 2)).pvalue > 0.01
    # Nine in ten lie in the band.
    inside = portrait.samples[2 * day]
    within = (inside > portrait.lower[:, -1:]) & (inside < portrait.upper[:, -1:])
    np.testing.assert_allclose(within.mean(axis=1), 0.9, atol=0.01)
    assert portrait.ages[[0, -1]].tolist() == [1 * second, 2 * day]
    np.testing.assert_allclose(portrait.targets, 1 * uS + np.array(TARGET_SHARES) * 39 * uS)


def test_a_population_that_was_measured_once_is_shown_at_that_age_alone():
    portrait = portray_device("wan_2022_one_second")
    assert portrait.ages.tolist() == [1 * second]
    assert list(portrait.samples) == [0.0, 1 * second]


def test_drift_follows_the_power_law_of_its_mean_exponent():
    portrait = portray_device("state_independent")
    # state_independent: exponents of 0.1 +- 0.05, from the first reading 20 s after programming.
    age, target = portrait.ages, portrait.targets[-1]
    exponents = np.abs(stats.norm.ppf((np.arange(2000) + 0.5)[:, None] / 2000, 0.1, 0.05))
    expected = target * ((1 + age / 20) ** -exponents).mean(axis=0)
    np.testing.assert_allclose(portrait.mean[-1], expected, rtol=1e-3)
    still = target * np.ones_like(age)
    assert not np.allclose(portrait.mean[-1], still, rtol=1e-3, atol=0.0)


def test_the_nominal_cell_follows_the_curve_of_neurosim():
    portrait, model = portray_device("chen_2018_ag_asi"), device_model("chen_2018_ag_asi")
    up = portrait.pulses <= portrait.turn
    curve = model.conductance_after(portrait.pulses[up], np.full(up.sum(), True))
    np.testing.assert_allclose(portrait.nominal[up], curve, rtol=1e-9)
    assert portrait.nominal[portrait.turn] > 0.95 * model.highest
    assert not np.allclose(portrait.conductance[0][up], curve, rtol=0.02, atol=0.0)  # noise


def test_ten_thousand_states_take_ten_thousand_pulses():
    portrait = portray_device("rasch_2019_idealized")
    assert portrait.turn == pytest.approx(0.97 * 10_000, rel=0.02)
    steps = np.diff(portrait.nominal) / np.diff(portrait.pulses)
    np.testing.assert_allclose(np.abs(steps[:50]), 20 * uS / 10_000, rtol=1e-6)


def test_cycles_have_the_medians_that_the_preset_names():
    cycles = portray_device("hennen_2022").cycles
    assert np.median(cycles.lrs_resistance) == pytest.approx(4.5 * kohm, rel=0.05)
    assert np.median(cycles.hrs_resistance) == pytest.approx(75 * kohm, rel=0.15)


@pytest.mark.parametrize(
    ("name", "panels"),
    [("sky130_reram", 6), ("kvatinsky_2015", 4), ("wan_2022", 2), ("hennen_2022", 2)],
)
def test_a_sheet_has_a_panel_for_everything_with_labels_on_all_axes(name, panels):
    sheet = portray_device(name).draw()
    # A state over time has a second axis for the voltage.
    assert len(sheet.axes) == panels
    for ax in sheet.axes:
        assert "[" in ax.get_ylabel()
    assert name in sheet.get_suptitle()
    sheet.draw_without_rendering()
    box, inside = sheet.get_tightbbox(), sheet.bbox_inches
    assert box.x0 >= -0.02
    assert box.x1 <= inside.x1 + 0.02


def test_a_sheet_of_a_response_to_pulses_has_the_nominal_cell_and_the_others():
    (ax,) = portray_device("gong_2022_hfo2").draw().axes
    assert str(ax.lines[0].get_label()) == "6 cells, with noise"
    assert ax.lines[-1].get_label() == "nominal cell, without noise"
    assert ax.get_xlabel() == "pulses"
    assert len(ax.lines) == 7
