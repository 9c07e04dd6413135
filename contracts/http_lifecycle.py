"""What is answered over HTTP about contracts that are going away."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class UseAnswer(Struct, frozen=True):
    """A client that still sends it."""

    client: str
    times: int
    last_used_at: str


class DeprecationAnswer(Struct, frozen=True, kw_only=True):
    """A contract's old form: since when it is deprecated, until when it is taken, and what to send `instead`."""

    contract: str
    state: Literal["deprecated", "retired"]
    deprecated_at: str
    sunset_at: str
    instead: str
    uses: tuple[UseAnswer, ...]


class DeprecationsAnswer(Struct, frozen=True):
    """All of them."""

    items: tuple[DeprecationAnswer, ...]
