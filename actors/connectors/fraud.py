"""The fraud service's dialect, and its feed of what its reviewers have decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from contracts.holds import ACCEPT, REJECT, ReviewOrder
from contracts.outcomes import OK
from contracts.partners import AssessFraud, FraudAssessed

from .connector import Dialect, outcome_by_status
from .feed import FeedDialect, FeedRecord

_DECISIONS = {"approve": "accept", "review": "review", "deny": "reject"}


def _assessment(command: AssessFraud) -> dict[str, Any]:
    return {
        "order": command.order_id,
        "amount": command.amount_minor,
        "currency": command.currency.lower(),
        "country": command.country,
        "customer": command.customer_id,
        "source": command.token,
    }


def _assessed(command: AssessFraud, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        # What the service will not judge, a person does.
        return FraudAssessed(command.order_id, "review", 50)
    return FraudAssessed(command.order_id, _DECISIONS.get(answer["decision"], "review"), answer["risk"])


FRAUD = Dialect("fraud", {"fraud.assess": _assessment}, {"fraud.assess": _assessed}, outcome_by_status, {})


_REVIEWED = {"approve": ACCEPT, "deny": REJECT}


def _reviewed(record: Mapping[str, Any]) -> FeedRecord:
    order_id = record["order"]
    command = ReviewOrder(order_id, _REVIEWED[record["decision"]], "the fraud service's reviewers")
    return FeedRecord(record["n"], f"review:{order_id}", "orders", order_id, order_id, command)


REVIEWS = FeedDialect("fraud", "decisions", _reviewed, slower=2)
