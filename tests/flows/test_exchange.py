"""An order in another currency than its book's: paid in its own, settled in the book's; the rest is gained or lost."""

import msgspec

from contracts.fx import ExchangeRate, ImportRates
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.orders import Payment
from tests.support.reconciling import a_compared_world, run_of
from tests.support.sendings import send_back
from tests.support.shop import an_order

AR, CLEARING, PAYABLE = "1100 accounts receivable", "1230 currency clearing", "2120 refunds payable"
OWED, COGS = "1200 PSP clearing psp-c", "5000 cost of goods sold"
GAIN, LOSS = "7100 FX gain", "7110 FX loss"
RATE = 860_000_000


async def in_euros(open_world, units=2, rate=RATE, provider="psp-c"):
    """A shop with a product in euros, and an order of it that went well."""
    world = await a_compared_world(open_world)
    world.record(
        "catalog", "default", ImportProducts("default", (ProductRow("BROT", "Brot", 500, 200, "EUR"),)), "p"
    )
    world.record("inventory", "default", ReceiveStock("default", "brot", (StockRow("BROT", "WH1", 50),)), "s")
    if rate:
        rates = ImportRates("GB01", (ExchangeRate("EUR", 0, rate - 7), ExchangeRate("EUR", 1, rate)))
        world.record("finance", "GB01", rates, "rates")
    await world.quiet()
    order = an_order(("BROT", units, 500), currency="EUR")
    paid = Payment(provider, "card", "tok_visa", 500 * units)
    order = msgspec.structs.replace(order, payments=(paid,))
    await world.play(order)
    assert world.axes(order)[:2] == ("completed", "captured")
    return world, order


def posted(world):
    return [
        (one.step, one.currency, [(e.side, e.account, e.amount_minor) for e in one.entries])
        for one in world.facts("ledger.posted")
    ]


async def test_what_is_settled_in_the_books_currency_is_posted_in_both_and_the_difference_lost(open_world):
    world, _ = await in_euros(open_world)
    steps = {step: (currency, entries) for step, currency, entries in posted(world)}
    assert steps["invoice"][0] == "EUR"
    assert steps["cost"] == ("GBP", [("D", COGS, 400), ("C", "1300 inventory WH1", 400)])
    assert steps["capture_exchanged"] == ("EUR", [("D", CLEARING, 1_000), ("C", AR, 1_000)])
    # The provider gives 0.855, the book has it at 0.86.
    assert steps["exchanged"] == ("GBP", [("D", OWED, 855), ("C", CLEARING, 855)])
    assert steps["exchange"] == ("GBP", [("C", CLEARING, 5), ("D", LOSS, 5)])
    assert world.exceptions() == []


async def test_a_refund_is_settled_in_the_books_currency_too(open_world):
    world, order = await in_euros(open_world)
    before = len(posted(world))
    await send_back(world, order, ("1", 1))
    back = {step: (currency, entries) for step, currency, entries in posted(world)[before:]}
    assert back["return_received"][0] == back["return_restocked"][0] == "GBP"
    assert back["refund_exchanged"] == ("EUR", [("D", PAYABLE, 500), ("C", CLEARING, 500)])
    assert back["exchanged"] == ("GBP", [("C", OWED, 428), ("D", CLEARING, 428)])
    assert back["exchange"] == ("GBP", [("D", CLEARING, 2), ("C", GAIN, 2)])


async def test_reconciliations_compare_what_is_settled(open_world):
    world, order = await in_euros(open_world)
    await send_back(world, order, ("1", 1))
    await world.wait(1_000)
    for name in ("captures", "refunds", "revenue", "sub-ledgers", "tax"):
        run = await run_of(world, name)
        assert (run.complete, run.found, run.compared) == (True, 0, 1), name


async def test_without_a_rate_nothing_is_gained_or_lost_and_a_person_is_asked(open_world):
    world, _ = await in_euros(open_world, rate=0)
    assert [step for step, _, _ in posted(world)] == ["invoice", "cost", "capture_exchanged", "exchanged"]
    assert world.exceptions() == ["exchange-rate-missing"]


async def test_a_provider_that_settles_in_the_orders_own_currency_needs_no_rate(open_world):
    world, _ = await in_euros(open_world, provider="psp-a", rate=0)
    assert [(step, currency) for step, currency, _ in posted(world)] == [
        ("invoice", "EUR"),
        ("cost", "GBP"),
        ("capture", "EUR"),
    ]
    assert world.exceptions() == []
