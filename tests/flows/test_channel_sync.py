"""What became of orders and stock flows back to every channel: coalesced, newest wins, confirmed, put right."""

from typing import Any

from actors.connectors.sync import outlet as outlets
from contracts.inventory import StockRow
from contracts.stock import TakeStock
from contracts.subscribers import SHIPMENT, SUBSCRIBERS, Feed, Subscriber
from tests.flows.test_parcels import scan
from tests.support.script import lost_after, lost_before, unreachable
from tests.support.sendings import send_back
from tests.support.shop import an_order, id_of
from tests.support.world import World

EVERY_MS = 5_000
PUSH, READ = "channels/items:push", "channels/items:read"


def book(world: World, channel: str, kind: str) -> dict[str, dict[str, Any]]:
    """What a channel has of a kind of thing, by reference, without versions."""
    rows = world.twins.books()["channels"]["books"].get(channel, {}).get(kind, [])
    return {row["ref"]: {name: row[name] for name in row if name not in ("ref", "version")} for row in rows}


def pushed(world: World, channel: str = "web") -> int:
    """How often a channel was told."""
    return sum(call.subject == channel for call in world.script.made(PUSH))


async def test_a_channel_is_told_what_became_of_its_order_in_its_own_words(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order, other = an_order(("TEA", 2)), an_order(("SOAP", 1), n=2, channel="marketplace")
    await world.play(order)
    await world.play(other)
    assert book(world, "web", "orders") == {
        id_of(order): {
            "order": "W1", "state": "completed", "payment_state": "captured",
            "fulfillment_state": "dispatched", "reason": "", "cancelled": {},
        }
    }  # fmt: skip
    (market,) = book(world, "marketplace", "order_status").values()
    assert (market["marketplace_order_id"], market["order_status"]) == ("W2", "completed")
    (shipment,) = book(world, "web", "shipments").values()
    assert shipment["order"] == "W1"
    assert shipment["state"] == "dispatched"
    assert shipment["tracking"].startswith("TRK")
    assert book(world, "phone", "orders") == {}
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_an_order_takes_no_turn_more_for_it(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    before = len(world.turns())
    order = an_order(("TEA", 2), ("SOAP", 1))
    await world.play(order)
    # One of them advances the warehouse's feed.
    assert len([turn for turn in world.turns()[before:] if turn.actor != "channel_sync"]) == 33
    # Orders that change between two ticks are told in one call, and confirmed in one turn.
    before = world.by_actor()["channel_sync"]
    for n in range(2, 22):
        await world.place(an_order(n=n))
    await world.quiet()
    assert len(book(world, "web", "orders")) == 21
    assert world.by_actor()["channel_sync"] - before <= 8


async def test_levels_are_what_is_available_less_what_is_waited_for(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    assert book(world, "web", "levels")["TEA"] == {"available": 1_005}
    await world.play(an_order(("TEA", 5), ("MUG", 3)))
    assert book(world, "web", "levels")["TEA"] == {"available": 1_000}
    assert book(world, "marketplace", "inventory")["MUG"] == {"quantity": 0}
    # Two are waited for: what comes for them may not be sold again.
    await world.place(an_order(("MUG", 2), n=2, channel="wholesale"))
    await world.wait(4 * EVERY_MS)
    assert book(world, "web", "levels")["MUG"] == {"available": 0}
    assert "levels" not in world.twins.books()["channels"]["books"]["wholesale"]


async def test_what_is_released_may_be_sold_again(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(("TEA", 5), channel="phone")
    await world.place(order)
    await world.until(lambda: world.state(order).order_status == "accepted")
    await world.wait(4 * EVERY_MS)
    assert book(world, "web", "levels")["TEA"] == {"available": 1_000}
    await world.cancel(order)
    await world.ended(order)
    assert book(world, "web", "levels")["TEA"] == {"available": 1_005}
    assert book(world, "phone", "orders")[id_of(order)]["state"] == "cancelled"


async def test_what_the_book_never_had_and_a_till_sold_is_told_as_nothing_to_sell(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    world.record("inventory", "default", TakeStock("default", "till", (StockRow("NEW", "WH1", 1),)), "till")
    await world.quiet()
    assert book(world, "web", "levels")["NEW"] == {"available": 0}


async def test_a_refund_is_told(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    order = an_order(("TEA", 2), ("MUG", 1))
    await world.play(order)
    assert book(world, "web", "refunds") == {}
    await send_back(world, order, ("1", 2))
    await world.quiet()
    refund = {"order": "W1", "amount": 510, "currency": "GBP"}
    assert book(world, "web", "refunds") == {id_of(order): refund}


async def test_what_changes_while_a_channel_is_away_is_told_once_as_it_is_then(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    before = pushed(world)
    world.script.always[PUSH] = unreachable
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.state(order).order_status == "completed")
    await world.wait(60_000)
    assert book(world, "web", "orders") == {}
    tries = pushed(world) - before
    assert tries > 3
    del world.script.always[PUSH]
    await world.quiet()
    assert book(world, "web", "orders")[id_of(order)]["state"] == "completed"
    assert pushed(world) - before == tries + 1


async def test_a_push_whose_answer_is_lost_is_repeated_and_does_no_harm(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    world.script.next(PUSH, lost_after, lost_before, lost_after)
    world.script.next(READ, lost_before)
    order = an_order()
    await world.play(order)
    assert book(world, "web", "orders")[id_of(order)]["state"] == "completed"
    assert world.system.statistics()["subscribers"]["web"]["failed"] > 0


async def test_a_late_push_overwrites_nothing_that_is_newer(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    held = world.script.hold(PUSH)
    order = an_order(channel="phone")
    await world.place(order)
    await held.came.wait()
    # The call is given up, and goes on its way all the same.
    await world.until(lambda: book(world, "phone", "orders"))
    await world.cancel(order)
    await world.ended(order)
    assert book(world, "phone", "orders")[id_of(order)]["state"] == "cancelled"


async def test_what_a_channel_took_and_lost_is_noticed_and_told_again(open_world):
    world = await open_world(sync_every_ms=EVERY_MS, twins={"mirror_loses_bp": 10_000})
    order = an_order()
    await world.play(order)
    assert book(world, "web", "orders")[id_of(order)]["state"] == "completed"
    assert world.twins.books()["channels"]["counts"]["lost"] > 0
    assert sum(fact.repaired for fact in world.facts("sync.confirmed")) > 0


async def test_a_tracking_number_that_got_lost_comes_with_the_next_state_of_its_parcel(open_world):
    world = await open_world(sync_every_ms=EVERY_MS, twins={"mirror_loses_bp": 10_000})
    order = an_order()
    await world.place(order)
    told = world.system.syncer.outlets["web"].told
    await world.until(lambda: any(kind == SHIPMENT for kind, _ in told))
    ((_, shipment),) = [thing for thing in told if thing[0] == SHIPMENT]
    assert shipment not in book(world, "web", "shipments"), "it was to be lost"
    scan(world, order, "in_transit", world.timeline.now_ms(), shipment)
    await world.quiet()
    found = book(world, "web", "shipments")[shipment]
    assert (found["state"], found["tracking"][:3]) == ("in_transit", "TRK")


async def test_what_a_channel_refuses_is_a_persons_to_look_at_and_stops_nothing_else(open_world):
    world = await open_world(sync_every_ms=EVERY_MS, twins={"mirror_unknown_refs": ["SOAP"]})
    await world.play(an_order(("TEA", 1), ("SOAP", 1)))
    assert "SOAP" not in book(world, "web", "levels")
    assert book(world, "web", "levels")["TEA"] == {"available": 1_004}
    assert set(world.exceptions()) == {"sync-refused"}


async def test_a_silence_that_lasts_is_put_before_a_person_and_ends_by_itself(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    world.script.always[PUSH] = unreachable
    order = an_order()
    await world.place(order)
    await world.wait(20 * 60_000)
    # The web shop, and the marketplace, whose levels have changed too.
    assert world.exceptions() == ["subscriber-silent"] * 2
    del world.script.always[PUSH]
    await world.quiet()
    assert len(world.facts("sync.caught_up")) == 2
    assert [one.resolution for one in world.facts("exception.resolved")] == ["corrected"] * 2
    assert book(world, "web", "orders")[id_of(order)]["state"] == "completed"


async def test_after_a_crash_what_is_not_confirmed_is_told_again_and_nothing_else(open_world):
    world = await open_world(sync_every_ms=EVERY_MS)
    first, second = an_order(n=1), an_order(n=2)
    await world.play(first)
    world.script.always[PUSH] = unreachable
    await world.place(second)
    await world.until(lambda: world.state(second).order_status == "completed")
    await world.crash()
    del world.script.always[PUSH]
    await world.start()
    await world.quiet()
    assert {row["state"] for row in book(world, "web", "orders").values()} == {"completed"}
    assert len(book(world, "web", "orders")) == 2
    assert world.system.statistics()["subscribers"]["web"]["told"] < 8
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_too_much_to_be_kept_is_read_back_from_the_journal(open_world, monkeypatch):
    monkeypatch.setattr(outlets, "AT_MOST", 24)
    world = await open_world(sync_every_ms=EVERY_MS)
    world.script.always[PUSH] = unreachable
    orders = [an_order(n=n) for n in range(30)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: all(world.state(one).order_status == "completed" for one in orders))
    await world.wait(30_000)
    assert world.system.syncer.outlets["web"].behind >= 0
    assert len(world.system.syncer.outlets["web"].waiting) < 50
    del world.script.always[PUSH]
    await world.until(lambda: world.system.is_quiet(), 600_000)
    assert {row["state"] for row in book(world, "web", "orders").values()} == {"completed"}
    assert len(book(world, "web", "orders")) == 30
    assert len(book(world, "web", "shipments")) == 30


async def test_one_more_subscriber_is_a_row(open_world):
    words = Feed("order", "Bestellungen", (("order_ref", "Nummer"), ("status", "Stand")))
    rows = {**SUBSCRIBERS, "lager": Subscriber("channels", (words,))}
    world = await open_world(sync_every_ms=EVERY_MS, subscribers=rows)
    await world.play(an_order(n=1))
    await world.play(an_order(n=2, channel="phone"))
    told = book(world, "lager", "Bestellungen").values()
    assert list(told) == [{"Nummer": name, "Stand": "completed"} for name in ("W1", "W2")]
