"""A webhook endpoint on loopback: a bare HTTP/1.1 server that keeps what came and answers what it is told to."""

from contextlib import asynccontextmanager
from typing import Any

import trio


class Came:
    """A request: method, path, headers by lower-case names, body."""

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Receiver:
    """`answers` are the next answers, as bytes of a status line and headers; then it is 204."""

    def __init__(self):
        self.came: list[Came] = []
        self.answers: list[bytes] = []
        self.url = ""
        self.connections = 0
        # Nothing is answered before it is.
        self.may_answer = trio.Event()
        self.may_answer.set()

    async def until(self, count):
        """The first so many requests, once they have come."""
        with trio.fail_after(20):
            while len(self.came) < count:
                await trio.sleep(0.01)
        return self.came[:count]

    async def serve(self, stream):
        self.connections += 1
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = await stream.receive_some()
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                first, *lines = head.decode().split("\r\n")
                headers: dict[str, Any] = {}
                for line in lines:
                    name, _, value = line.partition(":")
                    headers[name.strip().lower()] = value.strip()
                while len(data) < int(headers.get("content-length", 0)):
                    data += await stream.receive_some()
                size = int(headers.get("content-length", 0))
                body, data = data[:size], data[size:]
                method, path, _ = first.split(" ")
                self.came.append(Came(method, path, headers, body))
                answer = self.answers.pop(0) if self.answers else b"HTTP/1.1 204 No Content\r\n"
                await self.may_answer.wait()
                await stream.send_all(answer + b"\r\n")
        except trio.BrokenResourceError:
            pass


@asynccontextmanager
async def receiving(ssl=None):
    """A receiver that listens on a free port."""
    receiver = Receiver()

    async def serve(stream):
        async with stream:
            if ssl is not None:
                stream = trio.SSLStream(stream, ssl, server_side=True, https_compatible=True)
            try:
                await receiver.serve(stream)
            except trio.BrokenResourceError:
                pass

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, serve, 0)
        port = listeners[0].socket.getsockname()[1]
        receiver.url = f"{'http' if ssl is None else 'https'}://127.0.0.1:{port}/hooks"
        yield receiver
        nursery.cancel_scope.cancel()
