"""Lists everything that is wrong with decoded JSON, where msgspec stops at the first.

It walks the values beside the contract's own description (`msgspec.inspect`), so a contract is written once. No
detail repeats a value: values may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct, inspect

from contracts.http import FieldError

_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number with a fraction",
    type(None): "null",
}


@lru_cache(maxsize=64)
def _described(contract: type[Struct]) -> inspect.Type:
    return inspect.type_info(contract)


def field_errors(value: Any, contract: type[Struct]) -> list[FieldError]:
    """Every way in which the value breaks the contract's types, in the order of the contract's fields."""
    return list(_check(value, _described(contract), ""))


def escape(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _check(value: Any, kind: inspect.Type, at: str) -> Iterator[FieldError]:
    if isinstance(kind, inspect.Metadata):
        yield from _check(value, kind.type, at)
    elif isinstance(kind, inspect.UnionType):
        if value is not None or not any(isinstance(one, inspect.NoneType) for one in kind.types):
            others = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
            yield from _check(value, others[0], at)
    elif isinstance(kind, inspect.StructType):
        yield from _check_struct(value, kind, at)
    elif isinstance(kind, inspect.DictType):
        yield from _check_dict(value, kind, at)
    elif isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
        yield from _check_array(value, kind, at)
    elif isinstance(kind, inspect.StrType):
        yield from _check_str(value, kind, at)
    elif isinstance(kind, inspect.LiteralType):
        yield from _check_literal(value, kind, at)
    elif isinstance(kind, inspect.IntType):
        yield from _check_int(value, kind, at)
    elif isinstance(kind, inspect.BoolType):
        if not isinstance(value, bool):
            yield _wrong_type(value, "true or false", at)
    elif isinstance(kind, inspect.DateTimeType):
        yield from _check_time(value, at)
    elif not isinstance(kind, inspect.AnyType):
        raise TypeError(f"the collector does not know {kind!r}: add it here")


def _wrong_type(value: Any, wanted: str, at: str) -> FieldError:
    code = "over-precise" if wanted == _NAMES[int] and isinstance(value, float) else "invalid-type"
    return FieldError(at, code, f"expected {wanted}, got {_NAMES[type(value)]}")


def _check_struct(value: Any, kind: inspect.StructType, at: str) -> Iterator[FieldError]:
    if not isinstance(value, dict):
        yield _wrong_type(value, _NAMES[dict], at)
        return
    known = set()
    for field in kind.fields:
        known.add(field.encode_name)
        below = f"{at}/{escape(field.encode_name)}"
        if field.encode_name in value:
            yield from _check(value[field.encode_name], field.type, below)
        elif field.required:
            yield FieldError(below, "required", "this field is missing")
    for key in value:
        if key not in known:
            yield FieldError(f"{at}/{escape(key)}", "unknown-field", "no such field")


def _check_dict(value: Any, kind: inspect.DictType, at: str) -> Iterator[FieldError]:
    if not isinstance(value, dict):
        yield _wrong_type(value, _NAMES[dict], at)
        return
    yield from _check_length(len(value), kind, "entries", at)
    for key, item in value.items():
        below = f"{at}/{escape(key)}"
        yield from _check(key, kind.key_type, below)
        yield from _check(item, kind.value_type, below)


def _check_array(value: Any, kind: inspect.VarTupleType | inspect.ListType, at: str) -> Iterator[FieldError]:
    if not isinstance(value, list):
        yield _wrong_type(value, _NAMES[list], at)
        return
    yield from _check_length(len(value), kind, "items", at)
    for n, item in enumerate(value):
        yield from _check(item, kind.item_type, f"{at}/{n}")


def _check_str(value: Any, kind: inspect.StrType, at: str) -> Iterator[FieldError]:
    if not isinstance(value, str):
        yield _wrong_type(value, _NAMES[str], at)
        return
    yield from _check_length(len(value), kind, "characters", at)
    if kind.pattern is not None and re.search(kind.pattern, value) is None:
        yield FieldError(at, "invalid-format", f"does not look like {kind.pattern}")


def _check_int(value: Any, kind: inspect.IntType, at: str) -> Iterator[FieldError]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield _wrong_type(value, _NAMES[int], at)
    elif kind.ge is not None and value < kind.ge:
        yield FieldError(at, "out-of-range", f"the least is {kind.ge}")
    elif kind.le is not None and value > kind.le:
        yield FieldError(at, "out-of-range", f"the most is {kind.le}")


def _check_literal(value: Any, kind: inspect.LiteralType, at: str) -> Iterator[FieldError]:
    """One of a few strings."""
    if not isinstance(value, str):
        yield _wrong_type(value, _NAMES[str], at)
    elif value not in kind.values:
        yield FieldError(at, "unknown-value", f"one of {', '.join(map(str, kind.values))}")


def _check_time(value: Any, at: str) -> Iterator[FieldError]:
    if not isinstance(value, str):
        yield _wrong_type(value, _NAMES[str], at)
        return
    try:
        moment = msgspec.json.decode(msgspec.json.encode(value), type=datetime)
    except (msgspec.MsgspecError, UnicodeError):
        moment = None
    if moment is None or moment.tzinfo is None:
        yield FieldError(
            at, "invalid-format", "expected a time with its offset, as 2026-05-17T10:00:00Z (RFC 3339)"
        )


def _check_length(
    length: int,
    kind: inspect.DictType | inspect.VarTupleType | inspect.ListType | inspect.StrType,
    unit: str,
    at: str,
) -> Iterator[FieldError]:
    if kind.min_length is not None and length < kind.min_length:
        yield FieldError(at, "too-short", f"the least is {kind.min_length} {unit}")
    if kind.max_length is not None and length > kind.max_length:
        yield FieldError(at, "too-long", f"the most is {kind.max_length} {unit}")
