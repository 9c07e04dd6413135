"""Facts of committed turns as CloudEvents 1.0. No personal data: a `piiref` stands where there is any.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from .catalogue import published
from .http import time_of
from .private import pii_refs, shape_of
from .turn import Fact, Turn
from .vocabulary import body_of

SOURCE = "/tidegate/"
TYPES = published()
# How an event without a body of its own reads back.
_NIL = msgspec.Raw(b"\xc0")
_PATTERN = re.compile(r"[a-z_]+\.(\*|[a-z_]+)")
_DOMAINS = frozenset(f"{name.partition('.')[0]}.*" for name in TYPES)


def events_of(turn: Turn) -> Iterator[tuple[int, str, Fact]]:
    """(place in the turn, event's type, fact) of what a turn tells outside.

    A fact without a body of its own is a message that was taken: it was told when it became true.
    """
    for place, fact in enumerate(turn.events):
        type_ = TYPES.get(fact.type)
        if type_ is not None and fact.body is not None and fact.body != _NIL:
            yield place, type_, fact


def event_id(turn: Turn, place: int) -> str:
    """The id of an event: where it stands, for ever."""
    return f"{turn.partition}.{turn.pos}.{place}"


def cloud_event(turn: Turn, place: int, type_: str, fact: Fact) -> dict[str, Any]:
    """The event of a fact, for JSON. Times are RFC 3339 in UTC; `sequence` counts per source and partition key."""
    body = body_of(fact)
    event = {
        "specversion": "1.0",
        "id": event_id(turn, place),
        "source": SOURCE + turn.actor,
        "type": type_,
        "subject": turn.subject,
        "time": time_of(turn.at_ms),
        "datacontenttype": "application/json",
        "dataschema": f"/v1/contracts/{fact.type}/{fact.version}",
        "partitionkey": turn.key,
        "sequence": f"{turn.seq}.{place}",
        "correlationid": turn.correlation,
        "causationid": turn.cause,
    }
    if turn.trace:
        span = blake2b(event["id"].encode(), digest_size=8).hexdigest()
        event["traceparent"] = f"00-{turn.trace}-{span}-01"
    if refs := pii_refs(body):
        event["piiref"] = ",".join(refs)
    return {**event, "data": shown(body)}


def shown(value: Any) -> Any:
    """A contract as JSON has it: its fields by name, without those that are private."""
    if isinstance(value, Struct):
        shape = shape_of(type(value))
        hidden = shape.own if shape is not None else ()
        return {name: shown(getattr(value, name)) for name in value.__struct_fields__ if name not in hidden}
    if isinstance(value, dict):
        return {str(name): shown(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(one) for one in value]
    return msgspec.to_builtins(value)


def is_wanted(name: str, types: Collection[str]) -> bool:
    """Whether a fact is among names (`order.accepted`) or domains (`order.*`); without any, each is."""
    return not types or name in types or f"{name.partition('.')[0]}.*" in types


def unknown_types(types: Sequence[str]) -> list[str]:
    """Those that name no event."""
    return [
        one for one in types if _PATTERN.fullmatch(one) is None or (one not in TYPES and one not in _DOMAINS)
    ]
