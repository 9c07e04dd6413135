"""Edits as `orders` knows them: one at a time, asked for, then applied or refused."""

from __future__ import annotations

import msgspec

from contracts.answers import done, refuse, refused
from contracts.decision import Decision
from contracts.edits import ApplyEdit, EditOrder, EditRefused, EditRequested, OrderEdited, RefuseEdit
from contracts.orders import OrderLine, line_total_minor
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import OrderState, is_terminal

LINES_AT_MOST = 2_000


def wrong_with(command: EditOrder) -> dict[str, str]:
    """Every field of an edit that is wrong, by JSON pointer. Pure."""
    wrong = {f"/{name}": "is empty" for name in ("edit_id", "by") if not getattr(command, name).strip()}
    if not command.lines and command.ship_to is None:
        wrong["/lines"] = "nothing is to be changed"
    if len(command.lines) > LINES_AT_MOST:
        wrong["/lines"] = f"an order has at most {LINES_AT_MOST} lines"
    seen: set[str] = set()
    for n, line in enumerate(command.lines):
        wrong.update({f"/lines/{n}/{field}": why for field, why in _wrong_with_line(line, seen)})
        seen.add(line.line_id)
    return wrong


def _wrong_with_line(line: OrderLine, seen: set[str]) -> list[tuple[str, str]]:
    wrong = []
    if line.line_id in seen:
        wrong.append(("line_id", "is there twice"))
    if line.quantity < 1:
        wrong.append(("quantity", "is below 1; a line that is not wanted is left out"))
    if line.unit_price_minor < 0:
        wrong.append(("unit_price_minor", "is below 0"))
    elif line.quantity >= 1 and line_total_minor(line) < 0:
        wrong.append(("discounts", "are more than the line"))
    return wrong


def _edit(state: OrderState, message: Message, at: int) -> Decision:
    command: EditOrder = message.body
    decision = Decision()
    here = f"/v1/orders/{message.key}"
    if state.order is None:
        return refuse(decision, message, "order-not-found", "there is no such order", here)
    wrong = wrong_with(command)
    if wrong:
        detail = "; ".join(f"{pointer}: {why}" for pointer, why in wrong.items())
        answer = refused("invalid", detail, here, message.trace, status=422, fields=tuple(wrong))
        decision.answer(message.reply_to, answer)
        return decision
    code = _refusal(state, command)
    if code is not None:
        return refuse(decision, message, code, "the order cannot be edited now", here)
    order = msgspec.structs.replace(
        state.order, lines=command.lines or state.order.lines, ship_to=command.ship_to or state.order.ship_to
    )
    decision.event(EditRequested(command.order_id, command.edit_id, command.by, order))
    told = {"order_id": command.order_id, "edit_id": command.edit_id, "status": "edit-requested"}
    decision.answer(message.reply_to, done(told, 202))
    return decision


def _refusal(state: OrderState, command: EditOrder) -> str | None:
    if is_terminal(state):
        return f"already-{state.order_status}"
    if state.order_status != "accepted":
        return "not-accepted-yet"
    if state.cancellation == "requested":
        return "being-cancelled"
    if state.edit is not None:
        return "edit-under-way"
    return "edit-exists" if command.edit_id in state.edits else None


def _is_under_way(state: OrderState, edit_id: str) -> bool:
    return state.edit is not None and state.edit.edit_id == edit_id


def _apply(state: OrderState, message: Message, at: int) -> Decision:
    command: ApplyEdit = message.body
    decision = Decision()
    if _is_under_way(state, command.edit_id) and not is_terminal(state):
        assert state.edit is not None
        decision.event(
            OrderEdited(
                command.order_id, command.edit_id, state.edit.order, command.total_minor, command.tax_minor
            )
        )
    return decision


def _refuse(state: OrderState, message: Message, at: int) -> Decision:
    command: RefuseEdit = message.body
    decision = Decision()
    if _is_under_way(state, command.edit_id):
        decision.event(EditRefused(command.order_id, command.edit_id, command.reason))
    return decision


def _fold_requested(state: OrderState, body: EditRequested) -> None:
    state.edit = body
    state.edits[body.edit_id] = "requested"


def _fold_edited(state: OrderState, body: OrderEdited) -> None:
    state.order, state.edit = body.order, None
    state.total_minor, state.tax_minor = body.total_minor, body.tax_minor
    state.edits[body.edit_id] = "applied"


def _fold_refused(state: OrderState, body: EditRefused) -> None:
    state.edit = None
    state.edits[body.edit_id] = f"refused: {body.reason}"


HANDLERS: dict[str, Handler] = {
    "orders.edit": _edit,
    "orders.apply_edit": _apply,
    "orders.refuse_edit": _refuse,
}
FOLDS: dict[str, Fold] = {
    "order.edit_requested": _fold_requested,
    "order.edited": _fold_edited,
    "order.edit_refused": _fold_refused,
}
