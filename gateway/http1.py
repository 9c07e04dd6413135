"""HTTP/1.1 on plain sockets: Hypercorn's protocol and streams, with one task a connection.

Hypercorn's own trio server starts a task for each request, hands it every event through a channel, starts and cancels
a timer twice and writes the head, the body and an empty end each by itself: most of what a short request costs. Here
the task that reads a connection also runs the application, and reads on when the application asks for more; a response
whose length is known leaves in one write; and one sweep over all connections keeps every limit of time. What is read
and said of HTTP is Hypercorn's still. TLS is served by Hypercorn alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as hypercorn_serve
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper, ASGIFramework, ConnectionState, LifespanState
from hypercorn.utils import repr_socket_addr, wrap_app

from .connection import Connection

SWEEP_SECONDS = 1.0
# A client that takes none of its answer for so long is gone.
WRITE_SECONDS = 30.0


async def _connected(
    app: AppWrapper,
    config: Config,
    context: WorkerContext,
    state: ConnectionState,
    sweep: Sweep,
    stream: trio.SocketStream,
) -> None:
    connection = Connection(app, config, context, state, stream)
    sweep.enter(connection)
    try:
        await connection.run()
    finally:
        sweep.leave(connection)


class Sweep:
    """Looks at every connection once a second, and ends those that wait too long, or have nothing to finish."""

    def __init__(self, config: Config, context: WorkerContext) -> None:
        self._config = config
        self._context = context
        self._open: dict[Connection, None] = {}

    def enter(self, connection: Connection) -> None:
        """It has been opened."""
        self._open[connection] = None

    def leave(self, connection: Connection) -> None:
        """It has ended."""
        self._open.pop(connection, None)

    @property
    def busy(self) -> bool:
        """Whether anybody waits for an answer, or for its end."""
        return any(connection.idle_since is None for connection in self._open)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await trio.sleep(SWEEP_SECONDS)
            now = trio.current_time()
            for connection in list(self._open):
                idle, writing = connection.idle_since, connection.writing_since
                if (idle is not None and now - idle > self._config.keep_alive_timeout) or (
                    writing is not None and now - writing > WRITE_SECONDS
                ):
                    connection.scope.cancel()

    async def end_idle(self) -> None:
        """Once the server stops: end what waits for a request. The others end with their answer."""
        await self._context.terminated.wait()
        for connection in list(self._open):
            if connection.idle_since is not None:
                connection.scope.cancel()


async def serve(
    app: ASGIFramework,
    config: Config,
    *,
    shutdown_trigger: Callable[[], Awaitable[None]],
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve `app` until `shutdown_trigger` returns; then finish what is under way, for the grace of `config`."""
    if config.ssl_enabled:
        await hypercorn_serve(
            app, config, shutdown_trigger=shutdown_trigger, task_status=task_status, mode="asgi"
        )
        return
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
    state: LifespanState = {}
    lifespan = Lifespan(wrapped, config, state)
    context = WorkerContext(None)
    sweep = Sweep(config, context)
    async with trio.open_nursery() as outer:
        await outer.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        async with trio.open_nursery() as connections:
            listeners, urls = [], []
            for sock in config.create_sockets().insecure_sockets:
                sock.listen(config.backlog)
                urls.append(f"http://{repr_socket_addr(sock.family, sock.getsockname())}")
                listeners.append(trio.SocketListener(trio.socket.from_stdlib_socket(sock)))
            handler: Any = partial(_connected, wrapped, config, context, ConnectionState(state), sweep)
            async with trio.open_nursery() as listening:
                listening.start_soon(
                    partial(trio.serve_listeners, handler, listeners, handler_nursery=connections)
                )
                connections.start_soon(sweep.run)
                connections.start_soon(sweep.end_idle)
                task_status.started(urls)
                await shutdown_trigger()
                listening.cancel_scope.cancel()
            await context.terminated.set()
            with trio.move_on_after(config.graceful_timeout):
                while sweep.busy:
                    await trio.sleep(0.01)
            connections.cancel_scope.cancel()
        await lifespan.wait_for_shutdown()
        outer.cancel_scope.cancel()
