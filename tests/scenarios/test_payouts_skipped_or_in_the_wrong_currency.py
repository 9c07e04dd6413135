"""The pain: a payout is never looked at, or euros are booked as pounds."""

import msgspec

from tests.support.bugs_of_pains import (
    currency_of_a_capture_ignored,
    currency_of_a_line_ignored,
    file_passed_over,
)
from tests.support.script import unreachable
from tests.support.settlement_files import a_payout, text_of
from tests.support.settling import balances, bring, sales_of
from tests.support.shop import an_order

BANK = "1000 bank"


async def what_was_paid_out(world):
    """Two days' files, the first of which cannot be had for a while: net by the provider's books, and by ours."""
    world.script.next("payments/settlement_file", unreachable)
    await world.play(an_order(n=1))
    await world.until(lambda: world.twins.waiting() == 0, 90_000)
    await world.play(an_order(n=2))
    await world.until(lambda: world.twins.waiting() == 0, 90_000)
    await world.wait(10_000)
    theirs = [one["net"] for one in world.twins.books()["payments"]["payouts"]]
    ours = [one.net_minor for one in world.facts("settlement.payout_reconciled")]
    return theirs, ours


async def test_a_file_that_cannot_be_had_is_waited_for_and_no_payout_is_skipped(open_world):
    theirs, ours = await what_was_paid_out(await open_world(twins={"settlement_day_ms": 10_000}))
    assert ours == theirs
    assert len(ours) == 2


async def test_with_files_passed_over_a_payout_is_never_looked_at(open_world, monkeypatch):
    file_passed_over(monkeypatch)
    theirs, ours = await what_was_paid_out(await open_world(twins={"settlement_day_ms": 10_000}))
    assert (len(theirs), ours) == (2, theirs[1:])


async def with_a_line_in_euros(world):
    """One of a file's lines is in another currency than the file. What comes to the bank, and who is told."""
    await world.play(an_order())
    payout = a_payout(rows=sales_of(world))
    head, _, tail = text_of(payout).rpartition("GBP")
    await bring(world, payout, f"{head}EUR{tail}")
    return balances(world).get(BANK, 0), world.exceptions()


async def test_a_line_in_another_currency_is_no_money_of_this_file(open_world):
    assert await with_a_line_in_euros(await open_world()) == (0, ["settlement-file-refused"])


async def test_with_the_lines_currency_ignored_euros_are_booked_as_pounds(open_world, monkeypatch):
    currency_of_a_line_ignored(monkeypatch)
    assert await with_a_line_in_euros(await open_world()) == (490, [])


async def paid_out_in_euros(world):
    """What was captured in pounds is paid out in a file of euros. Lines matched, and who is told."""
    await world.play(an_order())
    await bring(world, msgspec.structs.replace(a_payout(rows=sales_of(world)), currency="EUR"))
    return len(world.facts("settlement.line_matched")), world.exceptions()


async def test_a_payout_in_another_currency_than_was_captured_matches_nothing(open_world):
    assert await paid_out_in_euros(await open_world()) == (0, ["settlement-mismatch"])


async def test_with_the_captures_currency_ignored_it_passes_for_right(open_world, monkeypatch):
    currency_of_a_capture_ignored(monkeypatch)
    assert await paid_out_in_euros(await open_world()) == (1, [])
