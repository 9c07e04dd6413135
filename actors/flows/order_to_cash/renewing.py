"""An authorization that would expire before its order is shipped is made anew, in time.

Only an order that waits has a timer for it: one that is held, reviewed, waits for stock or is overdue at its warehouse.
The new authorization has an effect key of its own, over what is not captured; the old one is voided while it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contracts.decision import Decision
from contracts.ids import digest128, effect_key_of
from contracts.partners import (
    AuthorizePayment,
    ExceptionOpened,
    PaymentAuthorized,
    PaymentDeclined,
    VoidAuthorization,
)
from contracts.ports import DAY_MS
from contracts.renewals import AuthorizationExpired, RenewingAuthorization
from contracts.turn import Message
from contracts.worklist import EndException

from . import editing
from .aside import aside_of
from .shared import NAME, PAYMENTS, key_for, me
from .state import ASSESSING, AUTHORIZING, FULFILLING, RESERVING, REVIEWING, TAXING, FlowState, Held

TIMER = "authorization"
_EXPIRING = "authorization-expiring"
# So long before it expires an authorization is renewed, or a quarter of what it has left, if that is less.
LEAD_MS = DAY_MS
# Ordinals of their effects: apart from those of the order's own means of payment.
_RENEWALS = 1_000
_LATER_MS = 60_000
_WAITING = frozenset({REVIEWING, TAXING, RESERVING, FULFILLING})


def _exception_id(order_id: str, authorization_id: str) -> str:
    return "exc_" + digest128(_EXPIRING, order_id, authorization_id)


def due_ms(expires_ms: int, at: int) -> int:
    """When an authorization is to be renewed: not before now, not after it has expired."""
    return max(at, expires_ms - min(LEAD_MS, max(0, expires_ms - at) // 4))


def next_expiring(state: FlowState, held: Sequence[Held]) -> Held | None:
    """The authorization that expires first of those that hold something and can be renewed."""
    refused = state.aside.unrenewable if state.aside is not None else ()
    standing = [
        one for one in held if one.amount_minor and one.expires_ms and one.authorization_id not in refused
    ]
    return min(standing, key=lambda one: one.expires_ms, default=None)


def watch(
    decision: Decision, state: FlowState, order_id: str, at: int, held: Sequence[Held] | None = None
) -> None:
    """The order waits: be there before the first of its authorizations expires."""
    first = next_expiring(state, state.held if held is None else held)
    if first is not None:
        decision.set_timer(TIMER, order_id, due_ms(first.expires_ms, at))


def _is_renewing(state: FlowState) -> bool:
    return state.aside is not None and bool(state.aside.renewing)


def _ask(decision: Decision, state: FlowState, message: Message, held: Held) -> None:
    order = state.order
    assert order is not None
    payment = order.payments[held.payment]
    n = state.aside.renewals if state.aside is not None else 0
    decision.event(RenewingAuthorization(message.key, held.authorization_id))
    body = AuthorizePayment(
        message.key,
        key_for(message, "payments", "authorize", _RENEWALS + n),
        held.provider,
        payment.method,
        payment.token,
        held.amount_minor,
        order.currency,
    )
    decision.say(PAYMENTS, message.key, message.key, body, reply_to=me(message))


def due(state: FlowState, message: Message, at: int) -> Decision:
    """timer.authorization"""
    decision = Decision()
    if editing.at_stage(state, editing.AUTHORIZING):
        # One answer of the provider's at a time.
        decision.set_timer(TIMER, message.key, at + _LATER_MS)
    elif state.step in _WAITING and not _is_renewing(state):
        first = next_expiring(state, state.held)
        if first is not None:
            _ask(decision, state, message, first)
    return decision


def overdue(state: FlowState, message: Message, at: int) -> Decision:
    """fulfillment.overdue: the warehouse takes its time."""
    decision = Decision()
    if state.step == FULFILLING:
        decision.took(message)
        watch(decision, state, message.key, at)
    return decision


def expired(state: FlowState, message: Message, at: int) -> Decision:
    """payment.auth_expired: it was not renewed in time."""
    fact: AuthorizationExpired = message.body
    decision = Decision()
    held = next((one for one in state.held if one.authorization_id == fact.authorization_id), None)
    if state.step not in _WAITING or held is None or not held.amount_minor:
        return decision
    decision.took(message)
    if editing.at_stage(state, editing.AUTHORIZING):
        decision.set_timer(TIMER, message.key, at + _LATER_MS)
    elif not _is_renewing(state) and next_expiring(state, [held]) is not None:
        _ask(decision, state, message, held)
    return decision


def _void(decision: Decision, message: Message, provider: str, authorization_id: str) -> None:
    key = effect_key_of(message.tenant, "payments", f"void {authorization_id}", message.key, 0)
    void = VoidAuthorization(message.key, key, provider, authorization_id)
    decision.say(PAYMENTS, message.key, message.key, void)


def authorized(state: FlowState, message: Message, at: int) -> Decision:
    """The new one stands in the old one's place; where it is not needed any more, it is let go of."""
    fact: PaymentAuthorized = message.body
    decision = Decision()
    if state.step not in _WAITING or not _is_renewing(state):
        _void(decision, message, fact.provider, fact.authorization_id)
        return decision
    assert state.aside is not None
    decision.took(message)
    old = state.aside.renewing
    for one in state.held:
        if one.authorization_id == old and one.expires_ms > at:
            _void(decision, message, one.provider, old)
    watch(decision, state, message.key, at, replaced(state.held, old, fact))
    return decision


def declined(state: FlowState, message: Message, at: int) -> Decision:
    """The old one stands until it expires, and a person has to find another means of payment."""
    fact: PaymentDeclined = message.body
    decision = Decision()
    if state.step in _WAITING and _is_renewing(state):
        assert state.aside is not None
        decision.took(message)
        id_ = _exception_id(message.key, state.aside.renewing)
        detail = f"{state.aside.renewing}: {fact.reason}"
        decision.event(ExceptionOpened(id_, _EXPIRING, message.key, detail))
        others = [one for one in state.held if one.authorization_id != state.aside.renewing]
        watch(decision, state, message.key, at, others)
    return decision


def nobody_needs(decision: Decision, state: FlowState, order_id: str) -> None:
    """The order has its end: what could not be renewed is nobody's work any more."""
    decision.cancel_timer(TIMER)
    assert state.aside is not None
    for authorization_id in state.aside.unrenewable:
        id_ = _exception_id(order_id, authorization_id)
        end = EndException(id_, _EXPIRING, order_id, NAME, "no_action", "the order has its end")
        decision.say("exceptions", id_, order_id, end)


def replaced(held: Sequence[Held], old: str, fact: PaymentAuthorized) -> list[Held]:
    """The authorizations with a new one in an old one's place, for what was left of that."""
    return [
        msgspec.structs.replace(
            one,
            provider=fact.provider,
            authorization_id=fact.authorization_id,
            amount_minor=min(one.amount_minor, fact.amount_minor),
            expires_ms=fact.expires_at_ms,
        )
        if one.authorization_id == old
        else one
        for one in held
    ]


def fold_renewing(state: FlowState, body: RenewingAuthorization) -> None:
    aside = aside_of(state)
    aside.renewing = body.authorization_id
    aside.renewals += 1


def fold_authorized(state: FlowState, body: PaymentAuthorized) -> None:
    if editing.at_stage(state, editing.AUTHORIZING):
        editing.fold_authorized(state, body)
        return
    if state.step != AUTHORIZING:
        _fold_renewed(state, body)
        return
    n = len(state.held)
    state.held.append(Held(body.provider, body.authorization_id, body.amount_minor, body.expires_at_ms, n))
    if state.order is not None and n + 1 == len(state.order.payments):
        state.step = ASSESSING


def _fold_renewed(state: FlowState, body: PaymentAuthorized) -> None:
    aside = aside_of(state)
    state.held = replaced(state.held, aside.renewing, body)
    aside.renewing = ""


def fold_declined(state: FlowState, body: PaymentDeclined) -> None:
    if editing.at_stage(state, editing.AUTHORIZING):
        editing.forget(state)
        return
    aside = aside_of(state)
    aside.unrenewable += (aside.renewing,)
    aside.renewing = ""


def fold_expired(state: FlowState, body: AuthorizationExpired) -> None:
    for one in state.held:
        if one.authorization_id == body.authorization_id:
            one.expires_ms = 1


def fold_overdue(state: FlowState, body: object) -> None:
    aside_of(state)
