"""CloudEvents 1.0 over HTTP in its three content modes, out and in. What an event is, stands in `contracts.events`.

Structured: one JSON document (`application/cloudevents+json`). Batch: an array of them
(`application/cloudevents-batch+json`). Binary: the data as the body, every attribute as a header `ce-…`.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import msgspec

STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
PREFIX = "ce-"
REQUIRED = ("specversion", "id", "source", "type")
EVENTS_AT_MOST = 500
_NAME = re.compile("[a-z0-9]{1,20}")
# What a header's value may hold as it is: printable ASCII without the space, the quote and the percent sign.
_SAFE = "".join(chr(one) for one in range(0x21, 0x7F) if chr(one) not in '"%')


class NotAnEvent(ValueError):
    """What came is no CloudEvent, or more of them than are taken at once. The message repeats nothing of it."""


def structured(event: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """(headers, body)."""
    return {"content-type": STRUCTURED}, msgspec.json.encode(event)


def batch(events: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], bytes]:
    """(headers, body) of any number of events."""
    return {"content-type": BATCH}, msgspec.json.encode(events)


def binary(event: Mapping[str, Any]) -> tuple[dict[str, str], bytes]:
    """(headers, body): the attributes as headers, percent-encoded as the binding says."""
    headers = {
        PREFIX + name: quote(_text(value), safe=_SAFE)
        for name, value in event.items()
        if name not in ("data", "data_base64", "datacontenttype") and value is not None
    }
    headers["content-type"] = event.get("datacontenttype", "application/json")
    return headers, msgspec.json.encode(event.get("data"))


def read(headers: Mapping[str, str], body: bytes) -> list[dict[str, Any]]:
    """The events of a request in whichever mode; `headers` by lower-case names. Raises NotAnEvent.

    `data` is decoded where it is JSON. Attributes that nobody knows are kept.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        found = _json(body)
        if not isinstance(found, list) or len(found) > EVENTS_AT_MOST:
            raise NotAnEvent(f"a batch is an array of up to {EVENTS_AT_MOST} events")
        return [_checked(one) for one in found]
    if kind == STRUCTURED:
        return [_checked(_json(body))]
    if kind.startswith("application/cloudevents"):
        raise NotAnEvent("events are read in JSON")
    attributes: dict[str, Any] = {
        name[len(PREFIX) :]: _decoded(value) for name, value in headers.items() if name.startswith(PREFIX)
    }
    if not attributes:
        raise NotAnEvent("there is no ce-id")
    is_json = kind == "application/json" or kind.endswith("+json")
    attributes["datacontenttype"] = kind or "application/octet-stream"
    if body:
        attributes["data"] = _json(body) if is_json else body.decode("utf-8", "replace")
    return [_checked(attributes)]


def _checked(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict):
        raise NotAnEvent("an event is an object")
    for name in REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise NotAnEvent(f"an event has a {name}")
    if event["specversion"] != "1.0":
        raise NotAnEvent("events are CloudEvents 1.0")
    if any(_NAME.fullmatch(name) is None for name in event if name != "data_base64"):
        raise NotAnEvent("an attribute's name is lower-case letters and digits")
    if "data_base64" in event:
        if "data" in event:
            raise NotAnEvent("an event has one data")
        try:
            event["data"] = _json(b64decode(event.pop("data_base64"), validate=True))
        except (TypeError, ValueError):
            raise NotAnEvent("data_base64 is no JSON in base64") from None
    return event


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotAnEvent("this is no JSON") from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _decoded(value: str) -> str:
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise NotAnEvent("a header is not UTF-8") from None
