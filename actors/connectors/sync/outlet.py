"""One subscriber: what it is still to be told, what it was told, and what it says that it has.

A thing waits here once, however often it changes, and is read when it is told: so the newest state goes, and a try
that failed is followed by what is newest then. What was told is asked for a little later, until the subscriber says
that it has it; else it is told again. Only what it has confirmed is recorded, so that a crash repeats and loses
nothing: an older version never overwrites a newer one there.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import trio

from contracts.ids import external_id
from contracts.ports import Chance, Clock, ForeignRequest, ForeignSystems, NoAnswer, NotSent, SystemLimits
from contracts.subscribers import DAY, FILES, LEVEL, PERSONAL, STOCK, Feed, Subscriber
from contracts.sync import PATIENCE_MS, RecordSync, Refused
from contracts.turn import DEFAULT_TENANT, NORMAL, Message

from ...policies.limiter import TokenBucket
from ...policies.retry import backoff_ceiling_ms
from ...runtime.engine import Engine
from .changes import Change, Thing
from .files import file_of
from .things import Things
from .words import Told, has, in_their_words, is_readable

ACTOR = "channel_sync"
# Things in one call; things that wait or are to be confirmed, of orders: past it they are read back from the journal.
BATCH = 1_000
AT_MOST = 50_000
# Things there are only so many of: they are never read back.
STANDING = frozenset((LEVEL, STOCK, DAY))
# What was told is asked for so many ticks later; of one that is told seldom, at once, and again where it was lost.
ASK_TICKS = SELDOM_TICKS = 3
ROUNDS = 3
# A silence is put before a person again and again, until the actor has it.
TELL_SILENCE_MS = 60_000


class Outlet:
    """Tells one subscriber. `behind` is the group from which its changes must be read back, -1 while none must."""

    def __init__(
        self,
        name: str,
        subscriber: Subscriber,
        things: Things,
        engine: Engine,
        foreign: ForeignSystems,
        clock: Clock,
        chance: Chance,
        limits: SystemLimits,
        every_ms: int,
    ) -> None:
        self.name = name
        self.subscriber = subscriber
        self.things = things
        self.engine = engine
        self.foreign = foreign
        self.clock = clock
        self.chance = chance
        self.limits = limits
        self.every_ms = every_ms * subscriber.slower
        self.feeds: dict[str, Feed] = {feed.kind: feed for feed in subscriber.feeds}
        self.waiting: dict[Thing, Change] = {}
        # What waits for a tick at which its feed is told.
        self.later: dict[Thing, Change] = {}
        self.told: dict[Thing, Told] = {}
        # What changed before this group is confirmed, as far as is durable.
        self.groups = 0
        self.behind = -1
        self.at_work = False
        self.counts = {"calls": 0, "failed": 0, "told": 0, "confirmed": 0, "repaired": 0, "refused": 0}
        self._bucket = TokenBucket(limits.rate_per_s, limits.burst, clock.now_ms())
        self._attempt = 0
        self._failing_since_ms = 0
        self._silence_told_ms = 0
        self._ticks = 0
        self._repaired = 0
        self._confirmed = 0
        self._refused: list[Refused] = []

    @property
    def busy(self) -> bool:
        """Whether anything is left to be told or confirmed."""
        return bool(self.waiting or self.later or self.told or self.behind >= 0 or self.at_work)

    @property
    def tells_seldom(self) -> bool:
        """Whether its next tick tells what is told seldom."""
        return self.subscriber.slower > 1 or (self._ticks + 1) % SELDOM_TICKS == 0

    def takes(self, thing: Thing, change: Change, channel: str) -> bool:
        """Whether a change is this subscriber's, and not confirmed long ago."""
        if thing[0] not in self.feeds or change.last < self.groups:
            return False
        return thing[0] in STANDING or self.subscriber.channel in ("", channel)

    def change(self, thing: Thing, change: Change) -> None:
        """A thing has changed."""
        if change.last < self.groups:
            return
        if change.first < self.groups:
            # What of it was confirmed before is not waited for again.
            change = change._replace(first=self.groups)
        waiting = self.later if self.feeds[thing[0]].seldom else self.waiting
        before = waiting.get(thing)
        waiting[thing] = change if before is None else before.and_then(change)

    def keep_bound(self) -> None:
        """No more waits than may; what there is only so much of does not count."""
        if len(self.waiting) + len(self.told) > AT_MOST:
            counted = sum(thing[0] not in STANDING for one in (self.waiting, self.told) for thing in one)
            if counted > AT_MOST:
                self.forget(self.groups)

    def forget(self, groups: int) -> None:
        """Too much is waiting: it is read back from the journal later, from `groups` on. What stands stays."""
        self.behind = groups if self.behind < 0 else min(self.behind, groups)
        self.waiting = {thing: change for thing, change in self.waiting.items() if thing[0] in STANDING}
        self.told = {thing: told for thing, told in self.told.items() if thing[0] in STANDING}

    @property
    def room(self) -> int:
        """How many more things may wait while others are read back."""
        return AT_MOST // 2 - len(self.waiting) - len(self.told)

    # -- telling ------------------------------------------------------------------------------------

    async def tick(self, groups: int) -> int:
        """Tell what waits and ask for what was told; what changed before `groups` is here. When to come again."""
        self.at_work = True
        try:
            self._ticks += 1
            if self._ticks % SELDOM_TICKS == 0:
                later, self.later = self.later, {}
                for thing, change in later.items():
                    before = self.waiting.get(thing)
                    self.waiting[thing] = change if before is None else before.and_then(change)
            reached = await self._tell(groups)
            if self.subscriber.slower > 1:
                for _ in range(ROUNDS):
                    reached = reached and await self._ask() and await self._tell(groups)
            elif reached and self._ticks % ASK_TICKS == 0:
                reached = await self._ask()
            if self._confirmed or self._refused or self._is_silent(reached):
                self._record(groups)
        finally:
            self.at_work = False
        now = self.clock.now_ms()
        if reached:
            return now + self.every_ms
        ceiling = backoff_ceiling_ms(self.limits, self._attempt)
        return now + self.every_ms + self.chance.below(ceiling + 1, "sync.backoff", self.name, self._attempt)

    async def _tell(self, groups: int) -> bool:
        """Tell all that waits, so many things a call. False: the subscriber was not reached, the rest waits."""
        while self.waiting:
            batch = {thing: self._unconfirmed(thing) for thing in list(islice(self.waiting, BATCH))}
            items, tells, group = self._read(batch)
            # What is read may be newer than what is durable.
            await self.engine.until_durable(group)
            answer = await self._send(items, groups)
            if answer is None:
                for thing, change in batch.items():
                    since = self.waiting.get(thing)
                    self.waiting[thing] = change if since is None else change.and_then(since)
                return False
            self._refuse(answer, tells)
            self.told.update(tells)
            self.counts["told"] += len(tells)
        return True

    def _unconfirmed(self, thing: Thing) -> Change:
        """What waits of a thing, and what was told of it and may be lost: a fact that is told once among it."""
        change = self.waiting.pop(thing)
        told = self.told.get(thing)
        return change if told is None else told.change.and_then(change)

    async def _send(self, items: list[dict[str, Any]], groups: int) -> dict[str, Any] | None:
        """A call for all of them, or a file for each kind: named by what it holds and up to where it goes."""
        if self.subscriber.form != FILES:
            return await self._call("items:push", {"book": self.name, "items": items}) if items else {}
        refused: list[Any] = []
        for feed in self.feeds.values():
            rows = [item for item in items if item["kind"] == feed.name]
            if rows:
                answer = await self._call("files:put", file_of(self.name, feed, rows, groups))
                if answer is None:
                    return None
                refused += answer.get("refused", ())
        return {"refused": refused}

    def _read(self, batch: dict[Thing, Change]) -> tuple[list[dict[str, Any]], dict[Thing, Told], int]:
        """The things as they are now, in their words and in ours, and the group that must be durable first."""
        items: list[dict[str, Any]] = []
        tells: dict[Thing, Told] = {}
        latest = -1
        self.things.many(self.subscriber.channel)
        for thing, change in batch.items():
            newest = self.things.newest(thing, change, self.subscriber.channel)
            if newest is None:
                continue
            feed = self.feeds[thing[0]]
            fields = in_their_words(feed, newest)
            if self.subscriber.form == FILES:
                # What is empty there says nothing.
                fields = {name: str(one) for name, one in fields.items() if one not in (None, "")}
            items.append({"kind": feed.name, "ref": thing[1], "version": newest.version, "fields": fields})
            kept = {} if thing[0] in PERSONAL else fields
            tells[thing] = Told(newest.version, kept, change)
            latest = max(latest, newest.group)
        return items, tells, latest

    def _refuse(self, answer: dict[str, Any], tells: dict[Thing, Told]) -> None:
        """What the subscriber will not take is a person's: it is not told again until it changes."""
        kinds = {feed.name: kind for kind, feed in self.feeds.items()}
        for one in answer.get("refused", ()):
            thing = (kinds.get(str(one["kind"]), ""), str(one["ref"]))
            told = tells.pop(thing, None)
            if told is not None:
                order_id = "" if thing[0] in STANDING else told.change.about
                self._refused.append(Refused(thing[0], thing[1], order_id, str(one["code"])))
                self.counts["refused"] += 1

    # -- asking -------------------------------------------------------------------------------------

    async def _ask(self) -> bool:
        """What does the subscriber have of what it was told? What is not there or differs is told again."""
        asked = list(self.told)
        for n in range(0, len(asked), BATCH):
            part = asked[n : n + BATCH]
            refs = [[self.feeds[kind].name, ref] for kind, ref in part]
            answer = await self._call("items:read", {"book": self.name, "refs": refs})
            if answer is None:
                return False
            rows = {(row["kind"], row["ref"]): row for row in answer["rows"]}
            for thing in part:
                told = self.told.pop(thing, None)
                if told is None:
                    continue
                if has(rows.get((self.feeds[thing[0]].name, thing[1])), told):
                    self._confirmed += 1
                    self.counts["confirmed"] += 1
                else:
                    since = self.waiting.get(thing)
                    self.waiting[thing] = told.change if since is None else told.change.and_then(since)
                    self._repaired += 1
                    self.counts["repaired"] += 1
        return True

    # -- calling ------------------------------------------------------------------------------------

    async def _call(self, operation: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, or None where there is none that can be used: then it is tried again at a later tick."""
        now = self.clock.now_ms()
        while wait := self._bucket.wait_ms(now):
            await self.clock.sleep_until_ms(now + wait)
            now = self.clock.now_ms()
        self._bucket.take(now)
        self.counts["calls"] += 1
        request = ForeignRequest(self.subscriber.system, operation, "", self.name, body)
        try:
            with trio.move_on_after(self.limits.timeout_ms / 1000):
                response = await self.foreign.call(request)
                if response.status == 200 and is_readable(response.body):
                    self._attempt = self._failing_since_ms = 0
                    return response.body
                if response.retry_after_ms is not None:
                    self._bucket.pause(self.clock.now_ms() + response.retry_after_ms)
        except (NotSent, NoAnswer):
            pass
        self._attempt += 1
        self.counts["failed"] += 1
        self._failing_since_ms = self._failing_since_ms or now
        return None

    def _is_silent(self, reached: bool) -> bool:
        """Whether a silence, or its end, is to be recorded."""
        now = self.clock.now_ms()
        known = self._state().failing_since_ms
        if reached:
            return bool(known)
        lasts = now - self._failing_since_ms >= PATIENCE_MS
        if known or not lasts or now - self._silence_told_ms < TELL_SILENCE_MS:
            return False
        self._silence_told_ms = now
        return True

    # -- recording ----------------------------------------------------------------------------------

    def _state(self) -> Any:
        return self.engine.fold.key(DEFAULT_TENANT, ACTOR, self.name).state

    def _record(self, groups: int) -> None:
        """Leave a turn: what was confirmed, what is refused, whether it is reached."""
        firsts = [groups if self.behind < 0 else self.behind]
        firsts += [change.first for one in (self.waiting, self.later) for change in one.values()]
        firsts += [told.change.first for told in self.told.values()]
        command = RecordSync(
            self.name, min(firsts), self._confirmed, self._repaired, tuple(self._refused), self._failing_since_ms
        )  # fmt: skip
        self._confirmed = self._repaired = 0
        self._refused = []
        seq = self.engine.fold.key(DEFAULT_TENANT, ACTOR, self.name).seq
        id_ = external_id(ACTOR, self.name, str(seq))
        message = Message(
            ACTOR, self.name, self.name, "channel_sync.record", 1, NORMAL, None, command, id_, DEFAULT_TENANT, id_,
            id_, "",
        )  # fmt: skip
        self.engine.decide(self.engine.actors[ACTOR], message)

    def statistics(self) -> dict[str, int]:
        """How much waits, and counts since the start."""
        return {"waiting": len(self.waiting) + len(self.later), "unconfirmed": len(self.told), **self.counts}
