"""The things that subscribers are told of: which turns change one, and its newest state, by kind.

A thing's version is the seq of the key that it is read from (of several keys, their sum): it grows with every change,
so that an older state can be told from a newer one wherever both arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, NamedTuple

from contracts.channels import CHANNELS
from contracts.fulfillment import ShipmentDispatched
from contracts.ids import digest128
from contracts.orders import Person
from contracts.private import PersonErased
from contracts.subscribers import (
    ACCEPTED,
    CANCELLED,
    LEVEL,
    MESSAGE,
    ORDER,
    REFUND,
    REFUNDED,
    REJECTED,
    SHIPMENT,
    SHIPPED,
)
from contracts.turn import DEFAULT_TENANT, Fact, Turn
from contracts.vocabulary import body_of

from ...runtime.engine import Engine

# (kind, ref): what is told, once, however often it changed.
Thing = tuple[str, str]
# (pool's state, pool, channel, SKU) -> units that the channel may sell.
Sellable = Callable[[Any, str, str, str], int]

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
    """A thing has changed, in the groups from `first` to `last`. `about`: its order, or a level's pool.

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
        detail = later.detail or self.detail
        return Change(self.first, max(self.last, later.last), later.about, later.place, detail)


class Newest(NamedTuple):
    """A thing as it is now: its version, the group that must be durable before it is told, our fields."""

    version: int
    group: int
    fields: dict[str, Any]


class Things:
    """Reads turns and live states."""

    def __init__(
        self, engine: Engine, sellable: Sellable, unseal: Callable[[Person], Person], kinds: Container[str]
    ) -> None:
        """`kinds` are those that anybody is told of."""
        self._engine = engine
        self._sellable = sellable
        self._unseal = unseal
        self._writes = MESSAGE in kinds
        self._watched: dict[str, Callable[[Turn, int], Iterator[tuple[Thing, Change]]]] = {
            "orders": self._of_orders,
            "fulfillment": self._of_fulfillment,
            "payments": self._of_refunds,
            "returns_to_refund": self._of_refunds,
            "gift_cards": self._of_credits,
            "inventory": self._of_stock,
        }
        self._read: dict[str, Callable[[str, Change, str], Newest | None]] = {
            ORDER: self._order,
            SHIPMENT: self._shipment,
            REFUND: self._refund,
            LEVEL: self._level,
            MESSAGE: self._message,
        }

    # -- what changed ---------------------------------------------------------------------------------

    def changed(self, turn: Turn, group: int) -> Iterable[tuple[Thing, Change]]:
        """The things that a committed turn changed."""
        watched = self._watched.get(turn.actor)
        return () if watched is None or not turn.events else watched(turn, group)

    def _of_orders(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
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

    def _of_fulfillment(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
        for event in turn.events:
            if event.type == "shipment.dispatched":
                body: ShipmentDispatched = body_of(event)
                change = Change(group, group, body.order_id, turn.key, (body.tracking,))
                yield (SHIPMENT, body.shipment_id), change
                if self._writes:
                    yield message(body.order_id, SHIPPED, body.shipment_id, body.tracking, group)
            elif event.type in _PARCELS:
                moved = body_of(event)
                yield (SHIPMENT, moved.shipment_id), Change(group, group, moved.order_id, turn.key)

    def _of_refunds(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
        for event in turn.events:
            if event.type in ("payment.refunded", "gift_card.credited"):
                yield (REFUND, turn.key), Change(group, group, turn.key)
                if self._writes and turn.actor == "payments":
                    body = body_of(event)
                    amount = f"{body.amount_minor} {body.currency}"
                    yield message(body.order_id, REFUNDED, body.refund_id, amount, group)

    def _of_credits(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
        for event in turn.events:
            if self._writes and event.type == "gift_card.credited":
                body = body_of(event)
                amount = f"{body.amount_minor} {body.currency}"
                yield message(body.order_id, REFUNDED, body.effect_key, amount, group)

    def _of_stock(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
        change = Change(group, group, turn.key)
        for event in turn.events:
            touched = _SKUS.get(event.type)
            if touched is not None:
                for sku in touched(body_of(event)):
                    yield (LEVEL, sku), change
            elif event.type == "inventory.reservation_released":
                for sku in self._given_back(event):
                    yield (LEVEL, sku), change

    def _given_back(self, event: Fact) -> Iterator[str]:
        body = body_of(event)
        if body.partly:
            yield from _of_parts(body.parts)
            yield from _of_lines(body.waiting)
            return
        # All that the order held: its lines, which an edit changes only after its pool has.
        order = self._state("orders", body.order_id)[0]
        if order is not None and order.order is not None:
            yield from _of_lines(order.order.lines)

    # -- as it is now ---------------------------------------------------------------------------------

    def newest(self, thing: Thing, change: Change, channel: str) -> Newest | None:
        """The thing as the live state has it, or None where there is nothing to tell."""
        return self._read[thing[0]](thing[1], change, channel)

    def channel_of(self, order_id: str) -> str:
        """The sales channel of an order, "" where it is unknown."""
        state = self._state("orders", order_id)[0]
        return "" if state is None or state.order is None else state.order.channel

    def skus(self, pool: str) -> list[str]:
        """Every SKU of a pool."""
        state = self._state("inventory", pool)[0]
        return [] if state is None else list(state.positions)

    def _state(self, actor: str, key: str) -> tuple[Any, int, int]:
        """(state, seq, group of its last turn); (None, 0, -1) where no turn wrote one."""
        found = self._engine.fold.find((DEFAULT_TENANT, actor, key))
        return (None, 0, -1) if found is None or not found.seq else (found.state, found.seq, found.group)

    def _order(self, ref: str, change: Change, channel: str) -> Newest | None:
        state, seq, group = self._state("orders", ref)
        if state is None or state.order is None:
            return None
        fields = {
            "order_ref": state.order.channel_order_id,
            "status": state.order_status,
            "payment": state.payment_status,
            "fulfillment": state.fulfillment_status,
            "reason": state.reason or "",
            "cancelled_units": dict(state.cancelled_lines),
        }
        return Newest(seq, group, fields)

    def _shipment(self, ref: str, change: Change, channel: str) -> Newest | None:
        state, seq, group = self._state("fulfillment", change.place)
        if state is None:
            return None
        parcel = state.parcels.get(ref)
        fields = {
            "order_ref": self._ref(change.about),
            "status": "dispatched" if parcel is None else parcel.status,
        }
        if change.detail:
            # It never changes, so it is told once: what is not named stays as it is.
            fields["tracking"] = change.detail[0]
        return Newest(seq, group, fields)

    def _refund(self, ref: str, change: Change, channel: str) -> Newest | None:
        provider, paid_seq, paid_in = self._state("payments", ref)
        returns, asked_seq, asked_in = self._state("returns_to_refund", ref)
        order, _, _ = self._state("orders", ref)
        if order is None or order.order is None:
            return None
        total = 0
        captures = set()
        if provider is not None:
            captures = {capture.capture_id for capture in provider.captures}
            total += sum(
                back.amount_minor for back in (provider.refunds or {}).values() if back.status == "done"
            )
        if returns is not None:
            # What went back onto gift cards the provider does not know.
            total += sum(
                one.amount_minor
                for one in returns.refunds
                if one.status == "done" and one.capture_id not in captures
            )
        fields = {
            "order_ref": order.order.channel_order_id,
            "refunded_minor": total,
            "currency": order.order.currency,
        }
        return Newest(paid_seq + asked_seq, max(paid_in, asked_in), fields)

    def _level(self, ref: str, change: Change, channel: str) -> Newest | None:
        state, seq, group = self._state("inventory", change.about)
        row = CHANNELS.get(channel)
        if state is None or row is None or row.pool != change.about:
            return None
        return Newest(seq, group, {"sellable_units": self._sellable(state, change.about, channel, ref)})

    def _message(self, ref: str, change: Change, channel: str) -> Newest | None:
        """A fact, to whom it is told. Whoever left nothing to be reached by, or is erased, is told nothing."""
        state, _, _ = self._state("orders", change.about)
        if state is None or state.order is None or state.order.contact is None:
            return None
        try:
            person = self._unseal(state.order.contact)
        except PersonErased:
            return None
        about, detail = change.detail
        fields = {
            "fact": change.place,
            "about": about,
            "detail": detail,
            "order_id": change.about,
            "order_ref": state.order.channel_order_id,
            "name": person.name,
            "email": person.email,
            "phone": person.phone,
        }
        # It never changes.
        return Newest(1, -1, fields)

    def _ref(self, order_id: str) -> str:
        state = self._state("orders", order_id)[0]
        return "" if state is None or state.order is None else state.order.channel_order_id


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


def _moved(body: Any) -> Iterator[str]:
    # Forced units too: a SKU that the pool had never heard of stands there from then on, with nothing to sell.
    if not {"available", "forced"}.isdisjoint((body.from_bucket, body.to_bucket)):
        yield from _of_lines(body.rows)


# What changes what may be sold of a SKU: what leaves the building was reserved, and changes nothing.
_SKUS: dict[str, Callable[[Any], Iterator[str]]] = {
    "inventory.reserved": _reserved,
    "inventory.backorder_filled": lambda body: _of_lines(body.lines),
    "inventory.resourced": _resourced,
    "inventory.reservation_expired": _expired,
    "inventory.moved": _moved,
}
