"""An excepted order is at rest until a person resolves it into completed, rejected or cancelled."""

import msgspec
import pytest

from actors.domains.finance.actor import FINANCE
from contracts.accounts import AR
from contracts.finance import InvoiceIssued, LedgerPosted, WriteOff
from contracts.turn import NORMAL, Message
from contracts.worklist import ClaimException, ResolveException
from sim.timeline import START_MS
from tests.flows.test_exceptions import ask
from tests.support.script import answer, lost_before
from tests.support.shop import an_order, id_of

DAY_MS = 24 * 3_600_000


def code(answered):
    return msgspec.json.decode(answered.body).get("code")


async def resolve(world, outcome, category=None, key=""):
    """A person claims the exception, if nobody has, and names an end."""
    rows = [row for row in world.system.work_list.of() if category in (None, row.category)]
    row = rows[0]
    if not row.by:
        assert (
            await ask(world, ClaimException(row.exception_id, "ann"), f"claim-{row.exception_id}")
        ).status == 200
    named = ResolveException(row.exception_id, "ann", outcome, "looked into")
    answered = await ask(world, named, f"{row.exception_id}-{outcome}-{key}")
    await world.quiet()
    return answered


def owed(world):
    return sum(
        amount if side == "D" else -amount
        for _, entries in world.postings()
        for side, account, amount in entries
        if account == AR
    )


async def test_an_order_that_stopped_before_its_acceptance_is_rejected_and_its_money_let_go(open_world):
    world = await open_world()
    world.script.next("tax/quotes", answer(400, {"error": "no"}))
    order = an_order()
    await world.play(order)
    assert world.axes(order) == ("excepted", "authorized", "pending", "pending")
    assert (await resolve(world, "rejected")).status == 200
    assert world.axes(order) == ("rejected", "voided", "pending", "pending")
    assert world.books()["held"] == [(id_of(order), 510, 0, 510)]
    assert world.system.work_list.of() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("outcome", ["completed", "corrected", "no_action", "written_off"])
async def test_an_order_of_which_nothing_left_is_not_completed_and_does_not_go_without_an_end(
    open_world, outcome
):
    world = await open_world()
    world.script.next("tax/quotes", answer(400, {"error": "no"}))
    order = an_order()
    await world.play(order)
    refused = await resolve(world, outcome)
    assert (refused.status, code(refused)) == (
        409,
        "nothing-shipped" if outcome == "completed" else "order-excepted",
    )
    assert world.axes(order)[0] == "excepted"
    assert len(world.system.work_list.of()) == 1
    assert (await resolve(world, "cancelled")).status == 200
    assert world.axes(order)[0] == "cancelled"


async def test_what_could_not_be_captured_is_written_off_and_the_order_completed(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_capture_fails", 210)])
    await world.play(order)
    refused = await resolve(world, "cancelled")
    assert (refused.status, code(refused)) == (409, "already-shipped")
    assert (await resolve(world, "completed")).status == 200
    assert world.axes(order) == ("completed", "written_off", "dispatched", "acknowledged")
    assert world.postings()[-1] == ("write_off", [("D", "6200 bad debts", 210), ("C", AR, 210)])
    assert owed(world) == 0
    assert id_of(order) not in world.system.look("finance", "GB01").open
    assert world.system.look("order_to_cash", id_of(order)).step == "done"
    assert world.system.work_list.of() == []


def test_what_left_after_an_order_was_written_off_is_written_off_under_a_name_of_its_own():
    state = FINANCE.initial("GB01")
    write_off = WriteOff("ord_1", "GB01", "ann", "looked into")
    references = []
    for number in (1, 2):
        FINANCE.folds["invoice.issued"](
            state, InvoiceIssued("ord_1", "GB01", number, f"sh_{number}", "GBP", 500, 0)
        )
        message = Message(
            "finance", "GB01", "ord_1", "finance.write_off", 1, NORMAL, None, write_off, "1.1.0", *[""] * 4
        )
        decision = FINANCE.handlers["finance.write_off"](state, message, START_MS)
        for event in decision.events:
            FINANCE.folds[event.type](state, event.body)
            if isinstance(event.body, LedgerPosted):
                references.append(event.body.reference)
        assert not state.open
    assert len(set(references)) == 2


async def test_an_order_that_the_erp_rejected_after_it_left_is_completed_on_a_persons_word(open_world):
    world = await open_world()
    hold = world.script.hold("erp/sales_orders")
    order = an_order(("T-ERP-REJECT", 3))
    await world.place(order)
    await world.until(lambda: world.axes(order)[1] == "captured")
    hold.let_go.set()
    await world.ended(order)
    assert (await resolve(world, "completed")).status == 200
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert world.state(order).erp_document == "by hand: ann"
    assert world.system.work_list.of() == []


async def test_an_order_whose_place_in_the_erp_nobody_knows_still_leaves_and_is_invoiced(open_world):
    world = await open_world(feed_every_ms=60_000, sweep_every_ms=3_600_000)
    world.script.always["erp/sales_orders"] = lost_before
    order = an_order()
    await world.place(order)
    await world.wait(DAY_MS + 120_000)
    assert world.axes(order) == ("excepted", "captured", "dispatched", "submitted")
    assert [step for step, _ in world.postings()] == ["invoice", "cost", "capture"]
    assert (await resolve(world, "completed", "outcome-unknown")).status == 200
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")


async def test_an_order_that_has_its_own_end_is_not_given_another(open_world):
    world = await open_world()
    world.script.always["payments/voids"] = answer(409, {"error": {"code": "no"}})
    order = an_order(("MUG", 4))
    await world.play(order)
    assert world.exceptions() == ["compensation-refused"]
    refused = await resolve(world, "cancelled")
    assert (refused.status, code(refused)) == (409, "order-not-excepted")
    assert (await resolve(world, "corrected")).status == 200
    assert world.system.work_list.of() == []
    assert world.axes(order)[0] == "rejected"
