"""Named timers of a key: set, replaced, cancelled, fired once at their instant, also over a restart."""

from actors.runtime.loop import SPENT_AT_MOST
from contracts.decision import Decision
from contracts.turn import PARKED
from tests.support.lab import Crash, Did, do_it, toy
from tests.support.script import Held


def set_timers(state, message, at):
    """`set NAME` in n ms, `cancel NAME`, else simply done."""
    verb, _, name = message.body.text.partition(" ")
    if verb == "set":
        decision = Decision()
        decision.set_timer(name, message.subject, at + message.body.n)
        return decision
    if verb == "cancel":
        decision = Decision()
        decision.cancel_timer(name)
        return decision
    return do_it(state, message, at)


def rings(state, message, at):
    decision = Decision()
    decision.event(Did(f"{message.type} at {at - message.body.due_ms:+d} of {message.subject}"))
    return decision


def clock():
    """An actor with the timers `ring` and `bell`."""
    return toy(do=set_timers, timer_ring=rings, timer_bell=rings)


async def test_a_timer_fires_once_at_its_instant(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=3_600_000)
    await lab.wait(3_599_980)
    assert lab.texts() == []
    await lab.wait(40)
    assert lab.texts() == ["timer.ring at +0 of s"]
    await lab.wait(86_400_000)
    assert len(lab.texts()) == 1
    assert lab.engine.fold.timers == {}
    turn = lab.turns("toy")[-1]
    assert turn.cause.startswith("t:")
    assert turn.cause == turn.correlation


async def test_setting_replaces_whether_the_new_time_is_earlier_or_later(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=10_000, key="later")
    lab.tell("set ring", n=10_000, key="earlier")
    await lab.wait(1_000)
    lab.tell("set ring", n=20_000, key="later")
    lab.tell("set ring", n=2_000, key="earlier")
    await lab.wait(2_500)
    assert lab.texts("toy", "earlier") == ["timer.ring at +0 of s"]
    await lab.wait(15_000)
    assert lab.texts("toy", "later") == []
    await lab.wait(60_000)
    assert lab.texts("toy", "later") == ["timer.ring at +0 of s"]
    assert lab.texts("toy", "earlier") == ["timer.ring at +0 of s"]


async def test_cancelling_removes_and_cancelling_nothing_is_nothing(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=10_000)
    lab.tell("set bell", n=10_000)
    lab.tell("cancel ring")
    lab.tell("cancel ring")
    await lab.wait(20_000)
    assert lab.texts() == ["timer.bell at +0 of s"]
    await lab.quiet()


async def test_timers_are_named_per_actor_and_key(open_lab):
    lab = await open_lab(clock(), toy("other", do=set_timers, timer_ring=rings))
    lab.tell("set ring", n=1_000, key="a")
    lab.tell("set ring", n=1_000, key="b")
    lab.tell("set ring", n=1_000, to="other", key="a")
    lab.tell("cancel ring", key="b")
    await lab.wait(2_000)
    assert (len(lab.texts("toy", "a")), len(lab.texts("toy", "b")), len(lab.texts("other", "a"))) == (1, 0, 1)


async def test_a_timer_survives_a_restart_and_one_missed_meanwhile_fires_at_the_start(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=10_000, key="a")
    lab.tell("set ring", n=60_000, key="b")
    await lab.wait(5_000)
    lab.scope.cancel()
    await lab.wait(15_000)
    await lab.restart()
    await lab.wait(100)
    assert lab.texts("toy", "a") == ["timer.ring at +10000 of s"]
    await lab.wait(60_000)
    assert lab.texts("toy", "b") == ["timer.ring at +0 of s"]
    await lab.restart()
    await lab.wait(100_000)
    assert len(lab.texts("toy", "a")) == len(lab.texts("toy", "b")) == 1
    assert lab.same_when_rebuilt()


async def test_a_timer_that_fired_and_was_not_decided_when_the_process_died_fires_again(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=1_000)
    await lab.quiet()
    lab.journal.shut()
    await lab.wait(2_000)
    assert lab.texts() == ["timer.ring at +0 of s"]
    lab.journal.failure = Crash()
    lab.journal.let_go()
    await lab.restart()
    await lab.wait(100)
    assert len(lab.texts()) == 1
    assert lab.texts()[0] != "timer.ring at +0 of s"


async def test_the_message_of_a_timer_that_was_replaced_meanwhile_is_not_decided(open_lab):
    held = Held("toy")
    lab = await open_lab(clock(), deliver=held)
    lab.tell("set ring", n=1_000)
    await lab.quiet()
    held.hold()
    lab.tell("set ring", n=50_000)
    await lab.wait(2_000)
    # Fired, and waiting behind the message that replaces it.
    assert lab.engine.waiting == 2
    held.let_go()
    await lab.quiet()
    assert lab.texts() == []
    await lab.wait(60_000)
    assert lab.texts() == ["timer.ring at +0 of s"]
    assert PARKED not in lab.kinds()


async def test_the_message_of_a_timer_that_was_cancelled_meanwhile_is_not_decided(open_lab):
    held = Held("toy")
    lab = await open_lab(clock(), deliver=held)
    lab.tell("set ring", n=1_000)
    await lab.quiet()
    held.hold()
    lab.tell("cancel ring")
    await lab.wait(2_000)
    held.let_go()
    await lab.quiet()
    await lab.wait(60_000)
    assert lab.texts() == []


async def test_a_timer_that_is_due_at_once_waits_for_its_setting_to_be_durable_and_no_longer(open_lab):
    lab = await open_lab(clock())
    lab.tell("set ring", n=0)
    await lab.until(lambda: lab.turns("toy") or lab.engine.fold.timers)
    lab.journal.shut()
    await lab.wait(1_000)
    lab.journal.let_go()
    await lab.wait(50)
    assert len(lab.texts()) == 1


async def test_a_timer_may_set_itself_again(open_lab):
    def again(state, message, at):
        decision = rings(state, message, at)
        if len(state.texts) < 4:
            decision.set_timer("ring", message.subject, at + 1_000)
        return decision

    lab = await open_lab(toy(do=set_timers, timer_ring=again))
    lab.tell("set ring", n=1_000)
    await lab.wait(20_000)
    assert lab.texts() == ["timer.ring at +0 of s"] * 5
    assert lab.engine.fold.timers == {}


async def test_timers_wait_while_all_credit_is_used_up(open_lab):
    held = Held("busy")
    lab = await open_lab(clock(), toy("busy"), deliver=held, credit=10)
    lab.tell("set ring", n=1_000)
    await lab.quiet()
    held.hold()
    for n in range(10):
        lab.tell(str(n), to="busy", subject=f"s{n}")
    await lab.wait(5_000)
    assert lab.texts() == []
    held.let_go()
    await lab.wait(200)
    assert len(lab.texts()) == 1


async def test_timers_that_do_not_stand_any_more_leave_memory_long_before_they_are_due(open_lab):
    lab = await open_lab(clock())
    heap = lab.timers
    lab.tell("set bell", n=86_000_000)
    for _ in range(2 * SPENT_AT_MOST):
        lab.tell("set ring", n=86_400_000)
        lab.tell("cancel ring")
    await lab.wait(1_000)
    assert len(lab.engine.fold.timers) == 1
    assert len(heap) <= SPENT_AT_MOST + 2
    await lab.wait(86_400_000)
    assert [text.split()[0] for text in lab.texts() if text.startswith("timer")] == ["timer.bell"]
