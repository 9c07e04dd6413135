"""The door: each call once, its answer the same for ever; in flight, freed, expired, restarted, abandoned."""

import msgspec
import pytest
import trio

from actors.runtime.errors import AnswerLate, KeyInFlight, KeyReused, Stopping
from actors.runtime.intake import KEY_KEPT_MS, RECORD_KEPT_MS, Call
from contracts.decision import Decision
from contracts.platform import Answer
from contracts.turn import DECIDED
from tests.support.lab import Crash, Did, Do, toy
from tests.support.script import Held


async def test_a_repeat_gets_the_same_bytes_and_nothing_is_done_again(open_lab):
    lab = await open_lab(toy())
    first = await lab.ask("a", "key")
    await lab.quiet()
    turns = lab.engine.fold.turns
    again = await lab.ask("a", "key")
    assert (first.status, first.body, first.replayed) == (200, b"a", False)
    assert again == msgspec.structs.replace(first, replayed=True)
    assert lab.engine.fold.turns == turns
    assert lab.door.statistics()["replayed"] == 1


async def test_a_repeat_on_the_heels_of_the_answer_gets_it_too(open_lab):
    lab = await open_lab(toy())
    first = await lab.ask("a", "key")
    again = await lab.ask("a", "key")
    assert again == msgspec.structs.replace(first, replayed=True)
    await lab.quiet()
    assert lab.texts() == ["a"]


@pytest.mark.parametrize("field", ["principal", "method", "route", "key", "tenant"])
async def test_the_same_key_of_somebody_else_is_another_call(open_lab, field):
    lab = await open_lab(toy())
    await lab.ask("a", "key")
    other = msgspec.structs.replace(lab.call("a", "key"), **{field: "other"})
    assert not (await lab.door.submit(other)).replayed


async def test_another_request_under_a_used_key_is_refused_for_good(open_lab):
    lab = await open_lab(toy())
    await lab.ask("a", "key")
    with pytest.raises(KeyReused) as refused:
        await lab.ask("b", "key")
    assert (refused.value.status, refused.value.retryable) == (422, False)
    await lab.quiet()
    assert lab.texts() == ["a"]


async def test_a_repeat_while_the_first_is_worked_on_is_409_and_retryable(open_lab):
    held = Held("toy")
    lab = await open_lab(toy(), deliver=held)
    held.hold()
    answers = []

    async def ask():
        answers.append(await lab.ask("a", "key"))

    lab.nursery.start_soon(ask)
    await lab.wait(100)
    with pytest.raises(KeyInFlight) as refused:
        await lab.ask("a", "key")
    assert (refused.value.status, refused.value.retryable) == (409, True)
    with pytest.raises(KeyReused):
        await lab.ask("b", "key")
    held.let_go()
    await lab.quiet()
    assert (await lab.ask("a", "key")).replayed
    assert [answer.body for answer in answers] == [b"a"]


async def test_an_answer_is_not_given_again_before_its_turn_is_durable(open_lab):
    lab = await open_lab(toy())
    lab.journal.let_go(2)
    first = await lab.ask("a", "key")
    await lab.wait(1_000)
    # Intake has folded the answer, its commit waits; a repeat knows and may not tell.
    again = []

    async def repeat():
        again.append(await lab.ask("a", "key"))

    lab.nursery.start_soon(repeat)
    await lab.wait(1_000)
    assert again == []
    lab.journal.let_go()
    await lab.wait(100)
    assert again[0].body == first.body


@pytest.mark.parametrize("status", [500, 503])
async def test_a_5xx_is_never_replayed_its_key_is_free(open_lab, status):
    statuses = [status, 200]

    def answers(state, message, at):
        decision = Decision()
        decision.event(Did(message.body.text))
        decision.answer(message.reply_to, Answer(statuses.pop(0), (), b""))
        return decision

    lab = await open_lab(toy(do=answers))
    assert (await lab.ask("a", "key")).status == status
    await lab.quiet()
    again = await lab.ask("a", "key")
    assert (again.status, again.replayed) == (200, False)
    await lab.quiet()
    assert (await lab.ask("a", "key")).replayed


async def test_a_4xx_is_an_answer_like_any_other(open_lab):
    def no(state, message, at):
        decision = Decision()
        decision.answer(message.reply_to, Answer(409, (("x", "y"),), b"no"))
        return decision

    lab = await open_lab(toy(do=no))
    first = await lab.ask("a", "key")
    await lab.quiet()
    again = await lab.ask("a", "key")
    assert (again.status, again.headers, again.body) == (first.status, first.headers, first.body)
    assert again.replayed


async def test_a_key_expires_after_its_day_and_not_before(open_lab):
    lab = await open_lab(toy())
    await lab.ask("a", "key")
    await lab.quiet()
    await lab.wait(KEY_KEPT_MS - 1_000)
    assert (await lab.ask("a", "key")).replayed
    await lab.wait(2_000)
    assert not (await lab.ask("b", "key")).replayed
    await lab.quiet()
    assert lab.texts() == ["a", "b"]


async def test_answers_and_keys_are_remembered_over_a_restart(open_lab):
    lab = await open_lab(toy())
    first = await lab.ask("a", "key")
    await lab.quiet()
    await lab.restart()
    again = await lab.ask("a", "key")
    assert (again.replayed, again.body) == (True, first.body)
    with pytest.raises(KeyReused):
        await lab.ask("b", "key")
    await lab.wait(KEY_KEPT_MS)
    await lab.restart()
    assert not (await lab.ask("a", "key")).replayed


async def test_a_call_that_was_durable_when_the_process_died_is_finished_and_its_client_finds_the_answer(
    open_lab,
):
    lab = await open_lab(toy())
    lab.journal.let_go(1)
    gone = []

    async def ask():
        with trio.move_on_after(3):
            await lab.ask("a", "key")
        gone.append(True)

    lab.nursery.start_soon(ask)
    await lab.until(lambda: gone)
    lab.journal.failure = Crash()
    lab.journal.let_go()
    await lab.restart()
    await lab.quiet()
    assert lab.texts() == ["a"]
    again = await lab.ask("a", "key")
    assert (again.replayed, again.body) == (True, b"a")


async def test_a_client_that_goes_away_cancels_no_turn(open_lab):
    held = Held("toy")
    lab = await open_lab(toy(), deliver=held)
    held.hold()
    with trio.move_on_after(1):
        await lab.ask("a", "key")
    assert lab.engine.waiters == {}
    held.let_go()
    await lab.quiet()
    assert lab.texts() == ["a"]
    assert (await lab.ask("a", "key")).replayed


async def test_an_answer_that_is_late_says_so_and_is_found_with_the_same_key(open_lab):
    held = Held("toy")
    lab = await open_lab(toy(), deliver=held)
    held.hold()
    started = lab.timeline.now_ms()
    with pytest.raises(AnswerLate) as late:
        await lab.ask("a", "key", deadline_ms=2_000)
    assert lab.timeline.now_ms() - started == 2_000
    assert late.value.retryable
    held.let_go()
    await lab.quiet()
    assert (await lab.ask("a", "key")).body == b"a"


async def test_an_answer_that_comes_while_its_client_leaves_is_kept(open_lab):
    lab = await open_lab(toy())
    with trio.CancelScope() as scope:
        scope.cancel()
        await lab.ask("a", "key")
    await lab.quiet()
    assert (await lab.ask("a", "key")).body == b"a"


async def test_a_record_is_taken_once_and_says_when_it_is_durable(open_lab):
    lab = await open_lab(toy())
    call = Call("files", "RECORD", "r", "line 1", "", "toy", "k", "s", Do("a"), sheddable=False)
    lab.journal.shut()
    assert lab.door.take_record_nowait(call) == (True, 0)
    # A repeat before the commit has to wait for the same group.
    assert lab.door.take_record_nowait(call) == (False, 0)
    lab.journal.let_go()
    await lab.engine.until_durable(0)
    await lab.quiet()
    await lab.restart()
    assert lab.door.take_record_nowait(call)[0] is False
    assert lab.texts() == ["a"]
    await lab.wait(RECORD_KEPT_MS)
    assert lab.door.take_record_nowait(call)[0] is True


async def test_while_draining_nothing_new_is_taken_and_known_answers_are_given(open_lab):
    lab = await open_lab(toy())
    await lab.ask("a", "key")
    await lab.quiet()
    lab.door.open = False
    with pytest.raises(Stopping) as refused:
        await lab.ask("b", "other")
    assert (refused.value.status, refused.value.retryable) == (503, True)
    assert (await lab.ask("a", "key")).replayed
    assert lab.kinds() == {DECIDED: 1}


async def test_calls_side_by_side_are_each_answered_with_their_own(open_lab):
    lab = await open_lab(toy())
    answers = {}

    async def ask(n):
        answers[n] = (await lab.ask(f"text {n}", f"key {n}", subject=f"s{n % 5}")).body

    async with trio.open_nursery() as nursery:
        for n in range(200):
            nursery.start_soon(ask, n)
    assert answers == {n: f"text {n}".encode() for n in range(200)}
    assert lab.engine.waiters == {}
