"""Sourcing as data: where a channel's orders are taken from, and what happens when there is too little."""

from __future__ import annotations

from msgspec import Struct

REJECT, BACKORDER, SPLIT = "reject", "backorder", "split"
POLICIES = (REJECT, BACKORDER, SPLIT)
DAY_MS = 86_400_000


class SourcingRule(Struct, frozen=True):
    """A row.

    `locations` are asked in this order; empty means every location of the pool, in the order in which they
    became known. With `split_locations` one order may be supplied from several of them; one that can supply
    all of it is always preferred. `policy` decides a shortage: `reject` refuses the whole order, `backorder`
    keeps what there is until the rest has come and ships it all then, `split` ships what there is and the
    rest when it comes. What has not come within `wait_ms` is given up. `buffer` units of each SKU are never
    shown to the channel.
    """

    locations: tuple[str, ...] = ()
    split_locations: bool = False
    policy: str = REJECT
    wait_ms: int = 0
    buffer: int = 0


DEFAULT = SourcingRule()

# By (pool, channel). What has no row is sourced by DEFAULT. An authorization holds for five days at least, so
# nothing waits for stock any longer, but where a deposit is paid for it.
SOURCING: dict[tuple[str, str], SourcingRule] = {
    ("default", "web"): SourcingRule(split_locations=True),
    ("default", "web-eu"): SourcingRule(split_locations=True),
    ("default", "marketplace"): SourcingRule(split_locations=True),
    ("default", "phone"): SourcingRule(split_locations=True),
    ("default", "preorder"): SourcingRule(split_locations=True, policy=BACKORDER, wait_ms=4 * DAY_MS),
    ("default", "presale"): SourcingRule(split_locations=True, policy=BACKORDER, wait_ms=30 * DAY_MS),
    ("default", "wholesale"): SourcingRule(split_locations=True, policy=SPLIT, wait_ms=4 * DAY_MS),
}


def rule_of(pool: str, channel: str) -> SourcingRule:
    """The rule by which a channel's orders are sourced from a pool."""
    return SOURCING.get((pool, channel), DEFAULT)
