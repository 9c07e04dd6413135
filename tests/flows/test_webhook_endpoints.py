"""Endpoints that want to be left alone, change their secrets, hear old things again, crash with us, or are removed."""

from sim.twins.receivers import says, slow
from tests.support.endpoints import HOUR_MS, LONG, delivered, ordered, secret, taken
from tests.support.shop import an_order, id_of


async def test_retry_after_is_obeyed_and_nothing_else_is_sent_meanwhile(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register()
    shop.next.append(says(429, 2 * HOUR_MS))
    await ordered(at, 1)
    await at.world.until(lambda: at.state().paused_until_ms)
    # What was on its way in the same page may still come.
    await at.world.wait(60_000)
    heard = len(shop.heard)
    await ordered(at, 2)
    await at.world.wait(HOUR_MS)
    assert len(shop.heard) == heard
    await at.world.wait(HOUR_MS)
    await delivered(at)
    first = shop.heard[0]
    again = [heard.at_ms for heard in shop.heard if heard.id == first.id]
    assert again[1] - again[0] >= 2 * HOUR_MS


async def test_while_a_secret_is_rotated_both_sign_and_afterwards_the_new_one(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register(types=("order.accepted",))
    await at.rotate("n", 6 * HOUR_MS)
    await ordered(at, 1)
    await at.world.quiet()
    assert (shop.taken[-1].signed, shop.taken[-1].signatures) == (1, 2)
    await at.world.wait(6 * HOUR_MS)
    await ordered(at, 2)
    await at.world.quiet()
    assert (shop.taken[-1].signed, shop.taken[-1].signatures) == (0, 1)
    shop.secret = secret("n")
    await ordered(at, 3)
    await at.world.quiet()
    assert shop.taken[-1].signed == 1


async def test_no_secret_stands_in_the_journal(endpoints):
    at = await endpoints()
    await at.register()
    await at.rotate("n", HOUR_MS)
    await at.world.play(an_order())
    await at.world.quiet()
    everything = b"".join(data for _, group in at.world.inner_journal.read() for data in group)
    for letter in "sn":
        assert secret(letter).removeprefix("whsec_").rstrip("=").encode() not in everything
    assert at.state().secrets[0].secret.startswith("~")


async def test_a_test_is_told_to_its_own_endpoint_whatever_it_wants_to_hear(endpoints):
    at = await endpoints()
    shop, other = await at.register(types=("price.changed",)), await at.register("other")
    assert (await at.test()).status == 202
    await at.world.quiet()
    assert [heard.event["type"] for heard in shop.taken] == ["retail.webhook.tested.v1"]
    assert other.heard == []


async def test_after_a_crash_what_was_not_recorded_is_sent_again_and_nothing_is_left_out(endpoints):
    at = await endpoints()
    shop = await at.register()
    shop.always = slow(0.4)
    order = an_order()
    await at.world.place(order)
    for _ in range(6):
        await at.world.wait(300)
        await at.world.restart()
    await at.world.ended(order)
    await delivered(at)
    assert max(taken(shop).values()) >= 1
    assert at.world.rebuilt_digest() == at.world.system.engine.fold.digest()


async def test_a_range_is_replayed_under_the_same_ids(endpoints):
    at = await endpoints()
    shop = await at.register(types=("order.*",))
    await at.world.play(an_order(n=1))
    since = at.world.timeline.now_ms()
    await at.world.wait(1_000)
    await at.world.play(an_order(n=2))
    await at.world.wait(1_000)
    until_ms = at.world.timeline.now_ms()
    await at.world.play(an_order(n=3))
    await at.world.quiet()
    before = taken(shop)
    assert (await at.replay(since, until_ms)).status == 202
    await at.world.until(lambda: all(one.done for one in at.state().replays.values()))
    await at.world.quiet()
    again = taken(shop) - before
    (replay,) = at.state().replays.values()
    assert again.total() == replay.sent == 3
    assert {heard.event["subject"] for heard in shop.taken[before.total() :]} == {id_of(an_order(n=2))}


async def test_a_removed_endpoint_hears_nothing_more_and_leaves_nothing_behind(endpoints):
    at = await endpoints()
    shop, other = await at.register(), await at.register("other")
    shop.always = says(410)
    await at.world.play(an_order(n=1))
    await at.world.until(lambda: at.state().status == "disabled")
    assert (await at.remove()).status == 200
    heard = len(shop.heard)
    await at.world.play(an_order(n=2))
    await delivered(at, "other")
    await at.world.quiet()
    assert len(shop.heard) == heard
    assert (at.state().url, at.state().secrets, at.state().waiting) == ("", (), {})
    assert [(await say).status for say in (at.remove(), at.enable(), at.test())] == [404] * 3
    assert len(other.taken) == len(at.owed("other"))
    opened = {one.exception_id for one in at.world.facts("exception.opened")}
    assert {one.exception_id for one in at.world.facts("exception.resolved")} == opened


async def test_a_replay_is_told_beside_newer_events_that_do_not_end(endpoints):
    at = await endpoints(**LONG)
    shop = await at.register(types=("order.received",))
    shop.always = slow(5)
    since = at.world.timeline.now_ms()
    await ordered(at, 1)
    await at.world.wait(10_000)
    before = at.world.timeline.now_ms()
    for n in range(2, 32):
        await ordered(at, n)
        if n == 3:
            assert (await at.replay(since, before)).status == 202
        await at.world.wait(1_000)
    (replay,) = at.state().replays.values()
    assert replay.done
    await at.world.wait(10_000)
    assert sorted(taken(shop).values()) == [1] * 30 + [2]
