"""From a settlement file to a payout in the ledger: matched, in suspense, resolved."""

import msgspec
import pytest

from actors.domains.finance.actor import FINANCE
from contracts.refunds import Dispute, RefundMade
from contracts.settlement import ResolveDiscrepancy
from contracts.turn import Message
from sim.twins.settlement_files import PayoutRow
from tests.support.script import answer, lost_after, unreachable
from tests.support.settlement_files import PROVIDERS, a_payout, text_of
from tests.support.settling import arrive, balances, bring, sales_of, settlement
from tests.support.shop import an_order, id_of

CLEARING, SUSPENSE, BANK, FEES = (
    "1200 PSP clearing psp-a",
    "1210 settlement suspense psp-a",
    "1000 bank",
    "6000 PSP fees",
)


def resolve(world, action, line_id="t9", reference="", reason="looked at"):
    command = ResolveDiscrepancy("psp-a", "S1", line_id, action, reference, "pat", reason)
    world.record("settlement", "psp-a", command, f"resolve {action} {reference}", subject="S1")


async def test_every_line_matches_and_the_payout_is_posted(open_world):
    world = await open_world()
    for n in range(2):
        await world.play(an_order(("TEA", 2), ("SOAP", 1), n=n))
    await bring(world, a_payout(rows=(*sales_of(world), PayoutRow("f1", "fee", "", "", 0, 7))))
    (payout,) = world.facts("settlement.payout_reconciled")
    assert (payout.lines, payout.cleared_minor, payout.fee_minor, payout.net_minor) == (3, 2_010, 47, 1_963)
    assert ("payout", [("D", BANK, 1_963), ("D", FEES, 47), ("C", CLEARING, 2_010)]) in world.postings()
    assert len(world.facts("settlement.line_matched")) == 3
    assert balances(world).get(CLEARING) is None
    assert world.system.look("finance", "GB01").clearing == {}
    assert settlement(world).files["S1"].status == "reconciled"
    assert settlement(world).files["S1"].lines == {}
    assert world.exceptions() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_each_providers_file_is_paid_out(open_world, provider):
    world = await open_world()
    order = an_order(("TEA", 1))
    order = msgspec.structs.replace(
        order, payments=tuple(msgspec.structs.replace(p, provider=provider) for p in order.payments)
    )
    await world.play(order)
    await bring(world, a_payout(provider, rows=sales_of(world, provider)))
    assert len(world.facts("settlement.payout_reconciled")) == 1
    assert f"1200 PSP clearing {provider}" not in balances(world)


async def test_the_same_file_again_changes_nothing(open_world):
    world = await open_world()
    await world.play(an_order(("TEA", 2)))
    payout = a_payout(rows=sales_of(world))
    assert all(await bring(world, payout))
    before = len(world.turns())
    assert not any(await bring(world, payout))
    # Another copy under another name is the same bytes; and so it is after intake has forgotten it.
    assert not any(await bring(world, payout, name="copy.csv"))
    assert len(world.turns()) == before
    assert all(arrive(world, payout, prefix="forgotten "))
    await world.quiet()
    assert len(world.facts("settlement.file_imported")) == 1
    assert len(world.facts("settlement.payout_reconciled")) == 1
    assert world.exceptions() == []


async def test_a_line_that_matches_nothing_goes_to_suspense_with_an_exception(open_world):
    world = await open_world()
    await world.play(an_order(("TEA", 2)))
    rows = (*sales_of(world), PayoutRow("t9", "sale", "ch_9", "ord_9", 300, 10))
    await bring(world, a_payout(rows=rows))
    (mismatch,) = world.facts("settlement.line_mismatched")
    assert (mismatch.line_id, mismatch.reason, mismatch.residue_minor) == ("t9", "unknown", 300)
    assert world.exceptions() == ["settlement-mismatch"]
    left = balances(world)
    assert (left.get(CLEARING), left[SUSPENSE]) == (None, -300)
    assert settlement(world).open["S1/t9"].left_minor == 300
    assert len(world.facts("settlement.payout_reconciled")) == 1


@pytest.mark.parametrize(("amount", "residue"), [(1_100, 95), (900, -105)])
async def test_a_line_of_another_amount_clears_what_was_taken_and_leaves_the_rest_in_suspense(
    open_world, amount, residue
):
    world = await open_world()
    await world.play(an_order(("TEA", 2), ("SOAP", 1)))
    (row,) = sales_of(world)
    await bring(world, a_payout(rows=(msgspec.structs.replace(row, gross=amount),)))
    (mismatch,) = world.facts("settlement.line_mismatched")
    assert (mismatch.reason, mismatch.residue_minor) == ("amount", residue)
    left = balances(world)
    assert (left.get(CLEARING), left[SUSPENSE], left[BANK]) == (None, -residue, amount - 20)


async def test_a_line_in_another_currency_than_was_taken_clears_nothing(open_world):
    world = await open_world()
    await world.play(an_order(("TEA", 2)))
    await bring(world, a_payout(currency="EUR", rows=sales_of(world)))
    (mismatch,) = world.facts("settlement.line_mismatched")
    assert (mismatch.reason, mismatch.currency) == ("currency", "EUR")
    assert len(world.system.look("finance", "GB01").clearing) == 1


async def test_a_capture_that_we_hear_of_only_later_leaves_suspense_by_itself(open_world):
    world = await open_world()
    order = an_order(("TEA", 2))
    # What the provider calls it is known from a world in which nothing is lost.
    await world.play(order)
    (row,) = sales_of(world)
    late = await open_world(seed=2)
    hold = late.script.hold("payments/captures")
    await late.place(order)
    await hold.came.wait()
    arrive(late, a_payout(rows=(row,)))
    await late.until(late.exceptions)
    assert late.exceptions() == ["settlement-mismatch"]
    hold.let_go.set()
    await late.ended(order)
    (resolved,) = late.facts("settlement.discrepancy_resolved")
    assert (resolved.how, resolved.amount_minor) == ("found", row.gross)
    assert [one.resolution for one in late.facts("exception.resolved")] == ["corrected"]
    assert settlement(late).open == {}
    await bring(world, a_payout(rows=(row,)))
    # The books are as if it had come in time.
    assert balances(late) == balances(world)
    assert late.rebuilt_digest() == late.system.engine.fold.digest()


async def test_a_discrepancy_is_written_off_by_a_person_with_a_reason(open_world):
    world = await open_world()
    await bring(world, a_payout(rows=(PayoutRow("t9", "sale", "ch_9", "ord_9", 300, 10),)))
    resolve(world, "write_off")
    await world.quiet()
    (posting,) = [one for one in world.facts("ledger.posted") if one.step == "suspense_resolved"]
    assert (posting.by, posting.reason) == ("pat", "looked at")
    left = balances(world)
    assert left == {BANK: 290, FEES: 10, "7020 settlement differences": -300}
    (ended,) = world.facts("exception.resolved")
    assert (ended.by, ended.resolution, ended.reason) == ("pat", "written_off", "looked at")
    assert settlement(world).open == {}
    # A second time there is nothing to resolve.
    resolve(world, "write_off", reason="again")
    await world.quiet()
    assert len(world.facts("settlement.discrepancy_resolved")) == 1


async def test_a_discrepancy_is_matched_by_hand_with_an_open_item_of_its_amount(open_world):
    world = await open_world()
    order = an_order(("TEA", 2))
    await world.play(order)
    (row,) = sales_of(world)
    # The provider has it under a name of its own.
    await bring(world, a_payout(rows=(msgspec.structs.replace(row, id="t9", about="weird"),)))
    resolve(world, "match", reference="capture ch_no")
    await world.quiet()
    assert settlement(world).open["S1/t9"].state == "suspended"
    (kept,) = world.facts("finance.suspense_kept")
    assert "not open" in kept.why
    assert len(world.system.work_list.of()) == 1
    resolve(world, "match", reference=f"capture {row.about}")
    await world.quiet()
    assert settlement(world).open == {}
    assert world.system.look("finance", "GB01").clearing == {}
    assert not {CLEARING, SUSPENSE} & set(balances(world))
    (resolved,) = world.facts("settlement.discrepancy_resolved")
    assert (resolved.how, resolved.principal) == ("match", "pat")
    assert world.system.work_list.of() == []
    assert id_of(order)


async def test_a_payout_may_be_negative(open_world):
    world = await open_world()
    await bring(world, a_payout(rows=(PayoutRow("t9", "refund", "re_9", "", -300, 10),)))
    assert balances(world) == {BANK: -310, FEES: 10, SUSPENSE: 300}


async def test_a_file_that_the_process_died_over_is_taken_once(open_world):
    world = await open_world()
    for n in range(3):
        await world.play(an_order(("TEA", 1), n=n))
    payout = a_payout(rows=sales_of(world))
    text = text_of(payout)
    for _ in range(2):
        arrive(world, payout, text)
        await world.wait(20)
        await world.restart()
    await bring(world, payout, text)
    assert len(world.facts("settlement.payout_reconciled")) == 1
    assert CLEARING not in balances(world)


async def test_refunds_and_disputes_are_matched_with_what_the_book_posted_for_them(open_world):
    world = await open_world()
    order = an_order(("TEA", 2))
    await world.play(order)
    (row,) = sales_of(world)
    made = ("psp-a", "re_1", row.about, 200, "GBP", "GB01", "ret_1")
    world.record("finance", "GB01", RefundMade(id_of(order), *made), "refund")
    dispute = Dispute(id_of(order), "psp-a", "du_1", row.about, 300, 1_500, "GBP", "GB01")
    dispute_call(world, "payment.dispute_opened", dispute)
    await world.quiet()
    rows = (
        row, PayoutRow("t2", "refund", "re_1", "", -200, 0), PayoutRow("t3", "dispute", "du_1", "", -300, 1_500),
    )  # fmt: skip
    await bring(world, a_payout(rows=rows))
    assert world.exceptions() == []
    assert CLEARING not in balances(world)
    # What the dispute cost was posted with it, and is no fee of the payout's.
    assert (balances(world)[FEES], balances(world)["6100 dispute fees"]) == (20, 1_500)
    dispute_call(world, "payment.dispute_won", dispute)
    await world.quiet()
    await bring(world, a_payout(file="S2", rows=(PayoutRow("t4", "reversal", "du_1", "", 300, 0),)))
    assert world.exceptions() == []
    assert CLEARING not in balances(world)


def dispute_call(world, type_, body):
    """The fact as the connector tells it: several types share its body."""
    message = Message(
        "finance", "GB01", body.order_id, type_, 1, 1, None, body, f"x:{type_}", "main", "x:1", "x:1", ""
    )
    world.system.engine.decide(FINANCE, message)


async def test_the_providers_files_are_fetched_and_paid_out_two_days_after_the_day_of_the_sale(open_world):
    world = await open_world(twins={"settlement_day_ms": 10_000})
    orders = [an_order(("TEA", n + 1), n=n) for n in range(3)]
    for order, provider in zip(orders, PROVIDERS, strict=True):
        paid = tuple(msgspec.structs.replace(one, provider=provider) for one in order.payments)
        await world.play(msgspec.structs.replace(order, payments=paid))
    await world.until(lambda: world.twins.waiting() == 0, 60_000)
    await world.wait(3_000)
    await world.quiet()
    payouts = world.facts("settlement.payout_reconciled")
    theirs = world.twins.books()["payments"]["payouts"]
    assert sorted((one.provider, one.file_id, one.net_minor, one.fee_minor) for one in payouts) == sorted(
        (one["account"], one["file"], one["net"], one["fee"]) for one in theirs
    )
    assert len(payouts) == 3
    assert not [account for account in balances(world) if "PSP clearing" in account]
    (imported, *_) = world.facts("settlement.file_imported")
    kept = world.ports.files.get(imported.sha256)
    assert kept is not None
    assert imported.file_id.encode() in kept


async def test_late_double_truncated_and_recut_files_leave_the_same_books(open_world):
    bad = ("late", "truncated", "twice", "recut")
    ends = []
    for luck in ({}, {f"settlement_{one}_bp": 10_000 for one in bad}, {"settlement_wrong_total_bp": 10_000}):
        world = await open_world(twins={"settlement_day_ms": 10_000, **luck})
        for order, provider in zip([an_order(n=n) for n in range(3)], PROVIDERS, strict=True):
            paid = tuple(msgspec.structs.replace(one, provider=provider) for one in order.payments)
            await world.play(msgspec.structs.replace(order, payments=paid))
        await world.until(lambda w=world: w.twins.waiting() == 0, 90_000)
        await world.wait(3_000)
        await world.quiet()
        ends.append((balances(world), len(world.facts("settlement.payout_reconciled"))))
        codes = {one.code for one in world.facts("settlement.file_refused")}
        assert codes == (
            {"truncated", "re-cut"} if "settlement_late_bp" in luck else set(codes) & {"control-total"}
        )
        assert (codes == set()) == (luck == {})
    assert ends[0] == ends[1] == ends[2]


async def test_a_file_that_cannot_be_fetched_now_is_fetched_later(open_world):
    world = await open_world(twins={"settlement_day_ms": 10_000})
    world.script.next("payments/settlement_file", lost_after, unreachable, answer(503), answer(200, {"x": 1}))
    await world.play(an_order())
    await world.until(lambda: world.facts("settlement.payout_reconciled"), 90_000)
    assert world.system.statistics()["feeds"]["feed:settlement_files"]["not_fetched"] == 4
