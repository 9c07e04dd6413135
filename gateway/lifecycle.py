"""Contracts that have been changed: the old one beside the new, until when it is taken, and who still sends it.

A deprecated contract is read, carried over into its successor and answered with `Deprecation` (RFC 9745), `Sunset`
(RFC 8594) and a link to what to send instead; its use is counted by client. A retired one is 410.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct

from contracts.http import CancellationSubmission
from contracts.http_cancellations import CancellationAsked, upcast

from .admission import Principal
from .asked import asked, request
from .bodies import parse_json, read, read_if_any
from .problems import Problem

N = TypeVar("N", bound=Struct)
DEPRECATED, RETIRED = "deprecated", "retired"


class Changed(NamedTuple):
    """A row: a contract's old form. `told_by` are fields that only the old one has: a body with one of them is it."""

    name: str
    old: type[Struct]
    new: type[Struct]
    told_by: tuple[str, ...]
    upcast: Callable[[Any], Any]
    state: str
    deprecated_at: datetime
    sunset_at: datetime
    instead: str


CHANGED: tuple[Changed, ...] = (
    Changed(
        "cancellation@1", CancellationSubmission, CancellationAsked, ("reason",), upcast, DEPRECATED,
        datetime(2026, 11, 24, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC),
        "send `cause` and `note` in the place of `reason`",
    ),
)  # fmt: skip
_BY_NEW = {row.new: row for row in CHANGED}


def told(row: Changed) -> list[tuple[str, str]]:
    """The headers of every answer to an old contract."""
    return [
        ("deprecation", f"@{int(row.deprecated_at.timestamp())}"),
        ("sunset", format_datetime(row.sunset_at, usegmt=True)),
        ("link", '</v1/deprecations>; rel="deprecation"; type="application/json"'),
    ]


async def read_newest(gateway: Any, principal: Principal, contract: type[N]) -> tuple[bytes, N]:
    """The body and what it says in the newest contract, whichever it was sent in; none at all says its defaults.

    Raises Problem 410 for a retired contract, and what reading a body does.
    """
    body = await read_if_any(request)
    if not body:
        return body, contract()
    row, tree = _BY_NEW[contract], parse_json(body)
    if not isinstance(tree, dict) or not any(name in tree for name in row.told_by):
        return body, read(body, contract)
    if any(name in tree for name in row.new.__struct_fields__):
        # Of both: the new contract says what is wrong with it.
        return body, read(body, contract)
    asked().told += told(row)
    if row.state == RETIRED:
        raise Problem("contract-retired", f"{row.name} is no longer taken: {row.instead}")
    gateway.admission.access.uses.count(row.name, principal.client_id)
    newest: N = row.upcast(read(body, row.old))
    return body, newest
