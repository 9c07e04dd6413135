"""What the gateway answers in a second, beside a bare echo on the same server and on Hypercorn's own.

The whole of `tidegate serve` but its process: Quart, the early routes, the actors on SQLite (WAL, synchronous=FULL),
partners that answer at once. 32 connections; the clients run in the same process, so that every rate includes theirs.
An order counts when it is received; how many are completed meanwhile is told beside it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import trio
from hypercorn.trio import serve as stock_serve

from actors.journal.sqlite import SqliteJournal
from actors.runtime.real import RealChance, RealClock, collect_seldom
from actors.system import Ports, Settings, System
from contracts.ports import SYSTEMS
from contracts.turn import Turn
from gateway.app import make_app
from gateway.auth import Access
from gateway.http1 import serve
from gateway.server import listen, run_gateway
from sim.welcome import ORDER

from .harness import Bar, Report, interleaved, row
from .http import CONNECTIONS, asked
from .instant import InstantForeign
from .peers import on_uvicorn, quart_echo
from .runtime import baskets, stock

ORDERS = 1_500
READS = 3_000
# Orders are placed so long to see whether what is unfinished grows.
MINUTE_S = 60.0
# What a promotion needs: 80 orders a second, three times over.
STORM_PER_S, HEADROOM = 80, 3
# Orders in a burst, and in a batch.
BURST, BATCH = 5_000, 250
# A burst is received whole before it is worked off: what is unfinished meanwhile is more than is usual.
CREDIT = 20_000


class Asker:
    """A bare client of one connection, which times every answer."""

    def __init__(self, stream: trio.SocketStream, secret: str) -> None:
        self._stream = stream
        self._head = f"host: x\r\nauthorization: Bearer {secret}\r\n".encode()
        self.took_ms: list[float] = []

    async def ask(self, line: bytes, headers: bytes = b"", body: bytes = b"") -> bytes:
        """The answer's body. Raises RuntimeError for a status of 400 and more."""
        began = time.perf_counter()
        length = b"content-length: %d\r\n" % len(body) if body else b""
        await self._stream.send_all(line + b" HTTP/1.1\r\n" + self._head + headers + length + b"\r\n" + body)
        told = b""
        while b"\r\n\r\n" not in told:
            told += await self._stream.receive_some(65_536)
        head, _, told = told.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(told) < size:
            told += await self._stream.receive_some(65_536)
        self.took_ms.append((time.perf_counter() - began) * 1_000)
        if head[9:12] >= b"400":
            raise RuntimeError(f"{head!r} {told!r}")
        return told


class Serving:
    """A running gateway, its secret and its port."""

    def __init__(self, system: System, secret: str, port: int) -> None:
        self.system, self.secret, self.port = system, secret, port

    async def all_at(self, requests: int, ask: Callable[[Asker, int], Any]) -> dict[str, float]:
        """Rates and times of so many requests over all connections. `ask(asker, n)` makes the n-th."""
        numbers = iter(range(requests))
        took: list[float] = []

        async def client() -> None:
            async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
                asker = Asker(stream, self.secret)
                for n in numbers:
                    await ask(asker, n)
                took.extend(asker.took_ms)

        wall, cpu = time.perf_counter(), time.process_time()
        async with trio.open_nursery() as nursery:
            for _ in range(CONNECTIONS):
                nursery.start_soon(client)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        cuts = statistics.quantiles(took, n=100)
        return {
            "per_s": requests / wall, "cpu_us": cpu / requests * 1e6, "p50_ms": cuts[49], "p99_ms": cuts[98],
        }  # fmt: skip


async def post(asker: Asker, n: int) -> None:
    """Place an order."""
    body = msgspec.json.encode({**ORDER, "channel_order_id": f"B-{n}"})
    await asker.ask(
        b"POST /v1/orders", b"content-type: application/json\r\nidempotency-key: b-%d\r\n" % n, body
    )


def measured(work: Callable[[Serving], Any]) -> dict[str, float]:
    """What `work` measures on a gateway of its own."""
    found: dict[str, float] = {}

    async def main(directory: Path) -> None:
        clock = RealClock()
        journal = SqliteJournal.open(directory, "sandbox")
        limits = {
            name: msgspec.structs.replace(one, concurrency=512, rate_per_s=1_000_000, burst=1_000_000)
            for name, one in SYSTEMS.items()
        }
        system = System(
            Ports(journal, clock, RealChance(), InstantForeign()),
            Settings(feed_every_ms=20, limits=limits, credit=CREDIT),
        )
        access = Access(directory, clock)
        _, secret = access.create("benchmark")
        app, listener, stop = make_app(system, access, "sandbox"), listen("127.0.0.1", 0), trio.Event()
        async with trio.open_nursery() as nursery:
            url = await nursery.start(partial(run_gateway, app, listener, shutdown=stop, drain_ms=1_000))
            await stock(system, baskets("2 lines")[:1], clock)
            found.update(await work(Serving(system, secret, int(url.rsplit(":", 1)[1]))))
            stop.set()
        access.close()
        journal.close()

    with tempfile.TemporaryDirectory(prefix="tidegate-gateway-") as directory:
        trio.run(main, Path(directory))
    return found


async def posts(serving: Serving) -> dict[str, float]:
    """Orders, durable before their 202."""
    return await serving.all_at(ORDERS, post)


async def a_minute(serving: Serving) -> dict[str, float]:
    """Orders by 32 clients for a minute: how many a second, and how many are unfinished half-way and at the end."""
    done = 0

    def watch(turns: Sequence[Turn]) -> None:
        nonlocal done
        ended = [turn for turn in turns if turn.actor == "orders"]
        done += sum(event.type == "order.completed" for turn in ended for event in turn.events)

    serving.system.engine.watchers.append(watch)
    until = time.perf_counter() + MINUTE_S
    looks: list[tuple[float, int, int]] = []
    posted = 0

    async def client() -> None:
        nonlocal posted
        async with await trio.open_tcp_stream("127.0.0.1", serving.port) as stream:
            asker = Asker(stream, serving.secret)
            while time.perf_counter() < until:
                posted += 1
                await post(asker, posted)

    async def look() -> None:
        for part in (0.5, 1.0):
            await trio.sleep(until - MINUTE_S * (1 - part) - time.perf_counter())
            looks.append((time.perf_counter(), posted, done))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        for _ in range(CONNECTIONS):
            nursery.start_soon(client)
    (at, placed, completed), (at_end, placed_at_end, completed_at_end) = looks
    seconds = at_end - at
    return {
        "per_s": (placed_at_end - placed) / seconds, "completed_per_s": (completed_at_end - completed) / seconds,
        "unfinished_half_way": placed - completed, "unfinished": placed_at_end - completed_at_end,
    }  # fmt: skip


async def batches(serving: Serving) -> dict[str, float]:
    """A burst of orders of two lines, by the batch: how many orders are received in a second."""
    lines = [{**ORDER["lines"][0], "line_id": str(n), "quantity": 1, "discounts": []} for n in (1, 2)]
    two = {
        **ORDER,
        "lines": lines,
        "shipping_minor": 0,
        "payments": [{**ORDER["payments"][0], "amount_minor": 510}],
    }

    async def post_batch(asker: Asker, n: int) -> None:
        orders = [{**two, "channel_order_id": f"B-{n}-{m}"} for m in range(BATCH)]
        headers = b"content-type: application/json\r\nidempotency-key: b-%d\r\n" % n
        await asker.ask(b"POST /v1/orders:batch", headers, msgspec.json.encode({"orders": orders}))

    found = await serving.all_at(BURST // BATCH, post_batch)
    return {**found, "per_s": found["per_s"] * BATCH, "cpu_us": found["cpu_us"] / BATCH}


async def availability(serving: Serving) -> dict[str, float]:
    """What a channel may promise of two SKUs."""
    return await serving.all_at(
        READS, lambda asker, n: asker.ask(b"GET /v1/availability?skus=85123A,71053&channel=web")
    )


async def order(serving: Serving) -> dict[str, float]:
    """One order, again and again, once it is at rest."""
    placed: list[str] = []

    async def place(asker: Asker, n: int) -> None:
        body = msgspec.json.encode({**ORDER, "channel_order_id": f"B-{n}"})
        headers = b"content-type: application/json\r\nidempotency-key: b-%d\r\n" % n
        placed.append(msgspec.json.decode(await asker.ask(b"POST /v1/orders", headers, body))["order_id"])

    async with await trio.open_tcp_stream("127.0.0.1", serving.port) as stream:
        await place(Asker(stream, serving.secret), 0)
    while not serving.system.is_quiet():
        await trio.sleep(0.01)
    line = f"GET /v1/orders/{placed[0]}".encode()
    return await serving.all_at(READS, lambda asker, n: asker.ask(line))


def run(rounds: int, say: Callable[[str], None]) -> Report:
    """All cases, interleaved."""
    collect_seldom()
    cases = {
        "bare echo, stock Hypercorn": lambda: asked(partial(stock_serve, mode="asgi")),
        "bare echo": lambda: asked(serve),
        "Quart-Trio echo, stock Hypercorn": lambda: asked(partial(stock_serve, mode="asgi"), quart_echo()),
        "Quart-Trio echo": lambda: asked(serve, quart_echo()),
        "FastAPI echo, uvicorn": on_uvicorn,
        "POST /v1/orders": lambda: measured(posts),
        "POST /v1/orders:batch, orders": lambda: measured(batches),
        "GET /v1/availability": lambda: measured(availability),
        "GET /v1/orders/{id}": lambda: measured(order),
    }
    taken = interleaved(cases, rounds, say)
    say("orders for a minute")
    sustained = measured(a_minute)
    echo = taken["bare echo"]["per_s"]
    rows = []
    for name, one in taken.items():
        times = ""
        if "p50_ms" in one:
            p50, p99 = statistics.median(one["p50_ms"]), statistics.median(one["p99_ms"])
            times = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        rows.append(row(name, "requests/s", one["per_s"], against=("bare echo", echo), note=times))
        rows.append(row(name, "CPU us a request", one["cpu_us"]))

    def ratio(name: str) -> float:
        return round(statistics.median(taken[name]["per_s"]) / statistics.median(echo), 3)

    single, many = taken["POST /v1/orders"], taken["POST /v1/orders:batch, orders"]
    batch = round(statistics.median(many["per_s"]) / statistics.median(single["per_s"]), 3)
    grown = sustained["unfinished"] - sustained["unfinished_half_way"]
    headroom = round(sustained["completed_per_s"] / STORM_PER_S, 2)
    minute = "POST /v1/orders, a minute"
    rows.append(row(minute, "requests/s", [sustained["per_s"]], against=("bare echo", echo)))
    for name in ("unfinished_half_way", "unfinished"):
        rows.append(row(minute, f"orders {name.replace('_', ' ')}", [sustained[name]]))
    stock_echo = taken["bare echo, stock Hypercorn"]["per_s"]
    over_stock = round(statistics.median(echo) / statistics.median(stock_echo), 2)
    bars = (
        Bar("bare echo, over the stock server's", ">= 2", over_stock, over_stock >= 2),
        Bar("orders completed in a second of that minute, over 80", f">= {HEADROOM}", headroom, headroom >= HEADROOM),
        Bar("orders more unfinished at its end than half-way", f"<= {CONNECTIONS}", grown, grown <= CONNECTIONS),
        Bar("POST /v1/orders, over a bare echo", ">= 0.4", ratio("POST /v1/orders"), ratio("POST /v1/orders") >= 0.4),
        Bar("POST /v1/orders:batch, orders received, over POST /v1/orders", ">= 4", batch, batch >= 4),
        Bar("GET /v1/availability, over a bare echo", ">= 0.6", ratio("GET /v1/availability"),
            ratio("GET /v1/availability") >= 0.6),
        Bar("GET /v1/orders/{id}, over a bare echo", ">= 0.6", ratio("GET /v1/orders/{id}"),
            ratio("GET /v1/orders/{id}") >= 0.6),
    )  # fmt: skip
    return Report("gateway", tuple(rows), bars, rounds)
