"""The calls that people of a simulated run make: what they ask for, under a key that makes a repeat the same call."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct

from actors.runtime.intake import Call


def call_of(
    who: str,
    route: str,
    key: str,
    command: Struct,
    *,
    to: str,
    to_key: str,
    subject: str,
    method: str = "POST",
    sheddable: bool = False,
) -> Call:
    """A call of a command; what it asks for is its route and its command, whoever sends it how often."""
    return Call(
        principal=who,
        method=method,
        route=route,
        key=key,
        fingerprint=sha256(route.encode() + msgspec.msgpack.encode(command)).hexdigest(),
        to=to,
        to_key=to_key,
        subject=subject,
        command=command,
        sheddable=sheddable,
    )
