"""Every body that may stand in a turn, by (type, version): one table that can be read."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from msgspec import Struct

from . import (
    approvals,
    connectors,
    customers,
    deposits,
    edits,
    exports,
    finance,
    fulfillment,
    fx,
    gift_cards,
    holds,
    intercompany,
    inventory,
    ledger,
    orders,
    parcels,
    partners,
    pickups,
    platform,
    prices,
    purchasing,
    quotes,
    reconciliations,
    reference,
    refunds,
    renewals,
    replenishment,
    reships,
    returns,
    revaluation,
    settlement,
    stock,
    sync,
    tax_rates,
    tills,
    webhooks,
    worklist,
)
from .turn import Fact, Message

# Types that share a body class (order.rejected, order.cancelled, ...) must be named when said.
VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    **orders.VOCABULARY,
    **holds.VOCABULARY,
    **edits.VOCABULARY,
    **renewals.VOCABULARY,
    **inventory.VOCABULARY,
    **prices.VOCABULARY,
    **reference.VOCABULARY,
    **quotes.VOCABULARY,
    **stock.VOCABULARY,
    **finance.VOCABULARY,
    **ledger.VOCABULARY,
    **fx.VOCABULARY,
    **revaluation.VOCABULARY,
    **tax_rates.VOCABULARY,
    **intercompany.VOCABULARY,
    **fulfillment.VOCABULARY,
    **pickups.VOCABULARY,
    **parcels.VOCABULARY,
    **reships.VOCABULARY,
    **partners.VOCABULARY,
    **customers.VOCABULARY,
    **replenishment.VOCABULARY,
    **purchasing.VOCABULARY,
    **platform.VOCABULARY,
    **returns.VOCABULARY,
    **refunds.VOCABULARY,
    **gift_cards.VOCABULARY,
    **tills.VOCABULARY,
    **deposits.VOCABULARY,
    **worklist.VOCABULARY,
    **approvals.VOCABULARY,
    **settlement.VOCABULARY,
    **reconciliations.VOCABULARY,
    **sync.VOCABULARY,
    **webhooks.VOCABULARY,
    **exports.VOCABULARY,
    **connectors.VOCABULARY,
}

TYPE_OF: dict[type[Struct], tuple[str, int]] = {}
for _name, (_version, _class) in VOCABULARY.items():
    TYPE_OF.setdefault(_class, (_name, _version))

_DECODERS: dict[tuple[str, int], msgspec.msgpack.Decoder[Any]] = {
    (name, version): msgspec.msgpack.Decoder(body) for name, (version, body) in VOCABULARY.items()
}


class UnknownType(LookupError):
    """No contract of this (type, version) exists here: the message is parked, never guessed at."""


def decode_body(type_: str, version: int, raw: Any) -> Any:
    """The Struct behind a raw body. A body that is a Struct already is returned as it is."""
    if type(raw) is not msgspec.Raw:
        return raw
    try:
        return _DECODERS[(type_, version)].decode(raw)
    except KeyError:
        raise UnknownType(f"{type_} v{version}") from None


def body_of(item: Fact | Message) -> Any:
    """The typed body of a fact or message."""
    return decode_body(item.type, item.version, item.body)


def class_of(type_: str) -> type[Struct]:
    """The newest contract of a type."""
    try:
        return VOCABULARY[type_][1]
    except KeyError:
        raise UnknownType(type_) from None


def fact(body: Struct, type_: str | None = None) -> Fact:
    """A Fact from its body; the type is named where several types share the body's class."""
    if type_ is not None:
        return Fact(type_, VOCABULARY[type_][0], body)
    name, version = TYPE_OF[type(body)]
    return Fact(name, version, cast(Any, body))
