from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from ohmloom.devices.kernels.jart_vcm import JartQuantities, solved_cells
from ohmloom.devices.memristors.jart_vcm import JartVcm, cueppers_2019
from ohmloom.physical_constants import boltzmann, elementary_charge

DEVICE = cueppers_2019()
NUMBERS = [field.name for field in fields(JartVcm) if field.name != "typical_drive"]
SIZES = np.array([0.0, 1e-8, 1e-6, 1e-3, 0.01, *np.linspace(0.05, 1.5, 30)])
VOLTAGES = np.concatenate([-SIZES[::-1], SIZES])
DENSITIES = np.geomspace(0.004e26, 22e26, 50)


def torch_device(device):
    """The same cell for tensors, which go through the plain formulas."""
    values = {name: getattr(device, name) for name in NUMBERS}
    return replace(
        device,
        **{
            name: torch.from_numpy(value)
            for name, value in values.items()
            if isinstance(value, np.ndarray)
        },
    )


def largest_difference(device, voltage, density):
    """Of contact voltage, current and rate between kernel and formulas, as a share of each."""
    plain, tensors = torch_device(device), (torch.from_numpy(voltage), torch.from_numpy(density))
    contact = plain.schottky_voltage(*tensors).numpy()
    current = plain.current(tensors[0], tensors[1][None]).numpy()
    rate = plain.state_rate(tensors[0], tensors[1][None])[0].numpy()
    # The rate is a difference: what hops one way gives its rounding.
    thermal = boltzmann / elementary_charge * device.temperature(voltage, current)
    hops = device.attempt_frequency * np.exp(-device.hopping_barrier / thermal)
    between = 0.5 * (device.plug_concentration + density)
    one_way = between * hops * device.hopping_distance / device.disc_length
    smallest = np.finfo(np.float64).tiny
    return max(
        np.max(np.abs(found - wanted) / (np.abs(wanted) + extra))
        for found, wanted, extra in (
            (device.schottky_voltage(voltage, density), contact, smallest),
            (device.current(voltage, density[None]), current, smallest),
            (device.state_rate(voltage, density[None])[0], rate, one_way),
        )
    )


def test_the_kernel_gives_the_numbers_of_the_formulas_over_all_voltages_and_states():
    voltage, density = np.meshgrid(VOLTAGES, DENSITIES)
    assert largest_difference(DEVICE, voltage, density) < 1e-12
    other = replace(DEVICE, barrier_height=DEVICE.barrier_height * (1 + 1e-11))
    assert np.any(
        np.abs(
            other.current(0.5 + 0 * density, density[None])
            / DEVICE.current(0.5 + 0 * density, density[None])
            - 1
        )
        > 1e-12
    )


def test_it_does_so_for_cells_that_differ_in_every_parameter():
    rng = np.random.default_rng(1)
    cells = 4000
    varied = replace(
        DEVICE,
        **{name: getattr(DEVICE, name) * rng.uniform(0.9, 1.1, cells) for name in NUMBERS},
    )
    voltage = rng.uniform(-1.5, 1.5, cells)
    density = np.exp(rng.uniform(*np.log([0.004e26, 22e26]), cells))
    assert largest_difference(varied, voltage, density) < 1e-12


def test_the_smallest_solution_is_taken_also_where_two_of_three_are_about_to_vanish():
    # Below some of these heights only the third solution is left.
    height, voltage = np.meshgrid(np.linspace(0.110, 0.122, 1500), np.linspace(0.8, 1.6, 5))
    device = replace(DEVICE, barrier_height=height.ravel())
    voltage, density = voltage.ravel(), np.full(voltage.size, 3e26)
    contact = device.schottky_voltage(voltage, density)
    assert contact.min() < 0.015
    assert contact.max() > 0.06
    # Where two solutions come together, both are known to fewer digits.
    assert largest_difference(device, voltage, density) < 1e-3


@pytest.mark.parametrize("name", NUMBERS)
def test_every_parameter_reaches_the_kernel(name):
    device = replace(DEVICE, **{name: 1.05 * getattr(DEVICE, name)})
    # The last two are states at which the bounds are felt.
    voltage = np.array([0.4, -0.4, -0.8, 0.8])
    density = np.array([0.1e26, 0.1e26, 18e26, 0.009e26])
    assert largest_difference(device, voltage, density) < 1e-12
    changed = [
        np.any(method(device)(voltage, density[None]) != method(DEVICE)(voltage, density[None]))
        for method in (lambda d: d.current, lambda d: d.state_rate)
    ]
    assert any(changed)


def test_arguments_and_parameters_broadcast_as_in_the_formulas():
    radius = np.array([40e-9, 45e-9, 50e-9])
    voltage, density = np.array([-0.5, 0.2])[:, None, None], np.array([[1e24], [1e25]])
    whole = replace(DEVICE, radius=radius).current(voltage, density[None])
    assert whole.shape == (2, 2, 3)
    rows = replace(DEVICE, radius=radius[:2, None])
    assert rows.current(voltage, density[None]).shape == (2, 2, 1)
    for i, volt in enumerate(voltage.ravel()):
        for j, number in enumerate(density.ravel()):
            for k, own in enumerate(radius):
                alone = replace(DEVICE, radius=own).current(volt, np.array([number]))
                assert alone.shape == ()
                assert whole[i, j, k] == pytest.approx(alone, rel=1e-14)
                if j == k:
                    assert rows.current(voltage, density[None])[i, j, 0] == whole[i, j, k]
    nothing = DEVICE.state_rate(np.zeros(0), np.zeros((1, 0)))
    assert nothing.shape == (1, 0)


def test_single_precision_goes_through_the_formulas_and_stays_single():
    voltage, density = np.array([0.2, -0.3]), np.array([1e25, 2e26])
    single = DEVICE.current(voltage.astype(np.float32), density[None].astype(np.float32))
    assert single.dtype == np.float32
    assert single == pytest.approx(DEVICE.current(voltage, density[None]), rel=1e-4, abs=0.0)


def test_what_is_not_a_number_stays_none_and_leaves_its_neighbours_alone():
    voltage = np.array([0.2, np.nan, 0.2, 0.2])
    density = np.array([1e25, 1e25, np.nan, 1e25])
    current = DEVICE.current(voltage, density[None])
    assert np.isnan(current).tolist() == [False, True, True, False]
    assert current[0] == current[3]
    contact = DEVICE.schottky_voltage(voltage, density)
    assert np.isnan(contact).tolist() == [False, True, True, False]


def test_a_cell_that_emits_nothing_takes_the_whole_voltage():
    closed = JartQuantities(
        *(293.0, 1e7, 3e6, 1e27, 100.0, 1300.0, 0.0, 60.0, 59.9, 1e-31, 1e-16, 4e-9),
        *(1e-10, 1.35, 1e13, 4e-10, 3e-9, 2e27, 1e24, 2e27),
    )
    solved = solved_cells(np.array([0.5, -0.5]), np.array([1e25, 1e25]), closed)
    assert solved.contact == pytest.approx([0.5, -0.5], abs=1e-9)
    assert abs(solved.current).max() < 1e-9
