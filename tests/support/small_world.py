"""A small run of the real system on the twins, in virtual time, with everything noted that a judge wants.

Some answers of foreign systems get lost after their effect, and the process crashes once and is started
again: enough for every danger to be there, small enough for seconds.

long because everything that happens in the run is to be read in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec
import trio

from actors.journal.memory import MemoryJournal
from actors.journal.vault import MemoryVault
from actors.runtime.errors import RuntimeRefusal
from actors.runtime.fold import Fold
from actors.runtime.intake import Call
from actors.system import Ports, Settings, System
from actors.views.store import ViewStore
from actors.views.tables import COMPARED
from contracts.codec import decode_turn
from contracts.customers import EraseCustomer, guest_of
from contracts.entities import entity_of_location
from contracts.finance import OpeningStock, PostOpeningStock
from contracts.ids import order_id_of, return_id_of
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.orders import (
    TERMINAL,
    CancelOrder,
    Order,
    OrderLine,
    Payment,
    Person,
    PostalAddress,
    SubmitOrder,
)
from contracts.ports import SYSTEMS
from contracts.prices import ImportPrices, PriceRow
from contracts.quotes import AskedLine, MakeQuote
from contracts.reconciliations import RECONCILIATIONS
from contracts.returns import AdviseReturn, InspectedLine, InspectReturn, ReceiveReturn, ReturnLine
from contracts.turn import DEFAULT_TENANT
from sim.accountant import SUBJECT, month_end
from sim.bounds import Bounds
from sim.chance import SeededChance
from sim.invariants import ClientAnswer, Commit, Evidence, FaultHit, Submitted
from sim.run import levels_of
from sim.timeline import Timeline, run_virtual
from sim.twins import MemoryTwins, TwinsConfig
from tests.support.lossy import LossyTwins

SKUS = [f"S{n}" for n in range(12)]
PRICE, COST = 255, 100
PRICES_CHANGE_MS = 2_000


@dataclass
class Notes:
    """What is written down while the run goes on, in one order."""

    index: Any = field(default_factory=count)
    commits: list[Commit] = field(default_factory=list)
    answers: list[ClientAnswer] = field(default_factory=list)
    faults: list[FaultHit] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)


class NotedJournal(MemoryJournal):
    """Notes each commit."""

    def __init__(self, notes: Notes, timeline: Timeline) -> None:
        super().__init__("simulated")
        self.notes = notes
        self.timeline = timeline

    async def append(self, group, coordinates, epoch):
        await super().append(group, coordinates, epoch)
        number = self.statistics().groups - 1
        self.notes.commits.append(Commit(next(self.notes.index), number, self.timeline.now_ms()))


# Some are declined, some have to be looked at by a person.
TOKENS = {3: "tok_declined", 8: "tok_review"}


def an_order(n: int) -> tuple[str, Order]:
    """Order n: two to four lines, one SKU among them on two lines."""
    lines = [
        OrderLine(str(k), SKUS[(n + k * k) % len(SKUS)], 1 + (n + k) % 3, PRICE) for k in range(2 + n % 3)
    ]
    total = sum(line.quantity * line.unit_price_minor for line in lines) + 495
    channel = "marketplace" if n % 5 == 0 else "wholesale" if n % 7 == 4 else "web"
    order = Order(
        channel, f"W{n}", "GBP", True, tuple(lines), PostalAddress("GB"),
        (Payment("psp-a", "card", TOKENS.get(n % 13, "tok_visa"), total),), shipping_minor=495,
        contact=Person("A. Person", f"p{n}@post.example"),
    )  # fmt: skip
    return order_id_of(DEFAULT_TENANT, channel, f"W{n}"), order


class SmallWorld:
    """One run. `system` is the process now alive."""

    def __init__(self, timeline: Timeline, orders: int, stock: int, seed: int) -> None:
        self.timeline = timeline
        self.orders = orders
        self.stock = stock
        self.chance = SeededChance(seed)
        self.notes = Notes()
        self.bounds = Bounds()
        self.twins = MemoryTwins(
            TwinsConfig.standard(seed).changed({"mirror_loses_bp": 500}),
            timeline,
            self.chance,
            timeline.call_at_ms,
        )
        self.journal = NotedJournal(self.notes, timeline)
        self.vault = MemoryVault()
        self.foreign = LossyTwins(self.twins, self.notes, timeline)
        self.views = ViewStore(COMPARED)
        # Clients that are not done yet.
        self.open = orders
        self.system = self.start()

    def start(self) -> System:
        limits = {name: msgspec.structs.replace(one, rate_per_s=1_000) for name, one in SYSTEMS.items()}
        # So few at once that they are used up.
        limits["erp"] = msgspec.structs.replace(limits["erp"], concurrency=4)
        ports = Ports(
            self.journal, self.timeline, self.chance, self.foreign, vault=self.vault, views=self.views
        )
        return System(ports, Settings(limits=limits, sync_every_ms=5_000))

    async def submit(
        self, key: str, order_id: str, command: Any, route: str, return_id: str | None = None
    ) -> bytes:
        """Send until answered, as a client does; the answer's body."""
        to, at = ("orders", order_id) if return_id is None else ("returns", return_id)
        if isinstance(command, EraseCustomer):
            to, at = "customers", command.customer_id
        elif isinstance(command, MakeQuote):
            to, at = "catalog", command.price_list
        call = Call("shop", "POST", route, key, f"fp {key}", to, at, order_id, command)
        while True:
            answered = None
            with trio.move_on_after(2):
                try:
                    answered = await self.system.submit(call)
                except RuntimeRefusal:
                    await self.timeline.sleep_until_ms(self.timeline.now_ms() + 500)
            if answered is not None:
                self.notes.answers.append(
                    ClientAnswer(
                        next(self.notes.index), self.timeline.now_ms(), "shop", "POST", route, key, f"fp {key}",
                        answered.status, answered.body, answered.replayed, order_id,
                    )
                )  # fmt: skip
                return answered.body

    async def one_client(self, n: int) -> None:
        """A client, to its end."""
        await self.client(n)
        self.open -= 1

    async def client(self, n: int) -> None:
        """Places order n; some send it again, some under another key, some cancel it."""
        await self.timeline.sleep_until_ms(self.timeline.start_ms + 1_000 + n * 100)
        order_id, order = an_order(n)
        self.notes.submitted.append(
            Submitted(order_id, order.channel, order.channel_order_id, self.timeline.now_ms())
        )
        if n % 9 == 2 and order.channel == "web":
            order = await self.quoted(n, order_id, order)
        command = SubmitOrder(order_id, order)
        await self.submit(f"k{n}", order_id, command, "/v1/orders")
        if n % 4 == 0:
            await self.submit(f"k{n}", order_id, command, "/v1/orders")
        if n % 6 == 0:
            await self.submit(f"other{n}", order_id, command, "/v1/orders")
        if n % 3 == 1:
            await self.send_back(n, order_id, order)
        if n % 10 == 5:
            await self.be_forgotten(n, order_id)
        if n % 10 == 0:
            await self.submit(f"c{n}", order_id, CancelOrder(order_id, "changed my mind"), "/cancellations")

    async def quoted(self, n: int, order_id: str, order: Order) -> Order:
        """The order by a quote that was made before the list prices change, and named after it."""
        lines = tuple(AskedLine(line.sku, line.quantity) for line in order.lines)
        asked = MakeQuote("default", "web", "GBP", 900_000, lines)
        told = msgspec.json.decode(await self.submit(f"q{n}", order_id, asked, "/v1/price-quotes"))
        await self.timeline.sleep_until_ms(self.timeline.start_ms + PRICES_CHANGE_MS + 1_000)
        return msgspec.structs.replace(order, quote_id=told["quote_id"])

    def change_prices(self) -> None:
        """By so little that who has no quote pays the old ones all the same."""
        since = self.timeline.now_ms()
        rows = tuple(PriceRow(sku, PRICE + 1, "GBP", since, 1) for sku in SKUS)
        command = ImportPrices("default", rows)
        call = Call(
            "ops", "RECORD", "prices", "1", "", "catalog", "default", "prices", command, sheddable=False
        )
        self.system.door.take_record_nowait(call)

    async def be_forgotten(self, n: int, order_id: str) -> None:
        """The guest of an order that is over wants to be erased."""
        while (state := self.system.look("orders", order_id)) is None or state.order_status not in TERMINAL:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 500)
        erase = EraseCustomer(guest_of(order_id), "shop", "requested", order_id)
        await self.submit(f"e{n}", order_id, erase, "/personal-data")

    async def send_back(self, n: int, order_id: str, order: Order) -> None:
        """The first line of a completed order comes back as new, and once more, which is too often."""
        while (state := self.system.look("orders", order_id)) is None or state.order_status != "completed":
            if state is not None and state.order_status in ("rejected", "cancelled", "excepted"):
                return
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 500)
        line = order.lines[0]
        for ref in ("1", "2"):
            id_ = return_id_of(DEFAULT_TENANT, order_id, ref)
            lines = (ReturnLine(line.line_id, line.quantity),)
            advice = AdviseReturn(id_, order_id, "too-small", lines, 600_000, 0, "gc_1" if n % 4 == 1 else "")
            await self.submit(f"r{n}{ref}", order_id, advice, "/returns", id_)
        id_ = return_id_of(DEFAULT_TENANT, order_id, "1")
        await self.submit(f"g{n}", order_id, ReceiveReturn(id_, order_id, "G", lines), "/receipts", id_)
        graded = (InspectedLine(line.line_id, line.quantity, 0, 0),)
        await self.submit(f"i{n}", order_id, InspectReturn(id_, order_id, graded), "/inspections", id_)

    def deliver(self) -> None:
        """More stock comes, at another entity's place: who waits for some gets it."""
        rows = tuple(StockRow(sku, "WH3", 5 * self.stock) for sku in SKUS)
        receipt = ReceiveStock("default", "late", rows)
        call = Call(
            "ops", "RECORD", "seed", "late", "late", "inventory", "default", "late", receipt, sheddable=False
        )
        self.system.door.take_record_nowait(call)
        self.value("late", "WH3", 5 * self.stock)

    def value(self, name: str, location: str, units: int) -> None:
        """What so many of each SKU cost is put into the book."""
        row = OpeningStock(location, len(SKUS) * units * COST)
        book = entity_of_location(location).book
        command = PostOpeningStock(book, name, "GBP", (row,))
        call = Call("ops", "RECORD", "value", name, "", "finance", book, name, command, sheddable=False)
        self.system.door.take_record_nowait(call)

    def seed(self) -> None:
        """Prices and stock."""
        rows = tuple(ProductRow(sku, sku, PRICE, COST, "GBP") for sku in SKUS)
        stock = tuple(StockRow(sku, "WH1", self.stock) for sku in SKUS)
        for to, command in (
            ("catalog", ImportProducts("default", rows)),
            ("inventory", ReceiveStock("default", "opening", stock)),
        ):
            call = Call("ops", "RECORD", "seed", to, to, to, "default", to, command, sheddable=False)
            self.system.door.take_record_nowait(call)
        self.value("opening", "WH1", self.stock)
        for n, act in enumerate(month_end("GB01", self.timeline.now_ms())):
            call = Call(
                "ops", "RECORD", "books", str(n), "", "finance", "GB01", SUBJECT, act, sheddable=False
            )
            self.system.door.take_record_nowait(call)

    async def run(self) -> Evidence:
        """Run to rest, with one crash on the way."""
        crash_at_ms = self.timeline.start_ms + 1_000 + self.orders * 50
        async with trio.open_nursery() as clients:
            async with trio.open_nursery() as nursery:
                await nursery.start(self.system.run)
                self.seed()
                for n in range(self.orders):
                    clients.start_soon(self.one_client, n)
                await self.timeline.sleep_until_ms(self.timeline.start_ms + PRICES_CHANGE_MS)
                self.change_prices()
                await self.timeline.sleep_until_ms(crash_at_ms)
                nursery.cancel_scope.cancel()
            now = self.timeline.now_ms()
            self.notes.faults.append(
                FaultHit(next(self.notes.index), now, "crash_before_commit", "process:commit", "")
            )
            self.bounds.note(self.system)
            self.system = self.start()
            async with trio.open_nursery() as nursery:
                await nursery.start(self.system.run)
                converged = await self.rest() and await self.compared()
                nursery.cancel_scope.cancel()
            clients.cancel_scope.cancel()
        return self.evidence(converged)

    async def rest(self) -> bool:
        """Wait until every order has ended and everything is quiet; no longer than an hour."""
        until = self.timeline.now_ms() + 3_600_000
        ids = [an_order(n)[0] for n in range(self.orders)]
        await self.timeline.sleep_until_ms(self.timeline.now_ms() + 20_000)
        self.deliver()
        while self.timeline.now_ms() < until:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 500)
            states = [self.system.look("orders", order_id) for order_id in ids]
            ended = all(
                s is not None and s.order_status not in ("received", "accepted", "none") for s in states
            )
            told = not any(timer.actor == "returns" for timer in self.system.engine.fold.timers)
            if ended and told and not self.open and self.system.is_quiet() and not self.twins.waiting():
                await self.timeline.sleep_until_ms(self.timeline.now_ms() + 2_000)
                if self.system.is_quiet():
                    return True
        return False

    async def compared(self) -> bool:
        """Every reconciliation runs once; whether they came to their end."""
        for name in RECONCILIATIONS:
            self.system.reconciler.start(name, "the story", "round", settle_ms=0)
        for _ in range(600):
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 100)
            if self.system.is_quiet():
                return True
        return False

    def evidence(self, converged: bool) -> Evidence:
        """All that was noted, with the books and the digests."""
        rebuilt = Fold(self.system.actors)
        for number, group in self.journal.read():
            for data in group:
                rebuilt.read_back(decode_turn(data), number)
        notes = self.notes
        self.bounds.note(self.system)
        return Evidence(
            groups=self.journal.read,
            commits=notes.commits,
            answers=notes.answers,
            faults=notes.faults,
            submitted=notes.submitted,
            books=self.twins.books(),
            live_digest=self.system.engine.fold.digest(),
            rebuilt_digest=rebuilt.digest(),
            levels=levels_of(self.system),
            seals=self.vault.refs(),
            ended_at_ms=self.timeline.now_ms(),
            converged=converged,
            bounds=self.bounds.told(self.twins),
        )


def run_small_world(orders: int = 30, stock: int = 14, seed: int = 1) -> Evidence:
    """The evidence of a run."""

    async def main(timeline: Timeline) -> Evidence:
        return await SmallWorld(timeline, orders, stock, seed).run()

    return run_virtual(main, seed=seed)
