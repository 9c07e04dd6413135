"""Which committed turns change a thing that anybody is told of: noted once, however often it changes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, NamedTuple

from contracts.customers import GUEST
from contracts.fulfillment import ShipmentDispatched
from contracts.ids import digest128
from contracts.subscribers import (
    ACCEPTED,
    CANCELLED,
    CUSTOMER,
    LEVEL,
    MESSAGE,
    ORDER,
    READY,
    REFUND,
    REFUNDED,
    REJECTED,
    SHIPMENT,
    SHIPPED,
    STOCK,
)
from contracts.turn import DEFAULT_TENANT, Fact, Turn
from contracts.vocabulary import body_of

from ...runtime.engine import Engine

# (kind, ref): what is told, once, however often it changed.
Thing = tuple[str, str]

_OF_ORDERS = frozenset(
    f"order.{what}"
    for what in (
        "accepted", "rejected", "cancelled", "excepted", "completed", "lines_cancelled", "held",
        "released_from_hold", "edited",
    )
)  # fmt: skip
# What of it customers are told.
_TOLD_OF_ORDERS = {
    "order.accepted": ACCEPTED, "order.rejected": REJECTED, "order.cancelled": CANCELLED,
}  # fmt: skip
_PARCELS = frozenset(("shipment.in_transit", "shipment.delivered", "shipment.lost"))


class Change(NamedTuple):
    """A thing has changed, in the groups from `first` to `last`, and with a level its stock. `about`: its order, or a
    level's pool.

    `place` is the key that a shipment is read from, or the fact of a message; `detail` is what only the fact says: a
    shipment's tracking number, or what a message is about and says of it.
    """

    first: int
    last: int
    about: str
    place: str = ""
    detail: tuple[str, ...] = ()

    def and_then(self, later: Change) -> Change:
        """Both as one."""
        if self.last == later.last and not later.detail:
            # Most often so: lines of one order that share a SKU, or two of one group.
            return self
        detail = later.detail or self.detail
        return Change(self.first, max(self.last, later.last), later.about, later.place, detail)


Changed = Iterator[tuple[Thing, Change]]


class Changes:
    """Reads turns."""

    def __init__(self, engine: Engine, kinds: Container[str]) -> None:
        """`kinds` are those that anybody is told of."""
        self._engine = engine
        self._writes = MESSAGE in kinds
        self._of_stock_too = STOCK in kinds
        self._watched: dict[str, Callable[[Turn, int], Changed]] = {
            "orders": self._of_orders,
            "fulfillment": self._of_fulfillment,
            "payments": self._of_refunds,
            "returns_to_refund": self._of_refunds,
            "gift_cards": self._of_credits,
            "customers": self._of_customers,
        }

    def of(self, turn: Turn, group: int) -> Iterable[tuple[Thing, Change]]:
        """The things that a committed turn changed, but for stock (`of_stock`)."""
        watched = self._watched.get(turn.actor)
        return () if watched is None or not turn.events else watched(turn, group)

    def _of_orders(self, turn: Turn, group: int) -> Changed:
        changed = False
        for event in turn.events:
            if event.type in _OF_ORDERS:
                changed = True
                if self._writes and (fact := _TOLD_OF_ORDERS.get(event.type)) is not None:
                    yield message(turn.key, fact, "", "", group)
            elif event.type == "order.axis_changed" and body_of(event).axis != "erp":
                changed = True
        if changed:
            yield (ORDER, turn.key), Change(group, group, turn.key)

    def _of_fulfillment(self, turn: Turn, group: int) -> Changed:
        for event in turn.events:
            if event.type == "shipment.dispatched":
                body: ShipmentDispatched = body_of(event)
                if body.collected:
                    continue  # No parcel: its customer has it.
                change = Change(group, group, body.order_id, turn.key, (body.tracking,))
                yield (SHIPMENT, body.shipment_id), change
                if self._writes:
                    yield message(body.order_id, SHIPPED, body.shipment_id, body.tracking, group)
            elif event.type == "fulfillment.ready_for_collection":
                if self._writes:
                    ready = body_of(event)
                    yield message(ready.order_id, READY, "", ready.location, group)
            elif event.type in _PARCELS:
                moved = body_of(event)
                yield (SHIPMENT, moved.shipment_id), Change(group, group, moved.order_id, turn.key)

    def _of_refunds(self, turn: Turn, group: int) -> Changed:
        for event in turn.events:
            if event.type in ("payment.refunded", "gift_card.credited"):
                yield (REFUND, turn.key), Change(group, group, turn.key)
                if self._writes and turn.actor == "payments":
                    body = body_of(event)
                    amount = f"{body.amount_minor} {body.currency}"
                    yield message(body.order_id, REFUNDED, body.refund_id, amount, group)

    def _of_credits(self, turn: Turn, group: int) -> Changed:
        for event in turn.events:
            if self._writes and event.type == "gift_card.credited":
                body = body_of(event)
                amount = f"{body.amount_minor} {body.currency}"
                yield message(body.order_id, REFUNDED, body.effect_key, amount, group)

    def _of_customers(self, turn: Turn, group: int) -> Changed:
        if turn.key.startswith(GUEST):
            # Nobody keeps guests: what an order says of them goes with its seal.
            return
        if any(event.type in ("customer.upserted", "customer.erased") for event in turn.events):
            yield (CUSTOMER, turn.key), Change(group, group, turn.key)

    def of_stock(self, turn: Turn) -> Iterator[tuple[str, Iterable[str]]]:
        """What a turn of a pool changed: SKUs, by the kind of what is told of them. The same one may come again."""
        for event in turn.events:
            touched = _SKUS.get(event.type)
            if touched is not None:
                yield LEVEL, touched(body_of(event))
            elif event.type == "inventory.reservation_released":
                yield LEVEL, self._given_back(event)
            elif self._of_stock_too and event.type == "inventory.reservation_committed":
                # What leaves the building was reserved: there is less of it, and as much may be sold as before.
                yield STOCK, self._left(event)

    def _given_back(self, event: Fact) -> Iterator[str]:
        body = body_of(event)
        if body.partly:
            yield from _of_parts(body.parts)
            yield from _of_lines(body.waiting)
        else:
            yield from self._of_order(body.order_id)

    def _left(self, event: Fact) -> Iterator[str]:
        body = body_of(event)
        return self._of_order(body.order_id) if body.lines is None else _of_lines(body.lines)

    def _of_order(self, order_id: str) -> Iterator[str]:
        """All that an order holds: its lines, which an edit changes only after its pool has."""
        found = self._engine.fold.peek((DEFAULT_TENANT, "orders", order_id))
        if found is not None and found.state.order is not None:
            yield from _of_lines(found.state.order.lines)


def message(order_id: str, fact: str, about: str, detail: str, group: int) -> tuple[Thing, Change]:
    """A fact that the order's customer is told, once for ever: its name is the hash of the order and the fact."""
    key = "msg_" + digest128(order_id, fact, about)
    return (MESSAGE, key), Change(group, group, order_id, fact, (about, detail))


def _of_lines(lines: Iterable[Any]) -> Iterator[str]:
    return (line.sku for line in lines)


def _of_parts(parts: Iterable[Any]) -> Iterator[str]:
    return (line.sku for part in parts for line in part.lines)


def _reserved(body: Any) -> Iterator[str]:
    yield from _of_lines(body.lines)
    if body.elsewhere or body.waiting:
        yield from _of_parts(body.elsewhere)
        yield from _of_lines(body.waiting)


def _resourced(body: Any) -> Iterator[str]:
    yield from _of_lines(body.lines)
    yield from _of_parts(body.parts)
    yield from _of_lines(body.waiting)


def _expired(body: Any) -> Iterator[str]:
    yield from _of_lines(body.waiting)
    yield from _of_parts(body.parts)


# What changes what may be sold of a SKU, or what there is of it.
_SKUS: dict[str, Callable[[Any], Iterator[str]]] = {
    "inventory.reserved": _reserved,
    "inventory.backorder_filled": lambda body: _of_lines(body.lines),
    "inventory.resourced": _resourced,
    "inventory.reservation_expired": _expired,
    "inventory.moved": lambda body: _of_lines(body.rows),
}
