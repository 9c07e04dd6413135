"""What a server adds to a request: a bare echo on Hypercorn's own trio server and on ours, in turn.

The clients run in the same process and thread, so a rate includes what they cost; the ratio is therefore less than that
of the servers alone.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as stock_serve

from gateway.http1 import serve

from .harness import Bar, Report, interleaved, row

REQUESTS = 4_000
CONNECTIONS = 32
BODY = b'{"hello": "there"}'
POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


async def echo(
    scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """The body of a request as its answer."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": event["type"] + ".complete"})
            if event["type"] == "lifespan.shutdown":
                return
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})


async def client(port: int, requests: int) -> None:
    """Ask again and again over one connection."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        for _ in range(requests):
            await stream.send_all(POST)
            told = b""
            while not told.endswith(BODY):
                told += await stream.receive_some(65_536)


def asked(server: Any, app: Any = echo) -> dict[str, float]:
    """Requests a second, and CPU of both sides a request, of an application that echoes."""
    measured: dict[str, float] = {}

    async def main() -> None:
        config = Config()
        config.bind = ["127.0.0.1:0"]
        config.accesslog, config.loglevel = None, "WARNING"
        config.keep_alive_max_requests = 1 << 62
        stop = trio.Event()
        async with trio.open_nursery() as nursery:
            urls = await nursery.start(partial(server, app, config, shutdown_trigger=stop.wait))
            port = int(urls[0].rsplit(":", 1)[1])
            wall, cpu = time.perf_counter(), time.process_time()
            async with trio.open_nursery() as clients:
                for _ in range(CONNECTIONS):
                    clients.start_soon(client, port, REQUESTS // CONNECTIONS)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            measured.update(per_s=REQUESTS / wall, cpu_us=cpu / REQUESTS * 1e6)
            stop.set()

    trio.run(main)
    return measured


def run(rounds: int, say: Callable[[str], None]) -> Report:
    """Both, interleaved."""
    taken = interleaved(
        {
            "stock Hypercorn": lambda: asked(partial(stock_serve, mode="asgi")),
            "ours": lambda: asked(serve),
        },
        rounds,
        say,
    )
    stock, own = taken["stock Hypercorn"], taken["ours"]
    rows = []
    for name, one in taken.items():
        rows.append(row(name, "requests/s", one["per_s"], against=("stock Hypercorn", stock["per_s"])))
        rows.append(
            row(name, "CPU us a request", one["cpu_us"], against=("stock Hypercorn", stock["cpu_us"]))
        )
    ratio = statistics.median(own["per_s"]) / statistics.median(stock["per_s"])
    bar = Bar("a bare echo on our server, over the stock one", ">= 2", round(ratio, 2), ratio >= 2)
    return Report("http", tuple(rows), (bar,), rounds)
