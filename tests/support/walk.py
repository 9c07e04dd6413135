"""Walking an actor by hand: one message decided and its events folded, nothing committed."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.runtime.actor import ActorSpec
from contracts.decision import Decision
from contracts.states import Machine
from contracts.turn import DEFAULT_TENANT, NORMAL, Address, Fact, Message
from contracts.vocabulary import TYPE_OF


def message_to(
    spec: ActorSpec, key: str, body: Any, *, type_: str | None = None, subject: str | None = None, n: int = 0
) -> Message:
    """A message to an actor's key, by somebody who waits for the answer."""
    named = type_ if type_ is not None else TYPE_OF[type(body)][0]
    id_ = f"x:{n}"
    return Message(
        spec.name, key, subject or key, named, 1, NORMAL, Address("intake", "call", "call"), body, id_,
        DEFAULT_TENANT, id_, id_, "trace",
    )  # fmt: skip


def take(spec: ActorSpec, state: Any, message: Message, at: int) -> Decision:
    """Decide a message and fold what it decides into the state."""
    before = msgspec.msgpack.encode(state)
    decision = spec.handlers[message.type](state, message, at)
    assert msgspec.msgpack.encode(state) == before, "deciding changed the state"
    for event in decision.events:
        fold = spec.folds.get(event.type)
        if fold is not None:
            fold(state, message.body if event.body is None else event.body)
    return decision


def answer_of(decision: Decision) -> tuple[int, str]:
    """(HTTP status, problem code or "") of the answer; (0, "") where nobody was answered."""
    if decision.reply is None:
        return 0, ""
    answer = decision.said[decision.reply].body
    code = msgspec.json.decode(answer.body).get("code", "")
    return answer.status, code


def check_by_table(
    machine: Machine, state: str, command: str, now: str, decision: Decision, unheard: tuple[str, ...]
) -> None:
    """An actor took a command in a state and is `now` where its table has it, or was refused as is said there; of
    what is refused of `unheard`, which comes late or twice, nobody waits for an answer.
    """
    refusal = machine.refusal(state, command)
    if refusal is None:
        assert now == machine.after(state, command)
        assert decision.events
        return
    assert now == state
    assert decision.events == []
    told = (404 if refusal.endswith("not-found") else 409, refusal)
    assert answer_of(decision) == ((0, "") if command in unheard else told)


def bodies(decision: Decision, type_: str) -> list[Any]:
    """The bodies of a decision's events of a type."""
    events: list[Fact] = decision.events
    return [event.body for event in events if event.type == type_]
