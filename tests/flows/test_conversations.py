"""Whatever is said in any of these stories has somebody who listens: no word goes astray."""

from contracts.ports import OPERATIONS
from contracts.vocabulary import VOCABULARY
from tests.support.shop import an_order, id_of


async def stories(open_world):
    """Orders that end in every way there is."""
    world = await open_world(
        twins={
            "pick_min_ms": 8_000,
            "pick_max_ms": 8_000,
            "review_min_ms": 500,
            "review_max_ms": 500,
            "review_reject_bp": 10_000,
        }
    )
    orders = [
        an_order(("TEA", 2), n=1),
        an_order(n=2, token="tok_declined"),
        an_order(n=3, token="tok_review"),
        an_order(("NO-SUCH", 1), n=4),
        an_order(("MUG", 9), n=5),
        an_order(("T-ERP-REJECT", 1), n=6),
        an_order(("T-UNKNOWN", 1), n=7),
        an_order(n=8, token="tok_capture_fails"),
        an_order(n=9, channel="phone"),
        an_order(n=10),
    ]
    for order in orders:
        await world.place(order)
    await world.until(
        lambda: world.axes(orders[8])[0] == "accepted" and world.axes(orders[9])[0] == "accepted"
    )
    await world.cancel(orders[8])
    await world.cancel(orders[9])
    await world.ended(*orders)
    return world, orders


async def test_every_message_of_every_story_has_a_handler_and_a_decider(open_world):
    world, _ = await stories(open_world)
    actors, said = world.system.actors, set()
    for turn in world.turns():
        assert turn.kind == "decided"
        for entry in turn.said:
            assert entry.type in VOCABULARY
            said.add(entry.type)
            if entry.to.startswith("port:"):
                assert OPERATIONS[entry.type].system == entry.to.removeprefix("port:")
            else:
                assert entry.type in actors[entry.to].handlers, (entry.to, entry.type)
    assert len(said) >= 30


async def test_everything_said_is_the_cause_of_exactly_one_turn(open_world):
    world, _ = await stories(open_world)
    turns = world.turns()
    said = [f"{turn.partition}.{turn.pos}.{n}" for turn in turns for n in range(len(turn.said))]
    causes = [turn.cause for turn in turns if turn.cause[0].isdigit()]
    assert sorted(causes) == sorted(said)
    from_outside = [turn.cause for turn in turns if not turn.cause[0].isdigit()]
    assert len(set(from_outside)) == len(from_outside)


async def test_every_story_ends_as_it_should_and_leaves_nothing_reserved_or_set(open_world):
    world, orders = await stories(open_world)
    assert [world.axes(order)[0] for order in orders] == [
        "completed",
        "rejected",
        "rejected",
        "rejected",
        "rejected",
        "rejected",
        "cancelled",
        "excepted",
        "cancelled",
        "completed",
    ]
    assert world.reservations() == []
    assert {timer.actor for timer in world.system.engine.fold.timers} <= {"exceptions"}
    assert world.rebuilt_digest() == world.system.engine.fold.digest()
    captured = [reference for reference, _ in world.books()["captured"]]
    assert sorted(captured) == sorted([id_of(orders[0]), id_of(orders[9])])
