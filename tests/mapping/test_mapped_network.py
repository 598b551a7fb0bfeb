"""A mapped network against the plain one: on an ideal chip the same, on a real one nearly."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest

from ohmloom.calibration.crossbar_calibration import STUCK, calibrate_crossbar
from ohmloom.circuits.crossbar import Crossbar
from ohmloom.circuits.crossbar_chip.datasheet import crossbar_64
from ohmloom.circuits.crossbar_chip.silicon import ProductionSpread, published_spread
from ohmloom.circuits.crossbar_chip.virtual_chip import VirtualCrossbarChip, reveal
from ohmloom.devices.pulse_updates.incremental_pulse import gong_2022
from ohmloom.devices.statistics.wan_2022 import wan_2022
from ohmloom.errors import DoesNotFit, InvalidInput, WrongChip
from ohmloom.mapping.dense_network import DenseLayer, DenseNetwork
from ohmloom.mapping.mapped_network import calibrated_limits, map_network, row_codes
from ohmloom.mapping.write_verify import neurram_settings
from ohmloom.si import uS


def network(*sizes, seed=1):
    rng = np.random.default_rng(seed)
    layers = []
    for i, (before, after) in enumerate(pairwise(sizes)):
        last = i == len(sizes) - 2
        layers.append(
            DenseLayer(
                weight=rng.standard_normal((after, before)) / np.sqrt(before),
                bias=0.1 * rng.standard_normal(after),
                input_range=1.0 if i == 0 else 2.5,
                rectified=not last,
            )
        )
    return DenseNetwork(layers=tuple(layers))


def inputs(trials, size, seed=2):
    return np.random.default_rng(seed).uniform(-1, 1, (trials, size))


def ideal_chip(tiles, rows=64, columns=64):
    """A chip that leaves nothing to chance, whose cells stay, with fine converters."""
    sheet = dataclasses.replace(
        crossbar_64(tiles=tiles),
        rows=rows,
        columns=columns,
        dac_bits=12,
        adc_bits=14,
        r_word_line=0.0,
        r_bit_line=0.0,
        reference_tolerance=0.0,
    )
    published = published_spread()
    ends = {"cell_lowest": published.cell_lowest, "cell_highest": published.cell_highest}
    zero = {field.name: 0.0 for field in dataclasses.fields(ProductionSpread)}
    whole = wan_2022()
    still = dataclasses.replace(
        whole,
        coefficients=tuple((0.0, 0.0) for _ in whole.ages),
        read_noise=dataclasses.replace(whole.read_noise, coefficient=0.0),
    )
    return VirtualCrossbarChip(
        1,
        datasheet=sheet,
        spread=ProductionSpread(**(zero | ends)),
        statistics=still,
        pulse_response=dataclasses.replace(gong_2022(), cycle_noise=0.0, strength_spread=0.0),
    )


def finely():
    return dataclasses.replace(
        neurram_settings(), tolerance=0.03 * uS, step_back=15, most_rounds=150
    )


def relative_error(found, expected):
    return np.sqrt(((found - expected) ** 2).mean()) / expected.std()


@pytest.mark.parametrize(
    ("sizes", "tiles"),
    [
        ((20, 12, 5), 2),
        ((100, 20), 2),  # inputs cut into two blocks, whose parts of a sum are added
        ((10, 50), 2),  # outputs cut into two blocks
        ((70, 40, 3), 6),  # both, and a second layer of 40 inputs
    ],
)
def test_on_an_ideal_chip_it_is_the_dense_network(sizes, tiles):
    net, chip, data = network(*sizes), ideal_chip(tiles), inputs(60, sizes[0])
    mapped = map_network(net, chip.datasheet, record=None, samples=data)
    result = mapped.program(chip, settings=finely())
    assert result.arrived[result.asked].mean() > 0.98
    expected = net(data)
    assert relative_error(mapped.run(chip, data), expected) < 0.01
    # Negative control: one block lost, or a bias forgotten, would be noticed.
    crippled = dataclasses.replace(mapped, blocks=mapped.blocks[:-1])
    assert relative_error(crippled.run(chip, data), expected) > 0.05
    assert relative_error(expected - net.layers[-1].bias, expected) > 0.05


def test_an_odd_number_of_columns_leaves_the_last_one_over():
    chip = ideal_chip(1, rows=7, columns=9)
    net, data = network(6, 4), inputs(30, 6)
    mapped = map_network(net, chip.datasheet, record=None, samples=data)
    mapped.program(chip, settings=finely())
    assert relative_error(mapped.run(chip, data), net(data)) < 0.02


@pytest.fixture(scope="module")
def on_silicon(calibrated):
    """One network on one real chip, mapped with and without its record."""
    net, data = network(60, 30, 10), inputs(200, 60)
    outputs = {}
    for name, record in (("calibrated", calibrated.record), ("uncalibrated", None)):
        chip = VirtualCrossbarChip(3, datasheet=calibrated.datasheet, seed=5)
        told = []
        mapped = map_network(net, chip.datasheet, record=record, samples=data, progress=told.append)
        assert told[-1] == 1.0
        result = mapped.program(chip)
        outputs[name] = mapped, chip, mapped.run(chip, data), result
    return net(data), outputs


def test_on_a_calibrated_chip_the_outputs_follow_those_of_the_dense_network(on_silicon):
    expected, outputs = on_silicon

    def correlation(name):
        return np.corrcoef(outputs[name][2].ravel(), expected.ravel())[0, 1]

    assert correlation("calibrated") > 0.95
    assert correlation("uncalibrated") < correlation("calibrated") - 0.05


def test_known_stuck_cells_are_left_alone(on_silicon, calibrated):
    mapped, _, _, result = on_silicon[1]["calibrated"]
    stuck = calibrated.record.masks[STUCK]
    assert (mapped.stuck == stuck).mean() > 0.999
    assert not result.asked[stuck].any()
    assert result.asked[~stuck].all()
    uncalibrated = on_silicon[1]["uncalibrated"][3]
    assert uncalibrated.never_arrived[stuck].mean() > 0.9


def test_the_calibrated_codes_are_applied_and_only_rows_in_use_are_selected(on_silicon):
    mapped, chip, _, _ = on_silicon[1]["calibrated"]
    trim = mapped.record.codes["offset trim"]
    assert (chip.codes("offset trim") == trim).all()
    assert (on_silicon[1]["uncalibrated"][1].codes("offset trim") == 0).all()
    rows = np.zeros((2, 64), dtype=int)
    rows[0, :60] = rows[1, :30] = 1
    assert (chip.codes("row select") == rows).all()


def test_the_order_in_which_knobs_were_left_does_not_matter(on_silicon):
    _, outputs = on_silicon
    mapped, chip, _, _ = outputs["calibrated"]
    data = inputs(200, 60)
    chip.set_codes("range", np.asarray(0))
    chip.set_codes("row select", np.asarray(0))
    again = mapped.run(chip, data)
    assert np.corrcoef(again.ravel(), outputs["calibrated"][2].ravel())[0, 1] > 0.99


def test_no_column_is_driven_into_its_rail_by_the_samples(on_silicon):
    mapped, _, _, _ = on_silicon[1]["calibrated"]
    sheet = mapped.datasheet
    drive = row_codes(inputs(200, 60), mapped.network.layers[0], sheet) * sheet.dac_step
    block = mapped.blocks[0].block
    current = np.abs(drive @ mapped.target[0, : block.inputs]).max(axis=0)
    full_scale = sheet.full_scale(mapped.range_code[0])
    assert (current < 1.05 * full_scale).all()
    assert (current > 0.2 * full_scale).mean() > 0.9  # and the range is not wasted


def test_row_codes_round_and_saturate():
    layer = network(3, 2).layers[0]
    sheet = crossbar_64(tiles=1)
    codes = row_codes(np.array([[0.0, 1.0, -0.5], [7.0, -7.0, 0.003]]), layer, sheet)
    assert codes.tolist() == [[0, 127, -64], [127, -127, 0]]


def test_limits_come_from_the_survey(calibrated):
    limits = calibrated_limits(calibrated.datasheet, calibrated.record)
    stuck = calibrated.silicon.stuck.mask & calibrated.record.masks[STUCK]
    assert limits.lowest[stuck] == pytest.approx(
        calibrated.silicon.stuck.conductance[stuck], abs=1.5 * uS
    )
    free = ~limits.stuck
    assert (limits.lowest[free] == 1 * uS).all()
    assert (limits.highest[free] <= 40 * uS).all()
    weak = calibrated.silicon.cell_highest < 38 * uS
    assert (limits.highest[weak & free] < 40 * uS).all()


def test_a_chip_that_the_network_was_not_mapped_for_is_refused(calibrated):
    net, data = network(6, 4), inputs(10, 6)
    sheet = calibrated.datasheet
    mapped = map_network(net, sheet, record=calibrated.record, samples=data)
    other = VirtualCrossbarChip(4, datasheet=sheet)
    for use in (lambda: mapped.program(other), lambda: mapped.run(other, data)):
        with pytest.raises(WrongChip, match="made of crossbar-64 #3"):
            use()
    assert other.time == 0.0
    believer = map_network(net, sheet, record=None, samples=data)
    larger = VirtualCrossbarChip(3, datasheet=crossbar_64(tiles=3))
    with pytest.raises(WrongChip, match=r"of 2 tiles, but the chip is a crossbar-64 of 3"):
        believer.run(larger, data)


def test_a_record_of_a_chip_of_another_size_is_refused(calibrated):
    with pytest.raises(WrongChip, match=r"shape \(2, 64, 64\), but .* \(3, 64, 64\)"):
        map_network(
            network(6, 4),
            crossbar_64(tiles=3),
            record=calibrated.record,
            samples=inputs(10, 6),
        )


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros((3, 5)), r"samples must have shape \(any, 6\)"),
        (np.zeros(6), "samples must have shape"),
        (np.zeros((0, 6)), "there are none"),
        (np.full((1, 6), np.nan), "samples holds 6 value"),
    ],
)
def test_samples_that_do_not_fit_are_refused(samples, said):
    with pytest.raises(InvalidInput, match=said):
        map_network(network(6, 4), crossbar_64(tiles=1), record=None, samples=samples)


def test_inputs_that_do_not_fit_and_networks_that_are_too_large_are_refused():
    chip = ideal_chip(1)
    mapped = map_network(network(6, 4), chip.datasheet, record=None, samples=inputs(5, 6))
    for wrong in (np.zeros((2, 7)), np.zeros(6), np.full((1, 6), np.inf)):
        with pytest.raises(InvalidInput, match="inputs"):
            mapped.run(chip, wrong)
    with pytest.raises(DoesNotFit, match=r"need 2 tiles .* but the chip has 1"):
        map_network(network(6, 4, 3), chip.datasheet, record=None, samples=inputs(5, 6))


def test_inputs_of_zero_give_the_biases(on_silicon):
    mapped, chip, _, _ = on_silicon[1]["calibrated"]
    first = mapped.network.layers[0]
    zero = mapped.run(chip, np.zeros((50, 60))).mean(axis=0)
    expected = mapped.network(np.zeros((1, 60)))[0]
    # What is left are the offsets: fractions of a step, divided by the scale.
    assert np.abs(zero - expected).max() < 0.15 * on_silicon[0].std()
    assert first.bias.std() > 0.05


def test_the_repr_says_what_is_where(on_silicon):
    assert repr(on_silicon[1]["calibrated"][0]) == (
        "MappedNetwork(30x60 10x30 on 2 tiles of crossbar-64 #3)"
    )
    assert "an uncalibrated chip" in repr(on_silicon[1]["uncalibrated"][0])


def test_what_cells_cannot_make_is_reported_in_units_of_weight(on_silicon):
    mapped, chip, _, _ = on_silicon[1]["calibrated"]
    for part in mapped.blocks:
        block = part.block
        weight = mapped.network.layers[block.layer].weight
        assert part.residual.shape == (len(block.outputs), block.inputs)
        wired = Crossbar(
            conductance=mapped.target[block.tile, : block.inputs],
            r_word_line=mapped.r_word_line,
            r_bit_line=mapped.r_bit_line,
        )
        # Rows without inputs are open, but their wire to the ground is there.
        whole = np.zeros((64, 64))
        whole[: block.inputs] = wired.conductance
        seen = dataclasses.replace(wired, conductance=whole).transfer()[: block.inputs]
        made = (seen[:, 2 * block.pairs] - seen[:, 2 * block.pairs + 1]).T / part.scale[:, None]
        assert part.residual == pytest.approx(weight[block.outputs] - made, abs=1e-9)
        assert np.abs(part.residual).mean() < 0.1 * np.abs(weight).mean()
    perfect = on_silicon[1]["uncalibrated"][0].blocks
    assert max(np.abs(part.residual).max() for part in perfect) < 1e-9
    assert reveal(chip)[0].stuck.mask.any()


def test_offsets_of_the_row_drivers_do_not_reach_the_outputs():
    # Drivers with four times the published offset; inputs of zero leave nothing but the offsets.
    spread = dataclasses.replace(published_spread(), dac_offset=10e-3, stuck=0.0)
    datasheet = crossbar_64(tiles=1)
    chip = VirtualCrossbarChip(6, datasheet=datasheet, spread=spread)
    record = calibrate_crossbar(chip)
    net = network(60, 20)
    mapped = map_network(net, datasheet, record=record, samples=inputs(40, 60))
    mapped.program(chip)
    still = np.zeros((40, 60))

    def shift(of):
        return np.abs((of.run(chip, still) - net(still)).mean(axis=0)).max()

    # Negative control: the same chip, the offsets not taken out.
    (block,) = mapped.blocks
    blind = dataclasses.replace(block, row_offset_current=np.zeros_like(block.row_offset_current))
    assert shift(mapped) < 0.3 * shift(dataclasses.replace(mapped, blocks=(blind,)))
