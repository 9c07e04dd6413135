"""Rates of exchange and of tax from the ERP: polled as deltas behind a watermark, each from its instant on."""

import pytest

from actors.domains.finance.model import rate_e9
from contracts.fx import ExchangeRate, ImportRates
from contracts.ports import ForeignRequest
from tests.support.reconciling import a_compared_world, found, run_of
from tests.support.script import answer

POLL_MS = 61_000
ABROAD = {"company": "GB01", "currency": "EUR"}
AT_HOME = {"standard": 2_000, "reduced": 500, "zero": 0}


async def outside(world, operation, body, system="erp"):
    """Something happens outside."""
    told = await world.twins.call(ForeignRequest(system, operation, "", "s", body))
    assert told.status in (200, 201)


async def revise(world, rate, since=1):
    await outside(world, "exchange_rates:revise", {**ABROAD, "rate": rate, "valid_from": since})


async def taxed(world, classes, since=1, zone="GB"):
    await outside(world, "tax_rates:revise", {"zone": zone, "classes": classes, "valid_from": since})


def worth(world, currency="EUR"):
    return rate_e9(world.system.look("finance", "GB01"), currency, world.timeline.now_ms())


def holding(world, zone="GB"):
    rates = world.system.look("catalog", "default").tax_rates
    row = rates.holding.get(zone)
    return {one.tax_class: one.rate_bp for one in row.rates} if row is not None else None


async def test_a_rate_of_the_erp_holds_in_the_book_from_its_instant_on_through_a_restart(open_world):
    world = await open_world()
    await revise(world, "0.8575")
    later = world.timeline.now_ms() + 10 * POLL_MS
    await revise(world, "0.86", later)
    await world.wait(POLL_MS)
    assert worth(world) == 857_500_000
    await world.restart()
    await world.wait(POLL_MS)
    assert (worth(world), len(world.facts("exchange_rate.imported"))) == (857_500_000, 2)
    await world.until(lambda: worth(world) == 860_000_000, 12 * POLL_MS)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_correction_stands_and_an_erp_that_went_back_overwrites_nothing(open_world):
    world = await open_world()
    for rate in ("0.85", "0.8575"):
        await revise(world, rate)
        await world.wait(10)
    await world.wait(POLL_MS)
    assert worth(world) == 857_500_000
    await outside(world, "changes:restore", {"feed": "exchange_rates", "n": 1})
    await world.wait(POLL_MS)
    assert (worth(world), world.exceptions()) == (857_500_000, ["reference-data-behind"])
    await revise(world, "0.8601")
    await world.wait(POLL_MS)
    assert worth(world) == 860_100_000


async def test_what_a_person_says_later_stands_and_what_the_erp_changes_after_it_too(open_world):
    world = await open_world()
    await revise(world, "0.85")
    await world.wait(POLL_MS)
    world.record("finance", "GB01", ImportRates("GB01", (ExchangeRate("EUR", 1, 900_000_000),)), "by hand")
    await world.quiet()
    assert worth(world) == 900_000_000
    await revise(world, "0.86")
    await world.wait(POLL_MS)
    assert worth(world) == 860_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0,86"}, {"rate": "-1"}, {"rate": "0.0000000001"}, {"rate": "0.000"}, {"rate": 0.86},
        {"rate": "nan"}, {"rate": ""}, {"rate": "1" * 10}, {"rate": None}, {"currency": "XXX"},
        {"currency": "GBP"}, {"company": "ZZ99"}, {"valid_from": "today"}, {"changed_at": None},
    ],
    ids=str,
)  # fmt: skip
async def test_a_rate_that_cannot_be_right_is_a_persons_and_holds_nothing_up(open_world, wrong):
    world = await open_world()
    good = {**ABROAD, "rate": "0.86", "valid_from": 1, "changed_at": 5}
    page = answer(200, {"records": [{"n": 1, **good, **wrong}, {"n": 2, **good}], "last": 2, "head": 2})
    world.script.next("erp/exchange_rates", page, page, page)
    await world.wait(3 * POLL_MS)
    assert world.exceptions() == ["feed-record-unreadable"]
    assert worth(world) == 860_000_000


async def test_tax_rates_hold_from_their_instant_on_through_a_restart(open_world):
    world = await open_world()
    await taxed(world, AT_HOME)
    await taxed(world, {**AT_HOME, "reduced": 750}, world.timeline.now_ms() + 10 * POLL_MS)
    await world.wait(2 * POLL_MS)
    assert holding(world) == AT_HOME
    assert [len(world.facts(f"tax_rate.{what}")) for what in ("changed", "planned")] == [1, 1]
    await world.restart()
    await world.until(lambda: holding(world) == {**AT_HOME, "reduced": 750}, 12 * POLL_MS)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize(
    "classes", [{}, {"standard": -1}, {"standard": 10_001}, {"standard": True}, [2_000]], ids=str
)
async def test_tax_rates_that_cannot_be_right_are_a_persons(open_world, classes):
    world = await open_world()
    record = {"n": 1, "zone": "GB", "classes": classes, "valid_from": 1, "changed_at": 5}
    page = answer(200, {"records": [record], "last": 1, "head": 1})
    world.script.next("erp/tax_rates", page, page, page)
    await world.wait(3 * POLL_MS)
    assert (world.exceptions(), holding(world)) == (["feed-record-unreadable"], None)


async def test_the_tax_services_rates_are_compared_with_the_erps_and_a_person_hears_of_a_difference(
    open_world,
):
    world = await a_compared_world(open_world)
    await taxed(world, AT_HOME)
    await taxed(world, {"standard": 2_000, "luxury": 3_300}, zone="FR")
    # Its clock is slow: nobody polls more often than once an hour there.
    await world.wait(61 * 60_000)
    run = await run_of(world, "tax-rates")
    # What the ERP has told nothing of is none of our concern.
    assert (run.complete, run.compared, run.found) == (True, 5, 1)
    assert [one.ref for one in found(world, "tax-rates")] == ["FR luxury"]
    await outside(world, "rates:correct", {"zone": "GB", "class": "standard", "rate_bp": 1_750}, "tax")
    run = await run_of(world, "tax-rates")
    assert (run.found, world.exceptions()) == (2, ["tax-rate-differs"] * 2)
    # Corrected there, and no longer entered here: both are over.
    await outside(world, "rates:correct", {"zone": "GB", "class": "standard", "rate_bp": 2_000}, "tax")
    await taxed(world, {"standard": 2_000}, since=2, zone="FR")
    await world.wait(61 * 60_000)
    run = await run_of(world, "tax-rates")
    assert (run.compared, run.found, found(world, "tax-rates")) == (4, 0, [])
