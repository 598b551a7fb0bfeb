"""The virtual crossbar chip against its hidden truth, and what keeps that truth hidden."""

import ast
import dataclasses
import inspect
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ohmloom.calibration.readout import nominal_readout
from ohmloom.circuits.chip import Chip, Frames
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip import virtual_chip
from ohmloom.circuits.crossbar_chip.crossbar_chip import CrossbarChip
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import draw_silicon, published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.devices.variability.stuck_cells import StuckCells
from ohmloom.errors import InvalidInput
from ohmloom.mapping.write_verify import neurram_settings, write_verify
from ohmloom.si import day, kohm, mV, ns, second, uA, uS, us

ROOT = Path(__file__).parents[2]


def small(rows=6, columns=5, tiles=2):
    return dataclasses.replace(crossbar_64(tiles=tiles), rows=rows, columns=columns)


def chip_with(serial=3, *, sheet=None, seed=0, **changes):
    spread = dataclasses.replace(published_spread(), **changes)
    return VirtualCrossbarChip(serial, datasheet=sheet or small(), spread=spread, seed=seed)


def ideal(sheet=None, *, seed=0):
    """Same data sheet, nothing left to chance but noise, response and the test current."""
    zero = dict.fromkeys(("adc_gain", "adc_offset", "dac_gain", "dac_offset", "wire", "stuck"), 0.0)
    narrow = {"cell_lowest_spread": 0.0, "cell_highest_spread": 0.0}
    return chip_with(sheet=sheet, seed=seed, **zero, **narrow)


def life(chip):
    """Everything that leaves a chip in a short while."""
    rng = np.random.default_rng(1)
    sheet = chip.datasheet
    chip.set_codes("row voltage", np.asarray(100))
    chip.set_codes("range", np.asarray(6))
    seen = []
    for _ in range(3):
        chip.program("cells", rng.integers(-22, 23, sheet.shape))
        seen += [chip.read("cell codes").ravel(), chip.read("column codes").ravel()]
        frames = Frames(tile=1, codes=rng.integers(-127, 128, (4, sheet.rows)))
        seen.append(chip.run(frames).codes.ravel())
    return np.concatenate(seen)


# Identity


def test_the_same_serial_and_seed_are_the_same_chip_to_the_code():
    assert (life(chip_with(7)) == life(chip_with(7))).all()


def test_another_serial_is_another_piece_of_silicon():
    one, other = (reveal(chip_with(serial))[0] for serial in (7, 8))
    for field in ("adc_gain", "adc_offset", "dac_gain", "dac_offset", "cell_lowest"):
        assert (getattr(one, field) != getattr(other, field)).all(), field
    assert one.r_word_line != other.r_word_line
    assert (life(chip_with(7)) != life(chip_with(8))).mean() > 0.3


def test_another_seed_is_the_same_silicon_with_other_noise():
    one, other = chip_with(7, seed=0), chip_with(7, seed=1)
    for field in dataclasses.fields(reveal(one)[0]):
        first, second_ = (getattr(reveal(chip)[0], field.name) for chip in (one, other))
        if field.name == "stuck":
            assert (first.mask == second_.mask).all()
            first, second_ = first.conductance, second_.conductance
        assert np.array_equal(first, second_), field.name
    assert (life(one) != life(other)).any()


def test_more_tiles_do_not_change_the_identity():
    assert chip_with(7).identity == chip_with(7, sheet=small(tiles=1)).identity
    assert str(chip_with(7).identity) == "crossbar-64 #7"


# The protocol, and that nothing gets past it


def public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


def test_everything_public_on_the_chip_is_in_the_protocol():
    assert public(VirtualCrossbarChip) == public(CrossbarChip)
    assert public(chip_with()) == public(CrossbarChip)
    assert public(CrossbarChip) - public(Chip) == {"datasheet"}


def test_the_methods_take_what_the_protocol_says():
    for name in public(CrossbarChip):
        said, done = getattr(CrossbarChip, name), getattr(VirtualCrossbarChip, name)
        if isinstance(said, property):
            assert isinstance(done, property), name
            assert done.fset is None, name
        else:
            assert list(inspect.signature(said).parameters) == list(
                inspect.signature(done).parameters
            ), name


def looks_behind(source):
    """Where a source imports the hidden truth, or touches what is private in another object."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            words = {word for name in names for word in name.split(".")}
            if words & {"silicon", "virtual_chip", "reveal", "Silicon", "VirtualCrossbarChip"}:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            own = ast.unparse(node.value) in ("self", "cls", "super()")
            # A frozen dataclass sets its own fields this way.
            if not own and ast.unparse(node) != "object.__setattr__":
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "vars"):
            found += [ast.unparse(node) for owner in node.args[:1] if ast.unparse(owner) != "self"]
    return found


@pytest.mark.parametrize("folder", ["calibration", "mapping"])
def test_what_is_judged_by_the_hidden_truth_cannot_see_it(folder):
    sources = sorted((ROOT / folder).rglob("*.py"))
    assert len(sources) > 5
    for source in sources:
        assert looks_behind(source.read_text(encoding="utf-8")) == [], source.name


@pytest.mark.parametrize(
    "source",
    [
        "from ohmloom.circuits.crossbar_chip.virtual_chip import reveal",
        "from ohmloom.circuits.crossbar_chip import silicon",
        "import ohmloom.circuits.crossbar_chip.silicon",
        "truth = chip._silicon.adc_gain",
        "chip.datasheet._cells",
        "vars(chip)",
        "getattr(chip, name)",
    ],
)
def test_a_look_behind_the_protocol_would_be_noticed(source):
    assert looks_behind(source)


# What one conversion gives


def test_codes_of_a_known_current_lie_on_the_line_of_gain_and_offset():
    chip = chip_with(sheet=crossbar_64(tiles=1))
    sheet, (silicon, _) = chip.datasheet, reveal(chip)
    chip.set_codes("row select", np.asarray(0))
    chip.set_codes("range", np.asarray(1))
    chip.set_codes("offset trim", np.asarray(-5))
    # 64:1 mirror, 1 pF, 1/256 V a step, 125 ns: 64 * 1e-12 * 0.00390625 / 125e-9 = 2 uA a step.
    step = 2 * uA
    residual = []
    for code in range(-700, 701, 7):
        chip.set_codes("test current", np.asarray(code))
        current = code * 0.25 * uA * silicon.reference_gain
        line = silicon.adc_gain * current / step + silicon.adc_offset + 0.5 * -5
        residual.append(chip.read("column codes") - line)
    residual = np.array(residual)
    # Thermal noise of 1 pF is 64 uV, 0.016 steps: what is left is rounding, 1/sqrt(12) steps.
    assert np.abs(residual).max() < 0.6
    assert residual.std() == pytest.approx(12**-0.5, rel=0.02)
    assert np.abs(residual.mean(axis=0)).max() < 0.1
    assert sheet.current_step(1) == pytest.approx(step)


def test_codes_stop_at_the_rails():
    chip = chip_with()
    chip.set_codes("range", np.asarray(7))
    for current, rail in ((2047, 127), (-2048, -128)):
        chip.set_codes("test current", np.asarray(current))
        assert (chip.read("column codes") == rail).all()
        assert (chip.read("cell codes") == rail).all()
        frames = Frames(tile=0, codes=np.zeros((3, 6), dtype=np.int64))
        assert (chip.run(frames).codes == rail).all()


def conducting(seed=0, **changes):
    """A chip of one 64x64 tile whose cells conduct here and there, and its truth."""
    chip = chip_with(sheet=crossbar_64(tiles=1), seed=seed, **changes)
    rng = np.random.default_rng(5)
    for _ in range(2):
        chip.program("cells", rng.integers(10, 20, chip.datasheet.shape))
    chip.wait(1 * second)
    return chip


def row_voltage(chip, codes):
    silicon = reveal(chip)[0]
    # 0.2 V at code 127.
    return codes * 0.2 / 127 * silicon.dac_gain[0] + silicon.dac_offset[0]


def expected_codes(chip, current, range_code):
    silicon = reveal(chip)[0]
    return (
        silicon.adc_gain[0] * current / chip.datasheet.current_step(range_code)
        + (silicon.adc_offset[0])
    )


@pytest.mark.parametrize("floating", [[], [0, 20, 21, 63]], ids=["all columns", "some floating"])
def test_column_codes_are_those_of_the_exact_crossbar(floating):
    chip = conducting(dac_gain=0.1)
    connect = np.ones(64, dtype=np.int64)
    connect[floating] = 0
    chip.set_codes("column connect", connect)
    chip.set_codes("range", np.asarray(1))
    silicon, conductance = reveal(chip)
    codes = np.random.default_rng(1).integers(-127, 128, (200, 64))
    array = {
        "r_word_line": silicon.r_word_line,
        "r_bit_line": silicon.r_bit_line,
        "connected": connect.astype(bool),
    }

    def residual(conductance, **array):
        current = row_voltage(chip, codes) @ Crossbar(conductance=conductance, **array).transfer()
        return seen - expected_codes(chip, current, 1)

    seen = chip.run(Frames(tile=0, codes=codes)).codes
    left = residual(conductance[0], **array)
    # Rounding alone gives 0.289; the read noise of 64 cells a little more.
    assert left.std() < 0.33
    live = connect.astype(bool)  # the code of a floating column never changes
    assert np.abs(left[:, live].mean(axis=0)).max() < 0.12
    assert np.abs(left).max() < 2.0
    # Negative control: another word line, or columns taken for connected, would be noticed.
    array["r_word_line"] *= 1.5
    assert residual(conductance[0], **array).std() > 1.1 * left.std()
    if floating:
        array["connected"] = None
        assert residual(conductance[0], **array).std() > 2 * left.std()


def test_read_and_run_give_the_same_conversion():
    chip = conducting()
    codes = np.random.default_rng(2).integers(-127, 128, 64)
    chip.set_codes("row voltage", codes)
    chip.set_codes("range", np.asarray(1))
    read = np.mean([chip.read("column codes")[0] for _ in range(40)], axis=0)
    run = chip.run(Frames(tile=0, codes=np.tile(codes, (40, 1)))).codes.mean(axis=0)
    assert np.abs(read - run).max() < 1.0


def test_cell_codes_are_those_of_the_exact_crossbar_row_by_row():
    chip = conducting(dac_gain=0.1)  # wide enough to be seen
    chip.set_codes("row voltage", np.asarray(127))
    chip.set_codes("range", np.asarray(5))
    silicon, conductance = reveal(chip)

    def residual(r_word_line, r_bit_line):
        seen_by_columns = Crossbar(
            conductance=conductance[0], r_word_line=r_word_line, r_bit_line=r_bit_line
        ).transfer_row_by_row()
        current = row_voltage(chip, np.full(64, 127))[:, None] * seen_by_columns
        return seen - expected_codes(chip, current, 5)

    seen = np.mean([chip.read("cell codes")[0] for _ in range(8)], axis=0)
    left = residual(silicon.r_word_line, silicon.r_bit_line)
    assert abs(left.mean()) < 0.05
    assert left.std() < 0.6
    assert abs(residual(0.0, 0.0).mean()) > 0.5  # no wires would be noticed


def test_a_disconnected_column_reads_its_offset():
    chip = conducting()
    connect = np.ones(64, dtype=np.int64)
    connect[[3, 40]] = 0
    chip.set_codes("column connect", connect)
    chip.set_codes("row voltage", np.asarray(127))
    chip.set_codes("range", np.asarray(6))
    offset = reveal(chip)[0].adc_offset[0, [3, 40]]
    assert np.abs(chip.read("column codes")[0, [3, 40]] - offset).max() < 0.6
    assert np.abs(chip.read("cell codes")[0][:, [3, 40]] - offset).max() < 0.6
    assert (chip.read("column codes")[0, [4, 41]] == 127).all()  # the others go on


def test_a_row_that_is_not_selected_contributes_nothing():
    chip = conducting()
    chip.set_codes("row voltage", np.asarray(127))
    chip.set_codes("range", np.asarray(5))
    only = np.zeros(64, dtype=np.int64)
    only[17] = 1
    chip.set_codes("row select", only)
    silicon, conductance = reveal(chip)
    alone = Crossbar(
        conductance=conductance[0],
        r_word_line=silicon.r_word_line,
        r_bit_line=silicon.r_bit_line,
    ).transfer_row_by_row()[17]
    current = row_voltage(chip, np.full(64, 127))[17] * alone
    seen = np.mean([chip.read("column codes")[0] for _ in range(16)], axis=0)
    assert np.abs(seen - expected_codes(chip, current, 5)).max() < 1.0
    chip.set_codes("row select", np.asarray(0))
    assert np.abs(chip.read("column codes")[0] - silicon.adc_offset[0]).max() < 0.6


def test_zero_frames_are_answered_by_zero_frames():
    chip = chip_with()
    answer = chip.run(Frames(tile=1, codes=np.zeros((0, 6), dtype=np.int64)))
    assert answer.codes.shape == (0, 5)
    assert chip.time == 0.0


# Cells


def test_cells_start_near_their_lowest_conductance_and_stuck_ones_where_they_are_stuck():
    chip = chip_with(sheet=crossbar_64(tiles=1))
    silicon, conductance = reveal(chip)
    stuck = silicon.stuck.mask
    assert conductance[~stuck] == pytest.approx(1.5 * silicon.cell_lowest[~stuck])
    assert conductance[stuck] == pytest.approx(silicon.stuck.conductance[stuck])


def test_set_pulses_raise_and_reset_pulses_lower_cells_within_their_reach_and_zero_is_no_pulse():
    chip = chip_with(sheet=crossbar_64(tiles=1))
    moving = ~reveal(chip)[0].stuck.mask
    pulses = np.zeros((1, 64, 64), dtype=np.int64)
    pulses[:, :32] = 22
    before = reveal(chip)[1]
    chip.program("cells", pulses)
    silicon, after = reveal(chip)
    up = moving & (pulses > 0)
    assert (after[up] > before[up]).all()
    assert (after[up] <= silicon.cell_highest[up]).all()
    assert (after[~moving] == before[~moving]).all()
    # Cells without a pulse were formed a day ago and wander a little, but none is driven.
    assert abs((after - before)[:, 32:].mean()) < 0.01 * uS
    high = reveal(chip)[1]
    chip.program("cells", -pulses)
    assert (reveal(chip)[1][up] < high[up]).all()


def test_write_verified_cells_spread_as_wan_2022_published():
    # aihwkit's fit of the figure data of Wan et al. at 20 uS: 2.0229 uS after 1 s, 3.909 uS after
    # a day, 3.9291 uS after two days.
    chip = ideal(dataclasses.replace(crossbar_64(tiles=2), r_word_line=0.0, r_bit_line=0.0), seed=2)
    target = np.full(chip.datasheet.shape, 20 * uS)
    once = dataclasses.replace(neurram_settings(), turns=1)
    result = write_verify(
        chip,
        target,
        readout=nominal_readout(chip.datasheet),
        r_word_line=0.0,
        r_bit_line=0.0,
        settings=once,
    )
    good = result.arrived
    assert good.mean() > 0.99
    chip.wait(1 * second)
    for published, wait in ((2.0229, 1 * day), (3.909, 1 * day), (3.9291, 0.0)):
        error = (reveal(chip)[1] - target)[good]
        # 8192 cells know their spread to 0.8 %; what was accepted is not quite uniform.
        assert error.std() / uS == pytest.approx(published, rel=0.04)
        assert error.std() / uS != pytest.approx(1.08 * published, rel=0.04)  # 8 % off would show
        chip.wait(wait)


@pytest.mark.parametrize("age", [1 * second, 1 * day, 2 * day])
def test_cells_wander_from_where_a_pulse_left_them_with_the_published_law(age):
    chip = ideal(crossbar_64(tiles=1))
    chip.program("cells", np.full((1, 64, 64), 16))
    start = reveal(chip)[1]
    chip.wait(age)
    # The published spread contains what verification accepted, uniform within +-1 uS.
    inside = (start > 10 * uS) & (start < 38 * uS)
    assert inside.sum() > 1000
    start, end = start[inside], reveal(chip)[1][inside]
    z = (end - start) / np.sqrt(wan_2022().spread(start, age) ** 2 - (1 * uS) ** 2 / 3)
    assert stats.kstest(z, "norm").pvalue > 0.01
    assert stats.kstest(1.1 * z, "norm").pvalue < 0.05  # 10 % too much would be noticed


def test_readings_scatter_with_the_read_noise_of_the_cells():
    chip = ideal(crossbar_64(tiles=1))
    chip.program("cells", np.full((1, 64, 64), 14))
    chip.wait(1 * second)
    chip.set_codes("row voltage", np.asarray(127))
    chip.set_codes("range", np.asarray(7))
    conductance = reveal(chip)[1]
    codes = np.array([chip.read("cell codes") for _ in range(60)])
    quiet = (np.abs(codes).max(axis=0) < 127) & (conductance > 5 * uS)
    step = float(chip.datasheet.current_step(7)) / 0.2
    # Differences of neighbouring readings, so that the wandering of the cells does not count.
    seen = np.sqrt(((np.diff(codes, axis=0) ** 2).mean(axis=0) / 2)[quiet]) * step
    read_noise = wan_2022().read_spread(conductance, 1 * second)[quiet]
    said = np.sqrt(read_noise**2 + step**2 / 12)
    ratio = np.sqrt((seen**2).mean() / (said**2).mean())
    assert ratio == pytest.approx(1.0, abs=0.05)
    assert np.sqrt((seen**2).mean() / (step**2 / 12)) > 1.1  # rounding alone would be noticed


def test_a_cell_that_hardly_conducts_adds_hardly_any_noise(monkeypatch):
    # Such a cell has far more transfer than conductance, by detours through its neighbours; its
    # noise was once amplified by the ratio, and one column went wild.
    def one_nearly_open_cell(*arguments, **keywords):
        silicon = draw_silicon(*arguments, **keywords)
        mask = np.zeros_like(silicon.stuck.mask)
        mask[0, 3, 60] = True
        stuck = StuckCells(mask=mask, conductance=np.where(mask, 1e-15, 0.0))
        return dataclasses.replace(silicon, stuck=stuck)

    monkeypatch.setattr(virtual_chip, "draw_silicon", one_nearly_open_cell)
    chip = chip_with(stuck=0.0, sheet=crossbar_64(tiles=1))
    for _ in range(20):
        chip.program("cells", np.full(chip.datasheet.shape, 22))
    chip.wait(1 * second)
    chip.set_codes("range", np.asarray(1))
    codes = chip.run(Frames(tile=0, codes=np.full((200, 64), 40))).codes
    assert codes[:, 60].std() < 2 * codes[:, 58].std() + 0.5


# The clock


def test_every_action_takes_the_time_it_says():
    chip = chip_with()
    clock = [chip.time]

    def took():
        clock.append(chip.time)
        return clock[-1] - clock[-2]

    assert clock == [0.0]
    chip.set_codes("range", np.array([[0, 0, 0, 0, 3], [0, 0, 0, 0, 1]]))
    assert took() == 0.0
    # The slowest range counts: 62.5 ns * 2^3, and 100 ns to convert.
    chip.read("column codes")
    assert took() == pytest.approx(600 * ns)
    chip.read("cell codes")
    assert took() == pytest.approx(6 * 600 * ns)
    chip.run(Frames(tile=0, codes=np.zeros((7, 6), dtype=np.int64)))
    assert took() == pytest.approx(7 * 600 * ns)
    chip.run(Frames(tile=1, codes=np.zeros((7, 6), dtype=np.int64)))
    assert took() == pytest.approx(7 * 225 * ns)
    # Row after row, tiles in parallel: the tile with most rows at work counts.
    pulses = np.zeros((2, 6, 5), dtype=np.int64)
    pulses[0, :2, 3] = 4
    pulses[1, 1:5, :] = -2
    chip.program("cells", pulses)
    assert took() == pytest.approx(4 * us)
    chip.program("cells", np.asarray(0))
    assert took() == 0.0
    chip.wait(3 * second)
    assert took() == pytest.approx(3 * second)


def test_a_chip_powers_up_with_all_lines_in_use_and_everything_else_at_zero():
    chip = chip_with()
    ones = {"row select", "column connect"}
    assert set(chip.description.knobs) == {
        *ones,
        "row voltage",
        "range",
        "offset trim",
        "test current",
    }
    for knob, port in chip.description.knobs.items():
        assert chip.codes(knob).shape == port.shape
        assert (chip.codes(knob) == (1 if knob in ones else 0)).all(), knob
    assert chip.time == 0.0


# What production leaves to chance


@pytest.fixture(scope="module")
def pieces():
    sheet = small(rows=3, columns=3, tiles=1)
    return [
        draw_silicon(serial, sheet, published_spread(), strength_spread=0.7125)
        for serial in range(500)
    ]


@pytest.mark.parametrize(
    ("name", "standardised"),
    [
        # Pelgrom's rule, Kinget (2005): sqrt((5 mV * 10 /V)^2 + (1.04 %)^2) = 5.1 %.
        ("adc_gain", lambda piece: np.log(piece.adc_gain) / 0.051),
        # 5 mV um / sqrt(0.4 um2) = 7.9 mV, in steps of 1 V / 256.
        ("adc_offset", lambda piece: piece.adc_offset * (1000 / 256) / 7.9),
        ("dac_gain", lambda piece: (piece.dac_gain - 1) / 0.005),
        ("dac_offset", lambda piece: piece.dac_offset / (2.5 * mV)),
        ("cell_lowest", lambda piece: np.log(piece.cell_lowest / (0.5 * uS)) / 0.238),
        ("cell_highest", lambda piece: (piece.cell_highest / (60 * uS) - 1) / 0.1145),
        ("cell_strength", lambda piece: np.log(piece.cell_strength) / 0.7125),
    ],
)
def test_hidden_magnitudes_have_the_published_spread(pieces, name, standardised):
    z = np.concatenate([np.ravel(standardised(piece)) for piece in pieces])
    assert stats.kstest(z, "norm").pvalue > 0.01, name
    assert stats.kstest(1.2 * z, "norm").pvalue < 0.01  # 20 % too much would be noticed


def test_wires_differ_from_chip_to_chip_by_ten_percent_and_the_two_kinds_independently(pieces):
    word = np.array([piece.r_word_line for piece in pieces]) / 2.5 - 1
    bit = np.array([piece.r_bit_line for piece in pieces]) / 2.5 - 1
    for deviation in (word, bit):
        assert stats.kstest(deviation / 0.1, "norm").pvalue > 0.01
        assert stats.kstest(deviation / 0.07, "norm").pvalue < 0.01
    assert abs(np.corrcoef(word, bit)[0, 1]) < 0.15


def test_as_many_cells_are_stuck_as_published_and_the_test_current_keeps_its_tolerance(pieces):
    stuck = sum(int(piece.stuck.mask.sum()) for piece in pieces)
    assert stats.binomtest(stuck, 500 * 9, 0.0977).pvalue > 0.01
    assert stats.binomtest(stuck, 500 * 9, 0.12).pvalue < 0.01
    error = np.array([piece.reference_gain for piece in pieces]) - 1
    assert 0.9e-3 < np.abs(error).max() <= 1e-3


def test_cells_that_miss_an_end_of_the_window_are_as_rare_as_in_the_neurram_notebooks():
    # 3 of 1660 cells, 0.18 %, never reached their target (Wan et al. 2022, notebooks).
    piece = draw_silicon(1, crossbar_64(tiles=8), published_spread(), strength_spread=0.7125)
    for misses in (piece.cell_lowest > 1 * uS, piece.cell_highest < 40 * uS):
        assert stats.binomtest(int(misses.sum()), 8 * 4096, 0.0018).pvalue > 0.01
    assert (piece.cell_highest > piece.cell_lowest).all()


# Wrong use


@pytest.mark.parametrize(
    ("ask", "known"),
    [
        (lambda chip: chip.codes("gain"), "'row voltage', 'row select'"),
        (lambda chip: chip.set_codes("gain", np.asarray(0)), "'offset trim'"),
        (lambda chip: chip.program("rows", np.asarray(0)), "'cells'"),
        (lambda chip: chip.read("cells"), "'column codes', 'cell codes'"),
    ],
)
def test_an_unknown_name_is_refused_and_the_message_names_the_known_ones(ask, known):
    with pytest.raises(InvalidInput, match=known):
        ask(chip_with())


@pytest.mark.parametrize(
    ("knob", "codes", "message"),
    [
        ("row voltage", 128, "from -127 to 127, but got codes from 128 to 128"),
        ("row select", 2, "from 0 to 1"),
        ("range", -1, "from 0 to 7"),
        ("offset trim", 32, "from -32 to 31"),
        ("row voltage", 1.0, "integer codes, but got float64"),
        ("row voltage", np.full(6, np.nan), "integer codes"),
        ("row voltage", np.zeros((2, 5), dtype=int), r"shape \(2, 6\), but got \(2, 5\)"),
        ("column connect", np.zeros((3, 2, 5), dtype=int), r"shape \(2, 5\)"),
        ("range", np.array(["1"]), "integer codes"),
    ],
)
def test_codes_that_a_knob_does_not_know_are_refused(knob, codes, message):
    with pytest.raises(InvalidInput, match=message):
        chip_with().set_codes(knob, codes)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (23, "from -22 to 22"),
        (0.5, "integer codes"),
        (np.zeros((6, 4), dtype=int), r"shape \(2, 6, 5\)"),
    ],
)
def test_pulses_that_the_chip_does_not_know_are_refused(words, message):
    chip = chip_with()
    before = reveal(chip)[1]
    with pytest.raises(InvalidInput, match=message):
        chip.program("cells", words)
    assert (reveal(chip)[1] == before).all()
    assert chip.time == 0.0


@pytest.mark.parametrize(
    ("tile", "codes", "message"),
    [
        (2, np.zeros((1, 6), dtype=int), "no tile 2; crossbar-64 #3 has tiles 0 to 1"),
        (-1, np.zeros((1, 6), dtype=int), "no tile -1"),
        (0, np.zeros(6, dtype=int), r"shape \(trials, 6\), but have \(6,\)"),
        (0, np.zeros((1, 5), dtype=int), r"shape \(1, 6\)"),
        (0, np.zeros((1, 6)), "integer codes"),
        (0, np.full((1, 6), -128), "from -127 to 127"),
    ],
)
def test_frames_that_do_not_fit_are_refused(tile, codes, message):
    with pytest.raises(InvalidInput, match=message):
        chip_with().run(Frames(tile=tile, codes=codes))


@pytest.mark.parametrize("seconds", [-1.0, np.nan, np.inf])
def test_time_does_not_run_backwards_or_without_end(seconds):
    chip = chip_with()
    with pytest.raises(InvalidInput, match="negative"):
        chip.wait(seconds)
    assert chip.time == 0.0


def test_numbers_that_name_no_chip_are_refused():
    with pytest.raises(InvalidInput, match="serial number and seed must not be negative"):
        VirtualCrossbarChip(-1)
    with pytest.raises(InvalidInput, match="3 and -2"):
        VirtualCrossbarChip(3, seed=-2)
    with pytest.raises(InvalidInput, match="at least one tile"):
        crossbar_64(tiles=0)


def test_the_data_sheet_finds_the_most_sensitive_range_that_fits():
    sheet = crossbar_64(tiles=1)
    # Range 0 converts 64 cells of 40 uS at 0.2 V, 512 uA, but for the last step.
    assert sheet.full_scale(0) == pytest.approx(127 / 128 * 512 * uA)
    assert sheet.range_for(500 * uA) == 0
    assert sheet.range_for(0.2 / (25 * kohm)) == 5  # 8 uA, one cell: above 127/128 of it
    assert sheet.range_for(7.9 * uA) == 6
    assert sheet.range_for(1.0) == 0
    assert sheet.range_for(0.0) == 7
    assert sheet.pulse_voltage(np.array([-22, -1, 0, 1, 22])) == pytest.approx(
        [-3.3, -1.2, 0.0, 1.2, 3.3]
    )
