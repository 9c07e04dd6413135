"""What happened, read from the journal at each reader's own pace: nothing is buffered for anybody.

A cursor is the place of an event: commit group, turn in it, fact in that. It stays good as long as the journal does.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import trio

from actors.runtime.engine import Engine
from contracts.codec import decode_turn
from contracts.events import cloud_event, events_of, is_wanted
from contracts.ports import Journal
from contracts.turn import Turn

# Turns looked through for one page, or before others have their turn: a few milliseconds.
LOOKED_THROUGH = 1_000
STREAMS_AT_MOST = 200
_CURSOR = re.compile(r"(\d{1,15})\.(\d{1,6})\.(\d{1,6})")


class Cursor(NamedTuple):
    """Everything up to and with this event has been read; (group, -1, -1): nothing of that group has."""

    group: int
    turn: int
    fact: int

    def text(self) -> str:
        """As clients keep it; they are not to look into it."""
        plain = f"{self.group}.{self.turn + 1}.{self.fact + 1}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


START = Cursor(0, -1, -1)


class NoCursor(ValueError):
    """The text is no cursor of ours."""


class CursorExpired(LookupError):
    """The place is none of this journal: it was restored from an older state, or is another."""


def cursor_of(text: str) -> Cursor:
    """Raises NoCursor."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        raise NoCursor(text) from None
    found = _CURSOR.fullmatch(plain)
    if found is None:
        raise NoCursor(text)
    group, turn, fact = map(int, found.groups())
    return Cursor(group, turn - 1, fact - 1)


class Filter(NamedTuple):
    """What is asked for of a tenant's events: names (`order.accepted`) or domains (`order.*`) as `types`; none: all."""

    tenant: str
    types: tuple[str, ...] = ()
    subject: str | None = None

    def takes(self, turn: Turn, name: str) -> bool:
        """Whether a fact of a turn is asked for."""
        if turn.tenant != self.tenant or self.subject not in (None, turn.subject):
            return False
        return is_wanted(name, self.types)


class Read(NamedTuple):
    """Events with the cursor behind each; `after` is the place up to which was looked, `more` if not to the end."""

    events: list[tuple[Cursor, dict[str, Any]]]
    after: Cursor
    more: bool


class Feed:
    """Reads events, and says when there may be new ones."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        # Set, and replaced, by every commit: take it before reading, and wait for it after.
        self.changed = trio.Event()
        self.closing = trio.Event()
        self.streams = 0
        engine.watchers.append(self._committed)

    def _committed(self, turns: Sequence[Turn]) -> None:
        self.changed.set()
        self.changed = trio.Event()

    def close(self) -> None:
        """The process ends: streams say so, and end too."""
        self.closing.set()
        self.changed.set()

    def end(self) -> Cursor:
        """The place behind everything that is durable now."""
        return Cursor(self._engine.durable + 1, -1, -1)

    def check(self, cursor: Cursor) -> None:
        """Raises CursorExpired."""
        if cursor.group > self._engine.durable + 1:
            raise CursorExpired(cursor.text())

    def read(self, cursor: Cursor, wanted: Filter, limit: int) -> Read:
        """Up to `limit` events behind a cursor, from about a thousand turns at most."""
        events: list[tuple[Cursor, dict[str, Any]]] = []
        after, looked = cursor, 0
        for number, n, turn in self._turns(cursor):
            if looked >= LOOKED_THROUGH:
                return Read(events, after, True)
            looked += 1
            for place, type_, fact in events_of(turn):
                at = Cursor(number, n, place)
                if at <= cursor or not wanted.takes(turn, fact.type):
                    continue
                if len(events) == limit:
                    return Read(events, events[-1][0], True)
                events.append((at, cloud_event(turn, place, type_, fact)))
            after = Cursor(number, n, len(turn.events))
        return Read(events, after, False)

    def _turns(self, cursor: Cursor) -> Iterator[tuple[int, int, Turn]]:
        for number, group in self._journal.read(cursor.group):
            if number > self._engine.durable:
                return
            for n, data in enumerate(group):
                if number > cursor.group or n >= cursor.turn:
                    yield number, n, decode_turn(data)

    async def wait(self, changed: trio.Event, seconds: float) -> None:
        """Until that is set, or so long."""
        with trio.move_on_after(seconds):
            await changed.wait()
