"""One device as an equation in a circuit, as an update in a programming loop, as noise in training.

The same memristor object goes through all three, and what leaves one is what enters the next.
"""

import numpy as np
import pytest
import torch

from ohmloom.devices.cell_draws import cell_key
from ohmloom.devices.device_array import DeviceArray
from ohmloom.devices.memristors.physical_cells import physical_cells
from ohmloom.devices.memristors.vteam import kvatinsky_2015
from ohmloom.devices.statistics.measured_population import measure_population
from ohmloom.devices.stimulus import pulse_train
from ohmloom.devices.transient import simulate_transient
from ohmloom.devices.write_verify import IncrementalProgramming
from ohmloom.mapping.analog_linear import AnalogLinear
from ohmloom.mapping.differential_pairs import to_pairs
from ohmloom.si import mS, ms, nm, ns, volt

DEVICE = kvatinsky_2015()
SPREADS = {"rate_on": 0.2, "rate_off": 0.2, "threshold_on": 0.02}
TARGETS = np.linspace(2 * mS, 10 * mS, 5)
TOLERANCE = 0.3 * mS
PROGRAMMING = IncrementalProgramming(
    first_set=0.21 * volt,
    last_set=0.45 * volt,
    first_reset=0.1 * volt,
    last_reset=2.0 * volt,
    step=0.01 * volt,
    width=10 * ns,
    read_time=10 * ns,
    erase_pulses=0,
    both_ways=True,
    most_pulses=150,
)


def cells(shape, seed, *, spreads=None, cycle_spread=0.0):
    """An array of the device: its SET is at negative voltages."""
    response, mismatch = physical_cells(
        DEVICE,
        shape=shape,
        spreads=SPREADS if spreads is None else spreads,
        set_sign=-1,
        read_voltage=0.01 * volt,
        cycle_spread=cycle_spread,
        rng=np.random.default_rng(seed),
    )
    return DeviceArray(
        shape=shape,
        key=cell_key(seed, "life"),
        initial=1.5 * mS,
        response=response,
        cells=mismatch,
    )


VOLTAGES = np.array([-0.24, 0.8, -0.23, 1.5, -0.235])


def test_pulses_on_an_array_are_the_transient_of_the_equation():
    array = cells((7,), 3)
    start = array.state
    for volts in VOLTAGES:
        # Above zero means SET to an array; this device is SET by negative voltages.
        array.pulse(-volts, width=10 * ns)
    nominal = cells((1,), 3, spreads={})
    for volts in VOLTAGES:
        nominal.pulse(-volts, width=10 * ns)
    train = pulse_train(VOLTAGES, width=10 * ns, gap=5 * ns)
    alone = simulate_transient(DEVICE, train, initial_state=start[:, :1])
    assert nominal.state[0] == pytest.approx(alone.state[0, -1], rel=1e-6, abs=1e-6 * nm)
    # The cells of the array differ from it, as they should.
    assert np.abs(array.state[0] / nominal.state[0] - 1.0).max() > 1e-2


@pytest.mark.spice
def test_and_that_of_a_circuit_simulator():
    from ohmloom.circuits.analyses import Transient
    from ohmloom.circuits.ngspice import simulate
    from ohmloom.devices.subcircuit import subcircuit

    edge = 0.02 * ns
    train = pulse_train(VOLTAGES, width=10 * ns, gap=5 * ns, edge=edge)
    array = cells((1,), 3, spreads={})
    start = float(array.state[0, 0])
    for volts in VOLTAGES:
        array.pulse(-volts, width=10 * ns)
    points = " ".join(f"{t:.9g} {v:.9g}" for t, v in zip(train.time, train.voltage, strict=True))
    deck = "\n".join(
        [
            "one memristor under pulses",
            subcircuit(DEVICE, name="cell", initial_state=(start,)),
            f"Vin in 0 PWL({points})",
            "Xcell in 0 cell",
            ".end",
        ]
    )
    stop = float(train.time[-1])
    result = simulate(deck, Transient(step=stop / 20_000, stop=stop, from_operating_point=False))
    # Read by hand at the crest of the last pulse: current over voltage.
    last = np.searchsorted(result.time, stop - 5 * ns - 2 * edge)
    current = -result["i(vin)"][last]
    volts = float(np.interp(result.time[last], train.time, train.voltage))
    assert current / volts == pytest.approx(float(array.conductance[0]), rel=1e-2)


def population(seed):
    return measure_population(
        cells((1500,), seed, cycle_spread=0.1),
        TARGETS,
        [1 * ms],
        tolerance=TOLERANCE,
        rng=np.random.default_rng(seed),
        programming=PROGRAMMING,
    )


def test_what_a_programming_loop_leaves_is_the_noise_that_training_adds():
    statistics = population(1)
    layer = AnalogLinear(
        24,
        40,
        statistics=statistics,
        dac_codes=10**6,
        input_range=1.0,
        noise_scale=1.0,
        generator=torch.Generator().manual_seed(1),
    )
    layer.train()
    with torch.no_grad():
        inputs = torch.rand((4000, 24), generator=torch.Generator().manual_seed(2)) * 2 - 1
        exact = inputs @ layer.weight.T
        added = (layer(inputs) - exact).std().item()
    # The same weights, programmed pulse by pulse into cells that the table has never seen.
    pairs = to_pairs(layer.weight.detach(), low=statistics.lowest, high=statistics.highest)
    seen = []
    for number, wanted in enumerate((pairs.positive, pairs.negative)):
        array = cells(tuple(wanted.shape), 50 + number, cycle_spread=0.1)
        array.write_verify(
            wanted.numpy().astype(float),
            tolerance=TOLERANCE,
            rng=np.random.default_rng(60 + number),
            programming=PROGRAMMING,
        )
        seen.append(array.conductance)
    weights = (seen[0] - seen[1]) / pairs.scale.numpy()
    # What all weights have in common is a gain, which calibration removes; noise is the rest.
    error = weights - layer.weight.detach().numpy()
    programmed = (inputs.numpy() @ (error - error.mean()).T).std()
    assert added == pytest.approx(programmed, rel=0.15)
    # Negative control: a band twice as wide is noticed.
    assert added != pytest.approx(2 * programmed, rel=0.15)


def test_two_populations_of_the_same_device_agree_and_another_band_does_not():
    one, other = population(1), population(2)
    assert one.deviation == pytest.approx(other.deviation, rel=0.25)
    # Cells land within the band, most of them: a uniform error has this spread.
    assert one.deviation.max() < 1.2 * TOLERANCE
    assert one.deviation.min() > 0.1 * TOLERANCE
