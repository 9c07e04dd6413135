"""What endpoints are told, read from committed turns: the newest from memory, the rest from the journal."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from contracts.codec import decode_turn
from contracts.events import cloud_event, event_id, events_of
from contracts.ports import Journal
from contracts.turn import Fact, Turn
from contracts.webhooks import TESTED, Cursor

from ...runtime.engine import Engine

# Turns and groups kept in memory for endpoints that keep up; turns looked through in one go.
KEPT_TURNS, KEPT_GROUPS = 4_000, 4_000
LOOKED_THROUGH = 1_000
TEST_TYPE = "retail.webhook.tested.v1"


class Place(NamedTuple):
    """Everything up to and with this fact was handed out; (group, -1, -1): nothing of that group was."""

    group: int
    turn: int
    fact: int

    def plain(self) -> Cursor:
        """As a turn keeps it."""
        return (self.group, self.turn, self.fact)


class Found(NamedTuple):
    """An event that is to be sent: our name of it, its id, whose order it must keep, and the event itself."""

    place: Place
    name: str
    id: str
    lane: str
    event: dict[str, Any]


class Read(NamedTuple):
    """Events behind a cursor; `after` is the place up to which was looked, `more` if not to the end."""

    found: list[Found]
    after: Place
    more: bool


# (place, our name, event's type, fact) of each that a turn tells.
Told = Sequence[tuple[int, str, str, Fact]]
# (turn, fact) -> whether the endpoint is told of it.
Wanted = Callable[[Turn, Fact], bool]


class Recent:
    """The newest groups, of their turns those that tell something."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Of each turn (its number in its group, the turn, what it tells): read once, however many endpoints there are.
        self._groups: deque[tuple[tuple[int, Turn, Told], ...]] = deque()
        self._turns = 0
        # The number of the first group that is here, and of the one that comes next.
        self.first = self.next = 0

    def take(self, turns: Sequence[Turn]) -> None:
        """The next group."""
        group = tuple([(n, turn, told) for n, turn in enumerate(turns) if (told := _told(turn))])
        self._groups.append(group)
        self._turns += len(group)
        self.next += 1
        while self._turns > KEPT_TURNS or len(self._groups) > KEPT_GROUPS:
            self._turns -= len(self._groups.popleft())
            self.first += 1

    def forget(self) -> None:
        """Nobody reads: the next group is passed over."""
        self._groups.clear()
        self._turns = 0
        self.next += 1
        self.first = self.next

    def read(self, cursor: Place, wanted: Wanted, limit: int, behind: int = -1) -> Read:
        """Up to `limit` events behind a cursor and before group `behind`, from about a thousand turns at most."""
        found: list[Found] = []
        looked, after = 0, cursor
        end = self.next if behind < 0 else min(behind, self.next)
        for group, n, turn, told in self._turns_from(cursor, end):
            if looked >= LOOKED_THROUGH:
                return Read(found, after, True)
            looked += 1
            for place, name, type_, fact in told:
                at = Place(group, n, place)
                if at <= cursor or not wanted(turn, fact):
                    continue
                if len(found) == limit:
                    return Read(found, found[-1].place if found else cursor, True)
                found.append(_found(at, turn, place, name, type_, fact))
            after = Place(group, n, len(turn.events))
        return Read(found, max(after, Place(end, -1, -1)), False)

    def _turns_from(self, cursor: Place, end: int) -> Iterator[tuple[int, int, Turn, Told]]:
        if cursor.group >= self.first:
            for group in range(cursor.group, end):
                for n, turn, told in self._groups[group - self.first]:
                    if group > cursor.group or n >= cursor.turn:
                        yield group, n, turn, told
            return
        for group, data in self._engine.journal.read(cursor.group):
            if group >= end:
                return
            for n, encoded in enumerate(data):
                if group > cursor.group or n >= cursor.turn:
                    turn = decode_turn(encoded)
                    yield group, n, turn, _told(turn)


def event_at(journal: Journal, id_: str) -> tuple[Turn, Found] | None:
    """The event with this id, and its turn; None where there is none."""
    parts = id_.split(".")
    if len(parts) != 3 or not all(one.isascii() and one.isdigit() and len(one) < 16 for one in parts):
        return None
    partition, pos, place = map(int, parts)
    try:
        (data,) = journal.read_turns([(partition, pos)])
    except LookupError:
        return None
    turn = decode_turn(data)
    for n, name, type_, fact in _told(turn):
        if n == place:
            return turn, _found(Place(-1, -1, n), turn, n, name, type_, fact)
    return None


def group_at(journal: Journal, at_ms: int, groups: int) -> int:
    """The first of `groups` commit groups with a turn that was taken at this instant or later."""
    return _first_group(journal, at_ms, groups, -1)


def group_behind(journal: Journal, at_ms: int, groups: int) -> int:
    """The first of `groups` commit groups whose turns were all taken at this instant or later."""
    return _first_group(journal, at_ms, groups, 0)


def _first_group(journal: Journal, at_ms: int, groups: int, nth: int) -> int:
    """The first of `groups` commit groups whose n-th turn was taken at this instant or later, by bisection."""

    def taken(group: int) -> int:
        return decode_turn(next(iter(journal.read(group)))[1][nth]).at_ms

    return bisect_left(range(groups), at_ms, key=taken)


def _told(turn: Turn) -> Told:
    """What a turn tells; a test is told to its own endpoint."""
    told = [(place, fact.type, type_, fact) for place, type_, fact in events_of(turn)]
    if turn.actor == "webhooks":
        told += [
            (place, TESTED, TEST_TYPE, fact) for place, fact in enumerate(turn.events) if fact.type == TESTED
        ]
    return told


def _found(at: Place, turn: Turn, place: int, name: str, type_: str, fact: Fact) -> Found:
    event = cloud_event(turn, place, type_, fact)
    return Found(at, name, event_id(turn, place), turn.subject, event)
