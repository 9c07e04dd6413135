"""What the ledger says of revenue, receivables and gift cards, and what flows and connectors said of the same.

A row for each order or card on either side; `:there` is what is not the ledger's.
"""

from __future__ import annotations

import sqlite3

from contracts.accounts import AR, DEPOSITS, DISCOUNTS, GIFT_CARDS, REVENUE, SHIPPING_REVENUE
from contracts.deposits import ReturnDeposit
from contracts.finance import IssueInvoice, LedgerPosted
from contracts.gift_cards import (
    GiftCardCancelled,
    GiftCardCredited,
    GiftCardIssued,
    GiftCardRedeemed,
    sold_for,
)
from contracts.partners import PaymentCaptured
from contracts.turn import Turn


def add(
    db: sqlite3.Connection,
    name: str,
    ref: str,
    order_id: str,
    group: str,
    currency: str,
    value: int,
    at_ms: int,
) -> None:
    """More of it."""
    if value:
        db.execute(
            "INSERT INTO ours VALUES (?, ?, ?, ?, ?, ?, '', ?, '') ON CONFLICT DO UPDATE SET"
            " value = value + excluded.value, at_ms = excluded.at_ms",
            (name, ref, order_id, group, currency, value, at_ms),
        )


def in_the_ledger(db: sqlite3.Connection, turn: Turn, body: LedgerPosted) -> None:
    """What the posting says of revenue, of what the order owes, and of a gift card."""
    revenue = owed = card = 0
    for entry in body.entries:
        amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
        if entry.account in (AR, DEPOSITS):
            owed += amount
        elif entry.account == GIFT_CARDS:
            card -= amount
        elif body.step == "invoice" and entry.account in (REVENUE, SHIPPING_REVENUE, DISCOUNTS):
            revenue -= amount
    order_id, currency, at = body.order_id, body.currency, turn.at_ms
    add(db, "revenue", order_id, order_id, "", currency, revenue, at)
    add(db, "sub-ledgers", f"receivable {order_id}", order_id, "receivables", currency, owed, at)
    # A card that an order sells is posted with its capture, and named as the reason.
    words = (body.reason if body.step == "gift_card_sold" and body.reason else body.reference).split(" ")
    if card and words[:2] == ["gift", "card"]:
        add(db, "sub-ledgers", f"card {words[2]}", order_id, "gift cards", currency, card, at)


def invoiced(db: sqlite3.Connection, turn: Turn, body: IssueInvoice) -> None:
    """A flow asks for an invoice: so much revenue, so much that is owed."""
    net = sum(line.net_minor for line in body.lines) + body.shipping_net_minor
    tax = sum(line.tax_minor for line in body.lines) + body.shipping_tax_minor
    order_id, currency, at = body.order_id, body.currency, turn.at_ms
    placed = "SELECT part FROM ours WHERE (name, ref) = ('channel-orders', ?)"
    found = db.execute(placed, (order_id,)).fetchone()
    add(db, "revenue:there", order_id, order_id, found[0] if found else "", currency, net, at)
    gross = net + tax + body.rounding_minor
    add(
        db, "sub-ledgers:there", f"receivable {order_id}", order_id, "receivables", currency, gross, at
    )  # fmt: skip


def taken(db: sqlite3.Connection, turn: Turn, body: PaymentCaptured | ReturnDeposit) -> None:
    """So much less is owed; or of a deposit that is to go back, so much more, by refunds payable."""
    if isinstance(body, PaymentCaptured) and sold_for(body.purpose):
        return
    amount = body.amount_minor if isinstance(body, ReturnDeposit) else -body.amount_minor
    add(
        db, "sub-ledgers:there", f"receivable {body.order_id}", body.order_id, "receivables", body.currency,
        amount, turn.at_ms,
    )  # fmt: skip


def card(
    db: sqlite3.Connection,
    turn: Turn,
    body: GiftCardIssued | GiftCardRedeemed | GiftCardCredited | GiftCardCancelled,
) -> None:
    redeemed = isinstance(body, GiftCardRedeemed)
    amount = -body.amount_minor if redeemed or isinstance(body, GiftCardCancelled) else body.amount_minor
    name, order_id, at = "sub-ledgers:there", body.order_id, turn.at_ms
    add(db, name, f"card {body.card_id}", order_id, "gift cards", body.currency, amount, at)
    if redeemed:
        add(db, name, f"receivable {order_id}", order_id, "receivables", body.currency, amount, at)
