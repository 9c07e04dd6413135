"""Systems that refuse what was accepted: the ERP before and after the dispatch, the warehouse at the release."""

from tests.support.script import answer, unreachable
from tests.support.shop import an_order, id_of

SLOW_PICK = {"pick_min_ms": 20_000, "pick_max_ms": 20_000}


async def test_an_erp_rejection_before_the_dispatch_recalls_releases_voids_and_rejects(open_world):
    world = await open_world(twins=SLOW_PICK)
    order = an_order(("TEA", 2), ("T-ERP-REJECT", 1))
    state = await world.play(order)
    order_id = id_of(order)
    assert world.axes(order) == ("rejected", "voided", "cancelled", "rejected")
    assert state.reason == "erp-rejected: ITEM_BLOCKED"
    assert world.books() == {
        "held": [(order_id, 610, 0, 610)],
        "captured": [],
        "erp": [],
        "tax": [(order_id, "quoted")],
        "warehouse": [(order_id, "recalled")],
        "shipped": [],
    }
    assert world.reservations() == []
    assert world.stock("TEA") == (1_000, 0)
    assert world.postings() == []
    assert world.exceptions() == []
    # The ERP is not asked to cancel what it never took.
    assert world.script.made("erp/sales_orders:cancel") == []
    assert not world.system.engine.fold.timers


async def test_an_erp_rejection_in_the_window_recalls_nothing_for_nothing_was_released(open_world):
    world = await open_world(twins=SLOW_PICK)
    order = an_order(("T-ERP-REJECT", 1), channel="phone")
    await world.play(order)
    assert world.axes(order) == ("rejected", "voided", "cancelled", "rejected")
    assert world.script.made("warehouse/recalls") == []
    assert world.books()["warehouse"] == []


async def test_an_erp_rejection_after_the_dispatch_is_excepted_and_still_invoiced_and_captured(open_world):
    world = await open_world()
    hold = world.script.hold("erp/sales_orders")
    capture = world.script.hold("payments/captures")
    order = an_order(("T-ERP-REJECT", 3))
    await world.place(order)
    await capture.came.wait()
    world.script.next("erp/sales_orders", answer(422, {"code": "ITEM_BLOCKED"}))
    hold.let_go.set()
    await world.until(lambda: world.exceptions())
    assert world.axes(order) == ("excepted", "authorized", "dispatched", "rejected")
    capture.let_go.set()
    await world.quiet()
    assert world.axes(order) == ("excepted", "captured", "dispatched", "rejected")
    assert world.exceptions() == ["erp-rejected-after-dispatch"]
    assert world.books()["captured"] == [(id_of(order), 300)]
    assert [step for step, _ in world.postings()] == ["invoice", "cost", "capture"]
    assert world.reservations() == []


async def test_an_erp_rejection_after_everything_else_is_done_is_excepted(open_world):
    world = await open_world()
    hold = world.script.hold("erp/sales_orders")
    order = an_order(("T-ERP-REJECT", 3))
    await world.place(order)
    await world.until(lambda: world.axes(order)[1] == "captured")
    # Captured but not acknowledged: not completed.
    assert world.axes(order) == ("accepted", "captured", "dispatched", "submitted")
    hold.let_go.set()
    await world.ended(order)
    assert world.axes(order) == ("excepted", "captured", "dispatched", "rejected")
    assert world.exceptions() == ["erp-rejected-after-dispatch"]


async def test_an_erp_that_is_slow_completes_the_order_when_it_acknowledges(open_world):
    world = await open_world()
    hold = world.script.hold("erp/sales_orders")
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.axes(order)[1] == "captured")
    hold.let_go.set()
    await world.ended(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")


async def test_a_recall_that_comes_too_late_ships_captures_and_leaves_the_erp_to_a_person(open_world):
    world = await open_world(twins=SLOW_PICK)
    world.script.always["warehouse/recalls"] = unreachable
    order = an_order(("T-ERP-REJECT", 1))
    await world.place(order)
    await world.wait(21_000)
    del world.script.always["warehouse/recalls"]
    await world.ended(order)
    await world.until(lambda: world.axes(order)[1] == "captured")
    await world.quiet()
    assert world.axes(order) == ("excepted", "captured", "dispatched", "rejected")
    assert world.exceptions() == ["erp-rejected-after-dispatch"]
    assert world.books()["captured"] == [(id_of(order), 100)]
    assert world.reservations() == []


async def test_a_customers_cancellation_during_a_recall_does_not_pass_for_a_dispatch(open_world):
    world = await open_world(twins=SLOW_PICK)
    recall = world.script.hold("warehouse/recalls")
    order = an_order(("T-ERP-REJECT", 1))
    await world.place(order)
    await recall.came.wait()
    assert (await world.cancel(order)).status == 202
    await world.wait(1_000)
    assert world.exceptions() == []
    recall.let_go.set()
    await world.ended(order)
    assert world.axes(order) == ("rejected", "voided", "cancelled", "rejected")
    assert world.exceptions() == []
    assert world.books()["shipped"] == []


async def test_a_warehouse_that_rejects_undoes_everything(open_world):
    world = await open_world()
    order = an_order(("SOAP", 1), ("T-UNKNOWN", 1))
    state = await world.play(order)
    order_id = id_of(order)
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert state.reason == "warehouse-rejected"
    assert world.books() == {
        "held": [(order_id, 595, 0, 595)],
        "captured": [],
        "erp": [(order_id, "cancelled")],
        "tax": [(order_id, "quoted")],
        "warehouse": [],
        "shipped": [],
    }
    assert world.reservations() == []
    assert world.stock("SOAP") == (1_000, 0)
    assert not world.system.engine.fold.timers


async def test_a_capture_that_fails_is_excepted_with_the_invoice_open(open_world):
    world = await open_world()
    order = an_order(token="tok_capture_fails")
    await world.play(order)
    assert world.axes(order) == ("excepted", "failed", "dispatched", "acknowledged")
    assert world.exceptions() == ["capture-failed"]
    assert [step for step, _ in world.postings()] == ["invoice", "cost"]
    assert world.system.look("finance", "GB01").open[id_of(order)].invoiced_minor == 510
    assert world.books()["captured"] == []
    assert world.reservations() == []


async def test_of_two_captures_one_fails_and_the_receivable_shows_what_is_missing(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_capture_fails", 210)])
    await world.play(order)
    assert world.axes(order)[:2] == ("excepted", "failed")
    receivable = world.system.look("finance", "GB01").open[id_of(order)]
    assert (receivable.invoiced_minor, receivable.captured_minor) == (510, 300)


async def test_a_compensation_that_is_refused_opens_an_exception(open_world):
    world = await open_world(twins={"deny_bp": 10_000})
    world.script.next("payments/voids", answer(404, {"error": {"code": "no_such_authorization"}}))
    order = an_order()
    await world.play(order)
    assert world.axes(order)[0] == "rejected"
    assert world.exceptions() == ["compensation-refused"]
