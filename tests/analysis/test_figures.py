import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy import stats

from ohmloom.analysis import figures
from ohmloom.analysis.figures.palette import VARIANT_COLOURS
from ohmloom.analysis.report import figure_image
from ohmloom.circuits.chip import Events
from ohmloom.errors import InvalidInput
from ohmloom.si import day, hour, ms, uA, uS

AGES = (1.0, 1 * hour, 1 * day, 2 * day)
LOSSES = pd.DataFrame({"size": [16, 64], "first column": [0.1, 0.2], "last column": [0.2, 0.4]})
APPROXIMATIONS = pd.DataFrame({"loss": [0.1, 0.4], "one": [1e-3, 1e-2], "another": [1e-5, 1e-3]})
SPIKES = Events(time=np.array([0.1, 0.2, 0.2, 0.7]), address=np.array([0, 3, 4, 3]), duration=1.0)
DRIVEN = [name for name in VARIANT_COLOURS if name != "float"]


@pytest.fixture
def table():
    rng = np.random.default_rng(1)
    rows = [
        (f"chip {chip}", variant, age, 0.6 + 0.1 * place + 0.02 * rng.random())
        for place, variant in enumerate(DRIVEN)
        for chip in range(5)
        for age in AGES
    ]
    rows.append(("", "float", np.nan, 0.97))
    return pd.DataFrame(rows, columns=["chip", "variant", "age", "accuracy"])


@pytest.fixture
def tile():
    return np.random.default_rng(2).uniform(1, 40, (16, 12)) * uS


@pytest.fixture
def stuck():
    return np.random.default_rng(3).random((16, 12)) < 0.1


@pytest.fixture
def drawings(table, tile, stuck):
    """Every plot function, ready to draw into given axes."""
    time = np.linspace(0, 10 * ms, 200)
    voltage = np.sin(2 * np.pi * time / time[-1])
    state = 0.5 - 0.4 * np.cos(2 * np.pi * time / time[-1])
    errors = {age: np.random.default_rng(4).normal(0, 2 * uS, tile.shape) for age in AGES}
    achieved = {age: tile + error for age, error in errors.items()}
    expected = {age: np.full(tile.shape, 2 * uS) for age in AGES}
    gain = np.linspace(0.9, 1.1, 12)
    return {
        "accuracy": lambda ax: figures.plot_accuracy(table, ax),
        "accuracy per chip": lambda ax: figures.plot_accuracy_per_chip(table, 2 * day, ax),
        "confusion": lambda ax: figures.plot_confusion([[9, 1], [0, 8]], ax),
        "conductances": lambda ax: figures.plot_conductance_map(tile, ax, stuck=stuck),
        "errors": lambda ax: figures.plot_programming_error(errors, ax),
        "array": lambda ax: figures.plot_array_map(tile, "S", "conductance", ax),
        "columns": lambda ax: figures.plot_column_loss(0.9 * tile[0], tile[0], ax),
        "loss of sizes": lambda ax: figures.plot_loss_of_sizes(LOSSES, ax),
        "approximations": lambda ax: figures.plot_approximations(APPROXIMATIONS, ax),
        "routes": lambda ax: figures.plot_routes(np.arange(20).reshape(5, 4), ax),
        "fan-in": lambda ax: figures.plot_fan_in(np.arange(30), np.full(30, 50), ax),
        "raster": lambda ax: figures.plot_raster(SPIKES, ax),
        "rates": lambda ax: figures.plot_rates(SPIKES, 5, ax),
        "spread": lambda ax: figures.plot_spread_against_conductance(tile, achieved, expected, ax),
        "gain": lambda ax: figures.plot_column_gain(gain, 1.0, gain, ax, uncertainty=0.01),
        "offset": lambda ax: figures.plot_column_offset(gain, 0.0, gain, ax, uncertainty=gain),
        "stuck": lambda ax: figures.plot_stuck_cells(stuck, ~stuck, ax),
        "pulses": lambda ax: figures.plot_pulses(np.arange(1, 200), ax),
        "loop": lambda ax: figures.plot_hysteresis(voltage, voltage * state * uS, ax),
        "state": lambda ax: figures.plot_state(time, voltage, state, ax),
        "wires": lambda ax: figures.plot_wire_loss(tile, 0.95 * tile, ax),
        "loop, logarithmic": lambda ax: figures.plot_hysteresis(
            voltage, voltage * state * uS, ax, logarithmic=True
        ),
        "state, logarithmic": lambda ax: figures.plot_state(
            time, voltage, 10**state, ax, state_label="concentration [1/m3]", logarithmic=True
        ),
        "programmed": lambda ax: figures.plot_programmed_conductance(
            tile[:, 0], {0.0: tile, 1.0: 1.1 * tile}, ax
        ),
        "drift": lambda ax: figures.plot_drift(
            AGES, tile[:3, :4], 0.9 * tile[:3, :4], 1.1 * tile[:3, :4], ax
        ),
        "response": lambda ax: figures.plot_pulse_response(range(12), tile[:5], tile[0], ax),
        "cycles": lambda ax: figures.plot_cycle_distribution(10 * tile / uS, tile / uS, ax),
        "fit of a sweep": lambda ax: figures.plot_current_voltage_fit(
            voltage, voltage * state * uS, 1.01 * voltage * state * uS, ax, left_out=voltage > 0.9
        ),
        "fit of a train": lambda ax: figures.plot_pulse_fit(tile[0], tile[1], ax, alone=tile[2]),
        "fit of retention": lambda ax: figures.plot_retention_fit(
            AGES, tile[:, :4], 1.02 * tile[:, :4], ax
        ),
        "fit of a distribution": lambda ax: figures.plot_distribution_fit(
            tile / uS, tile[0] / uS, ax, label="resistance [Ω]"
        ),
        "residuals": lambda ax: figures.plot_residuals(
            time, state, ax, place_label="time [s]", residual_label="residual [noise]"
        ),
    }


def _line(ax, label):
    return next(line for line in ax.lines if str(line.get_label()).startswith(label))


def test_every_figure_labels_its_axes_draws_where_told_and_leaves_the_style_alone(drawings):
    before = dict(mpl.rcParams)
    for name, draw in drawings.items():
        wanted = Figure().add_subplot()
        assert draw(wanted) is wanted, name
        own = draw(None)
        for ax in (wanted, own):
            assert ax.get_xlabel(), name
            assert ax.get_ylabel() or name == "accuracy per chip", name
            ax.figure.draw_without_rendering()
    assert dict(mpl.rcParams) == before


def test_figures_neither_load_pyplot_nor_make_the_import_slow():
    code = (
        "import sys; from ohmloom.analysis import figures; assert 'matplotlib' not in sys.modules; "
        "figures.plot_pulses([1, 2]); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_nothing_drawn_lies_outside_its_figure(drawings):
    for name, draw in drawings.items():
        figure = draw(None).figure
        figure.draw_without_rendering()
        box, inside = figure.get_tightbbox(), figure.bbox_inches
        assert box.x0 >= -0.02, name
        assert box.y0 >= -0.02, name
        assert box.x1 <= inside.x1 + 0.02, name
        assert box.y1 <= inside.y1 + 0.02, name


def test_accuracy_lines_are_medians_in_percent_with_the_colour_of_their_variant(table):
    ax = figures.plot_accuracy(table)
    for variant in DRIVEN:
        line = _line(ax, variant)
        rows = table[table["variant"] == variant]
        medians = [100 * np.median(rows.loc[rows["age"] == age, "accuracy"]) for age in AGES]
        np.testing.assert_allclose(line.get_ydata(), medians)
        np.testing.assert_allclose(line.get_xdata(), AGES, rtol=0.1)
        assert to_hex(line.get_color()) == VARIANT_COLOURS[variant].lower()
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1 s", "1 h", "1 d", "2 d"]
    assert _line(ax, "float").get_linestyle() == "--"
    assert set(_line(ax, "float").get_ydata()) == {97.0}


def test_accuracy_per_chip_shows_the_rows_of_the_age_that_is_asked_for(table):
    ax = figures.plot_accuracy_per_chip(table, 1 * day)
    for variant in DRIVEN:
        chosen = table[(table["variant"] == variant) & (table["age"] == 1 * day)]
        np.testing.assert_allclose(_line(ax, variant).get_xdata(), 100 * chosen["accuracy"])
    assert [text.get_text() for text in ax.get_yticklabels()] == [f"chip {i}" for i in range(5)]
    with pytest.raises(InvalidInput, match="no chip at 3 d; it has 1 s, 1 h, 1 d, 2 d"):
        figures.plot_accuracy_per_chip(table, 3 * day)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.drop(columns="age"), r"lacks the column\(s\) age"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(accuracy=100 * t["accuracy"]), "between 0 and 1"),
        (lambda t: t.assign(age=0.0), "above 0 s"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(table, spoil, message):
    with pytest.raises(InvalidInput, match=message):
        figures.plot_accuracy(spoil(table))


def test_the_diagonal_of_a_confusion_takes_no_colour_from_the_errors():
    ax = figures.plot_confusion([[900, 3], [0, 800]])
    mesh = ax.collections[0]
    assert mesh.get_clim() == (0.0, 3.0)
    assert sorted(text.get_text() for text in ax.texts) == ["3", "800", "900"]
    with pytest.raises(InvalidInput, match="shape"):
        figures.plot_confusion(np.zeros((2, 3)))
    with pytest.raises(InvalidInput, match="whole"):
        figures.plot_confusion([[0.5]])
    with pytest.raises(InvalidInput, match="3 names"):
        figures.plot_confusion([[1]], names=["a", "b", "c"])


def test_a_map_shows_microsiemens_and_frames_the_stuck_cells(tile, stuck):
    ax = figures.plot_conductance_map(tile, stuck=stuck)
    np.testing.assert_allclose(ax.images[0].get_array(), tile / uS)
    marks = ax.lines[0]
    found = np.zeros_like(stuck)
    found[np.asarray(marks.get_ydata(), int), np.asarray(marks.get_xdata(), int)] = True
    np.testing.assert_array_equal(found, stuck)
    with pytest.raises(InvalidInput, match="mask"):
        figures.plot_conductance_map(tile, stuck=stuck[1:])
    with pytest.raises(InvalidInput, match="one cell at least"):
        figures.plot_conductance_map(np.zeros((0, 4)))


@pytest.mark.parametrize("tiles", [1, 3, 5, 8])
def test_tiles_share_one_scale(tile, stuck, tiles):
    figure = figures.plot_tiles({f"tile {i}": (1 + i) * tile for i in range(tiles)})
    maps = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(maps) == tiles
    limits = {image.get_clim() for image in maps}
    assert limits == {(tile.min() / uS, tiles * tile.max() / uS)}
    with pytest.raises(InvalidInput, match="no tile"):
        figures.plot_tiles({})
    with pytest.raises(InvalidInput, match="not drawn: b"):
        figures.plot_tiles({"a": tile}, stuck={"b": stuck})


def test_normal_errors_are_a_straight_line_whose_slope_is_their_spread():
    probabilities = (np.arange(2000) + 0.5) / 2000
    ax = figures.plot_programming_error({1.0: stats.norm.ppf(probabilities) * 3 * uS})
    fit = stats.linregress(ax.lines[0].get_xdata(), ax.lines[0].get_ydata())
    assert fit.rvalue == pytest.approx(1.0, abs=1e-4)
    assert 1 / fit.slope == pytest.approx(3.0, rel=1e-2)
    labels = {text.get_text(): text.get_position()[1] for text in ax.get_yticklabels()}
    assert labels["90"] == pytest.approx(stats.norm.ppf(0.9))
    # A uniform distribution is not normal, and the axis shows it.
    ax = figures.plot_programming_error({1.0: probabilities * uS})
    bent = stats.linregress(ax.lines[0].get_xdata(), ax.lines[0].get_ydata())
    assert bent.rvalue < 0.99


def test_a_programming_error_needs_two_cells():
    for nothing in ({}, {1.0: [1 * uS]}):
        with pytest.raises(InvalidInput, match="two cells"):
            figures.plot_programming_error(nothing)


def test_measured_spread_meets_the_curve_it_was_drawn_from_and_misses_another():
    rng = np.random.default_rng(6)
    target = rng.uniform(1, 40, 60_000) * uS
    true_spread = 0.5 * uS + 0.05 * target
    achieved = target + true_spread * rng.standard_normal(target.shape)
    ax = figures.plot_spread_against_conductance(target, {1.0: achieved}, {1.0: true_spread})
    points = ax.containers[0].lines[0]
    at, spread = np.asarray(points.get_xdata()), np.asarray(points.get_ydata())
    assert len(at) == 12
    np.testing.assert_allclose(spread, 0.5 + 0.05 * at, rtol=0.06)
    assert not np.allclose(spread, 0.5 + 0.07 * at, rtol=0.06)
    curve = _line(ax, "1 s, published")
    np.testing.assert_allclose(curve.get_ydata(), 0.5 + 0.05 * np.asarray(curve.get_xdata()))


def test_spread_of_few_cells_or_of_none_is_refused():
    with pytest.raises(InvalidInput, match="no bin"):
        figures.plot_spread_against_conductance([1 * uS] * 5, {1.0: [1 * uS] * 5})
    with pytest.raises(InvalidInput, match="no age"):
        figures.plot_spread_against_conductance([1 * uS] * 5, {})


def test_spread_is_measured_for_cells_that_all_have_one_target():
    rng = np.random.default_rng(7)
    achieved = 10 * uS + 2 * uS * rng.standard_normal(5000)
    ax = figures.plot_spread_against_conductance(np.full(5000, 10 * uS), {1.0: achieved})
    assert ax.containers[0].lines[0].get_ydata() == pytest.approx([2.0], rel=0.05)


def test_gain_errors_are_percent_of_the_true_gain():
    ax = figures.plot_column_gain([0.8, 1.25], 1.0, [0.88, 1.25])
    np.testing.assert_allclose(_line(ax, "before").get_ydata(), [25.0, -20.0])
    np.testing.assert_allclose(_line(ax, "after").get_ydata(), [10.0, 0.0], atol=1e-12)
    for truth in ([0.0, 1.0], []):
        with pytest.raises(InvalidInput, match="gain_true"):
            figures.plot_column_gain(truth, 1.0, 1.0)


def test_offset_errors_are_estimate_minus_truth():
    ax = figures.plot_column_offset([2.0, -1.0], 0.0, [2.5, -1.0])
    np.testing.assert_allclose(_line(ax, "before").get_ydata(), [-2.0, 1.0])
    np.testing.assert_allclose(_line(ax, "after").get_ydata(), [0.5, 0.0])
    with pytest.raises(InvalidInput, match="shape"):
        figures.plot_column_offset([2.0, -1.0], 0.0, [2.5])


def test_hits_misses_and_false_alarms_have_their_own_marks():
    truth = np.array([[True, True, False, False]])
    found = np.array([[True, False, True, False]])
    ax = figures.plot_stuck_cells(truth, found)
    for label, column in (("found: 1", 0), ("missed: 1", 1), ("false alarm: 1", 2)):
        assert list(_line(ax, label).get_xdata()) == [column]


@pytest.mark.parametrize("most", [1, 7, 60, 61, 500])
def test_every_pulse_is_counted_once(most):
    pulses = np.arange(1, most + 1).repeat(3)
    ax = figures.plot_pulses(pulses)
    assert sum(bar.get_height() for bar in ax.patches) == pulses.size
    assert _line(ax, "median").get_label() == f"median {(most + 1) / 2:g}, largest {most}"
    with pytest.raises(InvalidInput):
        figures.plot_pulses([1.5])


def test_a_loop_is_shown_in_a_readable_unit():
    ax = figures.plot_hysteresis([0.0, 1.0, 0.0], [0.0, 30 * uA, 0.0])
    assert ax.get_ylabel() == "current [µA]"
    assert max(ax.lines[-1].get_ydata()) == pytest.approx(30)
    with pytest.raises(InvalidInput, match="two samples"):
        figures.plot_hysteresis([0.0], [0.0])


def test_state_refuses_a_time_that_runs_back():
    with pytest.raises(InvalidInput, match="rise"):
        figures.plot_state([0.0, 2.0, 1.0], [0.0] * 3, [0.0] * 3)


def test_wire_loss_is_percent_of_the_ideal_and_cells_that_do_not_conduct_have_none():
    ax = figures.plot_wire_loss([[10 * uS, 0.0]], [[9 * uS, 0.0]])
    shown = ax.images[0].get_array()
    assert shown[0, 0] == pytest.approx(10.0)
    assert np.ma.getmaskarray(shown)[0, 1]
    with pytest.raises(InvalidInput, match="no cell"):
        figures.plot_wire_loss([[0.0]], [[0.0]])


def test_an_array_is_shown_in_a_readable_unit(tile):
    ax = figures.plot_array_map(tile, "S", "conductance")
    (image,) = ax.get_images()
    assert np.asarray(image.get_array()) == pytest.approx(tile / uS)
    assert "µS" in ax.figure.axes[1].get_ylabel()


def test_columns_are_shown_beside_what_they_would_be_without_wires():
    ax = figures.plot_column_loss([1 * uA, 3 * uA], [2 * uA, 4 * uA])
    without, found = ax.get_lines()
    assert without.get_ydata() == pytest.approx([2.0, 4.0])
    assert found.get_ydata() == pytest.approx([1.0, 3.0])


def test_losses_of_sizes_are_percent():
    first, last = figures.plot_loss_of_sizes(LOSSES).get_lines()
    assert first.get_ydata() == pytest.approx([10.0, 20.0])
    assert last.get_ydata() == pytest.approx([20.0, 40.0])


def test_tables_of_losses_without_their_columns_are_refused():
    with pytest.raises(InvalidInput, match="last column"):
        figures.plot_loss_of_sizes(LOSSES[["size", "first column"]])
    with pytest.raises(InvalidInput, match="errors"):
        figures.plot_approximations(APPROXIMATIONS[["loss"]])


def test_the_same_drawing_gives_the_same_bytes(drawings):
    for name, draw in drawings.items():
        first, second = draw(None).figure, draw(None).figure
        once = figure_image(first)
        assert figure_image(second) == once, name
        assert figure_image(first) == once, name  # however often it is rendered
        assert once.startswith(b"\x89PNG") == (
            name in {"conductances", "wires", "array", "routes"}
        ), name
        assert len(once) < 100_000, name


def test_a_loop_on_a_logarithmic_axis_shows_sizes_and_not_the_way_through_zero():
    voltage = np.array([0.0, 0.5, 1.0, 1e-9, -1.0, 0.0])
    ax = figures.plot_hysteresis(voltage, 10 * uA * voltage, logarithmic=True)
    drawn = np.asarray(ax.lines[-1].get_ydata())
    np.testing.assert_allclose(drawn[1:5], 10 * uA * np.abs(voltage[1:5]))
    assert np.isnan(drawn[0])
    assert ax.get_ylim()[0] == pytest.approx(2.5 * uA)  # half of the least that matters
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize("cycles", [1, 2, 3])
def test_arrows_stand_between_the_turning_points_of_the_last_sweep(cycles):
    phase = np.arange(200 * cycles + 1) / 200
    voltage = np.sin(2 * np.pi * phase)
    current = (1 + phase) * voltage * uA  # every sweep is larger than the one before
    ax = figures.plot_hysteresis(voltage, current, cycles=cycles)
    tails = np.array([arrow.xyann for arrow in ax.texts])
    np.testing.assert_allclose(np.abs(tails[:, 0]), np.sqrt(0.5), atol=0.03)
    assert (np.abs(tails[:, 1] / tails[:, 0]) > cycles).all()


def test_a_state_of_zero_is_refused_on_a_logarithmic_axis():
    with pytest.raises(InvalidInput, match="above zero"):
        figures.plot_state([0.0, 1.0], [0.0, 1.0], [0.0, 1.0], logarithmic=True)


def test_normal_cells_are_straight_lines_through_their_targets_at_one_half():
    rng = np.random.default_rng(8)
    target = np.array([10, 20]) * uS
    cells = target[:, None] + 2 * uS * rng.standard_normal((2, 20_000))
    ax = figures.plot_programmed_conductance(target, {0.0: cells, 3600.0: cells + 5 * uS})
    curves = [line for line in ax.lines if len(line.get_xdata()) > 2]
    assert len(curves) == 4
    for line, centre in zip(curves, (10, 20, 15, 25), strict=True):
        middle = np.abs(np.asarray(line.get_ydata())) < 2
        fit = stats.linregress(line.get_xdata()[middle], line.get_ydata()[middle])
        assert 1 / fit.slope == pytest.approx(2.0, rel=0.03)
        assert -fit.intercept / fit.slope == pytest.approx(centre, abs=0.1)
    labels = [line.get_label() for line in curves]
    assert labels[::2] == ["right after programming", "1 h"]
    with pytest.raises(InvalidInput, match="two cells"):
        figures.plot_programmed_conductance(target, {0.0: cells[:, :1]})


def test_ages_are_written_where_they_do_not_touch():
    marks = figures.age_marks(1.0, 3650 * day)
    assert [figures.age_label(mark) for mark in marks] == [
        *("1 s", "1 min", "1 h", "1 d", "30 d", "3650 d"),
    ]
    assert figures.age_marks(2.0, 3.0) == []
    ax = figures.plot_drift([1.0, 3600.0], [[2 * uS, 1 * uS]], [[1 * uS, 0.0]], [[3 * uS, 2 * uS]])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["1 s", "1 min", "1 h"]
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [2.0, 1.0])
    with pytest.raises(InvalidInput, match="rise"):
        figures.plot_drift([2.0, 1.0], [[1, 1]], [[1, 1]], [[1, 1]])


def test_cycles_that_were_not_measured_are_left_out_of_their_distribution():
    high = np.array([[1.0, 10.0], [100.0, np.nan], [1000.0, 1e4]])
    ax = figures.plot_cycle_distribution(high, high / 10, names=("above", "below"))
    drawn = np.asarray(_line(ax, "above").get_xdata())
    np.testing.assert_allclose([drawn.min(), drawn.max()], [1.0, 1e4])
    assert len(drawn) == 5
    with pytest.raises(InvalidInput, match="two values"):
        figures.plot_cycle_distribution(high[:1, :1], high)


def test_rows_that_a_fit_left_out_have_a_mark_of_their_own():
    voltage = np.linspace(-1, 1, 5)
    out = np.array([False, False, True, False, True])
    ax = figures.plot_current_voltage_fit(voltage, voltage * uA, 2 * voltage * uA, left_out=out)
    assert list(_line(ax, "left out").get_xdata()) == [0.0, 1.0]
    assert len(_line(ax, "measured").get_xdata()) == 3
    np.testing.assert_allclose(_line(ax, "model").get_ydata(), 2 * voltage)
