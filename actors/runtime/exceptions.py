"""`exceptions`: the work list, one writer an exception. Told by topic, claimed and resolved by people.

Nothing that needs a person is only a line in a log: whoever opens an exception is done, and here it has a team, a
due time and, if nobody deals with it, somebody further up. An order that meets no trouble costs nothing here.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.answers import done, refuse, refused
from contracts.decision import Decision
from contracts.exceptions import EXCEPTING, TEAMS, UNLISTED, class_of
from contracts.ids import is_order_id
from contracts.machines import EXCEPTION
from contracts.orders import ResolveOrder
from contracts.partners import ExceptionOpened
from contracts.turn import Message
from contracts.worklist import (
    RESOLUTIONS,
    ClaimException,
    EndException,
    ExceptionClaimed,
    ExceptionEscalated,
    ExceptionHandedBack,
    ExceptionListed,
    ExceptionResolved,
    HandBackException,
    ResolveException,
)

from .actor import ActorSpec

TIMER = "escalate"


class ExceptionState(Struct):
    """One exception. `status` is a state of `contracts.machines.EXCEPTION`; `by` is who has claimed it."""

    status: str = "none"
    category: str = ""
    order_id: str = ""
    team: str = ""
    due_ms: int = 0
    due_in_ms: int = 0
    level: int = 0
    by: str = ""
    resolution: str = ""


def _opened(state: ExceptionState, message: Message, at: int) -> Decision:
    fact: ExceptionOpened = message.body
    decision = Decision()
    if EXCEPTION.refusal(state.status, "open") is None:
        row = class_of(fact.category)
        due = TEAMS[row.team].later_ms(at, row.due_in_ms)
        decision.event(
            ExceptionListed(fact.exception_id, fact.category, fact.order_id, fact.detail, row.team, due)
        )
        decision.set_timer(TIMER, message.subject, due)
    return decision


def _refused(
    decision: Decision, state: ExceptionState, message: Message, command: str, by: str, *, own: bool
) -> bool:
    """Whether the command is refused, and whoever asked was told. `own`: only who has claimed it may."""
    at = f"/v1/exceptions/{message.key}"
    code = EXCEPTION.refusal(state.status, command)
    if code is not None:
        refuse(decision, message, code, f"the exception is {state.status}", at)
        return True
    if not by:
        decision.answer(
            message.reply_to,
            refused("nobody-named", "by whom?", at, message.trace, status=422, fields=("/by",)),
        )
        return True
    if own and by != state.by:
        refuse(decision, message, "claimed-by-other", f"{state.by} has claimed the exception", at)
        return True
    return False


def _claim(state: ExceptionState, message: Message, at: int) -> Decision:
    command: ClaimException = message.body
    decision = Decision()
    if not _refused(decision, state, message, "claim", command.by, own=False):
        decision.event(ExceptionClaimed(message.key, command.by))
        decision.answer(message.reply_to, done({"exception_id": message.key, "status": "claimed"}))
    return decision


def _hand_back(state: ExceptionState, message: Message, at: int) -> Decision:
    command: HandBackException = message.body
    decision = Decision()
    if not _refused(decision, state, message, "hand_back", command.by, own=True):
        decision.event(ExceptionHandedBack(message.key, command.by, command.reason))
        decision.answer(message.reply_to, done({"exception_id": message.key, "status": "open"}))
    return decision


def _resolve(state: ExceptionState, message: Message, at: int) -> Decision:
    command: ResolveException = message.body
    decision = Decision()
    if _refused(decision, state, message, "resolve", command.by, own=True):
        return decision
    wrong = [
        pointer
        for pointer, right in (
            ("/resolution", command.resolution in RESOLUTIONS),
            ("/reason", bool(command.reason.strip())),
        )
        if not right
    ]
    if wrong:
        detail = f"a resolution is one of {', '.join(RESOLUTIONS)}, and has a reason"
        at_path = f"/v1/exceptions/{message.key}"
        answer = refused("invalid", detail, at_path, message.trace, status=422, fields=tuple(wrong))
        decision.answer(message.reply_to, answer)
        return decision
    if state.category in EXCEPTING and is_order_id(state.order_id):
        # The order may wait for this: it says what it can become, answers, and ends the exception.
        resolve = ResolveOrder(
            state.order_id, message.key, state.category, command.resolution, command.by, command.reason
        )
        decision.say("orders", state.order_id, state.order_id, resolve, reply_to=message.reply_to)
        return decision
    decision.event(
        ExceptionResolved(
            message.key, state.category, state.order_id, command.by, command.resolution, command.reason
        )
    )
    decision.cancel_timer(TIMER)
    decision.answer(message.reply_to, done({"exception_id": message.key, "status": "resolved"}))
    return decision


def _end(state: ExceptionState, message: Message, at: int) -> Decision:
    """Its cause is gone. Said before it is listed, it is remembered: then it never is."""
    command: EndException = message.body
    decision = Decision()
    if EXCEPTION.refusal(state.status, "end") is None:
        decision.event(
            ExceptionResolved(
                message.key,
                command.category,
                command.order_id,
                command.by,
                command.resolution,
                command.reason,
            )
        )
        if state.status != "none":
            decision.cancel_timer(TIMER)
    return decision


def _escalate(state: ExceptionState, message: Message, at: int) -> Decision:
    decision = Decision()
    if EXCEPTION.refusal(state.status, "escalate") is None:
        team = TEAMS.get(state.team) or TEAMS[UNLISTED.team]
        level = state.level + 1
        to = team.at_due if level == 1 else team.at_twice
        decision.event(ExceptionEscalated(message.key, level, to))
        if level == 1:
            decision.set_timer(TIMER, message.subject, team.later_ms(state.due_ms, state.due_in_ms))
    return decision


def _fold_listed(state: ExceptionState, body: ExceptionListed) -> None:
    state.status = EXCEPTION.after(state.status, "open")
    state.category, state.order_id = body.category, body.order_id
    state.team, state.due_ms = body.team, body.due_ms
    state.due_in_ms = class_of(body.category).due_in_ms


def _fold_claimed(state: ExceptionState, body: ExceptionClaimed) -> None:
    state.status = EXCEPTION.after(state.status, "claim")
    state.by = body.by


def _fold_handed_back(state: ExceptionState, body: ExceptionHandedBack) -> None:
    state.status = EXCEPTION.after(state.status, "hand_back")
    state.by = ""


def _fold_escalated(state: ExceptionState, body: ExceptionEscalated) -> None:
    state.level = body.level


def _fold_resolved(state: ExceptionState, body: ExceptionResolved) -> None:
    state.status = "resolved"
    state.resolution = body.resolution


EXCEPTIONS = ActorSpec(
    "exceptions",
    lambda key: ExceptionState(),
    {
        "exception.opened": _opened,
        "exceptions.claim": _claim,
        "exceptions.hand_back": _hand_back,
        "exceptions.resolve": _resolve,
        "exceptions.end": _end,
        f"timer.{TIMER}": _escalate,
    },
    {
        "exception.listed": _fold_listed,
        "exception.claimed": _fold_claimed,
        "exception.handed_back": _fold_handed_back,
        "exception.escalated": _fold_escalated,
        "exception.resolved": _fold_resolved,
    },
)
