"""What is submitted over HTTP to govern: clients, keys, and what a second person decides."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from .http import Code, Name, Time

Scope = Annotated[str, Meta(min_length=1, max_length=64)]


class ClientSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A client and the role that its keys have, if they are given no scopes of their own."""

    name: Name
    role: Code


class KeySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A key of a client: its client's role, another role, or scopes of its own; and when it ends by itself."""

    name: Name | None = None
    role: Code | None = None
    scopes: Annotated[tuple[Scope, ...], Meta(max_length=200)] = ()
    expires_at: Time | None = None


class RotationSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """For how many seconds the old secret still works."""

    grace_s: Annotated[int, Meta(ge=0, le=30 * 86_400)] = 0
