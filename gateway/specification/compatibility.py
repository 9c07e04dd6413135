"""Whether who was built for the one schema is served by the other: JSON Schema against JSON Schema, field by field.

What clients send must go on being taken (a *request*: nothing narrower); what they are told must go on being what
they were built for (an *answer*: nothing wider, no field gone). An answer may gain fields; a closed list of values in
one may not gain a value, because a client that knows them all has no branch for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

REQUEST, ANSWER = "request", "answer"

# Bounds: name -> whether a greater value takes more in.
_BOUNDS = {
    "maximum": True, "exclusiveMaximum": True, "maxLength": True, "maxItems": True, "maxProperties": True,
    "minimum": False, "exclusiveMinimum": False, "minLength": False, "minItems": False, "minProperties": False,
}  # fmt: skip
_DEEPEST = 64


class Change(NamedTuple):
    """A difference, by JSON pointer into the newer schema or document."""

    breaks: bool
    pointer: str
    code: str
    detail: str


class Side(NamedTuple):
    """A schema, and the document in which its references lead somewhere."""

    document: Mapping[str, Any]
    schema: Any


def compare(old: Mapping[str, Any], new: Mapping[str, Any], role: str) -> list[Change]:
    """What is different between two schemas that are documents of their own. Raises LookupError for a dead $ref."""
    return list(changes(Side(old, old), Side(new, new), role, ""))


def changes(old: Side, new: Side, role: str, at: str, seen: frozenset[Any] = frozenset()) -> Iterator[Change]:
    """What is different. Raises LookupError for a reference that leads nowhere."""
    pair = (_name(old), _name(new), role)
    if pair in seen or at.count("/") > _DEEPEST:
        return
    if pair[0] is not None or pair[1] is not None:
        seen = seen | {pair}
    old, new = _resolved(old), _resolved(new)
    if old.schema == new.schema and old.document is new.document:
        return
    if isinstance(old.schema, bool) or isinstance(new.schema, bool):
        yield from _anything(old.schema, new.schema, role, at)
        return
    if "anyOf" in old.schema or "anyOf" in new.schema:
        yield from _alternatives(old, new, role, at, seen)
        return
    wrong = list(_types(old.schema, new.schema, role, at))
    yield from wrong
    if any(change.breaks for change in wrong):
        return
    yield from _values(old.schema, new.schema, role, at)
    yield from _bounds(old.schema, new.schema, role, at)
    yield from _fields(old, new, role, at, seen)
    yield from _inner(old, new, role, at, seen)


def _name(side: Side) -> Any:
    return side.schema.get("$ref") if isinstance(side.schema, Mapping) else None


def _resolved(side: Side) -> Side:
    schema = side.schema
    for _ in range(_DEEPEST):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            break
        found: Any = side.document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")] if isinstance(found, Mapping) else None
        schema = found
    if schema is None or (isinstance(schema, Mapping) and "$ref" in schema):
        raise LookupError("a $ref leads nowhere")
    return Side(side.document, schema)


def _anything(old: Any, new: Any, role: str, at: str) -> Iterator[Change]:
    """One of them is true (anything) or false (nothing)."""
    if _open(old) == _open(new):
        return
    wider = _open(new)
    yield _change(
        wider, role, at, "opened" if wider else "narrowed", "takes anything" if wider else "is bound"
    )


def _open(schema: Any) -> bool:
    return schema is True or (isinstance(schema, Mapping) and not schema)


def _change(wider: bool, role: str, at: str, code: str, detail: str) -> Change:
    """Wider breaks an answer, narrower a request."""
    return Change(wider == (role == ANSWER), at, code, detail)


def _listed(side: Side) -> list[Side]:
    alternatives = side.schema.get("anyOf")
    if alternatives is None:
        return [side]
    return [one for each in alternatives for one in _listed(_resolved(Side(side.document, each)))]


def _alternatives(old: Side, new: Side, role: str, at: str, seen: frozenset[Any]) -> Iterator[Change]:
    """Each that was taken is taken still; each that is told was told before."""
    before, after = _listed(old), _listed(new)
    mine, theirs = (before, after) if role == REQUEST else (after, before)
    for one in mine:
        pairs = [(one, other) if role == REQUEST else (other, one) for other in theirs]
        found = [(list(changes(*pair, role, at, seen)), _kind(pair[0]) != _kind(pair[1])) for pair in pairs]
        yield from min(found, key=lambda each: (each[1], sum(change.breaks for change in each[0])))[0]
    if len(before) != len(after):
        yield Change(False, at, "alternatives", f"{len(after)} where there were {len(before)}")


def _kind(side: Side) -> Any:
    return side.schema.get("type") if isinstance(side.schema, Mapping) else None


def _types(old: Mapping[str, Any], new: Mapping[str, Any], role: str, at: str) -> Iterator[Change]:
    before, after = _type_names(old), _type_names(new)
    if before == after:
        return
    if gone := _less(before, after):
        yield _change(False, role, at, "type-narrowed", f"is no longer {', '.join(gone)}")
    if come := _less(after, before):
        yield _change(True, role, at, "type-widened", f"may also be {', '.join(come)}")


def _type_names(schema: Mapping[str, Any]) -> set[str]:
    kind = schema.get("type")
    if kind is None:
        listed = [*schema.get("enum", ())] or ([schema["const"]] if "const" in schema else [])
        names = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
        return {names.get(type(one), "number") for one in listed} or {"anything"}
    return {kind} if isinstance(kind, str) else set(kind)


def _less(these: set[str], those: set[str]) -> list[str]:
    if "anything" in those:
        return []
    return sorted(one for one in these - those if not (one == "integer" and "number" in those))


def _values(old: Mapping[str, Any], new: Mapping[str, Any], role: str, at: str) -> Iterator[Change]:
    before, after = _enumerated(old), _enumerated(new)
    if before is None and after is not None:
        yield _change(False, role, at, "values-closed", f"is one of {len(after)} values now")
    elif after is None and before is not None:
        yield _change(True, role, at, "values-opened", "may be any value now")
    elif before is not None and after is not None:
        for value in before:
            if value not in after:
                yield _change(False, role, at, "value-removed", f"{value!r} is gone")
        for value in after:
            if value not in before:
                yield _change(True, role, at, "value-added", f"{value!r} is new")
    if role == REQUEST and old.get("default") != new.get("default") and "default" in old:
        yield Change(True, at, "default-changed", "who leaves it out means something else now")


def _enumerated(schema: Mapping[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _bounds(old: Mapping[str, Any], new: Mapping[str, Any], role: str, at: str) -> Iterator[Change]:
    for name, greater_is_wider in _BOUNDS.items():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is None or after is None:
            wider = after is None
        else:
            wider = (after > before) == greater_is_wider
        yield _change(wider, role, at, "bound-changed", f"{name} is {after}, and was {before}")
    for name in ("pattern", "format", "multipleOf", "uniqueItems"):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is None or after is None:
            yield _change(after is None, role, at, f"{name}-changed", f"is {after}, and was {before}")
        else:
            yield Change(True, at, f"{name}-changed", f"is {after}, and was {before}")


def _fields(old: Side, new: Side, role: str, at: str, seen: frozenset[Any]) -> Iterator[Change]:
    before, after = old.schema.get("properties", {}), new.schema.get("properties", {})
    needed, needs = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    closed = new.schema.get("additionalProperties") is False
    for name, schema in before.items():
        here = f"{at}/{name}"
        if name not in after:
            yield Change(role == ANSWER or closed, here, "field-removed", "is gone")
            continue
        if role == REQUEST and name in needs - needed:
            yield Change(True, here, "field-required", "is required now")
        if role == ANSWER and name in needed - needs:
            yield Change(True, here, "field-optional", "may be left out now")
        yield from changes(Side(old.document, schema), Side(new.document, after[name]), role, here, seen)
    for name in after:
        if name not in before:
            required = role == REQUEST and name in needs
            code = "required-field-added" if required else "field-added"
            yield Change(required, f"{at}/{name}", code, "is new and required" if required else "is new")
    for name in sorted((needs - needed) - set(after)) if role == REQUEST else ():
        yield Change(True, f"{at}/{name}", "field-required", "is required now")


def _inner(old: Side, new: Side, role: str, at: str, seen: frozenset[Any]) -> Iterator[Change]:
    for name, step in (("items", "/*"), ("additionalProperties", "/*"), ("propertyNames", "")):
        before, after = old.schema.get(name, True), new.schema.get(name, True)
        if before != after or isinstance(before, Mapping):
            if name == "additionalProperties" and (before is False or after is False):
                if before is not after and role == REQUEST:
                    yield _change(
                        after is not False, role, at, "fields-closed", "other fields are refused now"
                    )
                continue
            yield from changes(
                Side(old.document, before), Side(new.document, after), role, f"{at}{step}", seen
            )
    first, second = old.schema.get("prefixItems", []), new.schema.get("prefixItems", [])
    for n, (before, after) in enumerate(zip(first, second, strict=False)):
        yield from changes(Side(old.document, before), Side(new.document, after), role, f"{at}/{n}", seen)
    if len(first) != len(second):
        yield Change(True, at, "items-changed", f"{len(second)} items where there were {len(first)}")
    first, second = old.schema.get("allOf", []), new.schema.get("allOf", [])
    for before, after in zip(first, second, strict=False):
        yield from changes(Side(old.document, before), Side(new.document, after), role, at, seen)
    if len(first) != len(second):
        detail = f"{len(second)} parts where there were {len(first)}"
        yield _change(len(second) < len(first), role, at, "parts-changed", detail)
