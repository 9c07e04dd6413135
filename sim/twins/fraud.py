"""The fraud screen: how far may an order be trusted? What it leaves open its reviewers decide, and tell by a feed."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
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


class Review(Struct, frozen=True):
    """A reviewer's `decision`, approve or deny, told at `due_ms`; record `n` of the feed from then on, 0 before."""

    order: str
    decision: str
    due_ms: int
    n: int = 0


class DecisionsRequest(Struct):
    """fraud/decisions: the records behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class Fraud(TwinSystem):
    """Keeps effect keys. The same order has the same risk however often it is asked."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "assessments": Operation(AssessRequest, self._assess, keyed=True),
                "decisions": Operation(DecisionsRequest, self._feed),
            },
            KeptKeys(store, "fraud"),
        )
        self._config = config
        self._assessments = store.table("fraud.assessments", Assessment)
        self._reviews = store.table("fraud.reviews", Review)
        rows = self._reviews.rows.values()
        self._told = sorted((row for row in rows if row.n), key=lambda row: row.n)
        self._due = [(row.due_ms, row.order) for row in rows if not row.n]
        heapify(self._due)

    def _assess(self, request: AssessRequest, key: str, now_ms: int) -> ForeignResponse:
        config = self._config
        spread = below(25, config.seed, "fraud:risk", request.order)
        drawn = hits(config.review_bp, config.seed, "fraud:review", request.order)
        if request.source == "tok_review" or drawn:
            made = Assessment(request.order, "review", 50 + spread)
        elif hits(config.deny_bp, config.seed, "fraud:deny", request.order):
            made = Assessment(request.order, "deny", 76 + spread)
        else:
            made = Assessment(request.order, "approve", spread)
        self._assessments.put(str(len(self._assessments.rows) + 1), made)
        if made.decision == "review" and config.review_max_ms:
            self._give_to_a_reviewer(request.order, now_ms)
        return ForeignResponse(200, {"decision": made.decision, "risk": made.risk})

    def _give_to_a_reviewer(self, order: str, now_ms: int) -> None:
        config = self._config
        spread = config.review_max_ms - config.review_min_ms + 1
        due_ms = now_ms + config.review_min_ms + below(spread, config.seed, "fraud:reviewer", order)
        denied = hits(config.review_reject_bp, config.seed, "fraud:reviewed", order)
        if order not in self._reviews.rows:
            self._reviews.put(order, Review(order, "deny" if denied else "approve", due_ms))
            heappush(self._due, (due_ms, order))

    def advance(self, now_ms: int) -> None:
        """Decisions that are due are told."""
        while self._due and self._due[0][0] <= now_ms:
            _, order = heappop(self._due)
            told = structs.replace(self._reviews.rows[order], n=len(self._told) + 1)
            self._reviews.put(order, told)
            self._told.append(told)

    def waiting(self) -> int:
        """Reviews not decided yet."""
        return len(self._due)

    def _feed(self, request: DecisionsRequest, key: str, now_ms: int) -> ForeignResponse:
        page = self._told[request.after : request.after + request.limit]
        records = [{"n": row.n, "order": row.order, "decision": row.decision} for row in page]
        return ForeignResponse(200, {"records": records, "last": request.after + len(records)})

    def books(self) -> dict[str, Any]:
        """{"assessments": [{"order", "decision", "risk"}]}"""
        return {"assessments": [structs.asdict(made) for made in self._assessments.rows.values()]}
