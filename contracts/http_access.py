"""What is submitted and answered over HTTP to govern: clients and their keys."""

from __future__ import annotations

from typing import Annotated, Literal

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


class ClientAnswer(Struct, frozen=True, kw_only=True):
    """A client. `keys` is how many it has that are not revoked; `role` None: each key has scopes of its own."""

    client_id: str
    name: str
    kind: Literal["client", "operator"]
    role: str | None
    status: Literal["active", "disabled"]
    created_at: str
    keys: int


class ClientsAnswer(Struct, frozen=True):
    """Every client of the asker's tenant, the oldest first."""

    items: tuple[ClientAnswer, ...]


class KeyAnswer(Struct, frozen=True, kw_only=True):
    """A key, without its secret. `scopes` are those of its role, where it has one."""

    key_id: str
    client_id: str
    name: str
    role: str | None
    scopes: tuple[str, ...]
    status: Literal["active", "revoked"]
    created_at: str
    rotated_at: str | None
    expires_at: str | None


class KeysAnswer(Struct, frozen=True):
    """Every key that a client ever had, the oldest first."""

    items: tuple[KeyAnswer, ...]


class KeyMadeAnswer(KeyAnswer, frozen=True, kw_only=True):
    """A key and its secret, which is told in this answer alone."""

    secret: str
