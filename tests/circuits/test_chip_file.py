"""Chip files: what is written is what is fabricated, and what is wrong is said at once."""

import pytest

from ohmloom.circuits.crossbar_chip.chip_file import MODELS, read_chip_file
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal
from ohmloom.errors import InvalidInput
from ohmloom.si import mV, ns, ohm, uS

GOOD = """
model = "crossbar-64"
serial = 3
tiles = 2

[datasheet]
rows = 8
columns = 6
r_word_line = "2 ohm"
conductance_high = "30uS"
shortest_integration = "0.05 us"
adc_bits = 9

[spread]
adc_offset = "5 mV"
dac_offset = "0 V"
stuck = 0.02
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "chip.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refused(path):
    with pytest.raises(InvalidInput) as caught:
        read_chip_file(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_file_says_what_the_chip_is(written):
    file = read_chip_file(written(GOOD))
    assert file.serial == 3
    assert file.datasheet.shape == (2, 8, 6)
    assert file.datasheet.r_word_line == 2 * ohm
    assert file.datasheet.conductance_high == pytest.approx(30 * uS)
    assert file.datasheet.shortest_integration == pytest.approx(50 * ns)
    assert file.datasheet.lowest_adc_code == -256
    assert file.spread.adc_offset == pytest.approx(5 * mV)
    assert file.spread.dac_offset == 0.0
    assert file.spread.stuck == 0.02


def test_what_a_file_does_not_say_is_as_the_model_and_the_literature_have_it(written):
    file = read_chip_file(written('model = "crossbar-64"\nserial = 0\n'))
    assert file.datasheet == crossbar_64()
    assert file.spread == published_spread()
    assert read_chip_file(written(GOOD)).datasheet.r_bit_line == crossbar_64().r_bit_line
    assert read_chip_file(written(GOOD)).spread.wire == published_spread().wire


def test_the_opened_chip_is_the_one_that_the_constructor_makes(written):
    file = read_chip_file(written(GOOD))
    opened = file.open(seed=4)
    made = VirtualCrossbarChip(3, datasheet=file.datasheet, spread=file.spread, seed=4)
    assert opened.identity == made.identity
    assert (opened.read("cell codes") == made.read("cell codes")).all()
    assert reveal(opened)[0].r_word_line == reveal(made)[0].r_word_line


def test_every_model_that_a_file_may_name_can_be_opened(written):
    for name, model in MODELS.items():
        file = read_chip_file(written(f'model = "{name}"\nserial = 1\ntiles = 1\n'))
        assert file.datasheet == model(tiles=1)
        assert file.open().identity.model == name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("serial", "serail", "serail: unknown key; did you mean serial?"),
        ("adc_offset", "adc_ofset", "spread.adc_ofset: unknown key; did you mean adc_offset"),
        ("rows", "row", "datasheet.row: unknown key; did you mean rows"),
        ("adc_bits", "zzz", "datasheet.zzz: unknown key"),
        ("[spread]", "[spreads]", "spreads: unknown key; did you mean spread?"),
        ('"2 ohm"', '"2 V"', "datasheet.r_word_line: "),
        ('"2 ohm"', "2.0", "write it with its unit, such as '2.0 ohm'"),
        ('"2 ohm"', '"2"', "datasheet.r_word_line: "),
        ('"2 ohm"', '"-2 ohm"', "datasheet.r_word_line: "),
        ('"30uS"', '"0 S"', "datasheet.conductance_high: "),
        ('"5 mV"', '"-5 mV"', "spread.adc_offset: "),
        ("stuck = 0.02", "stuck = -0.02", "spread.stuck: "),
        ("stuck = 0.02", "stuck = 1.0", "spread.stuck: "),
        ("stuck = 0.02", "stuck = nan", "spread.stuck: "),
        ("serial = 3", "serial = -3", "serial: "),
        ("serial = 3", "serial = 3.5", "serial: "),
        ("serial = 3", 'serial = "3"', "serial: "),
        ("serial = 3", "serial = true", "serial: "),
        ("tiles = 2", "tiles = 0", "tiles: "),
        ("rows = 8", "rows = 0", "datasheet.rows: "),
        ("rows = 8", "rows = 100000", "datasheet.rows: "),
        ("adc_bits = 9", "adc_bits = 99", "datasheet.adc_bits: "),
        ('"crossbar-64"', '"crossbar-65"', "known: crossbar-64"),
        ('"crossbar-64"', "64", "model: "),
        ('"30uS"', '"0.5 uS"', "conductance_low must be below conductance_high"),
        ('"30uS"', '"inf S"', "datasheet.conductance_high: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(written, old, new, said):
    assert said in refused(written(changed(old, new)))


def test_the_file_of_these_tests_is_right_before_it_is_made_wrong(written):
    read_chip_file(written(GOOD))


def test_all_problems_are_told_in_one_message(written):
    text = changed("serial = 3", "serial = -1").replace("rows", "row").replace("2 ohm", "2 V")
    text = text.replace("crossbar-64", "crossbar-65").replace("stuck = 0.02", "stuck = 2.0")
    message = refused(written(text))
    for place in ("serial", "datasheet.row", "datasheet.r_word_line", "spread.stuck", "model"):
        assert f"\n  {place}: " in message, place
    assert message.count("\n") == 5


def test_what_is_missing_is_named(written):
    message = refused(written("tiles = 2\n"))
    assert "model: field required" in message
    assert "serial: field required" in message


def test_a_file_that_is_not_toml_is_refused(written):
    assert "is not TOML" in refused(written("model = crossbar"))
    path = written("")
    path.write_bytes(b'model = "\xff\xfe"')
    assert "is not TOML" in refused(path)


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path):
    assert "No such file" in refused(tmp_path / "missing.toml")
    assert "cannot be read" in refused(tmp_path)


def test_a_table_where_a_number_belongs_is_refused(written):
    assert "datasheet: " in refused(written('model = "crossbar-64"\nserial = 1\ndatasheet = 3\n'))
    nested = changed("stuck = 0.02", "stuck = { share = 0.1 }")
    assert "spread.stuck: " in refused(written(nested))
