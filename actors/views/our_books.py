"""Our side of every reconciliation, as it is compared: a row for each thing that the other side should have as well.

It is read from where things are decided: what flows asked for, what connectors were answered, what finance posted,
what has left and what moved. `asked` counts calls that are said and not concluded: while an order has one open, what
the other side knows of it may be ahead of what we heard. A name with `:there` is the other side where that is ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from contracts.accounts import (
    PSP_CLEARING,
    SUSPENSE,
    TAX_PAYABLE,
)
from contracts.edits import ChangeSalesOrder, ErpChanged
from contracts.finance import LedgerPosted
from contracts.fulfillment import ShipmentDispatched
from contracts.orders import OrderReceived, order_total_minor
from contracts.partners import CreateSalesOrder, ErpAcknowledged, ErpCancelled, ErpRejected
from contracts.reconciliations import Line
from contracts.settlement import FileImported
from contracts.tax_rates import TaxRatesChanged
from contracts.turn import Said, Turn
from contracts.vocabulary import body_of, decode_body

from .changes import CHANGES, change_asked, change_ends, is_asked
from .our_sub_ledgers import card, in_the_ledger, invoiced, taken
from .store import ViewStore

# What calls belong to which reconciliation, and which facts conclude them.
_ASKED = {
    "erp.create_sales_order": "erp-orders",
    "erp.cancel_sales_order": "erp-orders",
    "erp.change_sales_order": "erp-orders",
    "payments.capture": "captures",
    "payments.refund": "refunds",
    "tax.commit": "tax",
}
_CONCLUDED = {
    "erp.order_acknowledged": "erp-orders",
    "erp.order_rejected": "erp-orders",
    "erp.order_cancelled": "erp-orders",
    "erp.order_changed": "erp-orders",
    "payment.captured": "captures",
    "payment.capture_failed": "captures",
    "payment.refunded": "refunds",
    "payment.refund_pending": "refunds",
    "payment.refund_failed": "refunds",
    "tax.committed": "tax",
}
_GAVE_UP = {
    "sales_orders": "erp-orders",
    "sales_orders:cancel": "erp-orders",
    "sales_orders:change": "erp-orders",
    "captures": "captures",
    "refunds": "refunds",
    "commits": "tax",
}
_SAYERS = frozenset({"order_to_cash", "returns_to_refund", "reconciliations"})
_CONNECTORS = frozenset({"erp", "payments", "tax"})


class OurBooksTables:
    """The rows, and the calls that are open. Stock is counted by the movements of another table of the same file."""

    schema = f"""{CHANGES}
    CREATE TABLE ours (
        name TEXT, ref TEXT, order_id TEXT, part TEXT, currency TEXT, value INTEGER, state TEXT, at_ms INTEGER,
        note TEXT, PRIMARY KEY (name, ref)) WITHOUT ROWID;
    CREATE TABLE asked (name TEXT, order_id TEXT, open INTEGER, PRIMARY KEY (name, order_id)) WITHOUT ROWID;
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        actor = turn.actor
        if actor in _SAYERS:
            for n, said in enumerate(turn.said):
                if said.body is None:
                    continue
                if said.type in _ASKED:
                    _asked(db, turn, n, said)
                elif said.type == "finance.issue_invoice":
                    invoiced(db, turn, decode_body(said.type, said.version, said.body))
                elif said.type == "finance.return_deposit":
                    taken(db, turn, decode_body(said.type, said.version, said.body))
        folds = _FOLDS.get(actor)
        for event in turn.events:
            if event.body is None:
                continue
            if actor in _CONNECTORS:
                _concluded(db, turn, event.type, event)
            if folds is not None and (fold := folds.get(event.type)) is not None:
                fold(db, turn, body_of(event))


def _put(db: sqlite3.Connection, name: str, line: Line) -> None:
    db.execute(
        "INSERT OR REPLACE INTO ours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name, line.ref, line.order_id, line.group, line.currency, line.value, line.state, line.at_ms, line.note,
        ),
    )  # fmt: skip


def _count(db: sqlite3.Connection, name: str, order_id: str, by: int) -> None:
    db.execute(
        "INSERT INTO asked VALUES (?, ?, max(0, ?)) ON CONFLICT DO UPDATE SET open = max(0, open + ?)",
        (name, order_id, by, by),
    )
    if by < 0:
        db.execute("DELETE FROM asked WHERE (name, order_id) = (?, ?) AND open = 0", (name, order_id))


def _asked(db: sqlite3.Connection, turn: Turn, n: int, said: Said) -> None:
    body = decode_body(said.type, said.version, said.body)
    name = _ASKED[said.type]
    _count(db, name, body.order_id, +1)
    place = f"{turn.partition}.{turn.pos}.{n}"
    if isinstance(body, CreateSalesOrder):
        line = Line(
            body.order_id, body.order_id, "", body.currency, body.total_minor, "asked", turn.at_ms, place
        )
        _put(db, name, line)
    elif isinstance(body, ChangeSalesOrder):
        # What it comes to once the ERP has changed it, which it may refuse.
        change_asked(db, turn, body)
    elif said.type == "erp.cancel_sales_order":
        _move(db, name, body.order_id, "cancelling", turn.at_ms)
    elif said.type == "tax.commit" and turn.actor != "reconciliations":
        # Where what was committed can be read again: all of the order's.
        db.execute(
            "INSERT INTO ours VALUES ('tax', ?, ?, '', '', 0, '', ?, ?) ON CONFLICT DO UPDATE SET"
            " note = ltrim(note || ' ' || excluded.note), at_ms = excluded.at_ms",
            (body.order_id, body.order_id, turn.at_ms, place),
        )


def _move(db: sqlite3.Connection, name: str, ref: str, state: str, at_ms: int) -> None:
    db.execute("UPDATE ours SET state = ?, at_ms = ? WHERE (name, ref) = (?, ?)", (state, at_ms, name, ref))


def _concluded(db: sqlite3.Connection, turn: Turn, type_: str, event: Any) -> None:
    if type_ == "integration.gave_up":
        name = _GAVE_UP.get(body_of(event).operation)
        if name is not None:
            _count(db, name, turn.subject, -1)
        return
    name = _CONCLUDED.get(type_)
    if name is None:
        return
    if turn.message is not None:
        # The end of a call, not what a feed tells later.
        _count(db, name, turn.subject, -1)
    if name == "erp-orders":
        body: ErpAcknowledged | ErpRejected | ErpCancelled | ErpChanged = body_of(event)
        if isinstance(body, ErpChanged) or (
            isinstance(body, ErpRejected) and not is_asked(db, body.order_id)
        ):
            change_ends(db, turn, body.order_id, isinstance(body, ErpChanged))
        elif isinstance(body, ErpAcknowledged):
            db.execute(
                "UPDATE ours SET state = CASE state WHEN 'asked' THEN 'open' ELSE state END, at_ms = ?"
                " WHERE (name, ref) = (?, ?)",
                (turn.at_ms, name, body.order_id),
            )
        elif isinstance(body, ErpCancelled) and body.document_id is not None:
            _move(db, name, body.order_id, "cancelled", turn.at_ms)
        else:
            db.execute("DELETE FROM ours WHERE (name, ref) = (?, ?)", (name, body.order_id))


def _posted(db: sqlite3.Connection, turn: Turn, body: LedgerPosted) -> None:
    if not body.by:
        # What a person posts is nobody's fact but the person's.
        in_the_ledger(db, turn, body)
    what, _, ref = body.reference.partition(" ")
    if what in ("capture", "refund") and ref:
        _money(db, turn, body, f"{what}s", ref)
    elif body.step == "invoice":
        tax = sum(entry.amount_minor for entry in body.entries if entry.account.startswith(TAX_PAYABLE))
        db.execute(
            "INSERT INTO ours VALUES ('tax', ?, ?, ?, ?, ?, '', ?, '') ON CONFLICT DO UPDATE SET"
            " value = value + excluded.value, part = excluded.part, currency = excluded.currency,"
            " at_ms = excluded.at_ms",
            (body.order_id, body.order_id, body.book, body.currency, tax, turn.at_ms),
        )


def _received(db: sqlite3.Connection, turn: Turn, body: OrderReceived) -> None:
    order, id_ = body.order, body.order_id
    total = order_total_minor(order)
    _put(db, "channel-orders", Line(id_, id_, order.channel, order.currency, total, "", turn.at_ms))


def _imported(db: sqlite3.Connection, turn: Turn, body: FileImported) -> None:
    line = Line(body.file_id, "", body.provider, body.currency, body.control.net_minor, "", turn.at_ms)
    _put(db, "settlement", line)


def _taxed(db: sqlite3.Connection, turn: Turn, body: TaxRatesChanged) -> None:
    """All rates of a jurisdiction: a class that is no longer among them has none."""
    for row in body.rows:
        db.execute("DELETE FROM ours WHERE name = 'tax-rates' AND part = ?", (row.jurisdiction,))
        for one in row.rates:
            ref = f"{row.jurisdiction} {one.tax_class}"
            _put(db, "tax-rates", Line(ref, "", row.jurisdiction, "", one.rate_bp, "", turn.at_ms))


def _money(db: sqlite3.Connection, turn: Turn, body: LedgerPosted, name: str, ref: str) -> None:
    """What a posting says of the provider: a capture that is in suspense is booked too."""
    for entry in body.entries:
        account, _, provider = entry.account.rpartition(" ")
        if account in (PSP_CLEARING, SUSPENSE):
            known = Line(ref, body.order_id, provider, body.currency, entry.amount_minor, "", turn.at_ms)
            _put(db, name, known)
            return


def _dispatched(db: sqlite3.Connection, turn: Turn, body: ShipmentDispatched) -> None:
    if body.collected:
        return  # No partner has shipped it.
    line = Line(body.shipment_id, body.order_id, body.location, "", 1, "", turn.at_ms, turn.key)
    _put(db, "shipments", line)


_Fold = Callable[[sqlite3.Connection, Turn, Any], None]
_FOLDS: dict[str, dict[str, _Fold]] = {
    "catalog": {"tax_rate.changed": _taxed},
    "finance": {"ledger.posted": _posted},
    "fulfillment": {"shipment.dispatched": _dispatched},
    "orders": {"order.received": _received},
    "payments": {"payment.captured": taken},
    "settlement": {"settlement.file_imported": _imported},
    "gift_cards": {
        "gift_card.issued": card, "gift_card.redeemed": card, "gift_card.credited": card,
        "gift_card.cancelled": card,
    },
}  # fmt: skip


class OurBooks:
    """Our side of every reconciliation, page by page."""

    def __init__(self, store: ViewStore) -> None:
        self._store = store

    def holds_until(self, at_ms: int, now_ms: int) -> bool:
        """Whether everything committed up to this instant is in the lists."""
        return self._store.as_of_ms(now_ms) >= at_ms

    def line(self, name: str, ref: str) -> Line | None:
        """Our line of one thing."""
        found = self._store.select(f"{_LINE} WHERE (name, ref) = (?, ?)", name, ref)
        return Line(*found[0]) if found else None

    def page(self, name: str, after: str, since_ms: int, limit: int) -> list[Line]:
        """Our lines behind `after` that have changed since then, in the order of what they are about."""
        query = f"{_LINE} WHERE name = ? AND ref > ? AND at_ms > ? ORDER BY ref LIMIT ?"
        return [Line(*row) for row in self._store.select(query, name, after, since_ms, limit)]

    def is_asked(self, name: str, order_id: str) -> bool:
        """Whether a call of this order is open."""
        return bool(self._store.select("SELECT 1 FROM asked WHERE (name, order_id) = (?, ?)", name, order_id))


_LINE = "SELECT ref, order_id, part, currency, value, state, at_ms, note FROM ours"
