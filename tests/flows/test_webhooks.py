"""Webhooks out, in virtual time: each event is delivered at least once, or visible as exhausted."""

from collections import Counter
from itertools import pairwise

import pytest

from contracts.webhooks import SCHEDULE_MS
from sim.twins.receivers import is_silent, refuses, says, slow, until
from tests.support.endpoints import DAY_MS, HOUR_MS, LONG, delivered, ordered, taken, within
from tests.support.shop import an_order, id_of


async def test_what_becomes_of_an_order_is_told_once_in_order_and_signed(endpoints):
    at = await endpoints()
    shop = await at.register()
    order = an_order(("TEA", 2))
    await at.world.play(order)
    await at.world.quiet()
    mine = [heard.id for heard in shop.taken if heard.event["subject"] == id_of(order)]
    assert mine == [id_ for id_ in at.owed() if id_ in mine]
    assert taken(shop) == Counter(at.owed())
    assert all((heard.signed, heard.signatures) == (1, 1) for heard in shop.heard)
    types = [heard.event["type"] for heard in shop.taken]
    assert types[0] == "retail.order.received.v1"
    assert "retail.order.completed.v1" in types
    assert at.world.rebuilt_digest() == at.world.system.engine.fold.digest()


async def test_only_what_was_asked_for_is_told_and_nothing_from_before(endpoints):
    at = await endpoints()
    await at.world.play(an_order(n=1))
    shop = await at.register("shop", ("order.*", "payment.captured"))
    await at.world.play(an_order(n=2))
    await at.world.quiet()
    domains = {heard.event["type"].split(".")[1] for heard in shop.taken}
    assert domains == {"order", "payment"}
    assert {heard.event["subject"] for heard in shop.taken} == {id_of(an_order(n=2))}


async def test_an_order_pays_nothing_for_it_where_nobody_listens(endpoints):
    at = await endpoints()
    await at.world.play(an_order(("TEA", 2)))
    assert at.world.by_actor()["webhooks"] == 0
    shop = await at.register()
    before = at.world.by_actor()["webhooks"]
    await at.world.play(an_order(("TEA", 2), n=2))
    await at.world.quiet()
    assert len(shop.taken) > 15
    # Events that were committed while the last page was under way go in one page, and leave one turn.
    assert at.world.by_actor()["webhooks"] - before <= len(shop.taken)


async def test_binary_the_attributes_are_headers_and_the_data_is_the_body(endpoints):
    at = await endpoints()
    shop = await at.register(mode="binary", types=("order.accepted",))
    await at.world.play(an_order())
    await at.world.quiet()
    (heard,) = shop.taken
    assert heard.headers["ce-type"] == "retail.order.accepted.v1"
    assert heard.headers["ce-specversion"] == "1.0"
    assert heard.headers["content-type"] == "application/json"
    assert heard.event["order_id"] == id_of(an_order()) == heard.headers["ce-subject"]
    assert heard.signed == 1


async def test_an_endpoint_that_fails_for_a_day_is_tried_as_the_schedule_says_and_hears_everything(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register()
    began = at.world.timeline.now_ms()
    shop.always = until(began + DAY_MS, says(500))
    for n in range(1, 4):
        await ordered(at, n)
        await at.world.wait(HOUR_MS)
    await at.world.wait(20 * HOUR_MS)
    assert not shop.taken
    first = shop.heard[0].id
    times = [heard.at_ms for heard in shop.heard if heard.id == first]
    waits = [later - before for before, later in pairwise(times)]
    assert len(waits) == 6
    for wait, scheduled in zip(waits, SCHEDULE_MS[1:], strict=False):
        assert scheduled <= wait <= scheduled * 1.1 + 20
    await delivered(at, within_ms=16 * HOUR_MS)
    assert at.state().waiting == {}
    assert at.world.exceptions() == []
    # And it is quick again.
    await ordered(at, 9)
    await delivered(at, within_ms=5_000)
    assert at.world.rebuilt_digest() == at.world.system.engine.fold.digest()


async def test_while_it_fails_little_is_tried_and_the_rest_waits_in_the_journal(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register()
    shop.always = refuses
    for n in range(1, 31):
        await ordered(at, n)
    await at.world.wait(6 * HOUR_MS)
    assert len(at.owed()) > 200
    assert len(at.state().waiting) <= 100
    assert len(shop.heard) < 1_000
    shop.always = says(200)
    await delivered(at, within_ms=12 * HOUR_MS)


async def test_an_endpoint_that_says_that_it_is_gone_is_left_alone_until_it_is_enabled(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register()
    shop.always = says(410)
    await ordered(at, 1)
    await at.world.until(lambda: at.state().status == "disabled")
    assert at.state().disabled_reason == "gone"
    assert at.world.exceptions() == ["webhook-disabled"]
    heard = len(shop.heard)
    await ordered(at, 2)
    await at.world.wait(DAY_MS)
    assert len(shop.heard) == heard
    assert (await at.redeliver("0.0.0")).status == 409
    shop.always = says(200)
    assert (await at.enable()).status == 200
    await delivered(at)
    await at.world.until(lambda: [one.category for one in at.world.facts("exception.resolved")])


async def test_an_endpoint_that_never_answers_costs_others_nothing_and_each_try_has_an_end(endpoints):
    at = await endpoints(**LONG)
    mute = await at.register("mute")
    await at.register("quick")
    mute.always = is_silent
    began = at.world.timeline.now_ms()
    await ordered(at, 1)
    await delivered(at, "quick", within_ms=5_000)
    assert at.world.timeline.now_ms() - began < 15_000
    await at.world.until(lambda: at.state("mute").waiting)
    one = next(iter(at.state("mute").waiting.values()))
    assert (one.status, one.reason) == (0, "no answer within 15 s")
    mute.always = says(200)
    await delivered(at, "mute", within_ms=3 * HOUR_MS)
    assert at.state("quick").failed == 0


async def test_a_slow_endpoint_never_holds_up_another(endpoints):
    at = await endpoints(**LONG)
    lame, quick = await at.register("lame"), await at.register("quick")
    lame.always = slow(10)
    for n in range(1, 6):
        await ordered(at, n)
        await delivered(at, "quick", within_ms=2_000)
    assert len(lame.taken) < len(quick.taken)
    await delivered(at, "lame", within_ms=2 * HOUR_MS)
    assert set(taken(lame).values()) == {1}


async def test_a_redirect_is_not_followed_wherever_it_leads(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register(types=("order.accepted",))
    shop.next.append(says(302))
    await ordered(at, 1)
    await within(at, HOUR_MS, lambda: shop.taken)
    assert [host for _, host in at.receivers.spoken_to] == ["shop.example"] * 2
    failed = [one for body in at.world.facts("webhook.attempted") for one in body.attempts if one.due_ms]
    assert [(one.status, one.reason) for one in failed] == [(302, "a redirect, which is not followed")]


@pytest.mark.parametrize(
    "private", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:1"]
)
async def test_a_name_that_comes_to_mean_a_private_address_is_not_spoken_to(endpoints, private):
    at = await endpoints(**LONG)
    public = ("93.184.215.14",)
    shop = await at.register("shop", ("order.accepted",), (*public, private), (private,), public)
    await ordered(at, 1)
    await within(at, HOUR_MS, lambda: shop.taken)
    assert {address for address, _ in at.receivers.spoken_to} == set(public)
    failed = [one for body in at.world.facts("webhook.attempted") for one in body.attempts if one.due_ms]
    assert len(failed) == 2
    assert all(one.reason.startswith("forbidden-url") for one in failed)


async def test_outside_a_sandbox_plain_http_is_not_spoken(endpoints):
    at = await endpoints()
    await at.register("shop", ("order.completed",), ("127.0.0.1",), url="http://shop.example:8090/hooks")
    await at.world.play(an_order())
    await at.world.until(lambda: at.state().waiting)
    assert at.receivers.spoken_to == []


async def test_an_endpoint_that_is_gone_for_good_is_disabled_and_what_it_is_owed_is_visible_and_kept(
    endpoints,
):
    at = await endpoints(**LONG)
    shop = await at.register()
    shop.always = refuses
    await ordered(at, 1)
    await within(at, 4 * DAY_MS, lambda: at.state().status == "disabled")
    state = at.state()
    assert state.disabled_reason == "unreached"
    assert state.exhausted
    assert set(at.world.exceptions()) == {"webhook-exhausted", "webhook-disabled"}
    tries = Counter(heard.id for heard in shop.heard)
    assert max(tries.values()) == len(SCHEDULE_MS) == 10
    exhausted = set(state.exhausted)
    shop.always = says(200)
    await at.enable()
    await within(at, HOUR_MS, lambda: not at.state().waiting)
    for event_id in exhausted:
        await at.redeliver(event_id)
    await delivered(at)
    await at.world.quiet()
    assert at.state().exhausted == {}
    opened = {one.exception_id for one in at.world.facts("exception.opened")}
    assert {one.exception_id for one in at.world.facts("exception.resolved")} == opened
    assert at.world.rebuilt_digest() == at.world.system.engine.fold.digest()


async def test_an_event_that_is_never_taken_is_exhausted_alone_and_delivered_when_somebody_asks(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register(types=("order.received", "order.accepted"))

    async def picky(receiver, heard):
        return await says(400 if "accepted" in heard.event["type"] else 200)(receiver, heard)

    shop.always = picky
    await ordered(at, 1)
    for n in range(2, 6):
        await at.world.wait(18 * HOUR_MS)
        await ordered(at, n)
    await within(at, 2 * DAY_MS, lambda: at.state().exhausted)
    assert at.state().status == "enabled"
    ((event_id, one),) = list(at.state().exhausted.items())[:1]
    assert (one.type, one.status, one.attempts) == ("order.accepted", 400, 10)
    assert at.world.exceptions().count("webhook-exhausted") == len(at.state().exhausted)
    shop.always = says(200)
    assert (await at.redeliver(event_id)).status == 202
    await at.world.until(lambda: event_id not in at.state().exhausted and event_id not in at.state().waiting)
    await at.world.until(lambda: at.world.facts("exception.resolved"))
