import numpy as np
import pytest

from ohmloom.devices.fitting.measurements import pulse_train, retention_series, rows_of, sweep
from ohmloom.errors import InvalidInput
from ohmloom.si import kohm, mA, ms, uS

TIME = np.arange(200) * 1 * ms
VOLTAGE = np.sin(2 * np.pi * np.arange(200) / 200)
CURRENT = VOLTAGE / (5 * kohm)


def test_a_clean_sweep_passes_unchanged():
    found = sweep(TIME, VOLTAGE, CURRENT)
    assert (found.current == CURRENT).all()
    # Many readings at the crest of a sine are alike; they are not clipped.
    assert not found.clipped.any()
    assert not sweep(TIME[:50], VOLTAGE[:50] ** 3, CURRENT[:50]).clipped.any()


def test_clipping_by_the_instrument_is_refused_with_its_rows_or_marked():
    limited = np.minimum(CURRENT, 0.12 * mA)
    rows = np.flatnonzero(0.12 * mA < CURRENT)
    with pytest.raises(InvalidInput, match=rf"0.00012 A in \d+ rows \(rows {rows[0] + 1}, "):
        sweep(TIME, VOLTAGE, limited)
    marked = sweep(TIME, VOLTAGE, limited, accept_clipping=True).clipped
    assert marked[rows].all()
    assert marked.sum() <= rows.size + 4
    both = limited.clip(min=-0.12 * mA)
    told = sweep(TIME, VOLTAGE, both, compliance=0.12 * mA, accept_clipping=True).clipped
    assert (told == (np.abs(both) >= 0.12 * mA)).all()
    with pytest.raises(InvalidInput, match="limited"):
        sweep(TIME, VOLTAGE, -np.minimum(-CURRENT, 0.05 * mA))


def test_time_that_does_not_rise_is_refused_with_its_rows():
    moments = TIME.copy()
    moments[[7, 90]] = moments[[6, 50]]
    with pytest.raises(InvalidInput, match=r"2 rows \(rows 8, 91\): row 8 has 0.006 s after 0.006"):
        sweep(moments, VOLTAGE, CURRENT)


def test_numbers_that_no_memristor_takes_point_to_a_wrong_unit():
    with pytest.raises(InvalidInput, match="perhaps in mV"):
        sweep(TIME, VOLTAGE * 1000, CURRENT)
    with pytest.raises(InvalidInput, match="perhaps in uA"):
        sweep(TIME, VOLTAGE, CURRENT * 1e6)
    with pytest.raises(InvalidInput, match="perhaps in uS"):
        pulse_train(np.ones(9), np.full(9, 40.0))


def test_a_current_against_the_voltage_is_refused():
    with pytest.raises(InvalidInput, match="against the voltage"):
        sweep(TIME, VOLTAGE, -CURRENT)


def test_rows_without_a_number_are_named():
    current = CURRENT.copy()
    current[[3, 4, 5, 6, 7, 8, 9]] = np.nan
    with pytest.raises(InvalidInput, match=r"rows 4, 5, 6, 7, 8 and 2 more"):
        sweep(TIME, VOLTAGE, current)
    assert rows_of(np.array([False, True])) == "2"


def test_a_sweep_that_does_not_sweep_is_refused():
    with pytest.raises(InvalidInput, match="never changes"):
        sweep(TIME, np.ones(200), CURRENT)
    with pytest.raises(InvalidInput, match="4 rows"):
        sweep(TIME[:3], VOLTAGE[:3], CURRENT[:3])


def test_pulses_are_counted_by_their_sign():
    train = pulse_train(np.array([0, 1.2, -1.5, 1.2]), np.array([1, 2, 1, 2]) * uS)
    assert train.pulses.tolist() == [0, 1, -1, 1]
    assert "2 up, 1 down" in repr(train)
    with pytest.raises(InvalidInput, match=r"above zero, but is not in 1 rows \(rows 2\)"):
        pulse_train(np.ones(4), np.array([1, 0, 1, 1]) * uS)
    with pytest.raises(InvalidInput, match="no row has a pulse"):
        pulse_train(np.zeros(4), np.ones(4) * uS)


def test_retention_of_several_cells_is_sorted_out():
    time = np.array([1, 1, 10, 10, 100, 100.0])
    conductance = np.array([5, 7, 4, 6, 3, 5]) * uS
    series = retention_series(time, conductance, np.array([0, 1, 0, 1, 0, 1]))
    assert series.time.tolist() == [1, 10, 100]
    assert series.conductance / uS == pytest.approx(np.array([[5, 4, 3], [7, 6, 5]]))
    with pytest.raises(InvalidInput, match=r"does not rise in rows 2, 4, 6 of cell 0\.0"):
        retention_series(time, conductance)
    with pytest.raises(InvalidInput, match="other times"):
        retention_series(np.sort(np.arange(1.0, 7.0)), conductance, np.array([0, 0, 0, 1, 1, 1]))
    with pytest.raises(InvalidInput, match="time must be above zero"):
        retention_series(time - 1, conductance)


STEADY = np.arange(4000) * 0.1 * ms
SHAPES = {
    "rectangular pulses": np.where((np.arange(4000) // 20) % 2, 1.0, 0.0),
    "a held voltage": np.clip(np.sin(2 * np.pi * np.arange(4000) / 4000), -0.6, 0.6),
    "a staircase": np.round(8 * np.sin(2 * np.pi * np.arange(4000) / 4000)) / 8,
    "a triangle": 1.0 - np.abs(np.arange(4000) / 1000 - 2.0),
    "a sine": np.sin(2 * np.pi * np.arange(4000) / 4000),
}


@pytest.mark.parametrize("bits", [6, 8, 12, 40])
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_equal_currents_at_equal_voltages_are_not_clipped(shape, bits):
    # A converter of so many bits, and a resistor.
    volts, code = SHAPES[shape], 0.2 * mA / 2 ** (bits - 1)
    assert not sweep(STEADY, volts, np.round(volts * 0.2 * mA / code) * code).clipped.any()


def test_the_offset_of_a_sweep_of_one_sign_is_not_clipped():
    volts = np.abs(VOLTAGE)
    current = volts**3 * 0.1 * mA
    current[:8] = -1e-12
    assert not sweep(TIME, volts, current).clipped.any()


def test_a_limiter_of_the_set_is_found_beside_a_reset_of_a_hundred_times_the_current():
    current = np.where(VOLTAGE > 0.4, 10e-6, np.where(VOLTAGE < 0, VOLTAGE * mA, VOLTAGE * 1e-6))
    with pytest.raises(InvalidInput, match="stays at 1e-05 A"):
        sweep(TIME, VOLTAGE, current)


def test_a_device_that_saturates_passes_when_the_limit_is_said():
    current = 0.1 * mA * np.tanh(5 * VOLTAGE)
    with pytest.raises(InvalidInput, match="compliance of the instrument if it is the device"):
        sweep(TIME, VOLTAGE, current)
    assert not sweep(TIME, VOLTAGE, current, compliance=1 * mA).clipped.any()
    for nothing in (0.0, np.nan):
        with pytest.raises(InvalidInput, match="compliance must not be zero"):
            sweep(TIME, VOLTAGE, current, compliance=nothing)


def test_a_clock_that_is_too_coarse_is_told_from_rows_out_of_order():
    with pytest.raises(InvalidInput, match="too coarse; give the interval"):
        sweep(np.floor(TIME / (2 * ms)) * 2 * ms, VOLTAGE, CURRENT)


def test_pulses_of_different_sizes_are_not_taken_for_equal_ones():
    conductance = np.array([1, 2, 3, 4, 3]) * uS
    with pytest.raises(InvalidInput, match=r"2 are not 1.1 \(rows 2, 4\)"):
        pulse_train(np.array([0, 1.0, 1.1, 1.2, -1.0]), conductance)
    with pytest.raises(InvalidInput, match=r"1 are not -1 \(rows 5\)"):
        pulse_train(np.array([0, -1, -1, -1, -3]), conductance)
    # The sizes of the two signs may differ, and the voltage that was measured scatters.
    train = pulse_train(np.array([9, 1.001, 0.999, 1.0, -2.0]), conductance)
    assert train.pulses[1:].tolist() == [1, 1, 1, -1]
