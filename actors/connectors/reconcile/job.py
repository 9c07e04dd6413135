"""The job behind `reconciliations`: brings a started run to its end, and builds the commands of repairs.

A run that is started stands in the journal, so a crash only makes it begin again. It waits until our lists hold
everything up to its start, reads the other side's listing page by page (again and again while that is away, up to
an hour), compares, and tells what it found as a record. It reads; what it finds is for others to mend.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import trio

from contracts.codec import decode_turn
from contracts.ports import Clock, ForeignRequest, ForeignSystems, NoAnswer, NotSent
from contracts.reconciliations import (
    RECONCILIATIONS,
    Difference,
    Line,
    RecordReconciliation,
    RepairDifference,
    ScheduleReconciliation,
    StartReconciliation,
)
from contracts.turn import DEFAULT_TENANT, Message, Turn
from contracts.vocabulary import body_of

from ...runtime.engine import Engine
from ...runtime.errors import RuntimeRefusal
from ...runtime.fold import message_of
from ...runtime.intake import Answered, Call, Door
from ...runtime.mailbox import Signal
from ..connector import BROKEN, check_wire
from .comparing import Comparison, Ours, without_record
from .listings import LISTINGS, PAGE, Listing
from .repairs import REPAIRS, CannotRepair, Command

ACTOR = "reconciliations"
SCHEDULE = "schedule"
# A listing that cannot be read is asked for again, and given up after so long.
AGAIN_MS = 5_000
SELDOM_MS = 300_000
GIVE_UP_MS = 3_600_000
# Their rows are kept with the differences while a record stays well below a turn's bound.
RECORD_BYTES = 128 * 1024


class CannotRead(Exception):
    """The other side's books could not be read."""


class Reconciler:
    """Brings runs to their end. `ours` is None where no lists are kept: then no run can be."""

    def __init__(
        self,
        engine: Engine,
        door: Door,
        foreign: ForeignSystems,
        clock: Clock,
        ours: Ours | None,
        *,
        timeout_ms: int = 10_000,
        scheduled: bool = False,
    ) -> None:
        """`scheduled`: what nobody has scheduled yet runs as often as its row says."""
        self.engine = engine
        self.door = door
        self.foreign = foreign
        self.clock = clock
        self.ours = ours
        self.timeout_ms = timeout_ms
        self.scheduled = scheduled
        self.counts = {"runs": 0, "unfinished": 0, "pages": 0, "failed_pages": 0, "repairs": 0}
        self._changed = Signal()
        # Runs that are started and not recorded, by name, as far as is durable.
        self._open: dict[str, int] = {}
        self._at_work = False

    @property
    def busy(self) -> bool:
        """Whether a run is started and not at its end."""
        return self._at_work or bool(self._open)

    def take(self, turns: Sequence[Turn]) -> None:
        """A group is committed, now or before this process: runs may have been started or recorded by it."""
        for turn in turns:
            if turn.actor == ACTOR:
                for event in turn.events:
                    if event.type == "reconciliation.started":
                        self._open[turn.key] = body_of(event).run
                    elif event.type == "reconciliation.completed":
                        self._open.pop(turn.key, None)
                self._changed.give()

    async def run(self) -> None:
        """Bring started runs to their end, one after the other, until cancelled."""
        if self.scheduled:
            for standing, spec in RECONCILIATIONS.items():
                if not self._state(standing).scheduled_by:
                    self.schedule(standing, spec.every_ms, SCHEDULE, "as the table says")
        while True:
            name = next(iter(self._open), None)
            if name is None:
                await self._changed.wait()
                continue
            self._at_work = True
            try:
                await self._bring_to_its_end(name)
            except RuntimeRefusal:
                # The door is closed: whoever opens it next begins the run again.
                await self.clock.sleep_until_ms(self.clock.now_ms() + AGAIN_MS)
            finally:
                self._at_work = False

    # -- asking ------------------------------------------------------------------------------------

    def schedule(self, name: str, every_ms: int, by: str, key: str) -> None:
        """Have it run every so often."""
        self._enter(name, f"schedule {key}", ScheduleReconciliation(name, every_ms, by))

    def start(self, name: str, by: str, key: str, settle_ms: int | None = None) -> None:
        """Have it run now; `settle_ms` is the table's where it is None."""
        self._enter(name, f"start {key}", StartReconciliation(name, by, settle_ms))

    async def repair(self, name: str, ref: str, by: str, reason: str, key: str) -> Answered:
        """Start the named repair of an open difference. Raises CannotRepair and what the door raises."""
        command = await self.repair_of(name, ref, by, reason)
        return await self.door.submit(self._call(name, "repair", key, command))

    # -- a run -------------------------------------------------------------------------------------

    def _state(self, name: str) -> Any:
        return self.engine.fold.key(DEFAULT_TENANT, ACTOR, name).state

    async def _bring_to_its_end(self, name: str) -> None:
        state, spec = self._state(name), RECONCILIATIONS[name]
        run, by = state.run, state.by
        as_of = self.clock.now_ms()
        since = max(0, state.watermark_ms - spec.look_back_ms)
        through = as_of - (spec.settle_ms if state.settle_ms is None else state.settle_ms)
        self.counts["runs"] += 1
        comparison, why = None, "no lists of our own books are kept"
        if self.ours is not None:
            await self._until_ours_holds(as_of)
            comparison = Comparison(name, spec, self.ours, since, through)
            try:
                why = await self._compare(comparison, LISTINGS.get(name), since)
            finally:
                comparison.theirs.close()
        if why:
            self.counts["unfinished"] += 1
        self._tell(name, _record(name, run, (since, as_of, through), comparison, why))
        while self._open.get(name) == run:
            await self._changed.wait()
        if by == SCHEDULE:
            await self._repair_what_is_safe(name, run)

    async def _until_ours_holds(self, at_ms: int) -> None:
        assert self.ours is not None
        while not self.ours.holds_until(at_ms, self.clock.now_ms()):
            await self.clock.sleep_until_ms(self.clock.now_ms() + 100)

    async def _compare(self, comparison: Comparison, listing: Listing | None, since_ms: int) -> str:
        """Why it could not be brought to its end, or ""."""
        # What they had before our own window may be what our window holds: a day's grace.
        changed_since = max(0, since_ms - 86_400_000)
        try:
            if listing is None:
                await self._gather_here(comparison, changed_since)
            else:
                await self._gather(comparison, listing, changed_since)
        except CannotRead as error:
            return str(error)
        for _ in comparison.pages():
            await trio.lowlevel.checkpoint()
        return ""

    async def _gather(self, comparison: Comparison, listing: Listing, changed_since: int) -> None:
        after, due, wait_ms = 0, self.clock.now_ms() + GIVE_UP_MS, AGAIN_MS
        while True:
            body = {"after": after, "limit": PAGE, "changed_since": changed_since}
            page = await self._page(listing, body)
            if page is None:
                self.counts["failed_pages"] += 1
                if self.clock.now_ms() >= due:
                    raise CannotRead(f"{listing.system}/{listing.operation} cannot be read behind {after}")
                await self.clock.sleep_until_ms(self.clock.now_ms() + wait_ms)
                wait_ms = min(2 * wait_ms, SELDOM_MS)
                continue
            rows, after, more = page
            wait_ms = AGAIN_MS
            comparison.theirs.put(rows)
            self.counts["pages"] += 1
            if not more:
                return

    async def _gather_here(self, comparison: Comparison, changed_since: int) -> None:
        """The other side is one of our own books."""
        after = ""
        while page := comparison.ours.page(f"{comparison.name}:there", after, changed_since, PAGE):
            comparison.theirs.put([("", line) for line in page])
            after = page[-1].ref
            await trio.lowlevel.checkpoint()

    async def _page(
        self, listing: Listing, body: dict[str, Any]
    ) -> tuple[list[tuple[str, Line]], int, bool] | None:
        """(lines, the cursor behind them, whether there are more), or None where it cannot be had now."""
        request = ForeignRequest(listing.system, listing.operation, "", ACTOR, body)
        try:
            with trio.move_on_after(self.timeout_ms / 1000):
                response = await self.foreign.call(request)
                if response.status != 200:
                    return None
                answer = response.body
                read = [row for record in answer["records"] if (row := listing.read(record)) is not None]
                for _, line in read:
                    msgspec.convert(msgspec.to_builtins(line), Line)
                last = int(answer["last"])
                more = bool(answer["more"]) and last > body["after"]
                return read, last, more
        except (NotSent, NoAnswer, *BROKEN):
            pass
        return None

    # -- repairs -----------------------------------------------------------------------------------

    async def _repair_what_is_safe(self, name: str, run: int) -> None:
        kinds = RECONCILIATIONS[name].kinds
        for ref, known in list(self._state(name).open.items()):
            kind = kinds[known.difference.kind]
            if not kind.safe or known.repairs:
                continue
            try:
                command = await self.repair_of(name, ref, SCHEDULE, f"run {run} found it")
                self._enter(name, f"repair {ref} {run}", command)
            except (CannotRepair, RuntimeRefusal):
                # It stays open: the next run finds it again, and then a person is asked.
                continue

    async def repair_of(self, name: str, ref: str, by: str, reason: str) -> RepairDifference:
        """The command that mends an open difference. Raises CannotRepair."""
        state = self._state(name)
        known = state.open.get(ref)
        if known is None:
            raise CannotRepair(f"no difference of {name} is open for {ref}")
        difference: Difference = known.difference
        if self.ours is not None:
            await self._until_ours_holds(self.clock.now_ms())
        if name == "stock" and not self._stands(difference):
            raise CannotRepair(f"{ref} has moved since it was compared: run {name} again")
        repair = RECONCILIATIONS[name].kinds[difference.kind].repair
        if not repair:
            raise CannotRepair(
                f"nothing repairs what is {difference.kind} in {name}: see {known.exception_id}"
            )
        try:
            commands: list[Command] = REPAIRS[repair](difference, state.run, self._fetch)
            steps = tuple(command.step() for command in commands)
            told = RepairDifference(name, ref, repair, by, reason, steps)
            for command in commands:
                check_wire(command.body)
        except BROKEN as error:
            raise CannotRepair(f"{type(error).__name__}: {error}") from error
        self.counts["repairs"] += 1
        return told

    def _stands(self, difference: Difference) -> bool:
        """Whether our side is still what it was when it was compared."""
        if self.ours is None or difference.ours is None:
            return False
        now = self.ours.line("stock", difference.ref)
        return now is not None and (now.value, now.at_ms) == (difference.ours.value, difference.ours.at_ms)

    def _fetch(self, places: Sequence[str]) -> list[Message]:
        wanted = [tuple(map(int, place.split("."))) for place in places]
        turns = self.engine.journal.read_turns((partition, pos) for partition, pos, _ in wanted)
        return [message_of(decode_turn(data), n) for data, (_, _, n) in zip(turns, wanted, strict=True)]

    # -- entering ----------------------------------------------------------------------------------

    def _tell(self, name: str, told: RecordReconciliation) -> None:
        self._enter(name, f"record {told.run} {told.as_of_ms}", told)

    def _enter(self, name: str, what: str, command: Any) -> None:
        self.door.take_record_nowait(self._call(name, "record", what, command))

    def _call(self, name: str, route: str, key: str, command: Any) -> Call:
        data = msgspec.msgpack.encode(command)
        return Call(
            ACTOR, "RECORD" if route == "record" else "POST", f"{route} {name}", key, sha256(data).hexdigest(),
            ACTOR, name, name, command, sheddable=False,
        )  # fmt: skip

    def statistics(self) -> dict[str, int]:
        """Counts since the start."""
        return dict(self.counts)


def _record(
    name: str, run: int, times: tuple[int, int, int], comparison: Comparison | None, why: str
) -> RecordReconciliation:
    if comparison is None or why:
        return RecordReconciliation(name, run, *times, False, why, 0, 0, 0, (), ())
    differences = tuple(comparison.differences)
    if len(msgspec.msgpack.encode(differences)) > RECORD_BYTES:
        differences = tuple(without_record(one) for one in differences)
    return RecordReconciliation(
        name, run, *times, True, "", comparison.compared, comparison.in_flight, comparison.found, differences,
        comparison.totals(),
    )  # fmt: skip
