"""The things that subscribers are told of: the newest state of each, by kind.

A thing's version is the seq of the key that it is read from (of several keys, their sum): it grows with every change,
so that an older state can be told from a newer one wherever both arrive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from contracts.channels import CHANNELS
from contracts.orders import Person
from contracts.private import PersonErased
from contracts.subscribers import CUSTOMER, DAY, LEVEL, MESSAGE, ORDER, REFUND, SHIPMENT, STOCK
from contracts.turn import DEFAULT_TENANT

from ...runtime.engine import Engine
from .changes import Change, Thing
from .days import Days

# (pool's state, pool, channel) -> SKU -> units that the channel may sell.
Seller = Callable[[Any, str, str], Callable[[str], int]]


class Newest(NamedTuple):
    """A thing as it is now: its version, the group that must be durable before it is told, our fields."""

    version: int
    group: int
    fields: dict[str, Any]


class Things:
    """Reads live states, and what the ledger says of days."""

    def __init__(
        self, engine: Engine, seller: Seller, unseal: Callable[[Person], Person], days: Days
    ) -> None:
        self._engine = engine
        self._seller = seller
        self._unseal = unseal
        self._days = days
        self.many("")
        self._read: dict[str, Callable[[str, Change, str], Newest | None]] = {
            ORDER: self._order,
            SHIPMENT: self._shipment,
            REFUND: self._refund,
            LEVEL: self._level,
            MESSAGE: self._message,
            CUSTOMER: self._customer,
            STOCK: self._stock,
            DAY: self._day,
        }

    def many(self, channel: str) -> None:
        """Many things are read now, for this channel, while nothing changes."""
        self._levels: dict[str, tuple[Callable[[str], int], int, int] | None] = {}
        self._pools: dict[str, tuple[Any, int, int]] = {}
        for name in {CHANNELS[channel].pool} if channel in CHANNELS else ():
            state, seq, group = self._state("inventory", name)
            self._levels[name] = None if state is None else (self._seller(state, name, channel), seq, group)

    def newest(self, thing: Thing, change: Change, channel: str) -> Newest | None:
        """The thing as the live state has it, or None where there is nothing to tell."""
        return self._read[thing[0]](thing[1], change, channel)

    def channel_of(self, order_id: str) -> str:
        """The sales channel of an order, "" where it is unknown."""
        state = self._state("orders", order_id)[0]
        return "" if state is None or state.order is None else state.order.channel

    def _state(self, actor: str, key: str) -> tuple[Any, int, int]:
        """(state, seq, group of its last turn); (None, 0, -1) where no turn wrote one."""
        found = self._engine.fold.peek((DEFAULT_TENANT, actor, key))
        return (None, 0, -1) if found is None or not found.seq else (found.state, found.seq, found.group)

    def _order(self, ref: str, change: Change, channel: str) -> Newest | None:
        state, seq, group = self._state("orders", ref)
        if state is None or state.order is None:
            return None
        order = state.order
        fields = {
            "order_ref": order.channel_order_id,
            "channel": order.channel,
            "customer_id": order.customer_id,
            "currency": order.currency,
            "total_minor": state.total_minor,
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
        found = self._levels.get(change.about)
        if found is None:
            return None
        units, seq, group = found
        return Newest(seq, group, {"sellable_units": units(ref)})

    def _stock(self, ref: str, change: Change, channel: str) -> Newest | None:
        found = self._pools.get(change.about)
        if found is None:
            found = self._pools[change.about] = self._state("inventory", change.about)
        state, seq, group = found
        if state is None:
            return None
        on_hand = available = reserved = 0
        for position in state.positions.get(ref, {}).values():
            on_hand += position.on_hand
            available += position.available
            reserved += position.reserved
        waiting = state.waiting.get(ref)
        fields = {
            "on_hand_units": on_hand,
            "available_units": available,
            "reserved_units": reserved,
            "waiting_units": sum(waiting.values()) if waiting else 0,
        }
        return Newest(seq, group, fields)

    def _day(self, ref: str, change: Change, channel: str) -> Newest | None:
        found = self._days.rows.get(ref)
        return None if found is None else Newest(found.version, -1, found.fields(ref))

    def _customer(self, ref: str, change: Change, channel: str) -> Newest | None:
        """Somebody, or that they are to be forgotten: then there is nothing left that could be told."""
        state, seq, group = self._state("customers", ref)
        if state is None:
            return None
        person = None
        if state.person is not None:
            try:
                person = self._unseal(state.person)
            except PersonErased:
                person = None
        fields = {
            "customer_id": ref,
            "status": "erased" if person is None else "known",
            "name": None if person is None else person.name,
            "email": None if person is None else person.email,
            "phone": None if person is None else person.phone,
        }
        return Newest(seq, group, fields)

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
