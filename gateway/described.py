"""What a row of the route table says of itself for others to read: the specification is made of it.

A problem is written with its status (`409 duplicate-order`). Those that every route of a kind may raise are not written
out: `problems_of` adds them by what the route asks for (a key, a body, parameters).
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from contracts.states import Machine

from .audit import is_audited

Day = Annotated[str, Meta(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
PageLimit = Annotated[int, Meta(ge=1, le=200)]
Text = Annotated[str, Meta(min_length=1, max_length=128)]
SkuList = Annotated[str, Meta(min_length=1)]

# Who answers for a route: a domain, or the platform that all of them stand on.
OWNERS = (
    "orders",
    "customers",
    "inventory",
    "pricing",
    "purchasing",
    "finance",
    "returns",
    "stores",
    "platform",
)


class Param(NamedTuple):
    """A query parameter: its type as msgspec knows it, and what it means."""

    name: str
    kind: Any = Text
    about: str = ""
    required: bool = False


class Lifecycle(NamedTuple):
    """How long a route is there: `preview`, `active`, `deprecated` or `retired`. Days are 2026-05-17."""

    state: str = "active"
    deprecated_on: str = ""
    sunset_on: str = ""
    successor: str = ""


ACTIVE = Lifecycle()

_ANYBODY = ("500 internal-error", "400 bad-request")
_ADMITTED = ("503 temporary-reduced-capacity", "406 not-acceptable")
# 404: also to whoever asks from another tenant for what is not theirs.
_KNOWN = ("401 unauthenticated", "403 insufficient-scope", "404 not-found", "429 quota-exceeded")
_BODY = (
    "400 malformed-json", "400 malformed-encoding", "400 duplicate-key", "400 too-deep", "400 truncated-body",
    "408 body-timeout", "413 body-too-large", "415 unsupported-media-type", "422 invalid-body",
    "422 card-data-refused",
)  # fmt: skip
_KEYED = (
    "400 idempotency-key-missing", "400 idempotency-key-invalid", "409 request-in-flight", "422 idempotency-key-reused",
    "503 draining", "503 answer-late",
)  # fmt: skip
_PAGED = ("503 no-lists",)


def refusals(machine: Machine, *commands: str) -> tuple[str, ...]:
    """The problems that a machine's table has for these commands."""
    codes = dict.fromkeys(
        code
        for state in machine.rows
        for command in commands
        if (code := machine.refusal(state, command)) is not None
    )
    return tuple(f"{404 if _is_unknown(code) else 409} {code}" for code in codes)


def _is_unknown(code: str) -> bool:
    return code.endswith("-not-found") or code.startswith("unknown-")


def problems_of(route: Any) -> dict[int, tuple[str, ...]]:
    """Every code that a route may answer with, by status."""
    listed = [*_ANYBODY]
    listed += () if route.is_probe else _ADMITTED
    listed += () if route.scope is None else _KNOWN
    listed += () if route.body is None else _BODY
    listed += _KEYED if "k" in route.needs.lower() else ()
    listed += ("412 precondition-failed", "428 precondition-required") if "M" in route.needs else ()
    listed += ("400 invalid-parameter",) if route.query or route.paged else ()
    listed += _PAGED if route.paged else ()
    listed += (
        ("503 no-audit",) if route.method == "GET" and is_audited("GET", route.path, route.scope) else ()
    )
    found: dict[int, dict[str, None]] = {}
    for one in (*listed, *route.problems):
        status, _, code = one.partition(" ")
        found.setdefault(int(status), {})[code] = None
    return {status: tuple(codes) for status, codes in sorted(found.items())}
