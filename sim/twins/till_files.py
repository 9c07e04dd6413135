"""What a till keeps of its receipts and closings, and the file that it writes of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .settlement_files import decimal

Positive = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Item(Struct, frozen=True):
    """Units of an item on a receipt."""

    item: str
    qty: Positive
    net: Natural
    tax: Natural


class Returned(Struct, frozen=True):
    """Units of an item that a till takes back, and what becomes of them: A, B or scrap."""

    item: str
    qty: Positive
    net: Natural
    tax: Natural
    grade: Literal["A", "B", "scrap"]


class Sale(Struct, frozen=True):
    """A receipt; `closing` is empty until its till is closed."""

    store: str
    till: str
    receipt: str
    items: list[Item]
    cash: int
    card: int
    curr: str
    at: int
    closing: str = ""


class GivenBack(Struct, frozen=True):
    """Goods that a till took back; `closing` is empty until it is closed."""

    store: str
    till: str
    receipt: str
    of: str
    items: list[Returned]
    cash: int
    card: int
    curr: str
    at: int
    closing: str = ""


class Closing(Struct, frozen=True):
    """A till was closed: what it counted itself, and its receipts; `back` are those of goods that it took back."""

    closing: str
    store: str
    till: str
    curr: str
    opened_at: int
    closed_at: int
    receipts: list[str]
    units: int
    net: int
    tax: int
    cash: int
    card: int
    back: list[str] = []


def sums(given: list[GivenBack]) -> tuple[int, int, int, int, int]:
    """Units, net, tax, cash and card of what was given back."""
    items = [item for one in given for item in one.items]
    return (
        sum(one.qty for one in items), sum(one.net for one in items), sum(one.tax for one in items),
        sum(one.cash for one in given), sum(one.card for one in given),
    )  # fmt: skip


def written(closing: Closing, sales: list[Sale], given: list[GivenBack], off: int) -> str:
    """The file; its till counted `off` too much net."""
    curr = closing.curr

    def money(*amounts: int) -> str:
        return ",".join(decimal(one, curr) for one in amounts)

    head = f"{closing.closing},{closing.store},{closing.till},{curr}"
    out = [f"TILL,{head},{_instant(closing.opened_at)},{_instant(closing.closed_at)}"]
    for sale in sales:
        receipt = sale.receipt
        out.append(f"SALE,{receipt},{_instant(sale.at)},{money(sale.cash, sale.card)}")
        out += [f"ITEM,{receipt},{one.item},{one.qty},{money(one.net, one.tax)}" for one in sale.items]
    for back in given:
        out.append(f"REFUND,{back.receipt},{_instant(back.at)},{money(back.cash, back.card)}")
        out += [
            f"BACK,{back.receipt},{one.item},{one.qty},{money(one.net, one.tax)},{one.grade}"
            for one in back.items
        ]
    if given:
        units, *amounts = sums(given)
        out.append(f"REFUNDED,{len(given)},{units},{money(*amounts)}")
    total = money(closing.net + off, closing.tax, closing.cash, closing.card)
    out.append(f"TOTAL,{len(closing.receipts)},{closing.units},{total}")
    return "".join(f"{line}\r\n" for line in out)


def _instant(ms: int) -> str:
    """RFC 3339, UTC."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds")
