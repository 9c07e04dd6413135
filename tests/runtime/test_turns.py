"""One message, one turn: what it records, when it is told, and what a wake-up can change about it (nothing)."""

from collections import defaultdict
from random import Random

import msgspec
import pytest

from actors.runtime import saying as saying_module
from contracts.decision import Decision
from contracts.ids import partition_of
from contracts.turn import BULK, DECIDED, MAX_TURN_BYTES, NORMAL, PARKED, URGENT
from tests.support.lab import Crash, Did, Do, do_it, toy


async def test_one_message_leaves_one_turn_that_names_it_as_its_cause(open_lab):
    lab = await open_lab(toy())
    lab.tell("a")
    await lab.quiet()
    opened, done = lab.turns()
    assert (opened.actor, done.actor) == ("intake", "toy")
    assert opened.cause.startswith("x:")
    assert done.cause == f"{opened.partition}.{opened.pos}.0"
    assert done.correlation == opened.correlation == opened.cause
    assert (done.kind, done.key, done.subject) == (DECIDED, "k", "s")
    assert (opened.message, done.message) == (None, None)


async def test_positions_are_dense_per_partition_and_seqs_per_key(open_lab):
    lab = await open_lab(toy())
    for n in range(60):
        lab.tell(str(n), key=f"k{n % 7}", subject=f"s{n % 3}")
    await lab.quiet()
    positions, seqs = defaultdict(list), defaultdict(list)
    for turn in lab.turns():
        assert turn.partition == partition_of("main", turn.key)
        positions[turn.partition].append(turn.pos)
        seqs[turn.actor, turn.key].append(turn.seq)
    assert all(found == list(range(len(found))) for found in positions.values())
    assert all(found == list(range(1, len(found) + 1)) for found in seqs.values())
    assert len(lab.turns()) == 120


async def test_nothing_is_said_before_the_commit(open_lab):
    woken = []

    def deliver(put, conversation, lane):
        woken.append(conversation[1])
        put(conversation, lane)

    lab = await open_lab(toy(), deliver=deliver)
    answers = []

    async def ask():
        answers.append(await lab.ask("a", "key"))

    lab.journal.shut()
    lab.nursery.start_soon(ask)
    await lab.wait(1_000)
    # The turn of intake is decided, and nobody knows.
    assert lab.engine.fold.turns == 1
    assert (woken, answers, lab.turns()) == ([], [], [])
    lab.journal.let_go(1)
    await lab.wait(1_000)
    # The actor has decided, and the client does not know.
    assert (woken, answers, lab.texts()) == (["toy"], [], ["a"])
    lab.journal.let_go(1)
    await lab.wait(1_000)
    assert woken == ["toy", "intake"]
    assert answers[0].body == b"a"


async def test_a_message_whose_turn_is_not_durable_is_not_decided_whoever_wakes_it(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    lab.tell("a")
    conversation = next(iter(lab.engine.fold.conversations))
    lab.engine.mailboxes["toy"].put_nowait(conversation, NORMAL)
    assert lab.engine.sweep() == 0
    await lab.wait(1_000)
    assert lab.texts() == []
    assert lab.engine.counts["stale_wakeups"] == 1
    lab.journal.let_go()
    await lab.quiet()
    assert lab.texts() == ["a"]


@pytest.mark.parametrize("fault", ["none", "drop", "repeat", "delay", "reverse"])
async def test_what_happens_to_wakeups_changes_neither_order_nor_count(open_lab, timeline, fault):
    random = Random(5)

    def deliver(put, conversation, lane):
        if fault == "drop" and random.random() < 0.4:
            return
        put(conversation, lane)
        if fault == "repeat":
            put(conversation, random.choice((URGENT, NORMAL, BULK)))
        if fault == "delay":
            timeline.call_at_ms(timeline.now_ms() + random.randrange(300), lambda: put(conversation, lane))
        if fault == "reverse":
            box = lab.engine.mailboxes[conversation[1]]
            for lane_ in box._lanes:
                lane_.reverse()

    lab = await open_lab(toy(), deliver=deliver, sweep_ms=500)
    told = defaultdict(list)
    for n in range(300):
        subject = f"s{random.randrange(12)}"
        told[subject].append(str(n))
        lab.tell(str(n), subject=subject, lane=random.choice((URGENT, NORMAL, BULK)))
        if n % 10 == 0:
            await lab.wait(10)
    await lab.quiet()
    got = defaultdict(list)
    for turn in lab.turns("toy"):
        got[turn.subject].append(msgspec.msgpack.decode(turn.events[0].body)[0])
    assert got == told
    assert lab.kinds() == {DECIDED: 300}


async def test_urgent_messages_pass_other_subjects_and_never_their_own(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    lab.tell("slow", subject="a", lane=BULK)
    lab.tell("other", subject="b", lane=NORMAL)
    lab.tell("urgent", subject="a", lane=URGENT)
    lab.tell("first", subject="c", lane=URGENT)
    lab.journal.let_go()
    await lab.quiet()
    texts = lab.texts()
    assert texts.index("slow") < texts.index("urgent")
    assert texts.index("first") < texts.index("other")


async def test_a_wakeup_over_the_bound_is_dropped_and_the_sweep_finds_the_work(open_lab):
    lab = await open_lab(toy(), mailbox_bound=3, sweep_ms=1_000)
    for n in range(10):
        lab.tell(str(n), subject=f"s{n}")
    await lab.wait(500)
    assert lab.engine.mailboxes["toy"].overflowed >= 7
    assert len(lab.texts()) == 3
    await lab.quiet()
    assert sorted(lab.texts()) == [str(n) for n in range(10)]


async def test_the_sweep_helps_even_when_all_credit_is_work_that_lost_its_wakeups(open_lab):
    lab = await open_lab(toy(), mailbox_bound=3, sweep_ms=1_000, credit=5)
    for n in range(50):
        lab.tell(str(n), subject=f"s{n}")
    await lab.quiet()
    assert len(lab.texts()) == 50


async def test_a_fact_is_passed_on_to_each_subscriber_with_its_body_stored_once(open_lab, monkeypatch):
    subscribers = (("ear", "text", "text", NORMAL), ("eye", "text", "text", URGENT))
    monkeypatch.setitem(saying_module._SUBSCRIBERS, "toy.did", subscribers)

    def listen(state, message, at):
        decision = Decision()
        decision.took(message)
        return decision

    ears = [toy(name, toy_did=listen) for name in ("ear", "eye")]
    lab = await open_lab(toy(), *ears)
    lab.tell("hello", n=7)
    await lab.quiet()
    (telling,) = lab.turns("toy")
    assert [(s.to, s.key, s.event, s.body) for s in telling.said] == [
        ("ear", "hello", 0, msgspec.Raw(b"\xc0")),
        ("eye", "hello", 0, msgspec.Raw(b"\xc0")),
    ]
    assert lab.texts("ear", "hello") == lab.texts("eye", "hello") == ["hello"]
    # What was taken stands in the turn that told it, here it is nil; a rebuilt fold finds it there.
    assert [event.body for event in lab.turns("ear")[0].events] == [msgspec.Raw(b"\xc0")]
    assert lab.same_when_rebuilt()


async def test_topics_are_expanded_when_the_turn_is_made_and_not_when_it_is_read(open_lab, monkeypatch):
    ear = toy("ear", toy_did=lambda state, message, at: Decision())
    lab = await open_lab(toy(), ear)
    lab.tell("before")
    await lab.quiet()
    monkeypatch.setitem(saying_module._SUBSCRIBERS, "toy.did", (("ear", "text", "text", NORMAL),))
    await lab.restart()
    await lab.wait(100)
    assert lab.turns("ear") == []
    lab.tell("after")
    await lab.quiet()
    assert [turn.key for turn in lab.turns("ear")] == ["after"]


async def test_a_decision_that_changes_its_state_is_caught(open_lab):
    def cheat(state, message, at):
        state.texts.append("cheated")
        return do_it(state, message, at)

    lab = await open_lab(toy(do=cheat))
    lab.tell("a")
    await lab.quiet()
    assert lab.kinds() == {PARKED: 1}
    assert "changed its state while deciding" in lab.reasons()[0]


async def test_time_never_goes_back_within_an_owner_nor_over_a_restart(open_lab):
    class Swinging:
        """A clock that is set back again and again."""

        def __init__(self, timeline):
            self.timeline, self.reads = timeline, 0

        def now_ms(self):
            self.reads += 1
            return self.timeline.now_ms() - (self.reads % 5) * 1_000

        async def sleep_until_ms(self, due):
            await self.timeline.sleep_until_ms(due)

    seen = []

    def look(state, message, at):
        seen.append(at)
        return do_it(state, message, at)

    lab = await open_lab(toy(do=look))
    for _ in range(2):
        lab.engine.clock = Swinging(lab.timeline)
        for n in range(30):
            lab.tell(str(n), subject=f"s{n}")
            await lab.wait(10)
        await lab.quiet()
        await lab.restart()
    times = [turn.at_ms for turn in lab.turns()]
    assert times == sorted(times)
    assert seen == [turn.at_ms for turn in lab.turns("toy")]


async def test_a_turn_over_its_size_is_refused_by_name_and_changes_nothing(open_lab):
    def much(state, message, at):
        decision = Decision()
        decision.event(Did("x" * message.body.n))
        return decision

    lab = await open_lab(toy(do=much))
    lab.tell("fits", n=MAX_TURN_BYTES - 1_000, subject="a")
    lab.tell("does not", n=MAX_TURN_BYTES, subject="b")
    lab.tell("small", n=1, subject="c")
    await lab.quiet()
    assert lab.kinds() == {DECIDED: 2, PARKED: 1}
    assert lab.reasons()[0].startswith("TurnRefused: turn of ")
    assert sorted(map(len, lab.texts())) == [1, MAX_TURN_BYTES - 1_000]
    assert lab.same_when_rebuilt()


async def test_a_turn_that_says_too_much_is_refused(open_lab):
    def chatter(state, message, at):
        decision = Decision()
        for n in range(message.body.n):
            decision.say("ear", f"k{n}", "s", Do("hi"))
        return decision

    lab = await open_lab(toy(do=chatter), toy("ear"))
    lab.tell("talks", n=1_000, subject="a")
    lab.tell("talks on and on", n=5_000, subject="b")
    await lab.quiet()
    assert lab.kinds() == {DECIDED: 1, PARKED: 1}
    assert "saying 5000 entries is over the limit" in lab.reasons()[0]
    assert len(lab.turns("ear")) == 1_000


async def test_coordinates_of_a_turn_that_was_lost_are_used_again_for_nobody_saw_them(open_lab):
    woken = []

    def deliver(put, conversation, lane):
        woken.append(conversation)
        put(conversation, lane)

    lab = await open_lab(toy(), deliver=deliver)
    lab.tell("durable")
    await lab.quiet()
    woken.clear()
    lab.tell("lost", subject="lost", name="n")
    (lost,) = lab.engine.group.turns
    lab.journal.failure = Crash()
    await lab.restart()
    assert woken == []
    lab.tell("lost", subject="lost", name="n")
    (again,) = lab.engine.group.turns
    assert (again.partition, again.pos, again.seq) == (lost.partition, lost.pos, lost.seq)
    assert again.epoch == lost.epoch + 1
    await lab.quiet()
    assert lab.texts() == ["durable", "lost"]
