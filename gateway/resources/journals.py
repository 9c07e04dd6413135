"""/v1/journals and /v1/periods: entries by two persons, and the close. Who asks is who their API key says."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct
from quart import Response

from actors.domains.finance.model import BookState, Journal, status_of
from contracts.entities import ENTITY_OF_BOOK
from contracts.finance import Entry
from contracts.http import FieldError
from contracts.http_answers_money import (
    JournalAnswer,
    JournalAsked,
    JournalsAnswer,
    PeriodAsked,
    PeriodsAnswer,
)
from contracts.http_approvals import ApprovalAsked
from contracts.http_desks import ApprovalSubmission, JournalSubmission, ReasonSubmission
from contracts.ledger import (
    ApproveJournal,
    ClosePeriod,
    ProposeJournal,
    RejectJournal,
    ReopenPeriod,
    SoftClosePeriod,
    WithdrawJournal,
)
from contracts.machines import JOURNAL, PERIOD
from contracts.retention import kept_until

from ..admission import Principal, idempotency_key
from ..approving import submit_or_ask
from ..asked import request
from ..bodies import read, read_body, read_contract
from ..described import Param, refusals
from ..door import Gateway, Route, call_of, json_response, submitted
from ..pages import Query
from ..problems import Problem

_PERIOD_COMMANDS: dict[str, type[Struct]] = {
    "soft-close": SoftClosePeriod,
    "close": ClosePeriod,
    "reopen": ReopenPeriod,
}
# What one person alone does not do, and as what it is asked for.
_TWO_PERSONS = {"close": "period-close", "reopen": "period-reopen"}


async def propose(gateway: Gateway, principal: Principal) -> Response:
    """Write a journal: 201; it is posted once another person has approved it."""
    idempotency_key(request)
    body = await read_body(request)
    asked, tree, errors = read_contract(body, JournalSubmission)
    if isinstance(tree, dict) and isinstance(tree.get("book"), str) and tree["book"] not in ENTITY_OF_BOOK:
        errors.append(FieldError("/book", "unknown-book", f"known are {', '.join(ENTITY_OF_BOOK)}"))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    command = ProposeJournal(
        asked.book,
        asked.journal_id,
        principal.client_id,
        asked.reason,
        asked.currency or "",
        tuple([Entry(one.account, one.side, one.amount_minor) for one in asked.entries]),
        int(asked.day.replace("-", "")) if asked.day else 0,
        asked.reverses or "",
        asked.order_id or "",
    )
    return await _say(gateway, principal, "/v1/journals", body, asked.book, command)


async def decide(gateway: Gateway, principal: Principal, journal_id: str) -> Response:
    """The second person approves, and it is posted, or sends it back. 403 for whoever wrote it."""
    book, name = _parts(journal_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ApprovalSubmission)
    kind = ApproveJournal if asked.decision == "approve" else RejectJournal
    command = kind(book, name, principal.client_id, asked.reason)
    return await _say(gateway, principal, "/v1/journals/{journal_id}/approval", body, book, command)


async def withdraw(gateway: Gateway, principal: Principal, journal_id: str) -> Response:
    """The maker takes it back."""
    book, name = _parts(journal_id)
    idempotency_key(request)
    body = await read_body(request)
    command = WithdrawJournal(book, name, principal.client_id, read(body, ReasonSubmission).reason)
    return await _say(gateway, principal, "/v1/journals/{journal_id}/withdrawal", body, book, command)


async def look(gateway: Gateway, principal: Principal, journal_id: str) -> Response:
    """A journal: who wrote it and why, how it stands, and how long it is kept. Those of long-closed periods stand
    in the ledger alone.
    """
    book, name = _parts(journal_id)

    def render(state: BookState, _: int) -> dict[str, Any] | None:
        known = state.journals.get(name)
        return None if known is None else _shown(book, name, known)

    found = await gateway.system.read("finance", book, render)
    if found is None:
        raise Problem("not-found", "there is no such journal")
    return json_response(200, found)


def _shown(book: str, name: str, journal: Journal) -> dict[str, Any]:
    return {
        "journal_id": f"{book}:{name}",
        **msgspec.to_builtins(journal),
        "entries": [
            {"account": one.account, "side": one.side, "amount_minor": one.amount_minor}
            for one in journal.entries
        ],
        "kept_until": kept_until(journal.day, ENTITY_OF_BOOK[book]),
    }


async def waiting(gateway: Gateway, principal: Principal) -> Response:
    """Journals of a book that wait for a second person."""
    book = _book_asked_for()

    def render(state: BookState, _: int) -> list[dict[str, Any]]:
        return [_shown(book, name, one) for name, one in state.journals.items() if one.status == "proposed"]

    return json_response(200, {"items": await gateway.system.read("finance", book, render) or []})


async def periods(gateway: Gateway, principal: Principal) -> Response:
    """How the periods of a book stand: what is closed up to when, and each later one that was posted to."""
    book = _book_asked_for()

    def render(state: BookState, _: int) -> dict[str, Any]:
        later = sorted({*state.used, *state.soft_closed})
        return {
            "book": book,
            "closed_through": state.closed_through or None,
            "items": [{"period": period, "status": status_of(state, period)} for period in later],
        }

    found = await gateway.system.read("finance", book, render)
    return json_response(200, found or {"book": book, "closed_through": None, "items": []})


async def move(gateway: Gateway, principal: Principal, period_id: str, step: str) -> Response:
    """Soft-close a period: 200; close or reopen one: 202, a second person approves it. 409 says what is against it."""
    book, name = _parts(period_id)
    if step not in _PERIOD_COMMANDS or not (name.isascii() and name.isdigit() and len(name) == 6):
        raise Problem("not-found", "there is no such period, or nothing of that name is done to one")
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ReasonSubmission)
    command = _PERIOD_COMMANDS[step](book, int(name), principal.client_id, asked.reason)
    route = f"/v1/periods/{{period_id}}/{step}"
    if step not in _TWO_PERSONS:
        return await _say(gateway, principal, route, body, book, command)
    call = call_of(principal, route, body, to="finance", key=book, command=command, sheddable=False)
    return await submit_or_ask(
        gateway, principal.client_id, call, _TWO_PERSONS[step], subject=period_id, reason=asked.reason
    )


def _parts(id_: str) -> tuple[str, str]:
    """A book and what of it, from `book:name`. Raises Problem 404."""
    book, _, name = id_.partition(":")
    if book not in ENTITY_OF_BOOK or not name:
        raise Problem("not-found", "it is named by its book and its own name: GB01:202605")
    return book, name


def _book_asked_for() -> str:
    query = Query("book", paged=False)
    book = query.one_of("book", sorted(ENTITY_OF_BOOK))
    if book is None and not query.errors:
        query.errors.append(FieldError("/book", "required", f"one of {', '.join(ENTITY_OF_BOOK)}"))
    query.check()
    assert book is not None
    return book


async def _say(
    gateway: Gateway, principal: Principal, route: str, body: bytes, book: str, command: Struct
) -> Response:
    return await submitted(gateway, principal, route, body, to="finance", key=book, command=command)


_BOOK = (Param("book", Literal[tuple(sorted(ENTITY_OF_BOOK))], "whose", required=True),)

ROUTES = (
    Route(
        "POST", "/v1/journals", "finance:journals", propose, owner="finance", body=JournalSubmission, needs="K",
        answers={201: JournalAsked}, gives=("location",),
        problems=(
            *refusals(JOURNAL, "propose", "reverse"), *refusals(PERIOD, "adjust"), "422 unbalanced", "422 invalid",
        ),
    ),
    Route("GET", "/v1/journals", "finance:read", waiting, owner="finance", query=_BOOK, answers={200: JournalsAnswer}),
    Route("GET", "/v1/journals/<journal_id>", "finance:read", look, owner="finance", answers={200: JournalAnswer}),
    Route(
        "POST", "/v1/journals/<journal_id>/approval", "finance:approve", decide, owner="finance", needs="K",
        body=ApprovalSubmission, answers={200: JournalAsked},
        problems=(
            *refusals(JOURNAL, "approve", "reject", "reverse"), *refusals(PERIOD, "adjust"), "403 self-approval",
            "422 invalid",
        ),
    ),
    Route(
        "POST", "/v1/journals/<journal_id>/withdrawal", "finance:journals", withdraw, owner="finance", needs="K",
        body=ReasonSubmission, answers={200: JournalAsked},
        problems=(*refusals(JOURNAL, "withdraw"), "409 not-the-maker", "422 invalid"),
    ),
    Route("GET", "/v1/periods", "finance:read", periods, owner="finance", query=_BOOK, answers={200: PeriodsAnswer}),
    Route(
        "POST", "/v1/periods/<period_id>/<step>", "finance:close", move, owner="finance", body=ReasonSubmission,
        needs="K", answers={200: PeriodAsked, 202: ApprovalAsked}, gives=("location",), is_async=True,
        problems=(
            *refusals(PERIOD, "soft_close", "close", "reopen"), "409 period-blocked",
            "422 invalid",
        ),
    ),
)  # fmt: skip
