"""The suppliers and the warehouse's dock, over both bodies of the twins."""

import pytest
import trio
from trio.testing import MockClock

from tests.support.twins import BASE_MS, at_once, open_http, open_memory

FEEDS = ("acknowledgments", "ship_notices", "invoices")


def purchase_order(po="po1", qty=10, item="85123A", lead_ms=200):
    """suppliers/purchase_orders; the shortest lead time there is is a second."""
    items = [{"line": "1", "item": item, "qty": qty, "price": 100}]
    return {
        "po": po,
        "vendor": "SUP-A",
        "ship_to": "WH1",
        "curr": "GBP",
        "deliver_by": BASE_MS + lead_ms,
        "items": items,
    }


@pytest.fixture(params=["memory", "http"])
def clock(request):
    return MockClock(autojump_threshold=0) if request.param == "memory" else None


@pytest.fixture
def opened(clock, tmp_path):
    if clock is None:
        return lambda config: open_http(config, tmp_path / "twins")
    return open_memory


def prompt(**changes):
    return at_once(supplier_ack_max_ms=50, supplier_invoice_max_ms=50, **changes)


async def told(outside):
    """The records of every feed, once all is told."""
    await trio.sleep(1.6)
    pages = {}
    for place in (*(f"suppliers/{feed}" for feed in FEEDS), "warehouse/receipts"):
        status, body = await outside.say(place, {"after": 0, "limit": 200})
        assert status == 200
        assert [record["n"] for record in body["records"]] == list(range(1, body["last"] + 1))
        pages[place.partition("/")[2]] = body["records"]
    return pages


async def test_an_order_is_known_by_its_number_and_taken_once(clock, opened):
    async with opened(prompt()) as outside:
        taken = (202, {"taken": True})
        assert await outside.say("suppliers/purchase_orders", purchase_order()) == taken
        assert await outside.say("suppliers/purchase_orders", purchase_order()) == taken
        assert (await outside.say("suppliers/purchase_orders", purchase_order(qty=11)))[0] == 422
        unknown = await outside.say("suppliers/purchase_orders", purchase_order("po2", item="T-NOT-SOLD"))
        assert unknown == (422, {"reason": "UNKNOWN_ITEM", "item": "T-NOT-SOLD"})
        assert [row["po"] for row in (await outside.books())["suppliers"]["orders"]] == ["po1"]


async def test_an_order_is_acknowledged_shipped_counted_and_billed(clock, opened):
    async with opened(prompt()) as outside:
        await outside.say("suppliers/purchase_orders", purchase_order())
        pages = await told(outside)
        (acknowledged,), (shipped,) = pages["acknowledgments"], pages["ship_notices"]
        (counted,), (billed,) = pages["receipts"], pages["invoices"]
        assert (acknowledged["code"], acknowledged["items"][0]["qty"]) == ("IA", 10)
        assert (shipped["final"], shipped["items"][0]["qty"]) == (True, 10)
        assert (counted["po"], counted["items"]) == ("po1", [{"line": "1", "item": "85123A", "qty": 10}])
        assert (billed["total"], billed["curr"]) == (1_000, "GBP")
        books = await outside.books()
        assert [row["receipt"] for row in books["warehouse"]["receipts"]] == [counted["receipt"]]
        assert [row["doc"] for row in books["suppliers"]["invoices"]] == [billed["doc"]]


async def test_documents_may_come_twice_and_stand_once_in_the_books(clock, opened):
    async with opened(prompt(supplier_repeat_bp=10_000, supplier_split_bp=10_000)) as outside:
        await outside.say("suppliers/purchase_orders", purchase_order())
        pages = await told(outside)
        assert [len(pages[feed]) for feed in FEEDS] == [2, 4, 2]
        assert [record["final"] for record in pages["ship_notices"]] == [False, False, True, True]
        assert sum(record["items"][0]["qty"] for record in pages["receipts"]) == 10
        books = (await outside.books())["suppliers"]
        assert [len(books[feed]) for feed in FEEDS] == [1, 2, 1]


@pytest.mark.parametrize(
    ("luck", "received"),
    [
        ("supplier_short_bp", range(1, 10)),
        ("supplier_over_bp", range(11, 14)),
        ("supplier_change_bp", range(1, 10)),
    ],
)
async def test_more_and_less_may_come_than_was_ordered(clock, opened, luck, received):
    async with opened(prompt(**{luck: 10_000})) as outside:
        await outside.say("suppliers/purchase_orders", purchase_order())
        pages = await told(outside)
        assert pages["receipts"][0]["items"][0]["qty"] in received
        assert pages["invoices"][0]["items"][0]["qty"] in received


async def test_a_rejected_order_brings_nothing(clock, opened):
    async with opened(prompt(supplier_reject_bp=10_000)) as outside:
        await outside.say("suppliers/purchase_orders", purchase_order())
        pages = await told(outside)
        assert [record["code"] for record in pages["acknowledgments"]] == ["IR"]
        assert pages["ship_notices"] == pages["receipts"] == pages["invoices"] == []


async def test_a_dearer_invoice_asks_more_than_was_agreed(clock, opened):
    async with opened(prompt(supplier_price_bp=10_000)) as outside:
        await outside.say("suppliers/purchase_orders", purchase_order())
        assert (await told(outside))["invoices"][0]["total"] > 1_000


async def test_an_order_is_withdrawn_until_it_has_left(clock, opened):
    async with opened(prompt()) as outside:
        withdrawal = {"po": "po1", "vendor": "SUP-A", "why": "no need"}
        await outside.say("suppliers/purchase_orders", purchase_order())
        gone = (200, {"withdrawn": True})
        assert await outside.say("suppliers/purchase_orders:cancel", withdrawal) == gone
        assert await outside.say("suppliers/purchase_orders:cancel", withdrawal) == gone
        await outside.say("suppliers/purchase_orders", purchase_order("po2"))
        pages = await told(outside)
        assert {record["po"] for record in pages["receipts"]} == {"po2"}
        late = await outside.say("suppliers/purchase_orders:cancel", {**withdrawal, "po": "po2"})
        assert late == (409, {"reason": "SHIPPED"})
        await outside.say("suppliers/purchase_orders:cancel", {**withdrawal, "po": "po3"})
        assert (await outside.say("suppliers/purchase_orders", purchase_order("po3")))[0] == 422
