"""Sales channels as data: their price policy, their window for cancellations, where their orders belong."""

from __future__ import annotations

from msgspec import Struct

from .inventory import PRICE_TOLERANCE_BP

PRO_RATA, FIRST = "pro_rata", "first"
PERSON, REFUND, RESHIP = "person", "refund", "reship"


class Channel(Struct, frozen=True):
    """A row. `price_policy` is `list` (within tolerance, in basis points of the list price), `trust` (as charged) or
    `quote` (as a live quote holds it, and not without one). A quote holds for `quote_valid_ms`; on a channel of
    the list an order may name one too, and trusted prices need none.

    `release_window_ms` passes between acceptance and release: a cancellation in it always succeeds.
    `deposit_bp` of what it comes to is captured at once of an order that has to wait for its goods; the rest stays
    authorized, and is authorized anew in time.

    A return that has not come after `return_window_ms` is closed; `restocking_fee_bp` of its credit is kept.
    `refund_by`: what is credited goes back to every means of payment `pro_rata`, or to the providers' `first` and then
    onto gift cards. A parcel that its carrier has lost is a `person`'s, or what was in it is credited (`refund`), or
    sent again where one place has all of it, and else credited (`reship`).
    """

    price_policy: str = "list"
    release_window_ms: int = 0
    pool: str = "default"
    price_list: str = "default"
    book: str = "GB01"
    return_window_ms: int = 30 * 86_400_000
    restocking_fee_bp: int = 0
    price_tolerance_bp: int = PRICE_TOLERANCE_BP
    quote_valid_ms: int = 15 * 60_000
    deposit_bp: int = 0
    refund_by: str = PRO_RATA
    lost_parcel: str = PERSON


CHANNELS: dict[str, Channel] = {
    "web": Channel(),
    "web-eu": Channel(price_list="euro"),
    "marketplace": Channel(price_policy="trust", release_window_ms=5_000, lost_parcel=REFUND),
    "phone": Channel(release_window_ms=30_000),
    "preorder": Channel(price_policy="trust", lost_parcel=RESHIP),
    "presale": Channel(price_policy="trust", deposit_bp=3_000),
    "wholesale": Channel(price_policy="trust", lost_parcel=REFUND),
    "business": Channel(price_policy="quote", release_window_ms=30_000, quote_valid_ms=7 * 86_400_000),
    "trade": Channel(price_policy="quote", quote_valid_ms=30_000),
}


# What channels sell from, each named once.
POOLS: tuple[str, ...] = tuple(dict.fromkeys(row.pool for row in CHANNELS.values()))
PRICE_LISTS: tuple[str, ...] = tuple(dict.fromkeys(row.price_list for row in CHANNELS.values()))


def price_list_of(pool: str) -> str:
    """The price list whose standard costs value a pool's stock: that of the first channel that sells from it."""
    return next((row.price_list for row in CHANNELS.values() if row.pool == pool), "default")


def channel_of(name: str) -> Channel | None:
    """The channel's row, or None: orders of an unknown channel are refused at the door."""
    return CHANNELS.get(name)
