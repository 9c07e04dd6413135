"""One connection of HTTP/1.1: the protocol is Hypercorn's; one task reads, calls the application, and writes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import h11
import trio
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import Body, EndBody, Response
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol
from hypercorn.trio.tcp_server import MAX_RECV, TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import (
    AppWrapper,
    ASGIReceiveEvent,
    ASGISendEvent,
    ConnectionState,
    H11SendableEvent,
    Scope,
)
from hypercorn.utils import parse_socket_addr

# How long, and how much of, the rest of a request is read before its answer, so that the connection can be kept, and
# after its last one, so that the client gets to read that.
REST_SECONDS = 1.0
REST_BYTES = 16 << 20
# What an answer gathers before it is written.
JOINED_BYTES = 64 << 10

# A header's value as RFC 9110 has it, section 5.5; and names that were found to be sound, so many at most.
_VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_NAMES: set[bytes] = set()
NAMES_AT_MOST = 500

AppSend = Callable[[ASGISendEvent | None], Awaitable[None]]


class _Call:
    """A request that waits for its application, or is in its hands: what it is told, and how it answers."""

    __slots__ = ("app", "events", "scope", "send")

    def __init__(self, app: AppWrapper, scope: Scope, send: AppSend) -> None:
        self.app, self.scope, self.send = app, scope, send
        self.events: deque[ASGIReceiveEvent] = deque()

    async def tell(self, event: ASGIReceiveEvent) -> None:
        self.events.append(event)


class _Inline:
    """Hypercorn's task group for one connection: a request waits here until the connection's task takes it on."""

    def __init__(self) -> None:
        self.latest: _Call | None = None
        self.waiting: _Call | None = None

    async def spawn_app(
        self, app: AppWrapper, config: Config, scope: Scope, send: AppSend
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        self.latest = self.waiting = _Call(app, scope, send)
        return self.waiting.tell


class _Protocol(H11Protocol):
    """Writes what belongs together in one piece; never waits for its application while it reads."""

    _held = b""
    _joins = False

    async def _handle_events(self) -> None:
        connection = self.connection
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError as error:
                if connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
                    await self._send_error_response(error.error_status_hint)
                await self.send(Closed())
                return
            if isinstance(event, h11.Request):
                await self.send(Updated(idle=False))
                await self._create_stream(event)
            elif self.stream is not None and isinstance(event, h11.Data):
                await self.stream.handle(Body(STREAM_ID, event.data))
            elif self.stream is not None and isinstance(event, h11.EndOfMessage):
                await self.stream.handle(EndBody(STREAM_ID))
            else:
                # Nothing more for now; or the next request has come early, and waits in h11's buffer.
                return

    async def stream_send(self, event: StreamEvent) -> None:
        if not isinstance(event, Response) or event.status_code < 200:
            await super().stream_send(event)
            return
        headers = [*event.headers, *self.config.response_headers("h11")]
        if self.keep_alive_requests >= self.config.keep_alive_max_requests:
            headers.append((b"connection", b"close"))
        await self._send_h11_event(_response(event.status_code, headers))

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state != h11.ERROR:
                raise
            return
        if isinstance(event, h11.InformationalResponse):
            # The client waits for it, whatever the answer before it was like.
            await self.send(RawData(data))
            return
        if isinstance(event, h11.Response):
            self._joins = any(name == b"content-length" for name, _ in event.headers)
        self._held = self._held + data if self._held else data
        if not self._joins or isinstance(event, h11.EndOfMessage) or len(self._held) >= JOINED_BYTES:
            held, self._held = self._held, b""
            await self.send(RawData(held))

    @property
    def held_back(self) -> bool:
        """Whether the client holds its body back until it is told to go on."""
        return bool(self.connection.they_are_waiting_for_100_continue)

    async def go_on(self) -> None:
        """Say that the body is wanted."""
        headers = self.config.response_headers("h11")
        await self._send_h11_event(h11.InformationalResponse(status_code=100, headers=headers))


def _response(status: int, headers: list[tuple[bytes, bytes]]) -> h11.Response:
    """What h11 makes of it. Its own check of every header costs three times the rest: it is asked where a name is new,
    and where a value is not sound, to refuse it.
    """
    for name, value in headers:
        if name not in _NAMES or _VALUE.fullmatch(value) is None:
            made = h11.Response(status_code=status, headers=headers)
            if len(_NAMES) < NAMES_AT_MOST:
                _NAMES.update(name for name, _ in headers)
            return made
    return h11.Response(status_code=status, headers=headers, http_version=b"1.1", reason=b"", _parsed=True)


class Connection(TCPServer):
    """One client's connection, from its opening to its end."""

    def __init__(
        self,
        app: AppWrapper,
        config: Config,
        context: WorkerContext,
        state: ConnectionState,
        stream: Any,
    ) -> None:
        super().__init__(app, config, context, dict(state), stream)
        self.scope = trio.CancelScope()
        # Since when the next head is waited for, and since when a write has not ended.
        self.idle_since: float | None = None
        self.writing_since: float | None = None
        self._inline = _Inline()
        self._h11: _Protocol
        self._ended = False

    async def run(self) -> None:
        """Serve until either side ends it, a limit of time passes, or the server stops."""
        socket = self.stream.socket
        inline: Any = self._inline
        try:
            self._h11 = _Protocol(
                self.app, self.config, self.context, inline, ConnectionState(self.state), False,
                parse_socket_addr(socket.family, socket.getpeername()),
                parse_socket_addr(socket.family, socket.getsockname()),
                self.protocol_send,
            )  # fmt: skip
            with self.scope:
                await self._serve()
        except OSError:
            pass
        finally:
            with trio.CancelScope(shield=True):
                await self._close()

    async def _serve(self) -> None:
        self.idle_since = trio.current_time()
        while not self._ended:
            if self._inline.waiting is not None:
                await self._run(self._inline.waiting)
                continue
            data = await self._read()
            await self._h11.handle(RawData(data))
            if not data and self._inline.waiting is None:
                return
        await self._linger()

    async def _run(self, call: _Call) -> None:
        self._inline.waiting = None
        try:
            await call.app(call.scope, partial(self._receive, call), call.send, _no_threads, _no_threads)
        except (Exception, BaseExceptionGroup) as error:
            if isinstance(error, BaseExceptionGroup) and error.split(trio.Cancelled)[1] is None:
                raise
            await self.config.log.exception("Error in ASGI Framework")
        await call.send(None)
        if not self._ended:
            # The next request may have come already.
            await self._h11._handle_events()

    async def _receive(self, call: _Call) -> ASGIReceiveEvent:
        """The next event of a request; reads on where there is none."""
        events = call.events
        while not events:
            if self._h11.held_back:
                await self._h11.go_on()
            if self._h11.connection.trailing_data[0]:
                # The next request has come, so this client is there; it gets no further until it is answered.
                await trio.sleep_forever()
            data = await self._read()
            await self._h11.handle(RawData(data))
            if not events and (not data or call is not self._inline.latest):
                # The client has gone; or what was read is the next request, and this one is over.
                return {"type": "http.disconnect"}
        return events.popleft()

    async def _read(self) -> bytes:
        try:
            return bytes(await self.stream.receive_some(MAX_RECV))
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return b""

    async def protocol_send(self, event: Event) -> None:
        """What the protocol has to say to the client, or about the connection."""
        if isinstance(event, RawData):
            if event.data and not self._ended:
                await self._write(event.data)
        elif isinstance(event, Updated):
            self.idle_since = trio.current_time() if event.idle else None
        elif isinstance(event, Closed):
            self._ended = True
            await self._h11.handle(Closed())

    async def _write(self, data: bytes) -> None:
        async with self.send_lock:
            self.writing_since = trio.current_time()
            try:
                await self.stream.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                self._ended = True
                await self._h11.handle(Closed())
            except BaseException:
                # A part of it may have left: nothing that follows would make sense.
                self._ended = True
                raise
            finally:
                self.writing_since = None

    async def _linger(self) -> None:
        """Let the client read the last answer: what it still sends is read first, for a moment.

        A socket closed over unread bytes is reset, and what was on its way to the client is lost.
        """
        try:
            await self.stream.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
        size = 0
        with trio.move_on_after(REST_SECONDS):
            while size < REST_BYTES and (data := await self._read()):
                size += len(data)


def _no_threads(*_: object) -> Any:
    raise RuntimeError("what Hypercorn offers a WSGI application; there is none here")
