"""Words of the DYNAP-SE1 against those that libcaer made, and against their own decoder."""

import csv
import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom.circuits.dynapse.configuration.se1 import Dynapse1SynType
from ohmloom.circuits.dynapse.configuration.se1_words import (
    BUFFERS,
    SHIFTED_SOURCES,
    BiasWord,
    BufferWord,
    CamWord,
    ShiftedSourceWord,
    SramWord,
    decode_word,
    encode_bias,
    encode_buffer,
    encode_cam,
    encode_monitor,
    encode_second_time_constant,
    encode_shifted_source,
    encode_sram,
    encode_time_constant_reset,
)
from ohmloom.errors import InvalidInput


def rows(name):
    folder = os.environ.get("OHMLOOM_DATA")
    path = Path(folder or "", "libcaer_words", f"{name}.csv")
    if folder is None or not path.is_file():
        pytest.skip("OHMLOOM_DATA does not name the folder of the data")
    with path.open() as file:
        return [{key: int(value) for key, value in row.items()} for row in csv.DictReader(file)]


def cam_of(row):
    return CamWord(
        listen_core=row["pre_neuron"] >> 8,
        listen_neuron=row["pre_neuron"] & 255,
        syn_type=Dynapse1SynType(row["synapse_type"]),
        core=row["post_neuron"] >> 8,
        neuron=row["post_neuron"] & 255,
        cam=row["cam_id"],
    )


def sram_of(row):
    return SramWord(
        virtual_core=row["virtual_core"],
        sy=bool(row["sy"]),
        dy=row["dy"],
        sx=bool(row["sx"]),
        dx=row["dx"],
        core_mask=row["destination_core_mask"],
        core=row["neuron"] >> 8,
        neuron=row["neuron"] & 255,
        sram=row["sram_id"],
    )


def bias_of(row):
    return BiasWord(
        address=row["bias_address"],
        coarse=7 - row["coarse_libcaer"],
        fine=row["fine"],
        high=bool(row["high"]),
        normal=bool(row["normal"]),
        n_type=bool(row["n_type"]),
        enabled=bool(row["enabled"]),
    )


# A few of libcaer's own, for machines without the whole list.
CAM_COLUMNS = ("pre_neuron", "post_neuron", "cam_id", "synapse_type", "word")
SRAM_COLUMNS = ("neuron", "sram_id", "virtual_core", "sx", "dx", "sy", "dy",
                "destination_core_mask", "word")  # fmt: skip
SAMPLES = [
    (encode_cam, cam_of, dict(zip(CAM_COLUMNS, (908, 791, 37, 1, 416255143), strict=True))),
    (encode_cam, cam_of, dict(zip(CAM_COLUMNS, (284, 855, 13, 3, 835168679), strict=True))),
    (
        encode_sram,
        sram_of,
        dict(zip(SRAM_COLUMNS, (264, 1, 0, 1, 0, 1, 3, 7, 253658160), strict=True)),
    ),
    (
        encode_sram,
        sram_of,
        dict(zip(SRAM_COLUMNS, (441, 0, 1, 1, 0, 1, 2, 11, 489610384), strict=True)),
    ),
]


@pytest.mark.parametrize(("encode", "made_of", "row"), SAMPLES)
def test_words_are_those_of_libcaer(encode, made_of, row):
    assert encode(made_of(row)) == row["word"]
    assert decode_word(row["word"]) == made_of(row)


@pytest.mark.parametrize(
    ("name", "encode", "made_of"),
    [("cam", encode_cam, cam_of), ("sram", encode_sram, sram_of)],
)
def test_all_words_are_those_of_libcaer(name, encode, made_of):
    for row in rows(name):
        assert encode(made_of(row)) == row["word"]
        assert decode_word(row["word"]) == made_of(row)


def test_all_biases_are_those_of_libcaer():
    # Shifted sources (51, 52, 115, 116) and buffers (50, 114) have forms of their own.
    plain = [row for row in rows("bias") if row["bias_address"] not in {50, 51, 52, 114, 115, 116}]
    assert len(plain) > 50
    for row in plain:
        assert encode_bias(bias_of(row)) == row["word"]
        assert decode_word(row["word"]) == bias_of(row)


def test_buffers_and_shifted_sources_are_those_of_libcaer():
    # Two of each, and all of them where the list is at hand.
    known = [(115, 1, 11, 30276784), (51, 4, 167, 13500016), (114, 6, 15, 29962480)]
    for address, coarse, fine, number in known:
        assert encoded_special(address, coarse, fine) == number
    special = [row for row in rows("bias") if row["bias_address"] in {*BUFFERS, *SHIFTED_SOURCES}]
    assert len(special) > 5
    for row in special:
        number = encoded_special(row["bias_address"], row["coarse_libcaer"], row["fine"])
        assert number == row["word"]


def encoded_special(address, libcaer_coarse, fine):
    """A word that has its decoder agree."""
    if address in BUFFERS:
        word = BufferWord(address=address, coarse=7 - libcaer_coarse, fine=fine)
        assert decode_word(encode_buffer(word)) == word
        return encode_buffer(word)
    word = ShiftedSourceWord(address=address, fine=fine & 63)
    assert decode_word(encode_shifted_source(word)) == word
    return encode_shifted_source(word)


def test_special_biases_have_words_of_their_own():
    word = BiasWord(address=50, coarse=1, fine=1, high=True, normal=True, n_type=True, enabled=True)
    with pytest.raises(InvalidInput, match="encode_buffer"):
        encode_bias(word)
    with pytest.raises(InvalidInput, match="buffers have"):
        encode_buffer(BufferWord(address=1, coarse=0, fine=0))
    with pytest.raises(InvalidInput, match="shifted sources have"):
        encode_shifted_source(ShiftedSourceWord(address=1, fine=0))


def test_the_example_of_the_reference():
    word = CamWord(
        listen_core=1, listen_neuron=0x23, syn_type=Dynapse1SynType.AMPA, core=2, neuron=0xB7, cam=5
    )
    assert encode_cam(word) == 0x323758A7


def test_coarse_codes_count_from_the_smallest_current():
    word = BiasWord(
        address=36, coarse=2, fine=22, high=True, normal=True, n_type=False, enabled=True
    )
    # libcaer calls coarse 2 its 5 = 0b101, which reads the same from both sides.
    assert encode_bias(word) == 36 << 18 | 1 << 16 | 0b101 << 12 | 22 << 4 | 0b1101


@given(
    st.builds(
        CamWord,
        listen_core=st.integers(0, 3),
        listen_neuron=st.integers(0, 255),
        syn_type=st.sampled_from(Dynapse1SynType),
        core=st.integers(0, 3),
        neuron=st.integers(0, 255),
        cam=st.integers(0, 63),
    )
)
def test_the_decoder_undoes_the_encoder_of_synapses(word):
    assert decode_word(encode_cam(word)) == word


@given(
    st.builds(
        SramWord,
        virtual_core=st.integers(0, 3),
        sy=st.booleans(),
        dy=st.integers(0, 3),
        sx=st.booleans(),
        dx=st.integers(0, 3),
        core_mask=st.integers(0, 15),
        core=st.integers(0, 3),
        neuron=st.integers(0, 255),
        sram=st.integers(0, 3),
    )
)
def test_the_decoder_undoes_the_encoder_of_destinations(word):
    assert decode_word(encode_sram(word)) == word


@given(
    st.builds(
        BiasWord,
        address=st.integers(0, 127).filter(lambda at: at not in (*BUFFERS, *SHIFTED_SOURCES)),
        coarse=st.integers(0, 7),
        fine=st.integers(0, 255),
        high=st.booleans(),
        normal=st.booleans(),
        n_type=st.booleans(),
        enabled=st.booleans(),
    )
)
def test_the_decoder_undoes_the_encoder_of_biases(word):
    assert decode_word(encode_bias(word)) == word


def test_words_of_the_monitor_and_of_the_second_leak():
    assert encode_monitor(2, 17) == (1 << 11 | 2 << 8, 2 << 8 | 17)
    assert encode_second_time_constant(1, 5) == 1 << 10 | 1 << 8 | 5
    assert encode_time_constant_reset(3, second=True) == 1 << 12 | 1 << 11 | 3 << 8
    assert encode_time_constant_reset(3, second=False) == 1 << 12 | 3 << 8


@pytest.mark.parametrize("field", ["listen_core", "listen_neuron", "core", "neuron", "cam"])
def test_fields_out_of_range_are_named(field):
    word = CamWord(
        listen_core=0, listen_neuron=0, syn_type=Dynapse1SynType.AMPA, core=0, neuron=0, cam=0
    )
    with pytest.raises(InvalidInput, match=f"{field} of a CamWord is 256"):
        encode_cam(dataclasses.replace(word, **{field: 256}))


@pytest.mark.parametrize("number", [-1, 1 << 32, 0, 1 << 10])
def test_numbers_that_are_no_words_are_refused(number):
    with pytest.raises(InvalidInput):
        decode_word(number)
