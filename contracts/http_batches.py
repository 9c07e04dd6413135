"""What is submitted over HTTP by the batch."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from .http import OrderSubmission


class BatchSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Several orders at once. Each is taken or refused by itself, and the answer says which."""

    orders: Annotated[tuple[OrderSubmission, ...], Meta(min_length=1, max_length=500)]
