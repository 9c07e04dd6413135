"""Problem details (RFC 9457): every refusal that leaves this door, with the same nine members.

Problem                a refusal as a value; raise it anywhere in a handler
├── from a code here   TITLES names every code of the gateway with its status
└── of a RuntimeRefusal  what the runtime refused keeps its own status and code (actors.runtime.errors)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from actors.runtime.errors import RuntimeRefusal
from contracts.http import FieldError

CONTENT_TYPE = "application/problem+json"
# What one answer lists; a body may hold more mistakes than anybody reads.
ERRORS_AT_MOST = 1_000

# code -> (status, title). A code is for programs and never changes; the title is for people.
TITLES: dict[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is not JSON"),
    "malformed-encoding": (400, "The body is not UTF-8"),
    "duplicate-key": (400, "A key stands twice in an object"),
    "too-deep": (400, "The body is nested too deeply"),
    "truncated-body": (400, "The body ended early"),
    "idempotency-key-missing": (400, "Idempotency-Key is missing"),
    "idempotency-key-invalid": (400, "Idempotency-Key is not valid"),
    "invalid-parameter": (400, "A query parameter is not valid"),
    "bad-request": (400, "The request is not valid"),
    "stale-timestamp": (400, "Signed too long ago"),
    "not-an-event": (400, "Not a CloudEvent"),
    "unauthenticated": (401, "Not authenticated"),
    "wrong-signature": (401, "The signature is wrong"),
    "insufficient-scope": (403, "The key lacks a scope"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "not-acceptable": (406, "No acceptable representation"),
    "body-timeout": (408, "The body came too slowly"),
    "request-in-flight": (409, "The first request is in flight"),
    "duplicate-order": (409, "Duplicate order"),
    "not-cancellable": (409, "Not cancellable"),
    "duplicate-return": (409, "Duplicate return"),
    "not-a-guest": (409, "Not a guest"),
    "customer-not-found": (404, "Customer not found"),
    "not-shipped": (409, "Not shipped"),
    "over-return": (409, "More than was shipped"),
    "return-closed": (409, "Return closed"),
    "not-received": (409, "Not received"),
    "incompatible": (409, "Incompatible"),
    "exception-not-found": (404, "Exception not found"),
    "claimed-by-other": (409, "Claimed by somebody else"),
    "already-imported": (409, "Already imported"),
    "exceeds-refundable": (422, "More than is left to refund"),
    "control-total-mismatch": (422, "The control total is wrong"),
    "settlement-file-refused": (422, "The file cannot be meant so"),
    "not-in-suspense": (404, "Not in suspense"),
    "being-resolved": (409, "Being resolved"),
    "gift-card-not-found": (404, "Gift card not found"),
    "gift-card-used": (409, "Gift card used"),
    "insufficient-stock": (409, "Insufficient stock"),
    "stale-quantity": (409, "The quantity is stale"),
    "count-under-way": (409, "A count is under way"),
    "stock-move-refused": (409, "Cannot be moved"),
    "duplicate-transfer": (409, "Duplicate transfer"),
    "transfer-not-found": (404, "Transfer not found"),
    "over-receipt": (409, "More than may come"),
    "duplicate-reservation": (409, "Duplicate reservation"),
    "reservation-gone": (410, "Held no more"),
    "customer-exists": (409, "Customer exists"),
    "duplicate-export": (409, "Duplicate export"),
    "export-running": (409, "The export is not whole yet"),
    "duplicate-control-number": (409, "Duplicate control number"),
    "illegal-transition": (409, "Not in this state"),
    "over-ship": (409, "More than is to be shipped"),
    "duplicate-shipment": (409, "Duplicate shipment"),
    "webhook-endpoint-not-found": (404, "Webhook endpoint not found"),
    "webhook-endpoint-disabled": (409, "Webhook endpoint disabled"),
    "too-many-endpoints": (409, "Too many endpoints"),
    "forbidden-url": (422, "Forbidden URL"),
    "unpriceable": (422, "Unpriceable"),
    "unknown-line": (422, "Unknown line"),
    "inspection-differs": (422, "Inspection differs"),
    "contract-retired": (410, "The contract is retired"),
    "cursor-expired": (410, "The cursor is no longer good"),
    "precondition-failed": (412, "It has changed meanwhile"),
    "precondition-required": (428, "A precondition is required"),
    "body-too-large": (413, "The body is too large"),
    "command-too-large": (413, "The order is too large"),
    "unsupported-media-type": (415, "Unsupported media type"),
    "invalid-body": (422, "The body is not valid"),
    "too-many-lines": (422, "Too many lines"),
    "card-data-refused": (422, "Card data is refused"),
    "test-value-refused": (422, "Test values are refused"),
    "quota-exceeded": (429, "Quota exceeded"),
    "self-approval": (403, "Somebody else has to approve it"),
    "more-than-yours": (403, "A key gives nobody more than it may itself"),
    "made-before": (409, "It was made before"),
    "idempotency-key-reused": (422, "The idempotency key was used before"),
    "internal-error": (500, "Internal error"),
    "temporary-reduced-capacity": (503, "Reduced capacity"),
    "draining": (503, "Draining"),
    "no-lists": (503, "No lists"),
    "no-audit": (503, "No audit"),
    "answer-late": (503, "The answer is late"),
}


class Problem(Exception):
    """A refusal. `errors` names bad fields; `headers` go with the answer."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        errors: Sequence[FieldError] = (),
        retryable: bool = False,
        retry_after_ms: int | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        super().__init__(code)
        known_status, self.title = TITLES.get(code, (400, code.replace("-", " ").capitalize()))
        self.code = code
        self.detail = detail
        self.status = known_status if status is None else status
        self.errors = errors
        self.retryable = retryable
        self.headers = list(headers)
        if retry_after_ms is not None:
            self.headers.append(("retry-after", str(-(-retry_after_ms // 1000))))

    @classmethod
    def of(cls, refusal: RuntimeRefusal) -> Problem:
        """The runtime's refusal, told over HTTP."""
        return cls(
            refusal.code,
            refusal.detail,
            status=refusal.status,
            retryable=refusal.retryable,
            retry_after_ms=refusal.retry_after_ms,
        )

    def body(self, instance: str, trace_id: str) -> bytes:
        """All nine members as JSON; `instance` is the path that was asked for."""
        listed = list(self.errors[:ERRORS_AT_MOST])
        beyond = len(self.errors) - len(listed)
        if beyond:
            listed.append(FieldError("", "and-more", f"{beyond} more errors are not listed"))
        return msgspec.json.encode(
            {
                "type": f"urn:tidegate:problem:{self.code}",
                "title": self.title,
                "status": self.status,
                "detail": self.detail,
                "instance": instance,
                "code": self.code,
                "trace_id": trace_id,
                "retryable": self.retryable,
                "errors": listed,
            }
        )
