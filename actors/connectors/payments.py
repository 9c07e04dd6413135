"""The payment provider's dialect. What it tells by itself is read in `provider.py`."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts.outcomes import OK
from contracts.partners import (
    AuthorizationVoided,
    AuthorizePayment,
    CaptureFailed,
    CapturePayment,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    VoidAuthorization,
)
from contracts.refunds import RefundFailed, RefundMade, RefundPayment, RefundPending

from .connector import Dialect, outcome_by_status
from .provider import FOLDS, HANDLERS, ProviderState, is_news, settled_of


def _authorization(command: AuthorizePayment) -> dict[str, Any]:
    return {
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "source": command.token,
        "reference": command.order_id,
        "account": command.provider,
    }


def _void(command: VoidAuthorization) -> dict[str, Any]:
    return {"authorization": command.authorization_id, "reference": command.order_id}


def _capture(command: CapturePayment) -> dict[str, Any]:
    body = {
        "authorization": command.authorization_id,
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "reference": command.order_id,
    }
    # Listed with the capture, so that what is lost here can be read there.
    return {**body, "note": command.purpose} if command.purpose else body


def _refund(command: RefundPayment) -> dict[str, Any]:
    return {
        "charge": command.capture_id,
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "reference": command.order_id,
        "note": command.return_id,
    }


def _code(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    return str(error.get("code", "refused")) if isinstance(error, dict) else "refused"


def _authorized(command: AuthorizePayment, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return PaymentDeclined(command.order_id, command.provider, _code(answer))
    return PaymentAuthorized(
        command.order_id,
        command.provider,
        answer["id"],
        answer["amount"],
        command.currency,
        answer["expires_at"],
    )


def _voided(command: VoidAuthorization, outcome: str, answer: dict[str, Any]) -> Struct | None:
    if outcome != OK:
        return None
    return AuthorizationVoided(command.order_id, command.provider, command.authorization_id)


def _captured(command: CapturePayment, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return CaptureFailed(command.order_id, command.provider, command.authorization_id, _code(answer))
    return PaymentCaptured(
        command.order_id,
        command.provider,
        answer["id"],
        command.authorization_id,
        answer["amount"],
        command.currency,
        command.book,
        *settled_of(answer),
        purpose=command.purpose,
    )


def _refunded(command: RefundPayment, outcome: str, answer: dict[str, Any]) -> Struct:
    def failed(refund_id: str, reason: str) -> Struct:
        return RefundFailed(
            command.order_id,
            command.provider,
            refund_id,
            command.capture_id,
            command.amount_minor,
            command.currency,
            command.book,
            command.return_id,
            reason,
        )

    if outcome != OK:
        return failed("", _code(answer))
    if answer["status"] == "failed":
        return failed(answer["id"], str(answer.get("reason", "failed")))
    made = RefundMade if answer["status"] == "succeeded" else RefundPending
    return made(
        command.order_id,
        command.provider,
        answer["id"],
        command.capture_id,
        answer["amount"],
        command.currency,
        command.book,
        command.return_id,
        *settled_of(answer),
    )


PAYMENTS = Dialect(
    "payments",
    {
        "payments.authorize": _authorization,
        "payments.void": _void,
        "payments.capture": _capture,
        "payments.refund": _refund,
    },
    {
        "payments.authorize": _authorized,
        "payments.void": _voided,
        "payments.capture": _captured,
        "payments.refund": _refunded,
    },
    outcome_by_status,
    {},
    frozenset({"payments.void"}),
    ProviderState,
    HANDLERS,
    FOLDS,
    is_news,
)
