"""What the payment provider tells by itself: its feed of events, and its account of an order's captures.

A refund may be answered *pending* and be decided later; a dispute is never asked for. Events come more than
once, late and out of order, and each says everything, so that the last word stands and earlier ones are no
news. An event waits behind the calls of its order, so a capture that is unknown then is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, structs

from contracts.decision import Decision
from contracts.deposits import DEPOSIT
from contracts.ids import digest128
from contracts.partners import BookCapture, ExceptionOpened, PaymentCaptured
from contracts.refunds import (
    CaptureLeft,
    CapturesTold,
    Dispute,
    ProviderEvent,
    RefundFailed,
    RefundMade,
    RefundPending,
    TellCaptures,
)
from contracts.renewals import AuthorizationExpired
from contracts.turn import Message
from contracts.worklist import EndException

from ..runtime.actor import Fold, Handler
from .connector import ConnectorState
from .feed import FeedDialect, FeedRecord

_PENDING, _DONE, _FAILED = "pending", "done", "failed"
_OPEN, _WON, _LOST = "open", "won", "lost"
_DISPUTED = "dispute-opened"
_EXPIRED = "authorization.expired"
# How the exception of a dispute ends with it: its resolution, and why.
_ENDS = {
    "payment.dispute_won": ("corrected", "the dispute was won"),
    "payment.dispute_lost": ("written_off", "the dispute was lost"),
}


class Back(Struct):
    """Money that goes back, or may: a refund or a dispute. `ours` where a return asked for it."""

    capture_id: str
    amount_minor: int
    status: str
    ours: bool = False
    settled_minor: int = 0


class ProviderState(ConnectorState):
    """An order at the provider: its captures, what went back of them, None while nothing did; what has expired."""

    captures: tuple[PaymentCaptured, ...] = ()
    refunds: dict[str, Back] | None = None
    disputes: dict[str, Back] | None = None
    expired: tuple[str, ...] = ()


def _status(known: dict[str, Back] | None, id_: str) -> str | None:
    found = known.get(id_) if known else None
    return found.status if found is not None else None


def is_news(state: ProviderState, fact: Struct) -> bool:
    """Whether a fact about a refund is one: its end is told once, and nothing is told after it."""
    if not isinstance(fact, RefundMade | RefundFailed) or not fact.refund_id:
        return True
    known = _status(state.refunds, fact.refund_id)
    return known is None or (known == _PENDING and not isinstance(fact, RefundPending))


def _facts(state: ProviderState, event: ProviderEvent, capture: PaymentCaptured) -> list[tuple[str, Struct]]:
    """(type, fact) of what an event tells that is not known yet."""
    if event.kind.startswith("refund."):
        made: Struct
        if event.kind == "refund.succeeded":
            type_ = "payment.refunded"
            made = RefundMade(
                event.order_id, capture.provider, event.object_id, event.capture_id, event.amount_minor,
                capture.currency, capture.book, event.return_id, event.settled_minor, event.settled_currency,
            )  # fmt: skip
        else:
            type_ = "payment.refund_failed"
            made = RefundFailed(
                event.order_id, capture.provider, event.object_id, event.capture_id, event.amount_minor,
                capture.currency, capture.book, event.return_id, event.reason,
            )  # fmt: skip
        return [(type_, made)] if is_news(state, made) else []
    dispute = Dispute(
        event.order_id, capture.provider, event.object_id, event.capture_id, event.amount_minor,
        event.fee_minor, capture.currency, capture.book, event.settled_minor, event.settled_currency,
    )  # fmt: skip
    known = _status(state.disputes, event.object_id)
    told: list[tuple[str, Struct]] = []
    if known is None:
        told.append(("payment.dispute_opened", dispute))
    if event.kind != "dispute.opened" and known in (None, _OPEN):
        # Its end may come before its beginning: then both are told now.
        taken = event.settled_minor
        if state.disputes is not None and event.object_id in state.disputes:
            taken = state.disputes[event.object_id].settled_minor
        ended = structs.replace(dispute, taken_minor=taken)
        told.append((f"payment.{event.kind.replace('.', '_')}", ended))
    return told


def _tell(decision: Decision, state: ProviderState, event: ProviderEvent, capture: PaymentCaptured) -> None:
    for type_, fact in _facts(state, event, capture):
        decision.event(fact, type_)
        if type_ == "payment.dispute_opened":
            detail = f"{event.object_id} over {event.amount_minor} of {event.capture_id}"
            _except(decision, _DISPUTED, event, detail, f"{event.order_id} {event.object_id}")
        elif type_ in _ENDS:
            _end(decision, type_, event)


def _end(decision: Decision, type_: str, event: ProviderEvent) -> None:
    """A dispute is over: nobody needs to answer it any more."""
    exception_id = _exception_id(_DISPUTED, f"{event.order_id} {event.object_id}")
    resolution, why = _ENDS[type_]
    end = EndException(exception_id, _DISPUTED, event.order_id, "payments", resolution, why)
    decision.say("exceptions", exception_id, event.order_id, end)


def _exception_id(category: str, of: str) -> str:
    return "exc_" + digest128(category, of)


def _except(decision: Decision, category: str, event: ProviderEvent, detail: str, of: str = "") -> None:
    exception_id = _exception_id(category, of or event.event_id)
    decision.event(ExceptionOpened(exception_id, category, event.order_id, detail))


def _capture_of(state: ProviderState, event: ProviderEvent) -> PaymentCaptured | None:
    for capture in state.captures:
        if capture.capture_id == event.capture_id:
            return capture
    return None


def _event(state: ProviderState, message: Message, at: int) -> Decision:
    event: ProviderEvent = message.body
    decision = Decision()
    if event.kind == _EXPIRED:
        if event.object_id not in state.expired:
            decision.event(AuthorizationExpired(event.order_id, event.object_id))
        return decision
    capture = _capture_of(state, event)
    if capture is None:
        detail = f"{event.kind} of {event.object_id} over {event.amount_minor} of {event.capture_id}"
        _except(decision, "provider-event-unmatched", event, detail)
    else:
        _tell(decision, state, event, capture)
    return decision


def _tell_captures(state: ProviderState, message: Message, at: int) -> Decision:
    ask: TellCaptures = message.body
    decision = Decision()
    gone: dict[str, int] = {}
    for dispute in (state.disputes or {}).values():
        if dispute.status != _WON:
            gone[dispute.capture_id] = gone.get(dispute.capture_id, 0) + dispute.amount_minor
    for refund in (state.refunds or {}).values():
        if not refund.ours and refund.status != _FAILED:
            gone[refund.capture_id] = gone.get(refund.capture_id, 0) + refund.amount_minor
    left = tuple(
        [
            CaptureLeft(
                one.provider,
                one.capture_id,
                one.amount_minor - gone.get(one.capture_id, 0),
                one.authorization_id,
                one.purpose,
            )
            for one in state.captures
        ]
    )
    decision.answer(message.reply_to, CapturesTold(ask.order_id, ask.return_id, left))
    return decision


def _book_capture(state: ProviderState, message: Message, at: int) -> Decision:
    """A capture that the ledger has not: heard of now, or heard of before and lost on its way to the ledger."""
    asked: BookCapture = message.body
    capture = asked.capture
    decision = Decision()
    if any(known.capture_id == capture.capture_id for known in state.captures):
        decision.say("finance", capture.book, capture.order_id, capture)
    else:
        decision.event(capture)
    return decision


def _fold_captured(state: ProviderState, body: PaymentCaptured) -> None:
    state.captures += (body,)


def _fold_expired(state: ProviderState, body: AuthorizationExpired) -> None:
    state.expired += (body.authorization_id,)


def _fold_refund(status: str) -> Fold:
    def fold(state: ProviderState, body: RefundMade | RefundFailed) -> None:
        if body.refund_id:
            if state.refunds is None:
                state.refunds = {}
            # A deposit's is no return's: returns have to be told that it is gone.
            ours = bool(body.return_id) and body.return_id != DEPOSIT
            back = Back(body.capture_id, body.amount_minor, status, ours)
            state.refunds[body.refund_id] = back

    return fold


def _fold_dispute(status: str) -> Fold:
    def fold(state: ProviderState, body: Dispute) -> None:
        if state.disputes is None:
            state.disputes = {}
        back = Back(body.capture_id, body.amount_minor, status, settled_minor=body.settled_minor)
        state.disputes[body.dispute_id] = back

    return fold


HANDLERS: Mapping[str, Handler] = {
    "payments.event": _event,
    "payments.book_capture": _book_capture,
    "payments.tell_captures": _tell_captures,
}
FOLDS: Mapping[str, Callable[[Any, Any], None]] = {
    "payment.captured": _fold_captured,
    "payment.auth_expired": _fold_expired,
    "payment.refund_pending": _fold_refund(_PENDING),
    "payment.refunded": _fold_refund(_DONE),
    "payment.refund_failed": _fold_refund(_FAILED),
    "payment.dispute_opened": _fold_dispute(_OPEN),
    "payment.dispute_won": _fold_dispute(_WON),
    "payment.dispute_lost": _fold_dispute(_LOST),
}


def settled_of(record: Mapping[str, Any]) -> tuple[int, str]:
    """What the provider settles for it where that is another currency: (minor units, code)."""
    settled = record.get("settled")
    return (settled["amount"], settled["currency"].upper()) if settled else (0, "")


def _record(record: Mapping[str, Any]) -> FeedRecord:
    order_id = record["reference"]
    event = ProviderEvent(
        order_id,
        record["id"],
        record["type"],
        record["object"],
        record["charge"],
        record["amount"],
        record["fee"],
        record["currency"].upper(),
        record["note"],
        record["reason"],
        *settled_of(record),
    )
    if event.kind not in (
        "refund.succeeded",
        "refund.failed",
        "dispute.opened",
        "dispute.won",
        "dispute.lost",
        _EXPIRED,
    ):
        raise ValueError(event.kind)
    return FeedRecord(record["n"], record["id"], "payments", order_id, order_id, event)


PROVIDER_EVENTS = FeedDialect("payments", "events", _record)
