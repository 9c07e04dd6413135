"""JSON Schemas (2020-12) of the contracts, and of an event's data: a fact as `cloudevents.shown` tells it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, defstruct

from contracts.private import shape_of
from contracts.vocabulary import VOCABULARY

REF = "#/components/schemas/{name}"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def components(kinds: Iterable[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """(the schema of each kind, the named schemas that they refer to, by name)."""
    listed = list(dict.fromkeys(kinds))
    schemas, named = msgspec.json.schema_components(listed, ref_template=REF)
    found = dict(zip(listed, [_whole_numbers(schema) for schema in schemas], strict=True))
    return found, {name: _whole_numbers(_plain(named[name])) for name in sorted(named)}


def _whole_numbers(schema: Any) -> Any:
    """The schema with every integer called what it is: 64 bits, with its sign."""
    if isinstance(schema, dict):
        wider = {"format": "int64"} if schema.get("type") == "integer" else {}
        return {**{name: _whole_numbers(one) for name, one in schema.items()}, **wider}
    return [_whole_numbers(one) for one in schema] if isinstance(schema, list) else schema


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the title, which is the name that it has already."""
    return {name: value for name, value in schema.items() if name != "title"}


@cache
def told(kind: type[Struct]) -> type[Struct]:
    """A contract as it is told outside: an object with its fields by name, without those that are private."""
    shape = shape_of(kind)
    hidden = shape.own if shape is not None else ()
    hints = get_type_hints(kind, include_extras=True)
    fields = [(name, _told(hints[name])) for name in kind.__struct_fields__ if name not in hidden]
    made = defstruct(kind.__name__, fields, frozen=True)
    made.__doc__ = kind.__doc__
    return made


def _told(hint: Any) -> Any:
    """A type with every struct in it as it is told."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        return told(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is None or not parts:
        return hint
    if origin is Annotated:
        return _told(parts[0])
    if origin in (Union, UnionType):
        return reduce(or_, [_told(part) for part in parts])
    if origin in (tuple, list, dict):
        return origin[tuple(part if part is Ellipsis else _told(part) for part in parts)]
    return hint


def fact_schema(type_: str) -> dict[str, Any]:
    """The JSON Schema of an event's data, by our name of the fact. LookupError where there is none."""
    kind = told(VOCABULARY[type_][1])
    (schema,), named = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    whole: dict[str, Any] = {"$schema": DIALECT, **_whole_numbers(schema)}
    if named:
        whole["$defs"] = {name: _whole_numbers(_plain(named[name])) for name in sorted(named)}
    return whole
