"""The pain: what happened first is told last, and whoever takes events as they come books nonsense or nothing."""

from tests.support.bugs_of_pains import events_as_they_come, events_overtake_calls, unknown_events_dropped
from tests.support.script import answer
from tests.support.settling import balances
from tests.support.shop import an_order, id_of

DISPUTES = "1220 dispute receivable psp-a"


def event(n, type_, order_id, capture):
    """A record of the provider's feed."""
    return {
        "n": n, "id": f"evt_{n}", "type": type_, "object": "dp_1", "charge": capture, "amount": 510, "fee": 0,
        "currency": "gbp", "reference": order_id, "note": "", "reason": "",
    }  # fmt: skip


async def told_before_its_capture_is_known(world):
    """The capture's answer is three seconds late; meanwhile the customer disputes it. Exceptions, and postings."""

    async def late(script, request):
        response = await script.inner.call(request)
        await script.clock.sleep_until_ms(script.clock.now_ms() + 3_000)
        return response

    world.script.next("payments/captures", late)
    order = an_order(token="tok_dispute_lost")
    await world.play(order)
    await world.wait(20_000)
    return world.exceptions(), [step for step, _ in world.postings() if step.startswith("dispute")]


TWINS = {"later_min_ms": 500, "later_max_ms": 500}


async def test_what_is_told_of_a_payment_before_the_payment_waits_for_it(open_world):
    told = await told_before_its_capture_is_known(await open_world(twins=TWINS))
    assert told == (["dispute-opened"], ["dispute_opened", "dispute_lost"])


async def test_with_events_that_overtake_the_dispute_is_nobodys_and_never_booked(open_world, monkeypatch):
    events_overtake_calls(monkeypatch)
    exceptions, steps = await told_before_its_capture_is_known(await open_world(twins=TWINS))
    assert (set(exceptions), steps) == ({"provider-event-unmatched"}, [])


async def told_backwards(world):
    """A dispute is won, and only then opened. What stays on its account."""
    order = an_order()
    await world.play(order)
    capture = world.twins.books()["payments"]["captures"][0]["id"]
    records = [event(n, f"dispute.{what}", id_of(order), capture) for n, what in ((1, "won"), (2, "opened"))]
    world.script.always["payments/events"] = answer(200, {"records": records})
    await world.wait(3_000)
    return balances(world).get(DISPUTES, 0)


async def test_a_dispute_whose_end_is_told_first_is_over(open_world):
    assert await told_backwards(await open_world()) == 0


async def test_with_events_booked_as_they_come_its_end_is_booked_before_it_begins(open_world, monkeypatch):
    events_as_they_come(monkeypatch)
    world = await open_world()
    await told_backwards(world)
    assert [step for step, _ in world.postings()[3:]] == ["dispute_won", "dispute_opened"]


async def told_of_nobodys_order(world):
    """Something is paid back of an order that was never created here: who is told?"""
    records = [event(1, "dispute.opened", "ord_unknown", "ch_unknown")]
    world.script.always["payments/events"] = answer(200, {"records": records})
    await world.wait(3_000)
    return [one.category for one in world.system.work_list.of()]


async def test_what_is_paid_and_was_never_created_is_put_before_a_person(open_world):
    assert await told_of_nobodys_order(await open_world()) == ["provider-event-unmatched"]


async def test_with_unknown_events_dropped_nobody_ever_hears_of_it(open_world, monkeypatch):
    unknown_events_dropped(monkeypatch)
    assert await told_of_nobodys_order(await open_world()) == []
