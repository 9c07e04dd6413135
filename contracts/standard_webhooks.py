"""Standard Webhooks 1.0: what is signed, how, and how it is verified. Pure: time and secrets are arguments.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

WebhookRefused            what came is not to be believed
├── WrongSignature        nobody who has a secret sent this
└── StaleTimestamp        who sent it had a secret, but not lately: it may be a replay
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

PREFIX = "whsec_"
VERSION = "v1"
SECRET_BYTES = 32
# How far the sender's clock may be from the receiver's.
TOLERANCE_S = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
# Signatures looked at of one request: nobody rotates more secrets than that at once.
SIGNATURES_AT_MOST = 16


class WebhookRefused(ValueError):
    """What came is not to be believed. The message says why, and repeats nothing of it."""


class WrongSignature(WebhookRefused):
    """Nobody who has one of the secrets sent this: a header is missing, or no signature is right."""


class StaleTimestamp(WebhookRefused):
    """The signature is right, its time too long ago or still to come."""


def secret_of(key: bytes) -> str:
    """A key as it is shown and kept."""
    return PREFIX + b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The key in a secret. Raises ValueError for what is none."""
    text = secret.removeprefix(PREFIX)
    # Some write it without the padding.
    key = b64decode(text + "=" * (-len(text) % 4), validate=True)
    if not key:
        raise ValueError("an empty secret")
    return key


def signature_of(secret: str, id_: str, timestamp_s: int, body: bytes) -> str:
    """`v1,…` of one secret: HMAC-SHA256 over id, time and body."""
    signed = f"{id_}.{timestamp_s}.".encode() + body
    return f"{VERSION},{b64encode(hmac.digest(key_of(secret), signed, sha256)).decode()}"


def headers_of(secrets: Iterable[str], id_: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers. While secrets are rotated there is a signature for each, parted by a space."""
    signatures = " ".join([signature_of(secret, id_, timestamp_s, body) for secret in secrets])
    return {ID: id_, TIMESTAMP: str(timestamp_s), SIGNATURE: signatures}


def verify(
    secrets: Iterable[str],
    headers: Mapping[str, str],
    body: bytes,
    now_s: int,
    tolerance_s: int = TOLERANCE_S,
) -> str:
    """The webhook's id, if one of the secrets has signed it lately. `headers` by lower-case names.

    Every offered signature is compared with that of every secret, each in constant time. Raises WrongSignature,
    StaleTimestamp.
    """
    id_, written, offered = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (id_ and written and offered):
        raise WrongSignature("webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (written.isascii() and written.isdigit() and len(written) <= 15):
        raise WrongSignature("webhook-timestamp is a number of seconds")
    timestamp_s = int(written)
    right = False
    for secret in secrets:
        own = signature_of(secret, id_, timestamp_s, body).encode()
        for one in offered.split(" ")[:SIGNATURES_AT_MOST]:
            right |= hmac.compare_digest(own, one.encode("utf-8", "replace"))
    if not right:
        raise WrongSignature("no signature is right")
    check_time(timestamp_s, now_s, tolerance_s)
    return id_


def check_time(timestamp_s: int, now_s: int, tolerance_s: int = TOLERANCE_S) -> None:
    """Raises StaleTimestamp."""
    if abs(now_s - timestamp_s) > tolerance_s:
        raise StaleTimestamp(f"signed more than {tolerance_s} s away from now")
