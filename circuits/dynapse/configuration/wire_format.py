"""JSON as samna writes and reads it.

The root is {"value0": object}. Names are in camel case. Arrays of fixed length are objects with
keys value0, value1, ...; vectors are lists; maps are lists of {"key", "value"}; characters and
enums are numbers. How each field is written stands in its metadata, see `array_of` and the like.

Source: the alias classes of rockpool 3.1, whose output samna accepts.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import Field, field
from enum import IntEnum
from typing import Any, TypeVar, cast

from ohmloom.errors import CorruptFile

ConfigurationT = TypeVar("ConfigurationT")

_KIND = "wire kind"
_ITEM = "wire item"
_NAME = "wire name"
_LENGTH = "wire length"


def array_of(item: type, length: int, *, default: Any, name: str | None = None) -> Any:
    """A field that is an array of fixed length.

    Args:
        item: kind of its entries.
        length: how many it has.
        default: a tuple.
        name: on the wire, where it is not the field's in camel case.
    """
    metadata = {_KIND: "array", _ITEM: item, _LENGTH: length, _NAME: name}
    return field(default=default, metadata=metadata)


def vector_of(item: type, *, default: Any) -> Any:
    """A field that is a vector of any length."""
    return field(default=default, metadata={_KIND: "vector", _ITEM: item})


def map_of(item: type, *, default: Any) -> Any:
    """A field that is a map from names to objects."""
    return field(default_factory=lambda: dict(default), metadata={_KIND: "map", _ITEM: item})


def maps_of(item: type, length: int, *, default: Any) -> Any:
    """A field that is an array of maps."""
    return field(
        default_factory=lambda: tuple(dict(default) for _ in range(length)),
        metadata={_KIND: "maps", _ITEM: item, _LENGTH: length},
    )


def character(*, default: Any = dataclasses.MISSING, name: str | None = None) -> Any:
    """A field that is one character."""
    return field(default=default, metadata={_KIND: "character", _ITEM: str, _NAME: name})


def named(name: str, *, default: Any = dataclasses.MISSING) -> Any:
    """A field with another name on the wire."""
    return field(default=default, metadata={_NAME: name})


def untyped(*, default: Any) -> Any:
    """A field of which nobody published what it holds: kept as it was read."""
    return field(default_factory=lambda: dict(default), metadata={_KIND: "untyped"})


def wire_text(configuration: Any, *, indent: int | None = None) -> str:
    """A configuration object as JSON.

    Args:
        configuration: an object of this package.
        indent: for people to read.
    """
    return json.dumps({"value0": to_wire(configuration)}, indent=indent)


def from_wire_text(kind: type[ConfigurationT], text: str) -> ConfigurationT:
    """Read what `wire_text`, or samna, wrote.

    Args:
        kind: class of the object.
        text: JSON.

    Raises:
        CorruptFile: it is cut off, or another object.
    """
    try:
        root = parsed(text)
    except json.JSONDecodeError as error:
        raise CorruptFile(
            f"this is not a whole {kind.__name__}: {error}; the file may be cut off"
        ) from error
    if not isinstance(root, dict) or set(root) != {"value0"}:
        raise CorruptFile(
            f"a {kind.__name__} begins with the key 'value0', but this does not; was it written by "
            f"samna or by ohmloom?"
        )
    return from_wire(kind, root["value0"], kind.__name__)


def parsed(text: str) -> Any:
    """JSON whose equal objects are one object: of 65 536 synapses of a chip most are alike.

    Raises:
        json.JSONDecodeError: it is no JSON.
    """
    seen: dict[Any, dict[str, Any]] = {}

    def one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # 1 and True are equal, but not the same.
        key = tuple(
            (name, type(value), id(value) if isinstance(value, dict | list) else value)
            for name, value in pairs
        )
        return seen.setdefault(key, dict(pairs))

    return json.loads(text, object_pairs_hook=one_of_each)


def to_wire(value: Any, known: dict[int, Any] | None = None) -> Any:
    """An object as dictionaries, lists and numbers.

    Args:
        value: the object.
        known: what was converted before, by identity: most synapses are one and the same.
    """
    known = {} if known is None else known
    if not dataclasses.is_dataclass(value):
        return int(value) if isinstance(value, IntEnum) else value
    if id(value) not in known:
        known[id(value)] = {
            _wire_name(each): _field_to_wire(each, getattr(value, each.name), known)
            for each in dataclasses.fields(value)
        }
    return known[id(value)]


def _field_to_wire(  # noqa: PLR0911  one for each kind
    about: "Field[Any]", value: Any, known: dict[int, Any]
) -> Any:
    match about.metadata.get(_KIND):
        case "array":
            return {f"value{place}": to_wire(item, known) for place, item in enumerate(value)}
        case "vector":
            return [to_wire(item, known) for item in value]
        case "map":
            return _map_to_wire(value, known)
        case "maps":
            return {f"value{place}": _map_to_wire(item, known) for place, item in enumerate(value)}
        case "character":
            return ord(value)
        case "untyped":
            return value
        case _:
            return to_wire(value, known)


def _map_to_wire(value: Mapping[str, Any], known: dict[int, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": to_wire(item, known)} for key, item in value.items()]


def from_wire(
    kind: type[ConfigurationT],
    data: Any,
    where: str,
    known: dict[tuple[type, int], Any] | None = None,
) -> ConfigurationT:
    """An object from dictionaries, lists and numbers.

    Args:
        kind: class of the object.
        data: what the wire holds, as `parsed` gives it.
        where: place of the object, for messages.
        known: what was converted before, by identity.

    Raises:
        CorruptFile: a field is missing, unknown, or of another kind.
    """
    if not dataclasses.is_dataclass(kind):
        return _plain_from_wire(kind, data, where)
    if not isinstance(data, dict):
        raise CorruptFile(f"{where} is {_described(data)}, and not an object")
    known = {} if known is None else known
    if (kind, id(data)) in known:
        return cast(ConfigurationT, known[kind, id(data)])
    fields = {_wire_name(each): each for each in dataclasses.fields(kind)}
    missing, unknown = sorted(fields.keys() - data.keys()), sorted(data.keys() - fields.keys())
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has {', '.join(unknown)}, which it should not"] if unknown else []
        raise CorruptFile(
            f"{where} is no {kind.__name__}: it {' and '.join(parts)}; is this the configuration "
            f"of another chip?"
        )
    values = {
        each.name: _field_from_wire(each, data[name], f"{where}.{name}", known)
        for name, each in fields.items()
    }
    known[kind, id(data)] = kind(**values)
    return cast(ConfigurationT, known[kind, id(data)])


def _field_from_wire(  # noqa: PLR0911  one for each kind
    about: "Field[Any]", data: Any, where: str, known: dict[tuple[type, int], Any]
) -> Any:
    item = about.metadata.get(_ITEM, about.type)
    match about.metadata.get(_KIND):
        case "array":
            entries = _entries(data, about.metadata[_LENGTH], where)
            return tuple(
                from_wire(item, each, f"{where}[{k}]", known) for k, each in enumerate(entries)
            )
        case "vector":
            if not isinstance(data, list):
                raise CorruptFile(f"{where} is {_described(data)}, and not a list")
            return tuple(
                from_wire(item, each, f"{where}[{k}]", known) for k, each in enumerate(data)
            )
        case "map":
            return _map_from_wire(item, data, where, known)
        case "maps":
            entries = _entries(data, about.metadata[_LENGTH], where)
            return tuple(_map_from_wire(item, each, where, known) for each in entries)
        case "character":
            if not isinstance(data, int) or not 0 <= data < 128:
                raise CorruptFile(f"{where} is {_described(data)}, and not the code of a letter")
            return chr(data)
        case "untyped":
            return data
        case _:
            return from_wire(item, data, where, known)


def _entries(data: Any, length: int, where: str) -> list[Any]:
    keys = [f"value{place}" for place in range(length)]
    if not isinstance(data, dict) or set(data) != set(keys):
        raise CorruptFile(f"{where} must have {length} entries, value0 to value{length - 1}")
    return [data[key] for key in keys]


def _map_from_wire(
    item: type, data: Any, where: str, known: dict[tuple[type, int], Any]
) -> dict[str, Any]:
    if not isinstance(data, list) or any(
        not isinstance(each, dict) or set(each) != {"key", "value"} for each in data
    ):
        raise CorruptFile(f"{where} must be a list of keys and values")
    return {
        each["key"]: from_wire(item, each["value"], f"{where}.{each['key']}", known)
        for each in data
    }


def _plain_from_wire(kind: type[ConfigurationT], data: Any, where: str) -> ConfigurationT:
    if issubclass(kind, IntEnum):
        try:
            return cast(ConfigurationT, kind(data))
        except ValueError:
            known = ", ".join(f"{each.value} ({each.name.lower()})" for each in kind)
            raise CorruptFile(f"{where} is {data!r}, but must be one of {known}") from None
    if type(data) is not kind and not (kind is float and type(data) is int):
        raise CorruptFile(f"{where} is {_described(data)}, and not {kind.__name__}")
    return cast(ConfigurationT, data)


def _described(data: Any) -> str:
    return "nothing" if data is None else f"{type(data).__name__} {str(data)[:30]!r}"


def _wire_name(about: "Field[Any]") -> str:
    given = about.metadata.get(_NAME)
    if given:
        return str(given)
    first, *rest = about.name.split("_")
    return first + "".join(part.capitalize() for part in rest)
