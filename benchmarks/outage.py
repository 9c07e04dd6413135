"""What the process holds while the ERP is down for a whole promotion: resident memory, against orders that wait.

The real system with its journal, lists and seals on disk, in virtual time, and partners that answer at once and keep
nothing: so what is resident is Tidegate's. Orders come at a tenth of a big shop's rate, 8/s for two hours, baskets of
the calibrated profile; until they have come the ERP refuses everything, and then takes what its quota allows.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import trio

from actors.journal.sqlite import SqliteJournal
from actors.journal.vault import SqliteVault
from actors.system import Ports, Settings, System
from actors.views.store import ViewStore
from actors.views.tables import TABLES
from contracts.ids import order_id_of
from contracts.orders import Order
from contracts.ports import ForeignRequest, ForeignResponse
from contracts.turn import DEFAULT_TENANT
from sim.chance import SeededChance
from sim.memory import resident_bytes
from sim.timeline import Timeline, run_virtual

from .harness import Bar, Report, row
from .instant import InstantForeign
from .runtime import at_list_price, baskets, stock, submit

RATE_PER_S = 8
STORM_S = 2 * 3_600
LOOKS = 8
# Keys that are not used leave memory within two minutes: what is resident after ten is what stays.
WARM_UP_S = 600
# What may be resident for each order more that waits: its place in the backlog, and its capture, which no settlement
# file has told of yet. An order held whole in memory would be 10,000 and more.
BYTES_A_WAITING_ORDER = 640
MIB = 1 << 20


class WithoutErp(InstantForeign):
    """The ERP refuses every call while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = True

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """Answer without waiting."""
        if self.down and request.system == "erp":
            return ForeignResponse(503, {"code": "down"})
        return await super().call(request)


class Look(msgspec.Struct, frozen=True):
    """Virtual seconds since the first order; bytes resident of the whole process; orders that wait for the ERP."""

    at_s: int
    resident: int
    waiting: int


def endless(orders: list[Order]) -> Iterator[Order]:
    """The same baskets again and again, each an order, and a customer, of its own."""
    for n in count():
        order = orders[n % len(orders)]
        customer = None if order.customer_id is None else f"{order.customer_id}-{n}"
        yield msgspec.structs.replace(order, channel_order_id=f"O-{n}", customer_id=customer)


async def promotion(
    timeline: Timeline, directory: Path, orders: list[Order], storm_s: int, say: Callable[[str], None]
) -> tuple[list[Look], dict[str, float]]:
    """The storm without an ERP, and the drain after it. What was seen, and how both ended."""
    foreign = WithoutErp()
    journal = SqliteJournal.open(directory, "simulated", durable=False)
    vault = SqliteVault(directory, lambda n: bytes(n))
    views = ViewStore(TABLES, directory / "views.db")
    ports = Ports(journal, timeline, SeededChance(7), foreign, vault=vault, views=views)
    system = System(ports, Settings())
    looks: list[Look] = []
    began_ms = 0

    def look() -> None:
        gc.collect()
        at_s = (timeline.now_ms() - began_ms) // 1_000
        looks.append(Look(at_s, resident_bytes(), len(system.engine.backlogs["erp"])))
        say(f"{at_s:,} s: {looks[-1].waiting:,} wait, {looks[-1].resident / MIB:,.0f} MiB resident")

    async with trio.open_nursery() as nursery:
        await nursery.start(system.run)
        await stock(system, orders, timeline)
        began_ms = timeline.now_ms()
        due_ms = began_ms
        each = endless(orders)
        for second in range(storm_s):
            async with trio.open_nursery() as clients:
                for _ in range(RATE_PER_S):
                    order = next(each)
                    id_ = order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
                    clients.start_soon(submit, system, order, id_)
            due_ms += 1_000
            await timeline.sleep_until_ms(due_ms)
            if second + 1 == min(WARM_UP_S, storm_s // 2) or (second + 1) % (storm_s // LOOKS) == 0:
                look()
        foreign.down = False
        back_ms = timeline.now_ms()
        await timeline.sleep_until_ms(back_ms + 75_000)
        forecast = system.forecast("erp")
        forecast_ms = timeline.now_ms()
        while not system.is_quiet():
            await timeline.sleep_until_ms(timeline.now_ms() + 1_000)
        look()
        drained = {
            "turns": system.engine.fold.turns,
            "waited": forecast.waiting,
            "forecast_s": forecast.drained_in_s or 0.0,
            "took_s": (timeline.now_ms() - forecast_ms) / 1_000,
        }
        nursery.cancel_scope.cancel()
    for one in (views, vault, journal):
        one.close()
    return looks, drained


def run(rounds: int, say: Callable[[str], None], storm_s: int = STORM_S) -> Report:
    """One promotion, however many rounds were asked for: it says the same each time."""
    orders = [at_list_price(order) for order in baskets("trace lines")]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tidegate-outage-") as directory:

        async def main(timeline: Timeline) -> Any:
            return await promotion(timeline, Path(directory), orders, storm_s, say)

        looks, drained = run_virtual(main, seed=7)
    wall_s = time.perf_counter() - began
    rows = []
    for one in looks:
        note = f"{one.waiting:,} orders wait for the ERP"
        rows.append(row(f"after {one.at_s // 60} min", "MiB resident", [one.resident / MIB], note=note))
    rows.append(
        row("all of it", "turns/wall s", [drained["turns"] / wall_s], note=f"{drained['turns']:,} turns")
    )
    warm, storm = looks[0], looks[-2]
    growth = 100 * (storm.resident - warm.resident) / warm.resident
    a_waiting = (storm.resident - warm.resident) / max(1, storm.waiting - warm.waiting)
    off = 100 * abs(drained["took_s"] - drained["forecast_s"]) / max(1.0, drained["forecast_s"])
    needed = f"<= {BYTES_A_WAITING_ORDER}"
    bars = (
        Bar(
            "bytes resident for each order more that waits",
            needed,
            round(a_waiting),
            a_waiting <= BYTES_A_WAITING_ORDER,
        ),
        Bar("the drain's forecast is off by, %", "<= 10", round(off, 2), off <= 10),
    )
    notes = (
        f"resident memory grows by {growth:.0f} % while {storm.waiting - warm.waiting:,} more orders come to wait",
        f"{drained['waited']:,} waited 75 s after the ERP was back; forecast {drained['forecast_s']:,.0f} s, "
        f"took {drained['took_s']:,.0f} s",
    )
    return Report("outage", tuple(rows), bars, 1, notes)
