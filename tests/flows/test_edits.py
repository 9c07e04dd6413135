"""An edit before the release: all of it is done, or nothing, and it never overtakes the release."""

from __future__ import annotations

import msgspec
import pytest

from actors.runtime.intake import Call
from contracts.edits import EditOrder
from contracts.inventory import DemandLine
from contracts.orders import OrderLine, PostalAddress
from tests.flows.test_holds import DONE, assert_nothing_is_left, hold, let_go
from tests.support.script import answer
from tests.support.shop import PRODUCTS, an_order, id_of


def lines(*rows):
    return tuple(
        OrderLine(str(n), sku, quantity, PRODUCTS[sku][0]) for n, (sku, quantity) in enumerate(rows, start=1)
    )


async def edit(world, order, *rows, edit_id="e1", ship_to=None, command=None):
    """A person's edit; the status and the body of its answer."""
    order_id = id_of(order)
    command = command or EditOrder(order_id, edit_id, "eve", lines(*rows), ship_to)
    call = Call(
        "eve", "PATCH", f"/v1/orders/{order_id}", edit_id, edit_id, "orders", order_id, order_id, command,
        sheddable=False,
    )  # fmt: skip
    answered = await world.system.submit(call)
    return answered.status, msgspec.json.decode(answered.body)


async def accepted(open_world, *rows, channel="phone", **options):
    """An order by phone, accepted and in its window."""
    world = await open_world(**options)
    order = an_order(*rows, channel=channel)
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    return world, order


def edits(world, order):
    return world.state(order).edits


async def test_more_is_priced_taxed_paid_for_and_reserved_in_one_turn_of_the_pool(open_world):
    world, order = await accepted(open_world, ("TEA", 2))
    assert (await edit(world, order, ("TEA", 5), ("BOOK", 1)))[0] == 202
    await world.until(lambda: edits(world, order) == {"e1": "applied"})
    assert world.stock("TEA") == (995, 5)
    assert world.stock("BOOK") == (999, 1)
    changed = [
        turn for turn in world.turns() if [e.type for e in turn.events][:2]
        == ["inventory.reservation_released", "inventory.reserved"]
    ]  # fmt: skip
    assert len(changed) == 1
    total = 5 * 255 + 700
    assert [row["amount"] for row in world.twins.books()["payments"]["authorizations"]] == [510, total - 510]
    await world.ended(order)
    assert world.axes(order) == DONE
    assert sum(amount for _, amount in world.books()["captured"]) == total
    (document,) = world.twins.books()["erp"]["documents"]
    assert document["total"] == total
    (shipped,) = world.twins.books()["warehouse"]["shipments"]
    assert [(item["item"], item["qty"]) for item in shipped["items"]] == [("TEA", 5), ("BOOK", 1)]
    assert world.facts("invoice.issued")[0].gross_minor == total
    assert world.state(order).total_minor == total
    assert_nothing_is_left(world)


async def test_less_frees_the_stock_and_what_is_held_too_much_is_let_go_of_at_the_end(open_world):
    world, order = await accepted(open_world, ("TEA", 4), ("MUG", 1))
    await edit(world, order, ("TEA", 1))
    await world.until(lambda: edits(world, order) == {"e1": "applied"})
    assert (world.stock("TEA"), world.stock("MUG")) == ((999, 1), (3, 0))
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.books()["held"] == [(id_of(order), 2_020, 255, 1_765)]
    assert_nothing_is_left(world)


async def test_another_address_goes_to_the_warehouse_and_the_tax_follows_it(open_world):
    world, order = await accepted(open_world)
    await edit(world, order, ship_to=PostalAddress("DE", "A. Person", ("1 Weg",), "Berlin", None, "10115"))
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.state(order).order.ship_to.country == "DE"
    assert [quote.jurisdiction for quote in world.facts("tax.calculated")] == ["GB", "DE"]
    statuses = sorted(row["status"] for row in world.twins.books()["tax"]["documents"])
    assert statuses == ["committed", "quoted"]
    assert_nothing_is_left(world)


async def test_an_edit_after_the_release_is_refused_by_name(open_world):
    world, order = await accepted(
        open_world, channel="web", twins={"pick_min_ms": 8_000, "pick_max_ms": 8_000}
    )
    assert (await edit(world, order, ("TEA", 9)))[0] == 202
    await world.until(lambda: edits(world, order) == {"e1": "refused: already-released"})
    await world.ended(order)
    assert world.axes(order) == DONE
    assert sum(amount for _, amount in world.books()["captured"]) == 510


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("TEA", 2), ("MUG", 4)], "out-of-stock: MUG"),
        ([("TEA", 2), ("SAKE", 1)], "other-currency"),
    ],
)
async def test_an_edit_that_cannot_be_done_leaves_the_order_as_it_was(open_world, rows, reason):
    world, order = await accepted(open_world, ("TEA", 2))
    await edit(world, order, *rows)
    await world.until(lambda: edits(world, order) == {"e1": f"refused: {reason}"})
    assert world.stock("TEA") == (998, 2)
    await world.ended(order)
    assert world.axes(order) == DONE
    held = world.books()["held"]
    assert held[0] == (id_of(order), 510, 510, 0)
    assert all(captured == 0 and voided == amount for _, amount, captured, voided in held[1:])
    assert_nothing_is_left(world)


async def test_a_declined_difference_refuses_the_edit_and_not_the_order(open_world):
    world, order = await accepted(open_world)
    world.script.next("payments/authorizations", answer(402, {"error": {"code": "card_declined"}}))
    await edit(world, order, ("TEA", 9))
    await world.until(lambda: edits(world, order) == {"e1": "refused: payment-declined: card_declined"})
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.books()["held"] == [(id_of(order), 510, 510, 0)]


async def test_a_held_order_is_edited_and_stays_held_and_one_edited_twice_is_what_the_second_said(open_world):
    world, order = await accepted(open_world)
    await hold(world, order)
    await edit(world, order, ("TEA", 3))
    await world.until(lambda: edits(world, order) == {"e1": "applied"})
    await edit(world, order, ("TEA", 7), edit_id="e2")
    await world.wait(60_000)
    assert edits(world, order) == {"e1": "applied", "e2": "applied"}
    assert world.facts("fulfillment.released") == []
    await let_go(world, order)
    await world.ended(order)
    assert world.axes(order) == DONE
    (release,) = world.twins.books()["warehouse"]["orders"]
    assert [item["qty"] for item in release["items"]] == [7]
    keys = [call.effect_key for call in world.script.calls if call.effect_key]
    assert len(set(keys)) == len(keys)
    assert_nothing_is_left(world)


@pytest.mark.parametrize("place", ["tax/quotes", "payments/authorizations"])
async def test_a_cancellation_during_an_edit_undoes_both(open_world, place):
    world, order = await accepted(open_world)
    under_way = world.script.hold(place)
    await edit(world, order, ("TEA", 9))
    await under_way.came.wait()
    assert (await world.cancel(order)).status == 202
    under_way.let_go.set()
    await world.ended(order)
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert all(voided == amount for _, amount, _, voided in world.books()["held"])
    assert edits(world, order) == {"e1": "refused: already-cancelled"}
    assert_nothing_is_left(world)


async def test_the_race_of_an_edit_with_the_release_has_one_winner(open_world):
    world, order = await accepted(open_world, channel="marketplace")
    accepted_at = world.timeline.now_ms()
    await world.timeline.sleep_until_ms(accepted_at + 4_990)
    await edit(world, order, ("TEA", 9))
    await world.ended(order)
    assert world.axes(order) == DONE
    won = edits(world, order) == {"e1": "applied"}
    assert won or edits(world, order) == {"e1": "refused: already-released"}
    units = [item["qty"] for row in world.twins.books()["warehouse"]["shipments"] for item in row["items"]]
    assert units == [9 if won else 2]
    assert_nothing_is_left(world)


async def test_an_order_in_several_parts_is_not_edited(open_world):
    world = await open_world()
    order = an_order(("TEA", 1_003), channel="phone")
    await world.place(order)
    await world.until(lambda: world.axes(order)[0] == "accepted")
    await edit(world, order, ("TEA", 1))
    await world.until(lambda: edits(world, order) != {"e1": "requested"})
    assert edits(world, order) == {"e1": "refused: in-several-parts"}


async def test_what_the_edit_frees_goes_to_those_who_wait(open_world):
    world, order = await accepted(open_world, ("MUG", 3))
    waiting = an_order(("MUG", 1), n=2, channel="preorder")
    await world.place(waiting)
    await world.until(lambda: world.axes(waiting)[0] == "accepted")
    await edit(world, order, ("MUG", 1))
    await world.ended(order, waiting)
    assert world.axes(waiting) == DONE
    filled = world.facts("inventory.backorder_filled")
    assert [fact.lines for fact in filled] == [(DemandLine("1", "MUG", 1),)]
    assert world.stock("MUG") == (1, 0)


async def test_every_field_of_an_edit_that_is_wrong_is_named(open_world):
    world, order = await accepted(open_world)
    bad = (OrderLine("1", "TEA", 0, 255), OrderLine("1", "TEA", 1, -1))
    status, problem = await edit(world, order, edit_id="bad", command=EditOrder(id_of(order), "", " ", bad))
    pointers = [error["pointer"] for error in problem["errors"]]
    assert status == 422
    assert pointers == [
        "/edit_id", "/by", "/lines/0/quantity", "/lines/1/line_id", "/lines/1/unit_price_minor",
    ]  # fmt: skip
    nothing = EditOrder(id_of(order), "e0", "eve")
    assert (await edit(world, order, edit_id="e0", command=nothing))[0] == 422
    tax = world.script.hold("tax/quotes")
    await edit(world, order, ("TEA", 3))
    assert (await edit(world, order, ("TEA", 4), edit_id="e2"))[1]["code"] == "edit-under-way"
    tax.let_go.set()
    await world.ended(order)
    assert (await edit(world, order, ("TEA", 4), edit_id="e3"))[1]["code"] == "already-completed"


async def test_an_edit_survives_a_crash_at_every_step(open_world):
    world, order = await accepted(open_world)
    await edit(world, order, ("TEA", 6))
    for _ in range(6):
        await world.wait(20)
        await world.restart()
    await world.ended(order)
    assert world.axes(order) == DONE
    assert edits(world, order) == {"e1": "applied"}
    assert sum(amount for _, amount in world.books()["captured"]) == 6 * 255
    assert_nothing_is_left(world)
