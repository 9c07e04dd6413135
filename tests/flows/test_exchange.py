"""An order in another currency than its book's: paid in its own, settled in the book's; the rest is gained or lost."""

import msgspec
import pytest

from contracts.fx import ExchangeRate, ImportRates
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.orders import Payment
from contracts.refunds import ProviderEvent
from tests.support.reconciling import a_compared_world, run_of
from tests.support.sendings import send_back
from tests.support.shop import an_order, id_of

AR, CLEARING, PAYABLE = "1100 accounts receivable", "1230 currency clearing", "2120 refunds payable"
OWED, COGS = "1200 PSP clearing psp-c", "5000 cost of goods sold"
GAIN, LOSS = "7100 FX gain", "7110 FX loss"
CLAIM, FEES, LOSSES = "1220 dispute receivable psp-c", "6100 dispute fees", "6110 dispute losses"
RATE = 860_000_000


async def in_euros(open_world, units=2, rate=RATE, provider="psp-c", token="tok_visa"):
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
    paid = Payment(provider, "card", token, 500 * units)
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


@pytest.mark.parametrize("ends", ["won", "lost"])
async def test_a_dispute_is_posted_in_what_the_provider_takes_and_owes_nothing_anew_in_the_orders_own(
    open_world, ends
):
    world, _ = await in_euros(open_world, token=f"tok_dispute_{ends}")
    await world.until(lambda: world.facts(f"payment.dispute_{ends}"), 3_600_000)
    await world.quiet()
    steps = [(step, currency, entries) for step, currency, entries in posted(world) if "dispute" in step]
    opened = [("D", CLAIM, 855), ("D", FEES, 1_500), ("C", OWED, 2_355)]
    ended = (
        [("D", OWED, 855), ("C", CLAIM, 855)] if ends == "won" else [("D", LOSSES, 855), ("C", CLAIM, 855)]
    )
    assert steps == [("dispute_opened", "GBP", opened), (f"dispute_{ends}", "GBP", ended)]
    (fact,) = world.facts(f"payment.dispute_{ends}")
    assert (fact.amount_minor, fact.currency, fact.taken_minor) == (1_000, "EUR", 855)


async def test_a_dispute_that_gives_back_more_than_it_took_gains_the_difference(open_world):
    world, order = await in_euros(open_world)
    (capture,) = world.facts("payment.captured")
    for n, (what, settled) in enumerate((("opened", 855), ("won", 862))):
        event = ProviderEvent(
            id_of(order), f"ev_{n}", f"dispute.{what}", "dp_1", capture.capture_id, 1_000, 1_500, "EUR", "", "",
            settled, "GBP",
        )  # fmt: skip
        world.record("payments", id_of(order), event, f"event {n}", id_of(order))
        await world.quiet()
    won = [entries for step, currency, entries in posted(world)[-2:] if currency == "GBP"]
    assert won == [
        [("D", OWED, 862), ("C", CLAIM, 862)],
        [("D", CLAIM, 7), ("C", GAIN, 7)],
    ]


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
