"""A whole System on a memory journal and memory twins in virtual time, with a hand on everything outside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec
import trio

from actors.journal.memory import MemoryJournal
from actors.runtime.errors import RuntimeRefusal
from actors.runtime.fold import rebuilt
from actors.runtime.intake import Answered, Call
from actors.runtime.saying import deliver_at_once
from actors.system import Ports, Settings, System, all_actors
from contracts.codec import decode_turn
from contracts.orders import TERMINAL, CancelOrder, Order, SubmitOrder, order_total_minor
from contracts.turn import Turn
from contracts.vocabulary import decode_body
from sim.chance import SeededChance
from sim.timeline import Timeline
from sim.twins import MemoryTwins
from tests.support import virtual
from tests.support.script import Scripted
from tests.support.shop import id_of, opening_stock, price_list
from tests.support.twins import at_once

ROUTE = "/v1/orders"


class ProcessCrash(Exception):
    """The simulated process is gone."""


class World:
    """Options: `twins`, changes to twins that answer at once; `wrap`, what stands round the journal;
    `deliver`, the Deliver port; `strict`, the wire; `stocked`, whether the shop has anything; `views`, the
    lists; `webhooks`, the way to endpoints; and those of Settings.
    """

    def __init__(
        self,
        timeline: Timeline,
        nursery: trio.Nursery,
        *,
        twins: dict[str, Any] | None = None,
        wrap: Callable[[MemoryJournal], Any] = lambda journal: journal,
        deliver: Any = deliver_at_once,
        strict: bool = True,
        stocked: bool = True,
        seed: int = 1,
        views: Any = None,
        webhooks: Any = None,
        **settings: Any,
    ) -> None:
        self.timeline = timeline
        self.nursery = nursery
        self.chance = SeededChance(seed)
        self.twins = MemoryTwins(at_once(**(twins or {})), timeline, self.chance)
        self.script = Scripted(self.twins, timeline)
        self.inner_journal = MemoryJournal("simulated")
        self.ports = Ports(
            wrap(self.inner_journal),
            timeline,
            self.chance,
            self.script,
            deliver,
            views=views,
            webhooks=webhooks,
        )
        self.settings = Settings(strict=strict, **settings)
        self.stocked = stocked
        self.restarts = 0
        self.running = False
        # Whoever is connected: cut when the process goes.
        self.clients: list[trio.CancelScope] = []
        self._scope = trio.CancelScope()
        self._ended = trio.Event()

    # -- the process -------------------------------------------------------------------------------

    async def open(self) -> None:
        """Start, and fill the shop."""
        await self.start()
        if self.stocked:
            self.record("catalog", "default", price_list(), "products")
            self.record("inventory", "default", opening_stock(), "opening")
            await self.quiet()

    async def start(self) -> None:
        """A new process on the same journal."""
        self.system = System(self.ports, self.settings)
        self._scope, self._ended = trio.CancelScope(), trio.Event()
        await self.nursery.start(self._run, self.system)

    async def _run(self, system: System, task_status: Any = trio.TASK_STATUS_IGNORED) -> None:
        self.running = True
        try:
            with self._scope:
                await system.run(task_status=task_status)
        except* ProcessCrash:
            pass
        finally:
            self.running = False
            self._ended.set()
            clients, self.clients = self.clients, []
            for client in clients:
                client.cancel()

    async def crash(self) -> None:
        """The process is gone, with all that was not synced."""
        self._scope.cancel()
        await self._ended.wait()

    async def restart(self) -> None:
        """Crash, if it has not, and start again."""
        await self.crash()
        self.restarts += 1
        await self.start()

    async def keep_alive_until(self, true: Callable[[], Any], within_ms: int = 300_000) -> None:
        """Let time pass until something is true, starting the process again whenever it has died."""
        due = self.timeline.now_ms() + within_ms
        while not (self.running and true()):
            assert self.timeline.now_ms() < due
            if not self.running:
                await self.restart()
            await self.wait(100)

    # -- what clients do ---------------------------------------------------------------------------

    def call_for(self, order: Order, key: str | None = None) -> Call:
        """The call that places an order."""
        order_id = id_of(order)
        return Call(
            principal="client",
            method="POST",
            route=ROUTE,
            key=key or f"key-{order.channel_order_id}",
            fingerprint=sha256(msgspec.msgpack.encode(order)).hexdigest(),
            to="orders",
            to_key=order_id,
            subject=order_id,
            command=SubmitOrder(order_id, order),
        )

    async def place(self, order: Order, key: str | None = None) -> Answered:
        """Place an order: its channel has it in its books from now on."""
        self.twins.ordered(order.channel, order.channel_order_id, order_total_minor(order), order.currency)
        return await self.system.submit(self.call_for(order, key))

    async def insist(self, order: Order) -> Answered:
        """Place an order, again and again under the same key, until there is an answer for good."""
        while True:
            answered = None
            with trio.CancelScope() as connection:
                self.clients.append(connection)
                if self.running:
                    try:
                        answered = await self.place(order)
                    except RuntimeRefusal as refusal:
                        if not refusal.retryable:
                            raise
            if answered is not None and answered.status < 500:
                return answered
            await self.wait(100)

    async def cancel(self, order: Order | str, key: str = "cancel") -> Answered:
        """Ask for an order's cancellation."""
        order_id = order if isinstance(order, str) else id_of(order)
        route = f"{ROUTE}/{order_id}/cancellations"
        command = CancelOrder(order_id, "customer-request")
        call = Call("client", "POST", route, key, "c", "orders", order_id, order_id, command, sheddable=False)
        return await self.system.submit(call)

    def record(self, to: str, key: str, command: Any, name: str, subject: str | None = None) -> bool:
        """A file record or webhook comes in. Whether it was new."""
        subject = subject or name
        call = Call("files", "RECORD", "seed", name, "f", to, key, subject, command, sheddable=False)
        return self.system.door.take_record_nowait(call)[0]

    # -- time --------------------------------------------------------------------------------------

    async def until(self, true: Callable[[], Any], within_ms: int = 120_000) -> Any:
        """Let time pass until something is true."""
        return await virtual.until(self.timeline, true, within_ms)

    async def wait(self, ms: int) -> None:
        """Let time pass."""
        await self.timeline.sleep_until_ms(self.timeline.now_ms() + ms)

    async def quiet(self, within_ms: int = 120_000) -> None:
        """Until nothing is pending, waiting or in flight."""
        await self.until(lambda: self.system.is_quiet(), within_ms)

    async def ended(self, *orders: Order, within_ms: int = 120_000) -> None:
        """Until these orders are at rest, and what they left behind is done."""
        await self.until(lambda: all(self.state(o).order_status in TERMINAL for o in orders), within_ms)
        await self.quiet()

    async def play(self, order: Order) -> Any:
        """Place an order and see it to its end; its state."""
        assert (await self.place(order)).status == 202
        await self.ended(order)
        return self.state(order)

    # -- looking -----------------------------------------------------------------------------------

    def state(self, order: Order) -> Any:
        """The order's live state in `orders`."""
        return self.system.engine.fold.key("main", "orders", id_of(order)).state

    def axes(self, order: Order) -> tuple[str, str, str, str]:
        """(order, payment, fulfillment, ERP) statuses."""
        state = self.state(order)
        return state.order_status, state.payment_status, state.fulfillment_status, state.erp_status

    def turns(self, order: Order | None = None) -> list[Turn]:
        """The durable turns, in the order of their commits; those that touched an order."""
        if order is None:
            return [decode_turn(data) for _, group in self.inner_journal.read() for data in group]
        coordinates = self.system.timeline.of(id_of(order))
        return [decode_turn(data) for data in self.inner_journal.read_turns(coordinates)]

    def facts(self, type_: str) -> list[Any]:
        """The bodies of all durable events of a type."""
        return [
            decode_body(event.type, event.version, event.body)
            for turn in self.turns()
            for event in turn.events
            if event.type == type_ and event.body != msgspec.Raw(b"\xc0")
        ]

    def postings(self) -> list[tuple[str, list[tuple[str, str, int]]]]:
        """(step, [(side, account, amount)]) of every posting, in order."""
        return [
            (posting.step, [(e.side, e.account, e.amount_minor) for e in posting.entries])
            for posting in self.facts("ledger.posted")
        ]

    def exceptions(self) -> list[str]:
        """The categories of the exceptions opened."""
        return [opened.category for opened in self.facts("exception.opened")]

    def _pool(self) -> Any:
        pool = self.system.look("inventory", "default")
        assert pool is not None
        return pool

    def stock(self, sku: str, location: str = "WH1") -> tuple[int, int]:
        """(available, reserved) of a SKU."""
        position = self._pool().positions[sku][location]
        return position.available, position.reserved

    def reservations(self) -> list[str]:
        """The orders that hold a reservation."""
        return list(self._pool().reservations)

    def books(self) -> dict[str, Any]:
        """What the foreign systems have in their books, condensed to what counts."""
        books = self.twins.books()
        payments = books["payments"]
        return {
            "held": [
                (a["reference"], a["amount"], a["captured"], a["voided"]) for a in payments["authorizations"]
            ],
            "captured": [(c["reference"], c["amount"]) for c in payments["captures"]],
            "erp": [(d["external_ref"], d["status"]) for d in books["erp"]["documents"]],
            "tax": [(d["ref"], d["status"]) for d in books["tax"]["documents"]],
            "warehouse": [(o["ref"], o["status"]) for o in books["warehouse"]["orders"]],
            "shipped": [s["ref"] for s in books["warehouse"]["shipments"]],
        }

    def by_actor(self, turns: list[Turn] | None = None) -> Counter[str]:
        """How many turns each actor took."""
        return Counter(turn.actor for turn in (self.turns() if turns is None else turns))

    def rebuilt_digest(self) -> str:
        """The digest of a fold made anew from the journal."""
        fold = rebuilt(all_actors(), self.inner_journal.read())
        assert list(fold.finish_reading()) == []
        return fold.digest()


def in_a_world(story: Callable[[World], Any], **options: Any) -> Any:
    """Run `story(world)` in virtual time and return its result: for tests that need several worlds."""

    async def main() -> Any:
        async with virtual.running_timeline() as timeline, trio.open_nursery() as nursery:
            world = World(timeline, nursery, **options)
            await world.open()
            result = await story(world)
            nursery.cancel_scope.cancel()
        return result

    return virtual.virtual_run(main)
