"""`approvals`: what waits for a second person, one writer an approval. Whoever asks never approves.

Approved, the command is said as it was meant, to its own actor, which decides it as if it had come in just now; its
answer comes back here and stands with the approval. What nobody decides in time lapses.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from contracts.answers import done, refuse, refused
from contracts.approvals import (
    KINDS,
    LAPSES_AFTER_MS,
    ApprovalAsked,
    ApprovalConcluded,
    ApprovalSettled,
    ApproveRequest,
    RejectRequest,
    RequestApproval,
)
from contracts.aside_states import APPROVAL
from contracts.decision import Decision
from contracts.platform import Answer
from contracts.turn import Address, Message
from contracts.vocabulary import decode_body

from .actor import ActorSpec

TIMER = "lapse"


class ApprovalState(Struct):
    """One approval. `status` is a state of `contracts.machines.APPROVAL`; `asked` what is asked for, and by whom."""

    status: str = "none"
    asked: ApprovalAsked | None = None
    asked_at_ms: int = 0
    decided_by: str = ""
    decision: str = ""
    outcome: ApprovalConcluded | None = None


def path_of(approval_id: str) -> str:
    """Where it is found."""
    return f"/v1/approvals/{approval_id}"


def _request(state: ApprovalState, message: Message, at: int) -> Decision:
    asked: RequestApproval = message.body
    decision = Decision()
    here = path_of(asked.approval_id)
    if (code := APPROVAL.refusal(state.status, "request")) is not None:
        return refuse(decision, message, code, "it was asked for before", here)
    lapses = at + LAPSES_AFTER_MS
    decision.event(
        ApprovalAsked(
            asked.approval_id, asked.kind, asked.subject, asked.by, asked.reason, asked.amount_minor, asked.currency,
            lapses, asked.to, asked.key, asked.about, asked.type, asked.version, asked.lane, asked.command,
        )
    )  # fmt: skip
    decision.set_timer(TIMER, message.subject, lapses)
    told = {
        "approval_id": asked.approval_id,
        "status": "waiting",
        "kind": asked.kind,
        "subject": asked.subject,
        "trace_id": message.trace,
    }
    row = KINDS[asked.kind]
    told |= {name: value for name, value in ((row.named, asked.key), (row.about_named, asked.about)) if name}
    decision.answer(message.reply_to, done(told, 202, here))
    return decision


def _approve(state: ApprovalState, message: Message, at: int) -> Decision:
    command: ApproveRequest = message.body
    decision = Decision()
    here, asked = path_of(message.key), state.asked
    if (code := APPROVAL.refusal(state.status, "approve")) is not None or asked is None:
        return refuse(decision, message, code or "approval-not-found", f"it is {state.status}", here)
    if command.by == asked.by:
        detail = "whoever asks for it does not approve it"
        answer = refused("self-approval", detail, here, message.trace, status=403)
        decision.answer(message.reply_to, answer)
        return decision
    decision.event(ApprovalSettled(message.key, command.by, command.reason), "approvals.approved")
    decision.cancel_timer(TIMER)
    decision.say(
        asked.to, asked.key, asked.about, decode_body(asked.type, asked.version, msgspec.Raw(asked.command)),
        type_=asked.type, lane=asked.lane, reply_to=Address("approvals", message.key, message.subject),
    )  # fmt: skip
    decision.answer(message.reply_to, done({"approval_id": message.key, "status": "approved"}, 202, here))
    return decision


def _reject(state: ApprovalState, message: Message, at: int) -> Decision:
    command: RejectRequest = message.body
    decision = Decision()
    here = path_of(message.key)
    if (code := APPROVAL.refusal(state.status, "reject")) is not None:
        return refuse(decision, message, code, f"it is {state.status}", here)
    decision.event(ApprovalSettled(message.key, command.by, command.reason), "approvals.rejected")
    decision.cancel_timer(TIMER)
    decision.answer(message.reply_to, done({"approval_id": message.key, "status": "rejected"}, 202, here))
    return decision


def _lapse(state: ApprovalState, message: Message, at: int) -> Decision:
    decision = Decision()
    if APPROVAL.refusal(state.status, "lapse") is None:
        decision.event(ApprovalSettled(message.key, "", "nobody decided in time"), "approvals.lapsed")
    return decision


def _concluded(state: ApprovalState, message: Message, at: int) -> Decision:
    """The answer of what was approved."""
    answer: Answer = message.body
    decision = Decision()
    if APPROVAL.refusal(state.status, "conclude") is None:
        location = dict(answer.headers).get("location", "")
        decision.event(ApprovalConcluded(message.key, answer.status, location, answer.body))
    return decision


def _fold_asked(state: ApprovalState, body: ApprovalAsked) -> None:
    state.status = APPROVAL.after(state.status, "request")
    state.asked, state.asked_at_ms = body, body.lapses_ms - LAPSES_AFTER_MS


def _settle(state: ApprovalState, command: str, body: ApprovalSettled) -> None:
    state.status = APPROVAL.after(state.status, command)
    state.decided_by, state.decision = body.by, body.reason


def _fold_concluded(state: ApprovalState, body: ApprovalConcluded) -> None:
    state.status = APPROVAL.after(state.status, "conclude")
    state.outcome = body


APPROVALS = ActorSpec(
    "approvals",
    lambda key: ApprovalState(),
    {
        "approvals.request": _request,
        "approvals.approve": _approve,
        "approvals.reject": _reject,
        "http.answer": _concluded,
        f"timer.{TIMER}": _lapse,
    },
    {
        "approvals.asked": _fold_asked,
        "approvals.approved": lambda state, body: _settle(state, "approve", body),
        "approvals.rejected": lambda state, body: _settle(state, "reject", body),
        "approvals.lapsed": lambda state, body: _settle(state, "lapse", body),
        "approvals.concluded": _fold_concluded,
    },
)
