"""`returns`: one writer a return. What was advised, what came, in which grade; and the wait for what never comes."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.returns import (
    AdviseReturn,
    CheckReturn,
    CloseReturn,
    InspectReturn,
    LetReturnGo,
    ReceiveReturn,
    ReturnAdvised,
    ReturnAllowed,
    ReturnAuthorized,
    ReturnClosed,
    ReturnDenied,
    ReturnInspected,
    ReturnReceived,
    ReturnRestocked,
    ReturnScrapped,
)
from contracts.turn import Address, Message

from ...runtime.actor import ActorSpec
from . import model
from .answers import DENIALS, REFUND_DENIALS, done, problem
from .model import ReturnState

# Goods that came without having been advised wait for their check no longer than any other return.
UNADVISED_WITHIN_MS = 30 * 86_400_000


def _check(decision: Decision, message: Message, advised: ReturnAdvised) -> None:
    decision.event(advised)
    check = CheckReturn(advised.return_id, advised.order_id, advised.lines, advised.fee_bp, advised.refund_to)
    me = Address("returns", message.key, message.subject)
    decision.say("returns_to_refund", advised.order_id, advised.order_id, check, reply_to=me)


def _advise(state: ReturnState, message: Message, at: int) -> Decision:
    command: AdviseReturn = message.body
    decision = Decision()
    if state.status != "none":
        detail = f"this return was advised before and is {state.status}"
        answer = problem(
            409, "duplicate-return", "Duplicate return", detail, "/v1/returns", message.trace
        )  # fmt: skip
        decision.answer(message.reply_to, answer)
        return decision
    _check(
        decision,
        message,
        ReturnAdvised(
            command.return_id,
            command.order_id,
            command.reason,
            command.lines,
            command.receive_within_ms,
            command.fee_bp,
            message.reply_to,
            refund_to=command.refund_to,
            keeps=command.keeps,
        ),
    )
    return decision


def _allowed(state: ReturnState, message: Message, at: int) -> Decision:
    fact: ReturnAllowed = message.body
    decision = Decision()
    if state.status != "advised":
        return decision
    due = at + state.receive_within_ms
    decision.event(
        ReturnAuthorized(fact.return_id, fact.order_id, fact.pool, fact.location, fact.lines, due)
    )  # fmt: skip
    if state.keeps:
        return _credit_kept(decision, state, fact, message.trace)
    if state.early_receipt is None:
        decision.set_timer("receipt", fact.order_id, due)
    else:
        decision.event(
            ReturnReceived(
                fact.return_id,
                fact.order_id,
                state.early_receipt,
                state.advised,
                state.early_location or fact.location,
            )
        )
    status = "authorized" if state.early_receipt is None else "received"
    decision.answer(state.asker, done(fact.return_id, status, message.trace))
    return decision


def _credit_kept(decision: Decision, state: ReturnState, fact: ReturnAllowed, trace: str) -> Decision:
    """The goods stay where they are: as if they had come and were of no use to anybody."""
    graded = model.kept(fact.lines, fact.location)
    decision.event(ReturnReceived(fact.return_id, fact.order_id, "kept", state.advised, fact.location))
    decision.event(ReturnInspected(fact.return_id, fact.order_id, graded))
    decision.event(ReturnScrapped(fact.return_id, fact.order_id, model.scrapped(graded)))
    decision.answer(state.asker, done(fact.return_id, "inspected", trace, 202))
    return decision


def _denied(state: ReturnState, message: Message, at: int) -> Decision:
    fact: ReturnDenied = message.body
    decision = Decision()
    if state.status != "advised":
        return decision
    decision.event(ReturnClosed(fact.return_id, fact.order_id, fact.code))
    if state.early_receipt is not None:
        # The goods lie at the dock and belong to nothing we know.
        _unmatched(decision, message, fact.order_id, f"{fact.code}: {fact.detail}")
    if state.keeps:
        status, code, title = REFUND_DENIALS[fact.code]
        path = f"/v1/orders/{fact.order_id}/refunds"
        decision.answer(state.asker, problem(status, code, title, fact.detail, path, message.trace))
        return decision
    status, title = DENIALS[fact.code]
    decision.answer(state.asker, problem(status, fact.code, title, fact.detail, "/v1/returns", message.trace))
    return decision


def _unmatched(decision: Decision, message: Message, order_id: str, detail: str) -> None:
    exception_id = "exc_" + digest128("return-unmatched", message.id)
    decision.event(ExceptionOpened(exception_id, "return-unmatched", order_id, detail))


def _receive(state: ReturnState, message: Message, at: int) -> Decision:
    command: ReceiveReturn = message.body
    decision = Decision()
    path = f"/v1/returns/{command.return_id}/receipts"
    if command.receipt_id in state.receipts:
        decision.answer(message.reply_to, done(command.return_id, state.status, message.trace, 200))
    elif state.status == "none":
        _check(
            decision,
            message,
            ReturnAdvised(
                command.return_id,
                command.order_id,
                "unadvised",
                command.lines,
                UNADVISED_WITHIN_MS,
                0,
                message.reply_to,
                command.receipt_id,
                receipt_location=command.location,
            ),
        )
    elif state.status not in ("authorized", "received"):
        detail = f"goods came for a return that is {state.closed or state.status}"
        _unmatched(decision, message, state.order_id, detail)
        answer = problem(409, "return-closed", "Return closed", detail, path, message.trace)
        decision.answer(message.reply_to, answer)
    elif over := model.excess(state, command.lines):
        detail = "more came than was advised: " + ", ".join(f"line {k} by {n}" for k, n in over.items())
        _unmatched(decision, message, state.order_id, detail)
        answer = problem(409, "over-return", "More than was advised", detail, path, message.trace)
        decision.answer(message.reply_to, answer)
    else:
        decision.cancel_timer("receipt")
        where = command.location or state.location
        decision.event(
            ReturnReceived(command.return_id, state.order_id, command.receipt_id, command.lines, where)
        )
        decision.answer(message.reply_to, done(command.return_id, "received", message.trace))
    return decision


def _inspect(state: ReturnState, message: Message, at: int) -> Decision:
    command: InspectReturn = message.body
    decision = Decision()
    path = f"/v1/returns/{command.return_id}/inspections"
    if state.status != "received":
        detail = f"the return is {state.status}: nothing is there to be inspected"
        answer = problem(409, "not-received", "Not received", detail, path, message.trace)
        decision.answer(message.reply_to, answer)
        return decision
    if wrong := model.ungraded(state, command.lines):
        detail = f"the grades of these lines do not add up to what was received: {', '.join(wrong)}"
        answer = problem(422, "inspection-differs", "Inspection differs", detail, path, message.trace)
        decision.answer(message.reply_to, answer)
        return decision
    graded = model.placed(state, command.lines)
    decision.event(ReturnInspected(command.return_id, state.order_id, graded))
    rows, aside = model.restocked(state, graded)
    if rows or aside:
        decision.event(ReturnRestocked(command.return_id, state.order_id, state.pool, rows, aside))
    if scrap := model.scrapped(command.lines):
        decision.event(ReturnScrapped(command.return_id, state.order_id, scrap))
    decision.answer(message.reply_to, done(command.return_id, "inspected", message.trace))
    return decision


def _never_came(state: ReturnState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.status == "authorized":
        decision.event(ReturnClosed(message.key, state.order_id, "not-received"))
        decision.say(
            "returns_to_refund", state.order_id, state.order_id, LetReturnGo(message.key, state.order_id)
        )
    return decision


def _close(state: ReturnState, message: Message, at: int) -> Decision:
    command: CloseReturn = message.body
    decision = Decision()
    if state.status == "inspected":
        decision.event(ReturnClosed(command.return_id, command.order_id, command.reason))
    return decision


def _fold_advised(state: ReturnState, body: ReturnAdvised) -> None:
    state.status = "advised"
    state.order_id, state.reason = body.order_id, body.reason
    state.advised, state.fee_bp = body.lines, body.fee_bp
    state.receive_within_ms, state.asker = body.receive_within_ms, body.asker
    state.early_receipt, state.early_location = body.receipt_id, body.receipt_location
    state.keeps = body.keeps


def _fold_authorized(state: ReturnState, body: ReturnAuthorized) -> None:
    state.status = "authorized"
    state.lines, state.pool, state.location = body.lines, body.pool, body.location
    state.asker = None


def _fold_received(state: ReturnState, body: ReturnReceived) -> None:
    state.status = "received"
    state.receipts += (body.receipt_id,)
    for line in body.lines:
        state.received[line.line_id] = state.received.get(line.line_id, 0) + line.quantity
        places = state.places.setdefault(line.line_id, {})
        where = body.location or state.location
        places[where] = places.get(where, 0) + line.quantity


def _fold_inspected(state: ReturnState, body: ReturnInspected) -> None:
    state.status = "inspected"
    state.inspected = body.lines


def _fold_closed(state: ReturnState, body: ReturnClosed) -> None:
    state.status = "closed"
    state.closed = body.reason
    state.asker = None


RETURNS = ActorSpec(
    "returns",
    lambda key: ReturnState(),
    {
        "returns.advise": _advise,
        "returns.allowed": _allowed,
        "returns.denied": _denied,
        "returns.receive": _receive,
        "returns.inspect": _inspect,
        "returns.close": _close,
        "timer.receipt": _never_came,
    },
    {
        "return.advised": _fold_advised,
        "return.authorized": _fold_authorized,
        "return.received": _fold_received,
        "return.inspected": _fold_inspected,
        "return.closed": _fold_closed,
    },
)
