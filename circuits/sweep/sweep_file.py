"""Sweep files: TOML in, a spec out.

    circuit = "dpi_neuron"          # or "package.module:function", or netlist = "FILE.cir"
    measures = ["rate", "first_spike"]
    temperatures = ["0 degC", "27 degC", "60 degC"]
    corners = ["tt", "ss", "ff"]
    samples = 100                   # of mismatch
    seed = 1

    [parameters]
    duration = "200 ms"                                              # fixed
    threshold_voltage = ["0.45 V", "0.5 V"]                          # a list
    leak_current = { from = "1 pA", to = "20 pA", points = 5, scale = "log" }   # a grid
    input_current = { low = "50 pA", high = "1 nA", scale = "log" }  # spread by the design

    [design]
    kind = "sobol"                  # or "latin hypercube"
    points = 64

Quantities are written with their unit. Unknown keys and wrong units are refused.
"""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ohmloom.circuits.analyses import Ac, Analysis, Dc, Noise, OperatingPoint, Ramp, Transient
from ohmloom.circuits.experiment import ROOM_TEMPERATURE, parameter_units
from ohmloom.circuits.measures.catalogue import LEVEL, TRACE, measure_kind
from ohmloom.circuits.sweep.spec import (
    Design,
    Engine,
    NamedMeasure,
    Range,
    SweepSpec,
    Values,
)
from ohmloom.circuits.sweep.subject import load_circuit
from ohmloom.errors import CorruptFile, InvalidInput
from ohmloom.si import parse, parse_temperature

_KEYS: Final = (
    "circuit", "netlist", "technology", "engine", "measures", "corners", "temperatures", "samples",
    "seed", "time_limit", "parameters", "design", "options", "analysis",
)  # fmt: skip
_UNITS: Final = ("V", "A", "S", "ohm", "s", "F", "m", "K", "Hz", "J", "W", "C")


def read_sweep_file(path: str | Path) -> SweepSpec:
    """Read a sweep file.

    Args:
        path: of the file; a netlist in it is looked for beside it.

    Raises:
        InvalidInput: it is not there, an unknown key, circuit, parameter or unit, with the nearest
            names, or a value of the wrong kind.
        CorruptFile: it is no TOML.
    """
    file = Path(path)
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot read the sweep file {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorruptFile(f"{file} is no TOML: {error}") from error
    try:
        return sweep_spec(held, folder=file.parent)
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error}") from error


def sweep_spec(held: Mapping[str, Any], *, folder: Path) -> SweepSpec:
    """The spec of what a sweep file holds.

    Args:
        held: its content.
        folder: where relative paths begin.

    Raises:
        InvalidInput: an unknown key, circuit, parameter or unit, or a value of the wrong kind.
    """
    _only(held, _KEYS, "the file")
    circuit, netlist = held.get("circuit"), held.get("netlist")
    if (circuit is None) == (netlist is None):
        raise InvalidInput("write either circuit = ... or netlist = ..., and not both")
    units: Mapping[str, str] | None = None
    if circuit is not None:
        units = parameter_units(load_circuit(_text(circuit, "circuit")))
    measures, named = _measures(held.get("measures", []))
    design = _table(held.get("design", {}), "design", ("kind", "points"))
    limit = held.get("time_limit")
    return SweepSpec(
        circuit=circuit,
        netlist=None if netlist is None else folder / _text(netlist, "netlist"),
        technology=None if "technology" not in held else _text(held["technology"], "technology"),
        engine=_choice(held.get("engine", Engine.NGSPICE.value), Engine, "engine"),
        parameters={
            name: _parameter(name, value, units)
            for name, value in _table(held.get("parameters", {}), "parameters", None).items()
        },
        design=_choice(design.get("kind", Design.LATIN_HYPERCUBE.value), Design, "design.kind"),
        design_points=_whole(design.get("points", 0), "design.points"),
        corners=tuple(_text(each, "corners") for each in _list(held.get("corners", []), "corners")),
        temperatures=tuple(
            parse_temperature(_text(each, "temperatures"))
            for each in _list(held["temperatures"], "temperatures")
        )
        if "temperatures" in held
        else (ROOM_TEMPERATURE,),
        samples=_whole(held.get("samples", 0), "samples"),
        measures=measures,
        named_measures=named,
        analysis=_analysis(held["analysis"]) if "analysis" in held else None,
        options=_table(held.get("options", {}), "options", None),
        seed=_whole(held.get("seed", 0), "seed"),
        time_limit=None if limit is None else parse(_text(limit, "time_limit"), "s"),
    )


def _parameter(name: str, value: Any, units: Mapping[str, str] | None) -> Values | Range:
    unit = None
    if units is not None:
        if name not in units:
            near = difflib.get_close_matches(name, units, n=3)
            raise InvalidInput(
                f"there is no parameter {name!r}; "
                f"{'did you mean' if near else 'there are'} {', '.join(near or units)}"
            )
        unit = units[name]
    if isinstance(value, list):
        return Values(values=tuple(_quantity(each, unit, name) for each in value))
    if not isinstance(value, dict):
        return Values(values=(_quantity(value, unit, name),))
    scale = value.get("scale", "linear")
    if scale not in {"linear", "log"}:
        raise InvalidInput(f"{name}: scale {scale!r} is neither 'linear' nor 'log'")
    logarithmic = scale == "log"
    if "low" in value or "high" in value:
        _only(value, ("low", "high", "scale"), name)
        _need(value, ("low", "high"), name)
        ends = (_quantity(value[key], unit, name) for key in ("low", "high"))
        low, high = ends
        return Range(low=low, high=high, logarithmic=logarithmic)
    _only(value, ("from", "to", "points", "scale"), name)
    _need(value, ("from", "to", "points"), name)
    first, last = (_quantity(value[key], unit, name) for key in ("from", "to"))
    count = _whole(value["points"], f"{name}.points")
    if count < 1:
        raise InvalidInput(f"{name}: a grid of {count} points is no grid; give one or more")
    if logarithmic:
        if not (first > 0.0 and last > 0.0):
            raise InvalidInput(f"{name}: a grid in decades needs both ends above zero")
        spaced = np.geomspace(first, last, count)
    else:
        spaced = np.linspace(first, last, count)
    return Values(values=tuple(spaced.tolist()), logarithmic=logarithmic)


def _quantity(value: Any, unit: str | None, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise InvalidInput(f"{where}: {value!r} is no quantity")
    if unit == "1" or (unit is None and not isinstance(value, str)):
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError as error:
                raise InvalidInput(f"{where}: {value!r} is no number") from error
        return float(value)
    if not isinstance(value, str):
        raise InvalidInput(f"{where}: write {value} with its unit, such as '{value} {unit}'")
    if unit is not None:
        try:
            return parse(value, unit)
        except InvalidInput as error:
            raise InvalidInput(f"{where}: {error}") from error
    for each in _UNITS:
        try:
            return parse(value, each)
        except InvalidInput:
            continue
    raise InvalidInput(f"{where}: {value!r} is no quantity; units are {', '.join(_UNITS)}")


def _measures(held: Any) -> tuple[tuple[str, ...], tuple[NamedMeasure, ...]]:
    own, named = [], []
    for each in _list(held, "measures"):
        if isinstance(each, str):
            own.append(each)
        elif isinstance(each, dict):
            named.append(_named_measure(each))
        else:
            raise InvalidInput(f"measures: {each!r} is neither a name nor a table")
    return tuple(own), tuple(named)


def _named_measure(held: Mapping[str, Any]) -> NamedMeasure:
    _need(held, ("measure",), "a measure")
    kind_name = _text(held["measure"], "measure")
    kind = measure_kind(kind_name)
    parameters: dict[str, float | str] = {}
    for name, value in held.items():
        if name in {"measure", "name"}:
            continue
        unit = kind.parameters.get(name)
        if unit == TRACE or (unit is None and isinstance(value, str)):
            parameters[name] = _text(value, name)
        else:
            parameters[name] = _quantity(value, None if unit == LEVEL else unit, name)
    measure = NamedMeasure(
        name=_text(held.get("name", kind_name), "name"), kind=kind_name, parameters=parameters
    )
    kind.make(**parameters)
    return measure


def _analysis(held: Any) -> Analysis:
    kinds = {
        "operating point": (),
        "dc": ("target", "from", "to", "step"),
        "ac": ("from", "to", "points_per_decade"),
        "transient": ("stop", "step", "longest_step", "record_from", "from_operating_point"),
        "noise": ("output", "source", "from", "to", "points_per_decade"),
    }
    table = _table(held, "analysis", None)
    kind = _text(table.get("kind", ""), "analysis.kind")
    if kind not in kinds:
        raise InvalidInput(f"analysis.kind {kind!r} is none of {', '.join(kinds)}")
    _only(table, ("kind", *kinds[kind]), f"a {kind} analysis")
    rest = {key: value for key, value in table.items() if key != "kind"}

    def quantity(name: str, unit: str) -> float:
        _need(rest, (name,), f"a {kind} analysis")
        return _quantity(rest[name], unit, f"analysis.{name}")

    if kind == "operating point":
        return OperatingPoint()
    if kind == "dc":
        _need(rest, kinds[kind], "a dc analysis")
        first, last, step = (_quantity(rest[k], None, k) for k in ("from", "to", "step"))
        return Dc(
            inner=Ramp(target=_text(rest["target"], "target"), start=first, stop=last, step=step)
        )
    if kind == "transient":
        optional = {
            name: quantity(name, "s") for name in ("longest_step", "record_from") if name in rest
        }
        return Transient(
            stop=quantity("stop", "s"),
            step=quantity("step", "s"),
            from_operating_point=bool(rest.get("from_operating_point", True)),
            **optional,
        )
    start, stop = quantity("from", "Hz"), quantity("to", "Hz")
    points = _whole(rest.get("points_per_decade", 20), "points_per_decade")
    if kind == "ac":
        return Ac(start=start, stop=stop, points_per_decade=points)
    _need(rest, ("output", "source"), "a noise analysis")
    return Noise(
        output=_text(rest["output"], "output"),
        source=_text(rest["source"], "source"),
        start=start,
        stop=stop,
        points_per_decade=points,
    )


def _choice(value: Any, kind: Any, where: str) -> Any:
    for each in kind:
        if each.value == value:
            return each
    raise InvalidInput(f"{where} {value!r} is none of {', '.join(each.value for each in kind)}")


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{where}: {value!r} must be text, in quotes")
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InvalidInput(f"{where}: {value!r} must be a whole number, not negative")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(f"{where}: {value!r} must be a list, in brackets")
    return value


def _table(value: Any, where: str, keys: tuple[str, ...] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where}: {value!r} must be a table")
    if keys is not None:
        _only(value, keys, where)
    return value


def _only(held: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in held:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=2)
            raise InvalidInput(
                f"{where} has no key {key!r}; "
                f"{'did you mean' if near else 'there are'} {', '.join(near or keys)}"
            )


def _need(held: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if key not in held]
    if missing:
        raise InvalidInput(f"{where} needs {', '.join(missing)}")
