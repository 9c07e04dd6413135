"""The twins' doors as a bare ASGI app.

POST /{system}/{operation} with a JSON object, `Idempotency-Key` and `Tidegate-Subject`; GET /books,
/{system}/books and /livez.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope

from contracts.ports import ForeignRequest, ForeignResponse, NoAnswer

from .body import Twins
from .store import Store
from .system import refusal

BODY_MAX = 1 << 20

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class TwinsApp:
    """An answer leaves after the commit of what it says."""

    def __init__(self, twins: Twins, store: Store) -> None:
        self._twins = twins
        self._store = store

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path = scope["path"].strip("/").split("/")
        if scope["method"] == "POST" and len(path) == 2:
            response = await self._post(path[0], path[1], dict(scope["headers"]), receive)
        elif scope["method"] == "GET":
            response = await self._get(path)
        else:
            response = refusal(404, "no_such_door", scope["path"])
        await _answer(send, response)

    async def _post(
        self, system: str, operation: str, headers: dict[bytes, bytes], receive: ASGIReceiveCallable
    ) -> ForeignResponse:
        if system not in self._twins.systems:
            return refusal(404, "no_such_system", system)
        data = await _read(receive)
        if data is None:
            return refusal(413, "body_too_large")
        try:
            body = _decode(data)
        except msgspec.DecodeError as error:
            return refusal(400, "malformed", str(error))
        request = ForeignRequest(
            system=system,
            operation=operation,
            effect_key=headers.get(b"idempotency-key", b"").decode("latin-1"),
            subject=headers.get(b"tidegate-subject", b"").decode("latin-1"),
            body=body,
        )
        try:
            return await self._twins.call(request)
        except NoAnswer as lost:
            # Long after any caller's deadline; whoever still listens is told that the outcome is unknown.
            return refusal(504, "no_answer", str(lost))

    async def _get(self, path: list[str]) -> ForeignResponse:
        if path == ["livez"]:
            return ForeignResponse(200, {"status": "ok", "pid": os.getpid()})
        if path[-1] != "books" or len(path) > 2:
            return refusal(404, "no_such_door", "/".join(path))
        books = self._twins.books()
        # What was just due, and what another call has changed, is not told before it is on disk.
        if self._store.durable:
            await self._store.committed()
        if len(path) == 1:
            return ForeignResponse(200, books)
        if path[0] not in books:
            return refusal(404, "no_such_system", path[0])
        return ForeignResponse(200, books[path[0]])


async def _read(receive: ASGIReceiveCallable) -> bytes | None:
    """The whole body, or None where it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] != "http.request":
            # Gone before it had said all: nothing happens.
            return b""
        parts.append(event["body"])
        size += len(event["body"])
        if size > BODY_MAX:
            return None
        if not event["more_body"]:
            return b"".join(parts)


async def _answer(send: ASGISendCallable, response: ForeignResponse) -> None:
    data = _encode(response.body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    if response.retry_after_ms is not None:
        seconds = -(-response.retry_after_ms // 1_000)
        headers.append((b"retry-after", str(seconds).encode()))
        headers.append((b"retry-after-ms", str(response.retry_after_ms).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": data, "more_body": False})


async def _lifespan(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
