"""The fraud screen: how far may an order be trusted?"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import below, hits
from .store import Store
from .system import KeptKeys, Operation, TwinSystem


class AssessRequest(Struct):
    """fraud/assessments."""

    order: str
    amount: Annotated[int, Meta(ge=0)]
    currency: str
    country: str
    source: str
    customer: str | None = None


class Assessment(Struct, frozen=True):
    """`decision` is approve, review or deny; `risk` 0..100."""

    order: str
    decision: str
    risk: int


class Fraud(TwinSystem):
    """Keeps effect keys. The same order has the same risk however often it is asked."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {"assessments": Operation(AssessRequest, self._assess, keyed=True)},
            KeptKeys(store, "fraud"),
        )
        self._config = config
        self._assessments = store.table("fraud.assessments", Assessment)

    def _assess(self, request: AssessRequest, key: str, now_ms: int) -> ForeignResponse:
        config = self._config
        spread = below(25, config.seed, "fraud:risk", request.order)
        if request.source == "tok_review":
            made = Assessment(request.order, "review", 50 + spread)
        elif hits(config.deny_bp, config.seed, "fraud:deny", request.order):
            made = Assessment(request.order, "deny", 76 + spread)
        else:
            made = Assessment(request.order, "approve", spread)
        self._assessments.put(str(len(self._assessments.rows) + 1), made)
        return ForeignResponse(200, {"decision": made.decision, "risk": made.risk})

    def books(self) -> dict[str, Any]:
        """{"assessments": [{"order", "decision", "risk"}]}"""
        return {"assessments": [structs.asdict(made) for made in self._assessments.rows.values()]}
