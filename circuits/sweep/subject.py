"""The subject of a sweep: what a point is asked of, a circuit or a netlist of the user's."""

import difflib
import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from ohmloom.circuits.catalogue import CIRCUITS
from ohmloom.circuits.circuit import Behaves, Bench, Circuit, Measure
from ohmloom.circuits.experiment import circuit_measures, parameter_units
from ohmloom.circuits.measures.catalogue import measure_kind
from ohmloom.circuits.netlist import Netlist
from ohmloom.circuits.ngspice import simulate
from ohmloom.circuits.sweep.spec import Engine, SweepSpec
from ohmloom.circuits.technologies.catalogue import TECHNOLOGIES
from ohmloom.circuits.technologies.mismatch import Deviation, draw_mismatch, with_mismatch
from ohmloom.circuits.technologies.technology import Technology
from ohmloom.errors import InvalidInput
from ohmloom.randomness import stream

NOMINAL: Final = -1
"""The sample that is no sample: a circuit without mismatch."""


class Subject(Protocol):
    """What answers for a point."""

    @property
    def parameter_units(self) -> Mapping[str, str]:
        """Unit of each parameter that can be swept, by name."""
        ...

    @property
    def measure_units(self) -> Mapping[str, str]:
        """Unit of each asked measure, by name."""
        ...

    def measure(
        self, parameters: Mapping[str, float], *, corner: str, temperature: float, sample: int
    ) -> dict[str, float]:
        """Every asked measure at one point.

        Args:
            parameters: by name [SI].
            corner: of the technology, empty for its own.
            temperature: [K].
            sample: number of the sample, `NOMINAL` for none.
        """
        ...


def subject_of(spec: SweepSpec) -> Subject:
    """What a sweep is about, checked against everything that is asked of it.

    Raises:
        InvalidInput: an unknown circuit, technology, corner, parameter or measure, with the nearest
            names; or something that such a subject cannot do.
    """
    subject: Subject
    subject = _CircuitSubject(spec) if spec.circuit is not None else _NetlistSubject(spec)
    for name in spec.parameters:
        if name not in subject.parameter_units:
            raise _unknown("parameter", name, subject.parameter_units)
    return subject


def load_circuit(name: str) -> Circuit:
    """A circuit by its name in the catalogue, or by `package.module:function`.

    Raises:
        InvalidInput: there is none, with the nearest names.
    """
    module_name, colon, function = name.partition(":")
    if not colon:
        if name not in CIRCUITS:
            raise _unknown("circuit", name, CIRCUITS)
        return CIRCUITS[name]()
    try:
        made = getattr(importlib.import_module(module_name), function)()
    except (ImportError, AttributeError) as error:
        raise InvalidInput(
            f"circuit {name!r} cannot be made: {error}; it is read as package.module:function"
        ) from error
    if not isinstance(made, Circuit):
        raise InvalidInput(
            f"{name} returns a {type(made).__name__}, which is no circuit: it needs a technology, "
            f"netlist() and benches()"
        )
    return made


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A circuit with the benches of a point, kept while only the sample changes."""

    key: tuple[object, ...]
    circuit: Circuit
    benches: tuple[Bench, ...]


class _CircuitSubject:
    def __init__(self, spec: SweepSpec) -> None:
        circuit: Any = load_circuit(str(spec.circuit))
        if spec.technology is not None:
            circuit = replace(circuit, technology=_technology(spec.technology))
        self._spec = spec
        self._circuit: Any = circuit
        self.parameter_units = parameter_units(circuit)
        self._whole = {
            name for name in self.parameter_units if isinstance(getattr(circuit, name), int)
        }
        known = circuit_measures(circuit)
        self._own = _known_measures(spec, known)
        wanted = {known[name][0] for name in spec.measures}
        if spec.named_measures:
            wanted.add(next(iter(circuit.benches())))
        self._benches = tuple(name for name in circuit.benches() if name in wanted)
        self.measure_units = {name: known[name][1].unit for name in spec.measures} | {
            name: each.unit for name, each in self._own.items()
        }
        for corner in spec.corners:
            circuit.technology.at_corner(corner)
        if spec.engine is Engine.THEORY:
            self._check_theory(circuit)
        self._made: _Made | None = None

    def measure(
        self, parameters: Mapping[str, float], *, corner: str, temperature: float, sample: int
    ) -> dict[str, float]:
        made = self._at(parameters, corner)
        if self._spec.engine is Engine.THEORY:
            theory = made.circuit.behave(temperature=temperature)  # type: ignore[attr-defined]
            return {
                name: theory[name].value if name in theory else math.nan
                for name in self._spec.measures
            }
        found: dict[str, float] = {}
        for place, bench in enumerate(made.benches):
            netlist = bench.netlist
            if sample != NOMINAL:
                drawn = _sample(netlist, made.circuit.technology, self._spec.seed, sample)
                netlist = with_mismatch(netlist, drawn)
            options = {**bench.options, **self._spec.options}
            waves = simulate(netlist, bench.analysis, temperature=temperature, options=options)
            measures: dict[str, Measure] = {
                name: bench.measures[name] for name in self._spec.measures if name in bench.measures
            }
            if place == 0:
                measures |= self._own
            found |= {name: float(each.of(waves)) for name, each in measures.items()}
        return found

    def _at(self, parameters: Mapping[str, float], corner: str) -> _Made:
        key = (corner, *parameters.items())
        if self._made is None or self._made.key != key:
            changes: dict[str, Any] = {
                name: int(value) if name in self._whole else value
                for name, value in parameters.items()
            }
            if corner:
                changes["technology"] = self._circuit.technology.at_corner(corner)
            circuit = replace(self._circuit, **changes)
            makers: Mapping[str, Callable[[], Bench]] = circuit.benches()
            simulated = self._spec.engine is Engine.NGSPICE
            benches = tuple(makers[name]() for name in self._benches) if simulated else ()
            self._made = _Made(key=key, circuit=circuit, benches=benches)
        return self._made

    def _check_theory(self, circuit: Circuit) -> None:
        spec = self._spec
        if spec.samples or spec.named_measures:
            raise InvalidInput("theory knows no samples of mismatch and no traces; use ngspice")
        known = (
            circuit.behave(temperature=spec.temperatures[0]) if isinstance(circuit, Behaves) else {}
        )
        for name in spec.measures:
            if name not in known:
                raise InvalidInput(
                    f"theory says nothing of {name!r}; it speaks of "
                    f"{', '.join(known) or 'nothing here'}"
                )


class _NetlistSubject:
    def __init__(self, spec: SweepSpec) -> None:
        from ohmloom.circuits.spice_text.reader import read_deck  # noqa: PLC0415

        if spec.netlist is None:
            raise InvalidInput("a sweep needs a circuit or a netlist")
        if spec.engine is Engine.THEORY:
            raise InvalidInput("a netlist brings no theory; use engine = 'ngspice'")
        deck = read_deck(spec.netlist)
        analysis = spec.analysis or (deck.analyses[0] if deck.analyses else None)
        if analysis is None:
            raise InvalidInput(
                f"{spec.netlist} says nothing of an analysis; write one into it, such as "
                f"'.tran 1u 1m', or give an [analysis]"
            )
        if spec.measures:
            raise InvalidInput(
                f"a netlist has no measures of its own, such as {spec.measures[0]!r}; write "
                f"measure, trace and the like in [[measures]]"
            )
        self._analysis = analysis
        self._options = {**deck.options, **spec.options}
        self._spec = spec
        self._netlist = deck.netlist
        self._technology = _technology(spec.technology) if spec.technology is not None else None
        if self._technology is None and (spec.samples or spec.corners):
            raise InvalidInput(
                "samples and corners of a netlist need a technology, which says how its "
                "transistors scatter"
            )
        if spec.corners:
            raise InvalidInput("a netlist brings its own models, which have no corners")
        self._own = _known_measures(spec, {})
        self.parameter_units = dict.fromkeys(deck.netlist.parameters, "1")
        self.measure_units = {name: each.unit for name, each in self._own.items()}

    def measure(
        self,
        parameters: Mapping[str, float],
        *,
        corner: str,  # noqa: ARG002  a netlist has none
        temperature: float,
        sample: int,
    ) -> dict[str, float]:
        netlist = replace(
            self._netlist, parameters={**self._netlist.parameters, **dict(parameters)}
        )
        if sample != NOMINAL and self._technology is not None:
            drawn = _sample(netlist, self._technology, self._spec.seed, sample)
            netlist = with_mismatch(netlist, drawn)
        waves = simulate(netlist, self._analysis, temperature=temperature, options=self._options)
        return {name: float(each.of(waves)) for name, each in self._own.items()}


def _sample(
    netlist: Netlist, technology: Technology, seed: int, sample: int
) -> Mapping[str, Deviation]:
    """The same chip at every point: its numbers come from its own number alone."""
    return draw_mismatch(netlist, technology, rng=stream(seed, "mismatch", sample))


def _technology(name: str) -> Technology:
    if name not in TECHNOLOGIES:
        raise _unknown("technology", name, TECHNOLOGIES)
    return TECHNOLOGIES[name]()


def _known_measures(spec: SweepSpec, known: Mapping[str, object]) -> dict[str, Measure]:
    for name in spec.measures:
        if name not in known and spec.netlist is None:
            raise _unknown("measure", name, known)
    return {
        each.name: measure_kind(each.kind).make(**each.parameters) for each in spec.named_measures
    }


def _unknown(what: str, name: str, known: Mapping[str, object]) -> InvalidInput:
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.5)
    near += [each for each in known if name and name.lower() in each and each not in near]
    hint = "did you mean" if near else "there are"
    return InvalidInput(
        f"there is no {what} {name!r}; {hint} {', '.join(near or known) or 'none at all'}"
    )
