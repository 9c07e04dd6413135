"""The real door in this process: Hypercorn on loopback, an actor system behind it on a memory journal."""

from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import trio

from actors.journal.memory import MemoryJournal
from actors.runtime.real import RealClock
from actors.system import Ports, Settings, System
from actors.views.store import ViewStore
from actors.views.tables import TABLES
from gateway.app import gateway_of, make_app
from gateway.auth import Access
from gateway.server import listen, run_gateway
from sim.chance import SeededChance
from sim.sandbox import LIMITS, seed
from sim.twins import MemoryTwins
from tests.support import spoken
from tests.support.twins import at_once

# The order that clients are shown, word for word.
ORDER: dict[str, Any] = {
    "channel": "web",
    "channel_order_id": "W-1001",
    "placed_at": "2026-05-17T10:00:00Z",
    "currency": "GBP",
    "prices_include_tax": True,
    "customer_id": "C-17850",
    "quote_id": None,
    "contact": {"name": "A Shopper", "email": "a@example.org", "phone": None},
    "ship_to": {
        "name": "A Shopper",
        "lines": ["1 High Street"],
        "city": "Aberdeen",
        "region": None,
        "postal_code": "AB1 2CD",
        "country": "GB",
    },
    "bill_to": None,
    "delivery": {"service": "standard", "ship_by": None, "pickup_location": None, "instructions": None},
    "lines": [
        {
            "line_id": "1",
            "sku": "85123A",
            "quantity": 6,
            "unit_price_minor": 255,
            "discounts": [{"code": "MAY8", "amount_minor": 0}],
            "attributes": {},
        }
    ],
    "shipping_minor": 495,
    "discounts": [],
    "payments": [{"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 2025}],
    "attributes": {"gift_message": "Happy birthday"},
}
TERMINAL = {"completed", "rejected", "cancelled", "excepted"}
PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code", "trace_id", "retryable", "errors"}


def numbered(number, **changes):
    """That order, told apart by a number."""
    return {**ORDER, "channel_order_id": f"G-{number}", **changes}


class HeldJournal(MemoryJournal):
    """A memory journal whose commits wait while it is held, or fail once `broken` is set."""

    def __init__(self, mode="sandbox"):
        super().__init__(mode)
        self.let_go = trio.Event()
        self.let_go.set()
        self.broken = None

    def hold(self):
        """Commits wait from now on."""
        self.let_go = trio.Event()

    async def append(self, group, coordinates, epoch):
        await self.let_go.wait()
        if self.broken is not None:
            raise self.broken
        await super().append(group, coordinates, epoch)


class Door:
    """A running gateway: its parts, and short ways to ask it."""

    def __init__(self, system, access, journal, twins, secret):
        self.system = system
        self.access = access
        self.journal = journal
        self.twins = twins
        self.secret = secret
        self.shutdown = trio.Event()
        self.ended = trio.Event()
        self.url = ""
        self.admission: Any = None
        self.feed: Any = None
        self.app: Any = None
        self.client: Any = None

    def turns(self):
        """How many turns there are."""
        return self.system.engine.fold.turns

    async def post(self, body, key, **headers):
        """POST /v1/orders with a body (a dict, or bytes as they are)."""
        sent = {"idempotency-key": key, **headers}
        if isinstance(body, bytes):
            sent.setdefault("content-type", "application/json")
            return await self.client.post("/v1/orders", content=body, headers=sent)
        return await self.client.post("/v1/orders", json=body, headers=sent)

    async def get(self, path, **headers):
        """GET with the key."""
        return await self.client.get(path, headers=headers)

    async def say(self, path, body, key, **headers):
        """POST something under a key."""
        return await self.client.post(path, json=body, headers={"idempotency-key": key, **headers})

    async def quiet(self):
        """Return once everything is done, and stands in the lists."""
        with trio.fail_after(10):
            while self.system.views.statistics()["groups_behind"] or not self.system.is_quiet():
                await trio.sleep(0.02)

    async def rest(self, location):
        """The order at this location, once it is at rest."""
        with trio.fail_after(20):
            while True:
                order = (await self.client.get(location)).json()
                if order["order_status"] in TERMINAL:
                    return order
                await trio.sleep(0.02)


@asynccontextmanager
async def opened(
    directory, *, mode="sandbox", journal=None, twins=None, webhooks=None, inbound=None, **settings
):
    """A gateway that listens; at the end it is told to stop, and drained."""
    clock = RealClock()
    journal = journal or HeldJournal(mode)
    quick = {"pick_min_ms": 1, "pick_max_ms": 1, "review_min_ms": 1, "review_max_ms": 1}
    bodies = MemoryTwins(at_once(**{**quick, **(twins or {})}), clock, SeededChance(1))
    system = System(
        Ports(journal, clock, SeededChance(2), bodies, views=ViewStore(TABLES), webhooks=webhooks),
        Settings(**{"feed_every_ms": 20, "limits": LIMITS, "strict": True, **settings}),
    )
    access = Access(directory, clock)
    _, secret = access.create("tests")
    door = Door(system, access, journal, bodies, secret)
    seed(system)
    app = make_app(system, access, mode, inbound=inbound)
    door.app = app
    door.admission, door.feed = gateway_of(app).admission, gateway_of(app).feed
    listener = listen("127.0.0.1", 0)
    async with trio.open_nursery() as nursery:

        async def serve(task_status=trio.TASK_STATUS_IGNORED):
            await run_gateway(app, listener, shutdown=door.shutdown, drain_ms=1_000, task_status=task_status)
            door.ended.set()

        door.url = await nursery.start(partial(serve))
        headers = {"authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(
            base_url=door.url,
            headers=headers,
            trust_env=False,
            verify=False,
            timeout=20,
            event_hooks={"response": [spoken.listen]},
        ) as door.client:
            while system.look("inventory", "default") is None or not system.is_quiet():
                await trio.sleep(0.005)
            yield door
        journal.let_go.set()
        door.shutdown.set()
    access.close()
