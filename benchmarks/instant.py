"""Foreign systems that answer at once and keep no books: what is measured is Tidegate, not its partners."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from contracts.ports import ForeignRequest, ForeignResponse

_FAR_MS = 1 << 42


def _nothing_new(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 200, {"records": [], "last": body["after"]}


class InstantForeign:
    """Approves everything; ships what is released by the next poll."""

    def __init__(self) -> None:
        self._n = 0
        self._ships = 0
        self._shipped: deque[dict[str, Any]] = deque()
        self._answers: dict[str, Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]] = {
            "authorizations": self._authorize,
            "captures": self._capture,
            "assessments": lambda body: (200, {"decision": "approve", "risk": 1}),
            "quotes": self._quote,
            "commits": lambda body: (200, {"doc": body["doc"], "status": "committed", "tax": body["tax"]}),
            "sales_orders": lambda body: (201, {"doc_no": self._id("SO")}),
            "shipping_orders": self._ship,
            "confirmations": self._confirmations,
            **dict.fromkeys(("receipts", "acknowledgments", "ship_notices", "invoices"), _nothing_new),
        }

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Answer without waiting."""
        answer = self._answers.get(request.operation)
        if answer is None:
            # A feed that has nothing to tell: the flow measured needs none of the others.
            return ForeignResponse(200, {"records": [], "last": 0})
        status, body = answer(request.body)
        return ForeignResponse(status, body)

    def _id(self, prefix: str) -> str:
        self._n += 1
        return f"{prefix}-{self._n}"

    def _authorize(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, {
            "id": self._id("pi"),
            "status": "requires_capture",
            "amount": body["amount"],
            "currency": body["currency"],
            "expires_at": _FAR_MS,
        }

    def _capture(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, {"id": self._id("ch"), "status": "succeeded", "amount": body["amount"]}

    def _quote(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        items = [{"id": item["id"], "tax": item["amount"] // 6} for item in body["items"]]
        return 200, {"doc": self._id("tax"), "zone": "GB", "items": items, "shipping_tax": 0}

    def _ship(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._ships += 1
        self._shipped.append(
            {
                "n": self._ships,
                "depositor_order": body["depositor_order"],
                "ref": body["ref"],
                "shipment": self._id("SH"),
                "tracking": "T",
                "shipped_at": 1,
            }
        )
        return 202, {"accepted": True}

    def _confirmations(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        # What is asked for by a later number has been taken, and is forgotten.
        while self._shipped and self._shipped[0]["n"] <= body["after"]:
            self._shipped.popleft()
        return 200, {"records": list(islice(self._shipped, body["limit"])), "last": self._ships}
