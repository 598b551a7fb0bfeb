"""Bias generators of both chips against published currents."""

import numpy as np
import pytest

from ohmloom.circuits.dynapse import bias
from ohmloom.circuits.dynapse.parameters import (
    SE1_PARAMETERS,
    SE2_PARAMETERS,
    bias_parameter,
)
from ohmloom.errors import InvalidInput, OutOfModelRange
from ohmloom.si import ms, nA, pA, pF, uA


@pytest.mark.parametrize(
    ("coarse", "fine", "expected"),
    [(5, 80, 125.5 * nA), (4, 80, 15.69 * nA), (0, 255, 15 * pA), (7, 255, 24 * uA)],
)
def test_se1_currents_are_shares_of_the_full_scale(coarse, fine, expected):
    assert bias.current("se1", "IF_THR_N", coarse, fine) == pytest.approx(expected, rel=1e-3)


def test_se1_currents_of_all_codes_are_fewer_than_codes():
    # The Institute of Neuroinformatics counts 1812 different entries of 2048.
    table = bias.currents("se1", "IF_DC_P")
    assert bias.current("se1", "IF_DC_P", 2, 22) == pytest.approx(70.7 * pA, rel=1e-3)
    assert (table[:, 0] == 0.0).all()
    assert table.shape == (8, 256)


@pytest.mark.parametrize(
    ("name", "coarse", "fine", "expected", "share"),
    [
        ("SOIF_LEAK_N", 0, 50, 8.858106e-12, 0.61),
        ("SOIF_LEAK_N", 1, 60, 8.532541e-11, 0.61),
        ("SOIF_GAIN_N", 3, 40, 6.302734e-09, 1.05),
        ("SOIF_DC_P", 2, 80, 5.179975e-10, 0.38),
        ("SOIF_SPKTHR_P", 3, 254, 1.303054e-08, 0.38),
        ("SOIF_REFR_N", 2, 60, 1.180306e-09, 1.05),
        ("DEAM_ETAU_P", 2, 40, 1.395091e-10, 0.2),
        ("DEAM_EGAIN_P", 3, 80, 7.457113e-09, 0.68),
        ("SYAM_W0_P", 4, 40, 9.951404e-09, 0.22),
        ("SYPD_EXT_N", 3, 100, 1.339303e-08, 0.92),
        ("DENM_NMREV_N", 0, 60, 1.836787e-11, 1.05),
        ("SOAD_TAU_P", 0, 10, 5.715353e-13, 0.2),
    ],
)
def test_se2_master_currents_are_those_of_the_published_table(name, coarse, fine, expected, share):
    # Oracle: rockpool's table, whose constants are taken out again.
    parameter = bias_parameter("se2", name)
    assert parameter.share == share
    master = bias.master_currents("se2", parameter.family)[coarse, fine]
    assert master == pytest.approx(expected / share, rel=0.014)


@pytest.mark.parametrize(
    ("coarse", "fine", "expected"),
    [
        (0, 20, 376 * ms),
        (1, 60, 40.2 * ms),
        (1, 140, 19.0 * ms),
        (2, 30, 10.5 * ms),
        (2, 40, 8.2 * ms),
    ],
)
def test_se2_time_constants_follow_the_curve_and_not_a_constant(coarse, fine, expected):
    def time_constant(current):
        return 24.5 * pF * 25e-3 / (0.705 * current)

    made = bias.current("se2", "DEAM_ETAU_P", coarse, fine)
    assert time_constant(made) == pytest.approx(expected, rel=0.03)
    constant = 0.2 * bias.master_currents("se2", "p")[coarse, fine]
    assert abs(time_constant(constant) / expected - 1.0) > 0.15


def test_se2_currents_fall_at_every_multiple_of_32():
    for family in ("n", "p"):
        table = bias.master_currents("se2", family)
        falls = np.argwhere(np.diff(table, axis=1) < 0.0)[:, 1] + 1
        assert set(falls) == {32, 64, 96, 128, 160, 192, 224}


@pytest.mark.parametrize("chip", ["se1", "se2"])
def test_no_code_is_nearer_than_the_nearest(chip):
    rng = np.random.default_rng(1)
    names = list(SE1_PARAMETERS if chip == "se1" else SE2_PARAMETERS)
    for name in rng.choice(names, 8, replace=False):
        table = bias.currents(chip, name)
        for wanted in np.geomspace(table[table > 0].min(), table.max(), 30):
            found = bias.nearest_code(chip, name, wanted)
            others = [bias.current(chip, name, *code) for code in bias.all_codes(chip)[1::7]]
            ratio = np.abs(np.log(np.array([each for each in others if each > 0.0]) / wanted)).min()
            assert abs(np.log(found.current / wanted)) <= ratio + 1e-12
            assert found.current == bias.current(chip, name, found.coarse, found.fine)


def test_bisection_on_fine_codes_would_miss_the_nearest():
    # Between 31 and 32 the current falls: a search that believes in order ends elsewhere.
    table = bias.currents("se2", "SOIF_GAIN_N")
    wanted = table[2, 31]
    assert bias.nearest_code("se2", "SOIF_GAIN_N", wanted) == bias.NearestCode(
        coarse=2, fine=31, current=wanted
    )
    assert np.searchsorted(table[2], wanted) != 31


@pytest.mark.parametrize(
    ("coarse", "fine"), [(6, 0), (-1, 0), (0, 256), (0, -1), (1.5, 0), (True, 0)]
)
def test_codes_out_of_range_are_refused(coarse, fine):
    with pytest.raises(InvalidInput, match="SOIF_DC_P: coarse"):
        bias.current("se2", "SOIF_DC_P", coarse, fine)


def test_unknown_names_come_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"did you mean .*SYPD_DLY0_P"):
        bias.current("se2", "SYPD_DYL0_P", 0, 0)
    with pytest.raises(InvalidInput, match="'se1' or 'se2'"):
        bias.current("se3", "SOIF_DC_P", 0, 0)


@pytest.mark.parametrize("current", [0.0, -1e-12, np.nan, np.inf])
def test_currents_that_are_none_are_refused(current):
    with pytest.raises(InvalidInput, match="above zero"):
        bias.nearest_code("se2", "SOIF_DC_P", current)


def test_currents_beyond_the_generator_are_refused():
    with pytest.raises(OutOfModelRange, match="choose another"):
        bias.nearest_code("se2", "SOIF_LEAK_N", 1e-3)


def test_every_se1_bias_has_its_own_address():
    addresses = [each.address for each in SE1_PARAMETERS.values()]
    assert len(set(addresses)) == len(addresses) == 25
    for each in SE1_PARAMETERS.values():
        known = {*SE2_PARAMETERS, "R2R_BUFFER_AMPB", None}
        assert each.counterpart in known
