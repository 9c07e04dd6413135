"""A bare HTTP/1.1 client, an ASGI application that does what the path says, and the servers to try them on."""

import contextlib
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as stock_serve

from gateway import http1

SERVERS: dict[str, Any] = {"stock": partial(stock_serve, mode="asgi"), "ours": http1.serve}
GET = b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n"
HUGE = 6 << 20


class App:
    """An ASGI application that does what the path says, and notes what it was told."""

    def __init__(self):
        self.noted = []
        self.go = trio.Event()
        self.extra: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                event = await receive()
                await send({"type": event["type"] + ".complete"})
                if event["type"] == "lifespan.shutdown":
                    return
        await getattr(self, scope["path"].strip("/") or "echo")(receive, send)

    async def body(self, receive):
        whole = b""
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                self.noted.append("disconnect")
                return None
            whole += event.get("body", b"")
            if not event.get("more_body", False):
                return whole

    async def answer(self, send, body, status=200):
        length = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": length})
        await send({"type": "http.response.body", "body": body})

    async def echo(self, receive, send):
        body = await self.body(receive)
        if body is not None:
            await self.answer(send, body or b"nothing")

    async def early(self, receive, send):
        await self.answer(send, b"no", 401)

    async def tells(self, receive, send):
        """With other headers, once the names have been told and were sound."""
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"0"), *self.extra],
        }
        await send(start)
        await send({"type": "http.response.body"})

    async def empty(self, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def stream(self, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await self.go.wait()
        await send({"type": "http.response.body", "body": b"second", "more_body": True})
        await send({"type": "http.response.body"})

    async def broken(self, receive, send):
        raise ValueError("of the application")

    async def halfway(self, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"a part", "more_body": True})
        raise ValueError("of the application")

    async def waits(self, receive, send):
        await self.body(receive)
        self.noted.append("waiting")
        await self.go.wait()
        await self.answer(send, b"at last")

    async def listens(self, receive, send):
        await self.body(receive)
        self.noted.append("waiting")
        event = await receive()
        self.noted.append(event["type"])

    async def listening(self, receive, send):
        """As Quart does: a task of its own takes every event until the answer is sent, and a moment longer."""

        async def listen():
            while (await receive())["type"] != "http.disconnect":
                pass

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await self.answer(send, b"heard")
            for _ in range(5):
                await trio.sleep(0.002)
            nursery.cancel_scope.cancel()

    async def huge(self, receive, send):
        await self.answer(send, b"h" * HUGE)
        self.noted.append("sent")


class Client:
    """A bare connection."""

    def __init__(self, stream):
        self.stream = stream
        self.had = b""

    async def say(self, data):
        await self.stream.send_all(data)

    async def until(self, end):
        """Everything up to and with `end`."""
        with trio.fail_after(10):
            while end not in self.had:
                part = await self.stream.receive_some(65_536)
                assert part, f"closed after {self.had!r}"
                self.had += part
        at = self.had.index(end) + len(end)
        told, self.had = self.had[:at], self.had[at:]
        return told

    async def rest(self):
        """Everything until it is closed."""
        with trio.fail_after(10), contextlib.suppress(trio.BrokenResourceError):
            while part := await self.stream.receive_some(65_536):
                self.had += part
        return self.had


class Server:
    """A server on a free port, its application, and how to stop it."""

    def __init__(self, app, stop, port, ended):
        self.app, self.stop, self.port, self.ended = app, stop, port, ended

    @contextlib.asynccontextmanager
    async def client(self):
        stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        async with stream:
            yield Client(stream)


@contextlib.asynccontextmanager
async def serving(kind, **settings):
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.accesslog = None
    config.errorlog = None
    config.h11_max_incomplete_size = 8_192
    for name, value in settings.items():
        setattr(config, name, value)
    app, stop, ended = App(), trio.Event(), trio.Event()

    async def serve(task_status):
        await SERVERS[kind](app, config, shutdown_trigger=stop.wait, task_status=task_status)
        ended.set()

    async with trio.open_nursery() as nursery:
        urls = await nursery.start(serve)
        yield Server(app, stop, int(urls[0].rsplit(":", 1)[1]), ended)
        app.go.set()
        stop.set()
