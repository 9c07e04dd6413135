"""What cannot be worked on is set aside in its place, visibly; everything else goes on."""

import msgspec
import pytest

from actors.runtime.engine import PARK_KEY_AT
from contracts.decision import Decision
from contracts.turn import DECIDED, DISCARDED, MAX_TURN_BYTES, PARKED, Message
from tests.support.lab import Did, Do, do_it, note_it, toy


def do_unless_bad(state, message, at):
    """Raises for what begins with `bad`."""
    if message.body.text.startswith("bad"):
        raise ValueError(f"{message.body.text} is bad")
    return do_it(state, message, at)


def parked_texts(lab):
    """What the parked messages of the toy say, in the order of their turns."""
    decode = msgspec.msgpack.Decoder(Message).decode
    return [
        msgspec.msgpack.decode(decode(turn.message).body)[0]
        for turn in lab.turns("toy")
        if turn.kind == PARKED
    ]


async def test_a_decision_that_raises_is_parked_at_once_with_its_message_and_reason(open_lab):
    tries = []

    def bad(state, message, at):
        tries.append(message.id)
        raise ValueError("no")

    lab = await open_lab(toy(do=bad))
    lab.tell("x", n=5)
    await lab.quiet()
    await lab.wait(60_000)
    assert len(tries) == 1
    (parked,) = lab.turns("toy")
    assert (parked.kind, parked.cause, parked.seq) == (PARKED, tries[0], 1)
    kept = msgspec.msgpack.decode(parked.message, type=Message)
    assert (kept.to, kept.key, kept.subject, kept.type, kept.id) == ("toy", "k", "s", "toy.do", tries[0])
    assert msgspec.msgpack.decode(kept.body, type=Do) == Do("x", 5)
    assert lab.reasons() == ["ValueError: no"]


async def test_later_messages_of_the_subject_park_behind_it_in_order_and_others_go_on(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    for text, subject in (("a", "s"), ("bad", "s"), ("b", "s"), ("c", "other"), ("d", "s"), ("e", "third")):
        lab.tell(text, subject=subject)
    await lab.quiet()
    assert sorted(lab.texts()) == ["a", "c", "e"]
    assert parked_texts(lab) == ["bad", "b", "d"]
    assert lab.reasons()[1:] == ["behind a parked message of the subject"] * 2
    assert lab.engine.statistics()["parked_subjects"] == 1


async def test_what_is_parked_stays_parked_over_a_restart(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    lab.tell("bad")
    await lab.quiet()
    await lab.restart()
    assert lab.engine.waiting == 0
    lab.tell("after")
    lab.tell("elsewhere", key="k2")
    await lab.quiet()
    assert parked_texts(lab) == ["bad", "after"]
    assert lab.texts("toy", "k2") == ["elsewhere"]


async def test_too_many_parked_subjects_park_the_key(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    for n in range(PARK_KEY_AT - 1):
        lab.tell("bad", subject=f"s{n}")
    await lab.quiet()
    lab.tell("still fine", subject="healthy")
    await lab.quiet()
    assert lab.texts() == ["still fine"]
    lab.tell("bad", subject="the last")
    await lab.quiet()
    lab.tell("too late", subject="healthy")
    lab.tell("another key", key="k2")
    await lab.quiet()
    assert lab.texts() == ["still fine"]
    assert lab.texts("toy", "k2") == ["another key"]
    assert lab.reasons()[-1] == "behind too many parked subjects of the key"


async def test_a_message_nobody_handles_is_parked(open_lab):
    from actors.runtime.actor import ActorSpec

    lab = await open_lab(ActorSpec("toy", lambda key: None, {}))
    lab.tell("x")
    await lab.quiet()
    assert lab.kinds() == {PARKED: 1}
    assert lab.reasons() == ["Unhandled: toy has no handler for toy.do v1"]


async def test_a_large_message_is_parked_whole(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    text = "bad" + "x" * 200_000
    lab.tell(text)
    await lab.quiet()
    assert parked_texts(lab) == [text]
    assert len(lab.reasons()[0]) <= 1_000


async def test_the_longest_reason_does_not_keep_a_message_from_being_parked(open_lab):
    def bad(state, message, at):
        raise ValueError("x" * MAX_TURN_BYTES)

    lab = await open_lab(toy(do=bad))
    lab.tell("x")
    await lab.quiet()
    assert lab.kinds() == {PARKED: 1}
    assert lab.supervisor.restarts == {}


# -- an apply that raises ------------------------------------------------------------------------


class Breaking:
    """A fold that breaks off half-way, once, at a text."""

    def __init__(self, at):
        self.at = at

    def __call__(self, state, body):
        state.texts.append("half")
        if body.text == self.at:
            self.at = None
            raise RuntimeError("half-way")
        state.texts[-1] = body.text


async def test_an_apply_that_raises_leaves_no_half_and_its_message_is_parked(open_lab):
    lab = await open_lab(toy(did=Breaking("c")))
    for text in "abcde":
        lab.tell(text, subject=text)
    await lab.quiet()
    assert sorted(lab.texts()) == ["a", "b", "d", "e"]
    assert lab.kinds() == {DECIDED: 4, PARKED: 1}
    assert lab.reasons() == ["RuntimeError: half-way"]
    assert [turn.seq for turn in lab.turns("toy")] == [1, 2, 3, 4, 5]
    assert lab.same_when_rebuilt()


@pytest.mark.parametrize("events", [1, 3])
async def test_of_several_events_of_one_turn_none_is_applied_if_one_raises(open_lab, events):
    def several(state, message, at):
        decision = Decision()
        for n in range(events):
            decision.event(Did(message.body.text + "!" * n))
        return decision

    lab = await open_lab(toy(do=several, did=Breaking("b" + "!" * (events - 1))))
    for text in "ab":
        lab.tell(text)
        await lab.quiet()
    assert lab.texts() == ["a" + "!" * n for n in range(events)]
    assert lab.same_when_rebuilt()


@pytest.mark.parametrize("journal_has_it", [False, True])
async def test_a_state_is_made_anew_also_from_the_turns_that_are_being_committed(open_lab, journal_has_it):
    lab = await open_lab(toy(did=Breaking("bad")), start=False)
    engine, spec = lab.engine, lab.actors["toy"]

    def take(text):
        engine.decide(
            spec, Message("toy", "k", text, "toy.do", 1, 1, None, Do(text), f"x:{text}", "main", "", "", "")
        )

    take("durable")
    group = engine.next_group()
    await lab.journal.append(group.data, group.coordinates(), engine.epoch)
    engine.committed(group)
    take("under way")
    group = engine.next_group()
    if journal_has_it:
        # On a disk the group may be there before the committer has heard of it.
        await lab.journal.append(group.data, group.coordinates(), engine.epoch)
    take("closed")
    engine.close_group()
    take("open")
    take("bad")
    assert lab.texts() == ["durable", "under way", "closed", "open"]


# -- a client waits ----------------------------------------------------------------------------------


async def test_a_command_with_a_client_waiting_is_discarded_with_500_and_its_key_is_free_again(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    answer = await lab.ask("bad", "key")
    assert answer.status == 500
    assert msgspec.json.decode(answer.body)["retryable"] is True
    await lab.quiet()
    assert lab.kinds() == {DISCARDED: 1}
    # Nothing is parked, and neither subject nor idempotency key are held up.
    answer = await lab.ask("good", "key")
    assert (answer.status, answer.body, answer.replayed) == (200, b"good", False)
    assert lab.texts() == ["good"]


async def test_a_command_behind_a_parked_message_is_answered_too(open_lab):
    lab = await open_lab(toy(do=do_unless_bad))
    lab.tell("bad")
    await lab.quiet()
    answer = await lab.ask("good", "key")
    assert answer.status == 500
    await lab.quiet()
    assert lab.kinds() == {PARKED: 1, DISCARDED: 1}


async def test_a_timer_whose_handler_raises_is_parked_and_gone(open_lab):
    def set_it(state, message, at):
        decision = Decision()
        decision.set_timer("ring", "s", at + 1_000)
        return decision

    def bad(state, message, at):
        raise ValueError("no")

    lab = await open_lab(toy(do=set_it, did=note_it, timer_ring=bad))
    lab.tell("set")
    await lab.wait(5_000)
    assert lab.kinds() == {DECIDED: 1, PARKED: 1}
    assert lab.engine.fold.timers == {}
    await lab.restart()
    await lab.wait(5_000)
    assert lab.kinds() == {DECIDED: 1, PARKED: 1}


async def test_an_intent_that_is_parked_gives_its_place_back(open_world):
    from tests.support.shop import an_order, id_of

    world = await open_world()
    bad = id_of(an_order(n=1))
    spec = world.system.actors["erp"]
    honest = spec.handlers["erp.create_sales_order"]

    def sometimes(state, message, at):
        if message.key == bad:
            raise ValueError("no")
        return honest(state, message, at)

    spec.handlers["erp.create_sales_order"] = sometimes
    orders = [an_order(n=n) for n in range(1, 4)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders[1:])
    assert world.system.pumps["erp"].in_flight == 0
    assert world.system.engine.backlogs["erp"].statistics()["taken"] == 0
    assert [turn.kind for turn in world.turns() if turn.actor == "erp"].count(PARKED) == 1
