"""Identifiers: every one is derived, none is drawn, so that a repeat finds what the first one made."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from .turn import PARTITIONS

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)


def hash128(*parts: str) -> str:
    """32 hex characters of a 128-bit hash over the parts, unambiguous in their borders."""
    return blake2b("".join([f"{len(part)}:{part}" for part in parts]).encode(), digest_size=16).hexdigest()


def digest128(*parts: str) -> str:
    """26 lower-case base32 characters of a 128-bit hash over the parts, unambiguous in their borders."""
    hasher = blake2b(digest_size=16)
    for part in parts:
        data = part.encode()
        hasher.update(len(data).to_bytes(4, "big"))
        hasher.update(data)
    # RFC 4648 by pairs of letters: 128 bits and two of padding are 13 times 10. (b32encode takes four times as long.)
    bits = int.from_bytes(hasher.digest(), "big") << 2
    return "".join([_PAIRS[bits >> shift & 1023] for shift in range(120, -1, -10)])


# An order is asked for by a dozen actors within a few turns of each other, and seldom later.
@lru_cache(maxsize=4_096)
def partition_of(tenant: str, key: str) -> int:
    """The partition (0..63) that writes this key."""
    return blake2b(f"{tenant}\0{key}".encode(), digest_size=8).digest()[0] % PARTITIONS


def order_id_of(tenant: str, channel: str, channel_order_id: str) -> str:
    """One channel order is one writer, for ever."""
    return "ord_" + digest128(tenant, channel, channel_order_id)


def is_order_id(id_: str) -> bool:
    """Whether this names an order, and not a purchase order, a file or a feed."""
    return id_.startswith("ord_")


def external_id(*natural_key: str) -> str:
    """The id of a message from outside: `x:` and a hash of its natural key."""
    return "x:" + hash128(*natural_key)


def effect_key_of(tenant: str, system: str, operation: str, subject: str, ordinal: int) -> str:
    """The key a foreign system may know an effect by. Minted once in the flow's state, never per try."""
    return "eff_" + hash128(tenant, system, operation, subject, str(ordinal))


def return_id_of(tenant: str, order_id: str, return_ref: str) -> str:
    """The id of an order's return by the reference that the customer or the dock gave it."""
    return "ret_" + digest128(tenant, order_id, return_ref)


def gift_card_id_of(tenant: str, code: str) -> str:
    """The id of the card that has this code. The code is worth money: it cannot be told from the id."""
    return "gc_" + digest128("gift card", tenant, code)


def fulfillment_order_id_of(order_id: str, ordinal: int) -> str:
    """The id of an order's n-th fulfillment order."""
    return f"ful_{order_id[4:]}_{ordinal}"


def purchase_order_id_of(tenant: str, pool: str, ordinal: int) -> str:
    """The id of a pool's n-th purchase order."""
    return "po_" + digest128(tenant, pool, str(ordinal))
