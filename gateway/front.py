"""What stands between the server and Quart: HTTP alone, the hottest routes, and no connection left hanging.

An answer may be ready before its request's body has come: a wrong key, a wrong content type. Hypercorn then closes the
connection, but Quart cancels the task that is at it, because the request is over: the connection stays open, nobody
reads it, and the client's next request on it waits for ever. So the front lets the rest of a body come first, for a
moment; where it does not come, the answer says `Connection: close`; and what Quart sends it sends to the end.
"""

from __future__ import annotations

from typing import Any

import trio
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
)
from quart_trio import QuartTrio

from .connection import REST_BYTES, REST_SECONDS
from .early import Early


class Front:
    """The ASGI application that is served. `shielded` on Hypercorn's own server, where a cancelled answer hangs."""

    def __init__(self, app: QuartTrio, early: Early, *, shielded: bool) -> None:
        framework: Any = app
        self._app: ASGIFramework = framework
        self._early = early
        self._shielded = shielded

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "http":
            found = self._early.find(scope)
            if found is not None and not self._shielded and not _has_body(scope):
                # Nothing is left to be read, and nobody cancels it.
                await self._early.answer(*found, scope, receive, send)
                return
            exchange = _Exchange(receive, send, self._shielded)
            if found is None:
                await self._app(scope, exchange.receive, exchange.send)
            else:
                exchange.reads_itself = True
                await self._early.answer(*found, scope, exchange.receive, exchange.send)
        elif scope["type"] == "websocket":
            # There are none behind this door: an upgrade to one is closed (403) before Quart sees it.
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": None})
        else:
            await self._app(scope, receive, send)


def _has_body(scope: HTTPScope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


class _Exchange:
    """One request and its answer."""

    def __init__(self, receive: ASGIReceiveCallable, send: ASGISendCallable, shielded: bool) -> None:
        self._receive = receive
        self._send = send
        self._shielded = shielded
        self._whole = trio.Event()
        # Quart has a task that takes every part of a body as it comes; ahead of it nobody has.
        self.reads_itself = False

    async def receive(self) -> ASGIReceiveEvent:
        event = await self._receive()
        if event["type"] != "http.request" or not event.get("more_body", False):
            self._whole.set()
        return event

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start" and not self._whole.is_set():
            with trio.move_on_after(REST_SECONDS):
                await (self._read_on() if self.reads_itself else self._whole.wait())
            if not self._whole.is_set():
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        if not self._shielded:
            await self._send(message)
            return
        # Quart cancels what is at work for a request as soon as Hypercorn says that it is over.
        with trio.CancelScope(shield=True):
            await self._send(message)

    async def _read_on(self) -> None:
        size = 0
        while not self._whole.is_set() and size < REST_BYTES:
            event = await self.receive()
            size += len(event.get("body", b""))  # type: ignore[arg-type]
