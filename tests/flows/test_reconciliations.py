"""Reconciliations: each planted wrong is found by its own, mended by its repair, and the next run is clean."""

import pytest

from actors.connectors.erp import ERP
from actors.connectors.reconcile.repairs import REPAIRS, CannotRepair
from contracts.exceptions import CATALOGUE, HOUR_MS
from contracts.finance import InvoiceLine, IssueInvoice
from contracts.ids import order_id_of
from contracts.partners import PaymentCaptured
from contracts.ports import ForeignRequest
from contracts.reconciliations import KINDS, RECONCILIATIONS
from contracts.turn import DEFAULT_TENANT
from contracts.vocabulary import body_of
from sim.twins.payments import Capture
from tests.flows.test_edits import edit
from tests.support import losing
from tests.support.reconciling import SETTLED_MS, a_compared_world, found, repair, run_of, runs_of
from tests.support.script import answer
from tests.support.shop import an_order, id_of

NAMES = sorted(RECONCILIATIONS)


async def a_played_world(open_world, **options):
    world = await a_compared_world(open_world, **options)
    order = an_order(("TEA", 2), ("SOAP", 1))
    await world.play(order)
    return world, order


async def planted(open_world, plant, **options):
    """A world in which one order went well, and something was done behind our back; the order."""
    world, order = await a_played_world(open_world, **options)
    plant(world, id_of(order))
    await world.wait(1_000)
    return world, order


def open_categories(world):
    return [row.category for row in world.system.work_list.of()]


@pytest.mark.parametrize("name", NAMES)
async def test_where_nothing_is_wrong_nothing_is_found(open_world, name):
    world, _ = await a_played_world(open_world)
    await world.wait(1_000)
    run = await run_of(world, name)
    assert (run.complete, run.found, run.in_flight) == (True, 0, 0)
    assert run.compared >= (name not in ("refunds", "settlement", "tax-rates"))
    assert world.system.work_list.of() == []


def _lost_order(world, order_id):
    losing.lose_sales_order(world.twins, order_id)


def _console_capture(world, order_id):
    losing.capture_behind_our_back(world.twins, order_id, 250, world.timeline.now_ms())


def _console_refund(world, order_id):
    losing.refund_behind_our_back(world.twins, order_id, 100, world.timeline.now_ms())


def _forgotten_tax(world, order_id):
    losing.forget_tax(world.twins, order_id)


def _mislaid(world, order_id):
    losing.mislay(world.twins, "TEA", 7)


PLANTS = {
    "erp-orders": (_lost_order, "missing_there", "erp-order-missing"),
    "captures": (_console_capture, "missing_here", "capture-unbooked"),
    "stock": (_mislaid, "differs", "stock-differs"),
    "refunds": (_console_refund, "missing_here", "refund-unbooked"),
    "tax": (_forgotten_tax, "missing_there", "tax-uncommitted"),
}


@pytest.mark.parametrize("name", sorted(PLANTS))
async def test_a_planted_wrong_is_found_by_its_reconciliation_mended_by_its_repair_and_then_gone(
    open_world, name
):
    plant, kind, category = PLANTS[name]
    world, order = await planted(open_world, plant)
    turns = len(world.turns())
    run = await run_of(world, name)
    assert (run.found, run.in_flight) == (1, 0)
    (difference,) = found(world, name)
    about = "" if name == "stock" else id_of(order)
    assert (difference.kind, difference.order_id, difference.status) == (kind, about, "open")
    assert open_categories(world) == [category]
    # Detecting has changed no book.
    touched = {turn.actor for turn in world.turns()[turns:]}
    assert touched <= {"intake", "reconciliations", "exceptions"}

    assert await repair(world, name, difference.ref) == 202
    assert found(world, name)[0].status == "repairing"
    await world.wait(1_000)
    again = await run_of(world, name)
    assert (again.found, again.in_flight) == (0, 0)
    assert found(world, name) == []
    ended = [row for row in world.facts("exception.resolved") if row.category == category]
    assert [(row.by, row.resolution) for row in ended] == [("reconciliations", "corrected")]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(PLANTS)))
async def test_the_other_reconciliations_see_nothing_of_wrongs_that_are_not_theirs(open_world, name):
    world, order = await a_played_world(open_world)
    for plant, _, _ in PLANTS.values():
        plant(world, id_of(order))
    await world.wait(1_000)
    assert (await run_of(world, name)).found == 0


async def test_a_capture_that_only_the_ledger_has_is_found_on_both_sides_of_it(open_world):
    world, order = await a_played_world(open_world)
    captured = PaymentCaptured(id_of(order), "psp-a", "ch_nowhere", "pi_nowhere", 300, "GBP", "GB01")
    world.record("finance", "GB01", captured, "rogue")
    await world.wait(1_000)
    for name, kind in (("captures", "missing_there"), ("sub-ledgers", "differs")):
        assert (await run_of(world, name)).found == 1
        assert found(world, name)[0].kind == kind
    assert open_categories(world) == ["capture-not-at-provider", "ledger-differs"]


async def test_an_invoice_that_no_flow_asked_for_is_found_in_revenue_tax_and_receivables(open_world):
    world, order = await a_played_world(open_world)
    line = InvoiceLine("1", "TEA", 1, 200, 40, 100)
    rogue = IssueInvoice(id_of(order), "GB01", "SH-0", "WH1", "GBP", "GB", (line,), 0, 0, 0)
    world.record("finance", "GB01", rogue, "rogue")
    await world.wait(1_000)
    assert {name: (await run_of(world, name)).found for name in ("revenue", "tax", "sub-ledgers")} == {
        "revenue": 1,
        "tax": 1,
        "sub-ledgers": 1,
    }


async def test_an_order_that_never_reached_us_and_one_over_another_amount_are_found_at_their_channel(
    open_world,
):
    world, order = await a_played_world(open_world)
    world.twins.ordered("web", "W77", 900, "GBP")
    world.twins.ordered("web", order.channel_order_id, 1_006, "GBP")
    await world.wait(1_000)
    run = await run_of(world, "channel-orders")
    assert (run.found, run.in_flight, run.compared) == (2, 0, 2)
    kinds = {row.order_id: row.kind for row in found(world, "channel-orders")}
    assert kinds == {id_of(order): "differs", order_id_of(DEFAULT_TENANT, "web", "W77"): "missing_here"}
    assert sorted(open_categories(world)) == ["channel-order-differs", "channel-order-missing"]
    # The channel sends it after all.
    world.twins.ordered("web", order.channel_order_id, 1_005, "GBP")
    await world.place(an_order(("TEA", 1), n=77, channel="web"))
    world.twins.ordered("web", "W77", 255, "GBP")
    await world.quiet()
    assert (await run_of(world, "channel-orders")).found == 0
    assert open_categories(world) == []


async def test_a_payout_without_its_file_is_found(open_world):
    world = await a_compared_world(open_world)
    file = losing.pay_out_untold(world.twins, world.timeline.now_ms())
    await world.wait(1_000)
    assert (await run_of(world, "settlement")).found == 1
    (difference,) = found(world, "settlement")
    assert (difference.ref, difference.kind, difference.ours) == (file, "missing_here", None)
    assert open_categories(world) == ["payout-differs"]


async def test_the_book_is_not_corrected_by_a_count_that_it_has_moved_past(open_world):
    world, _ = await planted(open_world, _mislaid)
    await run_of(world, "stock")
    (difference,) = found(world, "stock")
    await world.play(an_order(n=2))
    with pytest.raises(CannotRepair, match="has moved since"):
        await repair(world, "stock", difference.ref)


async def test_a_shipment_of_which_no_word_came_is_taken_by_the_schedule_and_the_order_goes_on(open_world):
    world = await a_compared_world(open_world)
    losing.ship_untold(world.twins)
    order = an_order()
    await world.place(order)
    await world.wait(SETTLED_MS)
    assert world.axes(order)[2] == "released"
    world.system.reconciler.schedule("shipments", HOUR_MS, "ann", "hourly")
    await world.wait(HOUR_MS + 120_000)
    assert world.axes(order)[0] == "completed"
    (repaired,) = world.facts("reconciliation.repaired")
    assert (repaired.by, repaired.repair) == ("schedule", "take-confirmation")
    assert "shipment-unheard" not in world.exceptions()
    await world.wait(HOUR_MS)
    assert [(run.found, run.by) for run in runs_of(world, "shipments")] == [
        (0, "schedule"),
        (1, "schedule"),
    ]


async def test_a_sales_order_that_the_erp_has_found_meanwhile_is_not_sent_again(open_world):
    world, order = await planted(open_world, _lost_order)
    await run_of(world, "erp-orders")
    assert [row.kind for row in found(world, "erp-orders")] == ["missing_there"]
    # The ERP's people have put it back; ours repair it all the same.
    (said,) = [
        body_of(said) for turn in world.turns() for said in turn.said
        if said.type == "erp.create_sales_order" and said.to == "erp"
    ]  # fmt: skip
    put_back = ERP.requests["erp.create_sales_order"](said)
    request = ForeignRequest("erp", "sales_orders", "by hand", id_of(order), put_back)
    assert (await world.twins.call(request)).status == 201
    assert await repair(world, "erp-orders", id_of(order)) == 202
    await world.wait(10_000)
    assert len(world.twins.books()["erp"]["documents"]) == 1
    assert (await run_of(world, "erp-orders")).found == 0


async def test_an_edit_that_the_erp_refuses_leaves_the_order_in_our_books_as_the_erp_has_it(open_world):
    world = await a_compared_world(open_world)
    order = an_order(("TEA", 2), channel="phone")
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    world.script.next("erp/sales_orders:change", answer(422, {"code": "ITEM_BLOCKED"}))
    assert (await edit(world, order, ("TEA", 5)))[0] == 202
    await world.until(lambda: world.facts("erp.order_rejected"))
    await world.quiet()
    run = await run_of(world, "erp-orders")
    assert (run.found, run.in_flight, run.compared) == (0, 0, 1)


async def test_what_is_not_safe_waits_for_a_person_whoever_started_the_run(open_world):
    world, _ = await planted(open_world, _console_capture)
    world.system.reconciler.schedule("captures", HOUR_MS, "ann", "hourly")
    await world.wait(2 * HOUR_MS + 60_000)
    assert world.facts("reconciliation.repaired") == []
    # Found twice, it is one piece of work.
    assert open_categories(world) == ["capture-unbooked"]
    assert [run.found for run in runs_of(world, "captures")] == [1, 1]


async def test_what_has_changed_within_the_settle_time_is_in_flight_and_no_difference(open_world):
    world, order = await a_played_world(open_world)
    _console_capture(world, id_of(order))
    run = await run_of(world, "captures", None)
    assert (run.found, run.in_flight) == (0, 1)
    await world.wait(11 * 60_000)
    run = await run_of(world, "captures", None)
    assert (run.found, run.in_flight) == (1, 0)


async def test_what_an_open_call_may_have_done_is_in_flight_however_long_it_takes(open_world):
    world = await a_compared_world(open_world)
    order = an_order()
    world.script.always["payments/captures"] = answer(503)
    await world.place(order)
    await world.wait(5 * 60_000)
    # The provider took it and never said so: our call is still open.
    _taken_untold(world, id_of(order))
    await world.wait(1_000)
    run = await run_of(world, "captures")
    assert (run.found, run.in_flight) == (0, 1)


def _taken_untold(world, order_id):
    payments = losing.books_of(world.twins, "payments")
    held = next(row for row in payments._authorizations.rows.values() if row.reference == order_id)
    taken = Capture("ch_untold", held.id, held.amount, held.currency, order_id, world.timeline.now_ms())
    payments._captures.put(taken.id, taken)


async def test_a_listing_that_is_away_for_a_while_only_delays_the_run(open_world):
    world, _ = await a_played_world(open_world)
    await world.wait(1_000)
    world.script.next("erp/sales_orders:list", answer(503), answer(200, {"records": [{"doc_no": "x"}]}))
    run = await run_of(world, "erp-orders")
    assert (run.complete, run.found, run.compared) == (True, 0, 1)
    assert world.system.reconciler.counts["failed_pages"] == 2


async def test_books_that_cannot_be_read_make_the_run_unfinished_and_a_persons_work(open_world):
    world, _ = await a_played_world(open_world)
    world.script.always["erp/sales_orders:list"] = answer(503)
    run = await run_of(world, "erp-orders")
    assert not run.complete
    assert "sales_orders:list" in run.why
    assert open_categories(world) == ["reconciliation-unfinished"]


async def test_a_crash_in_the_middle_of_a_run_only_begins_it_again(open_world):
    world, _ = await planted(open_world, _lost_order)
    world.script.always["erp/sales_orders:list"] = answer(503)
    world.system.reconciler.start("erp-orders", "ann", "once", settle_ms=0)
    await world.wait(10_000)
    assert world.system.reconciler.busy
    await world.crash()
    del world.script.always["erp/sales_orders:list"]
    await world.start()
    await world.quiet()
    await world.wait(1_000)
    assert [(run.run, run.found) for run in runs_of(world, "erp-orders")] == [(1, 1)]


async def test_a_repair_that_does_not_fit_or_has_nothing_to_mend_is_refused(open_world):
    world, order = await planted(open_world, lambda world, order_id: None)
    with pytest.raises(CannotRepair):
        await repair(world, "erp-orders", id_of(order))
    await run_of(world, "erp-orders")
    with pytest.raises(CannotRepair):
        await repair(world, "erp-orders", id_of(order))


async def test_each_is_scheduled_as_its_row_says_once_unless_a_person_has_said_otherwise(open_world):
    world = await a_compared_world(open_world, reconcile=True)
    await world.wait(1_000)
    standing = {fact.name: (fact.every_ms, fact.by) for fact in world.facts("reconciliation.scheduled")}
    assert standing == {name: (spec.every_ms, "schedule") for name, spec in RECONCILIATIONS.items()}
    world.system.reconciler.schedule("tax", 0, "ann", "never")
    await world.quiet()
    await world.restart()
    await world.wait(1_000)
    assert len(world.facts("reconciliation.scheduled")) == len(RECONCILIATIONS) + 1
    assert {timer.key for timer in world.system.engine.fold.timers if timer.actor == "reconciliations"} == (
        set(RECONCILIATIONS) - {"tax"}
    )


async def test_a_schedule_of_zero_never_runs(open_world):
    world = await a_compared_world(open_world)
    for every in (HOUR_MS, 0):
        world.system.reconciler.schedule("tax", every, "ann", str(every))
        await world.quiet()
    await world.wait(2 * HOUR_MS)
    assert world.facts("reconciliation.started") == []


def test_every_difference_has_its_exception_and_a_repair_that_there_is():
    for name, spec in RECONCILIATIONS.items():
        assert set(spec.kinds) == set(KINDS), name
        for kind in spec.kinds.values():
            assert kind.category in CATALOGUE, (name, kind)
            assert not kind.repair or kind.repair in REPAIRS, (name, kind)
            assert kind.repair or not kind.safe
        assert spec.team in {row.team for row in CATALOGUE.values()}
    named = {kind.repair for spec in RECONCILIATIONS.values() for kind in spec.kinds.values()} - {""}
    assert named == set(REPAIRS)
