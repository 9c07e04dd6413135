"""Wrongs planted in the twins' own books: what a foreign system loses or does behind our back."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from sim.twins import MemoryTwins
from sim.twins.refunds import Refund
from sim.twins.settlement import Cut
from sim.twins.settlement_files import Payout, PayoutRow


def books_of(twins: MemoryTwins, system: str) -> Any:
    """The twin's own books, with a hand in them."""
    return twins._twins[system].books


def lose_sales_order(twins: MemoryTwins, order_id: str) -> None:
    """The ERP restores a backup that does not have this order's document."""
    erp = books_of(twins, "erp")
    for doc_no in erp._by_ref.pop(order_id):
        erp._documents.drop(doc_no)


def forget_tax(twins: MemoryTwins, order_id: str) -> None:
    """The tax service no longer knows that the order's document was committed."""
    documents = books_of(twins, "tax")._documents
    for doc, row in list(documents.rows.items()):
        if row.ref == order_id and row.status == "committed":
            documents.put(doc, structs.replace(row, status="quoted", invoice="", parts={}))


def capture_behind_our_back(
    twins: MemoryTwins, order_id: str, amount: int, at_ms: int, note: str = ""
) -> str:
    """Somebody takes more money in the provider's own console; its id."""
    payments = books_of(twins, "payments")
    known = next(row for row in payments._captures.rows.values() if row.reference == order_id)
    taken = structs.replace(known, id=f"{known.id}_console", amount=amount, at=at_ms, note=note)
    payments._captures.put(taken.id, taken)
    return str(taken.id)


def refund_behind_our_back(twins: MemoryTwins, order_id: str, amount: int, at_ms: int) -> str:
    """Somebody refunds in the console, and the event of it never comes; its id."""
    payments = books_of(twins, "payments")
    known = next(row for row in payments._captures.rows.values() if row.reference == order_id)
    made = Refund(
        "re_console", known.id, amount, known.currency, order_id, "", "succeeded", "succeeded", 0, at_ms
    )
    payments._money_back._refunds.put(made.id, made)
    return made.id


def ship_untold(twins: MemoryTwins) -> None:
    """From now on the warehouse's file of confirmations is not written."""
    books_of(twins, "warehouse")._tell = lambda left: None


def mislay(twins: MemoryTwins, sku: str, units: int) -> None:
    """Units are no longer where they stood."""
    twins.stocked("WH1", sku, -units)


def pay_out_untold(twins: MemoryTwins, at_ms: int) -> str:
    """The provider pays out and its file never reaches us."""
    desk = books_of(twins, "payments")._desk
    payout = Payout(
        "psp-a-GBP-lost", "psp-a", "po_lost", "GBP", "day 1", (PayoutRow("t", "sale", "ch", "", 90, 2),)
    )
    desk._payouts.put(payout.file, payout)
    desk._cuts.put(f"{payout.file} right", Cut(f"{payout.file} right", "psp-a", "lost.csv", at_ms, "", 1))
    return payout.file
