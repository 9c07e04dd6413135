"""Till files brought into a world: rung up at the twin's tills, or written as a till would write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.connectors.tills import calls_of
from contracts.ports import ForeignRequest
from tests.support.world import World

OPENED, CLOSED = "2026-04-30T09:00:00+00:00", "2026-04-30T18:00:00+00:00"
# A receipt of two items paid by card, and one paid in cash.
SALES = (
    ("R1", "0.00", "7.50", (("TEA", 2, "4.25", "0.85"), ("SOAP", 1, "2.00", "0.40"))),
    ("R2", "3.00", "0.00", (("TEA", 1, "2.50", "0.50"),)),
)
TOTAL = "2,4,8.75,1.75,3.00,7.50"
# A receipt of two items given back onto a card, and one in cash.
REFUNDS = (
    ("B1", "0.00", "6.00", (("TEA", 1, "3.00", "0.60", "A"), ("SOAP", 1, "2.00", "0.40", "B"))),
    ("B2", "2.40", "0.00", (("TEA", 1, "2.00", "0.40", "scrap"),)),
)
REFUNDED = "2,3,7.00,1.40,2.40,6.00"


def text_of(
    closing: str = "ST1-1-0001",
    sales: Sequence[tuple[Any, ...]] = SALES,
    total: str = TOTAL,
    store: str = "ST1",
    refunds: Sequence[tuple[Any, ...]] = (),
    refunded: str = "",
) -> str:
    """A file of two receipts, and of what was given back."""
    out = [f"TILL,{closing},{store},1,GBP,{OPENED},{CLOSED}"]
    for receipt, cash, card, items in sales:
        out.append(f"SALE,{receipt},2026-04-30T10:00:00+00:00,{cash},{card}")
        out += [f"ITEM,{receipt},{sku},{units},{net},{tax}" for sku, units, net, tax in items]
    for receipt, cash, card, items in refunds:
        out.append(f"REFUND,{receipt},2026-04-30T11:00:00+00:00,{cash},{card}")
        out += [f"BACK,{receipt},{sku},{units},{net},{tax},{grade}" for sku, units, net, tax, grade in items]
    out += [f"REFUNDED,{refunded}"] if refunded else []
    return "".join(f"{line}\r\n" for line in [*out, f"TOTAL,{total}"])


def arrive(world: World, text: str, store: str = "ST1", name: str = "ST1-1-0001.csv") -> bool:
    """A file comes in as the reader takes it; whether it was new."""
    (call,) = calls_of(store, name, text.encode())
    return world.system.door.take_record_nowait(call)[0]


async def bring(world: World, text: str, store: str = "ST1", name: str = "ST1-1-0001.csv") -> bool:
    """A file comes in, and all that follows from it is done."""
    fresh = arrive(world, text, store, name)
    await world.quiet()
    return fresh


async def ring(world: World, receipt: str, *items: tuple[str, int, int, int], cash: int = 0) -> None:
    """A sale at the twin's till of ST1: (item, units, net, tax); what is not paid in cash is paid by card."""
    owed = sum(net + tax for _, _, net, tax in items)
    body = {
        "store": "ST1", "till": "1", "receipt": receipt, "cash": cash, "card": owed - cash,
        "items": [{"item": item, "qty": qty, "net": net, "tax": tax} for item, qty, net, tax in items],
    }  # fmt: skip
    answer = await world.twins.call(ForeignRequest("tills", "sales:ring", "", receipt, body))
    assert answer.status == 201


async def close(world: World) -> str:
    """The till of ST1 is closed; the closing's number."""
    body = {"store": "ST1", "till": "1"}
    answer = await world.twins.call(ForeignRequest("tills", "closings:close", "", "ST1", body))
    assert answer.status == 201
    return str(answer.body["closing"])


def file_of(world: World, file_id: str = "ST1-1-0001", store: str = "ST1") -> Any:
    """What the store remembers of a file."""
    state = world.system.look("stores", store)
    return None if state is None else state.files.get(file_id)
