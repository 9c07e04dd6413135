"""Who signs what comes in by webhook, and how: the shapes of the providers in `contracts/providers.py`, verified.

The secrets are in `inbound.json` of the data directory, a list for each provider, readable by its owner alone. The
first start makes one each; put the provider's own there, or beside it while it is rotated, and start again.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from actors.runtime.real import new_bytes
from contracts.providers import BARE, PROVIDERS, STAMPED, Provider
from contracts.standard_webhooks import (
    SECRET_BYTES,
    WrongSignature,
    check_time,
    headers_of,
    key_of,
    secret_of,
    verify,
)

FILE = "inbound.json"
# What stands between commas in one header; more of it is nobody's signature.
PARTS_AT_MOST = 16

Secrets = Mapping[str, tuple[str, ...]]


class SecretsUnreadable(Exception):
    """The file of secrets cannot be used; the message is for a person, and holds none of them."""


def check(
    provider: Provider, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now_s: int
) -> None:
    """Whether one of a provider's secrets has signed these bytes, lately. `headers` by lower-case names.

    Raises WrongSignature, StaleTimestamp.
    """
    if provider.signs == STAMPED:
        _check_stamped(secrets, headers.get(provider.header, ""), body, now_s)
    elif provider.signs == BARE:
        offered = headers.get(provider.header, "")
        _one_of([b64encode(_digest(one, body)).decode() for one in secrets], [offered])
    else:
        verify(secrets, headers, body, now_s)


def signed_by(provider: Provider, secret: str, id_: str, now_s: int, body: bytes) -> dict[str, str]:
    """The headers that a provider sends: for tests, and for trying it out."""
    if provider.signs == STAMPED:
        return {provider.header: f"t={now_s},v1={_digest(secret, f'{now_s}.'.encode() + body).hex()}"}
    if provider.signs == BARE:
        return {provider.header: b64encode(_digest(secret, body)).decode()}
    return headers_of([secret], id_, now_s, body)


def _check_stamped(secrets: Sequence[str], header: str, body: bytes, now_s: int) -> None:
    parts = [part.strip().partition("=") for part in header.split(",")[:PARTS_AT_MOST]]
    times = [value for name, _, value in parts if name == "t"]
    offered = [value for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 15):
        raise WrongSignature("the signature has no time")
    _one_of([_digest(one, f"{times[0]}.".encode() + body).hex() for one in secrets], offered)
    check_time(int(times[0]), now_s)


def _digest(secret: str, signed: bytes) -> bytes:
    return hmac.digest(key_of(secret), signed, sha256)


def _one_of(right: Sequence[str], offered: Sequence[str]) -> None:
    """Each compared with each, in constant time. Raises WrongSignature."""
    found = False
    for own in right:
        for one in offered:
            found |= hmac.compare_digest(own.encode(), one.encode("utf-8", "replace"))
    if not found:
        raise WrongSignature("no signature is right")


def inbound_secrets(directory: Path) -> Secrets:
    """The secrets of every provider; new ones where there are none yet. Raises SecretsUnreadable."""
    path = directory / FILE
    try:
        known = (
            msgspec.json.decode(path.read_bytes(), type=dict[str, tuple[str, ...]]) if path.exists() else {}
        )
        for secret in (one for many in known.values() for one in many):
            key_of(secret)
        missing = [name for name in PROVIDERS if name not in known]
        if missing:
            known |= {name: (secret_of(new_bytes(SECRET_BYTES)),) for name in missing}
            path.touch(mode=0o600)
            path.chmod(0o600)
            path.write_bytes(msgspec.json.format(msgspec.json.encode(known)) + b"\n")
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise SecretsUnreadable(f"{path} cannot be used: {type(error).__name__}") from None
    return known
