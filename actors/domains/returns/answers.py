"""What clients are answered about returns: rendered once, with the turn that decides it."""

from __future__ import annotations

import msgspec

from contracts.platform import Answer

_JSON = ("content-type", "application/json")
_PROBLEM = ("content-type", "application/problem+json")

# Why a return is not taken: the status, and what the code says in words.
DENIALS: dict[str, tuple[int, str]] = {
    "not-found": (404, "Not found"),
    "not-shipped": (409, "Not shipped"),
    "unknown-line": (422, "Unknown line"),
    "over-return": (409, "More than was shipped"),
}


# What these are called where the goods were never to come.
REFUND_DENIALS: dict[str, tuple[int, str, str]] = {
    **{code: (status, code, title) for code, (status, title) in DENIALS.items()},
    "over-return": (422, "exceeds-refundable", "More than is left to refund"),
}


def done(return_id: str, status: str, trace: str, http_status: int = 201) -> Answer:
    """The return has got there."""
    body = msgspec.json.encode({"return_id": return_id, "status": status, "trace_id": trace})
    return Answer(http_status, (_JSON, ("location", f"/v1/returns/{return_id}")), body)


def problem(status: int, code: str, title: str, detail: str, instance: str, trace: str) -> Answer:
    """A problem+json answer (RFC 9457)."""
    body = msgspec.json.encode(
        {
            "type": f"urn:tidegate:problem:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": instance,
            "code": code,
            "trace_id": trace,
            "retryable": False,
            "errors": [],
        }
    )
    return Answer(status, (_PROBLEM,), body)
