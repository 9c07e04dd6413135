"""The twins as an HTTP server in a process of their own, with a SQLite store of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio
from hypercorn.config import Config as HypercornConfig
from hypercorn.trio import serve

from .asgi import TwinsApp
from .body import Twins
from .config import TwinsConfig
from .draw import HashChance
from .sqlite import SqliteStore

STORE_NAME = "twins.sqlite"
ADDRESS_NAME = "twins.json"


class WallClock:
    """Real milliseconds since the epoch, never decreasing while the process lives."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return (self._offset_ns + time.monotonic_ns()) // 1_000_000

    async def sleep_until_ms(self, due_ms: int) -> None:
        """Return at or after `due_ms`."""
        await trio.sleep(max(0, due_ms - self.now_ms()) / 1_000)
        while self.now_ms() < due_ms:
            await trio.sleep(0.001)


async def serve_twins(
    directory: Path,
    port: int,
    config: TwinsConfig,
    *,
    host: str = "127.0.0.1",
    shutdown: trio.Event | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled or `shutdown` is set. Port 0 takes a free one; the URL is the started value.

    `directory` (made if missing) keeps the store, and `twins.json` {"pid", "port", "url"} while listening.
    Raises TwinsRefused for a directory that cannot be used, OSError for an address that cannot be bound.
    """
    directory.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(directory / STORE_NAME)
    address = directory / ADDRESS_NAME
    try:
        listener = _listen(host, port)
        app = TwinsApp(Twins(config, WallClock(), HashChance(config.seed), store), store)
        stop = shutdown if shutdown is not None else trio.Event()
        async with trio.open_nursery() as outer:
            outer.start_soon(store.run_committer)
            async with trio.open_nursery() as inner:
                run = partial(serve, app, _settings(listener), shutdown_trigger=stop.wait, mode="asgi")
                url = (await inner.start(run))[0]
                _write_address(address, url)
                task_status.started(url)
            outer.cancel_scope.cancel()
    finally:
        address.unlink(missing_ok=True)
        store.close()


def run_twins(
    directory: Path,
    port: int,
    config: TwinsConfig,
    *,
    host: str = "127.0.0.1",
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve in this process until SIGTERM or SIGINT. `announce` is told the URL once it listens.

    Raises what `serve_twins` raises, by itself and not in a group.
    """

    async def main() -> None:
        shutdown = trio.Event()
        async with trio.open_nursery() as nursery:
            await nursery.start(_set_at_signal, shutdown)
            url = await nursery.start(
                partial(serve_twins, directory, port, config, host=host, shutdown=shutdown)
            )
            if announce is not None:
                announce(url)

    try:
        trio.run(main)
    except BaseExceptionGroup as group:
        alone: BaseException = group
        while isinstance(alone, BaseExceptionGroup) and len(alone.exceptions) == 1:
            alone = alone.exceptions[0]
        raise alone from None


async def _set_at_signal(
    shutdown: trio.Event, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            shutdown.set()
            return


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, made here so that a port in use is a plain OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener


def _settings(listener: socket.socket) -> HypercornConfig:
    settings = HypercornConfig()
    # Hypercorn owns the descriptor from here on.
    settings.bind = [f"fd://{listener.detach()}"]
    settings.alpn_protocols = ["http/1.1"]
    settings.loglevel = "WARNING"
    settings.include_server_header = False
    settings.backlog = 1_024
    # A connection closed under a client's next request would look like a call without an answer.
    settings.keep_alive_timeout = 3_600.0
    settings.keep_alive_max_requests = 1 << 62
    settings.graceful_timeout = 1.0
    return settings


def _write_address(path: Path, url: str) -> None:
    """Appears whole or not at all: who finds it can read it."""
    port = int(url.rpartition(":")[2])
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps({"pid": os.getpid(), "port": port, "url": url}))
    os.replace(draft, path)
