"""What clients get over HTTP, as structs. Fields that are not known here are passed over: answers may gain some."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from .http import FieldError
from .http_answers_orders import OrderAnswer


class Received(Struct, frozen=True):
    """202: the order is durable. `trace_id` is the request's, for whoever is to look into it."""

    order_id: str
    status: str
    trace_id: str


class AvailableSku(Struct, frozen=True):
    """Units of a SKU that the channel may promise."""

    sku: str
    available: int


class AvailabilityAnswer(Struct, frozen=True):
    """`as_of` is RFC 3339 in UTC."""

    channel: str
    as_of: str
    skus: tuple[AvailableSku, ...]


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A CloudEvent 1.0. `id` is unique for ever; `sequence` grows per source and partition key."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    partitionkey: str
    sequence: str
    data: dict[str, Any]
    datacontenttype: str = ""
    dataschema: str = ""
    correlationid: str = ""
    causationid: str = ""
    traceparent: str | None = None
    piiref: str | None = None


class EventsAnswer(Struct, frozen=True):
    """A page; the next one begins at `after`."""

    items: tuple[Event, ...]
    after: str
    more: bool


class ProblemDetails(Struct, frozen=True):
    """A refusal (RFC 9457), every member of it. `errors` names every wrong field."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    trace_id: str
    retryable: bool
    errors: tuple[FieldError, ...]


class ProblemAnswer(Struct, frozen=True, kw_only=True):
    """A refusal as a client takes it, whoever it is from. `errors` names every wrong field."""

    title: str
    status: int
    code: str
    detail: str = ""
    trace_id: str = ""
    retryable: bool = False
    errors: tuple[FieldError, ...] = ()


__all__ = [
    "AvailabilityAnswer", "AvailableSku", "Event", "EventsAnswer", "OrderAnswer", "ProblemAnswer", "ProblemDetails",
    "Received",
]  # fmt: skip
