"""The job behind `channel_sync`: looks on as turns are committed, and has every subscriber told what they changed.

An order pays nothing for it: no turn, no message. What changed is noted once a thing, however often it changes between
two ticks, and belongs to every subscriber whose feeds name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import trio

from contracts.codec import decode_turn
from contracts.ports import Chance, Clock, ForeignSystems, SystemLimits
from contracts.subscribers import DAY, LEVEL, STOCK, Subscriber
from contracts.turn import Turn
from contracts.vocabulary import body_of

from ...runtime.engine import Engine
from .changes import Change, Changes, Thing
from .days import Days
from .outlet import ACTOR, AT_MOST, STANDING, Outlet
from .things import Seller, Things

# Turns that are read back from the journal in one go, for a subscriber that has fallen behind.
READ_TURNS = 2_000


class Syncer:
    """All subscribers. Told of every committed group, also of those that are read back at the start."""

    def __init__(
        self,
        engine: Engine,
        foreign: ForeignSystems,
        clock: Clock,
        chance: Chance,
        limits: Mapping[str, SystemLimits],
        subscribers: Mapping[str, Subscriber],
        seller: Seller,
        unseal: Callable[[Any], Any],
        every_ms: int,
    ) -> None:
        self.engine = engine
        self.clock = clock
        kinds = {feed.kind for one in subscribers.values() for feed in one.feeds}
        self.changes, self.days = Changes(engine, kinds), Days()
        self.things = Things(engine, seller, unseal, self.days)
        self._counts_days = DAY in kinds
        self.outlets = {
            name: Outlet(name, one, self.things, engine, foreign, clock, chance, limits[one.system], every_ms)
            for name, one in subscribers.items()
        }
        self._outlets_of = {
            kind: [outlet for outlet in self.outlets.values() if kind in outlet.feeds] for kind in kinds
        }  # fmt: skip
        # What changed and is no subscriber's yet; groups that were looked at, and those whose changes were shared.
        self._changed: dict[Thing, Change] = {}
        # The same of what there is only so much of, which is shared when somebody is told of it.
        self._standing: dict[Thing, Change] = {}
        self._groups = 0
        self._shared = 0

    @property
    def busy(self) -> bool:
        """Whether anybody is still to be told of something."""
        return bool(self._changed or self._standing) or any(outlet.busy for outlet in self.outlets.values())

    def take(self, turns: Sequence[Turn]) -> None:
        """A group is committed, now or before this process."""
        group = self._groups
        self._groups += 1
        for turn in turns:
            if turn.actor == "inventory":
                self._take_stock(turn, group)
                continue
            if self._counts_days and turn.actor == "finance":
                found: Iterable[tuple[Thing, Change]] = self.days.take(turn, group)
            else:
                found = self.changes.of(turn, group)
            for thing, change in found:
                changed = self._standing if thing[0] in STANDING else self._changed
                before = changed.get(thing)
                if before is None:
                    changed[thing] = change
                elif before.last != group or change.detail:
                    changed[thing] = before.and_then(change)
            if turn.actor == ACTOR:
                self._confirmed(turn)
        if len(self._changed) > AT_MOST:
            self._make_room()

    def _take_stock(self, turn: Turn, group: int) -> None:
        """Most of what changes is stock, line by line: the shortest way that there is."""
        standing, change = self._standing, Change(group, group, turn.key)
        for kind, skus in self.changes.of_stock(turn):
            for sku in skus:
                thing = (kind, sku)
                before = standing.get(thing)
                if before is None:
                    standing[thing] = change
                elif before.last != group:
                    standing[thing] = Change(before.first, group, turn.key)

    def _confirmed(self, turn: Turn) -> None:
        outlet = self.outlets.get(turn.key)
        for event in turn.events:
            if outlet is not None and event.type == "sync.confirmed":
                outlet.groups = max(outlet.groups, body_of(event).groups)

    def _make_room(self) -> None:
        """While a journal is read back: what everybody has confirmed is not kept; nor is too much of anything."""
        least = min((outlet.groups for outlet in self.outlets.values()), default=self._groups)
        self._changed = {thing: change for thing, change in self._changed.items() if change.last >= least}
        if len(self._changed) > AT_MOST // 2:
            for outlet in self.outlets.values():
                outlet.forget(outlet.groups)
            self._changed = {}

    async def run(self) -> None:
        """Tell everybody until cancelled."""
        async with trio.open_nursery() as nursery:
            for outlet in self.outlets.values():
                nursery.start_soon(self._serve, outlet)

    async def _serve(self, outlet: Outlet) -> None:
        while True:
            self._share(outlet.tells_seldom)
            if outlet.behind >= 0:
                self._read_back(outlet)
            again_ms = await outlet.tick(self._through(outlet))
            await self.clock.sleep_until_ms(again_ms)

    def _through(self, outlet: Outlet) -> int:
        """The group before which every change is the outlet's to tell, or nobody's."""
        first = next(iter(self._standing.values()), None)
        unshared = first is not None and not STANDING.isdisjoint(outlet.feeds)
        return min(self._shared, first.first) if first is not None and unshared else self._shared

    def _share(self, standing: bool) -> None:
        """Every change to whom it is for; where `standing`, what is told seldom too."""
        changed, self._changed = self._changed, {}
        self._shared = self._groups
        for thing, change in changed.items():
            channel = self.things.channel_of(change.about)
            for outlet in self._outlets_of.get(thing[0], ()):
                # One that reads its changes back finds this one there too.
                if outlet.behind < 0 and outlet.takes(thing, change, channel):
                    outlet.change(thing, change)
        for outlet in self.outlets.values():
            outlet.keep_bound()
        if standing:
            changed, self._standing = self._standing, {}
            for thing, change in changed.items():
                for outlet in self._outlets_of.get(thing[0], ()):
                    outlet.change(thing, change)
                if thing[0] == LEVEL:
                    stock = (STOCK, thing[1])
                    for outlet in self._outlets_of.get(STOCK, ()):
                        outlet.change(stock, change)

    def _read_back(self, outlet: Outlet) -> None:
        """Find the next changes of a subscriber that has fallen behind, as many as there is room for."""
        count = 0
        for number, group in self.engine.journal.read(outlet.behind):
            if number >= self._shared:
                break
            if count > READ_TURNS or outlet.room <= 0:
                return
            for turn in map(decode_turn, group):
                for thing, change in self.changes.of(turn, number):
                    standing = thing[0] in STANDING
                    if not standing and outlet.takes(thing, change, self.things.channel_of(change.about)):
                        outlet.change(thing, change)
            count += len(group)
            outlet.behind = number + 1
        outlet.behind = -1

    def statistics(self) -> dict[str, Any]:
        """By subscriber."""
        return {name: outlet.statistics() for name, outlet in self.outlets.items()}
