"""Experiments: runs the benches of a circuit and reads its measures."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Final, get_args, get_origin, get_type_hints

from ohmloom.circuits.circuit import Bench, Circuit, Measure, Unit
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.waveforms import Waveforms
from ohmloom.errors import InvalidInput
from ohmloom.si import kelvin

ROOM_TEMPERATURE: Final = 300.15 * kelvin
"""27 degrees Celsius, where SPICE is by itself."""


def run_bench(bench: Bench, *, temperature: float = ROOM_TEMPERATURE) -> Waveforms:
    """Simulate one experiment.

    Args:
        bench: what to run.
        temperature: of everything [K].

    Raises:
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice refused the bench or found no solution.
    """
    return simulate(bench.netlist, bench.analysis, temperature=temperature, options=bench.options)


def circuit_measures(circuit: Circuit) -> Mapping[str, tuple[str, Measure]]:
    """Every measure of a circuit by name, with the name of the bench that it stands on."""
    return {
        name: (bench_name, measure)
        for bench_name, make in circuit.benches().items()
        for name, measure in make().measures.items()
    }


def measure_circuit(
    circuit: Circuit,
    *,
    measures: Collection[str] | None = None,
    temperature: float = ROOM_TEMPERATURE,
) -> dict[str, float]:
    """Simulate a circuit and read its measures.

    Args:
        circuit: what to measure.
        measures: names; only the benches that they need are run. All where None.
        temperature: of everything [K].

    Returns:
        By name, in the unit of each measure; nan where there is nothing to read.

    Raises:
        InvalidInput: the circuit has no measure of such a name.
        MissingDependency: the ngspice library is not installed.
        SimulatorError: ngspice refused a bench or found no solution.
    """
    found: dict[str, float] = {}
    known: list[str] = []
    for make in circuit.benches().values():
        bench = make()
        known += bench.measures
        wanted = [name for name in bench.measures if measures is None or name in measures]
        if wanted:
            waveforms = run_bench(bench, temperature=temperature)
            found |= {name: float(bench.measures[name].of(waveforms)) for name in wanted}
    for name in measures or ():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            raise InvalidInput(
                f"{type(circuit).__name__} has no measure {name!r}; "
                f"{'did you mean' if near else 'it has'} {', '.join(near or known)}"
            )
    return found


def parameter_units(circuit: Circuit) -> Mapping[str, str]:
    """The unit of each parameter of a circuit, by name, as its annotation says."""
    hints = get_type_hints(type(circuit), include_extras=True)
    found = {}
    for field in fields(circuit):  # type: ignore[arg-type]
        hint = hints[field.name]
        units = [each.symbol for each in get_args(hint) if isinstance(each, Unit)]
        if get_origin(hint) is not None and units:
            found[field.name] = units[0]
    return found
