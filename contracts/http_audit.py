"""What is answered over HTTP about who did and read what."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class AuditEntry(Struct, frozen=True, kw_only=True):
    """`client`, with `key`, read or did something by `operation` to `entity`. `status` is how it was answered.

    `hash` is SHA-256 over the entry and the hash of the one before.
    """

    n: int
    at: str
    client: str
    key: str
    action: Literal["read", "did"]
    operation: str
    entity: str
    status: int
    trace_id: str
    hash: str


class AuditHead(Struct, frozen=True):
    """The last entry: kept elsewhere, it shows later whether the end was cut off."""

    n: int
    hash: str


class AuditAnswer(Struct, frozen=True):
    """A page of entries, in the order in which they were written."""

    items: tuple[AuditEntry, ...]
    head: AuditHead
