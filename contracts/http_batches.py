"""What is submitted over HTTP by the batch, and what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .http import FieldError, OrderSubmission


class BatchSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Several orders at once. Each is taken or refused by itself, and the answer says which."""

    orders: Annotated[tuple[OrderSubmission, ...], Meta(min_length=1, max_length=500)]


class BatchItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an order. `index` is its place in the batch; what is wrong with one is in `errors`."""

    index: int
    status: Literal["accepted", "duplicate", "invalid"]
    order_id: str = ""
    location: str = ""
    errors: tuple[FieldError, ...] = ()


class BatchAnswer(Struct, frozen=True):
    """A result for each order, in their order. What is accepted is durable."""

    items: tuple[BatchItem, ...]
