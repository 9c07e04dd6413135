"""The payment provider's dialect."""

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

from .connector import Dialect, outcome_by_status


def _authorization(command: AuthorizePayment) -> dict[str, Any]:
    return {
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "source": command.token,
        "reference": command.order_id,
    }


def _void(command: VoidAuthorization) -> dict[str, Any]:
    return {"authorization": command.authorization_id, "reference": command.order_id}


def _capture(command: CapturePayment) -> dict[str, Any]:
    return {
        "authorization": command.authorization_id,
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "reference": command.order_id,
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
    )


PAYMENTS = Dialect(
    "payments",
    {"payments.authorize": _authorization, "payments.void": _void, "payments.capture": _capture},
    {"payments.authorize": _authorized, "payments.void": _voided, "payments.capture": _captured},
    outcome_by_status,
    {},
    frozenset({"payments.void"}),
)
