"""The named repairs: from a difference to the command that mends it. The domain that takes it decides.

What was said once is said again from the journal, under a new effect key: the other side may remember the old one
and what it answered then, though it has lost what it did. What only they know is read from their own row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from contracts.deposits import DEPOSIT
from contracts.fulfillment import ConfirmDispatch
from contracts.gift_cards import sold_for
from contracts.inventory import DemandLine, StockRow
from contracts.partners import BookCapture, CommitTax, CreateSalesOrder, PaymentCaptured
from contracts.ports import port_of
from contracts.providers import PROVIDERS
from contracts.reconciliations import Difference, RepairStep
from contracts.refunds import ProviderEvent
from contracts.stock import ApplyCount, OpenCount
from contracts.turn import Message
from contracts.vocabulary import TYPE_OF

# The warehouse's sites are locations of this pool.
POOL = "default"
# The messages that stand at these places of the journal.
Fetch = Callable[[Sequence[str]], list[Message]]


class CannotRepair(Exception):
    """What the repair needs is not there."""


class Command(Struct, frozen=True):
    """What is said, and to whom."""

    to: str
    key: str
    subject: str
    body: Any

    def step(self) -> RepairStep:
        """As it stands in the message that asks for the repair."""
        type_, version = TYPE_OF[type(self.body)]
        return RepairStep(self.to, self.key, self.subject, type_, version, self.body)


def _their_row(difference: Difference) -> dict[str, Any]:
    if difference.theirs is None or not difference.theirs.record:
        raise CannotRepair("their own row is not known")
    return msgspec.json.decode(difference.theirs.record, type=dict[str, Any])


def _said(difference: Difference, fetch: Fetch) -> list[Message]:
    if difference.ours is None or not difference.ours.note:
        raise CannotRepair("what was said is not known")
    return fetch(difference.ours.note.split())


def _again(key: str, run: int) -> str:
    return f"{key}:again-{run}"


def _send_order_again(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    commands = []
    for message in _said(difference, fetch):
        body: CreateSalesOrder = message.body
        # The ERP is asked for our reference first: it may have found the document meanwhile.
        again = structs.replace(body, effect_key=_again(body.effect_key, run), again=True)
        commands.append(Command(port_of("erp.create_sales_order"), body.order_id, body.order_id, again))
    return commands


def _commit_tax(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    commands = []
    for message in _said(difference, fetch):
        body: CommitTax = message.body
        again = structs.replace(body, effect_key=_again(body.effect_key, run))
        commands.append(Command(port_of("tax.commit"), body.order_id, body.order_id, again))
    return commands


def _settled(row: dict[str, Any]) -> tuple[int, str]:
    settled = row.get("settled")
    return (settled["amount"], settled["currency"].upper()) if settled else (0, "")


def _book_capture(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    row = _their_row(difference)
    provider = row["account"]
    if provider not in PROVIDERS:
        raise CannotRepair(f"nobody has the provider {provider!r}")
    order_id = row["reference"]
    fact = PaymentCaptured(
        order_id, provider, row["id"], row["authorization"], row["amount"], row["currency"].upper(),
        PROVIDERS[provider].book, *_settled(row), _purpose(row),
    )  # fmt: skip
    return [Command("payments", order_id, order_id, BookCapture(order_id, fact))]


def _purpose(row: dict[str, Any]) -> str:
    """Why it was captured, as we told the provider; what is invoiced has no note."""
    note: str = row.get("note", "")
    if note not in ("", DEPOSIT) and not sold_for(note):
        raise CannotRepair(f"nobody here captures for {note!r}")
    return note


def _book_refund(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    row = _their_row(difference)
    order_id = row["reference"]
    event = ProviderEvent(
        order_id, f"reconciled {row['id']}", "refund.succeeded", row["id"], row["charge"], row["amount"], 0,
        row["currency"].upper(), row["note"], "", *_settled(row),
    )  # fmt: skip
    return [Command("payments", order_id, order_id, event)]


def _take_confirmation(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    row = _their_row(difference)
    items = row.get("items")
    lines = None
    if items is not None:
        lines = tuple([DemandLine(item["line"], item["item"], item["qty"]) for item in items])
    confirmation = ConfirmDispatch(
        row["depositor_order"], row["ref"], row["shipment"], row["tracking"], row["shipped_at"], lines,
        row.get("complete", True), row.get("shipments", 1),
    )  # fmt: skip
    return [Command("fulfillment", row["depositor_order"], row["ref"], confirmation)]


def _correct_book(difference: Difference, run: int, fetch: Fetch) -> list[Command]:
    """A count whose watermark is now: what moves between the two commands stays as it is."""
    if difference.ours is None or difference.theirs is None:
        raise CannotRepair("one side does not know the position")
    site, _, sku = difference.ref.partition(" ")
    reference = f"reconciliation {run} {difference.ref}"
    counted = (StockRow(sku, site, difference.theirs.value),)
    return [
        Command("inventory", POOL, reference, OpenCount(POOL, reference, site, (sku,))),
        Command("inventory", POOL, reference, ApplyCount(POOL, reference, counted)),
    ]


REPAIRS: dict[str, Callable[[Difference, int, Fetch], list[Command]]] = {
    "send-order-again": _send_order_again,
    "commit-tax": _commit_tax,
    "book-capture": _book_capture,
    "book-refund": _book_refund,
    "take-confirmation": _take_confirmation,
    "correct-book": _correct_book,
}
