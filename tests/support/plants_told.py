"""What the web shop was told in the story, and planted wrongs in its books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.inventory import DemandLine
from contracts.orders import TERMINAL
from contracts.parcels import PARCEL_STATUSES
from tests.support.plants import plant
from tests.support.story import CREDIT, Story

_STATES = frozenset(f"order.{status}" for status in ("accepted", *TERMINAL))
_PARCELS = frozenset(f"shipment.{status}" for status in PARCEL_STATUSES)


def tell_subscribers(story: Story) -> None:
    """Everything that became true is in the channels' books; one row was lost there and told again."""
    orders: dict[str, dict[str, Any]] = {}
    shipments: dict[str, dict[str, Any]] = {}
    refunds: dict[str, int] = {}
    waited: dict[str, int] = {}
    for turn in story.turns:
        for event in turn.events:
            what, body = event.type, event.body
            if what == "order.received":
                ref = body.order.channel_order_id
                orders[body.order_id] = {
                    "ref": body.order_id,
                    "order": ref,
                    "state": "received",
                    "cancelled": {},
                }
            elif what in _STATES and body is not None and body.order_id in orders:
                orders[body.order_id]["state"] = what.removeprefix("order.")
            elif what == "order.lines_cancelled":
                gone = orders[body.order_id]["cancelled"]
                for line in body.lines:
                    gone[line.line_id] = gone.get(line.line_id, 0) + line.quantity
            elif what == "shipment.dispatched" and body.order_id in orders:
                ref = orders[body.order_id]["order"]
                shipment = {"order": ref, "tracking": "T1", "state": "dispatched"}
                shipments[body.shipment_id] = {"ref": body.shipment_id, **shipment}
            elif what in _PARCELS and body.shipment_id in shipments:
                shipments[body.shipment_id]["state"] = what.removeprefix("shipment.")
            elif what == "inventory.reserved":
                _wait(waited, body.waiting, 1)
            elif what in ("inventory.backorder_filled", "inventory.reservation_expired"):
                _wait(waited, body.lines if what.endswith("filled") else body.waiting, -1)
            elif what == "gift_card.credited":
                refunds[body.order_id] = refunds.get(body.order_id, 0) + body.amount_minor
    for shipped in story.books["warehouse"]["shipments"]:
        shipped["tracking"] = "T1"
    for back in story.books["payments"]["refunds"]:
        if back["status"] == "succeeded":
            refunds[back["reference"]] = refunds.get(back["reference"], 0) + back["amount"]
    levels = {sku: -units for sku, units in waited.items()}
    for (_, sku), level in story.fields["levels"].items():
        levels[sku] = levels.get(sku, 0) + level.get("available", 0)
    web = {
        "orders": [row for row in orders.values() if row["state"] != "received"],
        "shipments": list(shipments.values()),
        "refunds": [
            {"ref": id_, "order": orders[id_]["order"], "amount": amount}
            for id_, amount in refunds.items()
            if id_ in orders
        ],
        "levels": [{"ref": sku, "available": max(0, units)} for sku, units in levels.items()],
    }
    market = {"inventory": [{"ref": sku, "quantity": max(0, units)} for sku, units in levels.items()]}
    story.books["channels"] = {"books": {"web": web, "marketplace": market}, "counts": {"lost": 1}}
    tell_customers(story)


def tell_customers(story: Story) -> None:
    """Everybody was written of everything, once; a message was asked for again."""
    facts: list[tuple[str, str, str, int]] = []
    for turn in story.turns:
        for event in turn.events:
            what, body = event.type, event.body
            if what in ("order.accepted", "order.rejected", "order.cancelled") and body is not None:
                facts.append((body.order_id, what.removeprefix("order."), "", turn.at_ms))
            elif what == "shipment.dispatched":
                facts.append((body.order_id, "shipped", body.shipment_id, turn.at_ms))
            elif what == "payment.refunded":
                facts.append((body.order_id, "refunded", body.refund_id, turn.at_ms))
            elif what == "gift_card.credited":
                facts.append((body.order_id, "refunded", body.effect_key, turn.at_ms))
    messages = [
        {"key": f"msg_{n}", "order": order, "template": fact, "subject": about, "to": "a@b.example", "at": at}
        for n, (order, fact, about, at) in enumerate(dict.fromkeys(facts))
    ]
    story.books["mail"] = {"messages": messages, "counts": {"repeated": 1}}


def _letter(story: Story, n: int) -> Any:
    return story.books["mail"]["messages"][n]


@plant("A24", "the customer was told twice: accepted")
def a_customer_is_told_twice(story: Story) -> None:
    story.books["mail"]["messages"].append({**_letter(story, 0), "key": "another key"})


@plant("A24", "the customer was told what never was: shipped SH-9")
def a_customer_is_told_of_a_shipment_there_was_not(story: Story) -> None:
    story.books["mail"]["messages"].append({**_letter(story, 0), "template": "shipped", "subject": "SH-9"})


@plant("A24", "the customer was never told: shipped SH-1")
def a_customer_is_not_told_that_it_is_on_its_way(story: Story) -> None:
    rows = story.books["mail"]["messages"]
    rows[:] = [row for row in rows if row["subject"] != "SH-1"]


@plant("A24", "the customer was erased, and told: rejected")
def somebody_is_written_to_who_is_erased(story: Story) -> None:
    (letter,) = (row for row in story.books["mail"]["messages"] if row["template"] == "rejected")
    letter["at"] = story.turns[-1].at_ms + 60_000


def _wait(waited: dict[str, int], lines: Iterable[DemandLine], sign: int) -> None:
    for line in lines:
        waited[line.sku] = waited.get(line.sku, 0) + sign * line.quantity


def _web(story: Story, kind: str) -> Any:
    return story.books["channels"]["books"]["web"][kind]


@plant("Q14", "has {'status': 'accepted'} there, {'status': 'completed'} here")
def a_shop_was_never_told_how_an_order_ended(story: Story) -> None:
    _web(story, "orders")[0]["state"] = "accepted"


@plant("Q14", "is unknown there")
def a_shop_never_heard_of_a_cancellation(story: Story) -> None:
    del _web(story, "orders")[1]


@plant("Q14", "web: SH-5 has {'tracking': None} there")
def a_shop_has_a_shipment_without_its_tracking_number(story: Story) -> None:
    del _web(story, "shipments")[1]["tracking"]


@plant("Q14", "has {'amount': 500} there")
def a_shop_shows_half_of_a_refund(story: Story) -> None:
    _web(story, "refunds")[0]["amount"] = CREDIT // 2


@plant("Q14", "web: D has {'units': 4} there, {'units': 0} here")
def a_shop_sells_what_is_not_there(story: Story) -> None:
    next(row for row in _web(story, "levels") if row["ref"] == "D")["available"] = 4


@plant("Q14", "is unknown there")
def a_marketplace_was_never_told_a_level(story: Story) -> None:
    del story.books["channels"]["books"]["marketplace"]["inventory"][0]


@plant("Q14", "order ord_none is nothing of ours")
def a_shop_was_told_of_somebody_elses_order(story: Story) -> None:
    _web(story, "orders").append({**_web(story, "orders")[0], "ref": "ord_none"})
