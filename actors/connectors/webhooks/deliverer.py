"""One endpoint: what it is still to be told, tried in its turn, and what came of it recorded.

Events are handed out in the order of their commits, a page at a time. Within a page those of one subject (an order) go
one after the other and several subjects beside each other, so what fails nowhere arrives in order per subject. A page
ends when each of its events was tried once, and every try has a deadline; what failed waits in the endpoint's state for
its next instant, which is durable, and the page's turn moves the cursor. After a crash a page that was not recorded is
sent again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from contracts.events import is_wanted
from contracts.ids import external_id
from contracts.ports import NoAnswer, NotSent, WebhookResponse, WebhookSender
from contracts.private import PersonErased
from contracts.turn import NORMAL, Fact, Message, Turn
from contracts.webhooks import (
    ENABLED,
    JITTER_BP,
    REMOVED,
    TESTED,
    WAITING_AT_MOST,
    RecordDeliveries,
    ReplayStep,
    Tried,
    is_delivered,
    signing,
)

from ...policies.targets import Forbidden, refusal_of, target_of
from ...runtime.mailbox import Signal, wait_until
from .message import request_of
from .reading import Found, Place, event_at

if TYPE_CHECKING:
    from .dispatcher import Webhooks

ACTOR = "webhooks"
# Events in a page; retries in one; requests to one endpoint at once.
PAGE, RETRIES, AT_ONCE = 32, 16, 8
# A try, its name's resolution included; addresses that one tries.
TIMEOUT_MS = 15_000
ADDRESSES_AT_MOST = 4
# While nothing gets through, newer events are tried so seldom, one at a time.
PROBE_MS = 300_000
# A cursor that has passed so many groups without an event of its own is recorded all the same.
RECORD_GROUPS = 5_000
REASON_AT_MOST = 120


class Batch(NamedTuple):
    """What is tried next, and where the cursors stand then."""

    found: list[Found]
    cursor: Place
    replay: ReplayStep | None

    @property
    def is_empty(self) -> bool:
        return not self.found and self.replay is None


class Deliverer:
    """Tells one endpoint."""

    def __init__(self, webhooks: Webhooks, sender: WebhookSender, key: tuple[str, str], began: Place) -> None:
        self.webhooks = webhooks
        self.engine = webhooks.engine
        self.clock = webhooks.clock
        self.sender = sender
        self.tenant, self.id = key
        self.began = began
        self.signal = Signal()
        self.at_work = False
        self.counts = {"tries": 0, "failed": 0, "recorded": 0}
        # How far was looked, which may be farther than what is recorded.
        self._looked = Place(-1, -1, -1)
        self._probed_ms = 0

    @property
    def busy(self) -> bool:
        """Whether it sends, or has something to look at."""
        return self.at_work or self.signal.given

    async def run(self) -> None:
        """Until the endpoint is removed, or cancelled."""
        while True:
            state = self._state()
            if state is None or state.status == REMOVED:
                return
            if state.status != ENABLED:
                await self.signal.wait()
                continue
            now = self.clock.now_ms()
            batch = self._next(state, now)
            if batch.is_empty:
                await self._wait(state, now)
                continue
            self.at_work = True
            try:
                tried = await self._try_all(state, batch.found)
                self._record(batch, tried)
            finally:
                self.at_work = False

    def _state(self) -> Any:
        found = self.engine.fold.peek((self.tenant, ACTOR, self.id))
        return None if found is None or not found.seq else found.state

    # -- what is next -------------------------------------------------------------------------------

    def _next(self, state: Any, now: int) -> Batch:
        """Retries that are due, then newer events, then those of a replay."""
        cursor = self._cursor(state)
        if now < state.paused_until_ms:
            return Batch([], cursor, None)
        due = sorted((one.due_ms, id_) for id_, one in state.waiting.items() if one.due_ms <= now)[:RETRIES]
        found = [again for _, id_ in due if (again := self._again(id_)) is not None]
        room = min(PAGE, WAITING_AT_MOST - len(state.waiting))
        if state.failing_since_ms:
            room = min(room, 1) if now >= self._probed_ms + PROBE_MS else 0
        replay: ReplayStep | None = None
        if room > 0:
            fresh, cursor = self._fresh(state, cursor, room)
            if len(fresh) < room:
                # What newer events leave of the page is a replay's: under a steady load they never end.
                replayed, replay = self._replayed(state, room - len(fresh))
                told = {one.id for one in fresh}
                fresh += [one for one in replayed if one.id not in told]
            if fresh:
                self._probed_ms = now
            found += fresh
        return Batch(found, cursor, replay)

    def _cursor(self, state: Any) -> Place:
        recorded = self.began if state.cursor is None else Place(*state.cursor)
        return max(self._looked, recorded)

    def _again(self, id_: str) -> Found | None:
        found = event_at(self.engine.journal, id_)
        return None if found is None else found[1]

    def _fresh(self, state: Any, cursor: Place, limit: int) -> tuple[list[Found], Place]:
        read = self.webhooks.recent.read(
            cursor, lambda turn, fact: self._is_wanted(state.types, turn, fact), limit
        )
        if read.more:
            self.signal.give()
        # What waits already is not told beside its own retry.
        fresh = [one for one in read.found if one.id not in state.waiting]
        if not fresh:
            self._looked = read.after
            if read.after.group - (state.cursor or self.began)[0] > RECORD_GROUPS:
                self._record(Batch([], read.after, None), ())
        return fresh, read.after

    def _is_wanted(self, types: tuple[str, ...], turn: Turn, fact: Fact) -> bool:
        if turn.tenant != self.tenant:
            return False
        if fact.type == TESTED:
            return turn.key == self.id
        return is_wanted(fact.type, types)

    def _replayed(self, state: Any, limit: int) -> tuple[list[Found], ReplayStep | None]:
        for id_, one in state.replays.items():
            if one.done:
                continue
            wanted = partial(self._is_of, one, one.types or state.types)
            read = self.webhooks.recent.read(Place(*one.cursor), wanted, limit, one.behind)
            found = [again for again in read.found if again.id not in state.waiting]
            done = not read.more
            return found, ReplayStep(id_, read.after.plain(), len(found), done)
        return [], None

    def _is_of(self, replay: Any, types: tuple[str, ...], turn: Turn, fact: Fact) -> bool:
        if turn.tenant != self.tenant or fact.type == TESTED:
            return False
        return replay.since_ms <= turn.at_ms < replay.until_ms and is_wanted(fact.type, types)

    async def _wait(self, state: Any, now: int) -> None:
        """Until something is told, or due."""
        # Others have their turn, also where there is more to look through at once.
        await trio.lowlevel.checkpoint()
        dues = [one.due_ms for one in state.waiting.values()]
        if state.failing_since_ms:
            dues.append(max(now, self._probed_ms) + PROBE_MS)
        if now < state.paused_until_ms:
            await wait_until(self.signal, self.clock, state.paused_until_ms)
        elif dues:
            await wait_until(self.signal, self.clock, max(min(dues), now + 1))
        else:
            await self.signal.wait()

    # -- trying -------------------------------------------------------------------------------------

    async def _try_all(self, state: Any, found: list[Found]) -> tuple[Tried, ...]:
        """Each once: of one subject one after the other, of several so many beside each other."""
        lanes: dict[str, list[Found]] = {}
        for one in found:
            lanes.setdefault(one.lane, []).append(one)
        waiting = list(lanes.values())
        tried: dict[str, Tried] = {}

        async def work() -> None:
            while waiting:
                for one in waiting.pop(0):
                    tried[one.id] = await self._try(state, one)

        async with trio.open_nursery() as nursery:
            for _ in range(min(AT_ONCE, len(waiting))):
                nursery.start_soon(work)
        return tuple([tried[id_] for id_ in dict.fromkeys(one.id for one in found)])

    async def _try(self, state: Any, one: Found) -> Tried:
        """One request, or why there was none. Never raises."""
        began = self.clock.now_ms()
        status, retry_after_ms, reason = 0, 0, f"no answer within {TIMEOUT_MS // 1_000} s"
        self.counts["tries"] += 1
        with trio.move_on_after(TIMEOUT_MS / 1_000):
            try:
                answer = await self._send(state, one, began)
                status, retry_after_ms = answer.status, answer.retry_after_ms
                reason = "a redirect, which is not followed" if 300 <= status < 400 else ""
            except Forbidden as error:
                reason = f"forbidden-url: {error}"
            except NotSent:
                reason = "it could not be reached"
            except NoAnswer:
                reason = "there was no answer that can be read"
            except PersonErased:
                reason = "its secret cannot be read any more: rotate it"
        self.counts["failed"] += not is_delivered(status)
        attempt = state.waiting[one.id].attempts if one.id in state.waiting else 0
        jitter = self.webhooks.chance.below(JITTER_BP + 1, "webhooks.retry", f"{self.id} {one.id}", attempt)
        took = self.clock.now_ms() - began
        return Tried(one.id, one.name, status, reason[:REASON_AT_MOST], took, retry_after_ms, jitter)

    async def _send(self, state: Any, one: Found, now: int) -> WebhookResponse:
        """Look at where it goes, and speak to the address that was looked at. Raises Forbidden, NotSent, NoAnswer."""
        sandbox = self.webhooks.sandbox
        target = target_of(state.url, sandbox=sandbox)
        addresses = await self.sender.resolve(target.host, target.port)
        if why := refusal_of(target, addresses, sandbox=sandbox):
            raise Forbidden(why)
        secrets = [self.webhooks.unseal(secret).secret for secret in signing(state.secrets, now)]
        request = request_of(target, state.mode, one.event, secrets, now)
        last: NotSent = NotSent("no address")
        for address in addresses[:ADDRESSES_AT_MOST]:
            try:
                return await self.sender.send(address, request)
            except NotSent as error:
                last = error
        raise last

    # -- recording ----------------------------------------------------------------------------------

    def _record(self, batch: Batch, tried: tuple[Tried, ...]) -> None:
        """Leave a turn: what came of the tries, and how far the cursors are."""
        self._looked = batch.cursor
        self.counts["recorded"] += 1
        command = RecordDeliveries(self.id, batch.cursor.plain(), tried, batch.replay)
        seq = self.engine.fold.key(self.tenant, ACTOR, self.id).seq
        id_ = external_id(ACTOR, self.tenant, self.id, str(seq))
        message = Message(
            ACTOR, self.id, self.id, "webhooks.record", 1, NORMAL, None, command, id_, self.tenant, id_, id_, ""
        )  # fmt: skip
        self.engine.decide(self.engine.actors[ACTOR], message)

    def statistics(self) -> dict[str, int]:
        """Counts since the start."""
        return dict(self.counts)
