"""The stock keepers of a simulated run: goods travel between locations, some are lost on the road, shelves are counted.

What is done is on paper, as file records, and on the warehouse's shelves. A record is told again until it is known to
be durable: the process may die at any time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
import trio

from actors.runtime.errors import RuntimeRefusal
from actors.runtime.intake import Call
from contracts.inventory import StockMoved, StockRow
from contracts.ports import Chance
from contracts.returns import ReturnRestocked
from contracts.stock import OUTSIDE, ApplyCount, MoveStock, OpenCount
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .clients import Doorway
from .load.planned import PlannedLoad
from .plan import StockPlan
from .timeline import Timeline

POOL, ROAD = "default", "in_transit"
# What travels at a time; one of it is lost on some roads.
UNITS = 2
# Only where there is plenty something is taken away: no order is to find too little because of it.
PLENTY = 20
ROAD_MS, COUNT_MS, AGAIN_MS = 6_000, 4_000, 500
LOST_ON_THE_ROAD = "lost on the road"
# How deliveries are called that come by themselves (deliveries.py).
LATE = "late-"
_OURS = ("transfer", LOST_ON_THE_ROAD)

# (location, SKU, units): units come to a shelf, or leave it.
Shelve = Callable[[str, str, int], None]
Work = Callable[[int, StockRow], Awaitable[None]]


class StockKeepers:
    """Everybody who moves or counts. `open` is what they have not done with yet."""

    def __init__(
        self,
        door: Doorway,
        timeline: Timeline,
        chance: Chance,
        plan: StockPlan,
        load: PlannedLoad,
        shelve: Shelve,
    ) -> None:
        """They work in the storm, on rows of the opening stock."""
        self.door = door
        self.timeline = timeline
        self.plan = plan
        self.shelve = shelve
        rows = [row for row in load.stock if row.location == plan.location and row.quantity >= PLENTY]
        self._work: list[tuple[int, Work, int, StockRow]] = []
        begin_ms, end_ms = load.storm_start_ms, load.storm_end_ms
        for make, times, name in (
            (self._transfer, plan.transfers, "transfer"),
            (self._count, plan.counts, "count"),
        ):
            for n in range(times if rows else 0):
                row = rows[chance.below(len(rows), f"stock.{name}", str(n), 0)]
                self._work.append((begin_ms + (end_ms - begin_ms) * (n + 1) // (times + 1), make, n, row))
        self._work.sort(key=lambda work: work[0])
        self.open = len(self._work)

    async def run(self) -> None:
        """Do all of it, each at its time."""
        async with trio.open_nursery() as nursery:
            for at_ms, make, n, row in self._work:
                await self.timeline.sleep_until_ms(at_ms)
                nursery.start_soon(make, n, row)

    def take(self, turns: Sequence[Turn]) -> None:
        """What was sent off, has come or came back, left its shelf or is on it: as the papers say once kept."""
        for turn in turns:
            if turn.actor in ("inventory", "returns"):
                for event in turn.events:
                    if event.body is None:
                        continue
                    if event.type == "inventory.moved":
                        self._moved(body_of(event))
                    elif event.type == "return.restocked":
                        self._put_back(body_of(event))

    def _put_back(self, restocked: ReturnRestocked) -> None:
        for row in (*restocked.rows, *restocked.set_aside):
            self.shelve(row.location, row.sku, row.quantity)

    def _moved(self, moved: StockMoved) -> None:
        if moved.reason not in _OURS and not moved.reference.startswith(LATE):
            return
        for row in moved.rows:
            if moved.from_bucket not in (OUTSIDE, ROAD):
                self.shelve(row.location, row.sku, -row.quantity)
            if moved.to_bucket not in (OUTSIDE, ROAD):
                self.shelve(moved.to_location or row.location, row.sku, row.quantity)

    async def _transfer(self, n: int, row: StockRow) -> None:
        """Units leave for another location; all of them come there, or one fewer."""
        there = self.plan.others[n % len(self.plan.others)]
        sent = (StockRow(row.sku, row.location, UNITS),)
        ref = f"transfer-{n}"
        await self._record(f"{ref}-out", MoveStock(POOL, ref, "transfer", "available", ROAD, sent, there))
        await self._later(ROAD_MS)
        arrived = UNITS - n % 2
        came = (StockRow(row.sku, there, arrived),)
        await self._record(f"{ref}-in", MoveStock(POOL, ref, "transfer", ROAD, "available", came))
        if arrived < UNITS:
            lost = (StockRow(row.sku, there, UNITS - arrived),)
            await self._record(f"{ref}-lost", MoveStock(POOL, ref, LOST_ON_THE_ROAD, ROAD, OUTSIDE, lost))
        self.open -= 1

    async def _count(self, n: int, row: StockRow) -> None:
        """A unit is gone, or one lies there that nobody knew of; a count finds it, while orders come and go."""
        ref, found = f"count-{n}", -1 if n % 3 < 2 else 1
        self.shelve(row.location, row.sku, found)
        await self._record(f"{ref}-open", OpenCount(POOL, ref, row.location, (row.sku,)))
        while (book := self._at_watermark(ref, row.sku)) is None:
            await self._later(AGAIN_MS)
        await self._later(COUNT_MS)
        # Whoever counts leaves out what has moved since, so what is counted differs from the book by what is wrong.
        counted = (StockRow(row.sku, row.location, book + found),)
        await self._record(f"{ref}-done", ApplyCount(POOL, ref, counted))
        self.open -= 1

    def _at_watermark(self, ref: str, sku: str) -> int | None:
        system = self.door.system
        pool = system.look("inventory", POOL) if system is not None else None
        count = pool.counts.get(ref) if pool is not None else None
        return None if count is None else count.book.get(sku)

    async def _later(self, ms: int) -> None:
        await self.timeline.sleep_until_ms(self.timeline.now_ms() + ms)

    async def _record(self, name: str, command: msgspec.Struct) -> None:
        """Have a record taken, and know that it is kept."""
        call = Call("keepers", "RECORD", "stock", name, "", "inventory", POOL, name, command, sheddable=False)
        known = False
        while not known:
            system = self.door.system
            if system is not None:
                try:
                    known = not system.door.take_record_nowait(call)[0]
                except RuntimeRefusal:
                    known = False
            if not known:
                await self._later(AGAIN_MS)
