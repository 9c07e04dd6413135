"""A month ends while an order in euros is open: what is owed is valued where the entity is, and that is taken back."""

import msgspec
import pytest

from contracts.fx import ExchangeRate, ImportRates
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.ledger import ClosePeriod, SoftClosePeriod
from contracts.orders import Payment
from contracts.periods import end_ms
from tests.support.script import answer
from tests.support.shop import an_order
from tests.support.virtual import running_timeline

JUNE = end_ms(202605, "Europe/London")
LOSS, VALUATION = "7110 FX loss", "1240 currency valuation"
MINUTE_MS = 60_000


@pytest.fixture
async def timeline():
    """It is shortly before the end of May in London."""
    async with running_timeline(JUNE - 10 * MINUTE_MS) as timeline:
        yield timeline


async def test_what_is_open_at_the_months_end_is_valued_and_taken_back_through_a_restart(open_world):
    world = await open_world()
    bread = ProductRow("BROT", "Brot", 500, 200, "EUR")
    world.record("catalog", "default", ImportProducts("default", (bread,)), "p")
    world.record("inventory", "default", ReceiveStock("default", "brot", (StockRow("BROT", "WH1", 50),)), "s")
    rates = (ExchangeRate("EUR", 0, 860_000_000), ExchangeRate("EUR", JUNE - MINUTE_MS, 850_000_000))
    world.record("finance", "GB01", ImportRates("GB01", rates), "rates")
    await world.quiet()
    # The provider takes nothing: it is invoiced and not paid.
    refused = answer(402, {"error": {"code": "processing_error"}})
    world.script.next("payments/captures", *[refused] * 50)
    order = an_order(("BROT", 2, 500), currency="EUR")
    order = msgspec.structs.replace(order, payments=(Payment("psp-c", "card", "tok_visa", 1_000),))
    await world.place(order)
    await world.until(lambda: world.facts("invoice.issued"))
    book = world.system.look("finance", "GB01")
    assert book.revaluing == 202605
    await world.restart()
    await world.wait(JUNE + MINUTE_MS - world.timeline.now_ms())
    (fact,) = world.facts("period.revalued")
    assert [(row.amount_minor, row.worth_minor, row.gain_minor) for row in fact.rows] == [(1_000, 860, -10)]
    valued = [one for one in world.facts("ledger.posted") if one.step.startswith("revaluation")]
    assert [
        (one.step, one.period, one.document_date, [(e.side, e.account, e.amount_minor) for e in one.entries])
        for one in valued
    ] == [
        ("revaluation", 202605, 20260531, [("C", VALUATION, 10), ("D", LOSS, 10)]),
        ("revaluation_reversed", 202606, 20260601, [("D", VALUATION, 10), ("C", LOSS, 10)]),
    ]
    for command in (SoftClosePeriod, ClosePeriod):
        world.record("finance", "GB01", command("GB01", 202605, "ann", "month end"), command.__name__)
    await world.quiet()
    assert [len(world.facts(f"period.{what}")) for what in ("closed", "revaluation_due")] == [1, 1]
    assert world.system.look("finance", "GB01").revaluing == 202606
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_book_in_its_own_currency_alone_waits_for_no_month_to_end(open_world):
    world = await open_world()
    await world.play(an_order(("TEA", 1)))
    assert world.facts("period.revaluation_due") == []
    assert world.system.look("finance", "GB01").foreign == {}
    assert not any(timer.actor == "finance" for timer in world.system.engine.fold.timers)
