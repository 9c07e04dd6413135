"""Runs the system and its HTTP door in one process, so that neither outlives the other.

nursery ── system.run          a failing loop or commit ends everything
    ├───── signals             SIGTERM, SIGINT: drain; a second one: now
    └───── Hypercorn           HTTP/1.1 only
"""

from __future__ import annotations

import errno
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import trio
from hypercorn.config import Config as HypercornConfig
from hypercorn.protocol.h11 import H11Protocol
from quart_trio import QuartTrio

from .app import early_of, gateway_of
from .front import Front
from .http1 import serve

# From the opening of a connection, and between two requests on it, until the next head is whole.
HEAD_SECONDS = 30.0
HEAD_BYTES = 32 * 1024
DRAIN_MS = 10_000
GRACE_SECONDS = 2.0
# What was said to a client and not yet taken by it.
SEND_BUFFER_BYTES = 256 * 1024


class CannotListen(Exception):
    """The address cannot be bound; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of the server's certificate and key."""

    certificate: Path
    key: Path


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, made before anything else is started. Port 0 takes a free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Connections inherit it: else the kernel keeps megabytes for each client that does not read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another process listens there" if in_use else str(error)
        raise CannotListen(f"cannot listen on {host} port {port}: {why}") from None
    return listener


async def run_gateway(
    app: QuartTrio,
    listener: socket.socket,
    *,
    tls: Tls | None = None,
    announce: Callable[[], None] = lambda: None,
    drain_ms: int = DRAIN_MS,
    shutdown: trio.Event | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the system behind `app` and serve it until a signal, or until `shutdown` is set, and then drain.

    `announce` is called once requests are answered. Raises what ends the system: JournalFailed, StaleEpoch,
    LoopFailing; alone or in a group.
    """
    gateway = gateway_of(app)
    stop = shutdown if shutdown is not None else trio.Event()
    drained = trio.Event()
    _http1_only()
    async with trio.open_nursery() as nursery:
        await nursery.start(gateway.system.run)
        if shutdown is None:
            await nursery.start(_set_at_signals, stop, nursery.cancel_scope)

        async def drain() -> None:
            await stop.wait()
            gateway.admission.draining = True
            gateway.feed.close()
            await gateway.system.drain(drain_ms)
            drained.set()

        async def started(task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED) -> None:
            await serve(
                Front(app, early_of(app), shielded=tls is not None),
                _settings(listener, tls),
                shutdown_trigger=drained.wait,
                task_status=task_status,
            )
            # Served to the end: what the system still has to do is in the journal.
            nursery.cancel_scope.cancel()

        nursery.start_soon(drain)
        urls = await nursery.start(started)
        announce()
        task_status.started(urls[0])


async def _set_at_signals(
    stop: trio.Event,
    everything: trio.CancelScope,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for _ in signals:
            if stop.is_set():
                everything.cancel()
                return
            stop.set()


def _settings(listener: socket.socket, tls: Tls | None) -> HypercornConfig:
    settings = HypercornConfig()
    # Hypercorn owns the descriptor from here on.
    settings.bind = [f"fd://{listener.detach()}"]
    if tls is not None:
        settings.certfile, settings.keyfile = str(tls.certificate), str(tls.key)
    settings.alpn_protocols = ["http/1.1"]
    settings.h11_max_incomplete_size = HEAD_BYTES
    settings.keep_alive_timeout = HEAD_SECONDS
    settings.keep_alive_max_requests = 1 << 62
    settings.graceful_timeout = GRACE_SECONDS
    settings.backlog = 1_024
    settings.include_server_header = False
    # No access log: a path is what a client makes of it.
    settings.accesslog = None
    settings.loglevel = "WARNING"
    return settings


def _http1_only() -> None:
    """Keep Hypercorn from going over to HTTP/2, by `Upgrade: h2c` or by prior knowledge.

    It has no setting for that, and HTTP/2 under load ends its trio worker (a BusyResourceError in its TCP
    server). Such a request is answered as the HTTP/1.1 that it also is.
    """

    async def stay(self: H11Protocol, event: object) -> None:
        return None

    H11Protocol._check_protocol = stay  # type: ignore[method-assign]
