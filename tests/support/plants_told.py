"""What the web shop was told in the story, and planted wrongs in its books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.accounts import COGS, REVENUE, SALES_RETURNS
from contracts.customers import CustomerErased
from contracts.inventory import DemandLine
from contracts.orders import TERMINAL
from contracts.parcels import PARCEL_STATUSES
from tests.support.plants import plant
from tests.support.story import CREDIT, REFUSED, Story

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
            elif what == "shipment.dispatched" and body.order_id in orders and not body.collected:
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
    _tell_others(story, web)


def _tell_others(story: Story, web: dict[str, Any]) -> None:
    """CRM, planning and BI have the same, in words of their own."""
    totals: dict[str, int] = {}
    people: dict[str, dict[str, Any]] = {}
    days: dict[str, dict[str, Any]] = {}
    for turn in story.turns:
        for event in turn.events:
            what, body = event.type, event.body
            if what == "order.accepted" and body is not None:
                totals[body.order_id] = body.total_minor
            elif what == "customer.upserted":
                people[body.customer_id] = {"ref": body.customer_id, "state": "known", "full_name": "A"}
            elif what == "ledger.posted":
                _post(days, body)
    stock: dict[str, list[int]] = {}
    for (_, sku), level in story.fields["levels"].items():
        units = stock.setdefault(sku, [0, 0, 0])
        units[0] += sum(n for bucket, n in level.items() if bucket not in ("in_transit", "forced"))
        units[0] -= level.get("forced", 0)
        units[1] += level.get("available", 0)
        units[2] += level.get("reserved", 0)
    orders = [(row["ref"], row["state"], totals.get(row["ref"], 0)) for row in web["orders"]]
    crm = {
        "contacts": list(people.values()),
        "deals": [{"ref": ref, "stage": state, "amount": total} for ref, state, total in orders],
    }
    planning = {
        "daily_sales": list(days.values()),
        "stock": [
            {"ref": sku, "on_hand": here, "free": free, "promised": held, "backlog": _backlog(story, sku)}
            for sku, (here, free, held) in stock.items()
        ],
        "open_orders": [{"ref": ref, "state": state, "value": total} for ref, state, total in orders],
    }
    bi = {
        "fact_order": [{"ref": ref, "status": state, "total": str(total)} for ref, state, total in orders],
        "fact_shipment": [{"ref": row["ref"], "status": row["state"]} for row in web["shipments"]],
        "fact_refund": [{"ref": row["ref"], "amount": str(row["amount"])} for row in web["refunds"]],
    }
    for name, book in (("crm", crm), ("planning", planning), ("bi", bi)):
        story.books[name] = {"books": {name: book}, "counts": {}}


def _post(days: dict[str, dict[str, Any]], posted: Any) -> None:
    for entry in posted.entries:
        amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
        if entry.account in (REVENUE, SALES_RETURNS, COGS):
            ref = f"{posted.book} {posted.document_date} {posted.currency}"
            day = days.setdefault(ref, {"ref": ref, "sales": 0, "returns": 0, "cost": 0, "margin": 0})
            if entry.account == REVENUE:
                day["sales"] -= amount
            elif entry.account == SALES_RETURNS:
                day["returns"] += amount
            else:
                day["cost"] += amount
            day["margin"] -= amount


def _backlog(story: Story, sku: str) -> int:
    waited: dict[str, int] = {}
    for turn in story.turns:
        for event in turn.events:
            if event.type == "inventory.reserved":
                _wait(waited, event.body.waiting, 1)
            elif event.type == "inventory.backorder_filled":
                _wait(waited, event.body.lines, -1)
            elif event.type == "inventory.reservation_expired":
                _wait(waited, event.body.waiting, -1)
    return waited.get(sku, 0)


def tell_customers(story: Story) -> None:
    """Everybody was written of everything, once; a message was asked for again."""
    facts: list[tuple[str, str, str, int]] = []
    for turn in story.turns:
        for event in turn.events:
            what, body = event.type, event.body
            if what in ("order.accepted", "order.rejected", "order.cancelled") and body is not None:
                facts.append((body.order_id, what.removeprefix("order."), "", turn.at_ms))
            elif what == "shipment.dispatched" and not body.collected:
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
    told = story.books["mail"]["messages"]
    (letter,) = (row for row in told if (row["order"], row["template"]) == (REFUSED, "rejected"))
    letter["at"] = story.turns[-1].at_ms + 60_000


def _wait(waited: dict[str, int], lines: Iterable[DemandLine], sign: int) -> None:
    for line in lines:
        waited[line.sku] = waited.get(line.sku, 0) + sign * line.quantity


def _book(story: Story, name: str, kind: str) -> Any:
    return story.books[name]["books"][name][kind]


@plant("Q14", "crm: ")
def the_crm_was_never_told_of_an_order(story: Story) -> None:
    _book(story, "crm", "deals").pop()


@plant("Q14", "crm: C-8 has {'status': 'erased'} there, {'status': 'known'} here")
def the_crm_has_forgotten_somebody_who_is_a_customer(story: Story) -> None:
    _book(story, "crm", "contacts")[0]["state"] = "erased"


@plant("Q14", "crm: C-8 has {'status': 'known', 'name': 'A'} there")
def the_crm_keeps_somebody_who_is_erased(story: Story) -> None:
    story.turn("customers", "C-8", CustomerErased("C-8", 1, (), ()))


@plant("Q14", "planning: GB01 20231114 GBP has {'margin': 0} there")
def planning_has_another_margin_of_a_day(story: Story) -> None:
    _book(story, "planning", "daily_sales")[0]["margin"] = 0


@plant("Q14", "planning: A has {'on_hand': 70} there")
def planning_has_more_stock_than_there_is(story: Story) -> None:
    next(row for row in _book(story, "planning", "stock") if row["ref"] == "A")["on_hand"] = 70


@plant("Q14", "bi: shipment SH-77 is nothing of ours")
def bi_has_a_shipment_that_never_was(story: Story) -> None:
    _book(story, "bi", "fact_shipment").append({"ref": "SH-77", "status": "dispatched"})


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
