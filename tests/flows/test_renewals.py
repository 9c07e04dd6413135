"""An authorization never expires under an order that waits: it is made anew in time, or a person is told."""

from __future__ import annotations

import pytest

from actors.flows.order_to_cash import renewing
from contracts.exceptions import HOUR_MS
from tests.flows.test_holds import DONE, assert_nothing_is_left, hold, let_go, review
from tests.support.script import answer
from tests.support.shop import an_order

# An authorization of `tok_short` holds for so long in these worlds.
SHORT_MS = 400_000
TWINS = {"short_hold_ms": SHORT_MS}


async def held(open_world, **fields):
    """An order by phone that is held in its window, its money not for long."""
    world = await open_world(twins=TWINS)
    order = an_order(channel="phone", token="tok_short", **fields)
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    await hold(world, order)
    await world.quiet()
    return world, order


def authorizations(world):
    return [(row["status"], row["captured"]) for row in world.twins.books()["payments"]["authorizations"]]


async def test_what_waits_is_authorized_anew_before_it_expires_and_the_old_one_is_voided(open_world):
    world, order = await held(open_world)
    await world.wait(SHORT_MS * 3)
    states = authorizations(world)
    assert len(states) >= 4
    assert [status for status, _ in states[:-1]] == ["canceled"] * (len(states) - 1)
    assert states[-1] == ("requires_capture", 0)
    assert world.facts("payment.auth_expired") == []
    await let_go(world, order)
    await world.ended(order)
    assert world.axes(order) == DONE
    assert authorizations(world)[-1] == ("succeeded", 510)
    keys = [call.effect_key for call in world.script.calls if call.operation == "authorizations"]
    assert len(set(keys)) == len(keys)
    assert_nothing_is_left(world)


async def test_an_order_held_before_its_money_was_keeps_it_all_the_same(open_world):
    world = await open_world(twins=TWINS)
    order = an_order(token="tok_short")
    under_way = world.script.hold("payments/authorizations")
    await world.place(order)
    await under_way.came.wait()
    await hold(world, order)
    under_way.let_go.set()
    await world.wait(SHORT_MS)
    assert [status for status, _ in authorizations(world)] == ["canceled", "requires_capture"]
    assert world.facts("payment.auth_expired") == []


async def test_each_of_several_means_of_payment_is_renewed_for_its_own_amount(open_world):
    world, order = await held(open_world, pay=[("tok_short", 300), ("tok_short", 210)])
    await world.wait(SHORT_MS)
    books = world.twins.books()["payments"]["authorizations"]
    assert [row["amount"] for row in books if row["status"] == "requires_capture"] == [300, 210]
    await let_go(world, order)
    await world.ended(order)
    assert world.axes(order) == DONE
    assert sorted(amount for _, amount in world.books()["captured"]) == [210, 300]


async def test_an_authorization_that_cannot_be_renewed_is_a_persons_and_is_not_tried_again(open_world):
    world, order = await held(open_world)
    world.script.next("payments/authorizations", answer(402, {"error": {"code": "card_declined"}}))
    await world.wait(SHORT_MS + 20_000)
    assert world.exceptions() == ["order-held", "authorization-expiring"]
    assert [row.category for row in world.system.work_list.of("finance")] == ["authorization-expiring"]
    assert authorizations(world) == [("expired", 0)]
    assert len(world.facts("payment.auth_expired")) == 1
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert len(world.facts("payment.authorized")) == 1


async def test_an_authorization_that_expired_unnoticed_is_made_anew_and_not_voided(open_world):
    world, order = await held(open_world)
    await world.crash()
    await world.wait(SHORT_MS * 2)
    await world.start()
    await world.wait(20_000)
    assert authorizations(world) == [("expired", 0), ("requires_capture", 0)]
    await let_go(world, order)
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.exceptions() == ["order-held"]
    assert_nothing_is_left(world)


async def test_an_order_under_review_keeps_its_money_too(open_world):
    world = await open_world(twins={"hold_ms": SHORT_MS})
    order = an_order(token="tok_review")
    await world.place(order)
    await world.until(lambda: world.facts("order.held"))
    await world.wait(SHORT_MS)
    await review(world, order, "accept")
    await world.ended(order)
    assert world.axes(order) == DONE
    assert [status for status, _ in authorizations(world)] == ["canceled", "succeeded"]
    assert_nothing_is_left(world)


async def test_what_is_left_of_an_order_that_waits_for_stock_is_authorized_anew(open_world):
    world = await open_world(twins=TWINS)
    order = an_order(("TEA", 2), ("MUG", 4), channel="wholesale", token="tok_short")
    await world.place(order)
    await world.until(lambda: world.facts("payment.captured"))
    (captured,) = world.facts("payment.captured")
    await world.wait(SHORT_MS)
    books = world.twins.books()["payments"]["authorizations"]
    assert [(row["amount"], row["captured"], row["status"]) for row in books] == [
        (4_510, captured.amount_minor, "canceled"),
        (4_510 - captured.amount_minor, 0, "requires_capture"),
    ]


@pytest.mark.slow
async def test_a_warehouse_that_takes_days_does_not_cost_the_money(open_world):
    twins = {"hold_ms": 30 * HOUR_MS, "pick_min_ms": 31 * HOUR_MS, "pick_max_ms": 31 * HOUR_MS}
    world = await open_world(twins=twins, feed_every_ms=HOUR_MS // 4, sweep_every_ms=HOUR_MS)
    order = an_order()
    await world.place(order)
    await world.wait(33 * HOUR_MS)
    await world.ended(order)
    assert world.axes(order) == DONE
    assert [status for status, _ in authorizations(world)] == ["canceled", "succeeded"]


async def test_an_authorization_that_comes_when_the_order_is_undone_is_let_go_of(open_world):
    world, order = await held(open_world)
    under_way = world.script.hold("payments/authorizations")
    await under_way.came.wait()
    assert (await world.cancel(order)).status == 202
    await world.until(lambda: world.axes(order)[0] == "cancelled")
    under_way.let_go.set()
    await world.quiet()
    assert [status for status, _ in authorizations(world)] == ["canceled", "canceled"]
    assert world.facts("payment.captured") == []
    assert_nothing_is_left(world)


async def test_a_plain_order_sets_no_timer_for_its_money(open_world):
    world = await open_world()
    await world.play(an_order())
    set_by = [(turn.actor, timer.name) for turn in world.turns() for timer in turn.timers_set]
    assert ("order_to_cash", renewing.TIMER) not in set_by
