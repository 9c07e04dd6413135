"""What the flow remembers of an order's returns: nothing, until the first of them is advised."""

from __future__ import annotations

from msgspec import Struct

from contracts.gift_cards import GiftCardCancelled, GiftCardCredited, GiftCardRefused
from contracts.refunds import CreditNoteIssued, CreditOwed, RefundFailed, RefundMade, RefundRequested
from contracts.returns import (
    CheckReturn,
    CloseReturn,
    InspectedLine,
    LetReturnGo,
    ReturnAllowed,
    ReturnDenied,
    ReturnInspected,
    ReturnLine,
    SaleTold,
)

from .amounts import credited_units, units_by_line

CHECKING, OPEN, CREDITING, REFUNDING = "checking", "open", "crediting", "refunding"


class Case(Struct):
    """A return on its way. `step` is checking, open, crediting or refunding.

    A gift card given back is one without goods, and with the card's own currency and book. `owed` are the
    (category, id) of exceptions that are open for what of its credit could not be paid.
    """

    lines: tuple[ReturnLine, ...]
    fee_bp: int
    step: str = CHECKING
    payable_minor: int = 0
    refund_to: str = ""
    card_id: str = ""
    currency: str = ""
    book: str = ""
    owed: tuple[tuple[str, str], ...] = ()


class Asked(Struct):
    """Money asked back, of a capture or onto a gift card: `status` is asked, done or failed."""

    return_id: str
    capture_id: str
    amount_minor: int
    status: str = "asked"


class FlowState(Struct):
    """An order's returns. `taken` are the units credited so far, by line.

    `lost` are the shipments that a carrier has lost, by the number that their return would have; `again` those of them
    that others were sent for.
    """

    version: int = 1
    sale: SaleTold | None = None
    cases: dict[str, Case] = {}
    taken: dict[str, int] = {}
    refunds: list[Asked] = []
    lost: dict[str, str] = {}
    again: tuple[str, ...] = ()


def units_back(state: FlowState) -> dict[str, int]:
    """Units that have come back, or still may, by line."""
    back = dict(state.taken)
    for case in state.cases.values():
        if case.step == OPEN:
            for line_id, units in units_by_line(case.lines).items():
                back[line_id] = back.get(line_id, 0) + units
    return back


def asked_minor(state: FlowState) -> dict[str, int]:
    """What was asked back of each capture and has not failed."""
    asked: dict[str, int] = {}
    for one in state.refunds:
        if one.status != "failed":
            asked[one.capture_id] = asked.get(one.capture_id, 0) + one.amount_minor
    return asked


def refund_of(state: FlowState, return_id: str, capture_id: str) -> Asked | None:
    """What a return asked back of a capture, or onto a card: what it still waits for, if it asked more than once."""
    asked = [one for one in state.refunds if (one.return_id, one.capture_id) == (return_id, capture_id)]
    return next((one for one in asked if one.status == "asked"), asked[0] if asked else None)


def owed_minor(state: FlowState, return_id: str, case: Case) -> int:
    """What of a return's credit is neither paid nor under way."""
    kept = [
        one.amount_minor for one in state.refunds if one.return_id == return_id and one.status != "failed"
    ]
    return case.payable_minor - sum(kept)


def fold_check(state: FlowState, body: CheckReturn) -> None:
    state.cases[body.return_id] = Case(body.lines, body.fee_bp, refund_to=body.refund_to)


def fold_sale(state: FlowState, body: SaleTold) -> None:
    state.sale = body


def fold_allowed(state: FlowState, body: ReturnAllowed) -> None:
    state.cases[body.return_id].step = OPEN


def fold_denied(state: FlowState, body: ReturnDenied) -> None:
    state.cases.pop(body.return_id)


def fold_let_go(state: FlowState, body: LetReturnGo) -> None:
    state.cases.pop(body.return_id, None)


def _taken(state: FlowState, lines: tuple[InspectedLine, ...]) -> None:
    for line in lines:
        state.taken[line.line_id] = state.taken.get(line.line_id, 0) + credited_units(line)


def fold_inspected(state: FlowState, body: ReturnInspected) -> None:
    state.cases[body.return_id].step = CREDITING
    _taken(state, body.lines)


def fold_credited(state: FlowState, body: CreditNoteIssued) -> None:
    case = state.cases[body.return_id]
    case.step, case.payable_minor = REFUNDING, body.payable_minor


def fold_requested(state: FlowState, body: RefundRequested) -> None:
    state.refunds.append(Asked(body.return_id, body.capture_id, body.amount_minor))


def fold_refunded(state: FlowState, body: RefundMade) -> None:
    asked = refund_of(state, body.return_id, body.capture_id)
    if asked is not None:
        asked.status = "done"


def fold_failed(state: FlowState, body: RefundFailed) -> None:
    asked = refund_of(state, body.return_id, body.capture_id)
    if asked is not None:
        asked.status = "failed"


def fold_card_credited(state: FlowState, body: GiftCardCredited) -> None:
    asked = refund_of(state, body.return_id, body.card_id)
    if asked is not None:
        asked.status = "done"


def fold_card_refused(state: FlowState, body: GiftCardRefused) -> None:
    asked = refund_of(state, body.return_id, body.card_id)
    if asked is not None:
        asked.status = "failed"


def fold_owed(state: FlowState, body: CreditOwed) -> None:
    case = state.cases.get(body.return_id)
    if case is not None:
        case.owed = (*case.owed, (body.category, body.exception_id))


def fold_closed(state: FlowState, body: CloseReturn) -> None:
    state.cases.pop(body.return_id, None)


CARD = "card "


def fold_card_cancelled(state: FlowState, body: GiftCardCancelled) -> None:
    case = Case(
        (), 0, REFUNDING, body.amount_minor, card_id=body.card_id, currency=body.currency, book=body.book
    )
    state.cases[case_of(body)] = case


def case_of(body: GiftCardCancelled) -> str:
    """In a return's place: the card, and how much had been taken back of it before."""
    return f"{CARD}{body.card_id} {body.effect_key}"
