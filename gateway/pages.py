"""Lists, a page at a time: `limit`, an opaque `after`, and `Link: rel="next"` while there is more."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import trio
from quart import Response

from contracts.http import FieldError, time_of

from .asked import request
from .door import Gateway, json_response
from .problems import Problem

LIMIT, LIMIT_AT_MOST = 50, 200
TEXT_AT_MOST = 128
CATCH_UP_SECONDS = 2
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,32}")

T = TypeVar("T")


class Query:
    """The query parameters of a list, all of them known. Raises Problem 400 naming each that is wrong."""

    def __init__(self, *known: str, paged: bool = True, limited: bool = False) -> None:
        """`limited`: a `limit`, and an `after` of the caller's own."""
        errors: list[FieldError] = []
        names = (*known, "limit", "after") if paged else (*known, "limit") if limited else known
        for name in dict.fromkeys(request.args):
            values = request.args.getlist(name)
            if name not in names:
                errors.append(FieldError("", "unknown-parameter", f"known are {', '.join(names) or 'none'}"))
            elif len(values) > 1:
                errors.append(FieldError(f"/{name}", "given-twice", "give it once"))
            elif not values[0] or len(values[0]) > TEXT_AT_MOST:
                errors.append(FieldError(f"/{name}", "length", f"1 to {TEXT_AT_MOST} characters"))
        self.limit, self.after = LIMIT, 0
        if paged or limited:
            self.limit = self._limit(errors)
        if paged:
            self.after = self._after(errors)
        self.errors = errors

    def _limit(self, errors: list[FieldError]) -> int:
        text = request.args.get("limit", str(LIMIT))
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LIMIT_AT_MOST:
            return int(text[:9])
        errors.append(FieldError("/limit", "out-of-range", f"1 to {LIMIT_AT_MOST}"))
        return LIMIT

    def _after(self, errors: list[FieldError]) -> int:
        text = request.args.get("after")
        if text is None:
            return 0
        try:
            if _CURSOR.fullmatch(text) is None:
                raise ValueError(text)
            return int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii"))
        except (ValueError, binascii.Error):
            errors.append(
                FieldError("/after", "unknown-cursor", "give what the Link of the page before says")
            )
            return 0

    def text(self, name: str) -> str | None:
        """A parameter as it was given, or None."""
        return request.args.get(name)

    def one_of(self, name: str, known: Sequence[str]) -> str | None:
        """A parameter that has one of these values, or None."""
        value = request.args.get(name)
        if value is not None and value not in known:
            self.errors.append(FieldError(f"/{name}", "unknown-value", f"one of {', '.join(known)}"))
        return value

    def day(self, name: str) -> int | None:
        """A date (2026-05-17) as yyyymmdd, or None."""
        value = request.args.get(name)
        if value is None:
            return None
        if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", value) is None:
            self.errors.append(FieldError(f"/{name}", "not-a-date", "a date is written 2026-05-17"))
            return None
        return int(value.replace("-", ""))

    def link_to(self, after: str) -> str:
        """The Link to the page behind `after`."""
        given = {**request.args.to_dict(), "limit": str(self.limit), "after": after}
        asked = "&".join(f"{name}={quote(value)}" for name, value in given.items())
        return f'<{request.path}?{asked}>; rel="next"'

    def check(self) -> None:
        """Raises Problem 400 where anything was wrong."""
        if self.errors:
            raise Problem("invalid-parameter", "some query parameters are not valid", errors=self.errors)


def page(
    gateway: Gateway,
    query: Query,
    rows: Sequence[T],
    place: Callable[[T], int],
    show: Callable[[T], object],
    **beside: Any,
) -> Response:
    """A page of `rows`, of which one more than the limit was asked for; `place` is a row's place in the list."""
    return page_of(query, rows, place, show, as_of(gateway), **beside)


def page_of(
    query: Query,
    rows: Sequence[T],
    place: Callable[[T], int],
    show: Callable[[T], object],
    as_of: str,
    **beside: Any,
) -> Response:
    """A page of what was read from somewhere else than the lists, as of an instant."""
    shown = rows[: query.limit]
    told = {**beside, "as_of": as_of, "items": [show(row) for row in shown]}
    response = json_response(200, told)
    if len(rows) > query.limit:
        response.headers["link"] = query.link_to(_cursor(place(shown[-1])))
    return response


def as_of(gateway: Gateway) -> str:
    """Up to when lists know everything. Raises Problem 503 where this gateway keeps none."""
    return time_of(store_of(gateway).as_of_ms(gateway.system.engine.now()))


async def caught_up(gateway: Gateway) -> None:
    """Wait a moment for the lists to know everything that was committed by now."""
    store, engine = store_of(gateway), gateway.system.engine
    asked_ms = engine.now()
    with trio.move_on_after(CATCH_UP_SECONDS):
        while store.as_of_ms(engine.now()) < asked_ms:
            await trio.sleep(CATCH_UP_SECONDS / 100)


def store_of(gateway: Gateway) -> Any:
    """The lists. Raises Problem 503 where this gateway keeps none."""
    if gateway.system.views is None:
        raise Problem("no-lists", "this gateway keeps no lists", status=503)
    return gateway.system.views


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")
