"""A record comes back as it was saved, or not at all."""

import dataclasses
import json
from types import MappingProxyType

import numpy as np
import pytest

from ohmloom.calibration import record as record_module
from ohmloom.calibration.record import CalibrationRecord, Measured
from ohmloom.circuits.chip import ChipIdentity
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip
from ohmloom.errors import CannotWrite, CorruptFile, InvalidInput, WrongChip
from ohmloom.provenance import provenance


def measured(failed=0):
    value = np.array([[1.5, -2.0, 0.1, 7.0]])
    return Measured(
        value=value,
        uncertainty=0.01 * np.abs(value),
        valid=np.arange(4)[None] >= failed,
        unit="ADC steps",
    )


def made(**changes):
    record = CalibrationRecord(
        chip=ChipIdentity(model="crossbar-64", serial=3),
        quantities=MappingProxyType({"column offset": measured(), "gain / nominal": measured(2)}),
        masks=MappingProxyType({"stuck cells": np.array([True, False])}),
        codes=MappingProxyType({"offset trim": np.full((1, 64), -7)}),
        at_limit=MappingProxyType({"offset trim": np.arange(64)[None] < 3}),
        chip_time=1.25,
        provenance=provenance(),
    )
    return dataclasses.replace(record, **changes)


def test_a_record_comes_back_as_it_was_saved(tmp_path):
    saved = made()
    loaded = CalibrationRecord.load(saved.save(tmp_path / "record"))
    for field in ("chip", "chip_time", "provenance"):
        assert getattr(loaded, field) == getattr(saved, field)
    assert list(loaded.quantities) == list(saved.quantities)
    for name, one in saved.quantities.items():
        other = loaded.quantities[name]
        assert other.unit == one.unit
        for part in ("value", "uncertainty", "valid"):
            np.testing.assert_array_equal(getattr(other, part), getattr(one, part), strict=True)
    for group in ("masks", "codes", "at_limit"):
        assert list(getattr(loaded, group)) == list(getattr(saved, group))
        for name, array in getattr(saved, group).items():
            np.testing.assert_array_equal(getattr(loaded, group)[name], array, strict=True)


def test_a_record_of_a_whole_chip_comes_back(calibrated, tmp_path):
    loaded = CalibrationRecord.load(calibrated.record.save(tmp_path / "record"))
    assert repr(loaded) == repr(calibrated.record)
    assert loaded.summary().equals(calibrated.record.summary())


def test_nothing_is_pickled(tmp_path):
    folder = made().save(tmp_path / "record")
    assert sorted(file.name for file in folder.iterdir()) == ["arrays.npz", "record.json"]
    with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def cut_off(folder, name, share):
    file = folder / name
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])


def change_head(folder, **changes):
    file = folder / "record.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def drop_from_head(folder, key):
    file = folder / "record.json"
    head = json.loads(file.read_text())
    del head[key]
    file.write_text(json.dumps(head))


def change_byte(folder):
    file = folder / "arrays.npz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: cut_off(folder, "arrays.npz", 0.7), "checksum"),
        (lambda folder: cut_off(folder, "arrays.npz", 0.0), "checksum"),
        (change_byte, "checksum"),
        (lambda folder: (folder / "arrays.npz").unlink(), "no arrays.npz; copy the whole folder"),
        (lambda folder: cut_off(folder, "record.json", 0.6), "cut off"),
        (lambda folder: cut_off(folder, "record.json", 0.0), "cut off"),
        (lambda folder: (folder / "record.json").write_bytes(b"\xff\xfe\x00"), "cut off"),
        (lambda folder: (folder / "record.json").write_text("[1, 2]"), "not a record"),
        (lambda folder: (folder / "record.json").write_text("{}"), "not a record"),
        (lambda folder: change_head(folder, kind="ohmloom sweep"), "is a 'ohmloom sweep'"),
        (lambda folder: change_head(folder, schema=2), "version 2; this release reads"),
        (lambda folder: drop_from_head(folder, "chip"), "lacks a part"),
        (lambda folder: drop_from_head(folder, "arrays_sha256"), "lacks a part"),
        (lambda folder: change_head(folder, chip={"model": "x"}), "lacks a part"),
        (lambda folder: change_head(folder, units={"no such quantity": "S"}), "lacks a part"),
        (lambda folder: change_head(folder, units=["S"]), "lacks a part"),
    ],
)
def test_a_record_that_is_not_whole_is_refused(tmp_path, harm, said):
    folder = made().save(tmp_path / "record")
    CalibrationRecord.load(folder)
    harm(folder)
    with pytest.raises(CorruptFile, match=said):
        CalibrationRecord.load(folder)


@pytest.mark.parametrize("place", [".", "missing"])
def test_where_there_is_no_record_it_says_so(tmp_path, place):
    with pytest.raises(InvalidInput, match=r"no calibration record at .*: no record\.json in it"):
        CalibrationRecord.load(tmp_path / place)


def test_a_failed_save_leaves_no_half_written_folder(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("the light went out")

    with monkeypatch.context() as broken:
        broken.setattr(record_module.json, "dumps", fail)
        with pytest.raises(RuntimeError, match="light"):
            made().save(tmp_path / "record")
    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_halfway_leaves_the_earlier_record(tmp_path, monkeypatch):
    folder = made(chip_time=1.0).save(tmp_path / "record")
    write_text = record_module.Path.write_text

    def fail(path, *_, **__):
        write_text(path, "half of", encoding="utf-8")
        raise RuntimeError("the light went out")

    with monkeypatch.context() as broken:
        broken.setattr(record_module.Path, "write_text", fail)
        with pytest.raises(RuntimeError, match="light"):
            made(chip_time=2.0).save(folder)
    assert CalibrationRecord.load(folder).chip_time == 1.0
    assert list(tmp_path.iterdir()) == [folder]


def test_a_new_record_replaces_an_earlier_one(tmp_path):
    for time in (1.0, 2.0):
        made(chip_time=time).save(tmp_path / "record")
    assert CalibrationRecord.load(tmp_path / "record").chip_time == 2.0


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file"):
        made().save(tmp_path / "file" / "record")


def test_applying_sets_the_codes_that_were_chosen():
    chip = VirtualCrossbarChip(3, datasheet=crossbar_64(tiles=1))
    made().apply(chip)
    assert (chip.codes("offset trim") == -7).all()


def test_a_record_of_another_chip_is_refused_and_the_chip_stays_as_it_was():
    chip = VirtualCrossbarChip(4, datasheet=crossbar_64(tiles=1))
    with pytest.raises(WrongChip, match=r"made of crossbar-64 #3, but .* is crossbar-64 #4"):
        made().apply(chip)
    assert (chip.codes("offset trim") == 0).all()
    with pytest.raises(WrongChip, match="load its own record"):
        made().check_belongs_to(ChipIdentity(model="crossbar-65", serial=3))
    made().check_belongs_to(ChipIdentity(model="crossbar-64", serial=3))


def test_reprs_count_what_failed():
    assert "2 quantities, 2 values failed, 3 codes at a limit" in repr(made())
    assert "crossbar-64 #3" in repr(made())
    assert repr(measured(1)) == "Measured(median=0.1 ADC steps, shape=(1, 4), failed=1)"
    assert repr(measured(4)) == "Measured(median=nan ADC steps, shape=(1, 4), failed=4)"


def test_the_summary_has_one_line_per_quantity_and_leaves_failures_out():
    table = made().summary().set_index("quantity")
    assert list(table.index) == ["column offset", "gain / nominal"]
    # 1.5, -2, 0.1, 7: the median is 0.8; without the first two it is 3.55, and half of 6.9 apart.
    assert table.loc["column offset", "median"] == pytest.approx(0.8)
    assert table.loc["gain / nominal", "median"] == pytest.approx(3.55)
    assert table.loc["gain / nominal", "spread"] == pytest.approx(3.45)
    assert table.loc["gain / nominal", "uncertainty"] == pytest.approx(0.0355)
    assert table.loc["gain / nominal", ["values", "failed"]].tolist() == [4, 2]
    nothing = made(quantities={"gain": measured(4)}).summary()
    assert nothing.loc[0, "failed"] == 4
    assert np.isnan(nothing.loc[0, "median"])


def test_a_record_of_a_chip_of_another_size_is_refused_and_the_chip_stays_as_it_was():
    chip = VirtualCrossbarChip(3, datasheet=crossbar_64(tiles=2))
    before = chip.codes("offset trim")
    with pytest.raises(WrongChip, match="another size"):
        made().apply(chip)
    assert (chip.codes("offset trim") == before).all()
